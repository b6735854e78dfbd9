"""Seats: an episode outlives its worker, whoever killed it, and takes nobody along."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from eyesmith.agents import seats as seats_file
from eyesmith.agents.seats import Opened, WorkerSeat
from eyesmith.agents.workers import WorkerPool
from eyesmith.errors import InfrastructureError, UsageError, WorkerError

from .desks import TEXTS, DeskPool, local, order, record, run, whole
from .engines import CALL


def test_a_worker_plays_what_is_played_here() -> None:
    async def play() -> None:
        here = await whole(local(), TEXTS)
        pool = WorkerPool(1)
        try:
            seat = WorkerSeat(pool, order(), 30.0)
            there = await whole(seat, TEXTS)
            await seat.leave()
        finally:
            pool.close()
        assert there == here
        assert (here["status"], len(here["image_hashes"])) == ("ok", 1 + 2 + 1 + 3 + 1)

    run(play())


def test_pictures_come_through_shared_memory_and_leave_nothing_open() -> None:
    async def play() -> None:
        mine = {image.sha256 for image in (await local().begin()).shown.images}
        pool = WorkerPool(1)
        try:
            kept = []
            for _ in range(12):
                seat = WorkerSeat(pool, order(), 30.0)
                opened: Opened = await seat.begin()
                assert {image.sha256 for image in opened.shown.images} == mine
                shown = await seat.say(CALL % 1, {})
                assert [image.array.flags.writeable for image in shown.images] == [False, False]
                await seat.leave()
                links = [os.readlink(path) for path in Path(f"/proc/{pool.workers[0].pid}/fd").iterdir()]
                kept.append((len(links), sum("memfd:eyesmith" in link for link in links)))
            assert len(set(kept[2:])) == 1, "what is held open does not grow"
            assert pool.workers[0].sessions == 0
        finally:
            pool.close()

    run(play())


# -- death


@pytest.mark.parametrize("before", range(len(TEXTS)))
def test_killed_between_two_turns_it_goes_on_elsewhere(before: int) -> None:
    async def play() -> None:
        expected = await whole(local(), TEXTS)
        pool = DeskPool(2)
        seat = WorkerSeat(pool, order(), 30.0)
        await seat.begin()
        for number, text in enumerate(TEXTS):
            if number == before:
                next(worker for worker in pool.workers if worker.sessions).kill()
            await seat.say(text, {"n_completion": number})
        next(worker for worker in pool.workers if worker.sessions).kill()
        assert await record(seat) == expected
        await seat.leave()
        assert [worker.sessions for worker in pool.workers] == [0, 0]
        assert pool.open_sessions() == 0

    run(play())


def test_kill_9_in_the_middle_of_a_call(tmp_path: Path) -> None:
    async def play() -> None:
        mark = str(tmp_path / "mark")
        expected = await whole(local(), TEXTS)
        pool = WorkerPool(2)
        try:
            dying = WorkerSeat(pool, order(what="die", mark=mark), 30.0)
            assert await whole(dying, TEXTS) == expected
            assert Path(mark).exists()
            seat = WorkerSeat(pool, order(), 30.0)
            await seat.begin()
            for worker in pool.workers:
                if worker.pid is not None:
                    os.kill(worker.pid, signal.SIGKILL)
            for number, text in enumerate(TEXTS):
                await seat.say(text, {"n_completion": number})
            assert await record(seat) == expected
        finally:
            pool.close()

    run(play())


def test_a_worker_that_is_being_started_again_holds_nobody() -> None:
    async def play() -> None:
        pool = DeskPool(1)
        (worker,) = pool.workers
        first, second = (WorkerSeat(pool, order(index), 30.0) for index in (3, 4))
        await first.begin()
        await first.say(CALL % 1, {})
        worker.kill()
        worker.starting_s = 0.2
        beginning = asyncio.ensure_future(second.begin())
        while worker.pid is None:
            await asyncio.sleep(0)
        await first.say(CALL % 2, {})  # its session died with the process before
        await beginning
        for seat in (first, second):
            await seat.leave()
        assert (worker.sessions, pool.open_sessions()) == (0, 0)

    run(play())


def test_who_kills_every_worker_gives_up_and_the_others_go_on() -> None:
    async def play() -> None:
        expected = [await whole(local(), TEXTS)] * 6
        pool = DeskPool(2, lethal="poison")
        bad = [WorkerSeat(pool, order(), 30.0) for _ in range(2)]
        good = [WorkerSeat(pool, order(), 30.0) for _ in range(6)]
        made = await asyncio.gather(
            *(whole(seat, TEXTS) for seat in good),
            *(whole(seat, [CALL % 1, "poison"]) for seat in bad),
            return_exceptions=True,
        )
        assert made[:6] == expected
        assert [type(error) for error in made[6:]] == [WorkerError] * 2
        assert 2 < pool.said().count("poison") <= 2 * (seats_file.RECOVERIES + 1)
        assert sum(worker.sessions for worker in pool.workers) == 0

    run(play())


def test_what_one_says_seldom_dies_often_enough_to_be_given_up() -> None:
    async def play() -> None:
        pool = DeskPool(1)
        (worker,) = pool.workers
        seat = WorkerSeat(pool, order(max_turns=40), 30.0)
        await seat.begin()
        for _ in range(3 * seats_file.RECOVERIES):
            worker.lethal, task = "hm", asyncio.ensure_future(seat.say("hm", {}))
            while worker.pid is not None:
                await asyncio.sleep(0.005)
            worker.lethal = ""
            await task
        assert len((await record(seat))["turns"]) == 3 * seats_file.RECOVERIES

    run(play())


def test_an_environment_that_answers_differently_is_found_out() -> None:
    async def play() -> None:
        pool = WorkerPool(1)
        try:
            seat = WorkerSeat(pool, order(what="depend", turn=0), 30.0)
            await seat.begin()
            await seat.say(CALL % 1, {})
            assert pool.workers[0].pid is not None
            os.kill(pool.workers[0].pid, signal.SIGKILL)
            said = "answered differently when an episode was played again.*besides its task and the calls"
            with pytest.raises(InfrastructureError, match=said):
                await seat.say(CALL % 2, {})
            with pytest.raises(InfrastructureError, match=said):  # half an episode is no record
                await seat.record({"id": "one", "sample": 0}, status="error")
            await seat.leave()
            assert pool.workers[0].sessions == 0
        finally:
            pool.close()

    run(play())


# -- environments that break


def test_one_that_broke_is_not_played_again(tmp_path: Path) -> None:
    async def play() -> None:
        pool = DeskPool(1)
        ruined = order(what="ruin", turn=0, mark=str(tmp_path / "mark"))
        for number in range(3):
            seat = WorkerSeat(pool, ruined, 30.0)
            await seat.begin()
            if number == 0:
                with pytest.raises(InfrastructureError, match="WorkerError: the display is gone"):
                    await seat.say("hm", {})
                assert (await record(seat, status="error"))["status"] == "error"
            else:
                await seat.say("hm", {})
            await seat.leave()
        assert pool.workers[0].incarnation == 1

    run(play())


def test_a_bug_is_told_without_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        pool = DeskPool(1)
        seat = WorkerSeat(pool, order(what="bug", turn=0), 30.0)
        await seat.begin()
        with pytest.raises(InfrastructureError, match=r"ValueError: no such key in .*\(mishaps\.py:\d+\)"):
            await seat.say("hm", {})
        await seat.leave()

    run(play())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"env": "nobody/Knows-v0"}, "the worker processes do not know 'nobody/Knows-v0'"),
        ({"colour": "red"}, "takes no argument 'colour'"),
        ({"index": 10**9}, "has tasks 0 to 49"),
    ],
)
def test_what_no_second_try_would_mend_is_the_caller_s_mistake(changes: dict[str, Any], said: str) -> None:
    async def play() -> None:
        pool = DeskPool(1)
        seat = WorkerSeat(pool, order(**changes), 30.0)
        with pytest.raises(UsageError, match=said):
            await seat.begin()
        await seat.leave()
        assert (pool.workers[0].sessions, pool.open_sessions()) == (0, 0)

    run(play())
