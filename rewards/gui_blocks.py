"""What a screen is made of, and how far two screens hold the same.

Texts that can be read, and areas whose edges or drawing can be seen in the picture; how they were written as
HTML does not matter. Knows no action and no app.
"""

__all__ = ["Element", "block_f1", "elements_of", "region_text"]

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from ..errors import UsageError
from .assignment import best_pairs
from .block import Block, Box, PageFacts
from .boxes import union
from .palette import delta_e
from .score import Score
from .visibility import TextGroup, visible_groups

UNIT_PX = 540  # lengths below are for a canvas of this width
PLACE_FREE_PX, PLACE_NONE_PX = 4.0, 80.0
AREA_FREE_PX, AREA_NONE_PX = 2.0, (12.0, 80.0)
LEAST_ALIKE = 0.5
COLOR_FAR = 30.0
MAX_COVERED = 0.5
LEAST_SIDE_PX = 3.0
LEAST_STEP = 8  # of 255, to be seen
LEAST_EDGE = 0.25
INSIDE_SHARE = 0.5
MAX_ELEMENTS = 600

_ALONG = np.linspace(0.15, 0.85, 8)
_GRID = (np.arange(10) + 0.5) / 10

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Element:
    """One thing that can be seen on a screen.

    Args:
        kind: a text; an area with an edge; a drawing or picture.
        box: its place, px of the page.
        color: of its letters, of an area's inside, of a drawing's strokes; sRGB.
        back: behind its letters; of others the same as `color`.
        text: what it says, white space collapsed.
    """

    kind: Literal["text", "area", "picture"]
    box: Box
    color: Rgb
    back: Rgb
    text: str = ""


