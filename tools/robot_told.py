"""A rollout in words: objects, states, commands as short tables.

Knows numbers and names; the tables are cut so that a turn's text stays readable.
"""

__all__ = ["clipped", "commands_told", "joined", "motion_told", "objects_told", "times_told"]

from collections.abc import Iterable, Sequence

import numpy as np

from .robot_draft import Motion

MAX_CHARS = 12_000
CUT = "\n… [cut; ask for fewer times]"


def joined(numbers: Iterable[float], digits: int = 3) -> str:
    """Numbers in one line, without negative zeros.

    >>> joined([0.12345, -0.00001])
    '0.123 0.000'
    """
    return " ".join(f"{round(float(one), digits) + 0.0:.{digits}f}" for one in numbers)


def clipped(text: str) -> str:
    """The text, cut where it is too long for one turn."""
    return text if len(text) <= MAX_CHARS else text[: MAX_CHARS - len(CUT)].rsplit("\n", 1)[0] + CUT


def times_told(ticks: Sequence[int] | np.ndarray, tick_s: float) -> str:
    """Ticks as times in s."""
    return ", ".join(f"{tick * tick_s:.2f}" for tick in ticks)


def motion_told(motion: Motion, names: Sequence[str], *, tick_s: float, has_joints: bool = True) -> str:
    """States as a table: a line a time and object.

    Args:
        motion: the states.
        names: of the objects.
        tick_s: length of a tick.
        has_joints: whether joints and opening are told, too.
    """
    lines = ["t s | what | position m (x y z) | quaternion (w x y z)"]
    for row, tick in enumerate(motion.ticks):
        time = f"{tick * tick_s:.2f}"
        if has_joints:
            joints = joined(motion.joints[row])
            lines.append(f"{time} | joints {joints} rad | opening {motion.width[row]:.3f} m")
        for number, name in enumerate(names):
            pose = motion.poses[row, number]
            lines.append(f"{time} | {name} | {joined(pose[:3], 4)} | {joined(pose[3:])}")
    return clipped("\n".join(lines))


def commands_told(
    ticks: Sequence[int] | np.ndarray, commands: np.ndarray, tools: np.ndarray, *, tick_s: float
) -> str:
    """Commands as a table: a line a time.

    Args:
        ticks: at whose ends the commands hold.
        commands: (m, 8) joints, rad, and opening, m.
        tools: (m, 3) where the tool is then, m.
        tick_s: length of a tick.
    """
    lines = ["t s | tool m (x y z) | opening m | joints rad"]
    for tick, command, tool in zip(ticks, commands, tools, strict=True):
        told = f"{tick * tick_s:.2f} | {joined(tool)} | {command[7]:.3f} | {joined(command[:7])}"
        lines.append(told)
    return clipped("\n".join(lines))


def objects_told(
    names: Sequence[str],
    kinds: Sequence[str],
    sizes_m: Sequence[Sequence[float]],
    masses_kg: Sequence[float],
    frictions: Sequence[float],
) -> str:
    """Objects as a table; masses and frictions are the nominal ones."""
    lines = ["object | kind | size m (x y z) | nominal mass kg | nominal friction"]
    for name, kind, size, mass, friction in zip(names, kinds, sizes_m, masses_kg, frictions, strict=True):
        lines.append(f"{name} | {kind} | {joined(size)} | {mass:.3g} | {friction:.3g}")
    return "\n".join(lines)
