"""The charts: bars as long as their numbers, labels that never overlap, nothing that no one said."""

import re
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.tools.slide_layouts import SlideMistake, compose
from eyesmith.tools.slide_type import width_px

HEADLINE = "A chart"
MONTHS = ("January", "February", "March", "April", "May", "June", "September", "December")
TALL, MARGIN_PX = 0.72, 0.5  # of a capital or figure, em


def numbers_of(tag: str) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in re.findall(r' (x1?|y1?|x2|y2|cx|cy|r|width|height)="([-\d.]+)"', tag)
    }


def bars_of(inner: str) -> list[tuple[str, dict[str, float]]]:
    return [(kind, numbers_of(tag)) for tag, kind in re.findall(r'(<rect class="(bar[^"]*)"[^>]*>)', inner)]


def texts_of(inner: str) -> list[tuple[str, str, tuple[float, float, float, float]]]:
    """Class, words and box of each text of the drawing."""
    found = []
    pattern = (
        r'<text class="([^"]*)" x="([-\d.]+)" y="([-\d.]+)" font-size="(\d+)" text-anchor="(\w+)">([^<]*)<'
    )
    for kind, x, y, size, anchor, words in re.findall(pattern, inner):
        wide = width_px(words, int(size), "strong" if "number" in kind else "body")
        left = float(x) - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
        found.append((kind, words, (left, float(y) - TALL * int(size), left + wide, float(y))))
    return found


def size_of(inner: str) -> tuple[float, float]:
    found = re.search(r'<svg class="drawn" width="(\d+)" height="(\d+)"', inner)
    return float(found[1]), float(found[2])


def check_places(inner: str) -> None:
    width, height = size_of(inner)
    texts = texts_of(inner)
    assert texts
    for _, words, (x0, y0, x1, y1) in texts:
        assert x0 >= -MARGIN_PX, words
        assert x1 <= width + MARGIN_PX, words
        assert y0 >= -MARGIN_PX, words
        assert y1 <= height + MARGIN_PX, words
    for (_, one, a), (_, other, b) in combinations(texts, 2):
        is_apart = (
            a[2] <= b[0] + MARGIN_PX or b[2] <= a[0] + MARGIN_PX or a[3] <= b[1] + 1 or b[3] <= a[1] + 1
        )
        assert is_apart, f"{one!r} overlaps {other!r}"


def drawn(layout: str, *rows: str) -> str:
    return compose(layout, HEADLINE, list(rows))


def test_columns_are_as_tall_as_their_numbers() -> None:
    bars = bars_of(drawn("bars", "July | 10", "August | 20", "September | 5"))
    heights = [bar["height"] for _, bar in bars]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)
    assert heights[2] == pytest.approx(heights[0] / 2, abs=0.2)
    assert len({bar["y"] + bar["height"] for _, bar in bars}) <= 2  # one ground, to rounding
    assert len({bar["width"] for _, bar in bars}) == 1
    assert [kind for kind, _ in bars] == ["bar", "bar top", "bar"]


def test_losses_hang_below_the_line() -> None:
    inner = drawn("bars", "Garsby | -238", "Ebbing | 119", "Marsh | 0")
    (low_kind, low), (_, high), (_, none) = bars_of(inner)
    axis = numbers_of(re.search(r'<line class="axis"[^>]*>', inner)[0])
    assert low_kind == "bar minus"
    assert low["y"] == pytest.approx(axis["y1"], abs=0.2)
    assert high["y"] + high["height"] == pytest.approx(axis["y1"], abs=0.2)
    assert low["height"] == pytest.approx(2 * high["height"], abs=0.2)
    assert none["height"] == 1.0
    assert "\u2212238" in inner
    assert "-238" not in re.sub(r"<[^>]*>", "", inner)


def test_of_losses_alone_the_greatest_is_set_off() -> None:
    inner = drawn("bars", "One | -1", "Two | -3", "Three | -2")
    assert [words for kind, words, _ in texts_of(inner) if kind == "number top"] == ["\u22123"]


def test_long_labels_turn_the_bars() -> None:
    rows = [f"Northern region {name} | {number}" for number, name in enumerate(MONTHS, 1)]
    inner = drawn("bars", *rows, "note: One takeaway")
    bars = [bar for _, bar in bars_of(inner)]
    assert len({bar["x"] for bar in bars}) == 1
    assert bars[7]["width"] == pytest.approx(8 * bars[0]["width"], rel=0.01)
    check_places(inner)


def test_points_stand_at_heights_of_their_numbers() -> None:
    inner = drawn("line", "2024 | 10", "2025 | 30", "2026 | 20")
    dots = [numbers_of(tag) for tag in re.findall(r'<circle class="dot[^>]*>', inner)]
    assert dots[1]["cy"] < dots[2]["cy"] < dots[0]["cy"]
    assert dots[2]["cy"] == pytest.approx((dots[0]["cy"] + dots[1]["cy"]) / 2, abs=0.2)
    assert dots[1]["cx"] - dots[0]["cx"] == pytest.approx(dots[2]["cx"] - dots[1]["cx"], abs=0.2)
    assert [dot["r"] for dot in dots] == [7, 7, 9]
    path = re.search(r'class="curve" points="([^"]*)"', inner)[1]
    assert path == " ".join(f"{dot['cx']:.1f},{dot['cy']:.1f}" for dot in dots)


