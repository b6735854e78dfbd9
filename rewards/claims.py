"""Which facts a slide says, and how firmly values and terms are bound.

The geometry of saying: a value is bound by its own sentence, by the label next to it, or by the title. Knows
no brief; `text.py:fact_recall` sums it up.
"""

__all__ = ["Claims", "Wanted", "spread", "wanted_of"]

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .numbers import Figure, figures, is_digits_of, is_same
from .slide_text import Passage, SlideText
from .vocabulary import STOPWORDS, content_stems, holds_phrase, phrase_stems, stem, stems, word_count

FREE_FIGURES = 4.0
WORDS_A_FIGURE = 2.0
TERMS_A_LABEL = 4
FREE_STRAYS = 3.0
OWN_SHARE = 0.7
DECK_STRAYS, DECK_SHARE = 2.0, 0.8
LOOSE_BOND = 0.25
TITLE_FIGURES = 12
PASSAGE_WORDS = 45
PASSAGE_FACTS = 3
FREE_UNITS = ("year", "month")
SMALL_CARD = 6

_UNIT_MARKS = {"EUR": ("€", "eur"), "USD": ("$", "usd"), "GBP": ("£", "gbp"), "JPY": ("¥", "jpy")}
_PERCENT_MARKS = {"%": ("%", "percent", "per cent"), "pp": ("pp", "points"), "‰": ("‰",)}


