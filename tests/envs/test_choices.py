"""Arguments of `gym.make`, and which task a reset begins."""

import copy

import gymnasium
import numpy as np
import pytest

from eyesmith.envs.projection import stride
from eyesmith.envs.zoom_qa import ZoomQAEnv
from eyesmith.errors import TaskError, UsageError
from eyesmith.tools.tool import ToolCall

ZOOM = "eyesmith/ZoomQA-v0"


WRONG = [
    ("difficulty", (0, 6, True, 1.0, "1", [1])),
    ("recipe", ("defualt", None, 3, ["default"])),
    ("action_format", ("jsn", None, 0)),
    ("source", ("folder", "street", "folder:", 5, ["folder:x"])),
    ("judge", ({}, {"model": "x"}, "http://localhost", 0)),
    ("max_turns", (0, -1, 2.0, True, "3")),
    ("dense", (1, 0, None, "yes")),
    ("render_mode", ("human", "rgb", 1)),
    ("split", ("trian", None, 3, ["train"])),
]


@pytest.mark.parametrize("env_id", ["toys/Paint-v0", ZOOM])
@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG for value in values])
def test_wrong_arguments(toys, env_id, name, value) -> None:
    make = gymnasium.make(env_id).unwrapped.__class__
    with pytest.raises(UsageError) as caught:
        make(**{name: value})
    text = str(caught.value)
    assert env_id in text
    assert name in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("recipe", "defualt", "Did you mean 'default'?"),
        ("action_format", "hermess", "Did you mean 'hermes'?"),
        ("split", "trian", "Did you mean 'train'?"),
        ("render_mode", "rgb_aray", "Did you mean 'rgb_array'?"),
        ("kind", "swach", "Did you mean 'swatch'?"),
        ("vision", "qwen3vl", "Did you mean 'qwen3_vl'?"),
        ("recipee", "default", "Did you mean 'recipe'?"),
        ("max_turn", 3, "Did you mean 'max_turns'?"),
        ("visions", "qwen3_vl", "Did you mean 'vision'?"),
    ],
)
def test_suggestions(name, value, hint) -> None:
    with pytest.raises(UsageError) as caught:
        ZoomQAEnv(**{name: value})
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"), [("kind", 3), ("kind", ["swatch"]), ("vision", None), ("vision", [])]
)
def test_wrong_own_arguments(name, value) -> None:
    with pytest.raises(UsageError, match=name):
        gymnasium.make(ZOOM, **{name: value})


def test_a_base_between_may_add_arguments(toys) -> None:
    env = toys.LoudTalkEnv(volume=3, mood="wild", max_turns=2)
    assert (env.kwargs["volume"], env.kwargs["mood"], env.kwargs["max_turns"]) == (3, "wild", 2)
    with pytest.raises(UsageError, match="Did you mean 'volume'"):
        toys.LoudTalkEnv(volum=3)
    with pytest.raises(UsageError, match="Did you mean 'mood'") as caught:
        toys.LoudTalkEnv(moood="wild")
    assert "rest" not in str(caught.value)


def test_every_good_value_is_taken(toys) -> None:
    for name, values in {
        "difficulty": (None, 1, 2, 3, 4, 5),
        "recipe": ("default", "sum"),
        "action_format": ("json", "hermes", "qwen3_coder", "openai"),
        "max_turns": (None, 1, 1000),
        "dense": (False, True),
        "render_mode": (None, "rgb_array", "ansi"),
        "split": ("train", "test"),
    }.items():
        for value in values:
            env = gymnasium.make("toys/Paint-v0", **{name: value})
            env.reset(seed=0)
            assert env.unwrapped.kwargs[name] == value


def test_seed_is_taken_modulo_the_number_of_tasks(toys) -> None:
    env = toys.PaintEnv()
    for seed in (0, 7, 49, 50, 51, 10**12 + 3):
        assert env.reset(seed=seed)[1]["task_id"] == f"toys/Paint-v0:train:{seed % 50}:d{1 + seed % 50 % 5}"


def test_options_win_over_a_seed(toys) -> None:
    env = toys.PaintEnv()
    assert env.reset(seed=3, options={"index": 9})[1]["task_id"].startswith("toys/Paint-v0:train:9:")
    assert env.reset(seed=9, options={"split": "test"})[1]["task_id"].startswith("toys/Paint-v0:test:2:")
    assert env.reset(seed=3, options={"split": "train", "index": 5})[1]["task_id"].startswith(
        "toys/Paint-v0:train:5:"
    )


@pytest.mark.parametrize("index", [True, False, 1.0, "1", None, [1], np.float64(1), np.bool_(True), 1j])
def test_an_index_is_an_integer(toys, index) -> None:
    env = toys.PaintEnv()
    env.reset(seed=4)
    with pytest.raises(UsageError, match="'index' must be an integer"):
        env.reset(options={"index": index})
    assert env.task.index == 4, "a refused reset leaves the episode as it was"


