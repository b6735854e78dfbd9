"""A whole shopping street on 12 megapixels: chosen, laid out and painted.

Knows where every small plate hangs and what it may say; knows nothing of questions.
"""

__all__ = ["HEIGHT_PX", "WIDTH_PX", "Street", "choose_street", "paint_street"]

from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np

from .street_brush import Brush, mix, tone
from .street_facade import BASE_Y, House, Sky, paint_house
from .street_kerbside import (
    paint_bench,
    paint_bike,
    paint_car,
    paint_lamp,
    paint_lamp_light,
    paint_tree,
    paint_tub,
    paint_van,
)
from .street_palette import AWNINGS, COLORS, DOORS, FLOWERS, PAINT, SKIES
from .street_roofs import paint_roof
from .street_shopfront import SHOPS, SIGN_FACES, Shop, Spots, paint_shop, shop_spots

WIDTH_PX, HEIGHT_PX = 4000, 3000
KERB_Y, LAMP_Y, TREE_Y, BIKE_Y, VAN_Y = 2592, 2462, 2420, 2530, 2838


@dataclass
class Street:
    """A street before it is painted; x of everything in px, colours by their names in `PAINT`."""

    sky: Sky
    houses: list[House]
    shops: list[Shop]
    lamps: list[int]
    trees: list[int]
    bikes: list[tuple[int, str]]
    vans: list[tuple[int, str]]
    benches: list[int] = field(default_factory=list)

    @property
    def spots(self) -> list[Spots]:
        """Places for plates, one a shop."""
        return [shop_spots(house, shop) for house, shop in zip(self.houses, self.shops, strict=True)]

    @property
    def grade(self) -> np.ndarray:
        """(256, 1, 3) uint8 lookup table: the light of the day."""
        steps = np.arange(256, dtype=np.float64)[:, None] * np.asarray(self.sky.gain)
        lift = np.asarray((10, 6, 18)) if self.sky.name == "dusk" else 0
        return np.clip(np.round(steps + lift), 0, 255).astype(np.uint8)[:, None, :]


def choose_street(rng: np.random.Generator) -> Street:
    """Choose houses, shops and everything on the pavement, and lay them out without collisions."""
    sky = SKIES[rng.integers(len(SKIES))]
    count = int(rng.integers(4, 6))
    shares = rng.uniform(0.85, 1.15, count)
    edges = np.concatenate([[0], np.round(np.cumsum(shares / shares.sum()) * WIDTH_PX)]).astype(int).tolist()
    colors, kinds = rng.permutation(len(COLORS)), rng.permutation(sorted(SHOPS))
    roofs = rng.permutation(["mansard", "pitched", "parapet", "stepped", "gable", "pitched"])
    heights = _heights(rng, count)
    houses, shops = [], []
    for index, (x0, x1) in enumerate(pairwise(edges)):
        wall, trim, accent = COLORS[colors[index]]
        red = wall[0] - wall[2] > 60 and max(wall) < 205
        material = "brick" if red else str(rng.choice(["plaster", "plaster", "stone"]))
        window = str(rng.choice(["sash", "casement", "arched"]))
        houses.append(
            House(
                x0,
                x1,
                heights[index],
                wall,
                trim,
                accent,
                material,
                str(roofs[index]),
                window,
                bool(window != "arched" and rng.random() < 0.4),
                float(rng.choice([0.0, 0.35, 0.7])),
                FLOWERS[rng.integers(len(FLOWERS))],
            )
        )
        kind = str(kinds[index])
        shops.append(
            Shop(
                str(rng.choice(SHOPS[kind])),
                kind,
                AWNINGS[rng.integers(len(AWNINGS))] if rng.random() < 0.68 else None,
                DOORS[rng.integers(len(DOORS))],
                bool(rng.random() < 0.5),
                SIGN_FACES[rng.integers(len(SIGN_FACES))],
                bool(rng.random() < 0.28),
            )
        )
    street = Street(sky, houses, shops, [], [], [], [])
    _furnish(street, edges, rng)
    return street


def _heights(rng: np.random.Generator, count: int) -> list[int]:
    heights = [int(rng.integers(2, 4))]
    while len(heights) < count:
        heights.append(int(rng.choice([h for h in (2, 3) if h != heights[-1] or rng.random() < 0.4] or [2])))
    return heights


