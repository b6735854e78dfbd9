"""Worker processes on this machine: pinned, each with a reader of its own."""

__all__ = ["Worker", "WorkerPool"]

import asyncio
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from threading import Thread
from typing import Any

from ..errors import EpisodeTimeoutError, WorkerError
from .pool import Answer, AnyWorker, Pool
from .wire import read_message, write_message
from .worker import PARENT

START_TIMEOUT_S = 120.0
EXIT_S = 1.0
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


class Worker(AnyWorker):
    """One process, the thread that writes to it and the thread that reads from it.

    Args:
        number: in the pool; says to which core it is pinned.
        may_share: whether pictures come through shared memory where the system allows it.
    """

    def __init__(self, number: int, *, may_share: bool = True) -> None:
        super().__init__(number)
        self._may_share = may_share
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"worker-{number}")
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._numbers = count()
        self._shares = False

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process else None

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

    async def _exchange(self, order: dict[str, Any]) -> Answer:
        process = self._process
        if process is None:
            raise WorkerError("the worker was stopped")
        loop = asyncio.get_running_loop()
        number, future = next(self._numbers), loop.create_future()
        self._waiting[number] = future
        message = order | {"re": number, "shares": self._shares}
        try:
            await loop.run_in_executor(self._thread, _send, process, message)
            return await future
        finally:
            self._waiting.pop(number, None)

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
            _close_pipes(process)
            raise WorkerError("the worker was stopped")
        self._shares = self._may_share and _can_share(process.pid, hello["shared"])
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
            how = _how_it_ended(process)
            _close_pipes(process)
            raise WorkerError(f"a worker did not start ({how})")
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


def _close_pipes(process: "subprocess.Popen[bytes]") -> None:
    """Of a process that nobody reads from yet."""
    _close_input(process)
    if process.stdout is not None:
        process.stdout.close()


def _close_input(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        with suppress(OSError):  # what was not yet sent stays unsent
            process.stdin.close()


class WorkerPool(Pool):
    """Workers on this machine.

    Args:
        count: how many.
        may_share: see `Worker`.
    """

    def __init__(self, count: int, *, may_share: bool = True) -> None:
        super().__init__([Worker(number, may_share=may_share) for number in range(count)])
