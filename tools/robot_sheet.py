"""Small frames side by side on one sheet."""

__all__ = ["sheet"]

from collections.abc import Sequence

import numpy as np

GAP_PX = 4
PAPER = 245


def sheet(rows: Sequence[Sequence[np.ndarray]], *, across: bool = False) -> np.ndarray:
    """One picture of many: (H, W, 3) uint8.

    Args:
        rows: of pictures of one size, as many in each row.
        across: each of the given rows becomes a column.

    >>> tile = np.zeros((8, 10, 3), np.uint8)
    >>> sheet([[tile, tile, tile]]).shape, sheet([[tile, tile]] * 3, across=True).shape
    ((8, 38, 3), (20, 38, 3))
    """
    grid = [list(row) for row in (zip(*rows, strict=True) if across else rows)]
    high, wide = grid[0][0].shape[:2]
    lines, columns = len(grid), len(grid[0])
    made = np.full((lines * (high + GAP_PX) - GAP_PX, columns * (wide + GAP_PX) - GAP_PX, 3), PAPER, np.uint8)
    for i, row in enumerate(grid):
        for j, picture in enumerate(row):
            y, x = i * (high + GAP_PX), j * (wide + GAP_PX)
            made[y : y + high, x : x + wide] = picture
    return made
