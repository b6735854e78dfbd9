"""Checks of what is paid and for what, and of what hands can reach."""

__all__ = ["containment", "malformed", "rewards", "rubric"]

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..scenarios.task import Task
from ..tools.tool import ToolCall
from .actions import ACTION_FORMATS
from .base import ToolEnv
from .page import faults
from .subject import Subject, play

# Malformed only where the tool has a required argument.
BARE = ('{"name": "%TOOL%"}', '<think><tool_call>{"name": "%TOOL%", "arguments": {}}</tool_call>')
MALFORMED = (
    "",
    "hello",
    "{",
    "null",
    "[]",
    "3.5",
    '{"name": 1}',
    BARE[0],
    '{"name": "%TOOL%", "arguments": []}',
    '{"name": "%TOOL%", "arguments": {"nonsense": 1}}',
    '{"name": "%TOOL%", "arguments": {"%ARG%": NaN}}',
    '{"name": "%TOOL%", "arguments": {"%ARG%": {"a": [null]}}}',
    '{"name": "%TOOL%", "arguments": {"%ARG%": 1e400}}',
    '{"name": "%TOOL%"} {"name": "%TOOL%"}',
    '{"name": "no_such_tool", "arguments": {}}',
    '{"name": "\\ud800", "arguments": {}}',
    "[" * 100_000,
    "x" * 300_000,
    '{"name": "%TOOL%", "arguments": {"%ARG%": ' + "9" * 5000 + "}}",
    BARE[1],
)


def containment(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """No hand holds a task or a key; what leaves the process holds neither."""
    env = subject.make()
    for task in subject.tasks:
        if set(task.public()) != {"id", "split", "index", "difficulty", "prompt"}:
            yield f"{task.id}: public() must give id, split, index, difficulty and prompt only"
        if "payload" in repr(task) or "key=" in repr(task):
            yield f"{task.id}: its repr shows payload or key"
        env.begin(task)
        for name, method in env.bound_tools().items():
            held = [
                type(value).__name__
                for value in _reachable(getattr(method, "__self__", None))
                if _is_key(value, task)
            ]
            if held:
                yield f"{task.id}: the hand of {name} reaches the task or its key through a {held[0]}"


def malformed(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """Malformed actions of every kind: never an exception, never a reward, always in the space."""
    declared = subject.make().tools
    tool = next((one for one in declared if one.parameters["required"]), declared[0])
    argument = next(iter(tool.parameters["required"]), "x")
    bare = () if tool.parameters["required"] else BARE
    for action_format in ACTION_FORMATS:
        env = subject.make(action_format=action_format, max_turns=1000)
        task = subject.tasks[0]
        for pattern in (pattern for pattern in MALFORMED if pattern not in bare):
            text = pattern.replace("%TOOL%", tool.name).replace("%ARG%", argument)
            env.reset(options={"split": task.split, "index": task.index})
            for sent in (text, f"<tool_call>{text}</tool_call>"):
                observation, reward, terminated, _, info = env.step(sent)
                if reward != 0 or terminated or not env.observation_space.contains(observation):
                    yield f"{action_format}: {sent[:60]!r} gave reward {reward}, terminated {terminated}"
                if not info["error_code"]:
                    yield f"{action_format}: {sent[:60]!r} was taken without an error"
    measured["actions"] = len(MALFORMED) * 2 * len(ACTION_FORMATS)


def rewards(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """Dense and sparse rewards sum to the score; recipes recompose; later calls pay nothing."""
    for recipe in subject.recipes:
        for dense in (False, True):
            env = subject.make(recipe=recipe, dense=dense)
            for task in subject.tasks:
                yield from _attribution(env, task, recipe, dense)


def rubric(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """The page's reward tables."""
    env = subject.make()
    measured["recipes"] = {name: recipe.formula for name, recipe in env.RECIPES.items()}
    yield from (line for line in faults(env) if line.startswith("Reward"))


def _attribution(env: ToolEnv, task: Task, recipe: str, dense: bool) -> Iterator[str]:
    turns = list(play(env, task))
    last, where = turns[-1], f"{task.id}, recipe {recipe}, dense={dense}"
    paid = math.fsum(turn.reward for turn in turns)
    low, high = env.recipe.range
    if last.score is None or not low - 1e-9 <= last.score <= high + 1e-9:
        yield f"{where}: the score {last.score} is not in {low:g} to {high:g}"
        return
    penalty = math.fsum(last.components[name] for name in env.recipe.penalties)
    if not math.isclose(paid, last.score + max(-0.2, penalty), abs_tol=1e-9):
        yield f"{where}: the rewards sum to {paid}, the score is {last.score}, penalties {penalty}"
    levels = {name: last.components[name] for name in env.recipe.parts}
    if not math.isclose(env.recipe.compose(levels), last.score, abs_tol=1e-9):
        yield f"{where}: the components compose to {env.recipe.compose(levels)}, the score is {last.score}"
    early = turns[:-1] if not dense else turns[:1]
    if any(turn.reward or any(turn.components.values()) for turn in early):
        yield f"{where}: something was paid or shown before its time"
    later = env.call(ToolCall(env.tools[0].name, {}))
    if later.reward or not later.done:
        yield f"{where}: a call after the end paid {later.reward}"


def _reachable(root: object) -> Iterator[object]:
    """Every object that attributes and containers lead to from an object."""
    seen: set[int] = set()
    queue = [root]
    while queue:
        value = queue.pop()
        if id(value) in seen or isinstance(value, (str, bytes, int, float, np.ndarray, type)):
            continue
        seen.add(id(value))
        yield value
        if isinstance(value, dict):
            queue += [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple, set, frozenset)):
            queue += list(value)
        elif type(value).__module__.startswith("eyesmith") or value is root:
            queue += list(vars(value).values()) if hasattr(value, "__dict__") else []


def _is_key(value: object, task: Task) -> bool:
    return isinstance(value, Task) or value is task.key or (bool(task.key) and value == dict(task.key))
