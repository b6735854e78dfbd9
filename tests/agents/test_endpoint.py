"""The HTTP ground: whose fault, how long, and no key in any text."""

import asyncio
import gzip
import logging
import re
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import perf_counter
from typing import Any

import pytest

from eyesmith.agents.engines import endpoint as room
from eyesmith.agents.engines.endpoint import Endpoint, RefusedError
from eyesmith.agents.policy import EngineSettings
from eyesmith.errors import EngineError, MissingExtraError, UsageError

from .endpoint import FAULTS, ChatServer, Reply

KEY = "sk-planted-7f3a9c5e1b2d4680"
CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture(autouse=True)
def no_keys_and_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EYESMITH_API_KEY", "OPENAI_API_KEY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def settings(url: str, **changes: Any) -> EngineSettings:
    told = {"model": "toy", "backend": "openai", "base_url": url, "timeout_s": 5.0}
    return EngineSettings(**told | changes)


def asked(url: str, path: str = "chat/completions", payload: Any = None, **changes: Any) -> dict[str, Any]:
    async def ask() -> dict[str, Any]:
        endpoint = Endpoint(settings(url, **changes))
        try:
            return await (endpoint.get(path) if payload is None else endpoint.post(path, payload))
        finally:
            await endpoint.close()
            await endpoint.close()

    return asyncio.run(ask())


def failed(fault: Any, **changes: Any) -> EngineError:
    with ChatServer() as server:
        server.faults.append(fault)
        with pytest.raises(EngineError) as caught:
            asked(server.url, payload=CHAT, **changes)
    return caught.value


def refused(fault: Any, **changes: Any) -> RefusedError:
    with ChatServer() as server:
        server.faults.append(fault)
        with pytest.raises(RefusedError) as caught:
            asked(server.url, payload=CHAT, **changes)
    return caught.value


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("change", [lambda url: url, lambda url: url + "/", lambda url: url[:-3]])
def test_the_address_is_taken_with_and_without_a_version(change: Callable[[str], str]) -> None:
    with ChatServer() as server:
        answer = asked(change(server.url), payload=CHAT)
        assert answer["choices"][0]["message"]["content"] == "hello"
        assert asked(change(server.url), "models")["data"][0]["id"] == "toy"
        assert asked(change(server.url), "/v1/models")["data"][0]["id"] == "toy"
        with pytest.raises(RefusedError, match="404"):
            asked(change(server.url), "/tokenize")
    paths = [request.path for request in server.requests]
    assert paths == ["/v1/chat/completions", "/v1/models", "/v1/models", "/tokenize"]
    assert server.requests[0].body == CHAT


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "file:///etc/passwd",
        "ftp://host/v1",
        "http://",
        "http:///v1",
        "http://host:99999/v1",
        "http://[::1/v1",
        "http://ho st/v1",
        "http://host/v1\r\nX: y",
        f"http://me:{KEY}@host/v1",
        f"https://host/v1?key={KEY}",
        f"https://host/v1#{KEY}",
    ],
)
def test_no_other_address_is_taken_and_none_is_repeated(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Endpoint(settings(url))
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("500", r"answered chat/completions with 500: CUDA error"),
        ("429", r"with 429: slow down"),
        ("half", r"broke off"),
        ("half_chunked", r"broke off"),
        ("reset", r"broke off"),
        ("not_json", r"no valid JSON: <html>It works!</html>"),
        ("empty", r"no valid JSON: nothing"),
        ("list", r"no JSON object, but list"),
        (Reply(200, b'{"a": "\xff"}'), r"no valid JSON"),
        (Reply(200, b"[" * 200_000), r"no valid JSON"),
        (Reply(200, b"12"), r"no JSON object, but int"),
        (Reply(503, b""), r"with 503$"),
        (Reply(502, b"<html><b>Bad\r\n\x1b[31mGateway"), r"502: <html><b>Bad \[31mGateway$"),
        (Reply(408, {"detail": "late"}), r"408: late"),
        (Reply(409, {"error": "busy"}), r"409: busy"),
        (Reply(425, {"message": "early"}), r"425: early"),
    ],
)
def test_trouble_that_may_pass(fault: Any, says: str) -> None:
    line = str(failed(fault))
    assert re.search(says, line), line
    assert line.startswith("http://127.0.0.1:")
    assert "\n" not in line


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"no_choices", "null_message", "redirect"}))
def test_the_next_request_is_answered_whatever_went_wrong(fault: str) -> None:
    async def ask(url: str) -> str:
        endpoint = Endpoint(settings(url, timeout_s=0.3, concurrency=1))
        with pytest.raises(EngineError):
            await endpoint.post("chat/completions", CHAT)
        answer = await endpoint.post("chat/completions", CHAT)
        await endpoint.close()
        return answer["choices"][0]["message"]["content"]

    with ChatServer() as server:
        server.faults.append(fault)
        assert asyncio.run(ask(server.url)) == "hello"


