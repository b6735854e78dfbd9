"""One build a world, also when threads ask at the worst moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from eyesmith.envs.worlds import WorldCache


class WatchedCache(WorldCache):
    """Looks around each time the lock is let go, as an unlucky scheduler would."""

    def __init__(self, max_bytes: int, look: Callable[[], object]) -> None:
        super().__init__(max_bytes)
        lock = self._lock

        class Watched:
            def __enter__(self) -> None:
                lock.acquire()

            def __exit__(self, *exc: object) -> None:
                lock.release()
                look()

        self._lock = Watched()  # type: ignore[assignment]


def test_threads_build_a_world_once() -> None:
    cache, built, gate = WorldCache(100), [], threading.Barrier(8)

    def ask(_: int) -> str:
        gate.wait(10)
        return cache.get("a", lambda: (built.append(1) or "A", 1))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == ["A"] * 8
    assert built == [1]


def test_a_built_world_is_held_before_its_gate_is_let_go() -> None:
    seen = []
    cache = WatchedCache(100, lambda: seen.append(("a" in cache._building, "a" in cache._held)))
    cache.get("a", lambda: ("A", 1))
    assert (False, False) not in seen, "a third thread would build it again"
    assert seen[-1] == (False, True)
