"""The backend `transformers` on tiny models: exact, whatever is sampled beside it."""

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyesmith.agents.codec import TurnCodec
from eyesmith.agents.policy import Generation, Sampling
from eyesmith.errors import UsageError

torch = pytest.importorskip("torch", reason="needs torch: make test-vllm")
pytest.importorskip("transformers", reason="needs transformers: make test-vllm")

from eyesmith.agents.engines import local_model, transformers_engine  # noqa: E402 after the skip

from .models import KINDS, SIZES, engine, same, talks, tiny_model  # noqa: E402
from .tiny import Talk, noise, recomputed  # noqa: E402

pytestmark = pytest.mark.torch
EYES = "qwen3_vl"
RECOMPUTED = 1e-3


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    return lambda kind: tiny_model(kind, tmp_path_factory)


# -- exact


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_samples_what_each_turn_samples_alone(kind, folders, monkeypatch):
    folder, batches = folders(kind), []
    run = local_model.LocalModel.run
    monkeypatch.setattr(
        local_model.LocalModel, "run", lambda self, rows: (batches.append(len(rows)), run(self, rows))[1]
    )

    monkeypatch.setattr(transformers_engine, "GATHER_S", 1.0)

    async def play() -> tuple[list[Talk], list[Generation], list[Generation]]:
        async with engine(folder, max_batch=6) as policy:
            open_talks = talks(folder, 6)
            hows = [Sampling(max_tokens=12 + 3 * i, seed=i, temperature=0.5 * i) for i in range(6)]
            pairs = list(zip(open_talks, hows, strict=True))
            together = await asyncio.gather(*(talk.turn(policy, how) for talk, how in pairs))
            policy._max_batch = 1
            alone = [await talk.turn(policy, how) for talk, how in pairs]
            return open_talks, together, alone

    open_talks, together, alone = asyncio.run(play())
    assert batches == [6, *[1] * 6]
    for talk, one, other in zip(open_talks, together, alone, strict=True):
        same(one, other)
        assert list(one.prompt_ids or ()) == talk.train_ids
        assert (one.cached_tokens, one.weight_version) == (0, 0)
        # One pass over the whole sequence, unpadded: positions of pads and pictures are right.
        again = recomputed(folder, talk, one)
        np.testing.assert_allclose(one.logprobs, again, rtol=0, atol=RECOMPUTED)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_conversation_grows_by_what_was_sampled(kind, folders):
    folder = folders(kind)

    async def play() -> None:
        async with engine(folder) as policy:
            rng, (talk,) = np.random.default_rng(5), talks(folder, 1)
            before: list[int] = []
            for turn in range(4):
                generation = await talk.turn(policy, Sampling(max_tokens=16, seed=turn))
                ids = list(generation.prompt_ids or ())
                assert ids == talk.train_ids
                assert ids[: len(before)] == before
                again = recomputed(folder, talk, generation)
                np.testing.assert_allclose(generation.logprobs, again, rtol=0, atol=RECOMPUTED)
                before = [*ids, *generation.token_ids]
                talk.add(generation, noise(rng, *SIZES[turn]))

    asyncio.run(play())


def test_pictures_are_seen_and_kept(folders, monkeypatch):
    folder, made = folders(EYES), []
    make = local_model.LocalModel._made
    monkeypatch.setattr(
        local_model.LocalModel, "_made", lambda self, image: (made.append(image.sha256), make(self, image))[1]
    )

    async def play(room: int) -> list[Generation]:
        monkeypatch.setattr(local_model, "CACHE_BYTES", room)
        made.clear()
        async with engine(folder) as policy:
            codec, rng = TurnCodec.load(str(folder)), np.random.default_rng(0)
            pictures = [noise(rng, 64, 64) for _ in range(3)]
            how = Sampling(max_tokens=3, temperature=0.0)
            return [await Talk(codec, [pictures[i]]).turn(policy, how) for i in (0, 1, 2, 0)]

    found = asyncio.run(play(1 << 30))
    assert len(made) == len(set(made)) == 3
    assert found[0] == found[3]
    assert len({generation.logprobs for generation in found}) == 3
    assert asyncio.run(play(1)) == found
    assert len(made) == 4, "the first picture had made room"


def test_the_models_own_habits_do_not_bend_what_is_sampled(folders, tmp_path):
    plain = folders("qwen3")
    bent = shutil.copytree(plain, tmp_path / "bent")
    told = json.loads((bent / "generation_config.json").read_text())
    told |= {
        "repetition_penalty": 1.9,
        "temperature": 0.1,
        "top_k": 2,
        "do_sample": True,
        "max_new_tokens": 3,
    }
    (bent / "generation_config.json").write_text(json.dumps(told))

    async def play(folder: Path) -> Generation:
        async with engine(folder) as policy:
            return await talks(folder, 1)[0].turn(policy, Sampling(max_tokens=20, seed=1))

    same(asyncio.run(play(bent)), asyncio.run(play(plain)))


