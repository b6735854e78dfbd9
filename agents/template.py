"""A chat template as it can be used for episodes that only grow.

What a template cannot do is done for it, and said in `remarks`: tools that it ignores go into the system
message, pictures that it drops from tool messages into a user message behind them. Text that came from an
environment or an agent cannot spell a control token: the spelling is broken before it is rendered.
"""

__all__ = ["ChatTemplate"]

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..envs.spaces import clean_text
from ..errors import UsageError, did_you_mean

Message = Mapping[str, Any]

MARK = "eyesmith-turn-mark"
PROBE = "eyesmith_probe"
HERMES_SYSTEM = (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with "
    "function signatures within <tools></tools> XML tags:\n<tools>\n{tools}\n</tools>\n\nFor each function "
    "call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n"
    '<tool_call>\n{{"name": <function-name>, "arguments": <args-json-object>}}\n</tool_call>'
)


class ChatTemplate:
    """Renders conversations whole, or what follows a turn of the assistant.

    Args:
        tokenizer: of transformers, with a chat template.
        controls: tokens that no text may spell.
        picture: the token that the template writes for a picture, or None for a model without eyes.
        kwargs: further arguments of the template, such as `enable_thinking`.

    Attributes:
        knows_tools: whether it shows declared tools.
        shows_in_tools: whether it shows pictures of tool messages.
        close: the token that ends a turn of the assistant.

    Raises:
        UsageError: no template, or one to which nothing can be appended.
    """

    def __init__(
        self, tokenizer: Any, controls: Sequence[str], picture: str | None, kwargs: Mapping[str, Any]
    ) -> None:
        if not getattr(tokenizer, "chat_template", None):
            raise UsageError("this tokenizer has no chat template: give one with --chat-template FILE")
        self._tokenizer, self._kwargs = tokenizer, dict(kwargs)
        _check_arguments(str(tokenizer.chat_template), kwargs)
        self._controls = _any_of(controls)
        self._spellings = _any_of([_core(token) for token in controls])
        self.knows_tools = self.shows_in_tools = True
        self._probe(picture)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is done in the template's place."""
        tools = "the template ignores tools: they stand in the system message"
        pictures = "the template drops pictures from tool messages: they follow in a user message"
        said = ((tools, self.knows_tools), (pictures, self.shows_in_tools))
        return tuple(text for text, is_able in said if not is_able)

    def whole(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]) -> tuple[str, int]:
        """A conversation up to where the assistant begins, and how many pictures it has."""
        shaped, tools = self._shaped(messages), [self._sound(tool) for tool in tools]
        if not self.knows_tools and tools:
            listed = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools)
            guide = HERMES_SYSTEM.format(tools=listed)
            if shaped and shaped[0]["role"] == "system":
                shaped[0] = {"role": "system", "content": f"{shaped[0]['content']}\n\n{guide}"}
            else:
                shaped.insert(0, {"role": "system", "content": guide})
        return self._render(shaped, tools if self.knows_tools else None), _pictures(shaped)

    def following(self, messages: Sequence[Message]) -> tuple[str, int]:
        """What stands behind the assistant's closing token, up to where it begins again, and its pictures."""
        shaped = self._shaped(messages)
        return self._after(shaped).removeprefix(self.close), _pictures(shaped)

    def _probe(self, picture: str | None) -> None:
        """Find out what the template can do, and where a turn of the assistant ends."""
        function = {"name": PROBE, "description": "", "parameters": {"type": "object", "properties": {}}}
        asked: list[dict[str, Any]] = [{"role": "user", "content": "?"}]
        self.knows_tools = PROBE in self._render(asked, [{"type": "function", "function": function}])
        found = self._controls.match(self._after(asked))
        if found is None:
            raise UsageError(
                "this chat template closes the assistant's turn with no special token, so that nothing can "
                "be appended exactly: give another with --chat-template FILE"
            )
        self.close = found.group()
        if picture is not None and self.knows_tools:
            parts = [{"type": "text", "text": "-"}, {"type": "image", "image": "0"}]
            self.shows_in_tools = picture in self._after([{"role": "tool", "name": PROBE, "content": parts}])

    def _shaped(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """Messages as this template takes them, with no control token in any text."""
        shaped: list[dict[str, Any]] = []
        waiting: list[dict[str, Any]] = []  # pictures of tool messages, behind the last of a row of them
        for message in messages:
            if waiting and message["role"] != "tool":
                shaped.append({"role": "user", "content": waiting})
                waiting = []
            kept = {name: value for name, value in message.items() if name not in ("tool_calls", "content")}
            made = self._sound(kept)
            content: Any = message.get("content") or ""
            parts = [self._part(part) for part in content] if isinstance(content, list) else None
            if message["role"] == "tool" and parts and not self.shows_in_tools:
                waiting += [part for part in parts if part["type"] == "image"]
                parts = [part for part in parts if part["type"] != "image"]
            made["content"] = self._broken(str(content)) if parts is None else parts
            if not any(part["type"] == "image" for part in parts or []) and parts is not None:
                made["content"] = "\n".join(part["text"] for part in parts)
            if message.get("tool_calls"):
                made["tool_calls"] = [self._call(call) for call in message["tool_calls"]]
            shaped.append(made if self.knows_tools else self._plain(made))
        if waiting:
            shaped.append({"role": "user", "content": waiting})
        return shaped

    def _part(self, part: Mapping[str, Any]) -> dict[str, Any]:
        if part["type"] == "text":
            return {"type": "text", "text": self._broken(part["text"])}
        return {"type": "image", "image": part.get("image", "")}

    def _call(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """A call with its arguments as an object, which templates write out without quoting them twice."""
        function = call["function"]
        named = {"name": function["name"], "arguments": json.loads(function["arguments"])}
        return {"type": "function", "function": self._sound(named)}

    def _plain(self, message: dict[str, Any]) -> dict[str, Any]:
        """For a template that knows no tools: calls as text, results in a user message."""
        if message.get("tool_calls"):
            calls = [json.dumps(call["function"], ensure_ascii=False) for call in message["tool_calls"]]
            said = [message["content"]] if message["content"] else []
            text = "\n".join([*said, *(f"<tool_call>\n{call}\n</tool_call>" for call in calls)])
            return {"role": "assistant", "content": text}
        if message["role"] != "tool":
            return message
        content = message["content"]
        if isinstance(content, str):
            return {"role": "user", "content": f"<tool_response>\n{content}\n</tool_response>"}
        opening, closing = ({"type": "text", "text": f"<{mark}tool_response>"} for mark in ("", "/"))
        return {"role": "user", "content": [opening, *content, closing]}

    def _sound(self, value: Any) -> Any:
        """A value in which no text, no name either, spells a control token."""
        if isinstance(value, str):
            return self._broken(value)
        if isinstance(value, Mapping):
            return {self._broken(str(name)): self._sound(inner) for name, inner in value.items()}
        return [self._sound(inner) for inner in value] if isinstance(value, list | tuple) else value

    def _broken(self, text: str) -> str:
        """The text with a blank inside everything that would be read as a control token."""
        text = clean_text(text)  # or it could not be encoded
        while self._spellings.search(text):
            text = self._spellings.sub(lambda found: f"{found.group()[0]} {found.group()[1:]}", text)
        return text

    def _after(self, messages: Sequence[Message]) -> str:
        talk: list[Any] = [{"role": "user", "content": "?"}, {"role": "assistant", "content": MARK}]
        _, found, tail = self._render([*talk, *messages], None).partition(MARK)
        if not found:
            raise UsageError(
                "this chat template drops what the assistant said: give another with --chat-template"
            )
        return tail

    def _render(self, messages: Sequence[Message], tools: Sequence[Any] | None) -> str:
        try:
            return self._tokenizer.apply_chat_template(
                list(messages), tools=tools, tokenize=False, add_generation_prompt=True, **self._kwargs
            )
        except Exception as error:  # a template may raise whatever it likes
            raise UsageError(
                f"the chat template refuses this conversation ({type(error).__name__}: {error}): give "
                "another with --chat-template FILE"
            ) from None


def _check_arguments(template: str, kwargs: Mapping[str, Any]) -> None:
    """Refuse an argument that the template never names: it would be ignored without a word."""
    words = set(re.findall(r"[A-Za-z_]\w*", template))
    for name in kwargs:
        if name not in words:
            raise UsageError(
                f"the chat template knows no argument {name!r}: leave --template.{name} out."
                f"{did_you_mean(name, words)}"
            )


def _any_of(texts: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(set(texts), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


def _core(token: str) -> str:
    """What must not stand in a text: of `<|x|>` only `|x|`, for a template may write `<` and `>` around it.

    >>> _core("<|im_end|>"), _core("</s>")
    ('|im_end|', '</s>')
    """
    core = token.removeprefix("<").removesuffix(">")
    return core if len(core) > 2 and not core[0].isalnum() and not core[-1].isalnum() else token


def _pictures(messages: Sequence[Message]) -> int:
    contents = [message["content"] for message in messages if isinstance(message["content"], list)]
    return sum(part["type"] == "image" for content in contents for part in content)
