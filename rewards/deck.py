"""Rewards of a whole deck: its length, what it kept, what it cost.

Plain texts and numbers; knows neither pages nor briefs.
"""

__all__ = ["calls_beyond", "in_place", "preservation", "similarity", "slide_count"]

import re
from collections import Counter
from collections.abc import Sequence

from ..errors import UsageError
from .boxes import iou
from .score import Score
from .slide_text import Passage, SlideText

SAME_PASSAGE, SAME_PLACE = 0.5, 0.3
CALL_PRICE = 0.005
MOST_CALLS_PRICE = 0.1
FREE_FACTOR = 2


def slide_count(count: int, *, fewest: int, most: int) -> Score:
    """Whether a deck has as many slides as were asked for.

    Formula: 1 inside the range, else the square of count / fewest or most / count; 0 slides score 0.

    >>> slide_count(3, fewest=6, most=9).value, slide_count(7, fewest=6, most=9).value
    (0.25, 1.0)
    """
    if not 1 <= fewest <= most:
        raise UsageError(f"a range of slides is 1 <= fewest <= most, got {fewest} to {most}")
    told = f"{count} slides, {fewest} to {most} asked for"
    if count < fewest:
        return Score((count / fewest) ** 2, why=told)
    return Score(min(1.0, most / max(count, 1)) ** 2, why=told)


def similarity(a: str, b: str) -> float:
    """Share of words that two texts have in common, order left out: the Dice coefficient of their words.

    >>> similarity("revenue rose 8%", "Revenue rose 9%")
    0.6666666666666666
    """
    first, second = _words(a), _words(b)
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 1.0


def preservation(kept: Sequence[SlideText], slides: Sequence[SlideText]) -> Score:
    """How well slides that should stay have stayed.

    Formula: mean over the kept slides of the best `similarity` to a slide times (1 + in_place) / 2, in_place
    = share of the kept passages whose text still stands where it stood (IoU of the boxes at least 0.3); each
    slide stands for one of them. Nothing to keep scores 1.

    Args:
        kept: what could be read on each given slide that no instruction touches.
        slides: what can be read on each slide of the deck.
    """
    left = list(range(len(slides)))
    total, worst = 0.0, (2.0, -1)
    for number, slide in enumerate(kept):
        best = max(left, key=lambda i: similarity(slide.text, slides[i].text), default=None)
        level = 0.0
        if best is not None:
            left.remove(best)
            level = similarity(slide.text, slides[best].text) * (1.0 + in_place(slide, slides[best])) / 2.0
        total += level
        worst = min(worst, (level, number))
    if not kept:
        return Score(1.0, why="nothing had to be kept")
    return Score(total / len(kept), why=f"kept slides: the least like itself is {worst[0]:.0%} the same")


def in_place(kept: SlideText, slide: SlideText) -> float:
    """Share of a slide's passages that another slide shows in the same place; 1 for a slide of none.

    Passages whose places are not known are in place where their text is.
    """
    if not kept.passages:
        return 1.0
    return sum(any(_is_there(passage, other) for other in slide.passages) for passage in kept.passages) / len(
        kept.passages
    )


def _is_there(passage: Passage, other: Passage) -> bool:
    if similarity(passage.text, other.text) < SAME_PASSAGE:
        return False
    return passage.box is None or other.box is None or iou(passage.box, other.box) >= SAME_PLACE


def calls_beyond(calls: int, *, expert: int) -> float:
    """Price of calls past twice the expert's number, from 0 down to -0.1.

    Formula: -min(0.1, 0.005 * max(0, calls - 2 * expert)).

    >>> calls_beyond(30, expert=20), calls_beyond(44, expert=20)
    (0.0, -0.02)
    """
    beyond = max(0, calls - FREE_FACTOR * expert)
    return -min(MOST_CALLS_PRICE, CALL_PRICE * beyond) if beyond else 0.0


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w[\w.,%'\u2019-]*", text.casefold()))
