"""TRL: an environment as a class of tools, its tasks as a data set.

GRPOTrainer makes instances of `environment_factory`, hands every public method of the class to the model
as a tool, and keeps the instances for the next batch. It has no word for the end of an episode: a call that
comes after it is answered with a text that says so. Rows name their task, so that a group shares it.
"""

__all__ = ["trl_dataset", "trl_environment", "trl_rewards"]

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

from PIL import Image as Picture

from ..envs.base import ToolEnv
from ..envs.describe import make_env
from ..envs.turn import Turn
from ..errors import InfrastructureError, MissingExtraError, TaskError, UsageError
from ..tools.tool import Image, Part, Tool, ToolCall
from .task_range import task_range

OVER = "The episode is over; nothing that is called now counts. Answer with one short sentence and no call."
TYPES: Mapping[str, Any] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "object": dict,
    "array": list,
}
OWN = frozenset({"reset", "get_reward"})  # the words that TRL keeps for itself

Reward = Callable[..., Awaitable[list[float | None]]]


def trl_environment(env_id: str, **kwargs: Any) -> type:
    """A class for `GRPOTrainer(environment_factory=...)`: the tools of an environment, and nothing else.

    Its methods are coroutines with the tools' own signatures and docstrings; what they answer are texts and
    pictures. `reset` takes a row of `trl_dataset`; `get_reward` is the episode's score, after `finish` where
    the model stopped calling before the end. `components` and `metrics` are those of the last turn.

    Args:
        env_id: a registered id.
        kwargs: of the environment; the data set needs the same.

    Raises:
        UsageError: no such environment, arguments that it refuses, or a tool whose name TRL keeps for itself.
    """
    probe = make_env(env_id, **kwargs)
    tools = probe.tools
    probe.close()
    taken = [tool.name for tool in tools if tool.name in OWN or tool.name.startswith("_")]
    if taken:
        kept = ", ".join(sorted(OWN))
        raise UsageError(f"{env_id}: TRL keeps {kept} and _names for itself; tools: {', '.join(taken)}")
    words = {
        "__doc__": f"{env_id} for TRL.",
        "__module__": __name__,
        "_env_id": env_id,
        "_kwargs": dict(kwargs),
        **{tool.name: _method(tool) for tool in tools},
    }
    return type(env_id.split("/")[-1].rsplit("-v", 1)[0], (_Episode,), words)


def trl_dataset(env_id: str, split: str = "train", n: int = 64, *, first: int = 0, **kwargs: Any) -> Any:
    """Tasks of an environment as rows for GRPOTrainer: `prompt`, `env`, `split`, `index`, `task_hash`.

    Args:
        env_id: a registered id.
        split: its split.
        n: how many tasks.
        first: index of the first.
        kwargs: of the environment.

    Returns:
        A `datasets.Dataset`.

    Raises:
        MissingExtraError: `datasets` is not installed.
        UsageError: the split has fewer tasks.
    """
    try:
        from datasets import Dataset
    except ImportError as error:
        raise MissingExtraError('TRL reads data sets: pip install "eyesmith[train]"') from error
    env = make_env(env_id, **kwargs)
    try:
        rows = [_row(env, env_id, split, index) for index in task_range(env, split, first, n)]
    finally:
        env.close()
    return Dataset.from_list(rows)


def trl_rewards(env_id: str, **kwargs: Any) -> list[Reward]:
    """One reward function a component of the recipe, for `GRPOTrainer(reward_funcs=...)`.

    They tell what the score is made of. The score itself is `get_reward`, which TRL adds by itself: give
    these the weight 0 in `GRPOConfig(reward_weights=...)`.
    """
    env = make_env(env_id, **kwargs)
    try:
        return [_reward(name) for name in env.recipe.parts]
    finally:
        env.close()


