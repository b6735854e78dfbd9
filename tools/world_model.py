"""World models of a robot: what they are given, what they answer; four.

A model sees a scene up to now and says what follows from actions; it goes on from its own last answer, so
that its errors add up as they do in use (Persistent Robot World Models, arXiv 2603.25685).
"""

__all__ = [
    "MODELS",
    "Context",
    "Prediction",
    "WorldModel",
    "check_prediction",
    "checked_actions",
    "world_model",
]

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ..errors import UsageError, did_you_mean
from .robot_rollout import Rollout, Track, checked_commands, simulate
from .robot_scene import VIEWS, Params, Scene

FARTHEST_RAD, WIDEST_M, FARTHEST_M = 10.0, 1.0, 100.0
OFF_UNIT = 1e-3  # what the length of a quaternion may be off


@dataclass(frozen=True, eq=False)
class Context:
    """What a world model is given at first."""

    scene: Scene
    """Its hidden parameters are the nominal ones."""
    seen: Track
    """What was seen, a row a tick; the last one is now."""
    state: np.ndarray
    """(S,) positions, velocities and the command that was reached, now: for models that simulate."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """What follows from k actions: states or frames, a row after each action."""

    track: Track | None = None
    frames: np.ndarray | None = None
    """(k, views, H, W, 3) uint8, front, side and wrist."""


@runtime_checkable
class WorldModel(Protocol):
    """Predicts what a robot's cameras will show."""

    name: str

    def reset(self, context: Context) -> None:
        """Begin where the context ends."""
        ...

    def predict(self, actions: np.ndarray) -> Prediction:
        """What follows from (k, 8) actions, going on from the last prediction."""
        ...


class _Simulated:
    """Carries the actions out in MuJoCo.

    Args:
        name: of the model.
        params: masses and frictions; None takes those of the context's scene.
    """

    def __init__(self, name: str, params: Params | None) -> None:
        self.name, self._params = name, params
        self._scene: Scene | None = None

    def reset(self, context: Context) -> None:
        self._scene, self._state = context.scene, context.state

    def predict(self, actions: np.ndarray) -> Prediction:
        scene = _begun(self._scene, self.name)
        held = scene.nominal if self._params is None else self._params
        rollout = simulate(scene, actions, held, state=self._state)
        self._state = rollout.states[-1]
        return Prediction(_after(rollout))


class _CopyLast:
    """Repeats what was seen last."""

    name = "copy-last"

    def __init__(self) -> None:
        self._last: tuple[np.ndarray, float, np.ndarray] | None = None

    def reset(self, context: Context) -> None:
        self._last = _last(context)

    def predict(self, actions: np.ndarray) -> Prediction:
        joints, width, poses = _begun(self._last, self.name)
        count = len(checked_actions(actions))
        return Prediction(
            Track(np.tile(joints, (count, 1)), np.full(count, width), np.tile(poses, (count, 1, 1)))
        )


class _RobotOnly(_Simulated):
    """The robot moves as in a simulation, no object does."""

    def __init__(self) -> None:
        super().__init__("robot-only", None)

    def reset(self, context: Context) -> None:
        super().reset(context)
        self._poses = context.seen.poses[-1].copy()

    def predict(self, actions: np.ndarray) -> Prediction:
        moved = super().predict(actions).track
        assert moved is not None
        still = np.tile(self._poses, (len(moved.joints), 1, 1))
        return Prediction(Track(moved.joints, moved.width, still))


MODELS: Mapping[str, Callable[[Scene], WorldModel]] = {
    "copy-last": lambda scene: _CopyLast(),
    "robot-only": lambda scene: _RobotOnly(),
    "nominal": lambda scene: _Simulated("nominal", None),
    "exact": lambda scene: _Simulated("exact", scene.hidden),
}
"""Name -> what makes the model of a scene; only `exact` looks at what is hidden of it."""


