"""The robot's simulator: exact, the same alone and in a batch, and closed to nonsense."""

import sys
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("mujoco") is None:  # not importorskip: GL is chosen before MuJoCo is imported
    pytest.skip("needs MuJoCo: make test", allow_module_level=True)

from eyesmith.errors import InfrastructureError, UsageError
from eyesmith.scenarios.robot_scenes import FAMILIES, robot_scene
from eyesmith.tools.robot_facts import arm_hits, facts, inverse_torques
from eyesmith.tools.robot_kinematics import TORQUE_LIMIT, VELOCITY_LIMIT, forward
from eyesmith.tools.robot_rollout import MAX_FUTURES, Track, simulate, simulate_many, start_state
from eyesmith.tools.robot_scene import Params
from eyesmith.tools.simulator import load_model, load_mujoco

pytestmark = pytest.mark.mujoco
FIELDS = ("time", "joints", "joint_velocities", "width", "poses", "torques", "contacts", "states")
HASHED = """
from hashlib import sha256
from eyesmith.scenarios.robot_scenes import robot_scene
from eyesmith.tools.robot_rollout import simulate
from eyesmith.tools.robot_views import pretty, views
held = sha256()
for family in ("push", "roll", "hinge", "stack"):
    scene = robot_scene(family, 4, 0.6)
    rollout = simulate(scene)
    held.update(rollout.states.tobytes() + rollout.contacts.tobytes())
    held.update(views(scene, rollout.joints[-1], float(rollout.width[-1]), rollout.poses[-1]).tobytes())
held.update(pretty(scene, rollout.joints[9], 0.05, rollout.poses[9], rays=3).tobytes())
print(held.hexdigest())
"""


def same(one, other):
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@pytest.fixture(scope="module")
def push():
    return robot_scene("push", 2, 0.6)


# -- the same again, to the last bit


@pytest.mark.parametrize("family", FAMILIES)
def test_a_rollout_is_the_same_again(family):
    scene = robot_scene(family, 5, 0.5)
    same(simulate(scene), simulate(robot_scene(family, 5, 0.5)))


def test_a_batch_equals_one_at_a_time(push):
    rng = np.random.default_rng(0)
    shifted = [push.commands + np.append(rng.normal(0.0, 0.02, 7), 0.0) for _ in range(5)]
    params = [
        Params(tuple(f * m for m in push.nominal.mass_kg), tuple(f * m for m in push.nominal.friction))
        for f in (0.4, 0.8, 1.0, 1.7, 3.0)
    ]
    many = simulate_many(push, shifted, params)
    for rollout, commands, held in zip(many, shifted, params, strict=True):
        same(rollout, simulate(push, commands, held))
    assert len({rollout.poses[-1, 0].tobytes() for rollout in many}) == 5


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_nothing(push, threads):
    many = simulate_many(push, params=[push.hidden, push.nominal, push.hidden], threads=threads)
    same(many[0], many[2])
    same(many[1], simulate(push, params=push.nominal))


def test_a_rollout_goes_on_from_any_of_its_states(push):
    whole = simulate(push)
    for tick in (0, 7, push.ticks - 5):
        rest = simulate(push, push.commands[tick:], state=whole.states[tick])
        np.testing.assert_array_equal(rest.poses, whole.poses[tick:])
        np.testing.assert_array_equal(rest.states, whole.states[tick:])
    futures = simulate_many(push, push.commands[9:], state=whole.states[9], futures=3)
    for future in futures:
        np.testing.assert_array_equal(future.poses, whole.poses[9:])
    np.testing.assert_array_equal(whole.states[0], start_state(push))


def test_two_processes_give_the_same_bytes(python):
    assert python(HASHED) == python(HASHED)


# -- physics


def test_what_rests_stays(push):
    still = np.tile([*push.start_joints, push.start_width], (60, 1))
    rollout = simulate(push, still)
    assert np.abs(rollout.poses - rollout.poses[0]).max() < 1e-3
    assert np.abs(rollout.joints - rollout.joints[0]).max() < 1e-3


def test_the_arm_follows_its_commands():
    for family in FAMILIES:
        scene = robot_scene(family, 3, 0.5)
        rollout = simulate(scene)
        assert np.abs(rollout.joints[1:] - scene.commands[:, :7]).max() < 0.15
        assert np.abs(rollout.joints[-1] - scene.commands[-1, :7]).max() < 0.01
        assert (np.abs(rollout.torques) <= TORQUE_LIMIT + 1e-9).all()
        assert (np.abs(rollout.joint_velocities) <= 1.3 * VELOCITY_LIMIT).all()


