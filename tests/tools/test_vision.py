"""Visual tokens and coordinate conventions, against numbers measured on transformers."""

import math
import random

import pytest

from eyesmith.errors import UsageError
from eyesmith.tools.vision import GENERIC, QWEN2_5_VL, QWEN3_VL, VISION_SPECS, VisionSpec

SPECS = {28: QWEN2_5_VL, 32: QWEN3_VL}

# (width, height), factor, budget, (width, height) or None, tokens: measured with smart_resize of transformers
MEASURED = [
    ((4000, 3000), 28, 640, (812, 588), 609),
    ((4000, 3000), 28, 1280, (1148, 840), 1230),
    ((4000, 3000), 28, 4096, (2044, 1540), 4015),
    ((4000, 3000), 28, 16384, (4004, 2996), 15301),
    ((4000, 3000), 32, 640, (928, 672), 609),
    ((4000, 3000), 32, 1280, (1312, 960), 1230),
    ((4000, 3000), 32, 4096, (2336, 1760), 4015),
    ((4000, 3000), 32, 16384, (4000, 3008), 11750),
    *(
        (source, factor, budget, None, tokens)
        for source, factor, row in (
            ((8000, 6000), 28, (609, 1230, 4015, 16170)),
            ((8000, 6000), 32, (609, 1230, 4015, 16170)),
            ((1920, 1080), 28, (594, 1222, 2691, 2691)),
            ((1920, 1080), 32, (594, 1222, 2040, 2040)),
            ((400, 300), 28, (154, 154, 154, 154)),
            ((400, 300), 32, (108, 108, 108, 108)),
        )
        for budget, tokens in zip((640, 1280, 4096, 16384), row, strict=True)
    ),
]


@pytest.mark.parametrize(("source", "factor", "budget", "size", "tokens"), MEASURED)
def test_the_measured_table(source, factor, budget, size, tokens) -> None:
    spec = SPECS[factor]
    height, width = spec.size(source[1], source[0], max_tokens=budget)
    assert spec.tokens(height, width) == tokens
    if size is not None:
        assert (width, height) == size
    assert (height % factor, width % factor) == (0, 0)


def smart_resize(height: float, width: float, factor: int, least: int, most: int) -> tuple[int, int]:
    """The arithmetic of transformers, written out once more; that of qwen-vl-utils rounds no side to 0."""
    h, w = round(height / factor) * factor, round(width / factor) * factor
    if h * w > most:
        beta = math.sqrt(height * width / most)
        h = max(factor, math.floor(height / beta / factor) * factor)
        w = max(factor, math.floor(width / beta / factor) * factor)
    elif h * w < least:
        beta = math.sqrt(least / (height * width))
        h, w = math.ceil(height * beta / factor) * factor, math.ceil(width * beta / factor) * factor
    return h, w


def test_equal_to_the_published_arithmetic_and_idempotent() -> None:
    rng = random.Random(0)
    for i in range(20_000):
        spec = (QWEN2_5_VL, QWEN3_VL, GENERIC)[i % 3]
        width = math.exp(rng.uniform(math.log(4), math.log(9000)))
        height = width * math.exp(rng.uniform(-1, 1) * math.log(150))
        if i % 2:
            height, width = max(1, round(height)), max(1, round(width))
        if max(height, width) / min(height, width) > 100:
            continue
        budget = (None, 64, 640, 1280, 4096, 16384)[i % 6]
        size = spec.size(height, width, max_tokens=budget)
        most = budget or spec.max_tokens
        area = spec.factor_px**2
        assert size == smart_resize(height, width, spec.factor_px, spec.min_tokens * area, most * area)
        if min(size) > spec.factor_px:
            assert spec.size(*size, max_tokens=budget) == size
            assert spec.min_tokens <= spec.tokens(*size) <= most


@pytest.mark.parametrize("size", [(1, 201), (201, 1), (10, 2001), (0.1, 100)])
def test_too_long_a_picture(size) -> None:
    with pytest.raises(UsageError, match="aspect ratio over 200"):
        QWEN2_5_VL.size(*size)
    QWEN2_5_VL.size(1, 200)


@pytest.mark.parametrize(
    "size", [(0, 5), (5, 0), (-1, -1), (math.nan, 5), (math.inf, math.inf), (5, math.inf)]
)
def test_no_size(size) -> None:
    with pytest.raises(UsageError, match="positive width and height"):
        QWEN3_VL.size(*size)


@pytest.mark.parametrize("budget", [0, -1, 3])
def test_no_budget(budget) -> None:
    with pytest.raises(UsageError, match="max_tokens is at least 4"):
        QWEN3_VL.size(100, 100, max_tokens=budget)


@pytest.mark.parametrize(("frames", "groups"), [(1, 1), (2, 1), (3, 2), (4, 2), (80, 40)])
def test_frames_are_merged_in_pairs(frames, groups) -> None:
    assert QWEN2_5_VL.tokens(840, 1148, frames=frames) == 1230 * groups


# -- conventions


@pytest.mark.parametrize(
    ("spec", "bounds"),
    [(QWEN2_5_VL, (1148.0, 840.0)), (QWEN3_VL, (1000.0, 1000.0)), (GENERIC, (1.0, 1.0))],
    ids=lambda value: getattr(value, "coord", ""),
)
def test_conventions(spec, bounds) -> None:
    assert spec.bounds(840, 1148) == bounds
    assert spec.to_px((0.0, 0.0, *bounds), 840, 1148) == (0.0, 0.0, 1148.0, 840.0), "exact at the bounds"
    rng = random.Random(2)
    for _ in range(500):
        height, width = rng.randrange(28, 2000), rng.randrange(28, 2000)
        high_x, high_y = spec.bounds(height, width)
        x0, x1 = sorted((rng.uniform(0, high_x), rng.uniform(0, high_x)))
        y0, y1 = sorted((rng.uniform(0, high_y), rng.uniform(0, high_y)))
        px = spec.to_px((x0, y0, x1, y1), height, width)
        assert px == pytest.approx(
            (x0 / high_x * width, y0 / high_y * height, x1 / high_x * width, y1 / high_y * height)
        )
        assert spec.from_px(px, height, width) == pytest.approx((x0, y0, x1, y1), rel=1e-12, abs=1e-9)


def test_the_presets() -> None:
    assert {name: (spec.patch_px, spec.merge, spec.coord) for name, spec in VISION_SPECS.items()} == {
        "qwen2_5_vl": (14, 2, "abs_view"),
        "qwen3_vl": (16, 2, "norm1000"),
        "generic": (14, 2, "norm1"),
    }


@pytest.mark.parametrize(
    "wrong", [{"coord": "pixels"}, {"min_tokens": 0}, {"min_tokens": 9, "max_tokens": 8}]
)
def test_a_spec_that_cannot_be(wrong) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        VisionSpec("mine", 14, 2, **wrong)
