"""The package as a whole: what is shipped, who imports whom, and that every file looks like the house."""

import ast
import doctest
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import eyesmith
from eyesmith.envs.registry import ENVIRONMENTS, env_ids, stem

ROOT = Path(eyesmith.__file__).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS = PROJECT["tool"]["setuptools"]
LAYERS = ("rewards", "tools", "scenarios", "envs", "trajectories", "agents", "adapters", "bench", "__main__")
# Heavy libraries, and the target that has them.
HEAVY = {
    "torch": "make test-vllm",
    "transformers": "make test-vllm",
    "vllm": "make test-vllm",
    "verl": "make test-verl",
    "verifiers": "make test-verifiers",
    "playwright": "make test",
    "mujoco": "make test",
    "moderngl": "make test",
}
# What `import eyesmith` must not pay for either.
SLOW = ("cv2", "PIL", "scipy", "pyarrow", "rich", "jsonschema", "yaml")
PICKLES = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
MAX_LINES = 400
MAX_CAPTION_CHARS = 72
NOT_THE_PACKAGE = {"tests", "build", "dist", "runs", "docs", "examples"}
UNSHIPPED = {"__pycache__", "py.typed"}


def folders():
    return sorted(
        path.parent
        for path in ROOT.rglob("__init__.py")
        if path.parent != ROOT
        and not any(
            part in NOT_THE_PACKAGE or part.startswith(".") for part in path.relative_to(ROOT).parts[:-1]
        )
    )


FILES = sorted([*ROOT.glob("*.py"), *(path for folder in folders() for path in folder.glob("*.py"))])
MODULES = ["eyesmith", *(found.name for found in pkgutil.walk_packages(eyesmith.__path__, "eyesmith."))]


def place(path):
    return str(path.relative_to(ROOT))


def tree(path):
    return ast.parse(path.read_text())


