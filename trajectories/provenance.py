"""Provenance: what a record may tell of the machine that made it.

Package versions and the git commit may be told; keys, home paths and host names never are.
"""

__all__ = ["git_commit", "package_versions", "scrub", "scrub_text"]

import os
import platform
import re
import socket
import subprocess
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from ..errors import UsageError

SECRET_WORDS = frozenset(
    {"key", "apikey", "token", "secret", "password", "passwd", "credential", "credentials", "authorization"}
)
SECRET_CHARS = 6
GIT_TIMEOUT_S = 5.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "[::1]"})
HOST = "<host>"

URL = re.compile(
    r"\b([a-z][a-z0-9+.-]*://)(?:[^\s/@'\"]*@)?(\[[0-9a-f:]+\]|[^\s/:?#'\"]+)((?::\d+)?)([^\s'\"?#]*)[^\s'\"]*"
)
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def scrub(config: Mapping[str, Any]) -> dict[str, Any]:
    """A resolved config as it may be stored: plain JSON values, with nothing private in any string.

    Numbers, booleans and None pass under any name (`max_tokens`), and so do names of environment variables
    (`token_env`).

    Raises:
        UsageError: a text under a name such as `api_key`, `hf_token` or `clientSecret`.

    >>> scrub({"model": "m", "base_url": "http://me:pw@10.0.0.7:8000/v1?k=1", "max_tokens": 512})
    {'model': 'm', 'base_url': 'http://<host>:8000/v1', 'max_tokens': 512}
    """
    return {str(name): _scrub(value, str(name)) for name, value in config.items()}


def scrub_text(text: str) -> str:
    """A text without secrets of the environment, home paths and host names.

    >>> scrub_text(f"no such file: {Path.home()}/data/a.png")
    'no such file: ~/data/a.png'
    """
    for name, value in os.environ.items():
        if len(value) >= SECRET_CHARS and _is_secret(name):
            text = text.replace(value, f"${name}")
    text = URL.sub(_without_host, text)
    for home in sorted({str(Path.home()), os.environ.get("HOME", "").rstrip("/")}, key=len, reverse=True):
        if len(home) > 1:
            text = re.sub(rf"(?<![\w.~-]){re.escape(home)}(?![\w.-])", "~", text)
    text = re.sub(r"(?<![\w.~-])/(?:home|Users)/[^/\s'\":]+", "~", text)
    for host in {socket.gethostname(), platform.node()} - LOOPBACK - {""}:
        text = re.sub(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", HOST, text)
    return text


def package_versions(names: Iterable[str] = ()) -> dict[str, str]:
    """Versions of Python, eyesmith and the named packages; what is not installed is left out.

    >>> "python" in package_versions()
    True
    """
    found = {"python": platform.python_version()}
    for name in ("eyesmith", "gymnasium", "numpy", "pillow", "opencv-python-headless", *names):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def git_commit(folder: Path) -> str:
    """Commit of the working tree that a folder lies in, `+` appended where it was changed, or ""."""
    head = _git(folder, "rev-parse", "HEAD")
    if not head:
        return ""
    return head + ("+" if _git(folder, "status", "--porcelain", "--untracked-files=no") else "")


def _scrub(value: Any, path: str) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _scrub(inner, f"{path}.{name}") for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_scrub(inner, path) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted(_scrub(inner, path) for inner in value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Path):
        value = str(value)
    if not isinstance(value, str):
        raise UsageError(f"config {path!r} must be a JSON value, got {type(value).__name__}")
    name = path.rpartition(".")[2]
    if value and _is_secret(name) and not name.lower().endswith("_env"):
        raise UsageError(
            f"config {path!r} looks like a secret, and a run folder must hold none: pass it in an "
            f"environment variable instead"
        )
    return scrub_text(value)


def _is_secret(name: str) -> bool:
    return any(word.lower() in SECRET_WORDS for word in WORD.findall(name))


def _without_host(match: re.Match[str]) -> str:
    scheme, host, port, path = match.groups()
    return f"{scheme}{host if host.lower() in LOOPBACK else HOST}{port}{path}"


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=GIT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
