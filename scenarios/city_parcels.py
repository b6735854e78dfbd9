"""Convex pieces of ground: cut, pulled in, measured.

What the layout of a city divides: a convex outline, and along each edge how much must stay free. Plain
Python on a few vertices, in metres; knows no cities.
"""

__all__ = [
    "LayoutError",
    "Parcel",
    "Point",
    "abreast",
    "area_of",
    "chord",
    "extent",
    "fitted",
    "frame_of",
    "long_axis",
    "middle_of",
    "tenths",
]

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, cos, hypot, pi, sin

Point = tuple[float, float]
MIN_EDGE_M = 1.5
EPSILON_M = 1e-9


class LayoutError(ValueError):
    """The dice gave no city; throw them again."""


@dataclass(frozen=True)
class Parcel:
    """A convex piece of ground.

    Args:
        ring: vertices, counter-clockwise, not closed.
        margins: m to keep free along the edge that begins at each vertex.
    """

    ring: tuple[Point, ...]
    margins: tuple[float, ...]

    @classmethod
    def of(cls, ring: Sequence[Point], margin: float) -> "Parcel":
        """With the same margin all around."""
        return cls(tuple(ring), (margin,) * len(ring))

    def cut(self, at: Point, along: float, margin: float) -> tuple["Parcel", "Parcel"]:
        """What lies to the left and to the right of a line.

        Args:
            at: a point of the line.
            along: its direction, radians counter-clockwise from east.
            margin: m to keep free along it, on both sides.
        """
        normal = (sin(along), -cos(along))
        bound = normal[0] * at[0] + normal[1] * at[1]
        left = _clipped(self.ring, self.margins, normal, bound, margin)
        right = _clipped(self.ring, self.margins, (-normal[0], -normal[1]), -bound, margin)
        return left, right

    def inner(self) -> tuple[Point, ...]:
        """The outline without its margins, short edges merged; empty where nothing is left."""
        piece = self
        for (x, y), (u, v), margin in zip(
            self.ring, (*self.ring[1:], self.ring[0]), self.margins, strict=True
        ):
            length = hypot(u - x, v - y)
            normal = ((v - y) / length, (x - u) / length)
            bound = normal[0] * x + normal[1] * y - margin
            piece = _clipped(piece.ring, piece.margins, normal, bound, 0.0)
            if len(piece.ring) < 3:
                return ()
        return _merged(piece.ring)


def area_of(ring: Sequence[Point]) -> float:
    """M2, positive for a counter-clockwise ring."""
    return 0.5 * sum(x * v - u * y for (x, y), (u, v) in _edges(ring))


def middle_of(ring: Sequence[Point]) -> Point:
    """The centroid of the area."""
    x0, y0 = ring[0]
    total = east = north = 0.0
    for (x, y), (u, v) in _edges([(x - x0, y - y0) for x, y in ring]):
        cross = x * v - u * y
        total += cross
        east += (x + u) * cross
        north += (y + v) * cross
    return x0 + east / (3.0 * total), y0 + north / (3.0 * total)


def extent(ring: Sequence[Point], along: float) -> tuple[float, float]:
    """Least and greatest coordinate in a direction, radians counter-clockwise from east."""
    c, s = cos(along), sin(along)
    values = [c * x + s * y for x, y in ring]
    return min(values), max(values)


def frame_of(ring: Sequence[Point]) -> float:
    """Direction of the longest edge, radians."""
    (x, y), (u, v) = max(_edges(ring), key=lambda edge: round(_length(edge), 6))
    return atan2(v - y, u - x)


def chord(ring: Sequence[Point], at: Point, along: float) -> tuple[Point, Point]:
    """Where a line through a point of the inside enters and leaves."""
    c, s = cos(along), sin(along)
    first, last = -1e9, 1e9
    for (x, y), (u, v) in _edges(ring):
        normal = (v - y, x - u)
        speed = normal[0] * c + normal[1] * s
        room = normal[0] * (x - at[0]) + normal[1] * (y - at[1])
        if abs(speed) > EPSILON_M:
            last, first = (min(last, room / speed), first) if speed > 0 else (last, max(first, room / speed))
    return (at[0] + first * c, at[1] + first * s), (at[0] + last * c, at[1] + last * s)


