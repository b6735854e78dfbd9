"""Measures of a slide, levels of a deck, and what the recipes make of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyesmith.rewards.slide import (
    DESIGN_PARTS,
    RECIPES,
    compose_slides,
    design,
    gain,
    judged_gain,
    measure,
)
from eyesmith.rewards.visibility import visible_text

from .pages import bullets, cards, changed, chart, empty, moved, says

GATES = ("count", "distinct", "overflow", "instructions", "recall", "grounding")
FULL = dict.fromkeys((*GATES, "retrieval", *DESIGN_PARTS), 1.0)
NEW = FULL | {"given": 0.0, "preservation": 1.0}
WORDS = (5, 60)
level = st.floats(0.0, 1.0)
levels = st.fixed_dictionaries(dict.fromkeys(FULL, level))


def picture(*rows):
    """A white slide with grey bars as its lines."""
    drawn = np.full((720, 1280, 3), 255, np.uint8)
    for y in rows:
        drawn[y : y + 16, 64:1216:3] = 30
    return drawn


def measured(*pages):
    return [measure(page, picture(60, 200, 300, 400, 500)) for page in pages]


def test_a_slide_is_measured_once_whatever_the_deck():
    page = bullets()
    slide = measure(page, picture(60, 200, 300, 400, 500))
    assert slide.page is page
    assert slide.text.text == visible_text(page)
    assert set(slide.parts) == {"overflow"} | set(DESIGN_PARTS) - {"words", "titles", "consistency"}
    assert set(slide.parts) == set(slide.whys)
    assert set(slide.parts.values()) == {1.0}


def test_a_tidy_deck_has_every_part_at_1():
    found, why = design(measured(bullets(), cards(), chart()), words=WORDS)
    assert found == dict.fromkeys(("overflow", *DESIGN_PARTS), 1.0)
    assert why == "no faults of design"


def test_no_slides_and_empty_slides_score_0():
    nothing, why = design([], words=WORDS)
    assert nothing == dict.fromkeys(("overflow", *DESIGN_PARTS), 0.0)
    assert why == "no slides"
    blank, _ = design([measure(empty(), picture())] * 3, words=WORDS)
    assert blank == nothing


def test_the_reason_names_the_worst_slide():
    pushed = moved(cards(), lambda block: True, dx=900)
    found, why = design(measured(bullets(), pushed, chart()), words=WORDS)
    assert found["overflow"] == pytest.approx((2 + measure(pushed, picture(60)).parts["overflow"]) / 3)
    assert why.startswith("slide 1: ")


def test_what_is_the_decks_own_names_no_slide_of_its_own():
    found, why = design(measured(bullets(), bullets(), chart()), words=WORDS)
    assert found["titles"] == pytest.approx(2 / 3)
    assert why.startswith("slide 1 repeats the title")


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        ("contrast", {"contrast": 1.4, "ink": 0.1}),
        ("type", {"font_px": 11.0}),
        ("overlap", {"covered": 0.45}),
    ],
)
def test_each_part_sees_its_own_damage(part, damage):
    spoilt = changed(cards(), says("visitors", "conversion"), **damage)
    before, _ = design(measured(bullets(), cards(), chart()), words=WORDS)
    after, _ = design(measured(bullets(), spoilt, chart()), words=WORDS)
    losses = {name: before[name] - after[name] for name in before}
    assert losses[part] == max(losses.values()) > 0.1


def test_the_worth_is_the_declared_product():
    assert compose_slides(FULL) == 1.0
    for gate in GATES:
        assert compose_slides(FULL | {gate: 0.3}) == pytest.approx(0.3)
        assert compose_slides(FULL | {gate: 0.0}) == 0.0
    assert compose_slides(FULL | {"retrieval": 0.0}) == pytest.approx(0.8)
    assert compose_slides(FULL | dict.fromkeys(DESIGN_PARTS, 0.0)) == pytest.approx(0.5)
    for part in DESIGN_PARTS:
        assert compose_slides(FULL | {part: 0.1}) == pytest.approx(1 - 0.5 * 0.9 / 9)


@given(levels, st.sampled_from(sorted(FULL)), level)
def test_the_worth_rises_with_every_level(found, name, other):
    low, high = sorted((found[name], other))
    worse, better = compose_slides(found | {name: low}), compose_slides(found | {name: high})
    assert 0.0 <= worse <= better + 1e-12
    assert better <= 1.0 + 1e-12


@given(levels, level)
def test_a_new_deck_earns_its_worth(found, kept):
    assert gain(found | {"given": 0.0, "preservation": 1.0}) == pytest.approx(compose_slides(found))


@given(levels, level)
def test_a_given_deck_handed_back_earns_nothing(found, kept):
    assert gain(found | {"given": compose_slides(found), "preservation": kept}) == 0.0


@given(levels, level, level)
def test_a_gain_stays_in_range_and_a_worse_deck_earns_nothing(found, given, kept):
    value = gain(found | {"given": given, "preservation": kept})
    assert 0.0 <= value <= 1.0 + 1e-12
    if compose_slides(found) <= given:
        assert value == 0.0


def test_preservation_is_two_fifths_of_a_gain():
    assert gain(FULL | {"given": 0.5, "preservation": 1.0}) == 1.0
    assert gain(FULL | {"given": 0.5, "preservation": 0.0}) == pytest.approx(0.6)
    assert gain(FULL | {"given": 0.5, "recall": 0.75, "preservation": 1.0}) == pytest.approx(0.5)
    assert gain(FULL | {"given": 1.0, "preservation": 1.0}) == 0.0


def test_a_judge_takes_its_share_and_no_more():
    assert judged_gain(NEW | {"told": 1.0, "aesthetics": 1.0}) == pytest.approx(1.0)
    assert judged_gain(NEW | {"told": 0.0, "aesthetics": 1.0}) == pytest.approx(0.8 + 0.2 * 0.5)
    assert judged_gain(NEW | {"told": 1.0, "aesthetics": 0.0}) == pytest.approx(0.5 + 0.5 * 0.7)
    praised = NEW | {"told": 1.0, "aesthetics": 1.0}
    for gate in GATES:
        assert judged_gain(praised | {gate: 0.0}) == 0.0


def test_the_judged_recipe_leaves_the_levels_as_they_are():
    found = NEW | {"told": 0.2, "aesthetics": 0.4}
    kept = dict(found)
    judged_gain(found)
    assert found == kept


def test_the_recipes():
    assert set(RECIPES) == {"default", "with_judge", "slideforge", "slideforge_with_judge"}
    assert [name for name, recipe in RECIPES.items() if recipe.needs_judge] == [
        "with_judge",
        "slideforge_with_judge",
    ]
    for name in ("default", "with_judge"):
        recipe = RECIPES[name]
        assert recipe.penalties == ("calls",)
        assert recipe.score(dict.fromkeys(recipe.parts, 1.0) | {"given": 0.0}).value == pytest.approx(1.0)
        assert recipe.score(dict.fromkeys(recipe.parts, 0.0)).value == 0.0
    assert set(NEW) == set(RECIPES["default"].parts)
