"""How near predicted poses come to the true ones, as skill.

Takes poses only and knows no simulator. A prediction in which the robot moves and no object does scores
0.99 by picture similarity; here it is the zero.
"""

__all__ = ["EVENTS", "ObjectLevels", "Symmetry", "events", "object_levels", "rotation_error", "state_skill"]

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..errors import UsageError
from .score import Score

Symmetry = Literal["none", "square", "axis", "ball"]
"""What turns cannot be seen: none; quarters about the own z axis and upside down; all about it; any."""

POSITION_SCALES_M = (0.01, 0.03, 0.09)
NEAR_M = 0.09
ANGLE_SCALES_RAD = tuple(np.radians((5.0, 15.0, 45.0)).tolist())
POSITION_SHARE, ANGLE_SHARE, EVENT_SHARE = 0.5, 0.25, 0.25
EVENTS = ("moved", "lifted", "tipped", "fallen")
MOVED_M, LIFTED_M, FALLEN_M = 0.01, 0.02, 0.05
TIPPED_COS = float(np.cos(np.radians(45.0)))
MAX_FRAMES, MAX_OBJECTS = 10_000, 256
LEAST_ROOM = 1e-6


@dataclass(frozen=True, eq=False)
class ObjectLevels:
    """How near each object is at each frame."""

    position: np.ndarray
    """(frames, n) in [0, 1]."""
    angle: np.ndarray
    """(frames, n) in [0, 1]; 1 for a ball."""
    event: np.ndarray
    """(n,) F1 of what happens to each object, in [0, 1]."""
    level: np.ndarray
    """(frames, n): 0.5 position + near (0.25 angle + 0.25 event); a ball's angle goes to its position."""


def state_skill(
    pred: np.ndarray,
    true: np.ndarray,
    start: np.ndarray,
    *,
    symmetry: Sequence[Symmetry],
    weights: np.ndarray | None = None,
) -> Score:
    """What a prediction of object poses is worth over objects that stay where they are.

    Formula: S = clip((s - s_static)/(1 - s_static), 0, 1), s the weighted mean over frames and objects of
    0.5 p + near (0.25 a + 0.25 e): p the mean of exp(-(d/sigma)^2) over sigma = 1, 3, 9 cm (a near miss pays
    more than a far one, exactness still pays), a the same of the angle over 5, 15, 45 degrees, e the F1 of
    events (moved, lifted, tipped, fallen, by frame), near = exp(-(d/9 cm)^2): to move an object anywhere is
    no event worth paying for. s_static is the same of `start` held still. Objects that stay count too: to
    move them costs. Ours; RobotRollout's base.

    Args:
        pred: (frames, n, 7) x y z qw qx qy qz, m and unit quaternions.
        true: (frames, n, 7).
        start: (n, 7) the last poses that were seen.
        symmetry: of each object, n of them.
        weights: (frames,) >= 0, or None for equal ones.

    Raises:
        UsageError: shapes that do not fit, numbers that are not finite, or nothing that moves: there
            is nothing to predict then.

    >>> start = np.array([[0.0, 0, 0, 1, 0, 0, 0]])
    >>> true = start + np.array([[[0.1, 0, 0, 0, 0, 0, 0]]])
    >>> state_skill(true, true, start, symmetry=["none"]).value
    1.0
    >>> state_skill(start[None], true, start, symmetry=["none"]).value
    0.0
    """
    true = _poses("true", true)
    pred = _poses("pred", pred)
    if pred.shape != true.shape:
        raise UsageError(f"pred: expected the shape {true.shape} of the true poses, got {pred.shape}")
    still = np.broadcast_to(_poses("start", np.asarray(start)[None]), true.shape)
    share = _weights(weights, len(true))
    own = object_levels(pred, true, still[0], symmetry=symmetry)
    static = object_levels(still, true, still[0], symmetry=symmetry)
    missed, room = (float(share @ (1.0 - levels.level).mean(axis=1)) for levels in (own, static))
    if room < LEAST_ROOM:
        raise UsageError("no object moves in the true poses: there is no skill over objects that stay")
    value = max(0.0, 1.0 - missed / room)
    parts = {
        "position": float(share @ own.position.mean(axis=1)),
        "angle": float(share @ own.angle.mean(axis=1)),
        "event": float(own.event.mean()),
    }
    off = np.linalg.norm(pred[..., :3] - true[..., :3], axis=2)
    told = (
        f"objects are {100 * float(share @ off.mean(axis=1)):.2f} cm off; level {1.0 - missed:.3f}, "
        f"{1.0 - room:.3f} if nothing moved"
    )
    return Score(value, parts, told)


