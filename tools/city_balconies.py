"""Balconies: a slab with a rail before the bays of upper floors."""

__all__ = ["balcony_faces"]

from collections.abc import Sequence

import numpy as np

from .city_boxes import Front, box_faces, raised
from .city_faces import KINDS, FaceList
from .city_looks import Look, chance
from .city_masses import Mass
from .city_parts import Element

DEPTH_M, SLAB_M, RAIL_M = 1.25, 0.16, 1.0
MAX_EACH, MAX_ALL = 60, 2500


def balcony_faces(
    faces: FaceList,
    elements: Sequence[Element],
    looks: Sequence[Look | None],
    masses: Sequence[Mass],
    fronts: Sequence[Front],
    detail: int,
) -> None:
    """Slabs with a rail before the bays of upper floors, the street side first."""
    rows, colors = [], []
    by_index = {front.index: front for front in fronts}
    for mass in masses:
        look, element = looks[mass.index], elements[mass.index]
        if look is None or element.floor_count is None or len(rows) >= MAX_ALL:
            continue
        is_asked = "balcony" in look.parts
        by_habit = detail and element.type == "residential" and element.floor_count >= 4
        if not is_asked and not (by_habit and chance(element.id, "balconies") < 0.55):
            continue
        if mass.part == "podium":
            continue
        most = min(look.count("balcony", 24), MAX_EACH)
        for row in _balcony_places(mass, element, look, by_index[mass.index], most):
            rows.append((*row, mass.index + 1))
            colors.append(look.trim)
    if not rows:
        return
    row = np.array(rows)
    start, along, outward, half, level = row[:, 0:2], row[:, 2:4], row[:, 4:6], row[:, 6], row[:, 7]
    element = row[:, 8].astype(np.int32)
    color = np.column_stack([np.array(colors), np.full(len(rows), KINDS.index("plain"))]).astype(np.uint8)
    slab = level - SLAB_M
    if not detail:
        rail = level + RAIL_M
        box_faces(faces, start, along, outward, half, DEPTH_M, slab, rail, color=color, element=element)
        return
    box_faces(faces, start, along, outward, half, DEPTH_M, slab, level, color=color, element=element)
    _rails(faces, start, along, outward, half, level, color, element)


def _balcony_places(
    mass: Mass, element: Element, look: Look, front: Front, most: int
) -> list[tuple[float, ...]]:
    """At most so many rows of place, along, outward, half width and level; the street side first."""
    first = max(1, round((mass.bottom - element.base_height) / element.floor_height) + (mass.bottom == 0.0))
    last = round((mass.top - element.base_height) / element.floor_height)
    after = np.roll(mass.ring, -1, 0) - mass.ring
    length = np.hypot(after[:, 0], after[:, 1])
    along = after / length[:, None]
    outward = np.stack([along[:, 1], -along[:, 0]], 1)
    toward = outward @ front.outward[front.first]
    rows = []
    for wall in np.argsort(-np.round(toward, 3), kind="stable"):
        bays = max(round(float(length[wall]) / look.bay_m), 1)
        if length[wall] < 5.0 or bays < 2:
            continue
        width = length[wall] / bays
        chosen = [bay for bay in range(bays) if bay % 2 == bays // 2 % 2] if bays > 2 else [0]
        for floor in range(first, last):
            for bay in chosen:
                place = mass.ring[wall] + along[wall] * (bay + 0.5) * width
                level = element.base_height + floor * element.floor_height
                rows.append((*place, *along[wall], *outward[wall], 0.46 * width, level))
                if len(rows) >= most:
                    return rows
    return rows


def _rails(
    faces: FaceList,
    start: np.ndarray,
    along: np.ndarray,
    outward: np.ndarray,
    half: np.ndarray,
    level: np.ndarray,
    color: np.ndarray,
    element: np.ndarray,
) -> None:
    """Thin screens on three sides, seen from both."""
    side, out = along * half[:, None], outward * (DEPTH_M - 0.04)
    a, b, c, d = start - side + out, start + side + out, start + side, start - side
    screens = []
    for p, q in ((a, b), (b, c), (d, a)):
        top = level + RAIL_M
        quad = np.stack([raised(p, level), raised(q, level), raised(q, top), raised(p, top)], 1)
        screens += [quad, quad[:, ::-1]]
    faces.quads(np.concatenate(screens), color=np.tile(color, (6, 1)), element=np.tile(element, 6))
