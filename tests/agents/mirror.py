"""An environment that shows a new picture for any text whatever; worker processes import it too."""

from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
from toys import PaintEnv

from eyesmith.envs import Turn
from eyesmith.tools.tool import Image

SIDES_PX = (56, 84, 112, 64)


class MirrorEnv(PaintEnv):
    """The row of cells, with a picture of noise behind every answer; ends after `max_turns` messages."""

    ID = "mirror/Mirror-v0"

    def __init__(self, *, max_turns: int | None = 4, **rest: Any) -> None:
        super().__init__(max_turns=max_turns, **rest)

    def say(self, text: str) -> list[Turn]:
        self._silent = 0  # a text without a call is as good as any
        turns = super().say(text)
        height, width = (SIDES_PX[int(self.rng.integers(len(SIDES_PX)))] for _ in range(2))
        picture = Image(self.rng.integers(0, 256, (height, width, 3), np.uint8), f"v{self._turns}")
        return [*turns[:-1], replace(turns[-1], parts=(*turns[-1].parts, picture))]


if MirrorEnv.ID not in gymnasium.registry:
    gymnasium.register(id=MirrorEnv.ID, entry_point="mirror:MirrorEnv")
