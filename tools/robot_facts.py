"""Stated robot motion measured: what sinks in, what holds, what torques.

Nothing is stepped: states come from outside, possible or not.
"""

__all__ = ["Facts", "arm_hits", "facts", "inverse_torques"]

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import UsageError
from .robot_indices import Indices, indices
from .robot_kinematics import MAX_TICKS, TICK_S
from .robot_look import FLOOR_Z_M, TABLE_CENTER_M, TABLE_SIZE_M
from .robot_mjcf import ARM_XML, arm_world_xml
from .robot_rollout import Track
from .robot_scene import GHOST_MARGIN_M, Params, Scene
from .simulator import load_model, load_mujoco

GRAVITY_M_S2 = 9.81
HIT_M = -0.001
MOST_ROWS = 2 * MAX_TICKS


@dataclass(frozen=True, eq=False)
class Facts:
    """Measures of some states, a row a state and a column an object."""

    penetration_m: np.ndarray
    """(T+1, n) how deep it sinks into anything."""
    supported: np.ndarray
    """(T+1, n) bool: something is within 3 mm; always true on a hinge."""
    energy_j: np.ndarray
    """(T+1, n) of height above the table and of motion, over the tick that ends there."""
    contacts: np.ndarray
    """(T+1, P) bool: pairs within 3 mm."""
    pairs: tuple[tuple[str, str], ...]
    """P pairs of objects, "gripper", "arm", "table", "fixture"."""


def facts(scene: Scene, track: Track, *, params: Params | None = None) -> Facts:
    """Measure states a tick apart.

    Args:
        scene: whose objects they are.
        track: the states.
        params: whose masses count; None takes the nominal ones.

    Raises:
        UsageError: shapes that do not fit, or numbers that are not finite.
    """
    rows = _checked(scene, track)
    model, data, where = _ghost(scene)
    penetration = np.zeros((rows, len(scene.bodies)))
    supported = np.zeros(penetration.shape, bool)
    contacts = np.zeros((rows, len(where.pairs)), bool)
    for row in range(rows):
        _put(model, data, where, track.joints[row], track.width[row], track.poses[row])
        contacts[row] = where.touching(data, GHOST_MARGIN_M)
        if data.ncon:
            owners = where.owner[np.asarray(data.contact.geom)]
            depth = np.repeat(-np.asarray(data.contact.dist), 2)
            flat = owners.reshape(-1)
            mine = flat < len(scene.bodies)
            supported[row, flat[mine]] = True
            np.maximum.at(penetration[row], flat[mine], depth[mine])
    clear = _above(scene, track.poses)
    penetration = np.maximum(penetration, -clear)
    supported |= clear <= GHOST_MARGIN_M
    for number, name in enumerate(scene.names):
        contacts[:, where.pairs.index((name, "table"))] |= clear[:, number] <= GHOST_MARGIN_M
    supported |= np.array([body.hinge is not None for body in scene.bodies], bool)
    energy = _energy(scene, track.poses, scene.nominal if params is None else params)
    return Facts(penetration, supported, energy, contacts, where.pairs)


def arm_hits(
    scene: Scene, joints: np.ndarray, width: np.ndarray, poses: np.ndarray | None = None
) -> tuple[tuple[str, ...], ...]:
    """What arm and gripper run into on a path, row by row: table, fixture, and what the arm must not touch.

    Args:
        scene: where.
        joints: (T, 7) rad.
        width: (T,) m.
        poses: (n, 7) of the objects; None leaves them at the start.

    Returns:
        For each row the names: "table", "fixture", and objects that the arm (not its gripper) runs into.
    """
    held = scene.start_poses if poses is None else np.asarray(poses, float)
    track = Track(joints, width, np.broadcast_to(held, (len(joints), *held.shape)))
    rows = _checked(scene, track)
    model, data, where = _ghost(scene)
    found = []
    for row in range(rows):
        _put(model, data, where, track.joints[row], track.width[row], held)
        touching = where.touching(data, HIT_M)
        names = set()
        for (one, other), touches in zip(where.pairs, touching, strict=True):
            if touches and other == "arm":
                names.add(one)
            elif touches and one in ("gripper", "arm"):
                names.add(other)
        found.append(tuple(sorted(names)))
    return tuple(found)


def inverse_torques(scene: Scene, joints: np.ndarray, dt_s: float = TICK_S) -> np.ndarray:
    """Torques that the arm alone needs to move so, gravity compensated as on the real one.

    Velocities and accelerations are one-sided differences: central ones miss dropped frames.

    Args:
        scene: whose arm.
        joints: (m, 7) rad, dt_s apart.
        dt_s: s between rows.

    Returns:
        (m, 7) N m.

    Raises:
        UsageError: another shape, or numbers that are not finite.
    """
    del scene
    path = np.asarray(joints, float)
    if path.ndim != 2 or path.shape[1] != 7 or not 1 <= len(path) <= MOST_ROWS or not np.isfinite(path).all():
        raise UsageError(
            f"joints: expected (m, 7) finite angles in rad, m from 1 to {MOST_ROWS}; got {path.shape}"
        )
    if not dt_s > 0.0:
        raise UsageError(f"dt_s: more than 0 s lie between rows, got {dt_s}")
    mujoco, model = load_mujoco(), load_model(arm_world_xml(ARM_XML))
    data = mujoco.MjData(model)
    speed = np.diff(path, axis=0, append=path[-1:]) / dt_s
    if len(path) > 1:
        speed[-1] = speed[-2]
    change = np.diff(speed, axis=0, append=speed[-1:]) / dt_s
    found = np.empty(path.shape)
    for row in range(len(path)):
        data.qpos[:7], data.qvel[:7], data.qacc[:7] = path[row], speed[row], change[row]
        data.qpos[7:], data.qvel[7:], data.qacc[7:] = 0.0, 0.0, 0.0
        mujoco.mj_inverse(model, data)
        found[row] = data.qfrc_inverse[:7]
    return found


