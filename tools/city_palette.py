"""The colours and materials that a building program may name.

Fixed, so that a colour that was asked for can be graded without a judge, and every view paints it alike.
"""

__all__ = ["COLORS", "MATERIALS", "Rgb", "srgb"]

from ..errors import UsageError, did_you_mean

Rgb = tuple[int, int, int]

COLORS: dict[str, Rgb] = {
    "white": (244, 243, 239),
    "ivory": (236, 229, 211),
    "cream": (232, 216, 180),
    "sand": (211, 189, 150),
    "ochre": (201, 154, 75),
    "yellow": (233, 198, 92),
    "apricot": (227, 168, 121),
    "terracotta": (193, 108, 77),
    "brick_red": (156, 75, 60),
    "dark_red": (112, 42, 44),
    "pink": (217, 168, 166),
    "lilac": (173, 160, 190),
    "navy": (44, 62, 92),
    "blue": (72, 112, 158),
    "sky_blue": (150, 184, 207),
    "teal": (66, 124, 122),
    "mint": (172, 203, 182),
    "sage": (140, 156, 126),
    "olive": (117, 117, 72),
    "dark_green": (54, 84, 66),
    "brown": (122, 87, 62),
    "light_grey": (200, 200, 196),
    "grey": (143, 145, 147),
    "charcoal": (66, 69, 74),
}
"""Name -> sRGB."""

MATERIALS: dict[str, str] = {
    "brick": "brick_red",
    "concrete": "light_grey",
    "glass": "sky_blue",
    "metal": "grey",
    "plaster": "ivory",
    "stone": "sand",
    "timber": "brown",
}
"""Material -> the colour that it has where none is named."""


def srgb(color: str | None, material: str | None = None) -> Rgb | None:
    """The colour of a component: its own, else its material's, else None.

    Raises:
        UsageError: a colour or material that is in no palette.

    >>> srgb("navy", "brick"), srgb(None, "brick"), srgb(None)
    ((44, 62, 92), (156, 75, 60), None)
    """
    if color is None and material is None:
        return None
    if color is None and material in MATERIALS:
        color = MATERIALS[material]
    if color not in COLORS:
        asked, known = (material, MATERIALS) if color is None else (color, COLORS)
        raise UsageError(f"{asked!r} is none of {', '.join(known)}.{did_you_mean(str(asked), known)}")
    return COLORS[color]
