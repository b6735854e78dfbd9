"""Edit tasks: a deck spoilt on purpose, and instructions that mend it.

The good deck comes first (`slide_plan.py`); each fault is put into it together with the instruction that
takes it out again, so that every task can be done and what must stay is known exactly. Demands are as
`rewards/revision.py` reads them. Knows no reward and no browser.
"""

__all__ = ["Edit", "edit_task"]

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import UsageError
from .slide_brief import Brief, Fact
from .slide_outdated import outdated
from .slide_plan import SlideSpec, can_be_set, deck_of
from .slide_wording import line_of, says, theme_of

INSTRUCTIONS = (2, 3, 3, 4, 5)
LEAST = 2
STRANGER, COPY = 100, 200  # numbers of slides that are not in the good deck begin here
MOST_LINES = 6
IN_WORDS = ("bullets", "cards", "timeline", "two_columns")  # on a chart, other figures surround a fact's
OFF_TOPIC = (
    ("The office move is on schedule", "the move of the office", (
        "Removal boxes arrive two weeks before the move",
        "The canteen opens on the first day in the new rooms",
        "Parking permits are handed out at the reception")),
    ("The summer party needs helpers", "the summer party", (
        "The band plays from the late afternoon into the evening",
        "Every team brings one salad and one cake to the table",
        "Helpers sign up on the list beside the lift")),
    ("New badges open all doors", "the new badges", (
        "Old badges stop working at the end of the month",
        "Photographs are taken in the lobby every morning",
        "Visitors get a badge for the day at the desk")),
    ("The car pool gets electric cars", "the car pool", (
        "Cars are booked with the calendar as before",
        "Charging points stand on the lower deck of the car park",
        "Please return the cars charged and clean")),
)  # fmt: skip
"""Title, name and lines of slides that belong in no deck here."""


@dataclass(frozen=True)
class Edit:
    """An edit task; indices count from 0."""

    given: tuple[SlideSpec, ...]
    """The deck as it is handed over."""
    target: tuple[SlideSpec, ...]
    """A deck that follows every instruction."""
    steps: tuple[int, ...]
    """For each slide of the target, the given slide that it comes from, or -1 for a new one."""
    instructions: tuple[str, ...]
    """In natural language, 2 to 5."""
    demands: tuple[dict[str, Any], ...]
    """What each instruction asks for, as `rewards/revision.py` reads it."""
    kept: tuple[int, ...]
    """Given slides that no instruction touches."""
    facts: tuple[str, ...]
    """Ids of the facts that the deck must say in the end."""
    gone: tuple[str, ...]
    """Values that must be gone."""
    removed: tuple[int, ...]
    """Given slides that must be gone."""
    order: tuple[tuple[int, int], ...]
    """Pairs of given slides: the second stands right behind the first in the end."""


def edit_task(brief: Brief, rng: np.random.Generator, difficulty: int) -> Edit:
    """Spoil a good deck, and say how to mend it.

    Args:
        brief: what the deck is for.
        rng: decides what is spoilt.
        difficulty: 1 to 5: 2, 3, 3, 4 or 5 instructions, fewer where the deck has no room for more faults.

    Raises:
        UsageError: another difficulty.
        ValueError: no plan fits the brief, or its deck is too short to be spoilt twice.
    """
    if type(difficulty) is not int or not 1 <= difficulty <= len(INSTRUCTIONS):
        raise UsageError(f"difficulty is a whole number from 1 to 5, got {difficulty!r}")
    draft = _Draft(brief, rng, deck_of(brief))
    faults = (_old_figures, _lost, _misplaced, _stranger, _crowded, _twice)
    # The first three can be put in again where the deck has room.
    for number in (*rng.permutation(len(faults)).tolist(), 0, 2, 1, 0, 2):
        if len(draft.asks) < INSTRUCTIONS[difficulty - 1]:
            faults[number](draft)
    if len(draft.asks) < LEAST:
        raise ValueError(f"{brief.id}: its deck is too short for an edit task")
    return draft.done()


Place = Callable[[int], int]


@dataclass
class _Ask:
    """An instruction, told once the slides have their places."""

    say: Callable[[Place], str]
    demand: Callable[[Place], dict[str, Any]]
    gone: Sequence[str] = ()
    removed: int = -1
    behind: tuple[int, int] | None = None


