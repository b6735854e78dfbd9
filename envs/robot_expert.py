"""The expert of RobotRollout: an exact replay, as tool calls."""

__all__ = ["expert_calls", "states_text"]

import json
from collections.abc import Iterator, Sequence

from ..scenarios.robot_rollout import RolloutWorld
from ..tools.robot_draft import Motion
from ..tools.robot_rollout import TICK_S
from ..tools.tool import ToolCall

ROWS_A_CALL = 20


def expert_calls(world: RolloutWorld) -> Iterator[ToolCall]:
    """The calls of a whole episode; the last one ends it.

    Args:
        world: what happened.
    """
    asked = world.asked
    for first in range(0, len(asked.ticks), ROWS_A_CALL):
        rows = slice(first, first + ROWS_A_CALL)
        yield ToolCall("draft", {"states": states_text(asked.at(rows), world.scene.names)})
    yield ToolCall("check_physics")
    yield ToolCall("submit")


def states_text(motion: Motion, names: Sequence[str]) -> str:
    """States as `draft` takes them, to the last digit.

    Args:
        motion: the states, at query times.
        names: of the objects.
    """
    rows = []
    for row, tick in enumerate(motion.ticks):
        objects = {
            name: {"position": pose[:3].tolist(), "quaternion": pose[3:].tolist()}
            for name, pose in zip(names, motion.poses[row], strict=True)
        }
        rows.append(
            {
                "t": round(float(tick * TICK_S), 6),
                "joints": motion.joints[row].tolist(),
                "width": float(motion.width[row]),
                "objects": objects,
            }
        )
    return json.dumps(rows, separators=(",", ":"))
