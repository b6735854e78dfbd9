"""Solves a robot's task: checks the plan, executes it, says how it went."""

__all__ = ["expert_calls"]

from collections.abc import Iterator

from ..scenarios.robot_plan import PlanWorld
from ..tools.plan_reading import plan_text
from ..tools.tool import ToolCall


def expert_calls(world: PlanWorld) -> Iterator[ToolCall]:
    """The calls of a whole episode; the last one ends it.

    Args:
        world: what is asked.
    """
    plan = plan_text(world.scene.waypoints)
    yield ToolCall("check", {"plan": plan})
    yield ToolCall("execute", {"plan": plan})
    yield ToolCall("finish", {"claim": 5})
