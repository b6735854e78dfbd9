"""ZoomQA: looking pays, guessing does not."""

import numpy as np
import pytest

from eyesmith.envs.describe import make_env
from eyesmith.envs.subject import play
from eyesmith.errors import ScenarioError, UsageError
from eyesmith.tools import ToolCall

ID = "eyesmith/ZoomQA-v0"
GUESS_TASKS = 200


def chance(task):
    """How often a uniform guess among what the question offers is right."""
    answer = task.key["answer"]
    if "options" in answer:
        return 1 / len(answer["options"])
    return 0.5 if answer["type"] == "yesno" else 0.0


@pytest.fixture(scope="module")
def guesses():
    """(kind, cheat) -> correct answers and chance, over fixed test tasks."""
    env = make_env(ID, split="test")
    told = []
    for index in range(GUESS_TASKS):
        task = env.get_task("test", index)
        for name in ("guess", "whole_image", "always_refuse", "always_yes"):
            env.begin(task)
            last = list(play(env, task, list(env.cheats()[name]())))[-1]
            told.append((name, task, last.score, last.metrics["correct"]))
    return told


@pytest.mark.parametrize("name", ["guess", "whole_image", "always_refuse", "always_yes"])
def test_guessing_without_a_zoom_is_no_better_than_chance(guesses, name):
    rows = [row for row in guesses if row[0] == name]
    assert len(rows) == GUESS_TASKS
    luck = np.mean([chance(task) for _, task, _, _ in rows])
    assert np.mean([correct for *_, correct in rows]) <= luck + 0.1
    assert np.mean([score for _, _, score, _ in rows]) <= luck + 0.1


def test_at_most_15_percent_cannot_be_answered(guesses):
    tasks = {task.id: task for _, task, _, _ in guesses}.values()
    share = np.mean([task.key["answer"]["type"] == "unanswerable" for task in tasks])
    assert 0.04 <= share <= 0.15


def test_every_task_carries_a_certificate_that_holds(guesses):
    for _, task, _, _ in guesses[::4]:
        for proof in task.payload["certificate"].values():
            assert proof["first_rms"] < 1.0
            assert proof["zoom_rms"] > 10.0


def test_the_right_answer_without_looking_earns_less_than_with():
    env = make_env(ID, kind="swatch")
    task = env.get_task("train", 0)
    blind = list(play(env, task, [ToolCall("answer", {"value": task.key["answer"]["value"]})]))[-1]
    assert blind.components["accuracy"] == 1
    assert blind.score == pytest.approx(0.6)
    assert list(play(env, task))[-1].score == pytest.approx(1.0)


def test_refusing_pays_in_full_only_after_a_look():
    env = make_env(ID, kind="dashboard")
    index = next(i for i in range(40) if env.get_task("train", i).key["answer"]["type"] == "unanswerable")
    task = env.get_task("train", index)
    lazy = list(play(env, task, [ToolCall("answer", {"value": "unanswerable"})]))[-1]
    assert lazy.score == pytest.approx(0.6)
    assert list(play(env, task))[-1].score >= 0.95


def test_more_views_than_the_expert_needs_cost_efficiency():
    env = make_env(ID, kind="swatch")
    task = env.get_task("train", 0)
    env.begin(task)
    calls = list(env.expert())
    wasteful = list(play(env, task, [calls[0], calls[0], *calls]))[-1]
    assert wasteful.components["efficiency"] == pytest.approx(2 / 4)
    assert wasteful.score == pytest.approx(0.95)


def test_nested_zooms_count_as_evidence():
    env = make_env(ID, kind="swatch", vision="generic")
    task = env.get_task("train", 0)
    env.begin(task)
    x0, y0, x1, y1 = (v / 3584 for v in task.key["targets"][0]["box"])
    wide = [max(0, x0 - 0.1), max(0, y0 - 0.1), min(1, x1 + 0.1), min(1, y1 + 0.1)]
    env.call(ToolCall("zoom_in", {"bbox_2d": wide}))
    inside = [(x0 - wide[0]) / (wide[2] - wide[0]), (y0 - wide[1]) / (wide[3] - wide[1])]
    inside += [(x1 - wide[0]) / (wide[2] - wide[0]), (y1 - wide[1]) / (wide[3] - wide[1])]
    env.call(ToolCall("zoom_in", {"bbox_2d": inside, "image": "v1"}))
    last = env.call(ToolCall("answer", {"value": task.key["answer"]["value"]}))
    assert last.components["evidence"] == 1


@pytest.mark.parametrize("vision", ["qwen2_5_vl", "qwen3_vl", "generic"])
@pytest.mark.parametrize("kind", ["street", "dashboard", "swatch"])
def test_the_expert_wins_in_every_convention(vision, kind):
    env = make_env(ID, kind=kind, vision=vision)
    for index in range(5):
        assert list(play(env, env.get_task("train", index)))[-1].score >= 0.95


def test_a_task_does_not_depend_on_the_model_that_looks():
    hashes = {
        vision: make_env(ID, kind="swatch", vision=vision).get_task("train", 3).hash
        for vision in ("qwen2_5_vl", "qwen3_vl", "generic")
    }
    assert len(set(hashes.values())) == 1


def test_ergo_pays_its_published_sum():
    env = make_env(ID, kind="swatch", recipe="ergo")
    task = env.get_task("train", 0)
    last = list(play(env, task))[-1]
    assert last.score == pytest.approx(3.5)
    assert dict(last.components) == {"region": 1, "box": 1, "accuracy": 1, "format": 1}
    lazy = list(play(env, task, [ToolCall("answer", {"value": "I do not know"})]))[-1]
    assert lazy.score == pytest.approx(1.0), "the published sum pays for a well-formed wrong answer"


def test_the_shipped_photographs_can_be_asked_about():
    env = make_env(ID, source="photos")
    for index in range(env.num_tasks("train")):
        task = env.get_task("train", index)
        assert list(play(env, task))[-1].score >= 0.95
        assert list(play(env, task, []))[-1].score == 0


@pytest.mark.parametrize(
    ("kwargs", "told"),
    [
        ({"kind": "stret"}, "Did you mean 'street'"),
        ({"vision": "qwen"}, "unknown vision"),
        ({"source": "folder"}, "folder:DIR"),
        ({"source": "vstar:x"}, "folder:DIR"),
        ({"colour": "red"}, "takes no argument 'colour'"),
    ],
)
def test_wrong_arguments_say_what_is_right(kwargs, told):
    with pytest.raises(UsageError, match=told):
        make_env(ID, **kwargs)


def test_a_missing_folder_is_a_sentence(tmp_path):
    with pytest.raises(ScenarioError, match="there is no folder"):
        make_env(ID, source=f"folder:{tmp_path / 'none'}")


def test_the_board_has_one_size():
    env = make_env(ID, kind="swatch", render_mode="rgb_array")
    env.reset(seed=0)
    before = env.render()
    for call in env.expert():
        env.call(call)
    assert env.render().shape == before.shape == (720, 1280, 3)
    assert (env.render() != before).any()
