"""What a person types: a tool call as JSON, or in a short form.

Short form: `zoom_in bbox_2d=[1,2,3,4] image=v0`, or by position: `answer B`. Knows the tools' declarations
and no environment; whether the arguments fit is the environment's to say.
"""

__all__ = ["read_call", "short_form"]

import json
import re
from collections.abc import Mapping
from typing import Any

from ..envs.actions import Malformed, parse_action
from ..errors import did_you_mean
from ..tools.tool import Tool, ToolCall

PAIR = re.compile(r"(\w+)=(.*)", re.DOTALL)
BARE = re.compile(r"[^\s\"'\[\]{}=]+")


def read_call(line: str, tools: Mapping[str, Tool]) -> ToolCall | str:
    """The call that a line holds, or what to type instead.

    Args:
        line: what was typed.
        tools: name -> declaration.
    """
    text = line.strip()
    if text.startswith("{"):
        parsed = parse_action(text, "json", tools)
        return parsed.text if isinstance(parsed, Malformed) else parsed[0]
    name, _, rest = text.partition(" ")
    if name not in tools:
        return f"there is no tool {name!r}; there is: {', '.join(tools)}.{did_you_mean(name, tools)}"
    properties = tools[name].parameters["properties"]
    words = _words(rest)
    pairs = [PAIR.fullmatch(word) for word in words]
    if len(properties) == 1 and words and not (pairs[0] and pairs[0][1] in properties):
        return ToolCall(name, {only: _value(rest.strip(), schema) for only, schema in properties.items()})
    arguments: dict[str, Any] = {}
    free = [key for key in properties if not any(pair and pair[1] == key for pair in pairs)]
    for word, pair in zip(words, pairs, strict=True):
        if pair:
            key, value = pair[1], pair[2]
            if key in arguments:
                return f"{key} stands twice; give it once"
        elif free:
            key, value = free.pop(0), word
        else:
            takes = ", ".join(properties) or "no arguments"
            return f"{name} takes {takes}; {word!r} is one too many"
        arguments[key] = _value(value, properties.get(key, {}))
    return ToolCall(name, arguments)


def short_form(call: ToolCall) -> str:
    """A call as a person would type it; `read_call` reads it back.

    >>> short_form(ToolCall("zoom_in", {"bbox_2d": [1, 2, 3, 4], "image": "v0"}))
    'zoom_in bbox_2d=[1,2,3,4] image=v0'
    """
    return " ".join([call.name, *(f"{name}={_written(value)}" for name, value in call.arguments.items())])


def _written(value: Any) -> str:
    if isinstance(value, str) and BARE.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _words(text: str) -> list[str]:
    """Words divided by blanks that stand outside quotes and brackets.

    >>> _words('a=[1, 2] b="c d" e')
    ['a=[1, 2]', 'b="c d"', 'e']
    """
    words, word, depth, quote = [], "", 0, ""
    escaped = False
    for character in text:
        if quote:
            if character == quote and not escaped:
                quote = ""
            escaped = character == "\\" and not escaped
        elif character in "\"'" and (not word or word[-1] in "=[,:{ "):  # an apostrophe inside a word is none
            quote = character
        elif character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        if character.isspace() and not quote and depth <= 0:
            words += [word] if word else []
            word = ""
        else:
            word += character
    return [*words, word] if word else words


def _value(text: str, schema: Mapping[str, Any]) -> Any:
    """A typed value as its parameter's type wants it; a text where it is nothing else."""
    inner = schema["anyOf"][0] if "anyOf" in schema else schema
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    if inner.get("type") == "string":
        if is_quoted:
            return _json(text, text[1:-1])
        return None if text == "null" and "anyOf" in schema else text
    if inner.get("type") == "array" and not text.startswith("["):
        return _json(f"[{text}]", text)
    return _json(text, text)


def _json(text: str, otherwise: Any) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return otherwise
