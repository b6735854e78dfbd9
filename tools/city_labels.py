"""The lettering of a plan: ids, coordinates, scale, north, legend."""

__all__ = ["coordinates", "labels", "legend", "scale_and_north"]

import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

from .city_footprints import Footprints
from .city_palette import Rgb
from .city_shapely import shapely
from .city_sheet import ACCENT, FAINT, INK, TYPE_COLORS, Sheet, darker
from .fonts import font

SMALLEST_TEXT_PX, LARGEST_TEXT_PX, LIT_TEXT_PX, TURNED_TEXT_PX = 10, 16, 12, 13
FACE = "BarlowCondensed"
LEADING = 0.98
# How far a label may stand out of its element, in parts of its size.
OVERFLOW = 1.12
BLOCK: Rgb = (245, 242, 235)
BLOCK_INK: Rgb = (120, 104, 84)


def coordinates(pen: ImageDraw.ImageDraw, sheet: Sheet) -> None:
    """Metres at the ends of the grid lines."""
    face = font("Inter", 10)
    low = sheet.px(sheet.low[None])[0]
    for place in sheet.grid_lines(0):
        x = sheet.px(np.array([[place, 0.0]]))[0, 0]
        pen.text((x, low[1] + 4), f"{place:g}", fill=FAINT, font=face, anchor="ma")
    for place in sheet.grid_lines(1):
        y = sheet.px(np.array([[0.0, place]]))[0, 1]
        pen.text((low[0] - 4, y), f"{place:g}", fill=FAINT, font=face, anchor="rm")


def labels(picture: Picture.Image, sheet: Sheet, city: Footprints, highlight: set[str]) -> None:
    """Ids where they fit, large elements first, turned on narrow ones; a highlighted one always."""
    pen = ImageDraw.Draw(picture)
    taken: list[tuple[float, float, float, float]] = []
    rank = sorted(
        range(len(city.elements)), key=lambda k: (city.elements[k].id not in highlight, -city.areas[k], k)
    )
    for k in rank:
        element = city.elements[k]
        is_lit = element.id in highlight
        x, y = sheet.px(_middle(city, k))[0]
        width, height = np.ptp(element.polygon, axis=0) * sheet.px_per_m
        lines = [element.id] if element.floor_count is None else [element.id, f"{element.floor_count} fl"]
        fitted = _fitted(lines, width, height)
        turned = None if fitted or is_lit else _fitted(["  ".join(lines)], height, width, TURNED_TEXT_PX)
        turned = turned or (None if fitted or is_lit else _fitted(lines[:1], height, width, TURNED_TEXT_PX))
        if fitted is None and is_lit:
            fitted = lines[:1], LIT_TEXT_PX
        if fitted is None and turned is None:
            continue
        lines, size = fitted or turned or (lines, 0)
        wide = max(font(FACE, size, 700).getlength(line) for line in lines)
        tall = size * LEADING * len(lines)
        across, down = (tall, wide) if turned else (wide, tall)
        box = (x - across / 2, y - down / 2, x + across / 2, y + down / 2)
        if not is_lit and any(_meet(box, other) for other in taken):
            continue
        taken.append(box)
        halo = (255, 255, 255) if is_lit else _paler(TYPE_COLORS[element.type])
        if turned:
            _turned(picture, (x, y), lines[0], size, halo)
            continue
        if is_lit:
            pen.rounded_rectangle((box[0] - 4, box[1] - 2, box[2] + 4, box[3] + 2), 3, fill=(255, 255, 255))
        for number, line in enumerate(lines):
            middle = y + (number - (len(lines) - 1) / 2) * size * LEADING
            shown = font(FACE, size, 700 if number == 0 else 500)
            color = ACCENT if is_lit else INK
            pen.text((x, middle), line, fill=color, font=shown, anchor="mm", stroke_width=1, stroke_fill=halo)
    for block in city.program.blocks:
        x, y = sheet.px(block.polygon[[int(np.argmin(block.polygon @ np.array([1.0, -1.0])))]])[0]
        face = font(FACE, 12, 700)
        box = (x + 3, y + 1, x + 3 + face.getlength(block.id), y + 14)
        if not any(_meet(box, other) for other in taken):
            pen.text(
                (x + 3, y + 1),
                block.id,
                fill=BLOCK_INK,
                font=face,
                anchor="la",
                stroke_width=1,
                stroke_fill=BLOCK,
            )


