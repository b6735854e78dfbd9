"""Training for real: a tiny model with eyes on ZoomQA, on the CPU; gone on with, killed, refused."""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test")
pytest.importorskip("transformers", reason="needs transformers: make test")

from PIL import Image as Pillow  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

from eyesmith.agents import CollectConfig  # noqa: E402
from eyesmith.agents.grpo import train  # noqa: E402
from eyesmith.agents.grpo_checkpoint import Checkpoints, Saved  # noqa: E402
from eyesmith.agents.grpo_config import GrpoConfig  # noqa: E402
from eyesmith.agents.grpo_groups import groups_of, worths  # noqa: E402
from eyesmith.agents.grpo_learner import Learner  # noqa: E402
from eyesmith.agents.grpo_rows import rows_of  # noqa: E402
from eyesmith.errors import RunError, UsageError  # noqa: E402
from eyesmith.rewards.advantages import grpo  # noqa: E402
from eyesmith.tools.tool import Image  # noqa: E402
from eyesmith.trajectories.record import Component, Episode, ImageSpan, Segment, TurnRecord  # noqa: E402
from eyesmith.trajectories.run import Run  # noqa: E402

from .models import taught_model  # noqa: E402

pytestmark = pytest.mark.torch

ENGINE_GAP = 1e-3  # of log-probabilities in float32, between sampling with a cache and reading at once


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return taught_model("qwen2_5_vl", tmp_path_factory)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the worlds of the tasks are kept, so that they are built once."""
    return tmp_path_factory.mktemp("worlds")


def settings(folder: Path, worlds: Path, **over: Any) -> GrpoConfig:
    collect = CollectConfig(
        env="eyesmith/ZoomQA-v0",
        env_kwargs={"kind": "swatch", "difficulty": 1, "max_turns": 4, "cache_dir": str(worlds)},
        model=str(folder),
        backend="transformers",
        engine={"threads": 1, "dtype": "float32", "device": "cpu"},
        context=4096,
        episodes=8,
        group=4,
        concurrency=1,  # rows that are sampled beside others differ from others by rounding
        max_tokens=64,
        workers=2,
        seed=3,
    )
    asked: dict[str, Any] = {
        "steps": 2,
        "tasks": 2,
        "learning_rate": 2e-4,
        "eval_episodes": 0,
        "device": "cpu",
    }
    # With a divergence to keep small, also a step in which all were equals moves the weights.
    asked |= {"kl": 0.1, "keep": 3, "checkpoint_every": 1}
    return GrpoConfig(collect=collect, **asked | over)


def weights(out: Path, steps: int) -> dict[str, Any]:
    return load_file(out / "checkpoints" / f"step-{steps:05d}" / "weights.safetensors")


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def trained(folder: Path, worlds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "run"
    report = train(settings(folder, worlds, eval_episodes=2), out)
    assert report.steps == 2
    assert [line["step"] for line in report.lines] == [1, 2]
    assert [line["step"] for line in report.evals] == [0, 2]
    return out


def test_two_steps_leave_all_that_is_promised(folder: Path, trained: Path) -> None:
    for name in ("training.json", "log.csv", "evals.csv", "curve.png", "model/config.json"):
        assert (trained / name).stat().st_size > 0
    with Pillow.open(trained / "curve.png") as curve:
        assert curve.size == (900, 520)
    before = dict(Learner(settings(folder, folder)).tensors())
    assert Checkpoints(trained, 3).steps() == [1, 2]
    assert not same(weights(trained, 1), before)
    assert not same(weights(trained, 1), weights(trained, 2))
    # The folder of the model is what was trained, and loads as any model does.
    again = Learner(settings(trained / "model", folder))
    assert same(dict(again.tensors()), weights(trained, 2))


def test_every_episode_is_stamped_with_the_weights_that_played_it(trained: Path) -> None:
    def stamps(folder: str) -> set[int | None]:
        episodes = Run.open(trained / folder).episodes()
        return {turn.weight_version for episode in episodes for turn in episode.turns}

    assert stamps("steps/step-00000") == {0}
    assert stamps("steps/step-00001") == {1}
    assert stamps("evals/step-00002") == {2}


def test_a_task_that_comes_again_is_played_with_other_chance(trained: Path) -> None:
    def said(folder: str) -> dict[tuple[int, int], list[int]]:
        return {(e.task_index, e.sample): e.completion_ids for e in Run.open(trained / folder).episodes()}

    first, second = said("steps/step-00000"), said("steps/step-00001")
    assert first.keys() == second.keys()
    assert first != second


def test_the_learner_reads_what_the_engine_sampled(folder: Path, worlds: Path, trained: Path) -> None:
    """With pictures in the prompt: the log-probabilities of engine and learner are alike."""
    run = Run.open(trained / "steps" / "step-00000")
    episodes = list(run.episodes())
    rows = [row for e in episodes for row in rows_of(e, [1.0] * len(e.turns))]
    assert all(row.images for row in rows)
    learner = Learner(settings(folder, worlds))
    found = learner.scores(rows, lambda sha256: Image(run.image(sha256).decode()))
    for line, row in zip(found.tolist(), rows, strict=True):
        told, own = (np.array(values[: len(row.ids)]) for values in (row.logprobs, line))
        np.testing.assert_allclose(own, told, rtol=0, atol=ENGINE_GAP)
        assert not own[np.array(row.mask) == 0].any()
    other = learner.scores(rows, lambda sha256: Image(255 - run.image(sha256).decode()))
    assert not torch.equal(other, found), "the pictures are looked at"


def test_going_on_equals_never_having_stopped(
    folder: Path, worlds: Path, trained: Path, tmp_path: Path
) -> None:
    train(settings(folder, worlds, steps=1), tmp_path / "run")
    (tmp_path / "run" / "steps" / "step-00004").mkdir()  # of weights that are lost
    with pytest.raises(RunError, match="--resume"):
        train(settings(folder, worlds), tmp_path / "run")
    report = train(settings(folder, worlds), tmp_path / "run", resume=True)
    assert [line["step"] for line in report.lines] == [1, 2]
    assert not (tmp_path / "run" / "steps" / "step-00004").exists()
    assert same(weights(tmp_path / "run", 2), weights(trained, 2))
    state = "checkpoints/step-00002/optimizer.safetensors"
    assert same(load_file(tmp_path / "run" / state), load_file(trained / state))
    with pytest.raises(RunError, match="learning_rate"):
        train(settings(folder, worlds, learning_rate=0.5), tmp_path / "run", resume=True)


KILLED = """
import os, signal, sys
from pathlib import Path
import safetensors.torch
from eyesmith.agents.grpo_checkpoint import Checkpoints, Saved
import torch
folder, steps, at = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
calls, save, move = 0, safetensors.torch.save_file, os.replace
def counted(work):
    def inner(*args):
        global calls
        calls += 1
        if calls == at:
            Path(args[-1]).write_bytes(b"half") if work is save else None
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*args)
    return inner
