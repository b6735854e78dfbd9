"""Lines of sight in a city: what is seen from where.

Geometry alone, the same on every machine: buildings are boxes up to their ridge, the ground is level.
"""

__all__ = ["EYE_HEIGHT_M", "Sight"]

from collections.abc import Sequence
from math import inf

import numpy as np

from .city_footprints import Footprints
from .city_shapely import shapely

EYE_HEIGHT_M = 1.6
DIRECTIONS_SEEN = 64


class Sight(Footprints):
    """Views between elements, and from a point."""

    def open_view(self, a: str, b: str, *, width_m: float, above_m: float = 0.0) -> float:
        """Share of the parallel sight lines from `a` to `b` that no building higher than `above_m` blocks.

        The corridor runs from middle to middle, `width_m` wide; the two elements themselves block nothing.
        Exact: what stands in it is projected across the corridor, and the free width is summed.
        """
        ends = self.centroids[[self.position(a), self.position(b)]]
        length = float(np.hypot(*(ends[1] - ends[0])))
        if length < 1e-9:
            return 1.0
        across = np.array([ends[0, 1] - ends[1, 1], ends[1, 0] - ends[0, 0]]) / length
        half = across * (width_m / 2.0)
        corridor = shapely.Polygon([ends[0] - half, ends[1] - half, ends[1] + half, ends[0] + half])
        found = self.tree.query(corridor, predicate="intersects")
        blocks = self.is_building[found] & (self.tops[found] > above_m)
        blocks &= ~np.isin(found, [self.position(a), self.position(b)])
        pieces = shapely.get_parts(shapely.intersection(self.polygons[found[blocks]], corridor))
        pieces = pieces[shapely.area(pieces) > 0.0]
        shadows = [shapely.get_coordinates(piece) @ across for piece in pieces]
        return 1.0 - _covered([(side.min(), side.max()) for side in shadows]) / width_m

    def visible_share(self, id: str, x: float, y: float, *, eye_m: float = EYE_HEIGHT_M) -> float:
        """Share of an element's height that is seen from a point, averaged over 64 directions towards it.

        In each direction the highest building in front hides what lies below its ridge; 1 from inside.

        Args:
            id: of the element.
            x: of the eye, m.
            y: of the eye, m.
            eye_m: height of the eye above the ground.
        """
        own = self.position(id)
        eye = np.array([x, y], dtype=np.float64)
        point, ground = shapely.Point(x, y), self.polygons[own]
        if shapely.covers(ground, point):
            return 1.0
        away = self.elements[own].polygon - eye
        middle = self.centroids[own] - eye
        angles = np.arctan2(
            middle[0] * away[:, 1] - middle[1] * away[:, 0], middle[0] * away[:, 0] + middle[1] * away[:, 1]
        )
        steps = (np.arange(DIRECTIONS_SEEN) + 0.5) / DIRECTIONS_SEEN
        turns = np.arctan2(middle[1], middle[0]) + angles.min() + steps * np.ptp(angles)
        ends = eye + (np.hypot(*away.T).max() + 1.0) * np.stack([np.cos(turns), np.sin(turns)], axis=1)
        rays = np.asarray(shapely.linestrings(np.stack([np.broadcast_to(eye, ends.shape), ends], axis=1)))
        hit, what = self.tree.query(rays, predicate="intersects")
        matters = self.is_building[what] | (what == own)
        hit, what = hit[matters], what[matters]
        near = shapely.distance(point, shapely.intersection(rays[hit], self.polygons[what]))
        target = np.full(DIRECTIONS_SEEN, inf)
        target[hit[what == own]] = near[what == own]
        hides = (what != own) & (near < target[hit])
        slopes = np.full(DIRECTIONS_SEEN, -inf)
        # What the eye touches hides all; the smallest distance keeps the slope finite.
        rise = (self.tops[what[hides]] - eye_m) / np.maximum(near[hides], 1e-6)
        np.maximum.at(slopes, hit[hides], rise)
        seen = np.isfinite(target)
        if not seen.any():
            return 0.0
        low, high = ((level - eye_m) / target[seen] for level in (self.bases[own], self.tops[own]))
        if self.tops[own] - self.bases[own] < 1e-9:
            return float((slopes[seen] <= low).mean())
        return float(np.clip((high - np.maximum(low, slopes[seen])) / (high - low), 0.0, 1.0).mean())


def _covered(spans: Sequence[tuple[float, float]]) -> float:
    """Length of the union of some intervals."""
    total, end = 0.0, -inf
    for low, high in sorted(spans):
        total += max(high - max(low, end), 0.0)
        end = max(end, high)
    return total
