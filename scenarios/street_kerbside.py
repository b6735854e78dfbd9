"""What stands before the houses: trees, lamps, bicycles, cars.

Each painter takes the place where the thing stands; those that carry a plate have a companion constant that
says where. Knows nothing of what the plates say.
"""

__all__ = [
    "BIKE_PLATE",
    "LAMP_PLATE",
    "VAN_PLATE",
    "paint_bench",
    "paint_bike",
    "paint_car",
    "paint_lamp",
    "paint_lamp_light",
    "paint_tree",
    "paint_tub",
    "paint_van",
]

from math import cos, radians, sin

import numpy as np

from .street_brush import Brush, Color, mix, tone
from .street_facade import Sky

# centre of the plate, px from the point where the thing stands
LAMP_PLATE = (0, -262)
BIKE_PLATE = (18, -172)
VAN_PLATE = (-40, -168)

IRON: Color = (48, 54, 58)


def paint_tree(brush: Brush, x: float, y: float, sky: Sky, rng: np.random.Generator) -> None:
    """A street tree with its grate; the crown stays above the shop signs."""
    brush.shadow([(x - 130, y - 4), (x + 300, y - 12), (x + 330, y + 22), (x - 60, y + 24)], 16, 0.34)
    brush.oval(x, y, (74, 13), (92, 86, 82))
    brush.oval(x, y, (52, 8), (64, 54, 48))
    bark = (104, 82, 66)
    brush.poly(
        [(x - 22, y), (x - 13, y - 420), (x - 11, 1600), (x + 11, 1600), (x + 14, y - 420), (x + 24, y)], bark
    )
    brush.poly([(x + 6, y), (x + 4, 1600), (x + 11, 1600), (x + 14, y - 420), (x + 24, y)], tone(bark, 0.76))
    for side, reach in ((-1, 110), (1, 120), (-1, 60), (1, 50)):
        brush.line((x, 1630), (x + side * reach, 1470 - reach * 0.4), bark, 14)
    middle, radii = (x, 1370.0 - 20 * rng.random()), (190.0 + 50 * rng.random(), 215.0 + 50 * rng.random())
    lobes = rng.normal(0, 1, (5, 2)) * (0.1, 0.07)
    for layer, count, shift in ((0, 150, 26), (1, 130, 0), (2, 90, -38)):
        for angle, reach, size, hue in rng.random((count, 4)):
            turn, far = radians(360 * angle), reach**0.55 * (1.0 - 0.13 * layer)
            lobe = lobes[int(5 * angle)]
            across, down = far * cos(turn) + lobe[0], far * sin(turn) + lobe[1]
            at = (middle[0] + shift * 0.7 + radii[0] * across, middle[1] + shift + radii[1] * down)
            leaf = tone(sky.leaves[layer], 0.93 + 0.14 * hue)
            brush.disc(*at, (44 - 11 * layer) * (0.5 + 0.55 * size), leaf)
    for angle, reach, size, hue in rng.random((170, 4)):
        turn = radians(180 + 200 * angle)
        at = (
            middle[0] - 40 + radii[0] * reach * cos(turn),
            middle[1] - 20 + radii[1] * reach * sin(turn) * 0.95,
        )
        brush.oval(*at, (11 + 6 * size, 6 + 3 * size), tone(sky.leaves[2], 1.05 + 0.14 * hue))


