"""Where an endpoint is: its address, read from a setting.

Knows no route and no model; what judges (`judge.py`) and models (`agents/engines/endpoint.py`) share.
"""

__all__ = ["Address"]

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from ..errors import UsageError

VERSION = re.compile(r"v\d+[a-z0-9]*")


@dataclass(frozen=True)
class Address:
    """An http or https address of a server and of the API on it.

    Args:
        root: of the server, without a slash at the end.
        api: of the API; an address without a version gets `/v1`.
        scheme: `http` or `https`.
        host: its name or number.
        is_local: whether it is this machine.

    >>> Address.of("http://127.0.0.1:8000")
    Address(root='http://127.0.0.1:8000', api='http://127.0.0.1:8000/v1', scheme='http', host='127.0.0.1', \
is_local=True)
    >>> address = Address.of("https://api.example.com/v1beta/openai/")
    >>> address.root == address.api == "https://api.example.com/v1beta/openai"
    True
    """

    root: str
    api: str
    scheme: str
    host: str
    is_local: bool

    @classmethod
    def of(
        cls, base_url: str, *, key_env: str = "EYESMITH_API_KEY", given_as: str = "--base-url"
    ) -> "Address":
        """Read an address, with or without `/v1`.

        Args:
            base_url: such as `http://127.0.0.1:8000/v1`.
            key_env: the environment variable that an error tells to put a key into.
            given_as: where a user gives it, for errors.

        Raises:
            UsageError: no address, or one that holds a name, a password, a query or a fragment. It is not
                repeated, because it may hold a secret.
        """
        example = f"give it as http://127.0.0.1:8000/v1 ({given_as})"
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
                "base_url must be an address alone, without name, password, query or fragment; a key goes "
                f"into the environment variable {key_env}"
            )
        host = url.hostname or ""
        return cls(*_roots(url), url.scheme, host, _is_this_machine(host))


def _roots(url: SplitResult) -> tuple[str, str]:
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
