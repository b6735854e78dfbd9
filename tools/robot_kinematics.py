"""Kinematics of the arm: where its tool is, and how to get it there.

Pure numpy. It knows neither MuJoCo nor objects; lengths and limits are public figures of the Franka arm
(modified Denavit-Hartenberg).
"""

__all__ = [
    "ACCELERATION_LIMIT",
    "HOME",
    "JOINTS",
    "JOINT_LOWER",
    "JOINT_UPPER",
    "MAX_TICKS",
    "MAX_WAYPOINTS",
    "MAX_WIDTH_M",
    "TICK_S",
    "TORQUE_LIMIT",
    "VELOCITY_LIMIT",
    "IkSolution",
    "Plan",
    "Waypoint",
    "forward",
    "min_jerk",
    "plan",
    "solve",
]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import UsageError

JOINTS = tuple(f"joint{number}" for number in range(1, 8))
TICK_S = 0.05
MAX_TICKS = 600
MAX_WIDTH_M = 0.08
TOOL_M = 0.107 + 0.1034
HAND_TURN_RAD = -np.pi / 4
HOME = np.array([0.0, -0.45, 0.0, -2.35, 0.0, 1.9, np.pi / 4])
JOINT_LOWER = np.array([-2.8973, -1.7628, -2.8973, -3.0718, -2.8973, -0.0175, -2.8973])
JOINT_UPPER = np.array([2.8973, 1.7628, 2.8973, -0.0698, 2.8973, 3.7525, 2.8973])
VELOCITY_LIMIT = np.array([2.175, 2.175, 2.175, 2.175, 2.61, 2.61, 2.61])
ACCELERATION_LIMIT = np.array([15.0, 7.5, 10.0, 12.5, 15.0, 20.0, 20.0])
TORQUE_LIMIT = np.array([87.0, 87.0, 87.0, 87.0, 12.0, 12.0, 12.0])
LINK_A_M = np.array([0.0, 0.0, 0.0, 0.0825, -0.0825, 0.0, 0.088])
LINK_D_M = np.array([0.333, 0.0, 0.316, 0.0, 0.384, 0.0, 0.0])
LINK_ALPHA_RAD = np.array([0.0, -np.pi / 2, np.pi / 2, np.pi / 2, -np.pi / 2, np.pi / 2, np.pi / 2])
ITERATIONS = 28
DAMPING = 0.02
MAX_STEP_RAD = 0.35
POSTURE_PULL = 0.08
POSITION_TOLERANCE_M = 0.002
ANGLE_TOLERANCE_RAD = 0.02
REACH_M = 2.0
SHORTEST_S, LONGEST_S = TICK_S, 10.0
MAX_WAYPOINTS = 64
for _table in (HOME, JOINT_LOWER, JOINT_UPPER, VELOCITY_LIMIT, ACCELERATION_LIMIT, TORQUE_LIMIT):
    _table.flags.writeable = False


@dataclass(frozen=True, eq=False)
class IkSolution:
    """Joint angles for poses of the tool, and how near they come."""

    joints: np.ndarray
    """(T, 7) rad, within the limits."""
    position_error_m: np.ndarray
    """(T,)"""
    angle_error_rad: np.ndarray
    """(T,)"""

    @property
    def reached(self) -> np.ndarray:
        """(T,) bool: within 2 mm and 0.02 rad."""
        near = self.position_error_m <= POSITION_TOLERANCE_M
        return near & (self.angle_error_rad <= ANGLE_TOLERANCE_RAD)


@dataclass(frozen=True)
class Waypoint:
    """Where the tool should be, with the gripper pointing down."""

    position: tuple[float, float, float]
    """x, y, z of the point between the fingertips, m."""
    yaw: float
    """Turn about z, rad; at 0 the fingers open along y."""
    width: float
    """Opening of the gripper that is reached there, 0 to 0.08 m."""
    duration_s: float
    """Time from the waypoint before, 0.05 to 10 s."""
    through: bool = False
    """Whether the tool goes through at speed (constant speed) or starts and stops (minimum jerk)."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Commands along waypoints."""

    commands: np.ndarray
    """(T, 8): seven joint angles, rad, and the opening of the gripper, m, at the end of each tick."""
    solution: IkSolution
    """Of every tick."""
    ends: tuple[int, ...]
    """Ticks after which each waypoint is reached."""


