"""Briefs without end: a seed becomes a company, its notes and its facts.

Figures are drawn first so that they agree (`slide_statements.py`, `slide_events.py`), then put into notes of
eight kinds; notes of another time or part of the company carry other figures for the same metrics.
"""

__all__ = ["FACTS_OF_DIFFICULTY", "generated_brief"]

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import EyesmithError, ScenarioError, UsageError
from .slide_brief import AUDIENCES, Brief, Fact, Note, Series
from .slide_checks import LABEL_CHARS, NOTE_WORDS, check_brief
from .slide_draws import Draws, Period
from .slide_events import decision, incident, market, staff, survey, tender
from .slide_field import Field, Metric, Project
from .slide_fields import FIELDS
from .slide_openings import OPENINGS, heading
from .slide_statements import Statement, Teller, capital

FACTS_OF_DIFFICULTY = (4, 6, 8, 10, 12)
CURRENT_NOTES = (4, 4, 5, 6, 6)
STALE_NOTES = (1, 1, 2, 2, 3)
MOST_SERIES = (1, 1, 2, 2, 3)
SLIDES = (((4, 6), (4, 7)), ((5, 7), (5, 8)), ((6, 8), (6, 9)), ((7, 9), (7, 10)), ((8, 11), (8, 12)))
WORDS = ((10, 70), (12, 70), (12, 75), (15, 80))
KINDS = ("operations", "survey", "incident", "staff", "market", "tender")
STALE_KINDS = ("report", "region", "survey", "proposal")
REPORT_METRICS = 3
MAX_TRIES = 20
AIM_WORDS = 66


@dataclass(frozen=True)
class Source:
    """A note in the making."""

    kind: str
    note: Note
    statements: tuple[Statement, ...]


def generated_brief(rng: np.random.Generator, *, difficulty: int) -> Brief:
    """A brief of its own, checked like those written by hand.

    Difficulty 1 to 5 asks for 4, 6, 8, 10, 12 facts from 4, 4, 5, 6, 6 current notes among 1, 1, 2, 2, 3 that
    are not, on 4 to 12 slides.

    Args:
        rng: random source.
        difficulty: 1 to 5.

    Raises:
        UsageError: another difficulty.
        EyesmithError: no sound brief in MAX_TRIES attempts, which is a fault of the generator.
    """
    if type(difficulty) is not int or not 1 <= difficulty <= len(FACTS_OF_DIFFICULTY):
        raise UsageError(f"difficulty is a whole number from 1 to 5, got {difficulty!r}")
    fault = ""
    for _ in range(MAX_TRIES):
        try:
            brief = _drawn(rng, difficulty - 1)
            check_brief(brief, "generated")
        except ScenarioError as error:
            fault = str(error)
            continue
        return brief
    raise EyesmithError(f"no sound brief in {MAX_TRIES} attempts: {fault}; mend the generator")


def _drawn(rng: np.random.Generator, level: int) -> Brief:
    draws = Draws(rng)
    field = FIELDS[draws.pick(sorted(FIELDS))]
    period = draws.period()
    company = f"{draws.place()} {draws.pick(field.suffixes)}"
    scopes = draws.some(field.scopes, 2)
    scope, other = (
        part.text.format(
            n=draws.whole(part.low, max(part.low, part.high)), region=draws.region(), place=draws.place()
        )
        for part in scopes
    )
    project = draws.pick(field.projects)
    metrics = _metrics(draws, field)
    teller = Teller(draws, field, period)
    kinds = ["report", "memo", *draws.some(KINDS, CURRENT_NOTES[level] - 2)]
    sources = [_source(kind, teller, metrics, project, scope) for kind in kinds]
    stale = [
        _stale(kind, teller, metrics, project, scope, other)
        for kind in ("report" if draws.flip() else "region", *draws.some(STALE_KINDS, 4))
    ]
    stale = list({source.note.id: source for source in stale}.values())[: STALE_NOTES[level]]
    facts = _facts(draws, sources, FACTS_OF_DIFFICULTY[level])
    audience = draws.pick(AUDIENCES)
    steps = draws.some(project.steps, min(len(project.steps), draws.whole(2, 4)))
    notes = [source.note for source in (*sources, *stale)]
    return Brief(
        id=f"{field.name}-{'-'.join(company.split()[0].lower().split())}-{draws.whole(1000, 9999)}",
        field=field.name,
        company=company,
        topic=_topic(draws, field, project, period),
        scope=scope,
        period=period.label,
        audience=audience,
        purpose=_purpose(audience, scope, period, project),
        slides=draws.pick(SLIDES[level]),
        words=draws.pick(WORDS),
        facts=tuple(facts),
        series=_series(sources, facts, MOST_SERIES[level]),
        notes=tuple(draws.some(notes, len(notes))),
        recommendations=tuple(step for step in project.steps if step in steps),
    )


