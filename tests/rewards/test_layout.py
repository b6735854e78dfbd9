"""The layout rewards on pages written by hand: gold is 1, damage falls, decoration is let be."""

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.consistency import consistency
from eyesmith.rewards.layout import alignment, aspect, contrast, overflow, overlap
from eyesmith.rewards.layout_balance import balance, content_ratio, imbalance, ink_share, whitespace
from eyesmith.rewards.spacing import spacing
from eyesmith.rewards.typography import type_scale

from .pages import ACCENT, Page, bullets, cards, changed, chart, clip, empty, footer, moved, says, title

GOOD = {"bullets": bullets(), "cards": cards(), "chart": chart()}
REWARDS = (overflow, overlap, contrast, alignment, balance, type_scale, spacing)


def falls(reward, pages):
    """Levels of ever worse pages; they never rise, and end lower."""
    levels = [reward(page).value for page in pages]
    assert levels == sorted(levels, reverse=True), levels
    assert levels[-1] < levels[0]
    return levels


@pytest.mark.parametrize("reward", REWARDS)
@pytest.mark.parametrize("name", GOOD)
def test_a_good_page_has_exactly_one(reward, name):
    assert reward(GOOD[name]).value == 1.0, reward(GOOD[name])


@pytest.mark.parametrize("reward", REWARDS)
def test_an_empty_page_has_nothing(reward):
    assert reward(empty()).value == 0.0
    blank = Page()
    blank.box(64, 64, 400, 300)
    assert reward(blank.facts()).value == 0.0


# -- overflow


def test_text_that_leaves_the_canvas():
    levels = falls(overflow, [moved(bullets(), says("Pellworth"), dy=dy) for dy in (0, 30, 45, 52, 80)])
    assert levels[1] == 1.0
    assert levels[-1] <= 0.5


def test_text_that_an_ancestor_clips():
    def lower(share):
        return lambda block: (*block.box[:3], block.box[3] - share * (block.box[3] - block.box[1]))

    levels = falls(
        overflow, [changed(bullets(), says("margin"), seen=lower(share)) for share in (0, 0.1, 0.3, 1)]
    )
    assert levels[0] == 1.0


def test_a_card_with_text_may_not_leave_the_canvas_and_an_ornament_may():
    page = Page()
    title(page)
    card = page.box(1100, 200, 400, 300)
    page.text(1120, 240, "All of it", 26, parent=card, width=120)
    assert overflow(page.facts()).value <= 0.75
    ornament = Page()
    title(ornament)
    ornament.box(1100, 200, 400, 300)
    ornament.shape(-100, -100, 300, 300, tag="circle")
    assert overflow(ornament.facts()).value == 1.0


def test_overflow_says_what_is_cut():
    assert "'Pellworth Stores' is cut off" in overflow(moved(bullets(), says("Pellworth"), dy=52)).why


# -- overlap


def test_texts_on_each_other():
    pages = [moved(bullets(), says("margin slipped"), dy=dy) for dy in (0, -50, -85, -95, -104)]
    levels = falls(overlap, pages)
    assert levels[1] == 1.0
    assert levels[-1] <= 0.5


def test_lines_of_one_text_on_each_other():
    page = Page()
    title(page)
    page.text(64, 200, "Lines that are set " * 6, 24, lines=3)
    assert overlap(page.facts()).value == 1.0
    crushed = changed(
        page.facts(),
        says("Lines"),
        lines=lambda block: tuple(
            (x0, 200 + (y0 - 200) / 4, x1, 228.8 + (y0 - 200) / 4) for x0, y0, x1, _ in block.lines
        ),
    )
    assert overlap(crushed).value <= 0.6


def test_what_covers_a_text():
    falls(overlap, [changed(bullets(), says("margin"), covered=share) for share in (0.0, 0.1, 0.3, 0.9)])


