"""New weights while vLLM runs: what it samples is theirs, and nothing of the old ones is left."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyesmith.agents import CollectConfig
from eyesmith.agents.grpo import train
from eyesmith.agents.grpo_config import GrpoConfig
from eyesmith.agents.policy import Sampling
from eyesmith.trajectories.run import Run

from .models import taught_model, tiny_model
from .tiny import Talk, recomputed
from .vllm_runs import Running, processes, run_engine

pytest.importorskip("vllm", reason="needs vLLM: make test-vllm")
pytestmark = [
    pytest.mark.vllm,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

TOLERANCE = 0.02


class Noisy:
    """The weights of a folder, every one moved; saved where it is asked to."""

    def __init__(self, folder: Path, version: int) -> None:
        import torch
        from transformers import AutoModelForImageTextToText

        self.version, self._folder = version, folder
        self._model: Any = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
        chance = torch.Generator().manual_seed(version)
        with torch.no_grad():
            for weight in self._model.parameters():
                weight.add_(0.05 * torch.randn(weight.shape, generator=chance))

    def tensors(self) -> dict[str, Any]:
        return dict(self._model.named_parameters())

    def save(self, folder: Path) -> None:
        from shutil import copytree

        copytree(self._folder, folder, dirs_exist_ok=True)
        self._model.save_pretrained(folder)


@pytest.fixture(scope="module", params=["qwen2_5_vl", "qwen3_vl"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from run_engine(tiny_model(request.param, tmp_path_factory), dtype="float32")


def test_what_is_sampled_after_is_of_the_new_weights(engine: Running, tmp_path: Path) -> None:
    talk, sampling = engine.talk(3, (150, 400), (90, 90)), Sampling(max_tokens=16, seed=5)

    def gap(folder: Path) -> float:
        generation = engine.do(talk.turn(engine.policy, sampling))
        return np.abs(np.array(generation.logprobs) - recomputed(folder, talk, generation)).max()

    assert gap(engine.folder) < TOLERANCE
    for version in (1, 2):
        weights = Noisy(engine.folder, version)
        weights.save(tmp_path / str(version))
        engine.do(engine.policy.update_weights(weights))
        assert engine.policy.weight_version == version
        generation = engine.do(talk.turn(engine.policy, sampling))
        assert generation.weight_version == version
        assert generation.cached_tokens == 0, "prompts are read anew"
        assert gap(tmp_path / str(version)) < TOLERANCE
        assert gap(engine.folder) > 10 * TOLERANCE or version == 0


def test_an_engine_that_dies_comes_back_with_them(engine: Running, tmp_path: Path) -> None:
    import os
    import signal

    weights = Noisy(engine.folder, 7)
    weights.save(tmp_path / "new")
    engine.do(engine.policy.update_weights(weights))
    (core,) = processes()
    os.kill(core, signal.SIGKILL)
    talk = engine.talk(3, (150, 400))
    generation = engine.do(eventually(engine, talk))
    assert generation.weight_version == 7
    told = np.array(generation.logprobs)
    assert np.abs(told - recomputed(tmp_path / "new", talk, generation)).max() < TOLERANCE


async def eventually(engine: Running, talk: Talk) -> Any:
    import asyncio

    from eyesmith.errors import EngineError

    for _ in range(20):
        try:
            return await talk.turn(engine.policy, Sampling(max_tokens=8, seed=1))
        except EngineError:
            await asyncio.sleep(0.5)
    raise AssertionError("the engine did not come back")


def test_a_training_step_with_vllm(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = taught_model("qwen2_5_vl", tmp_path_factory)
    collect = CollectConfig(
        env="eyesmith/ZoomQA-v0",
        env_kwargs={"kind": "swatch", "difficulty": 1, "max_turns": 3},
        model=str(folder),
        backend="vllm",
        engine={"kv_cache_memory_bytes": 256 << 20, "dtype": "float32"},
        context=4096,
        episodes=8,
        group=4,
        concurrency=8,
        max_tokens=64,
    )
    config = GrpoConfig(
        collect=collect, steps=2, tasks=2, learning_rate=1e-4, kl=0.1, eval_episodes=0, device="cpu"
    )
    report = train(config, tmp_path / "run")
    assert [line["weight_version"] for line in report.lines] == [1, 2]
    # The trainer agrees with the engine about what it was that sampled.
    assert all(abs(line["importance"] - 1) < TOLERANCE for line in report.lines)
    second = Run.open(tmp_path / "run" / "steps" / "step-00001").episodes()
    assert {turn.weight_version for episode in second for turn in episode.turns} == {1}
