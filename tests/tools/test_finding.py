"""Looking from outside: distributions made up in a folder, modules that break, commands that hang."""

import sys
from pathlib import Path

import pytest

from eyesmith.tools import finding
from eyesmith.tools.finding import import_problems, installed, output, requirements, source_line


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that this process and those it starts import from."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def test_importing_happens_in_another_process(folder: Path) -> None:
    (folder / "broken_thing.py").write_text("raise RuntimeError('operator x::nms\\n does not exist')")
    (folder / "quitting_thing.py").write_text("raise SystemExit('no')")
    told = import_problems(["broken_thing", "json", "quitting_thing", "no_such_thing"])
    assert told == {
        "broken_thing": "RuntimeError: operator x::nms does not exist",
        "json": "",
        "quitting_thing": "SystemExit: no",
        "no_such_thing": "ModuleNotFoundError: No module named 'no_such_thing'",
    }
    assert not {"broken_thing", "quitting_thing"} & sys.modules.keys()


def test_a_module_that_takes_the_process_along_is_named(folder: Path) -> None:
    (folder / "dying_thing.py").write_text("import os; os.kill(os.getpid(), 11)")
    told = import_problems(["json", "dying_thing", "csv"])
    assert told == {"json": "", "dying_thing": "it ended the process with status -11", "csv": ""}


def test_a_module_that_hangs_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "slow_thing.py").write_text("import time; time.sleep(30)")
    monkeypatch.setattr(finding, "IMPORT_TIMEOUT_S", 1.0)
    told = import_problems(["json", "slow_thing", "csv"])
    assert told == {"json": "", "slow_thing": "it took more than 1 s", "csv": ""}


def test_what_a_module_prints_is_not_taken_for_an_answer(folder: Path) -> None:
    (folder / "talking_thing.py").write_text("print('json\\tbroken'); print('hello', end='')")
    assert import_problems(["talking_thing"]) == {"talking_thing": ""}


def test_a_problem_holds_no_private_path(folder: Path) -> None:
    (folder / "leaking_thing.py").write_text(
        f"raise OSError('cannot open {sys.prefix}/lib/x.so nor {Path.home()}/x.so ' + 'x' * 5000)"
    )
    problem = import_problems(["leaking_thing"])["leaking_thing"]
    assert problem.startswith("OSError: cannot open /lib/x.so nor ~/x.so")
    assert len(problem) <= finding.MAX_PROBLEM_CHARS


def test_metadata_and_files_are_read_and_not_run(folder: Path) -> None:
    info = folder / "made_up-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: made-up\nVersion: 1.2\nRequires-Dist: torch (==2.1)\n"
    )
    (folder / "made_up").mkdir()
    (folder / "made_up" / "version.py").write_text("raise SystemExit\ncuda: str = '13.0'\n")
    assert installed("made-up") == "1.2"
    assert requirements("made-up") == ["torch (==2.1)"]
    assert source_line("made-up", "made_up/version.py", r"^cuda\b.*= '([^']+)'") == "13.0"
    assert source_line("made-up", "made_up/version.py", r"^hip\b.*= '([^']+)'") == ""
    assert source_line("made-up", "made_up/nothing.py", "(.*)") == ""
    assert source_line("nowhere-to-be-found", "x.py", "(.*)") == ""
    assert (installed("nowhere-to-be-found"), requirements("nowhere-to-be-found")) == (None, [])


def test_output() -> None:
    assert output(["/bin/sh", "-c", "echo 1"], 10.0) == "1\n"
    assert output(["/bin/sh", "-c", "echo 1; exit 3"], 10.0) is None
    assert output(["/bin/sh", "-c", "echo 1; exit 3"], 10.0, fails=True) == "1\n"
    assert output(["/bin/sh", "-c", "sleep 30"], 0.2) is None
    assert output(["/no/such/program"], 10.0) is None
