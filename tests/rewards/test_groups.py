"""Group recipes against numbers computed by hand."""

import math

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.groups import (
    credit_spans,
    curiosity,
    direct_answer,
    diversity_gate,
    injected_expert,
    log_tamed,
    win_rate,
)


def near(expected):
    return pytest.approx(expected, abs=1e-12)


def direct(correct_direct, correct_looked, wrong=0):
    """Rewards of a group of right answers without a look, right ones with, and wrong ones without."""
    correct = correct_direct + correct_looked
    rewards = direct_answer(
        [1.0] * correct + [0.0] * wrong,
        is_correct=[True] * correct + [False] * wrong,
        is_direct=[True] * correct_direct + [False] * correct_looked + [True] * wrong,
    )
    return rewards[:correct_direct], rewards[correct_direct:]


def test_a_rare_direct_answer_pays_less():
    lucky, others = direct(1, 9, wrong=6)  # 1 of 10 right ones, however many were wrong
    assert lucky == near([0.9])
    assert others == [1.0] * 9 + [0.0] * 6


def test_a_direct_answer_that_is_not_rare_pays_in_full():
    # 0.2 of the right ones, which the 1e-4 beneath brings under 0.2: as published
    assert direct(1, 4)[0] == near([0.9])
    assert direct(1, 3)[0] == [1.0]
    assert direct(0, 8)[1] == [1.0] * 8
    assert direct(0, 0, wrong=4)[1] == [0.0] * 4


def test_looking_pays_where_few_look():
    rewards = curiosity(
        [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        calls=[1, 3, 0, 0, 0, 0, 0, 0, 0, 0],
        is_correct=[True, False, True] + [False] * 7,
        last_failed=[False] * 10,
    )
    # two of ten look: (0.3 - 0.2) / 2 / 0.2 * 0.25 = 0.0625; two further calls cost 0.1
    assert rewards[:3] == near([1.0625, 0.0625 - 0.1, 1.0])
    assert rewards[3:] == [0.0] * 7


def test_a_right_answer_after_a_failed_look_was_luck():
    rewards = curiosity(
        [1.0, 0.5], calls=[1, 1], is_correct=[True, False], last_failed=[True, True]
    )  # all look: no bonus
    assert rewards == near([0.0, 0.5])


def test_win_rate_is_the_mean_of_the_points():
    points = [[None, 1.0, 0.5, None], [0.0, None, 1.0, None], [0.5, 0.0, None, None], [None] * 4]
    assert win_rate(points) == [0.75, 0.5, 0.25, None]


@pytest.mark.parametrize(
    "points",
    [
        [[None, 1.0], [1.0, None]],
        [[None, 1.0], [None, None]],
        [[0.5]],
        [[None, 1.0]],
    ],
)
def test_points_that_are_no_comparison_are_refused(points):
    with pytest.raises(UsageError):
        win_rate(points)


def test_only_what_varies_more_than_usual_is_tamed():
    found = log_tamed({"wild": [0.0, 3.0, None], "steady": [1.0, 1.2, None]})
    # wild: 1.5 / 1.5 = 1; steady: 0.1 / 1.1 = 0.09
    assert found["wild"][:2] == near([0.0, math.log(4.0)])
    assert found["wild"][2] is None
    assert found["steady"] == [1.0, 1.2, None]
    alone = {"only": [0.0, 3.0]}
    assert log_tamed(alone) == alone, "nothing varies more than itself"
    with pytest.raises(UsageError, match="negative"):
        log_tamed({"a": [-0.5, 1.0]})


def test_being_unlike_the_others_counts_for_the_good_alone():
    half = math.sqrt(0.5)
    features = np.array([[1.0, 0.0], [0.0, 1.0], [half, half], [0.0, 2.0]])
    # nearest: 1 - cos 45 for the first and the third, 0 for the two that are parallel; mean a half of it
    found = diversity_gate([1.0, 1.0, 0.0, 0.0], features)
    assert found == near([0.5 * 2, 0.0, -0.5, -0.5])
    assert diversity_gate([1.0, 0.0], np.ones((2, 3))) == near([0.5, -0.5]), "all alike: no factor"
    assert diversity_gate([1.0, 0.0], np.zeros((2, 3))) == near([0.5, -0.5])


def test_a_failed_episode_is_nobodys_neighbour():
    features = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert diversity_gate([1.0, None, 0.0], features) == [near(0.5), None, near(-0.5)]
    assert diversity_gate([1.0, None], features[:2]) == [None, None]
    with pytest.raises(UsageError, match="features"):
        diversity_gate([1.0], features)


def test_credit_goes_to_the_spans_that_earned_it():
    # Zoom-Zero: format 1 and zoom 1 everywhere, IoU 0.5 before and behind the answer, accuracy 1 in it
    found = credit_spans(6, everywhere=2.0, spans=[(0, 2, 0.5), (4, 6, 0.5), (2, 4, 1.0)], terms=3)
    assert found == near([2.5 / 3, 2.5 / 3, 1.0, 1.0, 2.5 / 3, 2.5 / 3])
    for span in [(-1, 2, 1.0), (3, 2, 1.0), (0, 7, 1.0)]:
        with pytest.raises(UsageError, match="6 sampled tokens"):
            credit_spans(6, everywhere=0.0, spans=[span])


def test_the_expert_teaches_until_somebody_is_right():
    assert injected_expert([0.0, 0.2], 1.0) == [0.0, 0.2, 1.0]
    assert injected_expert([1.0, 0.2, None], 1.0) == [1.0, 0.2, None, near(0.6)]
    assert injected_expert([0.6, 0.2], 1.0, solved=0.5)[-1] == near(0.4)
    assert injected_expert([None], 1.0) == [None, 1.0]


def test_what_the_machine_failed_is_in_no_share():
    # of the three that count one is direct and right: too many to be luck
    assert direct_answer(
        [1.0, 1.0, 0.0, None, None],
        is_correct=[True, True, False, True, True],
        is_direct=[True, False, False, False, False],
    ) == [1.0, 1.0, 0.0, None, None]
    rewards = curiosity(
        [0.0] * 4 + [None] * 4,
        calls=[1, 0, 0, 0, 1, 1, 1, 1],
        is_correct=[False] * 8,
        last_failed=[False] * 8,
    )
    assert rewards[0] == near((0.3 - 0.25) / 2 / 0.25 * 0.25)
    assert rewards[4:] == [None] * 4


def test_lists_of_another_length_are_refused():
    with pytest.raises(UsageError, match="is_direct says something of each of 2"):
        direct_answer([1.0, 0.0], is_correct=[True, True], is_direct=[True])
    with pytest.raises(UsageError, match="at least 0"):
        curiosity([1.0], calls=[-1], is_correct=[True], last_failed=[False])