def test_paint_order_and_kinship_decide():
    def crossed(**fields):
        page = Page()
        title(page)
        page.box(300, 180, 500, 60, **fields)
        page.text(200, 196, "A text across an edge", 24, width=260)
        return overlap(page.facts()).value

    assert crossed() < 0.8
    assert crossed(opaque=False) == 1.0
    assert crossed(background=(255, 255, 255)) == 1.0

    inside = Page()
    title(inside)
    inside.box(180, 180, 500, 60)
    inside.text(200, 196, "A text on a plate", 24, width=260)
    assert overlap(inside.facts()).value == 1.0

    own = Page()
    title(own)
    card = own.box(300, 180, 500, 60)
    own.text(200, 196, "A text of that card", 24, width=260, parent=card)
    assert overlap(own.facts()).value == 1.0

    badge = Page()
    title(badge)
    card = badge.box(300, 180, 500, 300)
    pin = badge.box(280, 160, 48, 48, parent=card, background=ACCENT)
    badge.text(292, 170, "1", 24, parent=pin, width=20)
    assert overlap(badge.facts()).value == 1.0


def test_a_label_on_its_own_bar_is_at_home_and_a_foreign_text_is_not():
    page = chart()
    label = next(block for block in page.blocks if block.text == "23%")
    onto = moved(page, lambda block: block is label, dy=28)
    assert overlap(onto).value == 1.0
    foreign = moved(changed(page, says("Pellworth"), paint=99), says("Pellworth"), dx=400, dy=-200)
    assert overlap(foreign).value < 0.9


def test_cards_that_cut_into_each_other():
    def pushed(dx):
        one = next(block for block in cards().blocks if block.kind == "box")
        return moved(cards(), lambda block: block == one, dx=dx)

    falls(overlap, [pushed(dx) for dx in (0, 60, 120, 200)])


# -- contrast


def test_contrast_falls_below_the_bounds_of_wcag():
    body = says("margin")
    assert contrast(changed(bullets(), body, contrast=4.5, font_px=20.0)).value == 1.0
    assert contrast(changed(bullets(), body, contrast=3.0, font_px=24.0)).value == 1.0
    assert contrast(changed(bullets(), body, contrast=3.0, font_px=19.0, weight=700)).value == 1.0
    assert contrast(changed(bullets(), body, contrast=3.0, font_px=19.0)).value < 0.8
    falls(contrast, [changed(bullets(), body, contrast=level, font_px=20.0) for level in (7, 4.5, 3, 2, 1.2)])


def test_white_on_white_is_a_fault_of_contrast_and_not_away():
    assert contrast(changed(bullets(), says("margin"), contrast=1.0, ink=0.0)).value <= 0.5


# -- alignment


def test_a_text_beside_the_line_of_its_neighbours():
    levels = falls(alignment, [moved(bullets(), says("margin slipped"), dx=dx) for dx in (0, 1, 4)])
    assert levels[:2] == [1.0, 1.0]
    assert alignment(moved(bullets(), says("margin slipped"), dx=9)).value <= 0.7


def test_scattered_texts_share_no_lines():
    rng = np.random.default_rng(3)
    page = Page()
    title(page)
    for _ in range(12):
        page.text(rng.uniform(60, 800), rng.uniform(150, 640), "A text somewhere", 24)
    assert alignment(page.facts()).value <= 0.5


def test_a_card_out_of_its_row():
    card = [position for position, block in enumerate(cards().blocks) if block.kind == "box"][1]
    inside = {card, *(i for i, block in enumerate(cards().blocks) if block.parent == card)}
    chosen = [cards().blocks[i] for i in inside]
    assert alignment(moved(cards(), lambda block: block in chosen, dy=9)).value <= 0.7


def test_margins():
    def near(left):
        return moved(bullets(), lambda block: True, dx=left - 64)

    levels = falls(alignment, [near(left) for left in (64, 32, 20, 10, 3)])
    assert levels[1] == 1.0
    assert levels[-1] == 0.0
    assert alignment(moved(bullets(), says("Pellworth"), dy=30)).value < 1.0


# -- aspect


@pytest.mark.parametrize(
    ("height", "value"),
    [(720, 1.0), (722, 1.0), (740, 0.9963), (760, 0.8203), (800, 0.0), (700, 0.9955), (600, 0.0)],
)
def test_aspect_is_the_published_formula(height, value):
    assert aspect((1280, height)).value == pytest.approx(value, abs=1e-4)


