"""Swatch charts: colours in dots too fine for the first view.

Every swatch is a halftone whose dots and ground average to the same mid-grey over each pixel of the first
view, exactly. The first view is therefore the same to the last bit for all eight answers, and one zoom shows
the dots plainly: the smallest task with a proven information gap, made so that a tiny model can learn it.

Difficulty: 1 a 4x4 chart with large swatches; 2 a 5x5 chart; 3 a 6x6 chart, the card is named by a
neighbour ("directly right of C2"); 4 the same in a 7x7 chart with small swatches; 5 an 8x8 chart in which a
tiny note on the named card says which card to look at (two hops).
"""

__all__ = ["COLOURS", "SIDE_PX", "generate"]

from functools import cache

import cv2
import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

from ..tools.fonts import font
from .scene import Patch, Scene, Target

COLOURS = {
    "red": (214, 40, 40),
    "orange": (247, 132, 22),
    "yellow": (250, 214, 30),
    "green": (34, 150, 66),
    "blue": (28, 92, 214),
    "purple": (136, 54, 170),
    "black": (12, 12, 14),
    "white": (252, 252, 250),
}
FIRST_VIEW_PX = 224
TILE_PX = 16  # source px behind one px of the first view
SIDE_PX = FIRST_VIEW_PX * TILE_PX
MARGIN_PX = 256
GREY = 128
DOT_RADIUS_PX = 5.6
GRID = {1: 4, 2: 5, 3: 6, 4: 7, 5: 8}
SWATCH_PX = {1: 448, 2: 384, 3: 320, 4: 192, 5: 192}
NEEDED_SCALE = 0.4  # a tile is 6.4 px then, a dot 4.5
NOTE_CAP_PX = 10
LETTERS = "ABCDEFGH"
STEPS = {
    "directly right of": (1, 0),
    "directly left of": (-1, 0),
    "directly above": (0, -1),
    "directly below": (0, 1),
}
PAPERS = ((244, 240, 231), (238, 241, 243), (246, 243, 238))


def generate(rng: np.random.Generator, *, difficulty: int) -> Scene:
    """A chart of swatches and a question about one of them; always answerable.

    Args:
        rng: all randomness.
        difficulty: 1 to 5, see above.
    """
    count, side = GRID[difficulty], SWATCH_PX[difficulty]
    names = list(COLOURS)
    chart = rng.integers(len(names), size=(count, count))
    image = _paper(count, side, rng)
    for row in range(count):
        for column in range(count):
            x, y = _corner(count, side, column, row)
            image[y : y + side, x : x + side] = _swatch(names[chart[row, column]], side)
    column, row, start, words = _choose(rng, count, difficulty)
    targets = [_look_at(count, side, column, row)]
    if difficulty == 5:
        targets = [_note(image, count, side, start, (column, row)), *targets]
    share = 1.0 / len(targets)
    x, y = _corner(count, side, column, row)
    value = names[chart[row, column]]
    wrong = [name for name in names if name != value]
    options = "\n".join(f"{LETTERS[i]}. {name}" for i, name in enumerate(names))
    return Scene(
        kind="swatch",
        image=image,
        question=f"Every card of this chart is printed in fine dots of one colour. {words}\n{options}\n"
        "Answer with the letter.",
        answer={"type": "choice", "value": LETTERS[names.index(value)], "options": names},
        targets=tuple(Target(target.box, target.scale, share) for target in targets),
        variants=tuple((Patch(x, y, _swatch(name, side)),) for name in wrong),
        limits={"max_side_px": FIRST_VIEW_PX, "max_tokens": 64},
        facts={"cell": f"{LETTERS[column]}{row + 1}", "colour": value},
    )


