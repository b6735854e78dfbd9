"""Rewards of a city: validity, plausibility, gain and preservation.

Pure functions of measured numbers; `tools/city_validity.py` and `tools/city_measures.py` measure them. The
form is the house's: gates multiply, preservation is a bonus on success and never a term of its own, because a
sum is won by changing nothing (facts of FIRM's CME, arXiv 2603.12247).
"""

__all__ = ["DEFAULT", "DEFECTS", "fulfilment", "gain", "plausibility", "preservation", "validity"]

from collections.abc import Mapping, Sequence
from math import exp, isfinite

import numpy as np

from ..errors import UsageError
from .recipe import Recipe, Term
from .score import Score
from .shaping import gain_over, plateau

DEFECTS: Mapping[str, float] = {
    "overlap": 0.02,
    "outside": 0.02,
    "street": 0.02,
    "invalid": 0.1,
    "coinciding": 0.25,
}
"""Defect -> tau. The first three are shares of the ground of all elements, `invalid` a share of the elements,
`coinciding` a number of pairs: one pair on the same ground leaves 2 %, however large the city."""

GAP_M = (0.0, 3.0, 40.0, 120.0)
SETBACK_M = (-1.0, 0.0, 40.0, 120.0)
COVERAGE = (0.0, 0.12, 0.6, 0.85)
AREA_M2 = (9.0, 40.0, 6000.0, 30_000.0)
MAX_ASPECT = (4.0, 8.0)
MAX_MISALIGNMENT_DEG = (5.0, 25.0)
TOUCHING_M = 0.05


def validity(defects: Mapping[str, float]) -> Score:
    """How free of defects a city is.

    Formula: v = prod_k exp(-x_k / tau_k), tau as in DEFECTS.

    Args:
        defects: every key of DEFECTS -> how much of it, >= 0.

    Raises:
        UsageError: a defect is missing, unknown, negative or not finite.

    >>> none = dict.fromkeys(DEFECTS, 0.0)
    >>> validity(none).value, round(validity(none | {"overlap": 0.02}).value, 3)
    (1.0, 0.368)
    """
    if defects.keys() != DEFECTS.keys():
        raise UsageError(f"validity takes the defects {', '.join(DEFECTS)}, got {', '.join(defects)}")
    if any(not isfinite(level) or level < 0.0 for level in defects.values()):
        raise UsageError(f"defects are finite numbers >= 0, got {dict(defects)}")
    parts = {name: exp(-defects[name] / tau) for name, tau in DEFECTS.items()}
    value = float(np.prod(list(parts.values())))
    found = [f"{name} {defects[name]:.3g}" for name in DEFECTS if defects[name] > 0.0]
    return Score(value, parts, ", ".join(found) or "no defects")


def plausibility(
    *,
    gaps_m: Sequence[float],
    setbacks_m: Sequence[float],
    misalignments_deg: Sequence[float],
    aspects: Sequence[float],
    areas_m2: Sequence[float],
    coverages: Sequence[float],
) -> Score:
    """Whether buildings stand as buildings do: the mean of six parts, each the mean of its levels.

    Formula: q = (gaps + setbacks + alignment + proportions + sizes + coverage) / 6. A gap to the nearest
    building is fine at 0 (a shared wall) and from 3 to 40 m, a setback from 0 to 40 m, an angle to the
    block's edges up to 5 degrees, long to short side up to 4, ground from 40 to 6,000 m2, and 12 to 60 % of
    a block under buildings; each falls linearly to 0 outside. No buildings score 0. Ours, in place of the
    paper's judge of plausibility.

    Args:
        gaps_m: one a building; inf for a building alone, which counts as well placed.
        setbacks_m: one a building, to the edge of its block.
        misalignments_deg: one a building, 0 to 45.
        aspects: one a building, >= 1.
        areas_m2: ground area, one a building.
        coverages: one a block with buildings, 0 to 1 (more where they overlap).

    Raises:
        UsageError: not one of each for a building.
    """
    count = len(gaps_m)
    if not len(setbacks_m) == len(misalignments_deg) == len(aspects) == len(areas_m2) == count:
        raise UsageError("plausibility takes one gap, setback, angle, aspect and area for each building")
    if not count or not len(coverages):
        return Score(0.0, {}, "there are no buildings")
    levels = {
        "gaps": [_gap_level(gap) for gap in gaps_m],
        "setbacks": [_trapezoid(setback, SETBACK_M) for setback in setbacks_m],
        "alignment": [_falling(angle, MAX_MISALIGNMENT_DEG) for angle in misalignments_deg],
        "proportions": [_falling(aspect, MAX_ASPECT) for aspect in aspects],
        "sizes": [_trapezoid(area, AREA_M2) for area in areas_m2],
        "coverage": [_trapezoid(coverage, COVERAGE) for coverage in coverages],
    }
    parts = {name: sum(each) / len(each) for name, each in levels.items()}
    worst = min(parts, key=lambda name: parts[name])
    return Score(sum(parts.values()) / len(parts), parts, f"{count} buildings; weakest: {worst}")