def test_nothing_has_no_aspect():
    assert aspect((0, 720)).value == aspect((1280, float("nan"))).value == 0.0


# -- balance and whitespace


def test_content_in_a_corner_tips_the_page():
    def packed(share):
        page = Page()
        for row in range(5):
            page.text(64 + share * 700, 60 + 100 * row * (1 - share) + share * 420, "A text", 24, width=300)
        return page.facts()

    falls(balance, [packed(share) for share in (0.45, 0.8, 1.0)])
    assert balance(packed(0.45)).value == 1.0


def test_imbalance_is_the_published_formula():
    page = Page()
    page.text(0, 0, "A text", 24, width=100)
    line = page.blocks[0].lines[0]
    dx, dy = ((line[0] + line[2]) / 2 - 640) / 1280, ((line[1] + line[3]) / 2 - 360) / 720
    assert imbalance(page.facts()) == pytest.approx(np.hypot(dx / 0.0075, dy / 0.145))
    assert imbalance(empty()) == float("inf")


def test_an_ornament_weighs_no_more_than_the_words():
    page = Page()
    page.text(64, 330, "Stores under review", 64)
    page.box(1040, 0, 240, 720)
    assert balance(page.facts()).value == 1.0


def drawn(rows, height=2):
    """A picture with strokes like lines of text."""
    picture = np.full((720, 1280, 3), 255, np.uint8)
    for y in rows:
        for x in range(64, 1216, 12):
            picture[y : y + height * 8, x : x + 6] = 30
    return picture


def test_whitespace_wants_content_and_no_wall():
    assert whitespace(np.full((720, 1280, 3), 255, np.uint8)).value == 0.0
    assert whitespace(np.full((720, 1280, 3), 37, np.uint8)).value == 0.0
    assert whitespace(drawn([60])).value < 0.7
    assert whitespace(drawn([60, 200, 300, 400, 500])).value == 1.0
    walls = [whitespace(drawn(range(40, 690, step))).value for step in (140, 80, 50, 34)]
    assert walls == sorted(walls, reverse=True)
    assert walls[0] == 1.0
    assert walls[-1] <= 0.4


def test_the_scaled_measure_is_near_the_published_one():
    """AeSlides' kernels at full size, written out; the scaled ones may differ by a little."""
    import cv2

    for picture in (drawn([60]), drawn([60, 200, 300]), drawn(range(100, 600, 60))):
        grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32), (21, 21), 0)
        mean = cv2.boxFilter(grey, -1, (201, 151), borderType=cv2.BORDER_REFLECT)
        square = cv2.boxFilter(grey**2, -1, (201, 151), borderType=cv2.BORDER_REFLECT)
        level = np.minimum(np.sqrt(np.maximum(square - mean**2, 0)), 50) / 50 > 0.05
        published = level[int(720 * 0.15) : int(720 * 0.9), int(1280 * 0.1) : int(1280 * 0.9)].mean()
        assert content_ratio(picture) == pytest.approx(published, abs=0.03)


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)]
)
def test_no_picture_is_refused(wrong):
    for measure in (whitespace, content_ratio, ink_share):
        with pytest.raises(UsageError, match="uint8"):
            measure(wrong)


# -- type


@pytest.mark.parametrize(
    ("part", "fields"),
    [
        ("floor", [{"font_px": size} for size in (26.0, 16.0, 13.0, 11.0)]),
        ("giant", [{"font_px": size} for size in (26.0, 110.0, 140.0)]),
        ("measure", [{"text": "margin " + "x " * count} for count in (10, 50, 60, 70)]),
        ("leading", [{"lines": ((64, 300, 700, 330), (64, y, 700, y + 30))} for y in (340, 325, 323)]),
    ],
)
def test_each_fault_of_type_lowers_its_part(part, fields):
    pages = [changed(bullets(), says("slipped"), **values) for values in fields]
    levels = falls(type_scale, pages)
    assert type_scale(pages[0]).parts[part] == 1.0
    assert type_scale(pages[-1]).parts[part] < 0.8
    assert levels[-1] <= 0.9


