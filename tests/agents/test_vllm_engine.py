"""The backend `vllm` on a CPU, with tiny models of both families with eyes: exact, seeded, ended, killed."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eyesmith.agents.engines.vllm_engine import MOST_RESTARTS
from eyesmith.agents.policy import Sampling, TokenPrompt
from eyesmith.errors import EngineError, UsageError

from .models import tiny_model
from .tiny import Talk, converse, ended, noise, recomputed
from .vllm_runs import CONTEXT, Running, processes, run_engine

pytest.importorskip("vllm", reason="needs vLLM: make test-vllm")
pytestmark = [
    pytest.mark.vllm,
    # vLLM leaves contexts of zmq behind, which complain whenever they are collected.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

WORDS = 940  # ids below this are words of the tiny tokenizer
TOLERANCE = 0.02  # of a log-probability, bfloat16 against float32
VARIABLES = ("VLLM_LOGGING_LEVEL", "VLLM_WORKER_MULTIPROC_METHOD", "OMP_NUM_THREADS", "TORCHDYNAMO_DISABLE")


# bfloat16 as vLLM would have it, and float32, where tokens do not depend on what else is in the batch.
@pytest.fixture(
    scope="module", params=[("qwen2_5_vl", "float32"), ("qwen3_vl", "bfloat16")], ids=lambda p: p[0]
)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    kind, dtype = request.param
    yield from run_engine(tiny_model(kind, tmp_path_factory), dtype=dtype)


def test_the_engine_sees_exactly_the_training_ids(engine: Running) -> None:
    given = engine.do(converse(engine.policy, engine.codec, 1, turns=5))
    assert given[0].cached_tokens == 0
    assert all(generation.cached_tokens > 0 for generation in given[2:])
    assert all(generation.weight_version == 0 for generation in given)


def test_many_at_once_with_prompts_that_are_read_in_pieces(engine: Running) -> None:
    """More tokens of prompt at once than one step reads: seeds must bear that, and come out the same."""

    async def some(*seeds: int) -> list[list[tuple[int, ...]]]:
        talks = await asyncio.gather(*(converse(engine.policy, engine.codec, seed) for seed in seeds))
        return [[generation.token_ids for generation in talk] for talk in talks]

    together = engine.do(some(*range(16)))
    if engine.policy.settings.options["dtype"] == "float32":
        assert [engine.do(some(seed))[0] for seed in (3, 9, 14)] == [together[seed] for seed in (3, 9, 14)]


def test_several_pictures_and_the_same_one_twice(engine: Running) -> None:
    talk = engine.talk(5, (100, 200), (300, 56), (100, 200))
    talk.images[2] = talk.images[0]
    generation = engine.do(talk.turn(engine.policy, Sampling(max_tokens=4)))
    assert list(generation.prompt_ids) == talk.train_ids


def test_logprobs_are_those_of_the_raw_distribution(engine: Running) -> None:
    talk = engine.talk(7, (150, 400))
    plain = Sampling(max_tokens=16, seed=3)
    talk.add(engine.do(talk.turn(engine.policy, plain)), noise(np.random.default_rng(8), 90, 300))
    few = tuple(range(40, WORDS))
    for sampling in (plain, Sampling(max_tokens=16, seed=4, temperature=1.9, top_p=0.5, top_k=9, banned=few)):
        generation = engine.do(talk.turn(engine.policy, sampling))
        told = np.array(generation.logprobs)
        assert len(told) == len(generation.token_ids) > 0
        assert np.abs(told - recomputed(engine.folder, talk, generation)).max() < TOLERANCE


def test_banned_tokens_are_never_sampled(engine: Running) -> None:
    banned = tuple(range(0, WORDS, 2))
    sampling = Sampling(max_tokens=64, temperature=2.0, seed=1, banned=banned)
    generation = engine.do(engine.talk(2, (60, 60)).turn(engine.policy, sampling))
    assert not set(generation.token_ids) & set(banned)
    only = Sampling(max_tokens=3, banned=tuple(i for i in range(WORDS) if i != 77))
    generation = engine.do(engine.talk(2, (60, 60)).turn(engine.policy, only))
    assert set(generation.token_ids) <= {77, *range(WORDS, 2000)}
    assert max(generation.logprobs) < -1  # the mass of what is banned is not given to the rest


def test_seeds_are_repeated_whatever_goes_on_beside(engine: Running) -> None:
    async def tokens(seed: int, picture: int) -> tuple[int, ...]:
        generation = await engine.talk(picture, (90, 90)).turn(
            engine.policy, Sampling(max_tokens=24, seed=seed)
        )
        return generation.token_ids

    async def in_company() -> tuple[int, ...]:
        sizes = ((1400, 1000), (1200, 1100))
        beside = [
            engine.talk(n, *sizes).turn(engine.policy, Sampling(max_tokens=4, seed=n)) for n in range(9)
        ]
        return (await asyncio.gather(*beside, tokens(11, 3)))[-1]

    alone = engine.do(tokens(11, 3))
    assert engine.do(tokens(11, 3)) == alone
    assert engine.do(tokens(12, 3)) != alone
    if engine.policy.settings.options["dtype"] == "float32":
        assert engine.do(in_company()) == alone


def test_temperature_zero_takes_the_likeliest(engine: Running) -> None:
    talk = engine.talk(4, (90, 120))
    first = engine.do(talk.turn(engine.policy, Sampling(max_tokens=8, temperature=0.0)))
    other = engine.do(talk.turn(engine.policy, Sampling(max_tokens=8, temperature=1.0, top_k=1)))
    assert first.token_ids == other.token_ids


def test_stop_texts_end_a_turn_and_stay_in_it(engine: Running) -> None:
    talk = engine.talk(6, (80, 80))
    sampling = Sampling(max_tokens=32, seed=21)
    whole = engine.do(talk.turn(engine.policy, sampling)).token_ids
    word = next(
        text for token in whole[4:] if len(text := engine.codec.text([token]).strip()) > 1 and text.isascii()
    )
    stopped = engine.do(talk.turn(engine.policy, Sampling(max_tokens=32, seed=21, stop=(word,))))
    assert stopped.finish_reason == "stop"
    assert stopped.token_ids == whole[: len(stopped.token_ids)]
    assert word in engine.codec.text(stopped.token_ids)
    assert word not in engine.codec.text(stopped.token_ids[:-1])
    assert len(stopped.logprobs) == len(stopped.token_ids) < len(whole)


def test_an_aborted_turn_keeps_its_tokens(engine: Running) -> None:
    talk = engine.talk(8, (100, 100))

    async def aborted(after_s: float) -> Any:
        never = (engine.codec.close_id,)
        task = asyncio.ensure_future(
            talk.turn(engine.policy, Sampling(max_tokens=3500, seed=1, banned=never), key="long")
        )
        await asyncio.sleep(after_s)
        engine.policy.abort("long")
        engine.policy.abort("nobody")
        return await ended(task, 5.0)

    generation = engine.do(aborted(1.0))
    assert generation.finish_reason == "abort"
    assert 0 < len(generation.token_ids) == len(generation.logprobs) < 3500
    assert list(generation.prompt_ids) == talk.train_ids
    for after_s in (0.0, 0.005, 0.02):
        assert engine.do(aborted(after_s)).finish_reason == "abort"
    assert engine.do(talk.turn(engine.policy, Sampling(max_tokens=4), key="long")).finish_reason == "length"


def test_a_cancelled_turn_is_not_sampled_on(engine: Running) -> None:
    async def cancelled() -> int:
        never = (engine.codec.close_id,)  # or chance might end it first
        task = asyncio.ensure_future(
            engine.talk(9, (100, 100)).turn(engine.policy, Sampling(max_tokens=3500, banned=never))
        )
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.2)
        return engine.policy._engine.get_num_unfinished_requests()

    assert engine.do(cancelled()) == 0


def test_a_picture_that_the_core_never_got_is_sent_again(engine: Running) -> None:
    """As it is after a turn that was cancelled just when its pictures were ready."""
    talk = engine.talk(19, (200, 200), (90, 90))

    async def forgotten() -> None:
        from eyesmith.agents.engines.vllm_engine import _pictures

        asked = {"image": _pictures(talk.images)}, {"image": [image.sha256 for image in talk.images]}
        await engine.policy._engine.renderer.render_cmpl_async(
            [
                {
                    "prompt_token_ids": talk.engine_ids,
                    "multi_modal_data": asked[0],
                    "multi_modal_uuids": asked[1],
                }
            ]
        )

    engine.do(forgotten())
    generation = engine.do(talk.turn(engine.policy, Sampling(max_tokens=4)))
    assert list(generation.prompt_ids) == talk.train_ids
    assert generation.finish_reason in ("stop", "length")


def test_two_turns_of_one_key_are_refused(engine: Running) -> None:
    async def twice() -> None:
        first = asyncio.ensure_future(
            engine.talk(9, (99, 99)).turn(engine.policy, Sampling(max_tokens=50), "same")
        )
        await asyncio.sleep(0.02)
        with pytest.raises(UsageError, match="keys are unique"):
            await engine.talk(9, (99, 99)).turn(engine.policy, Sampling(), "same")
        await ended(first)

    engine.do(twice())


def test_what_does_not_fit(engine: Running) -> None:
    assert engine.policy.context == CONTEXT
    talk = Talk(engine.codec)
    talk.engine_ids += [300] * (CONTEXT - len(talk.engine_ids) - 1)
    last = engine.do(talk.turn(engine.policy, Sampling(max_tokens=10, banned=(engine.codec.close_id,))))
    assert (last.finish_reason, len(last.token_ids)) == ("length", 1)
    talk.engine_ids.append(300)
    full = engine.do(talk.turn(engine.policy, Sampling()))
    assert (full.finish_reason, full.token_ids, full.prompt_ids) == ("context", (), None)
    # Where the arithmetic is not to be trusted the engine itself says so.
    unknown = TokenPrompt(key="unknown", engine_ids=talk.engine_ids)
    assert engine.do(engine.policy.generate(unknown, [], Sampling())).finish_reason == "context"


def test_what_the_engine_refuses_ends_that_turn_alone(engine: Running) -> None:
    with pytest.raises(EngineError, match="vLLM"):
        engine.do(
            engine.policy.generate(TokenPrompt(key="x", engine_ids=[5, 10**6]), [], Sampling(max_tokens=1))
        )
    picture = noise(np.random.default_rng(0), 30, 30)
    with pytest.raises(EngineError, match="vLLM"):  # a picture without its pad
        engine.do(engine.policy.generate(TokenPrompt(key="x", engine_ids=[5, 6]), [picture], Sampling()))
    assert engine.do(Talk(engine.codec).turn(engine.policy, Sampling(max_tokens=1))).finish_reason == "length"


def test_a_temperature_that_vllm_does_not_take(engine: Running) -> None:
    with pytest.raises(UsageError, match="temperature must be in"):
        engine.do(Talk(engine.codec).turn(engine.policy, Sampling(temperature=2.5)))


def test_nothing_is_left_in_the_environment(engine: Running) -> None:
    assert not [name for name in VARIABLES if name in os.environ]


def test_a_turn_that_takes_too_long(engine: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.policy, "settings", replace(engine.policy.settings, timeout_s=0.3))
    with pytest.raises(EngineError, match=r"within 0\.3 s"):
        engine.do(
            Talk(engine.codec).turn(engine.policy, Sampling(max_tokens=3500, banned=(engine.codec.close_id,)))
        )


def test_a_killed_engine_is_started_again(engine: Running) -> None:
    """The last test of each engine."""
    talk, sampling = engine.talk(10, (100, 100)), Sampling(max_tokens=8, seed=5)
    before = engine.do(talk.turn(engine.policy, sampling))

    async def killed() -> list[Any]:
        long = Sampling(max_tokens=3500, banned=(engine.codec.close_id,))
        turns = [asyncio.ensure_future(engine.talk(n, (90, 90)).turn(engine.policy, long)) for n in range(4)]
        await asyncio.sleep(1.0)
        [core] = processes()
        os.kill(core, signal.SIGKILL)
        return await ended(asyncio.gather(*turns, return_exceptions=True))

    failures = engine.do(killed())
    assert [type(each) for each in failures] == [EngineError] * 4

    async def again() -> list[Any]:
        return await asyncio.gather(*(talk.turn(engine.policy, sampling) for _ in range(4)))

    if engine.policy.settings.options["dtype"] == "float32":
        assert {each.token_ids for each in engine.do(again())} == {before.token_ids}
        assert len(processes()) == 1
        assert engine.policy._restarts == 1
        engine.do(killed())
    engine.policy._restarts = MOST_RESTARTS
    deadline = time.monotonic() + 10
    while not engine.policy._engine.errored and time.monotonic() < deadline:
        engine.do(asyncio.sleep(0.1))
    with pytest.raises(EngineError, match=f"died {MOST_RESTARTS + 1} times"):
        engine.do(talk.turn(engine.policy, sampling))