def fitted(ring: Sequence[Point], along: float, aspects: Sequence[float]) -> tuple[Point, float, float]:
    """The largest rectangle about the middle of a convex ring, among some proportions.

    Args:
        ring: the outline.
        along: direction of the rectangle's width, radians.
        aspects: width / depth, each tried.

    Returns:
        Its middle, width and depth, m.
    """
    middle = middle_of(ring)
    c, s = cos(along), sin(along)
    best = (0.0, 0.0)
    for aspect in aspects:
        scale = 1e9
        for (x, y), (u, v) in _edges(ring):
            normal = (v - y, x - u)
            room = normal[0] * (x - middle[0]) + normal[1] * (y - middle[1])
            reach = abs(normal[0] * c + normal[1] * s) * aspect + abs(normal[1] * c - normal[0] * s)
            scale = min(scale, room / reach)
        if scale * scale * aspect > best[0] * best[1]:
            best = (scale * aspect, scale)
    return middle, 2.0 * best[0], 2.0 * best[1]


def long_axis(ring: Sequence[Point], along: float) -> float:
    """The one of a frame's two directions in which a ring is longer."""
    low, high = extent(ring, along)
    other_low, other_high = extent(ring, along + pi / 2)
    return along + pi / 2 if other_high - other_low > high - low else along


def abreast(ring: Sequence[Point], along: float, share: float) -> Point:
    """A point abreast of the middle, at a share of the way in a direction."""
    low, high = extent(ring, along)
    x, y = middle_of(ring)
    at = low + share * (high - low) - (cos(along) * x + sin(along) * y)
    return x + at * cos(along), y + at * sin(along)


def tenths(ring: Sequence[Point]) -> tuple[Point, ...]:
    """Rounded to tenths of a metre."""
    return tuple((round(x, 1) + 0.0, round(y, 1) + 0.0) for x, y in ring)


def _edges(ring: Sequence[Point]) -> list[tuple[Point, Point]]:
    return list(zip(ring, (*ring[1:], ring[0]), strict=True))


def _length(edge: tuple[Point, Point]) -> float:
    return hypot(edge[1][0] - edge[0][0], edge[1][1] - edge[0][1])


def _clipped(
    ring: Sequence[Point], margins: Sequence[float], normal: Point, bound: float, margin: float
) -> Parcel:
    """The part where normal * point <= bound; the new edge gets the margin."""
    points: list[Point] = []
    kept: list[float] = []
    over = [normal[0] * x + normal[1] * y - bound for x, y in ring]
    for k, ((x, y), (u, v)) in enumerate(_edges(ring)):
        here, there = over[k], over[(k + 1) % len(ring)]
        if here <= EPSILON_M:
            points.append((x, y))
            kept.append(margins[k] if there <= EPSILON_M or here < -EPSILON_M else margin)
        if (here < -EPSILON_M and there > EPSILON_M) or (here > EPSILON_M and there < -EPSILON_M):
            share = here / (here - there)
            points.append((x + share * (u - x), y + share * (v - y)))
            kept.append(margin if here < 0 else margins[k])
    return Parcel(tuple(points), tuple(kept))


def _merged(ring: Sequence[Point]) -> tuple[Point, ...]:
    """Without vertices that lie closer than MIN_EDGE_M behind the one before; still convex."""
    points: list[Point] = []
    for point in ring:
        if not points or _length((points[-1], point)) >= MIN_EDGE_M:
            points.append(point)
    while len(points) > 3 and _length((points[-1], points[0])) < MIN_EDGE_M:
        points.pop()
    return tuple(points) if len(points) >= 3 else ()
