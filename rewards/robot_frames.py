"""What frames show of objects, arm and physics, read from pixels.

For predictions that are pictures and hold no poses. All is measured against two rendered films, the true one
and one in which the robot moves as in truth while no object does: where the two differ, and only there, an
object did something. Knows pictures and masks only.
"""

__all__ = ["SeenTruth", "seen_arm", "seen_physics", "seen_state"]

from dataclasses import dataclass
from math import exp

import cv2
import numpy as np

from ..errors import UsageError
from .fidelity import horizon_weights
from .score import Score

QUIET_LEVELS = 12
BACKGROUND_LEVELS = 4.0
FROZEN_SHARE = 0.2
STILL_LEVELS = 2
SPREAD_PX = 5
LEAST_PX = 25
_SPREAD = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (SPREAD_PX, SPREAD_PX))


@dataclass(frozen=True, eq=False)
class SeenTruth:
    """The films and masks that predicted frames are read against.

    Args:
        true: (frames, views, H, W, 3) uint8.
        robot_only: the same shape: the robot moves as in truth, objects stay.
        last: (views, H, W, 3) uint8: the last frames that were seen.
        arm: (frames, views, H, W) bool: where the robot is in truth.
        objects: the same shape: where an object is in truth.
        arm_before: (views, H, W) bool: where it was in the last frames.
        is_fixed: (views,) bool: the camera does not move with the robot.

    Raises:
        UsageError: shapes or dtypes that do not fit.
    """

    true: np.ndarray
    robot_only: np.ndarray
    last: np.ndarray
    arm: np.ndarray
    objects: np.ndarray
    arm_before: np.ndarray
    is_fixed: np.ndarray

    def __post_init__(self) -> None:
        shape = self.true.shape
        fits = self.true.ndim == 5 and shape[4:] == (3,) and self.true.dtype == np.uint8
        fits = fits and self.robot_only.shape == shape and self.last.shape == shape[1:]
        fits = fits and all(one.dtype == np.uint8 for one in (self.robot_only, self.last))
        flags = (self.arm, self.objects, self.arm_before, self.is_fixed)
        fits = fits and self.arm.shape == self.objects.shape == shape[:4]
        fits = fits and self.arm_before.shape == shape[1:4] and self.is_fixed.shape == shape[1:2]
        fits = fits and all(one.dtype == np.bool_ for one in flags)
        if not fits:
            raise UsageError(
                "SeenTruth takes two films (frames, views, H, W, 3) uint8, last frames (views, H, W, 3), "
                f"masks (frames, views, H, W) and (views, H, W) bool and (views,) bool, got {shape}, "
                f"{self.robot_only.shape}, {self.last.shape}, {self.arm.shape}, {self.arm_before.shape}, "
                f"{self.is_fixed.shape}"
            )


def seen_state(pred: np.ndarray, truth: SeenTruth) -> Score:
    """What frames show of what objects do.

    Formula: weighted mean over frames of min(J, J_there), J = sum(w * clip(1 - d(pred, true)/w, 0, 1)) /
    sum(w) over views and the pixels off the robot, w = max(d(true, robot_only), d(pred, robot_only)), d the
    largest difference of a channel less 12 levels; J_there the same over the pixels where an object came
    in truth. A soft Jaccard index of changes: frames in which no object moves score 0, motion that is
    not in truth costs as much as motion that is missing, and to wipe objects away is not to move them.
    Weights grow with the horizon; frames in which no object has moved count only where the prediction moves
    one. Ours.

    Args:
        pred: (frames, views, H, W, 3) uint8.
        truth: the films.

    Raises:
        UsageError: another shape or dtype, or objects that never move.
    """
    pred = _like(pred, truth)
    weights = horizon_weights(len(pred))
    total, counted, has_motion = 0.0, 0.0, False
    for t, weight in enumerate(weights):
        sums = np.sum([_changes(pred[t, v], truth, t, v) for v in range(pred.shape[1])], axis=0)
        agreed, changed, agreed_there, changed_there, room = sums.tolist()
        has_motion = has_motion or room >= LEAST_PX
        if room >= LEAST_PX or changed > 0.0:
            counted += weight
            there = agreed_there / changed_there if changed_there > 0.0 else 1.0
            total += weight * min(agreed / changed, there)
    if not has_motion:
        raise UsageError("no object moves in the true frames: there is nothing to be seen of it")
    value = min(1.0, total / counted)
    return Score(
        value, {"state": value}, f"{value:.0%} of what objects change in the pictures is as in truth"
    )