def _metrics(draws: Draws, field: Field) -> list[Metric]:
    """Metrics in random order whose terms do not collide; two that add up come first."""
    ordered = sorted(draws.some(field.metrics, len(field.metrics)), key=lambda metric: not metric.adds)
    adding = [metric for metric in ordered if metric.adds]
    rest = [metric for metric in ordered if not metric.adds]
    chosen: list[Metric] = []
    for metric in (*adding[:2], *rest, *adding[2:]):
        taken = {term for other in chosen for term in other.terms}
        if not taken & set(metric.terms):
            chosen.append(metric)
    return chosen


def _source(kind: str, teller: Teller, metrics: Sequence[Metric], project: Project, scope: str) -> Source:
    draws, field, period = teller.draws, teller.field, teller.period
    closing = ""
    if kind == "report":
        told = [teller.development(metric) for metric in (metrics[0], *metrics[2 : REPORT_METRICS + 1])]
        told[1:1] = [teller.by_time(metrics[0])]
        told.append(teller.forecast(metrics[0]))
    elif kind == "operations":
        picked = (metrics[1], *metrics[REPORT_METRICS + 1 : REPORT_METRICS + 3])
        told = [teller.development(metric) for metric in picked]
        told[1:1] = [teller.by_product(metrics[1])]
    elif kind == "survey":
        told = survey(teller)[::-1]
    elif kind == "incident":
        told = incident(teller, draws.pick(field.incidents))
    elif kind == "staff":
        told = staff(teller)
    elif kind == "market":
        told = market(teller)
    elif kind == "tender":
        told = tender(teller, draws.pick(field.goods))
    else:
        told = decision(teller, project)
        closing = f"We recommend the following steps. {' '.join(project.steps)}"
    title, id = heading(
        kind, scope=scope, period=period.label, project=project.name, customers=field.customers
    )
    return Source(kind, _note(teller, kind, id, title, scope, told, closing), tuple(told))


def _stale(
    kind: str, teller: Teller, metrics: Sequence[Metric], project: Project, scope: str, other: str
) -> Source:
    """A note of the year before, of another part of the company, or of a plan given up."""
    draws, field, period = teller.draws, teller.field, teller.period
    past = Teller(draws, field, period.earlier)
    picked = (metrics[0], *metrics[2 : REPORT_METRICS + 1])
    closing, place = "", scope
    if kind == "report":
        told = [past.development(metric, teller.earlier[metric.name]) for metric in picked]
        told.append(past.forecast(metrics[0]))
    elif kind == "region":
        past, place = Teller(draws, field, period), other
        told = [past.development(metric) for metric in picked]
        told[1:1] = [past.by_time(metrics[0])]
    elif kind == "survey":
        told = survey(past)[::-1]
    else:
        told = decision(past, project)
        closing = "The proposal was withdrawn before a decision and is kept for the files."
    of = "report" if kind == "region" else kind
    title, id = heading(
        of, scope=place, period=past.period.label, project=project.name, customers=field.customers
    )
    note = _note(past, of, f"{id}-other" if kind == "region" else id, title, place, told, closing)
    return Source(kind, replace(note, is_current=False), tuple(told))


