"""An endpoint: JSON over HTTP, with time limits and readable errors.

Knows no route and no model: `openai_chat.py` and `vllm_server.py` say what is asked. Nothing is retried here;
an error tells whose fault it was, and how long the endpoint asked to be left alone.

The address is given with or without `/v1`. A path that begins with a slash stands behind the server's root,
any other behind the API: with `http://127.0.0.1:8000`, `/tokenize` is `http://127.0.0.1:8000/tokenize` and
`chat/completions` is `http://127.0.0.1:8000/v1/chat/completions`.

Proxies of the environment (`HTTPS_PROXY`, `NO_PROXY` ...) are used, but never towards this machine itself.
"""

__all__ = ["MAX_ANSWER_BYTES", "Endpoint", "RefusedError"]

import asyncio
import ipaddress
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from ...errors import EngineError, MissingExtraError, UsageError
from ...trajectories.provenance import scrub_text
from ..policy import EngineSettings
from .api_key import ApiKey
from .payload import encoded

if TYPE_CHECKING:
    from httpx2 import AsyncClient, Response

MAX_ANSWER_BYTES = 64 << 20
MAX_ERROR_BYTES = 64 << 10
MAX_READ_CHARS = 4000
MAX_SAID_CHARS = 200
CONNECT_TIMEOUT_S = 10.0
GET_TIMEOUT_S = 30.0
# Shorter than the 5 s of uvicorn, which vLLM and most others run on: the client must be the first to hang up.
KEEPALIVE_S = 3.0
MAX_WAIT_S = 120.0

TRY_AGAIN = frozenset({408, 409, 425, 429})
# Said with 429, though waiting does not help.
OUT_OF_CREDIT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
VERSION = re.compile(r"v\d+[a-z0-9]*")


class RefusedError(UsageError):
    """An endpoint refuses a request for good: the same request would be refused again.

    Attributes:
        status: HTTP status.
        code: the endpoint's name for the error, or "".
        said: what it said as one line, scrubbed, up to 4,000 characters.
    """

    def __init__(self, text: str, *, status: int, code: str = "", said: str = "") -> None:
        super().__init__(text)
        self.status, self.code, self.said = status, code, said


