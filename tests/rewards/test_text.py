"""Facts, titles, lengths, copies and choices: spellings that count, and walls of numbers that do not."""

import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.slide_text import Passage, SlideText, slide_text, title_of
from eyesmith.rewards.text import (
    FactKey,
    closed_choice,
    fact_recall,
    near_duplicates,
    telling_slides,
    titles,
    words_in_range,
)

from .pages import Page, bullets, cards, changed, chart, empty, footer, says, title

REVENUE = FactKey("revenue", ("6.8%", "£58.1 million"), ("revenue", "sales"))
HOURS = FactKey("hours", ("58 till hours",), ("saves", "saving"))
DAY = FactKey("day", ("Saturday", "23%"), ("visits",))
DEADLINE = FactKey("deadline", ("30 November 2026",), ("notice", "leases"))
FACTS = (REVENUE, HOURS, DAY, DEADLINE)
NUMBERS = [
    "31.9%",
    "31.2%",
    "9,640",
    "3.1%",
    "27.4%",
    "£412,000",
    "24.6%",
    "62%",
    "£236 million",
    "4.9%",
    "88%",
]


def recall(*slides, facts=(REVENUE,), **settings):
    return fact_recall(list(slides), list(facts), **({"max_words": 60} | settings))


@pytest.mark.parametrize(
    "lines",
    [
        ("Revenue rose by 6.8% to £58.1 million",),
        ("Results", "Sales: +6.8 %, now £58.1m"),
        ("Results", "REVENUE GREW 6.8 PER CENT TO GBP 58,100,000"),
        ("Revenue", "£58.1 million", "6.8%"),
        ("Results", "£58.1m", "revenue of the quarter", "6.8%", "more than a year ago"),
        ("Results", "Revenues (£ million)", "58.1", "growth 6.8%"),
    ],
)
def test_a_fact_is_said_in_any_usual_spelling(lines):
    assert recall(SlideText.of(*lines)).value == 1.0


@pytest.mark.parametrize(
    "lines",
    [
        ("Revenue rose to £58.1 million",),
        ("Revenue rose by 6.8%",),
        ("Growth of 6.8% to £58.1 million",),
        ("Revenue rose by 68% to £58.1 million",),
        ("Revenue rose by 6.8% to £58.1 thousand",),
        ("Revenue rose by 6.8% to $58.1 million",),
        ("Revenue rose by 6.8 points to £58.1 million",),
        ("Revenue rose by 16.8% to £158.1 million",),
        (),
    ],
)
def test_what_does_not_say_it(lines):
    assert recall(SlideText.of(*lines)).value == 0.0


def test_values_on_two_slides_are_not_one_fact():
    assert recall(SlideText.of("Revenue rose by 6.8%"), SlideText.of("Revenue: £58.1 million")).value == 0.0


def test_units_in_words_names_and_dates():
    said = SlideText.of("What we gain", "Each shop saves 58 till hours a week", "Give notice by 30 Nov 2026")
    assert recall(said, facts=(HOURS, DEADLINE)).value == 1.0
    assert recall(SlideText.of("Each shop saves 58 hours"), facts=(HOURS,)).value == 0.0
    assert recall(SlideText.of("Visits", "Saturday has 23%"), facts=(DAY,)).value == 1.0
    assert recall(SlideText.of("Visits", "Sunday has 23%"), facts=(DAY,)).value == 0.0


def test_each_fact_takes_its_best_slide():
    long_one = SlideText.of("Revenue rose by 6.8% to £58.1 million", "word " * 112)
    short_one = SlideText.of("Revenue rose by 6.8% to £58.1 million")
    assert recall(long_one).value < 0.3
    assert recall(long_one, short_one).value == 1.0


def test_words_past_the_limit_cost_by_the_square():
    levels = [
        recall(SlideText.of("Revenue rose by 6.8% to £58.1 million", *["word " * 10] * many)).value
        for many in (0, 5, 10, 20)
    ]
    assert levels[:2] == [1.0, 1.0]
    assert levels[2] == pytest.approx((60 / 107) ** 2)
    assert levels == sorted(levels, reverse=True)


def test_a_value_in_a_wall_of_numbers_earns_little():
    wall = " ".join([*NUMBERS, "6.8%", "£58.1 million"])
    assert recall(SlideText.of("Revenue", wall)).value < 0.15
    assert recall(SlideText.of("Revenue " + wall)).value < 0.15
    assert recall(SlideText.of("Revenue", *NUMBERS, "6.8%", "£58.1 million")).value < 0.35


