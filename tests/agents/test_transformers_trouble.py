"""The backend `transformers` when turns are broken off, models fail and callers err."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyesmith.agents.codec import TurnCodec
from eyesmith.agents.policy import EngineSettings, Sampling, TokenPrompt, make_policy
from eyesmith.errors import EngineError, MissingExtraError, UsageError

torch = pytest.importorskip("torch", reason="needs torch: make test-vllm")
pytest.importorskip("transformers", reason="needs transformers: make test-vllm")

from eyesmith.agents.engines import local_model, transformers_engine  # noqa: E402 after the skip

from .models import engine, same, sampled, talks, tiny_model  # noqa: E402
from .tiny import Talk, ended, noise  # noqa: E402

pytestmark = pytest.mark.torch
EYES = "qwen3_vl"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    return lambda kind: tiny_model(kind, tmp_path_factory)


# -- ends from outside


def test_an_aborted_turn_keeps_its_tokens(folders):
    folder = folders("qwen3")

    async def play() -> None:
        async with engine(folder, max_batch=2) as policy:
            first, second, third = talks(folder, 3)
            how = Sampling(max_tokens=1000, seed=4, banned=(first.codec.close_id,))
            running = [
                asyncio.create_task(talk.turn(policy, how, str(i))) for i, talk in enumerate((first, second))
            ]
            await sampled(policy, "0", 5)
            queued = asyncio.create_task(third.turn(policy, how, "queued"))
            await asyncio.sleep(0.02)
            policy.abort("queued")
            policy.abort("nobody")
            waited = await ended(queued)
            assert (waited.token_ids, waited.finish_reason) == ((), "abort")
            assert not any(task.done() for task in running)

            policy.abort("0")
            part = await ended(running[0])
            assert part.finish_reason == "abort"
            assert 5 <= len(part.token_ids) == len(part.logprobs) < 1000
            assert not running[1].done(), "its neighbour goes on"
            policy.abort("1")
            await ended(running[1])
            whole = await first.turn(policy, Sampling(max_tokens=8, seed=4, banned=(first.codec.close_id,)))
            assert part.token_ids[:5] == whole.token_ids[:5]

    asyncio.run(play())


def test_a_cancelled_turn_and_one_out_of_time_make_room(folders):
    folder = folders("qwen3")

    async def play() -> None:
        async with engine(folder, max_batch=1, timeout_s=0.4) as policy:
            (talk,) = talks(folder, 1)
            endless = Sampling(max_tokens=5000, banned=(talk.codec.close_id,))
            task = asyncio.create_task(talk.turn(policy, endless, "gone"))
            await sampled(policy, "gone", 2)
            rows = [policy._asked["gone"]]
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            task = asyncio.create_task(talk.turn(policy, endless, "late"))
            await sampled(policy, "late", 1)
            rows.append(policy._asked["late"])
            with pytest.raises(EngineError, match=r"0\.4 s"):
                await task
            policy.settings = EngineSettings(model=str(folder), backend="transformers")
            assert len((await talk.turn(policy, Sampling(max_tokens=2))).token_ids) <= 2
            assert [row.finish for row in rows] == ["abort"] * 2
            assert not policy._asked
            assert not policy._waiting

    asyncio.run(play())


def test_close_ends_what_runs_and_what_waits(folders):
    folder = folders("qwen3")

    async def play() -> None:
        async with engine(folder, max_batch=1) as policy:
            (talk,) = talks(folder, 1)
            endless = Sampling(max_tokens=5000, banned=(talk.codec.close_id,))
            tasks = [asyncio.create_task(talk.turn(policy, endless, str(i))) for i in range(3)]
            await sampled(policy, "0", 2)
            thread = policy._thread
            await policy.close()
            ends = [await ended(task) for task in tasks]
            assert [end.finish_reason for end in ends] == ["abort"] * 3
            assert [bool(end.token_ids) for end in ends] == [True, False, False]
            assert not thread.is_alive()
            await policy.close()
            with pytest.raises(UsageError, match="start"):
                await talk.turn(policy, endless)

    asyncio.run(play())


# -- failures


def test_an_error_of_the_model_breaks_its_batch_only(folders, monkeypatch):
    folder = folders(EYES)

    async def play() -> None:
        async with engine(folder) as policy:
            some, how = talks(folder), Sampling(max_tokens=4, seed=0)
            expected = [await talk.turn(policy, how) for talk in some]
            with monkeypatch.context() as broken:

                def fail(**inputs: Any) -> None:
                    raise RuntimeError("CUDA error: the cat is on the keyboard\nmore")

                broken.setattr(policy._model._model, "generate", fail)
                ends = await asyncio.gather(*(t.turn(policy, how) for t in some), return_exceptions=True)
            assert [type(end) for end in ends] == [EngineError] * len(some)
            assert "the cat is on the keyboard)" in str(ends[0])
            for talk, wanted in zip(some, expected, strict=True):
                same(await talk.turn(policy, how), wanted)

    asyncio.run(play())


def test_when_memory_runs_out_fewer_are_sampled_together(folders, monkeypatch, caplog):
    folder, most = folders(EYES), [2]

    async def play() -> None:
        async with engine(folder) as policy:
            some, how = talks(folder, 6), Sampling(max_tokens=6, seed=2)
            expected = [await talk.turn(policy, how) for talk in some]
            monkeypatch.setattr(transformers_engine, "GATHER_S", 1.0)
            policy._max_batch = 6
            generate = policy._model._model.generate
            sizes = []

            def tight(**inputs: Any) -> Any:
                sizes.append(len(inputs["input_ids"]))
                if sizes[-1] > most[0]:
                    # What was sampled so far is sampled again.
                    generate(**(inputs | {"stopping_criteria": [*inputs["stopping_criteria"], After(2)]}))
                    raise torch.OutOfMemoryError("CUDA out of memory")
                return generate(**inputs)

            monkeypatch.setattr(policy._model._model, "generate", tight)
            found = await asyncio.gather(*(talk.turn(policy, how) for talk in some))
            assert sizes == [6, 3, 1, 1, 1, 1, 1, 1]
            for one, wanted in zip(found, expected, strict=True):
                same(one, wanted)
            assert "at most 3" in caplog.text
            most[0] = 0
            with pytest.raises(EngineError, match="does not fit"):
                await some[0].turn(policy, how)

    asyncio.run(play())


class After:
    """Stops every row after some tokens."""

    def __init__(self, tokens: int) -> None:
        self.left = tokens

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        self.left -= 1
        return torch.full((len(input_ids),), self.left <= 0)


def test_prompts_that_the_model_would_misread_are_refused_alone(folders):
    folder = folders(EYES)

    async def play() -> None:
        async with engine(folder) as policy:
            rng, codec = np.random.default_rng(0), TurnCodec.load(str(folder))
            wide, tall = noise(rng, 64, 320), noise(rng, 256, 64)
            talk, how = Talk(codec, [wide, tall]), Sampling(max_tokens=3)
            ids, pad = talk.train_ids, codec.banned[0]
            cases = [
                (ids, [tall, wide], "runs of"),
                (ids, [wide], "1 runs"),
                (talk.engine_ids, [wide, tall], r"2 runs of \[1, 1\]"),
                ([i for i in ids if i != pad], [wide, tall], "no run of image pads"),
                (ids, [], "no run"),
                ([*ids, 10**6], [wide, tall], "another tokenizer"),
                ([-1, *ids], [wide, tall], "another tokenizer"),
                ([], [], "train_ids are empty"),
                (ids, [wide, noise(rng, 1, 300)], "cannot take a picture"),
            ]
            turns = [
                policy.generate(TokenPrompt(key=f"case-{i}", train_ids=case[0]), case[1], how)
                for i, case in enumerate(cases)
            ]
            good, *ends = await asyncio.gather(talk.turn(policy, how), *turns, return_exceptions=True)
            assert good.finish_reason in ("stop", "length")
            for (*_, text), end in zip(cases, ends, strict=True):
                assert isinstance(end, EngineError), end
                with pytest.raises(EngineError, match=text):
                    raise end
        async with engine(folders("qwen3")) as blind:
            with pytest.raises(EngineError, match="no eyes"):
                await blind.generate(TokenPrompt(key="seen", train_ids=[1, 2]), [wide], how)

    asyncio.run(play())


def test_a_caller_is_told_what_to_mend(folders, tmp_path, monkeypatch):
    folder = folders("qwen3")
    settings = EngineSettings(model=str(folder), backend="transformers")

    def made(**options: Any) -> Any:
        return make_policy(EngineSettings(model=str(folder), backend="transformers", options=options))

    for options, text in (
        ({"max_bach": 3}, "Did you mean 'max_batch'"),
        ({"max_batch": 0}, "at least 1"),
        ({"max_batch": True}, "at least 1"),
        ({"device": 3}, "takes a text"),
    ):
        with pytest.raises(UsageError, match=text):
            made(**options)
    for options, text in (
        ({"dtype": "float12"}, "bfloat16"),
        ({"device": "toaster"}, "toaster"),
        ({"attn_implementation": "none such"}, "cannot be loaded"),
    ):
        with pytest.raises(UsageError, match=text):
            asyncio.run(made(**options).start())
    for changed, text in (
        ({"model": str(tmp_path)}, "cannot be loaded"),
        ({"context": 10**6}, "8192 tokens"),
    ):
        policy = make_policy(EngineSettings(**({"model": str(folder), "backend": "transformers"} | changed)))
        with pytest.raises(UsageError, match=text):
            asyncio.run(policy.start())
    with pytest.raises(UsageError, match="start"):
        asyncio.run(talks(folder, 1)[0].turn(make_policy(settings), Sampling()))

    async def twice() -> None:
        async with engine(folder) as policy:
            talk = talks(folder, 1)[0]
            task = asyncio.create_task(talk.turn(policy, Sampling(max_tokens=500), "key"))
            await sampled(policy, "key", 1)
            with pytest.raises(UsageError, match="unique"):
                await talk.turn(policy, Sampling(), "key")
            task.cancel()

    asyncio.run(twice())
    with monkeypatch.context() as bare:
        bare.setattr(transformers_engine, "find_spec", lambda name: None if name == "torch" else True)
        with pytest.raises(MissingExtraError, match=r'needs torch: pip install "eyesmith\[hf\]"'):
            make_policy(settings)
    with monkeypatch.context() as bare:
        bare.setattr(local_model, "find_spec", lambda name: None)
        with pytest.raises(MissingExtraError, match="pip install peft"):
            asyncio.run(made(adapter=str(tmp_path)).start())
    with monkeypatch.context() as trap:

        def broken(name: str, package: str) -> None:
            raise RuntimeError("operator torchvision::nms does not exist")

        trap.setattr(transformers_engine, "import_module", broken)
        with pytest.raises(MissingExtraError, match="doctor"):
            asyncio.run(make_policy(settings).start())
