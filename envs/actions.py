"""From what a policy sends to tool calls, or to what it should send.

Four formats: one JSON object, and the raw assistant text of three model families. Never raises; no text of a
Python exception leaves it. Length and nesting are checked before anything is parsed, because a deep text's
fate would otherwise depend on the caller's stack.
"""

__all__ = ["ACTION_FORMATS", "MAX_ACTION_BYTES", "Malformed", "format_hint", "parse_action", "spoken"]

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..tools.schema import shown
from ..tools.tool import Tool, ToolCall
from .spaces import clean_text

ACTION_FORMATS = ("json", "hermes", "qwen3_coder", "openai")
MAX_ACTION_BYTES = 262_144
MAX_NESTING = 64

EXAMPLE = '{"name": "<tool>", "arguments": {...}}'
THINK = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
# An open text runs to the end, so that no message takes quadratic time.
TEXTS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)
CODER_CALL = re.compile(r"\s*<function=([^>\s]*)>(.*)</function>\s*", re.DOTALL)


@dataclass(frozen=True)
class Malformed:
    """A message that holds no call that can be run.

    Args:
        text: what to send instead.
        code: error code for `info["error_code"]`.
        no_call: no call was attempted at all.
    """

    text: str
    code: str
    no_call: bool = False


class _Bad(Exception):
    def __init__(self, text: str, code: str = "not_json", *, no_call: bool = False) -> None:
        super().__init__(text)
        self.malformed = Malformed(text, code, no_call)


def parse_action(text: str, action_format: str, tools: Mapping[str, Tool]) -> list[ToolCall] | Malformed:
    """The calls of a message, in order; at least one.

    Args:
        text: the action.
        action_format: one of ACTION_FORMATS.
        tools: name -> declaration; only `qwen3_coder` needs it, to type its arguments.
    """
    parsers = {"json": _json, "hermes": _hermes, "qwen3_coder": _qwen3_coder, "openai": _openai}
    if len(text) > MAX_ACTION_BYTES or len(text.encode(errors="replace")) > MAX_ACTION_BYTES:
        return Malformed(
            f"the message is longer than {MAX_ACTION_BYTES} bytes; send a shorter one", "too_long"
        )
    try:
        return parsers[action_format](text, tools)
    except _Bad as bad:
        return bad.malformed


def spoken(text: str, action_format: str) -> str:
    """What an agent said besides its calls: the text without the calls' markup, thoughts included.

    >>> spoken("Let me look. <tool_call>{}</tool_call>", "hermes")
    'Let me look.'
    """
    if action_format == "json":
        return ""
    if action_format == "openai":
        try:
            said = json.loads(text).get("content")
        except (ValueError, AttributeError, RecursionError):
            return ""
        return clean_text(said) if isinstance(said, str) else ""
    for block in _between(text, "<tool_call>", "</tool_call>"):
        text = text.replace(f"<tool_call>{block}</tool_call>", "", 1)
    return clean_text(text.strip())


def format_hint(action_format: str) -> str:
    """One line that tells a policy how to write a call."""
    return {
        "json": f"Send exactly one JSON object: {EXAMPLE}",
        "hermes": f"Send each call as <tool_call>{EXAMPLE}</tool_call>",
        "qwen3_coder": "Send each call as <tool_call><function=tool><parameter=name>value</parameter>"
        "</function></tool_call>",
        "openai": 'Send one assistant message as JSON: {"role": "assistant", "tool_calls": [{"type": '
        '"function", "function": {"name": "<tool>", "arguments": "{...}"}}]}',
    }[action_format]


def _json(text: str, tools: Mapping[str, Tool]) -> list[ToolCall]:
    if "{" not in text:
        raise _Bad(f"no tool call found. {format_hint('json')}", "no_call", no_call=True)
    return [_call(_load(text, "json"), "json")]


def _hermes(text: str, tools: Mapping[str, Tool]) -> list[ToolCall]:
    visible = _spoken(text)
    blocks = _between(visible, "<tool_call>", "</tool_call>")
    if not blocks:
        hint = format_hint("hermes")
        raise _Bad(f"no tool call found. {hint}", "no_call", no_call="<tool_call>" not in visible)
    return [_call(_load(block, "hermes"), "hermes") for block in blocks]


