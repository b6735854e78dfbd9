"""Tasks of RobotRollout: a scene's beginning is shown, its end asked.

What is shown ends shortly after the first contact that moves an object, so that mass and friction, which are
hidden, can be told from how it starts to move. A scene is asked only where the rest matters: an object still
moves by 3 cm, and a simulation with the nominal parameters is far from the truth.
"""

__all__ = ["CLIP_TICKS", "FAMILIES", "RolloutWorld", "rollout_task"]

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import EyesmithError
from ..rewards.robot_state import Symmetry, state_skill
from ..tools.robot_draft import Motion
from ..tools.robot_rollout import TICK_S, Rollout, simulate
from ..tools.robot_scene import Scene
from .robot_scenes import FAMILIES, HIDDEN_FAMILIES, robot_scene
from .task import Task

CLIP_TICKS = 5
# Ticks before the end of what is shown: the very start, and how the object starts to move.
CONTEXT_BACK = (1_000_000, 4, 2, 0)
SEEN_TICKS = (4, 2, 1)  # of an object's motion that are shown: as many as leave enough to predict
MOVING_M, MOVING_RAD = 0.004, 0.05
LEAST_CONTEXT, LEAST_QUERIES = 3, 4
LEAST_MOVED_M = 0.03
FARTHEST_M = 2.5  # what falls off the table and on is no place to predict, nor one that can be drafted
MOST_NOMINAL = 0.6
MAX_ATTEMPTS = 40
SECRETS = 4
SPARE_TURNS, TURNS_A_QUERY = 12, 2


@dataclass(frozen=True, eq=False)
class RolloutWorld:
    """A scene, what is shown of it, and what happens then."""

    scene: Scene
    """With its hidden parameters."""
    shown: Scene
    """The same with the nominal parameters in their place: all that a hand may hold."""
    true: Motion
    """Of every tick."""
    context: tuple[int, ...]
    """Ticks that are shown; the last one is where prediction starts."""
    queries: tuple[int, ...]
    """Ticks that are asked about, a clip apart; the last one is the end."""
    nominal_skill: float
    """What a simulation with the nominal parameters scores; nan where no object moves."""

    @property
    def is_reach(self) -> bool:
        """Whether only the robot moves."""
        return self.scene.family == "reach"

    @property
    def symmetry(self) -> tuple[Symmetry, ...]:
        """Of each object."""
        return tuple(body.symmetry for body in self.scene.bodies)

    @property
    def seen(self) -> Motion:
        """The states that are shown."""
        return self.true.at(np.array(self.context))

    @property
    def asked(self) -> Motion:
        """The true states at the query times."""
        return self.true.at(np.array(self.queries))


