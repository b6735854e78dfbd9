"""Rows of the table of cheats for plans of a robot."""

from collections.abc import Callable
from functools import partial
from typing import Any

from eyesmith.rewards.plan import calibration, efficiency, reached
from eyesmith.rewards.roboreward import Requirement

PLACED, AWAY = Requirement("placed", True), Requirement("placed", False)
HELD = Requirement("let go of", False, is_major=False)


def rows(row: Callable[..., Any]) -> dict[str, Any]:
    """The rows; `row` is the table's class."""
    return {
        "plan.reached": row(
            gold=partial(reached, 1.0, [PLACED]),
            empty=partial(reached, 0.0, [AWAY]),
            damage=[
                partial(reached, 1.0, [PLACED]),
                partial(reached, 1.0, [PLACED, HELD]),
                partial(reached, 0.7, [AWAY]),
                partial(reached, 0.7, [AWAY], has_collided=True),
                partial(reached, 0.0, [AWAY], has_collided=True),
            ],
            cheats={
                "does nothing": partial(reached, 0.0, [AWAY]),
                "pushes it away": partial(reached, -3.0, [AWAY]),
                "through the table": partial(reached, 1.0, [PLACED], has_collided=True),
            },
            ceiling=0.25,
        ),
        "plan.calibration": row(
            gold=partial(calibration, 5, 1.0, [PLACED]),
            empty=partial(calibration, None, 1.0, [PLACED]),
            damage=[partial(calibration, claim, 1.0, [PLACED]) for claim in (5, 4, 3, 2, 1)],
            cheats={"always claims all": partial(calibration, 5, 0.0, [AWAY])},
        ),
        "plan.efficiency": row(
            gold=partial(efficiency, 3, 3),
            empty=partial(efficiency, 0, 3),
            damage=[partial(efficiency, calls, 3) for calls in (3, 4, 8, 24)],
            cheats={"plays on": partial(efficiency, 24, 3)},
            ceiling=0.13,
        ),
    }
