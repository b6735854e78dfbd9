"""The themes: all different, all legible, all of shipped fonts and nothing from outside."""

import re
from itertools import combinations
from typing import get_args

import pytest

from eyesmith.tools.fonts import FACES
from eyesmith.tools.slide_hand import ThemeName
from eyesmith.tools.slide_layouts import compose, document
from eyesmith.tools.slide_themes import THEMES, Theme, stylesheet

MAX_BYTES = 8192
MIN_CONTRAST = 4.5
# Text and ground, of every pair that a layout sets.
PAIRS = [
    ("ink", "paper"),
    ("ink", "panel"),
    ("muted", "paper"),
    ("muted", "panel"),
    ("accent", "paper"),
    ("accent", "panel"),
    ("accent_2", "paper"),
    ("accent_2", "panel"),
    ("positive", "paper"),
    ("positive", "panel"),
    ("negative", "paper"),
    ("negative", "panel"),
    ("on_accent", "accent"),
    ("on_cover", "cover"),
    ("cover_muted", "cover"),
    ("cover_accent", "cover"),
]

LOOKS = ("paper", "ink", "panel", "cover", "display_font", "body_font", "radius_px", "opening", "hold")


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_hand_offers_all_themes() -> None:
    assert set(get_args(ThemeName)) == set(THEMES)
    assert len(THEMES) >= 6
    assert all(theme.name == name for name, theme in THEMES.items())


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_every_text_has_contrast(theme: Theme, text: str, ground: str) -> None:
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= MIN_CONTRAST


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_bars_stand_out_from_each_other_and_from_the_ground(theme: Theme) -> None:
    assert contrast(theme.quiet, theme.paper) >= 1.35
    assert contrast(theme.accent, theme.quiet) >= 2.0
    assert theme.negative not in (theme.accent, theme.quiet)


def test_themes_are_truly_different() -> None:
    for one, other in combinations(THEMES.values(), 2):
        assert one.accent != other.accent
        assert one.art != other.art
        same = [
            name
            for name in (
                "paper",
                "ink",
                "panel",
                "cover",
                "display_font",
                "body_font",
                "radius_px",
                "opening",
                "hold",
            )
            if getattr(one, name) == getattr(other, name)
        ]
        assert len(same) <= 4, (one.name, other.name, same)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_tokens_are_well_formed(theme: Theme) -> None:
    colours = [value for value in vars(theme).values() if isinstance(value, str) and value.startswith("#")]
    assert len(colours) == 16
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)
    for family in (theme.display_font, theme.body_font):
        assert family.replace(" ", "") in FACES
    assert len(theme.art) == 6
    assert all(hasattr(theme, token) for tile in theme.art for token in tile.split()[1:])


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_the_style_sheet_is_small_and_needs_nothing_from_outside(theme: Theme) -> None:
    css = stylesheet(theme)
    assert len(css.encode()) <= MAX_BYTES
    assert not re.search(r"url|@|http|expression|\\|<", css)
    assert css.count("{") == css.count("}")
    assert css.count("(") == css.count(")")


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_no_style_names_a_token_that_is_not_there(theme: Theme) -> None:
    css = stylesheet(theme)
    set_here = set(re.findall(r"(--[a-z0-9-]+):", css))
    of_layouts = {"--t", "--v", "--d", "--lead", "--top"}
    assert set(re.findall(r"var\((--[a-z0-9-]+)", css)) <= set_here | of_layouts


@pytest.mark.browser
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_the_browser_takes_every_part_of_the_style_sheet(theme: Theme) -> None:
    from eyesmith.tools.browser import shared_renderer

    shown = shared_renderer().render(document(compose("title", "Art", ["of a theme"]), theme))
    assert shown.removed == ()
    tiles = [
        shown.image[row * 240 : (row + 1) * 240, 800 + column * 240 : 800 + (column + 1) * 240]
        for row in range(3)
        for column in range(2)
    ]
    for tile, words in zip(tiles, theme.art, strict=True):
        shape, colour, ground = words.split()
        colours = {colour} if shape == "full" else {colour, ground}
        for token in colours:
            value = getattr(theme, token)
            rgb = [int(value[at : at + 2], 16) for at in (1, 3, 5)]
            assert (tile == rgb).all(axis=-1).mean() > 0.05, (words, token)


@pytest.mark.browser
def test_free_html_may_use_tokens_and_classes() -> None:
    from eyesmith.tools.browser import shared_renderer

    free = (
        '<div class="page"><h1 class="title">Free</h1><div class="main"><div class="card">'
        '<p style="color:var(--accent-2)">A card</p></div></div></div>'
    )
    shown = shared_renderer().render(document(free, THEMES["slate"]))
    blocks = {block.text: block for block in shown.page.blocks if block.kind == "text"}
    assert blocks["Free"].family == "Barlow Condensed"
    assert blocks["A card"].color == (0xA8, 0x48, 0x0A)
    assert blocks["A card"].background == (255, 255, 255)
    assert blocks["A card"].contrast >= MIN_CONTRAST
