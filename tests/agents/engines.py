"""Engines that are only played, on a real tokenizer: they answer by a function and fail on a schedule."""

import asyncio
import copy
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest

from eyesmith.agents.codec import TurnCodec
from eyesmith.agents.loop import Model
from eyesmith.agents.policy import EngineSettings, Generation, Sampling, TokenPrompt
from eyesmith.errors import EngineError, UsageError
from eyesmith.tools.tool import Image
from eyesmith.tools.vision import VisionSpec

from .models import example

pytest.importorskip("transformers", reason="needs transformers for a tokenizer: make test-vllm")

SPECS = {"qwen2_5_vl": VisionSpec("qwen2_5_vl", 14, 2), "qwen3_vl": VisionSpec("qwen3_vl", 16, 2)}
VISION = ("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>")
CALL = '<tool_call>\n{"name": "paint", "arguments": {"cell": %d}}\n</tool_call>'
SUBMIT = '<tool_call>\n{"name": "submit", "arguments": {}}\n</tool_call>'


@cache
def tokenizer() -> Any:
    """That of `examples/tiny_models.py`; nobody changes it."""
    return example("tiny_models").make_tokenizer()


def tokenizer_with(template: str) -> Any:
    """The same with another template."""
    made = copy.deepcopy(tokenizer())
    made.chat_template = template
    return made


def codec_of(kind: str = "qwen2_5_vl", template: str | None = None, **how: Any) -> TurnCodec:
    """A codec of a family with eyes, or of `qwen3`, which has none."""
    made = tokenizer() if template is None else tokenizer_with(template)
    if kind not in SPECS:
        return TurnCodec(made, **how)
    ids = [made.convert_tokens_to_ids(token) for token in VISION]
    return TurnCodec(made, vision=SPECS[kind], vision_ids=ids, **how)


@dataclass(frozen=True)
class Asked:
    """One question to an engine.

    Args:
        number: how many were asked before.
        turn: turns of the assistant in the prompt.
        text: the prompt.
        prompt: ids, as they were then.
        images: sha256 of each picture.
        sampling: how.
    """

    number: int
    turn: int
    text: str
    prompt: TokenPrompt
    images: tuple[str, ...]
    sampling: Sampling


Answer = Callable[[Asked], str]
Fault = Callable[["ScriptedEngine", Asked, Generation], Awaitable[Generation]]
Schedule = Callable[[Asked], Fault | None]


def painter(asked: Asked) -> str:
    """Paints one cell a turn, by the chance that the turn was given, and thinks aloud."""
    chance = asked.sampling.seed or 0
    return f"cell {chance % 1000}, I think. {CALL % (chance % 8)}"


def nobody(asked: Asked) -> Fault | None:
    """No fault."""
    return None


def once(fault: Fault, *, turn: int = 0, times: int = 1, where: str = "") -> Schedule:
    """The fault at the first questions of that turn whose prompt holds a text."""
    left = [times]

    def schedule(asked: Asked) -> Fault | None:
        if asked.turn != turn or where not in asked.text or not left[0]:
            return None
        left[0] -= 1
        return fault

    return schedule