safetensors.torch.save_file, os.replace = counted(save), counted(move)
tensors = {"w": torch.full((3,), float(steps))}
saved = Saved(steps, tensors, tensors, {"version": steps})
Checkpoints(folder, 2).save(saved, lambda path: (path / "m").write_text(str(steps)))
"""


def checkpoint(folder: Path, steps: int, killed_at: int) -> int:
    return subprocess.run([sys.executable, "-c", KILLED, str(folder), str(steps), str(killed_at)]).returncode


def test_killed_at_any_moment_of_a_checkpoint_a_whole_one_is_left(tmp_path: Path) -> None:
    assert checkpoint(tmp_path, 10, 0) == 0
    for at in range(1, 6):  # two files, the place, the old model aside, the new one
        code = checkpoint(tmp_path, 20, at)
        assert code == -signal.SIGKILL
        saved = Checkpoints(tmp_path, 2).newest()
        assert saved is not None
        assert saved.steps == (10 if at <= 3 else 20)
        assert saved.weights["w"].tolist() == [float(saved.steps)] * 3
        assert saved.told == {"version": saved.steps}
    assert checkpoint(tmp_path, 30, 0) == 0
    assert Checkpoints(tmp_path, 2).steps() == [20, 30]
    assert (tmp_path / "model" / "m").read_text() == "30"
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith((".half", ".old"))]


def test_a_damaged_checkpoint_says_so(tmp_path: Path) -> None:
    tensors = {"w": torch.zeros(2)}
    Checkpoints(tmp_path, 2).save(Saved(1, tensors, tensors, {}), lambda path: None)
    (tmp_path / "checkpoints" / "step-00001" / "weights.safetensors").write_bytes(b"no tensors")
    with pytest.raises(RunError, match="take it away"):
        Checkpoints(tmp_path, 2).newest()


def episode(sample: int, reward: float | None, **over: Any) -> Episode:
    told: dict[str, Any] = {"id": f"e{sample}", "env_id": "e", "task_index": 0, "sample": sample}
    told |= {"status": "ok" if reward is not None else "error", "token_exact": True, "logprobs": [-1.0]}
    told |= {"reward": reward, "turns": [TurnRecord(n_completion=1, calls=[{}], weight_version=0)]}
    return Episode(**told | over)


def worth(group: list[Episode], rule: str = "none", advantages: str = "grpo") -> Any:
    return worths(groups_of(group), rule=rule, advantages=advantages, formula=grpo)


def test_what_the_machine_failed_is_left_out_and_counted() -> None:
    drifted = episode(3, 0.5, status="drift")
    loose = episode(4, 0.5, token_exact=False)
    found = worth([episode(0, 1.0), episode(1, None), episode(2, 0.0), drifted, loose])
    assert found.left_out == {"status error": 1, "status drift": 1, "no exact tokens": 1}
    assert found.advantages.keys() == {"e0", "e2"}
    expected = grpo([1.0, 0.0])
    assert [found.advantages["e0"], found.advantages["e2"]] == [[expected[0]], [expected[1]]]


def test_a_group_with_one_survivor_teaches_nothing() -> None:
    found = worth([episode(0, 1.0), episode(1, None)])
    assert found.advantages == {}
    assert found.left_out == {"status error": 1, "the only one of its group": 1}


def test_rules_read_the_episodes() -> None:
    def answered(sample: int, accuracy: float, calls: int) -> Episode:
        turns = [TurnRecord(n_completion=1, calls=[{}]) for _ in range(calls)]
        return episode(sample, accuracy, turns=turns, components=[Component("accuracy", accuracy, "base")])

    group = [answered(0, 1.0, 1), *(answered(i, 1.0, 2) for i in range(1, 8))]
    found = worth(group, rule="visionthink")
    assert found.advantages["e0"][0] < 0 < found.advantages["e1"][0]
    assert len(found.advantages["e1"]) == 2
    looked = [answered(0, 0.0, 2), *(answered(i, 0.0, 1) for i in range(1, 8))]
    assert worth(looked, rule="pixel-reasoner").advantages["e0"][0] > 0
    with pytest.raises(UsageError, match="accuracy"):
        worth([episode(0, 1.0), episode(1, 0.0)], rule="visionthink")


def test_each_turn_has_the_advantage_of_its_tokens() -> None:
    """Two stretches, one of them before pictures were dropped; what the environment said weighs nothing."""
    made = episode(
        0,
        1.0,
        turns=[TurnRecord(n_completion=2), TurnRecord(n_completion=1), TurnRecord(n_completion=2)],
        image_hashes=["aa", "bb"],
        segments=[
            Segment(
                prompt_ids=[7, 9],
                completion_ids=[1, 2, 8, 3],
                loss_mask=[1, 1, 0, 1],
                logprobs=[-0.1, -0.2, 0.0, -0.3],
                image_spans=[ImageSpan(1, 1, 0)],
            )
        ],
        prompt_ids=[7, 9],
        completion_ids=[4, 5],
        loss_mask=[1, 1],
        logprobs=[-0.4, -0.5],
        image_spans=[ImageSpan(1, 1, 1)],
    )
    first, second = rows_of(made, [1.0, -2.0, 3.0])
    assert list(first.ids) == [7, 9, 1, 2, 8, 3]
    assert list(first.mask) == [0, 0, 1, 1, 0, 1]
    assert list(first.advantages) == [0.0, 0.0, 1.0, 1.0, 0.0, -2.0]
    assert list(first.logprobs) == [0.0, 0.0, -0.1, -0.2, 0.0, -0.3]
    assert (first.images, second.images) == (["aa"], ["bb"])
    assert list(second.advantages) == [0.0, 0.0, 3.0, 3.0]
    with pytest.raises(RunError, match="damaged"):
        rows_of(replace(made, turns=made.turns[:2]), [1.0, 1.0])


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"advantages": "grop"}, "Did you mean 'grpo'"),
        ({"group_rule": "visionthink", "advantages": "per-turn"}, "choose one of the two"),
        ({"steps": 0}, "steps must be an integer of at least 1"),
        ({"learning_rate": 0.0}, "above 0"),
        ({"kl": -1.0}, "at least 0"),
        ({"tasks": 1}, "a step takes 2 tasks"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(over: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        settings(tmp_path, tmp_path, **over)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"temperature": 0.7}, "whole distribution"),
        ({"group": 1}, "nobody to be compared with"),
        (
            {"backend": "openai", "base_url": "http://127.0.0.1:1/v1", "context": None, "engine": {}},
            "elsewhere",
        ),
    ],
)
def test_collections_that_cannot_be_trained_on_are_refused(
    over: dict[str, Any], said: str, tmp_path: Path
) -> None:
    asked = settings(tmp_path, tmp_path)
    with pytest.raises(UsageError, match=said):
        replace(asked, collect=replace(asked.collect, **over))


def test_tasks_go_round_or_on(tmp_path: Path) -> None:
    asked = settings(tmp_path, tmp_path, tasks=4)
    assert [asked.of_step(step, 1000).seed for step in range(4)] == [3, 5, 3, 5]
    fresh = replace(asked, tasks=None)
    assert [fresh.of_step(step, 1000).seed for step in range(3)] == [3, 5, 7]
    assert fresh.of_step(499, 1000).seed == 1
