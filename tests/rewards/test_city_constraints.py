"""Constraints as functions of numbers: 1 inside, linear outside, 0 for nothing."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyesmith.errors import UsageError
from eyesmith.rewards.city_constraints import KINDS, fulfilled

kinds = st.sampled_from(list(KINDS))
numbers = st.integers(-(10**6), 10**6).map(lambda number: number / 64)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_1_inside_and_falls_to_0(kind):
    margin = KINDS[kind].margin_of(8.0)
    assert margin > 0
    assert fulfilled(kind, [5.0, 6.0, 8.0], low=5.0, high=8.0).value == 1.0
    assert fulfilled(kind, [8.0 + margin / 2], low=5.0, high=8.0).value == pytest.approx(0.5)
    assert fulfilled(kind, [8.0 + margin], low=5.0, high=8.0).value == pytest.approx(0.0)
    below = min(KINDS[kind].margin_of(5.0), 5.0)
    assert fulfilled(kind, [5.0 - below / 2], low=5.0, high=8.0).value == pytest.approx(0.5)
    assert fulfilled(kind, [0.0], low=0.001).value == 0.0
    assert fulfilled(kind, [], low=5.0, high=8.0).value == 0.0
    assert fulfilled(kind, [nan, 6.0], low=5.0, high=8.0).value == 0.5
    assert fulfilled(kind, [inf], high=8.0).value == fulfilled(kind, [-inf], low=5.0).value == 0.0
    assert fulfilled(kind, [inf], low=8.0).value == 1.0
    assert KINDS[kind].what


@given(kinds, numbers, numbers, st.lists(numbers, min_size=1, max_size=6))
def test_levels_lie_between_0_and_1(kind, one, other, measured):
    low, high = sorted((one, other))
    score = fulfilled(kind, measured, low=low, high=high)
    assert 0.0 <= score.value <= 1.0
    assert (score.value == 1.0) == all(low <= number <= high for number in measured)


@given(kinds, numbers, numbers)
def test_farther_off_is_never_better(kind, bound, step):
    path = [bound + abs(step) * k / 7 for k in range(12)]
    up = [fulfilled(kind, [number], high=bound).value for number in path]
    assert up == sorted(up, reverse=True)
    down = [fulfilled(kind, [2 * bound - number], low=bound).value for number in path]
    assert down == sorted(down, reverse=True)


def test_what_it_says():
    assert fulfilled("count", [4], low=5, high=6).why == "number of elements: 4, wanted 5 to 6"
    assert fulfilled("height", [3.2, 12.8], high=10).why == (
        "height of each to the ridge: 3.2 to 12.8 m, wanted at most 10 m"
    )
    assert fulfilled("frontage", [], low=1).why.endswith("there is none, wanted at least 1 m")
    assert "wanted 2" in fulfilled("dead_ends", [2], low=2, high=2).why


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [("counts", 1, 2), ("count", 2, 1), ("count", nan, 1), ("count", -inf, inf), ("count", inf, inf)],
)
def test_broken_bounds_are_named(kind, low, high):
    with pytest.raises(UsageError):
        fulfilled(kind, [1.0], low=low, high=high)
