"""Walls: one quad an edge, its bays and floors as uv.

Windows are drawn from bays and floors, not built.
"""

__all__ = ["wall_faces"]

from collections.abc import Sequence

import numpy as np

from .city_boxes import raised
from .city_faces import KINDS, FaceList, Rings
from .city_looks import WINDOW_STYLES, Look, chance, material_index
from .city_masses import Mass
from .city_parts import Element
from .city_roofs import Shell

MIN_BAY_M = 1.7


def wall_faces(
    faces: FaceList,
    elements: Sequence[Element],
    looks: Sequence[Look | None],
    masses: Sequence[Mass],
    shells: Sequence[Shell],
) -> None:
    """Add all walls: one quad an edge, its bays and floors as uv."""
    if not masses:
        return
    rings = Rings.of([shell.ring for shell in shells])
    tops = np.concatenate([shell.tops for shell in shells])
    paint = [_paint(elements[mass.index], looks[mass.index], mass) for mass in masses]
    color = np.array([row[0] for row in paint], np.uint8)[rings.owner]
    trim = np.array([row[1] for row in paint], np.uint8)[rings.owner]
    numbers = np.array([row[2] for row in paint])[rings.owner]
    bay, floor, base, floors, seed = numbers.T
    bottom = np.array([mass.bottom for mass in masses])[rings.owner]
    element = np.array([mass.index + 1 for mass in masses], np.int32)[rings.owner]
    a, b = rings.points, rings.points[rings.following]
    length = np.hypot(*(b - a).T)
    top_a, top_b = tops, tops[rings.following]
    corners = np.stack([raised(a, bottom), raised(b, bottom), raised(b, top_b), raised(a, top_a)], 1)
    bays = np.maximum(np.round(length / bay), 1.0)
    is_open = length >= MIN_BAY_M
    u0, u1 = np.where(is_open, 0.0, -1.0), np.where(is_open, bays, -1.0)
    v = [(level - base) / floor for level in (bottom, bottom, top_b, top_a)]
    uv = np.stack([np.stack([u0, u1, u1, u0], 1), np.stack(v, 1)], 2)
    cell = np.stack([length / bays, floor, floors, seed], 1)
    outward = (
        np.stack([(b - a)[:, 1], -(b - a)[:, 0], np.zeros(len(a))], 1) / np.maximum(length, 1e-9)[:, None]
    )
    faces.quads(corners, color=color, trim=trim, element=element, uv=uv, cell=cell, normal=outward)


def _paint(
    element: Element, look: Look | None, mass: Mass
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[float, ...]]:
    assert look is not None
    is_podium = mass.part == "podium"
    style = "shop" if is_podium and look.style in ("ribbon", "curtain", "punched") else look.style
    material = look.podium_material if is_podium else look.material
    wall = look.podium if is_podium else look.wall
    trim = (*look.window, WINDOW_STYLES.index(style) + 16 * material_index(material))
    floors = float(element.floor_count or 0)
    return (
        (*wall, KINDS.index("wall")),
        trim,
        (look.bay_m, element.floor_height, element.base_height, floors, chance(element.id, "seed")),
    )
