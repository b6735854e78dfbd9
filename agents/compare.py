"""Comparison of two evaluated runs on the tasks that both have played.

A task is the same where its hash is: its prompt, world and key, whatever the recipe, the turn limit or the
policy. Differences are paired by task, which takes the spread between easy and hard tasks out of the
interval.
"""

__all__ = ["Comparison", "compare"]

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, nan
from typing import Any

from .rates import number
from .results import Result
from .statistics import Interval, mean_interval

TIE = 1e-9


@dataclass(frozen=True)
class Comparison:
    """A run against another.

    Args:
        run: name of the one.
        against: name of the other.
        env: environment id.
        policies: of the one and of the other.
        shared: tasks that both have a graded episode of.
        only_here: tasks that only the one has.
        only_there: tasks that only the other has.
        difference: mean over the shared tasks of the one's mean reward less the other's; NaN without any.
        interval: 95 %, bootstrap over the shared tasks; None for fewer than two.
        wins: shared tasks on which the one has the higher mean reward.
        ties: shared tasks without a difference.
        losses: shared tasks on which the other has the higher mean reward.
        notes: what makes the numbers mean less than they seem to.
    """

    run: str
    against: str
    env: str
    policies: tuple[str, str]
    shared: int
    only_here: int
    only_there: int
    difference: float = nan
    interval: Interval | None = None
    wins: int = 0
    ties: int = 0
    losses: int = 0
    notes: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-able: NaN is None, an interval a list of two."""
        return {
            **vars(self),
            "policies": list(self.policies),
            "difference": number(self.difference),
            "interval": self.interval and list(self.interval),
            "notes": list(self.notes),
        }


def compare(one: Result, other: Result, *, seed: int = 0) -> Comparison:
    """Compare two results of one environment, paired by task.

    Args:
        one: the result whose gain is positive.
        other: what it is compared with.
        seed: of the bootstrap.
    """
    shared = sorted(one.rewards.keys() & other.rewards.keys())
    gains = [one.rewards[task] - other.rewards[task] for task in shared]
    wins, losses = sum(gain > TIE for gain in gains), sum(gain < -TIE for gain in gains)
    return Comparison(
        run=one.run,
        against=other.run,
        env=one.env,
        policies=(one.policy, other.policy),
        shared=len(shared),
        only_here=len(one.rewards) - len(shared),
        only_there=len(other.rewards) - len(shared),
        difference=fsum(gains) / len(gains) if gains else nan,
        interval=mean_interval(gains, seed=seed),
        wins=wins,
        ties=len(gains) - wins - losses,
        losses=losses,
        notes=_notes(one, other, len(shared)),
    )


def _notes(one: Result, other: Result, shared: int) -> list[str]:
    notes = []
    if not one.rewards or not other.rewards:
        empty = one.run if not one.rewards else other.run
        notes.append(f"{empty} has no graded episode, so there is nothing to compare")
    elif not shared:
        notes.append(
            f"they share no task: {one.run} played {len(one.rewards)}, {other.run} {len(other.rewards)} "
            "others. Collect both with the same --split, --seed and arguments of the environment"
        )
    changed = set(one.task_ids.values()) & set(other.task_ids.values()) - {
        one.task_ids[task] for task in one.task_ids.keys() & other.task_ids.keys()
    }
    if changed:
        notes.append(
            f"{len(changed)} tasks have the same id but another content, such as {min(changed)}: their "
            "generator or source has changed between the runs; they are not compared"
        )
    if one.recipe and other.recipe and one.recipe != other.recipe:
        notes.append(
            f"graded by other recipes ({one.recipe}, {other.recipe}): their rewards do not measure the same; "
            "`eyesmith score --recipe` grades a run again"
        )
    differing = [
        f"{name} ({one.arguments.get(name)!r}, {other.arguments.get(name)!r})"
        for name in sorted(one.arguments.keys() | other.arguments.keys())
        if name not in ("split", "recipe") and one.arguments.get(name) != other.arguments.get(name)
    ]
    if differing and one.rewards and other.rewards:
        notes.append(f"made with other arguments of the environment: {', '.join(differing)}")
    return notes
