"""The key of an endpoint: from the environment, only where it may go.

The variable meant for an endpoint (`EYESMITH_API_KEY` of a model, `EYESMITH_JUDGE_KEY` of a judge) goes to
whatever address is named; else `OPENAI_API_KEY`, which many environments hold for other programs, goes to
OpenAI's own hosts only. No key ever travels over plain http to another machine.
"""

__all__ = ["ApiKey"]

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import UsageError

OWN_ENV = "EYESMITH_API_KEY"
OPENAI_ENV = "OPENAI_API_KEY"
OPENAI_HOST = "openai.com"
# As many characters of a key in a row tell something of it.
TELLING_CHARS = 8


@dataclass(frozen=True)
class ApiKey:
    """A key and where it came from; shows itself nowhere.

    Args:
        env: name of the variable, or "" without a key.
        is_withheld: `OPENAI_API_KEY` is set, but not meant for this host.
        own_env: the variable to set where none was found.
    """

    env: str = ""
    is_withheld: bool = False
    own_env: str = OWN_ENV
    _value: str = field(default="", repr=False)

    @classmethod
    def towards(cls, scheme: str, host: str, is_local: bool, *, own_env: str = OWN_ENV) -> "ApiKey":
        """The key for a host, or none.

        Args:
            scheme: `http` or `https`.
            host: its name.
            is_local: whether it is this machine.
            own_env: the variable meant for this endpoint.

        Raises:
            UsageError: the key of `own_env` would travel in the open, or cannot stand in a header.
        """
        own = os.environ.get(own_env, "").strip()
        if own:
            if scheme != "https" and not is_local:
                raise UsageError(
                    f"{own_env} is set, and base_url is plain http to another machine: all on the way could "
                    f"read the key. Use https, a tunnel to 127.0.0.1, or unset {own_env}"
                )
            return cls(own_env, own_env=own_env, _value=_checked(own, own_env))
        openai = os.environ.get(OPENAI_ENV, "").strip()
        name = host.lower().rstrip(".")
        if openai and scheme == "https" and (name == OPENAI_HOST or name.endswith("." + OPENAI_HOST)):
            return cls(OPENAI_ENV, own_env=own_env, _value=_checked(openai, OPENAI_ENV))
        return cls(is_withheld=bool(openai), own_env=own_env)

    @property
    def headers(self) -> Mapping[str, str]:
        """The header that carries it; none without a key."""
        return {"Authorization": f"Bearer {self._value}"} if self._value else {}

    @property
    def advice(self) -> str:
        """What to do where it was refused."""
        if self.env:
            return f"It refuses the key in {self.env}"
        withheld = f" ({OPENAI_ENV} is set, but goes to {OPENAI_HOST} only)" if self.is_withheld else ""
        return f"It wants a key: set {self.own_env} in the environment{withheld}"

    def hidden_in(self, text: str) -> str:
        """A text with the key, and every telling piece of it, replaced by the variable's name.

        Endpoints repeat keys in errors, also cut short.
        """
        value = self._value
        if not value:
            return text
        text = text.replace(value, f"${self.env}")
        pieces = {value[i : i + TELLING_CHARS] for i in range(len(value) - TELLING_CHARS + 1)}
        return " ".join(
            f"${self.env}" if any(piece in word for piece in pieces) else word for word in text.split(" ")
        )


def _checked(value: str, name: str) -> str:
    if not value.isascii() or not value.isprintable() or " " in value:
        raise UsageError(f"{name} holds a character that no key has: a space, a control or a non-ASCII one")
    return value
