"""A chat completion as a judge's reply: its text and its first token.

Knows no question; what is missing or of another kind is half an answer, and may be asked for again.
"""

__all__ = ["Reply", "read_reply"]

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from ..errors import JudgeError
from .json_reply import list_in, mapping_in

MAX_TEXT_CHARS = 1 << 20


@dataclass(frozen=True)
class Reply:
    """What came.

    Args:
        text: what was said, with thoughts where the server leaves them in.
        first_token: token -> natural logarithm of its probability, for the likeliest first tokens; empty
            where the server gives none.
        is_cut: whether `max_tokens` ended it.
    """

    text: str
    first_token: Mapping[str, float]
    is_cut: bool


def read_reply(completion: Mapping[str, Any], name: str) -> Reply:
    """The reply in an answer of `chat/completions`.

    Args:
        completion: the JSON object that came.
        name: what errors call the judge.

    Raises:
        JudgeError: no choice, no message, or a text that is none.

    >>> read_reply({"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]}, "the judge").text
    'yes'
    """
    choice = _first(completion.get("choices"))
    message = mapping_in(choice.get("message"))
    if not message:
        raise JudgeError(f"{name} gave half an answer: it holds no choice with a message")
    text: object = message.get("content")
    if text is None:
        text = ""  # a refusal, or thoughts that never came to an end
    if not isinstance(text, str) or len(text) > MAX_TEXT_CHARS:
        raise JudgeError(f"{name} gave half an answer: its content is no text of a reasonable length")
    return Reply(text, _first_token(choice.get("logprobs")), choice.get("finish_reason") == "length")


def _first(value: Any) -> Mapping[str, Any]:
    listed = list_in(value)
    return mapping_in(listed[0]) if listed else {}


def _first_token(logprobs: Any) -> dict[str, float]:
    first = _first(mapping_in(logprobs).get("content"))
    found: dict[str, float] = {}
    for one in map(mapping_in, [first, *list_in(first.get("top_logprobs"))]):
        token, level = one.get("token"), one.get("logprob")
        if isinstance(token, str) and isinstance(level, float | int) and isfinite(level):
            found[token] = min(float(level), 0.0)
    return found
