"""Where the elements of a city stand to each other and in their blocks.

Distances are exact, edge to edge, in m; angles in degrees, bearings clockwise from north.
"""

__all__ = ["DIRECTIONS", "Relations"]

from collections.abc import Sequence
from functools import cached_property
from math import inf
from typing import Any

import numpy as np

from .city_footprints import Footprints
from .city_shapely import shapely

ADJACENT_M = 1.0
GAP_REACH_M = 25.0
DIRECTIONS = {
    "north": 0.0,
    "north_east": 45.0,
    "east": 90.0,
    "south_east": 135.0,
    "south": 180.0,
    "south_west": 225.0,
    "west": 270.0,
    "north_west": 315.0,
}
"""Direction -> bearing."""
RAYS = 72
CORNER_TURN_DEG = 30.0
MIN_EDGE_SHARE = 0.1


class Relations(Footprints):
    """Distances, directions, rows and setbacks."""

    def distance_m(self, a: str, b: str) -> float:
        """Between the outlines of two elements; 0 where they touch or overlap."""
        return float(shapely.distance(self.polygons[self.position(a)], self.polygons[self.position(b)]))

    def bearing_deg(self, a: str, b: str) -> float:
        """Direction in which `a` lies as seen from `b`, middle to middle, 0 to 360; NaN for one place."""
        east, north = self.centroids[self.position(a)] - self.centroids[self.position(b)]
        if np.hypot(east, north) < 1e-9:
            return float("nan")
        return float(np.degrees(np.arctan2(east, north)) % 360.0)

    def off_direction_deg(self, a: str, b: str, direction: str) -> float:
        """Angle between where `a` lies as seen from `b` and a direction of DIRECTIONS, 0 to 180."""
        return float(abs((self.bearing_deg(a, b) - DIRECTIONS[direction] + 180.0) % 360.0 - 180.0))

    def is_adjacent(self, a: str, b: str) -> bool:
        """Whether two elements share a wall or stand at most 1 m apart."""
        return self.distance_m(a, b) <= ADJACENT_M

    def neighbors(self, id: str, within_m: float) -> list[str]:
        """Ids of the other elements within a distance, the nearest first."""
        own = self.position(id)
        found = self.tree.query(self.polygons[own], predicate="dwithin", distance=within_m)
        away = shapely.distance(self.polygons[own], self.polygons[found])
        order = np.lexsort((found, np.round(away, 9)))
        return [self.elements[found[k]].id for k in order if found[k] != own]

    @cached_property
    def gaps(self) -> np.ndarray:
        """(n,) m from each building on the ground to the nearest other; inf alone, NaN for all else."""
        own = self.positions("building")
        shapes = self.polygons[own]
        found = np.full(len(own), inf)
        if len(own) > 1:
            # Most have a neighbour in reach, whose box then meets theirs: far quicker than a nearest search.
            reach = shapely.bounds(shapes) + np.array([-1.0, -1.0, 1.0, 1.0]) * GAP_REACH_M
            first, second = shapely.STRtree(shapes).query(shapely.box(*reach.T))
            first, second = first[first < second], second[first < second]
            away = shapely.distance(shapes[first], shapes[second])
            np.minimum.at(found, first, away)
            np.minimum.at(found, second, away)
            for far in np.flatnonzero(found > GAP_REACH_M):
                found[far] = np.delete(shapely.distance(shapes[far], shapes), far).min()
        gaps = np.full(len(self.elements), np.nan)
        gaps[own] = found
        return gaps

    @cached_property
    def setbacks(self) -> np.ndarray:
        """(n,) m from each element to the edge of its block; 0 where it reaches out."""
        edges = shapely.boundary(self.block_polygons)
        away = shapely.distance(self.polygons, edges[self.block_positions])
        is_in = shapely.covers(self.block_polygons[self.block_positions], self.polygons)
        return np.where(is_in, away, 0.0)

    def detour(self, a: str, b: str, c: str) -> float:
        """How far `a` lies off the way from `b` to `c`: (|b to a| + |a to c|) / |b to c|; 1 is between."""
        way = self.centroids[[self.position(b), self.position(a), self.position(c)]]
        direct = float(np.hypot(*(way[2] - way[0])))
        return float(np.hypot(*np.diff(way, axis=0).T).sum()) / direct if direct > 1e-9 else inf

    def centre_distance_m(self, id: str, of: str = "site") -> float:
        """From an element's middle to that of the site, or of its block (`of="block"`)."""
        middle = shapely.get_coordinates(shapely.centroid(self._outline(id, of)))[0]
        return float(np.hypot(*(self.centroids[self.position(id)] - middle)))

    def corner_distance_m(self, id: str, of: str = "site") -> float:
        """From an element to the nearest corner of the site or of its block, a turn by 30 degrees or more."""
        ring = shapely.get_coordinates(self._outline(id, of))[:-1]
        before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
        turn = np.arctan2(
            before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(axis=1)
        )
        corners = ring[np.abs(np.degrees(turn)) >= CORNER_TURN_DEG]
        away = shapely.distance(self.polygons[self.position(id)], shapely.points(corners))
        return float(away.min(initial=inf))

    def enclosure(self, id: str, within_m: float) -> float:
        """Share of 72 directions in which a building stands within a distance of an element's outline."""
        own = self.position(id)
        angles = np.arange(RAYS) * (2.0 * np.pi / RAYS)
        reach = within_m + float(np.hypot(*self.boxes[own].T).sum())
        middle = self.centroids[own]
        ends = middle + reach * np.stack([np.sin(angles), np.cos(angles)], axis=1)
        rays = shapely.linestrings(np.stack([np.broadcast_to(middle, ends.shape), ends], axis=1))
        near = shapely.intersection(rays, shapely.buffer(self.polygons[own], within_m))
        hit, what = self.tree.query(near, predicate="intersects")
        return len(np.unique(hit[self.is_building[what] & (what != own)])) / RAYS

    def row_spread_m(self, ids: Sequence[str]) -> float:
        """How far the fronts of some elements are from one line: the least spread over four sides.

        The axes are those of the first element's rectangle; 0 for fewer than two elements.
        """
        if len(ids) < 2:
            return 0.0
        positions = [self.position(id) for id in ids]
        axes = self.boxes[positions[0]] / np.hypot(*self.boxes[positions[0]].T)[:, None]
        spreads = []
        for axis in axes:
            along = [self.elements[position].polygon @ axis for position in positions]
            for fronts in ([side.min() for side in along], [side.max() for side in along]):
                spreads.append(max(fronts) - min(fronts))
        return float(min(spreads))

    @cached_property
    def misalignments(self) -> np.ndarray:
        """(n,) degrees between each element's rectangle and the nearest edge direction of its block, 0 to 45.

        Edges shorter than a tenth of the block's outline have no say.
        """
        angles = np.degrees(np.arctan2(self.boxes[:, 0, 1], self.boxes[:, 0, 0]))
        off = np.full(len(angles), 45.0)
        for position, block in enumerate(self.program.blocks):
            here = self.block_positions == position
            edges = np.roll(block.polygon, -1, axis=0) - block.polygon
            lengths = np.hypot(*edges.T)
            edges = edges[lengths >= min(MIN_EDGE_SHARE * lengths.sum(), lengths.max())]
            streets = np.degrees(np.arctan2(edges[:, 1], edges[:, 0]))
            apart = np.abs((angles[here, None] - streets + 45.0) % 90.0 - 45.0)
            off[here] = apart.min(axis=1)
        return off

    @cached_property
    def aspects(self) -> np.ndarray:
        """(n,) long side / short side of the rectangle around each element, at least 1."""
        sides = np.hypot(self.boxes[..., 0], self.boxes[..., 1])
        return sides[:, 0] / sides[:, 1]

    def _outline(self, id: str, of: str) -> Any:
        return self.site if of == "site" else self.block_polygons[self.block_positions[self.position(id)]]
