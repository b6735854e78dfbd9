"""Turns as OpenAI messages, with images as references or data URIs.

Only ever appends: an earlier message is never changed, so that a template renders the same prefix again. Tool
results stand in `tool` messages; their images follow in the same message as content parts, or in a `user`
message of their own where a chat template drops images from tool messages.
"""

__all__ = ["assistant_message", "data_uri", "first_messages", "image_reference", "result_messages"]

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

import cv2

from ..tools.tool import Image, Part, ToolCall
from .spaces import clean_text

ImageForm = Callable[[Image], dict[str, Any]]


def image_reference(image: Image) -> dict[str, Any]:
    """A content part that names the image by its sha256, as trajectories store it."""
    return {"type": "image", "image": image.sha256, "label": image.label}


def data_uri(image: Image) -> dict[str, Any]:
    """A content part with the image itself, as PNG in a data URI, as OpenAI's API takes it."""
    _, data = cv2.imencode(
        ".png", cv2.cvtColor(image.array, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 1]
    )
    url = "data:image/png;base64," + base64.b64encode(data.tobytes()).decode()
    return {"type": "image_url", "image_url": {"url": url}}


def first_messages(
    system_prompt: str, parts: Sequence[Part], form: ImageForm = image_reference
) -> list[dict[str, Any]]:
    """System and user message of an episode."""
    system = [{"role": "system", "content": system_prompt}] if system_prompt else []
    return [*system, {"role": "user", "content": content(parts, form)}]


def assistant_message(calls: Sequence[ToolCall], text: str | None, first_id: int) -> dict[str, Any]:
    """The agent's message: its raw text, and the calls that were read from it.

    Args:
        calls: the calls, in order; none where the message held none.
        text: what the agent wrote, or None where it called without a text.
        first_id: number of the first call in the episode; ids are `call_<number>`.
    """
    message: dict[str, Any] = {"role": "assistant", "content": clean_text(text or "")}
    if calls:
        message["tool_calls"] = [
            {
                "id": f"call_{first_id + i}",
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": json.dumps(dict(call.arguments), ensure_ascii=False),
                },
            }
            for i, call in enumerate(calls)
        ]
    return message


def result_messages(
    parts: Sequence[Part],
    call_id: str | None,
    name: str,
    form: ImageForm = image_reference,
    *,
    images_in_user: bool = False,
) -> list[dict[str, Any]]:
    """What came back: a tool message, or a user message where there was no call to answer.

    Args:
        parts: texts and images of the turn.
        call_id: id of the call, or None.
        name: the tool's name.
        form: how an image is written.
        images_in_user: put images into a user message after the tool's.
    """
    if call_id is None:
        return [{"role": "user", "content": content(parts, form)}]
    images = [part for part in parts if isinstance(part, Image)]
    inside = [part for part in parts if not isinstance(part, Image)] if images_in_user else parts
    messages = [{"role": "tool", "tool_call_id": call_id, "name": name, "content": content(inside, form)}]
    if images and images_in_user:
        messages.append({"role": "user", "content": content(images, form)})
    return messages


def content(parts: Sequence[Part], form: ImageForm) -> str | list[dict[str, Any]]:
    """Content of a message: a plain text where there is no image; texts side by side are lines of one."""
    made: list[dict[str, Any]] = []
    lines: list[str] = []
    for part in parts:
        if not isinstance(part, Image):
            lines.append(part)
            continue
        made += [{"type": "text", "text": "\n".join(lines)}] if lines else []
        made.append(form(part))
        lines = []
    if not made:
        return "\n".join(lines)
    return [*made, {"type": "text", "text": "\n".join(lines)}] if lines else made
