"""Shapes: known values, monotone falls, sums that telescope."""

from math import inf, nan, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyesmith.errors import UsageError
from eyesmith.rewards.shaping import gain_over, plateau, potential_difference, telescoped, tolerance

KINDS = ["gaussian", "hyperbolic", "reciprocal", "linear", "quadratic", "cosine"]
REACH_ZERO = ["linear", "quadratic", "cosine"]
levels = st.floats(0.0, 1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_tolerance_of_every_kind(kind):
    def level(x):
        return tolerance(x, low=-1.0, high=2.0, margin=4.0, value_at_margin=0.2, kind=kind)

    assert [level(x) for x in (-1.0, 0.0, 2.0)] == [1.0, 1.0, 1.0]
    assert level(6.0) == pytest.approx(0.2)
    assert level(-5.0) == pytest.approx(0.2)
    falling = [level(2.0 + step / 4) for step in range(80)]
    assert falling == sorted(falling, reverse=True)
    assert all(0.0 <= value <= 1.0 for value in falling)
    assert level(inf) == level(nan) == 0.0
    assert (level(1e4) == 0.0) == (kind != "reciprocal")


def test_tolerance_at_half_a_margin():
    half = {kind: tolerance(1.5, low=0, high=1, margin=1, value_at_margin=0.25, kind=kind) for kind in KINDS}
    assert half["gaussian"] == pytest.approx(sqrt(sqrt(0.25)))
    assert half["reciprocal"] == pytest.approx(1 / 2.5)
    assert half["linear"] == pytest.approx(0.625)
    assert half["quadratic"] == pytest.approx(0.8125)
    assert half["cosine"] == pytest.approx(0.75)
    assert half["hyperbolic"] == pytest.approx(1 / sqrt(2.5))  # cosh(x/2) = sqrt((cosh(x) + 1) / 2)


@pytest.mark.parametrize("kind", REACH_ZERO)
def test_kinds_that_reach_zero_stay_there(kind):
    assert tolerance(2.0, low=0, high=1, margin=1, value_at_margin=0, kind=kind) == pytest.approx(0.0)
    assert tolerance(3.5, low=0, high=1, margin=1, value_at_margin=0, kind=kind) == 0.0


def test_hard_edges_and_open_sides():
    assert tolerance(1.0001, low=0, high=1) == 0.0
    assert tolerance(1e300, low=0, high=inf) == 1.0
    assert tolerance(-inf, low=-inf, high=1) == 1.0


@pytest.mark.parametrize(
    "changed",
    [
        {"low": 3.0},
        {"low": nan},
        {"margin": -1.0},
        {"margin": inf},
        {"value_at_margin": 1.0},
        {"value_at_margin": 0.0},
        {"value_at_margin": nan},
        {"kind": "gauss"},
    ],
)
def test_broken_tolerances_are_named(changed):
    with pytest.raises(UsageError):
        tolerance(0.5, **{"low": 0.0, "high": 1.0, "margin": 1.0, **changed})


def test_plateau():
    def level(x):
        return plateau(x, zero_low=10, one_low=20, one_high=30, zero_high=70)

    assert [level(x) for x in (-5, 10, 15, 20, 25, 30, 50, 70, 99, nan)] == [0, 0, 0.5, 1, 1, 1, 0.5, 0, 0, 0]


def test_plateau_steps_and_open_sides():
    assert plateau(5, zero_low=5, one_low=5, one_high=6, zero_high=6) == 1.0
    assert plateau(4.999, zero_low=5, one_low=5, one_high=6, zero_high=6) == 0.0
    assert plateau(1e9, zero_low=0, one_low=1, one_high=inf, zero_high=inf) == 1.0
    assert plateau(-1e9, zero_low=-inf, one_low=1, one_high=2, zero_high=3) == 1.0
    assert plateau(1e9, zero_low=0, one_low=1, one_high=2, zero_high=inf) == 1.0
    with pytest.raises(UsageError):
        plateau(1, zero_low=0, one_low=3, one_high=2, zero_high=4)
    with pytest.raises(UsageError):
        plateau(1, zero_low=nan, one_low=1, one_high=2, zero_high=4)


@given(st.lists(levels, min_size=1, max_size=30))
def test_step_rewards_sum_to_last_minus_first(path):
    rewards = telescoped(path)
    assert len(rewards) == len(path) - 1
    assert sum(rewards) == pytest.approx(path[-1] - path[0], abs=1e-9)


@given(levels, levels)
def test_back_and_forth_earns_nothing(here, there):
    assert potential_difference(here, there) + potential_difference(there, here) == 0.0


def test_broken_levels_are_named():
    for path in ([], [0.0, nan]):
        with pytest.raises(UsageError):
            telescoped(path)


def test_gain_over_a_copy():
    assert gain_over(1.0, 0.97) == 1.0
    assert gain_over(0.97, 0.97) == 0.0
    assert gain_over(0.2, 0.97) == 0.0
    assert gain_over(0.4, 0.0) == 0.4
    gains = [gain_over(value / 100, 0.5) for value in range(101)]
    assert gains == sorted(gains)
    for value, baseline in ((0.5, 1.0), (1.1, 0.5), (nan, 0.5), (0.5, nan), (0.5, -0.1)):
        with pytest.raises(UsageError):
            gain_over(value, baseline)
