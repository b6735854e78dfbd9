"""Playing by hand, driven through a reader that types for us, and through a pipe."""

import io
import re
import stat
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from eyesmith.agents import play as room
from eyesmith.agents.play import play
from eyesmith.agents.preview import half_blocks
from eyesmith.agents.typed import read_call, short_form
from eyesmith.envs.zoom_qa import ZoomQAEnv
from eyesmith.errors import StorageError
from eyesmith.tools.tool import ToolCall

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def env():
    return ZoomQAEnv(kind="swatch")


@pytest.fixture
def task(env):
    return env.get_task("train", 0)


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=1000)


def typing(*lines):
    left = iter(lines)

    def read(prompt):
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    return read


@pytest.fixture
def session(env, task, console, tmp_path):
    """Types lines; returns the last turn and what was printed."""

    def run(*lines, **options):
        turn = play(env, task, read=typing(*lines), console=console, out_dir=tmp_path / "out", **options)
        return turn, console.file.getvalue()

    return run


# -- what a person types


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("zoom_in bbox_2d=[1,2,3,4] image=v0", ToolCall("zoom_in", {"bbox_2d": [1, 2, 3, 4], "image": "v0"})),
        ("zoom_in [1, 2, 3.5, 4]", ToolCall("zoom_in", {"bbox_2d": [1, 2, 3.5, 4]})),
        ("zoom_in 1,2,3,4 v1", ToolCall("zoom_in", {"bbox_2d": [1, 2, 3, 4], "image": "v1"})),
        ("zoom_in image=v1 1,2,3,4", ToolCall("zoom_in", {"image": "v1", "bbox_2d": [1, 2, 3, 4]})),
        ("zoom_in bbox_2d=nonsense", ToolCall("zoom_in", {"bbox_2d": "nonsense"})),
        ("zoom_in", ToolCall("zoom_in", {})),
        ("zoom_in box=3", ToolCall("zoom_in", {"box": 3})),
        ("answer B", ToolCall("answer", {"value": "B"})),
        ("answer value=B", ToolCall("answer", {"value": "B"})),
        ("answer 27", ToolCall("answer", {"value": "27"})),
        ("answer the old  mill", ToolCall("answer", {"value": "the old  mill"})),
        ("answer it's x=3", ToolCall("answer", {"value": "it's x=3"})),
        ('answer value="two words"', ToolCall("answer", {"value": "two words"})),
        ('answer ""', ToolCall("answer", {"value": ""})),
        ("  answer   B ", ToolCall("answer", {"value": "B"})),
        ('{"name": "answer", "arguments": {"value": "B"}}', ToolCall("answer", {"value": "B"})),
        ('{"name": "no_such_tool"}', ToolCall("no_such_tool", {})),
    ],
)
def test_lines_that_are_calls(env, line, call):
    assert read_call(line, {tool.name: tool for tool in env.tools}) == call


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("zoom 1,2,3,4", "Did you mean 'zoom_in'"),
        ("zoom_in 1,2,3,4 v0 v1", "'v1' is one too many"),
        ("zoom_in image=v0 image=v1", "image stands twice"),
        ('{"name": "answer"', "not valid JSON"),
        ('{"arguments": {}}', "needs a 'name'"),
    ],
)
def test_lines_that_are_none(env, line, told):
    assert told in read_call(line, {tool.name: tool for tool in env.tools})


def test_the_short_form_is_read_back(env):
    tools = {tool.name: tool for tool in env.tools}
    for call in (
        ToolCall("zoom_in", {"bbox_2d": [1.5, 2.0, 3.0, 4.0], "image": "v0"}),
        ToolCall("answer", {"value": 'two "quoted" words'}),
        ToolCall("answer", {"value": "a\\"}),
        ToolCall("answer", {"value": ""}),
        ToolCall("answer", {"value": "[1, 2]"}),
        ToolCall("answer", {"value": "値 = 3"}),
    ):
        assert read_call(short_form(call), tools) == call


@given(st.text(max_size=200))
def test_no_line_raises(env, text):
    tools = {tool.name: tool for tool in env.tools}
    for line in (text, "answer " + text, "zoom_in " + text, "{" + text):
        assert isinstance(read_call(line, tools), ToolCall | str)


# -- a session


def test_the_expert_plays_to_the_end(session):
    turn, text = session(":expert", ":expert")
    assert turn.score == pytest.approx(1.0)
    assert turn.terminated
    assert "the expert: zoom_in bbox_2d=[" in text
    assert "score 1.000 of 1; ended by your closing call" in text
    assert re.search(r"accuracy +█{24} +1\.000 +gate", text)
    assert "why: " in text


def test_the_welcome_says_all_that_is_needed(session, env, task):
    _, text = session()
    assert env.system_prompt in text
    assert task.prompt.splitlines()[0] in text
    for tool in env.tools:
        assert tool.description in text
        for name, schema in tool.parameters["properties"].items():
            assert name in text
            assert schema["description"] in text


def test_pictures_are_written_as_they_were_shown(session, env, task, tmp_path):
    session("zoom_in 100,100,150,150")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["turn-00-v0.png", "turn-01-v1.png"]
    env.begin(task)
    shown = env.call(ToolCall("zoom_in", {"bbox_2d": [100, 100, 150, 150]})).images[0].array
    stored = cv2.cvtColor(cv2.imread(str(tmp_path / "out" / "turn-01-v1.png")), cv2.COLOR_BGR2RGB)
    assert np.array_equal(stored, shown)


