"""Advantages: how much better an episode was than the others of its group.

Plain functions of numbers. A reward of None is an episode that the machine failed: it takes part in no mean
and gets no advantage. Where fewer than two are left there is nothing to compare, and nobody gets one. Which
tokens an advantage weighs, and how, belongs to the trainer.
"""

__all__ = [
    "dr_grpo",
    "grpo",
    "leave_one_out",
    "per_component",
    "per_turn",
    "process_supervision",
    "span_advantages",
]

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from math import isfinite
from statistics import fmean, stdev

from ..errors import UsageError

SPREAD_FLOOR = 1e-4  # added to a deviation, so that a group of equals is 0 and not a division by 0
SPAN_FLOOR = 1e-6

Given = Sequence[float | None]


def grpo(rewards: Given, *, floor: float = SPREAD_FLOOR) -> list[float | None]:
    """Distance to the group's mean in deviations of the group.

    Formula: A_i = (r_i - mean(r)) / (std(r) + floor), std with n - 1. GRPO (arXiv 2402.03300, section 4.1.2).

    Args:
        rewards: of a group; None where the machine failed.
        floor: added to the deviation.

    Raises:
        UsageError: a reward that is not finite.

    >>> [round(each, 3) for each in grpo([1.0, 0.0, None, 0.5]) if each is not None]
    [1.0, -1.0, 0.0]
    >>> grpo([1.0, None])
    [None, None]
    """
    return _compared(rewards, lambda there: _normalised(there, floor))


def dr_grpo(rewards: Given) -> list[float | None]:
    """Distance to the group's mean, undivided, so that no question weighs more for being nearly solved.

    Formula: A_i = r_i - mean(r). Dr. GRPO (arXiv 2503.20783); its other half, a constant in place of the
    length of an answer, is a weight of tokens.

    Args:
        rewards: of a group; None where the machine failed.

    Raises:
        UsageError: a reward that is not finite.

    >>> dr_grpo([1.0, 0.0, 0.5, 0.5])
    [0.5, -0.5, 0.0, 0.0]
    """

    def distances(there: Sequence[float]) -> list[float]:
        mean = fmean(there)
        return [reward - mean for reward in there]

    return _compared(rewards, distances)


def leave_one_out(rewards: Given) -> list[float | None]:
    """Distance to the mean of the others, which does not depend on the episode itself.

    Formula: A_i = r_i - mean_{j != i}(r_j). RLOO (arXiv 2402.14740).

    Args:
        rewards: of a group; None where the machine failed.

    Raises:
        UsageError: a reward that is not finite.

    >>> leave_one_out([1.0, 0.0, 0.5])
    [0.75, -0.75, 0.0]
    """

    def distances(there: Sequence[float]) -> list[float]:
        total, others = sum(there), len(there) - 1
        return [reward - (total - reward) / others for reward in there]

    return _compared(rewards, distances)


def per_component(
    components: Mapping[str, Given],
    *,
    weights: Mapping[str, float] | None = None,
    floor: float = SPREAD_FLOOR,
) -> list[float | None]:
    """Each component compared by itself, then summed: none drowns for being on a smaller scale.

    Formula: A_i = sum_c w_c * (r_ic - mean(r_c)) / (std(r_c) + floor). AeSlides (arXiv 2604.22840).

    Args:
        components: name -> its values in the group; None where the machine failed.
        weights: name -> factor; 1 where it is not named.
        floor: added to each deviation.

    Raises:
        UsageError: components of different lengths, a weight of no component, or a value that is not finite.

    >>> found = per_component({"right": [1.0, 0.0], "short": [0.02, 0.04]}, floor=0.0)
    >>> [round(each, 9) for each in found if each is not None]
    [0.0, 0.0]
    """
    given = weights or {}
    if unknown := sorted(given.keys() - components.keys()):
        raise UsageError(f"a weight is given for {unknown[0]!r}, which is none of: {', '.join(components)}")
    if len({len(values) for values in components.values()}) > 1:
        told = ", ".join(f"{name} {len(values)}" for name, values in components.items())
        raise UsageError(f"the components of a group have a value for each episode, got: {told}")
    columns = list(zip(*components.values(), strict=True))
    is_there = [None not in column for column in columns]
    total = [0.0 if here else None for here in is_there]
    if sum(is_there) < 2:
        return [None] * len(total)
    for name, values in components.items():
        kept = [value if here else None for value, here in zip(values, is_there, strict=True)]
        for i, own in enumerate(grpo(kept, floor=floor)):
            if own is not None:
                total[i] = (total[i] or 0.0) + given.get(name, 1.0) * own
    return total


