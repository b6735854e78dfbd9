"""What a person sees of a collection: on a terminal of 80 columns, and in a pipe."""

import io
import os
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from eyesmith.agents import progress
from eyesmith.agents.collection import CollectReport
from eyesmith.agents.progress import ProgressLine, summary
from eyesmith.agents.standing import Pace, outcomes

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HERE = Path(__file__).parent
LONG = CollectReport(
    Path(),
    planned=100_000,
    done=98_765,
    turns=1_234_567,
    tokens=987_654_321,
    rewards=4321.0,
    statuses=Counter(ok=50_000, truncated=40_000, error=8_000, drift=765),
    stops=Counter(max_turns=30_000, context=6_000, no_call=4_000, closed=0),
    failure="EngineError: " + "the endpoint answered chat/completions with 503 " * 3,
    seconds=40_000.0,
)


def report(done: int, *, planned: int = 100, seconds: float | None = None, **fields: object) -> CollectReport:
    filled: dict[str, object] = {"statuses": Counter(ok=done), "turns": 3 * done, "rewards": done / 2}
    at = float(done) if seconds is None else seconds
    return CollectReport(Path(), planned=planned, done=done, seconds=at, **(filled | fields))


def terminal(width: int = 80) -> Console:
    return Console(
        file=io.StringIO(), width=width, height=24, force_terminal=True, color_system="256", _environ={}
    )


def pipe() -> Console:
    return Console(file=io.StringIO(), force_terminal=False, _environ={})


def drawn(line: ProgressLine, console: Console) -> list[str]:
    """The lines of the live display."""
    lines = console.render_lines(line._drawn(), pad=False)
    return ["".join(segment.text for segment in line).rstrip() for line in lines]


def styles(line: ProgressLine, console: Console) -> dict[str, str]:
    found = [segment for row in console.render_lines(line._drawn()) for segment in row]
    return {segment.text: str(segment.style) for segment in found}


def shown(report: CollectReport | None, width: int = 80) -> list[str]:
    console = terminal(width)
    line = ProgressLine(console, "an environment")
    if report is not None:
        line(report)
    return drawn(line, console)


