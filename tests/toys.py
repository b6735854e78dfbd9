"""Toy environments for the tests of the contract, also imported by the processes that the tests start.

`PaintEnv` holds a work (a row of cells to paint) and pays penalties; `GuessEnv` is the same hand, but awaits
an answer; `TalkEnv` shows no images. All of them cost microseconds.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

import gymnasium
import numpy as np

from eyesmith.envs import Task, ToolEnv
from eyesmith.errors import WorkerError
from eyesmith.rewards.recipe import Recipe, Term
from eyesmith.tools.tool import Between, Image, Length, ToolCall, ToolResult, mistake, tool

CELLS = 8
FILL = Term("fill", "base", 1.0, "tests/toys.py")
NEAT = Term("neat", "bonus", 0.3, "tests/toys.py")
REPEAT = Term("repeat", "penalty", 1.0, "tests/toys.py", (-0.2, 0.0))
RECIPES: Mapping[str, Recipe] = {
    "default": Recipe.gated("default", (FILL, NEAT, REPEAT)),
    "sum": Recipe.linear("sum", (FILL, NEAT), paper="none"),
}


class PaintWorld:
    """What is to be painted; read-only."""

    def __init__(self, wanted: list[int]) -> None:
        self.wanted = wanted


class PaintHand:
    """A row of cells, and a die that draws from the episode's own randomness."""

    def __init__(self, world: PaintWorld, rng: np.random.Generator) -> None:
        self.world = world
        self.rng = rng
        self.cells = [0] * CELLS
        self.repeats = 0
        self.said = ""
        self.handed_in = False

    @tool
    def paint(
        self, cell: Annotated[int, Between(0, CELLS - 1)], colour: Literal["red", "blue"] = "red"
    ) -> ToolResult:
        """Paint one cell.

        Args:
            cell: Number of the cell.
            colour: What to paint it with.

        Returns:
            The row as a picture.
        """
        self.repeats += self.cells[cell] > 0
        self.cells[cell] = 1 + (colour == "blue")
        return ToolResult((f"painted {cell} {colour}", Image(self.picture(), "row")))

    @tool
    def roll(self, sides: Annotated[int, Between(2, 1000)] = 6) -> ToolResult:
        """Roll a die.

        Args:
            sides: Number of sides.

        Returns:
            What it shows, and a picture of it.
        """
        noise = self.rng.integers(0, 256, (5, 7, 3), np.uint8)
        return ToolResult((f"rolled {self.rng.integers(sides)}", Image(noise, "die")))

    @tool
    def say(self, text: Annotated[str, Length(0, 20_000)]) -> ToolResult:
        """Say something and hear it back.

        Args:
            text: What to say.
        """
        self.said = text
        if text == "break the machine":
            raise WorkerError("the toy was told to break")
        if text == "refused with a picture":
            return ToolResult((*mistake("no").parts, Image(self.picture(), "row")), "refused")
        return ToolResult((f"you said: {text}",))

    @tool
    def submit(self) -> ToolResult:
        """Hand in the row; this ends the episode."""
        self.handed_in = True
        return ToolResult(("handed in",))

    def picture(self) -> np.ndarray:
        row = np.array(self.cells, np.uint8) * 100
        return np.repeat(row[None, :, None], 4, axis=0).repeat(3, axis=2)


class PaintEnv(ToolEnv):
    """Paint the wanted cells; the work is graded whenever the episode ends."""

    ID = "toys/Paint-v0"
    HANDS = (PaintHand,)
    RECIPES = RECIPES
    METRICS = ("painted",)
    SPLITS: ClassVar[Mapping[str, int]] = {"train": 50, "test": 7}
    IMAGES = (2, 16, 16)
    MAX_TURNS = 12
    HOLDS_WORK = True

    def _generate(self, split: str, index: int, difficulty: int) -> tuple[Task, PaintWorld, int]:
        seed = self.seed_of(split, index)
        wanted = np.random.default_rng([*seed]).permutation(CELLS)[: 1 + difficulty].tolist()
        task = Task(
            id=f"{self.ID}:{split}:{index}:d{difficulty}",
            split=split,
            index=index,
            seed=seed,
            difficulty=difficulty,
            prompt=f"é 中 🙂 paint the cells {sorted(wanted)}",
            key={"wanted": wanted},
        )
        return task, PaintWorld(wanted), 1000

    def _open(self, task: Task, world: PaintWorld) -> tuple[object, ...]:
        self._hand = PaintHand(world, self.rng)
        return (self._hand,)

    def _first_parts(self) -> tuple[Image | str, ...]:
        return (Image(self._hand.picture(), "row"),)

    def _closed(self) -> bool:
        return self._hand.handed_in

    def _levels(self) -> tuple[dict[str, float], str]:
        painted = {i for i, cell in enumerate(self._hand.cells) if cell}
        wanted = set(self._hand.world.wanted)
        neat = 1.0 - len(painted - wanted) / CELLS
        return {"fill": len(painted & wanted) / len(wanted), "neat": neat}, f"{len(painted & wanted)} painted"

    def _penalty_levels(self) -> dict[str, float]:
        return {"repeat": -0.07 * self._hand.repeats} if self.recipe.penalties else {}

    def _measure(self) -> dict[str, float]:
        return {"painted": float(sum(cell > 0 for cell in self._hand.cells))}

    def _save(self) -> dict[str, Any]:
        hand = self._hand
        return {
            "cells": np.array(hand.cells),
            "repeats": hand.repeats,
            "said": hand.said,
            "handed_in": hand.handed_in,
        }

    def _load(self, state: dict[str, Any]) -> None:
        hand = self._hand
        hand.cells = [int(cell) for cell in state["cells"]]
        hand.repeats, hand.said, hand.handed_in = (
            state["repeats"],
            str(state["said"]),
            bool(state["handed_in"]),
        )
        if len(hand.cells) != CELLS or not set(hand.cells) <= {0, 1, 2} or not 0 <= hand.repeats < 10**6:
            raise ValueError("no row of this hand")

    def _draw(self) -> np.ndarray:
        return self._hand.picture().repeat(16, axis=0).repeat(16, axis=1)

    def expert(self) -> Iterator[ToolCall]:
        for cell in self.task.key["wanted"]:
            yield ToolCall("paint", {"cell": cell})
        yield ToolCall("submit")

    def cheats(self) -> dict[str, Callable[[], Iterator[ToolCall]]]:
        return {"nothing": lambda: iter([ToolCall("submit")])}


class GuessEnv(PaintEnv):
    """The same row, but only a row that was handed in counts."""

    ID = "toys/Guess-v0"
    HOLDS_WORK = False

    def _potential(self, levels: Mapping[str, float]) -> float:
        return 0.5 * levels["fill"]


class TalkEnv(PaintEnv):
    """No images, and an argument of its own that a second base passes on."""

    ID = "toys/Talk-v0"
    IMAGES = (0, 0, 0)
    SYSTEM_PROMPT = "Ω be brief"

    def __init__(self, *, mood: str = "calm", **rest: Any) -> None:
        super().__init__(mood=mood, **rest)

    def _first_parts(self) -> tuple[Image | str, ...]:
        return ()


class LoudTalkEnv(TalkEnv):
    """A base's argument and one of its own."""

    ID = "toys/LoudTalk-v0"

    def __init__(self, *, volume: int = 1, **rest: Any) -> None:
        super().__init__(volume=volume, **rest)


for _toy in (PaintEnv, GuessEnv, TalkEnv, LoudTalkEnv):
    if _toy.ID not in gymnasium.registry:
        gymnasium.register(id=_toy.ID, entry_point=f"toys:{_toy.__name__}")
