"""One episode: every fault of an engine, and what is left of the tokens."""

import asyncio
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.agents import loop as loop_file
from eyesmith.agents.loop import converse
from eyesmith.errors import UsageError
from eyesmith.trajectories.columns import to_row
from eyesmith.trajectories.record import Episode

from .engines import (
    ScriptedEngine,
    changed,
    fails,
    hangs,
    model_of,
    no_room,
    once,
    refuses,
    shortened,
    tokenizer,
)
from .played import CODEC, END, PAD, TURNS, check_logprobs, play, sampled, seat, tokens, undisturbed


def test_an_episode_is_what_the_engine_saw() -> None:
    engine = ScriptedEngine(CODEC)
    episode = play(engine)
    assert (episode.status, episode.stop_reason, episode.token_exact) == ("truncated", "max_turns", True)
    assert episode.reward is not None
    assert [asked.turn for asked in engine.asked] == list(range(TURNS))
    whole, before = [*episode.prompt_ids, *episode.completion_ids], []
    for asked, turn in zip(engine.asked, episode.turns, strict=True):
        seen = list(asked.prompt.train_ids)
        assert seen == whole[: len(seen)]
        assert seen[: len(before)] == before
        assert asked.images == tuple(episode.image_hashes[: len(asked.images)])
        assert asked.prompt.engine_ids.count(PAD) == len(asked.images)
        assert asked.sampling.banned == CODEC.banned
        assert turn.n_prompt == len(seen)
        assert (turn.finish_reason, turn.weight_version, turn.cached_tokens) == ("stop", 3, 0)
        assert turn.text is not None
        before = [*seen, *tokenizer().encode(turn.text), END]
        assert turn.n_completion == len(before) - len(seen)
    assert before == whole
    assert len(engine.asked[-1].images) == len(episode.image_spans) == len(episode.image_hashes) - 2
    check_logprobs(episode)
    assert (episode.model, episode.backend) == ("simulated", "simulated")


def test_the_seed_of_an_episode_makes_those_of_its_turns() -> None:
    seeds = {}
    for seed in (7, 8, None):
        engine = ScriptedEngine(CODEC)
        play(engine, seed=seed)
        seeds[seed] = [asked.sampling.seed for asked in engine.asked]
    assert seeds[None] == [None] * TURNS
    assert len({*seeds[7], *seeds[8]}) == 2 * TURNS
    assert tokens(play(ScriptedEngine(CODEC))) == tokens(undisturbed())


# -- an engine that fails


@pytest.mark.parametrize("turn", [0, 2])
def test_a_failure_that_passes_costs_no_token(turn: int) -> None:
    engine = ScriptedEngine(CODEC, schedule=once(fails(), turn=turn, times=5))
    episode = play(engine)
    assert len(engine.asked) == TURNS + 5
    assert len({asked.prompt.key for asked in engine.asked}) == TURNS + 5, "a key is used once"
    again = [asked.sampling.seed for asked in engine.asked if asked.turn == turn]
    assert len(set(again)) == 1, "with the same chance"
    assert (episode.status, tokens(episode)) == ("truncated", tokens(undisturbed()))


def test_the_wait_that_an_endpoint_asks_for_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_file, "FIRST_WAIT_S", 0.05)
    for wait_s, least, most in ((0.4, 0.8, 2.0), (None, 0.15, 0.8), (0.0, 0.0, 0.6)):
        started = perf_counter()
        play(ScriptedEngine(CODEC, schedule=once(fails(wait_s=wait_s), turn=1, times=2)))
        assert least <= perf_counter() - started < most, wait_s


def test_an_engine_that_drops_a_turn_is_asked_again() -> None:
    async def dropped(*_: Any) -> Any:
        raise asyncio.CancelledError

    engine = ScriptedEngine(CODEC, schedule=once(dropped, turn=1))
    episode = play(engine)
    assert (episode.status, tokens(episode)) == ("truncated", tokens(undisturbed()))
    assert len(engine.asked) == TURNS + 1
    lost = play(ScriptedEngine(CODEC, schedule=once(dropped, turn=1, times=9)), tries=2)
    assert (lost.status, lost.error) == ("error", "EngineError: the engine dropped a turn")


def test_an_engine_that_fails_for_good_leaves_what_was_sampled() -> None:
    engine = ScriptedEngine(CODEC, schedule=once(fails("the card fell off"), turn=2, times=100))
    episode = play(engine, tries=4)
    assert len(engine.asked) == 2 + 4
    assert (episode.status, episode.reward, episode.score) == ("error", None, None)
    assert episode.error == "EngineError: the card fell off"
    assert len(episode.turns) == 2
    part = sampled(undisturbed())[: len(sampled(episode))]
    assert sampled(episode) == part
    assert part.count(END) == 2
    check_logprobs(episode)
    assert episode.token_exact is True


def test_a_refusal_ends_everything() -> None:
    with pytest.raises(UsageError, match="no such model"):
        play(ScriptedEngine(CODEC, schedule=once(refuses, turn=1)))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (changed(prompt_ids=lambda g: [*g.prompt_ids[:-1], 11]), "they part at token"),
        (changed(prompt_ids=lambda g: list(g.prompt_ids)[:-3]), "the engine saw a prompt of"),
        (changed(prompt_ids=()), "the engine saw a prompt of 0 tokens"),
        (changed(token_ids=lambda g: [*list(g.token_ids)[:-1], PAD]), "the id of a picture's placeholder"),
        (changed(logprobs=lambda g: list(g.logprobs)[:-1]), "logprobs"),
    ],
    ids=["another_id", "too_short", "empty", "banned", "few_logprobs"],
)
def test_what_does_not_fit_is_a_drift(fault: Any, said: str) -> None:
    episode = play(ScriptedEngine(CODEC, schedule=once(fault, turn=2)))
    assert (episode.status, episode.reward, episode.token_exact) == ("drift", None, False)
    assert said in episode.error
    assert sampled(episode) == sampled(undisturbed())[: len(sampled(episode))]
    assert sampled(episode).count(END) == 2


