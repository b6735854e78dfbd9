"""What an episode pays, what ends it, and what comes after the end."""

import json
from math import isclose

import numpy as np
import pytest

from eyesmith.envs import Turn
from eyesmith.envs.zoom_qa import ZoomQAEnv
from eyesmith.errors import UsageError
from eyesmith.tools.tool import ToolCall

HIGH_POTENTIAL = 0.4


def stroke(cell: int, colour: str = "red") -> ToolCall:
    return ToolCall("paint", {"cell": cell, "colour": colour})


SUBMIT = ToolCall("submit")
ROLL = ToolCall("roll")


def begun(env, index: int = 4):
    env.begin(env.get_task("train", index))
    return env


def play(env, calls) -> list[Turn]:
    turns = []
    for call in calls:
        turns.append(env.call(call))
        if turns[-1].done:
            break
    return turns


def total(turns: list[Turn]) -> float:
    return sum(turn.reward for turn in turns)


# -- sums


@pytest.mark.parametrize("recipe", ["default", "sum"])
@pytest.mark.parametrize("name", ["PaintEnv", "GuessEnv"])
def test_dense_and_sparse_sums_are_the_score_less_penalties(toys, name, recipe) -> None:
    rng = np.random.default_rng(0)
    for episode in range(60):
        calls = [stroke(int(cell)) for cell in rng.integers(toys.CELLS, size=rng.integers(12))]
        calls.insert(int(rng.integers(len(calls) + 1)), ToolCall("nothing of the kind"))
        calls.append([SUBMIT, ROLL][episode % 2])
        ends = []
        for dense in (False, True):
            env = begun(getattr(toys, name)(dense=dense, recipe=recipe, max_turns=14), episode % 50)
            turns = play(env, calls)
            if not turns[-1].done:
                turns.append(env.finish("time"))
            repeats = env._hand.repeats
            penalty = max(-0.2, -0.07 * repeats) if recipe == "default" else 0.0
            score = turns[-1].score
            assert score is not None
            assert isclose(total(turns), score + penalty, abs_tol=1e-9)
            assert all(turn.score is None for turn in turns[:-1])
            assert isclose(score, env.recipe.compose(turns[-1].components), abs_tol=1e-9)
            ends.append((round(score, 9), dict(turns[-1].components)))
            if not dense:
                assert [turn.reward for turn in turns[:-1]] == [0.0] * (len(turns) - 1)
        assert ends[0] == ends[1]


def test_dense_pays_differences_of_the_value(toys) -> None:
    env = begun(toys.GuessEnv(dense=True), 4)
    wanted = env.task.key["wanted"]
    value = 0.0
    for i, cell in enumerate(wanted, 1):
        turn = env.call(stroke(cell))
        potential = 0.5 * i / len(wanted)
        assert isclose(turn.reward, potential - value, abs_tol=1e-12)
        assert isclose(turn.components["fill"], i / len(wanted)), "levels, not increments"
        value = potential
    last = env.call(SUBMIT)
    assert (last.score, isclose(last.reward, 1.0 - value)) == (1.0, True)


def test_components_are_zero_until_the_end_unless_dense(toys) -> None:
    for dense in (False, True):
        env = begun(toys.PaintEnv(dense=dense), 4)
        turns = play(env, [stroke(env.task.key["wanted"][0]), stroke(env.task.key["wanted"][0]), SUBMIT])
        for turn in turns[:-1]:
            assert (turn.components["fill"] > 0) is dense
        assert (turns[1].components["repeat"] < 0) is dense
        assert turns[-1].components["repeat"] == pytest.approx(-0.07)
        assert turns[-1].components["fill"] > 0
        assert env.recipe.compose(turns[-1].components) == turns[-1].score


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize(("repeats", "penalty"), [(0, 0.0), (1, -0.07), (2, -0.14), (3, -0.2), (8, -0.2)])
def test_penalties_are_capped_and_no_part_of_the_score(toys, dense, repeats, penalty) -> None:
    env = begun(toys.PaintEnv(dense=dense, max_turns=40), 4)
    turns = play(env, [*env.expert()][:-1] + [stroke(env.task.key["wanted"][0])] * repeats + [SUBMIT])
    assert turns[-1].score == 1.0
    assert isclose(total(turns), 1.0 + penalty, abs_tol=1e-9)
    paid = np.cumsum([turn.reward for turn in turns])
    assert paid.min() >= -0.2 - 1e-9


