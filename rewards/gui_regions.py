"""Where a screen changes, and how alike pictures are there.

Pictures only. Most of a screen stays as it is after an action, so that one average over all of it says
little: what changed and what did not are measured apart.
"""

__all__ = ["changed_region", "region_ssim"]

import cv2
import numpy as np

from ..errors import UsageError
from .image import WINDOW_PX, ssim_map
from .score import Score

LEAST_STEP = 10  # of 255: less is the same colour
GROWN_PX = 5
LEAST_SHARE = 0.0005
COMPARED_PX = 180


def changed_region(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """(H, W) bool: what differs between two pictures, and 5 px around it.

    Args:
        before: (H, W, 3) uint8.
        after: the same shape.

    Raises:
        UsageError: another shape or dtype.

    >>> before, after = np.zeros((32, 32, 3), np.uint8), np.zeros((32, 32, 3), np.uint8)
    >>> after[16, 16] = 255
    >>> int(changed_region(before, after).sum())
    121
    """
    if before.dtype != np.uint8 or before.ndim != 3 or before.shape != after.shape or after.dtype != np.uint8:
        raise UsageError(
            f"both pictures are (H, W, 3) uint8 of one shape, got {before.shape} {before.dtype} and "
            f"{after.shape} {after.dtype}"
        )
    step = cv2.absdiff(before, after).max(axis=2) >= LEAST_STEP
    side = 2 * GROWN_PX + 1
    return np.asarray(cv2.dilate(step.astype(np.uint8), np.ones((side, side), np.uint8))) > 0


def region_ssim(picture: np.ndarray, truth: np.ndarray, changed: np.ndarray) -> Score:
    """Structural similarity where the screen changes, and where it does not.

    Formula: parts `changed`, mean SSIM over the changed region, and `unchanged`, over what no window of the
    changed region reaches, each at least 0; the value is their mean. Where less than 0.05 % of the screen is
    left for one of them, it is the other's. SSIM as in `rewards/image.py:ssim`, of pictures 180 px wide: so a
    text that stands a pixel aside is nearly the same, and one of another font much the same.

    Args:
        picture: (H, W, 3) uint8.
        truth: the same shape.
        changed: (H, W) bool, as of `changed_region`.

    Raises:
        UsageError: another shape or dtype.

    >>> grey = np.full((16, 16, 3), 128, np.uint8)
    >>> region_ssim(grey, grey, np.eye(16) > 0).value
    1.0
    """
    if changed.dtype != np.bool_ or changed.shape != truth.shape[:2] or picture.shape != truth.shape:
        raise UsageError(
            f"pictures of one shape and a region of theirs, bool, are needed; got {picture.shape}, "
            f"{truth.shape} and {changed.shape} {changed.dtype}"
        )
    here = _shrunk(changed.astype(np.uint8) * 255) > 0
    reach = 2 * (WINDOW_PX // 2) + 1
    rest = np.asarray(cv2.dilate(here.astype(np.uint8), np.ones((reach, reach), np.uint8))) == 0
    levels = ssim_map(_shrunk(picture), _shrunk(truth))
    found = [
        _level(levels, mask) for mask in (here, rest) if np.count_nonzero(mask) > LEAST_SHARE * mask.size
    ]
    if not found:
        raise UsageError(f"a region of a screen needs pixels to compare; got pictures of {truth.shape}")
    parts = {"changed": found[0], "unchanged": found[-1]}
    told = f"similarity {parts['changed']:.2f} in the {here.mean():.0%} that change"
    why = f"{told}, {parts['unchanged']:.2f} elsewhere"
    return Score((parts["changed"] + parts["unchanged"]) / 2.0, parts, why)


def _shrunk(picture: np.ndarray) -> np.ndarray:
    """The picture at most 180 px wide."""
    height, width = picture.shape[:2]
    if width <= COMPARED_PX:
        return picture
    size = COMPARED_PX, max(WINDOW_PX, round(height * COMPARED_PX / width))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _level(levels: np.ndarray, mask: np.ndarray) -> float:
    """The mean over a mask, in [0, 1]."""
    return min(1.0, max(0.0, float(levels[mask].mean(dtype=np.float64))))