def test_a_flat_line_and_bars_of_nothing_can_be_drawn() -> None:
    check_places(drawn("line", "2024 | 10", "2025 | 10", "2026 | 10"))
    check_places(drawn("line", "2024 | 0", "2025 | 0", "2026 | 0"))
    check_places(drawn("bars", "2024 | 0", "2025 | 0", "2026 | 0"))


def test_the_area_is_filled_only_above_zero() -> None:
    assert "polygon" in drawn("line", "2024 | 1", "2025 | 30", "2026 | 20")
    assert "polygon" not in drawn("line", "2024 | 28", "2025 | 30", "2026 | 29")
    assert "polygon" not in drawn("line", "2024 | -1", "2025 | 30", "2026 | 20")


def test_unit_note_and_source_stand_where_they_belong() -> None:
    inner = drawn("bars", "unit: EUR m", "A | 1", "B | 2", "note: Twice as much", "C | 3", "Source: Report")
    assert '<p class="source">EUR m</p>' in inner
    assert '<p class="source">Source: Report</p>' in inner
    assert "<p>Twice as much</p></div>" in inner
    assert len(bars_of(inner)) == 3


def test_a_percent_sign_joins_its_number() -> None:
    inner = drawn("bars", "A | 1", "B | 2.5%", "C | 3", "unit: %")
    assert [words for kind, words, _ in texts_of(inner) if "number" in kind] == ["1%", "2.5%", "3%"]
    assert "<p" not in inner


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1,240", 1240),
        ("£18.9", 18.9),
        ("EUR 18.9 m", 18.9),
        ("+3", 3),
        ("8,4", 8.4),
        ("1.234,5", 1234.5),
        ("12%", 12),
    ],
)
def test_numbers_are_read_as_people_write_them(written: str, number: float) -> None:
    bars = [bar for _, bar in bars_of(drawn("bars", f"A | {written}", f"B | {number / 2}", "C | 0"))]
    assert bars[0]["height"] == pytest.approx(2 * bars[1]["height"], abs=0.3)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["A | 1", "B | 2", "C"], r"takes \"label \| number\", such as .*; 'C' is none"),
        (["A | 1", "B | 2", "C | few"], r"'C \| few' is none"),
        (["A | 1", "B | 2", " | 3"], r"is none"),
        (["A | 1", "B | 2", "C | 1" + "0" * 400], r"is none"),
        (["A | 1", "B | 2", "unit: x"], r"takes 3 to 8 of .*, 2 came"),
        ([f"{name} | 1" for name in [*MONTHS, "More"]], r"takes 3 to 8 of .*, 9 came"),
        (["A | 1", "B | 2", "C | 3", "note: " + "long " * 110], r"the note does not fit"),
        (["A | 1", "B | 2", "C | 3", "source: " + "long " * 110], r"the source does not fit"),
    ],
)
@pytest.mark.parametrize("layout", ["bars", "line"])
def test_a_mistake_says_what_to_send(layout: str, rows: list[str], words: str) -> None:
    with pytest.raises(SlideMistake, match=words):
        compose(layout, HEADLINE, rows)


def test_labels_too_long_for_a_line() -> None:
    with pytest.raises(SlideMistake, match=r"the label 'Unbreakable.*' does not fit.*about \d+ fit"):
        drawn("line", *[f"Unbreakablelabelofit{n} | {n}" for n in range(8)], "note: A note")
    with pytest.raises(SlideMistake, match=r"the number '1234567890 million' does not fit"):
        drawn("line", *[f"{name} | 1234567890 million" for name in MONTHS], "note: A note")


LABELS = st.text(st.sampled_from("abcdefgmnorstuvwxyzABCMW  "), min_size=1, max_size=18).filter(str.strip)
NUMBERS = st.one_of(
    st.integers(-9999, 9999).map(str), st.decimals(-500, 500, places=1).map(str), st.integers(0, 99).map(str)
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["bars", "line"]),
    st.lists(st.tuples(LABELS, NUMBERS), min_size=3, max_size=8),
    st.sampled_from([(), ("note: Promotions lifted sales",), ("unit: EUR m", "source: Annual report")]),
)
def test_labels_never_overlap_and_stay_inside(layout: str, rows: list, extras: tuple) -> None:
    try:
        inner = drawn(layout, *[f"{label} | {number}" for label, number in rows], *extras)
    except SlideMistake as mistake:
        told = str(mistake)
    else:
        check_places(inner)
        return
    assert layout == "line"
    assert "does not fit" in told


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-500, 500), min_size=3, max_size=8))
def test_the_line_crosses_no_number(numbers: list[int]) -> None:
    inner = drawn("line", *[f"{name} | {number}" for name, number in zip(MONTHS, numbers, strict=False)])
    path = re.search(r'class="curve" points="([^"]*)"', inner)[1]
    points = [tuple(map(float, point.split(","))) for point in path.split()]
    for kind, words, (x0, y0, x1, y1) in texts_of(inner):
        if "number" not in kind:
            continue
        for (ax, ay), (bx, by) in pairwise(points):
            for step in range(41):
                x, y = ax + (bx - ax) * step / 40, ay + (by - ay) * step / 40
                assert not (x0 < x < x1 and y0 < y < y1), words