def _turned(picture: Picture.Image, at: tuple[float, float], line: str, size: int, halo: Rgb) -> None:
    """A line of text that is read from below."""
    face = font(FACE, size, 700)
    wide, tall = round(face.getlength(line)) + 4, size + 6
    slip = Picture.new("RGBA", (wide, tall), (*halo, 0))
    pen = ImageDraw.Draw(slip)
    pen.text((wide / 2, tall / 2), line, fill=INK, font=face, anchor="mm", stroke_width=1, stroke_fill=halo)
    slip = slip.transpose(Picture.Transpose.ROTATE_90)
    picture.paste(slip, (round(at[0] - tall / 2), round(at[1] - wide / 2)), slip)


def _fitted(
    lines: list[str], width: float, height: float, largest: int = LARGEST_TEXT_PX
) -> tuple[list[str], int] | None:
    """The lines and the text size in px with which they fit, fewer lines before none."""
    for chosen in (lines, lines[:1]):
        for size in range(largest, SMALLEST_TEXT_PX - 1, -1):
            wide = max(font(FACE, size, 700).getlength(line) for line in chosen)
            if wide <= width * OVERFLOW - 1 and size * LEADING * len(chosen) <= height * OVERFLOW - 1:
                return chosen, size
    return None


def _middle(city: Footprints, position: int) -> np.ndarray:
    """(1, 2) m: where an element has most room for a label."""
    shape = city.polygons[position]
    if shapely.area(shapely.convex_hull(shape)) <= 1.02 * city.areas[position]:
        return city.centroids[position : position + 1]
    return shapely.get_coordinates(shapely.maximum_inscribed_circle(shape, tolerance=0.5))[:1]


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def scale_and_north(pen: ImageDraw.ImageDraw, sheet: Sheet) -> None:
    """A bar as long as the grid is wide, and an arrow to the north."""
    step = sheet.grid_m
    x1, y = sheet.size[0] - 30, 13
    length = step * sheet.px_per_m
    x0 = x1 - length
    pen.rectangle((x0, y - 2, x0 + length / 2, y + 2), fill=INK)
    pen.rectangle((x0, y - 2, x1, y + 2), outline=INK)
    pen.text((x0 - 5, y), f"{step:g} m", fill=INK, font=font("Inter", 11), anchor="rm")
    x, top = sheet.size[0] - 13, 5
    pen.polygon([(x, top), (x + 5, top + 15), (x, top + 11), (x - 5, top + 15)], fill=INK)
    pen.text((x, top + 16), "N", fill=INK, font=font("Inter", 10, 700), anchor="ma")


def legend(pen: ImageDraw.ImageDraw, sheet: Sheet, city: Footprints) -> None:
    """The types that occur, in the order of the palette; in two lines where the sheet is narrow."""
    present = {element.type for element in city.elements}
    kinds = [kind for kind in TYPE_COLORS if kind in present]
    left, room = 10.0, sheet.size[0] - 16
    for size in (11, 10, 9):
        face = font("Inter", size)
        widths = [face.getlength(kind) + size + 14 for kind in kinds]
        if sum(widths) <= room:
            break
    lines = 1 if sum(widths) <= room else 2
    x, y = left, sheet.size[1] - (13 if lines == 1 else 20)
    for kind, width in zip(kinds, widths, strict=True):
        if x > left and x + width > room + left:
            x, y = left, y + 13
        pen.rectangle((x, y - 5, x + 9, y + 4), fill=TYPE_COLORS[kind], outline=darker(TYPE_COLORS[kind]))
        pen.text((x + 13, y), kind, fill=INK, font=face, anchor="lm")
        x += width


def _paler(color: Rgb) -> Rgb:
    red, green, blue = (round(channel + (255 - channel) * 0.45) for channel in color)
    return red, green, blue