@dataclass(frozen=True, slots=True)
class Value:
    """A value that is looked for: its figures, and the words around them or the phrase that it is."""

    figures: tuple[Figure, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fact that is looked for: values, all of them, and terms, one of them."""

    values: tuple[Value, ...]
    terms: tuple[tuple[str, ...], ...]


def wanted_of(values: Sequence[str], terms: Sequence[str]) -> Wanted:
    """A fact made ready to be looked for.

    >>> wanted_of(["58 till hours"], ["saving"]).values[0].words
    ('till', 'hour')
    """
    return Wanted(tuple(map(_value, values)), tuple(phrase_stems(term) for term in terms))


def spread(shown: Sequence[Figure], said: Sequence[Wanted], known: Sequence[Figure]) -> float:
    """How little of what a deck shows is beside the point.

    Formula: min(1, (own + 2) / (0.8 * n))^2 of n distinct figures, own of which belong to the facts that are
    said or are known.

    Args:
        shown: figures of all slides.
        said: the facts that the deck says.
        known: figures that it may show freely.
    """
    distinct: list[Figure] = []
    for figure in shown:
        if not _is_any(figure, distinct):
            distinct.append(figure)
    wanted = [figure for fact in said for value in fact.values for figure in value.figures]
    own = sum(_is_any(figure, [*wanted, *known]) for figure in distinct)
    return min(1.0, (own + DECK_STRAYS) / max(DECK_SHARE * len(distinct), 1e-9)) ** 2


class Claims:
    """The facts that one slide says.

    Args:
        slide: what can be read on it.
        wanted: the facts that are looked for.
        known: figures that it may show freely.
    """

    def __init__(self, slide: SlideText, wanted: Sequence[Wanted], known: Sequence[Figure] = ()) -> None:
        self._slide = slide
        self._wanted = wanted
        self._known = known
        self._passages = slide.passages
        self._stems = [stems(passage.text) for passage in slide.passages]
        self._figures = [figures(passage.text, words=True) for passage in slide.passages]
        self._all_stems = frozenset(word for words in self._stems for word in words)
        self._text = slide.text.casefold()
        self._neighbours: dict[int, tuple[int, ...]] = {}

    def levels(self) -> list[float]:
        """What each fact earns, focus * bond; 0 where the slide does not say it."""
        bonds = [self._bond(number) for number in range(len(self._wanted))]
        said = [fact for fact, bond in zip(self._wanted, bonds, strict=True) if bond]
        focus = self._focus(said) if said else 0.0
        return [focus * bond for bond in bonds]

    def tells_any(self) -> bool:
        """Whether a value of any fact, or a figure that is known, stands on the slide."""
        every = range(len(self._passages))
        return any(_is_any(figure, self._known) for figure in self.shown) or any(
            self._shows(place, value) for fact in self._wanted for value in fact.values for place in every
        )

    def _bond(self, number: int) -> float:
        """The weakest value's link to a term; 0 if a value or every term is missing."""
        named, places = self._named[number], self._places[number]
        if not named or not all(places):
            return 0.0
        return min(
            max(self._clarity[place] * self._link(place, named) for place in found) for found in places
        )

    def _link(self, place: int, named: Sequence[int]) -> float:
        """How firmly a passage is tied to one of a fact's terms, which stand in the passages `named`."""
        if place in named:
            return 1.0
        strengths = [self._strength[label] for label in self._near(place) if label in named]
        if self._slide.title in named:
            crowd = min(1.0, TITLE_FIGURES / max(len(self.shown), 1)) ** 2
            strengths.append(self._strength[self._slide.title] * crowd)
        return max([LOOSE_BOND * max(self._strength[label] for label in named), *strengths])

    @cached_property
    def _named(self) -> list[list[int]]:
        """For each fact, the passages that name one of its terms."""
        every = range(len(self._passages))
        return [[place for place in every if self._names(place, fact)] for fact in self._wanted]

    @cached_property
    def _places(self) -> list[list[list[int]]]:
        """For each fact and each of its values, the passages that show it."""
        every = range(len(self._passages))
        return [
            [[place for place in every if self._shows(place, value)] for value in fact.values]
            if named
            else [[]]
            for fact, named in zip(self._wanted, self._named, strict=True)
        ]

    def _names(self, place: int, fact: Wanted) -> bool:
        words = self._stems[place]
        return any(term[0] in words and holds_phrase(words, term) for term in fact.terms if term)

    def _shows(self, place: int, value: Value) -> bool:
        """Whether a passage shows a value; the words of its unit may stand in a label."""
        if not value.figures:
            return holds_phrase(self._stems[place], value.words)
        found = self._figures[place]
        if not found:
            return False
        for wanted in value.figures:
            is_there = any(is_same(wanted, figure) for figure in found) or any(
                is_digits_of(wanted, figure) and self._has_unit(wanted) for figure in found
            )
            if not is_there:
                return False
        around = {
            word
            for near in (place, *self._near(place), self._slide.title)
            if near >= 0
            for word in self._stems[near]
        }
        return all(word in around or word in self._text.split() for word in value.words)

    def _has_unit(self, wanted: Figure) -> bool:
        """Whether a figure's unit stands somewhere on the slide, as at an axis or in a header."""
        marks = {**_UNIT_MARKS, **_PERCENT_MARKS}.get(wanted.unit, (wanted.unit.casefold(),))
        return any(mark in self._text for mark in marks)

    @cached_property
    def _clarity(self) -> list[float]:
        """How much a value says in each passage: little among many numbers, words or facts."""
        told = Counter(
            place
            for named, places in zip(self._named, self._places, strict=True)
            for place in set(named).intersection(*places)
        )
        levels: list[float] = []
        for place, (passage, found) in enumerate(zip(self._passages, self._figures, strict=True)):
            count = sum(figure.unit != "year" and not figure.is_word for figure in found)
            words = len(content_stems(passage.text))
            among_figures = min(1.0, (words / WORDS_A_FIGURE + FREE_FIGURES) / max(count, 1))
            among_words = min(1.0, PASSAGE_WORDS / max(word_count(passage.text), 1))
            among_facts = min(1.0, PASSAGE_FACTS / max(told[place], 1))
            levels.append((among_figures * among_words * among_facts) ** 2)
        return levels

    @cached_property
    def _strength(self) -> list[float]:
        """How firmly each passage binds as a label: little where it names everything."""
        terms = {term for fact in self._wanted for term in fact.terms if term}
        counts = [
            sum(term[0] in words and holds_phrase(words, term) for term in terms) for words in self._stems
        ]
        return [min(1.0, TERMS_A_LABEL / max(count, 1)) ** 2 for count in counts]

    def _focus(self, said: Sequence[Wanted]) -> float:
        """Share of the slide's figures that belong to what it says, some strays allowed."""
        wanted = [figure for fact in said for value in fact.values for figure in value.figures]
        wanted += self._known
        own = sum(_is_any(shown, wanted) for shown in self.shown)
        return min(1.0, (own + FREE_STRAYS) / max(OWN_SHARE * len(self.shown), 1e-9)) ** 2

    @cached_property
    def shown(self) -> list[Figure]:
        """The figures of the slide but years, words and ticks."""
        return [
            figure
            for passage, found in zip(self._passages, self._figures, strict=True)
            for figure in found
            if not (passage.is_tick or figure.is_word or figure.unit in FREE_UNITS)
        ]

    def _near(self, place: int) -> tuple[int, ...]:
        """The labels of a passage: the nearest words around it, and its card if that is small."""
        if place not in self._neighbours:
            self._neighbours[place] = tuple(sorted(_labels(self._passages, place)))
        return self._neighbours[place]


def _value(text: str) -> Value:
    found = figures(text, words=True)
    if not found:
        return Value((), phrase_stems(text))
    rest = text
    for figure in reversed(found):
        rest = rest[: figure.start] + " " + rest[figure.end :]
    words = tuple(stem(word) for word in rest.casefold().split() if word not in STOPWORDS and word.isalpha())
    return Value(found, words)


def _labels(passages: Sequence[Passage], place: int) -> set[int]:
    wordy = [
        index for index, passage in enumerate(passages) if index != place and content_stems(passage.text)
    ]
    before = [index for index in wordy if index < place]
    after = [index for index in wordy if index > place]
    found = {*before[-1:], *after[:1]}
    own = passages[place]
    if own.card >= 0:
        card = [index for index, passage in enumerate(passages) if passage.card == own.card]
        found |= {index for index in card if index in wordy} if len(card) <= SMALL_CARD else set()
    if own.box is None:
        return found
    for axis in (0, 1):
        beside = [index for index in wordy if _overlaps(own, passages[index], 1 - axis)]
        for side in (-1, 1):
            gaps = [(_gap(own, passages[index], axis, side), index) for index in beside]
            nearest = min((pair for pair in gaps if pair[0] >= 0.0), default=None)
            found |= {nearest[1]} if nearest else set()
    return found


def _is_any(shown: Figure, wanted: Sequence[Figure]) -> bool:
    return any(is_same(one, shown) or is_digits_of(one, shown) for one in wanted)


def _overlaps(one: Passage, other: Passage, axis: int) -> bool:
    """Whether two passages share at least half of the narrower one's extent."""
    if one.box is None or other.box is None:
        return False
    (a0, a1), (b0, b1) = ((box[axis], box[axis + 2]) for box in (one.box, other.box))
    return min(a1, b1) - max(a0, b0) >= 0.5 * min(a1 - a0, b1 - b0)


def _gap(one: Passage, other: Passage, axis: int, side: int) -> float:
    """Distance from one passage to another on a side, px; negative if it stands on the other side."""
    if one.box is None or other.box is None:
        return -1.0
    middle = (other.box[axis] + other.box[axis + 2]) / 2 - (one.box[axis] + one.box[axis + 2]) / 2
    if middle * side <= 0:
        return -1.0
    gap = other.box[axis] - one.box[axis + 2] if side > 0 else one.box[axis] - other.box[axis + 2]
    return max(0.0, gap)
