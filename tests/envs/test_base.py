"""The Gymnasium side: what reset and step give, rendering, closing, specs."""

import copy
import json
import pickle  # noqa: TID251 Gymnasium's specs are pickled by vector environments
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from eyesmith.envs.projection import MAX_TEXT_BYTES, project
from eyesmith.errors import UsageError
from eyesmith.tools.tool import Image, ToolCall

ZOOM = "eyesmith/ZoomQA-v0"
IDS = [("toys/Paint-v0", {}), ("toys/Guess-v0", {}), ("toys/Talk-v0", {}), (ZOOM, {"kind": "swatch"})]


@pytest.mark.parametrize(("env_id", "kwargs"), IDS)
def test_check_env(toys, env_id, kwargs) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(env_id, render_mode="rgb_array", **kwargs)
        check_env(env.unwrapped)
        env.reset(seed=0)
        env.step(env.action_space.sample())
        env.close()
        env.close()


@pytest.mark.parametrize(("env_id", "kwargs"), IDS)
@pytest.mark.parametrize("dense", [False, True])
def test_info_is_one_constant_tree(toys, env_id, kwargs, dense, say_calls) -> None:
    env = gymnasium.make(env_id, dense=dense, **kwargs)
    observation, info = env.reset(seed=1)
    infos, observations = [info], [observation]
    texts = ["nonsense", '{"name": "?"}', *say_calls(env.unwrapped.expert()), "late", "later"]
    for text in texts:
        observation, reward, terminated, truncated, info = env.step(text)
        assert type(reward) is float
        assert (type(terminated), type(truncated)) == (bool, bool)
        assert observation in env.observation_space
        infos.append(info)
        observations.append(observation)
    keys = {"reward_components", "metrics", "task_id", "tool", "error_code", "is_infrastructure_error"}
    for info in infos:
        assert set(info) == keys
        for group in ("reward_components", "metrics"):
            assert list(info[group]) == list(infos[0][group])
            assert all(type(value) is float for value in info[group].values())
            assert not any(name.startswith("_") for name in info[group])
        assert type(info["is_infrastructure_error"]) is bool
        assert [type(info[name]) for name in ("task_id", "tool", "error_code")] == [str] * 3
    assert set(env.unwrapped.METRICS) <= set(infos[0]["metrics"])
    assert len({id(info[group]) for info in infos for group in ("reward_components", "metrics")}) == 2 * len(
        infos
    )
    if "images" in observations[0]:
        for i, one in enumerate(observations):
            assert not any(np.shares_memory(one["images"], other["images"]) for other in observations[:i])
            assert one["images"].flags.writeable


def test_only_the_reset_text_carries_the_tools(toys, write) -> None:
    env = toys.TalkEnv()
    observation, _ = env.reset(seed=0)
    assert list(observation) == ["text"]
    text = observation["text"]
    assert text.startswith("Ω be brief\né 中 🙂 paint the cells")
    assert text.endswith('Send exactly one JSON object: {"name": "<tool>", "arguments": {...}}')
    assert "paint(cell, colour): Paint one cell." in text
    assert "colour: What to paint it with" in text
    inner = env.begin(env.get_task("train", 0)).text
    assert "Paint one cell" not in inner
    assert "be brief" not in inner
    assert "Paint one cell" not in env.step(write("submit"))[0]["text"]


def test_the_observation_is_the_latest_turn_only(toys, write) -> None:
    env = toys.PaintEnv()
    observation, _ = env.reset(seed=0)
    assert (int(observation["num_images"]), observation["image_sizes"].tolist()) == (1, [[4, 8], [0, 0]])
    observation, *_ = env.step(write("roll"))
    assert (int(observation["num_images"]), observation["image_sizes"].tolist()) == (1, [[5, 7], [0, 0]])
    assert observation["text"].endswith("<image 0: die>")
    assert "paint the cells" not in observation["text"]
    shown = env.last_turns[0].images[0].array
    assert np.array_equal(observation["images"][0, :5, :7], shown)
    assert not observation["images"][0, 5:].any()
    assert not observation["images"][0, :, 7:].any()
    assert not observation["images"][1].any()
    assert not shown.flags.writeable


def test_an_error_turn_has_no_images(toys, write) -> None:
    env = toys.PaintEnv()
    env.reset(seed=0)
    observation, *_, info = env.step(write("say", text="refused with a picture"))
    assert (int(observation["num_images"]), info["error_code"]) == (0, "refused")
    assert "<image" not in observation["text"]
    assert not observation["images"].any()


