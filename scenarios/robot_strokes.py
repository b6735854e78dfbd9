"""More strokes: the arm goes on where the last stroke left an object.

A scene that goes on asks a world model for more than how things come to rest: where it errs, the next stroke
meets the object otherwise, or not at all. Where an object will lie is looked up in the simulation with the
hidden parameters, so that every stroke hits in truth.
"""

__all__ = ["follows", "more_strokes"]

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..tools.robot_kinematics import (
    MAX_WAYPOINTS,
    TICK_S,
    VELOCITY_LIMIT,
    Plan,
    Waypoint,
    forward,
    plan,
    solve,
)
from ..tools.robot_rollout import Rollout, simulate
from ..tools.robot_scene import Body, Scene
from .robot_families import FINGER_M, LOW_M, PEAK, RUN_UP_M
from .robot_props import facing

DOOR_Z_M = 0.06
SPEED_M_S, BEYOND_M = (0.25, 0.6), (0.03, 0.10)
REST_S, LEAST_S = 0.1, 0.2
AWAY_M = 0.03  # from the goal, below which a stroke leads away from it
CLEAR_M = 0.05  # between the tool and what it comes down beside
OVER_M = 0.04  # of the tool over what stands there
TRIES, CHOICES = 16, 4
STROKE, SPARE = 5, 4  # waypoints of one; those that are left for resting at the end
FARTHEST_M = 1.0  # from the arm's foot: what lies there, or below the table, is out of reach
LEAST_M = 0.01  # that the object moves
FASTEST = 1.1  # of the joints' velocity limit
FORBIDDEN = (("arm", "table"), ("gripper", "table"), ("arm", "fixture"), ("gripper", "fixture"))


def follows(start: np.ndarray, made: Plan) -> bool:
    """Whether the arm reaches every point, at speeds it has."""
    if not made.solution.reached.all():
        return False
    path = np.vstack((start, made.commands[:, :7]))
    return bool((np.abs(np.diff(path, axis=0)) / TICK_S <= FASTEST * VELOCITY_LIMIT).all())


def more_strokes(scene: Scene, ticks: int, rng: np.random.Generator) -> tuple[Waypoint, ...]:
    """The waypoints of a scene and, as long as they fit, of further strokes.

    Args:
        scene: with its first stroke.
        ticks: that there is time for.
        rng: draws directions and speeds; of some strokes that hit, that which ends nearest the goal is taken.
    """
    *first, rest, rise = scene.waypoints
    x, y, _ = rise.position
    rise = replace(rise, position=(x, y, max(rest.position[2], _over(scene, scene.start_poses))))
    up = _seconds(_joints(rest.position, rest.yaw), _joints(rise.position, rise.yaw))
    way = (*first, replace(rest, duration_s=REST_S), replace(rise, duration_s=up))
    start = np.array(scene.start_joints)
    while True:
        made = plan(start, way, width=scene.start_width)
        done = made.commands
        is_full = len(done) >= ticks or len(way) + STROKE + SPARE > MAX_WAYPOINTS
        if is_full or not follows(start, made):
            return way
        waits = simulate(scene, np.vstack((done, np.repeat(done[-1:], ticks - len(done), axis=0))))
        if len(done) > ticks / 2 and _left(scene, waits.poses[-1]) < AWAY_M:
            return way
        found: list[tuple[float, tuple[Waypoint, ...]]] = []
        for _ in range(TRIES):
            stroke = _stroke(scene, waits, len(done), rng)
            if stroke and len(done) + _ticks(stroke) <= ticks:
                ends = _ends(scene, (*way, *stroke), waits)
                found += [] if ends is None else [(_left(scene, ends), stroke)]
            if len(found) == CHOICES:
                break
        if not found:
            return way
        way = (*way, *min(found, key=lambda one: one[0])[1])


def _ends(scene: Scene, way: tuple[Waypoint, ...], waits: Rollout) -> np.ndarray | None:
    """(n, 7) where the objects are after the last stroke; None where the arm cannot go that way or it misses.

    Args:
        scene: where.
        way: all waypoints.
        waits: what happens without the last stroke.
    """
    start, before = np.array(scene.start_joints), _ticks(way[:-STROKE])
    made = plan(start, way, width=scene.start_width)
    if not follows(start, made):
        return None
    found, number = simulate(scene, made.commands), _number(scene)
    bad = [pair in FORBIDDEN for pair in found.pairs]
    gone = np.linalg.norm(found.poses[-1, number, :3] - waits.poses[found.ticks, number, :3])
    is_off = found.poses[-1, number, 2] < 0.0
    return None if gone < LEAST_M or is_off or found.contacts[before:][:, bad].any() else found.poses[-1]


def _left(scene: Scene, poses: np.ndarray) -> float:
    """Way to the goal, m."""
    return float(np.linalg.norm(poses[_number(scene), :2] - scene.goal.position[:2]))


