"""Evidence and coverage, checked against rasters and by properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.errors import UsageError
from eyesmith.rewards.evidence import area_share, coverage, evidence

SIGN = np.array([[1802.0, 1403.0, 1850.0, 1419.0]])
NEED, ONE = np.array([2.0]), np.ones(1)


def seen(*views_and_scales):
    views = np.array([view for view, _ in views_and_scales], dtype=float).reshape(-1, 4)
    return views, np.array([scale for _, scale in views_and_scales], dtype=float)


GOLD = ([1790, 1395, 1860, 1430], 4.0)
WHOLE = ([0, 0, 4000, 3000], 0.28)


def test_gold_is_one_and_empty_is_zero():
    assert evidence(SIGN, NEED, ONE, *seen(WHOLE, GOLD)).value == 1.0
    assert evidence(SIGN, NEED, ONE, *seen()).value == 0.0


@pytest.mark.parametrize(
    "view",
    [
        WHOLE,
        ([1802, 1403, 1803, 1404], 40.0),  # one pixel
        ([1802, 1403, 1843, 1419], 4.0),  # 85 % of it
        ([1000, 1000, 3000, 2500], 1.7),  # whole, but too small by 15 %
        ([0, 0, 400, 300], 4.0),  # somewhere else
    ],
)
def test_views_that_resolve_nothing(view):
    assert evidence(SIGN, NEED, ONE, *seen(view)).value == 0.0


def test_halves_of_a_target_do_not_add_up():
    left, right = ([1790, 1395, 1826, 1430], 4.0), ([1826, 1395, 1860, 1430], 4.0)
    assert evidence(SIGN, NEED, ONE, *seen(left, right)).value == 0.0


def test_weights_and_parts():
    targets = np.array([[0, 0, 10, 10], [100, 100, 110, 110]])
    score = evidence(targets, np.array([1.0, 1.0]), np.array([3.0, 1.0]), *seen(([0, 0, 20, 20], 0.95)))
    assert score.value == 0.75
    assert score.parts == {"target_0": 0.95, "target_1": 0.0}
    assert score.why.startswith("1 of 2")


def test_evidence_falls_with_growing_damage():
    targets = np.array([[x, 0, x + 10, 10] for x in range(0, 100, 20)])
    levels = []
    for shift in range(0, 120, 5):
        view = ([shift, 0, shift + 100, 10], 2.0)
        levels.append(evidence(targets, np.ones(5), np.ones(5), *seen(view)).value)
    assert levels[0] == 1.0
    assert levels[-1] == 0.0
    assert levels == sorted(levels, reverse=True)


boxes = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 12), st.integers(1, 12)).map(
    lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]]
)


@settings(max_examples=150, deadline=None)
@given(region=boxes, views=st.lists(st.tuples(boxes, st.sampled_from([0.5, 1.0, 2.0])), max_size=6))
def test_coverage_equals_a_raster(region, views):
    raster = np.zeros((50, 50), dtype=bool)
    for (x0, y0, x1, y1), scale in views:
        if scale >= 1.0:
            raster[y0:y1, x0:x1] = True
    x0, y0, x1, y1 = region
    wanted = raster[y0:y1, x0:x1].mean()
    assert coverage(np.array(region), 1.0, *seen(*views)).value == pytest.approx(wanted, abs=1e-12)


def test_coverage_gold_empty_and_repeats():
    region = np.array([0.0, 0.0, 100.0, 100.0])
    assert coverage(region, 1.0, *seen(([-5, -5, 105, 105], 1.0))).value == 1.0
    assert coverage(region, 1.0, *seen()).value == 0.0
    tile = ([0, 0, 10, 10], 3.0)
    assert coverage(region, 1.0, *seen(*[tile] * 8)).value == pytest.approx(0.01)
    assert coverage(region, 1.0, *seen(([0, 0, 100, 100], 0.3))).value == 0.0


def test_coverage_falls_with_growing_damage():
    region = np.array([0.0, 0.0, 100.0, 100.0])
    levels = [
        coverage(region, 1.0, *seen(([gap, 0, 100 + gap, 100], 1.0))).value for gap in range(0, 110, 10)
    ]
    assert levels == pytest.approx([max(0.0, 1 - gap / 100) for gap in range(0, 110, 10)])


def test_area_share():
    assert area_share(np.array([0, 0, 4000, 3000]), size_px=(4000, 3000)) == 1.0
    assert area_share(np.array([-10, -10, 10, 10]), size_px=(100, 100)) == pytest.approx(0.01)
    assert area_share(np.array([200, 200, 300, 300]), size_px=(100, 100)) == 0.0


@pytest.mark.parametrize(
    "arguments",
    [
        (np.zeros((1, 3)), NEED, ONE, *seen(GOLD)),
        (SIGN[:, [2, 1, 0, 3]], NEED, ONE, *seen(GOLD)),
        (SIGN * np.nan, NEED, ONE, *seen(GOLD)),
        (SIGN, np.zeros(1), ONE, *seen(GOLD)),
        (SIGN, np.ones(2), ONE, *seen(GOLD)),
        (SIGN, NEED, np.zeros(1), *seen(GOLD)),
        (SIGN, NEED, -ONE, *seen(GOLD)),
        (np.zeros((0, 4)), np.zeros(0), np.zeros(0), *seen(GOLD)),
        (SIGN, NEED, ONE, seen(GOLD)[0], np.zeros(1)),
        (SIGN, NEED, ONE, seen(GOLD)[0], np.ones(2)),
    ],
)
def test_broken_arguments_are_named(arguments):
    with pytest.raises(UsageError):
        evidence(*arguments)


def test_broken_regions_are_named():
    with pytest.raises(UsageError):
        coverage(np.array([0, 0, 0, 10]), 1.0, *seen(GOLD))
    with pytest.raises(UsageError):
        coverage(SIGN[0], 0.0, *seen(GOLD))
    with pytest.raises(UsageError):
        area_share(SIGN[0], size_px=(0, 10))