def _checked(scene: Scene, track: Track) -> int:
    """How many rows.

    Raises:
        UsageError: as `facts` says.
    """
    rows = len(track.joints)
    shapes = ((rows, 7), (rows,), (rows, len(scene.bodies), 7))
    held = (track.joints, track.width, track.poses)
    if tuple(np.shape(one) for one in held) != shapes or not 1 <= rows <= MOST_ROWS:
        raise UsageError(
            f"states: expected joints (T, 7), width (T,) and poses (T, {len(scene.bodies)}, 7), T from 1 to "
            f"{MOST_ROWS}; got {[np.shape(one) for one in held]}"
        )
    if not all(np.isfinite(one).all() for one in held):
        raise UsageError("states: all numbers must be finite")
    return rows


_LOCAL = threading.local()


def _ghost(scene: Scene) -> tuple[Any, Any, Indices]:
    """Model, room and places of a scene's ghosts; the last one of a thread is kept."""
    held = getattr(_LOCAL, "ghost", None)
    if held is None or held[0] is not scene:
        model = load_model(scene.ghost_mjcf())
        held = _LOCAL.ghost = (scene, model, load_mujoco().MjData(model), indices(model, scene))
    return held[1:]


def _put(model: Any, data: Any, where: Indices, joints: np.ndarray, width: float, poses: np.ndarray) -> None:
    mujoco = load_mujoco()
    data.qpos[where.joints] = joints
    data.qpos[where.fingers] = width / 2.0
    for first, pose in zip(where.free, poses, strict=True):
        data.qpos[first : first + 7] = pose
    mujoco.mj_kinematics(model, data)
    mujoco.mj_comPos(model, data)
    mujoco.mj_collision(model, data)


def _above(scene: Scene, poses: np.ndarray) -> np.ndarray:
    """(T+1, n) m between the lowest point of each object and the table, or beside it the floor."""
    turn = poses[..., 3:]
    w, x, y, z = np.moveaxis(turn, -1, 0)
    along = np.stack((2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)), axis=-1)
    lowest = np.empty(poses.shape[:2])
    for number, body in enumerate(scene.bodies):
        half, axis = np.array(body.size_m) / 2.0, np.abs(along[:, number])
        if body.kind == "ball":
            reach = np.full(len(poses), half[0])
        elif body.kind in ("cylinder", "puck"):
            reach = half[2] * axis[:, 2] + half[0] * np.sqrt(np.maximum(0.0, 1.0 - axis[:, 2] ** 2))
        else:
            reach = axis @ half
        lowest[:, number] = poses[:, number, 2] - reach
    off = np.abs(poses[..., :2] - TABLE_CENTER_M)
    is_over = (off <= np.array(TABLE_SIZE_M[:2]) / 2.0).all(axis=-1)
    return np.where(is_over & (lowest > FLOOR_Z_M / 2.0), lowest, lowest - FLOOR_Z_M)


def _energy(scene: Scene, poses: np.ndarray, params: Params) -> np.ndarray:
    """(T+1, n) J of each tick; the mean height makes free flight keep its energy to the last digit."""
    speed = np.zeros((*poses.shape[:2], 3))
    spin = np.zeros_like(speed)
    if len(poses) > 1:
        speed[1:] = np.diff(poses[..., :3], axis=0) / TICK_S
        spin[1:] = _turn_between(poses[:-1, :, 3:], poses[1:, :, 3:]) / TICK_S
        speed[0], spin[0] = speed[1], spin[1]
    mass = np.array(params.mass_kg)
    inertia = np.array([body.inertia(m) for body, m in zip(scene.bodies, mass, strict=True)]).reshape(-1, 3)
    kinetic = 0.5 * mass * (speed**2).sum(axis=2) + 0.5 * (inertia * spin**2).sum(axis=2)
    height = poses[..., 2].copy()
    if len(poses) > 1:
        height[1:] = (poses[1:, :, 2] + poses[:-1, :, 2]) / 2.0
        height[0] = height[1]
    return kinetic + mass * GRAVITY_M_S2 * height


def _turn_between(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(..., 3) rad: the turn from one quaternion to another, in the frame of the first."""
    w = (one * other).sum(axis=-1)
    vector = (
        one[..., :1] * other[..., 1:] - other[..., :1] * one[..., 1:] - np.cross(one[..., 1:], other[..., 1:])
    ) * np.where(w < 0.0, -1.0, 1.0)[..., None]
    sine = np.linalg.norm(vector, axis=-1)
    angle = 2.0 * np.arctan2(sine, np.abs(w))
    return vector * np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0)[..., None]
