"""How near predicted frames come to the true ones, where something moves.

PSNR, SSIM and GMSD over views and time, as skill over repeating the last frame that was seen. Raw, they are
won by anything that copies: a robot scene of which only the robot is drawn right has an SSIM of 0.997.
Knows pictures only.
"""

__all__ = ["FidelityTruth", "fidelity", "frame_metrics", "gmsd", "horizon_weights", "psnr"]

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..errors import UsageError
from .image import WINDOW_PX, ssim_map
from .score import Score

PSNR_BEST_DB = 45.0
PSNR_SHOWN_DB = 50.0
CHANGED_LEVELS = 8
SPREAD_PX = 7
LEAST_MOVING = 0.002
LEAST_GAIN = 1e-3
MEASURES = ("psnr", "ssim", "gradients")
GMS_C = 170.0
MAX_PICTURES = 4096
MAX_PIXELS = 512 * 1024 * 1024
_PREWITT = np.array([[1, 0, -1]] * 3, np.float32)  # whole numbers: sums are exact in any order
_SPREAD = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (SPREAD_PX, SPREAD_PX))


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB; inf for equal pictures.

    Formula: 10 log10(255^2 / mean((a - b)^2)).

    Args:
        a: (..., 3) or (...) uint8.
        b: the same shape.

    Raises:
        UsageError: another shape or dtype.

    >>> round(psnr(np.zeros((8, 8), np.uint8), np.full((8, 8), 16, np.uint8)), 2)
    24.05
    """
    if a.dtype != np.uint8 or b.dtype != np.uint8 or a.shape != b.shape or not a.size:
        raise UsageError(f"psnr takes two uint8 pictures of one shape, got {a.shape} and {b.shape}")
    error = float(((a.astype(np.float32) - b) ** 2).mean(dtype=np.float64))
    return float("inf") if error == 0.0 else 10.0 * float(np.log10(255.0**2 / error))


def gmsd(a: np.ndarray, b: np.ndarray) -> float:
    """Gradient magnitude similarity deviation: 0 for equal pictures, more for worse ones.

    Formula: standard deviation of (2 ga gb + c)/(ga^2 + gb^2 + c), c = 170, g the Prewitt gradient's
    magnitude of the grey picture, averaged over 2x2 px and taken at every second pixel (Xue et al. 2014,
    equations 3 to 6).

    Args:
        a: (H, W, 3) or (H, W) uint8, at least 8 px wide and high.
        b: the same shape.

    Raises:
        UsageError: another shape or dtype.

    >>> gmsd(np.eye(16, dtype=np.uint8) * 255, np.eye(16, dtype=np.uint8) * 255)
    0.0
    """
    for name, picture in (("a", a), ("b", b)):
        fits = picture.dtype == np.uint8 and picture.ndim in (2, 3) and picture.shape[2:] in ((), (3,))
        if not fits or picture.shape != a.shape or min(picture.shape[:2]) < 8:
            raise UsageError(f"{name}: gmsd takes two uint8 pictures of one shape, got {a.shape}, {b.shape}")
    return float(_similarity(_gradient(_grey(a)), _gradient(_grey(b))).std(dtype=np.float64))


def horizon_weights(frames: int) -> np.ndarray:
    """(frames,) weights that sum to 1 and grow with the horizon: w_t = t / sum, because errors compound.

    >>> horizon_weights(3).round(3).tolist()
    [0.167, 0.333, 0.5]
    """
    steps = np.arange(1, frames + 1, dtype=float)
    return steps / steps.sum()


@dataclass(frozen=True, eq=False)
class _Still:
    """One true picture beside the last one that was seen, and what repeating that one scores."""

    moving: np.ndarray
    """(H, W) uint8, 255 where something moves."""
    area_px: int
    grey: np.ndarray
    copied: tuple[float, float, float]
    """PSNR, SSIM and gradient similarity of the copy over what moves."""


class FidelityTruth:
    """True frames, prepared once to grade many predictions.

    Args:
        true: (frames, views, H, W, 3) uint8, H and W at least 8.
        last: (views, H, W, 3) uint8: the last frames that were seen.
        frame_weights: (frames,) >= 0, or None for `horizon_weights`.
        view_weights: (views,) >= 0, or None for equal ones.

    Raises:
        UsageError: shapes or dtypes that do not fit, or weights below 0.
    """

    def __init__(
        self,
        true: np.ndarray,
        last: np.ndarray,
        *,
        frame_weights: np.ndarray | None = None,
        view_weights: Sequence[float] | None = None,
    ) -> None:
        self.true, self.last = _frames("true", true), _frames("last", np.asarray(last)[None])[0]
        if self.last.shape != self.true.shape[1:]:
            raise UsageError(f"last: expected the shape {self.true.shape[1:]}, got {self.last.shape}")
        frames, views = self.true.shape[:2]
        equal = np.ones(views)
        growing = horizon_weights(frames)
        self.frame_weights = _shares(
            "frame_weights", growing if frame_weights is None else frame_weights, frames
        )
        self.view_weights = _shares("view_weights", equal if view_weights is None else view_weights, views)
        seen = [(_grey(picture), _gradient(_grey(picture))) for picture in self.last]
        self._stills = [[_still(row[v], self.last[v], seen[v]) for v in range(views)] for row in self.true]

    @property
    def has_motion(self) -> bool:
        """Whether something moves in any frame, without which there is no skill."""
        return any(one.area_px for row in self._stills for one in row)

    def levels(self, pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Skill of each frame and view, and which of them count.

        Args:
            pred: (frames, views, H, W, 3) uint8.

        Returns:
            (frames, views, 3) skills of PSNR, SSIM and gradients in [0, 1], and (frames, views) bool: False
            where nothing moves, neither in truth nor in the prediction.

        Raises:
            UsageError: another shape or dtype.
        """
        pred = np.asarray(pred)
        if pred.dtype != np.uint8 or pred.shape != self.true.shape:
            raise UsageError(
                f"pred: expected uint8 frames of shape {self.true.shape} (frames, views, height, width, 3), "
                f"got {pred.shape} {pred.dtype}"
            )
        skills, counts = np.zeros((*pred.shape[:2], 3)), np.zeros(pred.shape[:2], bool)
        for t, row in enumerate(self._stills):
            for v, still in enumerate(row):
                skills[t, v], counts[t, v] = _skills(pred[t, v], self.true[t, v], self.last[v], still)
        return skills, counts