class ScriptedEngine:
    """Answers as it is told, and remembers what it was asked.

    Args:
        codec: of its tokenizer.
        answer: what it says.
        schedule: what goes wrong.
        delay_s: time of a turn.
        context: most tokens; None for no limit.
    """

    takes_tokens = True
    weight_version = 3

    def __init__(
        self,
        codec: TurnCodec,
        answer: Answer = painter,
        *,
        schedule: Schedule = nobody,
        delay_s: float = 0.0,
        context: int | None = None,
    ) -> None:
        self.settings = EngineSettings(model="simulated")
        self.codec, self.answer, self.schedule = codec, answer, schedule
        self.delay_s, self.context = delay_s, context
        self.asked: list[Asked] = []
        self.aborted: list[str] = []
        self.at_once = self.most_at_once = 0
        self.ending: dict[str, asyncio.Event] = {}

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    def abort(self, key: str) -> None:
        self.aborted.append(key)
        if key in self.ending:
            self.ending[key].set()

    async def generate(self, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling) -> Generation:
        kept = replace(prompt, engine_ids=tuple(prompt.engine_ids), train_ids=tuple(prompt.train_ids))
        text = tokenizer().decode(list(prompt.engine_ids), skip_special_tokens=False)
        hashes = tuple(image.sha256 for image in images)
        turn = text.count("<|im_start|>assistant") - 1
        asked = Asked(len(self.asked), turn, text, kept, hashes, sampling)
        self.asked.append(asked)
        self.ending[prompt.key] = asyncio.Event()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            fault = self.schedule(asked)
            whole = self._whole(asked, images)
            if fault is not None:
                return await fault(self, asked, whole)
            if await self.ends_within(prompt.key, self.delay_s):
                return cut(whole, 2, "abort")
            return whole
        finally:
            self.at_once -= 1
            del self.ending[prompt.key]

    async def ends_within(self, key: str, seconds: float) -> bool:
        """Wait; whether the turn was ended meanwhile."""
        try:
            await asyncio.wait_for(self.ending[key].wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _whole(self, asked: Asked, images: Sequence[Image]) -> Generation:
        """What the engine says when nothing goes wrong; it expands the pictures itself, as engines do."""
        seen = self.codec.expand(list(asked.prompt.engine_ids), images)[0]
        ids = tokenizer().encode(self.answer(asked), add_special_tokens=False)
        whole = Generation(
            token_ids=[*ids, self.codec.close_id],
            logprobs=[logprob(len(seen) + i, token) for i, token in enumerate([*ids, self.codec.close_id])],
            prompt_ids=seen,
            weight_version=self.weight_version,
            cached_tokens=0,
        )
        most = asked.sampling.max_tokens
        return whole if len(whole.token_ids) <= most else cut(whole, most, "length")


def logprob(place: int, token: int) -> float:
    """Of a token by its place in prompt and completion; exact in 32 bits."""
    return -(1 + (31 * place + token) % 1000) / 8


def cut(whole: Generation, tokens: int, reason: Any) -> Generation:
    """Only the first tokens of an answer."""
    return replace(
        whole,
        token_ids=whole.token_ids[:tokens],
        logprobs=None if whole.logprobs is None else whole.logprobs[:tokens],
        finish_reason=reason,
    )


def model_of(engine: Any, **sampling: Any) -> Model:
    """An engine, ready to be collected with."""
    told: Mapping[str, Any] = {"model": "simulated", "backend": "simulated"}
    return Model(engine, engine.codec if engine.takes_tokens else None, Sampling(**sampling), told)


# -- faults


def fails(text: str = "no answer", *, wait_s: float | None = 0.0) -> Fault:
    """The engine breaks."""

    async def fault(engine: ScriptedEngine, asked: Asked, whole: Generation) -> Generation:
        raise EngineError(text, wait_s=wait_s)

    return fault


async def refuses(engine: ScriptedEngine, asked: Asked, whole: Generation) -> Generation:
    """The engine refuses for good."""
    raise UsageError("no such model: give another")


def hangs(kept: int | None = 3) -> Fault:
    """The engine answers only when it is ended, with the first tokens; never where that is None."""

    async def fault(engine: ScriptedEngine, asked: Asked, whole: Generation) -> Generation:
        if kept is None:
            await asyncio.sleep(3600)
        await engine.ending[asked.prompt.key].wait()
        return cut(whole, kept or 0, "abort")

    return fault


def changed(**fields: Any) -> Fault:
    """The answer with other fields; a function gets the answer."""

    async def fault(engine: ScriptedEngine, asked: Asked, whole: Generation) -> Generation:
        made = {name: value(whole) if callable(value) else value for name, value in fields.items()}
        return replace(whole, **made)

    return fault


def shortened(tokens: int, reason: str) -> Fault:
    """The answer ends early."""

    async def fault(engine: ScriptedEngine, asked: Asked, whole: Generation) -> Generation:
        return cut(whole, tokens, reason)

    return fault


async def no_room(engine: ScriptedEngine, asked: Asked, whole: Generation) -> Generation:
    """The prompt does not fit."""
    return Generation(finish_reason="context")