def _choose(rng: np.random.Generator, count: int, difficulty: int) -> tuple[int, int, tuple[int, int], str]:
    """Column and row of the card asked about, the card named in the question, and the question."""
    column, row = (int(v) for v in rng.integers(count, size=2))
    if difficulty <= 2:
        return column, row, (column, row), f"What colour are the dots on card {LETTERS[column]}{row + 1}?"
    if difficulty == 5:
        other = int(rng.integers(count * count - 1))
        other += other >= row * count + column
        start = (other % count, other // count)
        words = f"Card {LETTERS[start[0]]}{start[1] + 1} carries a note that names another card."
        return column, row, start, f"{words} What colour are the dots on that card?"
    steps = [
        (name, step)
        for name, step in STEPS.items()
        if 0 <= column - step[0] < count and 0 <= row - step[1] < count
    ]
    name, step = steps[int(rng.integers(len(steps)))]
    start = (column - step[0], row - step[1])
    anchor = f"{LETTERS[start[0]]}{start[1] + 1}"
    return column, row, start, f"What colour are the dots on the card {name} card {anchor}?"


def _cell_px(count: int) -> int:
    return (SIDE_PX - MARGIN_PX) // count // TILE_PX * TILE_PX


def _corner(count: int, side: int, column: int, row: int) -> tuple[int, int]:
    """Upper left corner of a swatch, on the grid of the first view's pixels."""
    cell = _cell_px(count)
    inset = (cell - side) // 2 // TILE_PX * TILE_PX
    return MARGIN_PX + column * cell + inset, MARGIN_PX + row * cell + inset


def _look_at(count: int, side: int, column: int, row: int) -> Target:
    """The middle of a swatch: enough dots to see."""
    x, y = _corner(count, side, column, row)
    inset = side * 0.2
    return Target((x + inset, y + inset, x + side - inset, y + side - inset), NEEDED_SCALE)


def _note(image: np.ndarray, count: int, side: int, start: tuple[int, int], to: tuple[int, int]) -> Target:
    """Print a tiny note under a swatch and say where it stands."""
    x, y = _corner(count, side, *start)
    text = f"see {LETTERS[to[0]]}{to[1] + 1}"
    face = font("Inter", 14, 600)
    left, top, right, bottom = face.getbbox(text)
    x, y = x + 4, y + side + 12
    region = Picture.fromarray(image[y : y + int(bottom) + 4, x : x + int(right) + 4])
    ImageDraw.Draw(region).text((0, 0), text, font=face, fill=(70, 68, 64))
    image[y : y + int(bottom) + 4, x : x + int(right) + 4] = np.asarray(region)
    return Target((x + left, y + top, x + right, y + bottom), 12 / NOTE_CAP_PX)


def _paper(count: int, side: int, rng: np.random.Generator) -> np.ndarray:
    """The empty chart: paper, cards with a soft shadow, letters across and numbers down."""
    paper = PAPERS[int(rng.integers(len(PAPERS)))]
    image = np.empty((SIDE_PX, SIDE_PX, 3), np.uint8)
    image[:] = paper
    cell, pad = _cell_px(count), 26
    shade = np.zeros((SIDE_PX // 8, SIDE_PX // 8), np.float32)
    corners = [_corner(count, side, column, row) for row in range(count) for column in range(count)]
    for x, y in corners:
        low, high = (x - pad, y - pad + 10), (x + side + pad, y + side + pad + 22)
        cv2.rectangle(shade, (low[0] // 8, low[1] // 8), (high[0] // 8, high[1] // 8), 1.0, -1)
    shade = cv2.resize(
        cv2.GaussianBlur(shade, (0, 0), 2.2), (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_LINEAR
    )
    image = (image * (1 - 0.16 * shade[..., None])).astype(np.uint8)
    for x, y in corners:
        image[y - pad : y + side + pad + 12, x - pad : x + side + pad] = 253
    canvas = Picture.fromarray(image)
    draw = ImageDraw.Draw(canvas)
    face = font("Inter", 168, 700)
    for i in range(count):
        centre = MARGIN_PX + i * cell + cell // 2
        draw.text((centre, MARGIN_PX // 2), LETTERS[i], font=face, fill=(52, 50, 48), anchor="mm")
        draw.text((MARGIN_PX // 2, centre), str(i + 1), font=face, fill=(52, 50, 48), anchor="mm")
    return np.array(canvas)


@cache
def _swatch(name: str, side: int) -> np.ndarray:
    """(side, side, 3) uint8: tiles whose every channel sums to GREY * TILE_PX ** 2, exactly."""
    steps = (np.arange(TILE_PX * 8) + 0.5) / 8 - TILE_PX / 2
    fine = (steps[:, None] ** 2 + steps[None, :] ** 2 <= DOT_RADIUS_PX**2).astype(np.float64)
    cover = fine.reshape(TILE_PX, 8, TILE_PX, 8).mean(axis=(1, 3))
    share = cover.mean()
    tile = np.empty((TILE_PX, TILE_PX, 3), np.uint8)
    for channel, level in enumerate(COLOURS[name]):
        ground = (GREY - share * level) / (1 - share)
        exact = cover * level + (1 - cover) * ground
        whole = np.floor(exact).astype(np.int64)
        missing = GREY * TILE_PX**2 - int(whole.sum())
        order = np.argsort((whole - exact).ravel(), kind="stable")
        whole.ravel()[order[:missing]] += 1
        tile[..., channel] = whole
    swatch = np.tile(tile, (side // TILE_PX, side // TILE_PX, 1))
    swatch.flags.writeable = False
    return swatch