class _Episode:
    """What all generated classes share; TRL sees no public method but `reset` and `get_reward`."""

    _env_id: str
    _kwargs: Mapping[str, Any]

    def __init__(self) -> None:
        self._env: ToolEnv = make_env(self._env_id, **self._kwargs)
        self._last: Turn | None = None
        self._turn = asyncio.Lock()  # TRL runs the calls of one message side by side
        self._failure = ""

    @property
    def components(self) -> Mapping[str, float]:
        """Level of every part of the recipe, as it stands; empty where the machine failed."""
        return self._last.components if self._last is not None and not self._failure else {}

    @property
    def metrics(self) -> Mapping[str, float]:
        """Measured quantities, as they stand."""
        return self._last.metrics if self._last is not None else {}

    def reset(self, **row: Any) -> list[dict[str, Any]] | str:
        """Begin the task that a row of the data set names.

        Raises:
            TaskError: the row names no task of this environment, or another one of that name.
        """
        if row.get("env") != self._env_id:
            raise TaskError(f"a row of trl_dataset({self._env_id!r}) is expected, not of {row.get('env')!r}")
        task = self._env.get_task(row["split"], row["index"])
        if task.hash != row["task_hash"]:
            raise TaskError(
                f"{task.id} is another task than the data set holds: make both with the same arguments"
            )
        self._failure = ""
        self._last = self._env.begin(task)
        told = _content(self._last.parts[1:])  # the prompt stands in the row
        return f"\n\n{told}" if told and isinstance(told, str) else told

    async def get_reward(self) -> float | None:
        """The episode's score; an episode that the model left open is ended and graded as it stands.

        None where the machine failed: TRL leaves such a completion out of its group.
        """
        async with self._turn:
            if not self._begun().done and not self._failure:
                await self._play(self._env.finish)
            return None if self._failure else self._begun().score

    async def _call(self, name: str, arguments: Mapping[str, Any]) -> list[dict[str, Any]] | str:
        async with self._turn:
            if self._begun().done or self._failure:
                return OVER
            given = {key: value for key, value in arguments.items() if value is not _LEFT_OUT}
            await self._play(lambda: self._env.call(ToolCall(name, given)))
            if self._failure:
                return OVER
            last = self._begun()
            return _content((*last.parts, OVER) if last.done else last.parts)

    def _begun(self) -> Turn:
        if self._last is None:
            raise UsageError("no task has begun: TRL calls reset(**row) first")
        return self._last

    async def _play(self, step: Callable[[], Turn]) -> None:
        """Run a step, beside the event loop where the environment can be run from any thread."""
        try:
            self._last = await asyncio.to_thread(step) if self._env.is_thread_safe else step()
        except InfrastructureError as error:
            self._failure = str(error) or type(error).__name__


class _LeftOut:
    """The default of an argument that may be left out."""

    def __repr__(self) -> str:
        return "..."


_LEFT_OUT = _LeftOut()


def _method(tool: Tool) -> Callable[..., Awaitable[Any]]:
    """A coroutine with the signature and the docstring of a tool."""
    schema = tool.parameters
    required = set(schema.get("required", ()))
    properties: Mapping[str, Any] = schema.get("properties", {})
    ordered = sorted(properties, key=lambda name: name not in required)
    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    types: dict[str, Any] = {}
    for name in ordered:
        types[name] = annotation = _type(properties[name])
        default = inspect.Parameter.empty if name in required else properties[name].get("default", _LEFT_OUT)
        parameters.append(
            inspect.Parameter(
                name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation
            )
        )

    async def method(self: _Episode, **arguments: Any) -> Any:
        return await self._call(tool.name, arguments)

    method.__name__ = tool.name
    method.__qualname__ = tool.name
    method.__doc__ = _docstring(tool, ordered)
    method.__annotations__ = types
    method.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return method


def _type(schema: Mapping[str, Any]) -> Any:
    """The Python type of a schema, as far as transformers' `get_json_schema` reads them."""
    if "enum" in schema:
        return Literal[tuple(schema["enum"])]
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "object")
    if kind == "array" and isinstance(schema.get("items"), Mapping):
        return list[_type(schema["items"])]
    return TYPES.get(kind, Any)


def _docstring(tool: Tool, names: Sequence[str]) -> str:
    """In Google's style, which transformers reads; an argument takes one line."""
    lines = [tool.description, ""]
    if names:
        lines.append("Args:")
        properties = tool.parameters["properties"]
        lines += [
            f"    {name}: {' '.join(properties[name].get('description', name).split())}" for name in names
        ]
        lines.append("")
    lines += ["Returns:", f"    {tool.returns or 'What the environment answers.'}"]
    return "\n".join(lines)


def _content(parts: Sequence[Part]) -> list[dict[str, Any]] | str:
    """Texts and pictures as content parts; a bare text where there is no picture."""
    if not any(isinstance(part, Image) for part in parts):
        return "\n".join(part for part in parts if isinstance(part, str))
    return [
        {"type": "image", "image": Picture.fromarray(part.array)}
        if isinstance(part, Image)
        else {"type": "text", "text": part}
        for part in parts
    ]


def _row(env: ToolEnv, env_id: str, split: str, index: int) -> dict[str, Any]:
    task = env.get_task(split, index)
    said = [{"role": "system", "content": env.system_prompt}] if env.system_prompt else []
    return {
        "prompt": [*said, {"role": "user", "content": task.prompt}],
        "env": env_id,
        "split": split,
        "index": index,
        "task_hash": task.hash,
        "task": json.dumps(task.public(), ensure_ascii=False),
    }


def _reward(name: str) -> Reward:
    async def reward(environments: Sequence[Any], **_: Any) -> list[float | None]:
        for each in environments:
            await each.get_reward()  # ends what the model left open
        return [each.components.get(name) for each in environments]

    reward.__name__ = name
    reward.__doc__ = f"Level of the part {name!r} at the end of each episode."
    return reward
