"""Boxes: areas, unions and what they share.

A box is x0, y0, x1, y1 in px; one with x1 <= x0 or y1 <= y0 is empty.
"""

__all__ = ["area", "intersection", "iou", "share_inside", "shared_areas", "union"]

from collections.abc import Iterable, Sequence

import numpy as np

from .block import Box


def area(box: Box) -> float:
    """Area in px², 0 for an empty box.

    >>> area((0, 0, 10, 5)), area((10, 0, 0, 5))
    (50.0, 0.0)
    """
    return float(max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1]))


def intersection(a: Box, b: Box) -> float:
    """Area that two boxes share, px².

    >>> intersection((0, 0, 10, 10), (5, 5, 20, 20))
    25.0
    """
    wide, tall = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return float(wide * tall) if wide > 0.0 and tall > 0.0 else 0.0


def iou(a: Box, b: Box) -> float:
    """Intersection over union; 0 where one is empty.

    >>> iou((0, 0, 10, 10), (0, 5, 10, 15))
    0.3333333333333333
    """
    shared = intersection(a, b)
    return shared / (area(a) + area(b) - shared) if shared > 0.0 else 0.0


def share_inside(box: Box, other: Box) -> float:
    """Share of a box's area that lies inside another; 0 for an empty box.

    >>> share_inside((0, 0, 10, 10), (5, 0, 20, 10))
    0.5
    """
    whole = area(box)
    return intersection(box, other) / whole if whole > 0.0 else 0.0


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all; of none it is empty.

    >>> union([(0, 0, 1, 1), (5, 2, 6, 3)])
    (0, 0, 6, 3)
    """
    several = list(boxes)
    if not several:
        return (0.0, 0.0, 0.0, 0.0)
    columns = list(zip(*several, strict=True))
    return (min(columns[0]), min(columns[1]), max(columns[2]), max(columns[3]))


def shared_areas(first: Sequence[Box], second: Sequence[Box]) -> np.ndarray:
    """(n, m) float64, px²: what each box of the first shares with each of the second.

    >>> shared_areas([(0, 0, 2, 2)], [(1, 1, 3, 3), (5, 5, 6, 6)]).tolist()
    [[1.0, 0.0]]
    """
    a = np.asarray(first, dtype=np.float64).reshape(-1, 1, 4)
    b = np.asarray(second, dtype=np.float64).reshape(1, -1, 4)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    return np.clip(sides, 0.0, None).prod(axis=2)
