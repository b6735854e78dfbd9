"""Briefs that could be mistaken for another, and closed lists.

What an inverse specification is told from. A rival has the same field and company and other figures; some
share scope, period, audience and topic word for word, so that the prompt alone picks no brief. Documents
hold a random part of the facts each, the true one too, so that neither length nor vocabulary gives it away.
After the inverse specification of "Learning to Present" (arXiv 2603.16839), made checkable without a judge.
"""

__all__ = ["Rival", "closed_choices", "distractors", "document", "slide_ranges"]

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TypeVar
from zlib import crc32

import numpy as np

from ..errors import UsageError
from ..rewards.numbers import figures
from ..rewards.recovery import Choice
from ..rewards.vocabulary import holds_phrase, phrase_stems, stems
from .slide_brief import AUDIENCES, Brief, Fact
from .slide_checks import MAX_SLIDES
from .slide_draws import MONTHS, REGIONS
from .slide_field import Field
from .slide_fields import FIELDS
from .slide_figures import Pattern, altered, other_name

SHARE_OF_FACTS = 0.75
FEW_FACTS = 6  # so few are told whole, or a brief could not be told from its rivals
KEPT = (0.0, 0.1, 0.25)
TWIN_EVERY = 5
STALE_EVERY = 9
OPTIONS = 4
RANGES = ((3, 4), (5, 6), (7, 9), (10, 12), (13, 15), (16, 20))
QUALIFIERS = ("without new sites", "partners included", "before restatement", "old boundaries",
              "main brand only", "first estimate")  # fmt: skip
WORDING = (
    "{review}, and a decision on {project}",
    "{review}: the case for {project}",
    "{review} and what follows",
)

_REGION = re.compile(rf"(?<![\w-])({'|'.join(sorted(REGIONS, key=len, reverse=True))})(?![\w-])")
_SEASON = re.compile(rf"\b({'|'.join(MONTHS)}|spring|summer|autumn|winter)\b")

T = TypeVar("T")


@dataclass(frozen=True)
class Rival:
    """Another brief in short."""

    document: str
    """What it is found by, in the form of `document`."""
    topic: str
    """What it is about."""
    scope: str
    """Which part of the company."""
    period: str
    """Which time."""
    audience: str
    """For whom."""
    slides: tuple[int, int]
    """Fewest and most slides."""


def document(brief: Brief) -> str:
    """A brief in short: topic, scope, period, audience, purpose, three quarters of its facts (or all)."""
    rng = np.random.default_rng(crc32(brief.id.encode()))
    told = [fact.text for fact in _part(brief.facts, rng)]
    return _document(
        brief.company, brief.topic, brief.scope, brief.period, brief.audience, brief.purpose, told
    )