def test_the_last_images_win(toys, write) -> None:
    env = toys.PaintEnv(action_format="hermes")
    env.reset(seed=0)
    one = "<tool_call>" + write("paint", cell=1) + "</tool_call>"
    observation, *_ = env.step(one + "<tool_call>" + write("roll") + "</tool_call>" + one)
    assert observation["image_sizes"].tolist() == [[5, 7], [4, 8]]
    lines = observation["text"].splitlines()
    assert [line for line in lines if line.startswith("<image")] == [
        "<image not shown: row>",
        "<image 0: die>",
        "<image 1: row>",
    ]


def test_long_texts_are_cut_at_a_character(toys, write) -> None:
    env = toys.PaintEnv()
    for filler in ("a", "é", "中", "🙂"):
        env.reset(seed=0)
        for length in (MAX_TEXT_BYTES // len(filler.encode()) - 12, 16_380, 20_000):
            observation, *_ = env.step(write("say", text=filler * length))
            assert observation in env.observation_space
            assert observation["text"].startswith(f"you said: {filler * 100}")
            fits = len(f"you said: {filler * length}".encode()) <= MAX_TEXT_BYTES
            assert observation["text"].endswith("[cut]") is not fits


def test_a_picture_larger_than_the_space_is_an_error_of_the_environment() -> None:
    with pytest.raises(ValueError, match="17x4 px"):
        project((Image(np.zeros((4, 17, 3), np.uint8), "x"),), (1, 16, 16))


def test_an_action_is_a_text(toys) -> None:
    env = toys.PaintEnv()
    env.reset(seed=0)
    for action in (None, 3, b"{}", {"name": "submit"}, ["{}"]):
        with pytest.raises(UsageError, match="an action is a text"):
            env.step(action)
    assert env.task.index == 0
    assert env.step("{}")[4]["metrics"]["turns"] == 1.0


def test_before_the_first_reset(toys) -> None:
    env = toys.PaintEnv(render_mode="ansi")
    assert env.render() is None
    for early in (
        lambda: env.step("{}"),
        lambda: env.call(ToolCall("submit")),
        env.finish,
        env.snapshot,
        lambda: env.fork(1),
        lambda: env.task,
    ):
        with pytest.raises(UsageError, match="no task has begun"):
            early()


def test_after_close(toys) -> None:
    env = toys.PaintEnv(render_mode="rgb_array")
    env.reset(seed=0)
    env.close()
    env.close()
    assert env.render() is None
    with pytest.raises(UsageError, match="no task has begun"):
        env.step("{}")
    env.reset(seed=0)


@pytest.mark.parametrize(("env_id", "kwargs"), IDS)
def test_rendering_has_a_constant_size(toys, env_id, kwargs, say_calls) -> None:
    env = gymnasium.make(env_id, render_mode="rgb_array", **kwargs)
    assert env.metadata["render_fps"] > 0
    env.reset(seed=0)
    shapes = {env.render().shape}
    for text in [*say_calls(env.unwrapped.expert()), "late"]:
        env.step(text)
        frame = env.render()
        assert frame.dtype == np.uint8
        shapes.add(frame.shape)
    env.reset(options={"split": "test", "index": 1})
    shapes.add(env.render().shape)
    assert len(shapes) == 1
    told = gymnasium.make(env_id, render_mode="ansi", **kwargs)
    told.reset(seed=0)
    assert isinstance(told.render(), str)
    assert told.render() == told.unwrapped.last_turns[-1].text
    assert gymnasium.make(env_id, **kwargs).unwrapped.render() is None


def test_a_broken_machine_is_no_reward(toys, write) -> None:
    env = toys.PaintEnv(dense=True)
    env.reset(seed=0)
    env.step(write("paint", cell=env.task.key["wanted"][0]))
    observation, reward, terminated, truncated, info = env.step(write("say", text="break the machine"))
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert (info["is_infrastructure_error"], info["error_code"]) == (True, "infrastructure")
    assert observation in env.observation_space
    observation, reward, terminated, truncated, info = env.step(write("submit"))
    assert (reward, terminated, truncated) == (0.0, False, True)
    env.reset(seed=0)
    assert not env.step(write("roll"))[4]["is_infrastructure_error"]


def test_specs(toys) -> None:
    env = gymnasium.make(f"eyesmith:{ZOOM}", kind="swatch", max_turns=2)
    spec = env.spec
    assert (spec.id, spec.max_episode_steps) == (ZOOM, None)
    assert isinstance(spec.entry_point, str)
    assert spec.vector_entry_point is None
    for twin in (pickle.loads(pickle.dumps(spec)), spec.from_json(spec.to_json()), copy.deepcopy(spec)):
        made = gymnasium.make(twin)
        assert made.unwrapped.kwargs == env.unwrapped.kwargs
        made.reset(seed=0)
    json.loads(spec.to_json())
