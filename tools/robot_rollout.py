"""What happens when the arm's commands are carried out, in MuJoCo.

A tick is 0.05 s, 12 steps; commands are reached in a straight line within their tick. A rollout is a function
of scene, commands, parameters and state, to the last bit, alone or in a batch.
"""

__all__ = [
    "MAX_FUTURES",
    "MAX_TICKS",
    "TICK_S",
    "Rollout",
    "Track",
    "simulate",
    "simulate_many",
    "start_state",
]

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import UsageError
from .robot_indices import indices
from .robot_kinematics import JOINT_LOWER, JOINT_UPPER, MAX_TICKS, MAX_WIDTH_M, TICK_S
from .robot_mjcf import SUBSTEPS
from .robot_scene import Params, Scene
from .simulator import load_model, load_mujoco

MAX_FUTURES = 64
BEYOND_RAD = 0.5
BEYOND_M = 0.02
FARTHEST_M = 100.0
COMMANDS = 8
PARAMS = (1e-4, 1e3)  # least mass, largest mass or friction


@dataclass(frozen=True, eq=False)
class Track:
    """What can be seen of a rollout: the start and every tick after it."""

    joints: np.ndarray
    """(T+1, 7) rad."""
    width: np.ndarray
    """(T+1,) m."""
    poses: np.ndarray
    """(T+1, n, 7)"""


@dataclass(frozen=True, eq=False)
class Rollout:
    """What happened; rows are the start and the end of every tick."""

    time: np.ndarray
    """(T+1,) s."""
    joints: np.ndarray
    """(T+1, 7) rad."""
    joint_velocities: np.ndarray
    """(T+1, 7) rad/s."""
    width: np.ndarray
    """(T+1,) m between the fingers."""
    poses: np.ndarray
    """(T+1, n, 7)"""
    torques: np.ndarray
    """(T+1, 7) N m of the servos."""
    contacts: np.ndarray
    """(T+1, P) bool: which pairs touch."""
    pairs: tuple[tuple[str, str], ...]
    """P pairs of objects, "gripper", "arm", "table", "fixture"."""
    states: np.ndarray
    """(T+1, S): time, positions, velocities, and the command that was reached."""

    @property
    def ticks(self) -> int:
        """How many."""
        return len(self.time) - 1

    @property
    def track(self) -> Track:
        """What can be seen."""
        return Track(self.joints, self.width, self.poses)


def start_state(scene: Scene) -> np.ndarray:
    """(S,) of a scene before anything happens."""
    model = load_model(scene.mjcf(scene.nominal))
    where = indices(model, scene)
    positions = np.array(model.qpos0)
    positions[where.joints] = scene.start_joints
    positions[where.fingers] = scene.start_width / 2.0
    return np.concatenate(([0.0], positions, np.zeros(model.nv), scene.start_joints, [scene.start_width]))


def simulate(
    scene: Scene,
    commands: np.ndarray | None = None,
    params: Params | None = None,
    *,
    state: np.ndarray | None = None,
) -> Rollout:
    """Carry out commands.

    Args:
        scene: where.
        commands: (T, 8) joint angles, rad, and opening, m, 1 to 600 of them; None takes the scene's own.
        params: masses and frictions; None takes the hidden ones.
        state: (S,) where to go on from, a row of `Rollout.states`; None starts at the beginning.

    Raises:
        UsageError: numbers that are not finite or out of range, other shapes, or a motion that MuJoCo cannot
            follow, as of absurd parameters.
    """
    mujoco = load_mujoco()
    model, first, controls = _prepared(scene, commands, params, state)
    data = mujoco.MjData(model)
    full = int(mujoco.mjtState.mjSTATE_FULLPHYSICS)
    mujoco.mj_setState(model, data, first[:-COMMANDS], full)
    states = np.empty((len(controls) + 1, len(first) - COMMANDS))
    states[0] = first[:-COMMANDS]
    for tick, steps in enumerate(controls):
        for control in steps:
            data.ctrl[:] = control
            mujoco.mj_step(model, data)
        mujoco.mj_getState(model, data, states[tick + 1], full)
    return _recorded(scene, model, states, np.vstack((first[-COMMANDS:], controls[:, -1])))


