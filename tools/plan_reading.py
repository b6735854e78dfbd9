"""Plans for a robot written as JSON: read, or told what is wrong."""

__all__ = ["MAX_WAYPOINTS", "plan_text", "read_plan"]

import json
from collections.abc import Sequence
from math import degrees, isfinite, radians
from typing import Any

from ..errors import did_you_mean
from .city_json import read_json
from .robot_kinematics import MAX_WIDTH_M, Waypoint
from .schema import shown

MAX_WAYPOINTS = 12
BOUNDS_M = ((-0.2, 0.9), (-0.7, 0.7), (-0.02, 0.8))
LARGEST_YAW_DEG = 180.0
SECONDS = (0.05, 6.0)
KEYS = ("xyz", "yaw_deg", "width", "seconds")
EXAMPLE = '[{"xyz": [0.5, 0.1, 0.15], "yaw_deg": 0, "width": 0.08, "seconds": 1.0}]'


class _BadError(Exception):
    """What is wrong with a text; never leaves this room."""


def read_plan(text: str, *, yaw_deg: float, width: float) -> tuple[list[Waypoint], str]:
    """Waypoints, or what is wrong with the first that cannot be used.

    Args:
        text: JSON, a list of waypoints; "yaw_deg" and "width" may be left out and stay as they were.
        yaw_deg: of the tool now.
        width: of the gripper now, m.

    >>> read_plan('[{"xyz": [0.5, 0, 0.2], "seconds": 1}]', yaw_deg=0, width=0.04)[0][0].width
    0.04
    >>> read_plan('[{"xyz": [0.5, 0], "seconds": 1}]', yaw_deg=0, width=0.04)[1]
    "waypoint 0: 'xyz' takes three numbers in m, got [0.5, 0]"
    """
    data, problems = read_json(text)
    if problems:
        return [], f"{problems[0].message}; {problems[0].hint}"
    if isinstance(data, dict):
        data = [data]
    if not isinstance(data, list) or not data:
        return [], f"a plan is a JSON list of waypoints such as {EXAMPLE}, got {shown(data)}"
    if len(data) > MAX_WAYPOINTS:
        return [], f"a plan has at most {MAX_WAYPOINTS} waypoints, got {len(data)}; execute it in parts"
    found: list[Waypoint] = []
    for number, row in enumerate(data):
        try:
            waypoint = _waypoint(row, yaw_deg, width)
        except _BadError as bad:
            return [], f"waypoint {number}: {bad}"
        found.append(waypoint)
        yaw_deg, width = degrees(waypoint.yaw), waypoint.width
    return found, ""


def plan_text(waypoints: Sequence[Waypoint]) -> str:
    """Waypoints as `read_plan` takes them."""
    rows = [
        {
            "xyz": list(one.position),
            "yaw_deg": degrees(one.yaw),
            "width": one.width,
            "seconds": one.duration_s,
        }
        for one in waypoints
    ]
    return json.dumps(rows, separators=(",", ":"))


def _waypoint(row: Any, yaw_deg: float, width: float) -> Waypoint:
    if not isinstance(row, dict):
        raise _BadError(f"expected an object such as {EXAMPLE[1:-1]}, got {shown(row)}")
    for key in row:
        if key not in KEYS:
            raise _BadError(f"the keys are {', '.join(KEYS)}, not {shown(key)}.{did_you_mean(key, KEYS)}")
    place = row.get("xyz")
    if not isinstance(place, list) or len(place) != 3 or not all(_is_number(one) for one in place):
        raise _BadError(f"'xyz' takes three numbers in m, got {shown(place)}")
    for axis, value, (low, high) in zip("xyz", place, BOUNDS_M, strict=True):
        if not low <= value <= high:
            raise _BadError(f"{axis} lies between {low:g} and {high:g} m, got {shown(value)}")
    seconds = _number(row, "seconds", None, *SECONDS, "s")
    yaw = _number(row, "yaw_deg", yaw_deg, -LARGEST_YAW_DEG, LARGEST_YAW_DEG, "degrees")
    opening = _number(row, "width", width, 0.0, MAX_WIDTH_M, "m")
    x, y, z = (float(one) for one in place)
    return Waypoint((x, y, z), radians(yaw), opening, seconds)


def _number(
    row: dict[str, Any], key: str, otherwise: float | None, low: float, high: float, unit: str
) -> float:
    value = row.get(key, otherwise)
    if value is None:
        raise _BadError(f"'{key}' is missing: {low:g} to {high:g} {unit}")
    if not _is_number(value) or not low - 1e-9 <= value <= high + 1e-9:
        raise _BadError(f"'{key}' is a number from {low:g} to {high:g} {unit}, got {shown(value)}")
    return float(min(max(value, low), high))


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and isfinite(value)
