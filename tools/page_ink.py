"""What can be seen of each text: ink, contrast and background.

A text on one flat colour is read in the picture alone. Any other needs a second picture, of the same page
without the fill of its texts: what differs is ink, whatever trick hides or shows it. Knows no browser.
"""

__all__ = ["Ink", "InkReader"]

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..rewards.block import Box
from .page_paint import Covers, Draft, Grounds, Sketch, area, cut

Rgb = tuple[int, int, int]
Window = tuple[slice, slice]

STRAY = 6.0  # by how many of 255 a pixel may miss the line between two colours
STRAY_SHARE = 0.005
LEAST_STEP = 2.0  # of 255: less than this is no difference
CORE = 0.5  # share of the full colour that the middle of a stroke has at least
INKED = 0.25
SEGMENT_EM = 4.0
BARE_SHARE = 0.004
LEAST_EDGES = 3.0
TINY = 1e-6
GRID_PX = 8
WHITE: Rgb = (255, 255, 255)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
LINEAR = np.array(
    [v / 255 / 12.92 if v / 255 <= 0.04045 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in range(256)],
    np.float32,
)


@dataclass(slots=True)
class Ink:
    """What the picture says of a text; the fields are those of `rewards.block.Block`."""

    ink: float = 0.0
    contrast: float = 1.0
    background: Rgb = WHITE
    color: Rgb | None = None
    """The colour of its glyphs where the style does not say it."""


