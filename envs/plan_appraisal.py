"""Grades what a planned robot has done: state, motion, claim."""

__all__ = ["EXPERT_CALLS", "PlanMarks", "mark_plan"]

from collections.abc import Mapping
from dataclasses import dataclass

from ..rewards.executability import ArmLimits, executability
from ..rewards.plan import calibration, efficiency, reached
from ..rewards.roboreward import mark, mark_share
from ..scenarios.robot_plan import PlanWorld, requirements_of
from ..tools.plan_hand import PlanHand
from ..tools.robot_facts import inverse_torques
from ..tools.robot_kinematics import (
    ACCELERATION_LIMIT,
    JOINT_LOWER,
    JOINT_UPPER,
    TICK_S,
    TORQUE_LIMIT,
    VELOCITY_LIMIT,
)

EXPERT_CALLS = 3  # check, execute, finish
LIMITS = ArmLimits(JOINT_LOWER, JOINT_UPPER, VELOCITY_LIMIT, ACCELERATION_LIMIT, TORQUE_LIMIT)


@dataclass(frozen=True)
class PlanMarks:
    """How an episode did."""

    levels: Mapping[str, float]
    """Every part of every recipe."""
    mark: int
    """RoboReward's, 1 to 5."""
    progress: float
    """Share of the way to the goal."""
    why: str


def mark_plan(world: PlanWorld, hand: PlanHand, *, calls: int) -> PlanMarks:
    """Grade the state as it is.

    Args:
        world: what was asked.
        hand: what was done.
        calls: how many calls were made.
    """
    robot = hand.robot
    body = world.scene.goal.body
    progress, asked = requirements_of(world, robot.poses, is_held=robot.touches(body))
    state = reached(progress, asked, has_collided=robot.has_collided)
    claim = calibration(hand.claim, progress, asked)
    short = efficiency(calls, EXPERT_CALLS)
    motion = 0.0
    told = [state.why, claim.why, short.why]
    if robot.rollouts:
        path = robot.path
        score = executability(
            path,
            dt_s=TICK_S,
            limits=LIMITS,
            reference=world.reference,
            torques=inverse_torques(world.shown, path),
            reference_torques=inverse_torques(world.shown, world.reference),
        )
        motion = score.value
        told.append(score.why)
    levels = {
        "reached": state.value,
        "executability": motion,
        "calibration": claim.value,
        "efficiency": short.value,
        "rubric": mark_share(progress, asked).value,
    }
    return PlanMarks(levels, mark(progress, asked), progress, "; ".join(told))
