"""The list of environments and their pages, for terminal and docs."""

__all__ = ["Summary", "checkout", "make_env", "page_path", "summaries", "write_page"]

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium

from ..errors import UsageError
from .base import ToolEnv
from .page import read_page, render_page
from .registry import entry_point, env_ids, stem


@dataclass(frozen=True)
class Summary:
    """One line of `eyesmith list`."""

    id: str
    title: str
    tools: tuple[str, ...]
    recipes: tuple[str, ...]
    tasks: dict[str, int]
    cost: str


def make_env(env_id: str, **kwargs: Any) -> ToolEnv:
    """A bare environment by id.

    Raises:
        UsageError: no such environment, or arguments that it refuses.
    """
    if ":" not in env_id and env_id not in gymnasium.registry:
        entry_point(env_id)
    env = gymnasium.make(env_id, disable_env_checker=True, **kwargs).unwrapped
    if not isinstance(env, ToolEnv):
        raise UsageError(
            f"{env_id} is no eyesmith environment (its class does not extend eyesmith.envs.ToolEnv); "
            f"there is: {', '.join(env_ids())}"
        )
    return env


def summaries() -> list[Summary]:
    """Every registered environment, sorted by id."""
    found = []
    for env_id in env_ids():
        env = make_env(env_id)
        tasks: Mapping[str, int] = {split: env.num_tasks(split) for split in env.list_splits()}
        tools = tuple(tool.name for tool in env.tools)
        found.append(
            Summary(
                env_id, read_page(type(env)).title, tools, tuple(env.RECIPES), dict(tasks), env.cost_class
            )
        )
    return found


def checkout(start: Path | None = None) -> Path:
    """The checkout of eyesmith that this package is run from.

    Raises:
        UsageError: eyesmith is installed as a wheel: there is no checkout to write to.
    """
    root = start or Path(__file__).parent.parent
    try:
        name = tomllib.loads((root / "pyproject.toml").read_text())["project"]["name"]
    except (OSError, KeyError, ValueError):
        name = ""
    if name != "eyesmith":
        what = f"{start.name!r}" if start else "the installed eyesmith"
        raise UsageError(
            f"this writes into a checkout of eyesmith, and {what} is none: clone the repository and install "
            "it with `pip install -e .`"
        )
    return root


def page_path(env_id: str) -> Path:
    """Where an environment's page stands in the checkout."""
    return checkout() / "docs" / "envs" / f"{stem(env_id)}.md"


def write_page(env_id: str) -> Path:
    """Write an environment's page into the checkout's docs.

    Raises:
        UsageError: no such environment, or no checkout.
    """
    path = page_path(env_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_page(make_env(env_id)), encoding="utf-8")
    return path
