"""What a judge is asked about a deck of slides.

`AESTHETICS` is ours: a rubric with the four criteria of "Learning to Present" (arXiv 2603.16839), several
passes, each slide as a viewer sees it. `marks_of_html`, `marks_of_pictures` and `told_brief` ask what the
published SlideForge code asks, in our words, for the three judged components of `slideforge.py`: all slides
at once, temperature 0, a mark from 0 to 1 each. Unlike there, the slides' source is fenced as data.
"""

__all__ = ["AESTHETICS", "marks_of_html", "marks_of_pictures", "told_brief"]

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import UsageError
from .fencing import Data
from .json_reply import list_in, mapping_in
from .judge import Judge
from .question import Part, Question
from .rubric import Criterion, Rubric

MARKS = "slideforge_marks/1"
BRIEF = "slideforge_brief/1"

AESTHETICS = Rubric(
    "aesthetics",
    "You judge the looks of a deck of slides, shown in order, with the eyes of a professional designer. What "
    "the slides say is judged elsewhere.",
    (
        Criterion("visual_design", "colours in harmony, clear contrast, balanced, contemporary"),
        Criterion("layout", "white space, alignment, order; nothing cut off, nothing on top of another"),
        Criterion(
            "typography", "a clear hierarchy, sizes that can be read, as much text as a slide can bear"
        ),
        Criterion("polish", "consistent from slide to slide, finished, fit for a board room"),
    ),
)

OF_HTML = (
    "layout and structure (a clear hierarchy of title and sections); balance of content (neither sparse nor "
    "crowded); visual styling (contemporary CSS, colours in harmony, typography); professional polish"
)
OF_PICTURES = (
    "visual design (colour, contrast, balance); layout and spacing (white space, alignment, order); "
    "typography (hierarchy, legibility, density); professional polish"
)


def marks_of_html(judge: Judge, pages: Sequence[str]) -> list[float]:
    """Marks from 0 to 1 for the source of each slide, for `slideforge.aesthetic_html`.

    Args:
        judge: who is asked.
        pages: HTML of each slide.

    Raises:
        UsageError: no pages.
        JudgeError, StorageError: as `Judge.ask`.
    """
    return _marks(judge, OF_HTML, _numbered(pages))


def marks_of_pictures(judge: Judge, pictures: Sequence[np.ndarray]) -> list[float]:
    """Marks from 0 to 1 for the picture of each slide, for `slideforge.aesthetic_visual`.

    Args:
        judge: who is asked.
        pictures: (H, W, 3) uint8 each.

    Raises:
        UsageError: no pictures.
        JudgeError, StorageError: as `Judge.ask`.
    """
    parts: list[Part] = []
    for number, picture in enumerate(pictures, 1):
        parts += [f"Slide {number}:", picture]
    return _marks(judge, OF_PICTURES, parts)


def told_brief(judge: Judge, pages: Sequence[str]) -> dict[str, Any]:
    """What a judge tells of the brief from the source of the slides, for `slideforge.brief_reconstruction`.

    Args:
        judge: who is asked; as in the published code it is told how many slides there are.
        pages: HTML of each slide.

    Raises:
        UsageError: no pages.
        JudgeError, StorageError: as `Judge.ask`.
    """
    parts = _numbered(pages)
    system = (
        "You are shown the source of a slide deck. Tell from the slides alone what was asked for. Answer "
        'with one JSON object and nothing else, of this form:\n{"topic": "the main topic", "audience": "for '
        'whom, such as board of directors, engineers, general", "num_slides": 1, "key_themes": ["theme", '
        '"theme"]}'
    )
    schema = {
        "type": "object",
        "required": ["topic", "audience", "num_slides", "key_themes"],
        "properties": {
            "topic": {"type": "string"},
            "audience": {"type": "string"},
            "num_slides": {"type": ["integer", "string"]},
            "key_themes": {"type": "array", "items": {"type": "string"}},
        },
    }
    told = (f"The deck has {len(pages)} slides:", *parts)
    return dict(mapping_in(judge.ask(Question(BRIEF, system, told, schema=schema, temperature=0.0)).value))


def _numbered(pages: Sequence[str]) -> list[Part]:
    return [Data(page, f"slide {number}") for number, page in enumerate(pages, 1)]


def _marks(judge: Judge, criteria: str, parts: Sequence[Part]) -> list[float]:
    if not parts:
        raise UsageError("a judge marks at least one slide, and none was given")
    system = (
        "You are an expert designer of presentations and mark each slide you are shown from 0.0 to 1.0, a "
        f"quarter for each of: {criteria}. Answer with one JSON object and nothing else, one mark a slide in "
        'their order, of this form:\n{"scores": [0.0, 0.0]}'
    )
    schema = {
        "type": "object",
        "required": ["scores"],
        "properties": {"scores": {"type": "array", "items": {"type": "number"}}},
    }
    question = Question(MARKS, system, tuple(parts), schema=schema, temperature=0.0)
    return [float(mark) for mark in list_in(judge.ask(question).value["scores"])]
