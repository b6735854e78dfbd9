"""Seeded scenes of the robot: a family, objects, commands of the arm.

Deterministic in family, seed, difficulty and length. A scene whose arm cannot follow its own path, or would
run into something at the start, is drawn anew.
"""

__all__ = ["FAMILIES", "HIDDEN_FAMILIES", "robot_scene"]

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..errors import EyesmithError, UsageError
from ..tools.robot_kinematics import MAX_TICKS, TICK_S, Waypoint, plan, solve
from ..tools.robot_look import LOOKS
from ..tools.robot_scene import Scene
from .robot_families import FAMILIES_MADE
from .robot_props import Props
from .robot_strokes import follows, more_strokes

FAMILIES = tuple(FAMILIES_MADE)
HIDDEN_FAMILIES = ("push", "slide", "topple", "roll", "hinge")  # objects are met by a stroke
CLIP_TICKS = 5
AFTER_TICKS = (26, 16)  # after the first touch: at least, and more with difficulty
SPARE_TICKS = 9  # of what is shown after the first touch, when the length in clips is given
ATTEMPTS = 60
SALT = 7311


def robot_scene(
    family: str, seed: int | Sequence[int], difficulty: float = 0.5, *, clips: int | None = None
) -> Scene:
    """The scene of a seed.

    Args:
        family: one of FAMILIES.
        seed: words that seed it.
        difficulty: 0 to 1: bystanders, further objects, a longer time, parameters farther from the told ones.
        clips: how many clips of 0.25 s follow the first touch, with further strokes where objects are met
            by one; None takes what the difficulty gives.

    Raises:
        UsageError: an unknown family, a difficulty or a length out of range.
        EyesmithError: no scene came, which is a fault of the generator.

    >>> scene = robot_scene("push", 0)
    >>> scene.commands.shape[1], scene.hidden != scene.nominal
    (8, True)
    """
    if family not in FAMILIES_MADE:
        raise UsageError(f"a family is one of {', '.join(FAMILIES)}, got {family!r}")
    if not 0.0 <= difficulty <= 1.0:
        raise UsageError(f"difficulty: 0 to 1, got {difficulty}")
    if clips is not None and not 1 <= clips <= (MAX_TICKS - 60) // CLIP_TICKS:
        raise UsageError(f"clips: 1 to {(MAX_TICKS - 60) // CLIP_TICKS}, got {clips}")
    words = [seed] if isinstance(seed, int) else list(seed)
    rng = np.random.default_rng([SALT, FAMILIES.index(family), *words])
    for _ in range(ATTEMPTS):
        scene = _drawn(family, rng, words, difficulty, clips)
        if scene is not None:
            return scene
    raise EyesmithError(f"robot scene {family} {words}: none came of {ATTEMPTS} attempts; mend the generator")


def _drawn(
    family: str, rng: np.random.Generator, words: Sequence[int], difficulty: float, clips: int | None
) -> Scene | None:
    props = Props(rng, difficulty)
    act = FAMILIES_MADE[family](props)
    props.add_bystanders(int(rng.integers(0, 1 + round(3 * difficulty))))
    look = LOOKS[int(rng.integers(len(LOOKS)))]
    *place, yaw = act.start
    first = solve(np.array([place]), np.array([yaw]))
    if not first.reached.all():
        return None
    name = ":".join(str(word) for word in words)
    scene = Scene(
        id=f"{family}:{name}",
        family=family,
        bodies=tuple(props.bodies),
        fixtures=tuple(props.fixtures),
        hidden=props.hidden,
        nominal=props.nominal,
        look=look,
        start_joints=tuple(first.joints[0].tolist()),
        start_width=act.width,
        waypoints=act.waypoints,
        actions=(),
        instruction=act.instruction,
        goal=act.goal,
    )
    way = _lengthened(scene, act.touches_after, difficulty, clips, rng)
    made = plan(first.joints[0], way, width=act.width)
    if not follows(first.joints[0], made):
        return None
    return replace(scene, waypoints=way, actions=tuple(tuple(row) for row in made.commands.tolist()))


def _lengthened(
    scene: Scene, touches_after: int, difficulty: float, clips: int | None, rng: np.random.Generator
) -> tuple[Waypoint, ...]:
    """Waypoints with more strokes, where clips are asked for, and a rest at the end: enough time follows."""
    way = scene.waypoints
    ticks = [max(1, round(one.duration_s / TICK_S)) for one in way]
    touched = sum(ticks[: touches_after + 1])
    least, more = AFTER_TICKS
    wanted = touched + (
        least + round(more * difficulty) if clips is None else clips * CLIP_TICKS + SPARE_TICKS
    )
    if clips is not None and scene.family in HIDDEN_FAMILIES:
        way = more_strokes(scene, wanted, rng)
    missing = wanted - sum(max(1, round(one.duration_s / TICK_S)) for one in way)
    while missing > 0:
        rest = min(missing, 200)
        way = (*way, replace(way[-1], duration_s=rest * TICK_S))
        missing -= rest
    return way
