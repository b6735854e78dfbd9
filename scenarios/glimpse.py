"""How much of a change the first view shows, without making the view.

The same number that `scene.certify` measures, up to rounding: shrinking by area is linear, so only the
changed pixels are weighed.
"""

__all__ = ["glimpse_rms", "patch_rms"]

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
    size = (image.shape[0], image.shape[1])
    total = 0.0
    for patch in patches:
        tall, wide = patch.pixels.shape[:2]
        before = image[patch.y : patch.y + tall, patch.x : patch.x + wide]
        total += patch_rms(patch, before, size, spec) ** 2
    return total**0.5


def patch_rms(patch: Patch, before: np.ndarray, size_px: tuple[int, int], spec: VisionSpec) -> float:
    """RMS difference, in grey levels, over the visual tokens of the first view that one patch touches.

    Args:
        patch: the pixels to paste.
        before: (h, w, 3) uint8, the pixels that they replace.
        size_px: (height, width) of the source.
        spec: the model's token arithmetic.
    """
    view = fit((0.0, 0.0, float(size_px[1]), float(size_px[0])), spec)
    change = patch.pixels.astype(np.float64) - before
    down, across = (
        _cover(start, length, source / pixels, spec.factor_px)
        for start, length, source, pixels in zip(
            (patch.y, patch.x), change.shape[:2], size_px, view, strict=True
        )
    )
    seen = np.einsum("ij,jkc,lk->ilc", down, change, across, optimize=True)
    return float(np.sqrt(np.mean(seen**2)))


def _cover(start: int, length: int, step: float, grain_px: int) -> np.ndarray:
    """(view px of the touched tokens, source px) float64: share of each view px that a source px makes up."""
    first = floor(start / step / grain_px) * grain_px
    last = ceil((start + length) / step / grain_px) * grain_px
    low = np.arange(first, last)[:, None] * step
    source = np.arange(start, start + length)[None, :]
    return np.clip(np.minimum(low + step, source + 1) - np.maximum(low, source), 0.0, None) / step
