"""The city drawn with OpenCV alone, where there is no OpenGL.

Faces are painted from far to near, building by building, at twice the size: right for buildings apart from
each other, approximate where they interlock. Ids are exact: they come from a depth buffer of their own.
"""

__all__ = ["paint_city", "paint_ids"]

import cv2
import numpy as np

from .city_camera import Camera, Size
from .city_faces import KINDS
from .city_light import Sun
from .city_parts import Program
from .city_scene import Scene, facing, linear
from .city_windows import wall_quads, windows_of

SUPERSAMPLED = 2
SUBPIXELS = 4
LEAST_WINDOW_PX = 3.0
SHADE = 0.62
GROUND_KINDS = tuple(
    KINDS.index(name) for name in ("grass", "water", "paving", "asphalt", "pavement", "paint")
)
BACKDROP = np.array([(214, 218, 220), (236, 237, 235)], np.float32)
SKY = np.array([(132, 168, 206), (228, 230, 226)], np.float32)
BEYOND = (170, 170, 162)


def paint_city(
    program: Program, scene: Scene, camera: Camera, size: Size, *, sun: Sun, hidden: np.ndarray
) -> np.ndarray:
    """The city in day light, (height, width, 3) uint8; arguments as for `city_gl.Drawer.picture`."""
    big = size[0] * SUPERSAMPLED, size[1] * SUPERSAMPLED
    canvas = _backdrop(camera, big)
    mesh = scene.mesh
    chosen = scene.order[facing(scene, camera, big, hidden)]
    first = mesh.triangles[chosen, 0]
    is_there = mesh.kind[first] != KINDS.index("studio")
    chosen, first = chosen[is_there], first[is_there]
    faces = mesh.position[mesh.triangles[chosen]].astype(np.float64)
    color = _lit(mesh.color[first], mesh.normal[first], sun)
    is_ground = (np.isin(mesh.kind[first], GROUND_KINDS) | (mesh.element[first] == 0)) & (
        mesh.element[first] >= 0
    )
    level = np.argsort(faces[is_ground][:, :, 2].max(1), kind="stable")
    _fill(canvas, faces[is_ground][level], color[is_ground][level], camera, big)
    _shadows(canvas, program, camera, big, sun)
    standing = ~is_ground
    element, parts, paints = mesh.element[first][standing], faces[standing], color[standing]
    windows = windows_of(mesh, _seen_walls(scene, camera, big))
    glass = _lit(np.column_stack([windows.color, windows.wall * 0]), mesh.normal[windows.wall], sun)
    quads = np.concatenate([np.concatenate([parts, parts[:, 2:3]], 1), windows.corners.astype(np.float64)])
    paints = np.concatenate([paints, glass])
    element = np.concatenate([element, windows.element])
    depth = (quads.mean(1) - camera.eye) @ camera.axes[2]
    # The two halves of a wall come together, and a window right after its wall.
    start = first[standing]
    is_wall = np.flatnonzero(mesh.kind[start] == KINDS.index("wall"))
    depth[is_wall] = _wall_depth(scene, start[is_wall], camera)
    depth[len(parts) :] = _wall_depth(scene, windows.wall, camera) - 1e-3
    level_forward = camera.axes[2] * (1.0, 1.0, 0.0)
    _, where = np.unique(element, return_inverse=True)
    away = np.bincount(where, quads.mean(1) @ level_forward) / np.maximum(np.bincount(where), 1)
    order = np.lexsort((-depth, -away[where]))
    _fill(canvas, quads[order], paints[order], camera, big)
    return cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)


