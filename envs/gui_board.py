"""The board a person watches: screen, action, prediction, truth.

A constant 1280x720 px, for `render_mode="rgb_array"` and videos.
"""

__all__ = ["BOARD_PX", "draw_gui_board"]

import textwrap
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

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
BODY = (22, 24, 28)
PHONE_PX = (252, 560)
PHONES_X, PHONES_Y, PHONES_STEP = 40, 128, 292
FRAME_PX, CORNER_PX = 7, 24
TABLE = (924, 121, 1252, 695)
TITLE_CHARS, MAX_TITLE_LINES = 112, 2
ROW_PX, BAR_PX = 36, 96


def draw_gui_board(
    phones: Sequence[tuple[str, np.ndarray | None]],
    *,
    title: str,
    action: str,
    rows: Mapping[str, float | None],
    score: float | None,
) -> np.ndarray:
    """(720, 1280, 3) uint8.

    Args:
        phones: caption and screen, (H, W, 3) uint8 or None where there is none yet; up to three.
        title: what is asked.
        action: what is done, in words.
        rows: name -> level from 0 to 1, or None where it is not known yet.
        score: in the end, or None.
    """
    board = Picture.new("RGB", (BOARD_PX[1], BOARD_PX[0]), PAPER)
    pen = ImageDraw.Draw(board)
    lines = textwrap.wrap(" ".join(title.split()), TITLE_CHARS)[:MAX_TITLE_LINES] or [""]
    for number, line in enumerate(lines):
        pen.text((33, 18 + 28 * number), line, font=font("Inter", 20, 600), fill=INK)
    pen.text((33, 18 + 28 * len(lines)), action[:TITLE_CHARS], font=font("Inter", 16), fill=FAINT)
    for number, (caption, screen) in enumerate(phones):
        x = PHONES_X + number * PHONES_STEP
        pen.text(
            (x + PHONE_PX[0] / 2, PHONES_Y - 26), caption, font=font("Inter", 15, 600), fill=INK, anchor="mm"
        )
        _phone(board, pen, (x, PHONES_Y), screen)
    _table(pen, rows, score)
    return np.asarray(board).copy()


def _phone(
    board: Picture.Image, pen: ImageDraw.ImageDraw, corner: tuple[int, int], screen: np.ndarray | None
) -> None:
    (x, y), (width, height) = corner, PHONE_PX
    outer = (x - FRAME_PX, y - FRAME_PX, x + width + FRAME_PX - 1, y + height + FRAME_PX - 1)
    if screen is None:
        pen.rounded_rectangle(outer, CORNER_PX, fill=CARD, outline=EDGE, width=2)
        return
    pen.rounded_rectangle(outer, CORNER_PX, fill=BODY)
    small = np.asarray(cv2.resize(screen, PHONE_PX, interpolation=cv2.INTER_AREA))
    mask = Picture.new("L", (2 * width, 2 * height), 0)
    ImageDraw.Draw(mask).rounded_rectangle(
        (0, 0, 2 * width - 1, 2 * height - 1), 2 * (CORNER_PX - FRAME_PX), 255
    )
    board.paste(Picture.fromarray(small), corner, mask.resize(PHONE_PX, Picture.Resampling.BOX))


def _table(pen: ImageDraw.ImageDraw, rows: Mapping[str, float | None], score: float | None) -> None:
    left, top, right, bottom = TABLE
    pen.rounded_rectangle((left, top, right - 1, bottom - 1), 12, fill=CARD, outline=EDGE)
    pen.text((left + 20, top + 18), "Score", font=font("Inter", 15, 600), fill=FAINT)
    told = "-" if score is None else f"{score:.2f}"
    pen.text((right - 20, top + 12), told, font=font("Inter", 26, 700), fill=_tone(score), anchor="ra")
    for number, (name, level) in enumerate(rows.items()):
        y = top + 70 + number * ROW_PX
        pen.text((left + 20, y), name, font=font("Inter", 14), fill=INK)
        bar = right - 64 - BAR_PX, y + 5, right - 64, y + 13
        pen.rounded_rectangle(bar, 4, fill=TRACK)
        if level is not None and round(BAR_PX * level) > 4:
            pen.rounded_rectangle((*bar[:2], bar[0] + round(BAR_PX * level), bar[3]), 4, fill=_tone(level))
        told = "-" if level is None else f"{level:.2f}"
        pen.text((right - 20, y), told, font=font("Inter", 14, 600), fill=INK, anchor="ra")


def _tone(level: float | None) -> tuple[int, int, int]:
    if level is None:
        return FAINT
    return GOOD if level >= 0.9 else FAIR if level >= 0.5 else POOR
