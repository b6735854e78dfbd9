"""What a vision model sees: token arithmetic and box convention.

Exact for Qwen2.5-VL and Qwen3-VL (`smart_resize` of transformers), so that a view that is already sized is
not resized again by the model's processor. Knows no pictures.
"""

__all__ = ["GENERIC", "QWEN2_5_VL", "QWEN3_VL", "VISION_SPECS", "Convention", "VisionSpec"]

from dataclasses import dataclass
from math import ceil, floor, inf, sqrt
from typing import Literal

from ..errors import UsageError

Convention = Literal["abs_view", "norm1000", "norm1"]

MAX_ASPECT = 200.0


@dataclass(frozen=True)
class VisionSpec:
    """How a model family counts visual tokens and writes boxes.

    Args:
        name: its name.
        patch_px: side of a patch.
        merge: patches merged per side into one token.
        min_tokens: fewest tokens of an image.
        max_tokens: most tokens of an image.
        coord: `abs_view` (px of the view), `norm1000` (0..1000) or `norm1` (0..1).
        temporal_patch: frames merged into one token.
    """

    name: str
    patch_px: int
    merge: int
    min_tokens: float = 4
    max_tokens: float = 1280
    coord: Convention = "abs_view"
    temporal_patch: int = 2

    def __post_init__(self) -> None:
        if self.coord not in ("abs_view", "norm1000", "norm1"):
            raise UsageError(f"coord must be abs_view, norm1000 or norm1, got {self.coord!r}")
        if not 1 <= self.min_tokens <= self.max_tokens:
            raise UsageError(f"1 <= min_tokens <= max_tokens, got {self.min_tokens} and {self.max_tokens}")

    @property
    def factor_px(self) -> int:
        """Side of the square of pixels behind one token."""
        return self.patch_px * self.merge

    def size(self, height_px: float, width_px: float, *, max_tokens: float | None = None) -> tuple[int, int]:
        """(height, width) in px that the processor would resize to: multiples of `factor_px` in the budget.

        Idempotent (a size that it returned is returned unchanged), but for pictures so long that the short
        side is held at one factor: those stay over the budget, and shrink when they are sized again.

        Raises:
            UsageError: an aspect ratio of over 200, which the processors refuse; no size, or no budget.

        >>> QWEN2_5_VL.size(3000, 4000), QWEN3_VL.size(3000, 4000, max_tokens=640)
        ((840, 1148), (672, 928))
        """
        if not (0 < height_px < inf and 0 < width_px < inf):
            raise UsageError(f"a picture has a positive width and height, got {width_px}x{height_px} px")
        if max_tokens is not None and max_tokens < self.min_tokens:
            raise UsageError(f"max_tokens is at least {self.min_tokens} for {self.name}, got {max_tokens}")
        if max(height_px, width_px) / min(height_px, width_px) > MAX_ASPECT:
            raise UsageError(f"aspect ratio over {MAX_ASPECT:g}: {width_px:g}x{height_px:g} px")
        f = self.factor_px
        most = (self.max_tokens if max_tokens is None else max_tokens) * f * f
        least = self.min_tokens * f * f
        # A side under half a factor becomes 0 here, as in transformers, so that the picture counts as small.
        height, width = round(height_px / f) * f, round(width_px / f) * f
        if height * width > most:
            beta = sqrt(height_px * width_px / most)
            return max(f, floor(height_px / beta / f) * f), max(f, floor(width_px / beta / f) * f)
        if height * width < least:
            beta = sqrt(least / (height_px * width_px))
            return ceil(height_px * beta / f) * f, ceil(width_px * beta / f) * f
        return height, width

    def tokens(self, height_px: int, width_px: int, *, frames: int = 1) -> int:
        """Visual tokens of an image (or of a video's frames) that already has a size of `size`.

        >>> QWEN2_5_VL.tokens(840, 1148)
        1230
        """
        groups = ceil(frames / self.temporal_patch) if frames > 1 else 1
        return groups * (height_px // self.factor_px) * (width_px // self.factor_px)

    def bounds(self, height_px: int, width_px: int) -> tuple[float, float]:
        """Largest (x, y) of a box on a view of that size, in the declared convention."""
        if self.coord == "abs_view":
            return float(width_px), float(height_px)
        high = 1000.0 if self.coord == "norm1000" else 1.0
        return high, high

    def to_px(
        self, box: tuple[float, float, float, float], height_px: int, width_px: int
    ) -> tuple[float, float, float, float]:
        """A box in the declared convention as px of the view; the caller has checked the bounds."""
        high_x, high_y = self.bounds(height_px, width_px)
        x0, y0, x1, y1 = box
        return (
            x0 / high_x * width_px,
            y0 / high_y * height_px,
            x1 / high_x * width_px,
            y1 / high_y * height_px,
        )

    def from_px(
        self, box: tuple[float, float, float, float], height_px: int, width_px: int
    ) -> tuple[float, float, float, float]:
        """A box in px of the view in the declared convention; the inverse of `to_px`."""
        high_x, high_y = self.bounds(height_px, width_px)
        x0, y0, x1, y1 = box
        return (
            x0 * high_x / width_px,
            y0 * high_y / height_px,
            x1 * high_x / width_px,
            y1 * high_y / height_px,
        )


QWEN2_5_VL = VisionSpec("qwen2_5_vl", 14, 2, coord="abs_view")
QWEN3_VL = VisionSpec("qwen3_vl", 16, 2, coord="norm1000")
GENERIC = VisionSpec("generic", 14, 2, coord="norm1")
VISION_SPECS = {spec.name: spec for spec in (QWEN2_5_VL, QWEN3_VL, GENERIC)}
