"""A world model as a Gymnasium environment."""

from importlib.util import find_spec

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

if find_spec("mujoco") is None:  # not importorskip: GL is chosen before MuJoCo is imported
    pytest.skip("needs MuJoCo: make test", allow_module_level=True)

from eyesmith.envs.world_model import WorldModelEnv
from eyesmith.errors import UsageError
from eyesmith.scenarios.robot_scenes import robot_scene
from eyesmith.tools.robot_rollout import simulate
from eyesmith.tools.robot_views import film
from eyesmith.tools.world_model import Prediction

pytestmark = pytest.mark.mujoco


class Filming:
    """Answers in frames: grey ones."""

    name = "filming"

    def __init__(self, scene=None):
        pass

    def reset(self, context):
        pass

    def predict(self, actions):
        return Prediction(frames=np.full((len(actions), 3, 224, 224, 3), 90, np.uint8))


@pytest.mark.parametrize("name", ["nominal", "robot-only", "copy-last"])
def test_gymnasium_finds_nothing_wrong(name):
    check_env(WorldModelEnv(name, robot_scene("slide", 1, 0.4)), skip_render_check=True)


def test_the_exact_model_goes_as_the_simulator():
    scene = robot_scene("pick_place", 1, 0.0)
    env = WorldModelEnv("exact", scene, render_mode="rgb_array")
    first, _ = env.reset()
    np.testing.assert_array_equal(first["poses"], scene.start_poses)
    truth, total = simulate(scene), 0.0
    for tick, command in enumerate(scene.commands, 1):
        seen, reward, terminated, truncated, _ = env.step(command)
        np.testing.assert_array_equal(seen["poses"], truth.poses[tick])
        total += reward
        if terminated or truncated:
            break
    assert terminated
    assert total > 0.8
    assert env.render().shape == (224, 672, 3)


def test_nothing_moves_for_nothing():
    env = WorldModelEnv("copy-last", robot_scene("push", 1, 0.0))
    env.reset()
    total, ticks, truncated = 0.0, 0, False
    while not truncated:
        _, reward, terminated, truncated, _ = env.step(env.action_space.sample())
        assert not terminated
        total, ticks = total + reward, ticks + 1
    assert total == 0.0
    assert ticks == env.scene.ticks


def test_models_that_predict_frames():
    scene = robot_scene("push", 1, 0.0)
    env = WorldModelEnv(Filming, scene, has_frames=True)
    first, _ = env.reset()
    seen, reward, terminated, _, _ = env.step(scene.commands[0])
    assert first["frames"].std() > 10
    assert (seen["frames"] == 90).all()
    assert (reward, terminated) == (0.0, False)
    env.step(scene.commands[1])
    env.model.predict = lambda actions: Prediction(frames=np.zeros((len(actions), 3, 64, 64, 3), np.uint8))
    with pytest.raises(UsageError, match="224x224"):
        env.step(scene.commands[2])
    blind = WorldModelEnv(Filming, scene)
    blind.reset()
    with pytest.raises(UsageError, match="has_frames"):
        blind.step(scene.commands[0])


def test_frames_are_those_of_the_states():
    scene = robot_scene("push", 1, 0.0)
    env = WorldModelEnv("exact", scene, has_frames=True)
    env.reset()
    for command in scene.commands[:3]:
        seen, *_ = env.step(command)
    np.testing.assert_array_equal(seen["frames"], film(scene, simulate(scene).track, [3])[0])


def test_what_cannot_be_is_refused():
    scene = robot_scene("push", 1, 0.0)
    with pytest.raises(UsageError):
        WorldModelEnv("exact", scene, render_mode="human")
    env = WorldModelEnv("nominal", scene)
    with pytest.raises(UsageError, match="reset"):
        env.step(scene.commands[0])
    env.reset()
    for bad in (np.full(8, np.nan), np.zeros(7), np.zeros((2, 8))):
        with pytest.raises(UsageError):
            env.step(bad)
