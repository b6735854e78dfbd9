"""What a collection is asked to do; checked before anything starts."""

__all__ = ["MAY_DIFFER", "CollectConfig"]

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..envs.base import ToolEnv
from ..errors import UsageError
from ..trajectories.record import FORMATS
from .scripted import check_policy, replay_source

# A resumed run may change these; everything else would make its episodes another data set.
MAY_DIFFER = frozenset({"episodes", "concurrency", "workers", "timeout_s", "retries"})
SHARED_KWARGS = ("difficulty", "max_turns", "recipe", "dense")


@dataclass(frozen=True, kw_only=True)
class CollectConfig:
    """Settings of a collection.

    Args:
        env: environment id.
        policy: one of `scripted.POLICIES`.
        episodes: how many, a multiple of `group`.
        group: episodes of one task.
        concurrency: episodes in flight.
        split: split of the tasks.
        seed: index of the first task; the others follow.
        env_kwargs: further arguments of the environment.
        workers: processes; None for one a core.
        timeout_s: time limit of an episode.
        retries: further attempts after the machine failed.
        image_format: `png`, `webp` (both lossless) or `jpeg`.
    """

    env: str
    policy: str = "expert"
    episodes: int = 64
    group: int = 8
    concurrency: int = 32
    split: str = "train"
    seed: int = 0
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)
    workers: int | None = None
    timeout_s: float = 600.0
    retries: int = 2
    image_format: str = "png"

    def __post_init__(self) -> None:
        check_policy(self.policy)
        for name in ("episodes", "group", "concurrency"):
            _at_least(name, getattr(self, name), 1)
        _at_least("seed", self.seed, 0)
        _at_least("retries", self.retries, 0)
        if self.workers is not None:
            _at_least("workers", self.workers, 1)
        if self.episodes % self.group:
            near = -(-self.episodes // self.group) * self.group
            raise UsageError(
                f"episodes (-n {self.episodes}) must be a multiple of the group (-g {self.group}), so that every "
                f"group is whole: use -n {near}, or -g 1"
            )
        if not self.timeout_s > 0:
            raise UsageError(f"timeout_s must be above 0, got {self.timeout_s}")
        if self.image_format not in FORMATS:
            raise UsageError(f"image_format must be one of {', '.join(FORMATS)}, got {self.image_format!r}")

    @property
    def processes(self) -> int:
        """Worker processes: as asked, else one a usable core."""
        return self.workers or len(os.sched_getaffinity(0))

    def plan(self, tasks: int) -> list[tuple[int, int]]:
        """(task index, sample) of every episode, groups together.

        Args:
            tasks: number of tasks of the split.

        Raises:
            UsageError: more groups than tasks.
        """
        groups = self.episodes // self.group
        if groups > tasks:
            raise UsageError(
                f"{self.episodes} episodes in groups of {self.group} need {groups} tasks, but the split "
                f"{self.split!r} has {tasks}: lower -n or raise -g"
            )
        return [((self.seed + i) % tasks, sample) for i in range(groups) for sample in range(self.group)]

    def check(self) -> int:
        """Build the environment once, so that a wrong argument shows before workers start.

        Returns:
            The number of tasks of the split.

        Raises:
            UsageError: an argument or a data source that cannot be used.
        """
        import gymnasium

        from .. import env_ids
        from ..envs.registry import entry_point

        replay_source(self.policy)
        if ":" not in self.env and self.env not in gymnasium.registry:
            entry_point(self.env)
            raise UsageError(f"{self.env!r} is not registered; there is: {', '.join(env_ids())}")
        env = gymnasium.make(self.env, disable_env_checker=True, **self.env_kwargs).unwrapped
        if not isinstance(env, ToolEnv):
            raise UsageError(f"{self.env} is no eyesmith environment")
        tasks = env.num_tasks(self.split)
        env.close()
        return tasks

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, as it is saved with the run."""
        return asdict(self) | {"env_kwargs": dict(self.env_kwargs)}


def _at_least(name: str, value: Any, low: int) -> None:
    if type(value) is not int or value < low:
        raise UsageError(f"{name} must be an integer of at least {low}, got {value!r}")
