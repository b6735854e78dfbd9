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
from ..trajectories.record import FORMATS, ImageFormat
from .model_settings import MODEL_FIELDS, ModelSettings
from .scripted import check_policy, replay_source, scripted

# A resumed run may change these; everything else would make its episodes another data set.
MAY_DIFFER = frozenset(
    {"episodes", "concurrency", "workers", "timeout_s", "retries", "base_url", "tool_timeout_s", "ray"}
)
MODEL = "model"


@dataclass(frozen=True, kw_only=True)
class CollectConfig(ModelSettings):
    """Settings of a collection; those of a model stand in `ModelSettings`.

    Args:
        env: environment id.
        policy: one of `scripted.POLICIES`; "" for the expert, or for the model where one is named.
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
        ray: run the environments on the Ray cluster of RAY_ADDRESS, or on one made here.
    """

    env: str
    policy: str = ""
    episodes: int = 64
    group: int = 8
    concurrency: int = 32
    split: str = "train"
    seed: int = 0
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)
    workers: int | None = None
    timeout_s: float = 600.0
    retries: int = 2
    image_format: ImageFormat = "png"
    ray: bool = False

    def __post_init__(self) -> None:
        if self.model and self.policy not in ("", MODEL):
            raise UsageError(
                f"either the policy {self.policy!r} acts or the model {self.model_name!r}: leave one out"
            )
        object.__setattr__(self, "policy", MODEL if self.model else self.policy or "expert")
        self.check_model()
        if not self.model:
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
        """The policy as it is recorded: a model by its name, of a folder only the last part of it."""
        if self.model:
            return self.model_name
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

    def check(self, action_format: str | None = None) -> int:
        """Build the environment once, so that a wrong argument shows before workers start.

        Args:
            action_format: how the model writes calls.

        Returns:
            The number of tasks of the split.

        Raises:
            UsageError: an argument, a policy or a data source that cannot be used.
        """
        import gymnasium

        from ..envs.describe import make_env

        if self.ray:
            from .ray_workers import need_ray

            need_ray()
        replay_source(self.policy)
        try:
            env = make_env(self.env, **self.kwargs_for(action_format))
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

    def is_thread_safe(self, action_format: str) -> bool:
        """Whether environments of this kind may work side by side in one process.

        Args:
            action_format: how the model writes calls.
        """
        from ..envs.describe import make_env

        env = make_env(self.env, **self.kwargs_for(action_format))
        env.close()
        return env.is_thread_safe

    def kwargs_for(self, action_format: str | None) -> dict[str, Any]:
        """Arguments of the environment under a model that writes calls in some format.

        Raises:
            UsageError: the environment was asked for another format.
        """
        kwargs = dict(self.env_kwargs)
        if action_format is None:
            return kwargs
        if kwargs.setdefault("action_format", action_format) != action_format:
            raise UsageError(
                f"the model writes its calls in the format {action_format!r}, and env.action_format says "
                f"{kwargs['action_format']!r}: leave it out, or give --tool-format"
            )
        return kwargs

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, as it is saved with the run."""
        stored = asdict(self) | {"env_kwargs": dict(self.env_kwargs)}
        if self.model:
            return stored | {"model": self.model_name, "model_files": self.model_files()}
        return {name: value for name, value in stored.items() if name not in MODEL_FIELDS}


def _at_least(name: str, value: Any, low: int) -> None:
    if type(value) is not int or value < low:
        raise UsageError(f"{name} must be an integer of at least {low}, got {value!r}")
