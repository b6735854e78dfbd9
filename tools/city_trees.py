"""Where trees stand, and what they look like.

Every tree belongs to the name of the green, plaza or street it stands on, so the same city grows the same
trees in every view and process. They are scenery: nothing is measured or graded by them.
"""

__all__ = ["Trees", "tree_faces", "trees_of"]

from dataclasses import dataclass
from weakref import WeakKeyDictionary
from zlib import crc32

import numpy as np
from scipy.spatial import ConvexHull

from .city_faces import KINDS, FaceList
from .city_ground import Ground, ground_of
from .city_parts import Program
from .city_shapely import shapely

GREEN_SPACING_M = 6.4
PLAZA_SPACING_M = 9.0
STREET_SPACING_M = 9.5
YARD_SPACING_M = 11.0
CLEAR_OF_WALLS_M = 2.6
CLEAR_OF_ROADS_M = 0.9
MAX_TREES = 3000
BARK = (124, 108, 92)
LEAVES = np.array(
    [(104, 124, 70), (92, 114, 68), (118, 134, 78), (86, 106, 72), (128, 138, 82), (110, 120, 66)], np.uint8
)


_TREES: "WeakKeyDictionary[Program, Trees]" = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Trees:
    """Trees of a city.

    Args:
        feet: (n, 2) m.
        radius: (n,) of the crown, m.
        height: (n,) m.
        leaf: (n,) position in LEAVES.
        turn: (n,) rad.
    """

    feet: np.ndarray
    radius: np.ndarray
    height: np.ndarray
    leaf: np.ndarray
    turn: np.ndarray


def trees_of(program: Program) -> Trees:
    """Trees of greens, plazas, yards and streets; kept as long as the program lives."""
    trees = _TREES.get(program)
    if trees is None:
        trees = _TREES[program] = _grown(program, ground_of(program))
    return trees


