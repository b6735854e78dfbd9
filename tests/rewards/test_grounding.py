"""Which numbers are grounded, and which are exempt."""

import pytest

from eyesmith.rewards.grounding import number_grounding
from eyesmith.rewards.slide_text import Passage, SlideText

SOURCE = (
    "Revenue came to £58.1 million, against £54.4 million: growth of 6.8%. The margin went from 31.9% to "
    "31.2%. Visitors per store and week: 9,640. Garsby lost £238,000. Notice must be given by 30 November "
    "2026. Two of the stores are under review. Monday 10%, Tuesday 9%."
)
STALE = "Revenue came to £49.7 million; the margin was 32.6%."


def value(*lines, **settings):
    return number_grounding([SlideText.of(*lines)], [SOURCE], **settings).value


@pytest.mark.parametrize(
    "text",
    [
        "Revenue £58.1m, up 6.8 %",
        "58.1",
        "GBP 58,100,000",
        "£58m",
        "\N{MINUS SIGN}£238k",
        "238",
        "Notice by 30 Nov 2026",
        "Notice by 30 November",
        "9,640 visitors in 2026",
        "2 stores",
        "Mon 10 Tue 9",
        "£58.1m, £3.7m more than £54.4 million",
        "31.9% to 31.2%: 0.7 pp lost",
        "Q3 2026, FY26, since 2019",
        "Step 3: give notice",
        "2. Offer places",
    ],
)
def test_grounded(text):
    assert value("Results", text) == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "£59.1 million",
        "6.9%",
        "68%",
        "£58.1 billion",
        "$58.1 million",
        "31 November 2026",
        "9,641",
        "£49.7 million",
        "6.8 pp",
    ],
)
def test_invented(text):
    score = number_grounding([SlideText.of("Results", text)], [SOURCE], stale=[STALE])
    assert score.value == 0.0
    assert "no source states" in score.why


def test_stale_numbers_are_ungrounded_even_where_they_could_be_derived():
    source, stale = "It was 40 and 30.", "It was 70."
    slide = [SlideText.of("Results", "40 and 30 make 70")]
    assert number_grounding(slide, [source]).value == 1.0
    assert number_grounding(slide, [source], stale=[stale]).value == pytest.approx(2 / 3)


def test_operands_of_another_passage_derive_nothing():
    assert value("Results", "£58.1m and £54.4m", "£3.7m more") == pytest.approx(2 / 3)


def test_a_wall_of_numbers_derives_nothing():
    wall = "£58.1m £54.4m 6.8% 31.9% 31.2% 9,640 £238,000 and 25.1%"
    assert value("Results", wall) == pytest.approx(7 / 8)


def test_repeating_the_truth_hides_no_invention():
    once = value("Results", "6.8% and 77%")
    assert value("Results", *["6.8%"] * 30, "77%") == once == 0.5


def test_an_invention_is_not_healed_by_a_derivation_elsewhere():
    assert value("Results", "£58.1m less £54.4m is £3.7m", "profit £3.7m") == pytest.approx(2 / 3)


def test_slide_numbers_and_running_numbers_are_free():
    slides = [
        SlideText.of("One", "1", "Costs", "2", "Sales", "3", "Staff"),
        SlideText.of("Two", "6.8%", "2 / 2"),
    ]
    assert number_grounding(slides, [SOURCE]).value == 1.0
    assert number_grounding([SlideText.of("One", "7", "sites")], [SOURCE]).value == 0.0


def test_ticks_are_free():
    slide = SlideText((Passage("Sales"), Passage("6.8%"), Passage("75", is_tick=True)), 0)
    assert number_grounding([slide], [SOURCE]).value == 1.0


def test_no_words_and_no_numbers():
    assert number_grounding([], [SOURCE]).value == 0.0
    assert number_grounding([SlideText.of()], [SOURCE]).value == 0.0
    assert value("Results", "We grew") == 1.0


def test_it_falls_with_each_invention():
    levels = [value("6.8% £58.1m 31.2%", *[f"{70 + k}.3%" for k in range(count)]) for count in range(5)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] == 1.0
    assert levels[-1] < 0.5
