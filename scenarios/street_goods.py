"""Goods in shop windows, one painter a kind of shop.

A painter fills the span from `x0` to `x1` of a shelf at height `y`, under `room` px.
"""

__all__ = ["GOODS"]

import numpy as np

from .street_brush import Brush, Color, mix, tone

CLOTH = (
    (182, 66, 58),
    (46, 84, 116),
    (214, 164, 74),
    (74, 114, 92),
    (142, 92, 122),
    (222, 212, 192),
    (92, 78, 72),
)


def _pick(rng: np.random.Generator) -> Color:
    return tone(CLOTH[rng.integers(len(CLOTH))], 0.9 + 0.25 * rng.random())


def _books(brush: Brush, rng: np.random.Generator, x0: float, x1: float, y: float, room: float) -> None:
    x = x0
    while x < x1 - 24:
        if rng.random() < 0.12:
            for level in range(3):
                wide = 74 - 8 * level
                brush.rect(x, y - 18 * (level + 1), min(x + wide, x1), y - 18 * level - 2, _pick(rng))
            x += 84
            continue
        wide, high, color = 12 + 16 * rng.random(), room * (0.62 + 0.36 * rng.random()), _pick(rng)
        brush.rect(x, y - high, x + wide, y, color)
        brush.rect(x, y - high, x + 3, y, tone(color, 1.2))
        brush.rect(x + 4, y - high + 10, x + wide - 3, y - high + 13, (232, 210, 150))
        brush.rect(x + 4, y - 18, x + wide - 3, y - 15, (232, 210, 150))
        x += wide + 2


def _bread(brush: Brush, rng: np.random.Generator, x0: float, x1: float, y: float, room: float) -> None:
    x = x0 + 34
    while x < x1 - 34:
        crust = mix((196, 134, 70), (142, 84, 42), rng.random())
        if rng.random() < 0.35:
            brush.poly([(x - 34, y - 34), (x + 34, y - 34), (x + 26, y), (x - 26, y)], (150, 112, 72))
            for at in (-18, -4, 10, 22):
                brush.line((x + at, y - 32), (x + at + 10, y - room * 0.86), crust, 13)
                brush.line((x + at + 1, y - 36), (x + at + 10, y - room * 0.84), tone(crust, 1.2), 4)
        else:
            brush.oval(x, y - 18, (36, 24), crust)
            brush.oval(x - 4, y - 24, (26, 13), tone(crust, 1.2))
            for at in (-14, 0, 14):
                brush.line((x + at - 5, y - 30), (x + at + 5, y - 16), tone(crust, 0.76), 3)
            brush.rect(x - 40, y - 4, x + 40, y, (228, 222, 210))
        x += 84


def _bottles(brush: Brush, rng: np.random.Generator, x0: float, x1: float, y: float, room: float) -> None:
    x = x0 + 14
    while x < x1 - 14:
        glass = [(44, 70, 54), (92, 32, 44), (196, 172, 104), (60, 52, 44)][rng.integers(4)]
        high = room * (0.8 + 0.18 * rng.random())
        brush.rounded(x - 12, y - high * 0.64, x + 12, y, 5, glass)
        brush.poly(
            [
                (x - 12, y - high * 0.62),
                (x + 12, y - high * 0.62),
                (x + 5, y - high * 0.78),
                (x - 5, y - high * 0.78),
            ],
            glass,
        )
        brush.rect(x - 5, y - high, x + 5, y - high * 0.76, glass)
        brush.rect(x - 5, y - high, x + 5, y - high + 12, _pick(rng))
        brush.rect(x - 12, y - high * 0.48, x + 12, y - high * 0.2, (232, 224, 204))
        brush.rect(x - 8, y - high * 0.38, x + 8, y - high * 0.36, _pick(rng))
        brush.rect(x - 9, y - high * 0.6, x - 6, y - 6, tone(glass, 1.6))
        x += 31 + 5 * rng.random()


def _vases(brush: Brush, rng: np.random.Generator, x0: float, x1: float, y: float, room: float) -> None:
    x = x0 + 36
    while x < x1 - 36:
        clay, high, wide = _pick(rng), room * (0.45 + 0.5 * rng.random()), 22 + 12 * rng.random()
        brush.oval(x, y - high * 0.36, (wide, high * 0.36), clay)
        brush.rect(x - wide * 0.5, y - 6, x + wide * 0.5, y, tone(clay, 0.8))
        brush.poly(
            [
                (x - wide * 0.7, y - high * 0.5),
                (x + wide * 0.7, y - high * 0.5),
                (x + wide * 0.4, y - high),
                (x - wide * 0.4, y - high),
            ],
            clay,
        )
        brush.oval(x, y - high, (wide * 0.46, 4), tone(clay, 0.7))
        brush.oval(x - wide * 0.4, y - high * 0.42, (wide * 0.14, high * 0.2), tone(clay, 1.25))
        brush.rect(x - wide * 0.92, y - high * 0.36, x + wide * 0.92, y - high * 0.36 + 4, (238, 230, 214))
        x += 2 * wide + 22


