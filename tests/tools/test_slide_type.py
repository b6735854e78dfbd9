"""The measures of type: never less than the browser takes, in any theme."""

import pytest

from eyesmith.tools.slide_layouts import document
from eyesmith.tools.slide_text import (
    SlideMistake,
    cleaned,
    fitted,
    is_figure,
    of_number,
    parts_of,
    with_minus,
)
from eyesmith.tools.slide_themes import THEMES
from eyesmith.tools.slide_type import TOO_MANY_LINES, first_that_fits, line_count, width_px

SENTENCES = [
    "Revenue of the northern stores rose by 6.8% on last year to £58.1 million.",
    "1,111 and 9,999 and 30 November 2026",
    "WAVE AVATAR To Ty “quoted” (brackets) & more…",
    "Größe, Straße, façade, Škoda €19.90",
    "→ ✓ 日本語 Ελλάδα emoji 😀 done",
]
ROLES = {"display": ("--display", 700), "body": ("--body", 400), "strong": ("--body", 600)}


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["clean", "slate", "editorial", "forest"])
@pytest.mark.parametrize("role", ROLES)
def test_a_width_is_never_less_than_the_browser_draws(theme: str, role) -> None:
    from eyesmith.tools.browser import shared_renderer

    variable, weight = ROLES[role]
    scale = "*var(--ds)" if role == "display" else ""
    lines = "".join(
        f'<p style="white-space:nowrap;font:{weight} calc(20px{scale})/1.5 var({variable})">{text}</p>'
        for text in SENTENCES
    )
    shown = shared_renderer().render(document(f'<div style="padding:20px">{lines}</div>', THEMES[theme]))
    drawn: dict[int, float] = {}
    for block in shown.page.blocks:
        if block.kind == "text" and block.text.strip():
            drawn[block.group] = max(drawn.get(block.group, 0.0), block.box[2] - 20)
    assert len(drawn) == len(SENTENCES)
    for text, wide in zip(SENTENCES, drawn.values(), strict=True):
        assert wide <= width_px(text, 20, role) + 0.5, text


@pytest.mark.browser
def test_lines_are_never_fewer_than_the_browser_takes() -> None:
    from eyesmith.tools.browser import shared_renderer

    text = " ".join(SENTENCES[:4])
    for theme in ("clean", "editorial"):
        for room in (180, 300, 520):
            styled = f'<p style="width:{room}px;font:400 22px/1.3 var(--body)">{text}</p>'
            page = shared_renderer().render(document(styled, THEMES[theme])).page
            rows = {round(line[1]) for block in page.blocks if block.kind == "text" for line in block.lines}
            assert len(rows) <= line_count(text, 22, "body", room)


def test_width_grows_with_size_and_text() -> None:
    assert width_px("sales", 40, "body") == pytest.approx(2 * width_px("sales", 20, "body"))
    assert width_px("sales rose", 20, "body") > width_px("sales", 20, "body")
    assert width_px("1", 20, "body") == width_px("8", 20, "body")  # tabular
    assert width_px("", 20, "strong") == 0.0


def test_lines_by_hand() -> None:
    wide = width_px("word", 20, "body")
    assert line_count("word", 20, "body", wide + 1) == 1
    assert line_count("word word word", 20, "body", wide + 1) == 3
    assert line_count("", 20, "body", 100) == 1
    assert line_count("September", 20, "body", wide) == TOO_MANY_LINES
    assert line_count("w" * 60, 20, "body", 100) < TOO_MANY_LINES


def test_the_first_size_that_fits() -> None:
    assert first_that_fits((30, 20, 10), lambda size: size < 25) == 20
    assert first_that_fits((30, 20), lambda size: False) is None


def test_a_text_that_does_not_fit_is_named_with_its_room() -> None:
    with pytest.raises(
        SlideMistake, match=r"^block 2 does not fit: it has 8 characters, about 5 fit there: 'abcdefgh'"
    ):
        fitted(
            [("block 1", "abc"), ("block 2", "abcdefgh")],
            lambda text, size: len(text) <= 100 / size,
            (30, 20),
        )


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a\tb\n c", "a b c"),
        ("a\x00b\x1bc", "abc"),
        ("a\u202eb\u200bc\ufeff", "abc"),
        ("\ud800x", "x"),
        ("x\u00ady", "xy"),
        ("  ", ""),
    ],
)
def test_control_and_direction_characters_are_left_out(text: str, plain: str) -> None:
    assert cleaned(text) == plain


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("-12", -12),
        ("\u221212.5", -12.5),
        ("-£238,000", -238000),
        ("£-238,000", -238000),
        ("EUR 8.4 million", 8.4),
        (".5", 0.5),
        ("1 240", 1240),
        ("1'240.5", 1240.5),
        ("12.", 12),
        ("1,2,3", None),
        ("May 2027", None),
        ("about 4", None),
        ("", None),
        ("-", None),
    ],
)
def test_numbers(text: str, number: float | None) -> None:
    assert of_number(text) == number


@pytest.mark.parametrize(
    ("text", "is_one"), [("12%", True), ("-£2 m", True), ("3 of 4", False), ("soon", False)]
)
def test_figures(text: str, is_one: bool) -> None:
    assert is_figure(text) is is_one


def test_minus_signs() -> None:
    assert with_minus("-3 - 2, a-1, 2024-25, (-4), -£5") == "\u22123 - 2, a-1, 2024-25, (\u22124), \u2212£5"


def test_parts() -> None:
    assert parts_of("a | b | c | d", 3) == ["a", "b", "c | d"]
    assert parts_of("a", 3) == ["a"]