@pytest.mark.parametrize("index", [-1, 50, 10**30])
def test_an_index_lies_in_the_split(toys, index) -> None:
    with pytest.raises(TaskError, match="tasks 0 to 49"):
        toys.PaintEnv().reset(options={"index": index})


@pytest.mark.parametrize("split", ["tset", "", None, 3, ["test"], b"test"])
def test_a_split_is_known(toys, split) -> None:
    env = toys.PaintEnv()
    with pytest.raises(TaskError, match="there is: train, test"):
        env.reset(options={"split": split})
    for ask in (env.num_tasks, lambda split: env.get_task(split, 0)):
        with pytest.raises(TaskError, match="there is: train, test"):
            ask(split)


def test_options_are_known(toys) -> None:
    env = toys.PaintEnv()
    with pytest.raises(UsageError, match="Did you mean 'index'"):
        env.reset(options={"idex": 3})
    with pytest.raises(UsageError, match="reset options are split, index"):
        env.reset(options={3: 3})
    for options in ("index", 5, [("index", 3)]):
        with pytest.raises(UsageError, match="a mapping"):
            env.reset(options=options)
    assert env.reset(seed=6, options={"minari_autoseed": True})[1]["task_id"].endswith(":6:d2")
    assert env.reset(seed=6, options={})[1]["task_id"].endswith(":6:d2")


def test_resets_without_a_seed_visit_every_task(toys) -> None:
    env = toys.PaintEnv()
    env.reset(seed=11)
    seen = [env.reset() and env.task.index for _ in range(50)]
    assert sorted(seen) == list(range(50))
    assert seen[0] == (11 + stride(50)) % 50
    assert stride(50) == 31


@pytest.mark.parametrize("count", [1, 2, 3, 5, 50, 1000, 10**6])
def test_stride(count) -> None:
    step = stride(count)
    assert np.gcd(step, count) == 1
    assert step >= 0.618 * count
    assert not any(np.gcd(s, count) == 1 and s >= 0.618 * count for s in range(max(1, step - 50), step))


def test_the_split_of_the_last_explicit_reset_stays(toys) -> None:
    env = toys.PaintEnv()
    env.reset(options={"split": "test", "index": 2})
    assert [env.reset() and (env.task.split, env.task.index) for _ in range(3)] == [
        ("test", (2 + i * stride(7)) % 7) for i in (1, 2, 3)
    ]
    env.reset(seed=5)
    assert (env.task.split, env.task.index) == ("test", 5)
    env.reset(options={"split": "train"}, seed=5)
    env.reset()
    assert env.task.split == "train"
    assert toys.PaintEnv(split="test").reset(seed=0)[1]["task_id"].startswith("toys/Paint-v0:test:0")


def test_np_random_only_chooses_a_first_task(toys, say_calls, digest) -> None:
    env, told = toys.PaintEnv(), []
    env.np_random = np.random.default_rng(5)
    env.reset()
    assert env.task.index == np.random.default_rng(5).integers(50)
    for _ in range(2):
        state = copy.deepcopy(env.np_random.bit_generator.state)
        env.reset(options={"index": 4})
        told.append(digest([env.step(text) for text in say_calls([ToolCall("roll")] * 3)]))
        env.reset()
        assert env.np_random.bit_generator.state == state
        env.np_random = np.random.default_rng()
    assert told[0] == told[1]


def test_difficulty(toys) -> None:
    assert [toys.PaintEnv().get_task("train", i).difficulty for i in range(7)] == [1, 2, 3, 4, 5, 1, 2]
    assert {toys.PaintEnv(difficulty=4).get_task("train", i).difficulty for i in range(7)} == {4}


def test_what_must_not_change_a_task(toys) -> None:
    plain = toys.PaintEnv().get_task("train", 8)
    for changed in (
        {"recipe": "sum"},
        {"max_turns": 1},
        {"action_format": "openai"},
        {"dense": True},
        {"render_mode": "ansi"},
    ):
        assert toys.PaintEnv(**changed).get_task("train", 8).hash == plain.hash
    assert toys.PaintEnv(difficulty=5).get_task("train", 8).hash != plain.hash


def test_tasks_of_others_are_refused(toys) -> None:
    env = toys.PaintEnv()
    for other in (toys.GuessEnv(), toys.PaintEnv(difficulty=5)):
        with pytest.raises(TaskError, match="does not belong"):
            env.begin(other.get_task("train", 0))
    for odd in (3, None, "train:0"):
        with pytest.raises(TaskError, match="get_task"):
            env.begin(odd)


def test_public_and_repr_hide_the_key(toys) -> None:
    task = toys.PaintEnv().get_task("train", 2)
    assert set(task.public()) == {"id", "split", "index", "difficulty", "prompt"}
    assert "wanted" not in repr(task)
