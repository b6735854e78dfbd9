"""verl: an agent loop that plays our episodes with verl's engine.

Prompts, calls and pictures are those of `eyesmith collect`: verl's server only samples. It gets the tokens as
the model reads them, each picture expanded, and gives back tokens with log-probabilities; the episode's score
is `reward_score`, its step rewards are `extra_fields["turn_scores"]`. An episode that the machine failed is
played again, and if that fails too the error is verl's to see: it has no word for an answer without a reward.
"""

__all__ = ["EyesmithLoop"]

import asyncio
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar
from uuid import uuid4

from PIL import Image as Picture
from verl.experimental.agent_loop.agent_loop import (  # pyright: ignore[reportMissingImports]
    AgentLoopBase,
    AgentLoopMetrics,
    AgentLoopOutput,
)

from ..agents.codec import TurnCodec
from ..agents.loop import Limits, Model, converse
from ..agents.policy import EngineSettings, Generation, Sampling, TokenPrompt
from ..agents.seats import Order, WorkerSeat
from ..agents.workers import WorkerPool
from ..envs.describe import make_env
from ..errors import EngineError, InfrastructureError, TaskError, UsageError
from ..tools.tool import Image
from ..trajectories.record import EncodedImage, Episode
from .verl import AGENT

MAX_TOKENS = 1024  # of a turn, where `max_tokens` of the loop's configuration does not say it
WORKERS = 2  # processes of environments beside each agent loop worker of verl
TRIES = 2
CALL_TIMEOUT_S = 120.0


class EyesmithLoop(AgentLoopBase):
    """An AgentLoop of verl that plays rows of `verl.write_verl`.

    Args:
        max_tokens: most new tokens of a turn.
        workers: processes that hold environments.
        settings: what verl hands to every loop.
    """

    _pool: ClassVar[WorkerPool | None] = None
    _opening: ClassVar[asyncio.Lock | None] = None

    def __init__(self, *, max_tokens: int = MAX_TOKENS, workers: int = WORKERS, **settings: Any) -> None:
        super().__init__(**settings)
        self._max_tokens, self._workers = max_tokens, workers
        self._codec = _codec(str(self.config.actor_rollout_ref.model.path))

    async def run(self, sampling_params: dict[str, Any], **row: Any) -> AgentLoopOutput:
        """Play the task of a row.

        Args:
            sampling_params: of verl's engine.
            row: of the data set.

        Raises:
            UsageError: a row that `write_verl` did not write.
            TaskError: the row's task is another one here.
            InfrastructureError: the machine failed, more than once.
        """
        if AGENT not in row:
            raise UsageError(f"this row has no column {AGENT!r}: write the file with verl.write_verl")
        order = json.loads(row[AGENT])
        pool = await self._workers_open()
        kwargs = {**order["kwargs"], "action_format": self._codec.action_format}
        await asyncio.to_thread(_check_task, order["env"], kwargs, order)
        policy = _Server(self.server_manager, dict(sampling_params), self.rollout_config)
        model = Model(policy, self._codec, Sampling(max_tokens=self._max_tokens, banned=self._codec.banned))
        failure = ""
        for _ in range(TRIES):
            seat = WorkerSeat(
                pool,
                Order(env_id=order["env"], env_kwargs=kwargs, split=order["split"], index=order["index"]),
                CALL_TIMEOUT_S,
                at_once=1,
            )
            episode, images = await converse(model, seat, limits=Limits())
            if episode.status in ("ok", "truncated") and episode.reward is not None:
                return self._output(episode, images, policy)
            failure = f"{episode.status}: {episode.error}"
        raise InfrastructureError(f"the task {order['index']} of {order['env']} was not played ({failure})")

    def _output(
        self, episode: Episode, images: Mapping[str, EncodedImage], policy: "_Server"
    ) -> AgentLoopOutput:
        # What the environment said last is read by nobody, and may be longer than verl has room for.
        mask = list(episode.loss_mask)
        end = len(mask) - mask[::-1].index(1) if 1 in mask else 0
        whole = len(episode.prompt_ids) + end
        spans = [span for span in episode.image_spans if span.offset + span.length <= whole]
        shown = [images[episode.image_hashes[span.image]] for span in spans]
        pictures = [Picture.fromarray(each.decode()) for each in shown]
        return AgentLoopOutput(
            prompt_ids=list(episode.prompt_ids),
            response_ids=list(episode.completion_ids)[:end],
            response_mask=mask[:end],
            response_logprobs=list(episode.logprobs)[:end] if episode.logprobs else None,
            multi_modal_data={"images": pictures} if pictures else {},
            reward_score=episode.reward,
            num_turns=2 * len(episode.turns),
            metrics=AgentLoopMetrics(generate_sequences=policy.spent_s),
            extra_fields={
                "turn_scores": list(episode.step_rewards),
                "tool_rewards": [],
                "components": {each.name: each.value for each in episode.components},
            },
        )

    async def _workers_open(self) -> WorkerPool:
        kind = EyesmithLoop
        kind._opening = kind._opening or asyncio.Lock()
        async with kind._opening:
            if kind._pool is None:
                pool = WorkerPool(self._workers)
                await pool.open(lambda _: None)
                kind._pool = pool
        return kind._pool


