"""Rings and lines from JSON: all checked at once, each fault named.

Exact: simplicity is GEOS's, not that of bounding boxes. Knows points only, neither elements nor streets. The
common case, where all is well, is vectorised; only what is at fault is looked at one by one.
"""

__all__ = [
    "COORDINATE_BOUND_M",
    "MAX_VERTICES",
    "MIN_AREA_M2",
    "MIN_EDGE_M",
    "read_lines",
    "read_rings",
    "ring_centroid",
]

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np

from .city_problems import Problem
from .city_shapely import shapely
from .schema import shown

COORDINATE_BOUND_M = 10_000.0
MAX_VERTICES = 64
MIN_EDGE_M = 0.5
MIN_AREA_M2 = 4.0
# What turning a ring by an angle may change of a length or an area.
LENGTH_SLACK_M = 1e-6
COLLINEAR_M2 = 1e-6

Where = Callable[[int], str]
Points = tuple[list[np.ndarray], list[Problem]]
Found = tuple[int, str, str, str]

_NOTHING = np.zeros((0, 2)), np.zeros(0, dtype=np.int64)
POINT_HINT = "a point is [x, y], two numbers in metres"


def read_rings(raw: Sequence[object], where: Where) -> Points:
    """Polygons as read-only (n, 2) arrays, and what is wrong with them; one problem a ring.

    Args:
        raw: each polygon as JSON gives it.
        where: position in `raw` -> its JSON pointer.

    Returns:
        The arrays in order (of all of them only where there is no problem), and the problems.
    """
    coords, counts, kept, problems = _points(raw, where, least=3, noun="a polygon")
    if len(kept):
        found = _first_faults(coords, counts, is_ring=True)
        problems += [Problem(code, where(int(kept[ring])), *words) for ring, code, *words in found]
    return _split(coords, counts), problems


def read_lines(raw: Sequence[object], where: Where) -> Points:
    """Centre lines as read-only (n, 2) arrays, n >= 2, and what is wrong with them; one problem a line."""
    coords, counts, kept, problems = _points(raw, where, least=2, noun="a path")
    if len(kept):
        found = _first_faults(coords, counts, is_ring=False)
        problems += [Problem(code, where(int(kept[line])), *words) for line, code, *words in found]
    return _split(coords, counts), problems


def ring_centroid(ring: np.ndarray) -> np.ndarray:
    """(2,) middle of the area of a ring, m."""
    return shapely.get_coordinates(shapely.centroid(shapely.Polygon(ring)))[0]


def _split(coords: np.ndarray, counts: np.ndarray) -> list[np.ndarray]:
    coords.flags.writeable = False  # and so are the views of it
    ends = np.cumsum(counts).tolist()
    return [coords[end - count : end] for end, count in zip(ends, counts.tolist(), strict=True)]


def _points(
    raw: Sequence[object], where: Where, *, least: int, noun: str
) -> tuple[np.ndarray, np.ndarray, Sequence[int], list[Problem]]:
    """Coordinates of those that are lists of points at all, how many each has, and which they are."""
    whole = _flattened(raw, least)
    if whole is not None:
        return whole[0], whole[1], range(len(raw)), []
    problems: list[Problem] = []
    kept = []
    for position, item in enumerate(raw):
        fault = _shape_fault(item, least, noun)
        if fault is None:
            kept.append(position)
        else:
            problems.append(Problem(fault[0], where(position) + fault[1], *fault[2:]))
    rest = _flattened([raw[position] for position in kept], least) or _NOTHING
    return rest[0], rest[1], kept, problems


def _flattened(raw: Sequence[object], least: int) -> tuple[np.ndarray, np.ndarray] | None:
    """(N, 2) coordinates and (k,) counts; None where anything has the wrong type or size."""
    if not raw:
        return _NOTHING
    if set(map(type, raw)) != {list}:
        return None
    counts = np.array(list(map(len, raw)))  # type: ignore[arg-type]
    if counts.min() < least or counts.max() > MAX_VERTICES:
        return None
    points = list(chain.from_iterable(raw))  # type: ignore[arg-type]
    if set(map(type, points)) != {list} or set(map(len, points)) != {2}:
        return None
    numbers = list(chain.from_iterable(points))
    if not set(map(type, numbers)) <= {int, float}:
        return None
    try:
        return np.array(numbers, dtype=np.float64).reshape(-1, 2), counts
    except OverflowError:
        return None


def _shape_fault(item: object, least: int, noun: str) -> tuple[str, str, str, str] | None:
    """Code, rest of the pointer, message and hint of a value that is no list of points."""
    if type(item) is not list:
        return "wrong_type", "", f"{noun} is {shown(item)}", f"send a list of points; {POINT_HINT}"
    if len(item) < least:
        return "too_few_vertices", "", f"{noun} of {len(item)} points", f"send at least {least} points"
    if len(item) > MAX_VERTICES:
        return "too_many", "", f"{noun} of {len(item)} points", f"send at most {MAX_VERTICES}"
    for position, point in enumerate(item):
        if type(point) is not list or len(point) != 2:
            return "wrong_type", f"/{position}", f"a point is {shown(point)}", POINT_HINT
        for axis, number in enumerate(point):
            if type(number) not in (int, float):
                return (
                    "wrong_type",
                    f"/{position}/{axis}",
                    f"a coordinate is {shown(number)}",
                    "send a number in metres",
                )
            if type(number) is int and abs(number) > COORDINATE_BOUND_M:
                # Told here already: it may be too large for a float.
                return "out_of_range", f"/{position}/{axis}", *_beyond(number)
    return None