def _qwen3_coder(text: str, tools: Mapping[str, Tool]) -> list[ToolCall]:
    visible = _spoken(text)
    hint = format_hint("qwen3_coder")
    blocks = _between(visible, "<tool_call>", "</tool_call>")
    if not blocks:
        raise _Bad(f"no tool call found. {hint}", "no_call", no_call="<tool_call>" not in visible)
    calls = []
    for block in blocks:
        function = CODER_CALL.fullmatch(block)
        if function is None:
            raise _Bad(f"a <tool_call> must hold one <function=...>...</function>. {hint}", "not_a_call")
        name, body = function.groups()
        properties = tools[name].parameters["properties"] if name in tools else {}
        arguments = {}
        for argument in _between(body, "<parameter=", "</parameter>"):
            key, _, value = argument.partition(">")
            if clean_text(key) in arguments:
                raise _Bad(f"the parameter {shown(key)} stands twice in one call; send it once", "not_a_call")
            arguments[clean_text(key)] = _typed(value, properties.get(key, {}))
        calls.append(ToolCall(clean_text(name), arguments))
    return calls


def _openai(text: str, tools: Mapping[str, Tool]) -> list[ToolCall]:
    message = _load(text, "openai")
    hint = format_hint("openai")
    if not isinstance(message, dict):
        raise _Bad(f"a message must be a JSON object, got {shown(message)}. {hint}", "not_a_call")
    calls = message.get("tool_calls")
    if not calls:
        raise _Bad(f"no tool call found. {hint}", "no_call", no_call=True)
    if not isinstance(calls, list) or not all(isinstance(call, dict) for call in calls):
        raise _Bad(f"'tool_calls' must be a list of objects. {hint}", "not_a_call")
    functions = [call.get("function") for call in calls]
    parsed = []
    for function in functions:
        if isinstance(function, dict) and isinstance(function.get("arguments"), str):
            function = {**function, "arguments": _load(function["arguments"] or "{}", "openai")}
        parsed.append(_call(function, "openai"))
    return parsed


def _call(value: Any, action_format: str) -> ToolCall:
    hint = format_hint(action_format)
    if not isinstance(value, dict):
        raise _Bad(f"a call must be a JSON object, got {shown(value)}. {hint}", "not_a_call")
    if not isinstance(value.get("name"), str):
        raise _Bad(f"a call needs a 'name' that is a text. {hint}", "not_a_call")
    extra = sorted(set(value) - {"name", "arguments"})
    if extra:
        raise _Bad(f"a call has only 'name' and 'arguments', not {shown(extra[0])}. {hint}", "not_a_call")
    arguments = value.get("arguments", {})
    if not isinstance(arguments, dict):
        raise _Bad(f"'arguments' must be a JSON object, got {shown(arguments)}. {hint}", "not_a_call")
    return ToolCall(value["name"], arguments)


def _load(text: str, action_format: str) -> Any:
    hint = format_hint(action_format)
    if text.count("[") + text.count("{") > MAX_NESTING and _nesting(text) > MAX_NESTING:
        raise _Bad(f"the JSON is nested more than {MAX_NESTING} levels deep. {hint}", "too_deep")
    try:
        value = json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)
    except ValueError:
        raise _Bad(f"this is not valid JSON (one value, no NaN, nothing before or after). {hint}") from None
    return _cleaned(value) if "\\u" in text or not text.isascii() else value


def _spoken(text: str) -> str:
    """The message without its thoughts; a thought may have been opened by the chat template, out of sight."""
    return THINK.sub("", text).rpartition("</think>")[2]


def _between(text: str, opening: str, closing: str) -> list[str]:
    """What stands between each opening and the next closing mark, in one pass."""
    found, at = [], text.find(opening)
    while at >= 0:
        end = text.find(closing, at)
        if end < 0:
            break
        found.append(text[at + len(opening) : end])
        at = text.find(opening, end)
    return found


def _nesting(text: str) -> int:
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", TEXTS.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _refuse(constant: str) -> Any:
    raise _Bad(f"{constant} is not a number that can be used here; send a finite number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) < len(pairs):
        raise _Bad("a key stands twice in one JSON object; send it once")
    return whole


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean_text(key): _cleaned(item) for key, item in value.items()}
    return value


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    inner = schema["anyOf"][0] if "anyOf" in schema else schema
    stripped = clean_text(text.strip("\n"))
    if inner.get("type", "string") == "string" and not ("anyOf" in schema and stripped == "null"):
        return stripped
    try:
        return _load(stripped, "qwen3_coder")
    except _Bad:
        return stripped
