"""A brief for a deck of slides: what to say, to whom, from which notes.

Data only, checked when made. Knows no browser, tool or reward; `slide_briefs.py` reads briefs from YAML and
`slide_tables.py` makes further ones.
"""

__all__ = ["AUDIENCES", "Brief", "Fact", "Note", "Series"]

from dataclasses import dataclass

AUDIENCES = (
    "board",
    "customers",
    "engineers",
    "investors",
    "leadership team",
    "operations team",
    "public officials",
    "sales team",
)
"""Audiences a brief may name; the deck says on its first slide whom it is for."""


@dataclass(frozen=True)
class Fact:
    """Something that the deck must say."""

    id: str
    """Unique in its brief, such as `revenue`."""
    ask: str
    """What the prompt asks for, without any value: `how revenue developed and where it stands`."""
    text: str
    """The fact as one sentence of at most 24 words; every value occurs in it, letter for letter."""
    values: tuple[str, ...]
    """Figures, dates or names that a slide must show, as written in the note: `("8.4 %", "EUR 212.6 m")`."""
    terms: tuple[str, ...]
    """Words of which one must stand on the same slide, lower case: `("revenue", "sales")`."""
    note: str
    """Id of the note that states it."""


@dataclass(frozen=True)
class Series:
    """Numbers that can be drawn as a chart; the notes state every one of them."""

    id: str
    """Unique in its brief."""
    title: str
    """What is shown: `Visitors per store and week`."""
    unit: str
    """Unit of the values: `thousand`, `EUR m`, `%`."""
    labels: tuple[str, ...]
    """Names of the points, at most 18 characters each."""
    values: tuple[float, ...]
    """As many values as labels, 3 to 8."""
    note: str
    """Id of the note that states them."""


@dataclass(frozen=True)
class Note:
    """One source that the agent can find and read."""

    id: str
    """Unique in its brief, kebab case, such as `sales-report-q3`."""
    title: str
    """Its heading."""
    text: str
    """Plain text of 60 to 220 words, paragraphs parted by an empty line."""
    is_current: bool = True
    """False for a note of another period or scope, whose figures must not be used for the facts."""


@dataclass(frozen=True)
class Brief:
    """What a deck is for."""

    id: str
    """Unique, kebab case: `retail-footfall-north`."""
    field: str
    """One of the twelve fields."""
    company: str
    """An invented company."""
    topic: str
    """What the deck is about, at most 12 words."""
    scope: str
    """Which part of the company: `the 42 stores in the north`."""
    period: str
    """Which time: `Q3 2026`."""
    audience: str
    """One of `AUDIENCES`."""
    purpose: str
    """What the audience shall decide or know, one sentence."""
    slides: tuple[int, int]
    """Fewest and most slides."""
    words: tuple[int, int]
    """Fewest and most visible words on a slide (the title slide may have fewer)."""
    facts: tuple[Fact, ...]
    """4 to 14 facts; a brief written by hand has at least 8."""
    series: tuple[Series, ...]
    """1 to 3 series."""
    notes: tuple[Note, ...]
    """5 to 9 notes, at least one of them not current."""
    recommendations: tuple[str, ...]
    """2 to 4 next steps, each a sentence of at most 14 words that a note states."""
