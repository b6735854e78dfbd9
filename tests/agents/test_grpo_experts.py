"""The scripted expert as tokens of a model: put into groups, and as lessons of the example `learn_swatch`."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs torch: make test")
pytest.importorskip("transformers", reason="needs transformers: make test")

import eyesmith
from eyesmith.agents import CollectConfig
from eyesmith.agents.codec import TurnCodec
from eyesmith.agents.collection import collect
from eyesmith.agents.grpo_experts import expert_episode, with_experts, written
from eyesmith.agents.grpo_groups import groups_of, worths
from eyesmith.agents.grpo_rows import rows_of
from eyesmith.agents.loop import Model
from eyesmith.agents.policy import EngineSettings, Sampling
from eyesmith.envs.describe import make_env
from eyesmith.errors import UsageError
from eyesmith.rewards.advantages import dr_grpo
from eyesmith.trajectories.export import export
from eyesmith.trajectories.record import Episode, TurnRecord

from .models import tiny_model

pytestmark = pytest.mark.torch

SWATCH = {"kind": "swatch", "difficulty": 1}
PROOF = Path(eyesmith.__file__).parent / "examples" / "learn_swatch"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tiny_model("qwen2_5_vl", tmp_path_factory)
    settings = EngineSettings(model=str(folder), backend="transformers")
    return Model(SimpleNamespace(settings=settings), TurnCodec.load(str(folder)), Sampling())  # type: ignore[arg-type]


def sampled(sample: int, reward: float) -> Episode:
    turns = [TurnRecord(n_completion=1, calls=[{}], weight_version=0)]
    told: dict[str, Any] = {"id": f"e{sample}", "group_id": "g", "env_id": "e", "turns": turns}
    return Episode(
        **told, task_index=0, sample=sample, status="ok", token_exact=True, logprobs=[-1.0], reward=reward
    )


def injected(model: Any, rewards: list[float]) -> Any:
    config = CollectConfig(env="eyesmith/ZoomQA-v0", env_kwargs=SWATCH)
    group = [sampled(i, reward) for i, reward in enumerate(rewards)]
    groups, shown = asyncio.run(with_experts(groups_of(group), config, model, 1))
    return groups, shown, worths(groups, rule="none", advantages="dr-grpo", formula=dr_grpo)


def test_an_expert_leads_its_group_until_a_member_is_right(model: Any) -> None:
    groups, shown, worth = injected(model, [0.0, 0.0, 0.0])
    expert = groups[0][-1]
    assert (expert.id, expert.reward, expert.sample) == ("g#expert0", 1.0, 3)
    # Rewards 0 0 0 1: the mean is a quarter.
    assert worth.advantages["e0"] == [-0.25]
    assert worth.advantages["g#expert0"] == [0.75] * len(expert.turns)
    (row,) = rows_of(expert, worth.advantages["g#expert0"])
    assert set(row.images) <= shown.keys()
    said = model.codec.text([token for token, own in zip(row.ids, row.mask, strict=True) if own])
    assert '"name": "answer"' in said
    assert "tool_response" not in said
    # Rewards 0 1 and the mean of both: the expert pulls nowhere.
    worth = injected(model, [0.0, 1.0])[2]
    assert worth.advantages["g#expert0"][0] == pytest.approx(0.0)
    assert worth.advantages["e1"] == pytest.approx([0.5])


@pytest.mark.parametrize("action_format", ["hermes", "qwen3_coder", "json"])
def test_a_written_call_is_read_back(action_format: str) -> None:
    env: Any = make_env("eyesmith/ZoomQA-v0", action_format=action_format, **SWATCH).unwrapped
    env.begin(env.get_task("train", 0))
    call = next(iter(env.expert()))
    (turn,) = env.say(written(call.name, call.arguments, action_format))
    assert (turn.error, turn.tool) == ("", call.name)
    with pytest.raises(UsageError, match="format 'openai'"):
        written(call.name, call.arguments, "openai")


LESSONS = """
import json, sys
from imitation import Lessons
from pathlib import Path
from eyesmith.agents.codec import TurnCodec
lessons = Lessons(Path(sys.argv[1]), TurnCodec.load(sys.argv[2]))
print(json.dumps([[list(each.row.ids), list(each.row.mask), list(each.row.images)] for each in lessons.all]))
"""


def test_an_exported_episode_has_the_tokens_of_a_played_one(model: Any, tmp_path: Path) -> None:
    config = CollectConfig(
        env="eyesmith/ZoomQA-v0", env_kwargs=SWATCH, policy="expert", episodes=2, group=1, workers=1
    )
    collect(config, tmp_path / "run")
    export(tmp_path / "run", "trl-sft", tmp_path / "sft")
    command = [sys.executable, "-c", LESSONS, str(tmp_path / "sft"), model.policy.settings.model]
    done = subprocess.run(command, cwd=PROOF, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    env: Any = make_env("eyesmith/ZoomQA-v0", action_format="hermes", **SWATCH).unwrapped
    played = []
    for index in range(2):
        episode, _ = asyncio.run(expert_episode(env, "train", index, model))
        (row,) = rows_of(episode, [1.0] * len(episode.turns))
        played.append([list(row.ids), list(row.mask), list(row.images)])
    assert sorted(found) == sorted(played)


def test_the_proof_runs_from_end_to_end(tmp_path: Path) -> None:
    """Far too small to learn anything: every stage, its table and its picture."""
    command = [sys.executable, str(PROOF / "prove.py"), "--smoke", "--out", str(tmp_path / "proof")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "proof" / "results.json").read_text())
    assert told["together"].keys() == {"untrained", "sft", "grpo", "control"}
    assert (tmp_path / "proof" / "curves.png").stat().st_size > 0
    assert "| grpo |" in done.stdout