def fidelity(pred: np.ndarray, truth: FidelityTruth) -> Score:
    """How near frames come to the true ones, as skill over repeating the last frame that was seen.

    Formula: F = weighted mean over frames and views of (psnr + ssim + gms)/3, each
    clip((m - m_copy)/(m_best - m_copy), 0, 1). m is measured over the pixels that change by more than 8
    levels from the last frame, in truth (spread by 7 px) or in the prediction, but divided by the true area
    only: noise elsewhere costs and cannot dilute. m_best: 45 dB, 1, 1; gms is 1 minus the root mean square of
    1 - similarity of gradients, since a deviation from the mean is small where all is equally wrong.
    Frames without motion on either side do not count. Ours, after the rewards of PersistWorld
    (arXiv 2603.25685) and gradient similarity (Xue et al. 2014).

    Args:
        pred: (frames, views, H, W, 3) uint8.
        truth: the true frames.

    Raises:
        UsageError: another shape or dtype, or true frames in which nothing moves.

    >>> last = np.zeros((1, 32, 32, 3), np.uint8)
    >>> true = np.zeros((2, 1, 32, 32, 3), np.uint8); true[:, :, 8:16, 8:16] = 200
    >>> truth = FidelityTruth(true, last)
    >>> fidelity(true, truth).value, fidelity(np.zeros_like(true), truth).value
    (1.0, 0.0)
    """
    if not truth.has_motion:
        raise UsageError("nothing moves in the true frames: there is no skill over the last frame")
    skills, counts = truth.levels(pred)
    weights = truth.frame_weights[:, None] * truth.view_weights * counts
    reached = (weights[..., None] * skills).sum(axis=(0, 1)) / weights.sum()
    reached[np.all(skills[counts] == 1.0, axis=0)] = 1.0  # a weighted mean of ones may round below 1
    parts = {name: float(reached[i]) for i, name in enumerate(MEASURES)}
    value = float(reached.sum()) / len(MEASURES)
    told = ", ".join(f"{name} {level:.2f}" for name, level in parts.items())
    return Score(value, parts, f"skill over the last frame: {told}")