@pytest.mark.parametrize("fault", ["hang", "drip", "drip_headers"])
def test_nothing_holds_a_turn_longer_than_its_time(fault: str) -> None:
    started = perf_counter()
    assert "gave no whole answer to chat/completions within 0.3 s" in str(failed(fault, timeout_s=0.3))
    assert 0.3 <= perf_counter() - started < 3.0


def test_a_server_that_takes_no_connection() -> None:
    with pytest.raises(EngineError, match="broke off or cannot be reached") as caught:
        asked(f"http://127.0.0.1:{unused_port()}", payload=CHAT)
    assert caught.value.wait_s is None


def test_a_closed_endpoint_says_so() -> None:
    async def ask(url: str) -> None:
        endpoint = Endpoint(settings(url))
        await endpoint.close()
        await endpoint.post("chat/completions", CHAT)

    with ChatServer() as server, pytest.raises(EngineError, match="was closed"):
        asyncio.run(ask(server.url))


def test_an_answer_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_ANSWER_BYTES", 2 << 20)
    padding = b'{"a": "' + b" " * (3 << 20) + b'"}'
    assert "more than 2 MiB" in str(failed(Reply(200, padding)))
    bomb = gzip.compress(padding)
    assert len(bomb) < 10_000
    assert "more than 2 MiB" in str(failed(Reply(200, bomb, {"Content-Encoding": "gzip"})))
    assert "with 500: " in str(failed(Reply(500, padding)))
    assert "more than 2 MiB" in str(failed("endless"))


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [("7", 7, 7), ("0.25", 0.25, 0.25), ("-3", 0, 0), ("90000", 120, 120), ("0", 0, 0)],
)
def test_how_long_to_wait(header: str, low: float, high: float) -> None:
    for status in (429, 503):
        wait_s = failed(Reply(status, b"", {"Retry-After": header})).wait_s
        assert wait_s is not None
        assert low <= wait_s <= high


def test_how_long_to_wait_as_a_date() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=30)
    wait_s = failed(Reply(429, b"", {"Retry-After": format_datetime(soon, usegmt=True)})).wait_s
    assert wait_s is not None
    assert 20 < wait_s <= 30
    late = failed(Reply(429, b"", {"Retry-After": format_datetime(soon - timedelta(days=1), usegmt=True)}))
    assert late.wait_s == 0.0
    for nonsense in ("soon", "nan", "inf", "Fri, 99 Foo 2026"):
        assert failed(Reply(429, b"", {"Retry-After": nonsense})).wait_s is None
    assert failed(Reply(429)).wait_s is None


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (400, "would be refused again"),
        (401, "It wants a key: set EYESMITH_API_KEY"),
        (402, "no credit"),
        (403, "may not use"),
        (404, "Check base_url"),
        (405, "Check base_url"),
        (413, "fewer or smaller pictures"),
        (422, "would be refused again"),
    ],
)
def test_what_no_second_try_would_mend(status: int, advice: str) -> None:
    error = refused(Reply(status, {"error": {"message": "no " * 500, "code": "because"}}))
    assert (error.status, error.code) == (status, "because")
    assert advice in str(error)
    assert len(str(error)) < 420
    assert len(error.said) > 1000


def test_a_redirect_is_not_followed() -> None:
    assert "It redirects" in str(refused("redirect"))


def test_without_credit_waiting_does_not_help() -> None:
    body = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
    assert "no credit left" in str(refused(Reply(429, body)))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "a", "type": "b", "code": None}}, "a"),
        ({"object": "error", "message": "a", "type": "b", "code": 400}, "a"),
        ({"detail": "a"}, "a"),
        ({"error": "a"}, "a"),
        ([{"error": {"message": "a", "code": 400}}], "a"),
        ({"detail": [{"loc": ["body", "seed"]}]}, '[{"loc": ["body", "seed"]}]'),
        (b"a", "a"),
        (b"", ""),
        ({}, "{}"),
        ([], "[]"),
        ({"error": {"message": ["a"]}}, '["a"]'),
    ],
)
def test_what_an_error_says_in_the_forms_that_servers_use(body: Any, said: str) -> None:
    assert refused(Reply(400, body)).said == said


def test_requests_share_as_many_connections_as_there_are_turns_at_once() -> None:
    async def ask(url: str) -> None:
        endpoint = Endpoint(settings(url, concurrency=3))
        await asyncio.gather(*(endpoint.post("chat/completions", CHAT) for _ in range(12)))
        await endpoint.close()

    together = threading.Barrier(3)

    def answer(messages: Any, tools: Any) -> dict[str, Any]:
        together.wait(5)
        return {"role": "assistant", "content": "hello"}

    with ChatServer(answer) as server:
        asyncio.run(ask(server.url))
    assert server.most_at_once == 3
    assert len(server.chats) == 12


def test_without_httpx2_the_error_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with pytest.raises(MissingExtraError, match=r'pip install "eyesmith\[openai\]"'):
        Endpoint(settings("http://127.0.0.1:8000"))


