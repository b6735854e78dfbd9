"""The inside of an environment: episodes, turns, tool calls, snapshots.

Knows nothing of Gymnasium. One path an episode: `begin`, then `call` or `say`, until a turn is done or
`finish` ends it from outside.
"""

__all__ = ["InnerEnv"]

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, Self

import numpy as np

from ..errors import SnapshotError, TaskError, UsageError
from ..scenarios.task import Task
from ..tools.schema import shown
from ..tools.tool import (
    Tool,
    ToolCall,
    ToolResult,
    declared_tools,
    hand_tools,
    mistake,
    unknown_tool,
)
from .actions import Malformed, parse_action
from .snapshot import REFUSED, pack, read_counts, read_turn, turn_state, unpack
from .spaces import clean_text
from .tasks import TaskEnv
from .turn import Turn

MAX_CALLS_PER_MESSAGE = 4
MAX_MESSAGES_WITHOUT_CALL = 3
MAX_PENALTY = 0.2
OVER = "the episode is over; nothing more is counted"


class InnerEnv(TaskEnv):
    """Plays episodes of tasks by tool calls.

    Args:
        kwargs: every argument of the environment, resolved; kept, so that `fork` can build twins.
    """

    def __init__(self, kwargs: dict[str, Any]) -> None:
        super().__init__(kwargs)
        self.recipe = self.RECIPES[kwargs["recipe"]]
        self.dense: bool = kwargs["dense"]
        self.action_format: str = kwargs["action_format"]
        self._declared = {tool.name: tool.worded(self._words()) for tool in declared_tools(*self.HANDS)}
        self._task: Task | None = None

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The declarations of the tools, in order."""
        return tuple(self._declared.values())

    @property
    def system_prompt(self) -> str:
        """What the agent is told once, apart from the task and the tools."""
        return self.SYSTEM_PROMPT

    @property
    def task(self) -> Task:
        """The begun task.

        Raises:
            UsageError: nothing was begun.
        """
        if self._task is None:
            raise UsageError("no task has begun: call reset() or begin(task) first")
        return self._task

    @property
    def _world(self) -> Any:
        """The read-only world of the begun task.

        Raises:
            UsageError: nothing was begun.
        """
        _ = self.task
        return self._entered

    def begin(self, task: Task) -> Turn:
        """Start an episode of a task.

        Raises:
            TaskError: a task of another environment, version or configuration.
        """
        if not isinstance(task, Task):
            raise TaskError(f"begin takes a task from get_task(split, index), got {task!r}")
        known, world = self._entry(task.split, task.index)
        if known.hash != task.hash:
            raise TaskError(
                f"task {task.id!r} does not belong to this {self.ID}: it was made with another version, "
                "source or difficulty. Take tasks from this environment's own get_task()."
            )
        return self._begin(known, world)

    def call(self, call: ToolCall) -> Turn:
        """Run one tool call; an agent's mistake is an observation, never an exception."""
        task = self.task
        if self._over:
            return self._after_the_end()
        self._turns += 1
        self._silent = 0
        result = self._run(call)
        name = call.name if isinstance(call.name, str) and call.name in self._bound else ""
        return self._settle(result, task, tool=name)

    def say(self, text: str) -> list[Turn]:
        """Run the calls of a raw assistant message in `action_format`, in order; at least one turn."""
        task = self.task
        if self._over:
            return [self._after_the_end()]
        calls = self.parse(text)
        if isinstance(calls, Malformed):
            self._turns += 1
            self._silent = self._silent + 1 if calls.no_call else 0
            return [self._settle(mistake(calls.text, calls.code), task)]
        turns = []
        for call in calls[:MAX_CALLS_PER_MESSAGE]:
            turns.append(self.call(call))
            if self._over:
                return turns
        if len(calls) > MAX_CALLS_PER_MESSAGE:
            note = (
                f"only the first {MAX_CALLS_PER_MESSAGE} of the {len(calls)} calls in this message were run"
            )
            turns[-1] = self._last = replace(turns[-1], parts=(*turns[-1].parts, note))
        return turns

    def parse(self, text: str) -> list[ToolCall] | Malformed:
        """The calls of a raw assistant message in `action_format`; runs nothing."""
        return parse_action(text, self.action_format, self._declared)

    def bound_tools(self) -> dict[str, Callable[..., ToolResult]]:
        """The begun episode's tools as bound methods of its hands."""
        return dict(self._bound)

    def finish(self, reason: str = "finished") -> Turn:
        """End and grade the episode from outside: context full, plain text, time.

        Args:
            reason: becomes the stop reason, such as `context` or `timeout`.
        """
        task = self.task
        if not reason:
            raise UsageError(
                "finish needs a reason, such as 'context' or 'timeout'; it becomes the stop reason"
            )
        if self._over:
            return self._after_the_end()
        self._stop = reason
        return self._settle(ToolResult((f"the episode was ended from outside: {reason}",)), task)

    def snapshot(self) -> bytes:
        """The mutable state of the episode; the world is rebuilt from the task."""
        task = self.task
        state = {
            "hands": self._save(),
            "rng": self.rng.bit_generator.state,
            "turns": self._turns,
            "invalid": self._invalid,
            "silent": self._silent,
            "value": self._value,
            "paid": self._paid,
            "turn": turn_state(self._last, self._recall),
        }
        return pack(self._header(task), state)

    def restore(self, blob: bytes) -> Turn:
        """Continue from a snapshot; returns the turn that was current then.

        Raises:
            SnapshotError: no snapshot, or one of another environment, version or configuration.
        """
        header, state = unpack(blob)
        split, index, own = header.get("split"), header.get("index"), self._make()
        fits = all(header.get(name) == value for name, value in own.items())
        if not fits or not isinstance(split, str) or split not in self._splits:
            raise SnapshotError(
                "this snapshot was taken in another environment, version or configuration: it says "
                f"{shown(header.get('env'))} {shown(header.get('kwargs'))} {shown(split)}, "
                f"this one is {own['env']} {own['kwargs']} with the splits {', '.join(self._splits)}"
            )
        if type(index) is not int or not 0 <= index < self._splits[split]:
            raise SnapshotError(f"this snapshot is of task {shown(index)}, which {split!r} does not have")
        task, world = self._entry(split, index)
        if header != self._header(task):
            raise SnapshotError(
                f"this snapshot's task {task.id!r} was another one: its generator or source has changed since"
            )
        return self._restore(task, world, state)

    def fork(self, n: int) -> list[Self]:
        """N environments in this very state; they share the read-only world."""
        if type(n) is not int or n < 0:
            raise UsageError(f"fork takes a number of twins, 0 or more, got {n!r}")
        blob = self.snapshot()
        twins = [type(self)(**self.kwargs) for _ in range(n)]
        for twin in twins:
            twin._restore(self.task, self._world, unpack(blob)[1])
        return twins

    def _begin(self, task: Task, world: Any) -> Turn:
        self._prepare(task, world)
        self._last = Turn(
            (task.prompt, *self._first_parts()),
            components=self._zero_components(),
            metrics=self._metrics(),
        )
        return self._last

    def _prepare(self, task: Task, world: Any) -> None:
        self._task, self._entered = task, world
        self.rng = np.random.default_rng(np.random.SeedSequence([*task.seed, 1]))
        self._turns = self._invalid = self._silent = 0
        self._value = self._paid = 0.0
        self._over = False
        self._stop = ""
        hands = hand_tools(*self._open(task, world))
        self._bound: dict[str, Callable[..., ToolResult]] = {name: hand[1] for name, hand in hands.items()}

    def _restore(self, task: Task, world: Any, state: dict[str, Any]) -> Turn:
        self._split, self._index = task.split, task.index
        self._prepare(task, world)
        like = Turn((), components=self._zero_components(), metrics=self._metrics())
        try:
            self._load(state["hands"])
            self.rng.bit_generator.state = state["rng"]
            self._turns, self._invalid, self._silent, self._value, self._paid = read_counts(state)
            self._last = read_turn(state["turn"], self._recall, like)
        except REFUSED:
            self._task = None
            raise SnapshotError(
                "this snapshot holds a state that no episode can have; take a new one"
            ) from None
        self._over, self._stop = self._last.done, self._last.stop_reason
        return self._last

    def _run(self, call: ToolCall) -> ToolResult:
        if not isinstance(call.name, str) or call.name not in self._bound:
            return mistake(unknown_tool(call.name, self._bound), "unknown_tool")
        arguments = dict(call.arguments) if isinstance(call.arguments, Mapping) else call.arguments
        cleaned, problem = self._declared[call.name].validate(arguments)
        if problem:
            return mistake(problem)
        return self._bound[call.name](**{name: _clean(value) for name, value in cleaned.items()})

    def _settle(self, result: ToolResult, task: Task, tool: str = "") -> Turn:
        """Count the turn, see whether it ends the episode, and pay."""
        if result.error:
            self._invalid += 1
        terminated = not self._stop and self._closed()
        if terminated:
            self._stop = "closed"
        elif not self._stop and self._silent >= MAX_MESSAGES_WITHOUT_CALL:
            self._stop = "no_call"
        elif not self._stop and self._turns >= self._turn_limit(task):
            self._stop = "max_turns"
        self._over = bool(self._stop)
        value, components, why = self._appraise(truncated=self._over and not terminated)
        shown_components = components if self.dense or self._over else self._zero_components()
        pay = value - self._value if self.dense else (value if self._over else 0.0)
        penalty = self._penalty() if self.dense or self._over else self._paid
        reward = pay + penalty - self._paid
        self._value, self._paid = (value, penalty) if self.dense or self._over else (self._value, self._paid)
        parts = result.parts if not result.error else tuple(p for p in result.parts if isinstance(p, str))
        self._last = Turn(
            tuple(clean_text(part) if isinstance(part, str) else part for part in parts),
            reward=reward,
            components=shown_components,
            score=value if self._over else None,
            terminated=terminated,
            truncated=self._over and not terminated,
            error=result.error,
            metrics=self._metrics(),
            tool=tool,
            stop_reason=self._stop,
            why=why if self._over else "",
        )
        return self._last

    def _appraise(self, *, truncated: bool) -> tuple[float, dict[str, float], str]:
        """Value, levels and reason as things stand."""
        if truncated and not self.HOLDS_WORK:
            levels, why = dict.fromkeys(self.recipe.parts, 0.0), f"no answer was given ({self._stop})"
            value = self.recipe.score(levels).value
        elif self._over or self.dense:
            levels, why = self._levels()
            value = self.recipe.score(levels).value if self._over else self._potential(levels)
        else:
            return 0.0, self._zero_components(), ""
        told = {**levels, **self._penalty_levels()}
        return value, {name: float(told[name]) for name in (*self.recipe.parts, *self.recipe.penalties)}, why

    def _penalty(self) -> float:
        return max(-MAX_PENALTY, sum(self._penalty_levels().values())) if self.recipe.penalties else 0.0

    def _turn_limit(self, task: Task) -> int:
        own = self.kwargs["max_turns"]
        return own if own is not None else int(task.limits.get("max_turns", self.MAX_TURNS))

    def _after_the_end(self) -> Turn:
        last = self._last
        return Turn(
            (OVER,),
            components=last.components,
            score=last.score,
            terminated=last.terminated,
            truncated=last.truncated,
            error="episode_over",
            metrics=last.metrics,
            stop_reason=last.stop_reason,
            why=last.why,
        )

    def _zero_components(self) -> dict[str, float]:
        return dict.fromkeys((*self.recipe.parts, *self.recipe.penalties), 0.0)

    def _metrics(self) -> dict[str, float]:
        common = {"turns": float(self._turns), "invalid_calls": float(self._invalid)}
        return common | {name: float(value) for name, value in self._measure().items()}

    def _header(self, task: Task) -> dict[str, Any]:
        return {**self._make(), "split": task.split, "index": task.index, "task": task.hash[:16]}

    def _make(self) -> dict[str, str]:
        """What a snapshot's environment must be: the id with its version, and the arguments."""
        kept = {name: value for name, value in self.shared_kwargs().items() if name != "split"}
        digest = sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]
        return {"env": self.ID, "kwargs": digest}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    return [_clean(item) for item in value] if isinstance(value, list) else value
