"""What a server of vLLM answers to token ids; half an answer is an error."""

__all__ = ["read_completion", "read_tokens"]

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from ...errors import EngineError
from ..policy import Generation

# The server's stand-in for minus infinity and for what is no number.
NO_LOGPROB = -9999.0


def read_tokens(answer: Mapping[str, Any], weight_version: int) -> Generation:
    """An answer of `/inference/v1/generate`.

    Raises:
        EngineError: half an answer, or log-probabilities that are no numbers.
    """
    try:
        choice = answer["choices"][0]
        logprobs = [step["logprob"] for step in choice["logprobs"]["content"] or []]
    except (KeyError, IndexError, TypeError):
        raise EngineError("the server gave half an answer: tokens without log-probabilities") from None
    return _generation(answer, choice, logprobs, answer.get("prompt_token_ids"), weight_version)


def read_completion(answer: Mapping[str, Any], weight_version: int) -> Generation:
    """An answer of `/v1/completions`.

    Raises:
        EngineError: as `read_tokens`.
    """
    try:
        choice = answer["choices"][0]
        logprobs = choice["logprobs"]["token_logprobs"] if choice["token_ids"] else []
        prompt_ids = choice.get("prompt_token_ids")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise EngineError("the server gave half an answer: no token ids or no log-probabilities") from None
    return _generation(answer, choice, logprobs, prompt_ids, weight_version)


def _generation(
    answer: Mapping[str, Any], choice: Mapping[str, Any], logprobs: Any, prompt_ids: Any, weight_version: int
) -> Generation:
    ids: Any = choice.get("token_ids")
    reason: Any = choice.get("finish_reason")
    if not _are(int, ids) or not _are(int, prompt_ids) or reason not in ("stop", "length", "abort"):
        raise EngineError(f"the server gave half an answer: no token ids, or finish_reason {reason!r}")
    if not _are(float, logprobs) or len(logprobs) != len(ids):
        raise EngineError(
            "the server gave half an answer: another number of log-probabilities than of tokens"
        )
    if not all(isfinite(each) and each > NO_LOGPROB for each in logprobs):
        raise EngineError("the server gave log-probabilities that are no numbers: the weights may be broken")
    usage = answer.get("usage") or {}
    details = usage.get("prompt_tokens_details") or {}
    cached = details.get("cached_tokens")
    return Generation(
        token_ids=tuple(ids),
        logprobs=tuple(logprobs),
        finish_reason=reason,
        prompt_ids=prompt_ids,
        weight_version=weight_version,
        cached_tokens=cached if type(cached) is int else None,
    )


def _are(kind: type, values: Any) -> bool:
    """Whether this is a list of such numbers; JSON may write a float without a point."""
    kinds = (int, float) if kind is float else (int,)
    return isinstance(values, Sequence) and all(type(each) in kinds for each in values)
