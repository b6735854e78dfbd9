"""Roofs of a shopping street: slate, mansards, parapets, gables.

Each stands on its house's cornice and leaves the wall alone.
"""

__all__ = ["ROOFS", "paint_roof"]

from collections.abc import Sequence

import numpy as np

from .street_brush import Brush, Color, mix, tone
from .street_facade import House, Sky, glass_colors


def paint_roof(brush: Brush, house: House, sky: Sky, rng: np.random.Generator) -> None:
    """Paint what is above a house's cornice; to be painted before the house."""
    ROOFS[house.roof](brush, house, sky, rng)


def _chimney(brush: Brush, x: float, y: float, high: float, wall: Color) -> None:
    brush.rect(x, y - high, x + 84, y + 60, tone(wall, 0.84))
    brush.rect(x + 56, y - high, x + 84, y + 60, tone(wall, 0.68))
    brush.rect(x - 7, y - high - 14, x + 91, y - high, tone(wall, 0.96))
    for pot in (14, 48):
        brush.poly(
            [
                (x + pot - 1, y - high - 14),
                (x + pot + 24, y - high - 14),
                (x + pot + 20, y - high - 54),
                (x + pot + 3, y - high - 54),
            ],
            (176, 104, 76),
        )
        brush.rect(x + pot + 1, y - high - 58, x + pot + 22, y - high - 52, (142, 82, 62))


def _slates(
    brush: Brush, corners: Sequence[tuple[float, float]], slate: Color, rng: np.random.Generator
) -> None:
    brush.poly(corners, slate)
    (left_top, y0), (right_top, _), (right, y1), (left, _) = corners
    for y in np.arange(y0 + 14, y1, 18):
        share = (y - y0) / (y1 - y0)
        x0, x1 = left_top + (left - left_top) * share, right_top + (right - right_top) * share
        brush.line((x0, float(y)), (x1, float(y)), tone(slate, 0.87), 2)
        for x in rng.uniform(x0, x1 - 26, 9):
            if x1 - x0 > 80:
                brush.rect(
                    float(x), float(y) - 16, float(x) + 26, float(y) - 2, tone(slate, 1 + rng.normal(0, 0.07))
                )


def _pitched(brush: Brush, house: House, sky: Sky, rng: np.random.Generator) -> None:
    slate = [(150, 84, 66), (96, 100, 112), (124, 92, 78), (84, 92, 98)][rng.integers(4)]
    y1, y0 = house.top - 20, house.top - 210
    _chimney(brush, house.x0 + 90 + 60 * rng.random(), y0 + 40, 80, house.wall)
    _chimney(brush, house.x1 - 230, y0 + 40, 60 + 40 * rng.random(), house.wall)
    corners = [(house.x0 + 46.0, y0), (house.x1 - 46.0, y0), (house.x1 + 10.0, y1), (house.x0 - 10.0, y1)]
    _slates(brush, corners, slate, rng)
    brush.rect(house.x0 + 40, y0 - 8, house.x1 - 40, y0 + 8, tone(slate, 0.78))
    for x in np.linspace(house.x0, house.x1, 5)[1:-1]:
        if rng.random() < 0.75:
            _dormer(brush, house, sky, rng, float(x), y1 - 24)


def _dormer(brush: Brush, house: House, sky: Sky, rng: np.random.Generator, x: float, base: float) -> None:
    brush.shade(x + 58, base - 110, x + 84, base, 0.72, 0.78)
    brush.rect(x - 58, base - 112, x + 58, base, tone(house.trim, 0.96))
    brush.poly([(x - 76, base - 108), (x, base - 164), (x + 76, base - 108)], tone(house.trim, 0.88))
    brush.poly([(x - 56, base - 112), (x, base - 150), (x + 56, base - 112)], tone(house.trim, 1.06))
    high_glass, low_glass = glass_colors(sky, rng, rng.random() < sky.lit)
    brush.gradient(x - 40, base - 100, x + 40, base - 8, high_glass, low_glass)
    brush.rect(x - 3, base - 100, x + 3, base - 8, tone(house.trim, 1.06))
    brush.rect(x - 40, base - 60, x + 40, base - 54, tone(house.trim, 1.06))
    brush.shade(x - 40, base - 100, x + 40, base - 88, 0.62, 0.95)


def _mansard(brush: Brush, house: House, sky: Sky, rng: np.random.Generator) -> None:
    slate = [(88, 98, 112), (104, 110, 116), (78, 90, 96)][rng.integers(3)]
    y1, y0 = house.top - 20, house.top - 230
    _chimney(brush, house.x1 - 170, y0 + 20, 90, house.wall)
    _slates(
        brush,
        [(house.x0 + 30.0, y0), (house.x1 - 30.0, y0), (house.x1 - 2.0, y1), (house.x0 + 2.0, y1)],
        slate,
        rng,
    )
    brush.rect(house.x0 + 22, y0 - 14, house.x1 - 22, y0 + 4, tone(house.trim, 0.9))
    count = max(3, round((house.x1 - house.x0) / 230))
    for x in np.linspace(house.x0, house.x1, count + 2)[1:-1]:
        _dormer(brush, house, sky, rng, float(x), y1 - 30)


