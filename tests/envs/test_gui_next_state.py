"""GuiNextState: the exact next screen pays; a copy, a look or a guess does not."""

import json
import re
from itertools import pairwise
from statistics import mean

import gymnasium
import numpy as np
import pytest

from eyesmith.envs.gui_appraisal import NOT_PREDICTED, ScreenMarks, over_stages
from eyesmith.envs.gui_board import BOARD_PX
from eyesmith.envs.gui_cheats import CHEATS
from eyesmith.envs.gui_next_state import GuiNextStateEnv
from eyesmith.envs.subject import play
from eyesmith.errors import JudgeError, MissingExtraError, ScenarioError, UsageError
from eyesmith.rewards.code2world import COLUMNS, RECIPES
from eyesmith.tools.tool import ToolCall

from ..rewards.judge_server import JudgeServer

pytestmark = pytest.mark.browser


def begun(index=0, split="test", **kwargs):
    env = GuiNextStateEnv(**kwargs)
    env.begin(env.get_task(split, index))
    return env


def ended(env, calls):
    """The last turn of the begun task, from its start."""
    env.begin(env.task)
    for call in calls:
        turn = env.call(call)
    return turn


def submitted(*pages):
    return [ToolCall("submit_html", {"html": page}) for page in pages]


def truths(env):
    return [stage.html for stage in env._world.stages]


# -- the expert and the cheats


@pytest.mark.parametrize("mode", ["single", "chain", "choose"])
def test_the_expert_predicts_every_screen(mode):
    scores = []
    for difficulty in (1, 2, 3, 4, 5):
        env = begun(difficulty, mode=mode, difficulty=difficulty)
        turns = list(play(env, env.task))
        assert turns[-1].terminated
        assert not any(turn.error for turn in turns)
        scores.append(turns[-1].score)
        assert all(turns[-1].metrics[name] == pytest.approx(1.0, abs=0.05) for name in COLUMNS)
        assert turns[-1].metrics["screens"] == turns[-1].metrics["screens_asked"]
    assert mean(scores) >= 0.95


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_earns_next_to_nothing(name):
    env = GuiNextStateEnv()
    scores = []
    for index in range(8):
        env.begin(env.get_task("test", index))
        scores.append(ended(env, env.cheats()[name]()).score)
    assert mean(scores) <= 0.1
    if name in ("copy_of_the_screen", "blank_page", "screenshot_as_data", "choice_alone"):
        assert max(scores) == 0.0


@pytest.mark.long
@pytest.mark.parametrize("mode", ["single", "chain", "choose"])
def test_the_expert_and_the_cheats_on_a_hundred_tasks(mode):
    env = GuiNextStateEnv(mode=mode)
    earned = {name: [] for name in ("expert", *CHEATS)}
    for index in range(100):
        env.begin(env.get_task("train", index))
        earned["expert"].append(ended(env, env.expert()).score)
        for name in CHEATS:
            earned[name].append(ended(env, env.cheats()[name]()).score)
    assert min(earned.pop("expert")) >= 0.8
    assert {name: mean(scores) for name, scores in earned.items() if mean(scores) > 0.1} == {}


@pytest.mark.parametrize("mode", ["single", "chain", "choose"])
def test_doing_nothing_earns_nothing(mode):
    env = begun(mode=mode)
    assert env.finish("timeout").score == 0.0


# -- damage


def wrong_texts(env, count):
    """The true screen with some texts of its changed region spelled backwards."""
    html = truths(env)[0]
    for text, _ in [pair for pair in env._world.stages[0].true.texts if pair[0].isalpha()][:count]:
        html = html.replace(f">{text}<", f">{text[::-1]}<", 1)
    return html


def tinted(env, count):
    veil = f"background:rgba(255,0,0,{0.06 * count})"
    return _over(env, f'<div style="position:absolute;left:0;top:0;width:540px;height:1200px;{veil}"></div>')


def moved(env, count):
    shift = f"position:absolute;left:{2 * count}px;top:{2 * count}px;width:540px;height:1200px"
    return re.sub(r'(<div id="render-target"[^>]*>)', rf'\1<div style="{shift}">', truths(env)[0])