def object_levels(
    pred: np.ndarray, true: np.ndarray, start: np.ndarray, *, symmetry: Sequence[Symmetry]
) -> ObjectLevels:
    """Levels of every frame and object, before any baseline.

    Args:
        pred: (frames, n, 7).
        true: (frames, n, 7).
        start: (n, 7).
        symmetry: of each object.

    Raises:
        UsageError: as `state_skill` says.
    """
    if len(symmetry) != true.shape[1]:
        raise UsageError(f"one symmetry an object: expected {true.shape[1]}, got {len(symmetry)}")
    distance = np.linalg.norm(pred[..., :3] - true[..., :3], axis=2)
    position = _kernel(distance, POSITION_SCALES_M)
    angle = _kernel(rotation_error(pred[..., 3:], true[..., 3:], symmetry=symmetry), ANGLE_SCALES_RAD)
    event = _f1(events(pred, start, symmetry=symmetry), events(true, start, symmetry=symmetry))
    is_ball = np.array([kind == "ball" for kind in symmetry])
    place = np.where(is_ball, POSITION_SHARE + ANGLE_SHARE, POSITION_SHARE)
    near = np.exp(-((distance / NEAR_M) ** 2))
    level = place * position + near * ((1.0 - EVENT_SHARE - place) * angle + EVENT_SHARE * event)
    return ObjectLevels(position, angle, event, np.minimum(level, 1.0))


def rotation_error(pred: np.ndarray, true: np.ndarray, *, symmetry: Sequence[Symmetry]) -> np.ndarray:
    """Angle between orientations, the smallest over the turns that cannot be seen.

    Args:
        pred: (frames, n, 4) unit quaternions, w first.
        true: (frames, n, 4).
        symmetry: of each object.

    Returns:
        (frames, n) rad, 0 to pi.

    >>> quarter = np.array([[[np.cos(np.pi / 4), 0.0, 0.0, np.sin(np.pi / 4)]]])
    >>> none = np.array([[[1.0, 0.0, 0.0, 0.0]]])
    >>> [round(float(rotation_error(quarter, none, symmetry=[kind])[0, 0]), 3) for kind in ("none", "square")]
    [1.571, 0.0]
    """
    between = _multiply(_conjugate(true), pred)
    error = np.empty(between.shape[:2])
    for number, kind in enumerate(symmetry):
        if kind not in ("none", "square", "axis", "ball"):
            raise UsageError(f"a symmetry is none, square, axis or ball, got {kind!r}")
        turn = between[:, number]
        if kind == "ball":
            error[:, number] = 0.0
        elif kind == "axis":
            tilt = 2.0 * np.arctan2(np.hypot(turn[:, 1], turn[:, 2]), np.hypot(turn[:, 0], turn[:, 3]))
            error[:, number] = np.minimum(tilt, np.pi - tilt)
        else:
            unseen = _SQUARE if kind == "square" else _SQUARE[:1]
            turned = _multiply(turn[:, None], unseen[None])
            error[:, number] = _angle(turned).min(axis=1)
    return error


