"""An environment's page: its class docstring, held to the code.

The page cannot lie: its tables of tools, observations and reward terms are parsed and checked against the
real declarations, spaces and recipes.
"""

__all__ = ["HEADINGS", "Page", "faults", "read_page", "render_page"]

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces

from ..rewards.recipe import Recipe
from .base import ToolEnv
from .spaces import Utf8

HEADINGS = ("Task", "Tools", "Observation", "Reward", "Episode end", "Scenarios", "Source", "Versions")
OBSERVATION_COLUMNS = ("name", "shape", "dtype", "unit", "range")
REWARD_COLUMNS = ("term", "role", "weight", "range", "source")

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]


@dataclass(frozen=True)
class Page:
    """A page in parts.

    Args:
        title: its first line.
        sections: heading -> text.
    """

    title: str
    sections: dict[str, str]


def read_page(cls: type[ToolEnv]) -> Page:
    """The page of an environment class."""
    text = cleandoc(cls.__doc__ or "")
    pieces = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    sections = dict(zip(pieces[1::2], (piece.strip() for piece in pieces[2::2]), strict=True))
    return Page(pieces[0].strip(), sections)


def render_page(env: ToolEnv) -> str:
    """The page as Markdown for the docs, with the metrics and arguments appended."""
    body = cleandoc(type(env).__doc__ or "")
    title, _, rest = body.partition("\n")
    arguments = ", ".join(f"`{name}={value!r}`" for name, value in env.kwargs.items())
    metrics = ", ".join(f"`{name}`" for name in ("turns", "invalid_calls", *env.METRICS))
    return (
        f"<!-- written by `eyesmith describe {env.ID} --write` -->\n\n# {env.ID}\n\n{title}\n{rest}\n\n"
        f"## Arguments\nDefaults: {arguments}\n\n## Metrics\n{metrics}\n"
    )


def faults(env: ToolEnv) -> Iterator[str]:
    """Every statement of the page that the code does not bear out."""
    page = read_page(type(env))
    if tuple(page.sections) != HEADINGS:
        yield f"the headings must be {', '.join(HEADINGS)}; they are {', '.join(page.sections)}"
        return
    yield from _tool_faults(env, page.sections["Tools"])
    yield from _observation_faults(env, page.sections["Observation"])
    yield from _reward_faults(env, page.sections["Reward"])


def _tool_faults(env: ToolEnv, text: str) -> Iterator[str]:
    told = {name: args for name, args in re.findall(r"^- `(\w+)\(([^)]*)\)`", text, flags=re.MULTILINE)}
    real = {tool.name: ", ".join(tool.parameters["properties"]) for tool in env.tools}
    if told != real:
        yield f"Tools tells {told}, the hands carry {real}"


def _observation_faults(env: ToolEnv, text: str) -> Iterator[str]:
    tables = list(_tables(text))
    if not tables or tables[0][0] != OBSERVATION_COLUMNS:
        yield f"Observation needs a table with the columns {' | '.join(OBSERVATION_COLUMNS)}"
        return
    real = {name: _observed(space) for name, space in env.observation_space.spaces.items()}  # type: ignore[attr-defined]
    told = {row[0]: (row[1], row[2], row[4]) for row in tables[0][1]}
    for name in (*real, *(name for name in told if name not in real)):
        if told.get(name) != real.get(name):
            yield f"Observation tells {name}: {told.get(name)}, the space is {real.get(name)}"


def _reward_faults(env: ToolEnv, text: str) -> Iterator[str]:
    tables = [table for table in _tables(text) if table[0] == REWARD_COLUMNS]
    names = re.findall(r"recipe `(\w+)`", text)
    if sorted(names) != sorted(env.RECIPES) or len(tables) != len(names):
        yield f"Reward must tell every recipe, `recipe NAME` and a table each: {', '.join(env.RECIPES)}"
        return
    for name, (_, rows) in zip(names, tables, strict=True):
        real = _told_terms(env.RECIPES[name])
        if rows != real:
            odd = [row for row in rows if row not in real] + [row for row in real if row not in rows]
            yield f"Reward, recipe {name}: the page and the recipe differ in {odd}"
        for row in rows:
            yield from _source_faults(row[4])


def _source_faults(source: str) -> Iterator[str]:
    file, _, function = source.partition(":")
    package = __name__.rsplit(".", 2)[0]
    root = Path(__file__).parent.parent
    if not (root / file).is_file():
        yield f"Reward names {file}, which is no file"
    elif not hasattr(import_module(f"{package}.{file.removesuffix('.py').replace('/', '.')}"), function):
        yield f"Reward names {source}, but {file} has no {function}"


def _told_terms(recipe: Recipe) -> list[tuple[str, ...]]:
    return [
        (term.name, term.role, f"{term.weight:g}", f"{term.range[0]:g} to {term.range[1]:g}", term.source)
        for term in recipe.terms
    ]


def _observed(space: spaces.Space[Any]) -> tuple[str, str, str]:
    """Shape, dtype and range of a space as a page tells them."""
    if isinstance(space, Utf8):
        return "()", "str", f"0 to {space.max_bytes}"
    if isinstance(space, spaces.Discrete):
        return "()", str(space.dtype), f"{space.start} to {space.start + space.n - 1}"
    if isinstance(space, spaces.Box):
        low, high = np.min(space.low), np.max(space.high)
        return str(space.shape), str(space.dtype), f"{low:g} to {high:g}"
    return str(space.shape), str(space.dtype), ""


def _tables(text: str) -> Iterator[Table]:
    """Markdown tables: header and rows of cells."""
    lines: list[tuple[str, ...]] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            lines.append(tuple(cell.strip() for cell in line.strip().strip("|").split("|")))
        elif lines:
            yield lines[0], lines[2:]
            lines = []