def distractors(brief: Brief, rng: np.random.Generator, n: int = 31) -> tuple[Rival, ...]:
    """Rivals of a brief: same field, same company, other figures.

    Every fifth keeps topic, period, audience and purpose and narrows the scope; some tell the figures of a
    note that is not current; the others differ in one to three of scope, period and audience, and often in
    the wording of topic and purpose. A rival keeps none, a tenth or a quarter of the true figures.

    Args:
        brief: the true one.
        rng: random source.
        n: how many, at least 1.

    Raises:
        UsageError: n is no positive number.
    """
    if n < 1:
        raise UsageError(f"distractors needs n of at least 1, got {n}")
    names = [value for fact in brief.facts for value in fact.values if not figures(value)]
    patterns = {fact.id: Pattern.of(fact.text, names) for fact in brief.facts}
    stale = [_sentences(note.text) for note in brief.notes if not note.is_current]
    field = FIELDS[brief.field]
    rivals: list[Rival] = []
    for number in range(n):
        part = _part(brief.facts, rng)
        kept = KEPT[int(rng.integers(len(KEPT)))]
        told = [patterns[fact.id].varied(rng, kept=kept) for fact in part]
        if stale and number % STALE_EVERY == 1:
            lines = stale[number // STALE_EVERY % len(stale)]
            told = [lines[i] for i in sorted(rng.permutation(len(lines))[: len(part)].tolist())]
        rivals.append(_rival(brief, field, told, rng, is_twin=number % TWIN_EVERY == 0))
    order = rng.permutation(n).tolist()
    return tuple(rivals[i] for i in order)


def closed_choices(brief: Brief, rng: np.random.Generator) -> dict[str, Choice]:
    """Closed lists that a reader of the deck should decide: `audience`, and `fact:<id>` for each fact.

    The true option stands first. A fact's other three options have values of the same unit and size that no
    current note states; facts of nothing but small whole numbers have no list, since the numbers of slides
    would tell any of them; audiences that the facts speak of are left out, since a deck must name them too.
    What text cannot tell, how long the deck was to be, is in `slide_ranges`.

    Args:
        brief: the true one.
        rng: random source.
    """
    said = stems(
        " ".join((*(fact.text for fact in brief.facts), *brief.recommendations, brief.topic, brief.scope))
    )
    others = [
        audience
        for audience in AUDIENCES
        if audience != brief.audience and not holds_phrase(said, phrase_stems(audience))
    ]
    choices = {"audience": Choice("audience", ((brief.audience,), *((one,) for one in others)), 0)}
    current = {(float(number), "") for number in range(MAX_SLIDES + 1)} | {
        (figure.value, figure.unit)
        for note in brief.notes
        if note.is_current
        for figure in figures(note.text)
    }
    for fact in brief.facts:
        if all(_is_small(value) for value in fact.values):
            continue
        options: list[tuple[str, ...]] = [fact.values]
        avoid = set(current)
        while len(options) < OPTIONS:
            made = tuple(altered(value, rng, avoid) for value in fact.values)
            if made not in options:
                options.append(made)
                avoid |= {(figure.value, figure.unit) for value in made for figure in figures(value)}
        choices[f"fact:{fact.id}"] = Choice(f"fact:{fact.id}", tuple(options), 0)
    return choices


def slide_ranges(brief: Brief, rng: np.random.Generator) -> tuple[tuple[int, int], ...]:
    """Four ranges of slides that share no number, the true one first; the count of slides decides."""
    fewest, most = brief.slides
    apart = [(low, high) for low, high in RANGES if high < fewest or low > most]
    chosen = [apart[i] for i in rng.permutation(len(apart))[: OPTIONS - 1].tolist()]
    while len(chosen) < OPTIONS - 1:
        above = max(most, *(high for _, high in chosen)) if chosen else most
        chosen.append((above + 1, above + 2))
    return (brief.slides, *chosen)


def _rival(
    brief: Brief, field: Field, told: Sequence[str], rng: np.random.Generator, *, is_twin: bool
) -> Rival:
    topic, scope, period, audience, purpose = (
        brief.topic,
        brief.scope,
        brief.period,
        brief.audience,
        brief.purpose,
    )
    fewest = max(3, brief.slides[0] + int(rng.integers(-2, 3)))
    slides = (fewest, fewest + 1 + int(rng.integers(1, 4)))
    if is_twin:
        scope = f"{scope}, {_pick(QUALIFIERS, rng)}"
    else:
        changes = int(rng.integers(1, 8))  # bits: scope, period, audience; at least one
        if changes & 1:
            scope = _other_scope(brief.scope, field, rng)
        if changes & 2:
            period = _other_period(brief.period, rng)
        if changes & 4:
            audience = _pick([one for one in AUDIENCES if one != brief.audience], rng)
        if rng.random() < 0.5:
            project = _pick(field.projects, rng).name
            topic = _pick(WORDING, rng).format(review=_pick(field.reviews, rng), project=project)
        purpose = purpose.replace(brief.scope, scope).replace(brief.period, period)
        purpose = re.sub(rf"\b{re.escape(brief.audience)}\b", audience, purpose, flags=re.IGNORECASE)
    text = _document(brief.company, topic, scope, period, audience, purpose, told)
    return Rival(text, topic, scope, period, audience, slides)


def _document(
    company: str, topic: str, scope: str, period: str, audience: str, purpose: str, told: Sequence[str]
) -> str:
    return f"{company}: {topic}. {scope}, {period}. For the {audience}. {purpose} {' '.join(told)}"


def _part(facts: Sequence[Fact], rng: np.random.Generator) -> list[Fact]:
    """Three quarters of some facts, in their order; all of a few."""
    count = len(facts) if len(facts) <= FEW_FACTS else ceil(SHARE_OF_FACTS * len(facts))
    return [facts[i] for i in sorted(rng.permutation(len(facts))[:count].tolist())]


def _sentences(text: str) -> list[str]:
    """Sentences with figures."""
    found = re.split(r"(?<=[.;!?])\s+|\n+", text)
    return [sentence for sentence in found if re.search(r"\d", sentence)] or found


def _is_small(value: str) -> bool:
    """Whether all figures of a value are whole numbers as slides bear them."""
    found = figures(value)
    return bool(found) and all(
        not figure.unit and figure.value <= MAX_SLIDES and figure.value == int(figure.value)
        for figure in found
    )


def _other_scope(scope: str, field: Field, rng: np.random.Generator) -> str:
    """Another part of the same company: the same words with another count and region, or another part."""
    if rng.random() < 0.5:
        made = _REGION.sub(lambda match: other_name(match[0], rng), Pattern.of(scope).varied(rng, kept=0.0))
        if made != scope:
            return made
    for _ in range(len(field.scopes) + 2):
        part = _pick(field.scopes, rng)
        count = int(rng.integers(part.low, part.high + 1)) if part.high else 0
        made = part.text.format(n=count, region=_pick(REGIONS, rng), place="Kellmoor")
        if made != scope:
            return made
    return f"all but {scope}"


def _other_period(period: str, rng: np.random.Generator) -> str:
    """Another time in the same spelling."""
    shift = int(rng.choice((-3, -2, -1, 1, 2)))
    # 2026/27: both halves move.
    made = re.sub(
        r"\b20\d\d/(\d\d)\b", lambda m: f"{int(m[0][:4]) + shift}/{(int(m[1]) + shift) % 100:02d}", period
    )
    if made == period:
        made = re.sub(r"\b(20\d\d)\b", lambda match: str(int(match[0]) + shift), period)
    if rng.random() < 0.5:
        made = re.sub(r"\bQ([1-4])\b", lambda match: other_name(match[0], rng), made)
        made = _SEASON.sub(lambda match: other_name(match[0], rng), made)
    return made if made != period else f"{period}, the year before"


def _pick(choices: Sequence[T], rng: np.random.Generator) -> T:
    return choices[int(rng.integers(len(choices)))]
