"""What is checked: an environment class and some of its tasks."""

__all__ = ["Skip", "Subject", "play"]

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from ..scenarios.task import Task
from ..tools.tool import ToolCall
from .base import ToolEnv
from .turn import Turn


class Skip(Exception):
    """A check that does not apply; the text says why."""


class Subject:
    """An environment class, arguments, and tasks to try.

    Args:
        cls: the class.
        kwargs: its arguments, resolved.
        count: tasks tried in each split.
        env_id: its id where it is registered, else None.
    """

    def __init__(self, cls: type[ToolEnv], kwargs: dict[str, Any], count: int, env_id: str | None) -> None:
        self.cls, self.kwargs, self.count, self.env_id = cls, kwargs, count, env_id

    def make(self, **over: Any) -> ToolEnv:
        """A fresh environment, some arguments replaced."""
        return self.cls(**(self.kwargs | over))

    @property
    def recipes(self) -> list[str]:
        """Recipes that can be graded by here: those that ask a judge only where one is given."""
        judged = self.kwargs.get("judge") is not None
        return [name for name, recipe in self.cls.RECIPES.items() if recipe.needs_judge == judged]

    @cached_property
    def tasks(self) -> list[Task]:
        """The first tasks of each split."""
        env = self.make()
        return [
            env.get_task(split, index)
            for split in env.list_splits()
            for index in range(min(self.count, env.num_tasks(split)))
        ]


def play(env: ToolEnv, task: Task, actions: Iterable[ToolCall | str] | None = None) -> Iterator[Turn]:
    """The turns of an episode, the first one included; None plays the expert.

    An episode that the actions leave open is finished from outside.
    """
    turn = env.begin(task)
    yield turn
    for action in env.expert() if actions is None else actions:
        turns = [env.call(action)] if isinstance(action, ToolCall) else env.say(action)
        yield from turns
        turn = turns[-1]
        if turn.done:
            return
    yield env.finish()
