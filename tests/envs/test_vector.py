"""Stock vector environments give the same bytes as single ones, unicode and images included."""

import json
import multiprocessing
import warnings
from contextlib import closing
from itertools import product

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import RecordEpisodeStatistics, TimeLimit

N = 3
CONTEXTS = [
    name for name in ("fork", "spawn", "forkserver") if name in multiprocessing.get_all_start_methods()
]
TOY = "toys/Paint-v0"
ZOOM = "eyesmith/ZoomQA-v0"
SAID = ("é", "中 🙂 \U0010ffff", "", "a" * 5000, "\x00é", "\\ud800")

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
    pytest.mark.filterwarnings("error::UserWarning"),
]


def call(name: str, **arguments: object) -> str:
    return json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)


def toy_actions() -> list[list[str]]:
    """Actions by step and environment; the second environment ends early and is reset on the way."""
    rows = []
    for step in range(10):
        row = [
            [call("paint", cell=step % 8), call("roll", sides=99), call("say", text=SAID[step % len(SAID)])][
                (step + i) % 3
            ]
            for i in range(N)
        ]
        rows.append(row)
    rows[3][1] = call("submit")
    rows[5] = ["é nonsense 🙂", call("paint", cell=99), '{"name": "中"}']
    rows[8][0] = call("submit")
    return rows


def singles(env_id: str, rows: list[list[str]], mode: AutoresetMode, **kwargs: object) -> list[tuple]:
    """The same rows played in single environments, reset by the rules of the mode."""
    envs = [gymnasium.make(env_id, **kwargs) for _ in range(N)]
    told = [env.reset(seed=5 + i)[0] for i, env in enumerate(envs)]
    over = [False] * N
    outcomes: list[tuple] = []
    for row in rows:
        now = []
        for i, (env, text) in enumerate(zip(envs, row, strict=True)):
            if over[i] and mode is AutoresetMode.NEXT_STEP:
                now.append((env.reset()[0], 0.0, False, False))
                over[i] = False
                continue
            observation, reward, terminated, truncated, _ = env.step(text)
            over[i] = terminated or truncated
            if over[i] and mode is AutoresetMode.SAME_STEP:
                observation, over[i] = env.reset()[0], False
            now.append((observation, reward, terminated, truncated))
        outcomes.append(tuple(now))
    return [told, *outcomes]


def same(batched: dict, alone: list[dict]) -> None:
    assert set(batched) == set(alone[0])
    assert batched["text"] == tuple(one["text"] for one in alone)
    for key in batched.keys() - {"text"}:
        assert np.array_equal(batched[key], np.stack([one[key] for one in alone])), key


def compare(env, rows: list[list[str]], expected: list) -> None:
    kept = []
    with closing(env):
        observation, info = env.reset(seed=[5 + i for i in range(N)])
        same(observation, expected[0])
        assert observation in env.observation_space
        assert len(set(info["task_id"])) == N
        kept.append((observation, expected[0]))
        for row, outcome in zip(rows, expected[1:], strict=True):
            observation, rewards, terminated, truncated, info = env.step(row)
            alone = [one[0] for one in outcome]
            same(observation, alone)
            assert rewards.tolist() == [one[1] for one in outcome]
            assert terminated.tolist() == [one[2] for one in outcome]
            assert truncated.tolist() == [one[3] for one in outcome]
            assert info["reward_components"]["fill"].dtype == np.float64
            kept.append((observation, alone))
        for observation, alone in kept:
            same(observation, alone)  # old observations stay put


WAYS = [
    ("sync", {}),
    *(
        ("async", {"shared_memory": shared, "context": name})
        for shared, name in product((True, False), CONTEXTS)
    ),
]


