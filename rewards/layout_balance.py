"""Whether a page is filled, and around its middle: AeSlides' measures.

Whitespace is seen in the picture, balance in the blocks. Formulas of AeSlides (arXiv 2604.22840) and its
published code; what differs is said at each.
"""

__all__ = ["balance", "content_ratio", "imbalance", "ink_share", "whitespace"]

from math import hypot, inf

import cv2
import numpy as np

from ..errors import UsageError
from .block import Box, PageFacts
from .boxes import area, intersection
from .collisions import is_backdrop
from .score import Score
from .shaping import plateau
from .visibility import visible_groups

MEASURED_PX = (320, 180)
GAUSSIAN_PX, LOCAL_PX = 5, (51, 39)
MOST_DEVIATION, CONTENT_LEVEL = 50.0, 0.05
CROP = (0.15, 0.1, 0.1, 0.1)
EMPTY_RATIO, FILLED_RATIO = 0.05, 0.18
DENSE_SHARE, WALL_SHARE = 0.3, 0.5
CELL_PX, TONE_STEP = 4, 24.0
X_TOLERANCE, Y_TOLERANCE = 0.0075, 0.145
WIDE_TOLERANCE = (0.22, 0.18)
TIPPED = 2.0


def content_ratio(picture: np.ndarray) -> float:
    """Share of a picture's inner part that is near content rather than blank, in [0, 1].

    Formula: grey -> Gaussian -> local standard deviation s in a box -> min(s, 50) / 50 > 0.05 is content;
    its share after cropping 15 % above, 10 % below and at the sides. AeSlides' kernels of 21x21 and
    201x151 px at 1280x720 are scaled to 5x5 and 51x39 at 320x180.

    Args:
        picture: (H, W, 3) uint8.

    Raises:
        UsageError: another shape or dtype.

    >>> content_ratio(np.full((720, 1280, 3), 255, np.uint8))
    0.0
    """
    return _content(_grey(picture))


def whitespace(picture: np.ndarray) -> Score:
    """Whether a slide is filled, neither a strip of text on an empty page nor a wall to its edges.

    Formula: filled * airy. filled = plateau of `content_ratio`: 0 at 5 %, 1 from 18 %, which two short
    lines below a title have. airy = plateau of `ink_share`: 1 up to 30 %, 0 at 50 %. AeSlides (arXiv
    2604.22840) has the first alone, and more of it is always better there; the second, ours, keeps walls
    of text down.

    Args:
        picture: (H, W, 3) uint8.

    Raises:
        UsageError: another shape or dtype.

    >>> whitespace(np.full((720, 1280, 3), 255, np.uint8)).value
    0.0
    """
    grey = _grey(picture)
    content, ink = _content(grey), _ink(grey)
    filled = plateau(content, zero_low=EMPTY_RATIO, one_low=FILLED_RATIO, one_high=1.0, zero_high=1.0)
    airy = plateau(ink, zero_low=0.0, one_low=0.0, one_high=DENSE_SHARE, zero_high=WALL_SHARE)
    why = f"content near {content:.0%} of the inner part, {ink:.0%} of all is inked"
    return Score(filled * airy, {"filled": filled, "airy": airy}, why)


def imbalance(page: PageFacts) -> float:
    """How far a page's visual centre lies from the canvas's, in units of AeSlides' tolerances.

    Formula: sqrt((dx / 0.0075)^2 + (dy / 0.145)^2), dx and dy = offset of the centroid of what is seen,
    weighted by area, in shares of width and height; above 1 AeSlides (arXiv 2604.22840) calls it
    imbalanced. Of its published rules: lines of text, pictures and drawings by their area, and cards by
    what their content leaves free. It takes short texts as wide as their element; here, where only
    painted things are known, they are as wide as their lines; boxes without text, and panels from edge to
    edge, weigh no more together than the texts do. Nothing seen is infinitely far.
    """
    offset = _offset(page)
    return hypot(offset[0] / X_TOLERANCE, offset[1] / Y_TOLERANCE) if offset else inf