def simulate_many(
    scene: Scene,
    commands: np.ndarray | Sequence[np.ndarray] | None = None,
    params: Params | Sequence[Params | None] | None = None,
    *,
    state: np.ndarray | None = None,
    futures: int | None = None,
    threads: int = 2,
) -> tuple[Rollout, ...]:
    """Carry out several futures side by side; equal to the bit to one `simulate` each.

    Args:
        scene: where.
        commands: (T, 8) for all, or K of them with one T; None takes the scene's own.
        params: for all, or K of them.
        state: (S,) for all, or (K, S).
        futures: K, where nothing else says it; at most 64.
        threads: that MuJoCo may use.

    Raises:
        UsageError: as `simulate` says, or counts that differ.
    """
    mujoco = load_mujoco()
    every = _spread(commands, params, state, futures)
    prepared = [_prepared(scene, *one) for one in every]
    if len({len(controls) for _, _, controls in prepared}) != 1:
        raise UsageError("futures that are simulated side by side have the same number of ticks")
    models = [model for model, _, _ in prepared]
    rooms = [mujoco.MjData(models[0]) for _ in range(max(1, min(threads, len(models))))]
    firsts = np.stack([first[:-COMMANDS] for _, first, _ in prepared])
    steps = np.stack([controls.reshape(-1, COMMANDS) for _, _, controls in prepared])
    with _rollouts(len(rooms)) as rollouts:
        raw, _ = rollouts.rollout(models, rooms if len(rooms) > 1 else rooms[0], firsts, steps)
    found = []
    for (model, first, controls), rows in zip(prepared, raw, strict=True):
        states = np.vstack((first[:-COMMANDS], rows[SUBSTEPS - 1 :: SUBSTEPS]))
        found.append(_recorded(scene, model, states, np.vstack((first[-COMMANDS:], controls[:, -1]))))
    return tuple(found)


def _rollouts(threads: int) -> Any:
    from mujoco.rollout import Rollout as Pool

    return Pool(nthread=threads if threads > 1 else 0)


def _spread(commands: Any, params: Any, state: Any, futures: int | None) -> list[tuple[Any, Any, Any]]:
    """Commands, parameters and state of each future."""
    columns: list[tuple[Any, bool]] = [
        (commands, commands is not None and np.ndim(commands[0]) == 2),
        (params, params is not None and not isinstance(params, Params)),
        (state, state is not None and np.ndim(state) == 2),
    ]
    lengths = [len(values) for values, is_many in columns if is_many]
    count = lengths[0] if lengths else futures
    if count is None or any(one != count for one in lengths) or futures not in (None, count):
        raise UsageError(f"futures: say how many, the same number everywhere; got {lengths} and {futures}")
    if not 1 <= count <= MAX_FUTURES:
        raise UsageError(f"1 to {MAX_FUTURES} futures at a time, got {count}")

    def of(number: int) -> tuple[Any, Any, Any]:
        one, two, three = (values[number] if is_many else values for values, is_many in columns)
        return one, two, three

    return [of(number) for number in range(count)]


def _prepared(
    scene: Scene, commands: np.ndarray | None, params: Params | None, state: np.ndarray | None
) -> tuple[Any, np.ndarray, np.ndarray]:
    """Model, first state, and (T, SUBSTEPS, 8) controls."""
    told = checked_commands(scene.commands if commands is None else commands)
    held = _checked_params(scene, scene.hidden if params is None else params)
    first = start_state(scene)
    if state is not None:
        given = np.asarray(state, float)
        if given.shape != first.shape or not np.isfinite(given).all():
            raise UsageError(
                f"state: expected {first.shape} finite numbers, a row of Rollout.states of this scene; got "
                f"shape {given.shape}"
            )
        first = given
    before = np.vstack((first[-COMMANDS:], told[:-1]))
    share = (np.arange(1, SUBSTEPS + 1) / SUBSTEPS)[None, :, None]
    controls = before[:, None] + share * (told - before)[:, None]
    controls[:, -1] = told
    return load_model(scene.mjcf(held)), first, controls


