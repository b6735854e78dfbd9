"""What was actually seen: targets resolved and area covered by views.

Everything is measured in px of the source picture, by geometry alone: no model judges. Knows neither the
picture nor the question.
"""

__all__ = ["RESOLVED_LEVEL", "area_share", "coverage", "evidence"]

import numpy as np

from ..errors import UsageError
from .score import Score

RESOLVED_LEVEL = 0.9
FLOAT_SLACK = 1e-9


def evidence(
    targets: np.ndarray, scales: np.ndarray, weights: np.ndarray, views: np.ndarray, view_scales: np.ndarray
) -> Score:
    """Weighted share of the targets that one of the views shows whole and large enough.

    Formula: E = sum_k w_k 1[e_k > 0.9] / sum_k w_k, e_k = max_j |V_j ∩ G_k| / |G_k| * min(1, s_j / scale_k).
    A whole-picture view has the area but not the scale, a one-pixel view the scale but not the area.
    Ours, after the evidence terms of ERGO (arXiv 2509.21991) and GRiP. No views score 0.

    Args:
        targets: (n, 4) float, x0 y0 x1 y1, source px, n >= 1.
        scales: (n,) view px per source px from which each target can be read, > 0.
        weights: (n,) >= 0, not all 0.
        views: (m, 4) float, x0 y0 x1 y1, source px.
        view_scales: (m,) view px per source px, > 0.

    Raises:
        UsageError: wrong shapes, empty or inverted boxes, or numbers out of range.

    >>> sign, first, zoom = [10, 10, 30, 20], [0, 0, 4000, 3000], [0, 0, 100, 75]
    >>> target = np.array([sign]), np.array([2.0]), np.ones(1)
    >>> evidence(*target, np.array([first]), np.array([0.3])).value
    0.0
    >>> evidence(*target, np.array([first, zoom]), np.array([0.3, 4.0])).value
    1.0
    """
    targets, views = _boxes(targets, "targets"), _boxes(views, "views")
    scales = _levels(scales, len(targets), "scales", zero=False)
    weights = _levels(weights, len(targets), "weights", zero=True)
    view_scales = _levels(view_scales, len(views), "view_scales", zero=False)
    if not weights.sum() > 0:
        raise UsageError(
            "evidence needs at least one target of positive weight; use coverage() where there is none"
        )
    low = np.maximum(targets[:, None, :2], views[None, :, :2])
    high = np.minimum(targets[:, None, 2:], views[None, :, 2:])
    shared = np.clip(high - low, 0.0, None).prod(axis=2) / _areas(targets)[:, None]
    levels = shared * np.minimum(1.0, view_scales[None, :] / scales[:, None])
    best = np.minimum(levels.max(axis=1, initial=0.0), 1.0)
    resolved = best > RESOLVED_LEVEL
    parts = {f"target_{k}": float(level) for k, level in enumerate(best)}
    why = f"{int(resolved.sum())} of {len(targets)} targets were seen whole and large enough"
    return Score(float(weights[resolved].sum() / weights.sum()), parts, why)


def coverage(region: np.ndarray, scale: float, views: np.ndarray, view_scales: np.ndarray) -> Score:
    """Share of a region's area that views of at least a scale cover together.

    Formula: |R ∩ union of V_j with s_j >= scale| / |R|; the union is exact, so the same view twice counts
    once. It is the evidence for "it is not there": who refuses must have looked.

    Args:
        region: (4,) float, x0 y0 x1 y1, source px.
        scale: view px per source px that an answer would need, > 0.
        views: (m, 4) float, x0 y0 x1 y1, source px.
        view_scales: (m,) view px per source px, > 0.

    Raises:
        UsageError: wrong shapes, empty or inverted boxes, or numbers out of range.

    >>> halves = np.array([[0, 0, 10, 5], [0, 0, 10, 5], [0, 5, 10, 10]])
    >>> coverage(np.array([0, 0, 10, 10]), 2.0, halves, np.array([2.0, 2.0, 1.0])).value
    0.5
    """
    whole = _boxes(np.asarray(region)[None], "region")[0]
    views = _boxes(views, "views")
    view_scales = _levels(view_scales, len(views), "view_scales", zero=False)
    least = _levels(np.array([scale]), 1, "scale", zero=False)[0]
    sharp = views[view_scales >= least * (1.0 - FLOAT_SLACK)]
    low = np.clip(sharp[:, :2], whole[:2], whole[2:])
    high = np.clip(sharp[:, 2:], whole[:2], whole[2:])
    xs, ys = (np.unique(np.concatenate([low[:, axis], high[:, axis]])) for axis in (0, 1))
    seen = np.zeros((max(len(ys) - 1, 0), max(len(xs) - 1, 0)), dtype=bool)
    for (x0, y0), (x1, y1) in zip(low, high, strict=True):
        columns, rows = np.searchsorted(xs, (x0, x1)), np.searchsorted(ys, (y0, y1))
        seen[rows[0] : rows[1], columns[0] : columns[1]] = True
    area = float(np.diff(ys) @ seen @ np.diff(xs)) if seen.size else 0.0
    share = min(1.0, area / float(_areas(whole[None])[0]))
    return Score(share, {"coverage": share}, f"{share:.0%} of the region was seen large enough")


def area_share(box: np.ndarray, *, size_px: tuple[int, int]) -> float:
    """Share of a picture's area that a box takes, in [0, 1]; what lies outside does not count.

    Args:
        box: (4,) float, x0 y0 x1 y1, px.
        size_px: (width, height), px.

    Raises:
        UsageError: not a box, or an empty picture.

    >>> area_share(np.array([0, 0, 50, 100]), size_px=(100, 100))
    0.5
    """
    width, height = size_px
    if width <= 0 or height <= 0:
        raise UsageError(f"size_px is (width, height) in px, both positive, got {size_px}")
    x0, y0, x1, y1 = (float(edge) for edge in _boxes(np.asarray(box)[None], "box")[0])
    wide, tall = min(x1, width) - max(x0, 0.0), min(y1, height) - max(y0, 0.0)
    return max(wide, 0.0) * max(tall, 0.0) / (width * height)


def _boxes(boxes: np.ndarray, name: str) -> np.ndarray:
    array = np.asarray(boxes, dtype=np.float64)
    if array.size == 0:
        array = array.reshape(0, 4)
    if array.ndim != 2 or array.shape[1] != 4:
        raise UsageError(f"{name}: expected x0 y0 x1 y1 in px for each box, got shape {np.shape(boxes)}")
    if not np.isfinite(array).all() or (array[:, :2] >= array[:, 2:]).any():
        raise UsageError(f"{name}: boxes are finite with x0 < x1 and y0 < y1, got {array.tolist()}")
    return array


def _levels(values: np.ndarray, count: int, name: str, *, zero: bool) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (count,):
        raise UsageError(f"{name}: expected shape ({count},), got {array.shape}")
    if not np.isfinite(array).all() or (array < 0).any() or (not zero and (array == 0).any()):
        raise UsageError(f"{name}: expected finite numbers {'>= 0' if zero else '> 0'}, got {array.tolist()}")
    return array


def _areas(boxes: np.ndarray) -> np.ndarray:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
