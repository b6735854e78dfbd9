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
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import EngineError, MissingExtraError, UsageError
from ...rewards.address import Address
from ...rewards.api_key import ApiKey
from ...rewards.complaint import (
    MAX_ERROR_BYTES,
    MAX_READ_CHARS,
    advice,
    complaint,
    may_pass,
    one_line,
    shortened,
    wait_s,
)
from ...trajectories.provenance import scrub_text
from ..policy import EngineSettings
from .payload import encoded

if TYPE_CHECKING:
    from httpx2 import AsyncClient, Response

MAX_ANSWER_BYTES = 64 << 20
CONNECT_TIMEOUT_S = 10.0
GET_TIMEOUT_S = 30.0
# Shorter than the 5 s of uvicorn, which vLLM and most others run on: the client must be the first to hang up.
KEEPALIVE_S = 3.0


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
        address = Address.of(settings.base_url)
        self._root, self._api = address.root, address.api
        self._timeout_s = settings.timeout_s
        self._key = ApiKey.towards(address.scheme, address.host, address.is_local)
        self._client = _client(settings.concurrency, self._key, trust_env=not address.is_local)
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
            raise EngineError(f"{self.name} broke off or cannot be reached: {shortened(said)}") from None
        if not response.is_success:
            raise self._error(path, response, body)
        if len(body) > MAX_ANSWER_BYTES:
            raise EngineError(f"{self.name} answered {path} with more than {MAX_ANSWER_BYTES >> 20} MiB")
        return self._parsed(path, body)

    def _parsed(self, path: str, body: bytes) -> Any:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            began = shortened(self._readable(body[:MAX_READ_CHARS].decode(errors="replace"))) or "nothing"
            raise EngineError(f"{self.name} answered {path} with no valid JSON: {began}") from None

    def _object(self, path: str, answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise EngineError(f"{self.name} answered {path} with no JSON object, but {type(answer).__name__}")
        return answer

    def _error(self, path: str, response: "Response", body: bytes) -> EngineError | RefusedError:
        status = response.status_code
        text, code = complaint(body)
        said = self._readable(text)
        line = f"{self.name} answered {path} with {status}" + (f": {shortened(said)}" if said else "")
        if may_pass(status, code):
            return EngineError(line, wait_s=wait_s(response.headers.get("retry-after", "")))
        return RefusedError(f"{line}. {advice(status, self._key)}", status=status, code=code, said=said)

    def _readable(self, text: str) -> str:
        """A text from outside as one printable line with nothing private in it."""
        return scrub_text(one_line(text, self._key))


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