def elements_of(
    page: PageFacts, image: np.ndarray, groups: Sequence[TextGroup] | None = None
) -> tuple[Element, ...]:
    """The elements of a screen: texts in document order, then areas and pictures.

    Args:
        page: its blocks.
        image: (H, W, 3) uint8, the page's picture at any scale.
        groups: its visible groups, where they are known already.

    Raises:
        UsageError: a picture of another shape or dtype.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise UsageError(f"image: expected (H, W, 3) uint8, got {image.shape} {image.dtype}")
    groups = visible_groups(page) if groups is None else groups
    scale, unit = image.shape[1] / page.size_px[0], page.size_px[0] / UNIT_PX
    areas = [block for block in page.blocks if _may_be_seen(block, unit)][:MAX_ELEMENTS]
    looks = _looks(areas, image, scale)
    return (*map(_text, groups[:MAX_ELEMENTS]), *(look for look in looks if look is not None))


def block_f1(
    found: Sequence[Element], true: Sequence[Element], *, size_px: tuple[int, int] = (UNIT_PX, 1200)
) -> Score:
    """How far two screens hold the same things at the same places in the same colours.

    Formula: 2 * sum over pairs of q / (n + m), pairs by the best assignment within a kind. Texts:
    q = alike * place * (0.5 + 0.5 * color), alike = 2 * LCS / (letters of both), 0 below 0.5; place falls
    from 1 to 0 while the farthest edge moves from 4 to 80 px (canvas 540 px wide). Areas and pictures:
    q = place * (0.5 + 0.5 * color), where place falls from 2 px to the true one's shorter side, at least 12
    and at most 80 px. color = 1 - ΔE00 / 30, of letters and background averaged. Two empty
    screens score 0. After Design2Code's block match (arXiv 2403.03163); ours are the product and the F1.

    Args:
        found: n elements.
        true: m elements.
        size_px: width and height of the canvas.

    >>> one = Element("text", (20.0, 20.0, 120.0, 44.0), (0, 0, 0), (255, 255, 255), "Wi-Fi")
    >>> block_f1([one], [one]).value, block_f1([], [one]).value
    (1.0, 0.0)
    """
    total = 0.0
    for kind in ("text", "area", "picture"):
        own = [one for one in found if one.kind == kind]
        wanted = [one for one in true if one.kind == kind]
        if own and wanted:
            worth = (_text_worth if kind == "text" else _area_worth)(own, wanted, size_px)
            rows, columns = best_pairs(worth)
            total += float(worth[rows, columns].sum())
    count = len(found) + len(true)
    value = min(1.0, 2.0 * total / count) if count else 0.0
    why = f"{total:.1f} of {len(true)} elements match, {len(found)} were found"
    return Score(value, {"blocks": value}, why)


def region_text(
    found: Sequence[Element], true: Sequence[Element], region: np.ndarray, *, scale: float = 1.0
) -> Score:
    """F1 of the words that stand in a region of the screen.

    Formula: 2 * |words of both| / (|words found| + |words wanted|), multisets of words of the texts of whose
    box at least half lies in the region. Where neither has words it is 1. Ours.

    Args:
        found: elements of the screen.
        true: elements of the true screen.
        region: (H, W) bool.
        scale: px of the region per px of the page.

    Raises:
        UsageError: a region that is no array of bool.
    """
    if region.dtype != np.bool_ or region.ndim != 2:
        raise UsageError(f"region: expected (H, W) bool, got {region.shape} {region.dtype}")
    sums = np.asarray(cv2.integral(region.astype(np.uint8)))
    own, wanted = _words_in(found, sums, scale), _words_in(true, sums, scale)
    both, count = (own & wanted).total(), own.total() + wanted.total()
    value = 2.0 * both / count if count else 1.0
    return Score(value, {"text": value}, f"{both} of {wanted.total()} words, {own.total()} were found")


def alike(one: str, other: str) -> float:
    """2 * LCS / (letters of both), of two texts that are not both empty.

    >>> alike("62%", "63%"), alike("Wi-Fi", "Wi-Fi")
    (0.6666666666666666, 1.0)
    """
    if one == other:
        return 1.0
    return 2.0 * _common(one, other) / (len(one) + len(other))


def _common(one: str, other: str) -> int:
    """Length of the longest common subsequence, a row of the table as the bits of one number (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for position, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << position
    full = (1 << len(one)) - 1
    row = full
    for letter in other:
        hit = row & places.get(letter, 0)
        row = ((row + hit) | (row - hit)) & full
    return len(one) - row.bit_count()


def _text(group: TextGroup) -> Element:
    block = max(group.blocks, key=lambda block: len(block.text))
    back = block.background
    red, green, blue = (b + block.alpha * (c - b) for c, b in zip(block.color, back, strict=True))
    seen = union(one.seen for one in group.blocks)
    return Element("text", _within(group.box, seen), (red, green, blue), back, group.text)


def _within(box: Box, other: Box) -> Box:
    return (max(box[0], other[0]), max(box[1], other[1]), min(box[2], other[2]), min(box[3], other[3]))


def _may_be_seen(block: Block, unit: float) -> bool:
    x0, y0, x1, y1 = block.seen
    return (
        block.kind in ("box", "picture")
        and min(x1 - x0, y1 - y0) >= LEAST_SIDE_PX * unit
        and block.covered <= MAX_COVERED
        and block.alpha > 0.0
    )


def _looks(blocks: Sequence[Block], image: np.ndarray, scale: float) -> list[Element | None]:
    """Each block as it looks in the picture; None where nothing of it can be told from what is around it."""
    if not blocks:
        return []
    boxes = np.array([block.seen for block in blocks]) * scale
    size = (boxes[:, 2:] - boxes[:, :2])[:, None, :]
    grid = np.stack(np.meshgrid(_GRID, _GRID), axis=-1).reshape(1, -1, 2)
    inside = _pixels(image, boxes[:, None, :2] + grid * size)
    border, lining, outside = (_pixels(image, _ring(boxes, inset)) for inset in (0.5, 3.0, -2.0))
    steps = np.maximum(np.abs(border - outside).max(axis=2), np.abs(lining - outside).max(axis=2))
    has_edge = (steps >= LEAST_STEP).mean(axis=1) >= LEAST_EDGE
    found: list[Element | None] = []
    for number, block in enumerate(blocks):
        if block.kind == "picture":
            base = np.median(outside[number], axis=0)
            far = np.abs(inside[number] - base).max(axis=1)
            strokes = inside[number][far >= max(LEAST_STEP, INSIDE_SHARE * far.max())]
            color = np.median(strokes, axis=0) if len(strokes) else None
        else:
            color = np.median(lining[number], axis=0) if has_edge[number] else None
        if color is None:
            found.append(None)
            continue
        red, green, blue = (float(value) for value in color)
        kind = "picture" if block.kind == "picture" else "area"
        found.append(Element(kind, block.seen, (red, green, blue), (red, green, blue)))
    return found


def _ring(boxes: np.ndarray, inset: float) -> np.ndarray:
    """Points along the four sides of each box, (n, 32, 2), moved inwards."""
    x0, y0, x1, y1 = (boxes[:, side, None] for side in range(4))
    across, along = x0 + _ALONG * (x1 - x0), y0 + _ALONG * (y1 - y0)
    flat = np.ones_like(across)
    sides = [
        (across, (y0 + inset) * flat),
        (across, (y1 - inset) * flat),
        ((x0 + inset) * flat, along),
        ((x1 - inset) * flat, along),
    ]
    return np.concatenate([np.stack(side, axis=-1) for side in sides], axis=1)


def _pixels(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Colours at points (..., 2), int16; beyond the edge that of the edge."""
    height, width = image.shape[:2]
    x = np.clip(points[..., 0].astype(np.intp), 0, width - 1)
    y = np.clip(points[..., 1].astype(np.intp), 0, height - 1)
    return image[y, x].astype(np.int16)


def _text_worth(own: Sequence[Element], wanted: Sequence[Element], size_px: tuple[int, int]) -> np.ndarray:
    unit = size_px[0] / UNIT_PX
    here, there = (np.array([one.box for one in some]) for some in (own, wanted))
    moved = np.abs(here[:, None, :] - there[None, :, :]).max(axis=2) / unit
    place = np.clip((PLACE_NONE_PX - moved) / (PLACE_NONE_PX - PLACE_FREE_PX), 0.0, 1.0)
    worth = place * (0.5 + 0.5 * _colors(own, wanted))
    known: dict[tuple[str, str], float] = {}
    for row, column in np.argwhere(worth > 0.0).tolist():
        pair = own[row].text, wanted[column].text
        if pair not in known:
            level = alike(*pair) if _could_be_alike(*pair) else 0.0
            known[pair] = level if level >= LEAST_ALIKE else 0.0
        worth[row, column] *= known[pair]
    return worth


def _could_be_alike(one: str, other: str) -> bool:
    short, long = sorted((len(one), len(other)))
    return 2.0 * short >= LEAST_ALIKE * (short + long)


def _area_worth(own: Sequence[Element], wanted: Sequence[Element], size_px: tuple[int, int]) -> np.ndarray:
    unit = size_px[0] / UNIT_PX
    here, there = (np.array([one.box for one in some]) for some in (own, wanted))
    moved = np.abs(here[:, None, :] - there[None, :, :]).max(axis=2) / unit
    sides = np.minimum(there[:, 2] - there[:, 0], there[:, 3] - there[:, 1]) / unit
    reach = np.clip(sides, *AREA_NONE_PX)[None, :]
    place = np.clip((reach - moved) / (reach - AREA_FREE_PX), 0.0, 1.0)
    return place * (0.5 + 0.5 * _colors(own, wanted))


def _colors(own: Sequence[Element], wanted: Sequence[Element]) -> np.ndarray:
    """(n, m): 1 for the same colours, 0 for ones that are far apart."""
    total = np.zeros((len(own), len(wanted)))
    for part in ("color", "back"):
        here, there = (np.array([getattr(one, part) for one in some]) for some in (own, wanted))
        total += np.clip(1.0 - delta_e(here, there) / COLOR_FAR, 0.0, None)
    return total / 2.0


def _words_in(elements: Sequence[Element], sums: np.ndarray, scale: float) -> Counter[str]:
    words: Counter[str] = Counter()
    height, width = sums.shape[0] - 1, sums.shape[1] - 1
    for one in elements:
        if one.kind != "text":
            continue
        x0, x1 = (int(np.clip(value * scale, 0, width)) for value in (one.box[0], one.box[2]))
        y0, y1 = (int(np.clip(value * scale, 0, height)) for value in (one.box[1], one.box[3]))
        whole = (x1 - x0) * (y1 - y0)
        inside = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
        if whole > 0 and inside >= INSIDE_SHARE * whole:
            words.update(one.text.casefold().split())
    return words
