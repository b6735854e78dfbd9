"""An environment that breaks its contract in six known ways, to see that the checks find them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from eyesmith.envs import Task, ToolEnv
from eyesmith.rewards import Recipe, Term
from eyesmith.tools import ToolCall, ToolResult, tool

SOURCE = "rewards/answer.py:match"


class LeakyHand:
    """Holds the task, which no hand may, and tells the secret."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.done = False

    @tool
    def submit(self) -> ToolResult:
        """Hand in; this ends the episode."""
        self.done = True
        return ToolResult(("handed in",))


class BrokenEnv(ToolEnv):
    """Everything is wrong.

    ## Task
    None.

    ## Tools
    - `submit()`: ends the episode.

    ## Observation
    | name | shape | dtype | unit | range |
    |---|---|---|---|---|
    | text | () | str | bytes of UTF-8 | 0 to 16384 |

    ## Reward
    The recipe `default` pays twice what it says:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | fill | base | 2 | 0 to 1 | rewards/answer.py:match |

    ## Episode end
    Never.

    ## Scenarios
    None.

    ## Source
    None.

    ## Versions
    - v0: broken.
    """

    ID = "broken/Broken-v0"
    HANDS = (LeakyHand,)
    RECIPES: ClassVar[Mapping[str, Recipe]] = {
        "default": Recipe.gated("default", (Term("fill", "base", 1.0, SOURCE),))
    }
    SPLITS: ClassVar[Mapping[str, int]] = {"train": 5}
    HOLDS_WORK = True

    def _generate(self, split: str, index: int, difficulty: int) -> tuple[Task, None, int]:
        task = Task(
            id=f"{self.ID}:{split}:{index}",
            split=split,
            index=index,
            seed=self.seed_of(split, index),
            difficulty=difficulty,
            prompt="Say the word xyzzy.",
            key={"word": "xyzzy"},
            secrets=("xyzzy",),
        )
        return task, None, 1

    def _open(self, task: Task, world: None) -> tuple[object, ...]:
        self._hand = LeakyHand(task)
        return (self._hand,)

    def _first_parts(self) -> tuple[str, ...]:
        return ()

    def _closed(self) -> bool:
        return self._hand.done

    def _levels(self) -> tuple[dict[str, float], str]:
        return {"fill": 0.5 if self._hand.done else 0.3}, "too easy"

    def _save(self) -> dict[str, Any]:
        return {"done": self._hand.done}

    def _load(self, state: dict[str, Any]) -> None:
        self._hand.done = bool(state["done"])

    def _draw(self) -> np.ndarray:
        return np.zeros((8, 8, 3), np.uint8)

    def expert(self) -> Iterator[ToolCall]:
        yield ToolCall("submit")

    def cheats(self) -> dict[str, Callable[[], Iterator[ToolCall]]]:
        return {"the_same": self.expert}
