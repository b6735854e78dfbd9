"""A picture with a question, and a measure of how much looking is needed.

The information-gap certificate (prototype in no paper; the idea of degrading the global view is LFPC's,
arXiv 2603.27494): for each wrong answer the generator hands over the patches that would make the picture show
it. The picture passes if those patches change the first view by less than a grey level, and the right zoom by
more than ten. It bounds what a reader of pictures can see, not what can be computed: code that knows the
print, its place and the light to the pixel still tells answers apart (`docs/zoom_qa_cheats.md`). Where the
difference is 0, as in `swatch.py`, nothing can.
"""

__all__ = ["Certificate", "Patch", "Scene", "Target", "certify", "view_limits", "zoom_box"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, gcd
from typing import Any

import numpy as np

from ..tools.views import Box, View, ViewStore, resample
from ..tools.vision import VisionSpec

MAX_FIRST_RMS = 1.0
MIN_ZOOM_RMS = 10.0
PAD_SHARE = 0.15


@dataclass(frozen=True)
class Target:
    """What must be seen to answer.

    Args:
        box: x0, y0, x1, y1 in source px: the smallest box that holds the evidence.
        scale: view px per source px from which it can be read (12 px of cap height for text).
        weight: its share of the evidence.
    """

    box: Box
    scale: float
    weight: float = 1.0


@dataclass(frozen=True)
class Patch:
    """Pixels to paste: x, y of the upper left corner in source px, and (h, w, 3) uint8."""

    x: int
    y: int
    pixels: np.ndarray


@dataclass(frozen=True)
class Scene:
    """A picture and what is asked about it.

    Args:
        kind: the generator's name.
        image: (H, W, 3) uint8, about 12 megapixels.
        question: the question with its options, as the agent reads it.
        answer: the key, as `rewards.answer.match` takes it.
        targets: in the order in which an expert looks at them; the last one holds the answer.
        variants: for each of some wrong answers, the patches that would make the picture show it.
        secrets: texts of 4 characters and more that only the key and the picture hold.
        limits: bounds of this task, such as `{"max_tokens": 64}` per view.
        facts: whatever the tests and the docs want to know of the scene, JSON-able.
    """

    kind: str
    image: np.ndarray
    question: str
    answer: Mapping[str, Any]
    targets: tuple[Target, ...]
    variants: tuple[tuple[Patch, ...], ...]
    secrets: tuple[str, ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Certificate:
    """RMS difference, in grey levels, that the least visible wrong answer makes in each view.

    Args:
        first_rms: over the visual tokens of the first view that it touches.
        zoom_rms: over its patch in the right zoom.
    """

    first_rms: float
    zoom_rms: float

    @property
    def holds(self) -> bool:
        """Not readable at first, readable in the zoom."""
        return self.first_rms < MAX_FIRST_RMS and self.zoom_rms > MIN_ZOOM_RMS


def zoom_box(target: Target, size_px: tuple[int, int], *, pad: float = PAD_SHARE) -> Box:
    """The box an expert zooms to: the target, padded, brought to 4:3 or the target's own longer shape.

    Args:
        target: what to look at.
        size_px: (height, width) of the source.
        pad: share of the target's size added on each side.
    """
    height, width = size_px
    x0, y0, x1, y1 = target.box
    wide, tall = (x1 - x0) * (1 + 2 * pad) + 8, (y1 - y0) * (1 + 2 * pad) + 8
    wide, tall = max(wide, tall, 64.0), max(tall, wide * 0.75, 48.0)
    wide, tall = min(wide, float(width)), min(tall, float(height))
    left = min(max((x0 + x1 - wide) / 2, 0.0), width - wide)
    top = min(max((y0 + y1 - tall) / 2, 0.0), height - tall)
    return float(floor(left)), float(floor(top)), float(ceil(left + wide)), float(ceil(top + tall))


def certify(scene: Scene, spec: VisionSpec) -> Certificate:
    """Measure the information gap of a scene through the exact pipeline of its views.

    Every variant is pasted and pushed through the same resampling; the first view's difference is averaged
    over the visual tokens (`factor_px` squares) that the patches touch, and the largest over the variants
    counts; the zoom's is averaged over the patch, and the smallest counts.
    """
    size = scene.image.shape[:2]
    store = ViewStore(scene.image, spec, **view_limits(scene.limits))
    first = store.views[0]
    zooms = [store.add(zoom_box(target, (size[0], size[1]))) for target in scene.targets]
    first_rms = max(_rms(scene.image, first, patches, spec.factor_px) for patches in scene.variants)
    zoom_rms = [max(_rms(scene.image, zoom, patches, 1) for zoom in zooms) for patches in scene.variants]
    return Certificate(first_rms, min(zoom_rms))


def view_limits(limits: Mapping[str, Any]) -> dict[str, Any]:
    """The bounds of a task that a ViewStore takes."""
    return {name: limits[name] for name in ("max_tokens", "max_side_px") if name in limits}


def _rms(image: np.ndarray, view: View, patches: Sequence[Patch], grain_px: int) -> float:
    """Largest RMS difference within the squares of `grain_px` view px that a patch touches."""
    worst = 0.0
    for patch in patches:
        tall, wide = patch.pixels.shape[:2]
        box = view.from_source((patch.x, patch.y, patch.x + wide, patch.y + tall))
        x0, x1 = _squares(box[0], box[2], view.size[1], grain_px)
        y0, y1 = _squares(box[1], box[3], view.size[0], grain_px)
        if x0 >= x1 or y0 >= y1:
            continue
        left, right = _aligned(x0, x1, view.size[1], round(view.box[2] - view.box[0]))
        top, bottom = _aligned(y0, y1, view.size[0], round(view.box[3] - view.box[1]))
        part = view.to_source((left, top, right, bottom))
        size = (bottom - top, right - left)
        before = resample(image, part, size).astype(np.float32)
        after = resample(*_pasted(image, part, patches), size).astype(np.float32)
        difference = (after - before)[y0 - top : y1 - top, x0 - left : x1 - left]
        worst = max(worst, float(np.sqrt(np.mean(difference**2))))
    return worst


def _squares(low: float, high: float, size_px: int, grain_px: int) -> tuple[int, int]:
    """Whole squares of the grain that an interval touches, within the view."""
    return max(0, floor(low / grain_px) * grain_px), min(size_px, ceil(high / grain_px) * grain_px)


def _aligned(low: int, high: int, view_px: int, source_px: int) -> tuple[int, int]:
    """The smallest interval around one whose ends fall on whole source px, so that it resamples alone."""
    step = view_px // gcd(view_px, source_px)
    return low // step * step, min(view_px, -(-high // step) * step)


def _pasted(image: np.ndarray, part: Box, patches: Sequence[Patch]) -> tuple[np.ndarray, Box]:
    """A copy of a part of the image with the patches in it, and the part's box in that copy."""
    x0, y0, x1, y1 = floor(part[0] + 1e-6), floor(part[1] + 1e-6), ceil(part[2] - 1e-6), ceil(part[3] - 1e-6)
    copy = image[y0:y1, x0:x1].copy()
    for patch in patches:
        tall, wide = patch.pixels.shape[:2]
        left, top = max(patch.x, x0), max(patch.y, y0)
        right, bottom = min(patch.x + wide, x1), min(patch.y + tall, y1)
        if left < right and top < bottom:
            piece = patch.pixels[top - patch.y : bottom - patch.y, left - patch.x : right - patch.x]
            copy[top - y0 : bottom - y0, left - x0 : right - x0] = piece
    return copy, (part[0] - x0, part[1] - y0, part[2] - x0, part[3] - y0)