def fulfilment(levels: Sequence[float], weights: Sequence[float]) -> Score:
    """Weighted mean of the constraints' levels.

    Formula: s = sum(w * c) / sum(w).

    Args:
        levels: in [0, 1], at least one.
        weights: > 0, one a level.

    Raises:
        UsageError: no constraint, or numbers out of range.

    >>> fulfilment([1.0, 0.5], [1.0, 1.0]).value
    0.75
    """
    if not len(levels) or len(levels) != len(weights):
        raise UsageError(f"fulfilment takes one weight a level, got {len(levels)} and {len(weights)}")
    if any(not 0.0 <= level <= 1.0 for level in levels) or any(not weight > 0.0 for weight in weights):
        raise UsageError("fulfilment takes levels in [0, 1] and weights above 0")
    value = sum(w * c for w, c in zip(weights, levels, strict=True)) / sum(weights)
    met = sum(level >= 0.99 for level in levels)
    return Score(min(1.0, value), {}, f"{met} of {len(levels)} constraints are met")


def gain(before: float, after: float) -> Score:
    """What an edit won of what it could win.

    Formula: s' = clip((after - before) / (1 - before), 0, 1); leaving all as it was scores 0.

    Args:
        before: fulfilment of the instruction by the city that was given, in [0, 1).
        after: fulfilment by the city that was made, in [0, 1].

    Raises:
        UsageError: out of range; an instruction that is fulfilled before is no task.
    """
    return Score(
        gain_over(after, before), {}, f"the instruction's fulfilment went from {before:.2f} to {after:.2f}"
    )


def preservation(overlaps: Sequence[float], likeness: Sequence[float]) -> Score:
    """How much of what the instruction does not speak of is as it was.

    Formula: p = mean_i IoU_i * equal_i over all elements, streets, blocks and programs that were not to be
    touched; what was removed has IoU 0, and what was added without being asked for counts as one more with 0.
    Nothing to preserve scores 1.

    Args:
        overlaps: IoU of each one's outline before and after, in [0, 1].
        likeness: share of each one's attributes that are equal, in [0, 1].

    Raises:
        UsageError: lengths that differ, or numbers out of range.

    >>> preservation([1.0, 0.5], [1.0, 1.0]).value
    0.75
    """
    if len(overlaps) != len(likeness):
        raise UsageError(f"preservation takes pairs, got {len(overlaps)} and {len(likeness)} numbers")
    if any(not 0.0 <= level <= 1.0 for level in [*overlaps, *likeness]):
        raise UsageError("preservation takes numbers in [0, 1]")
    if not len(overlaps):
        return Score(1.0, {}, "there was nothing to preserve")
    kept = [overlap * like for overlap, like in zip(overlaps, likeness, strict=True)]
    whole = sum(level >= 1.0 - 1e-9 for level in kept)
    return Score(sum(kept) / len(kept), {}, f"{whole} of {len(kept)} untouched parts are as they were")


def _gap_level(gap: float) -> float:
    """A shared wall is as good as a proper distance; a slit between two walls is not."""
    return 1.0 if gap <= TOUCHING_M or gap == float("inf") else _trapezoid(gap, GAP_M)


def _trapezoid(x: float, feet: tuple[float, float, float, float]) -> float:
    return plateau(x, zero_low=feet[0], one_low=feet[1], one_high=feet[2], zero_high=feet[3])


def _falling(x: float, span: tuple[float, float]) -> float:
    return plateau(x, zero_low=-float("inf"), one_low=-float("inf"), one_high=span[0], zero_high=span[1])


_SOURCE = "rewards/city.py"
_GATES = (
    Term("built", "gate", 1.0, "tools/city_validity.py:Validity"),
    Term("validity", "gate", 1.0, f"{_SOURCE}:validity"),
)


def _compose(levels: Mapping[str, float]) -> float:
    create = levels["fulfilment"] * (0.8 + 0.2 * levels["plausibility"])
    edit = levels["gain"] * (0.6 + 0.4 * levels["preservation"])
    return levels["built"] * levels["validity"] * (create + edit)


DEFAULT = Recipe(
    "default",
    (
        *_GATES,
        Term("fulfilment", "base", 1.0, f"{_SOURCE}:fulfilment"),
        Term("plausibility", "bonus", 0.2, f"{_SOURCE}:plausibility"),
        Term("gain", "base", 1.0, f"{_SOURCE}:gain"),
        Term("preservation", "bonus", 0.4, f"{_SOURCE}:preservation"),
    ),
    "built * validity * (fulfilment * (0.8 + 0.2*plausibility) + gain * (0.6 + 0.4*preservation))",
    _compose,
)
"""Creating: gain and preservation are 0. Editing: fulfilment and plausibility are 0."""
