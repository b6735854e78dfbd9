"""Triangles with what a painter must know of each: the city's mesh.

A mesh is plain arrays; whoever adds faces says their kind, colour and element. Knows no city and no picture.
"""

__all__ = ["KINDS", "FaceList", "Mesh", "Rings", "Surface", "normals_of"]

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from .city_palette import Rgb

KINDS = (
    "plain",
    "wall",
    "roof",
    "tiles",
    "grass",
    "water",
    "paving",
    "asphalt",
    "pavement",
    "foliage",
    "paint",
    "studio",
    "dome",
)
"""What a face is made of; the shader's patterns go by the position in this list."""


@dataclass(frozen=True)
class Surface:
    """How faces look that share everything but their place.

    Args:
        kind: one of KINDS.
        color: sRGB.
        trim: sRGB of what is set into it: the glass of a wall.
        material: position in `city_palette.MATERIALS`.
        style: window pattern of a wall, a position in `city_looks.WINDOW_STYLES`.
        seed: in [0, 1), varies patterns.
    """

    kind: str
    color: Rgb
    trim: Rgb = (0, 0, 0)
    material: int = 0
    style: int = 0
    seed: float = 0.0

    @property
    def color_row(self) -> tuple[int, int, int, int]:
        """Red, green, blue and the kind."""
        return *self.color, KINDS.index(self.kind)

    @property
    def trim_row(self) -> tuple[int, int, int, int]:
        """Red, green, blue of the trim, and style + 16 x material."""
        return *self.trim, self.style + 16 * self.material


