"""Day light over a city: the sun, and how open places are to the sky."""

__all__ = ["DAY", "Openness", "Sun", "openness_of"]

from dataclasses import dataclass
from math import cos, radians, sin

import cv2
import numpy as np

from ..errors import UsageError
from .city_parts import Program

MAP_PX = 512
NEAR_REACH_M, FAR_REACH_M = 2.4, 9.0
MARGIN_SHARE = 0.12
MIN_MARGIN_M = 30.0
SUBPIXELS = 4


@dataclass(frozen=True)
class Sun:
    """A position of the sun.

    Args:
        azimuth_deg: where it stands, clockwise from north.
        elevation_deg: above the horizon, 3 to 90.
    """

    azimuth_deg: float = 118.0
    elevation_deg: float = 41.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.azimuth_deg) and 3.0 <= self.elevation_deg <= 90.0):
            raise UsageError(
                "a sun stands at a finite azimuth and 3 to 90 degrees above the horizon, got azimuth "
                f"{self.azimuth_deg}, elevation {self.elevation_deg}"
            )

    @property
    def direction(self) -> np.ndarray:
        """(3,) unit vector towards it."""
        turn, tilt = radians(self.azimuth_deg), radians(self.elevation_deg)
        return np.array([sin(turn) * cos(tilt), cos(turn) * cos(tilt), sin(tilt)])

    def matrix(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """(4, 4) world to the clip space of a parallel camera at the sun that sees a box, as (3,) corners."""
        toward = self.direction
        right = np.array([cos(radians(self.azimuth_deg)), -sin(radians(self.azimuth_deg)), 0.0])
        axes = np.stack([right, np.cross(toward, right), -toward])
        corners = np.stack(np.meshgrid(*np.stack([low, high], 1), indexing="ij"), -1).reshape(-1, 3) @ axes.T
        least, most = corners.min(0), corners.max(0)
        least[2] -= 1.0
        most[2] += 1.0
        matrix = np.eye(4)
        matrix[:3, :3] = axes * (2.0 / (most - least))[:, None]
        matrix[:3, 3] = -(most + least) / (most - least)
        return matrix


DAY = Sun()
"""A late morning, some way before noon."""


@dataclass(frozen=True, eq=False)
class Openness:
    """Heights around each place, blurred at two reaches.

    Args:
        heights: (n, n, 2) float32 m, row 0 in the south.
        origin: (2,) m, the south-western corner.
        side_m: m along each side.
    """

    heights: np.ndarray
    origin: np.ndarray
    side_m: float


def openness_of(program: Program, below: float) -> Openness:
    """The openness of a city whose surroundings lie `below`, m (at most 0)."""
    low, high = program.site.min(0), program.site.max(0)
    margin = max(MIN_MARGIN_M, MARGIN_SHARE * float((high - low).max()))
    side = float((high - low).max()) + 2.0 * margin
    origin = (low + high) / 2.0 - side / 2.0
    heights = np.full((MAP_PX, MAP_PX), below, np.float32)
    scale = MAP_PX / side
    rings = [(0.0, program.site)]
    rings += [(element.height, element.polygon) for element in program.elements if element.is_building]
    for height, ring in sorted(rings, key=lambda pair: pair[0]):
        points = np.round(((ring - origin) * scale - 0.5) * 2**SUBPIXELS).astype(np.int32)
        cv2.fillPoly(heights, [points], float(height), cv2.LINE_8, SUBPIXELS)
    blurred = [
        cv2.GaussianBlur(heights, (0, 0), max(reach * scale, 0.6), borderType=cv2.BORDER_REPLICATE)
        for reach in (NEAR_REACH_M, FAR_REACH_M)
    ]
    return Openness(np.stack(blurred, 2), origin, side)