def _bunches(brush: Brush, rng: np.random.Generator, x0: float, x1: float, y: float, room: float) -> None:
    x = x0 + 40
    while x < x1 - 36:
        bloom = [(226, 96, 104), (244, 196, 84), (236, 232, 226), (186, 120, 190), (240, 148, 92)][
            rng.integers(5)
        ]
        for a, b, c in rng.random((16, 3)):
            brush.disc(
                x - 34 + 68 * a,
                y - room * (0.34 + 0.4 * b),
                9 + 4 * c,
                [(70, 112, 72), (94, 140, 86)][round(c)],
            )
        for a, b, c in rng.random((20, 3)):
            at = (x - 34 + 68 * a, y - room * (0.42 + 0.46 * b))
            brush.disc(*at, 7 + 4 * c, tone(bloom, 0.84 + 0.3 * c))
            brush.disc(*at, 2.4, (250, 228, 150))
        brush.poly(
            [(x - 27, y - room * 0.38), (x + 27, y - room * 0.38), (x + 20, y), (x - 20, y)], (128, 138, 144)
        )
        brush.poly(
            [(x - 23, y - room * 0.36), (x - 14, y - room * 0.36), (x - 11, y), (x - 17, y)], (168, 178, 182)
        )
        x += 82


def _garments(brush: Brush, rng: np.random.Generator, x0: float, x1: float, y: float, room: float) -> None:
    x = x0 + 46
    while x < x1 - 40:
        cloth = _pick(rng)
        if room > 110:
            brush.line((x, y), (x, y - room * 0.4), (70, 62, 56), 6)
            brush.rect(x - 20, y - 5, x + 20, y, (70, 62, 56))
            body = [
                (x - 34, y - room * 0.92),
                (x + 34, y - room * 0.92),
                (x + 24, y - room * 0.6),
                (x + 36, y - room * 0.22),
                (x - 36, y - room * 0.22),
                (x - 24, y - room * 0.6),
            ]
            brush.poly(body, cloth)
            brush.poly(
                [(x - 12, y - room * 0.92), (x + 12, y - room * 0.92), (x, y - room * 0.66)], (238, 232, 220)
            )
            brush.line((x, y - room * 0.66), (x, y - room * 0.24), tone(cloth, 0.76), 3)
            brush.oval(x, y - room * 0.97, (9, 12), (206, 178, 148))
            x += 96
        else:
            for level in range(3):
                brush.rounded(x - 36, y - 20 * (level + 1), x + 36, y - 20 * level - 2, 6, _pick(rng))
            x += 86


def _tins(brush: Brush, rng: np.random.Generator, x0: float, x1: float, y: float, room: float) -> None:
    x = x0 + 26
    while x < x1 - 24:
        color, high = _pick(rng), room * (0.5 + 0.2 * rng.random())
        brush.rect(x - 23, y - high, x + 23, y, color)
        brush.rect(x - 23, y - high, x - 15, y, tone(color, 1.2))
        brush.rect(x + 15, y - high, x + 23, y, tone(color, 0.78))
        brush.rect(x - 25, y - high - 8, x + 25, y - high + 5, (204, 176, 112))
        brush.rounded(x - 13, y - high * 0.72, x + 13, y - high * 0.26, 6, (236, 228, 208))
        brush.disc(x, y - high * 0.49, 7, tone(color, 0.9))
        if rng.random() < 0.4:
            brush.oval(x, y - high - 18, (17, 12), _pick(rng))
        x += 55


def _frames(brush: Brush, rng: np.random.Generator, x0: float, x1: float, y: float, room: float) -> None:
    x = x0 + 4
    while x < x1 - 66:
        wide, high, color = 62 + 40 * rng.random(), room * (0.7 + 0.24 * rng.random()), _pick(rng)
        wide = min(wide, x1 - x)
        brush.rect(x, y - high, x + wide, y, [(94, 66, 44), (196, 160, 92), (44, 42, 44)][rng.integers(3)])
        brush.rect(x + 7, y - high + 7, x + wide - 7, y - 7, (238, 232, 220))
        brush.gradient(x + 14, y - high + 14, x + wide - 14, y - 14, mix(color, (240, 226, 200), 0.6), color)
        sun = (x + wide * (0.35 + 0.3 * rng.random()), y - high * 0.62)
        brush.disc(*sun, 9, (246, 220, 160))
        brush.poly(
            [
                (x + 14, y - 14),
                (x + 14, y - high * 0.36),
                (x + wide * 0.45, y - high * 0.5),
                (x + wide - 14, y - high * 0.28),
                (x + wide - 14, y - 14),
            ],
            tone(color, 0.62),
        )
        x += wide + 14


GOODS = {
    "books": _books,
    "bakery": _bread,
    "wine": _bottles,
    "flowers": _bunches,
    "tailor": _garments,
    "ceramics": _vases,
    "tea": _tins,
    "art": _frames,
}
