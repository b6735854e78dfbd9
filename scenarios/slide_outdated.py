"""A slide with figures of another time, from notes that are not current."""

__all__ = ["outdated"]

from collections.abc import Collection, Iterable, Sequence
from math import log

import numpy as np

from ..rewards.numbers import Figure, figures
from ..rewards.vocabulary import holds_phrase, phrase_stems, stems
from .slide_brief import Brief, Fact
from .slide_checks import MAX_SLIDES, spans_of
from .slide_figures import altered
from .slide_plan import SlideSpec, can_be_set

FARTHEST = 1.6  # a stale figure is at most e^1.6, five times, larger or smaller
MAX_TRIES = 12


def outdated(
    brief: Brief, deck: Sequence[SlideSpec], index: int, facts: Sequence[Fact], rng: np.random.Generator
) -> tuple[SlideSpec | None, tuple[str, ...]]:
    """A slide of a deck with old figures in the place of some facts' values, and these figures.

    A value is replaced by a figure of a note that is not current, of its unit and nearest in size, else by
    one made up. None of the old figures can be read anywhere in the good deck.

    Args:
        brief: whose notes are used.
        deck: the good one.
        index: the slide that is spoilt.
        facts: what it says.
        rng: random source.

    Returns:
        The spoilt slide, or None where nothing could be replaced, and the old values.
    """
    spec = deck[index]
    words = [stems(other.text) for other in deck]
    numbers = {(float(number), "") for number in range(MAX_SLIDES + 1)}  # of slides and of lists
    shown = numbers | _figures_of(other.text for other in deck)
    stale = [figure for note in brief.notes if not note.is_current for figure in figures(note.text)]
    old: dict[str, str] = {}
    for fact in facts:
        for value in fact.values:
            made = (
                _old_value(value, stale, words, {*shown, *_figures_of(old.values())}, rng)
                if value not in old
                else ""
            )
            if made:
                old[value] = made
    made = SlideSpec(
        spec.layout, _replaced(spec.title, old), tuple(_replaced(block, old) for block in spec.blocks)
    )
    if made == spec or not can_be_set(made):
        return None, ()
    return made, tuple(value for value in old.values() if next(spans_of(value, made.text), None))


def _old_value(
    value: str,
    stale: Sequence[Figure],
    words: Sequence[Sequence[str]],
    shown: Collection[tuple[float, str]],
    rng: np.random.Generator,
) -> str:
    """A value of another time of which neither spelling nor size stands in the deck; "" for none."""
    found = figures(value)
    if not found:
        return ""
    known = [altered(value, rng, shown) for _ in range(MAX_TRIES)]
    if len(found) == 1 and found[0].text == value and found[0].unit not in ("date", "month", "year", "time"):
        near = [one for one in stale if _is_alike(one, found[0])]
        known[:0] = [one.text.rstrip(".") for one in sorted(near, key=lambda one: _distance(one, found[0]))]
    for made in known:
        phrase = phrase_stems(made)
        is_shown = any((one.value, one.unit) in shown for one in figures(made))
        if not is_shown and not any(holds_phrase(one, phrase) for one in words):
            return made
    return ""


def _is_alike(one: Figure, other: Figure) -> bool:
    """Whether two figures have one unit and one scale, and are of similar size."""
    scaled = [bool(figure.digits) and figure.value != figure.digits for figure in (one, other)]
    if one.unit != other.unit or scaled[0] != scaled[1] or one.decimals != other.decimals:
        return False
    return one.value > 0 and other.value > 0 and _distance(one, other) <= FARTHEST


def _figures_of(values: Iterable[str]) -> set[tuple[float, str]]:
    return {(figure.value, figure.unit) for value in values for figure in figures(value)}


def _distance(one: Figure, other: Figure) -> float:
    return abs(log(one.value / other.value))


def _replaced(text: str, old: dict[str, str]) -> str:
    """A text with values replaced, longer ones first, each place once."""
    spans: list[tuple[int, int, str]] = []
    for value in sorted(old, key=len, reverse=True):
        for start, end in spans_of(value, text):
            if not any(start < other_end and other_start < end for other_start, other_end, _ in spans):
                spans.append((start, end, old[value]))
    for start, end, made in sorted(spans, reverse=True):
        text = text[:start] + made + text[end:]
    return text
