"""The ground of a city: site, blocks, greens, squares, water, streets.

Layers lie a few centimetres above each other in the order in which they would be built. Only what the program
says is green is green. Knows no buildings.
"""

__all__ = ["Ground", "ground_faces", "ground_of"]

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from .city_faces import KINDS, FaceList
from .city_looks import chance
from .city_markings import marking_faces, road_width_m
from .city_parts import Program
from .city_roofs import upward
from .city_shapely import shapely

ROAD_Z_M, BLOCK_Z_M, FLAT_Z_M, PATH_Z_M, RIM_Z_M = 0.03, 0.14, 0.2, 0.23, 0.3
RIM_M = 0.5
SLAB_SHARE = 0.02
SLAB_M = (1.2, 6.0)
# The style of surroundings that no shadow reaches.
DISTANT = 1
# How far the surroundings reach, in lengths of the site.
BEYOND = 30.0
BEYOND_COLOR = (206, 204, 196)

SITE = (206, 203, 197)
SLAB = (184, 180, 173)
BLOCK = (221, 216, 206)
KERB = (188, 185, 179)
ROAD = (140, 141, 143)
PATH = (222, 208, 182)
RIM = (214, 208, 196)
FLATS = {
    "greenspace": ("grass", (134, 154, 96)),
    "plaza": ("paving", (226, 213, 190)),
    "water": ("water", (94, 134, 148)),
}


_GROUNDS: "WeakKeyDictionary[Program, Ground]" = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Ground:
    """What lies on the site.

    Args:
        roads: shapely geometry where cars drive.
        paths: shapely geometry of the paths.
        water: shapely geometry.
    """

    roads: Any
    paths: Any
    water: Any


def ground_of(program: Program) -> Ground:
    """Roads, paths and water within the site; kept as long as the program lives."""
    ground = _GROUNDS.get(program)
    if ground is None:
        ground = _GROUNDS[program] = _cut(program)
    return ground


def _cut(program: Program) -> Ground:
    site = shapely.polygons(program.site)
    roads = [
        shapely.buffer(
            shapely.LineString(s.path), road_width_m(s.width) / 2.0, cap_style="flat", join_style="mitre"
        )
        for s in program.streets
        if s.class_ != "path"
    ]
    paths = [
        shapely.buffer(shapely.LineString(s.path), s.width / 2.0, cap_style="flat", join_style="round")
        for s in program.streets
        if s.class_ == "path"
    ]
    water = [shapely.Polygon(e.polygon) for e in program.elements if e.type == "water"]
    parts = (np.array(part, dtype=object) for part in (roads, paths, water))
    return Ground(*(shapely.intersection(shapely.union_all(part), site) for part in parts))


def ground_faces(faces: FaceList, program: Program, ground: Ground, *, detail: int) -> None:
    """Add everything flat; `detail` 0 leaves small markings out."""
    span = float(np.ptp(program.site, axis=0).max())
    slab = float(np.clip(span * SLAB_SHARE, *SLAB_M))
    _plate(faces, program.site, 0.0, "pavement", SITE)
    _skirt(faces, program.site, -slab, 0.0, SLAB)
    _surroundings(faces, program, -slab)
    _surface(faces, ground.roads, ROAD_Z_M, "asphalt", ROAD)
    marking_faces(faces, program, ROAD_Z_M + 0.02, detail=detail)
    roads = [street for street in program.streets if street.class_ != "path"]
    for block in program.blocks:
        polygon: Any = shapely.Polygon(block.polygon)
        if roads:
            polygon = shapely.difference(polygon, ground.roads)
        _surface(faces, polygon, BLOCK_Z_M, "pavement", BLOCK)
        for part in shapely.get_parts(polygon):
            if shapely.get_type_id(part) == 3:
                outline = shapely.get_coordinates(shapely.get_exterior_ring(shapely.orient_polygons(part)))[
                    :-1
                ]
                _skirt(faces, outline, 0.0, BLOCK_Z_M, KERB)
    for index, element in enumerate(program.elements):
        if element.is_building:
            continue
        kind, color = FLATS[element.type]
        level = FLAT_Z_M + (0.02 if element.type == "water" else 0.0)
        shade = 0.96 + 0.08 * chance(element.id, "shade")
        tint = tuple(min(255, round(channel * shade)) for channel in color)
        _plate(faces, element.polygon, level, kind, tint, element=index + 1)
        _skirt(faces, element.polygon, BLOCK_Z_M, level, KERB, element=index + 1)
        if element.type == "water":
            _rim(faces, element.polygon, index + 1)
    _surface(faces, ground.paths, PATH_Z_M, "pavement", PATH)


