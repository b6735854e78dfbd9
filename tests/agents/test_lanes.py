"""Seats in time: a call has its limit, waiting for a place has none, and who waits holds nobody up."""

import asyncio
from time import perf_counter
from typing import Any

import pytest

from eyesmith.agents import seats as seats_file
from eyesmith.agents.seats import WorkerSeat
from eyesmith.agents.sessions import THREADS
from eyesmith.agents.workers import WorkerPool
from eyesmith.errors import EpisodeTimeoutError

from .desks import LONELY, TEXTS, DeskPool, local, order, record, run, whole
from .engines import CALL


def test_who_hangs_is_an_error_and_the_others_go_on() -> None:
    async def play() -> None:
        expected = [await whole(local(), TEXTS)] * 4
        pool = DeskPool(2, stuck="forever")
        stuck = WorkerSeat(pool, order(), 0.5)
        good = [WorkerSeat(pool, order(), 0.5) for _ in range(4)]

        async def hanging() -> dict[str, Any]:
            await stuck.begin()
            await stuck.say(CALL % 1, {"n_completion": 0})
            with pytest.raises(
                EpisodeTimeoutError, match=r"a tool call took longer than 0\.5 s and was stopped"
            ):
                await stuck.say("forever", {})
            made = await record(stuck, status="error", error="it hung")
            await stuck.leave()
            return made

        *made, hung = await asyncio.gather(*(whole(seat, TEXTS) for seat in good), hanging())
        assert made == expected
        assert (hung["status"], hung["reward"], len(hung["turns"])) == ("error", None, 1)

    run(play())


def test_only_a_call_is_held_to_the_time_of_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        pool = DeskPool(1)
        (worker,) = pool.workers
        asked: list[tuple[str, float]] = []
        real = worker.ask

        async def ask(order: Any, timeout_s: float, what: str = "") -> Any:
            asked.append((order["do"], timeout_s))
            return await real(order, timeout_s, what)

        monkeypatch.setattr(worker, "ask", ask)
        seat = WorkerSeat(pool, order(), 0.7)
        await whole(seat, TEXTS)
        other = WorkerSeat(pool, order(), 0.7)
        await other.begin()
        await other.finish("context")
        await other.leave()
        limits = {(do, timeout_s == 0.7) for do, timeout_s in asked}
        assert limits == {
            ("begin", False),
            ("say", True),
            ("finish", True),
            ("record", False),
            ("drop", False),
        }

    run(play())


@pytest.mark.parametrize("is_stuck", [False, True])
def test_an_order_that_nobody_waits_for_is_ended_first(
    is_stuck: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats_file, "GRACE_S", 0.3)

    async def play() -> None:
        pool = DeskPool(1, stuck="hm" if is_stuck else "")
        seat, beside = WorkerSeat(pool, order(wait_s=0.05), 30.0), WorkerSeat(pool, order(), 30.0)
        await seat.begin()
        await beside.begin()
        await seat.say(CALL % 1, {})
        task = asyncio.ensure_future(seat.say("hm", {}))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        made = await record(seat, status="aborted")
        assert len(made["turns"]) == (1 if is_stuck else 2)
        assert pool.workers[0].incarnation == (2 if is_stuck else 1), "who answers in time is not killed"
        await beside.say(CALL % 1, {})
        await seat.leave()
        await beside.leave()
        assert pool.open_sessions() == 0

    run(play())


def test_who_only_waits_for_a_place_does_not_kill_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats_file, "GRACE_S", 0.05)

    async def play() -> None:
        pool = DeskPool(1)
        slow, seat = (WorkerSeat(pool, order(wait_s=wait_s), 30.0, at_once=1) for wait_s in (0.5, 0.0))
        await slow.begin()
        await seat.begin()
        working = asyncio.ensure_future(slow.say("hm", {}))
        await asyncio.sleep(0.05)
        waiting = asyncio.ensure_future(seat.say("hm", {}))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await seat.leave()
        await working
        await slow.leave()
        assert (pool.workers[0].incarnation, pool.said()) == (1, ["hm"])

    run(play())


# -- side by side


def test_waiting_for_a_turn_is_no_time_of_the_tool() -> None:
    async def play() -> None:
        pool = DeskPool(1)
        seats = [WorkerSeat(pool, order(wait_s=0.1), 0.5, at_once=1) for _ in range(8)]
        made = await asyncio.gather(*(whole(seat, TEXTS[:2]) for seat in seats))
        assert [len(each["turns"]) for each in made] == [2] * 8
        assert pool.workers[0].most_at_once == 1

    run(play())


def test_environments_that_wait_hold_nobody_up() -> None:
    async def play() -> None:
        pool = DeskPool(1)
        seats = [WorkerSeat(pool, order(wait_s=0.3), 30.0) for _ in range(16)]
        await asyncio.gather(*(seat.begin() for seat in seats))
        started = perf_counter()
        await asyncio.gather(*(seat.say("hm", {}) for seat in seats))
        assert perf_counter() - started < 16 * 0.3 / 3
        assert 8 < pool.workers[0].most_at_once <= THREADS
        await asyncio.gather(*(seat.leave() for seat in seats))

    run(play())


@pytest.mark.parametrize("at_once", [1, THREADS])
def test_environments_that_must_not_meet_never_do(at_once: int) -> None:
    async def play() -> None:
        pool = WorkerPool(1)
        try:
            seats = [WorkerSeat(pool, order(i, LONELY, wait_s=0.01), 30.0, at_once=at_once) for i in range(8)]
            await asyncio.gather(*(seat.begin() for seat in seats))
            await asyncio.gather(*(whole_turns(seat) for seat in seats))
            episodes = [(await seat.record({"id": "one", "sample": 0}))[0] for seat in seats]
            assert {episode.metrics["painted"] for episode in episodes} == {0.0}
        finally:
            pool.close()

    run(play())


async def whole_turns(seat: WorkerSeat) -> None:
    for text in TEXTS[:3]:
        await seat.say(text, {})
