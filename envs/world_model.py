"""Any world model as a Gymnasium environment: act in what it imagines.

For planning and policy learning inside a model; nothing of the simulator's truth is in it, unless the model
is `exact`.
"""

__all__ = ["WorldModelEnv"]

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from ..errors import UsageError
from ..tools.robot_kinematics import JOINT_LOWER, JOINT_UPPER, MAX_TICKS, MAX_WIDTH_M
from ..tools.robot_rollout import Track, start_state
from ..tools.robot_scene import VIEWS, Scene
from ..tools.robot_views import FAST_PX, views
from ..tools.world_model import Context, Prediction, WorldModel, check_prediction, world_model

FARTHEST_M = 100.0
NEAR_M = 0.03


class WorldModelEnv(gymnasium.Env[dict[str, np.ndarray], np.ndarray]):
    """A robot in a model's imagination.

    An action is 7 joint angles (rad) and the opening (m) for a tick of 0.05 s. Observations are `joints` (7,)
    rad, `width` (1,) m and `poses` (n, 7) of the objects, or with frames `frames` (3, 224, 224, 3) uint8. The
    reward is what the goal's object came nearer to the goal, as a share of the way, 0 where only frames are
    known; it terminates within 3 cm of the goal and is truncated after the scene's number of commands.

    Args:
        model: a name ("nominal", "robot-only", "copy-last", "exact"), "module:attribute", or a model.
        scene: where; `exact` alone is given its hidden parameters.
        has_frames: whether pictures are observed in place of numbers; a model that predicts frames needs it.
        render_mode: None or "rgb_array": front, side and wrist side by side.

    Raises:
        UsageError: an unknown model or render mode.

    >>> from eyesmith.scenarios.robot_scenes import robot_scene
    >>> env = WorldModelEnv("robot-only", robot_scene("push", 1))
    >>> seen, _ = env.reset()
    >>> env.step(env.action_space.sample())[0]["poses"].shape[1]
    7
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 20}  # noqa: RUF012 Gymnasium's own name

    def __init__(
        self,
        model: str | WorldModel | Callable[[Scene], WorldModel],
        scene: Scene,
        *,
        has_frames: bool = False,
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, "rgb_array"):
            raise UsageError(f'render_mode: None or "rgb_array", got {render_mode!r}')
        self.model, self.scene = world_model(model, scene), scene
        self.has_frames, self.render_mode = has_frames, render_mode
        low, high = np.append(JOINT_LOWER, 0.0), np.append(JOINT_UPPER, MAX_WIDTH_M)
        self.action_space = spaces.Box(low.astype(np.float32), high.astype(np.float32), dtype=np.float32)
        count = len(scene.bodies)
        width, height = FAST_PX
        numbers: dict[str, Any] = {
            "joints": spaces.Box(-10.0, 10.0, (7,), np.float64),
            "width": spaces.Box(-1.0, 1.0, (1,), np.float64),
            "poses": spaces.Box(-FARTHEST_M, FARTHEST_M, (count, 7), np.float64),
        }
        frames: dict[str, Any] = {"frames": spaces.Box(0, 255, (len(VIEWS), height, width, 3), np.uint8)}
        observed: Any = spaces.Dict(frames if has_frames else numbers)
        self.observation_space = observed
        self._track: Track | None = None
        self._frames: np.ndarray | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Begin at the start of the scene; it is the same for every seed."""
        super().reset(seed=seed)
        scene = self.scene
        start = np.array(scene.start_joints)[None]
        seen = Track(start, np.array([scene.start_width]), scene.start_poses[None].copy())
        self.model.reset(Context(replace(scene, hidden=scene.nominal), seen, start_state(scene)))
        self._track, self._frames, self._ticks = seen, None, 0
        self._left = self._distance()
        return self._seen(), {}

    def step(self, action: np.ndarray) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        """One tick.

        Raises:
            UsageError: before `reset`, an action that is none, or a model that answers with no prediction.
        """
        if self._track is None and self._frames is None:
            raise UsageError("WorldModelEnv: call reset before step")
        told = np.asarray(action, float).reshape(1, -1)
        prediction = check_prediction(self.model.predict(told), self.scene, 1)
        self._keep(prediction)
        self._ticks += 1
        before, self._left = self._left, self._distance()
        reward = 0.0 if np.isnan(self._left) else (before - self._left) / self._way()
        is_there = bool(self._left <= NEAR_M)
        return self._seen(), float(reward), is_there, self._ticks >= min(self.scene.ticks, MAX_TICKS), {}

    def render(self) -> np.ndarray | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Front, side and wrist side by side, (224, 672, 3) uint8; None without a render mode."""
        return None if self.render_mode is None else np.concatenate(list(self._pictures()), axis=1)

    def _keep(self, prediction: Prediction) -> None:
        if prediction.frames is not None and not self.has_frames:
            raise UsageError(f"{self.model.name} predicts frames: make the environment with has_frames=True")
        if prediction.frames is not None and prediction.frames.shape[2:4] != FAST_PX[::-1]:
            raise UsageError(
                f"{self.model.name}: frames are {FAST_PX[0]}x{FAST_PX[1]} px, got {prediction.frames.shape}"
            )
        self._track, self._frames = prediction.track, prediction.frames

    def _seen(self) -> dict[str, np.ndarray]:
        if self.has_frames:
            return {"frames": self._pictures()}
        track = self._track
        if track is None:
            raise UsageError(f"{self.model.name} predicts frames: make the environment with has_frames=True")
        joints, width, poses = track.joints[-1], track.width[-1:], track.poses[-1]
        return {"joints": joints.astype(float), "width": width.astype(float), "poses": poses.astype(float)}

    def _pictures(self) -> np.ndarray:
        if self._frames is not None:
            return self._frames[-1]
        track = self._track
        if track is None:
            raise UsageError("WorldModelEnv: call reset before render")
        return views(self.scene, track.joints[-1], float(track.width[-1]), track.poses[-1])

    def _distance(self) -> float:
        """Of the goal's object from the goal, m; nan where it is not known."""
        if self._track is None or not self.scene.goal.body:
            return float("nan")
        number = self.scene.names.index(self.scene.goal.body)
        return float(np.linalg.norm(self._track.poses[-1, number, :3] - self.scene.goal.position))

    def _way(self) -> float:
        number = self.scene.names.index(self.scene.goal.body)
        return max(float(np.linalg.norm(self.scene.start_poses[number, :3] - self.scene.goal.position)), 1e-9)
