"""Labelled failures of a robot: successes cut short, or told otherwise.

RoboReward (arXiv 2601.00675) makes failures of successes in two ways, and lets a model label them: temporal
clipping cuts a success before its end, counterfactual relabelling puts another instruction beside the same
video. Here every label is the rubric of the state that the video ends in.
"""

__all__ = ["RobotFailure", "robot_failures"]

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..rewards.roboreward import mark
from ..tools.robot_rollout import Rollout, simulate
from ..tools.robot_scene import Scene
from .robot_plan import PlanWorld, is_held, requirements_of

LEAST_TICKS = 5  # of a video that is cut short
BEST = 5
OTHER_PLACES_M = ((0.03, 0.0), (0.06, 0.0), (0.12, 0.0), (0.0, 0.25))
PLACES = ("push", "slide", "roll", "pick_place")
OTHER_ANGLES_RAD = (0.3, 0.8)


@dataclass(frozen=True, eq=False)
class RobotFailure:
    """A video of the robot with an instruction, and the mark that it deserves."""

    scene: Scene
    """That is drawn: its mat is where the instruction wants it."""
    rollout: Rollout
    ticks: int
    """The video ends after so many."""
    instruction: str
    how: str
    """success, clipped or relabelled."""
    mark: int
    """1 to 5, of the last state."""
    progress: float
    """Share of the way to the goal."""


def robot_failures(world: PlanWorld, instruction: str) -> Iterator[RobotFailure]:
    """The success of a task's own plan, and failures made of it: each has a mark below the best.

    Of all places to cut, each mark below the best has one: the middle of the ticks that have it.

    Args:
        world: of the task.
        instruction: of the task.
    """
    rollout = simulate(world.scene)
    yield _labelled(world, rollout, rollout.ticks, instruction, "success")
    cuts: dict[int, list[RobotFailure]] = {}
    for ticks in range(LEAST_TICKS, rollout.ticks):
        cut = _labelled(world, rollout, ticks, instruction, "clipped")
        cuts.setdefault(cut.mark, []).append(cut)
    for value in range(1, BEST):
        if value in cuts:
            yield cuts[value][len(cuts[value]) // 2]
    for other, told in _counterfactuals(world, instruction):
        found = _labelled(other, rollout, rollout.ticks, told, "relabelled")
        if found.mark < BEST:
            yield found


def _counterfactuals(world: PlanWorld, instruction: str) -> Iterator[tuple[PlanWorld, str]]:
    """The same scene with something else asked."""
    scene, goal = world.scene, world.scene.goal
    if world.kind in PLACES:
        for x, y in OTHER_PLACES_M:
            side = -1.0 if goal.position[1] > 0.0 else 1.0
            place = (goal.position[0] + x, goal.position[1] + side * y, goal.position[2])
            fixtures = tuple(
                replace(one, pose=(place[0], place[1], *one.pose[2:])) if one.kind == "mat" else one
                for one in scene.fixtures
            )
            moved = replace(scene, fixtures=fixtures, goal=replace(goal, position=place))
            yield replace(world, scene=moved), instruction
    if world.kind == "hinge":
        for off in OTHER_ANGLES_RAD:
            angle = float(np.sign(world.angle) * (abs(world.angle) + off))
            old, new = (f"{abs(round(float(np.degrees(one))))} degrees" for one in (world.angle, angle))
            if old in instruction:
                yield replace(world, angle=angle), instruction.replace(old, new)
    for name in scene.names:
        if world.kind in PLACES and name != goal.body and goal.body in instruction:
            other = replace(scene, goal=replace(goal, body=name))
            number = scene.names.index(name)
            may_move = tuple(one or n == number for n, one in enumerate(world.may_move))
            yield replace(world, scene=other, may_move=may_move), instruction.replace(goal.body, name)


def _labelled(world: PlanWorld, rollout: Rollout, ticks: int, instruction: str, how: str) -> RobotFailure:
    held = is_held(rollout.contacts[ticks], rollout.pairs, world.scene.goal.body)
    progress, asked = requirements_of(world, rollout.poses[ticks], is_held=held)
    return RobotFailure(world.scene, rollout, ticks, instruction, how, mark(progress, asked), progress)