def test_what_is_no_call_costs_no_turn(session):
    turn, text = session("zoom 1", "", "   ", "{", "answer A B=C")
    assert text.count("not sent: ") == 2
    assert turn.metrics["turns"] == 1


def test_an_agents_mistake_is_sent_and_costs_a_turn(session):
    turn, text = session("zoom_in 1,2", ":quit")
    assert "error: bad_arguments" in text
    assert "exactly 4 items" in text
    assert turn.metrics["invalid_calls"] == 1


def test_undo_takes_calls_back(session):
    turn, text = session(
        "zoom_in 0,0,112,112", "zoom_in 0,0,50,50", ":undo", ":undo", ":undo", ":expert", ":expert"
    )
    assert text.count("taken back") == 2
    assert "there is no call to take back" in text
    assert turn.metrics["views"] == 2
    assert turn.score == pytest.approx(1.0)


def test_undo_takes_the_experts_calls_back_too(session):
    turn, text = session(":expert", ":undo", ":expert", "zoom_in 0,0,112,112", ":undo", ":expert")
    assert turn.metrics["views"] == 2
    assert turn.score == pytest.approx(1.0)
    assert len(re.findall(r"the expert: zoom_in", text)) == 2


def test_undo_gives_back_the_reward(task, console, tmp_path):
    dense = ZoomQAEnv(kind="swatch", dense=True)
    play(dense, task, read=typing(":expert", ":undo", ":task"), console=console, out_dir=tmp_path)
    paid = re.findall(r"reward so far: (\S+)", console.file.getvalue())
    assert paid == ["0.400", "0.000"]


def test_quit_and_the_end_of_input_end_the_episode(session):
    turn, text = session(":quit", "answer A")
    assert (turn.score, turn.truncated, turn.stop_reason) == (0.0, True, "quit")
    assert "score 0.000 of 1; ended by quit" in text
    assert session()[0].stop_reason == "quit"


def test_the_turn_limit_ends_the_episode(session, env):
    turn, _ = session(*["zoom_in 0,0,112,112"] * 20)
    assert turn.stop_reason == "max_turns"
    assert turn.metrics["turns"] == env.MAX_TURNS


def test_commands(session):
    _, text = session(":help", ":tools", ":task", ":undoo")
    assert "take the last call back" in text
    assert text.count("Look closer at a box of a view") == 2
    assert "Did you mean ':undo'" in text


def test_a_folder_that_cannot_be_written(env, task, console, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(StorageError, match="choose another --out"):
        play(env, task, read=typing(), console=console, out_dir=tmp_path / "out")


def test_without_a_folder_a_temporary_one_is_made_and_said(env, task, console, monkeypatch, tmp_path):
    monkeypatch.setattr(room, "mkdtemp", lambda prefix: str(tmp_path / prefix))
    play(env, task, read=typing(), console=console)
    assert f"pictures are written to {tmp_path}/eyesmith-play-" in console.file.getvalue()
    assert (tmp_path / "eyesmith-play-" / "turn-00-v0.png").stat().st_size > 0


def test_control_characters_do_not_reach_the_terminal(session):
    _, text = session('answer_ "\x1b]0;owned\x07"', "answer_\x1b[2J")
    assert "\x1b" not in text
    assert "\x07" not in text


def test_a_text_with_markup_is_printed_as_it_is(session):
    _, text = session("[bold]x[/bold]")
    assert "'[bold]x[/bold]'" in text


# -- pictures


def test_open_uses_the_desktops_viewer(session, monkeypatch, tmp_path):
    viewer = tmp_path / "xdg-open"
    viewer.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/opened\n')
    viewer.chmod(viewer.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DISPLAY", ":9")
    session(opens=True)
    deadline = time.monotonic() + 10
    while not (tmp_path / "opened").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (tmp_path / "opened").read_text().strip().endswith("turn-00-v0.png")


def test_open_without_a_desktop_is_said(session, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    _, text = session(opens=True)
    assert "there is no viewer here" in text


def test_a_capable_terminal_shows_a_preview_and_a_pipe_does_not(env, task, tmp_path):
    for force, there in ((True, True), (False, False)):
        console = Console(file=io.StringIO(), width=60, force_terminal=force, color_system="truecolor")
        play(env, task, read=typing(), console=console, out_dir=tmp_path)
        text = console.file.getvalue()
        assert ("▀" in text) is there
        assert all(len(line) <= 60 for line in ANSI.sub("", text).splitlines() if "▀" in line)


def test_half_blocks_keep_colours_and_shape():
    array = np.zeros((40, 80, 3), np.uint8)
    array[:20] = (255, 0, 0)
    text = half_blocks(array, columns=20, rows=20)
    assert text.plain.splitlines() == ["▀" * 20] * 5
    assert text.spans[0].style == "rgb(255,0,0) on rgb(255,0,0)"
    assert text.spans[-1].style == "rgb(0,0,0) on rgb(0,0,0)"
    assert half_blocks(array[:1, :1], columns=20, rows=20).plain == "▀"


# -- the command


def test_the_command_reads_a_pipe(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            "-m",
            "eyesmith",
            "play",
            "eyesmith/ZoomQA-v0",
            "--env.kind=swatch",
            "--out",
            "out",
        ],
        input=":expert\n:expert\n",
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "> :expert" in done.stdout
    assert "score 1.000 of 1" in done.stdout
    assert (tmp_path / "out" / "turn-01-v1.png").exists()
