"""Themes of phone apps: light or dark, accent, density, shapes, faces.

A theme is JSON in an app's state, so that a switch in the app may change it; `Theme` gives it colours. Two
families of manners, after Material 3 and after iOS.
"""

__all__ = ["ACCENTS", "Theme", "draw_theme", "theme_of"]

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from .gui_theme_tones import tone

ACCENTS: dict[str, tuple[float, float]] = {
    "violet": (292.0, 0.19),
    "indigo": (272.0, 0.19),
    "blue": (255.0, 0.18),
    "teal": (195.0, 0.11),
    "green": (152.0, 0.14),
    "olive": (120.0, 0.12),
    "amber": (65.0, 0.14),
    "coral": (32.0, 0.18),
    "rose": (8.0, 0.19),
    "plum": (328.0, 0.17),
}
"""Hue in degrees and chroma of each accent."""
FAMILIES = ("material", "cupertino")
DENSITIES = ("comfortable", "compact")
DISPLAYS = ("Inter", "SourceSerif4", "BarlowCondensed")
CORNERS = {"round": 26, "soft": 18, "tight": 10}


@dataclass(frozen=True)
class Theme:
    """Colours (#rrggbb) and manners that all parts share."""

    name: str
    family: str
    is_dark: bool
    accent_name: str
    density: str
    display: str
    radius: int
    nav: str
    paper: str
    surface: str
    raised: str
    field: str
    ink: str
    muted: str
    faint: str
    line: str
    accent: str
    on_accent: str
    soft: str
    on_soft: str
    danger: str
    on_danger: str
    danger_soft: str
    positive: str
    warning: str
    scrim: str

    @property
    def is_material(self) -> bool:
        """Whether its manners are those of Material 3, not of iOS."""
        return self.family == "material"

    def row(self, comfortable: int) -> int:
        """Height of a row, px: as given, or less where the theme is compact."""
        return comfortable if self.density == "comfortable" else round(comfortable * 0.88)


def draw_theme(rng: np.random.Generator) -> dict[str, Any]:
    """A theme as JSON."""
    family = FAMILIES[int(rng.random() < 0.4)]
    return {
        "family": family,
        "is_dark": bool(rng.random() < 0.4),
        "accent": str(rng.choice(list(ACCENTS))),
        "density": DENSITIES[int(rng.random() < 0.3)],
        "display": DISPLAYS[int(rng.choice(3, p=(0.7, 0.18, 0.12)))] if family == "material" else "Inter",
        "corners": str(rng.choice(list(CORNERS))),
        "nav": "buttons" if family == "material" and rng.random() < 0.4 else "gesture",
    }


def theme_of(data: Mapping[str, Any]) -> Theme:
    """The theme that JSON stands for.

    >>> theme_of({"family": "material", "is_dark": False, "accent": "teal", "density": "compact",
    ...           "display": "Inter", "corners": "soft", "nav": "gesture"}).name
    'light-teal-material-compact'
    """
    return _theme(
        *(data[name] for name in ("family", "is_dark", "accent", "density", "display", "corners", "nav"))
    )


@lru_cache(maxsize=512)
def _theme(
    family: str, is_dark: bool, accent: str, density: str, display: str, corners: str, nav: str
) -> Theme:
    hue, chroma = ACCENTS[accent]
    grey = 0.25 if family == "cupertino" else 1.0  # iOS keeps its greys nearly neutral

    def of(light: tuple[float, float], dark: tuple[float, float], at: float = hue) -> str:
        lightness, colour = dark if is_dark else light
        return tone(lightness, colour, at)

    return Theme(
        name=f"{'dark' if is_dark else 'light'}-{accent}-{family}-{density}",
        family=family,
        is_dark=is_dark,
        accent_name=accent,
        density=density,
        display=display,
        radius=CORNERS[corners],
        nav=nav,
        paper=of((0.975, 0.008 * grey), (0.175, 0.012 * grey)),
        surface=of((1.0, 0.0), (0.225, 0.014 * grey)),
        raised=of((0.945, 0.016 * grey), (0.275, 0.018 * grey)),
        field=of((0.955, 0.012 * grey), (0.265, 0.016 * grey)),
        ink=of((0.22, 0.02 * grey), (0.94, 0.008 * grey)),
        muted=of((0.49, 0.02 * grey), (0.74, 0.014 * grey)),
        faint=of((0.80, 0.014 * grey), (0.46, 0.014 * grey)),
        line=of((0.905, 0.012 * grey), (0.325, 0.014 * grey)),
        accent=of((0.53, chroma), (0.79, chroma * 0.72)),
        on_accent=of((1.0, 0.0), (0.22, chroma * 0.45)),
        soft=of((0.92, chroma * 0.28), (0.37, chroma * 0.45)),
        on_soft=of((0.34, chroma * 0.7), (0.92, chroma * 0.28)),
        danger=of((0.55, 0.2), (0.74, 0.15), 25.0),
        on_danger=of((1.0, 0.0), (0.22, 0.08), 25.0),
        danger_soft=of((0.94, 0.03), (0.34, 0.08), 25.0),
        positive=of((0.55, 0.14), (0.78, 0.14), 150.0),
        warning=of((0.68, 0.15), (0.82, 0.14), 75.0),
        scrim="rgba(0,0,0,.6)" if is_dark else "rgba(20,18,28,.42)",
    )