def told(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


# -- on a terminal


def test_how_far_how_fast_how_good_and_what_fails() -> None:
    failed = report(
        40,
        seconds=2000.0,
        tokens=40_000,
        statuses=Counter(ok=30, truncated=6, error=4),
        stops=Counter(max_turns=4, context=2),
        rewards=18.0,
        failure="EngineError: the engine\ndid not answer",
    )
    speed, good, why = shown(failed)
    assert re.search(r"━ +40/100  0\.02 ep/s  0\.06 turns/s  20 tok/s  0:00  50:00 left$", speed), speed
    assert good == "reward 0.500  ok 75%  error 10%  cut: max_turns 10%, context 5%"
    assert why == "last failure: EngineError: the engine did not answer"


def test_a_policy_without_a_model_has_no_tokens() -> None:
    lines = shown(report(40))
    assert len(lines) == 2
    assert "tok/s" not in lines[0]
    assert "left" in lines[0]


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_fullest_report_fits(width: int) -> None:
    console = terminal(width)
    line = ProgressLine(console, "an environment")
    line(LONG)
    line._began -= 360_000
    lines = drawn(line, console)
    assert len(lines) == 3
    assert [cell_len(text) <= width for text in lines] == [True] * 3
    assert re.match(r"━{4}", lines[0])
    assert "98765/100000" in lines[0]
    assert lines[0].endswith("100:00:00  8:20 left")
    assert "error 8%  drift 1%  cut: max_turns 30%, context 6%" in lines[1]
    assert lines[2].endswith("…" if width < 200 else "503"), lines[2]


def test_wide_characters_do_not_wrap() -> None:
    lines = shown(report(40, failure="誤り" * 200))
    assert len(lines) == 3
    assert 75 < cell_len(lines[2]) <= 80


def test_a_narrow_terminal_keeps_the_count() -> None:
    lines = shown(LONG, width=40)
    assert len(lines) == 3
    assert "98765/100000" in lines[0]
    assert all(cell_len(text) <= 40 for text in lines)


def test_what_goes_on_before_the_first_episode() -> None:
    assert shown(None)[0].endswith("━ 0:00  starting workers")
    loading = CollectReport(Path(), planned=64, phase="loading [red]Qwen[/red]")
    assert shown(loading)[0].endswith("━ 0/64  0:00  loading [red]Qwen[/red]")
    assert shown(CollectReport(Path(), planned=64))[0].endswith("━ 0/64  0:00  no episode has ended yet")
    assert len(shown(loading)) == 1


def test_a_long_phase_is_cut() -> None:
    (line,) = shown(CollectReport(Path(), planned=64, phase="waiting for the cluster " * 9))
    assert cell_len(line) <= 80
    assert "0/64  0:00  waiting for the cluster" in line
    assert line.endswith("…")


def test_the_phase_is_over_with_the_first_episode() -> None:
    assert "loading" not in shown(report(1, phase="loading Qwen"))[0]


def test_colours_tell_the_outcomes_apart() -> None:
    console = terminal()
    line = ProgressLine(console, "an environment")
    line(
        report(
            10, statuses=Counter(ok=6, truncated=2, error=1, drift=1), stops=Counter(context=2), failure="x"
        )
    )
    found = styles(line, console)
    assert found["ok 60%"] == "green"
    assert found["error 10%"] == "bold red"
    assert found["drift 10%"] == "magenta"
    assert found["cut: context 20%"] == "yellow"
    assert found["last failure: x"] == "red"


def test_what_an_error_says_cannot_command_the_terminal() -> None:
    (_, _, why) = shown(report(4, failure="boom\x1b]0;title\x07\x1b[2J\u202e [bold]x[/bold]"))
    assert why == "last failure: boom ]0;title [2J [bold]x[/bold]"


def test_the_clock_goes_on_while_no_episode_ends() -> None:
    console = terminal()
    with ProgressLine(console, "an environment"):
        time.sleep(1.6)
    text = ESCAPES.sub("", told(console))
    assert "0:00  starting workers" in text
    assert "0:01  starting workers" in text


def test_the_last_state_stays_on_the_terminal() -> None:
    console = terminal()
    with ProgressLine(console, "[an] environment") as line:
        line(report(100, seconds=10.0))
    text = ESCAPES.sub("", told(console))
    assert text.startswith("[an] environment\n")
    assert "100/100  10 ep/s  30 turns/s  0:00\n" in text.replace("\r", "")
    assert "left" not in text.rpartition("100/100")[2]


def test_the_bar_keeps_its_length_while_the_numbers_grow() -> None:
    console = terminal()
    line = ProgressLine(console, "an environment")
    line(report(40, seconds=3.0))
    first = drawn(line, console)[0]
    line(report(90, seconds=90.0))
    assert drawn(line, console)[0].count("━") in range(first.count("━") - 1, first.count("━") + 1)


# -- in a pipe


def test_a_pipe_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.1)
    console = pipe()
    with ProgressLine(console, "[an] environment") as line:
        line(CollectReport(Path(), planned=100, phase="loading M"))
        time.sleep(0.25)
        ends = Counter(ok=30, truncated=10)
        line(report(40, seconds=2000.0, statuses=ends, stops=Counter(context=10)))
        time.sleep(0.25)
    lines = told(console).splitlines()
    assert lines[0] == "[an] environment: 0/100  0:00  loading M"
    good = "reward 0.500  ok 75%  cut: context 25%"
    pace = r"0\.02 ep/s  0\.06 turns/s  0:0\d  50:0\d left"
    assert re.fullmatch(rf"\[an\] environment: 40/100  {pace}  {good}", lines[-1]), lines[-1]
    assert 3 <= len(lines) <= 6
    assert "\x1b" not in told(console)


def test_a_pipe_is_quiet_in_between() -> None:
    console = pipe()
    with ProgressLine(console, "an environment") as line:
        for done in range(100):
            line(report(done))
    assert told(console) == ""


def test_a_pipe_is_told_every_kind_of_failure_once() -> None:
    console = pipe()
    with ProgressLine(console, "E") as line:
        for done, failure in enumerate(
            ["", "port 80 is shut", "port 81 is shut", "no\nanswer", "port 82 is shut"]
        ):
            line(report(done + 1, failure=failure))
    assert told(console).splitlines() == ["E: failed: port 80 is shut", "E: failed: no answer"]