def test_nothing_is_paid_for_acting(toys) -> None:
    env = begun(toys.PaintEnv(dense=True), 4)
    for _ in range(4):
        assert env.call(ROLL).reward == 0.0
        assert env.call(ToolCall("say", {"text": "please"})).reward == 0.0
    assert env.call(SUBMIT).score == 0.0


def test_zoom_sums() -> None:
    for dense in (False, True):
        for recipe in ("default", "ergo"):
            env = begun(ZoomQAEnv(kind="swatch", dense=dense, recipe=recipe), 4)
            turns = play(env, env.expert())
            assert turns[-1].terminated
            assert isclose(total(turns), turns[-1].score, abs_tol=1e-9)
            assert turns[-1].score == pytest.approx(env.recipe.range[1])
            before = [turn.components["accuracy"] for turn in turns[:-1]]
            assert before == [0.0] * len(before)
            if dense and recipe == "default":
                assert sum(turn.reward for turn in turns[:-1]) == pytest.approx(HIGH_POTENTIAL)
            if not dense:
                assert all(not any(turn.components.values()) for turn in turns[:-1])


# -- ends


def test_truncation_grades_a_work_and_not_an_absent_answer(toys) -> None:
    for dense in (False, True):
        for name, score in (("PaintEnv", 1.0), ("GuessEnv", 0.0)):
            env = begun(getattr(toys, name)(dense=dense, max_turns=5), 3)
            turns = play(env, [*env.expert()][:-1])
            assert len(turns) == 5
            last = turns[-1]
            assert (last.terminated, last.truncated, last.stop_reason) == (False, True, "max_turns")
            assert last.score == score
            assert isclose(total(turns), score, abs_tol=1e-9)
            assert (sum(last.components.values()) > 0) is bool(score)
    env = begun(ZoomQAEnv(kind="swatch", dense=True), 4)
    turns = [*play(env, [*env.expert()][:-1]), env.finish("context")]
    assert turns[-1].score == 0.0
    assert isclose(total(turns), 0.0, abs_tol=1e-9)
    assert not any(turns[-1].components.values())


def test_closing_on_the_last_turn_terminates(toys) -> None:
    env = begun(toys.GuessEnv(max_turns=6), 3)
    last = play(env, env.expert())[-1]
    assert (last.terminated, last.truncated, last.score, last.stop_reason) == (True, False, 1.0, "closed")


def test_max_turns_counts_calls_valid_or_not(toys) -> None:
    env = begun(toys.PaintEnv(max_turns=6, action_format="hermes"))
    bad = '<tool_call>{"name": "paint", "arguments": {"cell": 99}}</tool_call>'
    flags = [env.say(text)[-1].done for text in (bad, "<tool_call>", "x" * 300_000, bad, "hello")]
    assert flags == [False] * 5
    last = env.say(bad)[-1]
    assert (last.truncated, last.stop_reason) == (True, "max_turns")
    assert (last.metrics["turns"], last.metrics["invalid_calls"]) == (6.0, 6.0)
    assert begun(toys.PaintEnv(max_turns=1)).call(ROLL).truncated


def test_the_default_number_of_turns(toys) -> None:
    env = begun(toys.PaintEnv())
    flags = [env.call(ROLL).done for _ in range(env.MAX_TURNS)]
    assert flags == [False] * (env.MAX_TURNS - 1) + [True]


