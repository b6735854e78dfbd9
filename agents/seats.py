"""Where an episode of a model is played: in a worker, or right here.

A seat in a worker outlives it: when the process dies, the episode is played again on another one from what
the policy said so far, compared message by message, and goes on. No sampled token is lost.
"""

__all__ = ["LocalSeat", "Opened", "Order", "Seat", "WorkerSeat"]

import asyncio
import json
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any, Protocol

import numpy as np

from ..envs.base import ToolEnv
from ..errors import InfrastructureError, WorkerError
from ..scenarios.task import Task
from ..tools.tool import Image
from ..trajectories.columns import from_row
from ..trajectories.log import Frame
from ..trajectories.record import EncodedImage, Episode, ImageFormat, Status
from ..trajectories.segment import unpack_entry
from .pool import Answer, AnyWorker, Pool
from .replies import raised
from .sessions import THREADS, Session, Shown

RECOVERIES = 3
START_S = 120.0
GRACE_S = 5.0
# What is no tool call: it may take longer, for a new process loads libraries first.
WHAT = {"begin": "starting an episode", "record": "writing an episode down", "drop": "closing an episode"}


@dataclass(frozen=True, kw_only=True)
class Order:
    """Which episode: what a worker needs to begin it.

    Args:
        env_id: id of the environment, with the module that registers it where it needs one.
        env_kwargs: its arguments.
        split: split of the task.
        index: of the task.
        image_format: how pictures are stored.
    """

    env_id: str
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)
    split: str = "train"
    index: int = 0
    image_format: ImageFormat = "png"


@dataclass(frozen=True)
class Opened:
    """A begun episode: its first messages and pictures, and the tools."""

    shown: Shown
    tools: list[dict[str, Any]]


class Seat(Protocol):
    """One episode, from the side of the policy."""

    async def begin(self) -> Opened:
        """Start it."""
        ...

    async def say(self, text: str, engine: Mapping[str, Any]) -> Shown:
        """What the policy said (its message as it is recorded comes back first), and what came of it."""
        ...

    async def finish(self, reason: str) -> Shown:
        """End it from outside and grade it."""
        ...

    async def record(
        self, identity: Mapping[str, Any], *, status: Status | None = None, error: str = ""
    ) -> tuple[Episode, dict[str, EncodedImage]]:
        """The record and its pictures by sha256."""
        ...

    async def leave(self) -> None:
        """Give up the seat; a second call does nothing."""
        ...


class LocalSeat:
    """An episode in this process, on a thread of its own while the environment works.

    Args:
        env: the environment, made with the `action_format` of the model.
        task: one of its tasks.
        image_format: how pictures are stored.
    """

    def __init__(self, env: ToolEnv, task: Task, *, image_format: ImageFormat = "png") -> None:
        self._session = Session(env, task, image_format=image_format)

    async def begin(self) -> Opened:
        """See `Seat`."""
        return Opened(await asyncio.to_thread(self._session.begin), self._session.tools)

    async def say(self, text: str, engine: Mapping[str, Any]) -> Shown:
        """See `Seat`."""
        return await asyncio.to_thread(self._session.say, text, engine)

    async def finish(self, reason: str) -> Shown:
        """See `Seat`."""
        return await asyncio.to_thread(self._session.finish, reason)

    async def record(
        self, identity: Mapping[str, Any], *, status: Status | None = None, error: str = ""
    ) -> tuple[Episode, dict[str, EncodedImage]]:
        """See `Seat`."""
        return self._session.record(identity, status=status, error=error)

    async def leave(self) -> None:
        """See `Seat`."""


