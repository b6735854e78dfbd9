"""Slides: measures of each slide, levels of a deck, and the recipes.

Takes rendered pages and plain keys; knows neither browser nor task. What a viewer cannot see counts for
nothing: every text that is read here has passed `visibility.py`.
"""

__all__ = [
    "DESIGN_PARTS",
    "RECIPES",
    "SlideMeasures",
    "compose_slides",
    "design",
    "gain",
    "judged_gain",
    "measure",
]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from .block import PageFacts
from .consistency import consistency
from .layout import alignment, contrast, overflow, overlap
from .layout_balance import balance, whitespace
from .recipe import Recipe, Term
from .slide_text import SlideText, slide_text
from .slideforge import RECIPES as FORGE_RECIPES
from .text import titles, words_in_range
from .typography import type_scale

DESIGN_PARTS = (
    "overlap",
    "contrast",
    "type",
    "alignment",
    "whitespace",
    "balance",
    "words",
    "titles",
    "consistency",
)
DESIGN_SHARE = 0.5
RETRIEVAL_SHARE = 0.2
PRESERVATION_SHARE = 0.4
JUDGED_LOOKS_SHARE = 0.3
JUDGED_BRIEF_SHARE = 0.5


@dataclass(frozen=True)
class SlideMeasures:
    """What one rendered slide is worth, whatever the deck.

    Args:
        page: its blocks.
        text: what can be read on it.
        parts: level of each part that one slide decides alone.
        whys: the reason of each of them.
    """

    page: PageFacts
    text: SlideText
    parts: Mapping[str, float]
    whys: Mapping[str, str]


def measure(page: PageFacts, picture: np.ndarray) -> SlideMeasures:
    """Measure one slide.

    Args:
        page: its blocks.
        picture: (H, W, 3) uint8.
    """
    scores = {
        "overflow": overflow(page),
        "overlap": overlap(page),
        "contrast": contrast(page),
        "type": type_scale(page),
        "alignment": alignment(page),
        "whitespace": whitespace(picture),
        "balance": balance(page),
    }
    return SlideMeasures(
        page,
        slide_text(page),
        {name: score.value for name, score in scores.items()},
        {name: score.why for name, score in scores.items()},
    )


def design(slides: Sequence[SlideMeasures], *, words: tuple[int, int]) -> tuple[dict[str, float], str]:
    """Level of overflow and of each design part of a deck, and what is worst; a deck without slides scores 0.

    Formula: mean over the slides of what each decides alone; words, titles and consistency are the deck's.

    Args:
        slides: in order.
        words: fewest and most words of a slide; the first may have fewer.
    """
    if not slides:
        return dict.fromkeys(("overflow", *DESIGN_PARTS), 0.0), "no slides"
    pages = [slide.page for slide in slides]
    levels = {name: fmean(slide.parts[name] for slide in slides) for name in slides[0].parts}
    whole = {
        "words": words_in_range([slide.text.words for slide in slides], *words),
        "titles": titles(pages),
        "consistency": consistency(pages),
    }
    levels |= {name: score.value for name, score in whole.items()}
    worst = min(levels, key=lambda name: levels[name])
    if levels[worst] >= 1.0:
        return levels, "no faults of design"
    if worst in whole:
        return levels, whole[worst].why
    where = min(range(len(slides)), key=lambda index: slides[index].parts[worst])
    return levels, f"slide {where}: {slides[where].whys[worst]}"


def compose_slides(levels: Mapping[str, float]) -> float:
    """Worth of a deck before what was given is taken off.

    Formula: count * distinct * overflow * instructions * recall * grounding * (0.8 + 0.2 * retrieval)
    * (0.5 + 0.5 * mean of the design parts).
    """
    value = 1.0 - DESIGN_SHARE + DESIGN_SHARE * fmean(levels[name] for name in DESIGN_PARTS)
    value *= 1.0 - RETRIEVAL_SHARE + RETRIEVAL_SHARE * levels["retrieval"]
    for name in ("count", "distinct", "overflow", "instructions", "recall", "grounding"):
        value *= levels[name]
    return value