def test_kinematics_are_those_of_the_model(push):
    mujoco, model = load_mujoco(), load_model(push.mjcf())
    data = mujoco.MjData(model)
    rng = np.random.default_rng(1)
    for _ in range(5):
        joints = np.array(push.start_joints) + rng.uniform(-0.6, 0.6, 7)
        for number, angle in enumerate(joints, 1):
            data.qpos[model.joint(f"joint{number}").qposadr[0]] = angle
        mujoco.mj_kinematics(model, data)
        place, turn = forward(joints)
        np.testing.assert_allclose(place, data.site("tool").xpos, atol=1e-9)
        np.testing.assert_allclose(turn.reshape(-1), data.site("tool").xmat, atol=1e-9)


def test_friction_decides_how_far_a_puck_slides():
    scene = robot_scene("slide", 1, 0.0)
    gone = []
    for factor in (0.4, 0.7, 1.0, 2.0):
        held = replace(scene.nominal, friction=tuple(factor * one for one in scene.nominal.friction))
        poses = simulate(scene, params=held).poses
        gone.append(float(np.linalg.norm(poses[-1, 0, :2] - poses[0, 0, :2])))
    assert gone == sorted(gone, reverse=True)
    assert gone[0] > 1.2 * gone[-1]


def test_contacts_name_who_touches_whom():
    scene = robot_scene("stack", 1, 0.0)
    rollout = simulate(scene)
    cube, under = scene.goal.body, next(n for n in scene.names if n in scene.instruction.split(" on ")[1])

    def touch(one, other):
        return rollout.contacts[:, rollout.pairs.index((one, other))]

    held = touch(cube, "gripper")
    assert held.any()
    assert not held[0]
    assert not held[-1]
    assert touch(cube, under)[-1]
    assert not touch(cube, "table")[-1]
    assert touch(under, "table").all()
    assert not touch(cube, "arm").any()


# -- stated motion


def test_facts_find_what_sinks_floats_and_jumps(push):
    rollout = simulate(push)
    true = facts(push, rollout.track)
    assert true.penetration_m.max() < 0.003
    assert true.supported.mean() > 0.95
    poses = rollout.poses.copy()
    poses[:, 0, 2] -= 0.02
    sunk = facts(push, Track(rollout.joints, rollout.width, poses))
    assert sunk.penetration_m[:, 0].min() > 0.015
    poses[:, 0, :3] = (0.3, 0.5, 0.3)
    assert not facts(push, Track(rollout.joints, rollout.width, poses)).supported[:, 0].any()


def test_energy_is_that_of_a_falling_body(push):
    """In free fall height is traded for speed."""
    height, t = 0.8, np.arange(6) * 0.05
    poses = np.tile(push.start_poses, (6, 1, 1))
    poses[:, 0, 2] = height - 0.5 * 9.81 * t**2
    joints = np.tile(push.start_joints, (6, 1))
    energy = facts(push, Track(joints, np.zeros(6), poses)).energy_j[:, 0]
    assert np.ptp(energy) < 1e-12
    assert energy[0] == pytest.approx(push.nominal.mass_kg[0] * 9.81 * height, rel=0.005)


def test_doors_off_their_hinge_are_measured_too():
    scene = robot_scene("hinge", 1, 0.0)
    poses = np.tile(scene.start_poses, (3, 1, 1))
    poses[1, 0, :3] = (0.8, 0.4, 0.02)
    found = facts(scene, Track(np.tile(scene.start_joints, (3, 1)), np.zeros(3), poses))
    assert found.supported[:, 0].all()
    assert np.isfinite(found.energy_j).all()


def test_a_path_through_the_table_is_told(push):
    low = np.array(push.start_joints)
    low[1] += 0.5
    hits = arm_hits(push, np.stack([push.start_joints, low]), np.zeros(2))
    assert hits[0] == ()
    assert "table" in hits[1]


def test_torques_of_rest_are_none_and_grow_with_speed(push):
    still = np.tile(push.start_joints, (9, 1))
    assert np.abs(inverse_torques(push, still)).max() < 1e-6
    path = simulate(push).joints
    slow, fast = (np.abs(inverse_torques(push, path, dt)).max() for dt in (0.05, 0.025))
    assert 0.0 < slow < fast
    assert inverse_torques(push, path[:1]).shape == (1, 7)


# -- what cannot be


@pytest.mark.parametrize(
    ("commands", "words"),
    [
        (np.full((5, 8), np.nan), "finite"),
        (np.zeros((5, 7)), "shape"),
        (np.zeros((0, 8)), "shape"),
        (np.zeros((10**6, 8)), "shape"),
        (np.full((5, 8), 9.0), "joint1 moves from"),
        (np.full((5, 8), 1e300), "joint1"),
        ("lots", "numbers"),
    ],
    ids=["NaN", "joints", "none", "a million", "limits", "huge", "text"],
)
def test_commands_that_cannot_be_are_refused(push, commands, words):
    with pytest.raises(UsageError, match=words):
        simulate(push, commands)


