"""Rates: success, reward, pass@k and turns of a set of episodes.

Every rate is the mean over tasks of the task's own mean, so that a task that lost siblings to the machine
weighs as much as any other. Episodes that the machine failed are in no rate.
"""

__all__ = ["PassAt", "Rates", "Sample", "number", "rates_of", "task_means"]

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum, isnan, nan
from typing import Any, NamedTuple

from .statistics import Interval, mean_interval, pass_at_k, share_interval


class Sample(NamedTuple):
    """A graded episode: of which task, what it earned, and where it belongs in a breakdown."""

    task: str
    reward: float
    is_success: bool
    turns: int
    split: str
    difficulty: str
    kind: str


class PassAt(NamedTuple):
    """pass@k, and over how many tasks: those that have k graded episodes or more."""

    value: float
    tasks: int


@dataclass(frozen=True)
class Rates:
    """Rates of a set of episodes; NaN and None without any.

    Args:
        tasks: how many tasks have a graded episode.
        episodes: graded episodes.
        failures: status -> episodes that have no grade (`error`, `aborted`, `drift`); in no rate.
        success: success rate.
        success_interval: 95 %, `statistics.share_interval`.
        reward: mean reward.
        reward_interval: 95 %, `statistics.mean_interval`.
        turns: mean messages of the policy.
        pass_at: k -> pass@k, for k = 1, 2, 4, 8 ... up to the largest group.
    """

    tasks: int
    episodes: int
    failures: Mapping[str, int] = field(default_factory=dict)
    success: float = nan
    success_interval: Interval | None = None
    reward: float = nan
    reward_interval: Interval | None = None
    turns: float = nan
    pass_at: Mapping[int, PassAt] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able: NaN is None, an interval a list of two."""
        return {
            "tasks": self.tasks,
            "episodes": self.episodes,
            "failures": dict(self.failures),
            "success": number(self.success),
            "success_interval": self.success_interval and list(self.success_interval),
            "reward": number(self.reward),
            "reward_interval": self.reward_interval and list(self.reward_interval),
            "turns": number(self.turns),
            "pass_at": {
                str(k): {"value": found.value, "tasks": found.tasks} for k, found in self.pass_at.items()
            },
        }


def number(value: float) -> float | None:
    """A number as JSON has it: None for NaN."""
    return None if isnan(value) else value


def rates_of(samples: Sequence[Sample], failures: Iterable[str] = (), *, seed: int = 0) -> Rates:
    """The rates of graded episodes.

    Args:
        samples: the graded episodes.
        failures: status of each episode without a grade.
        seed: of the bootstrap.
    """
    failed = dict(sorted(Counter(failures).items()))
    by_task: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_task[sample.task].append(sample)
    if not by_task:
        return Rates(0, 0, failed)
    counts = [(len(group), sum(sample.is_success for sample in group)) for group in by_task.values()]
    shares = [successes / size for size, successes in counts]
    rewards = list(task_means(samples).values())
    turns = [sum(sample.turns for sample in group) / len(group) for group in by_task.values()]
    return Rates(
        tasks=len(by_task),
        episodes=len(samples),
        failures=failed,
        success=_mean(shares),
        success_interval=share_interval(shares, len(samples)),
        reward=_mean(rewards),
        reward_interval=mean_interval(rewards, seed=seed),
        turns=_mean(turns),
        pass_at=_pass_at(counts),
    )


def task_means(samples: Iterable[Sample]) -> dict[str, float]:
    """Task -> mean reward of its graded episodes."""
    rewards: dict[str, list[float]] = defaultdict(list)
    for sample in samples:
        rewards[sample.task].append(sample.reward)
    return {task: _mean(found) for task, found in rewards.items()}


def _pass_at(counts: Sequence[tuple[int, int]]) -> dict[int, PassAt]:
    found, k = {}, 1
    while k <= max(size for size, _ in counts):
        values = [pass_at_k(size, successes, k) for size, successes in counts if size >= k]
        found[k] = PassAt(_mean(values), len(values))
        k *= 2
    return found


def _mean(values: Sequence[float]) -> float:
    # Summed exactly, so that the last bit does not depend on which episode ended first.
    return fsum(values) / len(values)
