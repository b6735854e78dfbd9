"""Predicted screens: what each measure is by hand, and that damage lowers them."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyesmith.errors import UsageError
from eyesmith.rewards.code2world import COLUMNS, LOGIC_RUBRIC, LOOK_RUBRIC, RECIPES
from eyesmith.rewards.gui import (
    PARTS,
    Effect,
    Paint,
    ScreenLook,
    effect,
    gain,
    identifiability,
    layout_integrity,
    similarity,
)
from eyesmith.rewards.gui_blocks import Element, alike, block_f1, elements_of, region_text
from eyesmith.rewards.gui_regions import changed_region, region_ssim
from eyesmith.rewards.image import ssim

from .screens import AFTER, BEFORE, CHANGED, EFFECTS, NAMES, OFF, ON, ROW_BOX, Phone, blank, settings

BOTH = ("Wi-Fi", "Bluetooth")
WHITE, BLACK = (255.0, 255.0, 255.0), (0.0, 0.0, 0.0)


def text(words, x=0.0, y=0.0, color=BLACK, back=WHITE, width=100.0):
    return Element("text", (x, y, x + width, y + 20), color, back, words)


def reward(look):
    """The whole step: gain over a copy, times the effect."""
    copy = similarity(BEFORE, AFTER, CHANGED).value
    won = gain(similarity(look, AFTER, CHANGED).value, copy).value
    return won * effect(look, EFFECTS, before=BEFORE.image).value


# -- blocks, by hand


def test_words_alike_by_their_common_letters():
    assert alike("62%", "63%") == pytest.approx(2 * 2 / 6)
    assert alike("abc", "") == 0.0
    assert alike("kitten", "sitting") == pytest.approx(2 * 4 / 13)


@given(st.text("abc", max_size=12), st.text("abc", min_size=1, max_size=12))
def test_words_alike_agree_with_a_plain_table(one, other):
    table = np.zeros((len(one) + 1, len(other) + 1), int)
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            table[i + 1, j + 1] = table[i, j] + 1 if a == b else max(table[i, j + 1], table[i + 1, j])
    assert alike(one, other) == pytest.approx(2 * table[-1, -1] / (len(one) + len(other)))


def test_a_block_is_worth_text_times_place_times_colour():
    true = [text("Settings")]
    assert block_f1([text("Settings", x=42.0)], true).value == pytest.approx((80 - 42) / 76)
    assert block_f1([text("Settings", x=4.0)], true).value == 1.0
    assert block_f1([text("Settings", x=80.0)], true).value == 0.0
    assert block_f1([text("Sattings")], true).value == pytest.approx(2 * 7 / 16)
    # letters and background are each as far apart as can be: only half is left
    assert block_f1([text("Settings", color=WHITE, back=BLACK)], true).value == pytest.approx(0.5)
    assert block_f1([text("Xyz")], true).value == 0.0


def test_what_is_missing_and_what_is_too_much_cost_the_same():
    one, other = text("Settings"), text("Bluetooth", y=200.0)
    assert block_f1([one], [one, other]).value == pytest.approx(2 / 3)
    assert block_f1([one, other], [one]).value == pytest.approx(2 / 3)
    assert block_f1([], []).value == 0.0


def test_areas_are_worth_less_the_farther_their_edges_move():
    true = [Element("area", (0.0, 0.0, 100.0, 100.0), WHITE, WHITE)]
    half = [Element("area", (0.0, 0.0, 100.0, 59.0), WHITE, WHITE)]
    assert block_f1(half, true).value == pytest.approx((80 - 41) / (80 - 2))
    dot = [Element("area", (0.0, 0.0, 10.0, 10.0), WHITE, WHITE)]
    beside = [Element("area", (7.0, 0.0, 17.0, 10.0), WHITE, WHITE)]
    assert block_f1(beside, dot).value == pytest.approx((12 - 7) / (12 - 2))
    assert block_f1(beside, true).value == 0.0
    assert block_f1([Element("picture", true[0].box, WHITE, WHITE)], true).value == 0.0


def test_a_pair_is_the_best_for_all_not_for_the_first():
    """The nearest pair of all would leave the other two 84 px apart."""
    found = [text("Item", y=0.0), text("Item", y=44.0)]
    true = [text("Item", y=40.0), text("Item", y=84.0)]
    assert block_f1(found, true).value == pytest.approx((80 - 40) / 76)


# -- elements


def test_what_cannot_be_seen_is_no_element():
    phone = Phone()
    phone.box(40, 40, 100, 100, (255, 0, 0))
    phone.box(200, 40, 100, 100, (245, 245, 250))  # the colour of the page
    phone.text(40, 200, "Seen")
    phone.text(40, 300, "Faint", contrast=1.1)
    found = phone.look().elements
    assert [(one.kind, one.text) for one in found] == [("text", "Seen"), ("area", "")]
    assert found[1].color == (255.0, 0.0, 0.0)


def test_an_area_may_be_told_by_its_border_alone():
    phone = Phone()
    phone.box(40, 40, 100, 100, (245, 245, 250))
    phone.image[40:140, 40:42] = phone.image[40:140, 138:140] = 0
    phone.image[40:42, 40:140] = phone.image[138:140, 40:140] = 0
    assert [one.kind for one in phone.look().elements] == ["area"]


def test_a_picture_has_the_colour_of_its_strokes():
    phone = Phone()
    phone.image[50:90, 60:70] = (10, 90, 200)
    phone._add("picture", (40, 40, 100, 100), tag="svg")
    phone._add("picture", (300, 40, 360, 100), tag="svg")  # nothing is drawn there
    found = phone.look().elements
    assert [(one.kind, one.color) for one in found] == [("picture", (10.0, 90.0, 200.0))]


def test_pictures_of_other_kinds_are_refused():
    with pytest.raises(UsageError, match="uint8"):
        elements_of(AFTER.page, AFTER.image.astype(float))
    with pytest.raises(UsageError, match="bool"):
        region_text([], [], CHANGED.astype(np.uint8))


# -- regions


def test_the_words_of_a_region_are_counted():
    region = np.zeros((100, 200), bool)
    region[:, :100] = True
    true = [text("one two"), text("else", x=100.0)]
    assert region_text([text("one three"), text("other", x=100.0)], true, region).value == 0.5
    assert region_text([text("else", x=100.0)], [text("else", x=100.0)], region).value == 1.0
    assert region_text([text("one")], [text("else", x=100.0)], region).value == 0.0


def test_what_changed_is_where_the_pictures_differ():
    assert not changed_region(BEFORE.image, BEFORE.image).any()
    assert CHANGED[370, 460]
    assert not CHANGED[:300].any()
    assert not CHANGED[430:].any()
    with pytest.raises(UsageError):
        changed_region(BEFORE.image, AFTER.image[:-1])


def test_similarity_by_regions_is_that_of_the_whole_under_a_mask():
    rng = np.random.default_rng(3)
    other = np.clip(AFTER.image + rng.integers(-30, 30, AFTER.image.shape), 0, 255).astype(np.uint8)
    parts = region_ssim(other, AFTER.image, CHANGED).parts
    small, truth = (cv2.resize(one, (180, 400), interpolation=cv2.INTER_AREA) for one in (other, AFTER.image))
    mask = cv2.resize(CHANGED.astype(np.uint8) * 255, (180, 400), interpolation=cv2.INTER_AREA) > 0
    assert parts["changed"] == pytest.approx(ssim(small, truth, mask=mask).value, abs=1e-6)
    copied = region_ssim(BEFORE.image, AFTER.image, CHANGED).parts
    assert copied["unchanged"] == 1.0
    assert copied["changed"] < 0.7


@pytest.mark.parametrize("whole", [True, False])
def test_where_all_or_nothing_changes_one_region_speaks_for_both(whole):
    mask = np.full(CHANGED.shape, whole)
    parts = region_ssim(BEFORE.image, AFTER.image, mask).parts
    assert parts["changed"] == parts["unchanged"]


# -- similarity and gain


def test_the_parts_weigh_what_the_page_says():
    assert sum(PARTS.values()) == pytest.approx(1.0)
    found = similarity(BEFORE, AFTER, CHANGED)
    assert found.value == pytest.approx(sum(PARTS[name] * found.parts[name] for name in PARTS))
    assert similarity(AFTER, AFTER, CHANGED).value == 1.0


def test_a_copy_wins_nothing_although_it_is_most_of_the_way_there():
    copy = similarity(BEFORE, AFTER, CHANGED).value
    assert copy > 0.6
    assert gain(copy, copy).value == 0.0
    assert reward(BEFORE) == 0.0
    assert reward(AFTER) == 1.0


GRADED = {
    "wrong text": [
        settings(BOTH, names=("Wi-Fi", "Bluetooth", *NAMES[2:][:k], *"xyz"[k:])) for k in (3, 2, 1, 0)
    ],
    "colour shift": [settings(BOTH, card=(255, 255 - k, 255 - k)) for k in (0, 12, 40, 90)],
    "moved block": [settings(BOTH, dy=k) for k in (0, 3, 8, 14)],
    "missing row": [settings(BOTH, names=NAMES[:k]) for k in (5, 4, 3, 2)],
    "wrong toggles": [settings((*BOTH, *NAMES[2 : 2 + k])) for k in (0, 1, 2, 3)],
}


@pytest.mark.parametrize("name", GRADED)
def test_the_reward_falls_with_growing_damage(name):
    levels = [reward(look) for look in GRADED[name]]
    assert levels[0] == 1.0
    assert all(one > other for one, other in pairwise(levels)), levels


# -- the effect


def test_a_wrong_state_with_a_perfect_look_earns_nothing():
    wrong = settings(("Wi-Fi", "Hotspot"))
    assert similarity(wrong, AFTER, CHANGED).value > 0.6
    assert effect(wrong, EFFECTS, before=BEFORE.image).value == 0.0
    assert "colour" in effect(wrong, EFFECTS, before=BEFORE.image).why


def test_the_first_effect_is_a_must_and_the_others_a_share():
    only_switch = settings(BOTH, status="Off")
    assert effect(only_switch, EFFECTS, before=BEFORE.image).value == 0.5
    assert effect(only_switch, EFFECTS[::-1], before=BEFORE.image).value == 0.0
    with pytest.raises(UsageError):
        effect(AFTER, [], before=BEFORE.image)


def test_an_empty_page_does_not_prove_that_something_is_gone():
    gone = Effect("dialog", (0.0, 0.0, 540.0, 400.0), hides=("Really?",))
    shown = Effect("state", ROW_BOX, shows=("On",))
    for order in ([gone, shown], [shown, gone]):
        assert effect(blank(), order, before=BEFORE.image).value == 0.0
        assert effect(AFTER, order, before=BEFORE.image).value == 1.0
    assert effect(blank(), [gone], before=BEFORE.image).value == 1.0  # nothing else tells them apart


def test_a_text_counts_whole_readable_and_in_its_place():
    def shows(look, box=ROW_BOX):
        return effect(look, [Effect("x", box, shows=("On",))], before=BEFORE.image).value

    assert shows(AFTER) == 1.0
    assert shows(settings(BOTH, status="On now")) == 0.0
    assert shows(settings(BOTH, contrast=1.0)) == 0.0
    assert shows(settings(BOTH, font_px=4.0)) == 0.0
    assert shows(AFTER, (24.0, 500.0, 516.0, 600.0)) == 0.0
    x0, y0, x1, y1 = ROW_BOX
    assert shows(AFTER, (x0, y0 + 76.0, x1, y1)) == 1.0  # its middle is 8 px above: within the slack
    assert shows(AFTER, (x0, y0 + 90.0, x1, y1)) == 0.0


def test_what_must_be_gone_must_be_gone():
    both = Phone()
    both.blocks, both.image = list(AFTER.page.blocks), AFTER.image.copy()
    both.text(300, 378, "Off", 20)
    assert effect(both.look(), EFFECTS, before=BEFORE.image).value == 0.5


def test_a_colour_must_be_nearer_to_the_new_state_than_to_the_old():
    def turned(color):
        return effect(settings(BOTH, on_color=color), EFFECTS[:1], before=BEFORE.image).value

    assert turned(ON) == 1.0
    assert turned(tuple(value + 12 for value in ON)) == 1.0
    assert turned(OFF) == 0.0
    assert turned(tuple((one + 3 * other) // 4 for one, other in zip(ON, OFF, strict=True))) == 0.0


def test_a_larger_canvas_is_measured_in_its_own_px():
    def large(look):
        page = look.page
        blocks = tuple(
            type(block)(
                **{
                    **{name: getattr(block, name) for name in block.__slots__},
                    "box": tuple(2 * side for side in block.box),
                    "seen": tuple(2 * side for side in block.seen),
                    "lines": tuple(tuple(2 * side for side in line) for line in block.lines),
                }
            )
            for block in page.blocks
        )
        facts = type(page)(blocks=blocks, size_px=(1080, 2400), content_px=(1080.0, 2400.0))
        return ScreenLook.of(facts, look.image.repeat(2, axis=0).repeat(2, axis=1))

    true, found = large(AFTER), large(settings(BOTH, dx=30))
    assert true.image.shape == AFTER.image.shape
    small = similarity(settings(BOTH, dx=30), AFTER, CHANGED).value
    assert similarity(found, true, CHANGED).value == pytest.approx(small, abs=0.02)
    doubled = [
        Effect(
            one.id,
            tuple(2 * side for side in one.box),
            one.shows,
            one.hides,
            tuple(Paint(2 * p.x, 2 * p.y, p.rgb) for p in one.paints),
        )
        for one in EFFECTS
    ]
    assert effect(true, doubled, before=BEFORE.image).value == 1.0
    assert effect(large(BEFORE), doubled, before=BEFORE.image).value == 0.0


# -- the four columns


def test_an_action_is_told_from_those_whose_effect_is_seen_less():
    assert identifiability(1.0, [0.0, 1.0]).value == 0.5
    assert identifiability(0.0, [0.0]).value == 0.0
    assert identifiability(1.0, []).value == 1.0


def test_layout_is_measured_against_the_true_screen():
    assert layout_integrity(AFTER, AFTER, 1.0).value == 1.0
    assert layout_integrity(AFTER, AFTER, 0.7).value == pytest.approx(0.7)
    assert layout_integrity(settings(BOTH, dx=420), AFTER, 1.0).value < 0.8
    assert layout_integrity(blank(), AFTER, 1.0).value == 0.0


def test_the_recipes_carry_the_four_columns():
    assert tuple(RECIPES["code2world"].parts) == tuple(RECIPES["code2world_measured"].parts) == tuple(COLUMNS)
    assert RECIPES["code2world"].needs_judge
    assert not RECIPES["code2world_measured"].needs_judge
    criteria = [one.name for rubric in (LOGIC_RUBRIC, LOOK_RUBRIC) for one in rubric.criteria]
    assert criteria == list(COLUMNS)
    assert RECIPES["default"].compose({"choice": 1.0, "action": 0.5, "gain": 0.5}) == 0.25
    assert RECIPES["code2world_measured"].compose(dict.fromkeys(COLUMNS, 1.0)) == pytest.approx(1.0)