@pytest.mark.parametrize(("mode", "options"), WAYS, ids=str)
@pytest.mark.parametrize("autoreset", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP], ids=str)
def test_same_bytes_as_single_environments(toys, mode, options, autoreset) -> None:
    rows = toy_actions()
    env = gymnasium.make_vec(
        TOY,
        num_envs=N,
        vectorization_mode=mode,
        vector_kwargs={"autoreset_mode": autoreset, **options},
        dense=True,
    )
    compare(env, rows, singles(TOY, rows, autoreset, dense=True))


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_defaults_with_wrappers(toys, mode) -> None:
    rows = toy_actions()
    env = gymnasium.make_vec(
        TOY, num_envs=N, vectorization_mode=mode, wrappers=[RecordEpisodeStatistics], dense=True
    )
    assert env.single_observation_space == gymnasium.make(TOY).observation_space
    assert env.single_action_space.contains("🙂")
    compare(env, rows, singles(TOY, rows, AutoresetMode.NEXT_STEP, dense=True))


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_zoom_qa(mode) -> None:
    boxes = [call("zoom_in", bbox_2d=[10 * i, 20, 150, 160]) for i in range(N)]
    nested = [call("zoom_in", bbox_2d=[5, 5, 200 + i, 210], image="v1") for i in range(N)]
    rows = [boxes, nested, [call("answer", value="🙂")] * N, boxes, boxes]
    env = gymnasium.make_vec(ZOOM, num_envs=N, vectorization_mode=mode, kind="swatch")
    expected = singles(ZOOM, rows, AutoresetMode.NEXT_STEP, kind="swatch")
    kept = []
    with closing(env):
        observation, _ = env.reset(seed=[5 + i for i in range(N)])
        same(observation, expected[0])
        for row, outcome in zip(rows, expected[1:], strict=True):
            observation, rewards, *_ = env.step(row)
            alone = [one[0] for one in outcome]
            same(observation, alone)
            assert rewards.tolist() == [one[1] for one in outcome]
            kept.append((observation, alone))
        for observation, alone in kept:
            same(observation, alone)
    assert kept[0][0]["image_sizes"][:, 0].min() > 100
    assert kept[0][0]["images"][0].any()


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_text_alone(toys, mode) -> None:
    with closing(gymnasium.make_vec("toys/Talk-v0", num_envs=2, vectorization_mode=mode)) as env:
        observation, _ = env.reset(seed=0)
        assert list(observation) == ["text"]
        observation, *_ = env.step([call("say", text="Ω"), call("say", text="é" * 9000)])
        assert observation["text"][0] == "you said: Ω"
        assert observation["text"][1].endswith("[cut]")


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_options_reach_every_environment(toys, mode) -> None:
    with closing(gymnasium.make_vec(TOY, num_envs=2, vectorization_mode=mode)) as env:
        _, info = env.reset(options={"split": "test", "index": 3})
        assert list(info["task_id"]) == ["toys/Paint-v0:test:3:d4"] * 2
        _, info = env.reset()
        assert len(set(info["task_id"])) == 1
        assert ":test:" in info["task_id"][0]


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_resets_by_mask(toys, mode) -> None:
    options = {"autoreset_mode": AutoresetMode.DISABLED}
    with closing(gymnasium.make_vec(TOY, num_envs=2, vectorization_mode=mode, vector_kwargs=options)) as env:
        first, _ = env.reset(seed=[3, 4])
        env.step([call("submit"), call("roll")])
        observation, _ = env.reset(options={"reset_mask": np.array([True, False])})
        assert observation["text"][0] != first["text"][0]
        assert observation["text"][1].startswith("rolled")


# -- Gymnasium's own wrappers


def test_statistics_and_a_limit_from_outside(toys) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = RecordEpisodeStatistics(TimeLimit(gymnasium.make(TOY, dense=True), 2))
        env.reset(seed=4)
        _, first, _, truncated, _ = env.step(call("paint", cell=env.unwrapped.task.key["wanted"][0]))
        assert not truncated
        _, second, terminated, truncated, info = env.step(call("roll"))
    assert (terminated, truncated) == (False, True)
    assert info["episode"]["r"] == pytest.approx(first + second)
    assert info["episode"]["l"] == 2
    assert env.unwrapped.finish("time").score is not None
    limited = gymnasium.make(TOY, max_episode_steps=1)
    limited.reset(seed=0)
    assert limited.step("{}")[3]


def test_the_order_is_enforced(toys) -> None:
    with pytest.raises(gymnasium.error.ResetNeeded):
        gymnasium.make(TOY).step("{}")


def test_frames_fit_a_recorder(toys) -> None:
    from gymnasium.wrappers import RenderCollection

    env = RenderCollection(gymnasium.make(ZOOM, kind="swatch", render_mode="rgb_array"))
    env.reset(seed=0)
    for text in (call("zoom_in", bbox_2d=[0, 0, 50, 50]), "nonsense", call("answer", value="A")):
        env.step(text)
    frames = env.render()
    assert {frame.shape for frame in frames} == {(720, 1280, 3)}
    assert {frame.dtype for frame in frames} == {np.dtype(np.uint8)}
    assert len({frame.tobytes() for frame in frames}) == 3, "reset, zoom and answer look different"
    assert len(frames) == 4
