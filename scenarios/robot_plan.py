"""Tasks of RobotPlan: bring objects where an instruction says.

Masses and frictions are hidden. The goal is where a plan really takes the object, so that it can be reached;
it is drawn as a mat, or told as an angle or a direction. The final state is judged by RoboReward's rubric.
"""

__all__ = ["KINDS", "PlanWorld", "plan_task", "requirements_of"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..errors import EyesmithError
from ..rewards.roboreward import Requirement, mark
from ..tools.robot_rollout import simulate
from ..tools.robot_scene import Fixture, Goal, Scene
from .robot_scenes import robot_scene
from .task import Task

Kind = Literal["push", "slide", "roll", "pick_place", "stack", "topple", "hinge"]
KINDS: tuple[Kind, ...] = ("pick_place", "push", "hinge", "slide", "stack", "topple", "roll")
PLACED_M: Mapping[str, float] = {
    "push": 0.035,
    "slide": 0.04,
    "roll": 0.045,
    "pick_place": 0.025,
    "stack": 0.02,
}
LEAST_WAY_M, LEAST_OPEN_RAD = 0.06, 0.35
STACKED_M, OPEN_RAD, TOPPLED_RAD, FALLS_RAD = 0.008, 0.15, np.radians(60.0), np.radians(40.0)
TOUCHED_M, LEANS_RAD = 0.02, np.radians(20.0)
MAT_COLOUR, MAT_HIGH_M = (0.34, 0.35, 0.37), 0.002
FAR_M = 0.45
MAX_ATTEMPTS = 40
MAX_TURNS = 24
WORDS: Mapping[str, tuple[str, ...]] = {
    "push": (
        "Push the {body} onto the mat.",
        "Bring the {body} to the grey mat by pushing it; do not lift it.",
        "Shift the {body} along the table until it stands on the mat.",
    ),
    "slide": (
        "Shove the {body} so that it comes to rest on the mat.",
        "Slide the {body} across the table onto the mat.",
        "The {body} belongs on the grey mat: give it a push that is just strong enough.",
    ),
    "roll": (
        "Roll the {body} so that it stops on the mat.",
        "Give the {body} a push that makes it roll to the grey mat and rest there.",
        "Let the {body} come to rest on the mat.",
    ),
    "pick_place": (
        "Put the {body} on the mat.",
        "Pick up the {body} and set it down on the grey mat.",
        "Carry the {body} over to the mat and let go of it.",
    ),
    "stack": (
        "Stack the {body} on the {other}.",
        "Set the {body} on top of the {other} and let go.",
        "Build a tower: the {other} below, the {body} on it.",
    ),
    "topple": (
        "Push the {body} over.",
        "Make the {body} fall over; it should lie on its side.",
        "Tip the {body} onto its side.",
    ),
    "hinge": (
        "Push the {body} open by about {angle} degrees.",
        "Open the {body}: it should end up turned by {angle} degrees.",
        "Swing the {body} to about {angle} degrees from where it is.",
    ),
}


@dataclass(frozen=True, eq=False)
class PlanWorld:
    """A scene, what is asked of it, and how it can be done."""

    kind: Kind
    scene: Scene
    """With its hidden parameters."""
    shown: Scene
    """The same with the nominal parameters in their place."""
    angle: float
    """That a door should be turned by, or where to a box should fall, rad; 0 for other kinds."""
    under: str
    """What the object should stand on, or ""."""
    may_move: tuple[bool, ...]
    """Which objects move when it is done well."""
    reference: np.ndarray
    """(T+1, 7) rad: how the arm moves then."""

    @property
    def body(self) -> int:
        """Number of the object that it is about."""
        return self.scene.names.index(self.scene.goal.body)


def plan_task(
    task_id: str, split: str, index: int, seed: Sequence[int], difficulty: int, *, kind: Kind | None = None
) -> tuple[Task, PlanWorld]:
    """The task of an index; deterministic.

    Args:
        task_id: its id.
        split: its split.
        index: its index; kinds take turns.
        seed: words that seed it.
        difficulty: 1 to 5.
        kind: one of KINDS, or None for all in turn.

    Raises:
        EyesmithError: no scene came of MAX_ATTEMPTS attempts, which is a fault of the generator.
    """
    chosen = kind or KINDS[(index + index // len(KINDS)) % len(KINDS)]
    for attempt in range(MAX_ATTEMPTS):
        scene = robot_scene(chosen, [*seed, 1, attempt], (difficulty - 1) / 4.0)
        world = _world(chosen, scene)
        if world is not None:
            words = WORDS[chosen][int(np.random.default_rng([*seed, 2]).integers(3))]
            return _task(task_id, split, index, seed, difficulty, world, words), world
    raise EyesmithError(f"{task_id}: no scene came of {MAX_ATTEMPTS} attempts; mend the generator")


def requirements_of(world: PlanWorld, poses: np.ndarray, *, is_held: bool) -> tuple[float, list[Requirement]]:
    """Share of the way that a state has come, and what is met in it.

    Args:
        world: what is asked.
        poses: (n, 7) of the objects.
        is_held: whether the gripper touches the object.

    Returns:
        The share, 1 at the goal and below 0 where it is worse than the start; and the requirements.
    """
    scene, number = world.scene, world.body
    start, now = scene.start_poses, np.asarray(poses, float)
    goal, place = np.array(scene.goal.position), now[number, :3]
    lean = _lean(now[number])
    asked: list[Requirement] = []
    if world.kind == "hinge":
        turned = _turned(start[number], now[number])
        progress = 1.0 - abs(turned - world.angle) / abs(world.angle)
        asked.append(Requirement("turned as far as asked", bool(abs(turned - world.angle) <= OPEN_RAD)))
    elif world.kind == "topple":
        off = abs(_apart(_falls(now[number]), world.angle))
        is_way = off <= FALLS_RAD
        progress = lean / (np.pi / 2.0) * is_way
        asked.append(
            Requirement("lying on its side", bool(is_way and lean >= TOPPLED_RAD and place[2] > -0.02))
        )
    else:
        way = float(np.linalg.norm(start[number, :2] - goal[:2]))
        off = float(np.linalg.norm(place[:2] - goal[:2]))
        progress = 1.0 - off / way
        is_high = abs(place[2] - goal[2]) <= STACKED_M
        is_there = off <= PLACED_M[world.kind] and (is_high if world.kind == "stack" else place[2] > -0.02)
        asked.append(Requirement("on the other" if world.kind == "stack" else "on the mat", bool(is_there)))
        is_round = scene.bodies[number].kind == "ball"
        asked.append(Requirement("upright", is_round or bool(lean <= LEANS_RAD), is_major=False))
    asked.append(Requirement("let go of", not is_held, is_major=False))
    calm = np.linalg.norm(now[:, :3] - start[:, :3], axis=1) <= TOUCHED_M
    rest = [is_calm for is_calm, may in zip(calm, world.may_move, strict=True) if not may]
    asked.append(Requirement("nothing else moved", bool(all(rest)), is_major=False))
    return float(np.clip(progress, -10.0, 1.0)), asked


def _world(kind: Kind, scene: Scene) -> PlanWorld | None:
    """The world of a scene, or None where the expert's own way is no solution worth asking for."""
    rollout = simulate(scene)
    number = scene.names.index(scene.goal.body)
    end, fixtures, goal, angle, under = rollout.poses[-1, number], scene.fixtures, scene.goal, 0.0, ""
    if kind in ("push", "slide", "roll"):
        way = float(np.linalg.norm(end[:2] - scene.start_poses[number, :2]))
        if not LEAST_WAY_M <= way <= FAR_M or end[2] < 0.0:
            return None
        wide = 2.2 * PLACED_M[kind] + 0.03
        at = (float(end[0]), float(end[1]), MAT_HIGH_M / 2, 1.0, 0.0, 0.0, 0.0)
        fixtures = (*fixtures, Fixture("mat", "mat", (wide, wide, MAT_HIGH_M), MAT_COLOUR, at))
        goal = Goal(goal.body, (float(end[0]), float(end[1]), float(end[2])))
    elif kind == "hinge":
        angle = float(np.radians(round(np.degrees(_turned(scene.start_poses[number], end)))))
        if abs(angle) < LEAST_OPEN_RAD:
            return None
    elif kind == "topple":
        angle = _falls(end)
    elif kind == "stack":
        others = [name for name in scene.names if name != goal.body]
        spots = [scene.start_poses[scene.names.index(name), :2] for name in others]
        under = others[int(np.argmin([np.linalg.norm(spot - goal.position[:2]) for spot in spots]))]
    made = replace(scene, fixtures=fixtures, goal=goal)
    shown = replace(made, hidden=made.nominal)
    gone = np.linalg.norm(rollout.poses[-1, :, :3] - scene.start_poses[:, :3], axis=1)
    may_move = tuple(bool(far > TOUCHED_M / 2) or n == number for n, far in enumerate(gone))
    world = PlanWorld(kind, made, shown, angle, under, may_move, rollout.joints)
    held = is_held(rollout.contacts[-1], rollout.pairs, goal.body)
    progress, asked = requirements_of(world, rollout.poses[-1], is_held=held)
    return world if mark(progress, asked) == 5 else None


def is_held(contacts: np.ndarray, pairs: Sequence[tuple[str, str]], body: str) -> bool:
    """Whether the gripper touches an object.

    Args:
        contacts: (P,) bool.
        pairs: P pairs of names.
        body: name of the object.
    """
    return bool(contacts[pairs.index((body, "gripper"))])


def _lean(pose: np.ndarray) -> float:
    """Angle between the own z axis and the upright, either end up, rad."""
    w, x, y, z = pose[3:]
    return float(np.arccos(np.clip(abs(w * w - x * x - y * y + z * z), 0.0, 1.0)))


def _falls(pose: np.ndarray) -> float:
    """Where to the own z axis leans, rad from x."""
    w, x, y, z = pose[3:]
    return float(np.arctan2(2.0 * (y * z - w * x), 2.0 * (x * z + w * y)))


def _apart(one: float, other: float) -> float:
    """Between two directions, rad from -pi to pi."""
    return float((one - other + np.pi) % (2.0 * np.pi) - np.pi)


def _turned(start: np.ndarray, now: np.ndarray) -> float:
    """Turn about z from one pose to another, rad."""
    turns = [2.0 * np.arctan2(pose[6], pose[3]) for pose in (start, now)]
    return _apart(turns[1], turns[0])


def _task(
    task_id: str,
    split: str,
    index: int,
    seed: Sequence[int],
    difficulty: int,
    world: PlanWorld,
    words: str,
) -> Task:
    scene = world.scene
    told = words.format(body=scene.goal.body, other=world.under, angle=abs(round(np.degrees(world.angle))))
    values = zip(scene.hidden.mass_kg, scene.nominal.mass_kg, strict=True)
    own = [repr(float(one))[:9] for one, other in values if one != other]
    return Task(
        id=task_id,
        split=split,
        index=index,
        seed=tuple(seed),
        difficulty=difficulty,
        prompt=_prompt(world, told),
        payload={"scene": scene.id, "kind": world.kind, "instruction": told, "digest": scene.digest},
        key={"mass_kg": list(scene.hidden.mass_kg), "friction": list(scene.hidden.friction)},
        limits={"max_turns": MAX_TURNS},
        secrets=tuple(dict.fromkeys(one for one in own if len(one) == 9))[:4],
    )


def _prompt(world: PlanWorld, told: str) -> str:
    where = ""
    if world.kind in PLACED_M:
        x, y, z = world.scene.goal.position
        where = f"The middle of the {world.scene.goal.body} should come to ({x:.3f}, {y:.3f}, {z:.3f}) m.\n"
    elif world.kind == "hinge":
        way = "counter-clockwise" if world.angle > 0 else "clockwise"
        where = f"Seen from above it opens {way}.\n"
    elif world.kind == "topple":
        x, y = np.cos(world.angle), np.sin(world.angle)
        where = f"Its top should fall towards x {x:+.2f}, y {y:+.2f}.\n"
    return (
        f"{told}\n{where}"
        "A plan is a list of waypoints for the point between the fingertips, with the gripper pointing down. "
        "Nothing else may be moved, the arm must not run into the table, and the gripper lets go at the end. "
        "Masses and frictions are hidden; what you imagine goes by the nominal ones."
    )
