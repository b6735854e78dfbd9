"""Ground floors of a shopping street: signs, awnings, goods, doors.

Says where a shop has room for small plates; knows nothing of what they say.
"""

__all__ = ["SHOPS", "Shop", "Spots", "paint_shop", "shop_spots"]

from dataclasses import dataclass

import numpy as np

from .street_brush import Brush, Color, cap_font, mix, tone
from .street_facade import BASE_Y, SHOP_TOP_Y, House, Sky
from .street_goods import GOODS

SIGN_CAP_PX = 66
SIGN_FACES = (
    ("SourceSerif4", 700),
    ("BarlowCondensed", 700),
    ("BarlowCondensed", 500),
    ("SourceSerif4", 400),
)

SHOPS: dict[str, tuple[str, ...]] = {
    "books": ("Aurelia Books", "Quire & Co", "The Folio", "Inkwell Books"),
    "bakery": ("Maison Colette", "Brot & Butter", "Ostara Bakery", "Petit Levain"),
    "wine": ("Bar Olmo", "Cantina Sole", "Vin & Vrac", "Cellar Nine"),
    "flowers": ("Fleur Nord", "Moss & Fern", "Petal House", "Hortensia"),
    "tailor": ("Lindqvist", "Atelier Bruno", "Needle & Oak", "Harbour Wool"),
    "ceramics": ("Clay Street", "Terra Bianca", "Kiln No. 5", "Studio Majolica"),
    "tea": ("Fenwick Tea", "Samovar", "Jasmine & Rye", "Leaf Library"),
    "art": ("Galerie Ostrow", "Print Cabinet", "Canvas & Frame", "Lumen Prints"),
}


@dataclass(frozen=True)
class Shop:
    """A shop and what was chosen for it.

    Args:
        name: as on its sign.
        kind: a key of `SHOPS`.
        awning: stripe colours, or None for none.
        door: colour of the door.
        mirrored: the door stands left of the window instead of right.
        face: typeface and weight of the sign.
        light: the sign is dark on cream instead of cream on dark.
    """

    name: str
    kind: str
    awning: tuple[Color, Color] | None
    door: Color
    mirrored: bool
    face: tuple[str, int]
    light: bool


@dataclass(frozen=True)
class Spots:
    """Centres of the places for plates (x, y of the middle, px) and the free span of the window (x0, x1)."""

    door: tuple[int, int]
    number: tuple[int, int]
    bells: tuple[int, int]
    card: tuple[int, int]
    window: tuple[int, int]


def shop_spots(house: House, shop: Shop) -> Spots:
    """Where the plates of a shop go."""
    step = 1 if shop.mirrored else -1
    wall = house.x0 if shop.mirrored else house.x1
    door, pier = wall + step * 150, wall + step * 345
    glass = sorted((wall + step * 455, (house.x1 if shop.mirrored else house.x0) - step * 44))
    card = glass[0] + 105 if shop.mirrored else glass[1] - 105
    return Spots((door, 2062), (pier, 1935), (pier, 2072), (card, 2085), (glass[0], glass[1]))


def paint_shop(brush: Brush, house: House, shop: Shop, sky: Sky, rng: np.random.Generator) -> None:
    """Paint the ground floor over a house's wall."""
    x0, x1, spots = house.x0, house.x1, shop_spots(house, shop)
    front = house.accent
    brush.gradient(x0 + 6, SHOP_TOP_Y, x1 - 6, BASE_Y, tone(front, 1.0), tone(front, 0.86))
    for left, right in ((x0 + 6, x0 + 38), (x1 - 38, x1 - 6)):
        brush.gradient(left, SHOP_TOP_Y, right, BASE_Y, tone(front, 1.14), tone(front, 0.95))
        brush.rect(left + 8, SHOP_TOP_Y + 150, right - 8, BASE_Y - 110, tone(front, 0.84))
        brush.rect(left + 8, BASE_Y - 86, right - 8, BASE_Y - 24, tone(front, 0.84))
        brush.rect(left - 5, BASE_Y - 18, right + 5, BASE_Y, tone(front, 0.72))
    _pier(brush, spots, front)
    _show_window(brush, house, shop, spots, sky, rng)
    _door(brush, shop, spots, sky)
    _sign(brush, house, shop)
    if shop.awning:
        _awning(brush, spots.window[0] - 16, spots.window[1] + 16, shop.awning)
    brush.shade(x0, BASE_Y - 14, x1, BASE_Y, 0.86, 0.74)


