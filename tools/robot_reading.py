"""What an agent writes of a rollout as JSON: states and guesses.

States are rows of a JSON list, one a time; a guess maps objects to masses and frictions. Both are read, or
told what is wrong; nothing is raised.
"""

__all__ = ["StateRow", "read_guess", "read_states"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, isfinite, pi, radians, sin
from typing import Any

import numpy as np

from ..errors import did_you_mean
from .city_json import read_json
from .schema import shown

TIME_TOLERANCE_S = 0.026
REACH_M = 3.0
MAX_ANGLE_RAD = 2 * pi
DOF = 7
UNIT_TOLERANCE = 0.05
MASS_KG = (0.001, 50.0)
FRICTION = (0.0, 5.0)
ROW_KEYS = ("t", "objects", "joints", "width")
POSE_KEYS = ("position", "quaternion", "yaw_deg")
EXAMPLE = (
    '[{"t": 1.5, "joints": "commanded", "objects": {"red cube": {"position": [0.51, 0.02, 0.03], '
    '"quaternion": [1, 0, 0, 0]}}}]'
)


class _BadError(Exception):
    """What is wrong with a text; never leaves this room."""


@dataclass(frozen=True, eq=False)
class StateRow:
    """What one row of states says; what it leaves out is None or missing."""

    query: int
    """Number of the query time, from 0."""
    joints: np.ndarray | str | None = None
    """(7,) rad, or "commanded"."""
    width: float | None = None
    """Opening of the gripper, m."""
    positions: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Object -> (3,) m."""
    quaternions: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Object -> (4,) unit quaternion, w first."""


def read_states(
    text: str, *, names: Sequence[str], times_s: Sequence[float], limits: Mapping[str, Any]
) -> tuple[list[StateRow], str]:
    """Rows of states, or what is wrong with the first that cannot be used.

    Args:
        text: JSON, a list of rows.
        names: of the objects.
        times_s: the query times.
        limits: `lower`, `upper` (7,) rad and `width` m, the largest opening.

    >>> limits = {"lower": [-3] * 7, "upper": [3] * 7, "width": 0.08}
    >>> read_states('[{"t": 0.5, "width": 2}]', names=["cube"], times_s=[0.5], limits=limits)[1]
    "row 0: 'width' is the opening of the gripper from 0 to 0.08 m, got 2"
    """
    data, problems = read_json(text)
    if problems:
        return [], f"{problems[0].message}; {problems[0].hint}"
    if isinstance(data, dict):
        data = [data]
    if not isinstance(data, list) or not data:
        return [], f"states are a JSON list of rows such as {EXAMPLE}, got {shown(data)}"
    if len(data) > len(times_s):
        return [], f"there are {len(times_s)} query times, got {len(data)} rows; send one row a time"
    rows: list[StateRow] = []
    for number, row in enumerate(data):
        try:
            rows.append(_row(row, names, times_s, limits))
        except _BadError as bad:
            return [], f"row {number}: {bad}"
    queries = [row.query for row in rows]
    if len(set(queries)) < len(queries):
        twice = next(query for query in queries if queries.count(query) > 1)
        return [], f"two rows are for t = {times_s[twice]:.2f} s; send one row a time"
    return rows, ""


def read_guess(text: str, *, names: Sequence[str]) -> tuple[dict[str, dict[str, float]], str]:
    """Guessed masses and frictions by object, or what is wrong.

    Args:
        text: JSON, object -> {"mass_kg", "friction"}; "" guesses nothing.
        names: of the objects.

    >>> read_guess('{"cube": {"mass_kg": 0.2}}', names=["cube"])
    ({'cube': {'mass_kg': 0.2}}, '')
    """
    if not text.strip():
        return {}, ""
    data, problems = read_json(text)
    if problems:
        return {}, f"{problems[0].message}; {problems[0].hint}"
    try:
        return _guess(data, names), ""
    except _BadError as bad:
        return {}, str(bad)


def _row(row: Any, names: Sequence[str], times_s: Sequence[float], limits: Mapping[str, Any]) -> StateRow:
    if not isinstance(row, dict):
        raise _BadError(f"a row is an object such as {EXAMPLE[1:-1]}, got {shown(row)}")
    _known(row, ROW_KEYS, "a row")
    query = _query(row, times_s)
    positions: dict[str, np.ndarray] = {}
    quaternions: dict[str, np.ndarray] = {}
    objects = row.get("objects", {})
    if not isinstance(objects, dict):
        raise _BadError(f"'objects' maps names to poses, got {shown(objects)}")
    for name, pose in objects.items():
        if name not in names:
            raise _BadError(
                f"there is no object {shown(name)}; there are: {', '.join(names)}.{did_you_mean(name, names)}"
            )
        if not isinstance(pose, dict) or not pose:
            raise _BadError(f"{name}: a pose is an object with {', '.join(POSE_KEYS)}, got {shown(pose)}")
        _known(pose, POSE_KEYS, f"{name}: a pose")
        if "position" in pose:
            positions[name] = _numbers(pose["position"], 3, f"{name}: 'position'", "metres", REACH_M)
        turn = _quaternion(pose, name)
        if turn is not None:
            quaternions[name] = turn
    return StateRow(query, _joints(row, limits), _width(row, limits["width"]), positions, quaternions)


def _query(row: Mapping[str, Any], times_s: Sequence[float]) -> int:
    time = row.get("t")
    if type(time) not in (int, float) or not isfinite(time):  # type: ignore[arg-type]
        raise _BadError(f"a row needs 't', one of the query times in s, got {shown(time)}")
    apart = [abs(time - one) for one in times_s]  # type: ignore[operator]
    nearest = min(range(len(apart)), key=apart.__getitem__)
    if apart[nearest] > TIME_TOLERANCE_S:
        listed = ", ".join(f"{one:.2f}" for one in times_s[:40])
        raise _BadError(f"t = {shown(time)} is no query time; they are {listed} s")
    return nearest


def _joints(row: Mapping[str, Any], limits: Mapping[str, Any]) -> np.ndarray | str | None:
    joints = row.get("joints")
    if joints is None or joints == "commanded":
        return joints
    angles = _numbers(joints, DOF, "'joints'", 'rad, or "commanded"', MAX_ANGLE_RAD)
    out = (angles < np.asarray(limits["lower"]) - 0.5) | (angles > np.asarray(limits["upper"]) + 0.5)
    if out.any():
        which = int(np.flatnonzero(out)[0])
        raise _BadError(
            f"joint {which + 1} lies between {limits['lower'][which]:.2f} and {limits['upper'][which]:.2f} "
            f"rad, got {angles[which]:.2f}"
        )
    return angles


def _width(row: Mapping[str, Any], most: float) -> float | None:
    width = row.get("width")
    if width is None:
        return None
    if type(width) not in (int, float) or not 0.0 <= width <= most:
        raise _BadError(f"'width' is the opening of the gripper from 0 to {most:g} m, got {shown(width)}")
    return float(width)


def _quaternion(pose: Mapping[str, Any], name: str) -> np.ndarray | None:
    if "yaw_deg" in pose and "quaternion" in pose:
        raise _BadError(f"{name}: send 'quaternion' or 'yaw_deg' (upright, turned about z), not both")
    if "yaw_deg" in pose:
        half = radians(float(_numbers([pose["yaw_deg"]], 1, f"{name}: 'yaw_deg'", "degrees", 720.0)[0])) / 2
        return np.array([cos(half), 0.0, 0.0, sin(half)])
    if "quaternion" not in pose:
        return None
    turn = _numbers(pose["quaternion"], 4, f"{name}: 'quaternion'", "w, x, y, z of length 1", 1.5)
    length = float(np.linalg.norm(turn))
    if abs(length - 1.0) > UNIT_TOLERANCE:
        raise _BadError(f"{name}: 'quaternion' has length 1 (w, x, y, z), got length {length:.3f}")
    return turn


def _numbers(value: Any, count: int, what: str, unit: str, most: float) -> np.ndarray:
    noun = f"{count} numbers" if count > 1 else "a number"
    if not isinstance(value, list) or len(value) != count:
        raise _BadError(f"{what} takes {noun} ({unit}), got {shown(value)}")
    for one in value:
        if type(one) not in (int, float) or not -most <= one <= most:
            raise _BadError(f"{what} takes {noun} ({unit}) from {-most:.3g} to {most:.3g}, got {shown(one)}")
    return np.array(value, float)


def _known(data: Mapping[str, Any], keys: Sequence[str], what: str) -> None:
    for key in data:
        if key not in keys:
            raise _BadError(
                f"{what} has the keys {', '.join(keys)}, not {shown(key)}.{did_you_mean(key, keys)}"
            )


def _guess(data: Any, names: Sequence[str]) -> dict[str, dict[str, float]]:
    example = f'{{"{names[0]}": {{"mass_kg": 0.3, "friction": 0.4}}}}'
    if not isinstance(data, dict):
        raise _BadError(f"a guess is a JSON object such as {example}, got {shown(data)}")
    found: dict[str, dict[str, float]] = {}
    bounds = {"mass_kg": MASS_KG, "friction": FRICTION}
    for name, values in data.items():
        if name not in names:
            raise _BadError(
                f"there is no object {shown(name)}; there are: {', '.join(names)}.{did_you_mean(name, names)}"
            )
        if not isinstance(values, dict):
            raise _BadError(f"{name}: a guess is an object with mass_kg and friction, got {shown(values)}")
        _known(values, tuple(bounds), f"{name}: a guess")
        for key, value in values.items():
            low, high = bounds[key]
            if type(value) not in (int, float) or not low <= value <= high:
                raise _BadError(f"{name}: '{key}' is a number from {low:g} to {high:g}, got {shown(value)}")
        found[name] = {key: float(value) for key, value in values.items()}
    return found
