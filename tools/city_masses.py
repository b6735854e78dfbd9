"""Volumes of buildings: podium, tower and setbacks, each with its shell.

A building without such components is one volume. Insets keep to the footprint and to the program's height, so
nothing that is measured changes. Knows no pictures.
"""

__all__ = ["Mass", "masses_of", "shell_of"]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .city_looks import Look
from .city_parts import Element, Roof
from .city_roofs import Shell, flat_shell, pitched_shell
from .city_shapely import shapely

SETBACK_M = 2.4
TOWER_INSET_SHARE = 0.16
TOWER_INSET_M = (1.5, 7.0)
# What an inset must leave of the area below it.
KEPT_SHARE = 0.3
MAX_STEPS = 6


@dataclass(frozen=True, eq=False)
class Mass:
    """One volume.

    Args:
        index: of its element in the program.
        ring: (n, 2) m.
        bottom: m.
        top: of the eaves, m.
        part: `body`, `podium`, `tower` or `setback`.
        roof: what stands on it; None is flat.
        is_highest: whether nothing of the building stands on it.
    """

    index: int
    ring: np.ndarray
    bottom: float
    top: float
    part: str = "body"
    roof: Roof | None = None
    is_highest: bool = True


def masses_of(elements: Sequence[Element], looks: Sequence[Look | None]) -> list[Mass]:
    """The volumes of all buildings, in the elements' order, each from the ground up."""
    masses: list[Mass] = []
    for index, (element, look) in enumerate(zip(elements, looks, strict=True)):
        if look is None or element.floor_count is None:
            continue
        if look.parts.keys() & {"podium", "tower", "setback"}:
            masses += _stepped(index, element, look, element.floor_count)
        else:
            masses.append(
                Mass(
                    index, element.polygon, element.base_height, element.height, roof=_standing(element.roof)
                )
            )
    return masses


def shell_of(mass: Mass) -> Shell:
    """The outside of a volume."""
    if mass.roof is None:
        return flat_shell(mass.ring, mass.top)
    return pitched_shell(mass.ring, mass.top, mass.roof)


def _standing(roof: Roof | None) -> Roof | None:
    return None if roof is None or roof.shape == "flat" or roof.height <= 0.0 else roof


def _stepped(index: int, element: Element, look: Look, floors: int) -> list[Mass]:
    """Cut the building by floors; a step that leaves too little is not made."""
    cuts: list[tuple[int, float, str]] = []
    first = 0
    size = float(np.sqrt(shapely.area(shapely.polygons(element.polygon))))
    if look.parts.keys() & {"podium", "tower"} and floors >= 2:
        first = max(1, min(look.count("podium", max(1, round(floors * 0.2))), floors - 1))
        cuts.append((first, float(np.clip(size * TOWER_INSET_SHARE, *TOWER_INSET_M)), "tower"))
    if "setback" in look.parts and floors - first >= 2:
        steps = max(1, min(look.count("setback", 2), floors - first - 1, MAX_STEPS))
        each = (floors - first) / (steps + 1)
        cuts += [(first + max(k, round(k * each)), SETBACK_M, "setback") for k in range(1, steps + 1)]
    masses: list[Mass] = []
    ring, below, part = element.polygon, 0, "podium" if first else "body"
    for floor, inset, name in cuts:
        smaller = _inset(ring, inset)
        if smaller is None or floor <= below:
            continue
        masses.append(Mass(index, ring, *_span(element, below, floor), part, None, False))
        ring, below, part = smaller, floor, name
    return [*masses, Mass(index, ring, *_span(element, below, floors), part, _standing(element.roof))]


def _span(element: Element, low: int, high: int) -> tuple[float, float]:
    bottom = element.base_height + low * element.floor_height
    return (
        bottom,
        element.height if high == element.floor_count else element.base_height + high * element.floor_height,
    )


def _inset(ring: np.ndarray, distance: float) -> np.ndarray | None:
    polygon = shapely.polygons(ring)
    smaller = shapely.buffer(polygon, -distance, join_style="mitre", mitre_limit=2.0)
    if shapely.get_type_id(smaller) != 3 or shapely.area(smaller) < KEPT_SHARE * shapely.area(polygon):
        return None
    return shapely.get_coordinates(shapely.orient_polygons(smaller))[:-1]
