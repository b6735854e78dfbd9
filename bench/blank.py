"""Environments that do nothing: only the contract's work is timed."""

__all__ = ["BareEnv", "BlankEnv"]

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import gymnasium
from gymnasium import spaces

from ..envs.base import ToolEnv
from ..rewards.recipe import Recipe, Term
from ..scenarios.task import Task
from ..tools.tool import ToolCall, ToolResult, tool

ENDLESS = 10**9


class BlankHand:
    """One tool without an effect."""

    @tool
    def nod(self, times: int = 1) -> ToolResult:
        """Nod.

        Args:
            times: How often.
        """
        return ToolResult(("nodded",))


class BlankEnv(ToolEnv):
    """The whole contract around a tool that does nothing; an episode never ends by itself."""

    ID = "bench/Blank-v0"
    HANDS = (BlankHand,)
    RECIPES: ClassVar[Mapping[str, Recipe]] = {
        "default": Recipe.gated("default", (Term("done", "base", 1.0, "bench/blank.py"),))
    }
    SPLITS: ClassVar[Mapping[str, int]] = {"train": 1}
    IMAGES = (0, 0, 0)
    MAX_TURNS = ENDLESS

    def _generate(self, split: str, index: int, difficulty: int) -> tuple[Task, None, int]:
        seed = self.seed_of(split, index)
        return Task(f"{self.ID}:{split}:{index}", split, index, seed, difficulty, "Nod."), None, 1

    def _open(self, task: Task, world: Any) -> tuple[object, ...]:
        return (BlankHand(),)

    def _first_parts(self) -> tuple[str, ...]:
        return ()

    def _closed(self) -> bool:
        return False

    def _levels(self) -> tuple[dict[str, float], str]:
        return {"done": 0.0}, "nothing was asked"

    def _save(self) -> dict[str, Any]:
        return {}

    def _load(self, state: dict[str, Any]) -> None:
        pass

    def expert(self) -> Iterator[ToolCall]:
        """One nod."""
        yield ToolCall("nod", {})

    def cheats(self) -> dict[str, Callable[[], Iterator[ToolCall]]]:
        """None: there is nothing to win."""
        return {}


class BareEnv(gymnasium.Env[str, str]):
    """The least that Gymnasium asks of a text environment with the same tool; checks nothing."""

    def __init__(self) -> None:
        self.observation_space = spaces.Text(1000)
        self.action_space = spaces.Text(1000)
        self._tools = {"nod": lambda times=1: "nodded"}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Begin."""
        super().reset(seed=seed)
        return "Nod.", {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Run a call that is valid JSON of a known tool; anything else raises."""
        call = json.loads(action)
        return self._tools[call["name"]](**call["arguments"]), 0.0, False, False, {}
