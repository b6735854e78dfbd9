"""Object poses: numbers worked out by hand, symmetries, events, and skill over objects that stay."""

from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.errors import UsageError
from eyesmith.rewards.robot_state import events, object_levels, rotation_error, state_skill

START = np.array([[0.4, 0.0, 0.03, 1.0, 0.0, 0.0, 0.0], [0.6, 0.2, 0.03, 1.0, 0.0, 0.0, 0.0]])
TRUE = np.tile(START, (4, 1, 1))
TRUE[:, 0, 0] += [0.05, 0.1, 0.2, 0.3]
PLAIN = ("none", "none")


def turn(axis, degrees):
    half = np.radians(degrees) / 2
    return np.array([np.cos(half), *(np.sin(half) * np.asarray(axis, float))])


def times(a, b):
    w, x, y, z = a
    p, q, r, s = b
    return np.array(
        [w * p - x * q - y * r - z * s, w * q + x * p + y * s - z * r,
         w * r - x * s + y * p + z * q, w * s + x * r - y * q + z * p]
    )  # fmt: skip


def kernel(d, *scales):
    return sum(exp(-((d / scale) ** 2)) for scale in scales) / len(scales)


def off(metres, which=0):
    poses = TRUE.copy()
    poses[:, which, 1] += metres
    return poses


def test_the_level_by_hand():
    pred, true = TRUE[:1].copy(), TRUE[:1]
    pred[0, 0, 1] = 0.02
    pred[0, 0, 3:] = turn((0, 0, 1), 30)
    levels = object_levels(pred, true, START, symmetry=PLAIN)
    p, a = kernel(2, 1, 3, 9), kernel(30, 5, 15, 45)
    assert levels.position[0, 0] == pytest.approx(p)
    assert levels.angle[0, 0] == pytest.approx(a)
    assert levels.event.tolist() == [1.0, 1.0]  # both have moved, by more than 1 cm
    near = exp(-((2 / 9) ** 2))
    assert levels.level[0].tolist() == pytest.approx([0.5 * p + near * (0.25 * a + 0.25), 1.0])


def test_skill_by_hand():
    true = START[None].copy()
    true[0, 0, 0] += 0.03
    pred = START[None].copy()
    pred[0, 0, 0] += 0.02
    # Objects that stay: position, no turn, no event (F1 0). Predicted: 1 cm off, moved as in truth.
    static = 0.5 * kernel(3, 1, 3, 9) + exp(-((3 / 9) ** 2)) * 0.25
    own = 0.5 * kernel(1, 1, 3, 9) + exp(-((1 / 9) ** 2)) * 0.5
    wanted = ((own + 1) / 2 - (static + 1) / 2) / (1 - (static + 1) / 2)
    assert state_skill(pred, true, START, symmetry=PLAIN).value == pytest.approx(wanted)


def test_gold_static_and_damage():
    skill = [state_skill(off(d), TRUE, START, symmetry=PLAIN).value for d in (0, 0.003, 0.01, 0.03, 0.1, 1)]
    assert skill == sorted(skill, reverse=True)
    assert skill[0] == 1.0
    assert skill[-1] == 0.0
    still = np.tile(START, (4, 1, 1))
    assert state_skill(still, TRUE, START, symmetry=PLAIN).value == 0.0
    turned = [TRUE.copy() for _ in range(4)]
    for poses, degrees in zip(turned, (0, 5, 20, 90), strict=True):
        poses[:, 0, 3:] = turn((1, 0, 0), degrees)
    levels = [state_skill(poses, TRUE, START, symmetry=PLAIN).value for poses in turned]
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] < 0.85


def test_moving_what_stays_costs():
    assert state_skill(off(0.1, which=1), TRUE, START, symmetry=PLAIN).value < 0.4


def test_moving_an_object_anywhere_is_not_worth_anything():
    rng = np.random.default_rng(0)
    values = []
    for _ in range(50):
        pred = np.tile(START, (4, 1, 1))
        pred[:, 0, :2] += rng.uniform(-0.3, 0.3, 2)
        values.append(state_skill(pred, TRUE, START, symmetry=PLAIN).value)
    assert np.mean(values) < 0.1


