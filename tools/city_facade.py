"""What is set before walls: doors, balconies, canopies, cornices.

Doors and canopies look towards the nearest street.
"""

__all__ = ["facade_faces"]

from collections.abc import Sequence

import numpy as np

from .city_balconies import balcony_faces
from .city_boxes import Front, box_faces, raised
from .city_faces import KINDS, FaceList, Rings
from .city_looks import Look
from .city_masses import Mass
from .city_parts import Element, Program
from .city_shapely import shapely

MIN_DOOR_WALL_M = 2.2
DOOR_M = (1.5, 2.35)
CANOPY_DEPTH_M, CANOPY_Z_M, CANOPY_SLAB_M = 1.7, 3.0, 0.22
CORNICE_DEPTH_M, CORNICE_M = 0.28, 0.34
STEP_M = 0.18
DOOR_FRAME = (232, 228, 218)


def facade_faces(
    faces: FaceList,
    program: Program,
    looks: Sequence[Look | None],
    masses: Sequence[Mass],
    *,
    detail: int,
) -> None:
    """Add what stands before the walls. `detail` 0 leaves out what no building program asks for."""
    lowest: dict[int, Mass] = {}
    for mass in masses:
        lowest.setdefault(mass.index, mass)
    fronts = _fronts(program, list(lowest.values()))
    elements = program.elements
    _doors(faces, elements, looks, fronts, detail)
    _canopies(faces, elements, looks, fronts, detail)
    balcony_faces(faces, elements, looks, masses, fronts, detail)
    _cornices(faces, elements, looks, masses)


def _fronts(program: Program, lowest: Sequence[Mass]) -> list[Front]:
    """For each building the wall that looks at the nearest street; without streets its longest one."""
    if not lowest:
        return []
    rings = Rings.of([mass.ring for mass in lowest])
    along = rings.points[rings.following] - rings.points
    length = np.hypot(along[:, 0], along[:, 1])
    along = along / np.maximum(length, 1e-9)[:, None]
    outward = np.stack([along[:, 1], -along[:, 0]], 1)
    middle = (rings.points + rings.points[rings.following]) / 2.0
    cost = -length
    if program.streets:
        tree = shapely.STRtree([shapely.LineString(street.path) for street in program.streets])
        found, distance = tree.query_nearest(
            shapely.points(middle + outward * 0.5), all_matches=False, return_distance=True
        )
        cost = np.full(len(middle), np.inf)
        cost[found[0]] = distance - 0.15 * np.minimum(length[found[0]], 20.0)
    cost = cost + 1e4 * (length < MIN_DOOR_WALL_M)
    fronts = []
    for k, mass in enumerate(lowest):
        part = slice(rings.starts[k], rings.starts[k + 1])
        fronts.append(
            Front(
                mass.index,
                rings.points[part],
                along[part],
                outward[part],
                length[part],
                int(np.argmin(cost[part])),
            )
        )
    return fronts


def _doors(
    faces: FaceList,
    elements: Sequence[Element],
    looks: Sequence[Look | None],
    fronts: Sequence[Front],
    detail: int,
) -> None:
    rows: list[tuple[float, ...]] = []
    colors: list[tuple[int, ...]] = []
    for front in fronts:
        look, element = looks[front.index], elements[front.index]
        if look is None or element.base_height > 0.0 or front.length[front.first] < MIN_DOOR_WALL_M:
            continue
        length = front.length[front.first]
        bays = max(round(length / look.bay_m), 1)
        count = max(1, min(look.count("door", 1), bays))
        width = min(DOOR_M[0] * (1.6 if length > 14.0 else 1.0), 0.8 * length / bays)
        height = min(DOOR_M[1], element.floor_height - 0.35)
        for number in range(count):
            bay = int((number + 0.5) * bays / count)
            place = front.start[front.first] + front.along[front.first] * (bay + 0.5) * length / bays
            rows.append(
                (
                    *place,
                    *front.along[front.first],
                    *front.outward[front.first],
                    width,
                    height,
                    front.index + 1,
                )
            )
            colors.append((*look.door, KINDS.index("plain")))
    if not rows:
        return
    row = np.array(rows)
    start, along, outward, element = row[:, 0:2], row[:, 2:4], row[:, 4:6], row[:, 8].astype(np.int32)
    zero = np.zeros(len(row))
    width, height = row[:, 6], row[:, 7]
    plain = KINDS.index("plain")
    leaf = np.array(colors, np.uint8)
    if not detail:
        out = start + outward * 0.1
        left, right = out - along * width[:, None] / 2, out + along * width[:, None] / 2
        corners = [raised(left, zero), raised(right, zero), raised(right, height), raised(left, height)]
        faces.quads(np.stack(corners, 1), color=leaf, element=element)
        return
    frame = (*DOOR_FRAME, plain)
    box_faces(
        faces,
        start,
        along,
        outward,
        width / 2 + 0.16,
        0.06,
        zero,
        height + 0.18,
        color=frame,
        element=element,
    )
    box_faces(faces, start, along, outward, width / 2, 0.1, zero, height, color=leaf, element=element)
    step = (196, 192, 184, plain)
    box_faces(
        faces, start, along, outward, width / 2 + 0.4, 0.7, zero, zero + STEP_M, color=step, element=element
    )


