"""Windows as quads before the walls, for whoever has no shader."""

__all__ = ["Windows", "windows_of"]

from dataclasses import dataclass

import numpy as np

from .city_faces import KINDS, Mesh
from .city_looks import WINDOW_STYLES

PROUD_M = 0.03
MAX_WINDOWS = 60_000
# Left, right, lower and upper edge in a bay and a floor, for each of WINDOW_STYLES; a shed has its top floor.
EDGES = {
    "punched": (0.29, 0.71, 0.27, 0.83),
    "ribbon": (0.02, 0.98, 0.32, 0.82),
    "curtain": (0.04, 0.98, 0.2, 0.99),
    "shop": (0.29, 0.71, 0.27, 0.83),
    "deck": (0.09, 0.99, 0.36, 0.9),
    "shed": (0.05, 0.98, 0.58, 0.86),
    "blank": (0.5, 0.5, 0.5, 0.5),
    "tall": (0.31, 0.69, 0.17, 0.86),
}
SHOPFRONT = (0.05, 0.95, 0.05, 0.7)
OPEN_DECK = (70, 70, 74)


@dataclass(frozen=True, eq=False)
class Windows:
    """Quads 3 cm before their walls.

    Args:
        corners: (n, 4, 3) float32 m, counter-clockwise seen from outside.
        color: (n, 3) uint8 sRGB.
        element: (n,) int32, as in `Mesh`.
        wall: (n,) int32, the first vertex of the wall's quad in the mesh.
    """

    corners: np.ndarray
    color: np.ndarray
    element: np.ndarray
    wall: np.ndarray


def windows_of(mesh: Mesh, walls: np.ndarray | None = None) -> Windows:
    """The windows of some walls, given by the first vertex of their quads; None for all.

    At most 60,000; walls beyond that have none.
    """
    if walls is None:
        walls = wall_quads(mesh)
    uv = mesh.uv[walls[:, None] + np.arange(4)]
    bays = np.where(uv[:, 0, 0] >= 0.0, np.round(uv[:, 1, 0]), 0.0).astype(np.int64)
    first = np.maximum(np.round(uv[:, 0, 1]), 0.0).astype(np.int64)
    level = np.minimum(np.floor(uv[:, 2:, 1].min(1) + 1e-3), mesh.cell[walls, 2]).astype(np.int64)
    floors = np.maximum(level - first, 0)
    count = bays * floors
    kept = np.cumsum(count) <= MAX_WINDOWS
    walls, bays, first, count = walls[kept], bays[kept], first[kept], count[kept]
    owner = np.repeat(np.arange(len(walls)), count)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    bay, floor = number % np.maximum(bays[owner], 1), number // np.maximum(bays[owner], 1) + first[owner]
    style = (mesh.trim[walls, 3] & 15)[owner]
    table = np.array([EDGES[name] for name in WINDOW_STYLES])
    edges = table[style]
    edges = np.where(((style == WINDOW_STYLES.index("shop")) & (floor == 0))[:, None], SHOPFRONT, edges)
    top = mesh.cell[walls, 2][owner] - 1.0
    there = edges[:, 1] > edges[:, 0]
    there &= (style != WINDOW_STYLES.index("shed")) | (floor == top)
    owner, bay, floor, edges, style = owner[there], bay[there], floor[there], edges[there], style[there]
    wall = walls[owner]
    corner, right = mesh.position[wall].astype(np.float64), mesh.position[wall + 1].astype(np.float64)
    along = (right - corner) / np.maximum(bays[owner], 1)[:, None]
    tall = mesh.cell[wall, 1].astype(np.float64)
    base = corner + mesh.normal[wall] * PROUD_M
    rise = floor - uv[kept][owner, 0, 1]
    x0, x1 = (base + along * (bay + edges[:, k])[:, None] for k in (0, 1))
    up = np.array([0.0, 0.0, 1.0])
    z0, z1 = (((rise + edges[:, k]) * tall)[:, None] * up for k in (2, 3))
    corners = np.stack([x0 + z0, x1 + z0, x1 + z1, x0 + z1], 1).astype(np.float32)
    color = mesh.trim[wall, :3].copy()
    color[style == WINDOW_STYLES.index("deck")] = OPEN_DECK
    return Windows(corners, color, mesh.element[wall], wall.astype(np.int32))


def wall_quads(mesh: Mesh) -> np.ndarray:
    """(n,) the first vertex of each wall's quad."""
    is_wall = np.flatnonzero(mesh.kind == KINDS.index("wall"))
    return is_wall[::4]