def test_a_telegram_of_all_facts_earns_little():
    facts = [FactKey(f"f{i}", (f"{10 + i}%",), (term,)) for i, term in enumerate("ABCDEFGHIJKL")]
    told = [f"{fact.terms[0]} {fact.values[0]}" for fact in facts]
    assert recall(SlideText.of("Results", " ".join(told)), facts=facts).value < 0.05
    assert recall(SlideText.of("Results", "/".join(told)), facts=facts).value < 0.05
    assert (
        recall(
            SlideText.of("Results", *[" ".join(told[i : i + 3]) for i in range(0, 12, 3)]), facts=facts
        ).value
        == 1.0
    )


def test_a_label_that_names_everything_names_nothing():
    facts = [FactKey(f"f{i}", (f"{10 + i}%",), (term,)) for i, term in enumerate("abcdefghijkl".upper())]
    terms = " ".join(fact.terms[0] for fact in facts)
    values = [fact.values[0] for fact in facts]
    stuffed = SlideText.of(terms, *values)
    sorted_out = SlideText.of("Results", *[f"{fact.terms[0]} has {fact.values[0]}" for fact in facts])
    assert recall(stuffed, facts=facts).value < 0.2
    assert recall(sorted_out, facts=facts).value == 1.0


def test_who_shows_everything_says_little_and_known_figures_are_free():
    others = [f"{10 + 3 * i} sites in district {chr(65 + i)}" for i in range(14)]
    slide = SlideText.of("Results", "Revenue rose by 6.8% to £58.1 million", *others)
    strayed = recall(slide, max_words=200, is_all=False).value
    assert 0.1 < strayed < 0.4
    assert recall(slide, max_words=200).value < strayed
    assert recall(slide, max_words=200, known=[" ".join(others)]).value == 1.0


def test_a_slide_for_every_sentence_of_the_notes_says_little():
    told = [SlideText.of("Sales", "Revenue rose by 6.8% to £58.1 million")]
    beside = [SlideText.of(f"District {chr(65 + i)}", f"It has {10 + 3 * i} sites") for i in range(14)]
    assert recall(*told, *beside[:2]).value == 1.0
    levels = [recall(*told, *beside[:count]).value for count in (2, 4, 8, 14)]
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] == pytest.approx((4 / (0.8 * 16)) ** 2)
    assert recall(*told, *beside, is_all=False).value == 1.0
    assert recall(*told, *beside, known=[slide.text for slide in beside]).value == 1.0


def test_slides_that_tell_nothing_are_counted_out():
    told = SlideText.of("Sales", "Revenue rose by 6.8%")
    filler = SlideText.of("Thank you", "Questions are welcome")
    asked = SlideText.of("Next steps", "Renew the leases of both depots")
    assert telling_slides([told, filler, asked], [REVENUE]) == 1
    assert telling_slides([told, filler, asked], [REVENUE], ["Renew the leases of both depots by May"]) == 2


def test_labels_are_found_by_place():
    """A table: names at the left, heads above; document order alone would bind the wrong ones."""
    page = Page()
    title(page, "Three stores at a glance")
    for row, cells in enumerate(
        (("Store", "Revenue", "Staff"), ("Ebbing", "58.1", "31"), ("Garsby", "44.2", "17"))
    ):
        for column, cell in enumerate(cells):
            page.text(64 + 400 * column, 200 + 80 * row, cell, width=100)
    slide = slide_text(page.facts())
    facts = [FactKey("a", ("58.1",), ("revenue",)), FactKey("b", ("17",), ("Garsby",))]
    assert recall(slide, facts=facts).value == 1.0
    assert recall(slide, facts=[FactKey("c", ("17",), ("revenue",))], is_all=False).value == 0.25


def test_hidden_facts_do_not_count():
    page = bullets(["Revenue rose by 6.8% to £58.1 million", "Two", "Three"])
    assert recall(slide_text(page)).value == 1.0
    for trick in ({"contrast": 1.0}, {"font_px": 3.0}, {"covered": 1.0}, {"ink": 0.0}):
        assert recall(slide_text(changed(page, says("Revenue rose"), **trick))).value == 0.0


def test_parts_tell_each_fact():
    score = recall(SlideText.of("Revenue rose by 6.8% to £58.1 million"), facts=FACTS)
    assert dict(score.parts) == {"revenue": 1.0, "hours": 0.0, "day": 0.0, "deadline": 0.0}
    assert score.why == "1 of 4 facts are said; missing: hours, day, deadline"


def test_misuse_of_recall_is_refused():
    with pytest.raises(UsageError, match="at least one fact"):
        recall(facts=())
    with pytest.raises(UsageError, match="values and terms"):
        recall(facts=(FactKey("x", (), ("y",)),))
    with pytest.raises(UsageError, match="max_words"):
        recall(max_words=0)


def test_titles():
    pages = [bullets(), cards(), chart()]
    assert titles(pages).value == 1.0
    assert titles([*pages, bullets()]).value == 0.75
    assert titles([changed(bullets(), says("promotions"), contrast=1.0), cards()]).value == 0.5
    assert titles([bullets(text="word " * 15), cards()]).value == 0.5
    assert titles([empty()]).value == 0.0
    assert titles([]).value == 0.0


