"""The recipes of robot rollouts, and RoboReward's rubric from states."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyesmith.errors import UsageError
from eyesmith.rewards.roboreward import RUBRIC, Requirement, mark, mark_share
from eyesmith.rewards.robot import RECIPES, published_psnr, published_ssim

levels = st.floats(0.0, 1.0)
PLACED, NOT_PLACED = Requirement("placed", True), Requirement("placed", False)
CARE, CARELESS = (Requirement("upright", met, is_major=False) for met in (True, False))


def rollout(**changed):
    whole = dict.fromkeys(("gate", "state", "fidelity", "physics", "executability"), 1.0) | {"reach": 0.0}
    return RECIPES["default"].score(whole | changed).value


def reach(**changed):
    return rollout(**({"state": 0.0, "fidelity": 0.0, "reach": 1.0} | changed))


def test_the_default_recipe():
    assert rollout() == pytest.approx(1.0, abs=1e-12)
    assert reach() == pytest.approx(1.0, abs=1e-12)
    assert rollout(fidelity=0.0) == pytest.approx(0.7)
    assert rollout(physics=0.0) == rollout(executability=0.0) == pytest.approx(0.85)
    assert rollout(fidelity=0.0, physics=0.0, executability=0.0) == pytest.approx(0.4)
    assert reach(physics=0.0, executability=0.0) == pytest.approx(0.6)
    assert rollout(state=0.5) == pytest.approx(0.5)
    assert rollout(gate=0.0) == reach(gate=0.0) == rollout(state=0.0) == reach(reach=0.0) == 0.0


@given(levels, levels, levels, levels)
def test_rollouts_lie_between_0_and_1_and_never_pay_more_than_their_base(base, f, p, a):
    for value in (
        rollout(state=base, fidelity=f, physics=p, executability=a),
        reach(reach=base, physics=p, executability=a),
    ):
        assert 0.0 <= value <= base + 1e-12


def test_persistworlds_sum():
    recipe = RECIPES["persistworld"]
    assert recipe.parts == ("psnr", "ssim")
    assert recipe.range == (0.0, 1.0)
    assert recipe.score({"psnr": 0.5, "ssim": 1.0}).value == 0.75
    # What facts measured of "the robot is right, objects never move": 43 dB, 0.997. It is nearly perfect.
    still = {"psnr": published_psnr(np.full((4, 3), 43.0)).value, "ssim": 0.997}
    assert recipe.score(still).value > 0.9


def test_published_levels():
    table = np.array([[10.0, 30.0], [20.0, inf]])
    assert published_psnr(table).value == pytest.approx((15 + 40) / 2 / 50)
    assert published_psnr(table, view_weights=[1.0, 0.0]).value == pytest.approx(0.3)
    assert published_ssim(np.array([[0.2, 1.0], [-0.4, 1.0]])).value == pytest.approx((0.1 + 1.0) / 2)
    for bad in (np.zeros(3), np.zeros((0, 2)), np.full((2, 2), nan)):
        with pytest.raises(UsageError):
            published_psnr(bad)
        with pytest.raises(UsageError):
            published_ssim(bad)
    for weights in ([1.0], [0.0, 0.0], [-1.0, 2.0]):
        with pytest.raises(UsageError):
            published_psnr(table, view_weights=weights)


@pytest.mark.parametrize(
    ("progress", "requirements", "wanted"),
    [
        (1.0, [PLACED, CARE], 5),
        (1.0, [PLACED, CARELESS], 4),
        (1.0, [PLACED, CARELESS, CARELESS], 3),
        (0.9, [NOT_PLACED, CARE], 3),
        (0.5, [NOT_PLACED], 3),
        (0.0, [NOT_PLACED, Requirement("open", True)], 3),
        (0.49, [NOT_PLACED, CARE], 2),
        (0.1, [NOT_PLACED], 2),
        (0.09, [NOT_PLACED, CARE], 1),
        (0.0, [NOT_PLACED], 1),
        (-3.0, [NOT_PLACED], 1),
    ],
)
def test_marks(progress, requirements, wanted):
    assert mark(progress, requirements) == wanted
    score = mark_share(progress, requirements)
    assert score.value == (wanted - 1) / 4
    assert RUBRIC[wanted].partition(":")[0] in score.why


@given(st.floats(-2, 2), st.floats(-2, 2), st.booleans(), st.booleans())
def test_more_progress_and_more_that_is_met_never_lower_the_mark(one, other, placed, upright):
    low, high = sorted((one, other))

    def marked(progress, placed, upright):
        return mark(progress, [Requirement("placed", placed), Requirement("upright", upright, False)])

    assert marked(low, placed, upright) <= marked(high, placed, upright)
    assert marked(low, False, upright) <= marked(low, True, upright)
    assert marked(low, placed, False) <= marked(low, placed, True)


def test_broken_goals_are_named():
    for bad in ((0.5, []), (0.5, [CARE]), (nan, [PLACED]), (inf, [PLACED])):
        with pytest.raises(UsageError):
            mark(*bad)
