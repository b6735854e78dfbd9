"""The expert's trajectories as a model would have sampled them.

The expert's calls are written in the model's own format and go through the same loop, so that tokens, masks
and pictures are those of any other episode. No engine sampled them: they have no log-probabilities.
"""

__all__ = ["expert_episode", "with_experts", "written"]

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..envs.base import ToolEnv
from ..envs.describe import make_env
from ..errors import UsageError
from ..tools.tool import Image, ToolCall
from ..trajectories.record import Episode
from .codec import TurnCodec
from .config import CollectConfig
from .grpo_groups import EXPERT
from .loop import Limits, Model, converse
from .policy import EngineSettings, Generation, Sampling, TokenPrompt
from .seats import LocalSeat


async def with_experts(
    groups: Sequence[Sequence[Episode]], config: CollectConfig, model: Model, count: int
) -> tuple[list[list[Episode]], dict[str, Image]]:
    """The groups, each with trajectories of the expert behind its episodes, and the pictures of these.

    Args:
        groups: episodes of one task each.
        config: that collected them.
        model: whose tokens and format they are written in.
        count: trajectories for each group; all alike.

    Raises:
        UsageError: a model that takes messages, or a format that the expert cannot be written in.
    """
    shown: dict[str, Image] = {}
    found: list[list[Episode]] = []
    env: Any = make_env(config.env, **config.kwargs_for(model.action_format)).unwrapped
    try:
        for group in groups:
            first = group[0]
            made, images = await expert_episode(env, config.split, first.task_index, model)
            shown |= images
            experts = [
                replace(
                    made, id=f"{first.group_id}#expert{i}", group_id=first.group_id, sample=len(group) + i
                )
                for i in range(count)
            ]
            found.append([*group, *experts])
    finally:
        env.close()
    return found, shown


async def expert_episode(
    env: ToolEnv, split: str, index: int, model: Model
) -> tuple[Episode, dict[str, Image]]:
    """One episode of the expert, with the tokens of a model.

    Args:
        env: made with the model's `action_format`.
        split: of the task.
        index: of the task.
        model: whose tokens.

    Raises:
        UsageError: see `with_experts`.
    """
    if model.codec is None:
        raise UsageError("an expert is put into groups as token ids, and this backend takes messages")
    voice = _Voice(env, model.codec, model.policy.settings)
    speaking = Model(voice, model.codec, model.sampling, {"backend": "scripted"})
    episode, images = await converse(speaking, LocalSeat(env, env.get_task(split, index)), limits=Limits())
    return replace(episode, policy=EXPERT, task_index=index), {
        sha256: Image(image.decode()) for sha256, image in images.items()
    }


class _Voice:
    """A policy that says what the expert does."""

    takes_tokens = True
    context: int | None = None
    weight_version = 0

    def __init__(self, env: ToolEnv, codec: TurnCodec, settings: EngineSettings) -> None:
        self._env, self._codec, self.settings = env, codec, settings
        self._calls: Iterator[ToolCall] | None = None

    async def start(self) -> None: ...

    async def generate(self, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling) -> Generation:
        if self._calls is None:
            self._calls = iter(self._env.expert())
        call = next(self._calls, None)
        if call is None:
            raise UsageError(f"the expert of {self._env.ID} stops before its episode has ended")
        text = written(call.name, call.arguments, self._codec.action_format)
        return Generation(
            token_ids=tuple(self._codec.said(text)), finish_reason="stop", prompt_ids=prompt.train_ids
        )

    def abort(self, key: str) -> None: ...

    async def close(self) -> None: ...


def written(name: str, arguments: Mapping[str, Any], action_format: str) -> str:
    r"""A call as a model writes it.

    Args:
        name: of the tool.
        arguments: of the call.
        action_format: `hermes`, `qwen3_coder` or `json`.

    Raises:
        UsageError: another format.

    >>> written("answer", {"value": "B"}, "hermes")
    '<tool_call>\n{"name": "answer", "arguments": {"value": "B"}}\n</tool_call>'
    """
    if action_format == "qwen3_coder":
        parts = [
            f"<parameter={key}>\n{value if isinstance(value, str) else json.dumps(value)}\n</parameter>\n"
            for key, value in arguments.items()
        ]
        return f"<tool_call>\n<function={name}>\n{''.join(parts)}</function>\n</tool_call>"
    body = json.dumps({"name": name, "arguments": dict(arguments)}, ensure_ascii=False)
    if action_format == "hermes":
        return f"<tool_call>\n{body}\n</tool_call>"
    if action_format == "json":
        return body
    raise UsageError(f"the expert's calls are not written in the format {action_format!r}")
