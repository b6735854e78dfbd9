"""A fingerprint of an episode: one hash over every byte of every turn.

Two runs of one task with the same calls must agree in it, in any process. Run as a module it plays in a
process of its own: `python -m eyesmith.envs.fingerprint` reads orders as JSON and prints the hashes.
"""

__all__ = ["actions_of", "fingerprint", "order_of"]

import json
import sys
from collections.abc import Iterable
from hashlib import sha256
from importlib import import_module
from typing import Any

from ..scenarios.task import Task
from ..tools.tool import Image, ToolCall
from .base import ToolEnv
from .turn import Turn

SCRIPTED_TURNS = 12


def fingerprint(env: ToolEnv, task: Task, actions: Iterable[ToolCall | str]) -> str:
    """Play actions and hash every text, image, reward and component.

    Args:
        env: the environment; a begun episode is dropped.
        task: what to play.
        actions: calls, or raw messages; what is left after the end is not played.
    """
    digest = sha256()
    _add(digest, env.begin(task))
    for action in actions:
        turns = [env.call(action)] if isinstance(action, ToolCall) else env.say(action)
        for turn in turns:
            _add(digest, turn)
        if turns[-1].done:
            break
    else:
        _add(digest, env.finish())
    return digest.hexdigest()


def actions_of(env: ToolEnv, task: Task, policy: str) -> list[ToolCall | str]:
    """Actions that do not depend on what comes back: the expert's, or noise from the task's index."""
    env.begin(task)
    if policy == "expert":
        calls: list[ToolCall | str] = []
        for call in env.expert():
            calls.append(call)
            env.call(call)
        return calls
    first = env.tools[0]
    names = list(first.parameters["properties"])
    calls = [ToolCall(first.name, dict.fromkeys(names, i + task.index)) for i in range(SCRIPTED_TURNS // 4)]
    return [*calls, "", '{"name": "é 中 🙂"}', "no call at all", *calls]


def order_of(env: ToolEnv, task: Task, policy: str, before: Iterable[Task] = ()) -> dict[str, Any]:
    """What a process of its own needs to play the same: a JSON-able order."""
    cls = type(env)
    return {
        "module": cls.__module__,
        "class": cls.__qualname__,
        "kwargs": env.kwargs,
        "task": [task.split, task.index],
        "policy": policy,
        "before": [[other.split, other.index] for other in before],
    }


def _obey(order: dict[str, Any]) -> str:
    env: ToolEnv = getattr(import_module(order["module"]), order["class"])(**order["kwargs"])
    for split, index in order["before"]:
        other = env.get_task(split, index)
        fingerprint(env, other, actions_of(env, other, "expert"))
    task = env.get_task(*order["task"])
    return fingerprint(env, task, actions_of(env, task, order["policy"]))


def _add(digest: Any, turn: Turn) -> None:
    for part in turn.parts:
        digest.update((part.sha256 + part.label if isinstance(part, Image) else part).encode())
    told = [turn.reward, dict(turn.components), turn.score, turn.terminated, turn.truncated, turn.error]
    digest.update(json.dumps([*told, dict(turn.metrics), turn.tool, turn.stop_reason, turn.why]).encode())


if __name__ == "__main__":
    print(json.dumps([_obey(order) for order in json.load(sys.stdin)]))
