"""Hand-made palettes and typefaces of wall displays."""

__all__ = ["THEMES", "Theme"]

from dataclasses import dataclass

from .dashboard_canvas import Colour, blend, hex_colour

FINE_SHARE = 0.55


@dataclass(frozen=True)
class Theme:
    """Colours and type of a wall.

    Args:
        name: its name.
        page: ground.
        card: ground of a panel.
        edge: border of a panel.
        shadow: what the page fades to beneath a panel.
        ink: titles.
        soft: text.
        faint: captions.
        grid: hairlines.
        band: zebra stripes and tracks.
        good: colour of a good state.
        warn: of a doubtful one.
        bad: of a bad one.
        series: accent first, then quieter companions.
        face: typeface of the titles.
        weight: its weight.
        title_px: em size that gives capitals of at least 36 px.
        radius: of a panel's corners, px.
    """

    name: str
    page: Colour
    card: Colour
    edge: Colour
    shadow: Colour
    ink: Colour
    soft: Colour
    faint: Colour
    grid: Colour
    band: Colour
    good: Colour
    warn: Colour
    bad: Colour
    series: tuple[Colour, ...]
    face: str
    weight: int
    title_px: int
    radius: int

    @property
    def fine(self) -> Colour:
        """Small print: as quiet as a good reader bears, so that a shrunken view keeps nothing of it."""
        return blend(self.card, self.ink, FINE_SHARE)


def _theme(name: str, colours: str, series: str, face: str, weight: int, title_px: int, radius: int) -> Theme:
    page, card, edge, shadow, ink, soft, faint, grid, band, good, warn, bad = map(hex_colour, colours.split())
    companions = tuple(hex_colour(colour) for colour in series.split())
    return Theme(
        name, page, card, edge, shadow, ink, soft, faint, grid, band, good, warn, bad,
        companions, face, weight, title_px, radius,
    )  # fmt: skip


THEMES = (
    _theme(
        "daylight",
        "#f4f5f8 #ffffff #e3e6ec #dfe3ea #0f172a #46526a #7d889b #edeff4 #f7f8fb #17976a #d98a1f #d6455d",
        "#3a63f0 #14b8b0 #8aa4f7 #b9c6d8 #f0a45b #6d7b95",
        "Inter", 600, 50, 22,
    ),
    _theme(
        "midnight",
        "#0a0d14 #121722 #232b3a #070a10 #eef2f8 #aab5c6 #76839a #1d2432 #171d2a #37c99a #e9b04a #f0647a",
        "#4fd1c5 #7c8cf8 #2b8f8a #4a5a78 #e9a15f #93a1b8",
        "Inter", 600, 50, 18,
    ),
    _theme(
        "paper",
        "#f1eadd #fbf7ee #e2d8c5 #e4dac8 #2a2118 #5c5142 #8d7f6b #ece3d3 #f5efe2 #4c8a5f #c98a2b #b8452f",
        "#bf5530 #35695c #dca27c #c9bca2 #7a8c6a #8f7a5f",
        "SourceSerif4", 700, 56, 12,
    ),
    _theme(
        "control room",
        "#12161a #1a2026 #2c353d #0d1013 #f3f1ea #b3bbc0 #7f8b93 #262e35 #1f262d #6cc08b #f2b13c #ec6a52",
        "#f2b13c #5aa9c9 #a87f38 #52616c #d9dcd6 #8796a0",
        "BarlowCondensed", 700, 56, 8,
    ),
)  # fmt: skip
