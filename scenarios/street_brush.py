"""An illustrator's strokes: anti-aliased shapes, light and text.

OpenCV paints the shapes and Pillow the text, into one RGB array. Knows nothing of what is painted.
"""

__all__ = ["Brush", "Color", "cap_font", "mix", "tone"]

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..tools.fonts import font

Color = tuple[int, int, int]
Point = tuple[float, float]

SUBPIXEL_BITS = 4


def mix(a: Color, b: Color, share: float) -> Color:
    """Between two colours: `a` at share 0, `b` at 1.

    >>> mix((0, 0, 0), (100, 200, 50), 0.5)
    (50, 100, 25)
    """
    return tuple(round(p + (q - p) * share) for p, q in zip(a, b, strict=True))  # type: ignore[return-value]


def tone(color: Color, factor: float) -> Color:
    """Brighter (factor over 1) or darker, clipped to 0..255.

    >>> tone((100, 200, 50), 1.5)
    (150, 255, 75)
    """
    return tuple(min(255, max(0, round(c * factor))) for c in color)  # type: ignore[return-value]


@cache
def cap_font(face: str, weight: int, cap_px: int) -> tuple[ImageFont.FreeTypeFont, int]:
    """The shipped font whose capital H comes nearest to a height, and the height it has, px."""
    heights = {size: -int(font(face, size, weight).getbbox("H", anchor="ls")[1]) for size in _sizes(cap_px)}
    size = min(heights, key=lambda s: (abs(heights[s] - cap_px), s))
    return font(face, size, weight), heights[size]


def _sizes(cap_px: int) -> range:
    return range(max(5, cap_px), cap_px * 2 + 2)


