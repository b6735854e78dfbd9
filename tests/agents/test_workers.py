"""The pool and its processes, without a collection."""

import asyncio
import io
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from eyesmith.agents import workers as workers_file
from eyesmith.agents.wire import read_message, write_message
from eyesmith.agents.workers import Worker, WorkerPool
from eyesmith.errors import EpisodeTimeoutError, WorkerError

from .conftest import gone

ORDER: dict[str, Any] = {
    "env_id": "trouble:trouble/Trouble-v0",
    "env_kwargs": {},
    "split": "train",
    "index": 0,
    "sample": 0,
    "policy": "expert",
    "recorded": [],
    "stop_reason": "",
    "image_format": "png",
}


def order(**changes: Any) -> dict[str, Any]:
    return ORDER | changes


def test_a_message_comes_back_and_a_cut_one_is_none() -> None:
    stream = io.BytesIO()
    write_message(stream, {"a": "é 中", "n": [1, None]}, [b"", b"\0\xff" * 9])
    data = stream.getvalue()
    assert read_message(io.BytesIO(data)) == ({"a": "é 中", "n": [1, None]}, [b"", b"\0\xff" * 9])
    for end in range(len(data)):
        assert read_message(io.BytesIO(data[:end])) is None
    two = io.BytesIO(data + data)
    assert read_message(two) == read_message(two)


def test_a_worker_starts_when_it_is_asked_and_ends_when_it_is_closed() -> None:
    async def play() -> None:
        worker = Worker(0)
        assert worker.pid is None
        reply, blobs = await worker.ask(order(), 30.0)
        pid = worker.pid
        assert pid is not None
        assert reply["row"]["status"] == "ok"
        assert blobs
        again, _ = await worker.ask(order(), 30.0)
        assert (worker.pid, again["row"]["task_hash"]) == (pid, reply["row"]["task_hash"])
        affinity = os.sched_getaffinity(pid)
        assert len(affinity) == 1
        worker.close()
        assert gone([pid])

    asyncio.run(play())


def test_a_dead_worker_and_a_slow_one_are_replaced() -> None:
    async def play() -> None:
        worker = Worker(0)
        try:
            with pytest.raises(WorkerError, match="signal 9"):
                await worker.ask(order(env_kwargs={"what": "die"}), 30.0)
            await worker.ask(order(), 30.0)
            first = worker.pid
            assert first is not None
            with pytest.raises(EpisodeTimeoutError, match=r"took longer than 0\.5 s"):
                await worker.ask(order(env_kwargs={"what": "hang"}), 0.5)
            assert gone([first])
            os.kill(first, 0) if Path(f"/proc/{first}").exists() else None
            reply, _ = await worker.ask(order(), 30.0)
            assert reply["row"]["status"] == "ok"
            idle = worker.pid
            assert idle is not None
            os.kill(idle, signal.SIGKILL)
            gone([idle])
            with pytest.raises(WorkerError):
                await worker.ask(order(), 30.0)
            await worker.ask(order(), 30.0)
        finally:
            worker.close()

    asyncio.run(play())


def test_what_an_environment_raises_is_told_and_the_worker_lives() -> None:
    async def play() -> None:
        worker = Worker(0)
        try:
            pids = set()
            kinds = {"break": "infrastructure", "bug": "bug"}
            for what, kind in kinds.items():
                reply, _ = await worker.ask(order(env_kwargs={"what": what}), 30.0)
                assert reply["error"]["kind"] == kind
                pids.add(worker.pid)
            reply, _ = await worker.ask(order(index=10**9), 30.0)
            assert reply["error"]["kind"] == "usage"
            reply, _ = await worker.ask(order(env_id="no/Such-v0"), 30.0)
            assert reply["error"]["kind"] == "usage"
            assert pids == {worker.pid}
        finally:
            worker.close()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("executable", "said"),
    [("/bin/false", r"did not start \(exit status 1\)"), ("/nowhere/python", "could not be started")],
)
def test_a_worker_that_cannot_start(monkeypatch: pytest.MonkeyPatch, executable: str, said: str) -> None:
    async def play() -> None:
        worker = Worker(0)
        try:
            with pytest.raises(WorkerError, match=said):
                await worker.ask(order(), 30.0)
            assert worker.pid is None
        finally:
            worker.close()

    monkeypatch.setattr(sys, "executable", executable)
    asyncio.run(play())


def test_a_worker_sees_modules_of_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A REPL has '' on its path, which `-P` and another folder would mean nothing to."""
    (tmp_path / "here.py").write_text(
        "import gymnasium\nfrom trouble import TroubleEnv\n"
        "gymnasium.register(id='here/Here-v0', entry_point=TroubleEnv)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")

    async def play() -> None:
        worker = Worker(0)
        try:
            reply, _ = await worker.ask(order(env_id="here:here/Here-v0"), 30.0)
            assert reply.get("error") is None
        finally:
            worker.close()

    asyncio.run(play())


def test_a_worker_goes_back_to_the_group_it_has_just_played() -> None:
    async def play() -> list[tuple[int, str]]:
        pool, seen = WorkerPool(2), []
        go = asyncio.Event()

        async def episode(group: str) -> None:
            async with pool.borrow(group) as worker:
                seen.append((worker.number, group))
                await go.wait()
                await asyncio.sleep(0)

        tasks = [asyncio.create_task(episode(group)) for group in "abccbbaa"]
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*tasks)
        pool.close()
        return seen

    seen = asyncio.run(play())
    assert sorted(group for _, group in seen) == sorted("abccbbaa")
    for group in "ab":
        assert len({number for number, of in seen if of == group}) == 1, "its world was built once"


def test_cancelling_all_who_wait_leaves_no_error_behind() -> None:
    """A worker that is given back while others are being cancelled must not be handed to one of them."""

    async def play() -> tuple[list[BaseException | None], int]:
        pool = WorkerPool(1)

        async def episode(group: int) -> None:
            async with pool.borrow(group):
                if group == 0:
                    await asyncio.sleep(0)
                    raise WorkerError("the first one fails")
                await asyncio.sleep(10)

        tasks = [asyncio.create_task(episode(group)) for group in range(4)]
        await asyncio.sleep(0)
        tasks[0].add_done_callback(lambda _: [task.cancel() for task in tasks])
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(5), pool.borrow(9):
            left = len(pool._waiting)
        pool.close()
        return [outcome if isinstance(outcome, BaseException) else None for outcome in outcomes], left

    outcomes, left = asyncio.run(play())
    assert isinstance(outcomes[0], WorkerError)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes[1:])
    assert left == 0


def test_the_pool_is_whole_again_after_failures() -> None:
    async def play() -> None:
        pool = WorkerPool(2)
        for _ in range(5):
            with pytest.raises(ValueError, match="x"):
                async with pool.borrow(1):
                    raise ValueError("x")
        async with pool.borrow(1) as one, pool.borrow(2) as two:
            assert one is not two
        pool.close()

    asyncio.run(play())


def test_a_start_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sleeper = tmp_path / "python"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(sleeper))
    monkeypatch.setattr(workers_file, "START_TIMEOUT_S", 0.3)

    async def play() -> None:
        worker = Worker(0)
        with pytest.raises(EpisodeTimeoutError, match="starting a worker took longer"):
            await worker.ask(order(), 30.0)
        assert worker.pid is None
        worker.close()

    asyncio.run(play())
