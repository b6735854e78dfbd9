"""Writes the files of a new, small, working environment: `eyesmith new`.

Filled in from `templates/`: a hand, a reward, a scenario, the environment and its test, one file a folder.
Its playthrough and its page are written by running it. Knows no other environment.
"""

__all__ = ["scaffold"]

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from keyword import iskeyword
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from ..errors import UsageError
from .describe import checkout
from .registry import stem

MAX_NAME_CHARS = 30
RUN_TIMEOUT_S = 300.0
TEMPLATES = Path(__file__).with_name("templates")
REGISTRY = "envs/registry.py"
FILES: Mapping[str, str] = {  # template -> where it goes
    "hand": "tools/$stem.py",
    "reward": "rewards/$stem.py",
    "scenario": "scenarios/$stem.py",
    "environment": "envs/$stem.py",
    "test": "tests/envs/test_$stem.py",
}
PLAYTHROUGH = "tests/playthroughs/$stem.txt"
PAGE = "docs/envs/$stem.md"
TABLE = re.compile(r"^ENVIRONMENTS: dict\[str, str\] = \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
ROW = re.compile(r'^    "([^"]+)": "([^"]+)",$', re.MULTILINE)
# Loads a checkout as the package eyesmith, whatever its folder is called, and runs the new environment there.
RUNNER = """
import importlib.util, json, sys
root, env_id = sys.argv[1:]
spec = importlib.util.spec_from_file_location(
    "eyesmith", root + "/__init__.py", submodule_search_locations=[root])
package = importlib.util.module_from_spec(spec)
sys.modules["eyesmith"] = package
spec.loader.exec_module(package)
import gymnasium
from eyesmith.envs.page import render_page
from eyesmith.envs.playthrough import playthrough
page = render_page(gymnasium.make(env_id, disable_env_checker=True).unwrapped)
print(json.dumps([playthrough(env_id), page]))
"""


def scaffold(name: str, root: Path | None = None) -> list[Path]:
    """Write a new environment into a checkout and add its row to the registry.

    Args:
        name: CamelCase, such as CountDots; the id becomes eyesmith/CountDots-v0.
        root: the checkout; None takes the one that this package runs from.

    Returns:
        The written files, the registry last.

    Raises:
        UsageError: a name that cannot be used or is taken, no checkout, or a checkout in which the new
            environment does not run; then nothing was left behind.
    """
    folder = checkout(root)
    word = _checked(name)
    words = {"Name": name, "stem": word, "id": f"eyesmith/{name}-v0"}
    targets = {kind: folder / _filled(where, words) for kind, where in FILES.items()}
    playthrough, page = folder / _filled(PLAYTHROUGH, words), folder / _filled(PAGE, words)
    registry = folder / REGISTRY
    before = registry.read_text()
    after = _with_row(before, words["id"], f"{name}Env")
    taken = [path for path in (*targets.values(), playthrough, page) if path.exists()]
    if after == before or taken:
        there = ", ".join(str(path.relative_to(folder)) for path in taken) or f"the row of {words['id']}"
        raise UsageError(f"the name {name} is taken: there is {there} already. Choose another name.")
    written: list[Path] = []
    try:
        for kind, path in targets.items():
            template = (TEMPLATES / f"{kind}.txt").read_text()
            _write(path, _sorted_imports(_filled(template, words)), written)
        registry.write_text(after)
        played, told = _run(folder, words["id"])
        _write(playthrough, played, written)
        _write(page, told, written)
    except BaseException:
        registry.write_text(before)
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return [*written, registry]


def _checked(name: str) -> str:
    """The stem of a name that can be used."""
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) or not re.search(r"[a-z]", name):
        words = re.findall(r"[A-Za-z0-9]+", name.split("/")[-1].rsplit("-v", 1)[0])
        guess = "".join(word[0].upper() + word[1:] for word in words)
        hint = f" Did you mean {guess!r}?" if re.fullmatch(r"[A-Z]\w*[a-z]\w*", guess) else ""
        raise UsageError(
            f"an environment's name is CamelCase letters and digits, such as CountDots; got {name!r}.{hint}"
        )
    if name.endswith("Env"):
        raise UsageError(f"the class is called {name}Env by itself: leave out the Env at the end of {name!r}")
    if len(name) > MAX_NAME_CHARS:
        raise UsageError(
            f"an environment's name has at most {MAX_NAME_CHARS} characters; {name!r} has {len(name)}"
        )
    word = stem(name)
    if iskeyword(word):
        raise UsageError(
            f"{name!r} would need a file {word}.py, and {word!r} is a keyword of Python; add a word"
        )
    return word


def _filled(text: str, words: Mapping[str, str]) -> str:
    return Template(text).substitute(words)


def _with_row(registry: str, env_id: str, class_name: str) -> str:
    """The registry's text with a row for an environment, sorted; unchanged where it has one.

    Raises:
        UsageError: the table was not found as it is usually written.
    """
    table = TABLE.search(registry)
    rows = dict(ROW.findall(table[1])) if table else {}
    if table is None or len(rows) != len(table[1].splitlines()):
        raise UsageError(
            f'{REGISTRY} is not as expected: ENVIRONMENTS must hold one row a line, `    "id": "Class",`, '
            "and nothing else. Put it in that form and try again."
        )
    if env_id in rows:
        return registry
    rows[env_id] = class_name
    body = "".join(f'    "{key}": "{rows[key]}",\n' for key in sorted(rows))
    return registry[: table.start(1)] + body + registry[table.end(1) :]


def _sorted_imports(text: str) -> str:
    """Relative and own imports in the linter's order, which depends on the name that was filled in."""

    def ordered(block: re.Match[str]) -> str:
        lines = block[0].splitlines(keepends=True)
        return "".join(sorted(lines, key=lambda line: (not line.startswith("from .."), line.split()[1])))

    return re.sub(r"(?:^from (?:\.|eyesmith)\S* import .+\n)+", ordered, text, flags=re.MULTILINE)


def _write(path: Path, text: str, written: list[Path]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    written.append(path)
    path.write_text(text)


def _run(folder: Path, env_id: str) -> tuple[str, str]:
    """Playthrough and page of the new environment, run in a process of its own: this one has older modules.

    Raises:
        UsageError: it does not run.
    """
    with TemporaryDirectory() as empty:  # a current folder with other modules in it would shadow them
        command = [sys.executable, "-P", "-c", RUNNER, str(folder.resolve()), env_id]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=empty, timeout=RUN_TIMEOUT_S, check=False
        )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise UsageError(
            f"the new {env_id} does not run in this checkout, so nothing was written: "
            f"{said[-1] if said else f'status {done.returncode}'}. Update the checkout to the version of "
            "this eyesmith, or run the `eyesmith new` that is installed from it."
        )
    played, page = json.loads(done.stdout.splitlines()[-1])
    return played, page