def world_model(which: str | WorldModel | Callable[[Scene], WorldModel], scene: Scene) -> WorldModel:
    """A model for a scene.

    Args:
        which: a name of MODELS, "module:attribute" of something that takes a scene without hidden parameters
            and returns a model, such a function itself, or a model.
        scene: with its hidden parameters, which only `exact` is given.

    Raises:
        UsageError: no such name, or something that makes no world model.
    """
    made: Any = which
    if isinstance(which, str):
        made = MODELS[which](scene) if which in MODELS else _imported(which)
    if callable(made) and (isinstance(made, type) or not isinstance(made, WorldModel)):
        try:
            made = made(replace(scene, hidden=scene.nominal))
        except Exception as error:
            raise UsageError(f"{which!r} makes no world model of a scene: {error}") from error
    if not isinstance(made, WorldModel):
        raise UsageError(
            f"{which!r} makes no world model: expected an object with name, reset(context) and "
            f"predict(actions), got {type(made).__name__}"
        )
    return made


def checked_actions(actions: np.ndarray) -> np.ndarray:
    """(k, 8) floats: joint angles, rad, and opening, m.

    Raises:
        UsageError: other shapes, numbers that are not finite or out of range, more than 600.
    """
    return checked_commands(actions)


def check_prediction(prediction: Prediction, scene: Scene, count: int) -> Prediction:
    """The prediction, if it is one of `count` rows.

    Raises:
        UsageError: what is wrong with it.
    """
    if not isinstance(prediction, Prediction):
        raise UsageError(f"predict(actions) returns a Prediction, got {type(prediction).__name__}")
    track, frames = prediction.track, prediction.frames
    if (track is None) == (frames is None):
        raise UsageError("a prediction holds a track or frames, one of them")
    if frames is not None:
        _check_frames(frames, count)
    if track is not None:
        _check_track(track, scene, count)
    return prediction


def _check_frames(frames: Any, count: int) -> None:
    wanted = (count, len(VIEWS))
    shape, kind = _kind(frames)
    if kind != "uint8" or len(shape) != 5 or shape[:2] != wanted or shape[4] != 3:
        raise UsageError(f"predicted frames are uint8 {(*wanted, 'H', 'W', 3)}, got {kind} {shape}")


def _check_track(track: Track, scene: Scene, count: int) -> None:
    parts = (track.joints, track.width, track.poses)
    wanted = ((count, 7), (count,), (count, len(scene.bodies), 7))
    kinds = [_kind(one) for one in parts]
    if tuple(shape for shape, _ in kinds) != wanted or not all(kind[:5] == "float" for _, kind in kinds):
        raise UsageError(
            f"a predicted track has joints, width and poses, float arrays of {wanted}, got {kinds}"
        )
    limits = (FARTHEST_RAD, WIDEST_M, FARTHEST_M)
    for one, most, name in zip(
        (*parts[:2], track.poses[..., :3]), limits, ("joints", "width", "positions"), strict=True
    ):
        if not (np.abs(one) <= most).all():  # not finite ones fail, too
            raise UsageError(f"a predicted track holds {name} that are finite, within {most:g}")
    length = np.linalg.norm(track.poses[..., 3:], axis=-1)
    if not (np.abs(length - 1.0) <= OFF_UNIT).all():
        raise UsageError("a predicted pose ends with a unit quaternion (w, x, y, z)")


def _kind(array: Any) -> tuple[tuple[int, ...], str]:
    """Shape and dtype; of what is no array its type."""
    is_array = isinstance(array, np.ndarray)
    return (array.shape, str(array.dtype)) if is_array else ((), type(array).__name__)


def _imported(which: str) -> Any:
    module, _, attribute = which.partition(":")
    if not attribute:
        hint = did_you_mean(which, MODELS)
        raise UsageError(
            f"a world model is one of {', '.join(MODELS)}, or module:attribute, got {which!r}.{hint}"
        )
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"{which!r} cannot be imported: {error}") from error


def _begun(held: Any, name: str) -> Any:
    if held is None:
        raise UsageError(f"{name}: call reset(context) before predict(actions)")
    return held


def _last(context: Context) -> tuple[np.ndarray, float, np.ndarray]:
    seen = context.seen
    return seen.joints[-1].copy(), float(seen.width[-1]), seen.poses[-1].copy()


def _after(rollout: Rollout) -> Track:
    """The states after each action."""
    return Track(rollout.joints[1:], rollout.width[1:], rollout.poses[1:])
