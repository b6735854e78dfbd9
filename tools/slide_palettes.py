"""The palettes of slides: colours, typefaces and the art of covers.

Data only. Every pair of colours in which a text is set has a WCAG contrast of at least 4.5; families are
shipped ones, for the browser has no other.
"""

__all__ = ["THEMES", "Theme"]

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Theme:
    """Tokens of a theme; colours are `#rrggbb`."""

    name: str
    """As the agent calls it."""
    paper: str
    """Ground of a slide."""
    ink: str
    """Text."""
    muted: str
    """Lesser text: notes, footers, labels."""
    line: str
    """Hairlines and grids."""
    panel: str
    """Ground of cards and of set-off text."""
    quiet: str
    """Bars that are not the point."""
    accent: str
    """What the eye shall find first, as text and as ground."""
    accent_2: str
    """A second voice beside the accent."""
    positive: str
    """Gains."""
    negative: str
    """Losses."""
    on_accent: str
    """Text on the accent."""
    cover: str
    """Ground of title, section and closing slides."""
    on_cover: str
    """Text on the cover."""
    cover_muted: str
    """Lesser text on the cover."""
    cover_accent: str
    """Accent on the cover."""
    cover_line: str
    """Hairlines on the cover."""
    display_font: str
    """Family of titles and large numbers."""
    body_font: str
    """Family of everything else."""
    display_scale: float
    """What the display family is enlarged by, for families that run small."""
    radius_px: int
    """Of cards."""
    bar_radius_px: int
    """Of bars."""
    hold: Literal["panel", "rule"]
    """Whether cards are filled grounds, or open under a rule."""
    opening: Literal["bar", "rule", "band", "hairline", "none"]
    """What marks the title of a content slide."""
    art: tuple[str, ...]
    """Six tiles of the cover, two across: shape, colour and ground as tokens, `nw accent panel`."""