def paint_ids(scene: Scene, camera: Camera, size: Size) -> np.ndarray:
    """(height, width) int32, as `city_gl.Drawer.ids`: exact, triangle by triangle through a depth buffer."""
    mesh = scene.mesh
    chosen = scene.order[facing(scene, camera, size)]
    ids = np.zeros((size[1], size[0]), np.int32)
    nearest = np.full((size[1], size[0]), np.inf)
    element = mesh.element[mesh.triangles[chosen, 0]]
    for polygon, own in zip(_near_side(mesh.position[mesh.triangles[chosen]], camera), element, strict=True):
        if polygon is None:
            continue
        px = camera.project(polygon, size)
        for k in range(1, len(px) - 1):
            _deposit(ids, nearest, px[[0, k, k + 1]], int(own), camera.is_parallel)
    return ids


def _deposit(ids: np.ndarray, nearest: np.ndarray, px: np.ndarray, element: int, is_parallel: bool) -> None:
    """Write one triangle where it is nearer than what is there; pixels count by their middles."""
    x0, y0 = np.maximum(np.ceil(px[:, :2].min(0) - 0.5), 0).astype(int)
    x1 = min(int(np.floor(px[:, 0].max() - 0.5)), ids.shape[1] - 1)
    y1 = min(int(np.floor(px[:, 1].max() - 0.5)), ids.shape[0] - 1)
    if x1 < x0 or y1 < y0:
        return
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = px.tolist()
    twice = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if twice == 0.0:
        return
    x, y = np.arange(x0, x1 + 1) + 0.5, np.arange(y0, y1 + 1)[:, None] + 0.5
    v = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / twice
    w = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / twice
    u = 1.0 - v - w
    inside = (u >= 0.0) & (v >= 0.0) & (w >= 0.0)
    # Depth is linear on the picture for parallel rays, its inverse in perspective.
    depth = u * az + v * bz + w * cz if is_parallel else 1.0 / (u / az + v / bz + w / cz)
    window = nearest[y0 : y1 + 1, x0 : x1 + 1]
    inside &= depth < window
    window[inside] = depth[inside]
    ids[y0 : y1 + 1, x0 : x1 + 1][inside] = element


def _near_side(faces: np.ndarray, camera: Camera) -> list[np.ndarray | None]:
    """Faces (n, k, 3) cut at the near plane; None where nothing is left."""
    depth = (faces - camera.eye) @ camera.axes[2] - camera.near
    behind = depth < 0.0
    if not behind.any():
        return list(faces)
    kept: list[np.ndarray | None] = list(faces)
    for index in np.flatnonzero(behind.any(1)):
        if behind[index].all():
            kept[index] = None
            continue
        ring, level = faces[index], depth[index]
        points = []
        for a, b, da, db in zip(ring, np.roll(ring, -1, 0), level, np.roll(level, -1), strict=True):
            if da >= 0.0:
                points.append(a)
            if (da >= 0.0) != (db >= 0.0):
                points.append(a + (b - a) * (da / (da - db)))
        kept[index] = np.array(points)
    return kept


def _fill(canvas: np.ndarray, faces: np.ndarray, colors: np.ndarray, camera: Camera, size: Size) -> None:
    if not len(faces):
        return
    is_whole = ((faces - camera.eye) @ camera.axes[2] >= camera.near).all(1)
    flat = camera.project(faces.reshape(-1, 3), size)
    flat[np.repeat(~is_whole, faces.shape[1])] = 0.0
    outlines = _fixed(flat).reshape(len(faces), -1, 2)
    for index, color in enumerate(colors.tolist()):
        outline = outlines[index]
        if not is_whole[index]:
            polygon = _near_side(faces[index : index + 1], camera)[0]
            if polygon is None or len(polygon) < 3:
                continue
            outline = _fixed(camera.project(polygon, size))
        cv2.fillConvexPoly(canvas, outline, color, cv2.LINE_8, SUBPIXELS)


def _fixed(px: np.ndarray) -> np.ndarray:
    return np.clip(np.round((px[:, :2] - 0.5) * 2**SUBPIXELS), -(2**26), 2**26).astype(np.int32)