def test_weights_choose_frames():
    late = np.tile(START, (4, 1, 1))
    late[-1] = TRUE[-1]
    only_last = state_skill(late, TRUE, START, symmetry=PLAIN, weights=np.array([0, 0, 0, 1.0])).value
    assert only_last > state_skill(late, TRUE, START, symmetry=PLAIN).value
    assert 0.6 < only_last < 1.0  # the event F1 is of all frames


@pytest.mark.parametrize(
    ("symmetry", "axis", "degrees", "wanted"),
    [
        ("none", (0, 0, 1), 90, 90),
        ("none", (1, 0, 0), 180, 180),
        ("square", (0, 0, 1), 90, 0),
        ("square", (0, 0, 1), 100, 10),
        ("square", (1, 0, 0), 180, 0),
        ("square", (1, 0, 0), 90, 90),
        ("axis", (0, 0, 1), 137, 0),
        ("axis", (0, 1, 0), 30, 30),
        ("axis", (1, 0, 0), 180, 0),
        ("axis", (1, 0, 0), 150, 30),
        ("ball", (0, 1, 0), 77, 0),
    ],
)
def test_turns_that_cannot_be_seen(symmetry, axis, degrees, wanted):
    base = turn((0.6, 0.0, 0.8), 50)
    turned = times(base, turn(axis, degrees))
    error = rotation_error(turned[None, None], base[None, None], symmetry=[symmetry])
    assert np.degrees(error[0, 0]) == pytest.approx(wanted, abs=1e-4)
    minus = rotation_error(-turned[None, None], base[None, None], symmetry=[symmetry])
    assert minus[0, 0] == pytest.approx(error[0, 0], abs=1e-9)


def test_events():
    poses = np.tile(START, (5, 1, 1))
    poses[1, 0, 0] += 0.02
    poses[2, 0, 2] += 0.03
    poses[3, 0, 3:] = turn((1, 0, 0), 60)
    poses[4, 0, 2] -= 0.5
    happened = events(poses, START, symmetry=PLAIN)[:, 0]
    assert happened.tolist() == [
        [False, False, False, False],
        [True, False, False, False],
        [True, True, False, False],
        [False, False, True, False],
        [True, False, False, True],
    ]
    assert not events(poses, START, symmetry=("ball", "ball"))[3].any()


@settings(deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(["none", "square", "axis", "ball"]))
def test_any_poses_lie_between_0_and_1(seed, symmetry):
    rng = np.random.default_rng(seed)
    pred = rng.normal(size=TRUE.shape)
    pred[..., 3:] /= np.linalg.norm(pred[..., 3:], axis=2, keepdims=True)
    score = state_skill(pred, TRUE, START, symmetry=[symmetry] * 2)
    assert 0.0 <= score.value <= 1.0
    assert state_skill(TRUE, TRUE, START, symmetry=[symmetry] * 2).value == 1.0


def broken(value, at=(0, 0, 0)):
    poses = TRUE.copy()
    poses[at] = value
    return poses


@pytest.mark.parametrize(
    "pred",
    [
        broken(np.nan),
        broken(np.inf),
        broken(2.0, (0, 0, 3)),
        broken(0.0, (0, 0, 3)),
        TRUE[:2],
        TRUE[:, :1],
        TRUE[..., :6],
        TRUE[0],
        np.broadcast_to(np.float64(0), (10**6, 2, 7)),
    ],
)
def test_broken_poses_are_named(pred):
    with pytest.raises(UsageError):
        state_skill(pred, TRUE, START, symmetry=PLAIN)


def test_broken_truths_are_named():
    with pytest.raises(UsageError, match="no object moves"):
        state_skill(TRUE, np.tile(START, (4, 1, 1)), START, symmetry=PLAIN)
    for more in ({"symmetry": ["none"]}, {"symmetry": ["none", "round"]}):
        with pytest.raises(UsageError):
            state_skill(TRUE, TRUE, START, **more)
    for weights in (np.ones(3), np.zeros(4), np.array([1, 1, 1, np.nan]), -np.ones(4)):
        with pytest.raises(UsageError):
            state_skill(TRUE, TRUE, START, symmetry=PLAIN, weights=weights)
