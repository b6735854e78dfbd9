"""What a vertical cut shows: buildings with their floors, ground, heights.

Drawn over an elevation of what stands behind the cut. Outlines are exact: they are the volumes themselves cut
by the plane.
"""

__all__ = ["Cut", "cuts_of", "draw_cuts"]

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

import cv2
import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw

from .city_camera import AXIS_PX, Camera, Size
from .city_looks import looks_of
from .city_masses import Mass, masses_of, shell_of
from .city_palette import Rgb
from .city_parts import Program
from .city_roofs import Shell
from .city_shapely import shapely
from .fonts import font

SUPERSAMPLED = 3
SUBPIXELS = 4
ROOM: Rgb = (250, 248, 243)
LINE: Rgb = (46, 48, 52)
EARTH: Rgb = (150, 141, 130)
BEYOND: Rgb = (196, 190, 181)
ACCENT: Rgb = (214, 62, 40)
INK: Rgb = (70, 72, 76)
PAPER: Rgb = (236, 238, 237)
# How much of the city the strip behind the axis hides.
AXIS_VEIL = 0.85


@dataclass(frozen=True, eq=False)
class Cut:
    """One piece of a volume in the plane of the cut.

    Args:
        index: of its element.
        outline: (n, 2) m: along the plane to the right, and up.
        floors: heights of the floors inside, m.
    """

    index: int
    outline: np.ndarray
    floors: np.ndarray


def cuts_of(program: Program, camera: Camera) -> list[Cut]:
    """The buildings that a section camera's near plane cuts, volume by volume."""
    looks = looks_of(program)
    cuts = []
    for mass in masses_of(program.elements, looks):
        element = program.elements[mass.index]
        shell = shell_of(mass)
        plan = (mass.ring - camera.eye[:2]) @ camera.axes[[0, 2], :2].T
        if plan[:, 1].min() >= 0.0 or plan[:, 1].max() <= 0.0:
            continue
        for left, right in _spans(plan):
            outline = _outline(shell, mass, camera, left, right)
            steps = np.arange(0, (element.floor_count or 0) + 1) * element.floor_height + element.base_height
            floors = steps[(steps > mass.bottom + 0.05) & (steps < mass.top + 0.05)]
            cuts.append(Cut(mass.index, outline, floors))
    return cuts


def draw_cuts(
    picture: np.ndarray, program: Program, camera: Camera, size: Size, highlight: Sequence[str] = ()
) -> np.ndarray:
    """Draw ground, cut buildings, heights and an axis in metres over an elevation, (height, width, 3)."""
    big = cv2.resize(picture, (size[0] * SUPERSAMPLED, size[1] * SUPERSAMPLED), interpolation=cv2.INTER_CUBIC)
    left, right, bottom, top = camera.window
    scale = size[0] / (right - left)

    def px(points: np.ndarray) -> np.ndarray:
        return np.stack([(points[:, 0] - left) * scale, (top - points[:, 1]) * scale], 1)

    def fixed(points: np.ndarray) -> np.ndarray:
        return np.round((px(points) * SUPERSAMPLED - 0.5) * 2**SUBPIXELS).astype(np.int32)

    def stroke(points: np.ndarray, color: Rgb, width_px: float, is_closed: bool = False) -> None:
        thick = max(round(width_px * SUPERSAMPLED), 1)
        cv2.polylines(big, [fixed(points)], is_closed, color, thick, cv2.LINE_8, SUBPIXELS)

    cv2.fillPoly(big, [fixed(_slab(left, right, bottom, 0.0))], BEYOND, cv2.LINE_8, SUBPIXELS)
    site = (program.site - camera.eye[:2]) @ camera.axes[[0, 2], :2].T
    for start, end in _spans(site):
        cv2.fillPoly(big, [fixed(_slab(start, end, bottom, 0.0))], EARTH, cv2.LINE_8, SUBPIXELS)
        stroke(np.array([[start, 0.0], [end, 0.0]]), LINE, 2.2)
    cuts = cuts_of(program, camera)
    is_fine = {cut.index: program.elements[cut.index].floor_height * scale >= 3.0 for cut in cuts}
    for cut in cuts:
        cv2.fillPoly(big, [fixed(cut.outline)], ROOM, cv2.LINE_8, SUBPIXELS)
        if is_fine[cut.index]:
            for level in cut.floors:
                for start, end in _crossed(cut.outline, level):
                    stroke(np.array([[start, level], [end, level]]), LINE, 1.0)
        is_lit = program.elements[cut.index].id in highlight
        stroke(cut.outline, ACCENT if is_lit else LINE, 2.4 if is_lit else 1.8, True)
    small = cv2.resize(big, size, interpolation=cv2.INTER_AREA)
    strip = small[: max(int(top * scale), 0), : AXIS_PX + 1]
    strip[:] = (strip * (1.0 - AXIS_VEIL) + np.array(PAPER) * AXIS_VEIL).astype(np.uint8)
    made = PillowImage.fromarray(small)
    pen = ImageDraw.Draw(made)
    _axis(pen, camera, size, scale)
    _heights(pen, program, cuts, px, size, highlight)
    return np.array(made)


