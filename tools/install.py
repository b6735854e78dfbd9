"""Installs the browser, or OpenGL without a screen, where the user may.

Runs apt-get as root or with passwordless sudo, and nothing else; whoever may not is told the one command.
"""

__all__ = ["install_browser", "install_gl"]

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Protocol

from rich.console import Console

PACKAGES = ("chromium-headless-shell", "chromium")  # the smaller first; older systems only know the second
GL_PACKAGES = ("libegl1", "libgl1", "libgl1-mesa-dri")
LIBRARIES = {"playwright": "playwright>=1.49", "lxml": "lxml>=5"}
STEP_TIMEOUT_S = 900.0
SUDO_TIMEOUT_S = 10.0


class Found(Protocol):
    """What a look for it tells."""

    @property
    def status(self) -> str:
        """`ok`, `missing` or `warning`."""
        ...

    @property
    def detail(self) -> str:
        """What was found."""
        ...


def install_browser(console: Console, look: Callable[[], Found]) -> int:
    """Install Chromium's headless shell, Playwright and lxml where they are missing.

    Args:
        console: where to say what is done.
        look: finds the browser; asked before and after.

    Returns:
        0 when all are there at the end, 1 when a step failed, 2 when this user may not install; then the one
        command was printed.
    """
    if look().status != "ok":
        status = _install_chromium(console)
        if status:
            return status
    lacking = [package for name, package in LIBRARIES.items() if find_spec(name) is None]
    if lacking:
        command = _pip(lacking)
        if command is None:
            return _tell(console, _by_hand(lacking))
        if not _run(command, console):
            return 1
    found = look()
    if found.status != "ok":
        console.print(f"the installation ended, but the browser does not run: {found.detail}", style="red")
        return 1
    console.print(f"{found.detail} and Playwright are installed", style="green")
    return 0


def install_gl(console: Console, look: Callable[[], Found]) -> int:
    """Install Mesa's EGL and its drivers, where nothing draws without a screen.

    Args:
        console: where to say what is done.
        look: finds what draws; asked before and after.

    Returns:
        0 when something draws at the end, 1 when a step failed, 2 when this user may not install; then the
        one command was printed.
    """
    if look().status != "ok":
        names = " ".join(GL_PACKAGES)
        get = _apt_get()
        if get is None:
            return _tell(console, f"sudo sh -c 'apt-get update && apt-get install -y {names}'")
        _run([*get, "update"], console)
        if not _run([*get, "install", "-y", "--no-install-recommends", *GL_PACKAGES], console):
            return 1
    found = look()
    if found.status != "ok":
        console.print(f"the installation ended, but nothing draws: {found.detail}", style="red")
        return 1
    console.print(found.detail, style="green")
    return 0


def _install_chromium(console: Console) -> int:
    if shutil.which("apt-get") is None:
        told = _by_hand(list(LIBRARIES.values()))
        return _tell(console, f"{told} && python -m playwright install --only-shell chromium")
    get = _apt_get()
    if get is None:
        either = " || ".join(f"apt-get install -y {package}" for package in PACKAGES)
        return _tell(console, f"sudo sh -c 'apt-get update && ({either})'")
    # A failed update may be one dead mirror of several: the installation decides.
    _run([*get, "update"], console)
    for package in PACKAGES:
        if _run([*get, "install", "-y", "--no-install-recommends", package], console):
            return 0
    console.print("neither package could be installed; what apt-get said stands above", style="red")
    return 1


def _apt_get() -> list[str] | None:
    """apt-get that asks nothing; None where there is none or this user may not use it."""
    prefix = _rights() if shutil.which("apt-get") else None
    if prefix is None:
        return None
    return [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"]


def _rights() -> list[str] | None:
    """What to put before apt-get; None where this user has no right to use it."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    try:
        may = subprocess.run(["sudo", "-n", "true"], capture_output=True, timeout=SUDO_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ["sudo", "-n"] if may.returncode == 0 else None


def _by_hand(packages: Sequence[str]) -> str:
    return " ".join(["pip install", *(f'"{package}"' for package in packages)])


def _pip(packages: Sequence[str]) -> list[str] | None:
    """A command that installs into this interpreter; environments made by uv hold no pip."""
    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", *packages]
    if shutil.which("uv"):
        return ["uv", "pip", "install", "--python", sys.executable, *packages]
    return None


def _run(command: Sequence[str], console: Console) -> bool:
    """Run a step in sight of the user; whether it ended well."""
    told = [word if word != sys.executable else "python" for word in command]
    console.print(f"$ {' '.join(told)}", style="dim", markup=False)
    try:
        return subprocess.run(command, timeout=STEP_TIMEOUT_S, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        console.print(f"this took more than {STEP_TIMEOUT_S:.0f} s and was stopped", style="red")
        return False
    except OSError:
        console.print(f"{command[0]} could not be started", style="red")
        return False


def _tell(console: Console, command: str) -> int:
    console.print("this has to be installed by hand; run this, then `eyesmith doctor` again:", style="yellow")
    console.print(command, markup=False, soft_wrap=True)
    return 2