def seen_arm(pred: np.ndarray, truth: SeenTruth) -> Score:
    """Whether frames show the robot where its commands take it.

    Formula: weighted mean over frames of sum(w * clip(1 - d(pred, true)/w, 0, 1)) / sum(w), with
    w = d(true, last), over the pixels of fixed views where the robot is or was; 1 where it is drawn as in
    truth, 0 where the last frame is repeated. In place of joints that an inverse dynamics model reads (EVA,
    arXiv 2603.17808).

    Args:
        pred: (frames, views, H, W, 3) uint8.
        truth: the films.

    Raises:
        UsageError: another shape or dtype.
    """
    pred = _like(pred, truth)
    total = counted = 0.0
    for t, weight in enumerate(horizon_weights(len(pred))):
        agreed = wanted = 0.0
        for v in np.flatnonzero(truth.is_fixed):
            robot = truth.arm[t, v] | truth.arm_before[v]
            room = _apart(truth.true[t, v], truth.last[v]) * robot
            wrong = _apart(pred[t, v], truth.true[t, v]) * robot
            agreed += float(np.maximum(room - wrong, 0.0).sum(dtype=np.float64))
            wanted += float(room.sum(dtype=np.float64))
        if wanted > 0.0:
            counted += weight
            total += weight * (agreed / wanted)
    value = min(1.0, total / counted) if counted else 0.0
    return Score(
        value, {"arm": value}, f"{value:.0%} of what the robot changes in the pictures is as in truth"
    )


def seen_physics(pred: np.ndarray, truth: SeenTruth) -> Score:
    """Whether frames keep still what is still, and move on where the truth does.

    Formula: background * frozen; background = exp(-max(0, b - b_true)/4), b the mean difference in levels,
    from one frame to the next, of the pixels of fixed views that never change by more than 2 levels in
    truth; frozen = exp(-f/0.2), f the share of steps at which nothing changes although it does in truth.
    Ours: what pixels alone tell of permanence.

    Args:
        pred: (frames, views, H, W, 3) uint8.
        truth: the films.

    Raises:
        UsageError: another shape or dtype.
    """
    pred = _like(pred, truth)
    drift: list[float] = []
    true_drift: list[float] = []
    frozen = steps = 0
    for v in np.flatnonzero(truth.is_fixed):
        still = ~_ever_changed(truth.true[:, v], truth.last[v])
        before, true_before = truth.last[v], truth.last[v]
        for now, true_now in zip(pred[:, v], truth.true[:, v], strict=True):
            if still.any():
                drift.append(float(np.mean(_largest(now, before)[still], dtype=np.float64)))
                true_drift.append(float(np.mean(_largest(true_now, true_before)[still], dtype=np.float64)))
            if np.count_nonzero(_apart(true_now, true_before)) >= LEAST_PX:
                steps += 1
                frozen += np.count_nonzero(_apart(now, before)) < LEAST_PX
            before, true_before = now, true_now
    level = max(0.0, float(np.mean(drift)) - float(np.mean(true_drift))) if drift else 0.0
    parts = {
        "background": exp(-level / BACKGROUND_LEVELS),
        "frozen": exp(-(frozen / steps if steps else 0.0) / FROZEN_SHARE),
    }
    told = (
        f"the background changes by {level:.2f} levels a frame too much; {frozen} of {steps} steps are frozen"
    )
    return Score(parts["background"] * parts["frozen"], parts, told)


def _changes(pred: np.ndarray, truth: SeenTruth, t: int, v: int) -> tuple[float, float, float, float, float]:
    """Sums of what changed as in truth and of all changes, the same where an object came, and true pixels."""
    off_arm = ~truth.arm[t, v]
    wanted = _apart(truth.true[t, v], truth.robot_only[t, v]) * off_arm
    shown = _apart(pred, truth.robot_only[t, v]) * off_arm
    most = np.maximum(wanted, shown)
    right = np.maximum(most - _apart(pred, truth.true[t, v]) * off_arm, 0.0)
    came = truth.objects[t, v] & (wanted > 0.0)
    return _sum(right), _sum(most), _sum(right[came]), _sum(most[came]), float(np.count_nonzero(wanted))


def _sum(values: np.ndarray) -> float:
    return float(values.sum(dtype=np.float64))


def _like(pred: np.ndarray, truth: SeenTruth) -> np.ndarray:
    pred = np.asarray(pred)
    if pred.dtype != np.uint8 or pred.shape != truth.true.shape:
        raise UsageError(
            f"pred: expected uint8 frames of shape {truth.true.shape}, got {pred.shape} {pred.dtype}"
        )
    return pred


def _apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(H, W) float32: the largest difference of a channel, less the quiet levels, at least 0."""
    largest = _largest(a, b)
    return cv2.subtract(largest, np.full_like(largest, QUIET_LEVELS)).astype(np.float32)


def _largest(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(H, W) uint8: the largest difference of a channel."""
    apart = cv2.absdiff(a, b)
    return cv2.max(cv2.max(apart[..., 0], apart[..., 1]), apart[..., 2])


def _ever_changed(film: np.ndarray, last: np.ndarray) -> np.ndarray:
    """(H, W) bool: pixels that differ from the last frame at any time, spread by 5 px."""
    largest = np.zeros(last.shape[:2], np.uint8)
    for frame in film:
        largest = cv2.max(largest, _largest(frame, last))
    return cv2.dilate((largest > STILL_LEVELS).astype(np.uint8), _SPREAD) > 0