def events(poses: np.ndarray, start: np.ndarray, *, symmetry: Sequence[Symmetry]) -> np.ndarray:
    """What has happened to each object by each frame.

    Moved: 1 cm from the start; lifted: 2 cm up; tipped: its upright axis leans by 45 degrees more than at
    the start (never a ball); fallen: 5 cm down.

    Args:
        poses: (frames, n, 7).
        start: (n, 7).
        symmetry: of each object.

    Returns:
        (frames, n, 4) bool, in the order of EVENTS.
    """
    gone = poses[..., :3] - start[:, :3]
    lean = (_upright(poses[..., 3:]) * _upright(start[:, 3:])).sum(axis=-1)
    may_tip = np.array([kind != "ball" for kind in symmetry])
    return np.stack(
        (
            np.linalg.norm(gone, axis=2) > MOVED_M,
            gone[..., 2] > LIFTED_M,
            (lean < TIPPED_COS) & may_tip,
            gone[..., 2] < -FALLEN_M,
        ),
        axis=2,
    )


def _f1(pred: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(n,) F1 over frames and kinds; 1 where nothing happens on either side."""
    both = (pred & true).sum(axis=(0, 2))
    either = pred.sum(axis=(0, 2)) + true.sum(axis=(0, 2))
    return np.where(either == 0, 1.0, 2.0 * both / np.maximum(either, 1))


def _kernel(error: np.ndarray, scales: Sequence[float]) -> np.ndarray:
    return np.mean([np.exp(-((error / scale) ** 2)) for scale in scales], axis=0)


def _poses(name: str, poses: np.ndarray) -> np.ndarray:
    """Checked poses with unit quaternions."""
    array = np.asarray(poses, float)
    fits = array.ndim == 3 and array.shape[2] == 7
    if not fits or not (1 <= len(array) <= MAX_FRAMES and 1 <= array.shape[1] <= MAX_OBJECTS):
        raise UsageError(
            f"{name}: expected poses (frames, objects, 7) with 1 to {MAX_FRAMES} frames and 1 to "
            f"{MAX_OBJECTS} objects, got {array.shape}"
        )
    if not np.isfinite(array).all():
        raise UsageError(f"{name}: poses are finite numbers, metres and quaternions")
    length = np.linalg.norm(array[..., 3:], axis=2, keepdims=True)
    if (np.abs(length - 1.0) > 1e-3).any():
        raise UsageError(f"{name}: a pose ends with a unit quaternion (w, x, y, z)")
    return np.concatenate((array[..., :3], array[..., 3:] / length), axis=2)


def _weights(weights: np.ndarray | None, frames: int) -> np.ndarray:
    if weights is None:
        return np.full(frames, 1.0 / frames)
    array = np.asarray(weights, float)
    if array.shape != (frames,) or not np.isfinite(array).all() or (array < 0).any() or not array.sum() > 0:
        raise UsageError(f"weights: expected {frames} numbers >= 0, not all 0, got shape {array.shape}")
    return array / array.sum()


def _upright(quaternion: np.ndarray) -> np.ndarray:
    """(..., 3): the object's own z axis in the world."""
    w, x, y, z = np.moveaxis(quaternion, -1, 0)
    return np.stack((2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)), axis=-1)


def _conjugate(quaternion: np.ndarray) -> np.ndarray:
    return quaternion * np.array([1.0, -1.0, -1.0, -1.0])


def _multiply(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    w, x, y, z = np.moveaxis(a, -1, 0)
    p, q, r, s = np.moveaxis(b, -1, 0)
    return np.stack(
        (
            w * p - x * q - y * r - z * s,
            w * q + x * p + y * s - z * r,
            w * r - x * s + y * p + z * q,
            w * s + x * r - y * q + z * p,
        ),
        axis=-1,
    )


def _angle(quaternion: np.ndarray) -> np.ndarray:
    """By arctan2: arccos loses half the digits near no turn at all."""
    return 2.0 * np.arctan2(np.linalg.norm(quaternion[..., 1:], axis=-1), np.abs(quaternion[..., 0]))


_HALF = float(np.sqrt(0.5))
_SQUARE = np.array(
    [
        [1.0, 0.0, 0.0, 0.0],
        [_HALF, 0.0, 0.0, _HALF],
        [0.0, 0.0, 0.0, 1.0],
        [_HALF, 0.0, 0.0, -_HALF],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, _HALF, _HALF, 0.0],
        [0.0, _HALF, -_HALF, 0.0],
    ]
)
