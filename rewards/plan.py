"""The recipes of plans for a robot: ours, and RoboReward's rubric alone.

Knows names, numbers and formulas only. The rubric is the base: care, calibration and brevity add to what was
reached, and are worth nothing without it.
"""

__all__ = ["RECIPES", "calibration", "efficiency", "reached"]

from collections.abc import Mapping, Sequence
from math import isfinite

from ..errors import UsageError
from .recipe import Recipe, Term
from .roboreward import Requirement, mark, mark_share
from .score import Score

EXECUTABILITY_SHARE, CALIBRATION_SHARE, EFFICIENCY_SHARE = 0.15, 0.1, 0.05
COLLIDED_MARK = 2
MARKS = (1, 5)


def reached(progress: float, requirements: Sequence[Requirement], *, has_collided: bool = False) -> Score:
    """What the final state is worth by RoboReward's rubric.

    Formula: q = (mark - 1)/4; a robot that ran into table or fixtures has at most mark 2.

    Args:
        progress: share of the way from the start to the goal.
        requirements: at least one of them major.
        has_collided: whether the robot hit what it must not.

    Raises:
        UsageError: as `roboreward.mark` says.

    >>> reached(1.0, [Requirement("placed", True)], has_collided=True).value
    0.25
    """
    score = mark_share(progress, requirements)
    most = (COLLIDED_MARK - 1) / (MARKS[1] - 1)
    if not has_collided or score.value <= most:
        return score
    return Score(most, {}, f"{score.why}; the robot hit table or fixture, which leaves mark {COLLIDED_MARK}")


def calibration(claim: int | None, progress: float, requirements: Sequence[Requirement]) -> Score:
    """How near a claimed mark comes to the true one.

    Formula: 1 - |claim - mark|/4; no claim is worth 0.

    Args:
        claim: 1 to 5, or None.
        progress: share of the way.
        requirements: at least one of them major.

    Raises:
        UsageError: a claim out of range, or as `roboreward.mark` says.

    >>> calibration(3, 1.0, [Requirement("placed", True)]).value
    0.5
    """
    if claim is None:
        return Score(0.0, {}, "no mark was claimed")
    if type(claim) is not int or not MARKS[0] <= claim <= MARKS[1]:
        raise UsageError(f"claim: a mark from {MARKS[0]} to {MARKS[1]}, got {claim!r}")
    true = mark(progress, requirements)
    return Score(1.0 - abs(claim - true) / (MARKS[1] - MARKS[0]), {}, f"claimed {claim}, mark {true}")


def efficiency(calls: int, needed: int) -> Score:
    """How few calls were made, beside those that an expert needs.

    Formula: min(1, needed/calls).

    Args:
        calls: that were made, 0 or more.
        needed: by an expert, 1 or more.

    Raises:
        UsageError: numbers out of range.

    >>> efficiency(6, 3).value
    0.5
    """
    if not isfinite(calls) or calls < 0 or needed < 1:
        raise UsageError(f"efficiency takes calls >= 0 and needed >= 1, got {calls} and {needed}")
    value = min(1.0, needed / calls) if calls else 0.0
    return Score(value, {}, f"{calls} calls, an expert needs {needed}")


def _compose(levels: Mapping[str, float]) -> float:
    bonus = (
        EXECUTABILITY_SHARE * levels["executability"]
        + CALIBRATION_SHARE * levels["calibration"]
        + EFFICIENCY_SHARE * levels["efficiency"]
    )
    floor = 1.0 - EXECUTABILITY_SHARE - CALIBRATION_SHARE - EFFICIENCY_SHARE
    return levels["reached"] * (floor + bonus)


RECIPES: Mapping[str, Recipe] = {
    "default": Recipe(
        "default",
        (
            Term("reached", "base", 1.0, "rewards/plan.py:reached"),
            Term("executability", "bonus", EXECUTABILITY_SHARE, "rewards/executability.py:executability"),
            Term("calibration", "bonus", CALIBRATION_SHARE, "rewards/plan.py:calibration"),
            Term("efficiency", "bonus", EFFICIENCY_SHARE, "rewards/plan.py:efficiency"),
        ),
        "reached * (0.7 + 0.15*executability + 0.1*calibration + 0.05*efficiency)",
        _compose,
    ),
    "roboreward": Recipe.linear(
        "roboreward",
        (Term("rubric", "base", 1.0, "rewards/roboreward.py:mark_share"),),
        paper="arXiv 2601.00675 (the rubric, from the state in place of a model's label)",
    ),
}
"""Name -> recipe."""
