"""How a robot's scene looks: table, studio, light, colours of objects.

Names and numbers only; `robot_stage.py` draws them. Looks differ in surface, backdrop, trim and light, never
in where things are.
"""

__all__ = ["COLOURS", "FLOOR_Z_M", "LOOKS", "SURFACES", "TABLE_CENTER_M", "TABLE_SIZE_M", "Look"]

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

Colour = tuple[float, float, float]

TABLE_CENTER_M = (0.34, 0.0)
TABLE_SIZE_M = (1.24, 1.20, 0.04)
FLOOR_Z_M = -0.74
SURFACES = ("oak", "walnut", "felt", "linen")


@dataclass(frozen=True)
class Look:
    """What a scene is drawn with."""

    surface: str
    """Of the table: oak, walnut, felt or linen."""
    backdrop: Colour
    """Of the studio behind it."""
    trim: Colour
    """Of the rings on the arm."""
    sun_azimuth: float
    """Where the key light comes from, degrees from +x, counter-clockwise."""
    warmth: float
    """Of the key light: 0 neutral, 1 warm."""


LOOKS = (
    Look("oak", (0.80, 0.81, 0.82), (0.16, 0.42, 0.55), 50.0, 0.5),
    Look("walnut", (0.83, 0.81, 0.78), (0.82, 0.42, 0.18), 128.0, 0.6),
    Look("felt", (0.79, 0.81, 0.82), (0.20, 0.48, 0.44), 62.0, 0.3),
    Look("linen", (0.77, 0.80, 0.83), (0.78, 0.27, 0.22), 118.0, 0.4),
)

COLOURS: Mapping[str, Colour] = MappingProxyType(
    {
        "red": (0.72, 0.17, 0.14),
        "blue": (0.12, 0.30, 0.62),
        "yellow": (0.90, 0.64, 0.10),
        "green": (0.15, 0.44, 0.25),
        "orange": (0.86, 0.38, 0.10),
        "purple": (0.40, 0.22, 0.50),
        "teal": (0.06, 0.46, 0.48),
        "white": (0.88, 0.86, 0.82),
        "pink": (0.85, 0.46, 0.50),
    }
)