def test_prompt_ids_that_are_not_told_are_not_exact() -> None:
    episode = play(ScriptedEngine(CODEC, schedule=once(changed(prompt_ids=None), turn=1)))
    assert (episode.status, episode.token_exact) == ("truncated", False)
    assert tokens(episode) == tokens(undisturbed())
    silent = play(ScriptedEngine(CODEC, schedule=once(changed(logprobs=None), turn=1)))
    assert (silent.token_exact, silent.logprobs) == (True, [])


def test_an_engine_that_ends_a_turn_by_itself_is_an_error() -> None:
    episode = play(ScriptedEngine(CODEC, schedule=once(shortened(5, "abort"), turn=1)))
    assert (episode.status, episode.reward) == ("error", None)
    assert "ended a turn in the middle" in episode.error
    first = sampled(undisturbed()).index(END) + 1
    assert sampled(episode) == sampled(undisturbed())[: first + 5]
    assert len(episode.turns) == 1, "half a turn was never said"


# -- limits


def test_a_turn_that_was_cut_is_closed_for_the_next() -> None:
    engine = ScriptedEngine(CODEC, schedule=once(shortened(5, "length"), turn=1))
    episode = play(engine)
    assert (episode.status, episode.token_exact, len(episode.turns)) == ("truncated", True, TURNS)
    assert [turn.finish_reason for turn in episode.turns] == ["stop", "length", "stop", "stop"]
    assert episode.turns[1].n_completion == 5
    at = len(engine.asked[1].prompt.train_ids) + 5 - len(episode.prompt_ids)
    assert (episode.completion_ids[at], episode.loss_mask[at]) == (END, 0), "put there, not sampled"
    check_logprobs(episode)


@pytest.mark.parametrize("turn", [0, 2])
def test_an_engine_without_room_ends_the_episode_graded(turn: int) -> None:
    episode = play(ScriptedEngine(CODEC, schedule=once(no_room, turn=turn)))
    assert (episode.status, episode.stop_reason) == ("truncated", "context")
    assert episode.reward is not None
    assert sampled(episode).count(END) == turn


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 1100))
def test_prompt_and_completion_never_leave_the_context(context: int) -> None:
    engine = ScriptedEngine(CODEC, context=context)
    episode = play(engine)
    whole = len(episode.prompt_ids) + len(episode.completion_ids)
    for asked in engine.asked:
        assert len(asked.prompt.train_ids) + asked.sampling.max_tokens <= context
    assert not episode.completion_ids or whole <= context
    ends = ("truncated", "context") if len(episode.turns) < TURNS or not episode.turns[-1].text else None
    assert ends in (None, (episode.status, episode.stop_reason))
    assert episode.token_exact is (True if engine.asked else None)
    assert episode.reward is not None


def test_a_slow_engine_is_told_to_stop_and_its_tokens_are_kept() -> None:
    engine = ScriptedEngine(CODEC, schedule=once(hangs(3), turn=1))
    started = perf_counter()
    episode = play(engine, timeout_s=0.5)
    assert perf_counter() - started < 5
    assert engine.aborted == [engine.asked[-1].prompt.key]
    assert (episode.status, episode.reward) == ("error", None)
    assert "EpisodeTimeoutError: the episode took longer than 0.5 s" in episode.error
    first = sampled(undisturbed()).index(END) + 1
    assert sampled(episode) == sampled(undisturbed())[: first + 3]
    check_logprobs(episode)


def test_an_engine_that_does_not_listen_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_file, "ABORT_S", 0.2)
    started = perf_counter()
    episode = play(ScriptedEngine(CODEC, schedule=once(hangs(None), turn=1)), timeout_s=0.3)
    assert perf_counter() - started < 5
    assert episode.status == "error"
    assert sampled(episode) == sampled(undisturbed())[: sampled(undisturbed()).index(END) + 1]


def test_a_slow_environment_runs_into_the_limit_too() -> None:
    episode = play(ScriptedEngine(CODEC), at=seat(wait_s=0.3), timeout_s=0.5)
    assert episode.status == "error"
    assert "took longer than 0.5 s" in episode.error
    assert len(sampled(episode)) > 0


def test_waiting_for_an_engine_counts_too() -> None:
    episode = play(ScriptedEngine(CODEC, schedule=once(fails(wait_s=60.0), turn=1)), timeout_s=0.5)
    assert (episode.status, sampled(episode).count(END)) == ("error", 1)


@pytest.mark.parametrize("waits", ["engine", "environment"])
def test_who_is_cancelled_hands_over_what_there_is(waits: str) -> None:
    slow = {"schedule": once(hangs(2), turn=1)} if waits == "engine" else {}
    engine = ScriptedEngine(CODEC, **slow)

    async def cancelled() -> Episode:
        at = seat() if waits == "engine" else seat(wait_s=0.3)
        task = asyncio.ensure_future(converse(model_of(engine), at, seed=7, name="one"))
        while len(engine.asked) < 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        return caught.value.record[0]  # type: ignore[attr-defined]

    episode = asyncio.run(cancelled())
    assert (episode.status, episode.reward) == ("aborted", None)
    to_row(episode)
    kept = sampled(episode)
    assert kept == sampled(undisturbed())[: len(kept)]
    first = sampled(undisturbed()).index(END) + 1
    assert len(kept) == first + 2 if waits == "engine" else kept.count(END) == 2
