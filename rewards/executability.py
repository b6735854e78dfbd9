"""Whether an arm could move as a joint trajectory says.

After EVA (arXiv 2603.17808), which rewards a video by the actions that an inverse dynamics model reads from
it: smooth velocity, acceleration and jerk, inside the body's bounds. Its terms' weights are not published;
here they multiply, and each is the excess over a reference clip, because at 20 Hz a published limit of jerk
is 60 times what a good motion uses. Knows numbers only; torques come from whoever can compute them.
"""

__all__ = ["ArmLimits", "arm_following", "executability", "tracking"]

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log2

import numpy as np

from ..errors import UsageError
from .score import Score

OVER_SHARE = 0.1
JERK_DOUBLINGS = 3.0
LEAST_JERK_RAD_S3 = 1.0
STILL_RAD_S = 1e-3
TRACKING_RAD = 0.05
MAX_FRAMES = 100_000
MAX_DOF = 64

Rows = np.ndarray | Sequence[float]


@dataclass(frozen=True, eq=False)
class ArmLimits:
    """Bounds of a body's joints, (dof,) each.

    Args:
        lower: rad.
        upper: rad.
        velocity: rad/s.
        acceleration: rad/s2.
        torque: N m, or None where it is not judged.
    """

    lower: Rows
    upper: Rows
    velocity: Rows
    acceleration: Rows
    torque: Rows | None = None


def executability(
    joints: np.ndarray,
    *,
    dt_s: float,
    limits: ArmLimits,
    reference: np.ndarray,
    torques: np.ndarray | None = None,
    reference_torques: np.ndarray | None = None,
) -> Score:
    """How well an arm could follow a trajectory, beside a reference that it can follow.

    Formula: velocity * acceleration * jerk * stutter * bounds * torque. Velocity, acceleration, bounds and
    torque are exp(-(f - f_ref)/0.1), f the share of steps at which some joint is over its limit; jerk is
    clip(1 - log2(max(1, j/j_ref))/3, 0, 1) with the root mean square over joints and steps (j_ref at least
    1 rad/s3); stutter is 1 - (still - still_ref)/(1 - still_ref), the share of steps at which nothing moves
    by more than 1e-3 rad/s. What the reference does itself costs nothing. Differences are one-sided: central
    ones hide repeated frames.

    Args:
        joints: (frames, dof) rad, at least 4 frames.
        dt_s: time between frames, s.
        limits: of the body.
        reference: (any frames, dof) rad at the same dt: a motion of the same kind that is known to be good.
        torques: (frames, dof) N m, or None: torque is not judged.
        reference_torques: of the reference; None counts as within the limits.

    Raises:
        UsageError: shapes that do not fit, numbers that are not finite, dt not above 0.

    >>> limits = ArmLimits([-2.0], [2.0], [2.0], [20.0])
    >>> swing = np.sin(np.linspace(0.0, 3.0, 31))[:, None]
    >>> executability(swing, dt_s=0.1, limits=limits, reference=swing).value
    1.0
    >>> executability(np.zeros((31, 1)), dt_s=0.1, limits=limits, reference=swing).value
    0.0
    """
    if not np.isfinite(dt_s) or dt_s <= 0:
        raise UsageError(f"dt_s is the time between frames in s, above 0, got {dt_s}")
    one, other = _trajectory("joints", joints), _trajectory("reference", reference)
    if one.shape[1] != other.shape[1]:
        raise UsageError(
            f"joints and reference need the same number of joints, got {one.shape[1]} and {other.shape[1]}"
        )
    bounds = _limits(limits, one.shape[1])
    over, over_ref = _over(one, dt_s, bounds), _over(other, dt_s, bounds)
    parts = {name: exp(-max(0.0, over[name] - over_ref[name]) / OVER_SHARE) for name in over}
    jerk, jerk_ref = _jerk(one, dt_s), max(_jerk(other, dt_s), LEAST_JERK_RAD_S3)
    parts["jerk"] = max(0.0, 1.0 - log2(max(1.0, jerk / jerk_ref)) / JERK_DOUBLINGS)
    still, still_ref = _still(one, dt_s), _still(other, dt_s)
    parts["stutter"] = 1.0 - max(0.0, still - still_ref) / max(1.0 - still_ref, 1e-12)
    if torques is not None and bounds.torque is not None:
        limit = np.asarray(bounds.torque, float)
        excess = _share_over(_like("torques", torques, one), limit)
        if reference_torques is not None:
            excess -= _share_over(_like("reference_torques", reference_torques, other), limit)
        parts["torque"] = exp(-max(0.0, excess) / OVER_SHARE)
    value = float(np.prod(list(parts.values())))
    worst = min(parts, key=lambda name: parts[name])
    told = f"jerk {jerk:.3g} rad/s3 beside {jerk_ref:.3g}; weakest: {worst} {parts[worst]:.2f}"
    return Score(value, parts, told)