def _pier(brush: Brush, spots: Spots, front: Color) -> None:
    x = spots.number[0]
    for top, bottom in ((1868, 2196), (2214, 2312)):
        brush.rect(x - 84, top, x + 84, bottom, tone(front, 0.82))
        brush.rect(x - 80, top + 4, x + 84, bottom, tone(front, 1.12))
        brush.rect(x - 80, top + 4, x + 80, bottom - 4, tone(front, 0.97))


def _sign(brush: Brush, house: House, shop: Shop) -> None:
    x0, x1, top = house.x0, house.x1, SHOP_TOP_Y
    board = (236, 226, 204) if shop.light else tone(house.accent, 0.7)
    rule = house.accent if shop.light else (232, 208, 150)
    letters = tone(house.accent, 0.62) if shop.light else (244, 232, 204)
    brush.rect(x0 - 2, top - 16, x1 + 2, top + 6, tone(house.trim, 1.06))
    brush.rect(x0 - 2, top + 2, x1 + 2, top + 7, tone(house.trim, 0.74))
    brush.gradient(x0 + 4, top + 7, x1 - 4, top + 138, tone(board, 1.08), board)
    brush.rect(x0 + 18, top + 20, x1 - 18, top + 22, mix(board, rule, 0.7))
    brush.rect(x0 + 18, top + 124, x1 - 18, top + 126, mix(board, rule, 0.7))
    face, weight = shop.face
    type_face, high = cap_font(face, weight, SIGN_CAP_PX)
    if type_face.getlength(shop.name) > x1 - x0 - 70:
        type_face, high = cap_font("BarlowCondensed", 700, SIGN_CAP_PX)
    at = ((x0 + x1) / 2, top + 72 + high / 2)
    brush.text(
        at[0] + 3, at[1] + 4, shop.name, type_face, tone(board, 0.86 if shop.light else 0.55), anchor="ms"
    )
    brush.text(*at, shop.name, type_face, letters, anchor="ms")
    brush.rect(x0, top + 138, x1, top + 150, tone(house.accent, 1.2))
    brush.shade(x0, top + 150, x1, top + 186, 0.6, 1.0)
    for x in (x0 + (x1 - x0) * 0.2, x0 + (x1 - x0) * 0.8):
        brush.line((x, top + 4), (x, top - 26), (40, 40, 44), 5)
        brush.line((x, top - 26), (x + 16, top - 34), (40, 40, 44), 5)
        brush.poly(
            [(x + 4, top - 40), (x + 34, top - 40), (x + 44, top - 12), (x - 6, top - 12)], (52, 52, 56)
        )
        brush.oval(x + 19, top - 12, (25, 5), (255, 226, 160))


def _awning(brush: Brush, x0: float, x1: float, stripes: tuple[Color, Color]) -> None:
    top, bottom, out = SHOP_TOP_Y + 146, SHOP_TOP_Y + 262, 20
    brush.shadow([(x0, bottom), (x1, bottom), (x1 + 10, bottom + 66), (x0 + 16, bottom + 66)], 10, 0.42)
    count = max(6, round((x1 - x0) / 44)) | 1
    for index in range(count):
        color = stripes[index % 2]
        a, b = x0 + (x1 - x0) * index / count, x0 + (x1 - x0) * (index + 1) / count
        c, d = (v + out * (2 * (v - x0) / (x1 - x0) - 1) for v in (a, b))
        for slab in range(6):
            s, t = slab / 6, (slab + 1) / 6
            shape = [(a + (c - a) * s, top + (bottom - top) * s), (b + (d - b) * s, top + (bottom - top) * s)]
            shape += [
                (b + (d - b) * t, top + (bottom - top) * t),
                (a + (c - a) * t, top + (bottom - top) * t),
            ]
            brush.poly(shape, tone(color, 1.04 - 0.03 * slab))
        brush.rect(c, bottom, d, bottom + 12, tone(color, 0.84))
        brush.oval((c + d) / 2, bottom + 11, ((d - c) / 2, 15), tone(color, 0.84), (0, 180))


