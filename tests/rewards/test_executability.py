"""Executability: what a joint trajectory asks of an arm, in numbers worked out by hand."""

from dataclasses import replace
from math import exp, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.errors import UsageError
from eyesmith.rewards.executability import ArmLimits, arm_following, executability, tracking

LIMITS = ArmLimits([-2.0, -2.0], [2.0, 2.0], [1.0, 1.0], [10.0, 10.0], [50.0, 50.0])
DT_S = 0.1
RAMP = np.linspace(0.0, 0.5, 11)[:, None] * [1.0, -1.0]  # 0.5 rad/s, no acceleration, no jerk


def able(joints, reference=RAMP, **more):
    return executability(joints, dt_s=DT_S, limits=LIMITS, reference=reference, **more)


def test_the_reference_itself_is_perfect_whatever_it_does():
    assert able(RAMP).value == 1.0
    wild = np.random.default_rng(0).uniform(-4, 4, (30, 2))
    assert able(wild, wild).value == 1.0
    assert able(wild, wild, torques=100 * wild, reference_torques=100 * wild).value == 1.0


def test_each_limit_costs_by_the_share_of_steps_over_it():
    fast = RAMP * [3.0, 1.0]  # 1.5 rad/s in one joint at every step, still no acceleration
    parts = able(fast).parts
    assert parts["velocity"] == pytest.approx(exp(-1.0 / 0.1))
    assert parts["acceleration"] == parts["bounds"] == parts["stutter"] == parts["jerk"] == 1.0
    outside = RAMP + np.array([1.6, 0.0])  # 2.0 is passed at the last 2 of 11 frames
    assert able(outside).parts["bounds"] == pytest.approx(exp(-2 / 11 / 0.1))
    torques = np.zeros((11, 2))
    torques[3, 1] = -51.0
    assert able(RAMP, torques=torques).parts["torque"] == pytest.approx(exp(-1 / 11 / 0.1))
    assert "torque" not in able(RAMP).parts


def test_a_jump_is_seen_in_velocity_and_acceleration():
    jump = RAMP.copy()
    jump[6:, 0] += 0.3  # one step of 3.5 rad/s; 30 rad/s2 up and down again
    parts = able(jump).parts
    assert parts["velocity"] == pytest.approx(exp(-1 / 10 / 0.1))
    assert parts["acceleration"] == pytest.approx(exp(-2 / 9 / 0.1))


def test_jerk_is_counted_in_doublings_of_the_references():
    t = DT_S * np.arange(21)
    reference = np.stack((t**3, t**3), axis=1) / 6 * 2.0  # third differences: 2 rad/s3 everywhere
    twice = able(2 * reference, reference).parts["jerk"]
    assert twice == pytest.approx(1 - 1 / 3)
    assert able(3 * reference, reference).parts["jerk"] == pytest.approx(1 - log2(3) / 3)
    assert able(8 * reference, reference).parts["jerk"] == pytest.approx(0.0, abs=1e-9)
    assert able(0.5 * reference, reference).parts["jerk"] == 1.0


def test_repeated_frames_are_stutter_and_central_differences_would_not_see_them():
    stuttered = np.repeat(RAMP[::2], 2, axis=0)[:11]
    assert able(stuttered).parts["stutter"] == pytest.approx(0.5)
    assert able(np.zeros((11, 2))).parts["stutter"] == 0.0
    half = np.concatenate((RAMP, np.tile(RAMP[-1:], (10, 1))))  # the reference rests, too
    assert able(half, half).parts["stutter"] == 1.0


def test_falls_with_growing_noise():
    t = np.linspace(0, 1, 61)[:, None]
    reference = (10 * t**3 - 15 * t**4 + 6 * t**5) * [1.0, -1.0]
    noise = np.random.default_rng(1).normal(size=reference.shape)
    levels = [able(reference + sigma * noise, reference).value for sigma in (0.0, 1e-4, 3e-4, 1e-3, 0.1)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] == 1.0
    assert levels[-1] == 0.0


def test_tracking_and_following():
    near = tracking(RAMP + 0.05, RAMP)
    assert near.value == pytest.approx(exp(-1))
    one_bad = RAMP.copy()
    one_bad[0] += 9.0
    assert tracking(one_bad, RAMP).value == pytest.approx(10 / 11)
    followed = arm_following(RAMP + 0.05, RAMP, dt_s=DT_S, limits=LIMITS)
    assert followed.value == pytest.approx(exp(-1))  # offset, but as smooth
    stuttered = np.repeat(RAMP[::2], 2, axis=0)[:11]
    part = arm_following(stuttered, RAMP, dt_s=DT_S, limits=LIMITS)
    assert part.value == pytest.approx(part.parts["tracking"] * (0.5 + 0.5 * part.parts["executability"]))
    assert arm_following(RAMP[:3], RAMP[:3], dt_s=DT_S, limits=LIMITS).value == 1.0


@settings(deadline=None)
@given(st.integers(4, 40), st.integers(1, 9), st.integers(0, 2**31))
def test_any_trajectory_lies_between_0_and_1(frames, dof, seed):
    rng = np.random.default_rng(seed)
    limits = ArmLimits(*([low] * dof for low in (-2.0, 2.0, 1.0, 10.0)))
    joints, reference = rng.normal(size=(2, frames, dof)) * rng.choice([1e-9, 1.0, 1e9])
    score = executability(joints, dt_s=0.05, limits=limits, reference=reference)
    assert 0.0 <= score.value <= 1.0
    assert all(0.0 <= level <= 1.0 for level in score.parts.values())


@pytest.mark.parametrize(
    "bad",
    [
        {"joints": np.zeros((3, 2))},
        {"joints": np.zeros((10, 3))},
        {"joints": np.full((10, 2), np.nan)},
        {"joints": np.zeros(10)},
        {"joints": [["a", "b"]] * 10},
        {"joints": np.zeros((100_001, 2))},
        {"reference": np.full((10, 2), np.inf)},
        {"dt_s": 0.0},
        {"dt_s": float("nan")},
        {"limits": replace(LIMITS, velocity=[1.0])},
        {"limits": replace(LIMITS, lower=[np.nan, 0.0])},
        {"torques": np.zeros((3, 2))},
        {"reference_torques": np.zeros((3, 2)), "torques": np.zeros((11, 2))},
    ],
)
def test_broken_arguments_are_named(bad):
    given_ = {"joints": RAMP, "dt_s": DT_S, "limits": LIMITS, "reference": RAMP} | bad
    with pytest.raises(UsageError):
        executability(given_.pop("joints"), **given_)


def test_broken_pairs_are_named():
    with pytest.raises(UsageError):
        tracking(RAMP, RAMP[:-1])
    with pytest.raises(UsageError):
        tracking(RAMP, RAMP, tolerance_rad=0.0)
