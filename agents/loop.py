"""One episode of a model: sample a turn, play it, append, go on.

Knows no processes and no engine: a `Seat` plays, a `Policy` samples, a `Transcript` keeps the tokens. What
the machine fails at ends the episode as `error`, with everything that was sampled so far, and is never a
reward.
"""

__all__ = ["Limits", "Model", "Record", "converse"]

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random
from time import perf_counter
from typing import Any

from ..errors import EngineError, EpisodeTimeoutError, InfrastructureError, UsageError
from ..trajectories.provenance import scrub_text
from ..trajectories.record import EncodedImage, Episode, Status
from .codec import TurnCodec
from .policy import Generation, Policy, Sampling
from .seats import Seat
from .transcript import ChatTranscript, DriftError, TokenTranscript, Transcript

ABORT_S = 10.0  # an engine gives back the tokens of an aborted turn within this time
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0

_KEYS = count()

Record = tuple[Episode, dict[str, EncodedImage]]


@dataclass(frozen=True)
class Limits:
    """What one episode may take.

    Args:
        timeout_s: wall time of the episode.
        tries: how often a turn is asked for when the engine fails.
        image_window: how many pictures stay in the prompt; None for all.
    """

    timeout_s: float = 600.0
    tries: int = 6
    image_window: int | None = None


@dataclass(frozen=True)
class Model:
    """A started policy with what is needed to talk to it.

    Args:
        policy: started.
        codec: of its tokenizer; None where the policy takes messages.
        sampling: of every turn, but for seed and banned ids.
        told: columns of the record that say which model it is.
    """

    policy: Policy
    codec: TurnCodec | None
    sampling: Sampling
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def action_format(self) -> str:
        """How it writes calls."""
        return self.codec.action_format if self.codec else "openai"


async def converse(
    model: Model, seat: Seat, *, seed: int | None = None, limits: Limits | None = None, name: str = "episode"
) -> Record:
    """Play one episode.

    Args:
        model: who acts.
        seat: where; it is left afterwards.
        seed: of the episode's sampling; each turn has its own from it. None for the engine's chance.
        limits: of the episode.
        name: `id` of the record.

    Returns:
        The record and its pictures by sha256. `status` is `error` where the machine failed (a time-out, a
        dead engine or worker): the tokens so far are kept, the reward is None.

    Raises:
        UsageError: a model, environment or setting that no second try would mend.
        InfrastructureError: the episode could not even begin, or its record is lost.
        CancelledError: with what was played so far as `.record`, where there is any.
    """
    episode = _Conversation(model, seat, seed, limits or Limits(), name)
    try:
        return await episode.play()
    finally:
        await seat.leave()


