"""Grades screens against the true ones; composes stages into levels.

Brings together what is measured of a predicted screen; knows no episode and no browser.
"""

__all__ = ["NOT_PREDICTED", "ScreenMarks", "judged_levels", "mark_screen", "over_stages"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np

from ..rewards.code2world import COLUMNS, LOGIC_RUBRIC, LOOK_RUBRIC
from ..rewards.gui import PARTS, ScreenLook, effect, gain, identifiability, layout_integrity, similarity
from ..rewards.judge import Judge
from ..scenarios.gui_stage import GuiStage

WORST = dict.fromkeys(PARTS, 0.0)


@dataclass(frozen=True)
class ScreenMarks:
    """How one screen was predicted.

    Args:
        gain: similarity won over a copy, as a share of what could be won.
        action: how far the action's effect is seen.
        similarity: to the true screen.
        copy: similarity that handing a known screen back would have had.
        parts: of the similarity.
        identifiability: whether the action can be told from the screen.
        layout: whether the layout holds.
        why: in one line.
    """

    gain: float = 0.0
    action: float = 0.0
    similarity: float = 0.0
    copy: float = 0.0
    parts: Mapping[str, float] = field(default_factory=lambda: dict(WORST))
    identifiability: float = 0.0
    layout: float = 0.0
    why: str = "no screen was handed in"

    @property
    def columns(self) -> dict[str, float]:
        """Code2World's four scores, measured."""
        levels = (self.action, self.identifiability, self.parts["blocks"], self.layout)
        return dict(zip(COLUMNS, levels, strict=True))


NOT_PREDICTED = ScreenMarks()


def mark_screen(stage: GuiStage, found: ScreenLook) -> ScreenMarks:
    """The marks of a screen.

    Args:
        stage: what was asked.
        found: the screen that was handed in.
    """
    likeness = similarity(found, stage.true, stage.changed)
    won = gain(likeness.value, stage.copy)
    seen = effect(found, stage.effects, before=stage.before.image)
    others = [effect(found, rival.effects, before=stage.before.image).value for rival in stage.rivals]
    # Neighbouring states share most of what changes: another action's whole effect is that action's screen.
    is_other = seen.value < 1.0 and any(other == 1.0 for other in others)
    done = 0.0 if is_other else seen.value
    told = identifiability(done, others)
    layout = layout_integrity(found, stage.true, likeness.parts["unchanged"])
    return ScreenMarks(
        gain=won.value,
        action=done,
        similarity=likeness.value,
        copy=stage.copy,
        parts=dict(likeness.parts),
        identifiability=told.value,
        layout=layout.value,
        why=f"{won.why}; {seen.why}" + ("; it is the screen of another action" if is_other else ""),
    )


def over_stages(stages: Sequence[ScreenMarks], choice: float) -> dict[str, float]:
    """Levels of the recipe `default` whose product is the mean of the stages' own products, times the choice.

    Formula: gain G = mean g, action A = sum ga / sum g; then A G = mean ga. Where nothing was won A is the
    plain mean, and is multiplied by 0.

    Args:
        stages: at least one.
        choice: 1 where the right action was chosen, or none was to be.
    """
    won = [one.gain for one in stages]
    total = sum(won)
    seen = sum(one.gain * one.action for one in stages) / total if total else fmean(o.action for o in stages)
    return {"choice": choice, "action": min(1.0, seen), "gain": fmean(won)}


def judged_levels(
    judge: Judge, stage: GuiStage, before: np.ndarray, found: ScreenLook
) -> tuple[dict[str, float], str]:
    """Code2World's four scores by a judge.

    Args:
        judge: who is asked.
        stage: what was asked.
        before: (H, W, 3) uint8, the screen acted upon with the action drawn on it.
        found: the screen that was handed in.

    Raises:
        JudgeError: the judge is out of reach.
    """
    logic = LOGIC_RUBRIC.score(
        judge,
        "The screen:",
        before,
        "The action:",
        stage.action.words(),
        "Predicted next screen:",
        found.image,
    )
    look = LOOK_RUBRIC.score(judge, "True next screen:", stage.true.image, "Predicted:", found.image)
    levels = {**logic.parts, **look.parts}
    return {name: levels[name] for name in COLUMNS}, f"judged: {logic.why}; {look.why}"
