"""Rows of the rewards of cities for the table of cheats: measures, constraints, published terms."""

from collections.abc import Callable
from functools import partial
from typing import Any

from eyesmith.rewards.city import DEFECTS, fulfilment, gain, plausibility, preservation, validity
from eyesmith.rewards.city_constraints import fulfilled
from eyesmith.rewards.city_recipes import seen_looks
from eyesmith.rewards.citygenagent import density, no_overlap

CLEAN = dict.fromkeys(DEFECTS, 0.0)
HOUSES: dict[str, list[float]] = {
    "gaps_m": [6.0, 6.0, 0.0],
    "setbacks_m": [2.0, 3.0, 4.0],
    "misalignments_deg": [0.0, 1.0, 0.0],
    "aspects": [1.5, 2.0, 1.0],
    "areas_m2": [200.0, 320.0, 400.0],
    "coverages": [0.35],
}
WHOLE = [1.0] * 4


def _with(**changed: list[float]) -> Callable[[], Any]:
    return partial(plausibility, **{**HOUSES, **changed})


def rows(row: Callable[..., Any]) -> dict[str, Any]:
    """The rows; `row` is the table's class."""
    return {
        "city.validity": row(
            gold=partial(validity, CLEAN),
            empty=partial(validity, dict.fromkeys(DEFECTS, 1e6)),
            damage=[partial(validity, CLEAN | {"overlap": share}) for share in (0.0, 0.01, 0.1, 1.0)],
            cheats={
                "coinciding towers": partial(validity, CLEAN | {"coinciding": 3.0}),
                "all on the street": partial(validity, CLEAN | {"street": 1.0}),
                "every polygon a bow-tie": partial(validity, CLEAN | {"invalid": 1.0}),
            },
            ceiling=1e-4,
        ),
        "city.plausibility": row(
            gold=_with(),
            empty=partial(plausibility, **dict.fromkeys(HOUSES, ())),
            damage=[_with(), _with(gaps_m=[1.0] * 3), _with(gaps_m=[1.0] * 3, aspects=[9.0] * 3)],
            cheats={
                "slivers across the city": partial(
                    plausibility,
                    gaps_m=[0.5] * 3,
                    setbacks_m=[200.0] * 3,
                    misalignments_deg=[30.0] * 3,
                    aspects=[40.0] * 3,
                    areas_m2=[8.0] * 3,
                    coverages=[0.01],
                ),
            },
            ceiling=0.1,
        ),
        "city.fulfilment": row(
            gold=partial(fulfilment, WHOLE, WHOLE),
            empty=partial(fulfilment, [0.0] * 4, WHOLE),
            damage=[partial(fulfilment, [1.0] * n + [0.0] * (4 - n), WHOLE) for n in (4, 3, 1, 0)],
            cheats={"the light one alone": partial(fulfilment, [1.0, 0.0], [1.0, 9.0])},
            ceiling=0.1,
        ),
        "city.gain": row(
            gold=partial(gain, 0.4, 1.0),
            empty=partial(gain, 0.4, 0.4),
            damage=[partial(gain, 0.4, after) for after in (1.0, 0.8, 0.5, 0.4, 0.1)],
            cheats={
                "hand the city back": partial(gain, 0.75, 0.75),
                "tear it down": partial(gain, 0.75, 0.0),
            },
        ),
        "city.preservation": row(
            gold=partial(preservation, WHOLE, WHOLE),
            empty=partial(preservation, [0.0] * 4, WHOLE),
            damage=[partial(preservation, [kept, *WHOLE[1:]], WHOLE) for kept in (1.0, 0.7, 0.0)],
            cheats={
                "remove all": partial(preservation, [0.0] * 4, WHOLE),
                "repaint all": partial(preservation, WHOLE, [0.0] * 4),
            },
        ),
        "city_constraints.fulfilled": row(
            gold=partial(fulfilled, "count", [5.0], low=5.0, high=6.0),
            empty=partial(fulfilled, "count", [0.0], low=5.0, high=6.0),
            damage=[partial(fulfilled, "count", [n], low=5.0, high=6.0) for n in (5.0, 4.0, 2.0, 0.0)],
            cheats={
                "nothing there to measure": partial(fulfilled, "height", [], low=10.0),
                "far too many": partial(fulfilled, "count", [900.0], low=5.0, high=6.0),
                "no number": partial(fulfilled, "height", [float("nan")], low=10.0),
            },
        ),
        "city_recipes.seen_looks": row(
            gold=partial(seen_looks, 1.0, [300, 80]),
            empty=partial(seen_looks, 0.0, [300, 80]),
            damage=[partial(seen_looks, match, [300, 80]) for match in (1.0, 0.5, 0.0)],
            cheats={
                "no buildings": partial(seen_looks, 1.0, []),
                "hidden behind one tower": partial(seen_looks, 1.0, [0, 3, 1, 0, 2]),
            },
        ),
        "citygenagent.no_overlap": row(
            gold=partial(no_overlap, 0.0),
            empty=partial(no_overlap, 1.0),
            damage=[partial(no_overlap, share) for share in (0.0, 0.2, 0.9, 4.0)],
            cheats={"a stack": partial(no_overlap, 12.0)},
        ),
        "citygenagent.density": row(
            gold=partial(density, 0.3),
            empty=partial(density, 0.0),
            damage=[partial(density, coverage) for coverage in (0.3, 0.6, 0.7, 0.8)],
            cheats={"one slab over all": partial(density, 1.0)},
        ),
    }