def balance(page: PageFacts) -> Score:
    """Whether what is seen lies around the middle of the canvas.

    Formula: 1 up to d = 1, straight down to 0 at d = 2, d = sqrt((dx / 0.22)^2 + (dy / 0.18)^2) with the
    offsets of `imbalance`. AeSlides' own tolerance along x, 0.75 % of the width, calls every left-aligned
    text imbalanced; these leave it be, but nothing that is pushed into a corner. An empty page scores 0.
    """
    offset = _offset(page)
    if not offset:
        return Score(0.0, why="nothing stands on the page")
    away = hypot(offset[0] / WIDE_TOLERANCE[0], offset[1] / WIDE_TOLERANCE[1])
    value = plateau(away, zero_low=0.0, one_low=0.0, one_high=1.0, zero_high=TIPPED)
    why = f"the centre of weight lies {offset[0]:+.0%} across and {offset[1]:+.0%} down from the middle"
    return Score(value, why=why)


def _offset(page: PageFacts) -> tuple[float, float] | None:
    """Offset of the centroid from the canvas's centre, in shares of width and height."""
    groups = visible_groups(page)
    texts = [line for group in groups for line in group.lines]
    items = [(line, area(line)) for line in texts]
    written = sum(weight for _, weight in items)
    holders = {group.parent for group in groups}
    ornaments: list[tuple[Box, float]] = []
    for position, block in enumerate(page.blocks):
        if block.kind not in ("box", "picture") or is_backdrop(block, page) or area(block.seen) <= 0.0:
            continue
        if block.kind == "picture":
            items.append((block.seen, area(block.seen)))
        elif position in holders and not _is_panel(block.box, page.size_px):
            used = sum(intersection(line, block.seen) for line in texts)
            items.append((block.seen, max(0.0, area(block.seen) - used)))
        else:
            ornaments.append((block.seen, area(block.seen)))
    painted = sum(weight for _, weight in ornaments)
    items += [(box, weight * min(1.0, written / painted)) for box, weight in ornaments if painted]
    whole = sum(weight for _, weight in items)
    if not texts or whole <= 0.0:
        return None
    width, height = page.size_px
    x = sum((box[0] + box[2]) / 2 * weight for box, weight in items) / whole
    y = sum((box[1] + box[3]) / 2 * weight for box, weight in items) / whole
    return x / width - 0.5, y / height - 0.5


def _is_panel(box: Box, size_px: tuple[int, int]) -> bool:
    """Whether a box spans the canvas from edge to edge: a part of the ground, not a card on it."""
    return any(box[axis] <= 1.0 and box[axis + 2] >= size_px[axis] - 1.0 for axis in (0, 1))


def ink_share(picture: np.ndarray) -> float:
    """Share of a picture's cells of 16x16 px (at 1280x720) that are not of one tone, in [0, 1].

    Args:
        picture: (H, W, 3) uint8.

    Raises:
        UsageError: another shape or dtype.

    >>> ink_share(np.full((720, 1280, 3), 255, np.uint8))
    0.0
    """
    return _ink(_grey(picture))


def _grey(picture: np.ndarray) -> np.ndarray:
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        raise UsageError(f"picture: expected (H, W, 3) uint8, got {picture.shape} {picture.dtype}")
    height, width = picture.shape[:2]
    half = (max(1, width // 2), max(1, height // 2))  # halving twice is three times as fast as quartering
    small = cv2.resize(picture, half, interpolation=cv2.INTER_AREA)
    small = cv2.resize(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), MEASURED_PX, interpolation=cv2.INTER_AREA)
    return small.astype(np.float32)


def _content(grey: np.ndarray) -> float:
    blurred = cv2.GaussianBlur(grey, (GAUSSIAN_PX, GAUSSIAN_PX), 0)
    mean = cv2.boxFilter(blurred, -1, LOCAL_PX, borderType=cv2.BORDER_REFLECT)
    mean_square = cv2.boxFilter(blurred * blurred, -1, LOCAL_PX, borderType=cv2.BORDER_REFLECT)
    deviation = np.sqrt(np.maximum(mean_square - mean * mean, 0.0))
    content = np.minimum(deviation, MOST_DEVIATION) / MOST_DEVIATION > CONTENT_LEVEL
    width, height = MEASURED_PX
    top, bottom, left, right = CROP
    rows = slice(int(height * top), int(height * (1 - bottom)))
    return float(content[rows, int(width * left) : int(width * (1 - right))].mean())


def _ink(grey: np.ndarray) -> float:
    rows = grey.reshape(grey.shape[0] // CELL_PX, CELL_PX, -1)
    highs, lows = (row.reshape(len(row), -1, CELL_PX) for row in (rows.max(axis=1), rows.min(axis=1)))
    return float((highs.max(axis=2) - lows.min(axis=2) > TONE_STEP).mean())
