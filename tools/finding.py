"""One line of the doctor's report, and how to look without touching.

Metadata, files and short subprocesses alone: nothing that is looked at is imported here, so that what is
broken cannot break the report.
"""

__all__ = [
    "Finding",
    "Status",
    "import_problems",
    "installed",
    "numbers",
    "output",
    "requirements",
    "source_line",
]

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

Status = Literal["ok", "missing", "warning"]

IMPORT_TIMEOUT_S = 120.0
MAX_PROBLEM_CHARS = 300
# Says each module's problem as soon as it is known, for the next one may take the process along.
IMPORTS = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
        said = ""
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
    print("\\n" + name, " ".join(said.split()), sep="\\t", flush=True)
"""


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Args:
        name: what was looked for.
        status: found and fit, not there, or there with something to mind.
        detail: what was found.
        mend: the one command that mends it, or "".
    """

    name: str
    status: Status
    detail: str
    mend: str = ""


def installed(name: str) -> str | None:
    """Version of an installed distribution."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def requirements(name: str) -> list[str]:
    """What an installed distribution asks for, as its metadata write it."""
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []


def numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version.

    >>> numbers("5.0.0.93"), numbers("2.1rc1")
    ((5, 0, 0, 93), (2, 1))
    """
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def source_line(name: str, path: str, pattern: str) -> str:
    """What a pattern's first group finds in a file of a distribution, read and not run; "" for nothing.

    Args:
        name: of the distribution.
        path: of the file, beside the distribution's packages.
        pattern: a regular expression, `^` and `$` at lines.
    """
    try:
        text = Path(str(metadata.distribution(name).locate_file(path))).read_text(errors="replace")
    except (metadata.PackageNotFoundError, OSError):
        return ""
    found = re.search(pattern, text, re.MULTILINE)
    return found[1] if found else ""


def output(command: Sequence[str], timeout_s: float, *, fails: bool = False) -> str | None:
    """What a command prints, or None where it takes too long or is not there.

    Args:
        command: program and arguments.
        timeout_s: how long it may take.
        fails: whether what it prints counts also when it ends with another status than 0.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    return done.stdout if fails or done.returncode == 0 else None


def import_problems(modules: Sequence[str]) -> dict[str, str]:
    """Why modules do not import in a process of their own, each in one line; "" for those that do."""
    text, ending = "", ""
    # From an empty folder: a checkout's own folders would shadow libraries of the same name.
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-c", IMPORTS, *modules]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=IMPORT_TIMEOUT_S,
                check=False,
                cwd=folder,
            )
            text, ending = done.stdout, f"it ended the process with status {done.returncode}"
        except subprocess.TimeoutExpired as late:
            text = (late.stdout or b"").decode(errors="replace")
            ending = f"it took more than {IMPORT_TIMEOUT_S:g} s"
    pairs = (line.split("\t", 1) for line in text.splitlines() if "\t" in line)
    told = {name: _private(problem) for name, problem in pairs if name in modules}
    left = [name for name in modules if name not in told]
    # The first that said nothing is the one that ended it; those behind it were not tried.
    return told | dict.fromkeys(left[1:], "") | dict.fromkeys(left[:1], ending)


def _private(problem: str) -> str:
    text = problem.replace(sys.prefix, "").replace(str(Path.home()), "~")
    return text if len(text) <= MAX_PROBLEM_CHARS else text[: MAX_PROBLEM_CHARS - 1] + "…"
