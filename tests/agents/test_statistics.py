"""Statistics against closed forms and exhaustive counting."""

from itertools import combinations
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from eyesmith.agents.statistics import mean_interval, pass_at_k, share_interval
from eyesmith.errors import UsageError


@pytest.mark.parametrize("n", range(1, 8))
def test_pass_at_k_is_the_share_of_draws_that_hold_a_success(n: int) -> None:
    for c in range(n + 1):
        marks = [True] * c + [False] * (n - c)
        for k in range(1, n + 1):
            draws = [any(draw) for draw in combinations(marks, k)]
            assert pass_at_k(n, c, k) == pytest.approx(sum(draws) / len(draws), abs=1e-15)


def test_pass_at_k_survives_large_groups() -> None:
    product = np.prod(1.0 - 256 / np.arange(4096 - 7 + 1, 4097))
    assert pass_at_k(4096, 7, 256) == pytest.approx(1.0 - product, rel=1e-12)


@pytest.mark.parametrize(("n", "c", "k"), [(4, 1, 0), (4, 1, 5), (4, 5, 1), (4, -1, 1), (0, 0, 1)])
def test_pass_at_k_refuses_what_cannot_be(n: int, c: int, k: int) -> None:
    with pytest.raises(UsageError, match=f"n={n}, c={c}, k={k}"):
        pass_at_k(n, c, k)


@pytest.mark.parametrize(("tasks", "successes"), [(20, 5), (50, 40), (200, 100)])
def test_the_bootstrap_of_a_share_is_binomial(tasks: int, successes: int) -> None:
    interval = mean_interval([1.0] * successes + [0.0] * (tasks - successes), resamples=20_000)
    assert interval is not None
    exact = binom.ppf([0.025, 0.975], tasks, successes / tasks) / tasks
    assert list(interval) == pytest.approx(list(exact), abs=1.01 / tasks)


def test_the_bootstrap_of_many_tasks_is_normal() -> None:
    values = np.random.default_rng(3).gamma(2.0, size=4000)
    interval = mean_interval(values, resamples=4000)
    assert interval is not None
    half = 1.96 * values.std() / sqrt(len(values))
    assert list(interval) == pytest.approx([values.mean() - half, values.mean() + half], abs=0.1 * half)


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=30), st.randoms())
def test_the_bootstrap_is_the_same_in_any_order_and_lies_among_the_values(
    values: list[float], chance
) -> None:
    interval = mean_interval(values, resamples=200)
    assert interval is not None
    shuffled = list(values)
    chance.shuffle(shuffled)
    assert mean_interval(shuffled, resamples=200) == interval
    assert min(values) - 1e-9 <= interval.low <= interval.high <= max(values) + 1e-9


def test_the_seed_is_heeded() -> None:
    values = list(np.random.default_rng(0).normal(size=30))
    assert mean_interval(values, seed=1) == mean_interval(values, seed=1) != mean_interval(values, seed=2)


def test_memory_bounded_draws_are_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    values = list(np.random.default_rng(0).normal(size=30))
    whole = mean_interval(values)
    monkeypatch.setattr("eyesmith.agents.statistics.DRAWS_AT_ONCE", 100)
    assert mean_interval(values) == whole


def test_too_little_has_no_interval_and_no_number_is_refused() -> None:
    assert mean_interval([]) is None
    assert mean_interval([0.5]) is None
    assert share_interval([], 0) is None
    with pytest.raises(UsageError, match="NaN"):
        mean_interval([0.5, float("nan")])
    for shares, episodes in (([1.1], 1), ([float("nan")], 1), ([0.5, 0.5], 1)):
        with pytest.raises(UsageError, match="shares lie in 0 to 1"):
            share_interval(shares, episodes)


def wilson(p: float, n: float) -> list[float]:
    z = 1.959963984540054
    centre, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return [(centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)]


def test_a_share_of_single_episodes_has_wilsons_interval() -> None:
    interval = share_interval([1.0] * 7 + [0.0] * 13, 20)
    assert interval is not None
    # Newcombe 1998, table I, has 0.1815 to 0.5671 for 7 of 20; the sample variance is 20/19 of p(1 - p).
    assert list(interval) == pytest.approx([0.1812, 0.5671], abs=5e-4)


def test_siblings_that_agree_are_worth_one_and_independent_ones_all() -> None:
    alike = share_interval([1.0] * 7 + [0.0] * 13, 160)
    assert alike == share_interval([1.0] * 7 + [0.0] * 13, 20)
    even = share_interval([0.5] * 20, 160)
    assert even is not None
    assert list(even) == pytest.approx(wilson(0.5, 160))


def test_a_perfect_score_is_no_certainty() -> None:
    for p in (0.0, 1.0):
        interval = share_interval([p] * 5, 40)
        assert interval is not None
        assert list(interval) == pytest.approx(wilson(p, 5), abs=1e-12)
    one = share_interval([1.0], 8)
    assert one is not None
    assert one.low < 0.3


def test_the_share_interval_covers_what_it_should() -> None:
    """Of 400 sets of 30 tasks in groups of 4 that share their task's luck, about 95 % hold the truth."""
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        luck = rng.beta(2, 2, size=30)
        shares = rng.binomial(4, luck) / 4
        interval = share_interval(list(shares), 120)
        assert interval is not None
        held += interval.low <= 0.5 <= interval.high
    assert 0.91 <= held / 400 <= 0.985
