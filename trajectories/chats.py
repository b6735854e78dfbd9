"""Chats: recorded messages as TRL's collators take them.

TRL fills the placeholders `{"type": "image"}` from a list of pictures, in order, but neither counts nor
fills them in tool messages; and where any picture is given it puts all of them before the first user text
that is a plain string (`trl.data_utils.prepare_multimodal_messages`, read in 1.16). So pictures of tool
results move into a user message behind it, and a conversation with pictures holds only lists of parts.
Arguments of calls become objects, because templates would quote a text a second time.
"""

__all__ = ["Parting", "chat", "parted", "sound"]

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

INT64 = 1 << 63

Message = dict[str, Any]


class Parting(NamedTuple):
    """Two conversations from where they part; `hashes` are the pictures of the prompt."""

    prompt: list[Message]
    chosen: list[Message]
    rejected: list[Message]
    hashes: list[str]


def chat(messages: Sequence[Mapping[str, Any]]) -> tuple[list[Message], list[str]]:
    """Messages for TRL, and the sha256 of the pictures in the order of their placeholders.

    >>> made, hashes = chat([{"role": "tool", "content": [{"type": "image", "image": "ab"}]}])
    >>> made[1], hashes
    ({'role': 'user', 'content': [{'type': 'image'}]}, ['ab'])
    """
    hashes = [part["image"] for message in messages for part in _pictures(message)]
    made: list[Message] = []
    for message in messages:
        told = {
            name: sound(value) for name, value in message.items() if name not in ("content", "tool_calls")
        }
        content, pictures = message.get("content"), _pictures(message)
        if hashes:
            parts = _parts(content)
            if pictures and message.get("role") == "tool":
                made.append(told | {"content": [part for part in parts if part["type"] == "text"]})
                made.append({"role": "user", "content": [{"type": "image"} for _ in pictures]})
                continue
            told["content"] = parts
        else:
            told["content"] = sound(content)
        if message.get("tool_calls"):
            told["tool_calls"] = [_call(call) for call in message["tool_calls"]]
        made.append(told)
    return made, hashes


def parted(chosen: Sequence[Mapping[str, Any]], rejected: Sequence[Mapping[str, Any]]) -> Parting | None:
    """What both saw as the prompt, and what each did next; None where they do not part by what the agent did.

    TRL carries pictures in the prompt only, so that each side ends before the first picture that it led to;
    where there is none, it goes on to its end.
    """
    shared = 0
    while shared < min(len(chosen), len(rejected)) and chosen[shared] == rejected[shared]:
        shared += 1
    sides: list[list[Message]] = []
    for messages in (chosen, rejected):
        if shared >= len(messages) or messages[shared].get("role") != "assistant":
            return None
        rest = list(messages[shared:])
        end = next((i for i, message in enumerate(rest) if _pictures(message)), len(rest))
        while rest[end - 1].get("role") != "assistant":
            end -= 1
        sides.append(chat(rest[:end])[0])
    prompt, hashes = chat(chosen[:shared])
    return Parting(prompt, sides[0], sides[1], hashes) if prompt and sides[0] != sides[1] else None


def sound(value: Any) -> Any:
    """A value that every reader of JSON takes: no lone surrogate, NaN or number beyond 64 bits."""
    if isinstance(value, str):
        return (
            value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
    if isinstance(value, Mapping):
        return {sound(str(name)): sound(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [sound(inner) for inner in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, int) and not -INT64 <= value < INT64:
        return str(value)
    return value


def _pictures(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    content = message.get("content")
    return [part for part in content if part.get("type") == "image"] if isinstance(content, list) else []


def _parts(content: Any) -> list[Message]:
    if not isinstance(content, list):
        return [{"type": "text", "text": sound(content or "")}]
    return [{"type": "image"} if part.get("type") == "image" else sound(part) for part in content]


def _call(call: Mapping[str, Any]) -> Message:
    made = sound(dict(call))
    function = made.get("function")
    if isinstance(function, dict) and isinstance(function.get("arguments"), str):
        try:
            arguments = json.loads(call["function"]["arguments"])
        except ValueError:
            return made
        if isinstance(arguments, dict):
            function["arguments"] = sound(arguments)
    return made
