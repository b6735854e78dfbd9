"""The viewer page of one run or several."""

__all__ = ["page_of"]

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import gymnasium

from ..envs.base import ToolEnv
from ..errors import EyesmithError, RunError
from .record import EncodedImage
from .run import Run
from .show import PageReport, write_page


def page_of(folders: Sequence[Path], out: Path, *, title: str, limit: int = 200) -> PageReport:
    """Write one page with the episodes of some runs, in order.

    Args:
        folders: runs (`folders.runs_in`).
        out: the HTML file.
        title: stands above the page.
        limit: most episodes shown.

    Raises:
        RunError: a run cannot be read.
        StorageError: the page cannot be written.
    """
    runs = [Run.open(folder) for folder in folders]
    return write_page(_rows(runs), _pictures(runs), out, title=title, limit=limit)


def _rows(runs: Sequence[Run]) -> Iterator[dict[str, Any]]:
    """Episodes as mappings, the recipe's formula added where the environment is known."""
    formulas: dict[str, dict[str, str]] = {}
    for run in runs:
        for episode in run.episodes():
            if episode.env_id not in formulas:
                formulas[episode.env_id] = _formulas(episode.env_id)
            yield vars(episode) | {"formula": formulas[episode.env_id].get(episode.recipe, "")}


def _formulas(env_id: str) -> dict[str, str]:
    """Recipe -> formula; nothing for an environment that is not at hand."""
    try:
        env = gymnasium.make(env_id, disable_env_checker=True).unwrapped
    except (gymnasium.error.Error, ImportError, EyesmithError):
        return {}
    return {name: recipe.formula for name, recipe in env.RECIPES.items()} if isinstance(env, ToolEnv) else {}


def _pictures(runs: Sequence[Run]) -> Callable[[str], tuple[bytes, str]]:
    def picture(sha256: str) -> tuple[bytes, str]:
        for run in runs:
            try:
                found: EncodedImage = run.image(sha256)
            except RunError:
                continue
            return found.bytes, found.format
        raise RunError(f"no run holds the picture {sha256[:12]}")

    return picture
