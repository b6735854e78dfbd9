"""One request to a judge: JSON over HTTP, within a time limit.

Knows no question. Nothing is retried here; an error tells whose fault it was, and how long the endpoint asked
to be left alone. One connection a request: answers take seconds, and a worker may sleep for minutes between
two of them. Redirects are not followed, answers have a largest size, and the proxies of the environment
(`HTTPS_PROXY`, `NO_PROXY` ...) are used, but never towards this machine itself.
"""

__all__ = ["MAX_ANSWER_BYTES", "JudgeConnection"]

import base64
import json
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from ..errors import JudgeError, UsageError
from .address import Address
from .api_key import ApiKey
from .complaint import (
    MAX_ERROR_BYTES,
    MAX_READ_CHARS,
    advice,
    complaint,
    may_pass,
    one_line,
    shortened,
    wait_s,
)
from .json_reply import mapping_in

MAX_ANSWER_BYTES = 4 << 20
# What is wrong with the question rather than with the settings: others may pass.
OF_THE_QUESTION = frozenset({400, 413, 414, 422, 431})


@dataclass(frozen=True)
class JudgeConnection:
    """An endpoint that takes and gives JSON; starts nothing.

    Args:
        name: what errors call it.
        address: where it is.
        key: what it is shown.
        timeout_s: for a whole request.
    """

    name: str
    address: Address
    key: ApiKey
    timeout_s: float

    def ask(self, path: str, payload: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send an object, or nothing, and wait for one.

        Args:
            path: behind the API's address, such as `chat/completions`.
            payload: JSON values; None: a GET.

        Raises:
            JudgeError: out of reach, too slow, overloaded or broken, half an answer, or a refused question.
            UsageError: the key, the route or the model is wrong: every question would be refused.
        """
        status, headers, body = self._exchanged(path, payload)
        if not 200 <= status < 300:
            raise self._error(path, status, headers.get("retry-after") or "", body)
        if len(body) > MAX_ANSWER_BYTES:
            raise JudgeError(f"{self.name} answered {path} with more than {MAX_ANSWER_BYTES >> 20} MiB")
        try:
            answer: Any = json.loads(body)
        except (ValueError, RecursionError):
            began = self._readable(body[:MAX_READ_CHARS].decode(errors="replace")) or "nothing"
            raise JudgeError(f"{self.name} answered {path} with no valid JSON: {shortened(began)}") from None
        if not isinstance(answer, dict):
            raise JudgeError(f"{self.name} answered {path} with no JSON object, but {type(answer).__name__}")
        return dict(mapping_in(answer))

    def _exchanged(
        self, path: str, payload: Mapping[str, Any] | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        connection, target, headers = self._opened(f"{self.address.api}/{path}")
        headers |= {"Accept": "application/json", "User-Agent": "eyesmith", **self.key.headers}
        content = None
        if payload is not None:
            content = json.dumps(payload).encode()
            headers["Content-Type"] = "application/json"
        # A time limit on the socket holds for each read alone: a byte now and then would pass it for ever.
        limit = _Limit(connection, self.timeout_s)
        try:
            with limit:
                connection.request("GET" if content is None else "POST", target, content, headers)
                response = connection.getresponse()
                body = _body(response)
                status, told = response.status, {k.lower(): v for k, v in response.getheaders()}
        except (OSError, HTTPException, ValueError) as error:
            if limit.is_over or isinstance(error, TimeoutError):
                raise self._late(path) from None
            said = shortened(self._readable(str(error) or type(error).__name__))
            raise JudgeError(f"{self.name} broke off or cannot be reached: {said}") from None
        finally:
            connection.close()
        if limit.is_over:
            raise self._late(path)
        return status, told, body

    def _late(self, path: str) -> JudgeError:
        return JudgeError(f"{self.name} gave no whole answer to {path} within {self.timeout_s:g} s")

    def _opened(self, url: str) -> tuple[HTTPConnection, str, dict[str, str]]:
        """A connection that is not made yet, what to ask it for, and headers for a proxy."""
        target = urlsplit(url)
        kind = HTTPSConnection if target.scheme == "https" else HTTPConnection
        host, path = target.hostname or "", quote(target.path, safe="/%:@!$&'()*+,;=~")
        proxy = None if self.address.is_local or proxy_bypass(host) else _proxy(target.scheme)
        if proxy is None:
            return kind(host, target.port, timeout=self.timeout_s), path, {}
        proxy_host, proxy_port, proxy_headers = proxy
        connection = kind(proxy_host, proxy_port, timeout=self.timeout_s)
        if target.scheme == "https":
            connection.set_tunnel(host, target.port, proxy_headers)
            return connection, path, {}
        return connection, f"http://{target.netloc}{path}", proxy_headers

    def _error(self, path: str, status: int, retry_after: str, body: bytes) -> JudgeError | UsageError:
        text, code = complaint(body)
        said = self._readable(text)
        line = f"{self.name} answered {path} with {status}" + (f": {shortened(said)}" if said else "")
        if may_pass(status, code):
            return JudgeError(line, wait_s=wait_s(retry_after))
        line += f". {advice(status, self.key)}"
        return JudgeError(line, reason="refused") if status in OF_THE_QUESTION else UsageError(line)

    def _readable(self, text: str) -> str:
        return one_line(text, self.key)


class _Limit:
    """Ends a connection when its time is over, whatever it is waiting for."""

    def __init__(self, connection: HTTPConnection, limit_s: float) -> None:
        self._connection = connection
        self._timer = threading.Timer(limit_s, self._end)
        self._timer.daemon = True
        self.is_over = False

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        self.is_over = True
        held: socket.socket | None = self._connection.sock
        if held is not None:
            with suppress(OSError):
                socket.socket.shutdown(held, socket.SHUT_RDWR)  # under TLS, and past its farewell


def _body(response: HTTPResponse) -> bytes:
    """The body, or a little more than it may have."""
    limit = MAX_ANSWER_BYTES if 200 <= response.status < 300 else MAX_ERROR_BYTES
    body = response.read(limit + 1)
    if len(body) <= limit and response.length:
        raise HTTPException(f"{response.length} bytes of the answer are missing")
    return body


def _proxy(scheme: str) -> tuple[str, int, dict[str, str]] | None:
    proxies = getproxies()
    text = proxies.get(scheme) or proxies.get("all")
    if not text:
        return None
    try:
        url = urlsplit(text if "://" in text else f"http://{text}")
        port = url.port or 80
    except ValueError:
        url, port = None, 80
    if url is None or url.scheme != "http" or not url.hostname:
        # What came is not repeated: it may hold a password.
        raise UsageError(
            "the proxy of the environment (HTTPS_PROXY, ALL_PROXY ...) is unusable for a judge: give it as "
            "http://HOST:PORT, or name the judge's host in NO_PROXY"
        )
    if url.username is None:
        return url.hostname, port, {}
    held = f"{unquote(url.username)}:{unquote(url.password or '')}".encode()
    return url.hostname, port, {"Proxy-Authorization": f"Basic {base64.b64encode(held).decode()}"}
