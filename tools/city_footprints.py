"""The ground plan of a city: its elements as exact geometry.

The base of `City`: holds the program and what is computed from it once. Immutable; arrays are in the order of
`elements`, lengths in m, areas in m2.
"""

__all__ = ["Footprints"]

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ..errors import UsageError, did_you_mean
from .city_parts import Block, Element, Program
from .city_shapely import shapely

SUPPORT_SLACK_M = 0.5
SUPPORT_SHARE = 0.95


class Footprints:
    """Elements, blocks and site of a program, as geometry.

    Args:
        program: a valid one, as `parse_program` returns it.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.elements: tuple[Element, ...] = program.elements
        self._index = {element.id: position for position, element in enumerate(self.elements)}

    @property
    def buildings(self) -> tuple[Element, ...]:
        """Elements with floors, in order."""
        return tuple(element for element in self.elements if element.is_building)

    @property
    def flats(self) -> tuple[Element, ...]:
        """Greenspace, plazas and water, in order."""
        return tuple(element for element in self.elements if not element.is_building)

    def __contains__(self, id: object) -> bool:
        return id in self._index

    def element(self, id: str) -> Element:
        """The element of an id.

        Raises:
            UsageError: there is none.
        """
        return self.elements[self.position(id)]

    def position(self, id: str) -> int:
        """Where an element stands in `elements`.

        Raises:
            UsageError: there is none.
        """
        if id not in self._index:
            hint = did_you_mean(id, self._index)
            raise UsageError(f"the city has no element {id!r}; it has {len(self._index)} elements.{hint}")
        return self._index[id]

    def positions(self, type: str) -> np.ndarray:
        """Positions of the elements of a type; `building` and `flat` mean all of those, `any` all.

        Buildings are those that stand on the ground: what rises from a podium is part of it.
        """
        if type == "any":
            return np.arange(len(self.elements))
        if type == "building":
            return np.flatnonzero(self.stands_on_ground & self.is_building)
        if type == "flat":
            return np.flatnonzero(~self.is_building)
        is_type = np.array([element.type == type for element in self.elements], dtype=bool)
        return np.flatnonzero(is_type & self.stands_on_ground)

    def block_of(self, id: str) -> Block:
        """The block in which an element stands."""
        return self.program.blocks[self.block_positions[self.position(id)]]

    def pointer(self, position: int) -> str:
        """JSON pointer of an element in the program."""
        block = int(self.block_positions[position])
        first = int(np.searchsorted(self.block_positions, block))
        return f"/blocks/{block}/elements/{position - first}"

    @cached_property
    def polygons(self) -> np.ndarray:
        """(n,) shapely polygons of the elements."""
        return _polygons([element.polygon for element in self.elements])

    @cached_property
    def block_polygons(self) -> np.ndarray:
        """Shapely polygon of each block."""
        return _polygons([block.polygon for block in self.program.blocks])

    @cached_property
    def block_areas(self) -> np.ndarray:
        """M2 of each block."""
        return shapely.area(self.block_polygons)

    @cached_property
    def site(self) -> "shapely.Polygon":
        """The site."""
        return _polygons([self.program.site])[0]

    @cached_property
    def tree(self) -> "shapely.STRtree":
        """Of `polygons`."""
        return shapely.STRtree(self.polygons)

    @cached_property
    def areas(self) -> np.ndarray:
        """(n,) m2 of ground."""
        return shapely.area(self.polygons)

    @cached_property
    def centroids(self) -> np.ndarray:
        """(n, 2) m."""
        return shapely.get_coordinates(shapely.centroid(self.polygons))

    @cached_property
    def is_building(self) -> np.ndarray:
        """(n,) bool."""
        return np.array([element.floor_count is not None for element in self.elements], dtype=bool)

    @cached_property
    def floors(self) -> np.ndarray:
        """(n,) number of floors, 0 for flat types."""
        return np.array([element.floor_count or 0 for element in self.elements], dtype=np.float64)

    @cached_property
    def heights(self) -> np.ndarray:
        """(n,) m of the eaves above the ground."""
        floor_heights = np.array([element.floor_height for element in self.elements], dtype=np.float64)
        return self.bases + self.floors * floor_heights

    @cached_property
    def tops(self) -> np.ndarray:
        """(n,) m of the ridge above the ground."""
        roofs = [0.0 if element.roof is None else element.roof.height for element in self.elements]
        return self.heights + np.array(roofs, dtype=np.float64)

    @cached_property
    def bases(self) -> np.ndarray:
        """(n,) m above the ground where the lowest floor begins."""
        return np.array([element.base_height for element in self.elements], dtype=np.float64)

    @cached_property
    def block_positions(self) -> np.ndarray:
        """(n,) int: the block of each element."""
        counts = [len(block.elements) for block in self.program.blocks]
        return np.repeat(np.arange(len(counts)), counts)

    @cached_property
    def stands_on_ground(self) -> np.ndarray:
        """(n,) bool: whether it begins at the ground."""
        return self.bases <= 0.0

    @cached_property
    def carriers(self) -> np.ndarray:
        """(n,) int: the building on whose roof each one stands; -1: on the ground, -2: on nothing.

        A building of `base_height` above 0 stands on a building that stands on the ground, whose eaves are
        within 0.5 m of that height, and that lies under at least 95 % of it and is larger.
        """
        carriers = np.where(self.stands_on_ground, -1, -2)
        for upper in np.flatnonzero(~self.stands_on_ground):
            below = self.tree.query(self.polygons[upper], predicate="intersects")
            fits = self.stands_on_ground[below] & self.is_building[below]
            fits &= np.abs(self.heights[below] - self.bases[upper]) <= SUPPORT_SLACK_M
            fits &= self.areas[below] > self.areas[upper] / SUPPORT_SHARE
            for lower in below[fits]:
                shared = shapely.area(shapely.intersection(self.polygons[lower], self.polygons[upper]))
                if shared >= SUPPORT_SHARE * self.areas[upper]:
                    carriers[upper] = lower
                    break
        return carriers

    @cached_property
    def boxes(self) -> np.ndarray:
        """(n, 2, 2) edge vectors of the smallest rectangle around each element, the longer first."""
        if not len(self.polygons):
            return np.zeros((0, 2, 2))
        corners = shapely.get_coordinates(shapely.oriented_envelope(self.polygons)).reshape(-1, 5, 2)
        edges = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]], axis=1)
        lengths = np.hypot(edges[..., 0], edges[..., 1])
        return np.where((lengths[:, 0] >= lengths[:, 1])[:, None, None], edges, edges[:, ::-1])

    @cached_property
    def least_widths(self) -> np.ndarray:
        """(n,) m: a lower bound of `widths` that is quick to have."""
        low_x, low_y, high_x, high_y = shapely.bounds(self.polygons).T
        return np.minimum(self.areas / np.hypot(high_x - low_x, high_y - low_y), self._thickness)

    @cached_property
    def widths(self) -> np.ndarray:
        """(n,) m: how wide each is, min(short side of its rectangle, 4 * area / perimeter).

        The second term is a square's side and less than twice the width of a long strip, bent or not.
        """
        short = np.hypot(self.boxes[:, 1, 0], self.boxes[:, 1, 1])
        return np.minimum(short, self._thickness)

    @cached_property
    def _thickness(self) -> np.ndarray:
        return 4.0 * self.areas / shapely.length(self.polygons)


def _polygons(rings: Sequence[np.ndarray]) -> np.ndarray:
    if not rings:
        return np.array([], dtype=object)
    owner = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    return np.asarray(shapely.polygons(shapely.linearrings(np.concatenate(rings), indices=owner)))
