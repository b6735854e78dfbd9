"""The tokens of one episode, as they were sampled and as they were shown.

Only ever appends. Each prompt must be what the last one became, token by token, and be what the engine says
it saw; else the episode is a drift, and nobody trains on it. What cannot be appended (a memory window for
pictures, an endpoint that edits history) starts a new segment.
"""

__all__ = ["ChatTranscript", "DriftError", "TokenTranscript", "Transcript"]

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..errors import EyesmithError
from ..tools.tool import Image
from ..trajectories.record import Segment
from .codec import TurnCodec
from .policy import Generation, TokenPrompt

Message = Mapping[str, Any]

DROPPED = "(an earlier picture, no longer shown)"


class DriftError(EyesmithError):
    """A prompt did not extend the last one token by token."""


class Transcript(Protocol):
    """What the loop keeps of an episode's tokens and pictures."""

    @property
    def images(self) -> list[Image]:
        """The pictures of the prompt, in order."""
        ...

    def add(self, messages: Sequence[Message], images: Sequence[Image]) -> None:
        """Append a turn as it is recorded: the assistant's message first, then what came back."""
        ...

    def prompt(self, key: str) -> TokenPrompt:
        """From what the next turn is sampled."""
        ...

    def room(self, context: int | None) -> int | None:
        """Tokens that still fit the context; None where that is not known."""
        ...

    def took(self, generation: Generation) -> None:
        """Append what was sampled.

        Raises:
            DriftError: the prompt was not what the last one became.
        """
        ...

    def fields(self) -> dict[str, Any]:
        """Columns of the record."""
        ...


class _Tokens:
    """One segment that grows: prompt, then sampled and shown tokens in turn."""

    def __init__(self, first_turn: int) -> None:
        self.first_turn = first_turn
        self.train: list[int] = []
        self.engine: list[int] = []
        self.mask: list[int] = []
        self.logprobs: list[float] = []
        self.spans: list[Any] = []
        self.start = 0  # training ids before the first sampled one

    def show(self, train: Sequence[int], engine: Sequence[int], spans: Sequence[Any] = ()) -> None:
        """Append what was not sampled."""
        self.train += train
        self.engine += engine
        self.mask += [0] * len(train)
        self.logprobs += [0.0] * len(train)
        self.spans += spans

    def sampled(self, ids: Sequence[int], logprobs: Sequence[float] | None) -> None:
        """Append what was sampled."""
        if ids and not any(self.mask):
            self.start = len(self.train)
        self.train += ids
        self.engine += ids
        self.mask += [1] * len(ids)
        self.logprobs += logprobs if logprobs is not None else [0.0] * len(ids)

    def cut(self) -> None:
        """Take back what was shown since the last sampled token."""
        end = max((i + 1 for i, own in enumerate(self.mask) if own), default=len(self.mask))
        shown = len(self.train) - end
        if not shown:
            return
        pads = [span for span in self.spans if span.offset >= end]
        # A picture is one engine id and `length` training ids.
        dropped = shown - sum(span.length - 1 for span in pads)
        self.spans = self.spans[: len(self.spans) - len(pads)]
        del self.train[end:], self.mask[end:], self.logprobs[end:], self.engine[len(self.engine) - dropped :]

    def segment(self, *, has_engine_ids: bool, has_logprobs: bool) -> Segment:
        """The record of it."""
        start = self.start or len(self.train)
        return Segment(
            prompt_ids=self.train[:start],
            completion_ids=self.train[start:],
            loss_mask=self.mask[start:],
            logprobs=self.logprobs[start:] if has_logprobs else [],
            engine_ids=self.engine if has_engine_ids else [],
            image_spans=self.spans,
            first_turn=self.first_turn,
        )


