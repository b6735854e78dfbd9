"""The policy of a model: token ids in, token ids out.

What an engine or endpoint must offer to play episodes. Knows no environment and no template: `codec.py` makes
the ids, `loop.py` asks for turns.
"""

__all__ = [
    "BACKENDS",
    "EngineSettings",
    "FinishReason",
    "Generation",
    "Policy",
    "Sampling",
    "TokenPrompt",
    "Trainable",
    "Weights",
    "make_policy",
]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from math import isfinite
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from ..errors import UsageError, did_you_mean
from ..tools.tool import Image

FinishReason = Literal["stop", "length", "abort", "context"]

BACKENDS: Mapping[str, tuple[str, str]] = {
    "vllm": (".engines.vllm_engine", "VllmEngine"),
    "vllm-server": (".engines.vllm_server", "VllmServer"),
    "openai": (".engines.openai_chat", "OpenAiChat"),
    "transformers": (".engines.transformers_engine", "TransformersEngine"),
}


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How a turn is sampled.

    Args:
        max_tokens: most new tokens of a turn.
        temperature: 0 takes the likeliest token.
        top_p: share of the probability that is kept, (0, 1].
        top_k: number of tokens that are kept; 0 for all.
        stop: texts that end a turn; they stay in it.
        seed: of this turn; None for the engine's own chance.
        banned: token ids that may never be sampled, such as placeholders of pictures.
    """

    max_tokens: int = 1024
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    stop: tuple[str, ...] = ()
    seed: int | None = None
    banned: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name, low in (("max_tokens", 1), ("top_k", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < low:
                raise UsageError(f"{name} must be an integer of at least {low}, got {value!r}")
        if type(self.temperature) not in (int, float) or not 0 <= self.temperature < float("inf"):
            raise UsageError(f"temperature must be a number of at least 0, got {self.temperature!r}")
        if type(self.top_p) not in (int, float) or not isfinite(self.top_p) or not 0 < self.top_p <= 1:
            raise UsageError(f"top_p must be a number above 0 and at most 1, got {self.top_p!r}")
        if not isinstance(self.stop, tuple) or not all(isinstance(text, str) and text for text in self.stop):
            raise UsageError(f"stop must be texts, none of them empty, got {self.stop!r}")

    def as_dict(self) -> dict[str, Any]:
        """What is recorded: everything but the seed and the ids."""
        return {
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "top_k": self.top_k,
            "stop": list(self.stop),
            "logprobs": "raw",
        }


@dataclass(frozen=True, kw_only=True)
class TokenPrompt:
    """What a turn is sampled from.

    Args:
        key: names the request, so that it can be aborted; unique in the process.
        engine_ids: token ids with one pad a picture; empty for a policy that takes messages.
        train_ids: the same with every pad expanded to the picture's visual tokens.
        messages: the conversation, OpenAI style; pictures are parts `{"type": "image", "image": sha256}`.
        tools: OpenAI declarations.
    """

    key: str
    engine_ids: Sequence[int] = ()
    train_ids: Sequence[int] = ()
    messages: Sequence[Mapping[str, Any]] = ()
    tools: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, kw_only=True)
class Generation:
    """One sampled turn.

    Args:
        token_ids: sampled ids; the closing token is among them where `finish_reason` is `stop` by it.
        logprobs: natural log-probability of each under the raw distribution, before temperature, top-p,
            top-k and bans; None where the engine does not tell.
        finish_reason: `stop`; `length` (max_tokens); `abort` (the ids so far are kept); `context` (the prompt
            does not fit, nothing was sampled).
        prompt_ids: the prompt as the engine saw it, pictures expanded; None where it does not tell.
        weight_version: version of the weights that sampled.
        cached_tokens: prompt tokens found in the prefix cache; None where the engine does not tell.
        text: the assistant's message as `action_format` takes it; None where the ids are to be decoded.
        n_prompt: tokens of the prompt where they were only counted, not told.
        n_completion: tokens sampled, likewise.
    """

    token_ids: Sequence[int] = ()
    logprobs: Sequence[float] | None = None
    finish_reason: FinishReason = "stop"
    prompt_ids: Sequence[int] | None = None
    weight_version: int = 0
    cached_tokens: int | None = None
    text: str | None = None
    n_prompt: int | None = None
    n_completion: int | None = None


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """What a backend is made from.

    Args:
        model: folder or name of the weights; for an endpoint the name it serves them under.
        backend: one of BACKENDS.
        base_url: of an endpoint, such as `http://127.0.0.1:8000/v1`.
        context: most tokens of prompt and completion; None for the model's own.
        concurrency: turns that may be asked for at once.
        options: further settings of the engine (`--engine.k=v`), such as `tensor_parallel_size`.
        timeout_s: longest wait for one turn.
    """

    model: str
    backend: str = "vllm"
    base_url: str = ""
    context: int | None = None
    concurrency: int = 32
    options: Mapping[str, Any] = field(default_factory=dict)
    timeout_s: float = 600.0


class Policy(Protocol):
    """A model that takes turns; many at once.

    A backend that an endpoint made do without something lists it in `left_out`, and the record tells.

    Attributes:
        settings: what it was made from.
        takes_tokens: whether it reads `TokenPrompt.engine_ids`; else it reads `messages` and `tools`.
        context: most tokens of prompt and completion, known once started; None where it is not known.
        weight_version: of the weights in use; 0 as loaded.
    """

    settings: EngineSettings
    takes_tokens: bool
    context: int | None
    weight_version: int

    async def start(self) -> None:
        """Load the weights or reach the endpoint.

        Raises:
            UsageError: a setting, a model or an endpoint's refusal that no second try would mend.
            EngineError: the engine did not come up.
        """
        ...

    async def generate(self, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling) -> Generation:
        """Sample one turn.

        Args:
            prompt: where it goes on from.
            images: the pictures of the prompt, in order.
            sampling: how.

        Raises:
            EngineError: the engine or endpoint failed; the same turn may be asked for again.
            UsageError: it refuses for good, such as a wrong key or model.
        """
        ...

    def abort(self, key: str) -> None:
        """End the turn of that key now: its `generate` returns with the tokens so far and `abort`."""
        ...

    async def close(self) -> None:
        """Let go of engine or connection; a second call does nothing."""
        ...


class Weights(Protocol):
    """What a trainer hands to an engine after a step.

    Attributes:
        version: stamps every turn that is sampled with them; grows by one a step.
    """

    version: int

    def tensors(self) -> Mapping[str, Any]:
        """Name -> torch tensor, as the model of transformers names them, adapters merged."""
        ...

    def save(self, folder: Path) -> None:
        """Write them as a model's folder holds them."""
        ...


@runtime_checkable
class Trainable(Protocol):
    """A policy whose weights can be replaced while it runs."""

    async def update_weights(self, weights: Weights) -> None:
        """Sample with these from now on, with nothing cached from before; no turn may be under way.

        Raises:
            UsageError: a turn is under way, or weights of another model.
            EngineError: the engine did not take them.
        """
        ...


def make_policy(settings: EngineSettings) -> Policy:
    """The policy of a backend, not started.

    Raises:
        UsageError: no such backend, or a setting that it cannot use.
        MissingExtraError: what it needs is not installed.
    """
    if settings.backend not in BACKENDS:
        there = ", ".join(BACKENDS)
        hint = did_you_mean(settings.backend, BACKENDS)
        raise UsageError(f"unknown backend {settings.backend!r}; there is: {there}.{hint}")
    room, name = BACKENDS[settings.backend]
    return getattr(import_module(room, __package__), name)(settings)