def loaded(name):
    """A module; skipped where a heavy library that it owns is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        library = (getattr(error, "name", None) or "").split(".")[0]
        if library in HEAVY and find_spec(library) is None:
            pytest.skip(f"{name} needs {library}: {HEAVY[library]}")
        raise


# -- what is shipped


def test_the_packages_list_is_the_folders():
    real = {"eyesmith", *(f"eyesmith.{place(folder).replace(os.sep, '.')}" for folder in folders())}
    assert SETUPTOOLS["packages"] == sorted(real)


def test_every_folder_of_modules_is_a_package():
    stray = {
        path.relative_to(ROOT).parts[0]
        for path in ROOT.glob("*/*.py")
        if not path.relative_to(ROOT).parts[0].startswith(".")
    }
    assert stray - NOT_THE_PACKAGE <= {folder.name for folder in folders()}


@pytest.mark.parametrize(
    ("package", "pattern"),
    [(package, pattern) for package, rows in SETUPTOOLS["package-data"].items() for pattern in rows],
)
def test_a_row_of_package_data_matches_files(package, pattern):
    folder = ROOT.joinpath(*package.split(".")[1:])
    assert any(path.is_file() for path in folder.glob(pattern))


def test_every_file_beside_the_modules_is_shipped():
    rows = SETUPTOOLS["package-data"]
    for folder in folders():
        shipped = {
            path
            for pattern in rows.get(f"eyesmith.{place(folder).replace(os.sep, '.')}", ())
            for path in folder.glob(pattern)
        }
        data = {
            path
            for path in folder.rglob("*")
            if path.is_file() and path.suffix != ".py" and not UNSHIPPED & set(path.relative_to(folder).parts)
        }
        assert data <= shipped, (
            f"{place(folder)}: no row of package-data covers {sorted(map(place, data - shipped))}"
        )


def test_no_wildcard_package():
    assert "*" not in SETUPTOOLS["package-data"]
    assert SETUPTOOLS["include-package-data"] is False


def test_the_wheel_holds_the_package_and_nothing_else(tmp_path):
    pytest.importorskip("setuptools", minversion="77", reason="building needs setuptools >= 77: make test")
    source = tmp_path / "source"
    skipped = shutil.ignore_patterns(".*", "__pycache__", "runs", "build", "dist", "*.egg-info")
    shutil.copytree(ROOT, source, ignore=skipped)
    script = (
        "from setuptools import build_meta; "
        "print(build_meta.build_sdist('dist'), build_meta.build_wheel('dist'))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        cwd=source,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    wheel = zipfile.ZipFile(next((source / "dist").glob("*.whl")))
    names = set(wheel.namelist())
    tops = {name.split("/")[0] for name in names}
    assert tops == {"eyesmith", f"eyesmith-{eyesmith.__version__}.dist-info"}
    for path in FILES:
        assert f"eyesmith/{place(path)}" in names
    for package, rows in SETUPTOOLS["package-data"].items():
        folder = ROOT.joinpath(*package.split(".")[1:])
        for path in (path for pattern in rows for path in folder.glob(pattern) if path.is_file()):
            assert f"eyesmith/{place(path)}" in names
    assert not [name for name in names if "/tests/" in name or "/docs/" in name or name.endswith(".pyc")]
    licences = [name for name in names if "/licenses/" in name]
    assert any(name.endswith("LICENSE") for name in licences)
    assert any("OFL" in name for name in licences)
    # Releases are built from the sdist, so what the wheel needs must be in there.
    with tarfile.open(next((source / "dist").glob("*.tar.gz"))) as sdist:
        held = {name.split("/", 1)[1] for name in sdist.getnames() if "/" in name}
    assert {name.removeprefix("eyesmith/") for name in names if name.startswith("eyesmith/")} <= held


def test_the_version_is_told_once():
    assert eyesmith.__version__ == PROJECT["project"]["version"]


# -- who imports whom


def imports(path):
    """(line, level, module) of every import, and of every text that names a module by a relative path."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, 0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module is None:
                yield from ((node.lineno, node.level, alias.name) for alias in node.names)
            else:
                yield node.lineno, node.level, node.module
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            named = re.fullmatch(r"(\.{1,2})([a-z_]\w*(?:\.\w+)*)", node.value)
            if named:
                yield node.lineno, len(named[1]), named[2]


@pytest.mark.parametrize("path", FILES, ids=place)
def test_a_folder_imports_only_folders_before_it(path):
    parts = path.relative_to(ROOT).parts
    depth = len(parts)  # of the package that a single dot means
    own = parts[0] if depth > 1 else path.stem
    for line, level, module in imports(path):
        where = f"{place(path)}:{line}"
        first = module.split(".")[0]
        if level == 0:
            assert first != "eyesmith", f"{where} imports {module}: inside the package imports are relative"
            continue
        assert level <= depth, f"{where} imports from outside the package"
        if level < depth or first == "errors":
            continue  # within its own folder, or the errors
        if first == "__version__":
            # The root imports the registry, so only what stands after it may ask the root for the version.
            assert own in LAYERS[LAYERS.index("envs") + 1 :], f"{where}: {own} may not import the root"
            continue
        if own == "__init__":
            assert first == "envs", f"{where}: the root imports the registry only, not {module}"
            continue
        assert own in LAYERS, f"{where}: {own} may import nothing of the package, it imports {module}"
        assert first in LAYERS, f"{where}: {module} is in no layer"
        assert LAYERS.index(first) < LAYERS.index(own), (
            f"{where}: {own} stands before {first}, it may not import it"
        )


def test_the_layer_check_sees_what_it_should(tmp_path, monkeypatch):
    room = tmp_path / "tools" / "bad.py"
    room.parent.mkdir()
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    for text in (
        "from ..envs.base import ToolEnv",
        "from .. import scenarios",
        "import eyesmith.rewards",
        "from eyesmith import errors",
        "def f():\n    from ..agents import collect",
        "ROOMS = {'a': '..envs.base'}",
        "from ...outside import thing",
        "from .. import __version__",
        "from .. import env_ids",
    ):
        room.write_text(text)
        with pytest.raises(AssertionError, match=r"bad\.py:"):
            test_a_folder_imports_only_folders_before_it(room)
    room.write_text(
        "from ..errors import UsageError\nfrom ..rewards.score import Score\nfrom .tool import tool"
    )
    test_a_folder_imports_only_folders_before_it(room)


