"""A picture in a terminal: half blocks, two pixels a character.

A glance only; the files hold every pixel.
"""

__all__ = ["half_blocks"]

import cv2
import numpy as np
from rich.text import Text

UPPER_HALF = "▀"


def half_blocks(array: np.ndarray, *, columns: int, rows: int) -> Text:
    """The picture as coloured text, as large as fits, at most one character a pixel.

    Args:
        array: (H, W, 3) uint8.
        columns: most characters across, >= 1.
        rows: most characters down, >= 1.

    >>> half_blocks(np.zeros((8, 8, 3), np.uint8), columns=4, rows=4).plain.splitlines()
    ['▀▀▀▀', '▀▀▀▀']
    """
    height, width = array.shape[:2]
    scale = min(columns / width, 2 * rows / height, 1.0)
    across, down = max(1, round(width * scale)), max(1, round(height * scale / 2))
    small = cv2.resize(array, (across, 2 * down), interpolation=cv2.INTER_AREA)
    text = Text(no_wrap=True, overflow="crop")
    for row in range(down):
        for upper, lower in zip(small[2 * row].tolist(), small[2 * row + 1].tolist(), strict=True):
            text.append(
                UPPER_HALF, f"rgb({upper[0]},{upper[1]},{upper[2]}) on rgb({lower[0]},{lower[1]},{lower[2]})"
            )
        text.append("\n" if row < down - 1 else "")
    return text
