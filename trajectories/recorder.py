"""Writes down one episode as it is played.

Knows the environment's turns and the record, and nothing of policies: whoever plays hands over what was sent
and what came back.
"""

__all__ = ["Recorder"]

from collections.abc import Sequence
from typing import Any

from ..envs.actions import spoken
from ..envs.base import ToolEnv
from ..envs.messages import assistant_message, first_messages, image_reference, result_messages
from ..envs.turn import Turn
from ..scenarios.task import Task
from ..tools.tool import ToolCall
from .record import Component, EncodedImage, Episode, ImageFormat, Status, TurnRecord, encode_image


class Recorder:
    """Collects messages, turns and images of one episode.

    Args:
        env: the environment that is played.
        task: its task.
        first: the turn that `begin` returned.
        image_format: how images are stored; `png` and `webp` keep every pixel.
        encoded: images that were encoded before, by sha256; read and added to.

    Attributes:
        messages: so far, OpenAI style.
        images: of the messages, by sha256.
    """

    def __init__(
        self,
        env: ToolEnv,
        task: Task,
        first: Turn,
        *,
        image_format: ImageFormat = "png",
        encoded: dict[str, EncodedImage] | None = None,
    ) -> None:
        self._env, self._task, self._last = env, task, first
        self._format: ImageFormat = image_format
        self._known = encoded if encoded is not None else {}
        self._calls = 0
        self._hashes: list[str] = []
        self._turns: list[TurnRecord] = []
        self._rewards: list[float] = []
        self.images: dict[str, EncodedImage] = {}
        self.messages = first_messages(env.system_prompt, first.parts, image_reference)
        self._keep(first)

    def acted(
        self, calls: Sequence[ToolCall], text: str | None, turns: Sequence[Turn], env_ms: float, **engine: Any
    ) -> None:
        """Add a message of the agent and what came back.

        Args:
            calls: the calls that were read from it.
            text: its raw text, or None where the policy calls tools directly.
            turns: the environment's turns, one a call, or one error turn.
            env_ms: time that the environment took.
            engine: further fields of TurnRecord, such as `n_completion`.
        """
        run = list(calls[: len(turns)])
        said = text
        # A message of `openai` without a call is its content; other formats are a text as they stand.
        is_plain = self._env.action_format == "openai" and turns[0].error == "no_call"
        if text is not None and (run or is_plain):
            said = spoken(text, self._env.action_format)
        self.messages.append(assistant_message(run, said, self._calls))
        for i, turn in enumerate(turns):
            call_id = f"call_{self._calls + i}" if i < len(run) else None
            self.messages += result_messages(
                turn.parts, call_id, run[i].name if run[i:] else "", image_reference
            )
            self._keep(turn)
        self._calls += len(run)
        made = [{"name": call.name, "arguments": dict(call.arguments)} for call in run]
        error = next((turn.error for turn in turns if turn.error), "")
        self._turns.append(TurnRecord(calls=made, text=text, env_ms=env_ms, error=error, **engine))
        self._rewards.append(sum(turn.reward for turn in turns))

    def finished(self, turn: Turn, env_ms: float) -> None:
        """Add the turn with which `finish` ended the episode from outside."""
        self._turns.append(TurnRecord(env_ms=env_ms, finish_reason=turn.stop_reason))
        self._rewards.append(turn.reward)
        self._keep(turn)

    def episode(self, identity: dict[str, Any], *, status: Status | None = None, error: str = "") -> Episode:
        """The record.

        Args:
            identity: fields that only the player knows, such as id, sample and policy.
            status: overrides what the last turn says; `error` leaves reward and score empty.
            error: what failed, for `status="error"`.
        """
        last, task, recipe = self._last, self._task, self._env.recipe
        said: Status = status or ("ok" if last.terminated else "truncated" if last.truncated else "aborted")
        graded = said in ("ok", "truncated")
        roles = {term.name: term for term in recipe.terms}
        components = [
            Component(name, value, roles[name].role, roles[name].weight)
            for name, value in last.components.items()
        ]
        return Episode(
            env_id=self._env.ID,
            env_version=self._env.version,
            task_index=task.index,
            task_id=task.id,
            task_hash=task.hash,
            difficulty=task.difficulty,
            split=task.split,
            status=said,
            stop_reason=last.stop_reason,
            error=error,
            messages=self.messages,
            tools=[tool.openai() for tool in self._env.tools],
            image_hashes=self._hashes,
            turns=self._turns,
            reward=sum(self._rewards) if graded else None,
            score=last.score if graded else None,
            components=components if graded else [],
            step_rewards=self._rewards,
            metrics=dict(last.metrics),
            recipe=recipe.name,
            why=last.why,
            **identity,
        )

    def _keep(self, turn: Turn) -> None:
        self._last = turn
        for image in turn.images:
            sha = image.sha256
            held = self._known.get(sha) or encode_image(image, self._format)
            self._known[sha] = self.images[sha] = held
            self._hashes.append(sha)