def _stroke(scene: Scene, rollout: Rollout, now: int, rng: np.random.Generator) -> tuple[Waypoint, ...]:
    """Over, down, through the object and up again."""
    number, last = _number(scene), len(rollout.poses) - 1
    body, held = scene.bodies[number], rollout.joints[now]
    speed, beyond = float(rng.uniform(*SPEED_M_S)), float(rng.uniform(*BEYOND_M))
    chance = float(rng.uniform(-np.pi, np.pi))
    through = _whole(PEAK * (RUN_UP_M + beyond) / speed)
    meets = now + round(1.0 / TICK_S)
    way: tuple[Waypoint, ...] = ()
    for _ in range(3):  # where a moving object will be hangs on how long the way there takes
        poses = rollout.poses[min(last, meets)]
        turn = _axes(poses[number])
        angle = _angle(scene, poses[number], chance)
        along = facing(angle)
        front = poses[number, :2] - _reach(body, turn, np.array([*along, 0.0])) * along
        begin, end = front - (RUN_UP_M + FINGER_M) * along, front + (beyond - FINGER_M) * along
        if poses[number, 2] < 0.0 or np.linalg.norm(begin) > FARTHEST_M or not _is_clear(scene, poses, begin):
            return ()
        high = _reach(body, turn, np.array([0.0, 0.0, 1.0]))
        z = DOOR_Z_M if body.hinge is not None else float(np.clip(1.5 * high, 0.014, LOW_M))
        z = high + 0.004 if body.kind == "ball" else z
        over = max(float(forward(held)[0][2]), _over(scene, poses))
        places = [
            (*begin.tolist(), over),
            (*begin.tolist(), z),
            (*end.tolist(), z),
            (*end.tolist(), over),
        ]
        above, low, through_at, up = (_joints(place, angle) for place in places)
        times = (_seconds(held, above), _seconds(above, low), through, REST_S, _seconds(through_at, up))
        at = (places[0], places[1], places[2], places[2], places[3])
        way = tuple(Waypoint(one, angle, 0.0, time) for one, time in zip(at, times, strict=True))
        meets = now + round((times[0] + times[1] + through / 2) / TICK_S)
    return way


def _over(scene: Scene, poses: np.ndarray) -> float:
    """How high the tool goes to and fro."""
    up = np.array([0.0, 0.0, 1.0])
    tops = [pose[2] + _reach(body, _axes(pose), up) for body, pose in zip(scene.bodies, poses, strict=True)]
    tops += [one.pose[2] + one.size_m[2] / 2.0 for one in scene.fixtures]
    return float(max(tops)) + OVER_M


def _joints(place: tuple[float, float, float], angle: float) -> np.ndarray:
    return solve(np.array([place]), np.array([angle])).joints[0]


def _seconds(one: np.ndarray, other: np.ndarray) -> float:
    """How long the arm takes from one posture to another, with the least jerk."""
    return _whole(max(LEAST_S, PEAK * float((np.abs(other - one) / VELOCITY_LIMIT).max())))


def _angle(scene: Scene, pose: np.ndarray, chance: float) -> float:
    """Which way to push: to the goal, or anywhere once the object is there; a door across itself."""
    body = scene.bodies[_number(scene)]
    left = np.array(scene.goal.position[:2]) - pose[:2]
    is_there = float(np.linalg.norm(left)) < AWAY_M
    if body.hinge is not None:
        across = _axes(pose)[:2, 1]
        left = across if across @ left > 0 else -across
        return float(np.arctan2(left[1], left[0])) + (np.pi if is_there else 0.0)
    return chance if is_there else float(np.arctan2(left[1], left[0]))


def _is_clear(scene: Scene, poses: np.ndarray, begin: np.ndarray) -> bool:
    """Whether the tool can come down there beside everything."""
    number = _number(scene)
    things = [
        (body.size_m, pose[:2])
        for n, (body, pose) in enumerate(zip(scene.bodies, poses, strict=True))
        if n != number
    ]
    things += [(one.size_m, np.array(one.pose[:2])) for one in scene.fixtures if one.kind != "mat"]
    return all(
        np.linalg.norm(begin - at) > float(np.hypot(size[0], size[1])) / 2.0 + CLEAR_M for size, at in things
    )


def _reach(body: Body, turn: np.ndarray, way: np.ndarray) -> float:
    """How far the object reaches from its middle in a direction, m."""
    halves = np.array(body.size_m) / 2.0
    if body.kind == "ball":
        return float(halves[0])
    lean = np.abs(turn.T @ way)
    if body.kind in ("cylinder", "puck"):
        return float(halves[0] * np.hypot(lean[0], lean[1]) + halves[2] * lean[2])
    return float(lean @ halves)


def _axes(pose: np.ndarray) -> np.ndarray:
    """(3, 3): the object's own axes as columns."""
    w, x, y, z = pose[3:]
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def _number(scene: Scene) -> int:
    return scene.names.index(scene.goal.body)


def _whole(seconds: float) -> float:
    return max(1, round(seconds / TICK_S)) * TICK_S


def _ticks(way: Sequence[Waypoint]) -> int:
    return sum(max(1, round(one.duration_s / TICK_S)) for one in way)
