"""Tops of buildings: pitched faces, and decks behind parapets.

A parapet ends at the height that the program says, and nothing on a deck rises above it, so that what is
drawn is as high as what is measured.
"""

__all__ = ["rooftop_faces"]

from collections.abc import Sequence

import numpy as np

from .city_faces import KINDS, FaceList, Rings, normals_of
from .city_looks import Look
from .city_masses import Mass
from .city_parts import Element
from .city_plants import plant_faces
from .city_roofs import Shell, upward

PARAPET_M = 1.0
PARAPET_WIDTH_M = 0.35
MIN_HEIGHT_M = 2.6
MIN_AREA_M2 = 30.0
SOFFIT_M = 0.12


def rooftop_faces(
    faces: FaceList,
    elements: Sequence[Element],
    looks: Sequence[Look | None],
    masses: Sequence[Mass],
    shells: Sequence[Shell],
    *,
    detail: int,
) -> None:
    """Add the tops of all volumes."""
    flat = [k for k, shell in enumerate(shells) if len(shell.faces) == 1 and masses[k].roof is None]
    _flat_roofs(faces, elements, looks, [masses[k] for k in flat], detail)
    pitched = [k for k, mass in enumerate(masses) if mass.roof is not None]
    _pitched(faces, looks, [masses[k] for k in pitched], [shells[k] for k in pitched])
    _undersides(
        faces, looks, [mass for mass in masses if mass.bottom == elements[mass.index].base_height > 0.0]
    )


def _flat_roofs(
    faces: FaceList,
    elements: Sequence[Element],
    looks: Sequence[Look | None],
    masses: Sequence[Mass],
    detail: int,
) -> None:
    if not masses:
        return
    rings = Rings.of([mass.ring for mass in masses])
    area = _areas(rings)
    inner, is_good = rings.inset(PARAPET_WIDTH_M)
    rise = np.array([mass.top - mass.bottom for mass in masses])
    has_parapet = is_good & (rise >= MIN_HEIGHT_M) & (area >= MIN_AREA_M2)
    top = np.array([mass.top for mass in masses])
    deck = np.where(has_parapet, top - PARAPET_M, top)
    walls = np.array([_painted(looks, mass, "wall") for mass in masses], np.uint8)
    decks = np.array([_painted(looks, mass, "deck") for mass in masses], np.uint8)
    element = np.array([mass.index + 1 for mass in masses], np.int32)
    on = has_parapet[rings.owner]
    owner, after = rings.owner[on], rings.following[on]
    high, low = top[owner], deck[owner]
    outer_a, outer_b = _at(rings.points[on], high), _at(rings.points[after], high)
    inner_a, inner_b = _at(inner[on], high), _at(inner[after], high)
    floor_a, floor_b = _at(inner[on], low), _at(inner[after], low)
    coping = np.stack([outer_a, outer_b, inner_b, inner_a], 1)
    inside = np.stack([floor_b, floor_a, inner_a, inner_b], 1)
    faces.quads(coping, color=_lighter(walls[owner]), element=element[owner])
    faces.quads(inside, color=walls[owner], element=element[owner])
    _decks(faces, rings, inner, has_parapet, deck, decks, element)
    if detail:
        tall = [k for k in np.flatnonzero(has_parapet & (area > 70.0)).tolist() if masses[k].is_highest]
        plant_faces(faces, elements, [masses[k] for k in tall], deck[tall])


def _decks(
    faces: FaceList,
    rings: Rings,
    inner: np.ndarray,
    has_parapet: np.ndarray,
    deck: np.ndarray,
    colors: np.ndarray,
    element: np.ndarray,
) -> None:
    import mapbox_earcut

    outline = np.where(has_parapet[rings.owner][:, None], inner, rings.points)
    counts = np.diff(rings.starts)
    fours = np.flatnonzero(counts == 4)
    corners = outline[rings.starts[fours][:, None] + np.arange(4)]
    is_convex = _turns_left(corners).all(1)
    fours, corners = fours[is_convex], corners[is_convex]
    level = np.broadcast_to(deck[fours][:, None, None], (len(fours), 4, 1))
    faces.quads(np.concatenate([corners, level], 2), color=colors[fours], element=element[fours])
    for k in np.setdiff1d(np.arange(len(counts)), fours):
        points = outline[rings.starts[k] : rings.starts[k + 1]]
        index = mapbox_earcut.triangulate_float64(points, np.array([len(points)], np.uint32)).reshape(-1, 3)
        index = upward(points, index)
        flat = np.concatenate([points[index], np.full((*index.shape, 1), deck[k])], 2)
        faces.triangles(flat, color=colors[k], element=int(element[k]))