def _note(
    teller: Teller, kind: str, id: str, title: str, scope: str, told: Sequence[Statement], closing: str
) -> Note:
    """A note: an opening, what it states in paragraphs, remarks until it is long enough."""
    draws, field, period = teller.draws, teller.field, teller.period
    opening = draws.pick(OPENINGS[kind]).format(
        scope=scope, period=period.label, customers=field.customers, staff=field.staff, site=field.site,
        role=_lower(draws.fresh(field.roles)), place=draws.place(), quote=draws.fresh(field.quotes),
    )  # fmt: skip
    paragraphs = [opening]
    prose = [statement.prose for statement in told]
    while prose:
        taken = 2 if len(prose) > 1 and draws.flip(0.6) else 1
        paragraphs.append(" ".join(prose[:taken]))
        prose = prose[taken:]
    paragraphs[-1] += f" {draws.fresh(field.remarks)}"
    while sum(len(text.split()) for text in (*paragraphs, closing)) < AIM_WORDS:
        paragraphs.append(draws.fresh(field.remarks))
    if closing:
        paragraphs.append(closing)
    text = "\n\n".join(paragraphs)
    words = len(text.split())
    if words > NOTE_WORDS[1]:
        raise EyesmithError(f"the note {id!r} has {words} words; mend the generator")
    return Note(id, title, text)


def _facts(draws: Draws, sources: Sequence[Source], count: int) -> list[Fact]:
    """What is asked: something from every note, in the notes' order."""
    queues = [draws.some(range(len(source.statements)), len(source.statements)) for source in sources]
    # The first statement of the report and of the memo is what a deck stands on.
    for number in (0, 1):
        queues[number] = [0, *(place for place in queues[number] if place)]
    chosen: list[tuple[int, int]] = []
    while len(chosen) < count:
        for number, queue in enumerate(queues):
            if queue and len(chosen) < count:
                chosen.append((number, queue.pop(0)))
    facts: list[Fact] = []
    for number, place in sorted(chosen):
        told = sources[number].statements[place]
        ids = {fact.id for fact in facts}
        id = told.id if told.id not in ids else f"{told.id}-{len(facts)}"
        facts.append(Fact(id, told.ask, told.text, told.values, told.terms, sources[number].note.id))
    return facts


def _series(sources: Sequence[Source], facts: Sequence[Fact], most: int) -> tuple[Series, ...]:
    """Series that the notes state, those of asked facts first."""
    asked = {fact.id for fact in facts}
    found = [
        (told.id not in asked, number, told, source.note.id)
        for number, source in enumerate(sources)
        for told in source.statements
        if told.points and all(len(label) <= LABEL_CHARS for label, _ in told.points)
    ]
    found.sort(key=lambda row: row[:2])
    return tuple(
        Series(
            told.id, told.title, told.unit, tuple(name for name, _ in told.points),
            tuple(value for _, value in told.points), note,
        )
        for _, _, told, note in found[:most]
    )  # fmt: skip


def _topic(draws: Draws, field: Field, project: Project, period: Period) -> str:
    review = draws.pick(field.reviews)
    options = (
        f"{review}, and a decision on {project.name}",
        f"{review}: where we stand and the case for {project.name}",
        f"{review} {period.label} and the plan for {project.name}",
        f"{review} and what follows",
    )
    fitting = [text for text in options if len(text.split()) <= 12]
    return draws.pick(fitting[:3])


def _purpose(audience: str, scope: str, period: Period, project: Project) -> str:
    who = capital(audience) if audience in ("customers", "investors", "engineers") else f"The {audience}"
    verb = "understand the plan for" if audience in ("customers", "engineers", "sales team") else "decide on"
    return f"{who} shall know how {scope} did in {period.label} and {verb} {project.name}."


def _lower(role: str) -> str:
    return role[:1].lower() + role[1:]
