"""What a field of business talks about: the shape of its vocabulary.

The twelve fields themselves stand in `slide_fields.py`. Knows no numbers but their usual size, and no brief.
"""

__all__ = ["COUNT", "MEASURE", "MONEY", "SHARE", "Field", "Goods", "Incident", "Metric", "Project", "Scope"]

from dataclasses import dataclass

MONEY, COUNT, SHARE, MEASURE = "money", "count", "share", "measure"


@dataclass(frozen=True)
class Metric:
    """Something that is counted in every period."""

    name: str
    """As it stands in a sentence: `the gross margin`."""
    terms: tuple[str, ...]
    """Words that name it, lower case; the first stands in `name`."""
    kind: str
    """MONEY (millions), COUNT (whole numbers), SHARE (percent) or MEASURE (a decimal with its unit)."""
    low: float
    """Usual size, from."""
    high: float
    """Usual size, to."""
    better: int
    """1 if more is better, -1 if less is."""
    unit: str = ""
    """What follows the number: of a COUNT its noun, of a MEASURE its unit."""
    adds: bool = False
    """Whether it is the sum of its months and of its parts."""


@dataclass(frozen=True)
class Scope:
    """A part of a company."""

    text: str
    """With `{n}` for a count and `{region}` for a region, either optional."""
    low: int = 0
    """Count, from."""
    high: int = 0
    """Count, to."""


@dataclass(frozen=True)
class Incident:
    """Something that went wrong."""

    what: str
    """What happened, as the subject of a sentence: `a burst pipe`."""
    effect: str
    """What it did, to be followed by `for 9 days`: `closed the cold store`."""
    unit: str
    """`days` or `hours`."""
    fix: str
    """What will prevent it, to be followed by `by 30 June 2026`: `a second pump will be in place`."""
    term: str
    """A word of `effect`, lower case."""


@dataclass(frozen=True)
class Project:
    """Something to decide on."""

    name: str
    """As it stands after `for`: `self-checkout in all shops`."""
    term: str
    """A word of `name`, lower case."""
    benefit: str
    """What it saves or earns, as it stands after `from`: `shorter queues and fewer till hours`."""
    steps: tuple[str, ...]
    """3 or 4 next steps of at most 14 words, no figures."""


@dataclass(frozen=True)
class Goods:
    """Something that is bought by tender."""

    name: str
    """`hand scanners`."""
    piece: str
    """What has a price: `scanner`."""
    low: int
    """Price of a piece, from."""
    high: int
    """Price of a piece, to."""


@dataclass(frozen=True)
class Field:
    """The vocabulary of a field."""

    name: str
    """Kebab case, one of the twelve."""
    suffixes: tuple[str, ...]
    """Last words of companies' names."""
    scopes: tuple[Scope, ...]
    """Parts that a company reports on."""
    site: str
    """What a place is called: `store`."""
    customers: str
    """Those who are served, plural."""
    staff: str
    """Those who work there, plural."""
    reviews: tuple[str, ...]
    """What a report is about: `Trading results`."""
    metrics: tuple[Metric, ...]
    """At least ten, at least two of which add up."""
    products: tuple[str, ...]
    """Parts of what adds up, at most 18 characters."""
    aspects: tuple[str, ...]
    """What a survey asks about, at most 18 characters."""
    helps: tuple[str, ...]
    """Why a figure became better, a noun phrase."""
    hurts: tuple[str, ...]
    """Why a figure became worse, a noun phrase."""
    incidents: tuple[Incident, ...]
    """What went wrong."""
    projects: tuple[Project, ...]
    """What is to be decided."""
    goods: tuple[Goods, ...]
    """What is bought."""
    rivals: str
    """Competitors, as they stand after `the largest of`: `the four other chains`."""
    remarks: tuple[str, ...]
    """Sentences without figures that stand in any note."""
    quotes: tuple[str, ...]
    """What somebody said, a sentence without figures."""
    roles: tuple[str, ...]
    """Who said it."""
