"""Draws an action on the screenshot that it is done to.

As Code2World shows it (arXiv 2602.09856, its released prompts): a red ring of 40 px radius around a click or
a long press, a red arrow of 15 px along a swipe, both at a width of 1080 px and scaled with it. What is
typed, pressed or opened has no place on the picture and stands in the caption.
"""

__all__ = ["caption", "marked"]

import cv2
import numpy as np

from ..errors import UsageError
from .gui_app import Action

REFERENCE_PX = 1080
RING_PX = 40
RING_WIDTH_PX = 8
ARROW_PX = 15
HEAD_SHARE = 0.25
RED = (230, 20, 30)
SHIFT = 4  # cv2's fixed point: places are exact to a sixteenth of a px


def marked(image: np.ndarray, action: Action) -> np.ndarray:
    """A copy of a screenshot with the action drawn on it.

    Args:
        image: (H, W, 3) uint8 RGB.
        action: coordinates in px of the image.

    Raises:
        UsageError: no such picture, or an action outside of it.

    >>> screen = np.zeros((1200, 540, 3), np.uint8)
    >>> drawn = marked(screen, Action(kind="click", x=100, y=200))
    >>> tuple(int(value) for value in drawn[200, 120]), bool(screen.any())
    ((230, 20, 30), False)
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise UsageError(f"a screenshot is (H, W, 3) uint8 RGB; got {image.shape} {image.dtype}")
    height, width = image.shape[:2]
    for x, y in ((action.x, action.y), (action.x2, action.y2)):
        if x is not None and y is not None and not (0 <= x <= width and 0 <= y <= height):
            raise UsageError(
                f"the action lies at ({x:g}, {y:g}), outside of a picture of {width}x{height} px"
            )
    drawn = np.array(image)
    factor = width / REFERENCE_PX
    if action.x is None or action.y is None:
        return drawn
    if action.x2 is None or action.y2 is None:
        thick = max(2, round(RING_WIDTH_PX * factor))
        centre, radius = _fixed(action.x, action.y), round(RING_PX * factor * (1 << SHIFT))
        cv2.circle(drawn, centre, radius, RED, thick, cv2.LINE_AA, SHIFT)
        return drawn
    _arrow(drawn, (action.x, action.y), (action.x2, action.y2), max(2, round(ARROW_PX * factor)))
    return drawn


def caption(action: Action) -> str:
    """The action in words, for the prompt.

    >>> caption(Action(kind="type", text="oat milk"))
    'type "oat milk"'
    """
    return action.words()


def _arrow(image: np.ndarray, start: tuple[float, float], end: tuple[float, float], thick: int) -> None:
    """A shaft and a filled head at the end, where the finger leaves the glass."""
    along = np.subtract(end, start)
    length = float(np.hypot(*along))
    if length < 1.0:
        return
    along = along / length
    across = np.array((-along[1], along[0]))
    head = max(2.4 * thick, HEAD_SHARE * length)
    neck = np.asarray(end) - along * head
    cv2.line(image, _fixed(*start), _fixed(*neck), RED, thick, cv2.LINE_AA, SHIFT)
    corners = np.stack([np.asarray(end), neck + across * head * 0.6, neck - across * head * 0.6])
    cv2.fillPoly(image, [np.round(corners * (1 << SHIFT)).astype(np.int32)], RED, cv2.LINE_AA, SHIFT)


def _fixed(x: float, y: float) -> tuple[int, int]:
    return round(x * (1 << SHIFT)), round(y * (1 << SHIFT))
