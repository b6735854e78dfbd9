"""World models of a robot: what each answers, and what is refused."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("mujoco") is None:  # not importorskip: GL is chosen before MuJoCo is imported
    pytest.skip("needs MuJoCo: make test", allow_module_level=True)

from eyesmith.errors import UsageError
from eyesmith.scenarios.robot_scenes import robot_scene
from eyesmith.tools.robot_rollout import Track, simulate, start_state
from eyesmith.tools.world_model import MODELS, Context, Prediction, check_prediction, world_model

pytestmark = pytest.mark.mujoco


@pytest.fixture(scope="module")
def scene():
    return robot_scene("push", 2, 0.6)


def context_of(scene, tick=0):
    if tick == 0:
        seen = Track(
            np.array(scene.start_joints)[None], np.array([scene.start_width]), scene.start_poses[None]
        )
        return Context(replace(scene, hidden=scene.nominal), seen, start_state(scene))
    truth = simulate(scene)
    rows = slice(0, tick + 1)
    seen = Track(truth.joints[rows], truth.width[rows], truth.poses[rows])
    return Context(replace(scene, hidden=scene.nominal), seen, truth.states[tick])


def fed(model, scene, tick=0, chunk=5):
    model.reset(context_of(scene, tick))
    tracks = [model.predict(scene.commands[at : at + chunk]).track for at in range(tick, scene.ticks, chunk)]
    return np.concatenate([one.poses for one in tracks]), np.concatenate([one.joints for one in tracks])


@pytest.mark.parametrize(("tick", "chunk"), [(0, 5), (0, 1), (12, 7)])
def test_the_exact_model_is_the_simulator_to_the_bit(scene, tick, chunk):
    poses, joints = fed(world_model("exact", scene), scene, tick, chunk)
    truth = simulate(scene)
    np.testing.assert_array_equal(poses, truth.poses[tick + 1 :])
    np.testing.assert_array_equal(joints, truth.joints[tick + 1 :])


def test_the_nominal_model_knows_nothing_hidden(scene):
    poses, _ = fed(world_model("nominal", scene), scene)
    np.testing.assert_array_equal(poses, simulate(scene, params=scene.nominal).poses[1:])
    other = replace(scene, hidden=replace(scene.hidden, mass_kg=tuple(9 * m for m in scene.hidden.mass_kg)))
    np.testing.assert_array_equal(fed(world_model("nominal", other), other)[0], poses)


def test_copies_and_robots_alone(scene):
    poses, joints = fed(world_model("copy-last", scene), scene, 10)
    assert (poses == simulate(scene).poses[10]).all()
    assert (joints == joints[0]).all()
    poses, joints = fed(world_model("robot-only", scene), scene, 10)
    assert (poses == poses[0]).all()
    np.testing.assert_allclose(joints, simulate(scene).joints[11:], atol=0.02)
    assert np.ptp(joints, axis=0).max() > 0.1


def still(scene):
    assert scene.hidden == scene.nominal  # a model of one's own is never given the truth
    return MODELS["copy-last"](scene)


def test_models_of_ones_own(scene):
    assert world_model(still, scene).name == "copy-last"
    made = world_model("robot-only", scene)
    assert world_model(made, scene) is made


@pytest.mark.parametrize("which", ["nominl", "no_such_module:x", "json:no_such", "json:dumps", 7, object()])
def test_what_is_no_model_is_refused(scene, which):
    with pytest.raises(UsageError):
        world_model(which, scene)


def test_a_near_miss_is_told(scene):
    with pytest.raises(UsageError, match="Did you mean 'nominal'"):
        world_model("nominl", scene)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    "actions", [np.full((2, 8), np.nan), np.zeros((2, 7)), np.zeros((10**6, 8)), np.full((1, 8), 9.0)]
)
def test_actions_that_cannot_be_are_refused(scene, name, actions):
    model = world_model(name, scene)
    model.reset(context_of(scene))
    with pytest.raises(UsageError):
        model.predict(actions)


@pytest.mark.parametrize("name", MODELS)
def test_predicting_before_anything_was_seen_is_refused(scene, name):
    with pytest.raises(UsageError, match="reset"):
        world_model(name, scene).predict(scene.commands[:5])


def test_predictions_are_checked(scene):
    n = len(scene.bodies)
    poses = np.tile(scene.start_poses, (2, 1, 1))
    good = Track(np.zeros((2, 7)), np.zeros(2), poses)
    assert check_prediction(Prediction(good), scene, 2).track is good
    frames = np.zeros((2, 3, 8, 8, 3), np.uint8)
    far, longer = poses.copy(), poses.copy()
    far[..., 0], longer[..., 3:] = 1e300, 3 * poses[..., 3:]
    for bad in (
        None,
        Prediction(),
        *(Prediction(Track(np.zeros((2, 7)), np.zeros(2), one)) for one in (far, longer, poses.tolist())),
        Prediction(Track(np.zeros((2, 7)), np.zeros(2), poses.astype(complex))),
        Prediction(Track(np.zeros((2, 7)), np.zeros(2), poses.astype(object))),
        Prediction(frames=frames.tolist()),
        Prediction(good, frames),
        Prediction(Track(np.zeros((1, 7)), np.zeros(1), np.zeros((1, n, 7)))),
        Prediction(Track(np.zeros((2, 7)), np.zeros(2), np.full((2, n, 7), np.inf))),
        Prediction(frames=frames.astype(float)),
        Prediction(frames=frames[:1]),
        Prediction(frames=frames[..., :1]),
    ):
        with pytest.raises(UsageError):
            check_prediction(bad, scene, 2)
