"""Shapes: a measurement becomes a level, levels become step rewards.

Plain functions of numbers, the pieces that formulas are made of; they measure nothing themselves and
return floats.
"""

__all__ = ["Kind", "gain_over", "plateau", "potential_difference", "telescoped", "tolerance"]

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import acos, acosh, cos, cosh, isfinite, isnan, pi
from typing import Literal

from ..errors import UsageError

Kind = Literal["gaussian", "hyperbolic", "reciprocal", "linear", "quadratic", "cosine"]


def tolerance(
    x: float,
    *,
    low: float,
    high: float,
    margin: float = 0.0,
    value_at_margin: float = 0.1,
    kind: Kind = "gaussian",
) -> float:
    """1 inside [low, high], falling outside to a given level at one margin's distance.

    Formula: f(d), d = distance to [low, high] / margin, f(0) = 1, f(1) = value_at_margin; gaussian v^(d^2),
    hyperbolic 1/cosh(d*arcosh(1/v)), reciprocal 1/(1 + d*(1/v - 1)) never reach 0; linear 1 - (1-v)*d,
    quadratic 1 - (1-v)*d^2 and cosine (1 + cos(d*arccos(2v-1)))/2 do, and stay there. After the
    `tolerance` of the DeepMind Control Suite (arXiv 1801.00690, section 2).

    Args:
        x: the measurement; NaN is out of every tolerance and scores 0.
        low: lower bound, may be -inf.
        high: upper bound, >= low, may be inf.
        margin: in the unit of x; 0 is a hard edge.
        value_at_margin: level at one margin's distance, in (0, 1), or [0, 1) for the kinds that reach 0.
        kind: shape of the fall.

    Raises:
        UsageError: bounds the wrong way round, a negative margin, a level or a kind that is not offered.

    >>> tolerance(5.0, low=4.0, high=6.0), tolerance(8.0, low=4.0, high=6.0, margin=2.0)
    (1.0, 0.1)
    >>> tolerance(7.0, low=4.0, high=6.0, margin=2.0, value_at_margin=0.0, kind="linear")
    0.5
    """
    if isnan(low) or isnan(high) or low > high:
        raise UsageError(f"tolerance needs low <= high, got low={low}, high={high}")
    if not isfinite(margin) or margin < 0:
        raise UsageError(f"margin is a finite number >= 0, got {margin}")
    if kind not in _SHAPES:
        raise UsageError(f"kind is one of {', '.join(_SHAPES)}, got {kind!r}")
    reaches_zero = kind in ("linear", "quadratic", "cosine")
    if not (0.0 < value_at_margin < 1.0 or (reaches_zero and value_at_margin == 0.0)):
        bounds = "[0, 1)" if reaches_zero else "(0, 1)"
        raise UsageError(f"value_at_margin of {kind} is in {bounds}, got {value_at_margin}")
    if isnan(x):
        return 0.0
    if low <= x <= high:
        return 1.0
    distance = max(low - x, x - high)
    if margin == 0.0 or distance == float("inf"):
        return 0.0
    return _SHAPES[kind](distance / margin, value_at_margin)


def plateau(x: float, *, zero_low: float, one_low: float, one_high: float, zero_high: float) -> float:
    """A trapezoid: 1 on the plateau, 0 at and beyond both feet, straight lines between.

    Formula: min((x - zero_low)/(one_low - zero_low), 1, (zero_high - x)/(zero_high - one_high)), cut to
    [0, 1]. A plateau leaves room for taste where a peak would dictate one value. Equal foot and edge make a
    step; an infinite pair makes that side open.

    Args:
        x: the measurement; NaN scores 0.
        zero_low: the lower foot.
        one_low: where the plateau begins.
        one_high: where it ends.
        zero_high: the upper foot.

    Raises:
        UsageError: the four are not in order.

    >>> [plateau(x, zero_low=0, one_low=2, one_high=4, zero_high=8) for x in (0, 1, 3, 6, 9)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    if not zero_low <= one_low <= one_high <= zero_high:
        raise UsageError(
            f"a plateau needs zero_low <= one_low <= one_high <= zero_high, "
            f"got {zero_low}, {one_low}, {one_high}, {zero_high}"
        )
    if isnan(x):
        return 0.0
    if one_low <= x <= one_high:
        return 1.0
    if x <= zero_low or x >= zero_high:
        return 0.0
    return _share(x, zero_low, one_low) if x < one_low else _share(-x, -zero_high, -one_high)


def potential_difference(before: float, after: float) -> float:
    """The step reward of a potential-based shaping without discount.

    Formula: F = gamma * Phi(after) - Phi(before), gamma = 1 (Ng, Harada and Russell 1999, equation 2). Going
    back and forth earns nothing, because what was won is paid back.

    >>> potential_difference(0.25, 0.75)
    0.5
    """
    return after - before


def telescoped(levels: Sequence[float]) -> list[float]:
    """The step rewards between successive levels; they sum to the last minus the first.

    Args:
        levels: (n + 1,) levels, the one before the first step first; n = 0 gives no rewards.

    Raises:
        UsageError: no level at all, or one that is not finite.

    >>> telescoped([0.0, 0.5, 0.25, 1.0])
    [0.5, -0.25, 0.75]
    """
    if not levels or not all(isfinite(level) for level in levels):
        raise UsageError(f"telescoped needs at least one level, all finite, got {list(levels)}")
    return [potential_difference(before, after) for before, after in pairwise(levels)]


def gain_over(value: float, baseline: float) -> float:
    """What was won over a baseline, as a share of what could be won.

    Formula: max(0, value - baseline) / (1 - baseline). Where handing the input back scores well by
    similarity, that copy's score is the baseline, so that it earns nothing. Ours.

    Args:
        value: in [0, 1].
        baseline: in [0, 1); at 1 there is nothing to win and no task.

    Raises:
        UsageError: out of range.

    >>> gain_over(0.75, 0.5), gain_over(0.4, 0.5)
    (0.5, 0.0)
    """
    if not (0.0 <= value <= 1.0 and 0.0 <= baseline < 1.0):
        raise UsageError(
            f"gain_over takes value in [0, 1] and baseline in [0, 1), got {value} and {baseline}"
        )
    return max(0.0, value - baseline) / (1.0 - baseline)


def _share(x: float, zero: float, one: float) -> float:
    """Where x stands between zero and one; an infinitely far foot never bites."""
    return 1.0 if zero == float("-inf") else (x - zero) / (one - zero)


def _gaussian(d: float, v: float) -> float:
    return v ** (d * d)


def _hyperbolic(d: float, v: float) -> float:
    reach = d * acosh(1.0 / v)
    return 0.0 if reach > 700.0 else 1.0 / cosh(reach)  # cosh overflows past 710


def _reciprocal(d: float, v: float) -> float:
    return 1.0 / (1.0 + d * (1.0 / v - 1.0))


def _linear(d: float, v: float) -> float:
    return max(0.0, 1.0 - (1.0 - v) * d)


def _quadratic(d: float, v: float) -> float:
    return max(0.0, 1.0 - (1.0 - v) * d * d)


def _cosine(d: float, v: float) -> float:
    reach = d * acos(2.0 * v - 1.0)
    return 0.0 if reach >= pi else (1.0 + cos(reach)) / 2.0


_SHAPES: Mapping[str, Callable[[float, float], float]] = {
    "gaussian": _gaussian,
    "hyperbolic": _hyperbolic,
    "reciprocal": _reciprocal,
    "linear": _linear,
    "quadratic": _quadratic,
    "cosine": _cosine,
}
