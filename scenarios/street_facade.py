"""Houses of a shopping street: walls, windows, cornices.

Frontal and layered, with light from the upper left. Every house is drawn from its own choices, none from a
sprite. Knows nothing of shops, plates or questions.
"""

__all__ = ["BASE_Y", "FLOOR_PX", "SHOP_TOP_Y", "House", "Sky", "glass_colors", "paint_house"]

from dataclasses import dataclass

import numpy as np

from .street_brush import Brush, Color, mix, tone

BASE_Y = 2330
SHOP_TOP_Y = 1690
FLOOR_PX = 340


@dataclass(frozen=True)
class Sky:
    """A time of day.

    Args:
        name: its name.
        top: colour overhead.
        low: colour at the horizon.
        cloud: colour of clouds.
        far: colour of distant roofs.
        gain: red, green and blue gain of the light on everything below.
        lit: share of windows with a lamp behind them.
        leaves: three tones of foliage, dark to light.
    """

    name: str
    top: Color
    low: Color
    cloud: Color
    far: Color
    gain: tuple[float, float, float]
    lit: float
    leaves: tuple[Color, Color, Color]


@dataclass(frozen=True)
class House:
    """A house and what was chosen for it.

    Args:
        x0: left edge, px.
        x1: right edge, px.
        floors: floors above the shop.
        wall: colour of the wall.
        trim: colour of sills, cornices and frames.
        accent: colour of shutters, door and shop front.
        material: `brick`, `plaster` or `stone`.
        roof: `mansard`, `pitched`, `parapet`, `stepped` or `gable`.
        window: `sash`, `casement` or `arched`.
        shutters: whether windows have shutters.
        boxes: share of windows with a flower box.
        flower: colour of the flowers.
    """

    x0: int
    x1: int
    floors: int
    wall: Color
    trim: Color
    accent: Color
    material: str
    roof: str
    window: str
    shutters: bool
    boxes: float
    flower: Color

    @property
    def top(self) -> int:
        """Y of the cornice under the roof."""
        return SHOP_TOP_Y - self.floors * FLOOR_PX - 36


def paint_house(brush: Brush, house: House, sky: Sky, rng: np.random.Generator) -> None:
    """Paint a house from its cornice down to the pavement, without roof and shop."""
    brush.tile(house.x0, house.top, house.x1, BASE_Y, _wall(house, rng))
    brush.shade(house.x0, house.top, house.x1, SHOP_TOP_Y, 1.0, 0.93)
    _quoins(brush, house)
    width = house.x1 - house.x0
    columns = max(3, round(width / (250 if house.shutters else 205)))
    pitch = (width - 70) / columns
    for floor in range(house.floors):
        base = SHOP_TOP_Y - floor * FLOOR_PX - 62
        if floor:
            y = base + 62
            brush.rect(house.x0, y - 7, house.x1, y + 7, house.trim)
            brush.rect(house.x0, y - 7, house.x1, y - 4, tone(house.trim, 1.1))
            brush.shade(house.x0, y + 7, house.x1, y + 19, 0.8, 1.0)
        high = 214 - 12 * floor
        balcony = floor == 1 and house.material == "stone"
        for column in range(columns):
            x = house.x0 + 35 + pitch * (column + 0.5)
            _window(brush, house, sky, rng, x, base, min(126.0, pitch * 0.6), high)
            if balcony:
                _balcony(brush, x, base, pitch * 0.42)
    _cornice(brush, house)
    brush.shade(house.x0, house.top, house.x0 + 4, BASE_Y, 0.86, 0.9)
    brush.shade(house.x1 - 9, house.top, house.x1, BASE_Y, 0.74, 0.82)


def _wall(house: House, rng: np.random.Generator) -> np.ndarray:
    if house.material == "plaster":
        rough = rng.normal(0, 3.2, (40, 40, 1)).astype(np.float32)
        grown = np.kron(rough[:, :, 0], np.ones((12, 12), np.float32))[:, :, None]
        soft = (grown + np.roll(grown, (6, 6), (0, 1)) + np.roll(grown, (3, 9), (0, 1))) / 3
        grain = rng.normal(0, 2.4, (480, 480, 1)).astype(np.float32)
        return np.clip(np.asarray(house.wall, np.float32) + soft + grain, 0, 255).astype(np.uint8)
    wide, high = (48, 16) if house.material == "brick" else (120, 60)
    spread = 0.055 if house.material == "brick" else 0.03
    joint = mix(house.wall, (214, 206, 196) if house.material == "brick" else (70, 64, 60), 0.3)
    pattern = np.empty((480, 480, 3), np.uint8)
    pattern[:] = joint
    for row, y in enumerate(range(0, 480, high)):
        for x in range(0, 480, wide):
            shift = wide // 2 if row % 2 else 0
            color = tone(house.wall, 1 + rng.normal(0, spread))
            columns = (np.arange(x + 1, x + wide - 1) + shift) % 480
            pattern[y + 1 : y + high - 1, columns] = color
            pattern[y + 1, columns] = tone(color, 1.07)
            pattern[y + high - 2, columns] = tone(color, 0.9)
    grain = rng.normal(0, 2.6, (480, 480, 1))
    return np.clip(pattern + grain, 0, 255).astype(np.uint8)