@dataclass
class _Draft:
    """Slides under their numbers: those of the good deck from 0, strangers and copies above."""

    brief: Brief
    rng: np.random.Generator
    good: tuple[SlideSpec, ...]
    given: dict[int, SlideSpec] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    anchors: set[int] = field(default_factory=set)
    asks: list[_Ask] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.given = dict(enumerate(self.good))
        self.order = list(self.given)

    def is_calm(self, uid: int) -> bool:
        """Whether a slide is as it was and nothing leans on it."""
        return uid in self.given and uid < STRANGER and uid not in self.touched | self.anchors

    def can_anchor(self, uid: int) -> bool:
        """Whether an instruction can name a slide as a place."""
        return uid in self.given and uid < STRANGER and uid not in self.touched

    def before(self, uid: int) -> int:
        """The slide of the good deck in front of one if it still stands there, else -1."""
        at = self.order.index(uid)
        return uid - 1 if at and self.order[at - 1] == uid - 1 and self.can_anchor(uid - 1) else -1

    def facts_on(self, uid: int) -> list[Fact]:
        """Facts that this slide of the good deck says in words, and no other."""
        if self.good[uid].layout not in IN_WORDS:
            return []
        others = [spec for number, spec in enumerate(self.good) if number != uid]
        told = [fact for fact in self.brief.facts if says(self.good[uid].text, fact)]
        return [fact for fact in told if not any(says(spec.text, fact) for spec in others)]

    def pick(self, uids: Sequence[int]) -> int | None:
        """One of some slides, None of none."""
        return uids[int(self.rng.integers(len(uids)))] if uids else None

    def done(self) -> Edit:
        """The task."""
        shown = [uid for uid in self.order if uid in self.given]
        places = {uid: number for number, uid in enumerate(shown)}
        removed = [ask.removed for ask in self.asks if ask.removed >= 0]
        behind = [ask.behind for ask in self.asks if ask.behind]
        kept = [uid for uid in shown if uid < STRANGER and uid not in self.touched]
        return Edit(
            given=tuple(self.given[uid] for uid in shown),
            target=self.good,
            steps=tuple(places.get(uid, -1) for uid in range(len(self.good))),
            instructions=tuple(ask.say(places.__getitem__) for ask in self.asks),
            demands=tuple(ask.demand(places.__getitem__) for ask in self.asks),
            kept=tuple(places[uid] for uid in kept),
            facts=tuple(fact.id for fact in self.brief.facts),
            gone=tuple(value for ask in self.asks for value in ask.gone),
            removed=tuple(places[uid] for uid in removed),
            order=tuple((places[first], places[second]) for first, second in behind),
        )


def _old_figures(draft: _Draft) -> None:
    """Figures of a slide become those of another time."""
    uid = draft.pick([uid for uid in draft.order if draft.is_calm(uid) and uid and draft.facts_on(uid)])
    if uid is None:
        return
    facts = draft.facts_on(uid)
    made, old = outdated(draft.brief, draft.good, uid, facts, draft.rng)
    if made is None:
        return
    spoilt = [fact for fact in facts if not says(made.text, fact)]
    if not spoilt:
        return
    draft.given[uid] = made
    draft.touched.add(uid)
    titles = {note.id: note.title for note in draft.brief.notes}
    sources = " and ".join(f'"{titles[id]}"' for id in dict.fromkeys(fact.note for fact in spoilt))
    about = theme_of(spoilt).lower()
    draft.asks.append(
        _Ask(
            lambda place: (
                f'Bring slide {place(uid)}, "{made.title}", up to date with {sources}: its figures on '
                f"{about} "
                "are those of another time."
            ),
            lambda place: {
                "kind": "says",
                "ask": f"figures of slide {place(uid)}",
                "facts": _key(facts),
                "gone": list(old),
            },
            gone=old,
        )
    )


def _lost(draft: _Draft) -> None:
    """A slide is missing."""
    fit = [
        uid
        for uid in draft.order
        if draft.is_calm(uid) and uid and draft.facts_on(uid) and draft.before(uid) >= 0
    ]
    uid = draft.pick(fit)
    if uid is None:
        return
    before, facts = draft.before(uid), draft.facts_on(uid)
    del draft.given[uid]
    draft.touched.add(uid)
    draft.anchors.add(before)
    asks = "; ".join(fact.ask for fact in facts)
    draft.asks.append(
        _Ask(
            lambda place: (
                f"Add a slide on {theme_of(facts).lower()} right behind slide {place(before)}, "
                f'"{draft.given[before].title}". It says {asks}.'
            ),
            lambda place: {
                "kind": "after",
                "ask": f"new slide behind slide {place(before)}",
                "slide": place(before),
                "facts": _key(facts),
            },
        )
    )


def _crowded(draft: _Draft) -> None:
    """Two slides are pressed into one."""
    pairs = [uid for uid in draft.order if draft.is_calm(uid) and uid and draft.is_calm(uid + 1)]
    for at in draft.rng.permutation(len(pairs)).tolist():
        first, second = pairs[at], pairs[at] + 1
        if draft.order.index(second) == draft.order.index(first) + 1 and _pressed(draft, first, second):
            return


