"""The pool of worker processes: pinned, one episode each at a time.

A worker that dies or runs past its time is replaced; only its own episode notices.
"""

__all__ = ["Worker", "WorkerPool"]

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

from ..errors import EpisodeTimeoutError, WorkerError
from .wire import read_message, write_message
from .worker import PARENT

START_TIMEOUT_S = 120.0
EXIT_S = 1.0
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")

Reply = tuple[dict[str, Any], list[bytes]]


class Worker:
    """One process and the thread that talks to it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.last: Hashable = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"worker-{number}")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process else None

    async def ask(self, order: dict[str, Any], timeout_s: float) -> Reply:
        """Send an order and wait for the reply.

        Raises:
            WorkerError: the process died.
            EpisodeTimeoutError: no reply in time; the process was killed.
        """
        if self._process is None:
            await self._on_thread(self._start, START_TIMEOUT_S, "starting a worker")
        return await self._on_thread(lambda: self._exchange(order), timeout_s, "an episode")

    def kill(self) -> None:
        """End the process now; the next order starts another."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
            self._thread.submit(_close, process)  # not before its read has ended

    def close(self) -> None:
        """End process and thread."""
        self.kill()
        self._thread.shutdown(wait=False)

    async def _on_thread(self, work: Any, timeout_s: float, what: str) -> Any:
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.wait_for(asyncio.shield(future), timeout_s)
        except TimeoutError:
            self.kill()  # the thread's read then ends at once
            with suppress(WorkerError):
                await future
            raise EpisodeTimeoutError(f"{what} took longer than {timeout_s:g} s and was stopped") from None
        except asyncio.CancelledError:
            self.kill()
            with suppress(WorkerError):
                await future
            raise

    def _start(self) -> None:
        environment = dict(os.environ) | dict.fromkeys(ONE_THREAD, "1")
        environment["PYTHONPATH"] = os.pathsep.join(os.path.abspath(path) for path in sys.path)
        environment[PARENT] = str(os.getpid())
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "eyesmith.agents.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the parent, which then ends its workers in order
            )
        except OSError as error:
            raise WorkerError(f"a worker could not be started: {error.strerror}") from None
        cores = sorted(os.sched_getaffinity(0))
        with suppress(OSError):
            os.sched_setaffinity(self._process.pid, {cores[self.number % len(cores)]})
        if self._receive() is None:
            raise self._dead("a worker did not start")

    def _exchange(self, order: dict[str, Any]) -> Reply:
        process = self._process
        if process is None or process.stdin is None:
            raise WorkerError("the worker was stopped")
        try:
            write_message(process.stdin, order)  # type: ignore[arg-type]
        except OSError:
            raise self._dead("a worker died before its episode") from None
        reply = self._receive()
        if reply is None:
            raise self._dead("a worker died during its episode")
        return reply

    def _receive(self) -> Reply | None:
        process = self._process
        if process is None or process.stdout is None:
            return None
        return read_message(process.stdout)  # type: ignore[arg-type]

    def _dead(self, text: str) -> WorkerError:
        process, self._process = self._process, None
        if process is None:
            return WorkerError(text)
        with suppress(subprocess.TimeoutExpired):
            process.wait(
                timeout=EXIT_S
            )  # its pipe ends a little before it does, and how it ended is worth telling
        status = _end(process)
        _close(process)
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return WorkerError(f"{text} ({how})")


def _end(process: "subprocess.Popen[bytes]") -> int:
    """Kill a worker and what it started, such as a browser; returns its exit status."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # its session is its own
    return process.wait(timeout=10)


def _close(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what was not yet sent stays unsent
                pipe.close()


class WorkerPool:
    """Workers to borrow; prefers the one that has just done the same group, whose world it holds."""

    def __init__(self, count: int) -> None:
        self.workers = [Worker(number) for number in range(count)]
        self._idle = list(self.workers)
        self._waiting: list[tuple[Hashable, asyncio.Future[Worker]]] = []

    @asynccontextmanager
    async def borrow(self, group: Hashable) -> AsyncIterator[Worker]:
        """A worker for one episode of a group."""
        worker = await self._take(group)
        worker.last = group
        try:
            yield worker
        finally:
            self._give_back(worker)

    def close(self) -> None:
        """End every process."""
        for worker in self.workers:
            worker.close()

    async def _take(self, group: Hashable) -> Worker:
        if self._idle:
            chosen = next((worker for worker in self._idle if worker.last == group), self._idle[0])
            self._idle.remove(chosen)
            return chosen
        future: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
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

    def _give_back(self, worker: Worker) -> None:
        # Those who are being cancelled still stand in the line until their turn to leave it comes.
        self._waiting = [entry for entry in self._waiting if not entry[1].done()]
        if not self._waiting:
            self._idle.append(worker)
            return
        busy = {other.last for other in self.workers if other is not worker and other not in self._idle}
        same = [entry for entry in self._waiting if entry[0] == worker.last]
        fresh = [entry for entry in self._waiting if entry[0] not in busy]
        entry = (same or fresh or self._waiting)[0]
        self._waiting.remove(entry)
        entry[1].set_result(worker)