def paint_lamp(brush: Brush, x: float, y: float) -> None:
    """A cast-iron street lamp with a lantern."""
    brush.shadow([(x - 10, y - 4), (x + 190, y - 14), (x + 190, y - 6), (x + 10, y + 6)], 6, 0.4)
    brush.poly(
        [(x - 32, y), (x - 24, y - 40), (x - 15, y - 120), (x + 15, y - 120), (x + 24, y - 40), (x + 32, y)],
        IRON,
    )
    brush.poly([(x - 20, y - 36), (x - 11, y - 116), (x - 5, y - 116), (x - 11, y - 36)], tone(IRON, 1.6))
    brush.rect(x - 9, y - 440, x + 9, y - 110, IRON)
    brush.rect(x - 6, y - 440, x - 2, y - 110, tone(IRON, 1.7))
    for at in (y - 130, y - 200, y - 420):
        brush.rounded(x - 15, at, x + 15, at + 14, 5, tone(IRON, 1.15))
    brush.line((x - 52, y - 380), (x + 52, y - 380), IRON, 8)
    for side in (-1, 1):
        brush.disc(x + side * 54, y - 380, 8, IRON)
    top = y - 540
    brush.poly([(x - 30, y - 440), (x + 30, y - 440), (x + 46, top), (x - 46, top)], (238, 226, 190))
    brush.poly([(x - 30, y - 440), (x - 8, y - 440), (x - 12, top), (x - 46, top)], (252, 246, 224))
    for a, b in (((-30, -440), (-46, -540)), ((30, -440), (46, -540)), ((0, -440), (0, -540))):
        brush.line((x + a[0], y + a[1]), (x + b[0], y + b[1]), IRON, 5)
    brush.poly([(x - 54, top), (x + 54, top), (x + 22, top - 40), (x - 22, top - 40)], IRON)
    brush.poly([(x - 46, top - 4), (x - 10, top - 4), (x - 8, top - 38), (x - 20, top - 38)], tone(IRON, 1.5))
    brush.line((x, top - 40), (x, top - 66), IRON, 7)
    brush.disc(x, top - 68, 8, IRON)


