"""Environments whose tool waits, as one that asks a browser does.

Worker processes import them too.
"""

__all__ = ["ANSWER", "PICTURE_PX", "TOOL_S", "LookEnv", "WaitEnv"]

import time
from collections.abc import Mapping
from typing import Any, ClassVar

import gymnasium
import numpy as np

from ..tools.tool import Image, ToolResult, tool
from .blank import BlankEnv

TOOL_S = 0.05
PICTURE_PX = (1120, 840)  # width, height
ANSWER = "arrived"


class WaitHand:
    """One slow tool.

    Args:
        picture: what it shows besides a word, or None.
        rng: chance, so that no picture is shown twice.
    """

    def __init__(self, picture: np.ndarray | None, rng: np.random.Generator) -> None:
        self._picture, self._rng = picture, rng

    @tool
    def fetch(self, page: int = 1) -> ToolResult:
        """Fetch a page.

        Args:
            page: Which one.
        """
        time.sleep(TOOL_S)
        if self._picture is None:
            return ToolResult((ANSWER,))
        shown = self._picture.copy()
        shown[:8] = self._rng.integers(0, 256, shown[:8].shape, np.uint8)
        return ToolResult((ANSWER, Image(shown, f"page {page}")))


class WaitEnv(BlankEnv):
    """The whole contract around a slow tool; ends after `max_turns` calls."""

    ID = "bench/Wait-v0"
    HANDS = (WaitHand,)
    SPLITS: ClassVar[Mapping[str, int]] = {"train": 10**6}

    def _open(self, task: Any, world: Any) -> tuple[object, ...]:
        return (WaitHand(None, self.rng),)


class LookEnv(WaitEnv):
    """The same, with a picture of a page behind every call."""

    ID = "bench/Look-v0"
    IMAGES = (1, PICTURE_PX[1], PICTURE_PX[0])

    def _open(self, task: Any, world: Any) -> tuple[object, ...]:
        return (WaitHand(_page(), self.rng),)


def _page() -> np.ndarray:
    """Blocks of text and colour on white, (840, 1120, 3): compresses as a screenshot does."""
    width, height = PICTURE_PX
    page = np.full((height, width, 3), 255, np.uint8)
    rng = np.random.default_rng(0)
    for top in range(40, height - 40, 24):
        ink = rng.random((14, width - 200, 1)) < 0.2
        page[top : top + 14, 100 : width - 100] = np.where(ink, 40, 255)
    page[200:420, 600:1000] = (40, 90, 200)
    return page


for _env in (WaitEnv, LookEnv):
    if _env.ID not in gymnasium.registry:
        gymnasium.register(id=_env.ID, entry_point=f"{__name__}:{_env.__name__}")
