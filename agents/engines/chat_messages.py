"""Messages as a chat endpoint takes them, pictures as data URIs.

Only the form changes; the same messages always come out the same, so that what follows never alters what an
endpoint has cached.
"""

__all__ = ["PictureCache", "chat_messages"]

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from ...envs.messages import data_uri
from ...errors import UsageError
from ...tools.tool import Image
from .payload import Verbatim

MAX_CACHED_BYTES = 256 << 20


class PictureCache:
    """Pictures as PNG data URIs, each encoded once while it is in use: a picture is sent again every turn.

    Args:
        max_bytes: of the data URIs that are kept.
    """

    def __init__(self, max_bytes: int = MAX_CACHED_BYTES) -> None:
        self._max_bytes = max_bytes
        self._held: OrderedDict[str, Verbatim] = OrderedDict()
        self._bytes = 0

    async def urls(self, images: Sequence[Image]) -> dict[str, Verbatim]:
        """sha256 -> data URI of every picture; new ones are encoded on a thread."""
        found = {}
        for image in images:
            name = image.sha256
            if name in self._held:
                self._held.move_to_end(name)
                found[name] = self._held[name]
            elif name not in found:
                part = await asyncio.to_thread(data_uri, image)
                found[name] = Verbatim(part["image_url"]["url"].encode())
                self._hold(name, found[name])
        return found

    def _hold(self, name: str, url: Verbatim) -> None:
        if name not in self._held:  # another turn may have encoded it meanwhile
            self._held[name] = url
            self._bytes += len(url.text)
        while self._bytes > self._max_bytes:
            self._bytes -= len(self._held.popitem(last=False)[1].text)


def chat_messages(
    messages: Sequence[Mapping[str, Any]],
    urls: Mapping[str, Verbatim],
    *,
    detail: str = "",
    images_in_tools: bool = False,
) -> list[dict[str, Any]]:
    """The conversation with its pictures.

    OpenAI takes texts alone in tool messages, and all tool messages of a turn in a row. A picture of one goes
    into a user message behind them, a mark in its old and its new place says which it is; so does whatever a
    user message said between them.

    Args:
        messages: OpenAI style; pictures are parts `{"type": "image", "image": sha256, "label": ...}`.
        urls: sha256 -> data URI.
        detail: `low`, `high` or `auto` for every picture; "" leaves it to the endpoint.
        images_in_tools: leave pictures in tool messages, for endpoints that take them there.

    Raises:
        UsageError: a picture without a data URI.
    """
    form = _Form(urls, detail)
    if images_in_tools:
        return [form.plain(message) for message in messages]
    told: list[dict[str, Any]] = []
    behind: list[dict[str, Any]] = []  # what a user message says once the last tool has spoken
    for message in messages:
        is_after_tool = bool(told) and told[-1]["role"] == "tool"
        if message["role"] == "tool":
            text, moved = form.tool(message)
            told.append(text)
            behind += moved
        elif message["role"] == "user" and is_after_tool:
            behind += form.parts(message)
        else:
            told += _user(behind)
            behind = []
            told.append(form.plain(message))
    return told + _user(behind)


class _Form:
    """Parts of messages, with their pictures counted."""

    def __init__(self, urls: Mapping[str, Verbatim], detail: str) -> None:
        self._urls = urls
        self._more = {"detail": detail} if detail else {}
        self._count = 0

    def plain(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """A message with its pictures where they stand."""
        content = message.get("content")
        if isinstance(content, list):
            return {**message, "content": self.parts(message)}
        # Some endpoints refuse an empty text beside calls; OpenAI means null.
        return {**message, "content": None} if not content and message.get("tool_calls") else dict(message)

    def parts(self, message: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The content of a message as parts."""
        content = message["content"]
        if isinstance(content, str):
            return [_text(content)]
        return [self._picture(part) if part["type"] == "image" else dict(part) for part in content]

    def tool(self, message: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """A tool message as text, and what a user message says instead."""
        content = message["content"]
        if isinstance(content, str):
            return dict(message), []
        lines, moved = [], []
        for part in content:
            if part["type"] == "image":
                label = part.get("label")
                mark = f"<image {self._count}: {label}>" if label else f"<image {self._count}>"
                lines.append(mark)
                moved += [_text(mark), self._picture(part)]
            else:
                lines.append(part["text"])
        return {**message, "content": "\n".join(lines)}, moved

    def _picture(self, part: Mapping[str, Any]) -> dict[str, Any]:
        self._count += 1
        name = part["image"]
        if name not in self._urls:
            raise UsageError(f"a message shows picture {name[:12]}, which is not among the prompt's images")
        return {"type": "image_url", "image_url": {"url": self._urls[name], **self._more}}


def _user(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not parts:
        return []
    if any(part["type"] != "text" for part in parts):
        return [{"role": "user", "content": parts}]
    return [{"role": "user", "content": "\n".join(part["text"] for part in parts)}]


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
