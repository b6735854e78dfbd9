"""How much of a change the first view shows, without making the view.

The same number that `scene.certify` measures, up to rounding: shrinking by area is linear, so only the
changed pixels are weighed.
"""

__all__ = ["glimpse_rms"]

from collections.abc import Sequence
from math import ceil, floor

import numpy as np

from ..tools.views import fit
from ..tools.vision import VisionSpec
from .scene import Patch


def glimpse_rms(image: np.ndarray, patches: Sequence[Patch], spec: VisionSpec) -> float:
    """RMS difference, in grey levels, over the visual tokens of the first view that the patches touch.

    Several patches are taken to lie in the same tokens, which is the most that they can show.

    Args:
        image: (H, W, 3) uint8 before the change.
        patches: the change.
        spec: the model's token arithmetic.
    """
    height, width = image.shape[:2]
    size = fit((0.0, 0.0, float(width), float(height)), spec)
    worst = 0.0
    for patch in patches:
        tall, wide = patch.pixels.shape[:2]
        before = image[patch.y : patch.y + tall, patch.x : patch.x + wide].astype(np.float64)
        down = _cover(patch.y, tall, height / size[0])
        across = _cover(patch.x, wide, width / size[1])
        shrunk = np.einsum("ij,jkc,lk->ilc", down, patch.pixels - before, across)
        rows = _span(patch.y, tall, height / size[0], spec.factor_px, size[0])
        columns = _span(patch.x, wide, width / size[1], spec.factor_px, size[1])
        worst += float((shrunk**2).sum()) / (3 * rows * columns)
    return worst**0.5


def _cover(start: int, length: int, step: float) -> np.ndarray:
    """(view px, source px) float64: the share of each source px in each view px."""
    first, last = floor(start / step), ceil((start + length) / step)
    low = np.arange(first, last)[:, None] * step
    source = np.arange(start, start + length)[None, :]
    overlap = np.minimum(low + step, source + 1) - np.maximum(low, source)
    return np.clip(overlap, 0.0, None) / step


def _span(start: int, length: int, step: float, grain_px: int, limit_px: int) -> int:
    low = floor(start / step / grain_px) * grain_px
    return min(limit_px, ceil((start + length) / step / grain_px) * grain_px) - low
