"""Policies for robot scenes, good to useless, that a model has to rank."""

__all__ = ["POLICIES", "Policy"]

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from zlib import crc32

import numpy as np

from ..tools.robot_kinematics import JOINT_LOWER, JOINT_UPPER, plan
from ..tools.robot_scene import Scene

STILL = 1e-4  # rad or m a tick

Policy = Callable[[Scene], np.ndarray]
"""Scene -> (T, 8) commands, T as many as the scene has."""


def _expert(scene: Scene) -> np.ndarray:
    return scene.commands.copy()


def _stretched(scene: Scene, *, factor: float) -> np.ndarray:
    """The expert's path at another speed, cut off or held at the end."""
    start = np.append(scene.start_joints, scene.start_width)
    path = np.vstack((start, scene.commands))
    at = np.minimum(np.arange(1, scene.ticks + 1) * factor, scene.ticks)
    return np.stack([np.interp(at, np.arange(len(path)), column) for column in path.T], axis=1)


def _aside(scene: Scene, *, spread_rad: float) -> np.ndarray:
    """The expert's path with the arm off by an angle in each joint, drawn by the scene's name."""
    rng = np.random.default_rng([crc32(scene.id.encode()), round(1e6 * spread_rad)])
    off = rng.normal(0.0, spread_rad, 7)
    off[1] = -abs(off[1])  # upwards: no policy pushes into the table
    commands = scene.commands.copy()
    ramp = np.minimum(np.arange(1, len(commands) + 1) / 6.0, 1.0)[:, None]
    commands[:, :7] = np.clip(commands[:, :7] + ramp * off, JOINT_LOWER, JOINT_UPPER)
    return commands


def _cut(scene: Scene, *, share: float) -> np.ndarray:
    """The expert's path up to a share of the time in which it moves, then nothing moves."""
    moves = np.flatnonzero(np.abs(np.diff(scene.commands, axis=0)).max(axis=1) > STILL)
    last = max(1, round(share * (int(moves[-1]) + 2 if len(moves) else 1)))
    return scene.commands[np.minimum(np.arange(scene.ticks), last - 1)]


def _turned(scene: Scene, *, degrees: float) -> np.ndarray:
    """The expert's path, turned about the place where the object stands."""
    turn, middle = np.radians(degrees), scene.start_poses[scene.names.index(scene.goal.body), :2]
    c, s = np.cos(turn), np.sin(turn)
    way = []
    for one in scene.waypoints:
        x, y = np.array([[c, -s], [s, c]]) @ (np.array(one.position[:2]) - middle) + middle
        yaw = (one.yaw + turn + np.pi) % (2.0 * np.pi) - np.pi
        way.append(replace(one, position=(float(x), float(y), one.position[2]), yaw=float(yaw)))
    return plan(np.array(scene.start_joints), way, width=scene.start_width).commands


def _still(scene: Scene) -> np.ndarray:
    return np.tile(np.append(scene.start_joints, scene.start_width), (scene.ticks, 1))


POLICIES: Mapping[str, Policy] = {
    "expert": _expert,
    "slow": partial(_stretched, factor=0.7),
    "slower": partial(_stretched, factor=0.5),
    "off by 0.01 rad": partial(_aside, spread_rad=0.01),
    "off by 0.04 rad": partial(_aside, spread_rad=0.04),
    "turned by 15°": partial(_turned, degrees=15.0),
    "turned by 40°": partial(_turned, degrees=-40.0),
    "turned by 120°": partial(_turned, degrees=120.0),
    "cut at 60 %": partial(_cut, share=0.6),
    "cut at 45 %": partial(_cut, share=0.45),
    "cut at 30 %": partial(_cut, share=0.3),
    "still": _still,
}
"""Name -> policy."""
