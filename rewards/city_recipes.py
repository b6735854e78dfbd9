"""The recipes of a city: ours, CityGenAgent's, and one without a judge.

Knows names, numbers and formulas only.
"""

__all__ = ["RECIPES", "seen_looks"]

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..errors import UsageError
from .city import DEFAULT
from .citygenagent import RECIPE as JUDGED
from .recipe import Recipe, Term
from .score import Score

LEAST_PX = 12

MEASURED_BY: Mapping[str, str] = {
    "alignment": "rewards/city.py:fulfilment",
    "plausibility": "rewards/city.py:plausibility",
    "consistency": "rewards/city_recipes.py:seen_looks",
}


def seen_looks(match: float, shown_px: Sequence[int], *, least_px: int = LEAST_PX) -> Score:
    """Whether looks are as they were asked for, on buildings that can be seen.

    Formula: match * share of the buildings that show at least `least_px` pixels. No buildings score 0. Ours,
    in place of CityGenAgent's judge of rendered looks (arXiv 2602.05362).

    Args:
        match: level of what was asked of colours, materials, roofs and parts, in [0, 1].
        shown_px: pixels in which each building is seen.
        least_px: fewer are not seen.

    Raises:
        UsageError: a level out of range.

    >>> seen_looks(1.0, [200, 150, 3, 90]).value
    0.75
    """
    if not 0.0 <= match <= 1.0:
        raise UsageError(f"a level of looks lies in [0, 1], got {match}")
    if not len(shown_px):
        return Score(0.0, {}, "no buildings to be seen")
    seen = sum(count >= least_px for count in shown_px) / len(shown_px)
    told = f"looks match by {match:.2f}, {seen:.0%} of the buildings are seen"
    return Score(match * seen, {"match": match, "seen": seen}, told)


_CALLS = Term("calls", "penalty", 1.0, "rewards/deck.py:calls_beyond", (-0.1, 0.0))
_MEASURED = tuple(replace(term, source=MEASURED_BY.get(term.name, term.source)) for term in JUDGED.terms)

RECIPES: Mapping[str, Recipe] = {
    "default": replace(DEFAULT, terms=(*DEFAULT.terms, _CALLS)),
    "citygenagent_measured": Recipe.linear("citygenagent_measured", _MEASURED, paper=JUDGED.paper),
    "citygenagent": replace(JUDGED, needs_judge=True),
}
"""Name -> recipe. `citygenagent` asks a judge; `citygenagent_measured` measures instead."""