def _lit(color: np.ndarray, normal: np.ndarray, sun: Sun) -> np.ndarray:
    """(n, 3) sRGB of faces under sun and sky, without shadows."""
    beam = np.maximum(normal @ sun.direction, 0.0)[:, None] * np.array([1.25, 1.13, 0.95])
    sky = (0.5 + 0.5 * normal[:, 2:3]) * np.array([0.19, 0.27, 0.38]) + np.array([0.30, 0.27, 0.24])
    light = np.clip(linear(color)[:, :3] * (beam + sky), 0.0, 1.0)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1.0 / 2.4) - 0.055)
    return np.round(encoded * 255.0).astype(np.uint8)


def _seen_walls(scene: Scene, camera: Camera, size: Size) -> np.ndarray:
    """Walls that face the camera and whose bays are large enough to show windows."""
    mesh = scene.mesh
    walls = wall_quads(mesh)
    corner = mesh.position[walls].astype(np.float64)
    if camera.is_parallel:
        seen = mesh.normal[walls] @ camera.axes[2] < -0.05
        bay = mesh.cell[walls, 0] * camera.px_per_m(size)
    else:
        to_wall = corner - camera.eye
        seen = (to_wall * mesh.normal[walls]).sum(1) < 0.0
        bay = mesh.cell[walls, 0] / np.maximum(np.linalg.norm(to_wall, axis=1), 1.0)
        bay = bay * size[0] / (camera.window[1] - camera.window[0])
    return walls[seen & (bay >= LEAST_WINDOW_PX)]


def _wall_depth(scene: Scene, wall: np.ndarray, camera: Camera) -> np.ndarray:
    corners = scene.mesh.position[wall[:, None] + np.arange(4)].astype(np.float64)
    return (corners.mean(1) - camera.eye) @ camera.axes[2]


def _shadows(canvas: np.ndarray, program: Program, camera: Camera, size: Size, sun: Sun) -> None:
    """Shadows of all buildings on the ground, once."""
    toward = sun.direction
    mask = np.zeros(canvas.shape[:2], np.uint8)
    pieces: list[np.ndarray] = []
    for element in program.elements:
        if element.is_building:
            ring = element.polygon
            moved = ring - toward[:2] / toward[2] * element.height
            quads = np.stack([ring, np.roll(ring, -1, 0), np.roll(moved, -1, 0), moved], 1)
            pieces += [*quads, moved]
    for piece in pieces:
        flat = np.column_stack([piece, np.full(len(piece), 0.2)])
        polygon = _near_side(flat[None], camera)[0]
        if polygon is not None and len(polygon) >= 3:
            cv2.fillPoly(mask, [_fixed(camera.project(polygon, size))], 255, cv2.LINE_8, SUBPIXELS)
    site = _near_side(np.column_stack([program.site, np.zeros(len(program.site))])[None], camera)[0]
    on_site = np.zeros_like(mask)
    if site is not None:
        cv2.fillPoly(on_site, [_fixed(camera.project(site, size))], 1, cv2.LINE_8, SUBPIXELS)
    shaded = (mask > 0) & (on_site > 0)
    canvas[shaded] = (canvas[shaded] * np.array([SHADE, SHADE * 1.02, SHADE * 1.08], np.float32)).astype(
        np.uint8
    )


def _backdrop(camera: Camera, size: Size) -> np.ndarray:
    rows = np.linspace(0.0, 1.0, size[1], dtype=np.float32)[:, None]
    if camera.is_parallel:
        column = BACKDROP[0] * (1.0 - rows) + BACKDROP[1] * rows
    else:
        horizon = camera.window[3] / (camera.window[3] - camera.window[2])
        share = np.clip(rows / max(horizon, 1e-6), 0.0, 1.0)
        column = np.where(
            rows <= horizon, SKY[0] * (1.0 - share) + SKY[1] * share, np.array(BEYOND, np.float32)
        )
    return np.repeat(np.round(column).astype(np.uint8)[:, None, :], size[0], 1)