def _show_window(
    brush: Brush, house: House, shop: Shop, spots: Spots, sky: Sky, rng: np.random.Generator
) -> None:
    x0, x1 = spots.window
    top, base = 1880, 2212
    brush.rect(x0 - 12, top - 40, x1 + 12, base + 14, tone(house.accent, 1.18))
    brush.rect(x0 - 6, top - 34, x1 + 6, base + 6, tone(house.accent, 0.66))
    warm = mix((96, 84, 76), (255, 216, 150), 0.22 + 0.5 * (sky.lit > 0.3))
    brush.gradient(x0, top - 28, x1, base, tone(warm, 0.72), tone(warm, 1.05))
    for x in np.linspace(x0, x1, 5)[1:-1]:
        light = [(x - 8, top - 28), (x + 8, top - 28), (x + 66, base), (x - 66, base)]
        brush.poly(light, (255, 232, 180), alpha=0.1)
        brush.disc(float(x), top - 14, 7, (255, 240, 204))
    brush.rect(x0, base - 24, x1, base, (122, 92, 68))
    brush.rect(x0, base - 24, x1, base - 20, (150, 116, 86))
    shelf = 2040
    brush.rect(x0 + 6, shelf, x1 - 6, shelf + 9, (132, 102, 76))
    brush.shade(x0 + 6, shelf + 9, x1 - 6, shelf + 24, 0.7, 1.0)
    lay_out = GOODS[shop.kind]
    lay_out(brush, rng, x0 + 22, x1 - 22, shelf, 92)
    lay_out(brush, rng, x0 + 22, x1 - 22, base - 24, 128)
    wide = x1 - x0
    for share, band in ((0.1, 0.16), (0.33, 0.06), (0.62, 0.2)):
        left = x0 + wide * share
        right = min(left + wide * band, x1 - 60)
        brush.poly(
            [(left + 60, top - 28), (right + 60, top - 28), (right - 60, base), (left - 60 + 60, base)],
            (226, 238, 246),
            alpha=0.1,
        )
    brush.shade(x0, top - 28, x1, top, 0.6, 1.0)
    parts = max(1, round(wide / 330))
    for x in np.linspace(x0, x1, parts + 1)[1:-1]:
        if abs(x - spots.card[0]) > 100:
            brush.rect(float(x) - 5, top - 28, float(x) + 5, base, tone(house.accent, 1.18))
    brush.rect(x0 - 18, base + 8, x1 + 18, base + 22, tone(house.accent, 1.28))
    brush.shade(x0 - 12, base + 22, x1 + 12, base + 36, 0.7, 1.0)
    panels = max(2, round(wide / 180))
    for index in range(panels):
        a, b = x0 + wide * index / panels + 8, x0 + wide * (index + 1) / panels - 8
        brush.rect(a, base + 44, b, BASE_Y - 26, tone(house.accent, 0.74))
        brush.rect(a + 4, base + 48, b, BASE_Y - 26, tone(house.accent, 1.12))
        brush.rect(a + 4, base + 48, b - 4, BASE_Y - 30, tone(house.accent, 0.92))


def _door(brush: Brush, shop: Shop, spots: Spots, sky: Sky) -> None:
    x, half = spots.door[0], 92
    color = shop.door
    brush.rect(x - half - 16, 1866, x + half + 16, BASE_Y, tone(color, 1.28))
    brush.rect(x - half - 6, 1876, x + half + 6, BASE_Y, tone(color, 0.5))
    brush.gradient(x - half, 1882, x + half, 1938, mix((60, 72, 86), sky.low, 0.4), (64, 70, 80))
    brush.rect(x - 3, 1882, x + 3, 1938, tone(color, 1.1))
    brush.rect(x - half, 1938, x + half, 1950, tone(color, 1.15))
    brush.gradient(x - half, 1950, x + half, BASE_Y - 12, tone(color, 1.06), tone(color, 0.9))
    lamp = mix((58, 62, 70), (255, 212, 142), 0.16 + 0.4 * (sky.lit > 0.3))
    brush.rect(x - 76, 1966, x + 76, 2168, tone(color, 0.66))
    brush.gradient(x - 71, 1971, x + 71, 2163, mix(lamp, sky.low, 0.3), lamp)
    brush.poly(
        [(x - 20, 1971), (x + 34, 1971), (x - 38, 2163), (x - 71, 2163), (x - 71, 2110)],
        (230, 240, 246),
        alpha=0.14,
    )
    brush.shade(x - 71, 1971, x + 71, 1984, 0.62, 1.0)
    for top, bottom in ((2186, 2226), (2238, 2304)):
        brush.rect(x - 76, top, x + 76, bottom, tone(color, 0.72))
        brush.rect(x - 72, top + 4, x + 76, bottom, tone(color, 1.2))
        brush.rect(x - 72, top + 4, x + 72, bottom - 4, tone(color, 0.96))
    knob = x + (half - 9) * (1 if shop.mirrored else -1)
    brush.rounded(knob - 5, 2120, knob + 5, 2196, 4, (206, 170, 96))
    brush.rect(knob - 4, 2122, knob - 1, 2194, (240, 214, 150))
    brush.rect(x - half - 30, BASE_Y - 12, x + half + 30, BASE_Y + 6, (172, 166, 158))
    brush.rect(x - half - 30, BASE_Y + 2, x + half + 30, BASE_Y + 8, (128, 122, 118))
    brush.shade(x - half, 1950, x + half, 1966, 0.7, 1.0)
