"""RoboReward's rubric, 1 to 5, computed from the final state.

The paper (arXiv 2601.00675) labels videos of robots by people and models; where the state is known, the same
rubric is exact. Knows predicates and a share of progress, no scene.
"""

__all__ = ["RUBRIC", "Requirement", "mark", "mark_share"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from ..errors import UsageError
from .score import Score

LEAST_PROGRESS, GOOD_PROGRESS = 0.1, 0.5
RUBRIC: Mapping[int, str] = {
    1: "no success: nothing that the goal asks for has changed",
    2: "minimal progress: a small change towards the goal, far from enough",
    3: "partial completion: good progress, but a major requirement or several are violated",
    4: "near completion: the right place and intent, one minor requirement is missed",
    5: "perfect completion: every requirement is satisfied",
}
"""Mark -> meaning, after the paper's rubric; the final state alone counts, without a limit of time."""


@dataclass(frozen=True)
class Requirement:
    """One thing that the goal asks of the final state.

    Args:
        name: in words, for the reason.
        is_met: whether it is so.
        is_major: whether the goal is missed without it; a minor one is a matter of care.
    """

    name: str
    is_met: bool
    is_major: bool = True


def mark(progress: float, requirements: Sequence[Requirement]) -> int:
    """The mark of a final state.

    5: all requirements are met. 4: all but one minor one. Else by progress: 3 from half of the way on, 2 from
    a tenth on, 1 below. A major requirement that is met counts as half of the way.

    Args:
        progress: share of the way from the start to the goal that the state has come; below 0 it is worse
            than the start, above 1 it is beyond.
        requirements: at least one of them major.

    Raises:
        UsageError: no major requirement, or a progress that is no finite number.

    >>> placed, upright = Requirement("placed", True), Requirement("upright", False, is_major=False)
    >>> mark(1.0, [placed]), mark(1.0, [placed, upright]), mark(0.2, [Requirement("placed", False)])
    (5, 4, 2)
    """
    if not any(one.is_major for one in requirements):
        raise UsageError("a goal has at least one major requirement")
    if not isfinite(progress):
        raise UsageError(f"progress is a finite share of the way, got {progress}")
    missed = [one for one in requirements if not one.is_met]
    if not missed:
        return 5
    if len(missed) == 1 and not missed[0].is_major:
        return 4
    some_major = any(one.is_major and one.is_met for one in requirements)
    if progress >= GOOD_PROGRESS or some_major:
        return 3
    return 2 if progress >= LEAST_PROGRESS else 1


def mark_share(progress: float, requirements: Sequence[Requirement]) -> Score:
    """The mark as a level.

    Formula: q = (mark - 1)/4.

    Args:
        progress: share of the way from the start to the goal.
        requirements: at least one of them major.

    Raises:
        UsageError: as `mark` says.

    >>> mark_share(0.6, [Requirement("placed", False)]).value
    0.5
    """
    given = mark(progress, requirements)
    missed = [one.name for one in requirements if not one.is_met]
    told = f"mark {given} of 5: {RUBRIC[given].partition(':')[0]}"
    return Score((given - 1) / 4.0, {}, f"{told}; missed: {', '.join(missed)}" if missed else told)
