"""What a collection is asked to do; checked before anything starts."""

__all__ = ["MAY_DIFFER", "CollectConfig"]

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..trajectories.provenance import scrub
from ..trajectories.record import FORMATS
from .scripted import check_policy, replay_source, scripted

# A resumed run may change these; everything else would make its episodes another data set.
MAY_DIFFER = frozenset({"episodes", "concurrency", "workers", "timeout_s", "retries"})


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
                f"episodes (-n {self.episodes}) must be a multiple of the group (-g {self.group}), so that "
                f"every group is whole: use -n {near}, or -g 1"
            )
        if type(self.timeout_s) not in (int, float) or not self.timeout_s > 0:
            raise UsageError(f"timeout_s must be a number of seconds above 0, got {self.timeout_s!r}")
        if self.image_format not in FORMATS:
            raise UsageError(f"image_format must be one of {', '.join(FORMATS)}, got {self.image_format!r}")

    @property
    def processes(self) -> int:
        """Worker processes: as asked, else one a usable core."""
        return self.workers or len(os.sched_getaffinity(0))

    @property
    def bare_id(self) -> str:
        """The id of the environment, without the module that registers it."""
        return self.env.rpartition(":")[2]

    @property
    def policy_name(self) -> str:
        """The policy as it is recorded: of a replayed folder only the last name."""
        kind, _, rest = self.policy.partition(":")
        return f"replay:{Path(rest).resolve().name}" if kind == "replay" else self.policy

    def names(self, index: int, sample: int) -> tuple[str, str]:
        """`id` and `group_id` of an episode, the same for every attempt at it, whether it fails or not.

        Args:
            index: index of the task.
            sample: number of the episode in its group.
        """
        task = f"{self.bare_id}:{self.split}:{index}"
        if self.env_kwargs:
            stored = json.dumps(scrub(self.env_kwargs), sort_keys=True)
            task += f":{sha256(stored.encode()).hexdigest()[:8]}"
        group = f"{task}#{self.policy_name}"
        return f"{group}#{sample}", group

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
            UsageError: an argument, a policy or a data source that cannot be used.
        """
        import gymnasium

        from ..envs.describe import make_env

        replay_source(self.policy)
        try:
            env = make_env(self.env, **self.env_kwargs)
        except (ImportError, gymnasium.error.Error) as error:
            if isinstance(error, UsageError):
                raise
            raise UsageError(
                f"the environment {self.env!r} cannot be made: {error}. An id of your own is named with the "
                f"module that registers it, which must be importable: 'my_module:{self.bare_id}'"
            ) from None
        try:
            tasks = env.num_tasks(self.split)
            if self.policy.startswith("cheat:"):
                env.begin(env.get_task(self.split, self.seed % tasks))
                scripted(self.policy, env, 0)
        finally:
            env.close()
        return tasks

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, as it is saved with the run."""
        return asdict(self) | {"env_kwargs": dict(self.env_kwargs)}


def _at_least(name: str, value: Any, low: int) -> None:
    if type(value) is not int or value < low:
        raise UsageError(f"{name} must be an integer of at least {low}, got {value!r}")
