"""The answer of a chat endpoint, read with suspicion.

What is missing or of another type than the API says is half an answer, an error of the endpoint. What the
model wrote is passed on as it stands, right or wrong: to say so is the environment's part.
"""

__all__ = ["EMPTY_MESSAGE", "read_answer"]

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from ...envs.spaces import clean_text
from ...errors import EngineError
from ...trajectories.provenance import scrub_text
from ..policy import FinishReason, Generation

EMPTY_MESSAGE = '{"role": "assistant", "content": ""}'
MAX_READ_CHARS = 4000
MAX_SHOWN_CHARS = 80

FINISH: Mapping[str, FinishReason] = {
    **dict.fromkeys(("stop", "tool_calls", "function_call", "content_filter"), "stop"),
    **dict.fromkeys(("eos", "eos_token", "end_turn", "stop_sequence", "repetition"), "stop"),
    **dict.fromkeys(("length", "max_tokens"), "length"),
}


def read_answer(answer: Mapping[str, Any], *, weight_version: int = 0) -> Generation:
    """The sampled turn of an answer to `chat/completions`.

    Ids are those of `return_token_ids`; log-probabilities count only beside ids. A refusal is text.

    Args:
        answer: the JSON object that came.
        weight_version: of the weights in use.

    Raises:
        EngineError: half an answer.

    >>> read_answer({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}).text
    '{"role": "assistant", "content": "hi"}'
    """
    try:
        return _read(answer, weight_version)
    except RecursionError:
        raise EngineError("the answer is nested too deep") from None


def _read(answer: Mapping[str, Any], weight_version: int) -> Generation:
    choices = _typed(answer, "choices", list)
    if not choices or not isinstance(choices[0], dict):
        raise EngineError(f"the answer holds no choice, but {_shown(choices)}")
    choice = choices[0]
    message = _typed(choice, "message", dict)
    reason = _typed(choice, "finish_reason", str)
    if reason not in FINISH:
        raise EngineError(f"the endpoint broke the turn off: finish_reason is {_shown(reason)}")
    prompt_ids = _ids(answer, "prompt_token_ids")
    token_ids = _ids(choice, "token_ids")
    return Generation(
        token_ids=token_ids or (),
        logprobs=_logprobs(choice, token_ids),
        finish_reason=FINISH[reason],
        prompt_ids=prompt_ids if token_ids is not None else None,
        weight_version=weight_version,
        cached_tokens=_cached_tokens(answer),
        text=_text(message),
        n_prompt=_count(answer, "prompt_tokens"),
        n_completion=_count(answer, "completion_tokens"),
    )


def _count(answer: Mapping[str, Any], name: str) -> int | None:
    usage = answer.get("usage")
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if type(count) is int and count >= 0 else None


def _text(message: Mapping[str, Any]) -> str:
    """The assistant's message as `action_format="openai"` takes it."""
    kept: dict[str, Any] = {"role": "assistant", "content": _content(message)}
    thoughts = message.get("reasoning_content") or message.get("reasoning")
    if isinstance(thoughts, str):
        kept["reasoning_content"] = thoughts
    calls = _typed(message, "tool_calls", list, optional=True) or []
    functions = [_typed(call, "function", dict) for call in calls if isinstance(call, dict)]
    if len(functions) < len(calls):
        raise EngineError(f"the answer's tool_calls are no objects: {_shown(calls)}")
    if not calls and message.get("function_call") is not None:
        functions = [_typed(message, "function_call", dict)]
    if functions:
        kept["tool_calls"] = [{"type": "function", "function": _called(function)} for function in functions]
    return clean_text(json.dumps(kept, ensure_ascii=False))


def _content(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list) and all(isinstance(part, dict) for part in content):
        content = "".join(part["text"] for part in content if isinstance(part.get("text"), str))
    if content is not None and not isinstance(content, str):
        raise EngineError(f"the answer's content is no text: {_shown(content)}")
    refusal = _typed(message, "refusal", str, optional=True)
    return content or refusal or ""


def _called(function: Mapping[str, Any]) -> dict[str, Any]:
    name = _typed(function, "name", str)
    arguments = function.get("arguments")
    # Null is how some servers write no arguments; what else is no text is the environment's to judge.
    return {"name": name, "arguments": "" if arguments is None else arguments}


def _ids(holder: Mapping[str, Any], name: str) -> list[int] | None:
    ids = _typed(holder, name, list, optional=True)
    if ids is not None and not all(type(one) is int and one >= 0 for one in ids):
        raise EngineError(f"the answer's {name} are no token ids: {_shown(ids)}")
    return ids


def _logprobs(choice: Mapping[str, Any], token_ids: list[int] | None) -> list[float] | None:
    logprobs = _typed(choice, "logprobs", dict, optional=True)
    if token_ids is None or logprobs is None:
        return None
    content = _typed(logprobs, "content", list, optional=True) or []
    values: list[Any] = [item.get("logprob") if isinstance(item, dict) else None for item in content]
    numbers = [float(value) for value in values if type(value) in (int, float) and isfinite(value)]
    if len(numbers) < len(values):
        raise EngineError(f"the answer's logprobs are no numbers: {_shown(content)}")
    if len(numbers) != len(token_ids):
        raise EngineError(f"half an answer: {len(token_ids)} token ids came with {len(numbers)} logprobs")
    return numbers


def _cached_tokens(answer: Mapping[str, Any]) -> int | None:
    usage = answer.get("usage")
    details = usage.get("prompt_tokens_details") if isinstance(usage, dict) else None
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return cached if type(cached) is int else None


def _typed(holder: Mapping[str, Any], name: str, kind: type, *, optional: bool = False) -> Any:
    value = holder.get(name)
    if isinstance(value, kind) or (optional and value is None):
        return value
    wanted = {list: "a list", dict: "an object", str: "a text"}[kind]
    raise EngineError(f"half an answer: {name} must be {wanted}, got {_shown(value)}")


def _shown(value: Any) -> str:
    text = scrub_text(json.dumps(value)[:MAX_READ_CHARS])
    return text if len(text) <= MAX_SHOWN_CHARS else text[: MAX_SHOWN_CHARS - 1] + "…"
