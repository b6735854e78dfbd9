"""The form in which a conversation goes to a chat endpoint."""

import asyncio
import base64
import json
from typing import Any

import cv2
import numpy as np
import pytest

from eyesmith.agents.engines import chat_messages as room
from eyesmith.agents.engines.chat_messages import PictureCache, chat_messages
from eyesmith.agents.engines.payload import Verbatim, encoded
from eyesmith.errors import UsageError
from eyesmith.tools.tool import Image

URLS = {name: Verbatim(f"data:{name}".encode()) for name in "abcd"}
CALL = {"id": "call_0", "type": "function", "function": {"name": "zoom", "arguments": "{}"}}


def picture(value: int, height: int = 4) -> Image:
    pixels = np.random.default_rng(value).integers(0, 256, (height, 6, 3), np.uint8)
    return Image(pixels, f"v{value}")


def shown(name: str, label: str = "") -> dict[str, Any]:
    return {"type": "image", "image": name, "label": label}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def url(name: str, **more: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": URLS[name], **more}}


def result(number: int, content: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": f"call_{number}", "name": "zoom", "content": content}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def said(content: str, *calls: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content} | ({"tool_calls": list(calls)} if calls else {})


TALK = [
    {"role": "system", "content": "Look."},
    user([text("Which?"), shown("a", "v0")]),
    said("", CALL, CALL),
    result(0, [text("here"), shown("b", "v1"), text("there")]),
    result(1, [shown("c")]),
    said("hm"),
    user([text("no call"), shown("d", "v3")]),
    said("so", CALL),
    result(2, "nothing"),
    said("", CALL),
    result(3, [shown("a", "v0")]),
]


def test_pictures_of_tools_go_into_a_user_message_behind_all_of_them() -> None:
    assert chat_messages(TALK, URLS) == [
        {"role": "system", "content": "Look."},
        user([text("Which?"), url("a")]),
        said("", CALL, CALL) | {"content": None},
        result(0, "here\n<image 1: v1>\nthere"),
        result(1, "<image 2>"),
        user([text("<image 1: v1>"), url("b"), text("<image 2>"), url("c")]),
        said("hm"),
        user([text("no call"), url("d")]),
        said("so", CALL),
        result(2, "nothing"),
        said("", CALL) | {"content": None},
        result(3, "<image 4: v0>"),
        user([text("<image 4: v0>"), url("a")]),
    ]


def test_what_a_user_says_between_tools_is_said_behind_them() -> None:
    """As `result_messages(images_in_user=True)` writes it."""
    talk = [
        said("", CALL),
        result(0, "x"),
        user([shown("a")]),
        result(1, "y"),
        user([shown("b")]),
        user("go on"),
    ]
    assert chat_messages(talk, URLS)[1:] == [
        result(0, "x"),
        result(1, "y"),
        user([url("a"), url("b"), text("go on")]),
    ]
    talk = [said("", CALL), result(0, "x"), user("one"), user("two"), said("z"), user("three"), user("four")]
    assert chat_messages(talk, URLS)[1:] == [
        result(0, "x"),
        user("one\ntwo"),
        said("z"),
        user("three"),
        user("four"),
    ]


def test_the_form_only_ever_appends() -> None:
    whole = chat_messages(TALK, URLS)
    for end, message in enumerate(TALK):
        if message["role"] == "assistant":
            before = chat_messages(TALK[:end], URLS)
            assert whole[: len(before)] == before
            assert whole[len(before)]["role"] == "assistant"


def test_nothing_that_came_is_changed() -> None:
    kept = repr(TALK)
    for message in chat_messages(TALK, URLS):
        message["content"] = "changed"
    assert repr(TALK) == kept


def test_pictures_stay_in_tool_messages_where_an_endpoint_takes_them() -> None:
    told = chat_messages(TALK, URLS, images_in_tools=True, detail="low")
    assert [message["role"] for message in told] == [message["role"] for message in TALK]
    assert told[3]["content"] == [text("here"), url("b", detail="low"), text("there")]
    assert told[1]["content"] == [text("Which?"), url("a", detail="low")]
    assert told[2]["content"] is None


def test_the_detail_of_every_picture() -> None:
    told = chat_messages(TALK, URLS, detail="high")
    pictures = [
        part for message in told if isinstance(message["content"], list) for part in message["content"]
    ]
    details = [part["image_url"]["detail"] for part in pictures if part["type"] == "image_url"]
    assert details == ["high"] * 5


def test_a_picture_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="picture b"):
        chat_messages(TALK, {"a": URLS["a"]})


def test_a_picture_is_encoded_once_and_keeps_every_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = []
    real = room.data_uri
    monkeypatch.setattr(room, "data_uri", lambda image: encoded.append(image.sha256) or real(image))
    one, two = picture(1), picture(2)
    cache = PictureCache()

    async def twice() -> list[dict[str, Verbatim]]:
        first = await cache.urls([one, two, one])
        again = await asyncio.gather(*(cache.urls([Image(one.array.copy()), two]) for _ in range(3)))
        return [first, *again]

    found = asyncio.run(twice())
    assert all(urls == found[0] for urls in found)
    assert encoded == [one.sha256, two.sha256]
    for image in (one, two):
        head, _, data = found[0][image.sha256].text.partition(b",")
        assert head == b"data:image/png;base64"
        pixels = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR_RGB)
        assert np.array_equal(pixels, image.array)


def test_the_cache_lets_go_of_what_was_used_longest_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = []
    form = {"type": "image_url", "image_url": {"url": "x" * 100}}
    monkeypatch.setattr(room, "data_uri", lambda image: encoded.append(image.label) or form)
    cache = PictureCache(max_bytes=250)

    async def use(*names: int) -> dict[str, Verbatim]:
        return await cache.urls([picture(name) for name in names])

    asyncio.run(use(1, 2))
    asyncio.run(use(1, 3))
    asyncio.run(use(1, 3, 2))
    assert encoded == ["v1", "v2", "v3", "v2"]
    assert cache._bytes == 200
    # More than fits is still given whole.
    assert len(asyncio.run(use(1, 2, 3, 4, 5))) == 5
    assert cache._bytes == 200


def test_two_turns_that_encode_one_picture_at_once_count_it_once() -> None:
    cache = PictureCache()

    async def at_once() -> None:
        await asyncio.gather(*(cache.urls([picture(1, 400)]) for _ in range(4)))

    asyncio.run(at_once())
    assert cache._bytes == sum(len(url.text) for url in cache._held.values())


def test_a_body_is_what_json_would_write() -> None:
    pictures = [base64.b64encode(bytes([i]) * 999).decode() for i in range(3)]
    hard = ['"quoted\\"', "\u2028 \x00 \ud800", {"url": ""}, 1.5, None, True]

    def body(form: Any) -> dict[str, Any]:
        return {
            "a": [form(pictures[2]), hard, form(pictures[0])],
            "b": {"c": form(pictures[1])},
            "d": form(""),
        }

    assert encoded(body(lambda text: Verbatim(text.encode()))) == json.dumps(body(str)).encode()
    assert encoded({"a": hard}) == json.dumps({"a": hard}).encode()
    assert encoded({}) == b"{}"
    with pytest.raises(TypeError, match="not set"):
        encoded({"a": {1}})