def frame_metrics(pred: np.ndarray, true: np.ndarray) -> dict[str, np.ndarray]:
    """Plain PSNR (at most 50 dB), SSIM and GMSD of whole frames, the columns of published tables.

    Args:
        pred: (frames, views, H, W, 3) uint8.
        true: the same shape.

    Returns:
        `psnr`, `ssim`, `gmsd`: (frames, views) each; SSIM of grey pictures.

    Raises:
        UsageError: another shape or dtype.
    """
    true = _frames("true", true)
    pred = _frames("pred", pred)
    if pred.shape != true.shape:
        raise UsageError(f"pred: expected the shape {true.shape}, got {pred.shape}")
    found = {name: np.zeros(true.shape[:2]) for name in ("psnr", "ssim", "gmsd")}
    for place in np.ndindex(*true.shape[:2]):
        one, other = pred[place], true[place]
        grey_one, grey_other = _grey(one), _grey(other)
        error = cv2.norm(one, other, cv2.NORM_L2SQR) / other.size
        found["psnr"][place] = PSNR_SHOWN_DB if error == 0.0 else min(PSNR_SHOWN_DB, _decibels(error))
        found["ssim"][place] = max(0.0, float(ssim_map(grey_one, grey_other).mean(dtype=np.float64)))
        gradients = _similarity(_gradient(grey_one), _gradient(grey_other))
        found["gmsd"][place] = float(gradients.std(dtype=np.float64))
    return found


def _still(true: np.ndarray, last: np.ndarray, seen: tuple[np.ndarray, np.ndarray]) -> _Still:
    moving = cv2.dilate(_changed(true, last), _SPREAD)
    area = cv2.countNonZero(moving)
    grey = _grey(true)
    if area < LEAST_MOVING * moving.size:
        return _Still(np.zeros_like(moving), 0, grey, (0.0, 0.0, 0.0))
    return _Still(moving, area, grey, _measures(last, true, seen, (grey, _gradient(grey)), area, moving))


def _skills(
    pred: np.ndarray, true: np.ndarray, last: np.ndarray, still: _Still
) -> tuple[tuple[float, float, float], bool]:
    changed = _changed(pred, last)
    if not still.area_px:
        return (0.0, 0.0, 0.0), cv2.countNonZero(changed) >= LEAST_MOVING * changed.size
    where = cv2.bitwise_or(changed, still.moving)
    x, y, wide, high = cv2.boundingRect(where)
    rows, columns = _around(y, high, len(where)), _around(x, wide, where.shape[1])
    cut = (rows, columns)
    grey, other = _grey(pred[cut]), still.grey[cut]
    # Anew, although the whole one is known: halving a cut-out must be the same on both sides.
    pair = (grey, _gradient(grey)), (other, _gradient(other))
    reached = _measures(pred[cut], true[cut], *pair, still.area_px, where[cut])
    best = (PSNR_BEST_DB, 1.0, 1.0)
    skills = [
        min(1.0, max(0.0, (own - copy) / max(top - copy, LEAST_GAIN)))
        for own, copy, top in zip(reached, still.copied, best, strict=True)
    ]
    return (skills[0], skills[1], skills[2]), True


def _around(first: int, length: int, size: int) -> slice:
    """A range grown by a window and to even ends, so that halved pictures line up."""
    low = max(0, first - WINDOW_PX) // 2 * 2
    high = min(size, first + length + WINDOW_PX + 1)
    return slice(low, max(high, min(size, low + 2 * WINDOW_PX)))