@dataclass(frozen=True, eq=False)
class Mesh:
    """Vertices and triangles; all arrays have one row a vertex but `triangles`.

    Args:
        position: (n, 3) float32, m.
        normal: (n, 3) float32, unit length.
        uv: (n, 2) float32: bays and floors on walls (u < 0: no windows), m elsewhere.
        cell: (n, 4) float32: bay width m, floor height m, floors, seed in [0, 1).
        color: (n, 4) uint8: sRGB, kind.
        trim: (n, 4) uint8: sRGB, style + 16 x material.
        element: (n,) int32: 1 + index of the element in the program, 0 on the ground, -1 - index of a tree.
        triangles: (t, 3) int32, counter-clockwise seen from outside.
    """

    position: np.ndarray
    normal: np.ndarray
    uv: np.ndarray
    cell: np.ndarray
    color: np.ndarray
    trim: np.ndarray
    element: np.ndarray
    triangles: np.ndarray

    @property
    def kind(self) -> np.ndarray:
        """(n,) positions in KINDS."""
        return self.color[:, 3]

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Least and greatest corner, (3,) each."""
        return self.position.min(0), self.position.max(0)


class FaceList:
    """Faces as they are added; `mesh` joins them."""

    def __init__(self) -> None:
        self._parts: list[Mesh] = []
        self._count = 0

    def quads(
        self,
        corners: np.ndarray,
        *,
        color: object,
        trim: object = (0, 0, 0, 0),
        element: object = 0,
        uv: np.ndarray | None = None,
        cell: object = (1.0, 1.0, 0.0, 0.0),
        normal: np.ndarray | None = None,
    ) -> None:
        """Add quads.

        Args:
            corners: (n, 4, 3) m, counter-clockwise seen from outside; planar.
            color: uint8 (4,) or (n, 4), as in `Mesh`.
            trim: likewise.
            element: int or (n,).
            uv: (n, 4, 2), or None for x and y in m.
            cell: (4,) or (n, 4).
            normal: (n, 3), or None to take the face's own.
        """
        first = np.arange(len(corners), dtype=np.int32)[:, None] * 4
        triangles = (first + np.array([0, 1, 2, 0, 2, 3], np.int32)).reshape(-1, 3)
        self._add(corners, triangles, color, trim, element, uv, cell, normal)

    def triangles(
        self,
        corners: np.ndarray,
        *,
        color: object,
        trim: object = (0, 0, 0, 0),
        element: object = 0,
        uv: np.ndarray | None = None,
        cell: object = (1.0, 1.0, 0.0, 0.0),
        normal: np.ndarray | None = None,
    ) -> None:
        """Add triangles: corners are (n, 3, 3), normal may be too, all else as for `quads`."""
        index = np.arange(len(corners) * 3, dtype=np.int32).reshape(-1, 3)
        self._add(corners, index, color, trim, element, uv, cell, normal)

    def indexed(
        self,
        position: np.ndarray,
        triangles: np.ndarray,
        *,
        color: object,
        normal: np.ndarray,
        element: object = 0,
        trim: object = (0, 0, 0, 0),
        cell: object = (1.0, 1.0, 0.0, 0.0),
    ) -> None:
        """Add faces that share vertices: position and normal are (n, 3), triangles index them."""
        corners = position[:, None, :]
        self._add(corners, triangles.astype(np.int32), color, trim, element, None, cell, normal[:, None, :])

    def mesh(self) -> Mesh:
        """Everything that was added, in that order."""
        if not self._parts:
            return _empty()
        names = [field.name for field in fields(Mesh)]
        return Mesh(*(np.concatenate([getattr(part, name) for part in self._parts]) for name in names))

    def _add(
        self,
        corners: np.ndarray,
        triangles: np.ndarray,
        color: object,
        trim: object,
        element: object,
        uv: np.ndarray | None,
        cell: object,
        normal: np.ndarray | None,
    ) -> None:
        faces, sides = corners.shape[:2]
        if not faces:
            return
        if normal is None:
            normal = normals_of(corners)
        if normal.ndim == 2:
            normal = normal[:, None, :]
        part = Mesh(
            np.ascontiguousarray(corners, np.float32).reshape(-1, 3),
            _spread(normal, (faces, sides, 3), np.float32),
            _spread(corners[..., :2] if uv is None else uv, (faces, sides, 2), np.float32),
            _spread(_rows(cell), (faces, sides, 4), np.float32),
            _spread(_rows(color), (faces, sides, 4), np.uint8),
            _spread(_rows(trim), (faces, sides, 4), np.uint8),
            np.repeat(np.broadcast_to(np.asarray(element, np.int32), faces), sides),
            triangles + np.int32(self._count),
        )
        self._parts.append(part)
        self._count += faces * sides


@dataclass(frozen=True, eq=False)
class Rings:
    """Many rings end to end, so that one numpy line treats every edge of a city.

    Args:
        points: (n, 2) m.
        owner: (n,) which ring a point belongs to.
        following: (n,) index of the next point on the same ring.
        preceding: (n,) index of the one before.
        starts: (rings + 1,) where each ring begins, and n.
    """

    points: np.ndarray
    owner: np.ndarray
    following: np.ndarray
    preceding: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, rings: Sequence[np.ndarray]) -> "Rings":
        """Join rings, each (k, 2), not closed."""
        counts = np.array([len(ring) for ring in rings], np.int64)
        starts = np.concatenate([[0], np.cumsum(counts)])
        owner = np.repeat(np.arange(len(rings)), counts)
        index = np.arange(starts[-1])
        following, preceding = index + 1, index - 1
        following[starts[1:] - 1] = starts[:-1]
        preceding[starts[:-1]] = starts[1:] - 1
        points = np.concatenate(rings) if len(rings) else np.zeros((0, 2))
        return cls(points, owner, following, preceding, starts)

    def inset(self, distance: float) -> tuple[np.ndarray, np.ndarray]:
        """The points moved inwards by a mitre, and which rings (bool) stay the right way round."""
        along = self.points[self.following] - self.points
        along = along / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
        inward = np.stack([-along[:, 1], along[:, 0]], 1)
        before = inward[self.preceding]
        cosine = np.clip((inward * before).sum(1), -0.6, 1.0)
        moved = self.points + (inward + before) * (distance / (1.0 + cosine))[:, None]
        kept = ((moved[self.following] - moved) * along).sum(1) > 0.0
        is_good = np.ones(len(self.starts) - 1, bool)
        is_good[self.owner[~kept]] = False
        return moved, is_good


def normals_of(corners: np.ndarray) -> np.ndarray:
    """Unit normals (n, 3) of faces (n, k >= 3, 3)."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return normal / np.maximum(np.linalg.norm(normal, axis=1), 1e-12)[:, None]


def _rows(value: object) -> np.ndarray:
    rows = np.asarray(value)
    return rows[:, None, :] if rows.ndim == 2 else rows


def _spread(value: np.ndarray, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    return np.ascontiguousarray(np.broadcast_to(value, shape), dtype).reshape(-1, shape[-1])


def _empty() -> Mesh:
    point, pair, four = (np.zeros((0, width), np.float32) for width in (3, 2, 4))
    color = np.zeros((0, 4), np.uint8)
    return Mesh(point, point, pair, four, color, color, np.zeros(0, np.int32), np.zeros((0, 3), np.int32))
