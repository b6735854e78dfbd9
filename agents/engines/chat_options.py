"""Options of the backend `openai`, checked before anything is sent."""

__all__ = ["ChatOptions"]

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ...errors import UsageError, did_you_mean

DETAILS = ("", "auto", "low", "high")
# What has a place of its own, or would make an answer that nobody reads.
TAKEN = {
    **dict.fromkeys(("model", "messages", "tools"), "it is made from the episode"),
    **dict.fromkeys(("temperature", "top_p", "top_k", "stop", "seed", "max_tokens"), "it has a flag"),
    **dict.fromkeys(("max_completion_tokens", "logprobs", "return_token_ids"), "it is an option of its own"),
    **dict.fromkeys(("stream", "n"), "one whole answer is read"),
}


@dataclass(frozen=True, kw_only=True)
class ChatOptions:
    """What `--engine.k=v` sets for the backend `openai`.

    Args:
        extra_body: further fields of the request, such as `{"reasoning_effort": "low"}`.
        image_detail: of every picture, `auto`, `low` or `high`; "" leaves it to the endpoint.
        images_in_tools: leave pictures in tool messages (vLLM takes them there), not in a user message.
        max_completion_tokens: send the limit under this name; otherwise only where `max_tokens` is refused.
        logprobs: ask for log-probabilities; None tries, and does without where they are refused.
        return_token_ids: ask for token ids and vLLM's other fields; None tries.
        check_model: refuse a model that the endpoint does not list.
    """

    extra_body: Mapping[str, Any] = field(default_factory=dict)
    image_detail: str = ""
    images_in_tools: bool = False
    max_completion_tokens: bool = False
    logprobs: bool | None = None
    return_token_ids: bool | None = None
    check_model: bool = True

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> "ChatOptions":
        """The options of some settings.

        Raises:
            UsageError: an option that is not there, or a value of another type.

        >>> ChatOptions.read({"logprob": True})
        Traceback (most recent call last):
        ...
        eyesmith.errors.UsageError: the backend openai has no option 'logprob'; ... Did you mean 'logprobs'?
        """
        known = [known.name for known in fields(cls)]
        for name, value in options.items():
            if name not in known:
                raise UsageError(
                    f"the backend openai has no option {name!r}; it has: {', '.join(known)}."
                    f"{did_you_mean(name, known)}"
                )
            if name not in ("extra_body", "image_detail") and not isinstance(value, bool):
                raise UsageError(f"the option {name} must be true or false, got {value!r}")
        detail = options.get("image_detail", "")
        if detail not in DETAILS:
            raise UsageError(f"image_detail must be auto, low or high, got {detail!r}")
        return cls(**{**options, "extra_body": _extra_body(options.get("extra_body", {}))})


def _extra_body(value: Any) -> dict[str, Any]:
    wanted = 'extra_body must be a JSON object such as {"reasoning_effort": "low"}'
    try:
        made = json.loads(value) if isinstance(value, str) else json.loads(json.dumps(value, allow_nan=False))
    except (ValueError, TypeError, RecursionError):
        raise UsageError(f"{wanted}, got {value!r}") from None
    if not isinstance(made, dict):
        raise UsageError(f"{wanted}, got {value!r}")
    for name in made:
        if name in TAKEN:
            raise UsageError(f"extra_body cannot set {name!r}: {TAKEN[name]}")
    return made
