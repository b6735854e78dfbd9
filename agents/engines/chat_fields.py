"""How a chat request asks for sampling, and what it may leave out.

Endpoints differ in the fields they know, and few ignore the others. So fields that only some have are tried
in groups; a refusal tells which group to do without.
"""

__all__ = ["fields_of", "refused_groups", "room_left"]

import re
from collections.abc import Mapping
from typing import Any

from ..policy import Sampling
from .chat_options import ChatOptions
from .endpoint import RefusedError

# Without the last three, vLLM samples with what the model's generation_config says.
VLLM_FIELDS: Mapping[str, Any] = {
    "return_token_ids": True,
    "include_stop_str_in_output": True,
    "top_k": 0,
    "min_p": 0.0,
    "repetition_penalty": 1.0,
}
GROUPS: Mapping[str, frozenset[str]] = {
    "vllm": frozenset(VLLM_FIELDS),
    "logprobs": frozenset({"logprobs"}),
    "seed": frozenset({"seed"}),
    "max_tokens": frozenset({"max_tokens"}),
}

TOO_LONG_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error"})
TOO_LONG = re.compile(
    r"context[ _](length|window|size|limit)|maximum model length|(prompt|input) is too long"
    r"|token count .{0,40}exceeds|`max_new_tokens` must be <=|reduce the length of",
    re.IGNORECASE,
)
LIMIT = re.compile(r"context length (?:is|of) (\d+)")
PROMPT = re.compile(r"(\d+) (?:in the (?:messages|prompt)|in your prompt|tokens from the input|input tokens)")


def fields_of(
    sampling: Sampling, options: ChatOptions, most: int, left_out: frozenset[str]
) -> dict[str, Any]:
    """The fields of a request besides model, messages and tools; `extra_body` wins over what is tried.

    Args:
        sampling: how the turn is sampled.
        options: of the backend.
        most: new tokens.
        left_out: names of GROUPS; without `max_tokens` the limit is sent as `max_completion_tokens`.
    """
    is_renamed = options.max_completion_tokens or "max_tokens" in left_out
    fields: dict[str, Any] = {"max_completion_tokens" if is_renamed else "max_tokens": most}
    fields |= {"temperature": sampling.temperature, "top_p": sampling.top_p}
    if options.return_token_ids is not False and "vllm" not in left_out:
        fields |= VLLM_FIELDS
    # What was asked for by name is never left out: it fails instead.
    if options.return_token_ids:
        fields["return_token_ids"] = True
    if sampling.top_k:
        fields["top_k"] = sampling.top_k
    if sampling.stop:
        fields["stop"] = list(sampling.stop)
    if sampling.banned:
        fields["logit_bias"] = {str(token): -100 for token in sampling.banned}
    if sampling.seed is not None and "seed" not in left_out:
        fields["seed"] = sampling.seed
    if options.logprobs or (options.logprobs is None and "logprobs" not in left_out):
        fields["logprobs"] = True
    return fields | dict(options.extra_body)


def refused_groups(
    error: RefusedError, sent: Mapping[str, Any], left_out: frozenset[str], *, may_guess: bool
) -> frozenset[str]:
    """The groups to leave out as well, so that the same turn may be taken; none where it is no use.

    Args:
        error: what the endpoint said.
        sent: the fields of the request.
        left_out: already.
        may_guess: take the fields of vLLM for the cause where no field is named.
    """
    if error.status not in (400, 403, 422):
        return frozenset()
    tried = {group: names & sent.keys() for group, names in GROUPS.items() if group not in left_out}
    named = {
        group
        for group, names in tried.items()
        if any(re.search(rf"\b{name}\b", error.said) for name in names)
    }
    if "max_completion_tokens" not in error.said:
        named.discard("max_tokens")  # a wrong number, not a wrong name
    if not named and may_guess and tried.get("vllm") and error.status != 403:
        named = {"vllm"}
    return frozenset(named)


def room_left(error: RefusedError) -> int | None:
    """Tokens left for the completion where the context is said to be full; None where something else is said.

    >>> text = "This model's maximum context length is 4096 tokens and your request has 4000 input tokens"
    >>> room_left(RefusedError("", status=400, said=text))
    96
    """
    is_too_long = error.code in TOO_LONG_CODES or TOO_LONG.search(error.said)
    if error.status not in (400, 422) or not is_too_long:
        return None
    limit, prompt = LIMIT.search(error.said), PROMPT.search(error.said)
    return max(0, int(limit[1]) - int(prompt[1])) if limit and prompt else 0
