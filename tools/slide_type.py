"""How wide a text runs on a slide, before a browser draws it.

A slide may change its theme later, so a text is measured in the widest face that any theme gives its role.
Advances are those of the shipped files; kerning, which mostly narrows, is left out.
"""

__all__ = [
    "LARGEST_SCALE",
    "LINE_HEIGHT",
    "TOO_MANY_LINES",
    "Role",
    "first_that_fits",
    "fitting_part",
    "line_count",
    "width_px",
]

from collections.abc import Callable, Iterable
from functools import cache
from typing import Literal

from PIL import Image, ImageDraw

from .fonts import FACES, font
from .slide_palettes import THEMES

Role = Literal["display", "body", "strong"]
LINE_HEIGHT = 1.35
LARGEST_SCALE = max(theme.display_scale for theme in THEMES.values())
EM_PX = 1000
DRAWN_PX = 32
WIDEST_EM = 1.0  # of a letter that no shipped face draws
WHOLE_CHARS = 24  # a longer word may be broken anywhere
TOO_MANY_LINES = 999
ROOM = 1.01  # rounding of glyphs to the grid of pixels
WEIGHTS: dict[Role, int] = {"display": 700, "body": 400, "strong": 600}


def width_px(text: str, size_px: float, role: Role) -> float:
    """Width of a text on one line in the widest face of a role, px.

    Args:
        text: one line.
        size_px: nominal size; a face that runs small is set larger.
        role: `display` (titles, large numbers), `body` or `strong`.

    >>> width_px("wide", 40, "body") > width_px("lean", 40, "body") > 0
    True
    """
    return max(_width(text, face, weight) * scale for face, weight, scale in _faces(role)) * size_px * ROOM


def line_count(text: str, size_px: float, role: Role, room_px: float) -> int:
    """Lines that a text takes in a width; no end of them where a word of ordinary length would be broken.

    >>> line_count("one two three", 20, "body", 2000), line_count("a" * 200, 20, "body", 300) > 5
    (1, True)
    >>> line_count("September", 40, "display", 100) == TOO_MANY_LINES
    True
    """
    lines = (_lines(text, face, weight, room_px / (size_px * scale)) for face, weight, scale in _faces(role))
    return max(lines)


def first_that_fits(sizes: Iterable[int], fits: Callable[[int], bool]) -> int | None:
    """The first size that fits, None where none does."""
    return next((size for size in sizes if fits(size)), None)


def fitting_part(text: str, fits: Callable[[str], bool]) -> int:
    """Characters of a text, from its start, that fit.

    >>> fitting_part("abcdef", lambda part: len(part) <= 4)
    4
    """
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(text[:middle]) else (low, middle - 1)
    return low


@cache
def _faces(role: Role) -> tuple[tuple[str, int, float], ...]:
    """File, weight and scale of every face that a theme uses for a role."""
    found = set()
    for theme in THEMES.values():
        family = theme.display_font if role == "display" else theme.body_font
        file = family.replace(" ", "")
        # The browser takes the nearest shipped weight; of two, the bolder for weights above 500.
        weight = min(FACES[file], key=lambda there: (abs(there - WEIGHTS[role]), -there))
        found.add((file, weight, theme.display_scale if role == "display" else 1.0))
    return tuple(sorted(found))


@cache
def _advance(letter: str, face: str, weight: int) -> float:
    """Advance of a letter, em; figures are tabular, so all as wide as the widest."""
    measured = font(face, EM_PX, weight)
    if letter.isdigit() and letter.isascii():
        return max(measured.getlength(figure) for figure in "0123456789") / EM_PX
    advance = measured.getlength(letter) / EM_PX
    return max(advance, WIDEST_EM) if ord(letter) > 0x2212 or _is_missing(letter, face, weight) else advance


def _is_missing(letter: str, face: str, weight: int) -> bool:
    return _drawn(letter, face, weight) == _drawn("\uffff", face, weight)


def _drawn(letter: str, face: str, weight: int) -> bytes:
    picture = Image.new("L", (DRAWN_PX * 2, DRAWN_PX * 2))
    ImageDraw.Draw(picture).text((0, 0), letter, font=font(face, DRAWN_PX, weight), fill=255)
    return picture.tobytes()


def _width(text: str, face: str, weight: int) -> float:
    return sum(_advance(letter, face, weight) for letter in text)


def _lines(text: str, face: str, weight: int, room_em: float) -> int:
    space = _advance(" ", face, weight)
    room_em /= ROOM
    lines, at = 1, 0.0
    for word in filter(None, text.split(" ")):  # a no-break space is part of its word
        wide = _width(word, face, weight)
        if at and at + space + wide > room_em:
            lines, at = lines + 1, 0.0
        elif at:
            at += space
        if wide <= room_em:
            at += wide
            continue
        if len(word) <= WHOLE_CHARS:
            return TOO_MANY_LINES
        for letter in word:
            advance = _advance(letter, face, weight)
            if at + advance > room_em:
                lines, at = lines + 1, 0.0
            at += advance
    return lines
