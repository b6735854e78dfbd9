"""A small OpenAI-compatible server on the loopback, in a thread, that fails as it is told.

    with ChatServer(answer=play) as server:
        server.faults += ["500", "ok", Reply(400, {"error": "no"})]
        ... EngineSettings(base_url=server.url, model="toy", backend="openai") ...
        server.requests[0].body["messages"]

Each chat request takes the next fault; without one it is answered by `answer(messages, tools)`, which returns
an assistant message such as `calling("zoom_in", image="v0")`, so that a test plays an expert through it. Ids
are bytes of a rendered conversation: each prompt begins with the last prompt and its answer, if nobody edits
them.
"""

import contextlib
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Message = Mapping[str, Any]
Answer = Callable[[Sequence[Message], Sequence[Mapping[str, Any]]], Mapping[str, Any]]

DRIP_S = 0.02
LOGPROB = -0.25


@dataclass(frozen=True)
class Reply:
    """An answer as it goes over the wire; `declared` is a Content-Length that may lie."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    declared: int | None = None


@dataclass(frozen=True)
class Request:
    """What came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


Fault = str | Reply | Callable[[dict[str, Any]], Any]


def calling(name: str, content: str | None = None, /, **arguments: Any) -> dict[str, Any]:
    """An assistant message with one call."""
    function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    call = {"id": "call_x", "type": "function", "function": function}
    return {"role": "assistant", "content": content, "tool_calls": [call]}


def saying(text: str) -> dict[str, Any]:
    """An assistant message without a call."""
    return {"role": "assistant", "content": text}


class ChatServer:
    """The server; a context manager.

    Args:
        answer: makes the assistant's message.
        key: what `Authorization: Bearer` must carry, or "".
        models: names that `/models` lists; None answers 404.
        context: most bytes of prompt and completion, as vLLM tells and refuses them; None for no limit.
        refuses: fields that are refused by name with 400, as OpenAI does.
        gives_ids: whether `return_token_ids` is understood.

    Attributes:
        faults: what the next chat requests meet: a name of FAULTS, "ok", a Reply, or a function from the body
            of the answer to another, or to a Reply.
        requests: what came, in order; of any route.
        most_at_once: chat requests that were under way together.
        listed: what `/models` answers instead.
        errors: exceptions of `answer`; the first is raised at the end.
    """

    def __init__(
        self,
        answer: Answer = lambda messages, tools: saying("hello"),
        *,
        key: str = "",
        models: Iterable[str] | None = ("toy",),
        context: int | None = None,
        refuses: Iterable[str] = (),
        gives_ids: bool = True,
    ) -> None:
        self.answer, self.key, self.context, self.gives_ids = answer, key, context, gives_ids
        self.models = None if models is None else list(models)
        self.refuses = set(refuses)
        self.faults: deque[Fault] = deque()
        self.requests: list[Request] = []
        self.most_at_once = 0
        self.listed: Reply | None = None
        self.errors: list[BaseException] = []
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self._under_way = 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.chat = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def chats(self) -> list[dict[str, Any]]:
        """Bodies of the chat requests."""
        return [request.body for request in self.requests if request.method == "POST"]

    def __enter__(self) -> "ChatServer":
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self.errors and kind is None:
            raise self.errors[0]

    def next_fault(self) -> Fault:
        with self.lock:
            return self.faults.popleft() if self.faults else "ok"

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

    def reply(self, request: Request) -> Reply:
        """The answer where nothing goes wrong."""
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            sent = request.headers.get("Authorization", "")
            return _refusal(
                401, f"Incorrect API key provided: {sent.removeprefix('Bearer ')}", "invalid_api_key"
            )
        if request.method == "GET":
            return self._listed(request.path)
        if request.path != "/v1/chat/completions":
            return _refusal(404, "no such route")
        for name in sorted(self.refuses & set(request.body)):
            other = " Use 'max_completion_tokens' instead." if name == "max_tokens" else ""
            return _refusal(400, f"Unsupported parameter: '{name}'.{other}", "unsupported_parameter")
        return self._chat(request.body)

    def _listed(self, path: str) -> Reply:
        if self.listed is not None:
            return self.listed
        if path != "/v1/models" or self.models is None:
            return _refusal(404, "Not Found")
        card: dict[str, Any] = {"object": "model"} | (
            {} if self.context is None else {"max_model_len": self.context}
        )
        return Reply(body={"object": "list", "data": [card | {"id": name} for name in self.models]})

    def _chat(self, body: Mapping[str, Any]) -> Reply:
        prompt = list(rendered(body["messages"]))
        if self.context is not None and len(prompt) >= self.context:
            return _refusal(
                400,
                f"This model's maximum context length is {self.context} tokens. However, your prompt "
                f"contains {len(prompt)} input tokens, which exceeds this limit even without output tokens.",
                "BadRequestError",
            )
        try:
            message = dict(self.answer(body["messages"], body.get("tools", [])))
        except BaseException as error:
            self.errors.append(error)
            return _refusal(500, f"the test's answer failed: {error!r}")
        ids = list(_said(message))
        choice: dict[str, Any] = {"index": 0, "message": message}
        choice["finish_reason"] = "tool_calls" if message.get("tool_calls") else "stop"
        if body.get("logprobs"):
            choice["logprobs"] = {"content": [{"token": chr(i), "logprob": LOGPROB} for i in ids]}
        answer: dict[str, Any] = {"object": "chat.completion", "choices": [choice]}
        if body.get("return_token_ids") and self.gives_ids:
            choice["token_ids"] = ids
            answer["prompt_token_ids"] = prompt
        answer["usage"] = {"prompt_tokens": len(prompt), "completion_tokens": len(ids)}
        return Reply(body=answer)