def forward(joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Position and rotation of the tool.

    Args:
        joints: (..., 7) rad.

    Returns:
        (..., 3) m and (..., 3, 3); the columns of the rotation are the tool's axes, z pointing out.

    >>> forward(HOME)[0].round(3)
    array([ 0.415, -0.   ,  0.397])
    """
    position, rotation, _, _ = _chain(np.asarray(joints, float).reshape(-1, 7))
    shape = np.shape(joints)[:-1]
    return position.reshape(*shape, 3), rotation.reshape(*shape, 3, 3)


def solve(position: np.ndarray, yaw: np.ndarray, *, guess: np.ndarray | None = None) -> IkSolution:
    """Joint angles that bring the tool, pointing down, to positions: damped least squares with a posture.

    All rows are solved on their own from one guess, so that a smooth path gives smooth joints.

    Args:
        position: (T, 3) m.
        yaw: (T,) rad.
        guess: (7,) where to start and what to stay near; `HOME` by default.

    Raises:
        UsageError: other shapes, or numbers that are not finite.
    """
    target = np.atleast_2d(np.asarray(position, float))
    turn = np.broadcast_to(np.asarray(yaw, float), target.shape[:1])
    if target.shape[1:] != (3,) or not np.isfinite(target).all() or not np.isfinite(turn).all():
        raise UsageError(
            f"poses of the tool are (T, 3) positions in m and (T,) turns in rad, all finite; got shape "
            f"{np.shape(position)}"
        )
    posture = HOME if guess is None else np.asarray(guess, float)
    facing = _downward(turn)
    joints = np.broadcast_to(posture, (len(target), 7)).copy()
    for _ in range(ITERATIONS):
        offset, twist, jacobian = _errors(target, facing, joints)
        joints = np.clip(joints + _step(jacobian, offset, twist, posture - joints), JOINT_LOWER, JOINT_UPPER)
    offset, twist, _ = _errors(target, facing, joints)
    return IkSolution(joints, np.linalg.norm(offset, axis=1), np.linalg.norm(twist, axis=1))


def min_jerk(ticks: int) -> np.ndarray:
    """Share of the way after each tick, from rest to rest with the least jerk.

    Formula: 10 s^3 - 15 s^4 + 6 s^5 (Flash and Hogan, 1985).

    >>> min_jerk(4).round(4)
    array([0.1035, 0.5   , 0.8965, 1.    ])
    """
    share = np.arange(1, ticks + 1) / ticks
    return share**3 * (10.0 - 15.0 * share + 6.0 * share**2)


def plan(joints: np.ndarray, waypoints: Sequence[Waypoint], *, width: float = MAX_WIDTH_M) -> Plan:
    """Commands that lead the tool from where it is along waypoints, straight from one to the next.

    Args:
        joints: (7,) at the start, rad.
        waypoints: 1 to 64 of them.
        width: opening of the gripper at the start, m.

    Raises:
        UsageError: a number that is not finite or out of its range, or more than 600 ticks.
    """
    ticks = _checked(waypoints)
    start, facing = forward(np.asarray(joints, float))
    place, turn, opening = start, float(np.arctan2(facing[1, 0], facing[0, 0])), float(width)
    places, turns, openings = [], [], []
    for waypoint, count in zip(waypoints, ticks, strict=True):
        share = np.arange(1, count + 1) / count if waypoint.through else min_jerk(count)
        target, yaw = np.asarray(waypoint.position, float), _nearest_turn(waypoint.yaw, turn)
        places.append(place + share[:, None] * (target - place))
        turns.append(turn + share * (yaw - turn))
        openings.append(opening + share * (waypoint.width - opening))
        place, turn, opening = target, yaw, waypoint.width
    solution = solve(np.concatenate(places), np.concatenate(turns))
    commands = np.column_stack((solution.joints, np.concatenate(openings)))
    return Plan(commands, solution, tuple(np.cumsum(ticks).tolist()))


def _checked(waypoints: Sequence[Waypoint]) -> list[int]:
    """Ticks of each waypoint.

    Raises:
        UsageError: as `plan` says.
    """
    if not 1 <= len(waypoints) <= MAX_WAYPOINTS:
        raise UsageError(f"a plan has 1 to {MAX_WAYPOINTS} waypoints, got {len(waypoints)}")
    for number, waypoint in enumerate(waypoints):
        values = np.array([*waypoint.position, waypoint.yaw, waypoint.width, waypoint.duration_s], float)
        if values.shape != (6,) or not np.isfinite(values).all() or np.abs(values[:3]).max() > REACH_M:
            raise UsageError(
                f"waypoint {number} needs a position (x, y, z) within {REACH_M} m of the foot, a yaw, a "
                f"width and a duration, all finite; got {waypoint}"
            )
        if not 0.0 <= waypoint.width <= MAX_WIDTH_M or abs(waypoint.yaw) > 2 * np.pi:
            raise UsageError(f"waypoint {number}: width is 0 to {MAX_WIDTH_M} m, yaw within a full turn")
        if not SHORTEST_S <= waypoint.duration_s <= LONGEST_S:
            raise UsageError(f"waypoint {number}: a duration is {SHORTEST_S} to {LONGEST_S} s")
    ticks = [max(1, round(waypoint.duration_s / TICK_S)) for waypoint in waypoints]
    if sum(ticks) > MAX_TICKS:
        raise UsageError(f"a plan has at most {MAX_TICKS} ticks of {TICK_S} s, this one has {sum(ticks)}")
    return ticks


def _nearest_turn(yaw: float, now: float) -> float:
    """The same place of the fingers nearest to the present turn: turned by pi it is the same gripper."""
    return now + (yaw - now + np.pi / 2) % np.pi - np.pi / 2


def _downward(yaw: np.ndarray) -> np.ndarray:
    """(T, 3, 3): tool axis down, turned about z."""
    facing = np.zeros((len(yaw), 3, 3))
    facing[:, 0, 0] = np.cos(yaw)
    facing[:, 1, 0] = np.sin(yaw)
    facing[:, 0, 1] = np.sin(yaw)
    facing[:, 1, 1] = -np.cos(yaw)
    facing[:, 2, 2] = -1.0
    return facing


def _chain(joints: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Tool position (T, 3), rotation (T, 3, 3), joint axes (T, 7, 3) and points on them (T, 7, 3)."""
    count = len(joints)
    rotation = np.broadcast_to(np.eye(3), (count, 3, 3))
    position = np.zeros((count, 3))
    axes, points = np.empty((count, 7, 3)), np.empty((count, 7, 3))
    sines, cosines = np.sin(joints), np.cos(joints)
    for link in range(7):
        position = position + rotation @ OFFSETS[link]
        local = np.zeros((count, 3, 3))
        c, s, ca, sa = cosines[:, link], sines[:, link], COS_ALPHA[link], SIN_ALPHA[link]
        local[:, 0, 0], local[:, 0, 1] = c, -s
        local[:, 1, 0], local[:, 1, 1], local[:, 1, 2] = s * ca, c * ca, -sa
        local[:, 2, 0], local[:, 2, 1], local[:, 2, 2] = s * sa, c * sa, ca
        rotation = rotation @ local
        axes[:, link], points[:, link] = rotation[:, :, 2], position
    position = position + TOOL_M * rotation[:, :, 2]
    c, s = np.cos(HAND_TURN_RAD), np.sin(HAND_TURN_RAD)
    return position, rotation @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]), axes, points


