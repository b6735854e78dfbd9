"""Colours of the robot boards, and a row of small frames with names."""

__all__ = ["CARD", "EDGE", "FAINT", "INK", "PAPER", "SIDE_X", "thumb_row"]

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

from ..tools.fonts import font

PAPER, CARD, EDGE = (243, 244, 246), (255, 255, 255), (222, 225, 230)
INK, FAINT = (28, 30, 34), (104, 110, 120)
SIDE_X = 692
THUMB_PX, GAP_PX = 134, 8


def thumb_row(
    board: Picture.Image,
    pen: ImageDraw.ImageDraw,
    top: int,
    title: str,
    pictures: Sequence[np.ndarray],
    names: Sequence[str],
) -> None:
    """Draw frames side by side on the right of a board.

    Args:
        board: drawn on.
        pen: of it.
        top: of the title, px.
        title: above the row.
        pictures: (H, W, 3) uint8 each.
        names: on each of them.
    """
    pen.text((SIDE_X, top), title, font=font("Inter", 15, 600), fill=INK)
    small = font("Inter", 12)
    for number, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        x, y = SIDE_X + number * (THUMB_PX + GAP_PX), top + 24
        shown = cv2.resize(picture, (THUMB_PX, THUMB_PX), interpolation=cv2.INTER_AREA)
        board.paste(Picture.fromarray(shown), (x, y))
        pen.rectangle((x, y, x + THUMB_PX - 1, y + THUMB_PX - 1), outline=EDGE)
        pen.rounded_rectangle((x + 4, y + 4, x + 12 + small.getlength(name), y + 21), 5, fill=CARD)
        pen.text((x + 8, y + 5), name, font=small, fill=FAINT)