# -- sampling


def test_seeds_greed_bans_and_stops(folders):
    folder = folders("qwen3")

    async def play() -> None:
        async with engine(folder) as policy:
            (talk,) = talks(folder, 1)
            codec = talk.codec

            async def turn(**how: Any) -> Generation:
                return await talk.turn(policy, Sampling(**({"max_tokens": 12} | how)))

            assert (await turn(seed=1)).token_ids == (await turn(seed=1)).token_ids
            assert len({(await turn(seed=seed)).token_ids for seed in range(4)}) == 4
            assert (await turn()).token_ids != (await turn()).token_ids

            greedy = await turn(temperature=0.0)
            ids = torch.tensor([[*talk.train_ids, *greedy.token_ids]])
            logits = policy._model._model(input_ids=ids).logits[0, len(talk.train_ids) - 1 : -1]
            logits[:, list(codec.banned)] = -float("inf")
            assert logits.argmax(-1).tolist() == list(greedy.token_ids)

            first = greedy.token_ids[0]
            other = await turn(temperature=0.0, banned=(first,))
            assert other.token_ids[0] == logits[0].argsort(descending=True)[1]
            assert first not in other.token_ids
            assert (await turn(top_k=1, seed=9)).token_ids == greedy.token_ids

            close = codec.close_id
            rest = tuple(i for i in range(policy._model._vocabulary) if i != close)
            closed = await turn(banned=rest)
            assert (closed.token_ids, closed.finish_reason) == ((close,), "stop")
            assert closed.logprobs is not None
            assert closed.logprobs[0] < -1.0, "raw: the bans do not show"

            free = await turn(seed=3, banned=(close,))
            assert (len(free.token_ids), free.finish_reason) == (12, "length")
            pieces = [codec.text([i]) for i in free.token_ids]
            stop = pieces[4][-1] + pieces[5][0]
            at = next(n for n in range(1, 13) if stop in codec.text(free.token_ids[:n]))
            stopped = await turn(seed=3, banned=(close,), stop=("never said", stop))
            assert (stopped.token_ids, stopped.finish_reason) == (free.token_ids[:at], "stop")

    asyncio.run(play())


def test_no_turn_passes_the_context(folders):
    folder = folders(EYES)

    async def play() -> None:
        talk = talks(folder, 2)[1]
        prompt = len(talk.train_ids)
        for room, reason in ((-1, "context"), (0, "context"), (1, "length"), (7, "length")):
            async with engine(folder, context=prompt + room) as policy:
                assert policy.context == prompt + room
                generation = await talk.turn(policy, Sampling(max_tokens=30, banned=(talk.codec.close_id,)))
                assert generation.finish_reason == reason
                assert len(generation.token_ids) == len(generation.logprobs or ()) == max(room, 0)

    asyncio.run(play())


# -- other weights and devices


def test_an_adapter_is_used(folders, tmp_path):
    peft = pytest.importorskip("peft", reason="needs peft: make test-vllm")
    folder = folders("qwen3")
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    base = AutoModelForCausalLM.from_pretrained(folder)
    config = peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj", "down_proj"], init_lora_weights=False)
    peft.get_peft_model(base, config).save_pretrained(tmp_path / "lora")

    async def play(**options: Any) -> tuple[Talk, Generation]:
        async with engine(folder, **options) as policy:
            (talk,) = talks(folder, 1)
            return talk, await talk.turn(policy, Sampling(max_tokens=12, seed=1))

    talk, adapted = asyncio.run(play(adapter=str(tmp_path / "lora")))
    again = recomputed(folder, talk, adapted, lambda model: model.load_adapter(str(tmp_path / "lora")))
    np.testing.assert_allclose(adapted.logprobs, again, rtol=0, atol=RECOMPUTED)
    _, plain = asyncio.run(play())
    assert plain.logprobs != adapted.logprobs
    with pytest.raises(UsageError, match="folder of a LoRA"):
        asyncio.run(play(adapter=str(tmp_path / "none")))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("kind", KINDS)
def test_on_a_gpu_as_on_a_cpu(kind, folders):
    folder = folders(kind)

    async def play(**options: Any) -> list[Generation]:
        async with engine(folder, **options) as policy:
            how = Sampling(max_tokens=16, seed=3)
            return await asyncio.gather(*(talk.turn(policy, how) for talk in talks(folder, 6)))

    on_gpu = asyncio.run(play(device="cuda"))
    for talk, one in zip(talks(folder, 6), on_gpu, strict=True):
        again = recomputed(folder, talk, one)
        np.testing.assert_allclose(one.logprobs, again, rtol=0, atol=5e-3)
    assert [len(one.token_ids) for one in asyncio.run(play(device="cuda", dtype="bfloat16"))]
