"""Physics of predicted motion: excess over the true rollout, term by term."""

from dataclasses import replace
from math import exp

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.robot_physics import SCALES, BodyFacts, physics

REST = BodyFacts(
    np.full((10, 2), 0.0005),
    np.ones((10, 2), bool),
    np.full((10, 2), 3.0),
    np.zeros((10, 2, 3)),
    np.zeros((10, 2), bool),
    np.array([2.0, 4.0]),
)


def beside(true=REST, **changed):
    return physics(replace(REST, **changed), true)


def one(value, frames=slice(None), like=REST.penetration_m):
    array = like.copy()
    array[frames, 0] = value
    return array


def test_what_truth_does_itself_costs_nothing():
    assert beside().value == 1.0
    assert beside().why == "moves as bodies do"
    rough = replace(
        REST,
        penetration_m=np.full((10, 2), 0.02),
        is_supported=np.zeros((10, 2), bool),
        energy_j=np.cumsum(np.ones((10, 2)), axis=0),
        velocity_m_s=np.random.default_rng(0).normal(size=(10, 2, 3)),
    )
    assert physics(rough, rough).value == 1.0
    assert physics(REST, rough).value == 1.0
    assert physics(rough, REST).value < 1e-6


def test_each_term_by_hand():
    deep = beside(penetration_m=one(0.0055)).parts
    assert deep["penetration"] == pytest.approx(exp(-0.005 / SCALES["penetration"]))
    floats = beside(is_supported=one(0, slice(2), REST.is_supported)).parts
    assert floats["unsupported"] == pytest.approx(exp(-0.2 / SCALES["unsupported"]))
    lifted = beside(energy_j=one(3.2, slice(5, None), REST.energy_j)).parts  # 0.2 J of 2 N are 10 cm
    assert lifted["energy"] == pytest.approx(exp(-0.1 / SCALES["energy"]))
    speed = REST.velocity_m_s.copy()
    speed[4, 1] = (0.0, 0.3, 0.4)
    assert beside(velocity_m_s=speed).parts["spikes"] == pytest.approx(exp(-0.5 / SCALES["spikes"]))


def test_energy_may_be_lost_and_may_come_from_the_hand():
    falling = np.linspace(3.0, 1.0, 10)[:, None] * np.ones(2)
    assert beside(energy_j=falling).parts["energy"] == 1.0
    rising = falling[::-1].copy()
    assert beside(energy_j=rising).parts["energy"] < 1e-3
    assert beside(energy_j=rising, is_handled=np.ones((10, 2), bool)).parts["energy"] == 1.0


def test_a_body_that_falls_freely_needs_no_support():
    air = np.zeros((10, 2), bool)
    speed = REST.velocity_m_s.copy()
    speed[..., 2] = -0.49 * np.arange(10)[:, None]
    assert beside(is_supported=air, velocity_m_s=speed).parts["unsupported"] == 1.0
    assert beside(is_supported=air).parts["unsupported"] == pytest.approx(exp(-1 / SCALES["unsupported"]))
    rising = -speed
    assert beside(is_supported=air, velocity_m_s=rising).parts["unsupported"] < 0.1


def test_falls_with_growing_damage():
    depths = [beside(penetration_m=one(mm / 1000)).value for mm in (0.5, 1, 3, 10, 100)]
    heights = [
        beside(energy_j=one(3 + joules, slice(5, None), REST.energy_j)).value for joules in (0, 0.1, 1, 9)
    ]
    for levels in (depths, heights):
        assert levels == sorted(levels, reverse=True)
        assert levels[0] == 1.0
        assert levels[-1] < 0.05


def test_speeds_beyond_all_reason_stay_finite():
    speed = REST.velocity_m_s.copy()
    speed[3] = 1e300
    assert beside(velocity_m_s=speed).value == 0.0


@pytest.mark.parametrize(
    "broken",
    [
        {"penetration_m": np.zeros(10)},
        {"penetration_m": np.full((10, 2), np.nan)},
        {"is_supported": np.ones((10, 2))},
        {"energy_j": np.zeros((9, 2))},
        {"velocity_m_s": np.zeros((10, 2))},
        {"velocity_m_s": np.full((10, 2, 3), np.inf)},
        {"weight_n": np.zeros(2)},
        {"weight_n": np.ones(3)},
        {"is_handled": np.zeros((10, 1), bool)},
    ],
)
def test_broken_facts_are_named(broken):
    with pytest.raises(UsageError):
        beside(**broken)
