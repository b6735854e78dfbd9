"""The streets of a city: carriageways, where they meet, dead ends.

Two streets meet where their centre lines come within 1 m. Exact geometry; knows no traffic.
"""

__all__ = ["CARRIAGEWAY_CLASSES", "Streets"]

from functools import cached_property

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from .city_footprints import Footprints
from .city_shapely import shapely

CARRIAGEWAY_CLASSES = ("arterial", "local")
MEET_M = 1.0


class Streets(Footprints):
    """Measures of streets, and of the way from buildings to them."""

    @cached_property
    def centre_lines(self) -> np.ndarray:
        """Shapely line of each street."""
        return np.array([shapely.LineString(street.path) for street in self.program.streets], dtype=object)

    @cached_property
    def carriageways(self) -> np.ndarray:
        """Shapely polygon of each street: its line, as wide as it is, with flat ends and mitred corners."""
        widths = np.array([street.width for street in self.program.streets], dtype=np.float64)
        return np.asarray(
            shapely.buffer(self.centre_lines, widths / 2.0, cap_style="flat", join_style="mitre")
        )

    @cached_property
    def has_carriageway(self) -> np.ndarray:
        """Bool for each street: whether nothing may stand on it; a path may cross flat ground."""
        return np.array([street.class_ in CARRIAGEWAY_CLASSES for street in self.program.streets], dtype=bool)

    @cached_property
    def street_lengths(self) -> np.ndarray:
        """M of each street's centre line."""
        return shapely.length(self.centre_lines)

    def street_length_m(self, class_: str = "any") -> float:
        """Length of all streets of a class."""
        wanted = [class_ in ("any", street.class_) for street in self.program.streets]
        return float(self.street_lengths[np.array(wanted, dtype=bool)].sum())

    @cached_property
    def street_groups(self) -> np.ndarray:
        """Number of the connected group of each street."""
        count = len(self.centre_lines)
        pairs = self._meetings
        graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
        return connected_components(graph, directed=False)[1]

    @cached_property
    def connectivity(self) -> float:
        """Share of the length of all streets in the largest connected group, 0 to 1; 0 without streets."""
        lengths = self.street_lengths
        if not len(lengths):
            return 0.0
        return float(np.bincount(self.street_groups, lengths).max() / lengths.sum())

    @cached_property
    def dead_ends(self) -> int:
        """Ends of streets that meet no other street, do not close a loop and do not lead off the site."""
        return int(self._is_dead_end.sum())

    @cached_property
    def junctions(self) -> int:
        """Places where at least three arms of streets meet; a street that passes has two arms there."""
        arms = self._arms
        if not len(arms):
            return 0
        near = np.hypot(*(arms[:, None, :2] - arms[None, :, :2]).transpose(2, 0, 1)) <= MEET_M
        place = connected_components(coo_matrix(near), directed=False)[1]
        owners: dict[tuple[int, int], float] = {}
        for spot, (_, _, street, count) in zip(place.tolist(), arms.tolist(), strict=True):
            owners[spot, int(street)] = max(owners.get((spot, int(street)), 0.0), count)
        total: dict[int, float] = {}
        for (spot, _), count in owners.items():
            total[spot] = total.get(spot, 0.0) + count
        return sum(count >= 3 for count in total.values())

    @cached_property
    def frontages(self) -> np.ndarray:
        """(n,) m from each element to the edge of the nearest street; inf without streets."""
        if not len(self.carriageways):
            return np.full(len(self.elements), np.inf)
        return np.asarray(shapely.distance(self.polygons, shapely.union_all(self.carriageways)))

    def frontage_m(self, id: str) -> float:
        """From an element to the edge of the nearest street."""
        return float(self.frontages[self.position(id)])

    @cached_property
    def _meetings(self) -> np.ndarray:
        """(k, 2) positions of streets that meet, both ways round, a street with itself left out."""
        lines = self.centre_lines
        if not len(lines):
            return np.zeros((0, 2), dtype=np.int64)
        pairs = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=MEET_M).T
        return pairs[pairs[:, 0] != pairs[:, 1]]

    @cached_property
    def _ends(self) -> np.ndarray:
        """(m, 2, 2) first and last point of each street."""
        paths = [street.path for street in self.program.streets]
        return np.array([[path[0], path[-1]] for path in paths]).reshape(-1, 2, 2)

    @cached_property
    def _is_dead_end(self) -> np.ndarray:
        """(m, 2) bool."""
        ends = self._ends
        if not len(ends):
            return np.zeros((0, 2), dtype=bool)
        points = np.asarray(shapely.points(ends))
        is_loop = np.hypot(*(ends[:, 0] - ends[:, 1]).T) <= MEET_M
        leaves = shapely.distance(points, shapely.boundary(self.site)) <= MEET_M
        leaves |= ~shapely.covers(self.site, points)
        meets = np.zeros(ends.shape[:2], dtype=bool)
        for street, other in self._meetings:
            meets[street] |= shapely.distance(points[street], self.centre_lines[other]) <= MEET_M
        return ~(meets | leaves | is_loop[:, None])

    @cached_property
    def _arms(self) -> np.ndarray:
        """(k, 4): place, street, and how many arms it has there, wherever it meets another or ends."""
        rows: list[tuple[float, float, int, int]] = []
        for street, other in self._meetings.tolist():
            pair = self.centre_lines[[street, other]]
            crossings = shapely.get_coordinates(shapely.intersection(*pair))
            for spot in np.concatenate([crossings, self._ends[street], self._ends[other]]):
                if (shapely.distance(shapely.Point(spot), pair) <= MEET_M).all():
                    ends_here = np.hypot(*(self._ends[street] - spot).T) <= MEET_M
                    rows.append((*spot, street, 1 if ends_here.sum() == 1 else 2))
        return np.array(rows).reshape(-1, 4)
