"""Seats and what sits in them: whole episodes, and a worker that dies when it is told to."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from eyesmith.agents.answers import answered
from eyesmith.agents.pool import Answer, AnyWorker, Pool
from eyesmith.agents.seats import LocalSeat, Order
from eyesmith.agents.sessions import Desk
from eyesmith.envs.describe import make_env
from eyesmith.errors import WorkerError

from .engines import CALL, SUBMIT

MISHAP, LONELY = "mishaps:mishaps/Mishap-v0", "mishaps:mishaps/Lonely-v0"
KWARGS: dict[str, Any] = {"action_format": "hermes", "max_turns": 8}


def order(index: int = 3, env: str = MISHAP, **kwargs: Any) -> Order:
    return Order(env_id=env, env_kwargs=KWARGS | kwargs, index=index)


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(coroutine, 60))


async def record(seat: Any, **how: Any) -> dict[str, Any]:
    """What of a record does not hang on time or process."""
    episode, images = await seat.record({"id": "one", "sample": 0}, **how)
    assert set(episode.image_hashes) == set(images)
    kept = {
        name: getattr(episode, name)
        for name in ("status", "messages", "image_hashes", "reward", "stop_reason")
    }
    return kept | {"turns": [(turn.calls, turn.text, turn.n_completion) for turn in episode.turns]}


async def whole(seat: Any, texts: list[str]) -> dict[str, Any]:
    """An episode from beginning to end."""
    try:
        await seat.begin()
        for number, text in enumerate(texts):
            await seat.say(text, {"n_completion": number})
        return await record(seat)
    finally:
        await seat.leave()


TEXTS = [CALL % 1, "hm", CALL % 2 + CALL % 3, SUBMIT]


def local(**kwargs: Any) -> LocalSeat:
    env = make_env(MISHAP, **KWARGS | kwargs)
    return LocalSeat(env, env.get_task("train", 3))


class DeskWorker(AnyWorker):
    """Carries out orders at once.

    Attributes:
        orders: what was asked, in order.
        starting_s: how long a start takes.
        lethal: what kills it when an agent says it, before there is an answer.
        stuck: what hangs when an agent says it.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.orders: list[dict[str, Any]] = []
        self.starting_s = 0.0
        self.lethal = self.stuck = ""
        self.at_once = self.most_at_once = 0
        self.desk: Desk | None = None
        self._waiting: set[asyncio.Future[Answer]] = set()

    @property
    def pid(self) -> int | None:
        return None if self.desk is None else 1

    def kill(self) -> None:
        self.desk = None
        for future in self._waiting:
            if not future.done():
                future.set_exception(WorkerError("a worker died during its episode (signal 9)"))

    def close(self) -> None:
        self.kill()

    async def _start(self) -> None:
        self.desk = Desk()  # there is a process before it is ready
        await asyncio.sleep(self.starting_s)
        self.incarnation += 1

    async def _exchange(self, order: dict[str, Any]) -> Answer:
        assert self.desk is not None
        self.orders.append(order)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.add(future)

        def done(result: Any) -> None:
            header, blobs = answered(order, result)
            loop.call_soon_threadsafe(settle, (header, list(blobs)))

        def settle(answer: Answer) -> None:
            if not future.done():
                future.set_result(answer)

        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            text = order.get("text", "")
            if self.lethal and self.lethal in text:
                loop.call_later(0.01, self.kill)
            elif not (self.stuck and self.stuck in text):
                self.desk.run(order, done)
            return await future
        finally:
            self.at_once -= 1
            self._waiting.discard(future)


class DeskPool(Pool):
    """Some of them."""

    workers: list[DeskWorker]  # type: ignore[assignment]

    def __init__(self, count: int, *, lethal: str = "", stuck: str = "") -> None:
        super().__init__([DeskWorker(number) for number in range(count)])
        for worker in self.workers:
            worker.lethal, worker.stuck = lethal, stuck

    def said(self) -> list[str]:
        """Every text that reached a worker."""
        return [order["text"] for worker in self.workers for order in worker.orders if order["do"] == "say"]

    def open_sessions(self) -> int:
        """How many the living workers still hold."""
        return sum(len(worker.desk._open) for worker in self.workers if worker.desk is not None)
