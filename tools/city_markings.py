"""Paint on the roads: centre lines, edge lines, crossings.

Lines stop before other roads. Scenery only.
"""

__all__ = ["marking_faces", "road_width_m"]

from typing import Any

import numpy as np

from .city_faces import KINDS, FaceList
from .city_parts import Program, Street
from .city_shapely import shapely

SIDEWALK_M = 1.9
DASH_M, GAP_M, LINE_M = 2.6, 3.4, 0.2
BAR_M, BAR_GAP_M, CROSSING_M = 0.5, 0.55, 3.0
FROM_JUNCTION_M = 1.6
MIN_RUN_M = 14.0
PAINT = (236, 235, 230)
MAX_CROSSINGS = 300


def marking_faces(faces: FaceList, program: Program, level: float, *, detail: int) -> None:
    """Add the paint of all roads of 6 m and more; `detail` 0 leaves crossings out."""
    streets = [street for street in program.streets if street.class_ != "path"]
    if not streets:
        return
    lines = np.array([shapely.linestrings(street.path) for street in streets], dtype=object)
    widths = np.array([road_width_m(street.width) for street in streets])
    roads = shapely.buffer(lines, widths / 2.0, cap_style="flat", join_style="mitre")
    site = shapely.polygons(program.site)
    tree = shapely.STRtree(roads)
    quads: list[np.ndarray] = []
    bars: list[np.ndarray] = []
    for index, (street, width) in enumerate(zip(streets, widths, strict=True)):
        if width < 5.0:
            continue
        near = tree.query(lines[index], predicate="intersects")
        others = roads[near[near != index]]
        free: Any = shapely.intersection(lines[index], site)
        if len(others):
            free = shapely.difference(free, shapely.buffer(shapely.union_all(others), FROM_JUNCTION_M))
        for run in shapely.get_parts(shapely.line_merge(free)):
            if shapely.get_type_id(run) != 1 or shapely.length(run) < MIN_RUN_M:
                continue
            crossed = CROSSING_M + 1.2 if detail else 0.0
            quads.append(_dashes(run, crossed))
            sides = (-1.0, 1.0) if street.class_ == "arterial" else ()
            quads += [_edge(run, side * (width / 2.0 - 0.45), crossed) for side in sides]
            if detail and len(bars) < MAX_CROSSINGS:
                bars += _crossings(run, width, street, shapely.boundary(site))
    for group in (quads, bars):
        if group:
            corners = np.concatenate(group)
            corners = np.concatenate([corners, np.full((*corners.shape[:2], 1), level)], 2)
            faces.quads(corners, color=(*PAINT, KINDS.index("paint")))


def road_width_m(width: float) -> float:
    """The part of a street where cars drive: all of it but the sidewalks, which narrow ones have not.

    >>> road_width_m(14.0), road_width_m(5.0)
    (10.2, 5.0)
    """
    return width - 2.0 * SIDEWALK_M if width >= 7.5 else width


def _at(run: Any, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2) at places along a line, and its direction there."""
    length = shapely.length(run)
    here = shapely.get_coordinates(shapely.line_interpolate_point(run, places))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(run, np.minimum(places + 0.2, length)))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(run, np.maximum(places - 0.2, 0.0)))
    along = ahead - behind
    return here, along / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]


def _bars(middle: np.ndarray, along: np.ndarray, length: float, width: float) -> np.ndarray:
    """Upward rectangles (n, 4, 2) around middles, `length` along and `width` across."""
    across = np.stack([-along[:, 1], along[:, 0]], 1)
    a, b = along * length / 2.0, across * width / 2.0
    return np.stack([middle - a - b, middle + a - b, middle + a + b, middle - a + b], 1)


def _dashes(run: Any, crossed: float) -> np.ndarray:
    length = shapely.length(run)
    count = max(int((length - 2.0 * crossed) / (DASH_M + GAP_M)), 1)
    spare = (length - count * (DASH_M + GAP_M) + GAP_M) / 2.0
    return _bars(*_at(run, spare + DASH_M / 2.0 + np.arange(count) * (DASH_M + GAP_M)), DASH_M, LINE_M)


def _edge(run: Any, offset: float, crossed: float) -> np.ndarray:
    """A solid line beside the middle, as one quad a straight piece."""
    length = shapely.length(run)
    points = shapely.get_coordinates(run)[1:-1]
    bends = shapely.line_locate_point(run, shapely.points(points)) if len(points) else np.zeros(0)
    places = np.concatenate([[crossed], np.sort(bends), [length - crossed]])
    here, _ = _at(run, places)
    along = np.diff(here, axis=0)
    reach = np.hypot(along[:, 0], along[:, 1])
    unit = along / np.maximum(reach, 1e-9)[:, None]
    across = np.stack([-unit[:, 1], unit[:, 0]], 1)
    inner, outer = across * (offset - LINE_M / 3.0), across * (offset + LINE_M / 3.0)
    return np.stack([here[:-1] + inner, here[1:] + inner, here[1:] + outer, here[:-1] + outer], 1)


def _crossings(run: Any, width: float, street: Street, edge: Any) -> list[np.ndarray]:
    """Zebra stripes at both ends of a run, where it ends at a junction and not at the edge of the site."""
    length = shapely.length(run)
    found = []
    for place in (CROSSING_M / 2.0 + 0.3, length - CROSSING_M / 2.0 - 0.3):
        end = shapely.line_interpolate_point(run, 0.0 if place < length / 2.0 else length)
        if shapely.distance(end, edge) < 1.0:
            continue
        middle, along = _at(run, np.array([place]))
        across = np.stack([-along[:, 1], along[:, 0]], 1)
        count = int((width - 0.8) / (BAR_M + BAR_GAP_M))
        steps = (np.arange(count) - (count - 1) / 2.0) * (BAR_M + BAR_GAP_M)
        found.append(_bars(middle + across * steps[:, None], np.repeat(along, count, 0), CROSSING_M, BAR_M))
    return found
