"""Privacy: an episode as it may leave the machine.

Where it came from (model, backend, error, arguments) is told without keys, home paths and host names, as a
run already stores it. What the agent and the environment wrote is touched only where it holds a secret, a
home path or the host name of this machine: an address in a drawing (`http://www.w3.org/2000/svg`) stays.
"""

__all__ = ["Privacy", "told"]

import json
import os
import platform
import re
import socket
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import UsageError
from .columns import TOKEN_NAMES
from .provenance import HOST, LOOPBACK, SECRET_CHARS, scrub, scrub_text
from .record import Episode

REMOVED = "<removed>"
CACHED = 4096
TOLD = ("error", "model", "model_revision", "backend", "policy")
TOLD_DEEP = ("env_kwargs", "sampling", "versions")
WRITTEN = ("messages", "tools", "stop_reason", "why")


class Privacy:
    """Takes out what is private; made once for an export, because it looks at the environment once."""

    def __init__(self) -> None:
        secrets = {
            value: f"${name}"
            for name, value in os.environ.items()
            if len(value) >= SECRET_CHARS and _is_secret(name)
        }
        homes = {str(Path.home()), os.environ.get("HOME", "").rstrip("/")} - {"", "/"}
        hosts = {socket.gethostname(), platform.node()} - LOOPBACK - {""}
        self._instead = {**dict.fromkeys(hosts, HOST), **dict.fromkeys(homes, "~"), **secrets}
        words = [re.escape(value) for value in sorted(secrets, key=len, reverse=True)]
        words += [
            rf"(?<![\w.~-]){re.escape(home)}(?![\w.-])" for home in sorted(homes, key=len, reverse=True)
        ]
        words += [rf"(?<![\w.-]){re.escape(host)}(?![\w-])" for host in sorted(hosts)]
        self._pattern = re.compile("|".join(words)) if words else None
        # What was told of a machine is the same in thousands of episodes.
        self._line = lru_cache(CACHED)(scrub_text)
        self._values = lru_cache(CACHED)(lambda text: told(json.loads(text)))

    def clean(self, episode: Episode) -> tuple[Episode, bool]:
        """An episode without anything private, and whether its tokens had to be left out.

        Tokens spell what was written: where that had to be changed, they would give it away.
        """
        written = {name: self.written(getattr(episode, name)) for name in WRITTEN}
        turns = [
            replace(turn, text=self.written(turn.text), calls=self.written(turn.calls))
            for turn in episode.turns
        ]
        is_touched = turns != episode.turns or any(
            written[name] != getattr(episode, name) for name in ("messages", "tools")
        )
        kept: dict[str, Any] = {name: self._line(getattr(episode, name)) for name in TOLD}
        kept |= {name: self._values(json.dumps(getattr(episode, name))) for name in TOLD_DEEP}
        changes = written | kept | {"turns": turns}
        if is_touched and (episode.completion_ids or episode.prompt_ids):
            changes |= {name: [] for name in TOKEN_NAMES} | {"token_exact": None}
            return replace(episode, **changes), True
        return replace(episode, **changes), False

    def written(self, value: Any) -> Any:
        """What an agent or an environment wrote, of any shape, names of keys included."""
        if isinstance(value, str):
            if self._pattern is None:
                return value
            return self._pattern.sub(lambda found: self._instead[found[0]], value)
        if isinstance(value, Mapping):
            return {self.written(name): self.written(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.written(inner) for inner in value]
        return value


def told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as they may be told; one under the name of a secret is removed."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            kept[str(name)] = told(value)
            continue
        try:
            kept |= scrub({name: json.loads(json.dumps(value))})
        except UsageError:
            kept[str(name)] = REMOVED
    return kept


def _is_secret(name: str) -> bool:
    try:
        scrub({name: "x"})
    except UsageError:
        return True
    return False
