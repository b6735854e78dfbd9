import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCRIPT = HERE / "collecting.py"


@pytest.fixture(autouse=True)
def trouble_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))


def workers_of(parent: int | None = None) -> list[int]:
    """Living worker processes: of a parent, or all of which the parent is gone."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
            state, above = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"eyesmith.agents.worker" in command and state != "Z" and parent in (None, int(above)):
            found.append(int(entry.name))
    return found


def gone(pids: list[int], within_s: float = 1.0) -> bool:
    """Whether processes end in time."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if not set(pids) & set(workers_of()):
            return True
        time.sleep(0.02)
    return not set(pids) & set(workers_of())


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `collecting.py` with an out folder and settings; what still runs is killed in the end."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        path = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
        started.append(
            subprocess.Popen(
                [sys.executable, str(SCRIPT), *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env=os.environ | {"PYTHONPATH": path},
            )
        )
        return started[-1]

    yield run
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()
