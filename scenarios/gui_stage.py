"""What a prediction of a screen stands on, and what it is graded against.

Plain data, shared by all sources of tasks; the pictures were taken when it was made.
"""

__all__ = ["LEAST_TO_WIN", "GuiStage", "GuiWorld", "Rival", "rules", "told_action"]

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..rewards.gui import Effect, ScreenLook
from ..tools.browser import Rendered
from ..tools.gui_hand import GuiStep
from .gui_app import Action
from .gui_marks import marked

LEAST_TO_WIN = 0.02  # of similarity, over what a copy has


@dataclass(frozen=True, eq=False)
class Rival:
    """Another action on the same screen.

    Args:
        html: the screen that it leads to.
        effects: what it changes, and what proves it.
    """

    html: str
    effects: tuple[Effect, ...]


@dataclass(frozen=True, eq=False)
class GuiStage:
    """One prediction, and what it is graded against.

    Args:
        told: what the agent is told when it is due.
        goal: what the user wants; may be empty.
        action: what is done.
        html: the true next screen.
        true: it, as shown.
        before: the screen truly acted upon, as shown.
        changed: (H, W) bool, what differs between the two.
        copy: similarity of the better of this screen and the first one; what handing back earns.
        effects: what the action changes, and what proves it.
        rivals: other actions that could have been taken.
    """

    told: str
    goal: str
    action: Action
    html: str
    true: ScreenLook
    before: ScreenLook
    changed: np.ndarray
    copy: float
    effects: tuple[Effect, ...]
    rivals: tuple[Rival, ...]

    @property
    def step(self) -> GuiStep:
        """What the hand is given of it."""
        return GuiStep(self.told, partial(_mark, action=self.action, width_px=self.true.page.size_px[0]))


@dataclass(frozen=True, eq=False)
class GuiWorld:
    """What an episode stands on; read-only, shared by episodes.

    Args:
        mode: single, chain or choose.
        given: the first screen.
        given_html: it, as a document; empty where only its picture is known.
        stages: predictions in order.
        answer: number of the action that reaches the goal, from 1; 0 where there is nothing to choose.
        notes: content that the app may show, over all stages.
    """

    mode: str
    given: Rendered
    given_html: str
    stages: tuple[GuiStage, ...]
    answer: int
    notes: tuple[str, ...]

    @property
    def nbytes(self) -> int:
        """Bytes that it holds, roughly."""
        return self.given.image.nbytes + sum(
            one.true.image.nbytes + one.changed.nbytes + 200_000 for one in self.stages
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> "GuiWorld":
        """Itself: a world is never written, so copies of an environment share it."""
        return self


def rules(size_px: tuple[int, int]) -> str:
    """How a screen is to be written.

    Args:
        size_px: width and height of the canvas.
    """
    width, height = size_px
    style = f"position:relative;width:{width}px;height:{height}px;overflow:hidden"
    return (
        f'Write each screen as one HTML document, all of it in <div id="render-target" style="{style}">. '
        "The body has no margin; inline CSS and inline SVG work, scripts, links and files do not."
    )


def told_action(action: Action) -> str:
    """An action as the agent is told it: JSON, and words."""
    return f"Action: {json.dumps(action.to_json(), ensure_ascii=False)} ({action.words()})"


def _mark(picture: np.ndarray, *, action: Action, width_px: int) -> np.ndarray:
    """The action on a picture of a canvas of that width, whatever its scale."""
    factor = picture.shape[1] / width_px
    return marked(picture, action if factor == 1.0 else action.scaled(factor))
