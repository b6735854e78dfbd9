"""A golden playthrough: a scripted episode as readable text.

Test, documentation and review aid at once. Images stand as size, mean colour and a 64-bit difference hash,
which survive the last-bit differences of another machine or library version.
"""

__all__ = ["playthrough"]

import json
from collections.abc import Iterator

import cv2
import numpy as np

from ..tools.tool import Image, Tool, ToolCall
from .base import ToolEnv
from .registry import entry_point
from .turn import Turn

HASH_SIDE = 8
EPISODES = (("train", 0, "expert"), ("train", 1, "expert"), ("test", 2, "expert"), ("train", 0, "mistakes"))


def playthrough(env_id: str) -> str:
    """The playthrough of a registered environment.

    Raises:
        UsageError: no such environment.
    """
    import gymnasium

    entry_point(env_id)
    env = gymnasium.make(env_id, disable_env_checker=True).unwrapped
    assert isinstance(env, ToolEnv)  # the registry holds no others
    lines = [f"# {env_id}", *_facts(env)]
    for split, index, policy in EPISODES:
        lines += ["", *_episode(env, split, index, policy)]
    return "\n".join(lines) + "\n"


def difference_hash(array: np.ndarray) -> str:
    """64 bits, as hex: whether each cell of an 8x9 grid is brighter than its left neighbour.

    Args:
        array: (H, W, 3) uint8.
    """
    grey = cv2.cvtColor(array, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (HASH_SIDE + 1, HASH_SIDE), interpolation=cv2.INTER_AREA).astype(np.int16)
    # A step of under 3 grey levels counts as equal: flat parts must not flip by a rounding.
    bits = (small[:, 1:] - small[:, :-1]) > 2
    return f"{int(''.join('1' if bit else '0' for bit in bits.ravel()), 2):016x}"


def _facts(env: ToolEnv) -> Iterator[str]:
    splits = ", ".join(f"{split} {env.num_tasks(split)}" for split in env.list_splits())
    yield f"splits: {splits}"
    yield f"actions: {env.action_format}; at most {env.MAX_TURNS} turns"
    yield f"reward: {env.recipe.formula}, {env.recipe.range[0]:g} to {env.recipe.range[1]:g}"
    yield f"system: {env.system_prompt}"
    for tool in env.tools:
        yield f"tool {tool.name}: {json.dumps(dict(tool.parameters))}"


def _episode(env: ToolEnv, split: str, index: int, policy: str) -> Iterator[str]:
    task = env.get_task(split, index)
    first = env.begin(task)
    yield f"## {task.id}, {policy}"
    limits = json.dumps(dict(task.limits))
    yield f"difficulty: {task.difficulty}; limits: {limits}; secrets: {len(task.secrets)}"
    yield from _told(first)
    actions = env.expert() if policy == "expert" else iter(_mistakes(env.tools))
    last = first
    for action in actions:
        shown = action if isinstance(action, str) else json.dumps([action.name, dict(action.arguments)])
        yield f"> {shown}"
        turns = [env.call(action)] if isinstance(action, ToolCall) else env.say(action)
        for last in turns:
            yield from _told(last)
        if last.done:
            break
    if not last.done:
        last = env.finish()
        yield from _told(last)
    levels = ", ".join(f"{name} {level:.4f}" for name, level in last.components.items())
    yield f"score: {last.score:.4f} ({last.stop_reason}); {levels}"
    yield f"why: {last.why}"


def _mistakes(tools: tuple[Tool, ...]) -> list[ToolCall | str]:
    name = tools[0].name
    return [
        "",
        "no call",
        json.dumps({"name": name, "arguments": {}}),
        json.dumps({"name": name[:-1]}),
        "[1]",
        '{"a"',
    ]


def _told(turn: Turn) -> Iterator[str]:
    for part in turn.parts:
        if isinstance(part, Image):
            height, width = part.array.shape[:2]
            mean = " ".join(f"{level:.1f}" for level in part.array.mean(axis=(0, 1)))
            yield f"  [{part.label}] {width}x{height} px, mean {mean}, hash {difference_hash(part.array)}"
        else:
            yield from (f"  {line}" for line in part.splitlines())
    if turn.error:
        yield f"  error: {turn.error}"
