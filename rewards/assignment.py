"""The best pairing of two lists: the most worth in all."""

__all__ = ["best_pairs"]

from collections.abc import Callable

import numpy as np
from scipy import optimize  # pyright: ignore[reportMissingTypeStubs]

_assign: Callable[..., tuple[np.ndarray, np.ndarray]] = optimize.linear_sum_assignment  # pyright: ignore


def best_pairs(worth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pairs, min(n, m) of each, by the Hungarian method (Kuhn 1955).

    Args:
        worth: (n, m) float64, what a pair is worth.

    >>> rows, columns = best_pairs(np.array([[0.9, 0.8], [0.8, 0.0]]))
    >>> list(zip(rows.tolist(), columns.tolist()))
    [(0, 1), (1, 0)]
    """
    return _assign(worth, maximize=True)
