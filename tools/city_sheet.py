"""The sheet that a plan is drawn on: areas, lines, colours of types."""

__all__ = ["ACCENT", "FAINT", "INK", "SUBPIXELS", "SUPERSAMPLED", "TYPE_COLORS", "Sheet", "darker"]

from math import ceil, floor, log10
from typing import Any

import cv2
import numpy as np
from PIL import Image as PillowImage

from .city_camera import Size
from .city_palette import Rgb
from .city_shapely import shapely

SUPERSAMPLED = 3
SUBPIXELS = 4
FRAME_PX = 26
LEGEND_PX = 22
GRID_PX = 64.0
PAPER: Rgb = (247, 246, 242)
INK: Rgb = (58, 60, 64)
FAINT: Rgb = (150, 150, 148)
ACCENT: Rgb = (214, 62, 40)
TYPE_COLORS: dict[str, Rgb] = {
    "residential": (226, 184, 140),
    "commercial": (214, 140, 124),
    "office": (150, 174, 202),
    "industrial": (180, 172, 188),
    "civic": (204, 172, 202),
    "school": (236, 206, 122),
    "hospital": (238, 170, 170),
    "mixed": (222, 160, 98),
    "landmark": (198, 122, 148),
    "parking": (184, 188, 190),
    "greenspace": (188, 208, 156),
    "plaza": (238, 226, 200),
    "water": (164, 204, 222),
}


class Sheet:
    """A drawing in metres on a picture in px."""

    def __init__(self, site: np.ndarray, size: Size) -> None:
        self.size = size
        low, high = site.min(0), site.max(0)
        room = np.maximum([size[0] - 2.0 * FRAME_PX, size[1] - 2.0 * FRAME_PX - LEGEND_PX], 8.0)
        self.px_per_m = float((room / np.maximum(high - low, 1e-6)).min())
        spare = (room - (high - low) * self.px_per_m) / 2.0
        self.left = FRAME_PX + spare[0] - low[0] * self.px_per_m
        self.bottom = size[1] - FRAME_PX - LEGEND_PX - spare[1] + low[1] * self.px_per_m
        self.low, self.high = low, high
        self.array = np.full((size[1] * SUPERSAMPLED, size[0] * SUPERSAMPLED, 3), PAPER, np.uint8)

    def px(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 2) in m as (n, 2) in px."""
        return np.column_stack(
            [self.left + points[:, 0] * self.px_per_m, self.bottom - points[:, 1] * self.px_per_m]
        )

    def fixed(self, points: np.ndarray) -> np.ndarray:
        """Px as OpenCV's fixed point on the large picture."""
        return np.round((points * SUPERSAMPLED - 0.5) * 2**SUBPIXELS).astype(np.int32)

    def fill(self, points: np.ndarray, color: Rgb) -> None:
        """Fill one ring given in m."""
        cv2.fillPoly(self.array, [self.fixed(self.px(points))], color, cv2.LINE_8, SUBPIXELS)

    def area(self, geometry: Any, color: Rgb) -> None:
        """Fill a shapely area, holes left out."""
        for part in shapely.get_parts(geometry):
            if shapely.get_type_id(part) == 3 and not shapely.is_empty(part):
                rings = [
                    self.fixed(self.px(shapely.get_coordinates(ring))) for ring in shapely.get_rings(part)
                ]
                cv2.fillPoly(self.array, rings, color, cv2.LINE_8, SUBPIXELS)

    def line(self, px: np.ndarray, color: Rgb, width_px: float, *, is_closed: bool = False) -> None:
        """Draw a line given in px."""
        thick = max(round(width_px * SUPERSAMPLED), 1)
        cv2.polylines(self.array, [self.fixed(px)], is_closed, color, thick, cv2.LINE_8, SUBPIXELS)

    def finished(self) -> PillowImage.Image:
        """The picture at its own size, for text."""
        return PillowImage.fromarray(cv2.resize(self.array, self.size, interpolation=cv2.INTER_AREA))

    @property
    def grid_m(self) -> float:
        """Metres between grid lines: 1, 2 or 5 times a power of ten, at least 64 px apart."""
        least = GRID_PX / self.px_per_m
        power = 10.0 ** floor(log10(least))
        return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= least * 0.999)

    def grid_lines(self, axis: int) -> np.ndarray:
        """Where grid lines cross an axis (0: x, 1: y), m."""
        first = ceil(self.low[axis] / self.grid_m - 1e-9)
        last = floor(self.high[axis] / self.grid_m + 1e-9)
        return np.arange(first, last + 1) * self.grid_m


def darker(color: Rgb) -> Rgb:
    """The colour of an outline around a colour."""
    red, green, blue = (round(channel * 0.62) for channel in color)
    return red, green, blue
