"""The pool of worker processes: pinned, each with a reader of its own.

A scripted episode borrows a worker whole; the sessions of a model share one. A worker that dies or runs past
its time is replaced; who was in it learns so by a WorkerError.
"""

__all__ = ["Answer", "Worker", "WorkerPool"]

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from itertools import count
from threading import Thread
from typing import Any

from ..errors import EpisodeTimeoutError, WorkerError
from .wire import read_message, write_message
from .worker import PARENT

START_TIMEOUT_S = 120.0
EXIT_S = 1.0
NEAR = 4  # sessions by which a worker that holds the world may be fuller than the emptiest
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")

Answer = tuple[dict[str, Any], list[bytes]]


class Worker:
    """One process, the thread that writes to it and the thread that reads from it.

    Attributes:
        number: in the pool; says to which core it is pinned.
        incarnation: how many processes it has started; sessions of an earlier one are gone.
        sessions: how many a seat holds here.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.incarnation = 0
        self.sessions = 0
        self.last: Hashable = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"worker-{number}")
        self._process: subprocess.Popen[bytes] | None = None
        self._starting: asyncio.Future[None] | None = None
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._numbers = count()
        self._shares = False

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the process where there is none.

        Raises:
            WorkerError: it did not start.
            EpisodeTimeoutError: nor did it say why in time.
        """
        if self._process is not None and self._starting is None:
            return
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._start())
        starting = self._starting
        try:
            await asyncio.shield(starting)
        finally:
            if starting.done() and self._starting is starting:
                self._starting = None

    async def ask(self, order: Mapping[str, Any], timeout_s: float, what: str = "an episode") -> Answer:
        """Send an order and wait for the answer; others may be under way.

        Raises:
            WorkerError: the process died.
            EpisodeTimeoutError: no answer in time; the process was killed, with all that it held.
        """
        await self.start()
        process = self._process
        if process is None:
            raise WorkerError("the worker was stopped")
        loop = asyncio.get_running_loop()
        number, future = next(self._numbers), loop.create_future()
        self._waiting[number] = future
        message = {"do": "episode", **order, "re": number, "shares": self._shares}
        try:
            async with asyncio.timeout(timeout_s):
                await loop.run_in_executor(self._thread, _send, process, message)
                return await future
        except TimeoutError:
            self._waiting.pop(number, None)
            self.kill()
            raise EpisodeTimeoutError(f"{what} took longer than {timeout_s:g} s and was stopped") from None
        except asyncio.CancelledError:
            self._waiting.pop(number, None)
            if order.get("do", "episode") == "episode":  # nobody will want its end, and nobody else is in it
                self.kill()
            raise
        finally:
            self._waiting.pop(number, None)

    def kill(self) -> None:
        """End the process now; the next order starts another."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
            self._thread.submit(_close_input, process)
        self._fail(WorkerError("the worker was stopped"))

    def close(self) -> None:
        """End process and threads."""
        self.kill()
        self._thread.shutdown(wait=False)

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        # The thread that starts it must live on: the process asks to die with it.
        starting = loop.run_in_executor(self._thread, self._launch)
        try:
            process, hello = await asyncio.wait_for(asyncio.shield(starting), START_TIMEOUT_S)
        except TimeoutError:
            process, self._process = self._process, None
            if process is not None:
                _end(process)
            with suppress(WorkerError):
                await starting
            raise EpisodeTimeoutError(
                f"starting a worker took longer than {START_TIMEOUT_S:g} s and was stopped"
            ) from None
        if self._process is not process:
            raise WorkerError("the worker was stopped")
        self._shares = _can_share(process.pid, hello["shared"])
        self.incarnation += 1
        Thread(target=self._read, args=(process, loop), name=f"reader-{self.number}", daemon=True).start()

    def _launch(self) -> "tuple[subprocess.Popen[bytes], dict[str, Any]]":
        environment = dict(os.environ) | dict.fromkeys(ONE_THREAD, "1")
        environment["PYTHONPATH"] = os.pathsep.join(os.path.abspath(path) for path in sys.path)
        environment[PARENT] = str(os.getpid())
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "eyesmith.agents.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the parent, which then ends its workers in order
            )
        except OSError as error:
            raise WorkerError(f"a worker could not be started: {error.strerror}") from None
        self._process = process
        cores = sorted(os.sched_getaffinity(0))
        with suppress(OSError):
            os.sched_setaffinity(process.pid, {cores[self.number % len(cores)]})
        assert process.stdout is not None  # it is a pipe
        hello = read_message(process.stdout)  # type: ignore[arg-type]
        if hello is None:
            self._process = None
            raise WorkerError(f"a worker did not start ({_how_it_ended(process)})")
        return process, hello[0]

    def _read(self, process: "subprocess.Popen[bytes]", loop: asyncio.AbstractEventLoop) -> None:
        """Hand every answer to who waits for it, until the process ends."""
        assert process.stdout is not None  # it is a pipe
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            while (message := read_message(process.stdout)) is not None:  # type: ignore[arg-type]
                header, blobs = message
                if "shared" in header:
                    size = sum(height * width * 3 for _, height, width, _ in header["pictures"])
                    try:
                        blobs = [_from_memory(process.pid, header.pop("shared"), size)]
                    except OSError:  # it died before its memory was read
                        break
                loop.call_soon_threadsafe(self._settle, header.pop("re"), (header, blobs))
            how = _how_it_ended(process)
            process.stdout.close()
            loop.call_soon_threadsafe(self._died, process, how)

    def _settle(self, number: int, answer: Answer) -> None:
        future = self._waiting.get(number)
        if future is not None and not future.done():
            future.set_result(answer)

    def _died(self, process: "subprocess.Popen[bytes]", how: str) -> None:
        if self._process is process:
            self._process = None
            self._thread.submit(_close_input, process)
            self._fail(WorkerError(f"a worker died during its episode ({how})"))

    def _fail(self, error: WorkerError) -> None:
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(error)


def _send(process: "subprocess.Popen[bytes]", message: dict[str, Any]) -> None:
    with suppress(OSError, ValueError):  # its end is told by the reader, with how it ended
        write_message(process.stdin, message)  # type: ignore[arg-type]


def _from_memory(pid: int, descriptor: int, size: int) -> bytes:
    """Copied from a worker's shared memory: a mapping would hold a descriptor while a picture lives.

    Raises:
        OSError: it is gone, or hidden.
    """
    with open(f"/proc/{pid}/fd/{descriptor}", "rb", buffering=0) as shared:
        data = shared.read(size)
    if len(data) != size:
        raise OSError("cut short")
    return data


def _can_share(pid: int, descriptor: int) -> bool:
    """Whether memory of the process can be read; some systems hide the descriptors of others."""
    try:
        return len(_from_memory(pid, descriptor, 3)) == 3
    except OSError:
        return False


def _how_it_ended(process: "subprocess.Popen[bytes]") -> str:
    with suppress(subprocess.TimeoutExpired):
        process.wait(
            timeout=EXIT_S
        )  # its pipe ends a little before it does, and how it ended is worth telling
    status = _end(process)
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def _end(process: "subprocess.Popen[bytes]") -> int:
    """Kill a worker and what it started, such as a browser; returns its exit status."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # its session is its own
    return process.wait(timeout=10)


def _close_input(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        with suppress(OSError):  # what was not yet sent stays unsent
            process.stdin.close()


class WorkerPool:
    """Workers to borrow or to sit in; prefers the one that did the same group, whose world it holds."""

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

    def seat(self, group: Hashable, *, but: Worker | None = None) -> Worker:
        """The worker for one more session of a group: the emptiest, of equals the one that knows the group.

        Args:
            group: whose world would be built.
            but: one to avoid where there is another.
        """
        choice = [worker for worker in self.workers if worker is not but] or self.workers
        chosen = min(choice, key=lambda worker: (worker.sessions, worker.last != group))
        near = [worker for worker in choice if worker.last == group]
        if near and near[0].sessions <= chosen.sessions + NEAR:
            chosen = near[0]
        chosen.sessions += 1
        chosen.last = group
        return chosen

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