def _grown(program: Program, ground: Ground) -> Trees:
    elements = program.elements
    walls = [shapely.polygons(e.polygon) for e in elements if e.is_building]
    spots: list[np.ndarray] = []
    sizes: list[np.ndarray] = []
    for element in elements:
        if element.type in ("greenspace", "plaza"):
            is_green = element.type == "greenspace"
            found = _scattered(
                element.id, element.polygon, GREEN_SPACING_M if is_green else PLAZA_SPACING_M, is_green
            )
            spots.append(found[:, :2])
            sizes.append(found[:, 2] * (1.0 if is_green else 0.8))
    for block in program.blocks:
        flats = [shapely.polygons(e.polygon) for e in block.elements if not e.is_building]
        found = _scattered(block.id, block.polygon, YARD_SPACING_M, True)
        found = found[~_inside(found[:, :2], flats, 0.5)]
        spots.append(found[:, :2])
        sizes.append(found[:, 2] * 0.85)
    for street in program.streets:
        if street.class_ != "path" and street.width >= 7.0:
            found = _lined(street.id, street.path, street.width)
            spots.append(found[:, :2])
            sizes.append(found[:, 2] * 0.9)
    feet = np.concatenate(spots) if spots else np.zeros((0, 2))
    size = np.concatenate(sizes) if sizes else np.zeros(0)
    standing = ~_inside(feet, walls, CLEAR_OF_WALLS_M)
    points = shapely.points(feet)
    for geometry in (ground.roads, ground.paths, ground.water):
        shapely.prepare(geometry)
        standing &= ~shapely.dwithin(geometry, points, CLEAR_OF_ROADS_M)
    site = shapely.polygons(program.site)
    standing &= shapely.contains(site, points)
    feet, size = feet[standing], size[standing]
    step = -(-len(feet) // MAX_TREES) if len(feet) else 1
    feet, size = feet[::step], size[::step]
    rng = np.random.default_rng([len(feet), 7])
    return Trees(
        feet,
        1.5 + 1.3 * size,
        5.0 + 3.6 * size + rng.uniform(-0.4, 0.4, len(feet)),
        rng.integers(0, len(LEAVES), len(feet)),
        rng.uniform(0.0, 2.0 * np.pi, len(feet)),
    )


def tree_faces(faces: FaceList, trees: Trees, ground: float, *, detail: int) -> None:
    """Add the trees; detail 0 to 2 sets how many triangles a tree has.

    Their `Mesh.element` is -1 - their position in `trees`.
    """
    count = len(trees.feet)
    if not count:
        return
    foliage = np.column_stack([LEAVES[trees.leaf], np.full(count, KINDS.index("foliage"))])
    trunk = trees.height * 0.42
    if detail:
        _trunks(faces, trees, ground, trunk)
    blobs = _BLOBS[detail]
    shape, index = _sphere(0 if detail == 0 else 1)
    cosine, sine = np.cos(trees.turn), np.sin(trees.turn)
    for number, (east, north, up, share) in enumerate(blobs):
        radius = trees.radius * share
        middle = np.column_stack(
            [
                trees.feet[:, 0] + trees.radius * (east * cosine - north * sine),
                trees.feet[:, 1] + trees.radius * (east * sine + north * cosine),
                ground + trunk + (trees.height - trunk) * up,
            ]
        )
        tall = np.minimum((trees.height - trunk) * 0.5 * share * 1.1, radius * 1.25)
        rough = _rough(count, len(shape), number) if detail else np.ones((count, len(shape)))
        scale = np.stack([radius, radius, tall], 1)[:, None, :] * rough[..., None]
        turned = np.stack(
            [
                shape[None, :, 0] * cosine[:, None] - shape[None, :, 1] * sine[:, None],
                shape[None, :, 0] * sine[:, None] + shape[None, :, 1] * cosine[:, None],
                np.broadcast_to(shape[None, :, 2], (count, len(shape))),
            ],
            2,
        )
        position = middle[:, None, :] + turned * scale
        normal = turned + np.array([0.0, 0.0, 0.25])
        normal = normal / np.linalg.norm(normal, axis=2, keepdims=True)
        triangles = (index[None] + (np.arange(count) * len(shape))[:, None, None]).reshape(-1, 3)
        faces.indexed(
            position.reshape(-1, 3),
            triangles,
            color=np.repeat(foliage, len(shape), 0),
            normal=normal.reshape(-1, 3),
            element=np.repeat(-1 - np.arange(count), len(shape)),
        )


_BLOBS = {
    0: ((0.0, 0.0, 0.5, 1.0),),
    1: ((0.0, 0.0, 0.5, 1.0),),
    2: ((0.0, 0.0, 0.56, 0.86), (0.42, 0.1, 0.36, 0.62), (-0.3, 0.34, 0.42, 0.6), (-0.16, -0.42, 0.34, 0.58)),
}


def _trunks(faces: FaceList, trees: Trees, ground: float, trunk: np.ndarray) -> None:
    turn = np.linspace(0.0, 2.0 * np.pi, 5, endpoint=False)
    ring = np.column_stack([np.cos(turn), np.sin(turn)])
    thick = 0.06 + trees.radius * 0.035
    low = trees.feet[:, None, :] + ring[None] * thick[:, None, None]
    high = trees.feet[:, None, :] + ring[None] * thick[:, None, None] * 0.7
    following = np.roll(np.arange(5), -1)
    bottom = np.full((len(low), 5, 1), ground)
    top = np.broadcast_to((ground + trunk * 1.35)[:, None, None], (len(low), 5, 1))
    below, above = np.concatenate([low, bottom], 2), np.concatenate([high, top], 2)
    corners = np.stack([below, below[:, following], above[:, following], above], 2)
    element = np.repeat(-1 - np.arange(len(low)), 5)
    faces.quads(corners.reshape(-1, 4, 3), color=(*BARK, KINDS.index("plain")), element=element)


def _rough(count: int, vertices: int, salt: int) -> np.ndarray:
    return np.random.default_rng([count, vertices, salt]).uniform(0.86, 1.12, (count, vertices))


def _scattered(name: str, polygon: np.ndarray, spacing: float, is_loose: bool) -> np.ndarray:
    """Points (n, 3) of a turned grid inside a polygon: x, y, size in [0, 1]; loose ones are jittered."""
    rng = np.random.default_rng([crc32(name.encode()), 1])
    edge = polygon[1] - polygon[0]
    turn = np.arctan2(edge[1], edge[0])
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    own = polygon @ axes.T
    low, high = own.min(0) + spacing * 0.4, own.max(0) - spacing * 0.4
    counts = np.maximum(np.floor((high - low) / spacing).astype(int) + 1, 1)
    if counts.prod() > MAX_TREES:
        return np.zeros((0, 3))
    grid = np.stack(np.meshgrid(*(np.arange(n, dtype=float) for n in counts), indexing="ij"), -1).reshape(
        -1, 2
    )
    spare = (high - low - (counts - 1) * spacing) / 2.0
    points = low + spare + grid * spacing
    if is_loose:
        points = points + rng.uniform(-0.42, 0.42, points.shape) * spacing
        kept = rng.random(len(points)) < 0.62
    else:
        # A square keeps its middle free.
        middle = np.abs((points - (low + high) / 2.0) / np.maximum((high - low) / 2.0, 1e-6)).max(1)
        kept = middle > 0.6
    size = rng.random(len(points))
    points = points @ axes
    inside = shapely.contains_xy(shapely.buffer(shapely.polygons(polygon), -1.6), points)
    return np.column_stack([points, size])[kept & inside]


def _lined(name: str, path: np.ndarray, width: float) -> np.ndarray:
    """Points (n, 3) along both sides of a street."""
    rng = np.random.default_rng([crc32(name.encode()), 2])
    line = shapely.linestrings(path)
    length = float(shapely.length(line))
    places = np.arange(STREET_SPACING_M * 0.7, length, STREET_SPACING_M)
    if not len(places) or len(places) > MAX_TREES:
        return np.zeros((0, 3))
    here = shapely.get_coordinates(shapely.line_interpolate_point(line, places))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(line, np.minimum(places + 0.5, length)))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(line, np.maximum(places - 0.5, 0.0)))
    along = ahead - behind
    along = along / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    side = np.column_stack([-along[:, 1], along[:, 0]]) * (width / 2.0 - 0.95)
    points = np.concatenate([here + side, here - side])
    return np.column_stack([points, rng.uniform(0.25, 0.75, len(points))])


