"""Adapters: the engine gets whole weights, the model beneath stays as it was."""

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test-vllm")
pytest.importorskip("peft", reason="needs peft: make test-vllm")

from eyesmith.agents import CollectConfig  # noqa: E402
from eyesmith.agents.grpo_checkpoint import Checkpoints, Saved  # noqa: E402
from eyesmith.agents.grpo_config import GrpoConfig  # noqa: E402
from eyesmith.agents.grpo_learner import Learner  # noqa: E402
from eyesmith.agents.grpo_rows import Row  # noqa: E402

from .models import tiny_model  # noqa: E402

pytestmark = pytest.mark.torch

ROWS = [
    Row([5, 6, 7, 8, 9], [0, 0, 1, 1, 1], [0.0, 0.0, -6.0, -6.0, -6.0], [0.0, 0.0, own, own, own], [])
    for own in (1.0, -0.5)
]


def made(folder: Path, **over: Any) -> Learner:
    collect = CollectConfig(env="eyesmith/ZoomQA-v0", model=str(folder), backend="transformers", context=512)
    asked = {"lora_rank": 4, "learning_rate": 1e-2, "kl": 0.1, "device": "cpu"}
    return Learner(GrpoConfig(collect=collect, **asked | over))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model("qwen2_5_vl", tmp_path_factory)


def test_adapters_are_merged_for_the_engine_and_the_model_is_as_it_was(folder: Path, tmp_path: Path) -> None:
    whole = dict(made(folder, lora_rank=0, kl=0.0).tensors())
    learner = made(folder)
    before = {name: weight.clone() for name, weight in learner.tensors().items()}
    assert before.keys() == whole.keys()
    assert all(torch.equal(before[name], whole[name]) for name in whole), "a new adapter adds nothing"
    for step in range(2):  # the first one moves only one half of an adapter
        learner.update(ROWS, None, step=step)  # type: ignore[arg-type]
    after = dict(learner.tensors())
    moved = {name for name in whole if not torch.equal(after[name], before[name])}
    assert moved
    assert all("language_model.layers" in name and name.endswith("_proj.weight") for name in moved)
    reference = learner._reference_scores(ROWS, None)  # type: ignore[arg-type]
    plain = made(folder, lora_rank=0, kl=0.0).scores(ROWS, None)  # type: ignore[arg-type]
    torch.testing.assert_close(reference.detach(), plain)
    # What is written is whole, and computes what the adapters do.
    learner.save(tmp_path / "model")
    again = made(tmp_path / "model", lora_rank=0, kl=0.0)
    torch.testing.assert_close(again.scores(ROWS, None), learner.scores(ROWS, None), rtol=0, atol=1e-5)  # type: ignore[arg-type]


def test_a_checkpoint_holds_the_adapters_alone(folder: Path, tmp_path: Path) -> None:
    learner = made(folder)
    learner.update(ROWS, None, step=0)  # type: ignore[arg-type]
    weights, optimizer = learner.state()
    Checkpoints(tmp_path, 1).save(Saved(1, weights, optimizer, {}), learner.save)
    saved = Checkpoints(tmp_path, 1).newest()
    assert saved is not None
    assert all("lora_" in name for name in saved.weights)
    other = made(folder)
    other.restore(saved.weights, saved.optimizer)
    for one in (learner, other):
        one.update(ROWS, None, step=1)  # type: ignore[arg-type]
    assert all(
        torch.equal(a, b) for a, b in zip(learner.state()[0].values(), other.state()[0].values(), strict=True)
    )
