"""Decks of the expert, spoilt in one way each: the reward falls, and its own part falls most."""

from dataclasses import replace
from functools import cache

import pytest

from eyesmith.envs.slide_appraisal import DeckKey, appraise
from eyesmith.rewards.numbers import figures
from eyesmith.rewards.slide import gain
from eyesmith.scenarios.slide_brief import AUDIENCES
from eyesmith.scenarios.slide_briefs import written_briefs
from eyesmith.scenarios.slide_build import task_of_brief
from eyesmith.tools.deck import Deck, Slide
from eyesmith.tools.slide_layouts import compose
from eyesmith.tools.slide_lint import measured
from eyesmith.tools.slide_themes import THEMES

pytestmark = pytest.mark.browser

SAMPLE = written_briefs()[::6]
DAMAGED = (0, pytest.param(13, marks=pytest.mark.long))  # of the written briefs
TIMES = ("year", "month", "time", "date")


@cache
def world_of(number):
    task, world = task_of_brief(written_briefs()[number])
    return world, DeckKey.of(task.key)


def slides_of(world):
    return [Slide(compose(spec.layout, spec.title, spec.blocks), spec.layout) for spec in world.plan]


def graded(slides, key, *, theme="clean", footer="Company"):
    deck = Deck(slides, theme=theme, footer=footer)
    levels, why = appraise([measured(deck.shown(index)) for index in range(len(deck))], key)
    return gain(levels), levels, why


@pytest.mark.parametrize("brief", SAMPLE, ids=lambda brief: brief.id)
def test_the_expert_says_all_of_a_brief(brief):
    holds(brief, tuple(THEMES)[SAMPLE.index(brief) % len(THEMES)])


@pytest.mark.long
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("brief", written_briefs(), ids=lambda brief: brief.id)
def test_the_expert_says_all_of_every_brief_in_every_theme(brief, theme):
    holds(brief, theme)


def holds(brief, theme):
    task, world = task_of_brief(brief)
    assert len(task.key["facts"]) == len(brief.facts), "all facts are asked for"
    value, levels, why = graded(slides_of(world), DeckKey.of(task.key), theme=theme, footer=brief.company)
    assert value >= 0.95, why
    assert levels["recall"] >= 0.99, why
    assert levels["grounding"] == levels["overflow"] == levels["count"] == levels["distinct"] == 1.0, why


# -- damage


def styled(css, *, which=lambda index, last: 0 < index < last):
    """The same slides with a style sheet of their own; all but the first and the last."""

    def damage(slides, world):
        last = len(slides) - 1
        return [
            replace(slide, inner=f"{slide.inner}<style>{css}</style>") if which(index, last) else slide
            for index, slide in enumerate(slides)
        ]

    return damage


def without_facts(slides, world):
    """Half of the slides that say facts, with their messages and none of their figures."""
    said = {value for fact in world.brief.facts for value in fact.values}
    made = []
    for index, slide in enumerate(slides):
        inner = slide.inner
        for value in sorted(said, key=len, reverse=True) if index % 2 else ():
            inner = inner.replace(value, "much")
        made.append(replace(slide, inner=inner))
    return made


def wrong_numbers(slides, world):
    """Figures added that no note states."""
    line = (
        "<p class='rest' style='position:absolute;left:64px;bottom:64px'>Up by {a}.7% to £{a}3.9 million</p>"
    )
    return [
        replace(slide, inner=slide.inner + line.format(a=71 + index))
        if 0 < index < len(slides) - 1
        else slide
        for index, slide in enumerate(slides)
    ]


def outdated_numbers(slides, world):
    """Facts told with the figures of a note that is not current."""
    made = slides
    for fact in world.brief.facts:
        for old, new in outdated_pairs(world.brief, fact):
            made = [replace(slide, inner=slide.inner.replace(old, new)) for slide in made]
    assert made != slides
    return made


def outdated_pairs(brief, fact):
    """Value of a fact, and a figure of the same unit in a note that is not current."""
    current = {(f.value, f.unit) for note in brief.notes if note.is_current for f in figures(note.text)}
    stale = [f for note in brief.notes if not note.is_current for f in figures(note.text)]
    stale = [f for f in stale if (f.value, f.unit) not in current and f.unit not in TIMES]
    for value in fact.values:
        mine = figures(value)
        other = next((f.text for f in stale if mine and f.unit == mine[0].unit), None)
        if other:
            yield value, other


def duplicated(slides, world):
    """The slides that say no fact are copies of those that do."""
    copies = iter(slides[2:-1])
    return [next(copies) if slide.layout in ("agenda", "quote", "closing") else slide for slide in slides]


