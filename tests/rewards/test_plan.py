"""Plans for a robot: what was reached is the base, all else adds to it."""

import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.plan import RECIPES, calibration, efficiency, reached
from eyesmith.rewards.roboreward import Requirement

PLACED, AWAY = Requirement("placed", True), Requirement("placed", False)


def test_the_formula_of_the_design():
    levels = {"reached": 0.75, "executability": 0.5, "calibration": 1.0, "efficiency": 0.2}
    wanted = 0.75 * (0.7 + 0.15 * 0.5 + 0.1 * 1.0 + 0.05 * 0.2)
    assert RECIPES["default"].compose(levels) == pytest.approx(wanted)
    assert RECIPES["default"].compose(dict.fromkeys(levels, 1.0)) == pytest.approx(1.0)
    assert RECIPES["default"].compose(levels | {"reached": 0.0}) == 0.0
    assert RECIPES["roboreward"].compose({"rubric": 0.5}) == 0.5


def test_a_collision_leaves_mark_2_at_most():
    assert reached(1.0, [PLACED]).value == 1.0
    hit = reached(1.0, [PLACED], has_collided=True)
    assert hit.value == 0.25
    assert "hit table" in hit.why
    assert reached(0.0, [AWAY], has_collided=True).value == 0.0


def test_claims_by_hand():
    assert calibration(5, 1.0, [PLACED]).value == 1.0
    assert calibration(1, 0.0, [AWAY]).value == 1.0
    assert calibration(3, 0.7, [AWAY]).value == 1.0
    assert calibration(5, 0.7, [AWAY]).value == 0.5
    assert calibration(None, 0.7, [AWAY]).value == 0.0


def test_calls_by_hand():
    assert [efficiency(calls, 3).value for calls in (0, 2, 3, 6, 12)] == [0.0, 1.0, 1.0, 0.5, 0.25]


@pytest.mark.parametrize(
    "call",
    [
        lambda: calibration(0, 1.0, [PLACED]),
        lambda: calibration(True, 1.0, [PLACED]),
        lambda: calibration(5.0, 1.0, [PLACED]),  # type: ignore[arg-type]
        lambda: reached(float("nan"), [PLACED]),
        lambda: reached(1.0, []),
        lambda: efficiency(-1, 3),
        lambda: efficiency(1, 0),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(UsageError):
        call()
