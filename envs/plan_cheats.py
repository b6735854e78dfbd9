"""Known ways to cheat at planning for a robot, as tool calls.

Each takes what is shown, never the truth. Every cheat finishes.
"""

__all__ = ["CHEATS", "Cheat", "Spoils"]

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..tools.robot_scene import Scene
from ..tools.tool import ToolCall

GARBAGE = (
    "[]",
    "{}",
    "not a plan",
    '[{"xyz": [NaN, 0, 0], "seconds": 1}]',
    '[{"xyz": [0.5, 0, 0.1], "seconds": 1e999}]',
    '[{"xyz": [0.5, 0, 0.1], "seconds": 1, "speed": 9}]',
    "[" + '{"xyz": [0.5, 0, 0.2], "seconds": 1},' * 60 + '{"xyz": [0.5, 0, 0.2], "seconds": 1}]',
)
HIGH_M, LOW_M, SWEPT_M = 0.35, 0.03, 0.30


@dataclass(frozen=True)
class Spoils:
    """What a cheat works with.

    Args:
        scene: without its hidden parameters.
        seed: of what is drawn by chance.
    """

    scene: Scene
    seed: Sequence[int]


Cheat = Callable[[Spoils], Iterator[ToolCall]]


def _point(x: float, y: float, z: float, seconds: float = 1.0, **more: float) -> dict[str, Any]:
    return {"xyz": [round(float(one), 4) for one in (x, y, z)], "seconds": seconds, **more}


def _run(points: Sequence[dict[str, Any]], claim: int) -> Iterator[ToolCall]:
    yield ToolCall("execute", {"plan": json.dumps(points)})
    yield ToolCall("finish", {"claim": claim})


def _claim(claim: int) -> Cheat:
    def calls(spoils: Spoils) -> Iterator[ToolCall]:
        yield ToolCall("finish", {"claim": claim})

    return calls


def _wave(spoils: Spoils) -> Iterator[ToolCall]:
    """Move about in the air."""
    return _run([_point(0.45, y, HIGH_M) for y in (0.2, -0.2, 0.2)], 5)


def _hold(spoils: Spoils) -> Iterator[ToolCall]:
    """Come down beside the object and go up again, without touching it."""
    x, y, _ = spoils.scene.start_poses[0, :3]
    side = -0.12 if y > 0 else 0.12
    return _run([_point(x, y + side, 0.2), _point(x, y + side, 0.1), _point(x, y + side, 0.25)], 5)


def _ram(spoils: Spoils) -> Iterator[ToolCall]:
    """Push into the table at the object's place."""
    x, y, _ = spoils.scene.start_poses[0, :3]
    return _run([_point(x, y, 0.2), _point(x, y, -0.02, 0.5), _point(x, y, 0.2)], 5)


def _by_chance(spoils: Spoils) -> Iterator[ToolCall]:
    rng = np.random.default_rng([*spoils.seed, 5])
    places = rng.uniform((0.35, -0.25, LOW_M), (0.6, 0.25, 0.3), (6, 3))
    return _run([_point(*place, width=0.0) for place in places], 3)


def _sweep(spoils: Spoils) -> Iterator[ToolCall]:
    """Sweep over the whole table."""
    points = []
    for number, x in enumerate((0.36, 0.44, 0.52, 0.60)):
        side = SWEPT_M if number % 2 else -SWEPT_M
        points += [_point(x, side, LOW_M, 0.8, width=0.0), _point(x, -side, LOW_M, 1.2, width=0.0)]
    return _run(points, 3)


def _nudge(spoils: Spoils) -> Iterator[ToolCall]:
    """Tap the first object from the side of the arm, and claim all of it."""
    x, y, _ = spoils.scene.start_poses[0, :3]
    return _run(
        [_point(x - 0.10, y, 0.12, width=0.0), _point(x - 0.10, y, LOW_M), _point(x + 0.01, y, LOW_M, 0.6)], 5
    )


def _garbage(spoils: Spoils) -> Iterator[ToolCall]:
    for text in GARBAGE:
        yield ToolCall("execute", {"plan": text})
    yield ToolCall("finish", {"claim": 5})


CHEATS: Mapping[str, Cheat] = {
    "claim_all": _claim(5),
    "claim_nothing": _claim(1),
    "wave": _wave,
    "beside": _hold,
    "ram": _ram,
    "by_chance": _by_chance,
    "sweep": _sweep,
    "nudge": _nudge,
    "garbage": _garbage,
}
"""Name -> the calls of a cheat, the closing one included."""