def paint_lamp_light(brush: Brush, x: float, y: float) -> None:
    """The glow of a burning lamp, to be painted when the light of the day is on the picture."""
    for radius, strength in ((170, 0.16), (80, 0.3), (34, 0.75)):
        ring = [(x + radius * cos(t), y - 490 + radius * sin(t)) for t in np.linspace(0, 6.28, 18).tolist()]
        brush.shadow(ring, radius // 2, strength, (255, 220, 150))


def paint_bike(brush: Brush, x: float, y: float, color: Color) -> None:
    """A town bicycle, standing, seen from the side; its plate hangs in the frame."""
    wheel, gap = 96, 168
    brush.shadow(
        [(x - gap - 60, y - 4), (x + gap + 140, y - 10), (x + gap + 150, y + 8), (x - gap, y + 12)], 8, 0.42
    )
    hub, axle = y - wheel - 4, (x, y - wheel - 2)
    back, front = (x - gap, hub), (x + gap, hub)
    for at in (back, front):
        for spoke in range(0, 180, 18):
            turn = radians(spoke + 7)
            reach = (wheel * cos(turn), wheel * sin(turn))
            brush.line(
                (at[0] - reach[0], at[1] - reach[1]), (at[0] + reach[0], at[1] + reach[1]), (176, 178, 178), 1
            )
        brush.disc(*at, wheel, (40, 40, 44), width_px=9)
        brush.disc(*at, wheel - 8, (196, 198, 200), width_px=3)
        brush.disc(*at, 9, (90, 92, 96))
    for at in (back, front):
        brush.oval(*at, (wheel + 10, wheel + 10), tone(color, 0.9), (200, 320), width_px=8)
    seat, head = (x - 62.0, hub - 118.0), (x + 118.0, hub - 128.0)
    for a, b, wide in (
        (back, axle, 8),
        (back, seat, 8),
        (axle, seat, 13),
        (seat, head, 13),
        (axle, head, 13),
        (head, front, 11),
    ):
        brush.line(a, b, color, wide)
        brush.line((a[0], a[1] - 3), (b[0], b[1] - 3), tone(color, 1.35), 2)
    brush.line(seat, (seat[0] - 12, seat[1] - 36), (150, 152, 154), 8)
    brush.poly(
        [
            (seat[0] - 56, seat[1] - 48),
            (seat[0] + 34, seat[1] - 40),
            (seat[0] + 20, seat[1] - 30),
            (seat[0] - 46, seat[1] - 30),
        ],
        (94, 58, 40),
    )
    brush.line(head, (head[0] - 12, head[1] - 54), (150, 152, 154), 8)
    brush.line((head[0] - 12, head[1] - 54), (head[0] - 62, head[1] - 58), (60, 56, 54), 9)
    brush.disc(*axle, 24, (66, 68, 72), width_px=6)
    brush.line((axle[0], axle[1]), (axle[0] + 20, axle[1] + 34), (66, 68, 72), 7)
    brush.rect(axle[0] + 6, axle[1] + 32, axle[0] + 38, axle[1] + 40, (48, 48, 52))
    basket = (head[0] + 12, head[1] - 66)
    brush.poly(
        [
            basket,
            (basket[0] + 104, basket[1]),
            (basket[0] + 90, basket[1] + 66),
            (basket[0] + 12, basket[1] + 66),
        ],
        (176, 134, 86),
    )
    for row in range(1, 5):
        brush.line(
            (basket[0] + 3 * row, basket[1] + 13 * row),
            (basket[0] + 104 - 3 * row, basket[1] + 13 * row),
            (136, 98, 60),
            3,
        )
    for column in range(1, 8):
        brush.line(
            (basket[0] + 13 * column, basket[1] + 2),
            (basket[0] + 12 + 10 * column, basket[1] + 64),
            (150, 110, 68),
            2,
        )
    brush.rect(basket[0] - 2, basket[1] - 5, basket[0] + 107, basket[1] + 5, (150, 108, 66))


def paint_bench(brush: Brush, x: float, y: float) -> None:
    """A wooden bench with iron legs."""
    brush.shadow([(x - 170, y - 6), (x + 220, y - 14), (x + 220, y + 6), (x - 150, y + 10)], 8, 0.4)
    for side in (-150, 150):
        brush.line((x + side, y), (x + side, y - 78), IRON, 11)
        brush.line((x + side * 0.97, y - 78), (x + side, y - 152), IRON, 9)
        brush.line((x + side * 0.86, y), (x + side * 0.86, y - 70), tone(IRON, 0.8), 9)
    for top, wood in ((-154, 1.04), (-132, 0.98), (-110, 0.92)):
        brush.rounded(x - 172, y + top, x + 172, y + top + 17, 4, tone((164, 112, 72), wood))
        brush.rect(x - 168, y + top + 2, x + 168, y + top + 5, tone((190, 138, 96), wood))
    brush.rounded(x - 178, y - 84, x + 178, y - 66, 4, (178, 124, 82))
    brush.rect(x - 178, y - 70, x + 178, y - 62, (126, 84, 54))


def paint_tub(brush: Brush, x: float, y: float, sky: Sky, rng: np.random.Generator) -> None:
    """A clipped evergreen in a tub."""
    brush.shadow([(x - 46, y - 4), (x + 110, y - 10), (x + 110, y + 2), (x - 30, y + 8)], 6, 0.4)
    brush.line((x, y - 60), (x, y - 120), (96, 74, 58), 9)
    for layer, count in ((0, 60), (1, 50), (2, 34)):
        for angle, reach, size in rng.random((count, 3)):
            far, turn = 52 * reach**0.5 * (1 - 0.12 * layer), radians(360 * angle)
            brush.disc(
                x - 5 * layer + far * cos(turn),
                y - 152 - 6 * layer + far * sin(turn),
                7 + 6 * size,
                sky.leaves[layer],
            )
    pot = [(x - 42, y - 70), (x + 42, y - 70), (x + 32, y), (x - 32, y)]
    brush.poly(pot, (176, 104, 76))
    brush.poly([(x + 12, y - 70), (x + 42, y - 70), (x + 32, y), (x + 10, y)], (146, 82, 60))
    brush.rect(x - 47, y - 78, x + 47, y - 62, (190, 118, 88))


def _wheel(brush: Brush, x: float, y: float, radius: float) -> None:
    brush.disc(x, y - radius, radius, (36, 36, 40))
    brush.disc(x, y - radius, radius * 0.6, (150, 154, 158))
    brush.disc(x, y - radius, radius * 0.5, (182, 186, 190))
    for turn in range(0, 360, 45):
        at = (x + radius * 0.34 * cos(radians(turn)), y - radius + radius * 0.34 * sin(radians(turn)))
        brush.disc(*at, radius * 0.09, (110, 114, 120))
    brush.disc(x, y - radius, radius * 0.14, (120, 124, 130))


def _underside(brush: Brush, x: float, y: float, half: float) -> None:
    brush.shadow(
        [(x - half, y - 26), (x + half + 40, y - 26), (x + half + 20, y + 10), (x - half + 20, y + 10)],
        12,
        0.62,
    )


def paint_van(brush: Brush, x: float, y: float, color: Color, sky: Sky) -> None:
    """A delivery van; its permit sticks on the load bay."""
    half = 330.0
    _underside(brush, x, y, half)
    body = [
        (x - half, y - 40), (x - half, y - 318), (x - half + 22, y - 340), (x + 130, y - 340),
        (x + 176, y - 322), (x + 250, y - 196), (x + 318, y - 164), (x + half, y - 120), (x + half, y - 40),
    ]  # fmt: skip
    brush.poly(body, color)
    brush.poly(
        [(x - half, y - 40), (x - half, y - 106), (x + half, y - 106), (x + half, y - 40)], tone(color, 0.86)
    )
    brush.poly(
        [(x - half + 12, y - 332), (x + 128, y - 334), (x + 166, y - 318), (x - half + 4, y - 318)],
        tone(color, 1.16),
    )
    glass = mix((56, 68, 82), sky.low, 0.34)
    brush.poly([(x + 96, y - 306), (x + 152, y - 304), (x + 222, y - 194), (x + 96, y - 194)], glass)
    brush.poly(
        [(x + 112, y - 306), (x + 136, y - 306), (x + 150, y - 194), (x + 98, y - 194)], tone(glass, 1.25)
    )
    for at in (x + 74, x + 246):
        brush.line((at, y - 300 if at < x + 100 else y - 186), (at, y - 62), tone(color, 0.72), 3)
    brush.line((x - 190, y - 310), (x - 190, y - 62), tone(color, 0.8), 3)
    brush.line((x - half + 12, y - 206), (x + 74, y - 206), tone(color, 0.8), 3)
    brush.rounded(x + 96, y - 168, x + 132, y - 158, 4, tone(color, 0.55))
    brush.rounded(x - 176, y - 168, x - 140, y - 158, 4, tone(color, 0.55))
    brush.oval(x + 302, y - 140, (22, 16), (250, 240, 206))
    brush.rect(x - half - 2, y - 170, x - half + 12, y - 118, (186, 52, 46))
    brush.rounded(x - half - 12, y - 64, x + half + 12, y - 36, 8, (62, 64, 68))
    for at in (x - 206, x + 214):
        brush.disc(at, y - 52, 66, (44, 44, 48))
        _wheel(brush, at, y, 54)


def paint_car(brush: Brush, x: float, y: float, color: Color, sky: Sky) -> None:
    """A small round car of the sixties."""
    _underside(brush, x, y, 250)
    roof = [
        (x + 170 * cos(t) * 0.98 - 10, y - 120 - 118 * sin(t) ** 0.8)
        for t in np.linspace(0.02, 3.12, 26).tolist()
    ]
    brush.poly(roof, color)
    glass = mix((56, 68, 82), sky.low, 0.36)
    pane = [
        (x + 140 * cos(t) - 10, y - 128 - 92 * sin(t) ** 0.8) for t in np.linspace(0.02, 3.12, 26).tolist()
    ]
    brush.poly(pane, glass)
    brush.poly(
        [(x - 74, y - 206), (x - 38, y - 214), (x - 84, y - 128), (x - 130, y - 128)], tone(glass, 1.25)
    )
    brush.rect(x - 8, y - 222, x + 4, y - 126, color)
    body = [(x + 262 * cos(t), y - 40 - 100 * sin(t) ** 0.55) for t in np.linspace(0.02, 3.12, 34).tolist()]
    brush.poly(body, color)
    brush.poly([(px, py + 4) for px, py in body if py < y - 120] + [(x - 190, y - 122)], tone(color, 1.14))
    brush.rect(x - 256, y - 62, x + 256, y - 38, tone(color, 0.8))
    brush.line((x - 2, y - 132), (x - 2, y - 50), tone(color, 0.74), 3)
    brush.line((x - 244, y - 92), (x + 244, y - 92), (226, 226, 222), 4)
    brush.rounded(x - 50, y - 116, x - 16, y - 108, 3, (210, 210, 206))
    brush.disc(x + 238, y - 84, 18, (250, 242, 214))
    brush.disc(x + 238, y - 84, 18, (190, 190, 188), width_px=4)
    brush.rounded(x - 254, y - 100, x - 238, y - 74, 5, (186, 52, 46))
    for side in (-270, 226):
        brush.rounded(x + side, y - 54, x + side + 44, y - 40, 6, (204, 206, 208))
    for at in (x - 158, x + 158):
        brush.disc(at, y - 42, 58, tone(color, 0.66))
        _wheel(brush, at, y, 46)
