"""The themes of slides: a palette's tokens become a style sheet.

Layouts and free HTML share the style sheet: tokens as CSS custom properties, and a few classes.
"""

__all__ = ["THEMES", "Theme", "stylesheet"]

from dataclasses import fields

from .slide_palettes import THEMES, Theme
from .slide_styles import BASE_CSS, HOLD_CSS, TITLE_CSS

TILE_PX = 240
TILES_ACROSS = 2
CORNERS = {"nw": "0 0", "ne": "100% 0", "sw": "0 100%", "se": "100% 100%"}


def stylesheet(theme: Theme) -> str:
    """CSS of a theme: its tokens as custom properties of the root, and the classes of layouts.

    Free HTML may use both: `var(--paper)`, `--ink`, `--muted`, `--line`, `--panel`, `--accent`, `--accent-2`,
    `--positive`, `--negative`, `--on-accent`, `--display`, `--body`; `.page`, `.title`, `.main`, `.panel`,
    `.card`, `.muted`, `.source`.
    """
    colours = "".join(
        f"--{field.name.replace('_', '-')}:{value};"
        for field in fields(theme)
        if isinstance(value := getattr(theme, field.name), str) and value.startswith("#")
    )
    tokens = (
        f"#slide{{{colours}--display:'{theme.display_font}',sans-serif;--body:'{theme.body_font}',sans-serif;"
        f"--ds:{theme.display_scale:g};--radius:{theme.radius_px}px;--bar-radius:{theme.bar_radius_px}px;"
        f"--art:{_art(theme)}}}"
    )
    return tokens + BASE_CSS + HOLD_CSS[theme.hold] + TITLE_CSS[theme.opening]


def _art(theme: Theme) -> str:
    """The tiles of the cover as layers of one CSS background."""
    layers = []
    for index, tile in enumerate(theme.art):
        shape, colour, ground = tile.split()
        row, column = divmod(index, TILES_ACROSS)
        place = f"{column * TILE_PX}px {row * TILE_PX}px"
        tint, base = (f"var(--{token.replace('_', '-')})" for token in (colour, ground))
        layers += [f"{_shape(shape, tint)} {place}"]
        if shape != "full":
            layers += [f"linear-gradient({base},{base}) {place}"]
    return ",".join(layers)


def _shape(shape: str, tint: str) -> str:
    """A shape of a tile as a gradient with hard stops (half a px of ramp against steps)."""
    if shape in CORNERS:
        return f"radial-gradient(circle at {CORNERS[shape]},{tint} 239.5px,transparent 240.5px)"
    return {
        "disc": f"radial-gradient(circle,{tint} 79.5px,transparent 80.5px)",
        "ring": f"radial-gradient(circle,transparent 55.5px,{tint} 56.5px 95.5px,transparent 96.5px)",
        "full": f"linear-gradient({tint},{tint})",
        "rise": f"linear-gradient(135deg,transparent calc(50% - .5px),{tint} calc(50% + .5px))",
        "fall": f"linear-gradient(45deg,transparent calc(50% - .5px),{tint} calc(50% + .5px))",
        "rows": f"repeating-linear-gradient({tint} 0 8px,transparent 8px 24px)",
        "columns": f"repeating-linear-gradient(90deg,{tint} 0 8px,transparent 8px 24px)",
        "half": f"linear-gradient({tint} 50%,transparent 50%)",
    }[shape]
