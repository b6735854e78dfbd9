"""Tones of a hue: the colours of light and dark interfaces from OKLCH.

OKLCH after Björn Ottosson (2020): equal lightness looks equally light in every hue, so that one table of
tones serves all accents.
"""

__all__ = ["mixed", "rgb", "tone"]

from functools import lru_cache
from math import cos, radians, sin


@lru_cache(maxsize=4096)
def tone(lightness: float, chroma: float, hue: float) -> str:
    """A colour as #rrggbb; chroma is lessened until the colour can be shown.

    Args:
        lightness: 0 (black) to 1 (white).
        chroma: 0 (grey) to about 0.3.
        hue: degrees.

    >>> tone(1.0, 0.0, 0.0), tone(0.0, 0.0, 0.0)
    ('#ffffff', '#000000')
    """
    while True:
        channels = _linear(lightness, chroma, hue)
        if chroma <= 0.0 or all(-0.0005 <= value <= 1.0005 for value in channels):
            return "#" + "".join(f"{_byte(value):02x}" for value in channels)
        chroma = max(0.0, chroma - 0.004)


def rgb(colour: str) -> tuple[int, int, int]:
    """Channels of #rrggbb.

    >>> rgb("#0a10ff")
    (10, 16, 255)
    """
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mixed(colour: str, other: str, share: float) -> str:
    """A colour with a share of another in it.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = zip(rgb(colour), rgb(other), strict=True)
    return "#" + "".join(f"{int(one + (two - one) * share + 0.5):02x}" for one, two in pairs)


def _linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _byte(value: float) -> int:
    value = min(max(value, 0.0), 1.0)
    curved = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return int(curved * 255 + 0.5)
