"""Where a city is seen from: parallel and perspective cameras.

Azimuths are the direction in which the camera looks, clockwise from north, so 45 looks north-east from the
south-west. Verticals stay vertical in perspective, as with an architect's shift lens.
"""

__all__ = ["AXIS_PX", "EYE_HEIGHT_M", "Camera", "Size", "iso_camera", "section_camera", "street_camera"]

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, cos, degrees, radians, sin

import numpy as np

from ..errors import UsageError
from .city_parts import Element, Program
from .city_shapely import shapely

EYE_HEIGHT_M = 1.7
ISO_ELEVATION_DEG = 32.0, 41.0
MARGIN = 0.05
STREET_STEP_M = 6.0
SECTION_MARGIN = 0.02
# A section is at most this many times as high as the highest building.
SECTION_HEIGHTS = 1.8
AXIS_PX = 46
FRONTAGE_M = 26.0
NEAR_M = 0.4
UP = np.array([0.0, 0.0, 1.0])

Size = tuple[int, int]
"""(width, height) in px."""


@dataclass(frozen=True, eq=False)
class Camera:
    """A camera.

    Args:
        eye: (3,) m; of a parallel camera any point on the line of sight.
        axes: (3, 3) unit rows: right, up, forward.
        window: left, right, bottom, top: m for a parallel camera, else tangents of angles.
        near: m along forward.
        far: m along forward.
        is_parallel: whether lines of sight are parallel.
    """

    eye: np.ndarray
    axes: np.ndarray
    window: tuple[float, float, float, float]
    near: float
    far: float
    is_parallel: bool = True

    @property
    def azimuth_deg(self) -> float:
        """Direction in which it looks, 0 to 360."""
        return degrees(atan2(self.axes[2, 0], self.axes[2, 1])) % 360.0

    def matrix(self) -> np.ndarray:
        """(4, 4) float64, world to OpenGL's clip space, for column vectors."""
        view = np.eye(4)
        view[:3, :3] = self.axes * np.array([[1.0], [1.0], [-1.0]])
        view[:3, 3] = -view[:3, :3] @ self.eye
        left, right, bottom, top = self.window
        near, far = self.near, self.far
        lens = np.zeros((4, 4))
        lens[0, 0], lens[1, 1] = 2.0 / (right - left), 2.0 / (top - bottom)
        if self.is_parallel:
            lens[0, 3] = -(right + left) / (right - left)
            lens[1, 3] = -(top + bottom) / (top - bottom)
            lens[2, 2], lens[2, 3] = -2.0 / (far - near), -(far + near) / (far - near)
            lens[3, 3] = 1.0
        else:
            lens[0, 2] = (right + left) / (right - left)
            lens[1, 2] = (top + bottom) / (top - bottom)
            lens[2, 2], lens[2, 3] = -(far + near) / (far - near), -2.0 * far * near / (far - near)
            lens[3, 2] = -1.0
        return lens @ view

    def project(self, points: np.ndarray, size: Size) -> np.ndarray:
        """Points (n, 3) as (n, 3): x and y in px, y down, and m along forward; behind the eye px are nan."""
        own = (points - self.eye) @ self.axes.T
        left, right, bottom, top = self.window
        scale = np.ones(len(own)) if self.is_parallel else own[:, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            x, y = own[:, 0] / scale, own[:, 1] / scale
        if not self.is_parallel:
            x[own[:, 2] < self.near * 0.5] = np.nan
        px = (x - left) / (right - left) * size[0]
        py = (top - y) / (top - bottom) * size[1]
        return np.stack([px, py, own[:, 2]], 1)

    def px_per_m(self, size: Size) -> float:
        """Scale of a parallel camera across the line of sight."""
        return size[0] / (self.window[1] - self.window[0])


def iso_camera(
    program: Program,
    size: Size,
    *,
    azimuth_deg: float = 45.0,
    elevation_deg: float | None = None,
    around: Sequence[Element] = (),
) -> Camera:
    """A parallel camera from above that frames the site, or some elements with their surroundings.

    Without an elevation it stands as high as fills the picture, within 32 to 41 degrees.
    """
    corners = _corners(program)
    if elevation_deg is None:
        elevation_deg = _filling(corners, azimuth_deg, size)
    axes = _axes(azimuth_deg, elevation_deg)
    own = corners @ axes.T
    if around:
        near = np.concatenate([_box(element) for element in around])
        framed = near @ axes.T
        grown = 0.45 * float(np.ptp(framed[:, :2], axis=0).max()) + 4.0
    else:
        framed, grown = own, 0.0
    low, high = framed[:, :2].min(0) - grown, framed[:, :2].max(0) + grown
    middle, reach = (low + high) / 2.0, (high - low) / 2.0
    half = max(reach[1], reach[0] * size[1] / size[0]) * (1.0 + 2.0 * MARGIN)
    wide = half * size[0] / size[1]
    depth = own[:, 2]
    start = float(depth.min()) - 50.0
    eye = middle[0] * axes[0] + middle[1] * axes[1] + start * axes[2]
    # Room behind for the ground beyond the site.
    return Camera(eye, axes, (-wide, wide, -half, half), 1.0, float(depth.max()) - start + 6.0 * half)


def street_camera(
    program: Program, size: Size, *, target: Element | None = None, azimuth_deg: float | None = None
) -> Camera:
    """A perspective camera at eye level on a street, or at the edge of a site without streets.

    Towards a target it stands where the least is in between and the distance suits its height; without one it
    looks down the longest street, or from its middle in the direction of an azimuth.
    """
    spots = _street_spots(program)
    buildings = [element for element in program.elements if element.is_building]
    walls = shapely.STRtree([shapely.Polygon(element.polygon) for element in buildings])
    if target is not None:
        at = shapely.get_coordinates(shapely.point_on_surface(shapely.polygons(target.polygon)))[0]
        wide = float(np.ptp(target.polygon, axis=0).max())
        wanted = max(16.0, 1.15 * target.top + 6.0, 1.1 * wide)
        eye = _clear_spot(spots, at, wanted, walls, [element is target for element in buildings])
        heading = at - eye
        rise = (target.top - EYE_HEIGHT_M) / max(float(np.hypot(*heading)) - 0.35 * wide, 4.0)
    elif azimuth_deg is not None:
        middle = program.site.mean(0)
        eye = spots[int(np.argmin(((spots - middle) ** 2).sum(1)))]
        heading = np.array([sin(radians(azimuth_deg)), cos(radians(azimuth_deg))])
        rise = 0.55
    else:
        eye, heading = _down_the_street(program, spots)
        rise = 0.55
    direction = degrees(atan2(heading[0], heading[1]))
    low, high = -0.26, float(np.clip(1.14 * rise, 0.5, 1.9))
    wide = (high - low) / 2.0 * size[0] / size[1]
    span = float(np.ptp(program.site, axis=0).max())
    place = np.array([*eye, EYE_HEIGHT_M])
    return Camera(place, _axes(direction, 0.0), (-wide, wide, low, high), NEAR_M, 40.0 * span + 500.0, False)


def section_camera(program: Program, size: Size, *, through: np.ndarray, azimuth_deg: float = 0.0) -> Camera:
    """A level parallel camera whose near plane cuts the city at a point; it looks along the azimuth.

    It shows the whole site, or what is around the point where a wide site would leave buildings tiny.
    """
    axes = _axes(azimuth_deg, 0.0)
    corners = _corners(program)
    own = corners @ axes.T
    low, high = float(own[:, 0].min()), float(own[:, 0].max())
    top = max(float(corners[:, 2].max()), 8.0)
    bottom = -0.1 * top - 1.5
    margin = SECTION_MARGIN * (high - low)
    left, right = low - margin, high + margin
    most = SECTION_HEIGHTS * (top - bottom) * size[0] / size[1]
    if right - left > most:
        middle = float(np.array([*through, 0.0]) @ axes[0])
        left = float(np.clip(middle - most / 2.0, left, right - most))
        right = left + most
    # The axis of heights stands beside the city.
    per_px = (right - left) / (size[0] - AXIS_PX)
    left -= AXIS_PX * per_px
    tall = max((right - left) * size[1] / size[0], 1.16 * top - bottom)
    wide = tall * size[0] / size[1]
    left, right = left - (wide - right + left) / 2.0, right + (wide - right + left) / 2.0
    base = bottom - 0.12 * max(tall - 1.3 * (top - bottom), 0.0)
    cut = float(np.array([*through, 0.0]) @ axes[2])
    eye = (left + right) / 2.0 * axes[0] + cut * axes[2]
    half = (right - left) / 2.0
    far = max(float(own[:, 2].max()) - cut, 1.0) + 50.0
    return Camera(eye, axes, (-half, half, base, base + tall), 0.0, far)


def _filling(corners: np.ndarray, azimuth_deg: float, size: Size) -> float:
    right, level, _ = _axes(azimuth_deg, 0.0)[[0, 2, 1]]
    wide, away = np.ptp(corners @ right), corners @ level
    for elevation in np.arange(*ISO_ELEVATION_DEG, 1.0):
        tilt = radians(float(elevation))
        tall = np.ptp(away * sin(tilt) + corners[:, 2] * cos(tilt))
        if tall * size[0] >= wide * size[1]:
            return float(elevation)
    return ISO_ELEVATION_DEG[1]


def _axes(azimuth_deg: float, elevation_deg: float) -> np.ndarray:
    if not np.isfinite(azimuth_deg) or not 0.0 <= elevation_deg < 90.0:
        raise UsageError(
            f"a view needs a finite azimuth and an elevation of 0 to 89, got {azimuth_deg}, {elevation_deg}"
        )
    turn, tilt = radians(azimuth_deg), radians(elevation_deg)
    level = np.array([sin(turn), cos(turn), 0.0])
    forward = level * cos(tilt) - UP * sin(tilt)
    right = np.array([level[1], -level[0], 0.0])
    return np.stack([right, np.cross(right, forward), forward])


def _corners(program: Program) -> np.ndarray:
    """(n, 3): the site on the ground, and every building at its top."""
    elements = program.elements
    rings = [program.site, *(element.polygon for element in elements)]
    tops = [0.0, *(element.top for element in elements)]
    return np.column_stack([np.concatenate(rings), np.repeat(tops, [len(ring) for ring in rings])])


def _box(element: Element) -> np.ndarray:
    return np.concatenate(
        [_extent(element.polygon, element.base_height), _extent(element.polygon, element.top)]
    )


def _extent(ring: np.ndarray, level: float) -> np.ndarray:
    return np.column_stack([ring, np.full(len(ring), level)])


def _street_spots(program: Program) -> np.ndarray:
    """Points (n, 2) along the streets, or around the site where there are none."""
    lines = [shapely.linestrings(street.path) for street in program.streets]
    lines = lines or [shapely.linearrings(program.site)]
    points = np.concatenate(
        [
            shapely.get_coordinates(
                shapely.line_interpolate_point(line, _places(float(shapely.length(line))))
            )
            for line in lines
        ]
    )
    inside = shapely.dwithin(shapely.polygons(program.site), shapely.points(points), 5.0)
    return points[inside] if inside.any() else points


def _places(length: float) -> np.ndarray:
    return np.linspace(0.0, length, max(int(length / STREET_STEP_M), 2) + 1)


def _clear_spot(
    spots: np.ndarray, at: np.ndarray, wanted: float, walls: "shapely.STRtree", is_target: Sequence[bool]
) -> np.ndarray:
    """The spot with the fewest other buildings in between, then the best distance."""
    distance = np.hypot(*(spots - at).T)
    lines = shapely.linestrings(np.stack([spots, np.broadcast_to(at, spots.shape)], 1))
    line, wall = walls.query(lines, predicate="intersects")
    between = np.bincount(line[~np.asarray(is_target, bool)[wall]], minlength=len(spots))
    cost = 3.0 * between + np.abs(np.log(np.maximum(distance, 1.0) / wanted)) + 9.0 * (distance < 4.0)
    return spots[int(np.argmin(cost))]


def _down_the_street(program: Program, spots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sidewalk of the street with most buildings on both sides, and the way to its end."""
    streets = [street for street in program.streets if street.class_ != "path"] or list(program.streets)
    if not streets:
        return spots[0], program.site.mean(0) - spots[0]
    site = shapely.polygons(program.site)
    rings = [shapely.Polygon(element.polygon) for element in program.elements if element.is_building]
    walls = np.array(rings, dtype=object)
    best: tuple[float, np.ndarray, np.ndarray] | None = None
    for street in streets:
        inside = shapely.intersection(shapely.linestrings(street.path), site)
        line = max(shapely.get_parts(inside), key=shapely.length, default=None)
        if line is None or shapely.get_type_id(line) != 1 or shapely.length(line) < 1.0:
            continue
        sides = [shapely.buffer(line, sign * FRONTAGE_M, single_sided=True) for sign in (1.0, -1.0)]
        left, right = (float(shapely.length(shapely.intersection(walls, side)).sum()) for side in sides)
        score = min(left, right) + 0.25 * (left + right) + 0.02 * shapely.length(line)
        eye, end = shapely.get_coordinates(
            shapely.line_interpolate_point(line, np.array([0.07, 0.8]) * shapely.length(line))
        )
        heading = end - eye
        side = np.array([heading[1], -heading[0]]) / max(float(np.hypot(*heading)), 1e-9)
        if best is None or score > best[0] + 1e-9:
            best = score, eye + side * street.width * 0.16, heading - side * street.width * 0.12
    return (spots[0], program.site.mean(0) - spots[0]) if best is None else best[1:]