class _Conversation:
    def __init__(self, model: Model, seat: Seat, seed: int | None, limits: Limits, name: str) -> None:
        self._model, self._seat, self._limits, self._name = model, seat, limits, name
        self._chance = None if seed is None else Random(seed)
        self._transcript: Transcript | None = None
        self._request: asyncio.Task[Generation] | None = None
        self._key = ""

    async def play(self) -> Record:
        status: Status | None = None
        error = ""
        try:
            async with asyncio.timeout(self._limits.timeout_s):
                await self._turns()
        except asyncio.CancelledError as cancelled:
            if self._transcript is not None:
                with suppress(InfrastructureError):
                    cancelled.record = await self._ended("aborted", "")  # type: ignore[attr-defined]
            raise
        except TimeoutError:
            limit = self._limits.timeout_s
            late = EpisodeTimeoutError(f"the episode took longer than {limit:g} s and was stopped")
            status, error = "error", _said(late)
        except DriftError as drift:
            status, error = "drift", str(drift)
        except InfrastructureError as failure:
            if self._transcript is None:
                raise
            status, error = "error", _said(failure)
        return await self._ended(status, error)

    async def _turns(self) -> None:
        opened = await self._seat.begin()
        shown, codec = opened.shown, self._model.codec
        transcript: Transcript
        if codec is None:
            if self._limits.image_window is not None:
                raise UsageError(
                    "a memory window for pictures needs a backend that takes tokens, not messages"
                )
            transcript = ChatTranscript(shown.messages, opened.tools, shown.images)
        else:
            window = self._limits.image_window
            transcript = TokenTranscript(
                codec, shown.messages, opened.tools, shown.images, image_window=window
            )
        self._transcript = transcript
        while not shown.done:
            room = transcript.room(self._model.policy.context)
            if room is not None and room < 1:
                await self._seat.finish("context")
                return
            started = perf_counter()
            generation = await self._sampled(transcript, room)
            if generation.finish_reason == "context":
                await self._seat.finish("context")
                return
            transcript.took(generation)
            if generation.finish_reason == "abort":
                raise EngineError("the engine ended a turn in the middle")
            text = generation.text
            if text is None:
                assert codec is not None  # who takes messages answers with a text
                text = codec.text(generation.token_ids)
            shown = await self._seat.say(text, _told(generation, (perf_counter() - started) * 1e3))
            if not shown.done:
                transcript.add(shown.messages, shown.images)

    async def _sampled(self, transcript: Transcript, room: int | None) -> Generation:
        """One turn; asked for again while the engine fails, with the same chance."""
        sampling = self._model.sampling
        sampling = replace(
            sampling,
            max_tokens=min(sampling.max_tokens, room or sampling.max_tokens),
            seed=None if self._chance is None else self._chance.getrandbits(31),
            banned=self._model.codec.banned if self._model.codec else (),
        )
        wait_s = FIRST_WAIT_S
        for last in (*[False] * (self._limits.tries - 1), True):
            self._key = f"turn-{next(_KEYS)}"
            prompt = transcript.prompt(self._key)
            self._request = asyncio.ensure_future(
                self._model.policy.generate(prompt, transcript.images, sampling)
            )
            try:
                # Shielded, so that an episode that is ended can still be given the tokens so far.
                generation = await asyncio.shield(self._request)
            except EngineError as error:
                failure = error
            except asyncio.CancelledError:
                if _is_ended() or not self._request.cancelled():
                    raise
                failure = EngineError("the engine dropped a turn")
            else:
                self._request = None
                return generation
            self._request = None
            if last:
                raise failure
            await asyncio.sleep(failure.wait_s if failure.wait_s is not None else wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
        raise AssertionError("the last try returns or raises")

    async def _ended(self, status: Status | None, error: str) -> Record:
        """The record as things stand, with the tokens of a turn that was under way."""
        await self._kept()
        transcript = self._transcript
        if transcript is None:
            raise EpisodeTimeoutError(error or "the episode ended before it began")
        identity = {"id": self._name, "sample": 0, **self._model.told}
        if left_out := getattr(self._model.policy, "left_out", None):
            identity["sampling"] = {**identity.get("sampling", {}), "left_out": sorted(left_out)}
        episode, images = await self._seat.record(identity, status=status, error=error)
        kept = transcript.fields()
        if status == "drift":
            kept["token_exact"] = False
        return replace(episode, **kept), images

    async def _kept(self) -> None:
        request, self._request = self._request, None
        if request is None or self._transcript is None:
            return
        self._model.policy.abort(self._key)
        done, _ = await asyncio.wait([request], timeout=ABORT_S)
        if not done:
            request.cancel()
            return
        if not request.cancelled() and request.exception() is None:
            try:
                self._transcript.took(request.result())
            except DriftError:
                return  # it is not finished anyway


def _told(generation: Generation, latency_ms: float) -> dict[str, Any]:
    """Columns of the turn."""
    prompt = generation.prompt_ids
    return {
        "n_prompt": generation.n_prompt if prompt is None else len(prompt),
        "n_completion": len(generation.token_ids) or generation.n_completion,
        "finish_reason": generation.finish_reason,
        "latency_ms": latency_ms,
        "cached_tokens": generation.cached_tokens,
        "weight_version": generation.weight_version,
    }


def _is_ended() -> bool:
    """Whether this episode is being cancelled, and not only what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _said(failure: Exception) -> str:
    return scrub_text(f"{type(failure).__name__}: {failure}")
