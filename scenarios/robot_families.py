"""Families of robot scenes: what the arm does to which objects.

Each family puts objects on the table and says where the tool goes. Strokes are minimum-jerk: an object is met
while the tool speeds up and let go at its largest speed, so that what follows hangs on mass and friction.
"""

__all__ = ["FAMILIES_MADE", "Act"]

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..tools.robot_kinematics import MAX_WIDTH_M, TICK_S, Waypoint
from ..tools.robot_scene import Goal, Hinge
from .robot_props import Props, facing

ABOVE_M, LIFTED_M = 0.14, 0.16
LOW_M = 0.022  # of the tool where it pushes
PEAK = 1.875  # largest speed of a minimum-jerk stroke over its mean
RUN_UP_M = 0.05
FINGER_M = 0.011


@dataclass(frozen=True)
class Act:
    """What the arm does in a scene."""

    start: tuple[float, float, float, float]
    """x, y, z and yaw of the tool at first."""
    width: float
    """Opening of the gripper at first."""
    waypoints: tuple[Waypoint, ...]
    instruction: str
    goal: Goal
    touches_after: int
    """Index of the waypoint on whose way the first object is touched."""


def _stroke(
    props: Props,
    front: np.ndarray,
    angle: float,
    *,
    beyond_m: float,
    speed_m_s: float,
    z_m: float,
    words: str,
    goal: Goal,
) -> Act:
    """Come down behind a point of an object, push through it, stop, and rise.

    Args:
        props: what stands there.
        front: (2,) the point that is pushed.
        angle: of the push, from x.
        beyond_m: how far past it the tool goes.
        speed_m_s: the largest speed.
        z_m: height of the tool.
        words: the instruction.
        goal: what it asks for.
    """
    along = facing(angle)
    begin, end = front - (RUN_UP_M + FINGER_M) * along, front + (beyond_m - FINGER_M) * along
    duration = max(4 * TICK_S, round(PEAK * (RUN_UP_M + beyond_m) / speed_m_s / TICK_S) * TICK_S)
    props.keep_free(begin, end, 0.06)

    def at(place: np.ndarray, z: float, seconds: float) -> Waypoint:
        return Waypoint((float(place[0]), float(place[1]), z), angle, 0.0, seconds)

    way = (at(begin, z_m, 0.45), at(end, z_m, duration), at(end, z_m, 0.25), at(end, z_m + LIFTED_M, 0.6))
    return Act((float(begin[0]), float(begin[1]), z_m + 0.08, angle), 0.0, way, words, goal, 1)


def _lane(props: Props, ahead_m: float, *, near: float = 0.36) -> tuple[np.ndarray, float]:
    """Where an object stands and which way it is pushed, with so much free table ahead."""
    rng = props.rng
    while True:
        at = np.array([rng.uniform(near, 0.58), rng.uniform(-0.20, 0.20)])
        angle = float(rng.uniform(-np.pi * 0.6, np.pi * 0.6))
        end = at + ahead_m * facing(angle)
        if 0.30 <= end[0] <= 0.86 and abs(end[1]) <= 0.48:
            return at, angle


def _point(at: np.ndarray, z: float) -> tuple[float, float, float]:
    return float(at[0]), float(at[1]), float(z)


def _reach(props: Props) -> Act:
    rng, points = props.rng, []
    for _ in range(3 + round(2 * props.difficulty)):
        points.append((rng.uniform(0.34, 0.62), rng.uniform(-0.28, 0.28), rng.uniform(0.20, 0.42)))
    seconds = rng.uniform(0.6, 0.9, len(points) - 1).round(2)
    turns, openings = rng.uniform(-0.9, 0.9, len(seconds)), rng.uniform(0.0, 0.08, len(seconds))
    way = tuple(
        Waypoint(_point(np.array(at[:2]), at[2]), float(turn), float(opening), float(span))
        for at, turn, opening, span in zip(points[1:], turns, openings, seconds, strict=True)
    )
    x, y, z = map(float, points[0])
    start = (x, y, z, float(rng.uniform(-0.5, 0.5)))
    last = way[-1].position
    props.add_bystanders(1)
    return Act(
        start, 0.04, way, "Move the gripper along a path in the air; touch nothing.", Goal("", last), 0
    )