def test_long_lines_of_a_pipe_are_not_wrapped() -> None:
    console = pipe()
    with ProgressLine(console, "E") as line:
        line(report(1, failure="word " * 100))
    assert len(told(console).splitlines()) == 1


def test_a_dumb_terminal_is_a_pipe() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "dumb"})
    with ProgressLine(console, "E") as line:
        line(report(1, failure="no answer"))
    assert told(console) == "E: failed: no answer\n"


@pytest.mark.parametrize("end", [OSError("the disk is full"), SystemExit(1)], ids=["error", "broken pipe"])
def test_nobody_reads_any_more(monkeypatch: pytest.MonkeyPatch, end: BaseException) -> None:
    class Shut(io.StringIO):  # at a broken pipe, rich raises SystemExit
        def write(self, text: str) -> int:
            raise end

    died: list[object] = []
    monkeypatch.setattr("threading.excepthook", died.append)
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.05)
    with ProgressLine(Console(file=Shut(), force_terminal=False, _environ={}), "E"):
        time.sleep(0.2)
    assert died == []


def test_the_command_in_a_pipe(tmp_path: Path) -> None:
    path = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    words = "collect trouble:trouble/Trouble-v0 -n 8 -g 2 --retries 0 --workers 1 --env.what=break --env.at=1"
    done = subprocess.run(
        [sys.executable, "-m", "eyesmith", *words.split(), "--out", str(tmp_path / "run")],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert done.stdout.count("the engine did not answer") == 1
    assert "8 episodes (2 error, 6 ok)" in done.stdout


# -- the numbers


def test_pace_is_of_late() -> None:
    pace = Pace()
    for done in range(1, 601):
        pace.note(report(done, planned=1000, seconds=done / 10), done / 10)
    assert pace.rates(60.0) == pytest.approx((10.0, 30.0, 0.0))
    for done in range(601, 701):  # ten times slower
        pace.note(report(done, planned=1000, seconds=60 + (done - 600)), 60.0 + done - 600)
    assert pace.rates(160.0).episodes == pytest.approx(1.0, rel=0.05)


def test_pace_falls_when_nothing_comes() -> None:
    pace = Pace()
    for done in range(1, 601):
        pace.note(report(done, planned=1000, seconds=done / 10), done / 10)
    assert pace.rates(1860.0).episodes == pytest.approx(600 / 1860, rel=0.01)


def test_pace_of_long_episodes_looks_further_back_than_a_minute() -> None:
    pace = Pace()
    for done in range(1, 41):
        pace.note(report(done, seconds=100.0 * done), 100.0 * done)
    assert pace.rates(4000.0).episodes == pytest.approx(0.01, rel=0.05)
    assert pace.rates(4090.0).episodes > 0.009


def test_pace_begins_with_the_first_episode_and_not_with_the_loading() -> None:
    pace = Pace()
    pace.note(CollectReport(Path(), planned=8, phase="loading M"), 0.0)
    assert pace.rates(100.0) == (0.0, 0.0, 0.0)
    pace.note(report(4, seconds=2.0), 102.0)
    assert pace.rates(102.0).episodes == pytest.approx(2.0)


def test_outcomes_without_a_graded_episode() -> None:
    texts = [text for text, _ in outcomes(report(3, statuses=Counter(error=3), rewards=0.0))]
    assert texts == ["reward -", "ok 0%", "error 100%"]


def test_summary() -> None:
    made = report(
        200,
        planned=200,
        seconds=100.0,
        tokens=120_000,
        statuses=Counter(ok=176, truncated=20, error=4),
        stops=Counter(context=2, max_turns=18, closed=0),
        rewards=98.0,
        before=56,
    )
    assert summary(made) == (
        "200 episodes (4 error, 176 ok, 20 truncated (18 max_turns, 2 context), 56 were there)  "
        "2 ep/s  6 turns/s  1.2k tok/s  reward 0.500  errors 4"
    )
    one = report(4, seconds=2.0, statuses=Counter(truncated=4), stops=Counter(no_call=4))
    assert summary(one).startswith("4 episodes (4 truncated by no_call)  2 ep/s")


def test_summary_of_nothing_owed() -> None:
    text = summary(CollectReport(Path(), before=64))
    assert text == "0 episodes (none owed, 64 were there)  0 ep/s  0 turns/s  reward -  errors 0"