@pytest.mark.parametrize(
    "params",
    [
        Params((), ()),
        Params((1.0,) * 9, (1.0,) * 9),
        "nan",
        "negative",
        "endless",
    ],
)
def test_parameters_that_cannot_be_are_refused(push, params):
    if isinstance(params, str):
        value = {"nan": np.nan, "negative": -1.0, "endless": 1e12}[params]
        params = replace(push.nominal, mass_kg=(value,) * len(push.bodies))
    with pytest.raises(UsageError):
        simulate(push, params=params)


def test_states_and_counts_that_cannot_be_are_refused(push):
    with pytest.raises(UsageError, match="state"):
        simulate(push, state=np.zeros(3))
    with pytest.raises(UsageError, match="state"):
        simulate(push, state=np.full(len(start_state(push)), np.inf))
    with pytest.raises(UsageError, match="futures"):
        simulate_many(push)
    with pytest.raises(UsageError, match="futures"):
        simulate_many(push, futures=MAX_FUTURES + 1)
    with pytest.raises(UsageError, match="futures"):
        simulate_many(push, params=[None, None], state=np.zeros((3, 4)))
    with pytest.raises(UsageError, match="same number"):
        simulate_many(push, [push.commands, push.commands[:-1]])
    for track in (
        Track(np.zeros((2, 6)), np.zeros(2), np.zeros((2, 1, 7))),
        Track(np.zeros((0, 7)), np.zeros(0), np.zeros((0, len(push.bodies), 7))),
        Track(np.full((2, 7), np.nan), np.zeros(2), np.tile(push.start_poses, (2, 1, 1))),
    ):
        with pytest.raises(UsageError, match="states"):
            facts(push, track)
    with pytest.raises(UsageError, match="joints"):
        inverse_torques(push, np.zeros((2, 6)))


def test_a_model_that_does_not_compile_is_a_fault_of_ours():
    with pytest.raises(InfrastructureError, match="compile"):
        load_model("<mujoco><worldbody><geom/></worldbody></mujoco>")


# -- loading


def test_drawing_is_chosen_before_mujoco_is_imported(python):
    told = python(
        "import os; os.environ.pop('MUJOCO_GL', None)\n"
        "from eyesmith.tools.simulator import load_mujoco\n"
        "import sys; assert 'mujoco' not in sys.modules\n"
        "load_mujoco(); print(os.environ['MUJOCO_GL'])"
    )
    assert told.strip() in ("egl", "osmesa")


def test_what_was_chosen_already_stays(python):
    told = python(
        "import os; os.environ['MUJOCO_GL'] = 'disable'; os.environ.pop('PYOPENGL_PLATFORM', None)\n"
        "from eyesmith.tools.simulator import load_mujoco\n"
        "load_mujoco(); print(os.environ['MUJOCO_GL'])"
    )
    assert told.strip() == "disable"


def test_it_draws_whoever_imported_mujoco_first(python):
    told = python(
        "import os; os.environ.pop('MUJOCO_GL', None)\n"
        "import mujoco, numpy as np\n"
        "from eyesmith.scenarios.robot_scenes import robot_scene\n"
        "from eyesmith.tools.robot_views import views\n"
        "scene = robot_scene('push', 2, 0.8)\n"
        "print(views(scene, np.array(scene.start_joints), 0.0, scene.start_poses).std() > 15)"
    )
    assert told.strip().endswith("True")


def test_without_mujoco_it_says_what_to_install(python):
    told = python(
        "import sys; sys.modules['mujoco'] = None\n"
        "from eyesmith.errors import MissingExtraError\n"
        "from eyesmith.tools.simulator import load_mujoco\n"
        "try: load_mujoco()\n"
        "except MissingExtraError as error: print(error)"
    )
    assert 'pip install "eyesmith[robot]"' in told


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_five_hundred_scenes_take_bounded_memory(python):
    told = python(
        "from eyesmith.scenarios.robot_scenes import FAMILIES, robot_scene\n"
        "from eyesmith.tools.robot_rollout import simulate\n"
        "def rss(): return int(open('/proc/self/statm').read().split()[1]) * 4096 / 2**20\n"
        "for seed in range(500):\n"
        "    scene = robot_scene(FAMILIES[seed % 8], seed, 0.5)\n"
        "    simulate(scene, scene.commands[:1])\n"
        "    if seed == 150: before = rss()\n"
        "print(rss() - before)"
    )
    assert float(told) < 60.0