def _push(props: Props) -> Act:
    rng = props.rng
    at, angle = _lane(props, 0.24)
    wide, high = float(rng.uniform(0.055, 0.085)), float(rng.uniform(0.04, 0.06))
    long = wide if rng.random() < 0.5 else float(rng.uniform(0.055, 0.085))
    body = props.add("box", (long, wide, high), at, angle, friction=_frictions(props, 0.3))
    along, across = facing(angle), facing(angle + np.pi / 2)
    beside = float(rng.uniform(-0.3, 0.3)) * wide
    if props.difficulty > 0.4 and rng.random() < 0.6:
        side = float(rng.uniform(0.045, 0.06))
        second = at + (long / 2 + side / 2 + 0.05) * along + float(rng.uniform(-0.015, 0.015)) * across
        props.add("box", (side, side, side), second, angle, friction=_frictions(props, 0.3))
    reach = float(rng.uniform(0.07, 0.11))
    front = at - long / 2 * along + beside * across
    goal = Goal(body.name, _point(at + (reach + 0.03) * along, high / 2))
    words = f"Push the {body.name} away with one stroke."
    speed = float(rng.uniform(0.55, 0.75))
    return _stroke(props, front, angle, beyond_m=reach, speed_m_s=speed, z_m=LOW_M, words=words, goal=goal)


def _frictions(props: Props, nominal: float) -> tuple[float, float]:
    """Hidden, nominal."""
    return nominal * props.off(), nominal


def _slide(props: Props) -> Act:
    rng = props.rng
    at, angle = _lane(props, 0.36)
    across_m = float(rng.uniform(0.055, 0.075))
    body = props.add("puck", (across_m, across_m, 0.028), at, 0.0, friction=_frictions(props, 0.16))
    along, across = facing(angle), facing(angle + np.pi / 2)
    if props.difficulty > 0.4:
        other = at + (0.16 + across_m) * along + float(rng.uniform(-0.03, 0.03)) * across
        props.add("puck", (0.055, 0.055, 0.028), other, 0.0, friction=_frictions(props, 0.16))
    front = at - across_m / 2 * along
    reach = float(rng.uniform(0.08, 0.11))
    goal = Goal(body.name, _point(at + 0.3 * along, 0.014))
    words = f"Shove the {body.name} so that it slides on."
    speed = float(rng.uniform(0.6, 0.8))
    return _stroke(props, front, angle, beyond_m=reach, speed_m_s=speed, z_m=LOW_M, words=words, goal=goal)


def _topple(props: Props) -> Act:
    rng = props.rng
    at, angle = _lane(props, 0.22)
    side, high = float(rng.uniform(0.042, 0.05)), float(rng.uniform(0.14, 0.17))
    # Pushed there it tips where friction is above side / (2 z), and slides below.
    push_z = float(rng.uniform(0.68, 0.78)) * high
    brink = side / (2.0 * push_z)
    above, below = brink * float(rng.uniform(2.2, 3.0)), brink * float(rng.uniform(0.25, 0.45))
    pair = (above, below) if rng.random() < 0.5 else (below, above)
    body = props.add("box", (side, side, high), at, angle, friction=pair)
    along = facing(angle)
    if props.difficulty > 0.4:
        second = at + (side + float(rng.uniform(0.05, 0.08))) * along
        props.add("box", (side, side, high * 0.8), second, angle, friction=(above, above))
    front = at - side / 2 * along
    goal = Goal(body.name, _point(at + 0.5 * high * along, side / 2))
    words = f"Push the {body.name} over."
    reach, speed = float(rng.uniform(0.06, 0.08)), float(rng.uniform(0.28, 0.4))
    return _stroke(props, front, angle, beyond_m=reach, speed_m_s=speed, z_m=push_z, words=words, goal=goal)


def _roll(props: Props) -> Act:
    rng = props.rng
    at, angle = _lane(props, 0.42)
    across_m = float(rng.uniform(0.055, 0.075))
    factor = float(rng.uniform(3.0, 5.0))
    pair = (0.3 * (factor if rng.random() < 0.6 else 1.0 / factor), 0.3)
    body = props.add("ball", (across_m, across_m, across_m), at, 0.0, friction=pair)
    along, across = facing(angle), facing(angle + np.pi / 2)
    if props.difficulty > 0.4:
        pin = at + float(rng.uniform(0.22, 0.28)) * along + float(rng.uniform(-0.02, 0.02)) * across
        props.add("cylinder", (0.036, 0.036, 0.07), pin, 0.0, friction=_frictions(props, 0.35))
    props.fix("rail", "box", (0.02, 0.30, 0.035), at + 0.44 * along, angle)
    front = at - across_m / 2 * along
    goal = Goal(body.name, _point(at + 0.4 * along, across_m / 2))
    words = f"Roll the {body.name} towards the rail."
    reach, speed = float(rng.uniform(0.06, 0.08)), float(rng.uniform(0.36, 0.5))
    return _stroke(
        props, front, angle, beyond_m=reach, speed_m_s=speed, z_m=across_m / 2 + 0.004, words=words, goal=goal
    )