def _parapet(brush: Brush, house: House, sky: Sky, rng: np.random.Generator) -> None:
    del sky
    x0, x1, y = house.x0, house.x1, house.top - 20
    _chimney(brush, x0 + 120 + 200 * rng.random(), y - 60, 70, house.wall)
    brush.rect(x0 + 6, y - 74, x1 - 6, y, mix(house.trim, house.wall, 0.45))
    for x in np.arange(x0 + 60, x1 - 60, 34):
        brush.rounded(float(x), y - 58, float(x) + 18, y - 6, 8, tone(house.trim, 1.03))
    brush.rect(x0, y - 88, x1, y - 68, tone(house.trim, 1.05))
    brush.rect(x0, y - 70, x1, y - 64, tone(house.trim, 0.76))
    for x in (x0 + 4, (x0 + x1) // 2 - 24, x1 - 54):
        brush.rect(x, y - 100, x + 50, y, tone(house.trim, 1.0))
        brush.disc(x + 25, y - 118, 22, tone(house.trim, 1.06))
        brush.disc(x + 31, y - 113, 15, tone(house.trim, 0.9))


def _gable_wall(
    brush: Brush, house: House, outline: list[tuple[float, float]], rng: np.random.Generator
) -> None:
    brush.poly(outline, house.trim)
    xs = [p[0] for p in outline]
    middle, low = (min(xs) + max(xs)) / 2, max(p[1] for p in outline)
    inner = [(middle + (x - middle) * 0.965, min(low, y + 16)) for x, y in outline]
    brush.poly(inner, house.wall)
    for y in np.arange(house.top - 60, min(p[1] for p in inner) + 40, -30):
        if house.material == "brick":
            reach = 60 + (y - min(p[1] for p in inner)) * 0.5
            for x in rng.uniform(middle - reach, middle + reach, 5):
                brush.rect(
                    float(x),
                    float(y),
                    float(x) + 46,
                    float(y) + 13,
                    tone(house.wall, 1 + rng.normal(0, 0.08)),
                )


def _stepped(brush: Brush, house: House, sky: Sky, rng: np.random.Generator) -> None:
    middle, half, y = (house.x0 + house.x1) / 2, (house.x1 - house.x0) / 2, float(house.top - 10)
    steps = 5
    left: list[tuple[float, float]] = [(middle - half, y)]
    for step in range(steps):
        x = middle - half * (1 - step / (steps + 0.6))
        left += [
            (x, y - 64 * (step + 0.6)),
            (middle - half * (1 - (step + 1) / (steps + 0.6)), y - 64 * (step + 0.6)),
        ]
    outline = left + [(2 * middle - x, at) for x, at in reversed(left)]
    _gable_wall(brush, house, outline, rng)
    _gable_window(brush, house, sky, rng, middle, y - 50)


def _gable(brush: Brush, house: House, sky: Sky, rng: np.random.Generator) -> None:
    middle, half, y = (house.x0 + house.x1) / 2, (house.x1 - house.x0) / 2, float(house.top - 10)
    _chimney(brush, middle + half * 0.45, y - 160, 90, house.wall)
    curve = np.linspace(0, 1, 24)
    high = y - 330 * np.clip(curve + 0.11 * np.sin(curve * 2 * np.pi * 1.5), 0, 1.04)
    left = [(middle - half * (1 - 0.86 * s), float(h)) for s, h in zip(curve.tolist(), high, strict=True)]
    outline = [
        (middle - half, y),
        *left,
        *((2 * middle - x, at) for x, at in reversed(left)),
        (middle + half, y),
    ]
    _gable_wall(brush, house, outline, rng)
    _gable_window(brush, house, sky, rng, middle, y - 50)


def _gable_window(
    brush: Brush, house: House, sky: Sky, rng: np.random.Generator, x: float, base: float
) -> None:
    high_glass, low_glass = glass_colors(sky, rng, rng.random() < sky.lit)
    for at in (x - 110, x, x + 110):
        brush.rect(at - 44, base - 112, at + 44, base + 4, house.trim)
        brush.gradient(at - 32, base - 100, at + 32, base - 6, high_glass, low_glass)
        brush.rect(at - 3, base - 100, at + 3, base - 6, tone(house.trim, 1.05))
        brush.shade(at - 32, base - 100, at + 32, base - 86, 0.62, 0.95)
    brush.disc(x, base - 176, 34, house.trim)
    brush.disc(x, base - 176, 23, mix(low_glass, (40, 50, 60), 0.4))
    brush.line((x - 23, base - 176), (x + 23, base - 176), house.trim, 5)
    brush.line((x, base - 199), (x, base - 153), house.trim, 5)


ROOFS = {"pitched": _pitched, "mansard": _mansard, "parapet": _parapet, "stepped": _stepped, "gable": _gable}
