"""Environment workers as actors of a Ray cluster, on one machine or many.

Orders and answers are the bytes of `wire`, pictures among them: other machines share no memory with this one.
An actor that dies is a dead worker like any other. Needs the extra `ray`.
"""

__all__ = ["RayPool", "RayWorker", "need_ray"]

import asyncio
import logging
import os
import socket
import sys
from io import BytesIO
from threading import Lock
from typing import Any, ClassVar

from .. import __version__
from ..errors import EpisodeTimeoutError, InfrastructureError, MissingExtraError, UsageError, WorkerError
from .answers import answered
from .pool import Answer, AnyWorker, Pool, Says
from .sessions import Desk
from .wire import read_message, write_message
from .workers import ONE_THREAD

ADDRESS = "RAY_ADDRESS"
CONNECT_S = 10.0
REPLACE_S = 60.0  # an actor that died has freed a CPU; where the machine is gone, others go on
SAY_EVERY_S = 5.0


def need_ray() -> Any:
    """The library.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError(
            f'running environments on Ray needs ray: pip install "eyesmith[ray]" ({error})'
        ) from None
    return ray


class RayActor:
    """What runs on the cluster: the sessions of `Desk`, on one CPU."""

    def __init__(self) -> None:
        import cv2

        cv2.setNumThreads(1)
        self._desk = Desk()

    async def hello(self) -> tuple[str, int]:
        """Version of eyesmith and process there."""
        return __version__, os.getpid()

    async def ask(self, message: bytes) -> bytes:
        """Carry out an order; many at a time."""
        order, _ = _unpacked(message)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bytes] = loop.create_future()

        def done(result: Any) -> None:
            reply = _packed(answered(order, result))
            loop.call_soon_threadsafe(future.set_result, reply)

        self._desk.run(order, done)
        return await future


class RayWorker(AnyWorker):
    """One actor."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self._actor: Any = None
        self._pid: int | None = None

    @property
    def pid(self) -> int | None:
        """The actor's process, on whatever machine, while there is one."""
        return self._pid

    def kill(self) -> None:
        """End the actor now; the next order starts another."""
        actor, self._actor, self._pid = self._actor, None, None
        if actor is not None:
            need_ray().kill(actor)

    def close(self) -> None:
        """End the actor."""
        self.kill()

    async def _start(self) -> None:
        ray = need_ray()
        paths = os.pathsep.join(os.path.abspath(path) for path in sys.path)
        environment = dict.fromkeys(ONE_THREAD, "1") | {"PYTHONPATH": paths}
        made = ray.remote(RayActor).options(
            num_cpus=1,
            max_restarts=0,  # its sessions would be gone: who sits in it starts another and plays them again
            scheduling_strategy="SPREAD",
            runtime_env={"env_vars": environment},
        )
        self._actor = actor = made.remote()
        try:
            async with asyncio.timeout(REPLACE_S if self.incarnation else None):
                version, pid = await actor.hello.remote()
        except TimeoutError:
            self.kill()
            raise EpisodeTimeoutError(
                f"no CPU of the Ray cluster was free within {REPLACE_S:g} s for a worker that had died"
            ) from None
        except ray.exceptions.RayError as error:
            self.kill()
            if getattr(error, "actor_init_failed", False):
                raise UsageError(
                    "the Ray cluster cannot start eyesmith's workers: install this version of eyesmith "
                    f'({__version__}) on every machine of it, pip install "eyesmith[ray]=={__version__}"'
                ) from error
            raise WorkerError(f"a worker did not start on the Ray cluster ({type(error).__name__})") from None
        if self._actor is not actor:
            raise WorkerError("the worker was stopped")
        if version != __version__:
            self.kill()
            raise UsageError(
                f"the Ray cluster has eyesmith {version}, and here is {__version__}: install the same on "
                "every machine"
            )
        self._pid = pid
        self.incarnation += 1

    async def _exchange(self, order: dict[str, Any]) -> Answer:
        ray, actor = need_ray(), self._actor
        if actor is None:
            raise WorkerError("the worker was stopped")
        try:
            return _unpacked(await actor.ask.remote(_packed((order, ()))))
        except ray.exceptions.RayError as error:
            # Only the kind: Ray's texts hold addresses and paths of machines.
            if self._actor is actor:
                self.kill()
            raise WorkerError(f"a worker died during its episode ({type(error).__name__})") from None


