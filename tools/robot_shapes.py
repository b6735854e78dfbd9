"""Objects as shapes to draw: boxes, cylinders with soft edges, balls.

Each shape is a list of primitives in the frame of its body. Knows no MuJoCo; `robot_canvas.py` draws.
"""

__all__ = ["Primitive", "primitives"]

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Literal

import numpy as np

EDGE_M = 0.003
LEAST_SIDE_M = 0.012  # thinner things have sharp edges
TURNS = {
    "x": np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]),
    "y": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
    "z": np.eye(3),
}


@dataclass(frozen=True, eq=False)
class Primitive:
    """A box, cylinder, capsule or ball in the frame of its body."""

    kind: Literal["box", "cylinder", "capsule", "sphere", "ellipsoid"]
    """Its axis is z."""
    size_m: np.ndarray
    """(3,) half extents of a box; radius, radius, half length of what is round."""
    place: np.ndarray
    """(3,) m."""
    turn: np.ndarray
    """(3, 3)"""
    shade: float
    """What the body's colour is multiplied with."""


@lru_cache(maxsize=256)
def primitives(
    kind: str, size_m: tuple[float, float, float], is_plain: bool = False
) -> tuple[Primitive, ...]:
    """What a body is drawn as.

    Args:
        kind: ball; cylinder, puck; all else is a box.
        size_m: full extents.
        is_plain: whether edges stay sharp, as small pictures want them.

    >>> [one.kind for one in primitives("ball", (0.06, 0.06, 0.06))]
    ['sphere']
    """
    half = np.array(size_m, float) / 2.0
    if kind == "ball":
        return (_piece("sphere", half),)
    is_round = kind in ("cylinder", "puck", "mat")
    if is_plain or kind == "mat":
        return (_piece("cylinder" if is_round else "box", half),)
    return tuple(_round(half, is_puck=kind == "puck") if is_round else _block(half))


def _piece(
    kind: str,
    size: np.ndarray,
    place: tuple[float, float, float] = (0.0, 0.0, 0.0),
    turn: str = "z",
    shade: float = 1.0,
) -> Primitive:
    return Primitive(kind, np.asarray(size, float), np.array(place), TURNS[turn], shade)  # pyright: ignore[reportArgumentType]


def _block(half: np.ndarray) -> list[Primitive]:
    """A box with rounded edges: three boxes that reach a face pair each, twelve capsules."""
    if 2.0 * half.min() < LEAST_SIDE_M:
        return [_piece("box", half)]
    edge = EDGE_M
    core = half - edge
    made = [_piece("box", np.where(np.arange(3) == axis, half, core)) for axis in range(3)]
    for axis, name in enumerate("xyz"):
        one, other = (place for place in range(3) if place != axis)
        for s, t in product((-1.0, 1.0), repeat=2):
            place = np.zeros(3)
            place[one], place[other] = s * core[one], t * core[other]
            made.append(
                _piece(
                    "capsule",
                    np.array([edge, edge, core[axis]]),
                    (float(place[0]), float(place[1]), float(place[2])),
                    name,
                )
            )
    return made


def _round(half: np.ndarray, *, is_puck: bool) -> list[Primitive]:
    """A cylinder whose rims step in twice; a puck has a darker middle on both faces, others a darker belt."""
    radius, high = float(half[0]), float(half[2])
    step = min(0.0012, high / 6)
    made = [_piece("cylinder", np.array([radius, radius, high - 2 * step]))]
    made.append(_piece("cylinder", np.array([radius - 0.4 * step, radius, high - step])))
    made.append(_piece("cylinder", np.array([radius - 1.4 * step, radius, high])))
    if is_puck:
        made.append(_piece("cylinder", np.array([0.55 * radius, radius, high + 0.0004]), shade=0.72))
    else:
        made.append(_piece("cylinder", np.array([radius + 0.0004, radius, 0.28 * high]), shade=0.72))
    return made