class WorkerSeat:
    """A session in a worker process, moved to another one when that dies.

    Args:
        pool: of workers.
        order: the episode.
        call_timeout_s: longest time of one order; the worker is killed when it takes longer.
        at_once: orders that a worker carries out side by side.
    """

    _numbers = count()

    def __init__(self, pool: Pool, order: Order, call_timeout_s: float, *, at_once: int = THREADS) -> None:
        self._pool, self._order, self._timeout_s, self._at_once = pool, order, call_timeout_s, at_once
        self._number = next(self._numbers)
        self._worker: AnyWorker | None = None
        self._incarnation = -1
        self._said: list[tuple[dict[str, Any], str]] = []  # order, digest of the answer
        self._pending: asyncio.Future[Answer] | None = None
        self._is_under_way = self._is_ending = False

    async def begin(self) -> Opened:
        """See `Seat`."""
        begin = {"do": "begin", **vars(self._order), "env_kwargs": dict(self._order.env_kwargs)}
        reply, shown = await self._ask(begin)
        return Opened(shown, reply["tools"])

    async def say(self, text: str, engine: Mapping[str, Any]) -> Shown:
        """See `Seat`."""
        return (await self._ask({"do": "say", "text": text, "engine": dict(engine)}))[1]

    async def finish(self, reason: str) -> Shown:
        """See `Seat`."""
        return (await self._ask({"do": "finish", "reason": reason}))[1]

    async def record(
        self, identity: Mapping[str, Any], *, status: Status | None = None, error: str = ""
    ) -> tuple[Episode, dict[str, EncodedImage]]:
        """See `Seat`."""
        order = {"do": "record", "identity": dict(identity), "status": status, "error": error}
        await self._settled()
        reply, blobs = await self._recovering(order)
        row, images = unpack_entry(Frame(0, 0, reply, tuple(blobs)))
        self._give_up_place()
        return from_row(row), {image.sha256: image for image in images}

    async def leave(self) -> None:
        """See `Seat`."""
        await self._settled()
        await self._drop()

    async def _ask(self, order: dict[str, Any]) -> tuple[dict[str, Any], Shown]:
        # Shielded: an order that is under way ends, whoever no longer waits for it.
        self._pending = asyncio.ensure_future(self._recovering(order))
        reply, blobs = await asyncio.shield(self._pending)
        whole, at, images = memoryview(b"".join(blobs)), 0, []
        for sha, height, width, label in reply["pictures"]:
            data = whole[at : at + height * width * 3]
            images.append(_image(sha, height, width, label, data))
            at += len(data)
        self._said.append((order, _digest(reply)))
        return reply, Shown(reply["messages"], images, reply["done"])

    async def _recovering(self, order: dict[str, Any]) -> Answer:
        deaths = 0
        while True:
            try:
                # Whoever was in a worker when it died may have killed it. They go on one after another, so
                # that who does it again does not each time take all the others along.
                async with self._pool.suspects if deaths else nullcontext():
                    await self._sit()
                    return await self._send(order)
            except WorkerError:
                deaths += 1
                if deaths > RECOVERIES or self._is_ending:
                    raise

    async def _settled(self) -> None:
        """Wait for an order that nobody waits for; one that hangs ends with its worker."""
        pending, self._pending = self._pending, None
        if pending is None:
            return
        await asyncio.wait([pending], timeout=GRACE_S)
        if not pending.done():
            self._is_ending = True
            if self._is_under_way and self._worker is not None:
                self._worker.kill()
            else:
                pending.cancel()
            await asyncio.wait([pending])
            self._is_ending = False
        if not pending.cancelled():
            pending.exception()  # looked at, so that nobody warns of it

    async def _sit(self) -> None:
        """Have a place in a living worker, with the episode as it stands."""
        worker = self._worker
        if worker is not None and worker.holds(self._incarnation):
            return
        self._give_up_place()
        self._worker = worker = self._pool.seat((self._order.index, self._order.split), but=worker)
        await worker.start()
        self._incarnation = worker.incarnation
        try:
            for said, digest in self._said:
                if _digest((await self._send(said))[0]) != digest:
                    raise InfrastructureError(
                        f"{self._order.env_id} answered differently when an episode was played again after "
                        "its worker had died: it depends on something besides its task and the calls"
                    )
        except WorkerError:
            raise
        except BaseException:
            await self._drop()  # played again by half: nobody may go on from it
            raise

    async def _send(self, order: dict[str, Any]) -> Answer:
        worker = self._worker
        assert worker is not None  # _sit comes first
        async with worker.lane(self._at_once):
            if not worker.holds(self._incarnation):
                raise WorkerError("a worker died during its episode")  # `ask` would start one anew
            what = WHAT.get(order["do"], "a tool call")
            timeout_s = self._timeout_s + (START_S if order["do"] in WHAT else 0.0)
            self._is_under_way = True
            try:
                reply, blobs = await worker.ask(order | {"session": self._number}, timeout_s, what)
            finally:
                self._is_under_way = False
        if "error" in reply:
            raise raised(reply["error"])
        return reply, blobs

    async def _drop(self) -> None:
        try:
            if self._worker is not None and self._worker.holds(self._incarnation):
                with suppress(InfrastructureError):  # it is gone with its process
                    await self._send({"do": "drop"})
        finally:
            self._give_up_place()

    def _give_up_place(self) -> None:
        if self._worker is not None:
            self._worker.sessions -= 1
        self._worker = None


def _image(name: str, height: int, width: int, label: str, data: memoryview) -> Image:
    image = Image(np.frombuffer(data, np.uint8).reshape(height, width, 3), label)
    image.__dict__["sha256"] = name  # the worker has just computed it
    return image


def _digest(reply: Mapping[str, Any]) -> str:
    told = [reply["messages"], reply["pictures"], reply["done"]]
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
