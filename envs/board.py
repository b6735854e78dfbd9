"""The board a person watches: picture, boxes, latest view, question.

A constant 1280x720 px, for `render_mode="rgb_array"` and videos of zooming environments.
"""

__all__ = ["BOARD_PX", "draw_board"]

import textwrap

import cv2
import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

from ..tools.fonts import font
from ..tools.views import Box, ViewStore

BOARD_PX = (720, 1280)
PAPER, CARD, INK, FAINT, ACCENT, OLD = (
    (243, 244, 246),
    (255, 255, 255),
    (28, 30, 34),
    (104, 110, 120),
    (225, 73, 36),
    (248, 178, 120),
)
MARGIN_PX = 28
PANES = ((28, 92, 612, 556), (640, 92, 1252, 556))  # whole picture, latest view: x0 y0 x1 y1
MAX_QUESTION_LINES = 4


def draw_board(question: str, store: ViewStore, answer: str | None) -> np.ndarray:
    """(720, 1280, 3) uint8.

    Args:
        question: the task's prompt.
        store: the views so far.
        answer: what the agent answered, or None.
    """
    board = Picture.new("RGB", (BOARD_PX[1], BOARD_PX[0]), PAPER)
    draw = ImageDraw.Draw(board)
    last = store.views[-1]
    titles = (
        f"whole picture  ·  zooms: {len(store.views) - 1}",
        f"{last.id}  ·  {last.size[1]} by {last.size[0]} px",
    )
    for pane, title in zip(PANES, titles, strict=True):
        draw.text((pane[0], 58), title, font=font("Inter", 18, 600), fill=INK)
        draw.rounded_rectangle(pane, 10, fill=CARD, outline=(222, 225, 230))
    placed = _paste(board, store.pixels("v0"), PANES[0])
    _paste(board, store.pixels(last.id), PANES[1])
    for view in store.views[1:]:
        newest = view is last
        draw.rectangle(
            _inside(view.box, store, placed), outline=ACCENT if newest else OLD, width=4 if newest else 2
        )
    asked, _, rest = question.partition("\n")
    lines = [*textwrap.wrap(asked, 128), *textwrap.wrap("   ".join(rest.splitlines()), 136)] or [""]
    if len(lines) > MAX_QUESTION_LINES:
        lines = [*lines[: MAX_QUESTION_LINES - 1], lines[MAX_QUESTION_LINES - 1][:124] + " …"]
    for i, line in enumerate(lines):
        draw.text((MARGIN_PX, 580 + 24 * i), line, font=font("Inter", 17, 600 if i == 0 else 400), fill=INK)
    if answer is not None:
        draw.text((MARGIN_PX, 20), f"Answer: {answer[:100]}", font=font("Inter", 22, 700), fill=ACCENT)
    else:
        draw.text((MARGIN_PX, 20), "Looking …", font=font("Inter", 22, 700), fill=FAINT)
    return np.asarray(board).copy()


def _paste(
    board: Picture.Image, pixels: np.ndarray, pane: tuple[int, int, int, int]
) -> tuple[int, int, int, int]:
    """Fit pixels into a pane; returns where they stand: x0 y0 x1 y1."""
    wide, tall = pane[2] - pane[0] - 16, pane[3] - pane[1] - 16
    scale = min(wide / pixels.shape[1], tall / pixels.shape[0])
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    fitted = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    x, y = pane[0] + 8 + (wide - size[0]) // 2, pane[1] + 8 + (tall - size[1]) // 2
    board.paste(Picture.fromarray(fitted), (x, y))
    return x, y, x + size[0], y + size[1]


def _inside(box: Box, store: ViewStore, placed: tuple[int, int, int, int]) -> Box:
    """A source box on the pasted first view."""
    height, width = store.source.shape[:2]
    across, down = (placed[2] - placed[0]) / width, (placed[3] - placed[1]) / height
    x0, y0 = placed[0] + box[0] * across, placed[1] + box[1] * down
    return x0, y0, max(x0 + 3, placed[0] + box[2] * across), max(y0 + 3, placed[1] + box[3] * down)
