"""The plan of a deck: within the brief's ranges, every fact in words that belong together, varied layouts."""

from collections import Counter
from dataclasses import replace
from statistics import fmean

import numpy as np
import pytest

from eyesmith.rewards.slide_text import SlideText
from eyesmith.rewards.text import FactKey, fact_recall, near_duplicates
from eyesmith.rewards.vocabulary import word_count
from eyesmith.scenarios.slide_brief import AUDIENCES, Fact
from eyesmith.scenarios.slide_briefs import written_briefs
from eyesmith.scenarios.slide_plan import SlideSpec, can_be_set, deck_of
from eyesmith.scenarios.slide_tables import generated_brief
from eyesmith.scenarios.slide_wording import card_of, headline_of, line_of, message_of, says, theme_of


def all_briefs():
    made = (generated_brief(np.random.default_rng(seed), difficulty=1 + seed % 5) for seed in range(60))
    return [*written_briefs(), *made]


@pytest.fixture(scope="module")
def decks():
    return [(brief, deck_of(brief)) for brief in all_briefs()]


def test_decks_keep_to_slides_and_words(decks):
    for brief, deck in decks:
        assert brief.slides[0] <= len(deck) <= brief.slides[1], brief.id
        for spec in deck[1:]:
            assert brief.words[0] <= spec.words <= min(60, brief.words[1]), (brief.id, spec)
        assert deck[0].words <= brief.words[1]


def test_every_slide_can_be_set_and_has_a_title_of_its_own(decks):
    for brief, deck in decks:
        assert all(can_be_set(spec) for spec in deck)
        assert len({spec.title for spec in deck}) == len(deck)
        for spec in deck:
            assert 1 <= len(spec.title.split()) <= 12 + spec.title.endswith(", continued"), spec.title
        assert near_duplicates([spec.text for spec in deck]).value == 1, brief.id


def test_every_fact_stands_on_a_slide_letter_for_letter(decks):
    for brief, deck in decks:
        for fact in brief.facts:
            assert any(says(spec.text, fact) for spec in deck), (brief.id, fact)


def passages(spec):
    """A slide's texts as a viewer meets them: labels stand beside their numbers."""
    lines = [spec.title]
    for block in spec.blocks:
        lines += [part.strip().removeprefix("note: ").removeprefix("unit: ") for part in block.split(" | ")]
    return SlideText.of(*lines)


def test_facts_are_bound_in_a_sentence_or_card(decks):
    values = []
    for brief, deck in decks:
        facts = [FactKey(fact.id, fact.values, fact.terms) for fact in brief.facts]
        known = [
            f"{label} {value:g} {one.unit}"
            for one in brief.series
            for label, value in zip(one.labels, one.values, strict=True)
        ]
        found = fact_recall([passages(spec) for spec in deck], facts, max_words=brief.words[1], known=known)
        assert all(found.parts.values()), found.why
        values.append(found.value)
    assert fmean(values) > 0.97


def test_the_cover_says_what_for_whom_and_when(decks):
    for brief, deck in decks:
        cover = deck[0]
        assert cover.layout == "title"
        assert cover.title == brief.topic
        for text in (brief.company, brief.period, brief.audience):
            assert text in cover.text
        assert brief.scope.casefold() in cover.text.casefold()


def test_the_deck_ends_with_the_next_steps(decks):
    for brief, deck in decks:
        assert deck[-1].layout == "closing"
        assert deck[-1].blocks == brief.recommendations
    assert len({deck_of(replace(written_briefs()[0], audience=one))[-1].title for one in AUDIENCES}) == 8


def test_charts_show_their_series(decks):
    drawn = 0
    for brief, deck in decks:
        numbers = {f"{value:g}" for series in brief.series for value in series.values}
        for spec in deck:
            if spec.layout in ("bars", "line"):
                rows = [block.rpartition(" | ")[2] for block in spec.blocks if " | " in block]
                assert all(f"{float(row.replace(',', '').rstrip('%')):g}" in numbers for row in rows)
                drawn += 1
    assert drawn >= len(decks)


def test_layouts_vary(decks):
    used = Counter(spec.layout for _, deck in decks for spec in deck)
    assert {"title", "agenda", "cards", "bullets", "two_columns", "bars", "line", "quote", "closing"} <= set(
        used
    )
    assert fmean(len({spec.layout for spec in deck}) for _, deck in decks) >= 5


def test_the_plan_is_the_same_each_time(decks):
    brief, deck = decks[0]
    assert deck_of(brief) == deck


def test_a_brief_without_room_is_refused():
    brief = written_briefs()[0]
    with pytest.raises(ValueError, match=f"{brief.id}: no plan fits"):
        deck_of(replace(brief, words=(5, 12)))


def fact(text, *values, terms=("revenue",), id="revenue"):
    return Fact(id, "how it went", text, values, terms, "note")


@pytest.mark.parametrize(
    ("made", "card"),
    [
        (
            fact("Revenue of the shops rose by 6.8% on last year to £58.1 million.", "6.8%", "£58.1 million"),
            "£58.1 million | Revenue of the shops | Up 6.8% on last year",
        ),
        (
            fact(
                "The margin slipped from 31.9% to 31.2% because of promotions.",
                "31.9%",
                "31.2%",
                terms=("margin",),
            ),
            "31.9% to 31.2% | Margin | Slipped because of promotions",
        ),
        (
            fact("Footfall reached 9,640 visitors a week, 3.1% more.", "9,640", "3.1%", terms=("footfall",)),
            "9,640 | Footfall | Visitors a week, 3.1% more",
        ),
        (
            fact("The additive costs 1.1 pence per litre.", "1.1 pence", terms=("additive",)),
            "1.1 pence | Cost of the additive | Per litre",
        ),
        (
            fact(
                "Only 38% of visitors stayed over night, for 4.2 nights.",
                "38%",
                "4.2 nights",
                terms=("night",),
            ),
            "38% | Of visitors stayed over night | Only for 4.2 nights",
        ),
        (fact("It sells best in Garsby.", "Garsby", terms=("sells",)), ""),
    ],
)
def test_cards(made, card):
    assert card_of(made) == card


def test_lines_do_not_repeat_their_lead():
    revenue = fact("Revenue rose by 6.8% to £58.1 million.", "6.8%", "£58.1 million")
    assert line_of(revenue) == "Revenue: Rose by 6.8% to £58.1 million"
    early = fact("In 2026 revenue was £58.1 million.", "£58.1 million", id="revenue-now")
    assert line_of(early) == "Revenue now: In 2026 revenue was £58.1 million"


def test_headlines_end_with_a_clause():
    long = fact(
        "Revenue fell to £5.2 million, which was mostly due to the closed shops in the old town.",
        "£5.2 million",
    )
    assert headline_of(long) == "Revenue fell to £5.2 million"
    assert headline_of(fact("It pays back in 5 years.", "5 years")) == ""
    both = [
        fact("Revenue rose by 6.8%.", "6.8%"),
        fact("The margin fell to 31%.", "31%", terms=("margin",), id="margin"),
    ]
    assert message_of(both) == "Revenue rose, the margin fell"
    assert theme_of(both) == "Revenue and margin"


def test_words_are_those_that_a_viewer_sees():
    spec = SlideSpec(
        "bars",
        "Sales by part",
        ("North | 30", "South | 20", "West | 8", "unit: £ million", "note: Well done"),
    )
    assert spec.words == word_count("Sales by part North 30 South 20 West 8 £ million Well done")
    assert SlideSpec("closing", "Next", ("Do this", "Do that")).words == 7