def test_proxies_never_stand_before_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with ChatServer() as proxy, ChatServer() as server:
        for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        asked(server.url, payload=CHAT)
        asked(server.url.replace("127.0.0.1", "localhost"), payload=CHAT)
        assert (len(server.requests), len(proxy.requests)) == (2, 0)
        with pytest.raises(RefusedError, match="404"):
            asked("http://model-server.invalid/v1", payload=CHAT)
        assert proxy.requests[0].path == "http://model-server.invalid/v1/chat/completions"


def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", f"gopher://me:{KEY}@proxy:1")
    with pytest.raises(UsageError, match="proxy of the environment") as caught:
        Endpoint(settings("http://model-server.invalid/v1"))
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "env", "is_sent"),
    [
        ("http://127.0.0.1:1/v1", "EYESMITH_API_KEY", True),
        ("http://[::1]:1/v1", "EYESMITH_API_KEY", True),
        ("http://localhost:1/v1", "EYESMITH_API_KEY", True),
        ("https://gateway.example.com", "EYESMITH_API_KEY", True),
        ("https://api.openai.com/v1", "EYESMITH_API_KEY", True),
        ("https://api.openai.com/v1", "OPENAI_API_KEY", True),
        ("https://eu.api.openai.com./v1", "OPENAI_API_KEY", True),
        ("http://api.openai.com/v1", "OPENAI_API_KEY", False),
        ("https://api.openai.com.example.com/v1", "OPENAI_API_KEY", False),
        ("https://notopenai.com/v1", "OPENAI_API_KEY", False),
        ("https://gateway.example.com/v1", "OPENAI_API_KEY", False),
        ("http://127.0.0.1:1/v1", "OPENAI_API_KEY", False),
        ("http://10.0.0.7:8000/v1", "OPENAI_API_KEY", False),
    ],
)
def test_where_a_key_goes(monkeypatch: pytest.MonkeyPatch, url: str, env: str, is_sent: bool) -> None:
    monkeypatch.setenv(env, f" {KEY}\r\n")
    endpoint = Endpoint(settings(url))
    assert endpoint._client.headers.get("authorization") == (f"Bearer {KEY}" if is_sent else None)
    assert KEY not in repr(endpoint) + repr(vars(endpoint)) + repr(endpoint._client.headers)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.7:8000/v1", "http://gpu7/v1", "http://127.0.0.1.example.com/v1"]
)
def test_no_key_travels_in_the_open(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("EYESMITH_API_KEY", KEY)
    with pytest.raises(UsageError, match="plain http to another machine") as caught:
        Endpoint(settings(url))
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schl\u00fcssel", "nul\x7f"])
def test_a_key_that_no_header_can_carry(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("EYESMITH_API_KEY", key)
    with pytest.raises(UsageError, match="EYESMITH_API_KEY holds a character") as caught:
        Endpoint(settings("https://gateway.example.com"))
    assert key not in str(caught.value)


def test_the_right_key_opens_and_the_advice_knows_which_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with ChatServer(key=KEY) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        with pytest.raises(RefusedError, match=r"set EYESMITH_API_KEY .*OPENAI_API_KEY is set, but"):
            asked(server.url, payload=CHAT)
        monkeypatch.setenv("EYESMITH_API_KEY", KEY[:-1])
        with pytest.raises(RefusedError, match="refuses the key in EYESMITH_API_KEY"):
            asked(server.url, payload=CHAT)
        monkeypatch.setenv("EYESMITH_API_KEY", KEY)
        assert asked(server.url, payload=CHAT)["choices"]


@pytest.mark.parametrize(
    "fault",
    [
        Reply(401, {"error": {"message": f"Incorrect API key provided: {KEY}."}}),
        Reply(401, {"error": {"message": f"Incorrect API key provided: {KEY[:13]}*********{KEY[-4:]}"}}),
        Reply(400, {"error": {"message": "x" * 180 + KEY, "code": "because"}}),
        Reply(500, f"<pre>Authorization: Bearer {KEY}</pre>".encode()),
        Reply(500, b"y" * 190 + KEY.encode()),
        Reply(500, b"z" * 3990 + KEY.encode()),
        Reply(200, f"Bearer {KEY}".encode()),
        Reply(307, b"", {"Location": f"https://elsewhere/?key={KEY}"}),
    ],
)
def test_a_planted_key_is_in_no_text(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Reply
) -> None:
    monkeypatch.setenv("EYESMITH_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    with ChatServer() as server:
        server.faults.append(fault)
        with pytest.raises((EngineError, UsageError)) as caught:
            asked(server.url, payload=CHAT)
    assert server.requests[0].headers["Authorization"] == f"Bearer {KEY}"
    error = caught.value
    texts = [str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error))]
    # What the server itself sent stands in the debug records of the HTTP library; the request's key does not.
    texts += [text for text in caplog.messages if "response_headers" not in text]
    for text in texts:
        assert KEY[:8] not in text
        assert KEY[-8:] not in text
