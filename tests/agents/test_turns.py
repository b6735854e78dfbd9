"""Turns that are ended from outside, with an engine that does as it is told."""

import asyncio
from typing import Any

import pytest

from eyesmith.agents.engines import turns
from eyesmith.agents.engines.turns import Turns
from eyesmith.agents.policy import Generation
from eyesmith.errors import EngineError, UsageError

DONE = Generation(token_ids=(1, 2), finish_reason="stop")
PART = Generation(token_ids=(1,), finish_reason="abort")


class Engine:
    """Samples until it is told to stop; hears only after `deaf` calls."""

    def __init__(self, deaf: int = 0) -> None:
        self.deaf, self.asked, self.was_cancelled = deaf, 0, False
        self.told = asyncio.Event()

    async def sample(self) -> Generation:
        try:
            await self.told.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        return PART

    async def end(self) -> None:
        self.asked += 1
        if self.asked > self.deaf:
            self.told.set()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "END_AGAIN_S", 0.01)


async def finished() -> Generation:
    return DONE


def test_a_turn_that_ends_by_itself() -> None:
    async def play() -> None:
        assert await Turns().run("a", finished(), Engine().end) is DONE

    asyncio.run(play())


@pytest.mark.parametrize("deaf", [0, 3])
def test_an_ended_turn_gives_back_what_it_has(deaf: int) -> None:
    async def play() -> None:
        under_way, engine = Turns(), Engine(deaf)
        turn = asyncio.ensure_future(under_way.run("a", engine.sample(), engine.end))
        await asyncio.sleep(0)
        under_way.end("b")
        await asyncio.sleep(0.02)
        assert engine.asked == 0
        under_way.end("a")
        assert await turn is PART
        assert engine.asked == deaf + 1
        assert await under_way.run("a", finished(), engine.end) is DONE

    asyncio.run(play())


def test_an_engine_that_does_not_hear_is_left_alone() -> None:
    async def play(end: Any, engine: Engine) -> None:
        under_way = Turns()
        turn = asyncio.ensure_future(under_way.run("a", engine.sample(), end))
        await asyncio.sleep(0)
        under_way.end("a")
        assert await asyncio.wait_for(turn, 2) is None
        await asyncio.sleep(0)
        assert engine.was_cancelled

    async def both() -> None:
        deaf, mute = Engine(10**9), Engine()
        await play(deaf.end, deaf)
        assert deaf.asked == turns.MOST_ENDS
        await play(None, mute)

    asyncio.run(both())


def test_a_cancelled_caller_cancels_its_turn() -> None:
    async def play() -> None:
        engine = Engine()
        turn = asyncio.ensure_future(Turns().run("a", engine.sample(), engine.end))
        await asyncio.sleep(0.01)
        turn.cancel()
        with pytest.raises(asyncio.CancelledError):
            await turn
        await asyncio.sleep(0)
        assert engine.was_cancelled
        assert engine.asked == 0

    asyncio.run(play())


def test_a_failure_is_the_callers() -> None:
    async def failing() -> Generation:
        raise EngineError("no")

    async def play() -> None:
        with pytest.raises(EngineError, match="no"):
            await Turns().run("a", failing(), Engine().end)

    asyncio.run(play())


def test_a_key_twice() -> None:
    async def play() -> None:
        under_way, engine = Turns(), Engine()
        first = asyncio.ensure_future(under_way.run("a", engine.sample(), engine.end))
        await asyncio.sleep(0)
        with pytest.raises(UsageError, match="keys are unique"):
            await under_way.run("a", finished(), engine.end)
        await under_way.end_all(within_s=1.0)
        assert await first is PART

    asyncio.run(play())