def _surroundings(faces: FaceList, program: Program, level: float) -> None:
    """The ground beyond the site: where its shadows fall, and as far as the horizon."""
    low, high = program.site.min(0), program.site.max(0)
    margin = 15.0 + 1.3 * max((element.top for element in program.elements), default=0.0)
    middle, half = (low + high) / 2.0, (high - low) / 2.0 + margin
    turn = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    color = (*BEYOND_COLOR, KINDS.index("studio"))

    def quad(points: np.ndarray) -> np.ndarray:
        return np.concatenate([points, np.full((4, 1), level)], 1)[None]

    inner, outer = middle + turn * half, middle + turn * BEYOND * max(float(half.max()), 50.0)
    # The shadows fade out towards the edge of the inner quad, by its uv.
    faces.quads(quad(inner), color=color, uv=turn[None])
    for k in range(4):
        j = (k + 1) % 4
        ring = np.stack([outer[k], outer[j], inner[j], inner[k]])
        faces.quads(quad(ring), color=color, trim=(0, 0, 0, DISTANT), uv=np.ones((1, 4, 2)))


def triangulated(polygon: Any) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2) and upward triangles (t, 3) of a shapely polygon, holes left out."""
    import mapbox_earcut

    rings = [shapely.get_coordinates(ring)[:-1] for ring in shapely.get_rings(polygon)]
    ends = np.cumsum([len(ring) for ring in rings]).astype(np.uint32)
    points = np.concatenate(rings)
    index = mapbox_earcut.triangulate_float64(points, ends).reshape(-1, 3)
    return points, upward(points, index)


def _surface(
    faces: FaceList, geometry: Any, level: float, kind: str, color: Iterable[int], element: int = 0
) -> None:
    for part in shapely.get_parts(geometry):
        if shapely.get_type_id(part) != 3 or shapely.is_empty(part):
            continue
        points, index = triangulated(part)
        corners = np.concatenate([points[index], np.full((*index.shape, 1), level)], 2)
        faces.triangles(corners, color=(*color, KINDS.index(kind)), element=element)


def _plate(
    faces: FaceList, ring: np.ndarray, level: float, kind: str, color: Iterable[int], element: int = 0
) -> None:
    _surface(faces, shapely.polygons(ring), level, kind, color, element)


def _skirt(
    faces: FaceList, ring: np.ndarray, bottom: float, top: float, color: Iterable[int], element: int = 0
) -> None:
    after = np.roll(ring, -1, 0)
    low, high = np.full((len(ring), 1), bottom), np.full((len(ring), 1), top)
    corners = [
        np.hstack([ring, low]),
        np.hstack([after, low]),
        np.hstack([after, high]),
        np.hstack([ring, high]),
    ]
    faces.quads(np.stack(corners, 1), color=(*color, KINDS.index("plain")), element=element)


def _rim(faces: FaceList, ring: np.ndarray, element: int) -> None:
    shape = shapely.polygons(ring)
    inner = shapely.buffer(shape, -RIM_M, join_style="mitre", mitre_limit=2.0)
    _surface(faces, shapely.difference(shape, inner), RIM_Z_M, "plain", RIM, element)
