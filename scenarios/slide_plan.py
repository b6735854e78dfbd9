"""The plan of a deck: which slide says what, from a brief.

A scripted author's work: a cover, an agenda, charts under headlines that state their message, facts grouped
by theme in varied layouts, a voice from the notes, the next steps. Every slide is composed once, so that what
is planned can be set. Knows no reward.
"""

__all__ = ["SlideSpec", "can_be_set", "deck_of"]

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from ..rewards.vocabulary import content_stems, word_count
from ..tools.slide_layouts import SlideMistake, compose
from .slide_brief import Brief, Fact, Series
from .slide_wording import (
    TITLE_WORDS,
    card_of,
    headline_of,
    is_dated,
    lead_of,
    line_of,
    message_of,
    says,
    theme_of,
)

MOST_WORDS = 60
FOOT_WORDS = 6  # the footer and the number of a slide
LEAST_BODY_FOR_AGENDA = 4
QUOTE_WORDS = (7, 30)
SIZES = (3, 4, 2)  # facts a slide, the best first
STEPS_TITLES = {
    "board": "We ask the board for these decisions",
    "customers": "What we will do next for you",
    "engineers": "What we build and change next",
    "investors": "What we will deliver next",
    "leadership team": "The next steps for the leadership team",
    "operations team": "What changes on the ground from here",
    "public officials": "What we propose to do next",
    "sales team": "What we will do in the field next",
}
MANY = ("customers", "engineers", "investors", "public officials")  # audiences without an article
_TIME = re.compile(r"^(Q[1-4]|H[12]|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|20\d\d|Week|Wk|W\d|\d)")
_SYNTAX = re.compile(r"^(?:unit|note|source|contact): |^# ")
_QUOTE = re.compile(r'"([^"\n]+)"')


@dataclass(frozen=True)
class SlideSpec:
    """A slide as `tools/slide_layouts.py` takes it."""

    layout: str
    """Name of a layout."""
    title: str
    """Its headline."""
    blocks: tuple[str, ...]
    """Its texts, in the layout's syntax."""

    @property
    def text(self) -> str:
        """All its words."""
        return " ".join((self.title, *self.blocks))

    @property
    def words(self) -> int:
        """Words that a viewer sees, numbers of lists included."""
        shown = [self.title, *(_SYNTAX.sub("", block).replace("|", " ") for block in self.blocks)]
        listed = len(self.blocks) if self.layout in ("agenda", "closing") else 0
        return sum(map(word_count, shown)) + listed


def deck_of(brief: Brief) -> tuple[SlideSpec, ...]:
    """A deck for a brief: within its ranges, every fact said.

    Args:
        brief: what the deck is for.

    Raises:
        ValueError: the facts do not fit into the slides and words that the brief allows.
    """
    return _Author(brief).deck()