def without_rows(env, count):
    lines = truths(env)[0].splitlines()
    rows = [number for number, line in enumerate(lines) if re.fullmatch(r"<div style=.*</div>", line)]
    gone = set(rows[len(rows) // 2 :][:count])
    return "\n".join(line for number, line in enumerate(lines) if number not in gone)


def _over(env, inner):
    return truths(env)[0].replace("</div>\n</body>", f"{inner}</div>\n</body>")


@pytest.mark.parametrize("damage", [wrong_texts, tinted, moved, without_rows])
def test_growing_damage_lowers_the_reward(damage):
    env = GuiNextStateEnv(mode="single")
    rows = []
    for index in range(4):
        env.begin(env.get_task("train", index))
        rows.append([ended(env, submitted(damage(env, count))).score for count in (0, 1, 2, 4)])
    assert [row[0] for row in rows] == pytest.approx([1.0] * 4, abs=0.01)
    means = np.mean(rows, axis=0)
    assert all(one > other for one, other in pairwise(means)), means
    assert all(one >= other - 1e-9 for row in rows for one, other in pairwise(row)), rows


def test_a_wrong_state_with_a_perfect_look_earns_nothing():
    """A toggle turned, all else right: the screen of another action."""
    env = GuiNextStateEnv(mode="single", difficulty=1)
    seen = 0
    for index in range(12):
        env.begin(env.get_task("train", index))
        stage = env._world.stages[0]
        if not stage.rivals:
            continue
        for rival in stage.rivals:
            last = ended(env, submitted(rival.html))
            assert last.components["action"] in (0.0, 1.0)
            if last.components["action"] == 1.0:
                continue  # another way to the same state, and something more
            assert last.score == 0.0
            seen += last.metrics["similarity"] > 0.7
    assert seen >= 3  # several of them look nearly right


def test_the_truth_hidden_from_view_is_no_truth():
    env = begun(2, mode="single", difficulty=4)
    html = truths(env)[0].replace('<div id="render-target"', '<div id="render-target" class="x"')
    faint = html.replace("</style>", ".x *{opacity:.01}</style>")
    assert faint != html
    assert ended(env, submitted(faint)).score == 0.0


# -- modes


def test_a_chain_is_fed_by_the_agents_own_screens():
    env = begun(mode="chain", difficulty=5)
    first = truths(env)[0].replace(
        "</div>\n</body>", '<div style="left:9px;top:9px">Odd one out</div></div>\n</body>'
    )
    turn = env.call(submitted(first)[0])
    assert "Step 2 of 4" in turn.text
    assert turn.images[0].label == "screen 2"
    assert "Odd one out" in env.call(ToolCall("inspect")).text
    assert not turn.done


def test_a_chain_scores_the_mean_of_its_steps():
    env = begun(mode="chain", difficulty=5)
    pages = truths(env)
    count = len(pages)
    for right in range(count + 1):
        given = env._world.given_html
        last = ended(env, submitted(*pages[:right], *[given] * (count - right)))
        assert last.score == pytest.approx(right / count, abs=0.01)
        assert last.terminated
    env.begin(env.task)
    env.call(submitted(pages[0])[0])
    cut = env.finish("context")
    assert cut.score == pytest.approx(1 / count, abs=0.01)
    assert cut.truncated


def test_a_chain_that_goes_back_wins_nothing_by_the_first_screen():
    for index in range(6):
        env = begun(index, mode="chain")
        given = env._world.given_html
        assert ended(env, submitted(*[given] * len(truths(env)))).score == 0.0


def test_the_wrong_choice_earns_nothing_and_the_right_one_what_was_predicted():
    env = begun(mode="choose")
    answer = env._world.answer
    pages = truths(env)
    right = ToolCall("choose", {"candidate": answer})
    assert ended(env, [*submitted(*pages), right]).score == pytest.approx(1.0, abs=0.01)
    assert ended(env, [*submitted(*pages[:2]), right]).score == pytest.approx(2 / 3, abs=0.01)
    assert ended(env, [right]).score == 0.0
    for wrong in {1, 2, 3} - {answer}:
        last = ended(env, [*submitted(*pages), ToolCall("choose", {"candidate": wrong})])
        assert last.score == 0.0
        assert last.components["gain"] == pytest.approx(1.0, abs=0.01)


def test_the_candidates_say_the_actions_and_not_what_they_are_for():
    for index in range(5):
        env = begun(index, mode="choose")
        goals = [stage.goal for stage in env._world.stages]
        wanted = goals[env._world.answer - 1]
        assert f"Goal: {wanted}" in env.task.prompt
        others = [goal for goal in goals if goal != wanted]
        assert not any(goal in env.task.prompt for goal in others)


@pytest.mark.parametrize(("index", "mode"), [(0, "single"), (1, "chain"), (2, "single"), (3, "choose")])
def test_the_mixture_takes_its_modes_in_turn(index, mode):
    assert begun(index)._world.mode == mode


def test_composed_levels_are_the_mean_of_the_screens():
    marks = [
        ScreenMarks(gain=0.8, action=1.0),
        ScreenMarks(gain=0.4, action=0.5),
        ScreenMarks(gain=0.0, action=1.0),
        NOT_PREDICTED,
    ]
    levels = over_stages(marks, 1.0)
    assert RECIPES["default"].compose(levels) == pytest.approx((0.8 + 0.2) / 4)
    assert over_stages([NOT_PREDICTED], 0.0) == {"choice": 0.0, "action": 0.0, "gain": 0.0}


# -- what the agent sees


def test_the_first_turn_shows_the_screen_with_the_action_drawn_on_it():
    for index in range(12):
        env = begun(index, mode="single")
        action = env._world.stages[0].action
        if action.kind == "click":
            break
    turn = env._last
    assert json.dumps(action.to_json(), ensure_ascii=False) in turn.text
    (image,) = turn.images
    assert image.array.shape == (1200, 540, 3)
    away = np.abs(image.array.astype(int) - env._world.given.image).max(axis=2) > 0
    ys, xs = np.nonzero(away)
    assert abs(xs.mean() - action.x) < 12
    assert abs(ys.mean() - action.y) < 12
    assert 30 <= np.ptp(xs) <= 50


def test_no_tool_shows_the_next_screen():
    env = begun(4, mode="single", difficulty=5)
    env.call(ToolCall("inspect"))
    env.call(ToolCall("render_preview", {"html": env._world.given_html}))
    turn = env.call(ToolCall("diff_view"))
    assert "0.0% of the screen differ" in turn.text
    assert np.array_equal(turn.images[0].array[:, :540], turn.images[0].array[:, 540:])
    assert env._measure()["similarity"] == 0.0


def test_two_previews_a_screen():
    env = begun(mode="chain")
    call = ToolCall("render_preview", {"html": env._world.given_html})
    assert [env.call(call).error for _ in range(3)] == ["", "", "no_previews"]
    env.call(submitted(truths(env)[0])[0])
    assert env.call(call).error == ""


def test_mistakes_are_told_and_nothing_is_taken():
    env = begun(mode="single")
    for html, code in (("<p>hello</p>", "no_root"), ("", "bad_arguments")):
        turn = env.call(ToolCall("submit_html", {"html": html}))
        assert turn.error == code
        assert not turn.done
    assert env.call(ToolCall("choose", {"candidate": 1})).error == "no_choice"
    assert env._screens.submitted == []


def test_a_larger_canvas_is_shown_at_half_its_size_and_pays_the_same():
    env = begun(1, mode="single", canvas="1080x2400")
    assert env._last.images[0].array.shape == (1200, 540, 3)
    assert env._world.given.image.shape == (2400, 1080, 3)
    assert "width:1080px" in env.task.prompt
    assert ended(env, env.expert()).score >= 0.95
    assert ended(env, env.cheats()["copy_of_the_screen"]()).score == 0.0


@pytest.mark.parametrize(
    ("kwargs", "told"),
    [({"mode": "singel"}, "single"), ({"canvas": "540x1201"}, "540x1200"), ({"source": "none:x"}, "android")],
)
def test_arguments_that_are_none_are_refused(kwargs, told):
    with pytest.raises(UsageError, match=told):
        GuiNextStateEnv(**kwargs)


def test_tasks_are_the_same_twice_and_differ_between_splits():
    env = GuiNextStateEnv()
    for index in range(4):
        assert env.get_task("train", index).hash == GuiNextStateEnv().get_task("train", index).hash
        assert env.get_task("train", index).hash != env.get_task("test", index).hash
    ids = {
        GuiNextStateEnv(**kwargs).get_task("train", 0).id
        for kwargs in ({}, {"mode": "single"}, {"mode": "chain"})
    }
    assert len(ids) == 3


def test_the_board_is_drawn_at_every_point():
    for mode in ("single", "chain", "choose"):
        env = begun(mode=mode, render_mode="rgb_array")
        pictures = [env.render()]
        for call in env.expert():
            env.call(call)
            pictures.append(env.render())
        assert {picture.shape for picture in pictures} == {(*BOARD_PX, 3)}
        assert not np.array_equal(pictures[0], pictures[-1])


def test_the_last_screen_is_exported():
    env = begun(mode="single")
    assert env.export_work("html") is None
    ended(env, env.expert())
    assert b"render-target" in env.export_work("html")
    with pytest.raises(UsageError, match="html"):
        env.export_work("png")


def test_without_a_browser_the_first_task_says_what_mends_it(monkeypatch):
    from eyesmith.tools import browser

    monkeypatch.delenv("EYESMITH_BROWSER", raising=False)
    monkeypatch.setattr("eyesmith.tools.browser_launch.browser_paths", lambda: iter(()))
    renderer = browser.HtmlRenderer()
    monkeypatch.setattr("eyesmith.scenarios.gui_next_state.shared_renderer", lambda: renderer)
    env = GuiNextStateEnv()
    with pytest.raises(MissingExtraError, match="eyesmith doctor --install browser"):
        env.get_task("train", 987_654)


def test_no_constructor_starts_a_browser(python):
    python(
        "from eyesmith.envs.gui_next_state import GuiNextStateEnv\n"
        "env = GuiNextStateEnv(); env.list_splits(); env.close()\n"
        "assert 'playwright' not in sys.modules"
    )


# -- Code2World's scores


def test_the_measured_sum_pays_for_a_copy_which_is_why_it_is_no_default():
    env = begun(0, mode="single", recipe="code2world_measured")
    copied = ended(env, env.cheats()["copy_of_the_screen"]())
    assert copied.components["action_adherence"] == copied.components["identifiability"] == 0.0
    assert copied.components["layout_integrity"] > 0.9
    assert copied.score > 0.3
    assert ended(env, env.expert()).score >= 0.95


MARKS = {"action_adherence": 4, "identifiability": 3, "element_alignment": 5, "layout_integrity": 2}


def marked(asked):
    return json.dumps(
        {name: {"reason": "so", "score": mark} for name, mark in MARKS.items() if name in asked.system}
    )


@pytest.mark.parametrize("mode", ["single", "chain"])
def test_a_judge_marks_logic_and_looks(mode):
    with JudgeServer(marked) as server:
        env = begun(mode=mode, recipe="code2world", judge={"base_url": server.url, "model": "toy"})
        last = ended(env, env.expert())
    assert [last.components[name] for name in COLUMNS] == pytest.approx([0.75, 0.5, 1.0, 0.25])
    assert last.score == pytest.approx(0.625)
    logic = [asked for asked in server.asked if "action_adherence" in asked.system]
    assert {len(asked.pictures) for asked in server.asked} == {2}
    assert env._world.stages[0].action.words() in logic[0].user
    assert last.metrics["action_adherence"] == pytest.approx(1.0)  # measured, whatever the judge says


def test_a_judge_is_asked_nothing_of_what_was_not_handed_in():
    with JudgeServer(marked) as server:
        env = begun(mode="chain", recipe="code2world", judge={"base_url": server.url, "model": "toy"})
        assert env.finish("timeout").score == 0.0
        assert server.asked == []


def test_a_judge_out_of_reach_is_no_score(monkeypatch):
    from eyesmith.rewards import judge as room

    monkeypatch.setattr(room, "FIRST_WAIT_S", 0.01)
    judge = {"base_url": "http://127.0.0.1:9/v1", "model": "toy", "retries": 0}
    env = begun(mode="single", recipe="code2world", judge=judge)
    with pytest.raises(JudgeError):
        env.call(submitted(truths(env)[0])[0])


# -- a source of one's own


@pytest.fixture
def folder(tmp_path):
    from eyesmith.scenarios.gui_files import write_gui_folder
    from eyesmith.scenarios.gui_transitions import transition
    from eyesmith.tools.browser import shared_renderer

    steps = [transition([31, number], "train", 3) for number in range(3)]
    write_gui_folder(tmp_path / "own", steps, shared_renderer())
    return tmp_path / "own"


def test_screens_of_ones_own_are_tasks(folder):
    env = GuiNextStateEnv(source=f"android:{folder}")
    assert {split: env.num_tasks(split) for split in env.list_splits()} == {"train": 3}
    for index in range(3):
        env.begin(env.get_task("train", index))
        assert ended(env, env.expert()).score >= 0.95
        for name in ("blank_page", "screenshot_as_data", "average_screen", "giant_text"):
            assert ended(env, env.cheats()[name]()).score <= 0.05


def test_a_copy_of_a_screen_of_ones_own_earns_nothing(folder):
    from eyesmith.scenarios.gui_transitions import transition

    env = GuiNextStateEnv(source=f"android:{folder}")
    for index in range(3):
        env.begin(env.get_task("train", index))
        copied = transition([31, index], "train", 3).before_html
        assert ended(env, submitted(copied)).score <= 0.05


def test_a_source_without_code_is_refused(folder):
    file = folder / "transitions.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    del rows[1]["html"]
    file.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(ScenarioError, match="1 of 3 rows have no 'html'"):
        GuiNextStateEnv(source=f"android:{folder}")


def test_gymnasium_steps_it():
    env = GuiNextStateEnv(mode="single", difficulty=1)
    observation, _ = env.reset(seed=3)
    assert observation["image_sizes"][0].tolist() == [1200, 540]
    assert isinstance(env, gymnasium.Env)
    calls = [json.dumps({"name": call.name, "arguments": dict(call.arguments)}) for call in env.expert()]
    for call in calls:
        observation, reward, terminated, _, info = env.step(call)
        assert env.observation_space.contains(observation)
    assert terminated
    assert reward >= 0.95
    assert info["metrics"]["element_alignment"] == pytest.approx(1.0)