def _canopies(
    faces: FaceList,
    elements: Sequence[Element],
    looks: Sequence[Look | None],
    fronts: Sequence[Front],
    detail: int,
) -> None:
    rows, colors = [], []
    for front in fronts:
        look, element = looks[front.index], elements[front.index]
        if look is None or element.base_height > 0.0 or element.height < 3.4:
            continue
        is_asked = "canopy" in look.parts
        if not is_asked and not (
            detail and element.type in ("commercial", "hospital") and element.height > 6.0
        ):
            continue
        length, wall = front.length[front.first], front.first
        count = max(1, min(look.count("canopy", 1), int(length / 2.5) or 1))
        half = min(0.42 * length, 0.5 * length / count - 0.4, 3.2 if count > 1 else 5.0)
        level = min(CANOPY_Z_M, element.floor_height)
        for number in range(count):
            place = front.start[wall] + front.along[wall] * (number + 0.5) * length / count
            rows.append(
                (*place, *front.along[wall], *front.outward[wall], max(half, 0.6), level, front.index + 1)
            )
            colors.append((*_canopy_color(look), KINDS.index("plain")))
    if rows:
        row = np.array(rows)
        box_faces(
            faces,
            row[:, 0:2],
            row[:, 2:4],
            row[:, 4:6],
            row[:, 6],
            CANOPY_DEPTH_M,
            row[:, 7],
            row[:, 7] + CANOPY_SLAB_M,
            color=np.array(colors, np.uint8),
            element=row[:, 8].astype(np.int32),
        )


def _cornices(
    faces: FaceList, elements: Sequence[Element], looks: Sequence[Look | None], masses: Sequence[Mass]
) -> None:
    """Bands around the walls where ornament is asked for: one below the eaves, the others further down."""
    for mass in masses:
        look = looks[mass.index]
        if look is None or "ornament" not in look.parts:
            continue
        ring = Rings.of([mass.ring])
        outer, is_good = ring.inset(-CORNICE_DEPTH_M)
        count = max(1, min(look.count("ornament", 1), 6))
        if not is_good[0]:
            continue
        color = (*look.trim, KINDS.index("plain"))
        floor = elements[mass.index].floor_height
        floors = max(round((mass.top - mass.bottom) / floor), 1)
        for number in range(min(count, floors)):
            # Below the eaves, and at the floors between, where no window is.
            top = mass.top - 0.02 - round(number * floors / count) * floor
            bottom = top - CORNICE_M
            a, b = outer, outer[ring.following]
            wall_a, wall_b = mass.ring, mass.ring[ring.following]
            quads = [
                _walls(a, b, bottom, top),
                _level(a, b, wall_b, wall_a, top),
                _level(wall_a, wall_b, b, a, bottom),
            ]
            faces.quads(np.concatenate(quads), color=color, element=mass.index + 1)


def _level(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray, level: float) -> np.ndarray:
    return np.stack([raised(points, level) for points in (a, b, c, d)], 1)


def _walls(a: np.ndarray, b: np.ndarray, bottom: float, top: float) -> np.ndarray:
    return np.stack([raised(a, bottom), raised(b, bottom), raised(b, top), raised(a, top)], 1)


def _canopy_color(look: Look) -> tuple[int, int, int]:
    from .city_palette import srgb

    canopy = look.parts.get("canopy")
    return (None if canopy is None else srgb(canopy.color, canopy.material)) or (88, 92, 94)
