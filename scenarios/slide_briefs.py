"""Briefs written by hand, read from YAML and checked.

A file is a list of briefs with exactly the keys of `slide_brief.py`. The library's own stand in
`slide_build/`, a file for each field.
"""

__all__ = ["read_briefs", "written_briefs"]

from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path
from reprlib import repr as _shown  # bounded: aliases in aliases would print without end
from typing import Any, TypeVar

import yaml

from ..errors import ScenarioError, did_you_mean
from .slide_brief import Brief, Fact, Note, Series
from .slide_checks import FIELD_NAMES, check_brief

FOLDER = Path(__file__).parent / "slide_build"
MAX_BYTES = 4_000_000
PARTS: Mapping[str, type[Any]] = {"facts": Fact, "series": Series, "notes": Note}
TEXTS = ("values", "terms", "labels", "recommendations")
PAIRS = ("slides", "words")
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

T = TypeVar("T")


@cache
def written_briefs() -> tuple[Brief, ...]:
    """The library's own briefs, sorted by id.

    Raises:
        ScenarioError: a file breaks a rule.
    """
    found: list[Brief] = []
    for name in FIELD_NAMES:
        file = FOLDER / f"{name}.yaml"
        if file.is_file():
            found += _briefs(file.read_bytes(), f"{name}.yaml")
    _unique(found, "the library's briefs")
    return tuple(sorted(found, key=lambda brief: brief.id))


def read_briefs(path: Path | str) -> tuple[Brief, ...]:
    """The briefs of a file of one's own, sorted by id.

    Args:
        path: a YAML file.

    Raises:
        ScenarioError: no file, no YAML, or a brief that breaks a rule.
    """
    path = Path(path)
    if not path.is_file():
        raise ScenarioError(
            f"there is no file {str(path)!r}: source is 'briefs:FILE' with a YAML file that lists briefs"
        )
    if path.stat().st_size > MAX_BYTES:
        raise ScenarioError(f"{path.name} has over {MAX_BYTES // 10**6} MB: split it into several files")
    found = _briefs(path.read_bytes(), path.name)
    _unique(found, path.name)
    return tuple(sorted(found, key=lambda brief: brief.id))


class _Strict(_Parser):
    """A safe loader that refuses a key given twice, which YAML would silently overwrite."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [key.value for key, _ in node.value]
        twice = next((key for number, key in enumerate(keys) if key in keys[:number]), None)
        if twice is not None:
            raise yaml.MarkedYAMLError(
                problem=f"the key {twice!r} stands twice", problem_mark=node.start_mark
            )
        return super().construct_mapping(node, deep)


def _briefs(data: bytes, where: str) -> list[Brief]:
    try:
        rows = yaml.load(data.decode(), _Strict)
    except UnicodeDecodeError:
        raise ScenarioError(f"{where} is not UTF-8: save the file as UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        at = f", line {mark.line + 1}" if mark else ""
        raise ScenarioError(f"{where}{at} is not valid YAML for briefs: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise ScenarioError(f"{where} is not valid YAML: write a list of briefs") from None
    if not isinstance(rows, list) or not rows:
        raise ScenarioError(
            f"{where} must hold a list of briefs, each beginning with '- id: ...', got {_named(rows)}"
        )
    found = [_brief(row, f"{where}, brief {number + 1}") for number, row in enumerate(rows)]
    for brief in found:
        check_brief(brief, where)
    return found


def _brief(row: Any, where: str) -> Brief:
    if isinstance(row, dict) and isinstance(row.get("id"), str):
        where = f"{where} ({row['id']})"
    return _made(Brief, row, where)


def _made(kind: type[T], row: Any, where: str) -> T:
    """A dataclass from a mapping, its types checked."""
    if not isinstance(row, dict):
        raise ScenarioError(f"{where} must be a mapping of keys to values, got {_named(row)}")
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for name in row:
        if name not in known:
            raise ScenarioError(
                f"{where}: unknown key {name!r}.{did_you_mean(str(name), known)} Known: {', '.join(known)}."
            )
    for name, field in known.items():
        if name not in row and field.default is MISSING:
            raise ScenarioError(f"{where}: the key {name!r} is missing. Needed: {', '.join(known)}.")
    return kind(**{name: _value(kind, name, value, where) for name, value in row.items()})


def _value(kind: type[Any], name: str, value: Any, where: str) -> Any:
    at = f"{where}, {name}"
    if kind is Brief and name in PARTS:
        rows = _listed(value, at)
        return tuple(_made(PARTS[name], row, f"{at}[{number}]") for number, row in enumerate(rows))
    if name in PAIRS:
        if not isinstance(value, list) or len(value) != 2 or not all(type(one) is int for one in value):
            raise ScenarioError(f"{at}: write two whole numbers, [fewest, most], got {_shown(value)}")
        return (value[0], value[1])
    if kind is Series and name == "values":
        numbers = _listed(value, at)
        for number in numbers:
            if type(number) not in (int, float) or not abs(number) < 1e15:
                raise ScenarioError(f"{at}: write numbers without quotes, got {_shown(number)}")
        return tuple(map(float, numbers))
    if name in TEXTS:
        return tuple(_text(one, f"{at}[{number}]") for number, one in enumerate(_listed(value, at)))
    if name == "is_current":
        if type(value) is not bool:
            raise ScenarioError(f"{at}: write true or false, got {_shown(value)}")
        return value
    return _text(value, at)


def _text(value: Any, at: str) -> str:
    if not isinstance(value, str):
        raise ScenarioError(
            f"{at}: write a text, in quotes where YAML would read something else, got {_shown(value)}"
        )
    return value.strip()


def _listed(value: Any, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise ScenarioError(f"{at}: write a list, got {_named(value)}")
    return value


def _named(value: Any) -> str:
    kinds = {dict: "a mapping", list: "an empty list", str: "a text", type(None): "nothing"}
    return kinds.get(type(value), _shown(value))


def _unique(briefs: list[Brief], where: str) -> None:
    seen: set[str] = set()
    for brief in briefs:
        if brief.id in seen:
            raise ScenarioError(f"{where}: the id {brief.id!r} stands there twice; each must be unique")
        seen.add(brief.id)