def checked_commands(commands: np.ndarray) -> np.ndarray:
    """(T, 8) floats.

    Raises:
        UsageError: as `simulate` says.
    """
    try:
        told = np.asarray(commands, float)
    except (TypeError, ValueError) as error:
        raise UsageError(f"commands: expected (T, 8) numbers, got {type(commands).__name__}") from error
    if told.ndim != 2 or told.shape[1] != COMMANDS or not 1 <= len(told) <= MAX_TICKS:
        raise UsageError(
            f"commands: expected (T, 8), 7 joint angles in rad, the opening in m, T from 1 to {MAX_TICKS}; "
            f"got shape {told.shape}"
        )
    if not np.isfinite(told).all():
        tick = int(np.flatnonzero(~np.isfinite(told).all(axis=1))[0])
        raise UsageError(f"commands: all numbers must be finite; those of tick {tick} are not")
    joints, width = told[:, :7], told[:, 7]
    far = (joints < JOINT_LOWER - BEYOND_RAD) | (joints > JOINT_UPPER + BEYOND_RAD)
    if far.any():
        tick, joint = (int(one[0]) for one in np.nonzero(far))
        low, high = JOINT_LOWER[joint], JOINT_UPPER[joint]
        raise UsageError(
            f"commands: joint{joint + 1} moves from {low:.2f} to {high:.2f} rad, tick {tick} wants "
            f"{joints[tick, joint]:.2f}"
        )
    if width.min() < -BEYOND_M or width.max() > MAX_WIDTH_M + BEYOND_M:
        raise UsageError(
            f"commands: the gripper opens from 0 to {MAX_WIDTH_M} m, got {width.min():.3f} to "
            f"{width.max():.3f}"
        )
    return told


def _checked_params(scene: Scene, params: Params) -> Params:
    count = len(scene.bodies)
    values = np.array([*params.mass_kg, *params.friction], float)
    if len(params.mass_kg) != count or len(params.friction) != count:
        raise UsageError(f"parameters: expected a mass and a friction for each of {count} objects")
    masses, frictions = values[:count], values[count:]
    if (
        not np.isfinite(values).all()
        or masses.min(initial=1.0) < PARAMS[0]
        or frictions.min(initial=0.0) < 0.0
    ):
        raise UsageError(
            f"parameters: masses from {PARAMS[0]} kg, frictions from 0, all finite; got {params}"
        )
    if values.max(initial=0.0) > PARAMS[1]:
        raise UsageError(f"parameters: at most {PARAMS[1]:.0f}; got {params}")
    return params


def _recorded(scene: Scene, model: Any, states: np.ndarray, reached: np.ndarray) -> Rollout:
    """The rollout of states (T+1, time qpos qvel)."""
    where = indices(model, scene)
    positions = states[:, 1 : 1 + model.nq]
    speeds = states[:, 1 + model.nq :]
    if not np.isfinite(states).all() or np.abs(positions).max() > FARTHEST_M:
        raise UsageError(
            "this motion cannot be simulated; take masses and frictions nearer to the nominal ones"
        )
    rows = len(states)
    poses = np.empty((rows, len(scene.bodies), 7))
    torques = np.empty((rows, 7))
    contacts = np.zeros((rows, len(where.pairs)), bool)
    mujoco, data = load_mujoco(), _scratch(model)
    for row in range(rows):
        data.qpos[:], data.qvel[:], data.ctrl[:] = positions[row], speeds[row], reached[row]
        mujoco.mj_fwdPosition(model, data)
        mujoco.mj_fwdVelocity(model, data)
        mujoco.mj_fwdActuation(model, data)
        poses[row, :, :3], poses[row, :, 3:] = data.xpos[where.bodies], data.xquat[where.bodies]
        torques[row] = data.actuator_force[:7]
        contacts[row] = where.touching(data)
    return Rollout(
        states[:, 0] - states[0, 0],
        positions[:, where.joints].copy(),
        speeds[:, where.joint_speeds].copy(),
        positions[:, where.fingers].sum(axis=1),
        poses,
        torques,
        contacts,
        where.pairs,
        np.column_stack((states, reached)),
    )


_LOCAL = threading.local()


def _scratch(model: Any) -> Any:
    """Room to compute in, one a thread and model text."""
    held = getattr(_LOCAL, "scratch", None)
    if held is None or held[0] is not model:
        held = _LOCAL.scratch = (model, load_mujoco().MjData(model))
    return held[1]
