"""A gate: many pass beside one another, or one alone."""

__all__ = ["Gate"]

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Gate:
    """Lets coroutines of one event loop through."""

    def __init__(self) -> None:
        self._inside = 0
        self._is_reserved = False
        self._changed = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def beside(self) -> AsyncIterator[None]:
        """Enter unless somebody is, or waits to be, alone."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._is_reserved)
            self._inside += 1
        try:
            yield
        finally:
            async with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Enter when all others have left."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._is_reserved)
            self._is_reserved = True
            await self._changed.wait_for(lambda: not self._inside)
        try:
            yield
        finally:
            async with self._changed:
                self._is_reserved = False
                self._changed.notify_all()