def rendered(messages: Sequence[Message]) -> bytes:
    """The conversation as the ids of the prompt, up to where the assistant speaks."""
    told = b"".join(f"<{message['role']}>".encode() + _said(message) for message in messages)
    return told + b"<assistant>"


def _said(message: Message) -> bytes:
    calls = [call["function"] for call in message.get("tool_calls") or []]
    content = message.get("content") or ""
    if isinstance(content, list):
        content = [part.get("text") or sha256(json.dumps(part).encode()).hexdigest()[:8] for part in content]
    return json.dumps([content, [[call["name"], call["arguments"]] for call in calls]]).encode() + b"\n"


def _refusal(status: int, text: str, code: str | None = None) -> Reply:
    return Reply(status, {"error": {"message": text, "type": "invalid_request_error", "code": code}})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    chat: ChatServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self.send(self.server.chat.reply(self._record(None)))

    def do_POST(self) -> None:
        chat = self.server.chat
        request = self._record(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        with chat.counted(), contextlib.suppress(OSError):
            fault = chat.next_fault()
            if isinstance(fault, Reply):
                self.send(fault)
            elif fault == "ok":
                self.send(chat.reply(request))
            elif isinstance(fault, str):
                FAULTS[fault](self, chat.closing)
            else:
                changed = fault(chat.reply(request).body)
                self.send(changed if isinstance(changed, Reply) else Reply(body=changed))

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

    def _record(self, body: Any) -> Request:
        request = Request(self.command, self.path, dict(self.headers.items()), body)
        with self.server.chat.lock:
            self.server.chat.requests.append(request)
        return request


def _reply(*arguments: Any, **named: Any) -> Callable[[Any, threading.Event], None]:
    return lambda handler, closing: handler.send(Reply(*arguments, **named))


def _reset(handler: Any, closing: threading.Event) -> None:
    """Hang up with an RST."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # The handler's files hold the descriptor open, so it is closed under them.
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


def _endless(handler: Any, closing: threading.Event) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.close_connection = True
    while not closing.is_set():
        handler.wfile.write(b" " * 65536)


def _drip_headers(handler: Any, closing: threading.Event) -> None:
    handler.send_response(200)
    handler.flush_headers()
    while not closing.wait(DRIP_S):
        handler.wfile.write(b"X-More: 1\r\n")


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
    "redirect": _reply(307, b"", {"Location": "http://127.0.0.2:9/v1/chat/completions"}),
}