def test_the_title_stands_out():
    levels = falls(
        type_scale, [changed(bullets(), says("promotions"), font_px=size) for size in (40.0, 30.0, 26.0)]
    )
    assert levels[-1] == 0.0
    assert type_scale(changed(bullets(), says("promotions"), contrast=1.0)).value == 0.0


def test_few_sizes_and_families():
    def sized(count):
        return changed(
            bullets(["a text of words"] * 4),
            says("a text"),
            font_px=lambda block: 20 + block.paint * 2.0 if block.paint - 2 < count else 26.0,
        )

    assert type_scale(sized(0)).value == 1.0
    crowd = Page()
    title(crowd)
    for row in range(9):
        crowd.text(64, 130 + 58 * row, "A text of some words", 16 + 2.5 * row, family=f"Face {row % 4}")
    score = type_scale(crowd.facts())
    assert score.parts["sizes"] == 0.0
    assert 0.0 <= score.parts["families"] < 0.4


def test_a_footer_may_be_small():
    assert type_scale(changed(bullets(), says("Pellworth"), font_px=12.0)).value == 1.0
    assert type_scale(changed(bullets(), says("margin"), font_px=12.0)).value < 0.8


# -- spacing


def test_uneven_gaps():
    third = {cards().blocks.index(block) for block in cards().blocks if block.kind == "box"}
    last = cards().blocks[max(third)]
    falls(spacing, [moved(cards(), lambda block: block == last, dx=dx) for dx in (0, 2, 8, 20)])


def test_text_at_the_edge_of_its_card():
    def padded(pad):
        page = Page()
        title(page)
        card = page.box(64, 200, 400, 200)
        page.text(64 + pad, 240, "A text in a card", 24, parent=card)
        return page.facts()

    falls(spacing, [padded(pad) for pad in (32, 8, 4, 0)])


# -- consistency


def deck():
    return [bullets(number=number) for number in range(6)]


def test_a_deck_of_one_make():
    assert consistency(deck()).value == 1.0
    assert consistency([*deck(), cards(), chart(), bullets()]).value == 1.0
    assert consistency([bullets()]).value == 1.0


def test_an_empty_deck_is_not_consistent():
    assert consistency([]).value == consistency([empty(), empty()]).value == 0.0


@pytest.mark.parametrize(
    "change",
    [
        lambda page: moved(page, says("promotions"), dx=40, dy=20),
        lambda page: changed(page, says("promotions"), font_px=52.0),
        lambda page: changed(page, lambda block: True, family=lambda block: f"Face {block.paint % 3}"),
        lambda page: changed(page, says("Pellworth", "2", "3"), contrast=1.0),
    ],
)
def test_slides_that_differ_lower_it(change):
    pages = deck()
    levels = [consistency([*pages[:2], *map(change, pages[2:k]), *pages[k:]]).value for k in (2, 3, 4)]
    assert levels[0] == 1.0
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] <= 0.9


def test_cover_and_closing_may_differ():
    odd = moved(bullets(), says("promotions"), dx=200, dy=300)
    assert consistency([odd, *deck(), odd]).value == 1.0


def test_a_rainbow_is_no_palette():
    def coloured(count):
        page = Page()
        title(page)
        for column in range(count):
            hue = column / max(count, 1)
            rgb = tuple(
                int(255 * max(0.0, min(1.0, abs((hue + k) % 1 * 6 - 3) - 1))) for k in (0, 2 / 3, 1 / 3)
            )
            page.box(64 + 90 * column, 300, 80, 200, background=rgb)
        page.text(
            64, 200, "some words that make this page one of the content slides and no mere divider at all", 24
        )
        footer(page)
        return page.facts()

    falls(lambda pages: consistency([pages] * 3), [coloured(count) for count in (3, 7, 11)])


def test_clip_is_what_the_canvas_shows():
    assert clip((-10.0, 0.0, 2000.0, 10.0)) == (0.0, 0.0, 1280, 10.0)