class Brush:
    """Strokes on `px`, an (H, W, 3) uint8 RGB array; whatever leaves the canvas is clipped."""

    def __init__(self, px: np.ndarray) -> None:
        self.px = px

    def _window(self, x0: float, y0: float, x1: float, y1: float) -> tuple[np.ndarray, int, int]:
        height, width = self.px.shape[:2]
        left, top = min(max(round(x0), 0), width), min(max(round(y0), 0), height)
        right, bottom = min(max(round(x1), left), width), min(max(round(y1), top), height)
        return self.px[top:bottom, left:right], left, top

    def rect(self, x0: float, y0: float, x1: float, y1: float, color: Color, *, alpha: float = 1.0) -> None:
        """A filled rectangle on whole pixels."""
        area, _, _ = self._window(x0, y0, x1, y1)
        if not area.size:
            return
        area[:] = (
            color if alpha >= 1 else cv2.addWeighted(area, 1 - alpha, np.full_like(area, color), alpha, 0)
        )

    def gradient(self, x0: float, y0: float, x1: float, y1: float, top: Color, bottom: Color) -> None:
        """A rectangle that runs from one colour at the top to another at the bottom."""
        area, _, cut = self._window(x0, y0, x1, y1)
        if area.size:
            at = (np.arange(area.shape[0]) + cut - y0)[:, None] / max(1.0, y1 - y0 - 1)
            ramp = np.asarray(top) + np.clip(at, 0, 1) * (np.asarray(bottom, float) - np.asarray(top, float))
            area[:] = np.round(ramp).astype(np.uint8)[:, None]

    def shade(self, x0: float, y0: float, x1: float, y1: float, top: float, bottom: float) -> None:
        """Darken a rectangle: the light kept runs from `top` to `bottom` (1 keeps all)."""
        area, _, _ = self._window(x0, y0, x1, y1)
        if area.size:
            ramp = np.linspace(top, bottom, area.shape[0], dtype=np.float32)[:, None, None]
            area[:] = (area * ramp).astype(np.uint8)

    def poly(self, points: Sequence[Point], color: Color, *, alpha: float = 1.0) -> None:
        """A filled polygon, anti-aliased, optionally translucent."""
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        area, left, top = self._window(min(xs) - 2, min(ys) - 2, max(xs) + 2, max(ys) + 2)
        if not area.size:
            return
        corners = np.round((np.asarray(points, float) - (left, top)) * (1 << SUBPIXEL_BITS)).astype(np.int32)
        layer = area.copy()
        cv2.fillPoly(layer, [corners], color, cv2.LINE_AA, SUBPIXEL_BITS)
        area[:] = layer if alpha >= 1 else cv2.addWeighted(area, 1 - alpha, layer, alpha, 0)

    def line(self, start: Point, end: Point, color: Color, width_px: int = 2) -> None:
        """A straight stroke with round ends, anti-aliased."""
        ends = [tuple(round(v * (1 << SUBPIXEL_BITS)) for v in point) for point in (start, end)]
        cv2.line(self.px, ends[0], ends[1], color, width_px, cv2.LINE_AA, SUBPIXEL_BITS)

    def disc(self, x: float, y: float, radius: float, color: Color, *, width_px: int = -1) -> None:
        """A circle, filled or drawn with a stroke, anti-aliased."""
        one = 1 << SUBPIXEL_BITS
        at = (round(x * one), round(y * one))
        cv2.circle(self.px, at, max(1, round(radius * one)), color, width_px, cv2.LINE_AA, SUBPIXEL_BITS)

    def oval(
        self, x: float, y: float, radii: Point, color: Color, arc: Point = (0, 360), *, width_px: int = -1
    ) -> None:
        """An ellipse or an arc of it in degrees (clockwise from the right), anti-aliased."""
        one = 1 << SUBPIXEL_BITS
        at, axes = (round(x * one), round(y * one)), (round(radii[0] * one), round(radii[1] * one))
        cv2.ellipse(self.px, at, axes, 0, arc[0], arc[1], color, width_px, cv2.LINE_AA, SUBPIXEL_BITS)

    def rounded(self, x0: float, y0: float, x1: float, y1: float, radius: float, color: Color) -> None:
        """A filled rectangle with round corners."""
        self.rect(x0 + radius, y0, x1 - radius, y1, color)
        self.rect(x0, y0 + radius, x1, y1 - radius, color)
        for x in (x0 + radius, x1 - radius - 1):
            for y in (y0 + radius, y1 - radius - 1):
                self.disc(x, y, radius, color)

    def shadow(
        self, points: Sequence[Point], blur_px: int, strength: float, color: Color = (28, 26, 48)
    ) -> None:
        """A soft translucent polygon: a cast shadow, or a glow when the colour is a light."""
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        pad = blur_px * 2
        area, left, top = self._window(min(xs) - pad, min(ys) - pad, max(xs) + pad, max(ys) + pad)
        if not area.size:
            return
        # a soft mask is the same at a quarter of the size, and sixteen times cheaper
        small = np.zeros((area.shape[0] // 4 + 1, area.shape[1] // 4 + 1), np.float32)
        corners = np.round((np.asarray(points, float) - (left, top)) * (1 << SUBPIXEL_BITS) / 4).astype(
            np.int32
        )
        cv2.fillPoly(small, [corners], 1.0, cv2.LINE_8, SUBPIXEL_BITS)
        small = cv2.GaussianBlur(small, (0, 0), max(0.6, blur_px / 4))
        mask = cv2.resize(small, (area.shape[1], area.shape[0]), interpolation=cv2.INTER_LINEAR)[:, :, None]
        area[:] = (area + mask * strength * (np.asarray(color, np.float32) - area)).astype(np.uint8)

    def tile(self, x0: float, y0: float, x1: float, y1: float, pattern: np.ndarray) -> None:
        """Fill a rectangle with a repeated (h, w, 3) uint8 pattern, anchored at its upper left corner."""
        area, _, _ = self._window(x0, y0, x1, y1)
        if area.size:
            tall, wide = -(-area.shape[0] // pattern.shape[0]), -(-area.shape[1] // pattern.shape[1])
            area[:] = np.tile(pattern, (tall, wide, 1))[: area.shape[0], : area.shape[1]]

    def text(
        self, x: float, y: float, text: str, face: ImageFont.FreeTypeFont, color: Color, *, anchor: str = "ls"
    ) -> None:
        """One line of text; `anchor` as in Pillow (`ls`: x is its left end, y its base line)."""
        left, top, right, bottom = face.getbbox(text, anchor=anchor)
        area, at_x, at_y = self._window(x + left - 2, y + top - 2, x + right + 2, y + bottom + 2)
        if area.size:
            layer = Image.fromarray(area)
            place = (round(x) - at_x, round(y) - at_y)
            ImageDraw.Draw(layer).text(place, text, fill=color, font=face, anchor=anchor)
            area[:] = np.asarray(layer)