class _Author:
    """Makes the slides of one brief."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.fewest_words = brief.words[0]
        self.most_words = min(MOST_WORDS, brief.words[1] - FOOT_WORDS)
        self.order = {fact.id: place for place, fact in enumerate(brief.facts)}

    def deck(self) -> tuple[SlideSpec, ...]:
        fewest, most = self.brief.slides
        cover, steps = self._cover(), self._steps()
        for charts, is_strict in (
            (n, strict) for n in range(len(self.brief.series), -1, -1) for strict in (1, 0)
        ):
            for size in SIZES:
                body = self._body(size, charts, is_strict=bool(is_strict))
                if body is None or not len(body) + 2 <= most:
                    continue
                deck = [cover, *(spec for spec, _ in body), steps]
                agenda = self._agenda([theme for _, theme in body]) if len(deck) < most else None
                deck[1:1] = [agenda] if agenda else []
                voice = self._voice() if len(deck) < max(fewest, most - 1) else None
                deck[-1:-1] = [voice] if voice else []
                if len(deck) >= fewest and all(self._has_room(spec) for spec in deck[1:]):
                    return _distinct(deck)
        raise ValueError(
            f"{self.brief.id}: no plan fits {self.brief.slides} slides of {self.brief.words} words"
        )

    # -- the fixed slides

    def _cover(self) -> SlideSpec:
        brief = self.brief
        who = "our customers" if brief.audience == "customers" else brief.audience
        who = who if brief.audience in MANY else f"the {who}"
        return SlideSpec(
            "title", brief.topic, (_capital(brief.scope), f"For {who}, {brief.period}", brief.company)
        )

    def _steps(self) -> SlideSpec:
        return SlideSpec("closing", STEPS_TITLES[self.brief.audience], self.brief.recommendations[:4])

    def _agenda(self, themes: Sequence[str]) -> SlideSpec | None:
        if len(themes) < LEAST_BODY_FOR_AGENDA:
            return None
        spec = SlideSpec("agenda", "What this deck covers", (*dict.fromkeys(themes), "Next steps")[:8])
        return spec if self._has_room(spec) and can_be_set(spec) else None

    def _voice(self) -> SlideSpec | None:
        """What somebody says in a current note."""
        for note in self.brief.notes:
            for quote in _QUOTE.findall(note.text) if note.is_current else ():
                if not QUOTE_WORDS[0] <= len(quote.split()) <= QUOTE_WORDS[1] or any(map(str.isdigit, quote)):
                    continue
                spec = SlideSpec(
                    "quote", "A voice from the field", (_capital(quote), f"Quoted in: {note.title}")
                )
                if self._has_room(spec) and can_be_set(spec):
                    return spec
        return None

    # -- the slides between

    def _body(self, size: int, charts: int, *, is_strict: bool) -> list[tuple[SlideSpec, str]] | None:
        """Slides with their themes, at most `size` facts on each; None where they do not fit.

        Args:
            size: most facts on a slide.
            charts: how many series to draw.
            is_strict: beside a chart stands only what shares its words.
        """
        left = list(self.brief.facts)
        made: list[tuple[int, SlideSpec, str]] = []
        for series in self.brief.series[:charts]:
            found = self._chart(series, left, is_strict=is_strict)
            if found is None:
                continue
            spec, said = found
            place = min((self.order[fact.id] for fact in said), default=len(left))
            left = [fact for fact in left if fact not in said]
            made.append((place, spec, _capital(series.title)))
        room = self.brief.slides[1] - 2 - len(made)
        used = [spec.layout for _, spec, _ in made]
        for chunk in _chunks(left, size, room):
            spec = self._said(chunk, used)
            if spec is None:
                return None
            used.append(spec.layout)
            made.append((self.order[chunk[0].id], spec, theme_of(chunk)))
        return [(spec, theme) for _, spec, theme in sorted(made, key=lambda row: row[0])]

    def _chart(
        self, series: Series, facts: Sequence[Fact], *, is_strict: bool
    ) -> tuple[SlideSpec, list[Fact]] | None:
        """A chart under a headline, a second fact beside it; the facts that it says."""
        about = content_stems(f"{series.title} {' '.join(series.labels)}")
        shared = {
            fact.id: len(about & content_stems(f"{fact.text} {' '.join(fact.terms)}")) for fact in facts
        }
        near = [fact for fact in facts if fact.note == series.note and (shared[fact.id] or not is_strict)]
        related = sorted(near, key=lambda fact: (-shared[fact.id], self.order[fact.id]))[:2]
        kind = "line" if all(map(_TIME.match, series.labels)) and len(series.labels) > 3 else "bars"
        percent = "%" if series.unit == "%" else ""
        rows = tuple(
            f"{label} | {_shown(value)}{percent}"
            for label, value in zip(series.labels, series.values, strict=True)
        )
        named = content_stems(series.unit)
        is_told = bool(percent) or (bool(named) and named <= content_stems(series.title))
        unit = f"unit: {series.title}" if is_told else f"unit: {series.title}, {series.unit}"
        for first, second in ((related[:1], related[1:]), ([], related[:1]), ([], [])):
            title = headline_of(first[0]) if first else series.title
            # A headline that tells a fact in part needs the whole beside the chart.
            beside = second if not first or says(title, first[0]) else first
            note = tuple(f"note: {fact.text}" for fact in beside)
            axis = (unit,) if title != series.title else () if percent else (f"unit: {series.unit}",)
            spec = SlideSpec(kind, _capital(title), (*rows, *axis, *note))
            is_titled = 3 <= len(title.split()) <= TITLE_WORDS or not first
            if title and is_titled and self._has_room(spec) and can_be_set(spec):
                return spec, [fact for fact in related if says(title, fact) or fact in beside]
        return None

    def _said(self, facts: Sequence[Fact], used: Sequence[str]) -> SlideSpec | None:
        """Some facts in the best layout that the last slides did not have."""
        found = [spec for spec in _ways(facts) if self._has_room(spec) and can_be_set(spec)]
        found.sort(key=lambda spec: spec.layout in used[-1:])
        return found[0] if found else None

    def _has_room(self, spec: SlideSpec) -> bool:
        return self.fewest_words <= spec.words <= self.most_words


def _ways(facts: Sequence[Fact]) -> Iterator[SlideSpec]:
    """Ways to lay out some facts, the best first."""
    title = message_of(facts)
    dated = [fact for fact in facts if is_dated(fact)]
    if len(facts) >= 3 and len(dated) == len(facts):
        yield SlideSpec(
            "timeline", title, tuple(f"{is_dated(fact)} | {_without_stop(fact)}" for fact in dated)
        )
    cards = tuple(map(card_of, facts))
    if len(facts) >= 2 and all(cards):
        yield SlideSpec("cards", title, cards)
    themes = [list(group) for _, group in groupby(facts, key=lambda fact: fact.note)]
    if len(facts) >= 3:  # one sentence in a column leaves it empty
        halves = themes if len(themes) == 2 else _even(list(facts), 2)
        heads = [theme_of(half[:2]) for half in halves]
        if heads[0] != heads[1]:
            blocks = [
                line
                for head, half in zip(heads, halves, strict=True)
                for line in (f"# {head}", *(_without_stop(fact) for fact in half))
            ]
            yield SlideSpec("two_columns", title, tuple(blocks))
    if len(facts) >= 2:
        yield SlideSpec("bullets", title, tuple(map(line_of, facts)))
        yield SlideSpec("bullets", title, tuple(_without_stop(fact) for fact in facts))
    else:
        fact = facts[0]
        yield SlideSpec("bullets", lead_of(fact), (_without_stop(fact), f"This is {fact.ask.split(',')[0]}"))


def _chunks(facts: Sequence[Fact], size: int, room: int) -> list[list[Fact]]:
    """Facts in groups of one theme where that can be, else of neighbours; none alone."""
    if not facts:
        return []
    groups = [list(group) for _, group in groupby(facts, key=lambda fact: fact.note)]
    parts = [part for group in groups for part in _even(group, -(-len(group) // size))]
    merged: list[list[Fact]] = []
    for part in parts:
        if merged and len(merged[-1]) + len(part) <= size and 1 in (len(part), len(merged[-1])):
            merged[-1] = merged[-1] + part
        else:
            merged.append(part)
    alone = next((number for number, part in enumerate(merged) if len(part) == 1), None)
    while alone is not None and len(merged) > 1:
        other = alone - 1 if alone else 1
        first, second = min(alone, other), max(alone, other)
        merged[first : second + 1] = [merged[first] + merged[second]]
        alone = next((number for number, part in enumerate(merged) if len(part) == 1), None)
    if len(merged) > max(1, room):
        merged = _even(list(facts), max(1, room))
    return merged


def _even(items: list[Fact], count: int) -> list[list[Fact]]:
    edges = [round(number * len(items) / count) for number in range(count + 1)]
    return [items[start:end] for start, end in pairwise(edges) if end > start]


def _shown(value: float) -> str:
    """A number with thousands parted: 118,000 and 0.7."""
    return f"{value:,.0f}" if value == int(value) and abs(value) >= 1000 else f"{value:g}"


def _without_stop(fact: Fact) -> str:
    return fact.text.rstrip(".").replace("|", "/")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def can_be_set(spec: SlideSpec) -> bool:
    """Whether a slide can be composed: its layout takes its blocks, and they fit."""
    try:
        compose(spec.layout, spec.title, spec.blocks)
    except SlideMistake:
        return False
    return True


def _distinct(deck: Sequence[SlideSpec]) -> tuple[SlideSpec, ...]:
    """The same deck, no title twice."""
    seen: set[str] = set()
    made: list[SlideSpec] = []
    for spec in deck:
        title = spec.title
        while title in seen:
            title = f"{title}, continued"
        seen.add(title)
        made.append(SlideSpec(spec.layout, title, spec.blocks))
    return tuple(made)