def _spans(plan: np.ndarray) -> list[tuple[float, float]]:
    """Where the line y = 0 lies inside a ring (n, 2)."""
    reach = float(np.abs(plan).max()) * 2.0 + 1.0
    line = shapely.linestrings([[-reach, 0.0], [reach, 0.0]])
    cut = shapely.intersection(line, shapely.polygons(plan))
    spans = []
    for part in shapely.get_parts(cut):
        if shapely.get_type_id(part) == 1 and shapely.length(part) > 1e-6:
            x = shapely.get_coordinates(part)[:, 0]
            spans.append((float(x.min()), float(x.max())))
    return spans


def _outline(shell: Shell, mass: Mass, camera: Camera, left: float, right: float) -> np.ndarray:
    """The cut volume: up on the left, along the roof, down on the right."""
    points = [np.array([[left, mass.top], [right, mass.top]])] if mass.roof is None else []
    for face in shell.faces if mass.roof is not None else ():
        own = (face - [*camera.eye[:2], 0.0]) @ np.stack([camera.axes[0], camera.axes[2]]).T
        level = np.column_stack([own, face[:, 2]])
        after = np.roll(level, -1, 0)
        crosses = (level[:, 1] >= 0.0) != (after[:, 1] >= 0.0)
        share = level[crosses, 1] / (level[crosses, 1] - after[crosses, 1])
        points.append((level[crosses] + (after[crosses] - level[crosses]) * share[:, None])[:, [0, 2]])
    roof = np.concatenate(points) if points else np.zeros((0, 2))
    roof = roof[(roof[:, 0] >= left - 1e-6) & (roof[:, 0] <= right + 1e-6)]
    if not len(roof):
        roof = np.array([[left, mass.top], [right, mass.top]])
    profile: list[np.ndarray] = []
    for point in roof[np.lexsort((-roof[:, 1], roof[:, 0]))]:
        if not profile or point[0] - profile[-1][0] > 1e-6:
            profile.append(point)
    return np.array([[left, mass.bottom], *profile, [right, mass.bottom]])


def _crossed(outline: np.ndarray, level: float) -> list[tuple[float, float]]:
    return _spans(outline - np.array([0.0, level]))


def _slab(left: float, right: float, bottom: float, top: float) -> np.ndarray:
    return np.array([[left, bottom], [right, bottom], [right, top], [left, top]])


def _axis(pen: ImageDraw.ImageDraw, camera: Camera, size: Size, scale: float) -> None:
    """Heights in m at the left, a tick every 28 px or more."""
    face = font("Inter", 10)
    least = 28.0 / scale
    power = 10.0 ** floor(log10(least))
    step = next(part * power for part in (1.0, 2.0, 5.0, 10.0) if part * power >= least * 0.999)
    level = 0.0
    while (y := (camera.window[3] - level) * scale) > 14.0:
        pen.line((AXIS_PX - 6, y, AXIS_PX, y), fill=INK, width=1)
        pen.text((AXIS_PX - 9, y), f"{level:g} m", fill=INK, font=face, anchor="rm")
        level += step
    pen.line((AXIS_PX, 10, AXIS_PX, camera.window[3] * scale), fill=INK, width=1)


def _heights(
    pen: ImageDraw.ImageDraw, program: Program, cuts: Sequence[Cut], px, size: Size, highlight: Sequence[str]
) -> None:
    """Id, floors and height above each cut building, where there is room."""
    best: dict[int, np.ndarray] = {}
    for cut in cuts:
        peak = cut.outline[int(np.argmax(cut.outline[:, 1]))]
        middle = np.array([[cut.outline[:, 0].mean(), peak[1]]])
        if cut.index not in best or peak[1] > best[cut.index][0, 1]:
            best[cut.index] = middle
    taken: list[tuple[float, float]] = []
    for index, middle in sorted(best.items(), key=lambda item: -item[1][0, 1]):
        element = program.elements[index]
        x, y = px(middle)[0]
        lines = [element.id, f"{element.floor_count} fl, {element.top:g} m"]
        wide = max(font("BarlowCondensed", 13, 700).getlength(line) for line in lines) + 4
        x = float(np.clip(x, AXIS_PX + wide / 2 + 4, size[0] - wide / 2 - 2))
        if element.id not in highlight and any(x - wide / 2 < b and a < x + wide / 2 for a, b in taken):
            continue
        taken.append((x - wide / 2, x + wide / 2))
        color = ACCENT if element.id in highlight else LINE
        for number, line in enumerate(lines):
            face = font("BarlowCondensed", 13, 700 if number == 0 else 500)
            place = (x, y - 24 + 13 * number)
            pen.text(
                place, line, fill=color, font=face, anchor="mm", stroke_width=2, stroke_fill=(240, 241, 240)
            )
