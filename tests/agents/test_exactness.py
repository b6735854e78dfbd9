"""What is recorded is what the engine sampled from: 64 episodes, a new picture at every turn, 32 at once."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from eyesmith.agents import CollectConfig
from eyesmith.agents.collection import collecting
from eyesmith.agents.loop import Model
from eyesmith.agents.models import open_model
from eyesmith.agents.policy import Generation, Policy, Sampling, TokenPrompt
from eyesmith.tools.tool import Image
from eyesmith.trajectories.record import Episode
from eyesmith.trajectories.run import Run

from .tiny import make_tiny

EPISODES, FLIGHT, TURNS = 64, 32, 4
TOLERANCE = 0.02

# What the engine is told beside its defaults. In bfloat16 the log-probabilities differ by 0.016 from float32.
OPTIONS: dict[str, dict[str, Any]] = {
    "transformers": {"dtype": "float32", "threads": 1},
    "vllm": {"kv_cache_memory_bytes": 256 << 20, "dtype": "float32"},
}
BACKENDS = [
    pytest.param("transformers", marks=pytest.mark.torch),
    pytest.param("vllm", marks=pytest.mark.vllm),
]


class Listening:
    """A policy that remembers what went through it."""

    takes_tokens = True

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.settings, self.context, self.weight_version = policy.settings, policy.context, 0
        self.heard: list[tuple[TokenPrompt, Generation]] = []

    async def start(self) -> None: ...

    async def generate(self, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling) -> Generation:
        copy = TokenPrompt(
            key=prompt.key, engine_ids=tuple(prompt.engine_ids), train_ids=tuple(prompt.train_ids)
        )
        generation = await self.policy.generate(prompt, images, sampling)
        self.heard.append((copy, generation))
        return generation

    def abort(self, key: str) -> None:
        self.policy.abort(key)

    async def close(self) -> None: ...


async def collected(
    folder: Path, backend: str, out: Path
) -> tuple[list[tuple[TokenPrompt, Generation]], float]:
    config = CollectConfig(
        env="mirror:mirror/Mirror-v0",
        env_kwargs={"max_turns": TURNS},
        model=str(folder),
        backend=backend,
        engine=OPTIONS[backend],
        context=4096,
        episodes=EPISODES,
        group=4,
        concurrency=FLIGHT,
        max_tokens=12,
        workers=2,
    )
    async with open_model(config, concurrency=FLIGHT, timeout_s=300.0) as model:
        spy = Listening(model.policy)
        listened = Model(spy, model.codec, model.sampling, model.told)
        started = perf_counter()
        report = await collecting(config, out, model=listened)
        seconds = perf_counter() - started
    assert report.statuses == {"truncated": EPISODES}
    return spy.heard, report.turns / seconds


def turns_of(
    episode: Episode, heard: dict[tuple[int, ...], tuple[TokenPrompt, Generation]]
) -> list[tuple[TokenPrompt, Generation]]:
    """What the engine was asked in an episode, found by its last sequence of ids."""
    whole = (*episode.prompt_ids, *episode.completion_ids)
    found = []
    for ids, (prompt, generation) in heard.items():
        if whole[: len(ids)] == ids:
            found.append((prompt, generation))
    return sorted(found, key=lambda pair: len(pair[0].train_ids))


@pytest.mark.parametrize("kind", ["qwen2_5_vl", "qwen3_vl"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_64_episodes_with_a_picture_at_every_turn(
    backend: str, kind: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    pytest.importorskip(backend, reason="needs vLLM: make test-vllm" if backend == "vllm" else "make test")
    folder = make_tiny(kind, tmp_path / kind)
    heard, turns_per_s = asyncio.run(collected(folder, backend, tmp_path / "run"))
    record_property("turns_per_s", round(turns_per_s, 1))
    print(f"{backend} {kind}: {turns_per_s:.1f} turns/s at {FLIGHT} episodes in flight")
    by_ids = {(*g.prompt_ids, *g.token_ids): (p, g) for p, g in heard if g.prompt_ids is not None}
    assert len(by_ids) == len(heard) == EPISODES * TURNS
    run = Run.open(tmp_path / "run")
    episodes = list(run.episodes())
    assert len(episodes) == EPISODES

    for episode in episodes:
        assert episode.token_exact is True
        assert not episode.segments
        turns = turns_of(episode, by_ids)
        assert len(turns) == TURNS == len(episode.turns)
        whole = [*episode.prompt_ids, *episode.completion_ids]
        mask = [0] * len(episode.prompt_ids) + list(episode.loss_mask)
        before: list[int] = []
        for (prompt, generation), record in zip(turns, episode.turns, strict=True):
            seen, sampled = list(generation.prompt_ids or ()), list(generation.token_ids)
            assert seen == list(prompt.train_ids) == whole[: len(seen)]
            assert seen[: len(before)] == before, "a prompt starts with all that was before"
            assert whole[len(seen) : len(seen) + len(sampled)] == sampled
            assert mask[len(before) : len(seen)] == [0] * (len(seen) - len(before))
            assert mask[len(seen) : len(seen) + len(sampled)] == [1] * len(sampled)
            told = episode.logprobs[len(seen) - len(episode.prompt_ids) :][: len(sampled)]
            np.testing.assert_allclose(told, generation.logprobs or [], rtol=0, atol=1e-6)
            assert (record.n_prompt, record.n_completion) == (len(seen), len(sampled))
            before = seen + sampled
        assert before == whole
        # The last picture came with the end and is in no prompt.
        assert len(episode.image_spans) == TURNS == len(episode.image_hashes) - 1
        pad = turns[0][0].engine_ids  # engine ids: one pad a picture and all else alike
        assert episode.engine_ids[: len(pad)] == list(pad)
        assert len(whole) - len(episode.engine_ids) == sum(span.length - 1 for span in episode.image_spans)

    again = recomputing(folder, run)
    worst = max(again(episode) for episode in episodes)
    record_property("logprob_difference", worst)
    print(f"{backend} {kind}: recomputed log-probabilities differ by at most {worst:.2g}")
    assert worst <= TOLERANCE


def recomputing(folder: Path, run: Run) -> Callable[[Episode], float]:
    """Tells the largest difference of recorded and recomputed log-probabilities of an episode's samples."""
    import torch
    from PIL import Image as Pillow
    from transformers import AutoImageProcessor, AutoModelForImageTextToText

    model: Any = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    processor = AutoImageProcessor.from_pretrained(folder)

    def difference(episode: Episode) -> float:
        ids = [*episode.prompt_ids, *episode.completion_ids]
        hashes = [episode.image_hashes[span.image] for span in episode.image_spans]
        shown = [Pillow.fromarray(run.image(sha).decode()) for sha in hashes]
        inputs = dict(processor(shown, return_tensors="pt"))
        pad = ids[episode.image_spans[0].offset]
        inputs["mm_token_type_ids"] = torch.tensor([[int(each == pad) for each in ids]])
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([ids]), **inputs).logits[0].float()
        start = len(episode.prompt_ids)
        told = torch.log_softmax(logits[start - 1 : -1], dim=-1)
        again = told.gather(1, torch.tensor(episode.completion_ids)[:, None])[:, 0].numpy()
        sampled = np.asarray(episode.loss_mask, bool)
        return float(np.abs(again - np.asarray(episode.logprobs))[sampled].max())

    return difference