@pytest.mark.parametrize("path", FILES, ids=place)
def test_no_pickle(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert not (isinstance(node.value, ast.Constant) and node.value.value), (
                "a hostile pickle runs code"
            )
    assert not {module.split(".")[0] for _, level, module in imports(path) if level == 0} & PICKLES


def test_importing_and_building_load_nothing_heavy(tmp_path):
    script = (
        "import sys, eyesmith, gymnasium\n"
        f"print(*[name for name in {[*HEAVY, *SLOW]!r} if name in sys.modules], sep=',')\n"
        "for env_id in eyesmith.env_ids():\n"
        "    gymnasium.make(env_id).close()\n"
        f"print(*[name for name in {[*HEAVY]!r} if name in sys.modules], sep=',')\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["", ""]


# -- the stem rule


@pytest.mark.parametrize(
    "pattern",
    [
        "envs/{stem}.py",
        "scenarios/{stem}.py",
        "tests/envs/test_{stem}.py",
        "tests/playthroughs/{stem}.txt",
        "docs/envs/{stem}.md",
    ],
)
@pytest.mark.parametrize("env_id", env_ids())
def test_whoever_knows_an_id_knows_every_file(env_id, pattern):
    assert (ROOT / pattern.format(stem=stem(env_id))).is_file()


@pytest.mark.parametrize("env_id", env_ids())
def test_an_id_names_its_class(env_id):
    name = env_id.removeprefix("eyesmith/").rsplit("-v", 1)[0]
    assert ENVIRONMENTS[env_id] == f"{name}Env"
    cls = getattr(loaded(f"eyesmith.envs.{stem(env_id)}"), ENVIRONMENTS[env_id])
    assert env_id == cls.ID


def test_the_registry_is_sorted():
    assert list(ENVIRONMENTS) == sorted(ENVIRONMENTS)


# -- how a room looks


@pytest.mark.parametrize("path", FILES, ids=place)
def test_a_room_has_a_caption_and_a_bounded_length(path):
    caption = (ast.get_docstring(tree(path)) or "").split("\n")[0]
    assert caption, f"{place(path)} has no docstring"
    assert len(caption) <= MAX_CAPTION_CHARS, f"{place(path)}: {len(caption)} characters: {caption}"
    assert not caption.lower().startswith("this module")
    lines = len(path.read_text().splitlines())
    assert lines <= MAX_LINES, f"{place(path)} has {lines} lines: carve it by noun"


def sorted_names(names):
    """The order of ruff's RUF022: constants, classes, the rest; numbers by value."""

    def key(name):
        rank = 0 if len(name) > 1 and name.isupper() else 1 if name[:1].isupper() else 2
        return rank, [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]

    return sorted(names, key=key)


@pytest.mark.parametrize("name", MODULES)
def test_all_is_sorted_and_true(name):
    module = loaded(name)
    assert hasattr(module, "__all__"), f"{name} has no __all__"
    assert list(module.__all__) == sorted_names(module.__all__)
    assert len(set(module.__all__)) == len(module.__all__)
    for public in module.__all__:
        assert hasattr(module, public), f"{name}.__all__ names {public!r}, which is not there"


def test_the_walk_finds_every_file():
    names = {"eyesmith." + place(path).removesuffix(".py").replace(os.sep, ".") for path in FILES}
    names = {name.removesuffix(".__init__") for name in names}
    assert names == set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_run(name):
    result = doctest.testmod(loaded(name), optionflags=doctest.ELLIPSIS)
    assert result.failed == 0, f"{result.failed} of {result.attempted} examples of {name} failed; see above"