def _measures(
    pred: np.ndarray,
    true: np.ndarray,
    own: tuple[np.ndarray, np.ndarray],
    other: tuple[np.ndarray, np.ndarray],
    area_px: int,
    where: np.ndarray,
) -> tuple[float, float, float]:
    """PSNR, SSIM and gradient similarity over a mask, losses divided by what moves in truth.

    Args:
        pred: (h, w, 3) uint8.
        true: (h, w, 3) uint8.
        own: grey picture and gradient of `pred`.
        other: grey picture and gradient of `true`.
        area_px: what moves in truth.
        where: (h, w) uint8 mask.
    """
    error = cv2.norm(pred, true, cv2.NORM_L2SQR, where) / (3.0 * area_px)
    noise = PSNR_BEST_DB if error == 0.0 else min(PSNR_BEST_DB, _decibels(error))
    lost = float(((1.0 - ssim_map(own[0], other[0])) * (where > 0)).sum(dtype=np.float64)) / area_px
    high, wide = own[1].shape
    halved = where[: 2 * high : 2, : 2 * wide : 2] > 0
    apart = (1.0 - _similarity(own[1], other[1])) * halved
    deviation = float(np.sqrt(4.0 * float((apart * apart).sum(dtype=np.float64)) / area_px))
    return noise, max(0.0, 1.0 - lost), max(0.0, 1.0 - deviation)


def _decibels(error: float) -> float:
    return 10.0 * float(np.log10(255.0**2 / error))


def _changed(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(H, W) uint8, 255 where some channel differs by more than 8 levels."""
    apart = cv2.absdiff(a, b)
    largest = cv2.max(cv2.max(apart[..., 0], apart[..., 1]), apart[..., 2])
    return cv2.threshold(largest, CHANGED_LEVELS, 255, cv2.THRESH_BINARY)[1]


def _grey(picture: np.ndarray) -> np.ndarray:
    return picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def _gradient(grey: np.ndarray) -> np.ndarray:
    """Magnitude of the Prewitt gradient of the halved picture, float32."""
    high, wide = grey.shape
    halved = cv2.resize(
        grey[: high // 2 * 2, : wide // 2 * 2], (wide // 2, high // 2), interpolation=cv2.INTER_AREA
    )
    across = cv2.filter2D(halved, cv2.CV_32F, _PREWITT)
    down = cv2.filter2D(halved, cv2.CV_32F, _PREWITT.T)
    # Not cv2.magnitude: its last digit depends on where in memory the picture happens to lie.
    return np.sqrt(across * across + down * down) / np.float32(3.0)


def _similarity(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (2.0 * a * b + np.float32(GMS_C)) / (a * a + b * b + np.float32(GMS_C))


def _frames(name: str, frames: np.ndarray) -> np.ndarray:
    array = np.asarray(frames)
    fits = array.dtype == np.uint8 and array.ndim == 5 and array.shape[4:] == (3,)
    if not fits or min(array.shape) < 1 or min(array.shape[2:4]) < 2 * WINDOW_PX:
        raise UsageError(
            f"{name}: expected uint8 frames (frames, views, height, width, 3) of at least "
            f"{2 * WINDOW_PX} px, got {array.shape} {array.dtype}"
        )
    if array.shape[0] * array.shape[1] > MAX_PICTURES or array.size > MAX_PIXELS:
        raise UsageError(f"{name}: at most {MAX_PICTURES} pictures and {MAX_PIXELS} bytes, got {array.shape}")
    return np.ascontiguousarray(array)


def _shares(name: str, weights: np.ndarray | Sequence[float], count: int) -> np.ndarray:
    array = np.asarray(weights, float)
    if array.shape != (count,) or not np.isfinite(array).all() or (array < 0).any() or not array.sum() > 0:
        raise UsageError(f"{name}: expected {count} numbers >= 0, not all 0, got shape {array.shape}")
    return array / array.sum()
