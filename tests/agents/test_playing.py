from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from eyesmith.agents import rollout
from eyesmith.errors import UsageError, WorkerError
from eyesmith.trajectories.record import EncodedImage

Write = Callable[..., str]


def test_the_expert_is_recorded_whole(toys: ModuleType) -> None:
    env = toys.PaintEnv(difficulty=2, render_mode="ansi")
    task = env.get_task("train", 3)
    episode, images = rollout(env, task, sample=2)
    assert (episode.status, episode.stop_reason, episode.reward) == ("ok", "closed", pytest.approx(1.0))
    assert (episode.id, episode.group_id) == (f"{task.id}#expert#2", f"{task.id}#expert")
    assert (episode.task_hash, episode.task_index, episode.split) == (task.hash, 3, "train")
    assert [call["name"] for turn in episode.turns for call in turn.calls] == ["paint"] * 3 + ["submit"]
    assert set(episode.image_hashes) == set(images)
    assert "render_mode" not in episode.env_kwargs
    assert episode.env_kwargs["difficulty"] == 2
    assert sum(episode.step_rewards) == pytest.approx(episode.reward)


def test_text_is_recorded_and_played_through_say(toys: ModuleType, write: Write) -> None:
    env = toys.PaintEnv(difficulty=1)
    turns = [{"text": write("paint", cell=0)}, {"text": "no call"}, {"text": write("submit")}]
    episode, _ = rollout(env, env.get_task("train", 0), "replay:x", recorded=turns)
    assert [turn.text for turn in episode.turns] == [turn["text"] for turn in turns]
    assert [turn.error for turn in episode.turns] == ["", "no_call", ""]
    assert [len(turn.calls) for turn in episode.turns] == [1, 0, 1]
    assert len(episode.step_rewards) == 3
    assert episode.status == "ok"


@pytest.mark.parametrize(("reason", "said"), [("", "policy_ended"), ("context", "context")])
def test_what_does_not_end_is_finished_and_graded(toys: ModuleType, reason: str, said: str) -> None:
    env = toys.PaintEnv(difficulty=1)
    task = env.get_task("train", 0)
    turns = [{"text": None, "calls": [{"name": "paint", "arguments": {"cell": task.key["wanted"][0]}}]}]
    episode, _ = rollout(env, task, "replay:x", recorded=turns, stop_reason=reason)
    assert (episode.status, episode.stop_reason) == ("truncated", said)
    assert episode.reward == pytest.approx(0.5)
    assert (episode.turns[-1].calls, episode.turns[-1].finish_reason) == ([], said)
    assert len(episode.step_rewards) == len(episode.turns) == 2


def test_random_ends_at_a_limit_at_the_latest(toys: ModuleType) -> None:
    env = toys.PaintEnv()
    for sample in range(5):
        episode, _ = rollout(env, env.get_task("train", sample), "random", sample=sample)
        assert episode.status in ("ok", "truncated")
        assert len(episode.turns) <= env.MAX_TURNS


def test_pictures_are_encoded_once(toys: ModuleType) -> None:
    env, known = toys.PaintEnv(), {}
    _, first = rollout(env, env.get_task("train", 3), encoded=known)
    _, again = rollout(env, env.get_task("train", 3), encoded=known)
    assert all(again[sha256] is first[sha256] is known[sha256] for sha256 in first)


@pytest.mark.parametrize("image_format", ["png", "webp"])
def test_stored_pictures_are_what_was_shown(toys: ModuleType, image_format: Any) -> None:
    env = toys.PaintEnv()
    task = env.get_task("train", 3)
    shown = {image.sha256: image.array for image in env.begin(task).images}
    _, images = rollout(env, task, image_format=image_format)
    for sha256, pixels in shown.items():
        stored: EncodedImage = images[sha256]
        assert stored.format == image_format
        assert (stored.decode() == pixels).all()


def test_the_machines_failure_passes_through(toys: ModuleType, write: Write) -> None:
    env = toys.PaintEnv()
    with pytest.raises(WorkerError):
        rollout(
            env,
            env.get_task("train", 0),
            "replay:x",
            recorded=[{"text": write("say", text="break the machine")}],
        )


def test_an_unknown_policy_is_refused(toys: ModuleType) -> None:
    env = toys.PaintEnv()
    with pytest.raises(UsageError, match="unknown policy"):
        rollout(env, env.get_task("train", 0), "best")
