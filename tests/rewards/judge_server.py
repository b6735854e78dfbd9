"""A small OpenAI-compatible judge on the loopback, in a thread, that fails as it is told.

    with JudgeServer('{"score": 3}') as server:
        server.faults += ["500", "ok", Reply(400, {"error": "no"})]
        ... Judge(server.url, "toy").ask(question) ...
        server.asked[0].system, server.asked[0].user, server.asked[0].pictures

Each chat request takes the next fault; without one it is answered by `answer`: a text, or a function from
what was asked to a text or to `(text, {token: logprob})`.
"""

import base64
import contextlib
import json
import math
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np

DRIP_S = 0.02


@dataclass(frozen=True)
class Reply:
    """An answer as it goes over the wire; `declared` is a Content-Length that may lie."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    declared: int | None = None


@dataclass(frozen=True)
class Asked:
    """What came."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def system(self) -> str:
        return self.body["messages"][0]["content"]

    @property
    def parts(self) -> list[dict[str, Any]]:
        """Parts of the first user message."""
        content = self.body["messages"][1]["content"]
        return [{"type": "text", "text": content}] if isinstance(content, str) else content

    @property
    def user(self) -> str:
        return "\n".join(part["text"] for part in self.parts if part["type"] == "text")

    @property
    def pictures(self) -> list[np.ndarray]:
        urls = [part["image_url"]["url"] for part in self.parts if part["type"] == "image_url"]
        return [decoded(url) for url in urls]


Answer = str | tuple[str, Mapping[str, float]]


def decoded(url: str) -> np.ndarray:
    kind, data = url.split(",", 1)
    assert kind == "data:image/png;base64"
    found = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    return cv2.cvtColor(found, cv2.COLOR_BGR2RGB)


def likely(**levels: float) -> dict[str, float]:
    """Logarithms of probabilities: `likely(Yes=0.8, No=0.1)`."""
    return {token: math.log(level) for token, level in levels.items()}


class JudgeServer:
    """The server; a context manager.

    Args:
        answer: what it says.
        key: what `Authorization: Bearer` must carry, or "".
        gives_logprobs: whether they are given where asked for.
        models: names that `/models` lists.

    Attributes:
        faults: what the next chat requests meet: a name of FAULTS, "ok", or a Reply.
        asked: chat requests that came, in order.
        most_at_once: requests that were under way together.
        errors: exceptions of `answer`; the first is raised at the end.
    """

    def __init__(
        self,
        answer: Answer | Callable[[Asked], Answer] = "hello",
        *,
        key: str = "",
        gives_logprobs: bool = True,
        models: tuple[str, ...] = ("toy",),
    ) -> None:
        self.answer, self.key, self.gives_logprobs, self.models = answer, key, gives_logprobs, models
        self.faults: deque[str | Reply] = deque()
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.errors: list[BaseException] = []
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self._under_way = 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.judge = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> "JudgeServer":
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self.errors and kind is None:
            raise self.errors[0]

    @contextlib.contextmanager
    def counted(self) -> Any:
        with self.lock:
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            yield
        finally:
            with self.lock:
                self._under_way -= 1

    def next_fault(self) -> str | Reply:
        with self.lock:
            return self.faults.popleft() if self.faults else "ok"

    def refusal(self, headers: Mapping[str, str]) -> Reply | None:
        sent = headers.get("Authorization", "")
        if self.key and sent != f"Bearer {self.key}":
            return Reply(401, {"error": {"message": f"Incorrect API key: {sent}", "code": "invalid_api_key"}})
        return None

    def reply(self, asked: Asked) -> Reply:
        """The answer where nothing goes wrong."""
        if asked.path != "/v1/chat/completions":
            return Reply(404, {"error": {"message": "no such route"}})
        if asked.body["model"] not in self.models:
            return Reply(404, {"error": {"message": f"The model {asked.body['model']} does not exist"}})
        try:
            said = self.answer(asked) if callable(self.answer) else self.answer
        except BaseException as error:
            self.errors.append(error)
            return Reply(500, {"error": {"message": f"the test's answer failed: {error!r}"}})
        text, levels = said if isinstance(said, tuple) else (said, {})
        choice: dict[str, Any] = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        if asked.body.get("logprobs") and self.gives_logprobs:
            ranked = sorted(levels.items(), key=lambda pair: -pair[1])
            told = [{"token": token, "logprob": level} for token, level in ranked]
            first = {"token": text[:1], "logprob": -20.0, "top_logprobs": told[: asked.body["top_logprobs"]]}
            choice["logprobs"] = {"content": [first]}
        return Reply(body={"object": "chat.completion", "choices": [choice]})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    judge: JudgeServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        judge = self.server.judge
        listed = Reply(body={"object": "list", "data": [{"id": name} for name in judge.models]})
        self.send(judge.refusal(self.headers) or listed)

    def do_POST(self) -> None:
        judge = self.server.judge
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = Asked(self.path, dict(self.headers.items()), body)
        with judge.lock:
            judge.asked.append(asked)
        with judge.counted(), contextlib.suppress(OSError):
            fault = judge.next_fault()
            if isinstance(fault, Reply):
                self.send(fault)
            elif fault == "ok":
                self.send(judge.refusal(asked.headers) or judge.reply(asked))
            else:
                FAULTS[fault](self, judge.closing)

    def send(self, reply: Reply) -> None:
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if reply.declared is None else reply.declared))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection |= reply.declared is not None

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _reply(*arguments: Any, **named: Any) -> Callable[[Any, threading.Event], None]:
    return lambda handler, closing: handler.send(Reply(*arguments, **named))