class RayPool(Pool):
    """Workers on the Ray cluster of RAY_ADDRESS, else on one that is made here and ends with the pool.

    Where Ray is in use in this process already, its cluster is taken.

    Args:
        count: how many; None for one a CPU of the cluster.

    Raises:
        MissingExtraError: Ray is not installed.
    """

    def __init__(self, count: int | None = None) -> None:
        need_ray()
        super().__init__([])
        self._count = count
        self._is_connected = False

    async def open(self, says: Says) -> None:
        """Connect, and wait until every worker has its CPU; `says` is told what for.

        Raises:
            UsageError: a cluster that cannot be reached, or that has another eyesmith or none.
            WorkerError: a worker did not start.
        """
        says("connecting to the Ray cluster")
        cores = await asyncio.to_thread(_Cluster.join, self._count)
        self._is_connected = True
        self.workers = [RayWorker(number) for number in range(self._count or cores)]
        self._idle = list(self.workers)
        starting = [asyncio.ensure_future(worker.start()) for worker in self.workers]
        wait_s = SAY_EVERY_S
        try:
            while True:
                options: dict[str, Any] = {"timeout": wait_s, "return_when": asyncio.FIRST_EXCEPTION}
                done, pending = await asyncio.wait(starting, **options)
                for each in done:
                    each.result()
                if not pending:
                    break
                says(
                    f"waiting for the Ray cluster: {len(done)} of {len(starting)} workers have a CPU (it has "
                    f"{cores}; fewer: --workers)"
                )
        finally:
            for each in starting:
                each.cancel()
        says("")

    def close(self) -> None:
        """End the actors, and the connection where it was made here."""
        super().close()
        if self._is_connected:
            self._is_connected = False
            _Cluster.leave()


class _Cluster:
    """The connection of this process, which its pools share."""

    lock: ClassVar[Lock] = Lock()
    pools: ClassVar[int] = 0
    is_ours: ClassVar[bool] = False

    @classmethod
    def join(cls, count: int | None) -> int:
        """Connect where nobody has; returns the CPUs of the cluster.

        Args:
            count: CPUs of a cluster that is made here; None for those of this machine.

        Raises:
            UsageError: it cannot be reached.
        """
        ray = need_ray()
        with cls.lock:
            if not ray.is_initialized():
                _connect(count)
                cls.is_ours = True
            cls.pools += 1
            return max(1, int(ray.cluster_resources().get("CPU", 1)))

    @classmethod
    def leave(cls) -> None:
        """Let go of the connection; the last pool ends what `join` began."""
        with cls.lock:
            cls.pools -= 1
            if cls.is_ours and not cls.pools:
                cls.is_ours = False
                need_ray().shutdown()


def _connect(count: int | None) -> None:
    ray = need_ray()
    address = os.environ.get(ADDRESS, "")
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address:
            _knock(address)
            ray.init(address=address, **quiet)
        else:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            cores = count or len(os.sched_getaffinity(0))
            ray.init(address="local", num_cpus=cores, include_dashboard=False, **quiet)
    except Exception as error:  # Ray raises whatever it met
        if not address:
            raise InfrastructureError(
                f"a local Ray cluster could not be started ({type(error).__name__}): {_line(error)}"
            ) from error
        raise UsageError(
            f"the Ray cluster of {ADDRESS} cannot be used ({type(error).__name__}: "
            f"{_line(error).replace(address, ADDRESS)}): mend it, or unset {ADDRESS} to use this machine"
        ) from None


def _knock(address: str) -> None:
    """Fail at once where nobody listens: Ray itself would take minutes, and then end the process.

    Raises:
        OSError: nobody does.
    """
    host, colon, port = address.rpartition(":")
    if colon and "/" not in host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_S).close()


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _packed(message: tuple[dict[str, Any], Any]) -> bytes:
    stream = BytesIO()
    write_message(stream, *message)
    return stream.getvalue()


def _unpacked(data: bytes) -> Answer:
    message = read_message(BytesIO(data))
    assert message is not None  # Ray delivers whole or not at all
    return message
