"""Wrappers for Gymnasium users."""

__all__ = ["Messages"]

from typing import Any

import gymnasium

from ..errors import UsageError
from ..tools.tool import ToolCall
from .actions import Malformed, spoken
from .base import ToolEnv
from .messages import assistant_message, data_uri, first_messages, result_messages


class Messages(
    gymnasium.Wrapper[dict[str, Any], str, dict[str, Any], str], gymnasium.utils.RecordConstructorArgs
):
    """Keeps the episode's history as OpenAI messages in `messages`; observations pass unchanged.

    `messages` may be sent to a chat endpoint as it is, with `tools` beside it. Images are PNG data URIs.

    Args:
        env: an eyesmith environment.
        images_in_user: put a tool's images into a user message after it (endpoints that take no images
            in tool messages, OpenAI's among them).

    >>> import eyesmith, gymnasium
    >>> env = Messages(gymnasium.make("eyesmith/ZoomQA-v0", kind="swatch"))
    >>> observation, info = env.reset(seed=0)
    >>> [message["role"] for message in env.messages]
    ['system', 'user']
    """

    def __init__(self, env: gymnasium.Env[dict[str, Any], str], *, images_in_user: bool = True) -> None:
        gymnasium.utils.RecordConstructorArgs.__init__(self, images_in_user=images_in_user)
        gymnasium.Wrapper.__init__(self, env)
        if not isinstance(env.unwrapped, ToolEnv):
            raise UsageError(f"Messages wraps an eyesmith environment, not {type(env.unwrapped).__name__}")
        self._tool_env: ToolEnv = env.unwrapped
        self._images_in_user = images_in_user
        self._calls = 0
        self.messages: list[dict[str, Any]] = []

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The tools in OpenAI's form."""
        return [tool.openai() for tool in self._tool_env.tools]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Reset, and start a new history."""
        outcome = super().reset(seed=seed, options=options)
        self._calls = 0
        parts = self._tool_env.last_turns[0].parts
        self.messages = first_messages(self._tool_env.system_prompt, parts, data_uri)
        return outcome

    def step(self, action: str) -> tuple[dict[str, Any], Any, bool, bool, dict[str, Any]]:
        """Step, and append the agent's message and what came back."""
        outcome = super().step(action)
        parsed = self._tool_env.parse(action)
        calls: list[ToolCall] = [] if isinstance(parsed, Malformed) else parsed
        turns = self._tool_env.last_turns
        run = calls[: len(turns)]
        said = spoken(action, self._tool_env.action_format) if run else action
        self.messages.append(assistant_message(run, said, self._calls))
        for i, turn in enumerate(turns):
            call_id = f"call_{self._calls + i}" if i < len(run) else None
            name = run[i].name if i < len(run) else ""
            self.messages += result_messages(
                turn.parts, call_id, name, data_uri, images_in_user=self._images_in_user
            )
        self._calls += len(run)
        return outcome
