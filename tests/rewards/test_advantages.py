"""Advantages against numbers computed by hand."""

import math

import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.advantages import (
    dr_grpo,
    grpo,
    leave_one_out,
    per_component,
    per_turn,
    process_supervision,
    span_advantages,
)

WHOLE = (grpo, dr_grpo, leave_one_out)


def near(expected):
    return pytest.approx(expected, abs=1e-12)


def test_grpo_divides_by_the_deviation_with_n_minus_1():
    # mean 2, squares 4 + 0 + 0 + 4 = 8, deviation sqrt(8 / 3)
    by = math.sqrt(8 / 3)
    assert grpo([0.0, 2.0, 2.0, 4.0], floor=0.0) == near([-2 / by, 0.0, 0.0, 2 / by])
    assert grpo([0.0, 2.0, 2.0, 4.0], floor=1.0)[3] == near(2 / (by + 1))


def test_dr_grpo_divides_by_nothing():
    assert dr_grpo([0.0, 2.0, 2.0, 4.0]) == [-2.0, 0.0, 0.0, 2.0]


def test_leave_one_out_compares_with_the_others():
    # the others of the first have the mean 8 / 3, of the last 4 / 3
    assert leave_one_out([0.0, 2.0, 2.0, 4.0]) == near([-8 / 3, 0.0, 0.0, 8 / 3])


def test_a_component_on_a_smaller_scale_weighs_as_much():
    small = {"right": [1.0, 0.0, 1.0, 0.0], "short": [0.01, 0.02, 0.02, 0.01]}
    by = math.sqrt(1 / 3)  # of 0.5 four times, with n - 1 = 3
    half = 0.5 / by
    assert per_component(small, floor=0.0) == near([0.0, 0.0, 2 * half, -2 * half])
    weighed = per_component(small, weights={"short": 0.5}, floor=0.0)
    assert weighed == near([0.5 * half, -0.5 * half, 1.5 * half, -1.5 * half])


def test_a_component_that_all_share_says_nothing():
    assert per_component({"right": [1.0, 0.0], "form": [1.0, 1.0]}, floor=0.0) == near(
        [math.sqrt(0.5), -math.sqrt(0.5)]
    )


def test_turns_are_compared_with_the_same_turn_of_the_others():
    found = per_turn([[0.25, 0.5], [0.0, 0.25, 0.0], [0.0]], floor=0.0)
    # left to come: 0.75 0.5 / 0.25 0.25 0 / 0; first turns have mean 1/3 and deviation sqrt(0.2917 / 2)
    by = math.sqrt(((0.75 - 1 / 3) ** 2 + (0.25 - 1 / 3) ** 2 + (1 / 3) ** 2) / 2)
    second = math.sqrt(2) * 0.125
    assert found[0] == near([(0.75 - 1 / 3) / by, 0.125 / second])
    assert found[1] == near([(0.25 - 1 / 3) / by, -0.125 / second, 0.0])
    assert found[2] == near([-1 / 3 / by])


def test_turns_with_a_reward_at_the_end_alone_are_the_episode():
    whole = grpo([1.0, 0.0, 0.5])
    assert per_turn([[0.0, 1.0], [0.0, 0.0], [0.0, 0.5]]) == [near([own, own]) for own in whole]


def test_a_later_reward_is_discounted():
    found = per_turn([[0.0, 1.0], [0.0, 0.0]], discount=0.5, floor=1.0)
    by = math.sqrt(2) * 0.25 + 1
    assert found[0][0] == near(0.25 / by)
    with pytest.raises(UsageError, match="discount"):
        per_turn([[0.0]], discount=1.5)


def test_process_supervision_sums_normalised_steps():
    # steps 0, 1, 0, 1, 2: mean 0.8, squares 0.64 + 0.04 + 0.64 + 0.04 + 1.44 = 2.8, deviation sqrt(0.7)
    by = math.sqrt(0.7)
    assert process_supervision([[0.0, 1.0], [0.0, 1.0, 2.0]], floor=0.0) == [
        near([-0.6 / by, 0.2 / by]),
        near([0.6 / by, 1.4 / by, 1.2 / by]),
    ]


def test_spans_are_compared_with_all_tokens():
    # 1, 1, 0, 2: mean 1, deviation with n sqrt(2 / 4)
    by = math.sqrt(0.5)
    assert span_advantages([[1.0, 1.0], [0.0, 2.0]], floor=0.0) == [near([0.0, 0.0]), near([-1 / by, 1 / by])]


@pytest.mark.parametrize("formula", WHOLE)
def test_what_the_machine_failed_is_in_no_mean(formula):
    with_failures = formula([None, 1.0, 0.0, None, 0.5])
    assert with_failures[0] is with_failures[3] is None
    assert [each for each in with_failures if each is not None] == formula([1.0, 0.0, 0.5])


def test_what_the_machine_failed_is_in_no_mean_of_parts():
    assert per_component({"a": [None, 1.0, 0.0], "b": [None, 0.0, 0.0]})[1:] == per_component(
        {"a": [1.0, 0.0], "b": [0.0, 0.0]}
    )
    assert per_component({"a": [1.0, 1.0, 0.0], "b": [None, 0.0, 1.0]})[0] is None
    steps = [[1.0], None, [0.0]]
    for formula in (per_turn, process_supervision, span_advantages):
        assert formula(steps)[1] is None
        assert [formula(steps)[0], formula(steps)[2]] == formula([[1.0], [0.0]])


def test_one_survivor_gets_nothing():
    for formula in WHOLE:
        assert formula([None, 1.0, None]) == [None, None, None]
        assert formula([]) == []
    assert per_component({"a": [1.0, None]}) == [None, None]
    for formula in (per_turn, process_supervision, span_advantages):
        assert formula([[1.0, 2.0], None]) == [None, None]


def test_equals_get_zero_and_no_division_by_zero():
    for formula in WHOLE:
        assert formula([0.3, 0.3, 0.3]) == near([0.0, 0.0, 0.0])
    assert grpo([1.0, 1.0], floor=0.0) == [0.0, 0.0]
    assert span_advantages([[1.0], [1.0]], floor=0.0) == [[0.0], [0.0]]


def test_what_cannot_be_compared_is_refused():
    for bad in (math.nan, math.inf):
        for formula in WHOLE:
            with pytest.raises(UsageError, match="finite"):
                formula([bad, 1.0])
        with pytest.raises(UsageError, match="finite"):
            per_turn([[bad], [1.0]])
    with pytest.raises(UsageError, match="a 2, b 1"):
        per_component({"a": [1.0, 2.0], "b": [1.0]})
    with pytest.raises(UsageError, match="none of: a"):
        per_component({"a": [1.0, 2.0]}, weights={"c": 1.0})