def tracking(joints: np.ndarray, reference: np.ndarray, *, tolerance_rad: float = TRACKING_RAD) -> Score:
    """How near a trajectory stays to another one, frame by frame.

    Formula: mean over the frames of exp(-(d/tolerance)^2), d the root mean square over the joints. The mean
    stands outside: one frame that is far off costs that frame.

    Args:
        joints: (frames, dof) rad.
        reference: (frames, dof) rad.
        tolerance_rad: at this distance a level of 1/e is left.

    Raises:
        UsageError: other shapes, numbers that are not finite, or no tolerance.

    >>> round(tracking(np.full((4, 7), 0.05), np.zeros((4, 7))).value, 3)
    0.368
    """
    one = _trajectory("joints", joints, least=1)
    other = _like("reference", reference, one)
    if not tolerance_rad > 0:
        raise UsageError(f"tolerance_rad is above 0, got {tolerance_rad}")
    distance = np.sqrt(((one - other) ** 2).mean(axis=1))
    value = float(np.exp(-((distance / tolerance_rad) ** 2)).mean())
    return Score(value, {"tracking": value}, f"joints are {distance.mean():.4f} rad off (mean)")


def arm_following(
    joints: np.ndarray,
    reference: np.ndarray,
    *,
    dt_s: float,
    limits: ArmLimits,
    torques: np.ndarray | None = None,
    reference_torques: np.ndarray | None = None,
) -> Score:
    """Whether an arm moves as it was told to, and as an arm can.

    Formula: tracking * (0.5 + 0.5 * executability): moving well elsewhere is worth nothing. With few frames
    (under 4) there is no jerk to be judged, and tracking alone counts.

    Args:
        joints: (frames, dof) rad.
        reference: (frames, dof) rad: the true motion.
        dt_s: time between frames, s.
        limits: of the body.
        torques: (frames, dof) N m, or None.
        reference_torques: (frames, dof) N m, or None.

    Raises:
        UsageError: as `executability` and `tracking` say.
    """
    near = tracking(joints, reference)
    if len(joints) < 4:
        return Score(near.value, near.parts, near.why)
    can = executability(
        joints,
        dt_s=dt_s,
        limits=limits,
        reference=reference,
        torques=torques,
        reference_torques=reference_torques,
    )
    parts = {"tracking": near.value, "executability": can.value}
    return Score(near.value * (0.5 + 0.5 * can.value), parts, f"{near.why}; {can.why}")


def _trajectory(name: str, rows: np.ndarray, least: int = 4) -> np.ndarray:
    try:
        array = np.asarray(rows, float)
    except (TypeError, ValueError):
        raise UsageError(f"{name}: expected numbers of shape (frames, dof)") from None
    fits = array.ndim == 2 and least <= len(array) <= MAX_FRAMES and 1 <= array.shape[1] <= MAX_DOF
    if not fits:
        raise UsageError(
            f"{name}: expected (frames, dof) with {least} to {MAX_FRAMES} frames and 1 to {MAX_DOF} joints, "
            f"got {array.shape}"
        )
    if not np.isfinite(array).all():
        raise UsageError(f"{name}: holds numbers that are not finite; send angles in rad")
    return array


def _like(name: str, rows: np.ndarray, other: np.ndarray) -> np.ndarray:
    array = _trajectory(name, rows, least=1)
    if array.shape != other.shape:
        raise UsageError(f"{name}: expected the shape {other.shape}, got {array.shape}")
    return array


def _limits(limits: ArmLimits, dof: int) -> ArmLimits:
    for name in ("lower", "upper", "velocity", "acceleration", "torque"):
        rows = getattr(limits, name)
        if rows is not None and (np.shape(rows) != (dof,) or np.isnan(np.asarray(rows, float)).any()):
            raise UsageError(f"limits.{name}: expected {dof} numbers, got shape {np.shape(rows)}")
    return limits


def _over(joints: np.ndarray, dt_s: float, limits: ArmLimits) -> dict[str, float]:
    """Share of steps at which some joint is over a limit, by kind."""
    speed = np.diff(joints, axis=0) / dt_s
    outside = (joints < np.asarray(limits.lower, float)) | (joints > np.asarray(limits.upper, float))
    return {
        "velocity": _share_over(speed, np.asarray(limits.velocity, float)),
        "acceleration": _share_over(np.diff(speed, axis=0) / dt_s, np.asarray(limits.acceleration, float)),
        "bounds": float(outside.any(axis=1).mean()),
    }


def _share_over(values: np.ndarray, limit: np.ndarray) -> float:
    return float((np.abs(values) > limit).any(axis=1).mean())


def _jerk(joints: np.ndarray, dt_s: float) -> float:
    return float(np.sqrt(np.mean((np.diff(joints, n=3, axis=0) / dt_s**3) ** 2)))


def _still(joints: np.ndarray, dt_s: float) -> float:
    return float((np.abs(np.diff(joints, axis=0)).max(axis=1) <= STILL_RAD_S * dt_s).mean())
