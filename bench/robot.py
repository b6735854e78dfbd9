"""The robot: simulation, three views of a scene, a film graded.

Peers: Gymnasium's Pusher-v5, which has a 7-joint arm in MuJoCo too and fewer contacts, and scikit-image's
SSIM for the frames.
"""

__all__ = ["robot_reward", "robot_step", "robot_views"]

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from itertools import count
from typing import Any

import numpy as np

from .harness import Row

TICKS = 20
FRAMES = 12


def _pusher(render_mode: str | None = None) -> Any:
    """Gymnasium's arm, or None where it cannot be made."""
    from ..tools.simulator import load_mujoco

    load_mujoco()
    if not find_spec("imageio"):
        return None
    import gymnasium

    size: dict[str, Any] = {"width": 224, "height": 224} if render_mode else {}
    made = gymnasium.make("Pusher-v5", render_mode=render_mode, max_episode_steps=10**9, **size)
    made.reset(seed=0)
    return made


def robot_step() -> Row:
    """A second of pushing at 20 Hz, 240 steps of physics, contacts and torques written down each tick."""
    from ..scenarios.robot_scenes import robot_scene
    from ..tools.robot_mjcf import SUBSTEPS
    from ..tools.robot_rollout import simulate

    scene, other = robot_scene("push", 2, 0.5), _pusher()
    peer: Callable[[], object] | None = None
    if other is not None:
        steps = TICKS * SUBSTEPS // other.unwrapped.frame_skip
        action = np.zeros(other.action_space.shape, np.float32)

        def pushed() -> None:
            for _ in range(steps):
                other.step(action)

        peer = pushed
    return Row(
        "robot.step",
        partial(simulate, scene, scene.commands[10 : 10 + TICKS]),
        peer,
        "Gymnasium Pusher-v5, as many steps of physics",
        0.5 * TICKS,
        close=other.close if other is not None else lambda: None,
    )


def robot_views() -> Row:
    """Front, side and wrist, 224x224 px each."""
    from ..scenarios.robot_scenes import robot_scene
    from ..tools.robot_views import VIEWS, views

    scene, other = robot_scene("push", 2, 0.5), _pusher("rgb_array")
    joints, poses = np.array(scene.start_joints), scene.start_poses
    turns = count()

    def ours() -> object:
        return views(scene, joints + 1e-3 * (next(turns) % 7), scene.start_width, poses)

    def theirs() -> None:
        # With one viewer Gymnasium draws in whatever OpenGL context is current: ours, after our turn.
        other.unwrapped.mujoco_renderer._get_viewer("rgb_array").make_context_current()
        for _ in VIEWS:
            other.render()

    return Row(
        "robot.views",
        ours,
        None if other is None else theirs,
        "Gymnasium Pusher-v5, one view of 224x224 px, three times",
        6.0,
        8.0,
        other.close if other is not None else lambda: None,
    )


def robot_reward() -> Row:
    """12 frames of three views beside the true ones: PSNR, SSIM and gradients, as skill over a copy."""
    from ..envs.robot_appraisal import VIEW_WEIGHTS
    from ..rewards.fidelity import FidelityTruth, fidelity
    from ..scenarios.robot_scenes import robot_scene
    from ..tools.robot_rollout import simulate
    from ..tools.robot_views import film

    scene = robot_scene("push", 2, 0.5)
    ticks = list(range(scene.ticks - 2 * FRAMES + 1, scene.ticks, 2))
    rollout, told = simulate(scene), simulate(scene, params=scene.nominal)
    true, shown = film(scene, rollout.track, ticks), film(scene, told.track, ticks)
    last = film(scene, rollout.track, [12])
    truth = FidelityTruth(true, last[0], view_weights=VIEW_WEIGHTS)
    peer: Callable[[], object] | None = None
    if find_spec("skimage"):
        from skimage.metrics import structural_similarity

        def similar() -> None:
            for frames, others in zip(shown, true, strict=True):
                for one, other in zip(frames, others, strict=True):
                    structural_similarity(one, other, channel_axis=2, data_range=255)

        peer = similar
    return Row("robot.reward", lambda: fidelity(shown, truth), peer, "scikit-image SSIM, colour", 60.0)
