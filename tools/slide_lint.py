"""What is wrong with a slide, in words: the design rewards as lint.

Shows exactly what the environment's page names and grades by; knows nothing of what a deck should say.
"""

__all__ = ["deck_lint", "measured", "slide_lint"]

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from ..rewards.consistency import consistency
from ..rewards.slide import SlideMeasures, measure
from ..rewards.text import near_duplicates, titles
from .browser import Rendered

FLAWLESS = 0.995

_MEASURES: WeakKeyDictionary[Rendered, SlideMeasures] = WeakKeyDictionary()


def measured(shown: Rendered) -> SlideMeasures:
    """Measures of a rendered slide; kept for as long as its picture is."""
    found = _MEASURES.get(shown)
    if found is None:
        found = _MEASURES[shown] = measure(shown.page, shown.image)
    return found


def slide_lint(shown: Rendered) -> list[str]:
    """Number of words, then each part of the design that is not flawless, with its level and reason."""
    slide = measured(shown)
    faults = [
        f"{name} {level:.2f} ({slide.whys[name]})" for name, level in slide.parts.items() if level < FLAWLESS
    ]
    return [f"{slide.text.words} words", *(faults or ["no faults of design"])]


def deck_lint(slides: Sequence[Rendered]) -> list[str]:
    """What is wrong across slides: titles, copies, consistency."""
    found = [measured(shown) for shown in slides]
    pages = [slide.page for slide in found]
    scores = {
        "titles": titles(pages),
        "distinct": near_duplicates([slide.text.text for slide in found]),
        "consistency": consistency(pages),
    }
    return [
        f"{name} {score.value:.2f}: {score.why}" for name, score in scores.items() if score.value < FLAWLESS
    ]
