"""Inverse specification without a judge: what a deck tells of its brief.

A reader who sees only the deck should be able to pick the right brief among near ones, and say for whom it
is, how long it was to be and what the figures are, from closed lists. An offline stand-in for the judged
reconstruction of "Learning to Present" (arXiv 2603.16839); own formula.
"""

__all__ = ["Choice", "recovery"]

from collections.abc import Sequence
from dataclasses import dataclass

from .retrieval import retrieve
from .score import Score
from .text import closed_choice

RETRIEVED_SHARE = 0.5


@dataclass(frozen=True)
class Choice:
    """A closed list, and what is right.

    Args:
        name: what is asked, such as `audience`.
        options: the phrases of each option.
        answer: index of the right one.
    """

    name: str
    options: tuple[tuple[str, ...], ...]
    answer: int


def recovery(
    text: str,
    documents: Sequence[str],
    choices: Sequence[Choice],
    *,
    slides: int = 0,
    ranges: Sequence[tuple[int, int]] = (),
) -> Score:
    """What can be told of a brief from the text of a deck.

    Formula: 0.5 * retrieve(text, documents) + 0.5 * share of the choices that the text decides rightly
    (`text.py:closed_choice`); without choices, retrieval alone.

    Args:
        text: what can be read on the slides.
        documents: the true brief in short, then its rivals.
        choices: closed lists.
        slides: how many slides the deck has.
        ranges: ranges of slides that share no number, the true one first; told by counting.

    >>> audience = Choice("audience", (("board",), ("investors",)), 0)
    >>> recovery("for the board: sales 4.2%", ["sales 4.2%", "sales 3.1%"], [audience]).value
    1.0
    """
    found = retrieve(text, documents)
    told = {choice.name: closed_choice(text, choice.options) == choice.answer for choice in choices}
    if ranges:
        told["slides"] = ranges[0][0] <= slides <= ranges[0][1]
    if not told:
        return Score(found.value, {"retrieved": found.value}, found.why)
    share = sum(told.values()) / len(told)
    wrong = [name for name, is_told in told.items() if not is_told]
    why = found.why + (f"; not to be told: {', '.join(wrong)}" if wrong else "")
    value = RETRIEVED_SHARE * found.value + (1.0 - RETRIEVED_SHARE) * share
    return Score(value, {"retrieved": found.value, "told": share}, why)