class Endpoint:
    """A server that takes and gives JSON.

    Every request raises:
        EngineError: out of reach, too slow, overloaded or broken, or half an answer; may be asked again.
        RefusedError: the key, the route, the model or the request itself is wrong.

    Args:
        settings: address, concurrency and time limit.

    Raises:
        UsageError: no usable address, or a key that must not be sent there.
        MissingExtraError: httpx2 is not installed.
    """

    def __init__(self, settings: EngineSettings) -> None:
        url = _address(settings.base_url)
        self._root, self._api = _roots(url)
        self._timeout_s = settings.timeout_s
        is_local = _is_this_machine(url.hostname or "")
        self._key = ApiKey.towards(url.scheme, url.hostname or "", is_local)
        self._client = _client(settings.concurrency, self._key, trust_env=not is_local)
        self.name = scrub_text(self._api)

    async def post(self, path: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Send an object and wait for one, `settings.timeout_s` in all.

        Args:
            path: see above.
            payload: JSON values, and `payload.Verbatim`.
        """
        answer = await self._ask("POST", path, encoded(payload), self._timeout_s)
        return self._object(path, answer)

    async def get(self, path: str) -> dict[str, Any]:
        """Look something up, within 30 s; a bare list comes as `{"data": list}`."""
        answer = await self._ask("GET", path, None, min(GET_TIMEOUT_S, self._timeout_s))
        return {"data": answer} if isinstance(answer, list) else self._object(path, answer)

    async def close(self) -> None:
        """Hang up; a second call does nothing."""
        await self._client.aclose()

    async def _ask(self, method: str, path: str, content: bytes | None, limit_s: float) -> Any:
        import httpx2

        if self._client.is_closed:
            raise EngineError(f"the connection to {self.name} was closed")
        url = self._root + path if path.startswith("/") else f"{self._api}/{path}"
        try:
            async with (
                asyncio.timeout(limit_s),
                self._client.stream(method, url, content=content) as response,
            ):
                body = await _body(response, MAX_ANSWER_BYTES if response.is_success else MAX_ERROR_BYTES)
        except TimeoutError:
            raise EngineError(f"{self.name} gave no whole answer to {path} within {limit_s:g} s") from None
        except httpx2.TimeoutException:
            raise EngineError(f"{self.name} could not be connected to in time") from None
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            said = self._readable(str(error) or type(error).__name__)
            raise EngineError(f"{self.name} broke off or cannot be reached: {_cut(said)}") from None
        if not response.is_success:
            raise self._error(path, response, body)
        if len(body) > MAX_ANSWER_BYTES:
            raise EngineError(f"{self.name} answered {path} with more than {MAX_ANSWER_BYTES >> 20} MiB")
        return self._parsed(path, body)

    def _parsed(self, path: str, body: bytes) -> Any:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            began = _cut(self._readable(body[:MAX_READ_CHARS].decode(errors="replace"))) or "nothing"
            raise EngineError(f"{self.name} answered {path} with no valid JSON: {began}") from None

    def _object(self, path: str, answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise EngineError(f"{self.name} answered {path} with no JSON object, but {type(answer).__name__}")
        return answer

    def _error(self, path: str, response: "Response", body: bytes) -> EngineError | RefusedError:
        status = response.status_code
        text, code = _complaint(body)
        said = self._readable(text)
        line = f"{self.name} answered {path} with {status}" + (f": {_cut(said)}" if said else "")
        if (status in TRY_AGAIN or status >= 500) and code not in OUT_OF_CREDIT:
            return EngineError(line, wait_s=_wait_s(response.headers.get("retry-after", "")))
        return RefusedError(f"{line}. {self._advice(status)}", status=status, code=code, said=said)

    def _advice(self, status: int) -> str:
        if status == 401:
            return self._key.advice
        if status < 400:
            return "It redirects, which is not followed: give the final address as base_url"
        return {
            402: "The account has no credit",
            403: "Its key may not use this model or route",
            404: "Check base_url, with the path that the API stands under, and the name of the model",
            405: "Check base_url: this address is no such API",
            413: "Send fewer or smaller pictures, or raise the limit of the server or the proxy before it",
            429: "The account has no credit left: waiting does not help",
        }.get(status, "The same request would be refused again: check the settings")

    def _readable(self, text: str) -> str:
        """A text from outside as one printable line with nothing private in it."""
        printable = "".join(char if char.isprintable() else " " for char in text[:MAX_READ_CHARS])
        return scrub_text(self._key.hidden_in(" ".join(printable.split())))


def _address(base_url: str) -> SplitResult:
    # What came is not repeated: it may hold a password.
    example = "give it as http://127.0.0.1:8000/v1 (--base-url)"
    if not base_url:
        raise UsageError(f"an endpoint needs an address: {example}")
    try:
        url = urlsplit(base_url)
        is_whole = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        raise UsageError(f"base_url is no address: {example}") from None
    if not is_whole or not base_url.isprintable() or " " in base_url:
        raise UsageError(f"base_url must be an http or https address with a host: {example}")
    if "@" in url.netloc or url.query or url.fragment:
        raise UsageError(
            "base_url must be an address alone, without name, password, query or fragment; a key goes into "
            "the environment variable EYESMITH_API_KEY"
        )
    return url


def _roots(url: SplitResult) -> tuple[str, str]:
    """The server's root and the API's; an address without a version gets `/v1`.

    >>> _roots(urlsplit("http://127.0.0.1:8000"))
    ('http://127.0.0.1:8000', 'http://127.0.0.1:8000/v1')
    >>> _roots(urlsplit("https://api.example.com/v1beta/openai/"))
    ('https://api.example.com/v1beta/openai', 'https://api.example.com/v1beta/openai')
    """
    whole = f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}"
    segments = url.path.rstrip("/").split("/")
    if not any(VERSION.fullmatch(segment) for segment in segments):
        return whole, whole + "/v1"
    return (whole.rpartition("/")[0] if VERSION.fullmatch(segments[-1]) else whole), whole


def _is_this_machine(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
    return address.is_loopback or address.is_unspecified


def _client(concurrency: int, key: ApiKey, *, trust_env: bool) -> "AsyncClient":
    try:
        import httpx2
    except ImportError:
        raise MissingExtraError('An endpoint needs httpx2: pip install "eyesmith[openai]"') from None
    try:
        return httpx2.AsyncClient(
            headers={"Content-Type": "application/json", "Accept-Encoding": "gzip", **key.headers},
            timeout=httpx2.Timeout(None, connect=CONNECT_TIMEOUT_S),
            limits=httpx2.Limits(
                max_connections=concurrency,
                max_keepalive_connections=concurrency,
                keepalive_expiry=KEEPALIVE_S,
            ),
            follow_redirects=False,
            trust_env=trust_env,
        )
    except (ImportError, ValueError, httpx2.InvalidURL) as error:
        raise UsageError(
            f"the proxy of the environment (HTTPS_PROXY, ALL_PROXY ...) is unusable: {scrub_text(str(error))}"
        ) from None


async def _body(response: "Response", limit: int) -> bytes:
    """The body, or a little more than `limit` bytes of it."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > limit:
            break
    return bytes(body)


def _complaint(body: bytes) -> tuple[str, str]:
    """What the body of an error says, and its code, in the forms that servers use."""
    text = body[:MAX_ERROR_BYTES].decode(errors="replace")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text, ""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        inner = value.get("error") or value
        if isinstance(inner, dict):
            names = (inner.get("code"), inner.get("type"))
            said = inner.get("message") or inner.get("detail") or text
            code = next((name for name in names if isinstance(name, str)), "")
            return said if isinstance(said, str) else json.dumps(said), code
        return str(inner), ""
    return text, ""


def _wait_s(retry_after: str) -> float | None:
    """Seconds to wait: a number or a date, at most MAX_WAIT_S.

    >>> _wait_s("2.5"), _wait_s("86400"), _wait_s("soon"), _wait_s("Fri, 01 Jan 2010 00:00:00 GMT")
    (2.5, 120.0, None, 0.0)
    """
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            date = parsedate_to_datetime(retry_after)
        except ValueError:
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), MAX_WAIT_S) if isfinite(seconds) else None


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SAID_CHARS else text[: MAX_SAID_CHARS - 1] + "…"