_ALL = (
    Theme(
        name="clean",
        paper="#ffffff",
        ink="#101828",
        muted="#55627a",
        line="#dfe4ec",
        panel="#f2f5fa",
        quiet="#b4c2dc",
        accent="#1f4fd8",
        accent_2="#0e7490",
        positive="#0b7a4b",
        negative="#c42b2b",
        on_accent="#ffffff",
        cover="#ffffff",
        on_cover="#101828",
        cover_muted="#55627a",
        cover_accent="#1f4fd8",
        cover_line="#dfe4ec",
        display_font="Inter",
        body_font="Inter",
        display_scale=1.0,
        radius_px=12,
        bar_radius_px=4,
        hold="panel",
        opening="bar",
        art=(
            "se quiet panel",
            "nw accent quiet",
            "disc accent panel",
            "sw ink accent",
            "ne accent panel",
            "rows quiet panel",
        ),
    ),
    Theme(
        name="ink",
        paper="#ffffff",
        ink="#0c0c0c",
        muted="#595959",
        line="#cfcfcf",
        panel="#f3f3f1",
        quiet="#bdbdb9",
        accent="#c8161d",
        accent_2="#0c0c0c",
        positive="#1d6b3c",
        negative="#0c0c0c",
        on_accent="#ffffff",
        cover="#0c0c0c",
        on_cover="#ffffff",
        cover_muted="#b9b9b5",
        cover_accent="#ff6a5e",
        cover_line="#3a3a3a",
        display_font="Barlow Condensed",
        body_font="Inter",
        display_scale=1.1,
        radius_px=0,
        bar_radius_px=0,
        hold="rule",
        opening="rule",
        art=(
            "full accent accent",
            "columns paper ink",
            "nw paper ink",
            "full accent accent",
            "disc accent paper",
            "se paper accent",
        ),
    ),
    Theme(
        name="night",
        paper="#0e1526",
        ink="#f1f4fb",
        muted="#a3b0c9",
        line="#2b3752",
        panel="#18223b",
        quiet="#44557c",
        accent="#5fe0c6",
        accent_2="#ffc65c",
        positive="#5fe0a0",
        negative="#ff9187",
        on_accent="#0b1a20",
        cover="#0e1526",
        on_cover="#f1f4fb",
        cover_muted="#a3b0c9",
        cover_accent="#5fe0c6",
        cover_line="#2b3752",
        display_font="Inter",
        body_font="Inter",
        display_scale=1.0,
        radius_px=16,
        bar_radius_px=6,
        hold="panel",
        opening="none",
        art=(
            "se quiet panel",
            "sw accent panel",
            "ring accent_2 panel",
            "ne quiet paper",
            "ne accent paper",
            "columns quiet panel",
        ),
    ),
    Theme(
        name="forest",
        paper="#faf8f1",
        ink="#16291f",
        muted="#55635a",
        line="#d9dccb",
        panel="#ecefe1",
        quiet="#b3c3a9",
        accent="#1e5b40",
        accent_2="#8a5a10",
        positive="#1e6b40",
        negative="#b0301c",
        on_accent="#fbfaf2",
        cover="#143c2b",
        on_cover="#fbfaf2",
        cover_muted="#b9cdb9",
        cover_accent="#f0c15a",
        cover_line="#2f5a45",
        display_font="Source Serif 4",
        body_font="Inter",
        display_scale=1.0,
        radius_px=4,
        bar_radius_px=2,
        hold="panel",
        opening="band",
        art=(
            "se quiet cover",
            "sw cover_accent cover",
            "ne cover_line cover",
            "nw quiet cover_line",
            "rise cover_line cover",
            "ne cover_accent quiet",
        ),
    ),
    Theme(
        name="coral",
        paper="#fffaf5",
        ink="#2c1430",
        muted="#6d5870",
        line="#f0dfd6",
        panel="#fdeee6",
        quiet="#f3bfae",
        accent="#c8371f",
        accent_2="#6b2a7b",
        positive="#1a7350",
        negative="#6b2a7b",
        on_accent="#ffffff",
        cover="#b02d17",
        on_cover="#ffffff",
        cover_muted="#ffe0d4",
        cover_accent="#ffe6a3",
        cover_line="#cc5a44",
        display_font="Inter",
        body_font="Inter",
        display_scale=1.0,
        radius_px=24,
        bar_radius_px=10,
        hold="panel",
        opening="none",
        art=(
            "disc cover_accent ink",
            "se quiet accent_2",
            "ne panel quiet",
            "sw ink panel",
            "nw accent_2 panel",
            "ring panel ink",
        ),
    ),
    Theme(
        name="editorial",
        paper="#f8f3e9",
        ink="#1f1a17",
        muted="#665c52",
        line="#d8cdbb",
        panel="#efe7d8",
        quiet="#cbbda4",
        accent="#8b1e2d",
        accent_2="#2b4a5e",
        positive="#33623b",
        negative="#2b4a5e",
        on_accent="#fdf8ef",
        cover="#f8f3e9",
        on_cover="#1f1a17",
        cover_muted="#665c52",
        cover_accent="#8b1e2d",
        cover_line="#d8cdbb",
        display_font="Source Serif 4",
        body_font="Source Serif 4",
        display_scale=1.0,
        radius_px=0,
        bar_radius_px=0,
        hold="rule",
        opening="hairline",
        art=(
            "rows line paper",
            "nw accent paper",
            "ne quiet paper",
            "half ink panel",
            "full accent accent",
            "columns line paper",
        ),
    ),
    Theme(
        name="slate",
        paper="#e8ecf0",
        ink="#1b2733",
        muted="#4c5b6a",
        line="#cbd4dc",
        panel="#ffffff",
        quiet="#a9b8c5",
        accent="#0f5c7a",
        accent_2="#a8480a",
        positive="#17683f",
        negative="#b3261e",
        on_accent="#ffffff",
        cover="#1b2733",
        on_cover="#f4f7fa",
        cover_muted="#b4c3d0",
        cover_accent="#ffb169",
        cover_line="#3a4b5b",
        display_font="Barlow Condensed",
        body_font="Inter",
        display_scale=1.1,
        radius_px=6,
        bar_radius_px=2,
        hold="panel",
        opening="band",
        art=(
            "rise cover_line cover",
            "full accent accent",
            "columns cover_line cover",
            "fall cover_accent cover_line",
            "full cover_accent cover_accent",
            "rise accent cover",
        ),
    ),
)

THEMES: Mapping[str, Theme] = {theme.name: theme for theme in _ALL}
"""Name -> theme."""
