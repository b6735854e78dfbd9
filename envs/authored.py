"""What the author of an environment writes, and the choices a user has.

A list of constants and hooks; everything that runs an episode stands in `inner.py` and `base.py`.
"""

__all__ = ["Authored"]

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from ..errors import UsageError, did_you_mean
from ..rewards.recipe import Recipe
from ..scenarios.task import Task
from ..tools.tool import Part, ToolCall
from .actions import ACTION_FORMATS


class Authored:
    """Constants and hooks of an environment.

    A subclass sets the constants and writes `_generate`, `_open`, `_first_parts`, `_closed`, `_levels`,
    `_save`, `_load`, `_draw`, `expert` and `cheats`; where it awaits an answer, also `_potential`.
    """

    ID: ClassVar[str]
    HANDS: ClassVar[tuple[type, ...]]
    RECIPES: ClassVar[Mapping[str, Recipe]]
    METRICS: ClassVar[tuple[str, ...]] = ()
    EVAL_COLUMNS: ClassVar[
        tuple[str, ...]
    ] = ()  # of METRICS, what `eyesmith eval` shows in a table of its own
    SPLITS: ClassVar[Mapping[str, int]] = {"train": 1_000_000, "test": 1_000}
    IMAGES: ClassVar[tuple[int, int, int]] = (0, 0, 0)
    SYSTEM_PROMPT: ClassVar[str] = ""
    MAX_TURNS: ClassVar[int] = 12
    HOLDS_WORK: ClassVar[bool] = False
    EXPORT_FORMATS: ClassVar[tuple[str, ...]] = ()
    DEMO_CHEAT: ClassVar[str] = ""  # of `cheats()`, the one that the demo plays; "" for the first

    is_thread_safe: ClassVar[bool] = True
    cost_class: ClassVar[str] = "light"
    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array", "ansi"], "render_fps": 2}  # type: ignore[misc]

    kwargs: dict[str, Any]
    recipe: Recipe

    def _generate(self, split: str, index: int, difficulty: int) -> tuple[Task, Any, int]:
        """Make a task, its read-only world and the world's size in bytes. Deterministic."""
        raise NotImplementedError

    def _open(self, task: Task, world: Any) -> tuple[object, ...]:
        """Fresh hands on the world, in the order of `HANDS`."""
        raise NotImplementedError

    def _first_parts(self) -> tuple[Part, ...]:
        """Texts and images of the first turn."""
        raise NotImplementedError

    def _closed(self) -> bool:
        """Whether the agent has made its closing call."""
        raise NotImplementedError

    def _levels(self) -> tuple[dict[str, float], str]:
        """Level of every part of the recipe as things stand, and the reason in one line."""
        raise NotImplementedError

    def _potential(self, levels: Mapping[str, float]) -> float:
        """Value of a running episode; by default the recipe's, for environments that hold a work."""
        if not self.HOLDS_WORK:
            raise NotImplementedError(f"{type(self).__name__} awaits an answer: it must say its potential")
        return self.recipe.compose(levels)

    def _penalty_levels(self) -> dict[str, float]:
        """Level (<= 0) of every penalty of the recipe so far."""
        return dict.fromkeys(self.recipe.penalties, 0.0)

    def _measure(self) -> dict[str, float]:
        """Every quantity named in METRICS."""
        return {}

    def _save(self) -> dict[str, Any]:
        """The hands' mutable state: JSON and arrays."""
        raise NotImplementedError

    def _load(self, state: dict[str, Any]) -> None:
        """Put a saved state into freshly opened hands.

        Raises:
            ValueError: a state that these hands could not have saved.
        """
        raise NotImplementedError

    def _recall(self, label: str) -> np.ndarray | None:
        """Pixels of an image that a turn showed, or None to have snapshots carry them."""
        return None

    def _draw(self) -> np.ndarray:
        """What a person would look at: (H, W, 3) uint8 of constant size."""
        raise NotImplementedError

    def export_work(self, to: str) -> bytes | None:
        """The work of the begun episode as a file, or None where it holds none yet.

        Args:
            to: one of `EXPORT_FORMATS`, which is also the file's suffix.

        Raises:
            UsageError: no such format.
        """
        there = ", ".join(self.EXPORT_FORMATS) or "none"
        raise UsageError(
            f"{self.ID} exports no {to!r}; its formats are: {there}.{did_you_mean(to, self.EXPORT_FORMATS)}"
        )

    def _words(self) -> dict[str, str]:
        """Words that replace `{name}` in the tools' descriptions."""
        return {}

    def _source_splits(self) -> Mapping[str, int]:
        """Split -> number of tasks; a data source may have its own."""
        if self.kwargs["source"] is not None:
            raise UsageError(
                f"{self.ID} reads no data source: leave source=None, got {self.kwargs['source']!r}"
            )
        return self.SPLITS

    def expert(self) -> Iterator[ToolCall]:
        """The scripted oracle of the begun task; its last call ends the episode."""
        raise NotImplementedError

    def cheats(self) -> dict[str, Callable[[], Iterator[ToolCall]]]:
        """Known ways to cheat at the begun task."""
        raise NotImplementedError

    def _check_choices(self) -> None:
        chosen = self.kwargs
        for name, choices in (
            ("recipe", tuple(self.RECIPES)),
            ("action_format", ACTION_FORMATS),
            ("render_mode", (None, *self.metadata["render_modes"])),
            ("difficulty", (None, 1, 2, 3, 4, 5)),
            ("dense", (False, True)),
        ):
            value = chosen[name]
            fits = any(
                value is choice or (type(value) is type(choice) and value == choice) for choice in choices
            )
            if not fits:
                listed = ", ".join(repr(choice) for choice in choices)
                hint = (
                    did_you_mean(value, [c for c in choices if isinstance(c, str)])
                    if isinstance(value, str)
                    else ""
                )
                raise UsageError(f"{self.ID}: {name} must be one of {listed}, got {value!r}.{hint}")
        if not isinstance(chosen["source"], (str, type(None))):
            raise UsageError(
                f"{self.ID}: source is None or a text such as 'name:PATH', got {chosen['source']!r}"
            )
        limit = chosen["max_turns"]
        if limit is not None and (type(limit) is not int or limit < 1):
            raise UsageError(f"{self.ID}: max_turns must be a positive integer or None, got {limit!r}")
        if chosen["cache_dir"] is not None and not isinstance(chosen["cache_dir"], str):
            raise UsageError(
                f"{self.ID}: cache_dir must be a path as text or None, got {chosen['cache_dir']!r}"
            )
        self._check_judge(self.RECIPES[chosen["recipe"]])

    def _check_judge(self, recipe: Recipe) -> None:
        judge, asking = self.kwargs["judge"], [one.name for one in self.RECIPES.values() if one.needs_judge]
        if judge is not None and not asking:
            raise UsageError(f"{self.ID} has no recipe that asks a judge: leave judge=None")
        if judge is not None and not recipe.needs_judge:
            raise UsageError(
                f"{self.ID}: the recipe {recipe.name!r} asks no judge: choose one of {', '.join(asking)}, or "
                "leave judge=None"
            )
        if judge is None and recipe.needs_judge:
            raise UsageError(
                f"{self.ID}: the recipe {recipe.name!r} asks a judge: give "
                'judge={"base_url": ..., "model": ...} (--judge-url, --judge-model), or take recipe="default"'
            )
