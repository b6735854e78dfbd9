"""Built worlds, kept while in use: a known task resets cheaply.

One cache a process, bounded in bytes, safe for threads; and files for later processes, in a folder that a
user names. Knows nothing of what a world is.
"""

__all__ = ["WORLDS", "WorldCache", "read_world", "world_file", "write_world"]

import json
import os
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from threading import Lock, get_ident
from typing import Any

from ..errors import SnapshotError, StorageError
from ..scenarios.task import Task
from .snapshot import pack, unpack

DEFAULT_MB = 512


class WorldCache:
    """Least recently used worlds, up to a number of bytes; the newest always stays."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()
        self._building: dict[Hashable, Lock] = {}

    def get(self, key: Hashable, build: Callable[[], tuple[Any, int]]) -> Any:
        """The world of a key; built (with its size in bytes) when it is not held.

        Two threads that ask for one key build it once.
        """
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key][0]
            gate = self._building.setdefault(key, Lock())
        with gate:
            with self._lock:
                if key in self._held:
                    return self._held[key][0]
            try:
                world, size = build()
            except BaseException:
                with self._lock:
                    self._building.pop(key, None)
                raise
            with self._lock:  # in one go: between the two, a third thread would build it again
                self._building.pop(key, None)
                self._held[key] = (world, size)
                while len(self._held) > 1 and sum(held[1] for held in self._held.values()) > self.max_bytes:
                    self._held.popitem(last=False)
            return world

    def clear(self) -> None:
        """Forget every world."""
        with self._lock:
            self._held.clear()

    def __len__(self) -> int:
        return len(self._held)


WORLDS = WorldCache(int(os.environ.get("EYESMITH_CACHE_MB", DEFAULT_MB)) << 20)


def world_file(folder: Path, key: Hashable) -> Path:
    """Where a world is kept; the key names the environment's version, which changes with its generator."""
    return folder / f"{sha256(repr(key).encode()).hexdigest()[:32]}.world"


def read_world(path: Path) -> tuple[Task, Mapping[str, Any]] | None:
    """Task and packed world of a file; None where there is none, or it is damaged and must be made again."""
    try:
        blob = path.read_bytes()
    except OSError:
        return None
    try:
        header, state = unpack(blob)
    except SnapshotError:
        return None
    plain: dict[str, Any] = {field.name: header[field.name] for field in fields(Task)}
    plain |= {name: tuple(plain[name]) for name in ("seed", "secrets")}
    return Task(**plain), state


def write_world(path: Path, task: Task, state: Mapping[str, Any]) -> None:
    """Keep a world, whole or not at all.

    Raises:
        StorageError: the folder cannot be written.
    """
    plain = {field.name: getattr(task, field.name) for field in fields(Task)}
    part = path.with_suffix(f".{os.getpid()}-{get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(pack(json.loads(json.dumps(plain)), dict(state)))
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise StorageError(
            f"the world cache {path.parent} cannot be written ({error.strerror}): free space, or leave "
            "cache_dir out"
        ) from None
