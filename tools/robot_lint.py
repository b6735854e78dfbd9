"""What predicted motion does that bodies do not: measured, and told.

Geometry of given states alone: nothing is simulated, so that nothing of the truth can be told.
"""

__all__ = ["body_facts", "faults_told"]

import numpy as np

from ..rewards.robot_physics import GRAVITY_M_S2, BodyFacts
from .robot_draft import Motion
from .robot_facts import Facts, facts
from .robot_rollout import TICK_S, Track
from .robot_scene import Scene

DEEP_M = 0.003
JUMP_M_S = 1.0
RISE_M = 0.02
ROBOT = ("gripper", "arm")
MAX_LINES = 40


def body_facts(scene: Scene, motion: Motion) -> BodyFacts:
    """Measures of some states for `rewards.robot_physics`.

    Args:
        scene: its nominal parameters count.
        motion: the states; between them everything moves straight.
    """
    whole = motion.every_tick()
    return _facts(scene, whole, facts(scene, Track(whole.joints, whole.width, whole.poses)))


def faults_told(scene: Scene, motion: Motion) -> str:
    """Faults of some states, a line each, the first of a kind and object.

    Args:
        scene: its nominal parameters count.
        motion: the states; between them everything moves straight.
    """
    whole = motion.every_tick()
    raw = facts(scene, Track(whole.joints, whole.width, whole.poses))
    found = _facts(scene, whole, raw)
    is_row = np.isin(whole.ticks, motion.ticks)
    change = np.linalg.norm(np.diff(found.velocity_m_s, axis=0), axis=2)
    rise = np.maximum(np.diff(found.energy_j, axis=0), 0.0) * ~(found.is_handled[1:] | found.is_handled[:-1])
    lines: list[str] = []
    for number, name in enumerate(scene.names):
        deep = np.flatnonzero((found.penetration_m[:, number] > DEEP_M) & is_row)
        if len(deep):
            most = int(deep[found.penetration_m[deep, number].argmax()])
            depth = 1000 * found.penetration_m[most, number]
            lines.append(f"{name}: {depth:.0f} mm inside something at t = {_time(whole, most)}{_more(deep)}")
        free = np.flatnonzero(~found.is_supported[:, number] & is_row & ~_falls(found, number))
        if len(free):
            lines.append(
                f"{name}: touches nothing at t = {_time(whole, free[0])} and does not fall{_more(free)}"
            )
        jumps = np.flatnonzero(change[:, number] > JUMP_M_S)
        if len(jumps):
            speed = change[jumps[0], number]
            lines.append(
                f"{name}: velocity jumps by {speed:.1f} m/s at t = {_time(whole, jumps[0])}{_more(jumps)}"
            )
        won = float(rise[:, number].sum() / found.weight_n[number])
        if won > RISE_M:
            at = int(rise[:, number].argmax())
            height = f"{100 * won:.0f} cm of height"
            lines.append(f"{name}: wins energy for {height} by itself, most at t = {_time(whole, at)}")
    return (
        "\n".join(lines[:MAX_LINES]) or "no faults: nothing sinks in, floats, jumps or wins energy by itself"
    )


def _facts(scene: Scene, whole: Motion, raw: Facts) -> BodyFacts:
    speed = np.diff(whole.poses[..., :3], axis=0) / TICK_S
    return BodyFacts(
        raw.penetration_m,
        raw.supported,
        raw.energy_j,
        np.concatenate((speed[:1], speed)),
        _handled(scene, raw),
        np.array(scene.nominal.mass_kg) * GRAVITY_M_S2,
    )


def _handled(scene: Scene, raw: Facts) -> np.ndarray:
    """(frames, n) bool: touched by the robot, or by an object that is."""
    names = list(scene.names)
    handled = np.zeros(raw.penetration_m.shape, bool)
    for _ in range(len(names) + 1):
        for column, (a, b) in enumerate(raw.pairs):
            for one, other in ((a, b), (b, a)):
                if one in names:
                    by = handled[:, names.index(other)] if other in names else other in ROBOT
                    handled[:, names.index(one)] |= raw.contacts[:, column] & by
    return handled


def _falls(found: BodyFacts, number: int) -> np.ndarray:
    down = -found.velocity_m_s[:, number, 2]
    grows = np.diff(down, append=down[-1:]) > 0.0
    return grows | np.concatenate(([False], grows[:-1]))


def _time(whole: Motion, row: int) -> str:
    return f"{whole.ticks[row] * TICK_S:.2f} s"


def _more(rows: np.ndarray) -> str:
    return f" (and {len(rows) - 1} times more)" if len(rows) > 1 else ""