def gain(levels: Mapping[str, float]) -> float:
    """Reward of a deck: what it is worth beyond the given one.

    Formula: max(0, S - given) / (1 - given) * (0.6 + 0.4 * preservation), S from `compose_slides`. A new deck
    has given = 0 and preservation = 1.

    >>> levels = dict.fromkeys(DESIGN_PARTS, 1.0) | dict.fromkeys(
    ...     ("count", "distinct", "overflow", "instructions", "recall", "grounding", "retrieval"), 1.0)
    >>> gain(levels | {"given": 0.5, "preservation": 0.5})
    0.8
    """
    worth, given = compose_slides(levels), levels["given"]
    left = 1.0 - given
    share = max(0.0, worth - given) / left if left > 1e-9 else 0.0
    return share * (1.0 - PRESERVATION_SHARE + PRESERVATION_SHARE * levels["preservation"])


def judged_gain(levels: Mapping[str, float]) -> float:
    """The same with a judge's two answers.

    Formula: as `gain`, with retrieval = 0.5 * retrieval + 0.5 * told, and every design part p = 0.7 * p +
    0.3 * aesthetics.
    """
    mixed = dict(levels)
    mixed["retrieval"] += JUDGED_BRIEF_SHARE * (levels["told"] - levels["retrieval"])
    for name in DESIGN_PARTS:
        mixed[name] += JUDGED_LOOKS_SHARE * (levels["aesthetics"] - levels[name])
    return gain(mixed)


_DESIGN_SOURCES = {
    "overlap": "rewards/layout.py:overlap",
    "contrast": "rewards/layout.py:contrast",
    "type": "rewards/typography.py:type_scale",
    "alignment": "rewards/layout.py:alignment",
    "whitespace": "rewards/layout_balance.py:whitespace",
    "balance": "rewards/layout_balance.py:balance",
    "words": "rewards/text.py:words_in_range",
    "titles": "rewards/text.py:titles",
    "consistency": "rewards/consistency.py:consistency",
}
_TERMS = (
    Term("count", "gate", 1.0, "rewards/deck.py:slide_count"),
    Term("distinct", "gate", 1.0, "rewards/text.py:near_duplicates"),
    Term("overflow", "gate", 1.0, "rewards/layout.py:overflow"),
    Term("instructions", "gate", 1.0, "rewards/revision.py:instructions_followed"),
    Term("recall", "base", 1.0, "rewards/text.py:fact_recall"),
    Term("grounding", "base", 1.0, "rewards/grounding.py:number_grounding"),
    Term("retrieval", "bonus", RETRIEVAL_SHARE, "rewards/recovery.py:recovery"),
    *(Term(name, "bonus", DESIGN_SHARE / len(DESIGN_PARTS), _DESIGN_SOURCES[name]) for name in DESIGN_PARTS),
    Term("given", "base", 1.0, "rewards/slide.py:compose_slides"),
    Term("preservation", "bonus", PRESERVATION_SHARE, "rewards/deck.py:preservation"),
    Term("calls", "penalty", 1.0, "rewards/deck.py:calls_beyond", (-0.1, 0.0)),
)
RECIPES: Mapping[str, Recipe] = {
    "default": Recipe(
        "default",
        _TERMS,
        "max(0, S - given) / (1 - given) * (0.6 + 0.4*preservation), S = count * distinct * overflow * "
        "instructions * recall * grounding * (0.8 + 0.2*retrieval) * (0.5 + 0.5*design), design = mean "
        "of its nine parts",
        gain,
    ),
    "with_judge": Recipe(
        "with_judge",
        (
            *_TERMS[:-1],
            Term("told", "bonus", JUDGED_BRIEF_SHARE, "rewards/inverse.py:InverseSpecification"),
            Term("aesthetics", "bonus", JUDGED_LOOKS_SHARE, "rewards/deck_judging.py:AESTHETICS"),
            _TERMS[-1],
        ),
        "as default, with retrieval = 0.5*retrieval + 0.5*told and each design part = 0.7*part + "
        "0.3*aesthetics",
        judged_gain,
        needs_judge=True,
    ),
    **FORGE_RECIPES,
}