def _reset(handler: Any, closing: threading.Event) -> None:
    """Hang up with an RST."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.wfile.close()
    handler.rfile.close()
    handler.connection.close()
    handler.close_connection = True


def _half_chunked(handler: Any, closing: threading.Event) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b'9\r\n{"choices\r\n40\r\n": [')
    handler.close_connection = True


def _hang(handler: Any, closing: threading.Event) -> None:
    closing.wait(60)
    handler.close_connection = True


def _drip(handler: Any, closing: threading.Event) -> None:
    """A byte now and then: no single read ever times out."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not closing.wait(DRIP_S):
        handler.wfile.write(b" ")


def _drip_headers(handler: Any, closing: threading.Event) -> None:
    handler.send_response(200)
    handler.flush_headers()
    while not closing.wait(DRIP_S):
        handler.wfile.write(b"X-More: 1\r\n")


def _endless(handler: Any, closing: threading.Event) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.close_connection = True
    while not closing.is_set():
        handler.wfile.write(b" " * 65536)


FAULTS: dict[str, Callable[[Any, threading.Event], None]] = {
    "500": _reply(500, {"error": {"message": "CUDA error: device-side assert triggered"}}),
    "429": _reply(429, {"error": {"message": "slow down"}}, {"Retry-After": "0.05"}),
    "half": _reply(200, b'{"choices": [{"mess', declared=4000),
    "half_chunked": _half_chunked,
    "hang": _hang,
    "drip": _drip,
    "drip_headers": _drip_headers,
    "endless": _endless,
    "reset": _reset,
    "not_json": _reply(200, b"<html>It works!</html>"),
    "list": _reply(200, []),
    "empty": _reply(200, b""),
    "no_choices": _reply(200, {"choices": []}),
    "null_message": _reply(200, {"choices": [{"message": None, "finish_reason": "stop"}]}),
    "parts": _reply(200, {"choices": [{"message": {"content": [{"type": "text", "text": "yes"}]}}]}),
    "refuse": _reply(400, {"error": {"message": "maximum context length is 4096 tokens"}}),
    "garbage": _reply(200, {"choices": [{"message": {"content": "Lovely slides! 10 out of 10."}}]}),
    "redirect": _reply(307, b"", {"Location": "http://127.0.0.2:9/v1/chat/completions"}),
}
