"""Boxes before walls: of them are doors, balconies and canopies made."""

__all__ = ["Front", "box_faces", "raised"]

from dataclasses import dataclass

import numpy as np

from .city_faces import FaceList


@dataclass(frozen=True, eq=False)
class Front:
    """The wall with the door of one building, and its other walls.

    Args:
        index: of the element.
        start: (k, 2) where each wall begins.
        along: (k, 2) unit.
        outward: (k, 2) unit.
        length: (k,) m.
        first: which wall has the door.
    """

    index: int
    start: np.ndarray
    along: np.ndarray
    outward: np.ndarray
    length: np.ndarray
    first: int


def box_faces(
    faces: FaceList,
    start: np.ndarray,
    along: np.ndarray,
    outward: np.ndarray,
    half_width: np.ndarray | float,
    depth: np.ndarray | float,
    bottom: np.ndarray,
    top: np.ndarray,
    *,
    color: object,
    element: object,
) -> None:
    """Add boxes that stand before a wall: front, sides, top and underside.

    Args:
        faces: takes them.
        start: (n, 2) middle of the side at the wall, m.
        along: (n, 2) unit, the wall to the right when seen from outside.
        outward: (n, 2) unit.
        half_width: m along the wall.
        depth: m away from the wall.
        bottom: (n,) m.
        top: (n,) m.
        color: as in `FaceList.quads`.
        element: likewise.
    """
    side = along * np.broadcast_to(half_width, len(start))[:, None]
    out = outward * np.broadcast_to(depth, len(start))[:, None]
    plan = [start - side, start + side, start + side + out, start - side + out]
    low = [raised(p, bottom) for p in plan]
    high = [raised(p, top) for p in plan]
    quads = [
        (low[3], low[2], high[2], high[3]),
        (low[2], low[1], high[1], high[2]),
        (low[0], low[3], high[3], high[0]),
        (high[3], high[2], high[1], high[0]),
        (low[0], low[1], low[2], low[3]),
    ]
    corners = np.concatenate([np.stack(quad, 1) for quad in quads])
    faces.quads(corners, color=_five(color, 2), element=_five(element, 1))


def raised(points: np.ndarray, level: np.ndarray | float) -> np.ndarray:
    """Points (n, 2) at a level, (n, 3)."""
    return np.concatenate([points, np.broadcast_to(level, len(points))[:, None]], 1)


def _five(value: object, rows_ndim: int) -> object:
    """A value a row, repeated for the five faces of each box; one value for all stays as it is."""
    rows = np.asarray(value)
    return np.concatenate([rows] * 5) if rows.ndim == rows_ndim else value