class TokenTranscript:
    """Of a policy that takes token ids.

    Args:
        codec: of its model.
        messages: how the episode begins.
        tools: OpenAI declarations.
        images: the pictures of the messages, in order.
        image_window: how many pictures stay in the prompt, the last ones; None for all.
    """

    def __init__(
        self,
        codec: TurnCodec,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]],
        images: Sequence[Image],
        *,
        image_window: int | None = None,
    ) -> None:
        self._codec, self._tools, self._window = codec, tools, image_window
        self._messages = list(messages)
        self._every: list[Image] = list(images)  # of the episode; `images` are those in the prompt
        self._first = 0
        self._closed: list[_Tokens] = []
        self._turns = 0
        self._sampled: Sequence[int] = ()
        self._is_confirmed = True
        self._has_logprobs = True
        self._begin(max(0, len(images) - image_window) if image_window else 0)

    @property
    def images(self) -> list[Image]:
        """The pictures of the prompt, in order."""
        return self._every[self._first :]

    def add(self, messages: Sequence[Message], images: Sequence[Image]) -> None:
        """See `Transcript`."""
        self._messages += messages
        closing = self._codec.closing(self._sampled)
        self._tokens.show(closing, closing)
        shown = len(self._every)
        self._every += images
        first = max(0, len(self._every) - self._window) if self._window else 0
        if first > self._first:
            self._tokens.cut()
            self._closed.append(self._tokens)
            self._begin(first)
            return
        engine = self._codec.following(messages[1:])
        train, spans = self._codec.expand(engine, images, offset=len(self._tokens.train), first_image=shown)
        self._tokens.show(train, engine, spans)

    def prompt(self, key: str) -> TokenPrompt:
        """See `Transcript`."""
        return TokenPrompt(
            key=key,
            engine_ids=list(self._tokens.engine),
            train_ids=list(self._tokens.train),
            messages=list(self._messages),
            tools=self._tools,
        )

    def room(self, context: int | None) -> int | None:
        """See `Transcript`."""
        return None if context is None else context - len(self._tokens.train)

    def took(self, generation: Generation) -> None:
        """See `Transcript`."""
        tokens = self._tokens
        if generation.prompt_ids is None:
            self._is_confirmed = False
        elif list(generation.prompt_ids) != tokens.train:
            raise DriftError(_difference(tokens.train, generation.prompt_ids))
        banned = set(self._codec.banned).intersection(generation.token_ids)
        if banned:
            raise DriftError(
                f"the engine sampled {min(banned)}, the id of a picture's placeholder, though banned"
            )
        logprobs = generation.logprobs
        if logprobs is not None and len(logprobs) != len(generation.token_ids):
            raise DriftError(f"{len(generation.token_ids)} ids came with {len(logprobs)} logprobs")
        self._has_logprobs &= logprobs is not None
        tokens.sampled(generation.token_ids, logprobs)
        self._turns += 1
        self._sampled = generation.token_ids

    def fields(self) -> dict[str, Any]:
        """See `Transcript`."""
        self._tokens.cut()
        kinds = {"has_engine_ids": True, "has_logprobs": self._has_logprobs}
        sampled = [tokens for tokens in (*self._closed, self._tokens) if any(tokens.mask)]
        made = [tokens.segment(**kinds) for tokens in sampled or [self._tokens]]
        return _columns(made) | {"token_exact": self._is_confirmed if self._turns else None}

    def _begin(self, first: int) -> None:
        """Start a segment whose prompt shows the pictures from `first` on."""
        self._first = first
        self._tokens = _Tokens(self._turns)
        engine = self._codec.first(_without(self._messages, first), self._tools)
        train, spans = self._codec.expand(engine, self.images, first_image=first)
        self._tokens.show(train, engine, spans)


class ChatTranscript:
    """Of a policy that takes messages; ids are recorded where the endpoint tells them.

    Args:
        messages: how the episode begins.
        tools: OpenAI declarations.
        images: the pictures of the messages, in order.
    """

    def __init__(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], images: Sequence[Image]
    ) -> None:
        self._messages, self._tools = list(messages), tools
        self.images = list(images)
        self._segments: list[_Tokens] = []
        self._turns = 0
        self._is_exact = True
        self._has_ids = self._has_logprobs = True

    def add(self, messages: Sequence[Message], images: Sequence[Image]) -> None:
        """See `Transcript`."""
        self._messages += messages
        self.images += images

    def prompt(self, key: str) -> TokenPrompt:
        """See `Transcript`."""
        return TokenPrompt(key=key, messages=list(self._messages), tools=self._tools)

    def room(self, context: int | None) -> int | None:
        """See `Transcript`: an endpoint counts for itself."""
        return None

    def took(self, generation: Generation) -> None:
        """See `Transcript`; a prompt that does not extend the last one starts a segment and is not exact."""
        if generation.finish_reason == "abort" and generation.prompt_ids is None:
            return  # nothing is known of it
        turn = self._turns
        self._turns += 1
        if generation.prompt_ids is None:
            self._has_ids = self._is_exact = False
            return
        prompt = list(generation.prompt_ids)
        tokens = self._segments[-1] if self._segments else None
        if tokens is None or prompt[: len(tokens.train)] != tokens.train:
            self._is_exact &= tokens is None
            tokens = _Tokens(turn)
            self._segments.append(tokens)
        shown = prompt[len(tokens.train) :]
        tokens.show(shown, shown)
        logprobs = generation.logprobs
        if logprobs is not None and len(logprobs) != len(generation.token_ids):
            logprobs = None
        self._has_logprobs &= logprobs is not None
        tokens.sampled(generation.token_ids, logprobs)

    def fields(self) -> dict[str, Any]:
        """See `Transcript`."""
        if not self._has_ids or not self._segments:
            return {"token_exact": False if self._turns else None}
        kinds = {"has_engine_ids": False, "has_logprobs": self._has_logprobs}
        return _columns([tokens.segment(**kinds) for tokens in self._segments]) | {
            "token_exact": self._is_exact
        }


def _columns(segments: Sequence[Segment]) -> dict[str, Any]:
    """The last segment fills the columns of the episode, the others stand before it."""
    last = {name: value for name, value in vars(segments[-1]).items() if name != "first_turn"}
    return {**last, "segments": list(segments[:-1])}


def _without(messages: Sequence[Message], first: int) -> list[Message]:
    """Messages whose pictures before number `first` are a note."""
    number, made = 0, []
    for message in messages:
        content = message.get("content")
        if isinstance(content, list):
            parts = []
            for part in content:
                is_image = part["type"] == "image"
                gone = is_image and number < first
                number += is_image
                parts.append({"type": "text", "text": DROPPED} if gone else part)
            message = {**message, "content": parts}
        made.append(message)
    return made


def _difference(ours: Sequence[int], seen: Sequence[int]) -> str:
    at = next(
        (i for i, (a, b) in enumerate(zip(ours, seen, strict=False)) if a != b), min(len(ours), len(seen))
    )
    return f"the engine saw a prompt of {len(seen)} tokens for one of {len(ours)}; they part at token {at}"
