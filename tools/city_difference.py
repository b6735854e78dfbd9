"""What differs between two city programs, part by part.

These are the raw numbers of preservation. An element, street, block or building program each is one part.
Knows neither instruction nor reward: which parts were to be touched is told by name.
"""

__all__ = ["Difference", "difference"]

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from .city_parts import Block, Element, Program, Street
from .city_shapely import shapely

ELEMENT_ATTRIBUTES = ("type", "floor_count", "facade", "floor_height", "base_height", "roof", "program")
STREET_ATTRIBUTES = ("class_", "width")
SAME_M = 1e-6


@dataclass(frozen=True)
class Difference:
    """Parts that were not to be touched, before and after.

    Args:
        names: of the parts, such as `element b3`, `street s1`, `block west`, `program brick`.
        overlaps: IoU of each part's outline; 0 where it is gone, or was added without being asked for.
        likeness: share of each part's attributes that are equal.
    """

    names: tuple[str, ...]
    overlaps: tuple[float, ...]
    likeness: tuple[float, ...]

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of the parts that are not as they were."""
        pairs = zip(self.names, self.overlaps, self.likeness, strict=True)
        return tuple(name for name, overlap, like in pairs if overlap * like < 1.0 - 1e-9)


def difference(before: Program, after: Program, *, touched: Collection[str] = ()) -> Difference:
    """Compare two programs.

    Args:
        before: as it was given.
        after: as it was made.
        touched: names of the parts that the instruction speaks of, or that it lets be added; as in
            `Difference.names`, and `element *` for new elements of any id.

    Returns:
        All other parts of either program, in the order of `before`, then of `after`.
    """
    rows: list[tuple[str, float, float]] = []
    old, new = _parts(before), _parts(after)
    for name in [*old, *(name for name in new if name not in old)]:
        is_new_element = name not in old and name.startswith("element ") and "element *" in touched
        if name in touched or is_new_element:
            continue
        if name in old and name in new:
            rows.append((name, *_likeness(old[name], new[name])))
        else:
            rows.append((name, 0.0, 0.0))
    names, overlaps, likeness = zip(*rows, strict=True) if rows else ((), (), ())
    return Difference(tuple(names), tuple(overlaps), tuple(likeness))


def _parts(program: Program) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for block in program.blocks:
        parts[f"block {block.id}"] = block
        parts |= {f"element {element.id}": (element, block.id) for element in block.elements}
    parts |= {f"street {street.id}": street for street in program.streets}
    return parts | {f"program {key}": components for key, components in program.building_programs.items()}


def _likeness(old: Any, new: Any) -> tuple[float, float]:
    """IoU and share of equal attributes of a part."""
    if isinstance(old, Block):
        return _iou(old.polygon, new.polygon), 1.0
    if isinstance(old, Street):
        is_same = old.path.shape == new.path.shape and bool(np.abs(old.path - new.path).max() <= SAME_M)
        return float(is_same), _equal(old, new, STREET_ATTRIBUTES)
    if isinstance(old, tuple) and old and isinstance(old[0], Element):
        (one, its_block), (other, other_block) = old, new
        shares = len(ELEMENT_ATTRIBUTES) * _equal(one, other, ELEMENT_ATTRIBUTES) + (its_block == other_block)
        return _iou(one.polygon, other.polygon), shares / (len(ELEMENT_ATTRIBUTES) + 1)
    return 1.0, float(old == new)


def _equal(one: object, other: object, names: Collection[str]) -> float:
    return sum(getattr(one, name) == getattr(other, name) for name in names) / len(names)


def _iou(ring: np.ndarray, other: np.ndarray) -> float:
    if ring.shape == other.shape and bool((ring == other).all()):
        return 1.0
    one, two = shapely.Polygon(ring), shapely.Polygon(other)
    shared = one.intersection(two).area
    return min(1.0, float(shared / (one.area + two.area - shared)))
