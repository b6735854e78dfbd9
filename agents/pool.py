"""A pool of workers to borrow or to sit in, whatever they run on.

A scripted episode borrows a worker whole; the sessions of a model share one. A worker that dies or runs past
its time is replaced; who was in it learns so by a WorkerError. Knows neither processes nor machines.
"""

__all__ = ["Answer", "AnyWorker", "Pool", "Says"]

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

from ..errors import EpisodeTimeoutError, InfrastructureError

NEAR = 4  # sessions by which a worker that holds the world may be fuller than the emptiest
AWAY_S = 30.0  # so long a worker that did not start is left alone while there are others

Answer = tuple[dict[str, Any], list[bytes]]
Says = Callable[[str], None]


class AnyWorker(ABC):
    """What carries out orders, several at a time; starts when it is asked to.

    Attributes:
        number: in the pool.
        incarnation: how often it has started; sessions of an earlier one are gone.
        sessions: how many a seat holds here.
        last: group of the last episode, whose world it holds.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.incarnation = 0
        self.sessions = 0
        self.last: Hashable = None
        self._starting: asyncio.Future[None] | None = None
        self._back = 0.0
        self._lane: asyncio.Semaphore | None = None

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """Its process, while there is one."""

    @property
    def is_away(self) -> bool:
        """Whether it could not be started a short while ago."""
        return monotonic() < self._back

    def holds(self, incarnation: int) -> bool:
        """Whether what began in that incarnation is still there."""
        return self.pid is not None and self._starting is None and self.incarnation == incarnation

    def lane(self, width: int) -> asyncio.Semaphore:
        """Where an order waits until it can be carried out at once, so that only its own time counts.

        Args:
            width: orders that are carried out side by side; the same at every call.
        """
        if self._lane is None:
            self._lane = asyncio.Semaphore(width)
        return self._lane

    async def start(self) -> None:
        """Start it where it does not run.

        Raises:
            WorkerError: it did not start.
            EpisodeTimeoutError: nor did it say why in time.
        """
        if self.pid is not None and self._starting is None:
            return
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._start())
            # Looked at, so that nobody warns of a start that nobody waited for to the end.
            self._starting.add_done_callback(lambda made: made.cancelled() or made.exception())
        starting = self._starting
        try:
            await asyncio.shield(starting)
            self._back = 0.0
        except InfrastructureError:
            self._back = monotonic() + AWAY_S
            raise
        finally:
            if starting.done() and self._starting is starting:
                self._starting = None

    async def ask(self, order: Mapping[str, Any], timeout_s: float, what: str = "an episode") -> Answer:
        """Send an order and wait for the answer; others may be under way.

        Raises:
            WorkerError: it died.
            EpisodeTimeoutError: no answer in time; it was killed, with all that it held.
        """
        await self.start()
        message = {"do": "episode", **order}
        try:
            async with asyncio.timeout(timeout_s):
                return await self._exchange(message)
        except TimeoutError:
            self.kill()
            raise EpisodeTimeoutError(f"{what} took longer than {timeout_s:g} s and was stopped") from None
        except asyncio.CancelledError:
            if message["do"] == "episode":  # nobody will want its end, and nobody else is in it
                self.kill()
            raise

    @abstractmethod
    def kill(self) -> None:
        """End it now; the next order starts it again."""

    @abstractmethod
    def close(self) -> None:
        """End it for good."""

    @abstractmethod
    async def _start(self) -> None:
        """Start it, counting `incarnation`; raises as `start`."""

    @abstractmethod
    async def _exchange(self, order: dict[str, Any]) -> Answer:
        """The answer to an order; raises WorkerError."""


class Pool:
    """Workers to borrow or to sit in; prefers the one that did the same group, whose world it holds.

    Args:
        workers: all of them, none started.

    Attributes:
        suspects: whoever was in a worker when it died goes on only while holding this.
    """

    def __init__(self, workers: Sequence[AnyWorker]) -> None:
        self.workers = list(workers)
        self._idle = list(workers)
        self._waiting: list[tuple[Hashable, asyncio.Future[AnyWorker]]] = []
        self.suspects = asyncio.Lock()

    async def open(self, says: Says) -> None:
        """Be ready to seat; `says` is told what it waits for, and "" when that is over.

        Raises:
            UsageError: there is no place where the workers could run.
        """

    @asynccontextmanager
    async def borrow(self, group: Hashable) -> AsyncIterator[AnyWorker]:
        """A worker for one episode of a group."""
        worker = await self._take(group)
        worker.last = group
        try:
            yield worker
        finally:
            self._give_back(worker)

    def seat(self, group: Hashable, *, but: AnyWorker | None = None) -> AnyWorker:
        """The worker for one more session of a group: the emptiest, of equals the one that knows the group.

        Args:
            group: whose world would be built.
            but: one to avoid where there is another.
        """
        choice = [worker for worker in self.workers if worker is not but] or self.workers
        choice = [worker for worker in choice if not worker.is_away] or choice
        chosen = min(choice, key=lambda worker: (worker.sessions, worker.last != group))
        near = [worker for worker in choice if worker.last == group]
        if near and near[0].sessions <= chosen.sessions + NEAR:
            chosen = near[0]
        chosen.sessions += 1
        chosen.last = group
        return chosen

    def close(self) -> None:
        """End every worker."""
        for worker in self.workers:
            worker.close()

    async def _take(self, group: Hashable) -> AnyWorker:
        free = [worker for worker in self._idle if not worker.is_away]
        if free or (self._idle and all(worker.is_away for worker in self.workers)):
            chosen = next((worker for worker in free if worker.last == group), (free or self._idle)[0])
            self._idle.remove(chosen)
            return chosen
        future: asyncio.Future[AnyWorker] = asyncio.get_running_loop().create_future()
        entry = (group, future)
        self._waiting.append(entry)
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self._give_back(future.result())
            elif entry in self._waiting:
                self._waiting.remove(entry)
            raise

    def _give_back(self, worker: AnyWorker) -> None:
        # Those who are being cancelled still stand in the line until their turn to leave it comes.
        self._waiting = [entry for entry in self._waiting if not entry[1].done()]
        others = [other for other in self.workers if other is not worker and other not in self._idle]
        if not self._waiting or (worker.is_away and not all(other.is_away for other in others)):
            self._idle.append(worker)
            return
        busy = {other.last for other in others}
        same = [entry for entry in self._waiting if entry[0] == worker.last]
        fresh = [entry for entry in self._waiting if entry[0] not in busy]
        entry = (same or fresh or self._waiting)[0]
        self._waiting.remove(entry)
        entry[1].set_result(worker)