def per_turn(
    steps: Sequence[Sequence[float] | None], *, discount: float = 1.0, floor: float = SPREAD_FLOOR
) -> list[list[float] | None]:
    """What each turn still brought, compared with the same turn of the others.

    Formula: G_it = sum_{u >= t} discount^(u-t) * r_iu; A_it = (G_it - mean_j(G_jt)) / (std_j(G_jt) + floor)
    over the episodes that played a turn t; 0 where only one did. Our own, after the turn-level advantages of
    arXiv 2505.11821: with rewards at the end only, and as many turns in each episode, it is `grpo`.

    Args:
        steps: step rewards of each episode, a number a turn; None where the machine failed.
        discount: of a later turn, [0, 1].
        floor: added to each deviation.

    Raises:
        UsageError: a discount out of range, or a reward that is not finite.

    >>> per_turn([[0.0, 1.0], [0.0, 0.0], None], floor=0.0)[0]
    [0.7071067811865475, 0.7071067811865475]
    """
    if not 0 <= discount <= 1:
        raise UsageError(f"discount must be a number from 0 to 1, got {discount!r}")
    returns: list[list[float] | None] = []
    for own in steps:
        if own is None:
            returns.append(None)
            continue
        _check(own)
        behind, left = 0.0, list[float]()
        for reward in reversed(own):
            behind = reward + discount * behind
            left.append(behind)
        returns.append(left[::-1])
    playing = [own for own in returns if own is not None]
    if len(playing) < 2:
        return [None] * len(steps)
    levels: list[tuple[float, float]] = []
    for turn in range(max(map(len, playing))):
        there = [own[turn] for own in playing if turn < len(own)]
        spread = stdev(there) if len(there) > 1 else 0.0
        levels.append((fmean(there), spread + floor))
    return [
        None
        if own is None
        else [_share(value - mean, by) for value, (mean, by) in zip(own, levels, strict=False)]
        for own in returns
    ]


def process_supervision(
    steps: Sequence[Sequence[float] | None], *, floor: float = SPREAD_FLOOR
) -> list[list[float] | None]:
    """Normalised step rewards, summed from each turn to the end.

    Formula: s = (r_iu - mean(r)) / (std(r) + floor) over all steps of the group; A_it = sum_{u >= t} s_iu.
    GRPO with process supervision (arXiv 2402.03300, section 4.1.3). Where most steps pay nothing, a longer
    episode gathers more of what lies below the mean; `per_turn` does not.

    Args:
        steps: step rewards of each episode, a number a turn; None where the machine failed.
        floor: added to the deviation.

    Raises:
        UsageError: a reward that is not finite.

    >>> process_supervision([[1.0, 1.0], [0.0, 0.0]], floor=0.0)[1]
    [-1.7320508075688774, -0.8660254037844387]
    """
    playing = [own for own in steps if own is not None]
    every = [reward for own in playing for reward in own]
    _check(every)
    if len(playing) < 2 or len(every) < 2:
        return [None] * len(steps)
    mean, by = fmean(every), stdev(every) + floor
    return [
        None if own is None else list(accumulate(_share(reward - mean, by) for reward in reversed(own)))[::-1]
        for own in steps
    ]


def span_advantages(
    scores: Sequence[Sequence[float] | None], *, floor: float = SPAN_FLOOR
) -> list[list[float] | None]:
    """Scores of single tokens, compared with all tokens of the group.

    Formula: A_it = (s_it - mean(s)) / (std(s) + floor) over all tokens of all episodes, std with n. Zoom-Zero
    (`compute_grpo_select_outcome_advantage` of its published code); the scores are `groups.credit_spans`.

    Args:
        scores: of each sampled token of each episode; None where the machine failed.
        floor: added to the deviation.

    Raises:
        UsageError: a score that is not finite.

    >>> span_advantages([[1.0, 1.0], [0.0, 0.0]], floor=0.0)
    [[1.0, 1.0], [-1.0, -1.0]]
    """
    playing = [own for own in scores if own is not None]
    every = [score for own in playing for score in own]
    _check(every)
    if len(playing) < 2 or not every:
        return [None] * len(scores)
    mean = fmean(every)
    by = fmean((score - mean) ** 2 for score in every) ** 0.5 + floor
    return [None if own is None else [_share(score - mean, by) for score in own] for own in scores]


def _compared(rewards: Given, formula: Callable[[Sequence[float]], list[float]]) -> list[float | None]:
    """The formula over the rewards that are there; nobody's where fewer than two are."""
    there = [reward for reward in rewards if reward is not None]
    _check(there)
    if len(there) < 2:
        return [None] * len(rewards)
    found = iter(formula(there))
    return [None if reward is None else next(found) for reward in rewards]


def _normalised(there: Sequence[float], floor: float) -> list[float]:
    mean, by = fmean(there), stdev(there) + floor
    return [_share(reward - mean, by) for reward in there]


def _share(distance: float, by: float) -> float:
    """A distance in deviations; 0 where all are equal."""
    return distance / by if by else 0.0


def _check(rewards: Sequence[float]) -> None:
    for reward in rewards:
        if not isfinite(reward):
            raise UsageError(f"rewards are finite numbers, or None where the machine failed; got {reward}")
