"""Views of a picture, each resampled from the source itself.

A view is a box in the source and a size in px, so an affine transform leads back from each view. Knows the
picture and nothing of what is asked about it.
"""

__all__ = ["MAX_SIDE_PX", "View", "ViewStore", "VisionSpec", "fit", "resample"]

from dataclasses import dataclass
from math import ceil, floor

import cv2
import numpy as np

from ..errors import UsageError
from .vision import VisionSpec

MAX_SIDE_PX = 1120
MAX_UPSCALE = 4.0

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class View:
    """A view of the source.

    Args:
        id: `v0` is the first view.
        box: x0, y0, x1, y1 in source px.
        size: (height, width) in px.
        tokens: visual tokens.
    """

    id: str
    box: Box
    size: tuple[int, int]
    tokens: int

    @property
    def scale(self) -> float:
        """View px per source px: the smaller of the two axes."""
        x0, y0, x1, y1 = self.box
        return min(self.size[1] / (x1 - x0), self.size[0] / (y1 - y0))

    def to_source(self, box: Box) -> Box:
        """A box in view px as source px."""
        x0, y0, x1, y1 = self.box
        per_x, per_y = (x1 - x0) / self.size[1], (y1 - y0) / self.size[0]
        return x0 + box[0] * per_x, y0 + box[1] * per_y, x0 + box[2] * per_x, y0 + box[3] * per_y

    def from_source(self, box: Box) -> Box:
        """A box in source px as view px; may lie outside the view."""
        x0, y0, x1, y1 = self.box
        per_x, per_y = self.size[1] / (x1 - x0), self.size[0] / (y1 - y0)
        return (box[0] - x0) * per_x, (box[1] - y0) * per_y, (box[2] - x0) * per_x, (box[3] - y0) * per_y


def fit(
    box: Box,
    spec: VisionSpec,
    *,
    max_tokens: int | None = None,
    max_side_px: int = MAX_SIDE_PX,
    max_scale: float = MAX_UPSCALE,
) -> tuple[int, int]:
    """(height, width) of a view of that source box: as large as budget, side limit and upscaling allow."""
    width, height = box[2] - box[0], box[3] - box[1]
    budget = spec.max_tokens if max_tokens is None else min(max_tokens, spec.max_tokens)
    scale = min(max_side_px / max(width, height), max_scale)
    limit = floor(max_side_px / spec.factor_px) * spec.factor_px
    tall, wide = spec.size(height * scale, width * scale, max_tokens=budget)
    size = min(tall, limit), min(wide, limit)
    while spec.tokens(*size) > budget:  # a short side held at one factor leaves a long picture over it
        size = spec.size(*size, max_tokens=budget)
    return size


def resample(source: np.ndarray, box: Box, size: tuple[int, int]) -> np.ndarray:
    """A crop of the source at a size: cubic when enlarging, area average when shrinking.

    Box edges are rounded to whole source px, at least one px wide.

    Args:
        source: (H, W, 3) uint8.
        box: x0, y0, x1, y1 in source px, inside the source.
        size: (height, width) in px.
    """
    x0, y0 = min(floor(box[0] + 1e-6), source.shape[1] - 1), min(floor(box[1] + 1e-6), source.shape[0] - 1)
    x1, y1 = max(x0 + 1, ceil(box[2] - 1e-6)), max(y0 + 1, ceil(box[3] - 1e-6))
    crop = source[y0:y1, x0:x1]
    shrinks = crop.shape[0] >= size[0] and crop.shape[1] >= size[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return cv2.resize(crop, (size[1], size[0]), interpolation=how)


class ViewStore:
    """The picture and the views of it that have been made so far."""

    def __init__(
        self,
        source: np.ndarray,
        spec: VisionSpec,
        *,
        max_tokens: int | None = None,
        max_side_px: int = MAX_SIDE_PX,
        first: np.ndarray | None = None,
    ) -> None:
        """Make the first view.

        Args:
            source: (H, W, 3) uint8; shared, never written.
            spec: token arithmetic and coordinate convention.
            max_tokens: budget of a view, at most the spec's.
            max_side_px: longest side of a view.
            first: the first view's pixels, when they were made before.
        """
        if source.dtype != np.uint8 or source.ndim != 3 or source.shape[2] != 3:
            raise UsageError(f"a picture is (H, W, 3) uint8, got {source.shape} {source.dtype}")
        self.source = source
        self.spec = spec
        self.max_tokens = max_tokens
        self.max_side_px = max_side_px
        self.views: list[View] = []
        self._first = first
        self.add((0.0, 0.0, float(source.shape[1]), float(source.shape[0])))

    @property
    def tokens(self) -> int:
        """Visual tokens of all views so far."""
        return sum(view.tokens for view in self.views)

    def get(self, view_id: str) -> View | None:
        """A view by its id."""
        return next((view for view in self.views if view.id == view_id), None)

    def add(self, box: Box) -> View:
        """Make a view of a source box (clipped to the source) and remember it."""
        height, width = self.source.shape[:2]
        clipped = (max(0.0, box[0]), max(0.0, box[1]), min(float(width), box[2]), min(float(height), box[3]))
        size = fit(
            clipped,
            self.spec,
            max_tokens=self.max_tokens,
            max_side_px=self.max_side_px,
            max_scale=MAX_UPSCALE if self.views else 1.0,
        )
        view = View(f"v{len(self.views)}", clipped, size, self.spec.tokens(*size))
        self.views.append(view)
        return view

    def pixels(self, view_id: str) -> np.ndarray:
        """(H, W, 3) uint8 of a view; a fresh array but for the first view, which is made once.

        Raises:
            UsageError: no such view.
        """
        view = self.get(view_id)
        if view is None:
            raise UsageError(f"there is no view {view_id!r}; there are {[v.id for v in self.views]}")
        if view.id != "v0":
            return resample(self.source, view.box, view.size)
        if self._first is None:
            self._first = resample(self.source, view.box, view.size)
        return self._first