def _beyond(number: float) -> tuple[str, str]:
    return (
        f"a coordinate is {shown(number)}",
        f"send metres between -{COORDINATE_BOUND_M:g} and {COORDINATE_BOUND_M:g}",
    )


def _first_faults(
    coords: np.ndarray, counts: np.ndarray, *, is_ring: bool
) -> list[tuple[int, str, str, str]]:
    """(position, code, message, hint) of each ring or line at fault, in order; its first fault only."""
    found: dict[int, tuple[str, str, str]] = {}
    owner = np.repeat(np.arange(len(counts)), counts)
    finite = np.isfinite(coords)
    inside = np.abs(coords) <= COORDINATE_BOUND_M
    if not inside.all():
        for vertex in np.flatnonzero(~finite.all(axis=1)):
            words = f"a vertex is {shown(coords[vertex].tolist())}", "send finite numbers in metres"
            found.setdefault(int(owner[vertex]), ("not_finite", *words))
        for vertex in np.flatnonzero(finite.all(axis=1) & ~inside.all(axis=1)):
            number = coords[vertex][~inside[vertex]][0]
            found.setdefault(int(owner[vertex]), ("out_of_range", *_beyond(float(number))))
        coords = np.where(inside, coords, 0.0)
    starts = np.cumsum(counts) - counts
    following = np.arange(1, len(coords) + 1)
    following[starts + counts - 1] = starts
    edges = coords[following] - coords
    if not is_ring:
        edges[starts + counts - 1] = (1.0, 1.0)  # a line has no edge from its end back to its start
    lengths = np.hypot(edges[:, 0], edges[:, 1])
    for vertex in np.flatnonzero(lengths <= LENGTH_SLACK_M):
        here = f"vertex {vertex - starts[owner[vertex]]} {_at(coords[vertex])}"
        hint = (
            "leave one of them out; a ring is not closed by its first vertex" if is_ring else "leave one out"
        )
        found.setdefault(
            int(owner[vertex]), ("repeated_vertex", f"{here} and the next one are the same", hint)
        )
    if is_ring:
        _ring_faults(coords, owner, starts, following, edges, found)
    for vertex in np.flatnonzero(lengths < MIN_EDGE_M - LENGTH_SLACK_M):
        here = f"the edge from {_at(coords[vertex])} to {_at(coords[following[vertex]])}"
        words = f"{here} is {lengths[vertex]:.3g} m long", f"make every edge at least {MIN_EDGE_M:g} m"
        found.setdefault(int(owner[vertex]), ("short_edge", *words))
    return [(ring, *fault) for ring, fault in sorted(found.items())]


def _ring_faults(
    coords: np.ndarray,
    owner: np.ndarray,
    starts: np.ndarray,
    following: np.ndarray,
    edges: np.ndarray,
    found: dict[int, tuple[str, str, str]],
) -> None:
    """Crossings and touches, orientation and area."""
    local = coords - coords[starts][owner]  # areas are exact far from the origin too
    cross = local[:, 0] * local[following, 1] - local[following, 0] * local[:, 1]
    areas = np.add.reduceat(cross, starts) / 2.0
    turns = np.abs(edges[:, 0] * edges[following, 1] - edges[following, 0] * edges[:, 1])
    is_line = np.add.reduceat(turns, starts) <= COLLINEAR_M2
    polygons = np.asarray(shapely.polygons(shapely.linearrings(coords, indices=owner)))
    for ring in np.flatnonzero(~shapely.is_valid(polygons)):
        if not is_line[ring]:
            found.setdefault(int(ring), _crossing(shapely.is_valid_reason(polygons[ring])))
    hint = f"a polygon covers at least {MIN_AREA_M2:g} m2"
    for ring in np.flatnonzero(is_line):
        found.setdefault(int(ring), ("small_area", "all its vertices lie on one line", hint))
    for ring in np.flatnonzero(areas < 0.0):
        words = "the vertices run clockwise", "send them counter-clockwise: reverse their order"
        found.setdefault(int(ring), ("clockwise", *words))
    for ring in np.flatnonzero(areas < MIN_AREA_M2 - LENGTH_SLACK_M):
        found.setdefault(int(ring), ("small_area", f"it covers {areas[ring]:.3g} m2", hint))


def _crossing(reason: str) -> tuple[str, str, str]:
    """From GEOS's reason, such as `Ring Self-intersection[5 0]`."""
    where = reason.partition("[")[2].rstrip("]").split()
    at = f" at {_at(np.array(where, dtype=np.float64))}" if len(where) == 2 else ""
    if reason.startswith("Ring Self-intersection"):
        return (
            "touching_ring",
            f"the ring touches itself{at}",
            "let each vertex stand once, and on no other edge",
        )
    return "bow_tie", f"the ring crosses itself{at}", "order the vertices along the outline"


def _at(point: np.ndarray) -> str:
    return f"[{point[0]:.6g}, {point[1]:.6g}]"