class _Server:
    """verl's server as a Policy.

    Attributes:
        spent_s: time in which it sampled.
    """

    takes_tokens = True
    weight_version = 0

    def __init__(self, server: Any, sampling: dict[str, Any], lengths: Any) -> None:
        self.settings = EngineSettings(model="verl", backend="verl")
        self.context: int | None = lengths.prompt_length + lengths.response_length
        self.spent_s = 0.0
        self._server, self._sampling, self._lengths, self._key = server, sampling, lengths, uuid4().hex
        self._has_begun = False

    async def start(self) -> None: ...

    async def generate(self, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling) -> Generation:
        loop = asyncio.get_running_loop()
        began = loop.time()
        if not self._has_begun:
            self._begin(len(prompt.train_ids))
        try:
            made = await self._server.generate(
                request_id=self._key,  # one for all turns: the same replica has their prefix
                prompt_ids=list(prompt.train_ids),
                sampling_params=self._of_turn(sampling),
                image_data=[Picture.fromarray(image.array) for image in images] or None,
            )
        except Exception as error:  # whatever Ray or the engine raises
            raise EngineError(f"verl's server failed: {type(error).__name__}: {error}") from error
        if made.stop_reason == "aborted":
            raise EngineError("verl's server gave a turn up")
        self.spent_s += loop.time() - began
        return Generation(
            token_ids=tuple(made.token_ids),
            logprobs=tuple(made.log_probs) if made.log_probs else None,
            finish_reason="length" if len(made.token_ids) >= sampling.max_tokens else "stop",
            prompt_ids=prompt.train_ids,
        )

    def abort(self, key: str) -> None: ...

    async def close(self) -> None: ...

    def _begin(self, tokens: int) -> None:
        """Note the first prompt's length, from which on verl counts the response."""
        most = self._lengths.prompt_length
        if tokens > most:
            raise UsageError(
                f"the prompt has {tokens} tokens, and rollout.prompt_length is {most}: set "
                "data.max_prompt_length to what the task, the tools and the pictures need"
            )
        self._has_begun, self.context = True, tokens + self._lengths.response_length

    def _of_turn(self, sampling: Sampling) -> dict[str, Any]:
        """What verl asks for; no turn is longer than ours, and placeholders of pictures are never said."""
        bias = {token: -100.0 for token in sampling.banned}
        return {**self._sampling, "max_tokens": sampling.max_tokens, "logprobs": True, "logit_bias": bias}


@cache
def _codec(model: str) -> TurnCodec:
    return TurnCodec.load(model)


def _check_task(env_id: str, kwargs: Mapping[str, Any], order: Mapping[str, Any]) -> None:
    env: Any = make_env(env_id, **kwargs)
    try:
        found = env.get_task(order["split"], order["index"]).hash
    finally:
        env.close()
    if found != order["task_hash"]:
        raise TaskError(
            f"task {order['index']} of {env_id} is another one than the file names: write it again here"
        )
