"""Roofs over footprints: gabled, hipped, pyramidal, skillion, dome.

A pitched roof is the least of a few planes over the footprint's oriented box, so faces are planar, walls end
where they meet them, and the ridge is exactly as high as the program says. Knows rings and heights only.
"""

__all__ = ["OVERHANG_M", "Shell", "flat_shell", "pitched_shell", "stitched", "upward"]

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .city_parts import Roof
from .city_shapely import shapely

OVERHANG_M = 0.45
DOME_SIDES = 24
DOME_STEPS = 6
# A footprint that fills this much of its oriented box counts as that box.
BOX_SHARE = 0.995
ON_EDGE_M = 1e-6


@dataclass(frozen=True, eq=False)
class Shell:
    """The outside of a volume without its floor.

    Args:
        ring: (n, 2) footprint, counter-clockwise, with a vertex wherever a wall's upper edge bends.
        tops: (n,) m, where the walls end at those vertices.
        faces: roof faces (k, 3), planar, counter-clockwise seen from above.
        eaves: faces that overhang instead, for pictures; the same faces where nothing overhangs.
        is_round: whether the faces belong to a dome and are to be shaded smoothly.
    """

    ring: np.ndarray
    tops: np.ndarray
    faces: tuple[np.ndarray, ...]
    eaves: tuple[np.ndarray, ...]
    is_round: bool = False


def flat_shell(ring: np.ndarray, top: float) -> Shell:
    """A prism's shell."""
    face = np.column_stack([ring, np.full(len(ring), top)])
    return Shell(ring, np.full(len(ring), top), (face,), (face,))


def pitched_shell(ring: np.ndarray, top: float, roof: Roof) -> Shell:
    """The shell under a roof whose eaves lie at `top`, m.

    The highest point is `top + roof.height`.
    """
    if roof.shape == "flat" or roof.height <= 0.0:
        return flat_shell(ring, top)
    if roof.shape == "dome":
        return _dome(ring, top, roof.height)
    center, axes, half = _oriented_box(ring)
    is_box = len(ring) == 4 and _area(ring) >= BOX_SHARE * 4.0 * half[0] * half[1]
    if roof.shape == "pyramidal" and not is_box and _is_convex(ring):
        return _fan(ring, top, roof.height)
    regions, planes = _planes(roof.shape, half)
    to_world = np.vstack([axes * 1.0, center])
    if is_box:
        faces = [
            _lifted(region, plane, to_world, top, roof.height, 1.0)
            for region, plane in _each(regions, planes)
        ]
        eaves = [
            _overhung(region, plane, half, to_world, top, roof.height)
            for region, plane in _each(regions, planes)
        ]
    else:
        faces, eaves = _clipped(ring, regions, planes, to_world, top, roof.height), []
    ring, tops = _bent(ring, faces)
    kept = tuple(faces)
    return Shell(ring, tops, kept, tuple(eaves) or kept)


def _each(regions: list[np.ndarray], planes: list[np.ndarray]):
    return zip(regions, planes, strict=True)


