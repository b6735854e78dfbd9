"""A drawing surface: smooth shapes at once, text last, and repaints.

Text is queued and painted when the shapes are done, so that any line of it can be painted again with other
words on the same ground: that is how the variants of a scene are made. Knows nothing of what it draws.
"""

__all__ = ["CAP_SHARE", "Canvas", "Colour", "Run", "blend", "hex_colour", "text_width"]

from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil, floor

import cv2
import numpy as np
from PIL import Image, ImageDraw

from ..tools.fonts import font
from .scene import Patch

SUBPIXEL_BITS = 4
CAP_SHARE = 0.727  # cap height of Inter and JetBrains Mono, in em

Colour = tuple[int, int, int]
Points = list[tuple[float, float]] | np.ndarray


@dataclass(frozen=True)
class Run:
    """One line of text: anchor point on the baseline, and how it is set.

    Args:
        x: anchor, px.
        y: baseline, px.
        text: what it says.
        colour: RGB.
        size_px: em size.
        face: a shipped face.
        weight: a shipped weight.
        anchor: Pillow's: `ls` left, `ms` middle, `rs` right.
    """

    x: int
    y: int
    text: str
    colour: Colour
    size_px: int
    face: str = "Inter"
    weight: int = 400
    anchor: str = "ls"

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of the ink, px."""
        box = font(self.face, self.size_px, self.weight).getbbox(self.text, anchor=self.anchor)
        return floor(self.x + box[0]), floor(self.y + box[1]), ceil(self.x + box[2]), ceil(self.y + box[3])

    @property
    def cap_px(self) -> float:
        """Height of a capital, px."""
        return CAP_SHARE * self.size_px


def hex_colour(text: str) -> Colour:
    """RGB of `#rrggbb`.

    >>> hex_colour("#ff8000")
    (255, 128, 0)
    """
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def blend(under: Colour, over: Colour, share: float) -> Colour:
    """A colour between two; `share` is that of the second, 0 to 1.

    >>> blend((0, 0, 0), (100, 200, 250), 0.5)
    (50, 100, 125)
    """
    mixed = (round(a + (b - a) * share) for a, b in zip(under, over, strict=True))
    red, green, blue = mixed
    return red, green, blue


@lru_cache(maxsize=4096)
def text_width(text: str, size_px: int, face: str = "Inter", weight: int = 400) -> float:
    """Advance of a line of text, px."""
    return font(face, size_px, weight).getlength(text)


class Canvas:
    """An RGB picture that is drawn in two passes: shapes, then text."""

    def __init__(self, width_px: int, height_px: int, ground: Colour) -> None:
        self.image = np.empty((height_px, width_px, 3), np.uint8)
        self.image[0] = ground
        self.image[1:] = self.image[0]
        self._ground = self.image
        self._runs: list[Run] = []
        self._boxes = np.empty((0, 4), np.int64)

    def write(
        self,
        x: float,
        y: float,
        text: str,
        colour: Colour,
        size_px: int,
        *,
        face: str = "Inter",
        weight: int = 400,
        anchor: str = "ls",
    ) -> Run:
        """Queue a line of text (see `Run`) and return it."""
        run = Run(round(x), round(y), text, colour, size_px, face, weight, anchor)
        self._runs.append(run)
        return run

    def plate(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, radius: float = 0) -> None:
        """Fill a rectangle with rounded corners, px."""
        radius = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
        if radius < 1:
            self.image[round(y0) : round(y1), round(x0) : round(x1)] = colour
            return
        turn = np.linspace(0, np.pi / 2, 14)
        corners = ((x1, y1, 0.0), (x0, y1, np.pi / 2), (x0, y0, np.pi), (x1, y0, 1.5 * np.pi))
        rim = []
        for x, y, start in corners:
            centre_x = x - radius if x == x1 else x + radius
            centre_y = y - radius if y == y1 else y + radius
            angle = start + turn
            rim.append(
                np.stack([centre_x + radius * np.cos(angle), centre_y + radius * np.sin(angle)], axis=1)
            )
        self.shape(np.concatenate(rim), colour)

    def shape(self, points: Points, colour: Colour) -> None:
        """Fill a polygon with smooth edges, px."""
        cv2.fillPoly(self.image, [_fixed(points)], colour, cv2.LINE_AA, SUBPIXEL_BITS)

    def line(self, points: Points, colour: Colour, width_px: int = 1, *, closed: bool = False) -> None:
        """Draw a smooth open or closed polyline, px."""
        cv2.polylines(self.image, [_fixed(points)], closed, colour, width_px, cv2.LINE_AA, SUBPIXEL_BITS)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Fill a circle, px."""
        scale = 1 << SUBPIXEL_BITS
        centre = round(x * scale), round(y * scale)
        cv2.circle(self.image, centre, round(radius * scale), colour, -1, cv2.LINE_AA, SUBPIXEL_BITS)

    def ring(
        self, x: float, y: float, inner: float, outer: float, start: float, end: float, colour: Colour
    ) -> None:
        """Fill a part of a ring; radii in px, angles in turns, clockwise from the top."""
        angle = 2 * np.pi * np.linspace(start, end, max(8, round(abs(end - start) * 160))) - np.pi / 2
        way = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        self.shape(np.concatenate([way * outer, way[::-1] * inner]) + np.array([x, y]), colour)

    def shade(self, points: np.ndarray, floor_y: float, colour: Colour, strength: float) -> None:
        """Fill below a curve down to `floor_y` with a colour that fades out downwards.

        Args:
            points: (n, 2) float64, px, x ascending.
            floor_y: px.
            colour: RGB.
            strength: share of the colour at the curve's top, 0 to 1.
        """
        x0, x1 = floor(points[:, 0].min()), ceil(points[:, 0].max()) + 1
        y0, y1 = floor(points[:, 1].min()), ceil(floor_y)
        if y1 <= y0:
            return
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        ends = np.array([[points[-1, 0], floor_y], [points[0, 0], floor_y]])
        cv2.fillPoly(
            mask, [_fixed(np.concatenate([points, ends]) - (x0, y0))], 255, cv2.LINE_AA, SUBPIXEL_BITS
        )
        fade = np.linspace(strength, 0.0, y1 - y0, dtype=np.float32)[:, None]
        alpha = (mask * (fade / 255.0))[:, :, None]
        under = self.image[y0:y1, x0:x1]
        under[:] = np.rint(under + (np.asarray(colour, np.float32) - under) * alpha).astype(np.uint8)

    def finish(self) -> np.ndarray:
        """Paint the queued text; nothing may be drawn afterwards. (H, W, 3) uint8."""
        self._ground = self.image
        self.image = _painted(self._ground, self._runs)
        self._boxes = np.array([run.box for run in self._runs], np.int64).reshape(-1, 4)
        return self.image

    def repaint(self, run: Run, text: str) -> Patch:
        """The pixels that change when a painted line says something else."""
        other = replace(run, text=text)
        (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = run.box, other.box
        x0, y0, x1, y1 = min(ax0, bx0) - 2, min(ay0, by0) - 2, max(ax1, bx1) + 2, max(ay1, by1) + 2
        boxes = self._boxes
        near = (boxes[:, 0] < x1) & (boxes[:, 2] > x0) & (boxes[:, 1] < y1) & (boxes[:, 3] > y0)
        runs = [other if self._runs[i] is run else self._runs[i] for i in np.flatnonzero(near)]
        moved = [replace(r, x=r.x - x0, y=r.y - y0) for r in runs]
        after = _painted(self._ground[y0:y1, x0:x1], moved)
        rows, columns = np.nonzero((after != self.image[y0:y1, x0:x1]).any(axis=2))
        if not rows.size:
            rows = columns = np.zeros(1, np.intp)
        top, left = int(rows.min()), int(columns.min())
        pixels = after[top : rows.max() + 1, left : columns.max() + 1].copy()
        return Patch(x0 + left, y0 + top, pixels)


def _fixed(points: Points) -> np.ndarray:
    return np.rint(np.asarray(points, np.float64) * (1 << SUBPIXEL_BITS)).astype(np.int32)


def _painted(ground: np.ndarray, runs: list[Run]) -> np.ndarray:
    picture = Image.fromarray(ground)
    pen = ImageDraw.Draw(picture)
    for run in runs:
        face = font(run.face, run.size_px, run.weight)
        pen.text((run.x, run.y), run.text, fill=run.colour, font=face, anchor=run.anchor)
    return np.array(picture)
