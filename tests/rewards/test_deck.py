"""Rewards of a whole deck: its length, what it kept, what it cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyesmith.errors import UsageError
from eyesmith.rewards.deck import calls_beyond, preservation, similarity, slide_count
from eyesmith.rewards.slide_text import Passage, SlideText

words = st.lists(st.sampled_from(["revenue", "rose", "8%", "in", "the", "north", "£4.2"]), max_size=9)
texts = words.map(" ".join)


@pytest.mark.parametrize(
    ("count", "level"),
    [(0, 0.0), (1, 1 / 36), (3, 0.25), (5, 25 / 36), (6, 1.0), (9, 1.0), (10, 0.81), (18, 0.25), (90, 0.01)],
)
def test_the_length_pays_by_the_square_of_what_is_missing_or_too_much(count, level):
    score = slide_count(count, fewest=6, most=9)
    assert score.value == pytest.approx(level)
    assert score.why == f"{count} slides, 6 to 9 asked for"


@pytest.mark.parametrize(("fewest", "most"), [(0, 3), (5, 4), (-1, 2)])
def test_a_range_that_is_none_is_refused(fewest, most):
    with pytest.raises(UsageError, match=f"got {fewest} to {most}"):
        slide_count(3, fewest=fewest, most=most)


@given(texts, texts)
def test_similarity_is_symmetric_and_1_for_the_same_words(a, b):
    assert similarity(a, b) == similarity(b, a)
    assert 0.0 <= similarity(a, b) <= 1.0
    assert similarity(a, a) == 1.0
    assert (similarity(a, b) == 1.0) == (sorted(a.split()) == sorted(b.split()))


def test_similarity_counts_words_as_often_as_they_stand():
    assert similarity("growth growth growth", "growth") == 0.5
    assert similarity("Sales rose 8.4%", "sales rose 8.4%") == 1.0
    assert similarity("sales rose 8.4%", "sales rose 8.5%") == pytest.approx(2 / 3)


KEPT = [
    SlideText.of(line)
    for line in ("revenue rose by 8% in the north", "staff turnover fell", "the next steps are clear")
]


def test_what_stays_is_kept_in_any_order_and_beside_others():
    assert preservation(KEPT, [*reversed(KEPT), SlideText.of("a new slide")]).value == 1.0
    assert preservation([], []).value == 1.0
    assert preservation(KEPT, []).value == 0.0


def test_a_changed_slide_costs_its_share():
    changed = [SlideText.of("revenue rose by 9% in the north"), *KEPT[1:]]
    score = preservation(KEPT, changed)
    assert score.value == pytest.approx((6 / 7 + 2) / 3)
    assert score.why == "kept slides: the least like itself is 86% the same"


def test_texts_that_were_moved_are_half_kept():
    def at(*boxes):
        lines = ("revenue rose by 8%", "staff turnover fell")
        return SlideText(tuple(Passage(line, box) for line, box in zip(lines, boxes, strict=True)), 0)

    card, low, far = (100, 100, 400, 160), (100, 300, 400, 360), (700, 500, 900, 540)
    assert preservation([at(card, low)], [at(card, low)]).value == 1.0
    assert preservation([at(card, low)], [at(card, far)]).value == 0.75
    assert preservation([at(card, low)], [at(low, far)]).value == 0.5


def test_a_slide_stands_for_one_slide_only():
    twice = [SlideText.of("revenue rose by 8%")] * 2
    assert preservation(twice, twice).value == 1.0
    assert preservation(twice, twice[:1]).value == 0.5


@given(st.lists(texts.filter(bool), min_size=1, max_size=5, unique_by=lambda t: tuple(sorted(t.split()))))
def test_losing_slides_never_pays(kept):
    kept = [SlideText.of(text) for text in kept]
    levels = [preservation(kept, kept[:count]).value for count in range(len(kept) + 1)]
    assert levels == sorted(levels)
    assert levels[-1] == pytest.approx(1.0)


def test_calls_are_free_up_to_twice_the_experts():
    assert calls_beyond(0, expert=0) == 0.0
    assert calls_beyond(40, expert=20) == 0.0
    assert calls_beyond(41, expert=20) == pytest.approx(-0.005)
    assert calls_beyond(60, expert=20) == pytest.approx(-0.1)
    assert calls_beyond(10**6, expert=20) == -0.1
