"""Code2World's four scores of a predicted screen, judged or measured.

The paper (arXiv 2602.09856) lets a model judge whether the action was done, whether it can be told from the
result, whether the elements are the true ones and whether the layout holds; the judge's prompts, and the
weights of the rewards made of them, are not published. Ours: the wording, equal weights, a plain mean. A sum
pays for handing the current screen back, which is why it is no default.
"""

__all__ = ["COLUMNS", "LOGIC_RUBRIC", "LOOK_RUBRIC", "RECIPES"]

from collections.abc import Mapping
from dataclasses import replace

from .gui import DEFAULT
from .recipe import Recipe, Term
from .rubric import Criterion, Rubric

PAPER = "arXiv 2602.09856 (scores; prompts and weights are not published)"
COLUMNS: Mapping[str, str] = {
    "action_adherence": "rewards/gui.py:effect",
    "identifiability": "rewards/gui.py:identifiability",
    "element_alignment": "rewards/gui_blocks.py:block_f1",
    "layout_integrity": "rewards/gui.py:layout_integrity",
}
"""Column -> what measures it without a judge."""
WEIGHT = 0.25

LOGIC_RUBRIC = Rubric(
    "logic",
    "You are shown a screen of a phone, the action that was done on it, and a prediction of the next screen. "
    "You judge whether the prediction is what this action leads to.",
    (
        Criterion(
            "action_adherence",
            "Does the predicted screen show the effect of exactly this action, in its text and in the state "
            "of every control? A screen that is unchanged, or changed otherwise, gets the lowest score.",
        ),
        Criterion(
            "identifiability",
            "From the two screens alone, could one tell which action was done, and where? If another action, "
            "or none, would explain them as well, give a low score.",
        ),
    ),
)
"""Judges what the action did, without the true screen."""

LOOK_RUBRIC = Rubric(
    "look",
    "You are shown the true next screen of a phone and a prediction of it. Photographs that are drawn as "
    "plain areas are no fault.",
    (
        Criterion(
            "element_alignment",
            "Are the elements of the true screen all there: same texts, same icons, same controls, none "
            "invented?",
        ),
        Criterion(
            "layout_integrity",
            "Do they stand where they should: same places, sizes and spacing, nothing cut off, nothing on "
            "top of another?",
        ),
    ),
)
"""Judges elements and layout against the true screen."""

_MEASURED = tuple(Term(name, "base", WEIGHT, source) for name, source in COLUMNS.items())
_JUDGED = tuple(replace(term, source="rewards/rubric.py:Rubric") for term in _MEASURED)

RECIPES: Mapping[str, Recipe] = {
    "default": DEFAULT,
    "code2world_measured": Recipe.linear("code2world_measured", _MEASURED, paper=PAPER),
    "code2world": replace(Recipe.linear("code2world", _JUDGED, paper=PAPER), needs_judge=True),
}
"""Name -> recipe. `code2world` asks a judge; `code2world_measured` measures instead."""