class InkReader:
    """Reads the texts of a page, in one picture or in two.

    Args:
        sketch: the page's blocks.
        covers: what lies over what.
        image: (H, W, 3) uint8 RGB.
        scale: px of the picture per px of the page.

    Attributes:
        wanted: x, y, width, height of the part of the page, px, that a second picture must show; None where
            one is enough.
        is_odd: whether the ink of some is a background, or stands under lines.
    """

    def __init__(self, sketch: Sketch, covers: Covers, image: np.ndarray, scale: float) -> None:
        self._drafts, self._covers, self._image, self._scale = sketch.drafts, covers, image, scale
        self._readings: dict[int, Ink] = {}
        self._doubtful: list[int] = []
        grounds = Grounds([*sketch.papers, *sketch.drafts])
        for index, draft in enumerate(sketch.drafts):
            if draft.kind == "text":
                reading = self._read_alone(index, draft, grounds)
                if reading is None:
                    self._doubtful.append(index)
                else:
                    self._readings[index] = reading
        self.wanted = self._wanted()
        drafts = [self._drafts[index] for index in self._doubtful]
        self.is_odd = any(draft.is_clipped or draft.is_decorated for draft in drafts)

    def read(self, bare: np.ndarray | None = None) -> dict[int, Ink]:
        """The readings by the position of their block.

        Args:
            bare: (h, w, 3) uint8 RGB, the wanted part of the page without the fill of its texts.
        """
        if self._doubtful and self.wanted is not None and bare is not None:
            x, y = round(self.wanted[0] * self._scale), round(self.wanted[1] * self._scale)
            image = self._image[y : y + bare.shape[0], x : x + bare.shape[1]]
            red, green, blue = cv2.split(cv2.absdiff(image, bare))
            difference = np.asarray(cv2.max(cv2.max(red, green), blue))
            for index in self._doubtful:
                self._readings[index] = self._read_pair(index, image, bare, difference, (x, y))
        for index in self._doubtful:
            self._readings.setdefault(index, Ink())
        return self._readings

    def _wanted(self) -> tuple[int, int, int, int] | None:
        boxes = [
            part
            for index in self._doubtful
            for line in self._drafts[index].lines
            if area(part := cut(line, self._drafts[index].seen)) > 0
        ]
        if not boxes:
            return None
        x0, y0, x1, y1 = np.array(boxes).T
        left, top = int(x0.min()) // GRID_PX * GRID_PX, int(y0.min()) // GRID_PX * GRID_PX
        height, width = self._image.shape[:2]
        right = min(-(-int(np.ceil(x1.max())) // GRID_PX) * GRID_PX, round(width / self._scale))
        bottom = min(-(-int(np.ceil(y1.max())) // GRID_PX) * GRID_PX, round(height / self._scale))
        return (left, top, right - left, bottom - top)

    def _read_alone(self, index: int, draft: Draft, grounds: Grounds) -> Ink | None:
        """A text in the picture alone; None where its own colour cannot be told from others."""
        total = _Total(draft.font_px * self._scale)
        for line in draft.lines:
            window = _window(cut(line, draft.seen), self._scale, self._image.shape)
            total.whole += area(line) * self._scale**2
            if window is None:
                continue
            if (
                not draft.is_plain
                or draft.is_decorated
                or draft.color is None
                or not grounds.is_clear(line, draft)
            ):
                return None
            found = _on_flat(self._image[window], draft)
            if found is None:
                return None
            share, base, tip = found
            share = self._without_piles(share, window, index)
            peak = float(share.max())
            painted = tip if peak >= CORE else base + peak * (tip - base)
            value = float(_contrast(painted[None], base[None])[0])
            total.add(share, value, base[None], share.size)
        return total.ink()

    def _read_pair(
        self, index: int, image: np.ndarray, bare: np.ndarray, difference: np.ndarray, corner: tuple[int, int]
    ) -> Ink:
        """A text in two pictures."""
        draft = self._drafts[index]
        total = _Total(draft.font_px * self._scale)
        fronts: list[np.ndarray] = []
        for line in draft.lines:
            total.whole += area(line) * self._scale**2
            window = _window(cut(line, draft.seen), self._scale, image.shape, corner)
            if window is None:
                continue
            delta = self._without_piles(difference[window].astype(np.float32), window, index, corner)
            below = bare[window].reshape(-1, 3).astype(np.float32)
            peak = float(delta.max())
            if peak < LEAST_STEP:
                total.add(np.zeros_like(delta), 1.0, below, delta.size)
                continue
            share = (delta / peak).reshape(-1)
            core, inked = share >= CORE, share > INKED
            above = image[window].reshape(-1, 3).astype(np.float32)
            said = _said(draft, below)
            if said is not None and _agrees(said[core], above[core], below[core]):
                above = said
            ratio = np.ones_like(share)
            ratio[inked] = _contrast(above[inked], below[inked])
            total.add(share.reshape(delta.shape), ratio.reshape(delta.shape), below[core], int(core.sum()))
            fronts.append(above[core])
        reading = total.ink()
        reading.color = _median(fronts, reading.background)
        return reading

    def _without_piles(
        self, share: np.ndarray, window: Window, index: int, corner: tuple[int, int] = (0, 0)
    ) -> np.ndarray:
        """Ink less what lies under other texts."""
        piles = self._covers.piles(index)
        if not piles:
            return share
        share = share.copy()
        top, left = window[0].start + corner[1], window[1].start + corner[0]
        for box in piles:
            x0, y0, x1, y1 = (value * self._scale for value in box)
            rows = slice(max(int(y0) - top, 0), max(int(np.ceil(y1)) - top, 0))
            share[rows, max(int(x0) - left, 0) : max(int(np.ceil(x1)) - left, 0)] = 0.0
        return share


class _Total:
    """Sums over the lines of a text."""

    def __init__(self, font_px: float) -> None:
        self.whole = self.inked = 0.0
        self._font_px = max(font_px, 1.0)
        self._contrasts: list[tuple[float, float]] = []
        self._backs: list[tuple[int, np.ndarray]] = []

    def add(self, share: np.ndarray, ratio: float | np.ndarray, back: np.ndarray, weight: int) -> None:
        """A line.

        Args:
            share: ink of each pixel, (h, w), 0 to 1.
            ratio: contrast, of the whole line or of each pixel.
            back: background, (n, 3).
            weight: of that background.
        """
        self._backs.append((weight, back))
        if share.shape[0] > 2 * share.shape[1]:  # a line that stands upright
            share, ratio = share.T, ratio.T if isinstance(ratio, np.ndarray) else ratio
        height, width = share.shape
        # A stretch is a few letters long, so that one readable letter does not speak for a whole line.
        count = min(max(1, round(width / (SEGMENT_EM * self._font_px))), width)
        starts = width * np.arange(count) // count
        widths = np.diff(starts, append=width)
        columns, rises = share.sum(0), np.empty(width + 1, np.float32)
        rises[0], rises[-1] = columns[0], columns[-1]
        rises[1:-1] = np.abs(np.diff(share, axis=1)).sum(0)
        ink, edges = np.add.reduceat(columns, starts), np.add.reduceat(rises[:-1], starts)
        edges[-1] += rises[-1]
        is_bare = ink < BARE_SHARE * height * widths
        is_bare |= np.maximum.reduceat(share.max(0), starts) <= INKED
        # Along a line, letters have some ten edges for each em of ink; a blur or a bar has none.
        sharp = np.minimum(edges * self._font_px / (LEAST_EDGES * np.maximum(ink, TINY)), 1.0)
        if isinstance(ratio, np.ndarray):
            parts = [slice(start, start + wide) for start, wide in zip(starts, widths, strict=True)]
            ratio = np.array([_low(ratio[:, part][share[:, part] > INKED]) for part in parts])
        values = np.where(is_bare, 1.0, 1.0 + (ratio - 1.0) * sharp)
        self.inked += float(ink.sum())
        self._contrasts.extend(zip(values.tolist(), widths.tolist(), strict=True))

    def ink(self) -> Ink:
        """The reading of the text."""
        share = min(self.inked / self.whole, 1.0) if self.whole > 0 else 0.0
        back = _median([max(self._backs, key=lambda each: each[0])[1]], WHITE) if self._backs else WHITE
        return Ink(share, self._low_contrast(), back)

    def _low_contrast(self) -> float:
        """The contrast that a quarter of the width does not exceed."""
        total, passed = sum(width for _, width in self._contrasts), 0.0
        for value, width in sorted(self._contrasts):
            passed += width
            if passed >= 0.25 * total:
                return min(max(value, 1.0), 21.0)
        return 1.0


def _on_flat(pixels: np.ndarray, draft: Draft) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Share of the text's colour in each pixel, its background and its colour; None where others are there.

    Args:
        pixels: (h, w, 3) uint8, a line.
        draft: its text.
    """
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    is_even = bool((edge == edge[0]).all())
    base = (edge[0] if is_even else np.median(edge, axis=0)).astype(np.float32)
    tip = base + np.float32(draft.alpha) * (np.asarray(draft.color, np.float32) - base)
    step = tip - base
    values = pixels - base
    channel = int(np.abs(step).argmax())
    reach = float(abs(step[channel]))
    if reach < LEAST_STEP:
        is_flat = float((np.abs(values).max(axis=2) > STRAY).mean()) <= STRAY_SHARE
        return (np.zeros(pixels.shape[:2], np.float32), base, tip) if is_flat else None
    share = values[..., channel] * np.float32(1 / step[channel])
    margin = STRAY / reach
    wrong = (share < -margin) | (share > 1 + margin)
    for other in range(3):
        if other != channel:
            wrong |= np.abs(values[..., other] - share * step[other]) > STRAY
    if float(wrong.mean()) > STRAY_SHARE:
        return None
    return np.clip(share, 0.0, 1.0), base, tip


def _said(draft: Draft, below: np.ndarray) -> np.ndarray | None:
    """Each pixel as the text's colour would paint it, where that is known."""
    if draft.color is None:
        return None
    return below + np.float32(draft.alpha) * (np.asarray(draft.color, np.float32) - below)


def _agrees(said: np.ndarray, above: np.ndarray, below: np.ndarray) -> bool:
    """Whether the middle of the strokes comes near the colour that is said.

    Thin strokes never reach it, for their edges are smoothed; what filters and masks take away is more.
    """
    wanted, got = np.abs(said - below).max(axis=1), np.abs(above - below).max(axis=1)
    clear = wanted >= LEAST_STEP
    return bool(clear.any()) and float(np.quantile(got[clear] / wanted[clear], 0.9)) >= CORE


def _low(values: np.ndarray) -> float:
    """The lower quartile; 1 of nothing."""
    return float(np.quantile(values, 0.25)) if values.size else 1.0


def _contrast(colors: np.ndarray, others: np.ndarray) -> np.ndarray:
    """WCAG 2.2 contrast of rows of sRGB colours, (n,)."""
    a, b = _luminance(colors), _luminance(others)
    return (np.maximum(a, b) + np.float32(0.05)) / (np.minimum(a, b) + np.float32(0.05))


def _luminance(colors: np.ndarray) -> np.ndarray:
    return LINEAR[np.clip(np.rint(colors), 0, 255).astype(np.uint8)] @ LUMINANCE


def _window(box: Box, scale: float, shape: Sequence[int], corner: tuple[int, int] = (0, 0)) -> Window | None:
    """Rows and columns of a picture that a box touches; None for none."""
    x0, y0, x1, y1 = (value * scale for value in box)
    if x1 <= x0 or y1 <= y0:
        return None
    rows = slice(max(int(y0) - corner[1], 0), min(int(np.ceil(y1)) - corner[1], shape[0]))
    columns = slice(max(int(x0) - corner[0], 0), min(int(np.ceil(x1)) - corner[0], shape[1]))
    return (rows, columns) if rows.stop > rows.start and columns.stop > columns.start else None


def _median(parts: Sequence[np.ndarray], default: Rgb) -> Rgb:
    pixels = parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else np.empty((0, 3))
    if not len(pixels):
        return default
    red, green, blue = (round(float(value)) for value in np.median(pixels, axis=0))
    return (red, green, blue)