def _hinge(props: Props) -> Act:
    rng = props.rng
    wide, high, thick = float(rng.uniform(0.20, 0.25)), float(rng.uniform(0.10, 0.14)), 0.016
    post = np.array([rng.uniform(0.46, 0.58), rng.uniform(-0.10, 0.10)])
    side = 1.0 if rng.random() < 0.5 else -1.0  # where the door opens to, seen from its post
    lies = float(rng.uniform(-0.35, 0.35)) + (np.pi / 2 if rng.random() < 0.5 else -np.pi / 2)
    along = facing(lies)
    gap = 0.012
    middle = post + (wide / 2 + gap) * along
    z = high / 2 + 0.003
    opens = (-0.05, 1.9) if side > 0 else (-1.9, 0.05)
    hinge = Hinge((float(post[0]), float(post[1]), z), *opens)
    factor = float(rng.uniform(3.0, 5.0))
    pair = (0.02 * (factor if rng.random() < 0.5 else 1.0 / factor), 0.02)
    body = props.add("door", (wide, thick, high), middle, lies, z=z, hinge=hinge, friction=pair)
    props.fix("post", "cylinder", (0.022, 0.022, high + 0.02), post)
    angle = lies + side * np.pi / 2
    front = post + (gap + float(rng.uniform(0.66, 0.8)) * wide) * along - thick / 2 * facing(angle)
    opened = lies + side * 1.0
    goal = Goal(body.name, _point(post + (wide / 2 + gap) * facing(opened), z))
    props.keep_free(middle, middle + 0.2 * facing(angle), 0.16)
    reach, speed = float(rng.uniform(0.05, 0.08)), float(rng.uniform(0.32, 0.46))
    words = f"Push the {body.name} open with a tap."
    angle = float((angle + np.pi) % (2 * np.pi) - np.pi)
    return _stroke(props, front, angle, beyond_m=reach, speed_m_s=speed, z_m=0.06, words=words, goal=goal)


def _carry(props: Props, *, is_stack: bool) -> Act:
    rng = props.rng
    side = float(rng.uniform(0.04, 0.05))
    start = np.array([rng.uniform(0.36, 0.56), rng.uniform(-0.22, 0.0)])
    end = np.array([rng.uniform(0.36, 0.56), rng.uniform(0.06, 0.24)])
    if rng.random() < 0.5:
        start[1], end[1] = -start[1], -end[1]
    yaw, turned = float(rng.uniform(-0.5, 0.5)), float(rng.uniform(-0.4, 0.4))
    body = props.add("box", (side, side, side), start, yaw)
    floor = 0.0
    if is_stack:
        below = float(rng.uniform(0.05, 0.06))
        under = props.add("box", (below, below, below), end, turned)
        floor, words = below, f"Stack the {body.name} on the {under.name}."
    else:
        props.fix("mat", "mat", (0.10, 0.10, 0.002), end)
        props.kept_free.append((end, 0.06))
        words = f"Put the {body.name} on the mat."
    props.keep_free(start, end, 0.05)
    open_m, grip_m = min(MAX_WIDTH_M, side + 0.024), side - 0.02
    high = ABOVE_M + floor
    drop = floor + side / 2 + 0.002

    def at(place: np.ndarray, z: float, turn: float, width: float, seconds: float) -> Waypoint:
        return Waypoint((float(place[0]), float(place[1]), z), turn, width, seconds)

    way = (
        at(start, side / 2, yaw, open_m, 0.5),
        at(start, side / 2, yaw, grip_m, 0.25),
        at(start, high, yaw, grip_m, 0.5),
        at(end, high, turned, grip_m, 0.8),
        at(end, drop, turned, grip_m, 0.5),
        at(end, drop, turned, open_m, 0.25),
        at(end, high, turned, open_m, 0.5),
    )
    goal = Goal(body.name, (float(end[0]), float(end[1]), floor + side / 2))
    return Act((float(start[0]), float(start[1]), ABOVE_M, yaw), open_m, way, words, goal, 1)


def _pick_place(props: Props) -> Act:
    return _carry(props, is_stack=False)


def _stack(props: Props) -> Act:
    return _carry(props, is_stack=True)


FAMILIES_MADE: Mapping[str, Callable[[Props], Act]] = {
    "reach": _reach,
    "push": _push,
    "slide": _slide,
    "pick_place": _pick_place,
    "stack": _stack,
    "topple": _topple,
    "roll": _roll,
    "hinge": _hinge,
}
"""Family -> what puts its objects on the table and says what the arm does."""
