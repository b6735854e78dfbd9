from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from eyesmith.envs import ToolEnv, Turn
from eyesmith.envs.actions import Malformed
from eyesmith.tools.tool import ToolCall
from eyesmith.trajectories.columns import from_row, to_row
from eyesmith.trajectories.record import Episode
from eyesmith.trajectories.recorder import Recorder

Write = Callable[..., str]
WHO: dict[str, Any] = {"id": "x", "sample": 0}


def recorder(env: ToolEnv, index: int = 3) -> Recorder:
    task = env.get_task("train", index)
    return Recorder(env, task, env.begin(task))


def said(notes: Recorder, env: ToolEnv, text: str) -> list[Turn]:
    parsed = env.parse(text)
    turns = env.say(text)
    notes.acted([] if isinstance(parsed, Malformed) else parsed, text, turns, 1.0)
    return turns


def called(notes: Recorder, env: ToolEnv, name: str, **arguments: Any) -> Turn:
    call = ToolCall(name, arguments)
    turn = env.call(call)
    notes.acted([call], None, [turn], 1.0)
    return turn


def references(episode: Episode) -> list[str]:
    return [
        part["image"]
        for message in episode.messages
        if isinstance(message.get("content"), list)
        for part in message["content"]
        if part["type"] == "image"
    ]


def test_every_picture_stands_in_a_message_in_order(toys: ModuleType) -> None:
    env = toys.PaintEnv()
    notes = recorder(env)
    for cell in (0, 1, 0):
        called(notes, env, "paint", cell=cell)
    called(notes, env, "submit")
    episode = notes.episode(WHO)
    assert references(episode) == episode.image_hashes
    assert len(episode.image_hashes) == 4
    assert len(set(episode.image_hashes)) == len(notes.images) == 3, "stored once, shown twice"
    assert from_row(to_row(episode)) == episode


def test_calls_and_results_are_tied_by_an_id(toys: ModuleType, write: Write) -> None:
    env = toys.PaintEnv(action_format="hermes")
    notes = recorder(env)
    calls = "".join(f"<tool_call>{write('paint', cell=cell)}</tool_call>" for cell in (0, 1))
    said(notes, env, calls)
    said(notes, env, f"<tool_call>{write('submit')}</tool_call>")
    episode = notes.episode(WHO)
    asked = [call["id"] for message in episode.messages for call in message.get("tool_calls") or []]
    answered = [message["tool_call_id"] for message in episode.messages if message["role"] == "tool"]
    assert asked == answered
    assert len(set(asked)) == 3
    assert [len(turn.calls) for turn in episode.turns] == [2, 1]
    assert len(episode.step_rewards) == 2


def test_more_calls_than_are_run_are_not_recorded_as_run(toys: ModuleType, write: Write) -> None:
    env = toys.PaintEnv(action_format="hermes")
    notes = recorder(env)
    text = "".join(f"<tool_call>{write('paint', cell=cell)}</tool_call>" for cell in range(6))
    turns = said(notes, env, text)
    (turn,) = notes.episode(WHO).turns
    assert len(turns) == len(turn.calls) == 4
    assert turn.text == text, "the message itself is kept whole"


def test_calls_behind_the_end_are_not_recorded_as_run(toys: ModuleType, write: Write) -> None:
    env = toys.PaintEnv(action_format="hermes")
    notes = recorder(env)
    text = "".join(f"<tool_call>{write(name)}</tool_call>" for name in ("submit", "submit", "roll"))
    said(notes, env, text)
    episode = notes.episode(WHO)
    assert [call["name"] for call in episode.turns[0].calls] == ["submit"]
    assert episode.status == "ok"


@pytest.mark.parametrize(
    ("text", "code"),
    [("hello", "no_call"), ('{"name": "pain', None), ('{"name": "nothing"}', "unknown_tool")],
)
def test_an_agents_mistake_keeps_its_code_and_its_text(toys: ModuleType, text: str, code: str | None) -> None:
    env = toys.PaintEnv()
    notes = recorder(env)
    (turn,) = said(notes, env, text)
    recorded = notes.episode(WHO).turns[0]
    assert recorded.text == text
    assert recorded.error == turn.error != ""
    assert code in (None, recorded.error)


def test_rewards_are_one_a_message_and_sum_to_the_reward(toys: ModuleType, write: Write) -> None:
    env = toys.PaintEnv(action_format="hermes", dense=True, difficulty=3)
    notes = recorder(env)
    total = 0.0
    for cells in ((0, 1), (2,), (2, 2)):
        text = "".join(f"<tool_call>{write('paint', cell=cell)}</tool_call>" for cell in cells)
        total += sum(turn.reward for turn in said(notes, env, text))
    total += sum(turn.reward for turn in said(notes, env, f"<tool_call>{write('submit')}</tool_call>"))
    episode = notes.episode(WHO)
    assert len(episode.step_rewards) == len(episode.turns) == 4
    assert episode.reward == pytest.approx(sum(episode.step_rewards)) == pytest.approx(total)
    components = {component.name: component for component in episode.components}
    assert (components["repeat"].role, components["repeat"].value) == ("penalty", pytest.approx(-0.14))
    assert (components["neat"].role, components["neat"].weight) == ("bonus", 0.3)
    assert episode.score is not None
    assert episode.reward == pytest.approx(episode.score - 0.14)


def test_what_finish_ended_has_a_turn_without_a_call(toys: ModuleType) -> None:
    env = toys.PaintEnv()
    notes = recorder(env)
    called(notes, env, "paint", cell=0)
    notes.finished(env.finish("context"), 0.5)
    episode = notes.episode(WHO)
    assert (episode.status, episode.stop_reason) == ("truncated", "context")
    assert (episode.turns[-1].calls, episode.turns[-1].text) == ([], None)
    assert episode.turns[-1].finish_reason == "context"
    assert len(episode.step_rewards) == 2


@pytest.mark.parametrize("status", [None, "error", "drift"])
def test_what_did_not_end_well_has_no_grade(toys: ModuleType, status: Any) -> None:
    env = toys.PaintEnv(dense=True, difficulty=1)
    notes = recorder(env)
    called(notes, env, "paint", cell=env.task.key["wanted"][0])
    episode = notes.episode(WHO, status=status, error="it broke")
    assert episode.status == (status or "aborted")
    assert (episode.reward, episode.score, episode.components) == (None, None, [])
    assert episode.error == "it broke"


def test_engine_fields_are_kept(toys: ModuleType) -> None:
    env = toys.PaintEnv()
    notes = recorder(env)
    call = ToolCall("submit", {})
    notes.acted([call], "text", [env.call(call)], 2.0, n_prompt=7, n_completion=3, latency_ms=1.5)
    (turn,) = notes.episode(WHO).turns
    assert (turn.n_prompt, turn.n_completion, turn.latency_ms, turn.env_ms) == (7, 3, 1.5, 2.0)


def test_lone_surrogates_and_unicode_survive_storing(toys: ModuleType, write: Write) -> None:
    env = toys.PaintEnv()
    notes = recorder(env)
    said(notes, env, write("say", text="é 中 🙂"))
    said(notes, env, '{"name": "say", "arguments": {"text": "\\ud800"}}')
    stored = from_row(to_row(notes.episode(WHO)))
    assert stored.turns[0].calls[0]["arguments"]["text"] == "é 中 🙂"
    assert len(stored.turns) == 2


def test_the_key_is_not_written_down(toys: ModuleType) -> None:
    env = toys.PaintEnv()
    notes = recorder(env)
    called(notes, env, "submit")
    text = str(to_row(notes.episode(WHO)))
    assert "wanted" not in text
