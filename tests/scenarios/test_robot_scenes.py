"""Scenes of the robot: seeded, within reach, and such that what is hidden matters."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("mujoco") is None:  # not importorskip: GL is chosen before MuJoCo is imported
    pytest.skip("needs MuJoCo: make test", allow_module_level=True)

from eyesmith.errors import UsageError
from eyesmith.scenarios.robot_scenes import FAMILIES, HIDDEN_FAMILIES, robot_scene
from eyesmith.scenarios.robot_strokes import more_strokes
from eyesmith.tools.robot_facts import facts
from eyesmith.tools.robot_kinematics import JOINT_LOWER, JOINT_UPPER, TICK_S, VELOCITY_LIMIT
from eyesmith.tools.robot_rollout import simulate

pytestmark = pytest.mark.mujoco


@pytest.mark.parametrize("family", FAMILIES)
def test_a_scene_hangs_on_its_seed_alone(family):
    one, again, other = (
        robot_scene(family, [1, 2], 0.5),
        robot_scene(family, (1, 2), 0.5),
        robot_scene(family, 3),
    )
    assert one == again
    assert one.digest == again.digest
    assert one.digest != other.digest
    assert replace(one, hidden=one.nominal).digest != one.digest


@pytest.mark.parametrize("family", FAMILIES)
def test_scenes_begin_at_rest_and_stay_within_limits(family):
    for seed in range(6):
        scene = robot_scene(family, seed, seed / 5)
        assert len(set(scene.names)) == len(scene.names) >= 1
        assert scene.goal.body in (*scene.names, "")
        assert len(scene.hidden.mass_kg) == len(scene.nominal.friction) == len(scene.bodies)
        assert 20 <= scene.ticks <= 110
        joints = np.vstack((scene.start_joints, scene.commands[:, :7]))
        assert ((joints >= JOINT_LOWER) & (joints <= JOINT_UPPER)).all()
        assert (np.abs(np.diff(joints, axis=0)) / TICK_S <= 1.1 * VELOCITY_LIMIT).all()
        rollout = simulate(scene)
        found = facts(scene, rollout.track)
        assert found.penetration_m[0].max() < 1e-6
        assert found.supported[0].all()
        assert not rollout.contacts[0][["gripper" in p or "arm" in p for p in rollout.pairs]].any()
        bad = [p in (("arm", "table"), ("gripper", "table"), ("arm", "fixture")) for p in rollout.pairs]
        assert not rollout.contacts[:, bad].any(), scene.id


@pytest.mark.parametrize("family", ["pick_place", "stack"])
def test_things_come_to_where_they_should(family):
    for seed in range(8):
        scene = robot_scene(family, seed, seed / 7)
        last = simulate(scene).poses[-1, scene.names.index(scene.goal.body), :3]
        assert np.linalg.norm(last - scene.goal.position) < 0.012, scene.id


@pytest.mark.parametrize("family", HIDDEN_FAMILIES)
def test_what_is_hidden_matters_on_most_seeds(family):
    apart, moved = [], []
    for seed in range(10):
        scene = robot_scene(family, seed, 0.5)
        true, told = simulate(scene).poses, simulate(scene, params=scene.nominal).poses
        moved.append(np.linalg.norm(true[-1, :, :3] - true[0, :, :3], axis=1).max())
        apart.append(np.linalg.norm(true[:, :, :3] - told[:, :, :3], axis=2).max())
    assert np.median(moved) >= 0.03
    assert np.median(apart) >= 0.02


def test_harder_is_more_and_longer():
    easy, hard = ([robot_scene("push", seed, level) for seed in range(20)] for level in (0.0, 1.0))
    assert np.mean([len(one.bodies) for one in hard]) > np.mean([len(one.bodies) for one in easy]) + 1
    assert np.mean([one.ticks for one in hard]) > np.mean([one.ticks for one in easy])


def test_length_in_clips():
    short, long = robot_scene("slide", 1, 0.5, clips=4), robot_scene("slide", 1, 0.5, clips=40)
    assert long.ticks - short.ticks == 36 * 5
    assert (long.commands[:20] == short.commands[:20]).all()


@pytest.mark.parametrize("family", HIDDEN_FAMILIES)
def test_a_scene_of_clips_goes_on(family):
    """The arm comes back for the object, within its limits, and touches nothing that stands."""
    scenes = [robot_scene(family, [7, seed], seed / 3, clips=14) for seed in range(4)]
    late = 0
    for scene in scenes:
        joints = np.vstack((scene.start_joints, scene.commands[:, :7]))
        assert ((joints >= JOINT_LOWER) & (joints <= JOINT_UPPER)).all()
        assert (np.abs(np.diff(joints, axis=0)) / TICK_S <= 1.1 * VELOCITY_LIMIT).all()
        rollout = simulate(scene)
        still = {"table", "fixture"}
        bad = [bool(still & set(pair)) and bool({"arm", "gripper"} & set(pair)) for pair in rollout.pairs]
        assert any(bad)
        assert not rollout.contacts[:, bad].any(), scene.id
        number = scene.names.index(scene.goal.body)
        touched = rollout.contacts[:, rollout.pairs.index((scene.goal.body, "gripper"))]
        assert rollout.poses[-1, number, 2] > 0.0
        late += bool(touched[len(touched) // 2 :].any())
    assert late >= 2


def test_the_longest_scene_has_room_for_its_waypoints():
    scene = robot_scene("push", 1, 0.5, clips=108)
    assert len(scene.waypoints) <= 64
    assert scene.ticks <= 600


def test_what_fell_off_the_table_is_left_there():
    scene = robot_scene("slide", 1, 0.0)
    for place in ((3.0, 0.0, 0.1), (0.5, 0.0, -0.7)):
        body = replace(scene.bodies[0], pose=(*place, 1.0, 0.0, 0.0, 0.0))
        gone = replace(scene, bodies=(body, *scene.bodies[1:]), waypoints=scene.waypoints[:4])
        assert len(more_strokes(gone, 150, np.random.default_rng(0))) == 4


def test_where_nothing_is_met_a_scene_of_clips_rests():
    for family in ("reach", "pick_place"):
        short, long = robot_scene(family, 2, 0.5), robot_scene(family, 2, 0.5, clips=30)
        assert (long.commands[short.ticks :] == long.commands[-1]).all()


@pytest.mark.parametrize(
    ("family", "kwargs"),
    [("fly", {}), ("push", {"difficulty": 1.5}), ("push", {"clips": 0}), ("push", {"clips": 10**6})],
)
def test_what_cannot_be_made_is_refused(family, kwargs):
    with pytest.raises(UsageError):
        robot_scene(family, 0, **kwargs)