def _inside(points: np.ndarray, polygons: list, distance: float) -> np.ndarray:
    """Which points lie within a distance of any polygon."""
    found = np.zeros(len(points), bool)
    if len(points) and polygons:
        tree = shapely.STRtree(polygons)
        found[tree.query(shapely.points(points), predicate="dwithin", distance=distance)[0]] = True
    return found


def _sphere(level: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (n, 3) and triangles of a sphere: an octahedron, or an icosahedron cut once."""
    if level == 0:
        points = np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)
        index = [[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4], [1, 0, 5], [2, 1, 5], [3, 2, 5], [0, 3, 5]]
        return points, np.array(index)
    g = (1.0 + 5.0**0.5) / 2.0
    signs = [(a, b * g) for a in (-1.0, 1.0) for b in (-1.0, 1.0)]
    points = np.array([np.roll([0.0, *pair], k) for k in range(3) for pair in signs])
    index = ConvexHull(points).simplices
    a, b, c = (points[index[:, k]] for k in range(3))
    outward = (np.cross(b - a, c - a) * a).sum(1) > 0.0
    index = np.where(outward[:, None], index, index[:, ::-1])
    edges = np.sort(np.concatenate([index[:, [0, 1]], index[:, [1, 2]], index[:, [2, 0]]]), axis=1)
    unique, where = np.unique(edges, axis=0, return_inverse=True)
    middle = len(points) + where.reshape(3, -1).T
    points = np.concatenate([points, points[unique].mean(1)])
    (a, b, c), (ab, bc, ca) = index.T, middle.T
    cut = [[a, ab, ca], [b, bc, ab], [c, ca, bc], [ab, bc, ca]]
    index = np.concatenate([np.stack(triangle, 1) for triangle in cut])
    return points / np.linalg.norm(points, axis=1, keepdims=True), index
