"""Views are cut from the source, however they were reached, and their sizes fit the model."""

import random

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.tools.views import MAX_UPSCALE, View, ViewStore, fit, resample
from eyesmith.tools.vision import GENERIC, QWEN2_5_VL, QWEN3_VL


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    image = np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), np.uint8)
    image.flags.writeable = False
    return image


def test_the_first_view_is_the_whole_picture(picture) -> None:
    store = ViewStore(picture, QWEN2_5_VL)
    first = store.views[0]
    assert (first.id, first.box) == ("v0", (0.0, 0.0, 2000.0, 1500.0))
    assert first.size == (840, 1120)
    assert first.tokens == 30 * 40 == store.tokens
    pixels = store.pixels("v0")
    assert pixels.shape == (840, 1120, 3)
    assert store.pixels("v0") is pixels, "made once"
    assert store.get("v1") is None
    with pytest.raises(UsageError, match="there is no view 'v9'"):
        store.pixels("v9")


def test_nested_zooms_equal_the_direct_zoom(picture) -> None:
    rng = random.Random(3)
    for i in range(60):
        store = ViewStore(picture, (QWEN2_5_VL, QWEN3_VL, GENERIC)[i % 3])
        view = store.views[0]
        for _ in range(3):
            height, width = view.size
            left, top = rng.randrange(width // 2), rng.randrange(height // 2)
            box = (
                left,
                top,
                rng.randrange(left + width // 4, width),
                rng.randrange(top + height // 4, height),
            )
            view = store.add(view.to_source(tuple(map(float, box))))
        direct = ViewStore(picture, store.spec).add(view.box)
        assert direct.size == view.size
        there = ViewStore(picture, store.spec)
        there.add(view.box)
        assert np.array_equal(there.pixels("v1"), store.pixels(view.id))
        assert np.array_equal(store.pixels(view.id), resample(picture, view.box, view.size))


def test_nothing_is_lost_on_the_way_down(picture) -> None:
    """A zoom through three views shows the source's own pixels, not a copy of a copy."""
    store = ViewStore(picture, QWEN2_5_VL)
    wanted = (600.0, 450.0, 824.0, 618.0)
    view = store.views[0]
    for box in ((400.0, 300.0, 1400.0, 1050.0), (500.0, 375.0, 1000.0, 750.0), wanted):
        view = store.add(view.to_source(view.from_source(box)))
    assert view.box == pytest.approx(wanted, abs=1e-6)
    assert view.size == (672, 896)
    crop = resample(picture, wanted, (168, 224))
    assert np.array_equal(crop, picture[450:618, 600:824]), "at its own size a crop is the source"
    assert np.array_equal(store.pixels(view.id), resample(picture, wanted, view.size))


def test_boxes_go_there_and_back() -> None:
    view = View("v1", (100.5, 50.25, 700.75, 451.0), (560, 840), 600)
    rng = random.Random(1)
    for _ in range(200):
        box = tuple(rng.uniform(0, 500) for _ in range(4))
        assert view.from_source(view.to_source(box)) == pytest.approx(box, abs=1e-9)
    assert view.to_source((0, 0, 840, 560)) == pytest.approx(view.box)
    assert view.scale == pytest.approx(min(840 / 600.25, 560 / 400.75))


@pytest.mark.parametrize("spec", [QWEN2_5_VL, QWEN3_VL, GENERIC], ids=lambda spec: spec.name)
def test_limits_of_a_view(spec) -> None:
    rng = random.Random(0)
    for i in range(3000):
        wide, tall = rng.uniform(14, 9000), rng.uniform(14, 9000)
        if max(wide, tall) > 20 * min(wide, tall):
            continue
        budget = (None, 16, 64, 256, 1280, 5000)[i % 6]
        side = (1120, 448, 224)[i % 3]
        size = fit((0.0, 0.0, wide, tall), spec, max_tokens=budget, max_side_px=side)
        assert max(size) <= side
        assert (size[0] % spec.factor_px, size[1] % spec.factor_px) == (0, 0)
        assert spec.tokens(*size) <= min(budget or spec.max_tokens, spec.max_tokens)
        assert spec.tokens(*size) >= min(spec.min_tokens, side // spec.factor_px)
        assert spec.size(*size) == size, "the model's processor leaves it alone"
        upscale = min(size[1] / wide, size[0] / tall)
        assert upscale <= MAX_UPSCALE + spec.factor_px / min(wide, tall)


def test_a_small_picture_is_not_enlarged_at_first() -> None:
    small = np.zeros((280, 420, 3), np.uint8)
    store = ViewStore(small, QWEN2_5_VL)
    assert store.views[0].size == (280, 420)
    assert store.add((0.0, 0.0, 210.0, 140.0)).size == (560, 840)


def test_boxes_are_clipped_to_the_picture(picture) -> None:
    store = ViewStore(picture, QWEN2_5_VL)
    assert store.add((-50.0, -50.0, 300.0, 300.0)).box == (0.0, 0.0, 300.0, 300.0)
    assert store.add((1900.0, 1400.0, 9999.0, 9999.0)).box == (1900.0, 1400.0, 2000.0, 1500.0)


@pytest.mark.parametrize("budget", [0, -1])
def test_no_budget_is_an_error(picture, budget) -> None:
    with pytest.raises(UsageError, match="max_tokens"):
        ViewStore(picture, QWEN2_5_VL, max_tokens=budget)


def test_resample_at_the_edges(picture) -> None:
    for box in (
        (0.0, 0.0, 1.0, 1.0),
        (1999.0, 1499.0, 2000.0, 1500.0),
        (1999.9999999, 0.0, 2000.0, 3.0),
        (5.2, 5.2, 5.4, 5.4),
    ):
        assert resample(picture, box, (28, 28)).shape == (28, 28, 3)
    assert np.array_equal(
        resample(picture, (7.0, 9.0, 8.0, 10.0), (28, 28)), np.full((28, 28, 3), picture[9, 7])
    )
    half = resample(picture, (0.0, 0.0, 400.0, 200.0), (100, 200))
    mean = picture[:200, :400].reshape(100, 2, 200, 2, 3).mean(axis=(1, 3))
    assert np.abs(half - mean).max() <= 1.0, "shrinking averages areas"
    kept = picture.copy()
    assert np.array_equal(kept, picture)


@pytest.mark.parametrize(
    "array",
    [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((5, 5, 3))],
    ids=lambda a: str(a.shape),
)
def test_what_is_no_picture(array) -> None:
    with pytest.raises(UsageError, match="a picture is"):
        ViewStore(array, QWEN2_5_VL)


def test_a_shared_first_view_is_taken_as_it_is(picture) -> None:
    first = ViewStore(picture, QWEN2_5_VL).pixels("v0")
    assert ViewStore(picture, QWEN2_5_VL, first=first).pixels("v0") is first
