"""Kinds of constraints on a city, and how far numbers fulfil them.

Each kind is one measured quantity that must lie within bounds: 1 inside, falling linearly to 0 outside. Pure:
knows numbers only; `tools/city_checks.py` measures them, and a task gives the bounds.
"""

__all__ = ["KINDS", "Kind", "fulfilled"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, isnan

from ..errors import UsageError, did_you_mean
from .score import Score
from .shaping import tolerance


@dataclass(frozen=True)
class Kind:
    """One kind of constraint.

    Args:
        what: the measured quantity, in words.
        unit: of it, or "".
        margin: how far outside the bounds the level reaches 0, in the unit; below a positive lower bound it
            is at most that bound, so that having none of a thing scores 0.
        share: the same as a share of the bound that is missed; the larger of the two holds.
    """

    what: str
    unit: str = ""
    margin: float = 0.0
    share: float = 0.0

    def margin_of(self, bound: float) -> float:
        """How far outside a bound the level reaches 0."""
        return max(self.margin, self.share * abs(bound))


KINDS: Mapping[str, Kind] = {
    # How many and how much.
    "count": Kind("number of elements", "", 1.0, 0.5),
    "floor_area": Kind("floor area", "m2", 50.0, 0.5),
    "floor_area_share": Kind("share of the floor area", "", 0.2),
    "far": Kind("floor area ratio", "", 0.1, 0.5),
    "coverage": Kind("share of the site under buildings", "", 0.1, 0.5),
    "open_space": Kind("open ground for each m2 of floor", "", 0.05, 0.5),
    "ground_share": Kind("share of the site", "", 0.05, 0.5),
    "footprint": Kind("ground area of each", "m2", 20.0, 0.5),
    # How high.
    "height": Kind("height of each to the ridge", "m", 5.0, 0.3),
    "floors": Kind("floors of each", "", 2.0, 0.3),
    "mean_height": Kind("mean height of the buildings", "m", 5.0, 0.3),
    "max_height": Kind("height of the highest building", "m", 5.0, 0.3),
    "lead": Kind("height above the highest other building", "m", 10.0),
    "skyline": Kind("rank correlation of height and nearness to the middle", "", 0.5),
    # Where.
    "direction": Kind("angle off the direction", "degrees", 45.0),
    "distance": Kind("distance of the nearest pair", "m", 10.0, 0.5),
    "reach": Kind("distance of each to the nearest other", "m", 10.0, 0.5),
    "adjacent": Kind("gap between the nearest pair", "m", 10.0),
    "between": Kind("detour over the way between", "", 0.4),
    "corner": Kind("distance to the nearest corner", "m", 20.0, 0.5),
    "centre": Kind("distance to the middle", "m", 20.0, 0.5),
    "enclosure": Kind("share of directions closed by buildings", "", 0.3, 0.5),
    "row": Kind("spread of the fronts about one line", "m", 6.0),
    "spacing": Kind("gap of each to the nearest building", "m", 3.0, 0.5),
    "setback": Kind("distance of each to the edge of its block", "m", 3.0, 0.5),
    "alignment": Kind("angle of each to the edges of its block", "degrees", 20.0),
    "place": Kind("distance of the middle to a point", "m", 10.0),
    "axis": Kind("angle of the long side to a bearing", "degrees", 20.0),
    # Streets.
    "frontage": Kind("distance of each to the nearest street", "m", 15.0, 0.5),
    "connectivity": Kind("share of the street length that is connected", "", 0.3),
    "dead_ends": Kind("number of dead ends", "", 2.0, 0.5),
    "junctions": Kind("number of junctions", "", 2.0, 0.5),
    "street_length": Kind("length of streets", "m", 50.0, 0.5),
    # Light and view.
    "shadow": Kind("share in the shadow of buildings", "", 0.3),
    "open_view": Kind("share of the sight lines that are free", "", 0.4),
    "visible": Kind("share of the height that is seen from a point", "", 0.4),
    # Looks.
    "color": Kind("share with the colour", "", 0.5),
    "material": Kind("share with the material", "", 0.5),
    "roof_shape": Kind("share with the roof shape", "", 0.5),
    "component": Kind("match of the component", "", 0.5),
    "program": Kind("share with the building program", "", 0.5),
    "type": Kind("share of the type", "", 0.5),
}
"""Name -> kind."""


def fulfilled(kind: str, numbers: Sequence[float], *, low: float = -inf, high: float = inf) -> Score:
    """How far measured numbers lie within bounds.

    Formula: mean_i clip(1 - distance_i / margin, 0, 1), distance_i = how far number i lies outside
    [low, high], margin that of the kind at the bound that is missed. Nothing measured scores 0: what is not
    there has no height. Linear, so that every step towards the bounds pays alike.

    Args:
        kind: a key of KINDS.
        numbers: in the unit of the kind, one for each element that it speaks of; NaN scores 0.
        low: lower bound, may be -inf.
        high: upper bound, >= low, may be inf; at least one of the two is finite.

    Raises:
        UsageError: an unknown kind, or bounds that are none.

    >>> fulfilled("count", [4], low=5, high=6).value, fulfilled("frontage", [0.0, 15.0], high=7.5).value
    (0.6, 0.75)
    """
    if kind not in KINDS:
        raise UsageError(f"{kind!r} is no kind of constraint: {', '.join(KINDS)}.{did_you_mean(kind, KINDS)}")
    if isnan(low) or isnan(high) or low > high or not (isfinite(low) or isfinite(high)):
        raise UsageError(f"a constraint needs low <= high, at least one of them finite, got {low} and {high}")
    rule = KINDS[kind]
    levels = [_level(float(number), low, high, rule) for number in numbers]
    value = sum(levels) / len(levels) if levels else 0.0
    return Score(
        value, {}, f"{rule.what}: {_told(numbers, rule.unit)}, wanted {_bounds(low, high, rule.unit)}"
    )


def _level(number: float, low: float, high: float, rule: Kind) -> float:
    if low <= number <= high:
        return 1.0
    margin = rule.margin_of(high if number > high else low)
    if number < low and low > 0.0:
        margin = min(margin, low)
    return tolerance(number, low=low, high=high, margin=margin, value_at_margin=0.0, kind="linear")


def _told(numbers: Sequence[float], unit: str) -> str:
    if not len(numbers):
        return "there is none"
    lowest, highest = _short(min(numbers)), _short(max(numbers))
    span = lowest if lowest == highest else f"{lowest} to {highest}"
    return f"{span} {unit}".rstrip()


def _bounds(low: float, high: float, unit: str) -> str:
    if low == high:
        words = _short(low)
    elif not isfinite(high):
        words = f"at least {_short(low)}"
    elif not isfinite(low):
        words = f"at most {_short(high)}"
    else:
        words = f"{_short(low)} to {_short(high)}"
    return f"{words} {unit}".rstrip()


def _short(number: float) -> str:
    """At most three decimals."""
    return f"{round(number, 3) + 0.0:.3f}".rstrip("0").rstrip(".") if isfinite(number) else str(number)