def _pressed(draft: _Draft, first: int, second: int) -> bool:
    """Press two slides into one if that holds too much and can still be shown."""
    most = draft.brief.words[1]
    halves = draft.facts_on(first), draft.facts_on(second)
    facts = [*halves[0], *halves[1]]
    if not all(halves) or len(facts) > MOST_LINES:
        return False
    lines = [line_of(fact) for fact in facts]
    title = draft.good[first].title
    for more in _sentences(draft.brief, facts):
        if SlideSpec("bullets", title, tuple(lines)).words <= most and len(lines) < MOST_LINES:
            lines.append(more)
    spec = SlideSpec("bullets", title, tuple(lines))
    if spec.words <= most or not can_be_set(spec) or not all(says(spec.text, fact) for fact in facts):
        return False
    draft.given[first] = spec
    del draft.given[second]
    draft.touched |= {first, second}
    themes = [theme_of(half).lower() for half in halves]
    draft.asks.append(
        _Ask(
            lambda place: (
                f'Slide {place(first)}, "{title}", holds too much: spread it over two slides of at most '
                f"{most} words, one on {themes[0]} and one on {themes[1]}."
            ),
            lambda place: {
                "kind": "split",
                "ask": f"slide {place(first)} on two slides",
                "facts": _key(facts),
                "words": most,
            },
        )
    )
    return True


def _stranger(draft: _Draft) -> None:
    """A slide that belongs elsewhere stands among the others."""
    title, about, blocks = OFF_TOPIC[int(draft.rng.integers(len(OFF_TOPIC)))]
    behind = draft.pick(_free_places(draft))
    if behind is None:
        return
    draft.order.insert(draft.order.index(behind) + 1, STRANGER)
    draft.given[STRANGER] = SlideSpec("bullets", title, blocks)
    draft.asks.append(
        _Ask(
            lambda place: f"Take out the slide about {about}; it does not belong in this deck.",
            lambda place: {"kind": "gone", "ask": f"slide about {about}", "slide": place(STRANGER)},
            removed=STRANGER,
        )
    )


def _twice(draft: _Draft) -> None:
    """A slide stands there a second time, under another title."""
    fit = [uid for uid in draft.order if draft.is_calm(uid) and uid and draft.facts_on(uid)]
    uid = draft.pick(fit)
    behind = draft.pick([place for place in _free_places(draft) if uid is not None and place > uid])
    if uid is None or behind is None:
        return
    draft.order.insert(draft.order.index(behind) + 1, COPY)
    facts = draft.facts_on(uid)
    title = f"Once more: {theme_of(facts).lower()}"
    draft.given[COPY] = SlideSpec(draft.good[uid].layout, title, draft.good[uid].blocks)
    draft.anchors.add(uid)
    draft.asks.append(
        _Ask(
            lambda place: f"Slides {place(uid)} and {place(COPY)} say the same: delete the later one.",
            # That the copy is gone is seen by the part of the reward that counts near copies.
            lambda place: {
                "kind": "says",
                "ask": f"one of slides {place(uid)} and {place(COPY)}",
                "facts": _key(facts),
                "gone": [],
            },
            removed=COPY,
        )
    )


def _misplaced(draft: _Draft) -> None:
    """A slide stands at the wrong place."""
    fit = [uid for uid in draft.order if draft.is_calm(uid) and uid and draft.before(uid) >= 0]
    uid = draft.pick(fit)
    if uid is None:
        return
    before = draft.before(uid)
    behind = draft.pick([place for place in _free_places(draft) if place not in (uid, before)])
    if behind is None:
        return
    draft.order.remove(uid)
    draft.order.insert(draft.order.index(behind) + 1, uid)
    draft.touched.add(uid)
    draft.anchors.add(before)
    title, other = draft.given[uid].title, draft.given[before].title
    draft.asks.append(
        _Ask(
            lambda place: (
                f'Move slide {place(uid)}, "{title}", right behind slide {place(before)}, "{other}".'
            ),
            lambda place: {
                "kind": "order",
                "ask": f"place of slide {place(uid)}",
                "slide": place(uid),
                "behind": place(before),
            },
            behind=(before, uid),
        )
    )


def _free_places(draft: _Draft) -> list[int]:
    """Slides behind which another can stand without breaking what an instruction says."""
    return [uid for uid in draft.order[:-1] if draft.can_anchor(uid) and uid not in draft.anchors]


def _sentences(brief: Brief, facts: Sequence[Fact]) -> list[str]:
    """Sentences without figures from the notes of some facts, as ballast."""
    notes = {note.id: note.text for note in brief.notes}
    texts = [notes[id] for id in dict.fromkeys(fact.note for fact in facts)]
    found = [part.strip() for text in texts for line in text.splitlines() for part in line.split(". ")]
    return [
        part.rstrip(".").replace("|", "/")
        for part in found
        if 7 <= len(part.split()) <= 22
        and part[:1].isalpha()
        and not any(map(str.isdigit, part))
        and ":" not in part
    ]


def _key(facts: Sequence[Fact]) -> list[Mapping[str, Any]]:
    return [{"id": fact.id, "values": list(fact.values), "terms": list(fact.terms)} for fact in facts]
