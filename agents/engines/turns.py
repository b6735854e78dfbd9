"""Turns under way, by key, so that one can be ended from outside.

Knows no engine: how a turn is ended there is told when it begins.
"""

__all__ = ["Turns"]

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from ...errors import UsageError
from ..policy import Generation

END_AGAIN_S = 0.25
MOST_ENDS = 20


class Turns:
    """The turns that an engine is sampling."""

    def __init__(self) -> None:
        self._ending: dict[str, asyncio.Event] = {}
        self._under_way: set[asyncio.Task[Generation]] = set()

    def __bool__(self) -> bool:
        """Whether any is under way."""
        return bool(self._ending)

    async def run(
        self, key: str, turn: Coroutine[Any, Any, Generation], end: Callable[[], Awaitable[None]] | None
    ) -> Generation | None:
        """Sample a turn until it is done or ended.

        Args:
            key: names it.
            turn: samples it. Cancelled where the caller is, or where `end` did not help.
            end: has the engine give back what it has. It may be called before the engine knows the turn, and
                is called again until the turn is done. None where an engine gives nothing back.

        Returns:
            What was sampled; None where an ended turn gave nothing back.

        Raises:
            UsageError: a turn of that key is under way.
        """
        if key in self._ending:
            turn.close()
            raise UsageError(f"a turn with the key {key!r} is being sampled already: keys are unique")
        wish = self._ending[key] = asyncio.Event()
        task = asyncio.ensure_future(turn)
        self._under_way.add(task)
        wished = asyncio.ensure_future(wish.wait())
        try:
            await asyncio.wait([task, wished], return_when=asyncio.FIRST_COMPLETED)
            for _ in range(MOST_ENDS):
                if end is None or task.done():
                    break
                await end()
                await asyncio.wait([task], timeout=END_AGAIN_S)
            return task.result() if task.done() else None
        finally:
            wished.cancel()
            task.cancel()
            self._under_way.discard(task)
            del self._ending[key]

    def end(self, key: str) -> None:
        """End the turn of that key; an unknown key does nothing."""
        if key in self._ending:
            self._ending[key].set()

    async def end_all(self, *, within_s: float) -> None:
        """End every turn, and wait until each has given back what it has."""
        for key in list(self._ending):
            self.end(key)
        if self._under_way:
            await asyncio.wait(list(self._under_way), timeout=within_s)