def _furnish(street: Street, edges: list[int], rng: np.random.Generator) -> None:
    # posts and trunks must not hide a plate: they keep out of these spans
    kept = [(s.door[0], 100) for s in street.spots] + [(s.number[0], 95) for s in street.spots]
    kept += [(s.card[0], 110) for s in street.spots]

    def free(x: float, taken: list[int], gap: float) -> bool:
        return all(abs(x - at) > wide + 14 for at, wide in kept) and all(abs(x - at) > gap for at in taken)

    wanted = int(rng.integers(3, 6))
    places = rng.permutation(np.arange(90, WIDTH_PX - 90, 10)).tolist() + edges[1:-1]
    for gap in (620, 460, 300):
        for x in places:
            if len(street.lamps) < (wanted if gap == 620 else 3) and free(x, street.lamps, gap):
                street.lamps.append(x)
    street.lamps.sort()
    street.trees = [x for x in edges[1:-1] if rng.random() < 0.8 and free(x, street.lamps, 95)]
    names = rng.permutation(sorted(PAINT)).tolist()
    for name in names[: int(rng.integers(2, 4))]:
        taken = [x for x, _ in street.bikes]
        for x in rng.integers(320, WIDTH_PX - 320, 40).tolist():
            if all(abs(x - at) > 620 for at in taken) and all(abs(x - at) > 150 for at in street.lamps):
                street.bikes.append((x, name))
                break
    for x in rng.integers(250, WIDTH_PX - 250, 40).tolist():
        others = [at for at, _ in street.bikes]
        if len(street.benches) < 2 and all(abs(x - at) > 480 for at in others + street.benches):
            street.benches.append(x)
    names = rng.permutation(sorted(PAINT)).tolist()
    slots = rng.permutation(4)[: int(rng.integers(2, 4))]
    street.vans = [
        (int(500 + 1000 * s + rng.integers(-110, 110)), n) for s, n in zip(sorted(slots), names, strict=False)
    ]


def paint_street(street: Street, rng: np.random.Generator) -> np.ndarray:
    """Paint a street without its plates.

    Returns:
        (3000, 4000, 3) uint8 RGB.
    """
    brush = Brush(np.empty((HEIGHT_PX, WIDTH_PX, 3), np.uint8))
    _sky(brush, street.sky, rng)
    _far_roofs(brush, street.sky, rng)
    for house, shop in zip(street.houses, street.shops, strict=True):
        paint_roof(brush, house, street.sky, rng)
        paint_house(brush, house, street.sky, rng)
        paint_shop(brush, house, shop, street.sky, rng)
    _drop_shadows(brush, street.houses)
    _ground(brush, rng)
    _furniture(brush, street, rng)
    cv2.LUT(brush.px, street.grade, dst=brush.px)
    if street.sky.lit > 0.3:
        for x in street.lamps:
            paint_lamp_light(brush, x, LAMP_Y)
    return brush.px


def _sky(brush: Brush, sky: Sky, rng: np.random.Generator) -> None:
    brush.gradient(0, 0, WIDTH_PX, 1300, sky.top, sky.low)
    for _ in range(int(rng.integers(5, 8))):
        x, y, wide = rng.uniform(0, WIDTH_PX), rng.uniform(60, 620), rng.uniform(280, 620)
        puffs = rng.random((14, 3))
        for part in range(2):
            color = mix(sky.cloud, sky.low, 0.3) if part == 0 else sky.cloud
            for share, lift, size in puffs:
                radius = wide * (0.1 + 0.13 * size) * (1 - abs(share - 0.5))
                at = (x + (share - 0.5) * wide * 1.5, y - radius * 0.5 - lift * wide * 0.06 - 14 * part)
                ring = np.linspace(0, 2 * np.pi, 20)
                brush.shadow(
                    [
                        (at[0] + radius * 1.25 * c, at[1] + radius * 0.72 * s)
                        for c, s in zip(np.cos(ring), np.sin(ring), strict=True)
                    ],
                    14,
                    0.5 if part else 0.32,
                    color,
                )
    flock = rng.uniform((400, 120), (WIDTH_PX - 400, 500))
    for dx, dy in rng.normal(0, 1, (6, 2)):
        x, y = flock[0] + dx * 110, flock[1] + dy * 46
        for side in (-1, 1):
            brush.oval(x + side * 13, y, (13, 8), mix(sky.top, (50, 54, 70), 0.7), (190, 350), width_px=3)


def _far_roofs(brush: Brush, sky: Sky, rng: np.random.Generator) -> None:
    for layer in range(2):
        color, x = mix(sky.far, sky.low, 0.5 - 0.32 * layer), -60.0
        while x < WIDTH_PX:
            wide, top = rng.uniform(150, 330), rng.uniform(700, 880) + 90 * layer
            brush.rect(x, top, x + wide, 1700, color)
            if rng.random() < 0.7:
                brush.poly(
                    [(x - 10, top), (x + wide / 2, top - rng.uniform(60, 120)), (x + wide + 10, top)],
                    tone(color, 0.95),
                )
            if rng.random() < 0.5:
                at = x + wide * rng.uniform(0.2, 0.8)
                brush.rect(at, top - 90, at + 32, top, tone(color, 0.92))
            x += wide
        if layer == 0:
            at, tip = rng.uniform(500, WIDTH_PX - 500), 300
            brush.rect(at - 56, 560, at + 56, 1500, color)
            brush.poly([(at - 70, 562), (at, tip), (at + 70, 562)], tone(color, 0.93))
            brush.disc(at, 640, 34, tone(color, 1.08))


