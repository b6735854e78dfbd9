"""Colours: how far two look apart, how alike two palettes are.

Knows pictures and sRGB triples only.
"""

__all__ = ["delta_e", "palette", "palette_of"]

import numpy as np

from ..errors import UsageError
from .assignment import best_pairs
from .score import Score

COLORS = 8
STEP_PX = 3
BITS = 4  # of each channel: what shares them is one colour of a palette
FAR = 30.0  # ΔE00 at which two colours have nothing in common

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
_LEVELS = np.arange(256) / 255.0
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)


def delta_e(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """CIEDE2000 between each colour of two lists: (n, m) float64, about 0 to 100; 1 can just be seen.

    Sharma, Wu and Dalal 2005, equations 2 to 22, kL = kC = kH = 1; sRGB under D65.

    Args:
        first: (n, 3) sRGB, 0 to 255, rounded to whole numbers.
        second: (m, 3) likewise.

    >>> delta_e(np.array([[255, 255, 255]]), np.array([[255, 255, 255], [0, 0, 0]])).round(2).tolist()
    [[0.0, 100.0]]
    """
    return _lab_difference(_lab(first)[:, None, :], _lab(second)[None, :, :])


def palette_of(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The commonest colours of a picture and how much each says.

    Colours are means over bins of 16 levels a channel. Weights are roots of areas, normalised: an accent is
    small and yet says much.

    Args:
        picture: (H, W, 3) uint8.

    Returns:
        (n, 3) float64 sRGB and (n,) float64 weights that sum to 1; n is at most 8.

    Raises:
        UsageError: another shape or dtype.
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        raise UsageError(f"picture: expected (H, W, 3) uint8, got {picture.shape} {picture.dtype}")
    pixels = picture[::STEP_PX, ::STEP_PX].reshape(-1, 3)
    cut = (pixels >> (8 - BITS)).astype(np.int32)
    bins = (cut[:, 0] << 2 * BITS) + (cut[:, 1] << BITS) + cut[:, 2]
    counts = np.bincount(bins, minlength=1 << 3 * BITS)
    most = np.argsort(-counts, kind="stable")[:COLORS]
    most = most[counts[most] > 0]
    sums = [
        np.bincount(bins, weights=pixels[:, channel], minlength=len(counts))[most] for channel in range(3)
    ]
    weights = np.sqrt(counts[most] / len(pixels))
    return np.stack(sums, axis=1) / counts[most, None], weights / weights.sum()


def palette(picture: np.ndarray, truth: np.ndarray) -> Score:
    """How alike the palettes of two pictures are.

    Formula: sum over pairs of min(w, w') * max(0, 1 - ΔE00 / 30), pairs by the best assignment of the eight
    commonest colours, w the root of a colour's area, normalised. Ours.

    Args:
        picture: (H, W, 3) uint8.
        truth: (H', W', 3) uint8.

    Raises:
        UsageError: another shape or dtype.

    >>> red, blue = (np.full((8, 8, 3), color, np.uint8) for color in ((255, 0, 0), (0, 0, 255)))
    >>> palette(red, red).value, palette(red, blue).value
    (1.0, 0.0)
    """
    (colors, weights), (wanted, shares) = palette_of(picture), palette_of(truth)
    alike = np.clip(1.0 - delta_e(colors, wanted) / FAR, 0.0, None)
    worth = np.minimum(weights[:, None], shares[None, :]) * alike
    rows, columns = best_pairs(worth)
    value = min(1.0, float(worth[rows, columns].sum()))
    value = 1.0 if value > 1.0 - 1e-9 else value
    return Score(value, {"palette": value}, f"palettes alike by {value:.2f}")


def _lab(colors: np.ndarray) -> np.ndarray:
    """CIELAB of sRGB."""
    levels = np.clip(np.rint(np.asarray(colors, np.float64)), 0, 255).astype(np.intp).reshape(-1, 3)
    xyz = _LINEAR[levels] @ _TO_XYZ.T / _WHITE
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack(
        [116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1
    )


def _lab_difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """ΔE00 of CIELAB colours (..., 3) that broadcast; names follow Sharma et al."""
    l1, a1, b1 = one[..., 0], one[..., 1], one[..., 2]
    l2, a2, b2 = other[..., 0], other[..., 1], other[..., 2]
    c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(c7 / (c7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    is_grey = c1 * c2 == 0
    turn = np.where(is_grey, 0.0, (h2 - h1 + 180) % 360 - 180)
    turn = np.where((turn == -180) & (h2 > h1), 180.0, turn)
    d_l, d_c = l2 - l1, c2 - c1
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    l_mean, c_mean = (l1 + l2) / 2, (c1 + c2) / 2
    apart = np.abs(h1 - h2) > 180
    h_mean = np.where(
        is_grey, h1 + h2, (h1 + h2 + np.where(apart, np.where(h1 + h2 < 360, 360.0, -360.0), 0.0)) / 2
    )
    t = (
        1
        - 0.17 * np.cos(np.radians(h_mean - 30))
        + 0.24 * np.cos(np.radians(2 * h_mean))
        + 0.32 * np.cos(np.radians(3 * h_mean + 6))
        - 0.20 * np.cos(np.radians(4 * h_mean - 63))
    )
    lift = (l_mean - 50) ** 2
    s_l = 1 + 0.015 * lift / np.sqrt(20 + lift)
    s_c, s_h = 1 + 0.045 * c_mean, 1 + 0.015 * c_mean * t
    c7 = c_mean**7
    r_t = -2 * np.sqrt(c7 / (c7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((h_mean - 275) / 25) ** 2))))
    light, chroma, hue = d_l / s_l, d_c / s_c, d_h / s_h
    return np.sqrt(np.maximum(light**2 + chroma**2 + hue**2 + r_t * chroma * hue, 0.0))