def test_the_title_is_the_largest_at_the_top_or_a_heading():
    page = Page()
    page.text(64, 40, "Kicker above", 18)
    page.text(64, 70, "A headline without a tag", 38)
    page.text(64, 300, "27.4%", 72)
    for row in range(4):
        page.text(64, 400 + 60 * row, "Some longer running text of the slide stands here", 22)
    assert title_of(page.facts()).text == "A headline without a tag"


def test_a_cover_may_have_its_title_lower():
    page = Page()
    page.text(64, 330, "Trading results of the north", 64)
    page.text(64, 430, "For the board", 26)
    assert title_of(page.facts()).text == "Trading results of the north"


def test_a_number_is_no_title():
    page = Page()
    page.text(64, 60, "27.4%", 72)
    footer(page)
    assert title_of(page.facts()) is None or title_of(page.facts()).text == "Pellworth Stores"
    assert titles([page.facts()]).value == 0.0


def test_ticks_are_found_and_values_are_none():
    text = slide_text(chart())
    assert [passage.text for passage in text.passages if passage.is_tick] == ["0", "10", "20"]


def test_numbers_in_a_row_that_do_not_step_evenly_are_no_axis():
    page = Page()
    for row, value in enumerate((12, 17, 31)):
        page.text(64, 100 + 100 * row, str(value), width=30)
    assert not any(passage.is_tick for passage in slide_text(page.facts()).passages)


@pytest.mark.parametrize(
    ("counts", "value"),
    [
        ([20, 30], 1.0),
        ([3, 30], 1.0),
        ([0, 30], 0.5),
        ([30, 6], 0.75),
        ([30, 90], 0.75),
        ([30, 500], 0.5),
        ([], 0.0),
    ],
)
def test_words_in_range(counts, value):
    assert words_in_range(counts, 12, 60).value == pytest.approx(value)


def test_the_closing_slide_may_be_short_too():
    assert words_in_range([20, 20, 4], 12, 60, short=(0, -1)).value == 1.0
    with pytest.raises(UsageError, match="range of words"):
        words_in_range([3], 10, 5)


SLIDE = (
    "Revenue grew in the north\nIt rose by 6.8% on last year to £58.1 million\nGarden furniture cost margin"
)


def test_copies():
    footed = [
        f"{text}\nPellworth Stores\n{number}"
        for number, text in enumerate((SLIDE, "Costs fell in May", "Next"))
    ]
    assert near_duplicates(footed).value == 1.0
    assert near_duplicates([*footed, footed[0]]).value == 0.75
    assert near_duplicates([SLIDE] * 8).value == 1 / 8
    assert near_duplicates([SLIDE, SLIDE.replace("6.8%", "6.9%")]).value == 0.5
    assert near_duplicates([SLIDE, SLIDE + "\nand one more remark"]).value == 0.5
    assert (
        near_duplicates([SLIDE, SLIDE[:60] + " something else entirely about a quite different matter"]).value
        == 1.0
    )
    assert near_duplicates([]).value == 0.0
    assert near_duplicates(["", ""]).value == 0.0
    assert near_duplicates([SLIDE, ""]).value == 0.5


def test_an_agenda_is_no_copy_of_its_dividers():
    assert (
        near_duplicates(["Agenda\nCosts\nSales\nStaff and more", "Costs", "Sales", "Staff and more"]).value
        == 1.0
    )


def test_footers_do_not_hide_copies():
    deck = [f"Pellworth Stores\nQ3 2026\n{number}" for number in range(6)]
    assert near_duplicates(deck).value == 1 / 6


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("Prepared for the Board", 0),
        ("For our investors", 1),
        ("For investors and the board", -1),
        ("For nobody", -1),
        ("", -1),
    ],
)
def test_closed_choice_of_an_audience(text, choice):
    assert closed_choice(text, [["board"], ["investors"], ["operations team"]]) == choice


def test_closed_choice_of_values():
    options = [["6.8%", "£58.1 million"], ["6.3%", "£58.1 million"], ["6.8%", "£61.8 million"]]
    assert closed_choice("grew 6.8 % to £58.1m", options) == 0
    assert closed_choice("grew to £58.1m", options) == -1
    assert closed_choice("6.8% 6.3% £58.1m £61.8m", options) == -1


def test_signs_do_not_glue_words_together():
    assert SlideText.of("6.8%/£58.1m/31.2%|9,640_24.6%").words == 5


def test_words_of_a_slide_leave_ticks_out():
    slide = SlideText((Passage("Sales rose - a lot"), Passage("20", is_tick=True)))
    assert slide.words == 4
    assert slide.text == "Sales rose - a lot\n20"
