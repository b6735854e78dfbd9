"""Tasks of an environment: splits, indices, and worlds built once.

Knows how tasks are named, seeded and cached, and nothing of playing them.
"""

__all__ = ["TaskEnv"]

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import TaskError, did_you_mean
from ..scenarios.task import Task, task_seed
from ..tools.schema import shown
from .authored import Authored
from .worlds import WORLDS, read_world, world_file, write_world


class TaskEnv(Authored):
    """An environment's tasks.

    Args:
        kwargs: every argument of the environment, resolved.
    """

    def __init__(self, kwargs: dict[str, Any]) -> None:
        self.kwargs = kwargs
        self._check_choices()
        self.difficulty: int | None = kwargs["difficulty"]
        self.source: str | None = kwargs["source"]
        self._cache_dir = Path(kwargs["cache_dir"]).expanduser() if kwargs["cache_dir"] else None
        self._splits = dict(self._source_splits())
        self._split: str = kwargs["split"]
        self._index: int | None = None
        self.num_tasks(self._split)

    @property
    def version(self) -> int:
        """The number after `-v` in the id."""
        return int(self.ID.rsplit("-v", 1)[1])

    def list_splits(self) -> list[str]:
        """Names of the splits."""
        return list(self._splits)

    def num_tasks(self, split: str) -> int:
        """Number of tasks of a split.

        Raises:
            TaskError: no such split.
        """
        if not isinstance(split, str) or split not in self._splits:
            there = ", ".join(self._splits)
            hint = did_you_mean(str(split), self._splits)
            raise TaskError(f"{self.ID} has no split {split!r}; there is: {there}.{hint}")
        return self._splits[split]

    def get_task(self, split: str, index: int) -> Task:
        """The task of a split at an index; deterministic.

        Raises:
            TaskError: no such split or index.
        """
        return self._entry(split, index)[0]

    def seed_of(self, split: str, index: int) -> tuple[int, ...]:
        """Entropy words of a task's generator."""
        return task_seed(self.ID, self.version, split, index)

    def shared_kwargs(self) -> dict[str, Any]:
        """The arguments that shape episodes: all but where worlds are cached and how pictures are shown."""
        return {
            name: value for name, value in self.kwargs.items() if name not in ("render_mode", "cache_dir")
        }

    def _entry(self, split: str, index: int) -> tuple[Task, Any]:
        """Task and world: from this process's cache, from `cache_dir`, or made now."""
        count = self.num_tasks(split)
        if type(index) is not int or not 0 <= index < count:
            last = count - 1
            raise TaskError(f"{self.ID} has tasks 0 to {last} in the split {split!r}, not {shown(index)}")
        difficulty = self.difficulty if self.difficulty is not None else 1 + index % 5
        key = (self.ID, *self._world_key(), split, index, difficulty)

        def build() -> tuple[tuple[Task, Any], int]:
            file = world_file(self._cache_dir, key) if self._cache_dir and self.source is None else None
            kept = read_world(file) if file else None
            if kept is not None:
                world, size = self._unpack_world(*kept)
                return (kept[0], world), size
            task, world, size = self._generate(split, index, difficulty)
            state = self._pack_world(world) if file else None
            if file and state is not None:
                write_world(file, task, state)
            return (task, world), size

        return WORLDS.get(key, build)

    def _world_key(self) -> tuple[Any, ...]:
        """What shapes tasks besides split, index and difficulty: the source and the generator's arguments."""
        return (self.source,)

    def _pack_world(self, world: Any) -> Mapping[str, Any] | None:
        """A world as JSON and arrays for `cache_dir`, or None where building it is cheap."""
        return None

    def _unpack_world(self, task: Task, state: Mapping[str, Any]) -> tuple[Any, int]:
        """The world of a packed state, and its size in bytes."""
        raise NotImplementedError