def _errors(
    target: np.ndarray, facing: np.ndarray, joints: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is left to go, (T, 3) m and (T, 3) rad, and the Jacobian (T, 6, 7)."""
    position, rotation, axes, points = _chain(joints)
    between = facing @ rotation.transpose(0, 2, 1)
    skew = np.stack(
        (
            between[:, 2, 1] - between[:, 1, 2],
            between[:, 0, 2] - between[:, 2, 0],
            between[:, 1, 0] - between[:, 0, 1],
        ),
        axis=1,
    )
    sine = np.sqrt((skew * skew).sum(axis=1)) / 2.0
    angle = np.arctan2(sine, (between[:, 0, 0] + between[:, 1, 1] + between[:, 2, 2] - 1.0) / 2.0)
    twist = skew * np.where(sine > 1e-9, angle / np.maximum(2.0 * sine, 1e-9), 0.5)[:, None]
    x, y, z = np.moveaxis(axes, 2, 0)
    u, v, w = np.moveaxis(position[:, None] - points, 2, 0)
    jacobian = np.stack((y * w - z * v, z * u - x * w, x * v - y * u, x, y, z), axis=1)
    return target - position, twist, jacobian


def _step(jacobian: np.ndarray, offset: np.ndarray, twist: np.ndarray, away: np.ndarray) -> np.ndarray:
    """(T, 7) rad: towards the target, and in the null space back to the posture."""
    wanted = np.concatenate((offset, twist), axis=1)
    squared = jacobian @ jacobian.transpose(0, 2, 1) + DAMPING**2 * np.eye(6)
    pull = POSTURE_PULL * away
    rest = wanted - (jacobian @ pull[:, :, None])[:, :, 0]
    step = pull + (jacobian.transpose(0, 2, 1) @ np.linalg.solve(squared, rest[:, :, None]))[:, :, 0]
    largest = np.abs(step).max(axis=1, keepdims=True)
    return step * np.minimum(1.0, MAX_STEP_RAD / np.maximum(largest, 1e-12))


COS_ALPHA, SIN_ALPHA = np.cos(LINK_ALPHA_RAD), np.sin(LINK_ALPHA_RAD)
OFFSETS = np.stack((LINK_A_M, -LINK_D_M * SIN_ALPHA, LINK_D_M * COS_ALPHA), axis=1)