def of_two_briefs(slides, world):
    """The same deck said to be for somebody else, of another company, scope and period."""
    brief = world.brief
    others = [audience for audience in AUDIENCES if audience != brief.audience]
    made = slides[0].inner.replace(brief.audience, others[0]).replace(brief.period, "May 2019")
    made = made.replace(brief.topic, "Plans for another company").replace(brief.company, "Other Ltd")
    return [replace(slides[0], inner=made), *slides[1:]]


def empty_half(slides, world):
    """Every other slide is a line above nothing."""
    bare = "<h1 style='margin:56px 64px'>Part {n} of what we say</h1>"
    return [
        Slide(bare.format(n="ABCDEFGHIJKLMNOPQRST"[index])) if index % 2 else slide
        for index, slide in enumerate(slides)
    ]


def stamped(slides, world):
    """A text lies over each body, wherever it meets others."""
    style = "position:absolute;left:120px;right:64px;top:{top}px;font-size:24px;line-height:24px"
    stamp = "".join(
        f"<p style='{style.format(top=top)}'>For internal use until it is approved</p>"
        for top in range(190, 640, 50)
    )
    return [
        replace(slide, inner=slide.inner + stamp) if 0 < index < len(slides) - 1 else slide
        for index, slide in enumerate(slides)
    ]


def crowded(slides, world):
    """Twice the words that a slide may hold, below what stands there."""
    extra = " ".join(["and much more is said here than anybody will ever read on one slide"] * 8)
    style = "position:absolute;left:64px;right:64px;bottom:70px;font-size:16px;line-height:1.2"
    return [
        replace(slide, inner=f"{slide.inner}<p style='{style}'>{extra}</p>")
        if 0 < index < len(slides) - 1
        else slide
        for index, slide in enumerate(slides)
    ]


def mixed(slides, world):
    """A ground, a face and a place for the title of each slide's own."""
    grounds = ("#fdf3d8", "#12203a", "#e6f4ea", "#43103a", "#ffe4e1")
    return [
        replace(
            slide,
            inner=f"{slide.inner}<style>#slide{{background:{grounds[index % 5]}!important;"
            f"--ink:{'#fff' if index % 5 in (1, 3) else '#111'};--paper:{grounds[index % 5]};"
            f"--muted:{'#ddd' if index % 5 in (1, 3) else '#333'}}}"
            f".title{{margin-left:{31 * index}px;font-size:{34 + 2 * index}px!important}}</style>",
        )
        for index, slide in enumerate(slides)
    ]


RAGGED = "".join(f".main>:nth-child({n}){{transform:translateX({19 * n + n * n}px)}}" for n in range(1, 9))
DAMAGES = {
    # name: its own part, the damage, parts that cannot but fall with it
    "removed facts": ("recall", without_facts, ()),
    "off the canvas": ("overflow", styled(".main{transform:translateX(560px)}"), ("recall", "alignment")),
    "overlapping": ("overlap", stamped, ("recall", "words")),
    "shrunk type": ("type", styled(".main,.main *{font-size:12px!important;line-height:1.3}"), ()),
    "pale type": ("contrast", styled("#slide *{color:#a6aab2!important;fill:#a6aab2!important}"), ()),
    "wrong numbers": ("grounding", wrong_numbers, ()),
    "outdated numbers": ("recall", outdated_numbers, ("grounding", "retrieval")),
    "a slide again and again": ("distinct", duplicated, ()),
    "no titles": ("titles", styled(".title{display:none}"), ("recall", "type", "consistency")),
    "ragged edges": ("alignment", styled(RAGGED), ()),
    "crowded": ("words", crowded, ("recall",)),
    "mixed styles": ("consistency", mixed, ()),
    "half of it empty": ("whitespace", empty_half, ("recall", "balance")),
    "in one corner": ("balance", styled(".page{zoom:.5;right:auto;bottom:auto}"), ()),
    "for somebody else": ("retrieval", of_two_briefs, ()),
    "too few slides": ("count", lambda slides, world: [slides[0], *slides[2:4], slides[-1]], ("recall",)),
}


@pytest.mark.parametrize("number", DAMAGED)
@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_costs_and_its_own_part_falls_most(name, number):
    part, damage, excused = DAMAGES[name]
    world, key = world_of(number)
    whole, before, _ = graded(slides_of(world), key)
    spoilt, after, why = graded(damage(slides_of(world), world), key)
    assert spoilt < whole - 0.005, why
    losses = {other: before[other] - after[other] for other in before}
    assert losses[part] >= 0.03, why
    most = max(loss for other, loss in losses.items() if other not in excused)
    assert losses[part] >= most - 1e-9, losses


def test_twelve_kinds_of_damage_have_a_part_each():
    assert len(DAMAGES) >= 12
    assert {part for part, _, _ in DAMAGES.values()} == {
        *("recall", "grounding", "retrieval", "count", "distinct", "overflow"),
        *("overlap", "contrast", "type", "alignment", "whitespace", "balance"),
        *("words", "titles", "consistency"),
    }