def _drop_shadows(brush: Brush, houses: list[House]) -> None:
    # light falls from the upper left, so a tall house shades the wall of its lower right-hand neighbour
    for left, right in pairwise(houses):
        if left.top < right.top - 100:
            brush.rect(right.x0, right.top - 30, right.x0 + 44, BASE_Y, (40, 40, 66), alpha=0.24)


def _ground(brush: Brush, rng: np.random.Generator) -> None:
    grain = rng.normal(0, 3.5, (250, 500, 1))
    for y0, y1, top, bottom in (
        (BASE_Y, KERB_Y, (196, 188, 176), (206, 198, 186)),
        (KERB_Y, HEIGHT_PX, (112, 112, 116), (96, 97, 102)),
    ):
        brush.tile(
            0, y0, WIDTH_PX, y1, np.clip(np.asarray(mix(top, bottom, 0.5)) + grain, 0, 255).astype(np.uint8)
        )
        brush.shade(0, y0, WIDTH_PX, y1, 1.0 if y0 == BASE_Y else 1.08, 1.04 if y0 == BASE_Y else 0.9)
    rows = (BASE_Y, 2366, 2410, 2464, 2530, KERB_Y)
    for index, (y0, y1) in enumerate(pairwise(rows)):
        for x in range(-60 + 47 * (index % 2), WIDTH_PX, 132):
            if rng.random() < 0.5:
                brush.rect(
                    x, y0, x + 132, y1, (255, 248, 236) if rng.random() < 0.5 else (120, 110, 104), alpha=0.1
                )
            brush.rect(x, y0, x + 2, y1, (166, 158, 148))
        brush.rect(0, y1 - 2, WIDTH_PX, y1, (164, 156, 146))
    brush.shade(0, BASE_Y, WIDTH_PX, BASE_Y + 46, 0.66, 1.0)
    brush.rect(0, KERB_Y - 4, WIDTH_PX, KERB_Y + 8, (222, 216, 206))
    brush.gradient(0, KERB_Y + 8, WIDTH_PX, KERB_Y + 34, (176, 170, 164), (150, 146, 142))
    brush.shade(0, KERB_Y + 34, WIDTH_PX, KERB_Y + 64, 0.7, 1.0)
    for x in range(-140, WIDTH_PX, 430):
        brush.poly([(x + 20, 2926), (x + 230, 2926), (x + 214, 2946), (x, 2946)], (214, 212, 206), alpha=0.85)
    for x, y, wide in zip(
        rng.uniform(0, WIDTH_PX, 26), rng.uniform(2640, 2990, 26), rng.uniform(30, 150, 26), strict=True
    ):
        brush.oval(x, y, (wide, 4 + wide / 22), (104, 104, 109) if wide < 90 else (92, 93, 98))


def _furniture(brush: Brush, street: Street, rng: np.random.Generator) -> None:
    for x in street.trees:
        paint_tree(brush, x, TREE_Y, street.sky, rng)
    for spot in street.spots:
        for side in (-148, 148):
            x = spot.door[0] + side
            if (
                rng.random() < 0.5
                and abs(x - spot.number[0]) > 90
                and all(abs(x - t) > 120 for t in street.trees)
            ):
                paint_tub(brush, x, BASE_Y + 36, street.sky, rng)
    for x in street.benches:
        paint_bench(brush, x, BIKE_Y - 90)
    for x in street.lamps:
        paint_lamp(brush, x, LAMP_Y)
    for x, name in street.bikes:
        paint_bike(brush, x, BIKE_Y, PAINT[name])
    _traffic(brush, street, rng)


def _traffic(brush: Brush, street: Street, rng: np.random.Generator) -> None:
    used = [x for x, _ in street.vans]
    spare = [c for n, c in sorted(PAINT.items()) if n not in {name for _, name in street.vans}]
    for x in (500, 1500, 2500, 3500):
        if all(abs(x - at) > 700 for at in used) and rng.random() < 0.5:
            paint_car(
                brush,
                x + float(rng.uniform(-60, 60)),
                VAN_Y - 6,
                mix(spare[rng.integers(len(spare))], (200, 190, 176), 0.25),
                street.sky,
            )
    for x, name in street.vans:
        paint_van(brush, x, VAN_Y, PAINT[name], street.sky)
