"""Sun and shadow: what ground lies in the shadow of buildings.

Each building is a box up to its eaves, its roof left out; the ground is level. Exact: a shadow is the outline
swept along the sun's rays.
"""

__all__ = ["Sunlight"]

from math import cos, radians, sin, tan

import numpy as np

from ..errors import UsageError
from .city_footprints import Footprints
from .city_parts import Element
from .city_shapely import shapely

MIN_ELEVATION_DEG = 3.0


class Sunlight(Footprints):
    """Shadows of buildings."""

    def shadows(self, *, azimuth_deg: float, elevation_deg: float) -> np.ndarray:
        """Shapely shadow of each building on the ground, its own outline included where it stands there.

        Args:
            azimuth_deg: where the sun stands, clockwise from north (180 is south).
            elevation_deg: how high it stands, 3 to 90.

        Returns:
            (n,) polygons in the order of `buildings`.

        Raises:
            UsageError: the sun stands too low, or not above the ground at all.
        """
        ray = _ray(azimuth_deg, elevation_deg)
        return np.array([_shadow(element, ray) for element in self.buildings], dtype=object)

    def shadow_share(self, id: str, *, azimuth_deg: float, elevation_deg: float) -> float:
        """Share of an element's ground in the shadow of the other buildings, 0 to 1."""
        own, ray = self.position(id), _ray(azimuth_deg, elevation_deg)
        ground = self.polygons[own]
        # A shadow lies in the box around its outline's first and last place: most cannot reach.
        bounds = shapely.bounds(self.polygons)
        shifts = np.stack([self.bases, self.heights])[..., None] * ray
        low, high = bounds[:, :2] + shifts.min(axis=0), bounds[:, 2:] + shifts.max(axis=0)
        reaches = ((low <= bounds[own, 2:]) & (high >= bounds[own, :2])).all(axis=1) & self.is_building
        reaches[own] = False
        shadows = [_shadow(self.elements[position], ray) for position in np.flatnonzero(reaches)]
        if not shadows:
            return 0.0
        shaded = shapely.union_all(shapely.intersection(np.array(shadows, dtype=object), ground))
        return min(1.0, float(shapely.area(shaded) / shapely.area(ground)))


def _ray(azimuth_deg: float, elevation_deg: float) -> np.ndarray:
    """How far the shadow of a point goes for each metre of its height, east and north."""
    if not MIN_ELEVATION_DEG <= elevation_deg <= 90.0:
        raise UsageError(f"elevation_deg is {MIN_ELEVATION_DEG:g} to 90, got {elevation_deg:g}")
    reach = 1.0 / tan(radians(elevation_deg)) if elevation_deg < 90.0 else 0.0
    return -reach * np.array([sin(radians(azimuth_deg)), cos(radians(azimuth_deg))])


def _shadow(element: Element, ray: np.ndarray) -> "shapely.Geometry":
    return _swept(element.polygon, ray * element.base_height, ray * element.height)


def _swept(ring: np.ndarray, start: np.ndarray, end: np.ndarray) -> "shapely.Geometry":
    """The union of a polygon moved from `start` to `end`: of both copies and each edge's parallelogram."""
    if np.abs(end - start).max() < 1e-9:
        return shapely.Polygon(ring + start)
    first, second = ring + start, ring + end
    quads = np.stack([first, np.roll(first, -1, 0), np.roll(second, -1, 0), second], axis=1)
    edges = np.roll(ring, -1, 0) - ring
    shift = end - start
    # An edge along the ray sweeps no ground.
    wide = np.abs(edges[:, 0] * shift[1] - edges[:, 1] * shift[0]) > 1e-9
    parts = np.asarray(shapely.polygons(quads[wide]))
    return shapely.union_all([shapely.Polygon(first), shapely.Polygon(second), *parts])
