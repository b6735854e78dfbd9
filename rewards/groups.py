"""Group recipes: rewards that depend on what the others of the group did.

Plain functions of a group's numbers, applied after each episode was graded and before advantages. A reward
of None is an episode that the machine failed: it is in no share and no mean, and stays None.
"""

__all__ = [
    "credit_spans",
    "curiosity",
    "direct_answer",
    "diversity_gate",
    "injected_expert",
    "log_tamed",
    "win_rate",
]

from collections.abc import Mapping, Sequence
from math import isfinite, log1p
from statistics import fmean, pstdev

import numpy as np

from ..errors import UsageError

RARELY_DIRECT = 0.2
DIRECT_PENALTY = 0.1
DIRECT_FLOOR = 1e-4
LOOKING_SHARE = 0.3
IMAGE_SCALE = 2.0  # 1.5 for video
CURIOSITY = 0.25
CALL_COST = 0.05
TAME_FLOOR = 1e-6

Given = Sequence[float | None]


def direct_answer(
    rewards: Given,
    *,
    is_correct: Sequence[bool],
    is_direct: Sequence[bool],
    rare: float = RARELY_DIRECT,
    penalty: float = DIRECT_PENALTY,
) -> list[float | None]:
    """Right answers without a look pay less where few of the right ones came so: they were lucky.

    Formula: q = #(correct and direct) / (#correct + 1e-4); where 0 < q < rare, the reward of each correct
    direct answer falls by `penalty`. VisionThink (arXiv 2507.13348; `ray_trainer.py` of its published code).

    Args:
        rewards: of a group; None where the machine failed.
        is_correct: whether each episode's answer was right.
        is_direct: whether it came without a tool that shows more.
        rare: share of direct ones among the right below which they are luck.
        penalty: what they lose.

    Raises:
        UsageError: lists of different lengths.

    >>> direct_answer([1.0] * 6, is_correct=[True] * 6, is_direct=[True] + [False] * 5)
    [0.9, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    _check_lengths(rewards, is_correct=is_correct, is_direct=is_direct)
    members = list(zip(rewards, is_correct, is_direct, strict=True))
    correct = [direct for reward, right, direct in members if reward is not None and right]
    share = sum(correct) / (len(correct) + DIRECT_FLOOR)
    if not 0 < share < rare:
        return list(rewards)
    return [
        reward - penalty if reward is not None and right and direct else reward
        for reward, right, direct in members
    ]


def curiosity(
    rewards: Given,
    *,
    calls: Sequence[int],
    is_correct: Sequence[bool],
    last_failed: Sequence[bool],
    target: float = LOOKING_SHARE,
    scale: float = IMAGE_SCALE,
    weight: float = CURIOSITY,
    call_cost: float = CALL_COST,
) -> list[float | None]:
    """Looking pays where few of the group look, and each further look costs.

    Formula: p = share of episodes with a call; an episode with n > 0 calls gets
    max(target - p, 0) / scale / p * weight - call_cost * (n - 1); a right answer whose last look failed is
    worth 0 before that. Pixel Reasoner (arXiv 2505.15966; `experience_maker.py` of its published code).

    Args:
        rewards: of a group; None where the machine failed.
        calls: how often each episode looked.
        is_correct: whether each episode's answer was right.
        last_failed: whether its last look was an error.
        target: share of episodes that look from which on nothing is paid.
        scale: 2 for pictures, 1.5 for video.
        weight: of the bonus.
        call_cost: of each look past the first.

    Raises:
        UsageError: lists of different lengths, or a negative number of calls.

    >>> found = curiosity([0.0] * 10, calls=[1] + [0] * 9, is_correct=[False] * 10, last_failed=[False] * 10)
    >>> round(found[0] or 0.0, 9), found[1]
    (0.25, 0.0)
    """
    _check_lengths(rewards, calls=calls, is_correct=is_correct, last_failed=last_failed)
    if min(calls, default=0) < 0:
        raise UsageError(f"calls are numbers of at least 0, got {min(calls)}")
    members = list(zip(rewards, calls, is_correct, last_failed, strict=True))
    looked = [number > 0 for reward, number, _, _ in members if reward is not None]
    share = sum(looked) / len(looked) if looked else 0.0
    found: list[float | None] = []
    for reward, number, right, failed in members:
        if reward is not None and number:
            reward = 0.0 if right and failed else reward
            reward += max(target - share, 0.0) / scale / share * weight - call_cost * (number - 1)
        found.append(reward)
    return found


def win_rate(points: Sequence[Sequence[float | None]]) -> list[float | None]:
    """Share of the comparisons that each work of a group won.

    Formula: r_i = mean over j of points_ij, which is 1 for a win, 0.5 for a tie and 0 for a loss. Pref-GRPO
    (arXiv 2508.20751); the points are those of `pairwise.Pair`.

    Args:
        points: (n, n) of row against column; None on the diagonal and where nothing was compared.

    Returns:
        One a work; None where it was compared with none.

    Raises:
        UsageError: no square, or a pair whose points do not sum to 1.

    >>> win_rate([[None, 1.0, 0.5], [0.0, None, 0.0], [0.5, 1.0, None]])
    [0.75, 0.0, 0.75]
    """
    count = len(points)
    if any(len(row) != count for row in points):
        raise UsageError(f"points are a square of {count} rows, got rows of {[len(row) for row in points]}")
    for i in range(count):
        for j in range(i + 1):
            one, other = points[i][j], points[j][i]
            is_sound = i != j and one is not None and other is not None and abs(one + other - 1.0) < 1e-9
            if not (is_sound or (one is None and other is None)):
                raise UsageError(
                    f"the points of a pair sum to 1, and a work is not compared with itself: {i} against {j} "
                    f"has {one}, {j} against {i} has {other}"
                )
    compared = [[point for point in row if point is not None] for row in points]
    return [fmean(row) if row else None for row in compared]


def log_tamed(components: Mapping[str, Given]) -> dict[str, list[float | None]]:
    """The components that vary more than the others do, on a logarithmic scale.

    Formula: h_c = std(r_c) / (mean(r_c) + 1e-6) over the batch; where h_c > mean(h): r <- ln(1 + r). PaCo-RL
    (arXiv 2512.04784; `config/grpo.py` of its published code), std with n as numpy's, which was not published
    apart.

    Args:
        components: name -> values over the whole batch, >= 0; None where the machine failed.

    Raises:
        UsageError: a value that is negative or not finite.

    >>> log_tamed({"steady": [1.0, 1.0], "wild": [0.0, 1.0]})["wild"]
    [0.0, 0.6931471805599453]
    """
    wildness: dict[str, float] = {}
    for name, values in components.items():
        there = [value for value in values if value is not None]
        if not all(isfinite(value) and value >= 0 for value in there):
            raise UsageError(f"the component {name!r} has values that are negative or not finite")
        wildness[name] = pstdev(there) / (fmean(there) + TAME_FLOOR) if there else 0.0
    usual = fmean(wildness.values()) if wildness else 0.0
    return {
        name: [log1p(v) if v is not None and wildness[name] > usual else v for v in values]
        for name, values in components.items()
    }


def diversity_gate(rewards: Given, features: np.ndarray) -> list[float | None]:
    """Advantages in which being unlike the others counts, and only for those that are good.

    Formula: A_i = (r_i - mean(r)) * d_i / mean(d) where r_i >= mean(r), else r_i - mean(r);
    d_i = min over j of 1 - cos(x_i, x_j). GARDO (arXiv 2512.24138; `stat_tracking.py` of its published code).
    Where all are alike, mean(d) = 0, every factor is 1.

    Args:
        rewards: of a group; None where the machine failed.
        features: (n, k) float64, of each episode's work; a row without length is like everything.

    Returns:
        Advantages; None where the machine failed, and for all where fewer than two are left.

    Raises:
        UsageError: another number of features than rewards, or values that are not finite.

    >>> diversity_gate([1.0, 1.0, 0.0], np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    [0.0, 0.0, -0.6666666666666666]
    """
    values = np.asarray(features, dtype=np.float64)
    if values.ndim != 2 or len(values) != len(rewards) or not bool(np.isfinite(values).all()):
        raise UsageError(
            f"{len(rewards)} rewards go with finite features of ({len(rewards)}, k), got {values.shape}"
        )
    there = [i for i, reward in enumerate(rewards) if reward is not None]
    if len(there) < 2:
        return [None] * len(rewards)
    rows = values[there]
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = rows / np.where(lengths > 0, lengths, 1.0)
    alike = unit @ unit.T
    alike[lengths[:, 0] == 0] = 1.0
    alike[:, lengths[:, 0] == 0] = 1.0
    apart = np.clip(1.0 - alike, 0.0, 2.0)
    np.fill_diagonal(apart, np.inf)
    distance = apart.min(axis=1)
    usual = float(distance.mean())
    mean = fmean(reward for reward in rewards if reward is not None)
    found: list[float | None] = [None] * len(rewards)
    for i, own in zip(there, distance, strict=True):
        ahead = (rewards[i] or 0.0) - mean
        found[i] = ahead * float(own) / usual if ahead >= 0 and usual > 0 else ahead
    return found


def credit_spans(
    tokens: int, *, everywhere: float, spans: Sequence[tuple[int, int, float]], terms: int = 1
) -> list[float]:
    """A score for each token: what all share, and what only the tokens of a span are answerable for.

    Formula: s_t = (everywhere + sum of the spans that hold t) / terms. Zoom-Zero (the token-selective rule of
    its published code): everywhere = format + zoom, the answer's accuracy in the span of the answer, the
    temporal IoU before and behind it, terms = 3. `advantages.span_advantages` compares them.

    Args:
        tokens: how many were sampled.
        everywhere: what each of them is answerable for.
        spans: (first, end, reward) in tokens, end not included.
        terms: by which the sum is divided.

    Raises:
        UsageError: a span that lies outside.

    >>> credit_spans(4, everywhere=1.0, spans=[(0, 2, 0.5), (2, 4, 2.0)])
    [1.5, 1.5, 3.0, 3.0]
    """
    scores = [everywhere / terms] * tokens
    for first, end, reward in spans:
        if not 0 <= first <= end <= tokens:
            raise UsageError(f"a span lies in the {tokens} sampled tokens, got {first} to {end}")
        for i in range(first, end):
            scores[i] += reward / terms
    return scores


def injected_expert(rewards: Given, expert: float, *, solved: float | None = None) -> list[float | None]:
    """The group's rewards with the expert's behind them, which teaches only until the policy can do it.

    Formula: r_expert = mean(r) where max(r) >= solved, else its own. ViSurf (arXiv 2510.10606, equations 6
    and 7): the expert's trajectory is one more of the group, and leads by nothing once a member is right.

    Args:
        rewards: of a group; None where the machine failed.
        expert: reward of the expert's trajectory.
        solved: reward from which a member is right; None for the expert's own.

    Returns:
        One more than `rewards`: the expert's is the last.

    >>> injected_expert([0.0, 0.0], 1.0), injected_expert([1.0, 0.0], 1.0)
    ([0.0, 0.0, 1.0], [1.0, 0.0, 0.5])
    """
    there = [reward for reward in rewards if reward is not None]
    is_solved = bool(there) and max(there) >= (expert if solved is None else solved)
    return [*rewards, fmean(there) if is_solved else expert]


def _check_lengths(rewards: Given, **lists: Sequence[object]) -> None:
    for name, values in lists.items():
        if len(values) != len(rewards):
            raise UsageError(f"{name} says something of each of {len(rewards)} episodes, got {len(values)}")