def _quoins(brush: Brush, house: House) -> None:
    if house.material == "stone":
        return
    for index, y in enumerate(range(house.top + 40, SHOP_TOP_Y - 20, 58)):
        deep = 44 if index % 2 else 28
        for x0, x1 in ((house.x0, house.x0 + deep), (house.x1 - deep, house.x1)):
            brush.rect(x0, y, x1, y + 52, mix(house.trim, house.wall, 0.25))
            brush.rect(x0, y + 49, x1, y + 52, mix(house.trim, (60, 50, 50), 0.45))


def _cornice(brush: Brush, house: House) -> None:
    x0, x1, y = house.x0, house.x1, house.top
    brush.rect(x0 - 8, y - 22, x1 + 8, y, house.trim)
    brush.rect(x0 - 14, y - 32, x1 + 14, y - 20, tone(house.trim, 1.08))
    brush.rect(x0, y, x1, y + 26, mix(house.trim, house.wall, 0.3))
    for x in range(x0 + 16, x1 - 20, 42):
        brush.rect(x, y, x + 16, y + 20, tone(house.trim, 0.97))
        brush.rect(x + 16, y + 2, x + 22, y + 22, tone(house.trim, 0.72))
    brush.shade(x0, y + 20, x1, y + 78, 0.66, 1.0)


def _window(
    brush: Brush,
    house: House,
    sky: Sky,
    rng: np.random.Generator,
    x: float,
    base: float,
    wide: float,
    high: float,
) -> None:
    x0, x1, top = x - wide / 2, x + wide / 2, base - high
    arched, frame, edge = house.window == "arched", tone(house.trim, 1.06), 13
    if arched:
        brush.oval(x, top + 2, (wide / 2 + edge, wide / 2 + edge), house.trim, (180, 360))
    else:
        brush.rect(x0 - edge - 8, top - 28, x1 + edge + 8, top - 8, house.trim)
        brush.rect(x0 - edge - 14, top - 34, x1 + edge + 14, top - 26, tone(house.trim, 1.07))
    brush.rect(x0 - edge, top - 8, x1 + edge, base + 4, house.trim)
    lit = rng.random() < sky.lit
    high_glass, low_glass = glass_colors(sky, rng, lit)
    if arched:
        brush.oval(x, top + 2, (wide / 2, wide / 2), high_glass, (180, 360))
    brush.gradient(x0, top, x1, base, high_glass, low_glass)
    _curtains(brush, rng, x0, x1, top, base, lit)
    if not lit:
        lean = high * 0.5
        for share, band in ((0.05, 0.22), (0.36, 0.09)):
            left, right = x0 + wide * share, x0 + wide * (share + band)
            corners = [
                (left + wide * 0.4, top),
                (right + wide * 0.4, top),
                (right, top + lean),
                (left, top + lean),
            ]
            brush.poly([(min(cx, x1), cy) for cx, cy in corners], (236, 244, 250), alpha=0.22)
    brush.shade(x0, top, x1, top + 16, 0.6, 0.95)
    brush.shade(x0, top, x0 + 7, base, 0.68, 0.72)
    _bars(brush, house, x, top, base, wide, frame)
    brush.rect(x0 - edge - 12, base + 2, x1 + edge + 12, base + 15, tone(house.trim, 1.06))
    brush.rect(x0 - edge - 8, base + 15, x1 + edge + 8, base + 20, tone(house.trim, 0.8))
    brush.shade(x0 - edge - 4, base + 20, x1 + edge + 14, base + 38, 0.74, 1.0)
    if house.shutters:
        for left, right in ((x0 - edge - 46, x0 - edge), (x1 + edge, x1 + edge + 46)):
            brush.rect(left, top - 4, right, base + 2, house.accent)
            for y in range(round(top) + 8, round(base) - 10, 10):
                brush.rect(left + 6, y, right - 6, y + 6, tone(house.accent, 0.82))
                brush.rect(left + 6, y, right - 6, y + 2, tone(house.accent, 1.18))
            brush.shade(right, top, right + 5, base, 0.78, 0.8)
    if rng.random() < house.boxes:
        _flower_box(brush, house, sky, rng, x0 - 8, x1 + 8, base + 4)