def _planes(shape: str, half: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Regions (k, 2) of the box in its own (s, t), and planes (a, b, c) of relative height a s + b t + c."""
    long, wide = half
    if shape == "skillion":
        return [_box(-long, -wide, long, wide)], [np.array([0.0, 0.5 / wide, 0.5])]
    south, north = np.array([0.0, 1.0 / wide, 1.0]), np.array([0.0, -1.0 / wide, 1.0])
    if shape == "gabled":
        return [_box(-long, -wide, long, 0.0), _box(-long, 0.0, long, wide)], [south, north]
    run = long if shape == "pyramidal" else wide
    ridge = long - run
    end = np.array([1.0 / run, 0.0, long / run])
    corners = _box(-long, -wide, long, wide)
    west, east = np.array([[-ridge, 0.0]]), np.array([[ridge, 0.0]])
    regions = [
        np.vstack([corners[0:2], east, west]) if ridge > ON_EDGE_M else np.vstack([corners[0:2], east]),
        np.vstack([corners[1:3], east]),
        np.vstack([corners[2:4], west, east]) if ridge > ON_EDGE_M else np.vstack([corners[2:4], east]),
        np.vstack([corners[3], corners[0], west]),
    ]
    return regions, [south, end * (-1.0, 1.0, 1.0), north, end]


def _lifted(
    region: np.ndarray, plane: np.ndarray, to_world: np.ndarray, top: float, height: float, scale: float
) -> np.ndarray:
    flat = region @ to_world[:2] + to_world[2]
    level = region @ plane[:2] + plane[2]
    return np.column_stack([flat, top + height * scale * level])


def _overhung(
    region: np.ndarray, plane: np.ndarray, half: np.ndarray, to_world: np.ndarray, top: float, height: float
) -> np.ndarray:
    """The region's outer corners moved out by the overhang, level or down the same plane, never up."""
    step = np.where(np.abs(np.abs(region) - half) < ON_EDGE_M, np.sign(region) * OVERHANG_M, 0.0)
    moved = region + np.where(step * plane[:2] <= 0.0, step, 0.0)
    return _lifted(moved, plane, to_world, top, height, 1.0)


def _clipped(
    ring: np.ndarray,
    regions: list[np.ndarray],
    planes: list[np.ndarray],
    to_world: np.ndarray,
    top: float,
    height: float,
) -> list[np.ndarray]:
    """The footprint cut by the regions and lifted, the highest point scaled to the roof's height."""
    own = (ring - to_world[2]) @ to_world[:2].T
    footprint = shapely.polygons(own)
    pieces: list[tuple[np.ndarray, np.ndarray]] = []
    for region, plane in _each(regions, planes):
        for part in shapely.get_parts(shapely.intersection(footprint, shapely.polygons(region))):
            if shapely.get_type_id(part) == 3 and shapely.area(part) > ON_EDGE_M:
                points = shapely.get_coordinates(shapely.orient_polygons(part))[:-1]
                pieces.append((points, plane))
    highest = max(float((points @ plane[:2] + plane[2]).max()) for points, plane in pieces)
    return [_lifted(points, plane, to_world, top, height, 1.0 / highest) for points, plane in pieces]


def stitched(faces: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """Faces with each other's corners on their edges, so that edges meet corner to corner."""
    corners = np.unique(np.round(np.concatenate(faces), 9), axis=0)
    made = []
    for face in faces:
        along = np.roll(face, -1, 0) - face
        length = np.maximum(np.linalg.norm(along, axis=1), 1e-9)
        unit = along / length[:, None]
        offset = corners[None] - face[:, None]
        part = np.einsum("ecx,ex->ec", offset, unit)
        off = np.linalg.norm(offset - part[..., None] * unit[:, None], axis=2)
        on = (off < 1e-5) & (part > 1e-5) & (part < length[:, None] - 1e-5)
        points: list[np.ndarray] = []
        for edge, corner in enumerate(face):
            points += [corner, *corners[on[edge]][np.argsort(part[edge, on[edge]])]]
        made.append(np.array(points))
    return made


def _bent(ring: np.ndarray, faces: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The ring with the faces' vertices on its edges, and the height of each."""
    corners = np.concatenate(faces)
    along = np.roll(ring, -1, 0) - ring
    length = np.hypot(along[:, 0], along[:, 1])
    offset = corners[None, :, :2] - ring[:, None]
    part = (offset * along[:, None]).sum(2) / length[:, None]
    off = np.abs(offset[..., 0] * along[:, None, 1] - offset[..., 1] * along[:, None, 0]) / length[:, None]
    edge, corner = np.nonzero((off < 1e-4) & (part > -1e-4) & (part < length[:, None] - 1e-4))
    order = np.lexsort((part[edge, corner], edge))
    edge, corner = edge[order], corner[order]
    place = part[edge, corner]
    is_last = np.append((np.diff(edge) > 0) | (np.diff(place) >= 1e-4), True)
    bent = corners[corner[is_last]]
    return bent[:, :2], bent[:, 2]


def _fan(ring: np.ndarray, top: float, height: float) -> Shell:
    apex = np.array([*_centroid(ring), top + height])
    base = np.column_stack([ring, np.full(len(ring), top)])
    faces = tuple(np.stack([base[i], base[(i + 1) % len(base)], apex]) for i in range(len(base)))
    return Shell(ring, np.full(len(ring), top), faces, faces)


def _dome(ring: np.ndarray, top: float, height: float) -> Shell:
    """A half ellipsoid on the largest circle that fits, the rest of the roof flat."""
    circle = shapely.maximum_inscribed_circle(shapely.polygons(ring), tolerance=0.05)
    center, rim = shapely.get_coordinates(circle)
    radius = float(np.hypot(*(rim - center))) * 0.96
    turn = np.linspace(0.0, 2.0 * np.pi, DOME_SIDES, endpoint=False)
    unit = np.column_stack([np.cos(turn), np.sin(turn)])
    base = center + unit * radius
    faces = [_with_height(piece, top) for piece in _ring_with_hole(ring, base)]
    rise = np.linspace(0.0, np.pi / 2.0, DOME_STEPS + 1)
    levels = [
        np.column_stack(
            [center + unit * radius * np.cos(angle), np.full(DOME_SIDES, top + height * np.sin(angle))]
        )
        for angle in rise[:-1]
    ]
    apex = np.array([*center, top + height])
    for low, high in pairwise(levels):
        for i in range(DOME_SIDES):
            j = (i + 1) % DOME_SIDES
            faces += [np.stack([low[i], low[j], high[j]]), np.stack([low[i], high[j], high[i]])]
    faces += [np.stack([levels[-1][i], levels[-1][(i + 1) % DOME_SIDES], apex]) for i in range(DOME_SIDES)]
    return Shell(ring, np.full(len(ring), top), tuple(faces), tuple(faces), is_round=True)


def _ring_with_hole(ring: np.ndarray, hole: np.ndarray) -> list[np.ndarray]:
    import mapbox_earcut

    points = np.concatenate([ring, hole[::-1]])
    ends = np.array([len(ring), len(points)], np.uint32)
    index = mapbox_earcut.triangulate_float64(points, ends).reshape(-1, 3)
    return [points[triangle] for triangle in upward(points, index)]


def upward(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Triangles (t, 3) turned counter-clockwise; those without area are dropped."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    cross = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    triangles = np.where((cross < 0)[:, None], triangles[:, ::-1], triangles)
    return triangles[np.abs(cross) > 1e-12]


def _with_height(points: np.ndarray, top: float) -> np.ndarray:
    return np.column_stack([points, np.full(len(points), top)])


def _oriented_box(ring: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Center (2,), axes (2, 2) with the long one first, and half lengths (2,) of the smallest box around."""
    along = np.roll(ring, -1, 0) - ring
    units = along / np.hypot(along[:, 0], along[:, 1])[:, None]
    s, t = ring @ units.T, ring @ np.stack([-units[:, 1], units[:, 0]])
    low, high = np.stack([s.min(0), t.min(0)], 1), np.stack([s.max(0), t.max(0)], 1)
    # Rounded, so that of equal boxes the first edge's is taken.
    best = int(np.argmin(np.round((high - low).prod(1), 6)))
    axes = np.stack([units[best], [-units[best, 1], units[best, 0]]])
    center, half = ((low + high)[best] / 2.0) @ axes, (high - low)[best] / 2.0
    if half[1] > half[0]:
        axes, half = np.stack([axes[1], -axes[0]]), half[::-1]
    return center, axes, half


def _box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def _area(ring: np.ndarray) -> float:
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return float(0.5 * (x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def _centroid(ring: np.ndarray) -> np.ndarray:
    p = ring - ring[0]
    q = np.roll(p, -1, 0)
    cross = p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]
    return ring[0] + ((p + q) * cross[:, None]).sum(0) / (3.0 * cross.sum())


def _is_convex(ring: np.ndarray) -> bool:
    along = np.roll(ring, -1, 0) - ring
    after = np.roll(along, -1, 0)
    return bool((along[:, 0] * after[:, 1] - along[:, 1] * after[:, 0] >= -1e-9).all())
