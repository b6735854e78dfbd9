"""`eyesmith new`: what it writes works, and what it cannot do it says and leaves alone."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import eyesmith
from eyesmith.envs import scaffold as room
from eyesmith.envs.scaffold import MAX_NAME_CHARS, scaffold
from eyesmith.errors import UsageError

ROOT = Path(eyesmith.__file__).parent
FOLDERS = ("agents", "bench", "envs", "rewards", "scenarios", "tools", "trajectories")
RUN_TIMEOUT_S = 300
WRITTEN = (
    "tools/count_dots.py",
    "rewards/count_dots.py",
    "scenarios/count_dots.py",
    "envs/count_dots.py",
    "tests/envs/test_count_dots.py",
    "tests/playthroughs/count_dots.txt",
    "docs/envs/count_dots.md",
    "envs/registry.py",
)


def copy_checkout(folder):
    """The package's own files of this checkout, without git, tests and docs."""
    folder.mkdir(parents=True)
    for path in [*ROOT.glob("*.py"), ROOT / "pyproject.toml", ROOT / "py.typed"]:
        shutil.copy(path, folder)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def checkout(tmp_path):
    return copy_checkout(tmp_path / "checkout")


@pytest.fixture
def unrun(monkeypatch):
    """Writes without running the new environment."""
    monkeypatch.setattr(room, "_run", lambda folder, env_id: ("played", "told"))


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def python(folder, *words):
    """Python in a folder whose `eyesmith` is the copy, not the installed one."""
    return subprocess.run(
        [sys.executable, "-P", *words],
        capture_output=True,
        text=True,
        cwd=folder,
        env=dict(os.environ) | {"PYTHONPATH": str(folder)},
        timeout=RUN_TIMEOUT_S,
        check=False,
    )


def test_a_new_environment_passes_validate_and_its_own_tests(tmp_path):
    checkout = copy_checkout(tmp_path / "eyesmith")
    before = contents(checkout)
    made = python(tmp_path, "-m", "eyesmith", "new", "CountDots", "--root", str(checkout))
    assert made.returncode == 0, made.stderr
    after = contents(checkout)
    changed = {str(path) for path, text in after.items() if before.get(path) != text}
    assert changed == set(WRITTEN)
    assert all(path in made.stdout for path in WRITTEN)

    checked = python(tmp_path, "-m", "eyesmith", "validate", "eyesmith/CountDots-v0", "-n", "2")
    assert checked.returncode == 0, checked.stdout + checked.stderr

    test = str(checkout / "tests/envs/test_count_dots.py")
    tested = python(
        tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(checkout / "pyproject.toml"), test
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr

    played = (checkout / "tests/playthroughs/count_dots.txt").read_text()
    assert "score: 1.0000" in played
    page = (checkout / "docs/envs/count_dots.md").read_text()
    assert "# eyesmith/CountDots-v0" in page
    assert "## Reward" in page

    again = python(tmp_path, "-m", "eyesmith", "new", "CountDots", "--root", str(checkout))
    assert again.returncode == 2
    assert "is taken" in again.stderr
    assert contents(checkout) == after


def test_the_folder_need_not_be_called_eyesmith(checkout):
    written = scaffold("CountDots", checkout)
    assert [str(path.relative_to(checkout)) for path in written] == list(WRITTEN)
    assert "score: 1.0000" in (checkout / "tests/playthroughs/count_dots.txt").read_text()


def test_nothing_is_left_behind_where_it_does_not_run(checkout):
    (checkout / "rewards" / "recipe.py").write_text("raise RuntimeError('an older checkout')")
    before = contents(checkout)
    with pytest.raises(
        UsageError, match=r"does not run in this checkout, .* RuntimeError: an older checkout"
    ):
        scaffold("CountDots", checkout)
    assert contents(checkout) == before


@pytest.mark.parametrize("name", ["Dots", "A" + "pples" * 5 + "Pear", "Zebra3"])
def test_any_name_gives_files_in_the_house_style(checkout, unrun, name):
    assert len(name) in (4, 6, MAX_NAME_CHARS)
    for path in scaffold(name, checkout):
        if path.suffix != ".py":
            continue
        text = path.read_text()
        compile(text, path.name, "exec")
        assert max(map(len, text.splitlines())) <= 110, path.name
        assert len(text.splitlines()[0].strip('"')) <= 72, path.name
        modules = re.findall(r"^from (\.\.\S+|eyesmith\S*) import", text, re.MULTILINE)
        assert modules == sorted(modules), path.name
        assert not re.search(r"\$\w|\$\{", text), path.name


def test_rows_stay_sorted(checkout, unrun):
    for name in ("Zebra", "Apple", "MarkDots"):
        scaffold(name, checkout)
    rows = re.findall(
        r'^    "(eyesmith/\w+-v0)": "(\w+)",$', (checkout / "envs/registry.py").read_text(), re.MULTILINE
    )
    assert rows == sorted(rows)
    assert {("eyesmith/Apple-v0", "AppleEnv"), ("eyesmith/ZoomQA-v0", "ZoomQAEnv")} < set(rows)


def test_a_row_is_added_once():
    text = 'ENVIRONMENTS: dict[str, str] = {\n    "eyesmith/B-v0": "BEnv",\n}\n'
    once = room._with_row(text, "eyesmith/A-v0", "AEnv")
    assert (
        once
        == 'ENVIRONMENTS: dict[str, str] = {\n    "eyesmith/A-v0": "AEnv",\n    "eyesmith/B-v0": "BEnv",\n}\n'
    )
    assert room._with_row(once, "eyesmith/A-v0", "AEnv") == once


@pytest.mark.parametrize(
    "body", ["ROWS = {}\n", 'ENVIRONMENTS: dict[str, str] = {\n    **MORE,\n    "a": "A",\n}\n']
)
def test_a_registry_in_another_form_is_not_touched(checkout, unrun, body):
    (checkout / "envs/registry.py").write_text(body)
    before = contents(checkout)
    with pytest.raises(UsageError, match="one row a line"):
        scaffold("CountDots", checkout)
    assert contents(checkout) == before


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("countDots", "Did you mean 'CountDots'"),
        ("count_dots", "Did you mean 'CountDots'"),
        ("eyesmith/CountDots-v0", "Did you mean 'CountDots'"),
        ("Count Dots", "Did you mean 'CountDots'"),
        ("../Escape", "Did you mean 'Escape'"),
        ("ABC", "CamelCase"),
        ("", "CamelCase"),
        ("3Dots", "CamelCase"),
        ("Zählen", "CamelCase"),
        ("CountDotsEnv", "leave out the Env"),
        ("Class", "keyword of Python"),
        ("A" + "b" * MAX_NAME_CHARS, "at most 30 characters"),
        ("ZoomQA", "is taken: there is .*envs/zoom_qa.py"),
        ("Recipe", "is taken: there is rewards/recipe.py"),
        ("Base", "is taken: there is envs/base.py"),
    ],
)
def test_a_bad_name_is_refused_in_a_sentence(checkout, unrun, name, told):
    before = contents(checkout)
    with pytest.raises(UsageError, match=told):
        scaffold(name, checkout)
    assert contents(checkout) == before


def test_a_folder_that_is_no_checkout(tmp_path):
    with pytest.raises(UsageError, match="checkout of eyesmith"):
        scaffold("CountDots", tmp_path)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "another"\n')
    with pytest.raises(UsageError, match="checkout of eyesmith"):
        scaffold("CountDots", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject.toml"]
