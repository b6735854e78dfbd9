"""What makes a brief sound: every rule of `slide_brief.py`, checked.

The same checks hold briefs written by hand and generated ones. Knows no file format and no deck.
"""

__all__ = ["FIELD_NAMES", "MAX_SLIDES", "check_brief", "spans_of", "stands_in"]

import re
from collections.abc import Iterable, Iterator, Sequence
from math import isclose

from ..errors import ScenarioError, did_you_mean
from ..rewards.numbers import figures
from ..rewards.vocabulary import holds_phrase, phrase_stems, stems
from .slide_brief import AUDIENCES, Brief, Fact, Note, Series

FIELD_NAMES = (
    "agriculture",
    "construction",
    "education",
    "energy",
    "finance",
    "health",
    "logistics",
    "manufacturing",
    "retail",
    "software",
    "tourism",
    "transit",
)
FACTS = (4, 14)
SERIES = (1, 3)
POINTS = (3, 8)
NOTES = (5, 9)
NOTE_WORDS = (60, 220)
RECOMMENDATIONS = (2, 4)
RECOMMENDATION_WORDS = 14
FACT_WORDS = 24
TOPIC_WORDS = 12
LABEL_CHARS = 18
MAX_SLIDES = 20
_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def check_brief(brief: Brief, where: str) -> None:
    """Refuse a brief that breaks a rule.

    Args:
        brief: what is checked.
        where: its file, for the message.

    Raises:
        ScenarioError: the first rule that is broken: file, brief, field, what came and what is expected.
    """
    name = f"{where}, brief {brief.id!r}"
    _check_head(brief, name)
    notes = {note.id: note for note in brief.notes}
    _check_notes(brief.notes, name)
    current = {key: note for key, note in notes.items() if note.is_current}
    _unique([fact.id for fact in brief.facts], f"{name}, facts")
    for fact in brief.facts:
        _check_fact(fact, current, notes, f"{name}, fact {fact.id!r}")
    _check_stale(brief, name)
    _unique([series.id for series in brief.series], f"{name}, series")
    for series in brief.series:
        _check_series(series, current, notes, f"{name}, series {series.id!r}")
    for number, step in enumerate(brief.recommendations):
        _check_step(step, current.values(), f"{name}, recommendations[{number}]")


def stands_in(value: str, text: str) -> bool:
    """Whether a value stands in a text letter for letter, and not as a part of a longer number or word.

    >>> stands_in("8.4%", "up 8.4%."), stands_in("8.4%", "up 18.4%"), stands_in("EUR 2", "EUR 2.5")
    (True, False, False)
    """
    return next(spans_of(value, text), None) is not None


