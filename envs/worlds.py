"""Built worlds, kept while in use: a known task resets cheaply.

One cache a process, bounded in bytes, safe for threads. Knows nothing of what a world is.
"""

__all__ = ["WORLDS", "WorldCache"]

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

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
            finally:
                with self._lock:
                    self._building.pop(key, None)
            with self._lock:
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