def test_a_tasks_own_limit_and_the_callers(toys) -> None:
    class Limited(toys.PaintEnv):
        ID = "toys/Limited-v0"

        def _generate(self, split, index, difficulty):
            task, world, size = super()._generate(split, index, difficulty)
            from dataclasses import replace

            return replace(task, limits={"max_turns": 2}), world, size

    assert [turn.done for turn in play(begun(Limited()), [ROLL] * 5)] == [False, True]
    assert [turn.done for turn in play(begun(Limited(max_turns=3)), [ROLL] * 5)] == [False, False, True]


def test_three_messages_without_a_call(toys) -> None:
    env = begun(toys.PaintEnv(action_format="hermes", max_turns=20))
    call = '<tool_call>{"name": "roll"}</tool_call>'
    broken = "<tool_call>{</tool_call>"
    for text in ("a", "b", call, "c", "<think>d</think>", broken, "", "e"):
        assert not env.say(text)[-1].done
    last = env.say("<think>" + call)[-1]
    assert (last.truncated, last.stop_reason, last.error) == (True, "no_call", "no_call")
    assert last.score == 0.0
    assert last.metrics["turns"] == 9.0


def test_finish_from_outside(toys) -> None:
    for dense in (False, True):
        env = begun(toys.PaintEnv(dense=dense), 4)
        first = env.call(stroke(env.task.key["wanted"][0]))
        last = env.finish("context")
        assert (last.terminated, last.truncated, last.stop_reason) == (False, True, "context")
        assert last.score == pytest.approx(1 / len(env.task.key["wanted"]))
        assert isclose(first.reward + last.reward, last.score, abs_tol=1e-9)
        again = env.finish("time")
        assert (again.reward, again.stop_reason, again.score) == (0.0, "context", last.score)
    env = begun(toys.PaintEnv())
    with pytest.raises(UsageError, match="reason"):
        env.finish("")
    assert not env.call(ROLL).done
    assert begun(toys.GuessEnv()).finish().stop_reason == "finished"


@pytest.mark.parametrize("how", ["terminated", "truncated"])
@pytest.mark.parametrize("dense", [False, True])
def test_later_calls_change_nothing(toys, how, dense) -> None:
    env = begun(toys.PaintEnv(dense=dense, max_turns=3, action_format="hermes"), 4)
    wanted = env.task.key["wanted"]
    turns = play(env, [stroke(wanted[0]), SUBMIT] if how == "terminated" else [stroke(wanted[0]), ROLL, ROLL])
    last = turns[-1]
    assert (last.terminated, last.truncated) == (how == "terminated", how == "truncated")
    snapshot = env.snapshot()
    later = [
        env.call(stroke(wanted[1])),
        *env.say('<tool_call>{"name": "submit"}</tool_call>' * 3),
        *env.say("nonsense"),
        *env.say("x" * 300_000),
        env.finish("late"),
        env.call(ToolCall("no such tool")),
    ]
    assert len(later) == 6
    for turn in later:
        assert "the episode is over" in turn.text
        assert (turn.reward, turn.error) == (0.0, "episode_over")
        assert (turn.terminated, turn.truncated) == (last.terminated, last.truncated)
        assert (turn.score, turn.stop_reason) == (last.score, last.stop_reason)
        assert turn.components == last.components
        assert turn.metrics == last.metrics
    assert env.snapshot() == snapshot


# -- several calls in one message


def calls_of(*calls: ToolCall) -> str:
    return "so ".join(
        "<tool_call>" + json.dumps({"name": c.name, "arguments": dict(c.arguments)}) + "</tool_call>"
        for c in calls
    )


def test_four_calls_run_in_order_and_the_fifth_does_not(toys) -> None:
    env = begun(toys.PaintEnv(action_format="hermes"))
    turns = env.say(calls_of(*(stroke(i) for i in range(5))))
    assert [turn.text.splitlines()[0] for turn in turns] == [f"painted {i} red" for i in range(4)]
    assert env._hand.cells[:5] == [1, 1, 1, 1, 0]
    assert "only the first 4 of the 5 calls" in turns[-1].text
    assert "only the first" not in "".join(turn.text for turn in turns[:-1])
    assert turns[-1].metrics["turns"] == 4.0
    assert "only the first" not in env.say(calls_of(*(stroke(i) for i in range(4))))[-1].text


