"""The city from straight above: ids, grid, north arrow, scale bar.

The map that an agent plans by: every element in the colour of its type, with its id where it can be read.
Drawn large and averaged down, text from the shipped fonts, so that it is the same on every machine.
"""

__all__ = ["draw_plan"]

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import ImageDraw

from .city_camera import Size
from .city_footprints import Footprints
from .city_ground import ground_of
from .city_labels import coordinates, labels, legend, scale_and_north
from .city_markings import road_width_m
from .city_palette import Rgb
from .city_sheet import ACCENT, FAINT, INK, SUBPIXELS, SUPERSAMPLED, TYPE_COLORS, Sheet, darker
from .city_trees import trees_of

SITE: Rgb = (235, 232, 226)
BLOCK: Rgb = (245, 242, 235)
ROAD: Rgb = (205, 206, 208)
PATH: Rgb = (226, 212, 184)
GRID: Rgb = (188, 186, 180)
LEAF: Rgb = (128, 152, 100)
SHADOW = 0.86


def draw_plan(city: Footprints, size: Size, highlight: Sequence[str] = ()) -> np.ndarray:
    """The plan, (height, width, 3) uint8; `highlight` outlines the elements of some ids."""
    program = city.program
    sheet = Sheet(program.site, size)
    sheet.fill(program.site, SITE)
    ground = ground_of(program)
    for block in program.blocks:
        sheet.fill(block.polygon, BLOCK)
    sheet.area(ground.roads, ROAD)
    _centre_lines(sheet, city)
    for element in city.flats:
        sheet.fill(element.polygon, TYPE_COLORS[element.type])
    sheet.area(ground.paths, PATH)
    _shadows(sheet, city)
    _trees(sheet, city)
    order = sorted(city.buildings, key=lambda element: element.top)
    for element in order:
        sheet.fill(element.polygon, TYPE_COLORS[element.type])
        sheet.line(sheet.px(element.polygon), darker(TYPE_COLORS[element.type]), 1.0, is_closed=True)
    for block in program.blocks:
        sheet.line(sheet.px(block.polygon), FAINT, 0.8, is_closed=True)
    sheet.line(sheet.px(program.site), INK, 1.2, is_closed=True)
    _grid(sheet)
    for name in highlight:
        sheet.line(sheet.px(city.element(name).polygon), ACCENT, 2.4, is_closed=True)
    picture = sheet.finished()
    labels(picture, sheet, city, set(highlight))
    pen = ImageDraw.Draw(picture)
    coordinates(pen, sheet)
    scale_and_north(pen, sheet)
    legend(pen, sheet, city)
    return np.array(picture)


def _centre_lines(sheet: Sheet, city: Footprints) -> None:
    for street in city.program.streets:
        if street.class_ == "arterial" and road_width_m(street.width) * sheet.px_per_m > 6.0:
            sheet.line(sheet.px(street.path), (236, 236, 234), 1.0)


def _shadows(sheet: Sheet, city: Footprints) -> None:
    """Soft shadows towards the north-west: how high things are at a glance."""
    if not city.buildings:
        return
    mask = np.zeros(sheet.array.shape[:2], np.uint8)
    for element in city.buildings:
        reach = min(element.top * 0.35, 14.0)
        ring = element.polygon
        moved = ring + np.array([-0.75, 0.65]) * reach
        after, moved_after = np.roll(ring, -1, 0), np.roll(moved, -1, 0)
        for quad in np.stack([ring, after, moved_after, moved], 1):
            cv2.fillConvexPoly(mask, sheet.fixed(sheet.px(quad)), 255, cv2.LINE_8, SUBPIXELS)
        cv2.fillPoly(mask, [sheet.fixed(sheet.px(moved))], 255, cv2.LINE_8, SUBPIXELS)
    shade = (1.0 - (1.0 - SHADOW) * (mask / np.float32(255.0)))[..., None]
    sheet.array[:] = (sheet.array * shade).astype(np.uint8)


def _trees(sheet: Sheet, city: Footprints) -> None:
    trees = trees_of(city.program)
    centers = sheet.fixed(sheet.px(trees.feet))
    radii = np.maximum(
        np.round(trees.radius * 0.62 * sheet.px_per_m * SUPERSAMPLED * 2**SUBPIXELS), 8
    ).astype(int)
    for (x, y), radius in zip(centers.tolist(), radii.tolist(), strict=True):
        cv2.circle(sheet.array, (x, y), radius, LEAF, cv2.FILLED, cv2.LINE_8, SUBPIXELS)


def _grid(sheet: Sheet) -> None:
    for axis in (0, 1):
        other = 1 - axis
        for place in sheet.grid_lines(axis):
            ends = np.zeros((2, 2))
            ends[:, axis] = place
            ends[:, other] = sheet.low[other], sheet.high[other]
            sheet.line(sheet.px(ends), GRID, 0.34)