def _pitched(
    faces: FaceList, looks: Sequence[Look | None], masses: Sequence[Mass], shells: Sequence[Shell]
) -> None:
    """All pitched roofs and domes."""
    if not masses:
        return
    polygons = [polygon for shell in shells for polygon in shell.eaves]
    owner = np.repeat(np.arange(len(shells)), [len(shell.eaves) for shell in shells])
    corners, source = _triangles(polygons)
    owner = owner[source]
    normals = normals_of(corners)
    kind = [KINDS.index("dome" if shell.is_round else "tiles") for shell in shells]
    colors = np.array(
        [(*_look(looks, mass).roof, code) for mass, code in zip(masses, kind, strict=True)], np.uint8
    )
    element = np.array([mass.index + 1 for mass in masses], np.int32)
    is_round = np.array([shell.is_round for shell in shells])[owner]
    _domes(faces, looks, masses, corners[is_round], normals[is_round], owner[is_round], colors)
    corners, normals, owner = corners[~is_round], normals[~is_round], owner[~is_round]
    side = np.stack([-normals[:, 1], normals[:, 0], np.zeros(len(normals))], 1)
    side = side / np.maximum(np.linalg.norm(side, axis=1), 1e-9)[:, None]
    slope = np.cross(normals, side)
    uv = np.stack([(corners * side[:, None]).sum(2), (corners * slope[:, None]).sum(2)], 2)
    faces.triangles(corners, color=colors[owner], element=element[owner], uv=uv, normal=normals)
    hangs = np.array([shell.eaves is not shell.faces for shell in shells])[owner]
    soffits = np.array(
        [(*_soffit(_look(looks, mass).wall), KINDS.index("plain")) for mass in masses], np.uint8
    )
    below = corners[hangs][:, ::-1] - np.array([0.0, 0.0, SOFFIT_M])
    faces.triangles(below, color=soffits[owner[hangs]], element=element[owner[hangs]])


def _domes(
    faces: FaceList,
    looks: Sequence[Look | None],
    masses: Sequence[Mass],
    corners: np.ndarray,
    normals: np.ndarray,
    owner: np.ndarray,
    colors: np.ndarray,
) -> None:
    for index in np.unique(owner).tolist():
        mass, own = masses[index], corners[owner == index]
        is_flat = (normals[owner == index, 2] > 0.9999) & (own[:, :, 2].max(1) < mass.top + 1e-6)
        deck = (*_look(looks, mass).deck, KINDS.index("roof"))
        faces.triangles(own[is_flat], color=deck, element=mass.index + 1)
        shaded = _smooth(own[~is_flat])
        faces.triangles(own[~is_flat], color=colors[index], element=mass.index + 1, normal=shaded)


def _undersides(faces: FaceList, looks: Sequence[Look | None], masses: Sequence[Mass]) -> None:
    """The floors of volumes that begin above the ground, seen from the street."""
    import mapbox_earcut

    for mass in masses:
        look = _look(looks, mass)
        points = mass.ring
        index = mapbox_earcut.triangulate_float64(points, np.array([len(points)], np.uint32)).reshape(-1, 3)
        index = upward(points, index)[:, ::-1]
        flat = np.concatenate([points[index], np.full((*index.shape, 1), mass.bottom)], 2)
        faces.triangles(flat, color=(*_soffit(look.wall), KINDS.index("plain")), element=mass.index + 1)


def _triangles(polygons: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Planar faces as triangles (t, 3, 3), and which face each comes from."""
    import mapbox_earcut

    parts: list[np.ndarray] = []
    source: list[np.ndarray] = []
    sides = np.array([len(polygon) for polygon in polygons])
    for count in (3, 4):
        own = np.flatnonzero(sides == count)
        if len(own):
            same = np.stack([polygons[k] for k in own.tolist()])
            own = own[_turns_left(same).all(1)] if count == 4 else own
            same = np.stack([polygons[k] for k in own.tolist()]) if len(own) else same[:0]
            for fan in range(count - 2):
                parts.append(same[:, [0, fan + 1, fan + 2]])
                source.append(own)
            sides[own] = 0
    for k in np.flatnonzero(sides).tolist():
        polygon = polygons[k]
        flat = np.ascontiguousarray(polygon[:, :2])
        index = mapbox_earcut.triangulate_float64(flat, np.array([len(flat)], np.uint32)).reshape(-1, 3)
        index = upward(flat, index)
        parts.append(polygon[index])
        source.append(np.full(len(index), k))
    return np.concatenate(parts), np.concatenate(source)


def _smooth(corners: np.ndarray) -> np.ndarray:
    """Normals (t, 3, 3) averaged where corners meet."""
    points = np.round(corners.reshape(-1, 3), 6)
    _, where = np.unique(points, axis=0, return_inverse=True)
    where = where.reshape(-1)
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros((where.max() + 1, 3))
    np.add.at(total, where, np.repeat(face, 3, 0))
    total /= np.maximum(np.linalg.norm(total, axis=1), 1e-12)[:, None]
    return total[where].reshape(-1, 3, 3)


def _look(looks: Sequence[Look | None], mass: Mass) -> Look:
    look = looks[mass.index]
    if look is None:
        raise ValueError("a flat element has no volume")
    return look


def _areas(rings: Rings) -> np.ndarray:
    a, b = rings.points, rings.points[rings.following]
    cross = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return 0.5 * np.bincount(rings.owner, cross, len(rings.starts) - 1)


def _turns_left(corners: np.ndarray) -> np.ndarray:
    along = np.roll(corners, -1, 1) - corners
    after = np.roll(along, -1, 1)
    return along[..., 0] * after[..., 1] - along[..., 1] * after[..., 0] > 0.0


def _at(points: np.ndarray, level: np.ndarray) -> np.ndarray:
    return np.concatenate([points, level[:, None]], 1)


def _painted(looks: Sequence[Look | None], mass: Mass, what: str) -> tuple[int, int, int, int]:
    look = _look(looks, mass)
    if what == "deck":
        return *look.deck, KINDS.index("roof")
    return *(look.podium if mass.part == "podium" else look.wall), KINDS.index("plain")


def _lighter(colors: np.ndarray) -> np.ndarray:
    made = colors.astype(np.float32)
    made[:, :3] += (246.0 - made[:, :3]) * 0.35
    return made.astype(np.uint8)


def _soffit(color: tuple[int, int, int]) -> tuple[int, int, int]:
    red, green, blue = (round(channel + (238 - channel) * 0.4) for channel in color)
    return red, green, blue