def spans_of(value: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a value stands in a text, start and end, as `stands_in` finds it."""
    at = text.find(value) if value else -1
    while at >= 0:
        if _is_whole(text, at, at + len(value)):
            yield at, at + len(value)
        at = text.find(value, at + 1)


def _check_head(brief: Brief, name: str) -> None:
    for key in ("company", "topic", "scope", "period", "purpose"):
        if not getattr(brief, key).strip():
            raise ScenarioError(f"{name}, {key}: it is empty; say it in words")
    if not _KEBAB.fullmatch(brief.id):
        raise ScenarioError(f"{name}, id: write lower-case words joined by hyphens, as in 'retail-footfall'")
    if brief.field not in FIELD_NAMES:
        raise ScenarioError(
            f"{name}, field: there is no field {brief.field!r}; there are: {', '.join(FIELD_NAMES)}."
            f"{did_you_mean(brief.field, FIELD_NAMES)}"
        )
    if brief.audience not in AUDIENCES:
        raise ScenarioError(
            f"{name}, audience: there is no audience {brief.audience!r}; there are: {', '.join(AUDIENCES)}."
            f"{did_you_mean(brief.audience, AUDIENCES)}"
        )
    _at_most(brief.topic, TOPIC_WORDS, f"{name}, topic")
    if not brief.purpose.endswith(".") or brief.purpose.count(". "):
        raise ScenarioError(f"{name}, purpose: write one sentence with a full stop, got {brief.purpose!r}")
    _check_counts(brief, name)


def _check_counts(brief: Brief, name: str) -> None:
    fewest, most = brief.slides
    if not 3 <= fewest <= most <= MAX_SLIDES:
        raise ScenarioError(
            f"{name}, slides: write [fewest, most] with 3 <= fewest <= most <= {MAX_SLIDES}, got "
            f"{[*brief.slides]}"
        )
    low, high = brief.words
    if not 1 <= low < high or high < 2 * low:
        raise ScenarioError(
            f"{name}, words: write [fewest, most] with 1 <= fewest and most at least twice that, got "
            f"{[*brief.words]}"
        )
    counts = (("facts", FACTS), ("series", SERIES), ("notes", NOTES), ("recommendations", RECOMMENDATIONS))
    for key, (least, largest) in counts:
        count = len(getattr(brief, key))
        if not least <= count <= largest:
            raise ScenarioError(f"{name}, {key}: {least} to {largest} are needed, got {count}")


def _check_notes(notes: Sequence[Note], name: str) -> None:
    _unique([note.id for note in notes], f"{name}, notes")
    for note in notes:
        at = f"{name}, note {note.id!r}"
        if not _KEBAB.fullmatch(note.id):
            raise ScenarioError(
                f"{at}, id: write lower-case words joined by hyphens, as in 'sales-report-q3'"
            )
        if not note.title.strip():
            raise ScenarioError(f"{at}, title: it is empty; give the note a heading")
        count = len(note.text.split())
        if not NOTE_WORDS[0] <= count <= NOTE_WORDS[1]:
            raise ScenarioError(
                f"{at}, text: {NOTE_WORDS[0]} to {NOTE_WORDS[1]} words are needed, it has {count}"
            )
    if all(note.is_current for note in notes):
        raise ScenarioError(
            f"{name}, notes: at least one must be of another period or scope; mark it with is_current: false"
        )


def _check_fact(fact: Fact, current: dict[str, Note], notes: dict[str, Note], name: str) -> None:
    _check_source(fact.note, current, notes, name)
    for key in ("id", "ask", "text"):
        if not getattr(fact, key).strip():
            raise ScenarioError(f"{name}, {key}: it is empty")
    for key in ("values", "terms"):
        if not getattr(fact, key) or not all(one.strip() for one in getattr(fact, key)):
            raise ScenarioError(f"{name}, {key}: at least one is needed, and none may be empty")
    _at_most(fact.text, FACT_WORDS, f"{name}, text")
    for value in fact.values:
        _check_value(value, fact, notes[fact.note].text, name)
    for term in fact.terms:
        if term != term.lower():
            raise ScenarioError(f"{name}, terms: {term!r} must be in lower case")
    words = stems(fact.text)
    if not any(holds_phrase(words, phrase_stems(term)) for term in fact.terms):
        raise ScenarioError(
            f"{name}, terms: none of {', '.join(fact.terms)} stands in its text: name a word that it holds"
        )


def _check_value(value: str, fact: Fact, note: str, name: str) -> None:
    for what, text in (("the fact's text", fact.text), (f"the note {fact.note!r}", note)):
        if not stands_in(value, text):
            raise ScenarioError(
                f"{name}, values: {value!r} does not stand in {what}: write it there letter for letter"
            )
    if stands_in(value.casefold(), fact.ask.casefold()):
        raise ScenarioError(f"{name}, ask: it gives away the value {value!r}; ask without it")


def _check_stale(brief: Brief, name: str) -> None:
    """The notes that are not current must mislead: other figures, and no fact said in full."""
    current = {
        (figure.value, figure.unit)
        for note in brief.notes
        if note.is_current
        for figure in figures(note.text)
    }
    stale = [note for note in brief.notes if not note.is_current]
    differs = False
    for note in stale:
        shown = {(figure.value, figure.unit) for figure in figures(note.text)}
        for fact in brief.facts:
            if all(stands_in(value, note.text) for value in fact.values):
                raise ScenarioError(
                    f"{name}, note {note.id!r}: it is not current, yet it states the fact {fact.id!r} in "
                    "full; give it other figures"
                )
        differs |= any(pair not in current and pair[1] not in ("year", "month") for pair in shown)
    if not differs:
        raise ScenarioError(
            f"{name}, notes: no note that is not current states figures of its own, so it misleads nobody"
        )


def _check_series(series: Series, current: dict[str, Note], notes: dict[str, Note], name: str) -> None:
    _check_source(series.note, current, notes, name)
    if not series.title.strip():
        raise ScenarioError(f"{name}, title: it is empty; say what the numbers are")
    if len(series.labels) != len(series.values) or not POINTS[0] <= len(series.values) <= POINTS[1]:
        raise ScenarioError(
            f"{name}, values: {POINTS[0]} to {POINTS[1]} numbers with a label each are needed, got "
            f"{len(series.labels)} labels and {len(series.values)} values"
        )
    _unique(series.labels, f"{name}, labels")
    for label in series.labels:
        if not 1 <= len(label) <= LABEL_CHARS:
            raise ScenarioError(
                f"{name}, labels: at most {LABEL_CHARS} characters, {label!r} has {len(label)}"
            )
    stated = [figure.digits for figure in figures(notes[series.note].text, words=True)]
    for value in series.values:
        if not any(isclose(abs(value), digits, rel_tol=1e-9, abs_tol=1e-9) for digits in stated):
            raise ScenarioError(
                f"{name}, values: {value:g} does not stand in the note {series.note!r}: every point must "
                "be stated"
            )


def _check_step(step: str, notes: Iterable[Note], name: str) -> None:
    _at_most(step, RECOMMENDATION_WORDS, name)
    wanted = _flat(step).rstrip(".")
    if not wanted:
        raise ScenarioError(f"{name}: it is empty")
    if not any(wanted in _flat(note.text) for note in notes):
        raise ScenarioError(
            f"{name}: no current note states {step!r}: recommend only what a note recommends, in its words"
        )


def _check_source(id: str, current: dict[str, Note], notes: dict[str, Note], name: str) -> None:
    if id not in notes:
        raise ScenarioError(f"{name}, note: there is no note {id!r}.{did_you_mean(id, notes)}")
    if id not in current:
        raise ScenarioError(f"{name}, note: {id!r} is not current, so nothing may rest on it")


def _unique(ids: Sequence[str], name: str) -> None:
    twice = next((id for number, id in enumerate(ids) if id in ids[:number]), None)
    if twice is not None:
        raise ScenarioError(f"{name}: {twice!r} stands there twice; each must be unique")


def _at_most(text: str, most: int, name: str) -> None:
    count = len(text.split())
    if count > most:
        raise ScenarioError(f"{name}: at most {most} words, it has {count}: {text!r}")


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether neither end of a span cuts a word or number; no pattern: one for each value is slow."""
    before, after = text[max(0, start - 1) : start], text[end : end + 2]
    if text[start].isalnum() and (before.isalnum() or (before in (".", ",") and text[start].isdigit())):
        return False
    if not text[end - 1].isalnum():
        return True
    return not (after[:1].isalnum() or after[:1] == "%" or (after[:1] in (".", ",") and after[1:].isdigit()))


def _flat(text: str) -> str:
    return " ".join(text.split()).casefold()
