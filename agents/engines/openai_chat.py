"""The backend `openai`: any endpoint with OpenAI's chat completions.

Messages go out and a message comes back. vLLM tells the ids with it (`return_token_ids`); elsewhere there are
none, and the episode is recorded as not exact. Nothing is streamed, so the text of an aborted turn is lost.
Stop texts stay in a turn only on vLLM.
"""

__all__ = ["OpenAiChat"]

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import EngineError, UsageError, did_you_mean
from ...tools.tool import Image
from ..policy import EngineSettings, FinishReason, Generation, Sampling, TokenPrompt
from .chat_answer import EMPTY_MESSAGE, read_answer
from .chat_fields import fields_of, refused_groups, room_left
from .chat_messages import PictureCache, chat_messages
from .chat_options import ChatOptions
from .endpoint import Endpoint, RefusedError

ROUTE = "chat/completions"
# Statuses of `models` that say nothing of the model: no such route, or a key that may not list.
UNLISTED = frozenset({403, 404, 405, 501})
# Codes for a conversation that a filter keeps from the model.
FILTERED = frozenset({"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"})
MAX_NAMED = 12


class OpenAiChat:
    """A Policy over a chat endpoint; see `policy.Policy`.

    Args:
        settings: `base_url` is needed, `options` are those of `ChatOptions`. `context` is the endpoint's to
            keep; it is not counted here.

    Attributes:
        left_out: what the endpoint refused to take and now does without, names of `chat_fields.GROUPS`:
            `vllm` (and so the ids), `logprobs`, `seed`, `max_tokens` (renamed).

    Raises:
        UsageError: an option that is not there or of another type, or an address that cannot be used.
        MissingExtraError: httpx2 is not installed.
    """

    takes_tokens = False

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        self.context = settings.context
        self.weight_version = 0
        self.left_out: frozenset[str] = frozenset()
        self._options = ChatOptions.read(settings.options)
        self._endpoint = Endpoint(settings)
        self._pictures = PictureCache()
        self._turns: dict[str, asyncio.Task[Generation]] = {}
        self._aborted: set[str] = set()
        self._has_answered = False

    async def start(self) -> None:
        """Ask which models are served, and for how many tokens.

        Raises:
            UsageError: not this one, or a refusal.
            EngineError: out of reach.
        """
        try:
            listed = await self._endpoint.get("models")
        except RefusedError as error:
            if error.status not in UNLISTED:
                raise
            listed = {}
        cards = listed.get("data")
        limit = self._card(cards if isinstance(cards, list) else []).get("max_model_len")
        if type(limit) is int and limit > 0:
            self.context = min(limit, self.settings.context or limit)

    async def generate(self, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling) -> Generation:
        """Sample one turn; see `policy.Policy.generate`."""
        turn = asyncio.ensure_future(self._in_time(prompt, images, sampling))
        self._turns[prompt.key] = turn
        try:
            return await turn
        except asyncio.CancelledError:
            asker = asyncio.current_task()
            if prompt.key not in self._aborted or (asker is not None and asker.cancelling()):
                raise
            return self._nothing("abort")
        finally:
            del self._turns[prompt.key]
            self._aborted.discard(prompt.key)

    def abort(self, key: str) -> None:
        """End the turn of that key now; its text is lost, since nothing is streamed."""
        if key in self._turns and self._turns[key].cancel():
            self._aborted.add(key)

    async def close(self) -> None:
        """Abort what is under way and hang up; a second call does nothing."""
        for key in list(self._turns):
            self.abort(key)
        await self._endpoint.close()

    async def _in_time(self, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling) -> Generation:
        """A turn with all that is learnt on its way; each request has a time limit of its own besides."""
        limit_s = self.settings.timeout_s
        try:
            async with asyncio.timeout(limit_s):
                return await self._turn(prompt, images, sampling)
        except TimeoutError:
            raise EngineError(f"{self._endpoint.name} gave no whole answer within {limit_s:g} s") from None

    async def _turn(self, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling) -> Generation:
        urls = await self._pictures.urls(images)
        options = self._options
        messages = chat_messages(
            prompt.messages, urls, detail=options.image_detail, images_in_tools=options.images_in_tools
        )
        told: dict[str, Any] = {"model": self.settings.model, "messages": messages}
        if prompt.tools:
            told["tools"] = list(prompt.tools)
        most, left_out = sampling.max_tokens, self.left_out
        while True:
            fields = fields_of(sampling, options, most, left_out)
            try:
                answer = await self._endpoint.post(ROUTE, told | fields)
            except RefusedError as error:
                room = room_left(error)
                if room is None:
                    left_out |= self._without(error, fields, left_out)
                elif room == 0 or most < sampling.max_tokens:
                    return self._nothing("context")
                else:
                    most = min(room, most - 1)
            else:
                self._has_answered, self.left_out = True, self.left_out | left_out
                return read_answer(answer, weight_version=self.weight_version)

    def _without(
        self, error: RefusedError, sent: Mapping[str, Any], left_out: frozenset[str]
    ) -> frozenset[str]:
        """What to leave out as well.

        Raises:
            RefusedError: nothing is left to try.
            EngineError: the endpoint has answered before, so it refuses this conversation, not the settings.
        """
        learnt = self.left_out - left_out  # by another turn, meanwhile
        more = learnt or refused_groups(error, sent, left_out, may_guess=not self._has_answered)
        if more:
            return more
        is_of_this_turn = self._has_answered and error.status in (400, 413, 422)
        if is_of_this_turn or error.code in FILTERED:
            raise EngineError(str(error)) from None
        raise error

    def _card(self, cards: Sequence[Any]) -> Mapping[str, Any]:
        """What the endpoint tells of the model."""
        served = {card["id"]: card for card in cards if isinstance(card, dict) and _is_name(card.get("id"))}
        model = self.settings.model
        for name in (model, f"{model}:latest", f"models/{model}"):
            if name in served:
                return served[name]
        if not served or not self._options.check_model:
            return {}
        there = ", ".join(sorted(served)[:MAX_NAMED])
        more = f" and {len(served) - MAX_NAMED} more" if len(served) > MAX_NAMED else ""
        raise UsageError(
            f"the endpoint does not serve {model!r}; it serves: {there}{more}.{did_you_mean(model, served)} "
            f"For a name that it takes without listing it, set the option check_model to false"
        )

    def _nothing(self, reason: FinishReason) -> Generation:
        return Generation(finish_reason=reason, weight_version=self.weight_version, text=EMPTY_MESSAGE)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable()