def rollout_task(
    task_id: str,
    split: str,
    index: int,
    seed: Sequence[int],
    difficulty: int,
    *,
    family: str | None = None,
    clips: int | None = None,
) -> tuple[Task, RolloutWorld]:
    """The task of an index; deterministic.

    Args:
        task_id: its id.
        split: its split.
        index: its index; families take turns.
        seed: words that seed it.
        difficulty: 1 to 5.
        family: one of FAMILIES, or None for all in turn.
        clips: length in clips of 0.25 s, or None for what the difficulty gives.

    Raises:
        EyesmithError: no scene came of MAX_ATTEMPTS attempts, which is a fault of the generator.
    """
    # One on with each round, so that every family meets every difficulty; the easiest, reach, comes last.
    chosen = family or FAMILIES[(index + 1 + index // len(FAMILIES)) % len(FAMILIES)]
    for attempt in range(MAX_ATTEMPTS):
        scene = robot_scene(chosen, [*seed, attempt], (difficulty - 1) / 4.0, clips=clips)
        world = _world(scene)
        if world is not None:
            return _task(task_id, split, index, seed, difficulty, world), world
    raise EyesmithError(f"{task_id}: no scene came of {MAX_ATTEMPTS} attempts; mend the generator")


def _world(scene: Scene) -> RolloutWorld | None:
    """The world of a scene, or None where there is too little left to predict."""
    shown = replace(scene, hidden=scene.nominal)
    true, nominal = _motion(simulate(scene)), _motion(simulate(shown))
    first = _starts_moving(true)
    worlds = (_shown_until(first + seen, scene, shown, true, nominal) for seen in SEEN_TICKS)
    return next((world for world in worlds if world is not None), None)


def _shown_until(last: int, scene: Scene, shown: Scene, true: Motion, nominal: Motion) -> RolloutWorld | None:
    """The world whose beginning is shown up to a tick, or None where the rest is no task."""
    end = len(true.ticks) - 1
    if not LEAST_CONTEXT <= last <= end - LEAST_QUERIES * CLIP_TICKS:
        return None
    queries = tuple(range(end, last + 2, -CLIP_TICKS))[::-1]
    context = tuple(sorted({max(0, last - back) for back in CONTEXT_BACK}))
    world = RolloutWorld(scene, shown, true, context, queries, float("nan"))
    if world.is_reach:
        return world
    start, asked = true.poses[last], world.asked.poses
    if np.abs(asked[..., :3]).max() > FARTHEST_M:
        return None
    if np.linalg.norm(asked[..., :3] - start[:, :3], axis=2).max() < LEAST_MOVED_M:
        return None
    imagined = nominal.poses[list(queries)]
    skill = state_skill(imagined, asked, start, symmetry=world.symmetry).value
    return (
        None
        if scene.family in HIDDEN_FAMILIES and skill > MOST_NOMINAL
        else replace(world, nominal_skill=skill)
    )


def _motion(rollout: Rollout) -> Motion:
    return Motion.recorded(rollout.joints, rollout.width, rollout.poses)


def _starts_moving(true: Motion) -> int:
    """The first tick at which an object has moved."""
    gone = np.linalg.norm(true.poses[..., :3] - true.poses[0, :, :3], axis=2)
    turned = 2.0 * np.arccos(
        np.clip(np.abs((true.poses[..., 3:] * true.poses[0, :, 3:]).sum(axis=2)), 0.0, 1.0)
    )
    moved = ((gone > MOVING_M) | (turned > MOVING_RAD)).any(axis=1)
    return int(moved.argmax()) if moved.any() else LEAST_CONTEXT


def _task(
    task_id: str, split: str, index: int, seed: Sequence[int], difficulty: int, world: RolloutWorld
) -> Task:
    hidden = world.scene.hidden
    values = [float(one) for one in (*hidden.mass_kg, *hidden.friction)]
    nominal = [float(one) for one in (*world.scene.nominal.mass_kg, *world.scene.nominal.friction)]
    own = [repr(one)[:9] for one, other in zip(values, nominal, strict=True) if one != other]
    asked = world.asked
    return Task(
        id=task_id,
        split=split,
        index=index,
        seed=tuple(seed),
        difficulty=difficulty,
        prompt=_prompt(world),
        payload={"scene": world.scene.id, "family": world.scene.family, "digest": world.scene.digest},
        key={
            "mass_kg": list(hidden.mass_kg),
            "friction": list(hidden.friction),
            "final": asked.poses[-1].tolist(),
        },
        limits={"max_turns": SPARE_TURNS + TURNS_A_QUERY * len(world.queries)},
        secrets=tuple(dict.fromkeys(one for one in own if len(one) == 9))[:SECRETS],
    )


def _prompt(world: RolloutWorld) -> str:
    scene, queries = world.scene, world.queries
    names = ", ".join(scene.names)
    times = ", ".join(f"{tick * TICK_S:.2f}" for tick in queries)
    return (
        f"A robot arm was told: {scene.instruction}\n"
        "You are the world model: say what happens when its commands are carried out. You see the first "
        f"{world.context[-1] * TICK_S:.2f} s and all commands. Predict robot and objects ({names}) at "
        f"t = {times} s.\n"
        "Masses and frictions are hidden; the nominal ones in the table are what an uninformed simulator "
        "would take. How the objects start to move tells more."
    )
