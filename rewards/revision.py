"""Rewards of revising a deck: whether each instruction was followed.

Plain texts and plain demands; a slide of the given deck is found again by what it says.
"""

__all__ = ["SAID", "instructions_followed", "reads"]

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import UsageError
from .deck import similarity
from .numbers import figures, is_same
from .score import Score
from .slide_text import SlideText
from .text import FactKey, fact_recall
from .vocabulary import holds_phrase, phrase_stems, stems

SAID = 0.5
ALIKE = 0.6

Slides = Sequence[SlideText]
Demand = Mapping[str, Any]


def instructions_followed(
    slides: Sequence[SlideText], demands: Sequence[Mapping[str, Any]], given: Sequence[SlideText]
) -> Score:
    """Share of the instructions that were followed.

    Formula: mean over demands of 0 or 1; without demands 1. A fact is said with a credit of at least 0.5
    (`text.py:fact_recall`); a given slide is where the words are most alike, at least 0.6 (Dice). Ours.

    Kinds of demand, each with `ask`, its words for the reason:

    - `says`: all `facts` are said, and none of the texts `gone` can be read;
    - `after`: the facts are said on the slide right behind given slide `slide`;
    - `gone`: given slide `slide` is on no slide any more;
    - `order`: given slide `slide` stands right behind given slide `behind`;
    - `split`: all `facts` are said, on at least two slides, none with more than `words` words;
    - `title`: `title` is the title of the slide that was `slide`.

    Args:
        slides: the deck.
        demands: what was asked.
        given: the deck as it was given.

    Raises:
        UsageError: an unknown kind of demand.
    """
    if not demands:
        return Score(1.0, why="no instructions")
    undone: list[str] = []
    for demand in demands:
        kind = demand["kind"]
        if kind not in _KINDS:
            raise UsageError(f"unknown kind of demand {kind!r}; there are: {', '.join(_KINDS)}")
        if not slides or not _KINDS[kind](slides, demand, given):
            undone.append(str(demand["ask"]))
    value = 1.0 - len(undone) / len(demands)
    return Score(value, why=f"not done: {'; '.join(undone)}" if undone else "all instructions followed")


def reads(slides: Sequence[SlideText], text: str) -> bool:
    """Whether a text can be read on a slide: its figures in any usual spelling, else its words in a row.

    >>> reads([SlideText.of("Sales", "EUR 4,200")], "€4200")
    True
    """
    wanted = figures(text)
    if not wanted:
        return any(holds_phrase(stems(slide.text), phrase_stems(text)) for slide in slides)
    shown = [figures(slide.text) for slide in slides]
    return any(all(any(is_same(one, other) for other in found) for one in wanted) for found in shown)


def _facts(demand: Mapping[str, Any]) -> list[FactKey]:
    return [FactKey(fact["id"], tuple(fact["values"]), tuple(fact["terms"])) for fact in demand["facts"]]


def _says(slides: Sequence[SlideText], facts: Sequence[FactKey]) -> bool:
    credits = fact_recall(slides, facts, max_words=10**6, is_all=False).parts
    return all(credits[fact.id] >= SAID for fact in facts)


def _place(slides: Sequence[SlideText], slide: SlideText) -> int:
    """Where a given slide stands now, -1 for nowhere."""
    levels = [similarity(slide.text, other.text) for other in slides]
    best = max(range(len(levels)), key=lambda index: levels[index])
    return best if levels[best] >= ALIKE else -1


def _is_said(slides: Slides, demand: Demand, given: Slides) -> bool:
    return _says(slides, _facts(demand)) and not any(reads(slides, text) for text in demand["gone"])


def _is_after(slides: Slides, demand: Demand, given: Slides) -> bool:
    place = _place(slides, given[int(demand["slide"])])
    return 0 <= place < len(slides) - 1 and _says(slides[place + 1 : place + 2], _facts(demand))


def _is_gone(slides: Slides, demand: Demand, given: Slides) -> bool:
    return _place(slides, given[int(demand["slide"])]) < 0


def _is_behind(slides: Slides, demand: Demand, given: Slides) -> bool:
    first, second = _place(slides, given[int(demand["behind"])]), _place(slides, given[int(demand["slide"])])
    return first >= 0 and second == first + 1


def _is_split(slides: Slides, demand: Demand, given: Slides) -> bool:
    facts = _facts(demand)
    slim = [slide for slide in slides if slide.words <= demand["words"]]
    alone = [slide for slide in slim if _says([slide], facts)]
    return not alone and len(slim) == len(slides) and _says(slides, facts)


def _is_titled(slides: Slides, demand: Demand, given: Slides) -> bool:
    bodies = [_without_title(slide) for slide in slides]
    levels = [similarity(_without_title(given[int(demand["slide"])]), body) for body in bodies]
    place = max(range(len(levels)), key=lambda index: levels[index])
    title = slides[place].passages[slides[place].title].text if slides[place].title >= 0 else ""
    return levels[place] >= ALIKE and stems(title) == stems(demand["title"])


def _without_title(slide: SlideText) -> str:
    return "\n".join(one.text for number, one in enumerate(slide.passages) if number != slide.title)


_KINDS: Mapping[str, Callable[[Slides, Demand, Slides], bool]] = {
    "says": _is_said,
    "after": _is_after,
    "gone": _is_gone,
    "order": _is_behind,
    "split": _is_split,
    "title": _is_titled,
}