def glass_colors(sky: Sky, rng: np.random.Generator, lit: bool) -> tuple[Color, Color]:
    """Colours of a window pane, top and bottom: a lamp behind it, or the sky in it."""
    if lit:
        warm = tone((255, 214, 138), 0.92 + 0.12 * rng.random())
        return warm, tone(warm, 0.86)
    shine = 0.34 + 0.2 * rng.random()
    return mix((52, 66, 82), sky.low, shine + 0.12), mix((38, 48, 62), sky.top, shine * 0.5)


def _curtains(
    brush: Brush, rng: np.random.Generator, x0: float, x1: float, top: float, base: float, lit: bool
) -> None:
    kind = rng.integers(5)
    cloth = [(226, 220, 206), (206, 196, 180), (196, 178, 168), (186, 198, 198)][rng.integers(4)]
    cloth = mix(cloth, (60, 72, 88), 0.15 if lit else 0.42)
    wide = x1 - x0
    if kind <= 2:
        hang = wide * (0.17 + 0.12 * rng.random())
        for side, out in ((x0, 1.0), (x1, -1.0)):
            edge = side + out * hang
            brush.poly([(side, top), (edge, top), (edge - out * hang * 0.4, base), (side, base)], cloth)
            for fold in (0.3, 0.6):
                at = side + out * hang * fold
                brush.line((at, top + 8), (at - out * hang * 0.2, base), tone(cloth, 0.88), 2)
    elif kind == 3:
        drop = (base - top) * (0.2 + 0.4 * rng.random())
        brush.rect(x0, top, x1, top + drop, cloth)
        brush.rect(x0, top + drop - 8, x1, top + drop, tone(cloth, 0.86))
    elif lit or rng.random() < 0.5:
        pot = x0 + wide * (0.3 + 0.4 * rng.random())
        for lean in (-20, -7, 9, 21):
            brush.line((pot, base - 26), (pot + lean, base - 66 - 4 * abs(lean) / 3), (62, 92, 68), 7)
        brush.poly(
            [(pot - 17, base - 32), (pot + 17, base - 32), (pot + 12, base), (pot - 12, base)], (158, 96, 70)
        )


def _bars(brush: Brush, house: House, x: float, top: float, base: float, wide: float, frame: Color) -> None:
    x0, x1 = x - wide / 2, x + wide / 2
    dark = tone(frame, 0.8)
    start = top - wide / 2 if house.window == "arched" else top
    if house.window == "arched":
        brush.oval(x, top + 2, (wide / 2 - 3, wide / 2 - 3), frame, (180, 360), width_px=7)
    for left in (x0, x1 - 7):
        brush.rect(left, top, left + 7, base, frame)
    brush.rect(x0, base - 8, x1, base + 2, frame)
    if house.window != "arched":
        brush.rect(x0, top, x1, top + 7, frame)
    middle = top + (base - top) * (0.46 if house.window == "sash" else 0.3)
    brush.rect(x0, middle, x1, middle + 9, frame)
    brush.rect(x0 + 7, middle + 9, x1 - 7, middle + 12, dark)
    for share in (0.33, 0.67) if house.window == "sash" and wide > 110 else (0.5,):
        at = x0 + wide * share
        brush.rect(at - 3, start + 4, at + 3, base - 6, frame)


def _flower_box(
    brush: Brush, house: House, sky: Sky, rng: np.random.Generator, x0: float, x1: float, y: float
) -> None:
    spots = rng.random((34, 3))
    for share, lift, pick in spots:
        at = (x0 + (x1 - x0) * share, y + 4 - 30 * lift)
        brush.disc(*at, 9, sky.leaves[int(pick * 3)])
    for share, lift, pick in rng.random((26, 3)):
        at = (x0 + (x1 - x0) * share, y - 4 - 30 * lift)
        brush.disc(*at, 5 + 2 * pick, tone(house.flower, 0.86 + 0.24 * pick))
    brush.rect(x0, y + 2, x1, y + 32, tone(house.accent, 0.82))
    brush.rect(x0, y + 2, x1, y + 8, tone(house.accent, 1.1))
    for share, lift, _ in rng.random((9, 3)):
        brush.disc(x0 + (x1 - x0) * share, y + 6 + 16 * lift, 7, sky.leaves[1])


def _balcony(brush: Brush, x: float, base: float, half: float) -> None:
    iron = (44, 46, 54)
    brush.shade(x - half, base + 22, x + half, base + 54, 0.6, 1.0)
    brush.rect(x - half, base + 12, x + half, base + 22, (150, 146, 140))
    for at in np.linspace(x - half + 3, x + half - 3, 17):
        brush.line((float(at), base - 62), (float(at), base + 12), iron, 3)
    brush.rect(x - half, base - 68, x + half, base - 61, iron)
    brush.rect(x - half, base - 14, x + half, base - 11, iron)
