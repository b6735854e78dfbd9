"""The board a person watches: city from the air, plan, what is asked.

A constant 1280x720 px, for `render_mode="rgb_array"` and videos.
"""

__all__ = ["BOARD_PX", "draw_city_board"]

import textwrap
from collections.abc import Sequence

import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

from ..tools.city import City
from ..tools.city_views import draw
from ..tools.fonts import font

BOARD_PX = (720, 1280)
PAPER, CARD, EDGE, INK, FAINT = (
    (243, 244, 246),
    (255, 255, 255),
    (222, 225, 230),
    (28, 30, 34),
    (104, 110, 120),
)
TRACK, GOOD, FAIR, POOR = (230, 232, 236), (58, 134, 96), (222, 160, 56), (204, 78, 56)
AIR = (28, 96, 824, 693)  # x0 y0 x1 y1
PLAN = (848, 96, 1252, 416)
TABLE = (848, 430, 1252, 693)
TITLE_LINES, TITLE_CHARS = 2, 138
ROW_PX, BAR_PX, MOST_ROWS = 17, 44, 13


def draw_city_board(city: City, *, title: str, state: str, rows: Sequence[tuple[float, str]]) -> np.ndarray:
    """(720, 1280, 3) uint8.

    Args:
        city: as it stands.
        title: what is asked, of which the beginning is shown.
        state: one line over the table.
        rows: level from 0 to 1 and text of each constraint; of more than thirteen, the least met.
    """
    board = Picture.new("RGB", (BOARD_PX[1], BOARD_PX[0]), PAPER)
    pen = ImageDraw.Draw(board)
    lines = textwrap.wrap(" ".join(title.split()), TITLE_CHARS) or [""]
    if len(lines) > TITLE_LINES:
        lines = [*lines[: TITLE_LINES - 1], lines[TITLE_LINES - 1][: TITLE_CHARS - 2] + " …"]
    for number, line in enumerate(lines):
        pen.text((28, 22 + 28 * number), line, font=font("Inter", 18, 600 if number == 0 else 400), fill=INK)
    for pane, view in ((AIR, "iso"), (PLAN, "plan")):
        size = pane[2] - pane[0], pane[3] - pane[1]
        board.paste(Picture.fromarray(draw(city, view, size_px=size).array), pane[:2])  # type: ignore[arg-type]
        pen.rectangle((pane[0], pane[1], pane[2] - 1, pane[3] - 1), outline=EDGE)
    _table(pen, state, rows)
    return np.asarray(board).copy()


def _table(pen: ImageDraw.ImageDraw, state: str, rows: Sequence[tuple[float, str]]) -> None:
    left, top, right, bottom = TABLE
    pen.rectangle((left, top, right - 1, bottom - 1), fill=CARD, outline=EDGE)
    pen.text((left + 12, top + 8), state, font=font("Inter", 14, 600), fill=INK)
    order = sorted(rows, key=lambda row: row[0]) if len(rows) > MOST_ROWS else rows
    is_roomy = 2 * len(order) <= MOST_ROWS
    x, width = left + 24 + BAR_PX, right - left - BAR_PX - 36
    for number, (level, text) in enumerate(order[:MOST_ROWS]):
        y = top + 36 + number * ROW_PX * (2 if is_roomy else 1)
        pen.rectangle((left + 12, y + 3, left + 12 + BAR_PX, y + 11), fill=TRACK)
        if level > 0.0:
            color = GOOD if level >= 0.99 else FAIR if level >= 0.5 else POOR
            pen.rectangle((left + 12, y + 3, left + 12 + max(1, round(BAR_PX * level)), y + 11), fill=color)
        name, _, why = text.partition(": ")
        if is_roomy:
            pen.text((x, y), _fitted(name, width), font=font("Inter", 12), fill=INK)
            pen.text((x, y + 15), _fitted(why, width), font=font("Inter", 12), fill=FAINT)
        else:
            numbers = why.rpartition(": ")[2]
            pen.text((x, y), _fitted(f"{name}: {numbers}", width), font=font("Inter", 12), fill=INK)


def _fitted(text: str, width_px: int) -> str:
    """The text, cut to a width."""
    face = font("Inter", 12)
    if face.getlength(text) <= width_px:
        return text
    while text and face.getlength(text + " …") > width_px:
        text = text[:-1]
    return text + " …"