def test_a_message_stops_at_the_end_of_the_episode(toys) -> None:
    env = begun(toys.PaintEnv(action_format="hermes"))
    turns = env.say(calls_of(stroke(1), SUBMIT, stroke(2), ROLL, ROLL))
    assert [turn.tool for turn in turns] == ["paint", "submit"]
    assert turns[-1].terminated
    assert env._hand.cells[2] == 0
    env = begun(toys.PaintEnv(action_format="hermes", max_turns=3))
    turns = env.say(calls_of(ROLL, ROLL, ROLL, SUBMIT))
    assert len(turns) == 3
    assert (turns[-1].truncated, env._hand.handed_in) == (True, False)


def test_a_mistake_does_not_stop_the_calls_after_it(toys) -> None:
    env = begun(toys.PaintEnv(action_format="hermes"))
    turns = env.say(calls_of(stroke(99), ToolCall("?"), stroke(2)))
    assert [turn.error for turn in turns] == ["bad_arguments", "unknown_tool", ""]
    assert env._hand.cells[2] == 1


def test_a_message_of_several_calls_is_one_step(toys) -> None:
    env = toys.PaintEnv(action_format="hermes", dense=True)
    env.reset(options={"index": 4})
    wanted = env.task.key["wanted"]
    text = calls_of(stroke(wanted[0]), stroke(99), stroke(wanted[1]))
    observation, reward, _, _, info = env.step(text)
    assert reward == pytest.approx(2 / len(wanted))
    assert (info["error_code"], info["tool"]) == ("bad_arguments", "paint")
    assert observation["text"].count("painted") == 2
    assert info["metrics"]["turns"] == 3.0


# -- what a call may hold, from inside


ODD_NAMES = (
    None,
    3,
    1.5,
    b"paint",
    ("paint",),
    ["paint"],
    {"paint": 1},
    "",
    "Paint",
    "paint ",
    "\ud800",
    "a" * 10**5,
)


@pytest.mark.parametrize("name", ODD_NAMES, ids=lambda name: str(name)[:9])
def test_odd_names_from_inside(paint, name) -> None:
    turn = paint.call(ToolCall(name))
    assert (turn.error, turn.tool) == ("unknown_tool", "")
    assert "this environment has: paint, roll, say, submit" in turn.text
    assert len(turn.text) < 300
    turn.text.encode()


ODD_ARGUMENTS = (
    None,
    3,
    "cell",
    [1],
    [("cell", 1)],
    {1: 2},
    {"cell": object()},
    {"cell": {1, 2}},
    {"cell": np.int64(1)},
)


@pytest.mark.parametrize("arguments", ODD_ARGUMENTS, ids=lambda value: str(value)[:12])
def test_odd_arguments_from_inside(paint, arguments) -> None:
    turn = paint.call(ToolCall("paint", arguments))
    assert turn.error == "bad_arguments"
    assert "0x" not in turn.text
    assert not any(paint._hand.cells)


def test_arguments_that_hold_themselves(paint) -> None:
    loop: list = []
    loop.append(loop)
    assert paint.call(ToolCall("paint", {"cell": loop})).error == "bad_arguments"


def test_the_suggestion(paint) -> None:
    text = paint.call(ToolCall("pant")).text
    assert (
        text == "unknown tool \"pant\"; this environment has: paint, roll, say, submit. Did you mean 'paint'?"
    )


def test_texts_are_clean_inside_too(paint) -> None:
    turn = paint.call(ToolCall("say", {"text": "a\ud800"}))
    assert turn.text == "you said: a\ufffd"
    assert paint._hand.said == "a\ufffd"
