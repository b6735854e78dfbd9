"""What an HTTP answer without success says, and what to do about it.

Servers say it in many forms; here it becomes one line, a code and a piece of advice. Knows no library: what
judges (`judge_http.py`) and models (`agents/engines/endpoint.py`) share.
"""

__all__ = [
    "MAX_ERROR_BYTES",
    "MAX_READ_CHARS",
    "advice",
    "complaint",
    "may_pass",
    "one_line",
    "shortened",
    "wait_s",
]

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

from .api_key import ApiKey
from .json_reply import list_in, mapping_in

MAX_ERROR_BYTES = 64 << 10
MAX_READ_CHARS = 4000
MAX_SAID_CHARS = 200
MAX_WAIT_S = 120.0

TRY_AGAIN = frozenset({408, 409, 425, 429})
# Said with 429, though waiting does not help.
OUT_OF_CREDIT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


def complaint(body: bytes) -> tuple[str, str]:
    """What the body of an error says, and its code, in the forms that servers use.

    >>> complaint(b'{"error": {"message": "slow down", "type": "rate_limit", "code": null}}')
    ('slow down', 'rate_limit')
    """
    text = body[:MAX_ERROR_BYTES].decode(errors="replace")
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return text, ""
    if listed := list_in(value):
        value = listed[0]
    if not isinstance(value, dict):
        return text, ""
    told = mapping_in(value)
    inner: Any = told.get("error") or told
    if not isinstance(inner, dict):
        return str(inner), ""
    held = mapping_in(inner)
    said: object = held.get("message") or held.get("detail") or text
    code = next((name for name in (held.get("code"), held.get("type")) if isinstance(name, str)), "")
    return said if isinstance(said, str) else json.dumps(said), code


def may_pass(status: int, code: str) -> bool:
    """Whether the same request may succeed later.

    >>> may_pass(503, ""), may_pass(429, "insufficient_quota"), may_pass(404, "")
    (True, False, False)
    """
    return (status in TRY_AGAIN or status >= 500) and code not in OUT_OF_CREDIT


def advice(status: int, key: ApiKey) -> str:
    """What to do where the same request would be refused again."""
    if status == 401:
        return key.advice
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


def wait_s(retry_after: str) -> float | None:
    """Seconds to wait, from the header Retry-After: a number or a date, at most MAX_WAIT_S.

    >>> wait_s("2.5"), wait_s("86400"), wait_s("soon"), wait_s("Fri, 01 Jan 2010 00:00:00 GMT")
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


def one_line(text: str, key: ApiKey) -> str:
    r"""A text from outside as one printable line, up to 4,000 characters, without the key.

    >>> one_line("Bad\r\n\x1b[31mGateway", ApiKey())
    'Bad [31mGateway'
    """
    printable = "".join(char if char.isprintable() else " " for char in text[:MAX_READ_CHARS])
    return key.hidden_in(" ".join(printable.split()))


def shortened(text: str) -> str:
    """The beginning of a line, 200 characters at most."""
    return text if len(text) <= MAX_SAID_CHARS else text[: MAX_SAID_CHARS - 1] + "…"
