"""The zoom hand: good boxes make views, boxes of another convention are errors, never guesses."""

import random

import numpy as np
import pytest

from eyesmith.tools.tool import declared_tools
from eyesmith.tools.views import ViewStore
from eyesmith.tools.vision import GENERIC, QWEN2_5_VL, QWEN3_VL
from eyesmith.tools.zoom import ZoomHand

SPECS = (QWEN2_5_VL, QWEN3_VL, GENERIC)


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), np.uint8)


@pytest.fixture
def hand(picture):
    return lambda spec: ZoomHand(ViewStore(picture, spec))


GOOD = {
    "abs_view": [
        [0, 0, 1120, 840],
        [100.5, 50, 400, 300],
        [1000, 700, 1120, 840],
        [0, 0, 8, 8],
        [0, 0, 1120, 56],
    ],
    "norm1000": [
        [0, 0, 1000, 1000],
        [100.5, 50, 400, 300],
        [900, 900, 1000, 1000],
        [0, 0, 8, 11],
        [0, 0, 1000, 67],
    ],
    "norm1": [
        [0, 0, 1, 1],
        [0.1, 0.05, 0.4, 0.3],
        [0.9, 0.9, 1.0, 1.0],
        [0.0, 0.0, 0.008, 0.011],
        [0, 0, 1, 0.067],
    ],
}
LEAVES, TURNED, SMALL, LONG = (
    "leaves the view",
    "empty or turned round",
    "px are needed",
    "as long as it is wide",
)
BAD = {
    "abs_view": [
        ([-1, 0, 50, 50], LEAVES),
        ([0, 0, 1121, 840], LEAVES),
        ([0, 0, 1120, 840.5], LEAVES),
        ([0, 0, 1e308, 1e308], LEAVES),
        ([50, 50, 50, 90], TURNED),
        ([90, 90, 50, 50], TURNED),
        ([0.1, 0.2, 0.5, 0.6], SMALL),  # fractions
        ([0, 0, 0.5, 800], SMALL),
        ([0, 0, 1120, 40], LONG),
        ([0, 100, 30, 840], LONG),
    ],
    "norm1000": [
        ([0, 0, 1001, 1000], LEAVES),
        ([0, 0, 1312, 960], LEAVES),  # pixels
        ([-0.1, 0, 500, 500], LEAVES),
        ([500, 0, 500, 500], TURNED),
        ([0.1, 0.2, 0.5, 0.6], SMALL),  # fractions
        ([0, 0, 1000, 30], LONG),
    ],
    "norm1": [
        ([0, 0, 1.001, 1], LEAVES),
        ([0, 0, 100, 100], LEAVES),  # pixels
        ([0, 0, 1000, 1000], LEAVES),  # thousandths
        ([0.5, 0.5, 0.4, 0.6], TURNED),
        ([0.1, 0.1, 0.101, 0.101], SMALL),
        ([0, 0, 1, 0.03], LONG),
    ],
}


@pytest.mark.parametrize(
    ("spec", "box"), [(spec, box) for spec in SPECS for box in GOOD[spec.coord]], ids=str
)
def test_good_boxes(hand, spec, box) -> None:
    made = hand(spec)
    result = made.zoom_in(box)
    assert result.error == ""
    text, image = result.parts
    view = made.store.views[1]
    assert view.box == pytest.approx(
        made.store.views[0].to_source(spec.to_px(tuple(box), *made.store.views[0].size)), abs=1e-9
    )
    assert image.label == view.id == "v1"
    assert image.array.shape[:2] == view.size
    assert text.startswith(f"v1: {view.size[1]}x{view.size[0]} px, ")
    assert text.endswith("x the detail of v0")


@pytest.mark.parametrize(
    ("spec", "box", "words"), [(spec, *row) for spec in SPECS for row in BAD[spec.coord]], ids=str
)
def test_bad_boxes(hand, spec, box, words) -> None:
    made = hand(spec)
    result = made.zoom_in(box)
    assert result.error == "bad_box"
    assert words in result.parts[0]
    assert len(made.store.views) == 1, "a refused box makes no view"
    if words in (LEAVES, TURNED, SMALL):
        high = made.store.spec.bounds(*made.store.views[0].size)
        assert f"0 to {high[0]:g} across and 0 to {high[1]:g} down" in result.parts[0]


def test_views_of_views(hand) -> None:
    made = hand(QWEN2_5_VL)
    made.zoom_in([100, 100, 500, 400])
    result = made.zoom_in([0, 0, 200, 150], image="v1")
    assert result.error == ""
    assert made.store.views[2].box == pytest.approx(made.store.views[1].to_source((0, 0, 200, 150)))
    assert made.zoom_in([0, 0, 1120, 841], image="v1").error == "bad_box"


def test_unknown_views_are_told_shortly(hand) -> None:
    made = hand(QWEN2_5_VL)
    for name in ("v1", "", "V0", "é\ud800", "v" * 100_000, "'\"\n"):
        result = made.zoom_in([0, 0, 100, 100], image=name)
        assert result.error == "unknown_view"
        assert "there are: v0" in result.parts[0]
        assert len(result.parts[0]) < 120


@pytest.mark.parametrize("shape", [(5, 5), (28, 28), (3, 60), (40, 300), (2100, 11), (9, 9)])
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.coord)
def test_the_whole_of_any_small_picture_is_a_good_box(shape, spec) -> None:
    made = ZoomHand(ViewStore(np.zeros((*shape, 3), np.uint8), spec))
    high_x, high_y = spec.bounds(*made.store.views[0].size)
    result = made.zoom_in([0.0, 0.0, high_x, high_y])
    if max(shape) <= 20 * min(shape):
        assert result.error == ""
        assert made.store.views[1].box == (0.0, 0.0, float(shape[1]), float(shape[0]))
    else:
        assert LONG in result.parts[0]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.coord)
def test_any_box_is_answered(hand, spec) -> None:
    rng = random.Random(7)
    made = hand(spec)
    errors = 0
    for _ in range(2000):
        view = rng.choice(made.store.views[:3])
        high_x, high_y = spec.bounds(*view.size)
        xs, ys = [[rng.uniform(-0.02, 1.02) * high for _ in range(2)] for high in (high_x, high_y)]
        if rng.random() < 0.9:
            xs, ys = sorted(xs), sorted(ys)
        result = made.zoom_in([xs[0], ys[0], xs[1], ys[1]], image=view.id)
        if result.error:
            errors += 1
            continue
        image = result.parts[1]
        assert max(image.array.shape) <= 1120
        assert spec.size(*image.array.shape[:2]) == image.array.shape[:2]
        del made.store.views[3:]
    assert 100 < errors < 1500


def test_the_source_is_not_written(hand, picture) -> None:
    before = picture.copy()
    made = hand(QWEN2_5_VL)
    array = made.zoom_in([0, 0, 100, 100]).parts[1].array
    assert not array.flags.writeable
    assert not np.shares_memory(array, picture)
    assert np.array_equal(before, picture)


def test_the_declaration() -> None:
    (tool,) = declared_tools(ZoomHand)
    assert tool.parameters["required"] == ["bbox_2d"]
    assert "{unit}" in tool.parameters["properties"]["bbox_2d"]["description"]
    assert tool.parameters["properties"]["image"]["default"] == "v0"
