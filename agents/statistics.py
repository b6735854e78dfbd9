"""Statistics of an evaluation: pass@k and intervals over tasks.

Knows plain numbers only. Tasks are the sampling unit everywhere: siblings of a group share a task, so they
are not independent, and an interval over episodes would be too narrow by up to the root of the group's size.
"""

__all__ = ["CONFIDENCE", "Interval", "mean_interval", "pass_at_k", "share_interval"]

from collections.abc import Sequence
from math import comb, isfinite, sqrt
from typing import NamedTuple

import numpy as np

from ..errors import UsageError

CONFIDENCE = 0.95
Z = 1.959963984540054  # the normal distribution's quantile for CONFIDENCE, both tails
RESAMPLES = 2000
DRAWS_AT_ONCE = 1 << 22  # bounds the memory of a bootstrap over many tasks


class Interval(NamedTuple):
    """A 95 % confidence interval."""

    low: float
    high: float


def pass_at_k(n: int, c: int, k: int) -> float:
    """Chance that at least one of k samples of a task succeeds, estimated without bias from n >= k samples.

    Formula: 1 - C(n - c, k) / C(n, k) (Chen et al. 2021, arXiv 2107.03374, equation 1).

    Args:
        n: samples of the task.
        c: how many of them succeeded.
        k: samples drawn without putting back, 1 to n.

    Raises:
        UsageError: k is not in 1 to n, or c is not in 0 to n.

    >>> pass_at_k(4, 1, 1), pass_at_k(4, 1, 2), pass_at_k(4, 3, 2)
    (0.25, 0.5, 1.0)
    """
    if not 1 <= k <= n or not 0 <= c <= n:
        raise UsageError(f"pass@k needs 1 <= k <= n and 0 <= c <= n, got n={n}, c={c}, k={k}")
    return 1.0 - comb(n - c, k) / comb(n, k)


def mean_interval(
    values: Sequence[float] | np.ndarray, *, seed: int = 0, resamples: int = RESAMPLES
) -> Interval | None:
    """Interval of the mean of task means: percentile bootstrap that draws whole tasks (clusters).

    The order of the values does not matter. Over a handful of tasks the interval is too narrow, and where all
    agree it has no width; of fewer than two tasks there is none.

    Args:
        values: (tasks,) mean of each task.
        seed: of the draws.
        resamples: how many.

    Returns:
        The interval, or None for fewer than two tasks.

    Raises:
        UsageError: a value is NaN or infinite.

    >>> mean_interval([1.0, 1.0, 1.0])
    Interval(low=1.0, high=1.0)
    """
    tasks = np.sort(np.asarray(values, np.float64))  # episodes are written in the order in which they end
    if not np.isfinite(tasks).all():
        raise UsageError("a mean of a task is NaN or infinite; an interval takes numbers")
    if len(tasks) < 2:
        return None
    rng = np.random.default_rng(seed)
    rows = max(1, DRAWS_AT_ONCE // len(tasks))
    means = np.concatenate(
        [
            tasks[rng.integers(len(tasks), size=(min(rows, resamples - start), len(tasks)))].mean(axis=1)
            for start in range(0, resamples, rows)
        ]
    )
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(low), float(high))


def share_interval(shares: Sequence[float], episodes: int) -> Interval | None:
    """Interval of a success rate: Wilson's, with as many samples as the tasks are worth.

    A bootstrap has no width where all succeed or all fail, so a rate gets Wilson's interval. Its sample size
    is p(1 - p) / var(mean of the shares), the size at which independent episodes would vary as much as the
    tasks do, between the number of tasks (siblings agree) and of episodes (siblings are independent); where
    all succeed or all fail it is the number of tasks. Korn and Graubard 1998 treat surveys so.

    Args:
        shares: (tasks,) share of each task's episodes that succeeded.
        episodes: how many there are of all tasks together.

    Returns:
        The interval, or None without tasks.

    Raises:
        UsageError: a share is not in 0 to 1, or there are fewer episodes than tasks.

    >>> low, high = share_interval([1.0] * 10, 80)
    >>> round(low, 3), high
    (0.722, 1.0)
    """
    tasks = len(shares)
    if episodes < tasks or not all(isfinite(share) and 0 <= share <= 1 for share in shares):
        raise UsageError(f"shares lie in 0 to 1, and {tasks} tasks have {tasks} episodes or more")
    if not tasks:
        return None
    p = float(np.mean(shares))
    variance = float(np.var(shares, ddof=1)) / tasks if tasks > 1 else 0.0
    size = float(tasks)
    if 0 < p < 1 and tasks > 1:
        size = min(max(p * (1 - p) / variance, tasks), episodes) if variance > 0 else float(episodes)
    centre = (p + Z**2 / (2 * size)) / (1 + Z**2 / size)
    half = Z / (1 + Z**2 / size) * sqrt(p * (1 - p) / size + Z**2 / (4 * size**2))
    return Interval(max(0.0, centre - half) if p > 0 else 0.0, min(1.0, centre + half) if p < 1 else 1.0)
