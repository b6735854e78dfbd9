"""A judge's answers, remembered: in memory, and on disk if asked for.

One file an answer, named by the hash of all that the answer depends on. Many processes may share a folder:
files appear whole or not at all, the first answer to a question stands, and a file that is damaged counts as
none and is written anew. Knows no endpoint.
"""

__all__ = ["JudgeCache"]

import json
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp
from typing import Any
from weakref import WeakValueDictionary

from ..errors import StorageError
from .json_reply import mapping_in
from .question import Answer

MAX_HELD = 4096
MAX_FILE_BYTES = 16 << 20
FORM = 1


class JudgeCache:
    """Answers by key.

    Args:
        folder: where they are kept, made when the first is written; None: in memory alone.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._held: OrderedDict[str, Answer] = OrderedDict()
        self._lock = threading.Lock()
        self._turns: WeakValueDictionary[str, _Turn] = WeakValueDictionary()

    def turn(self, key: str) -> "_Turn":
        """A lock for a question, so that of many threads with the same one only one asks it."""
        with self._lock:
            turn = self._turns.get(key)
            if turn is None:
                turn = self._turns[key] = _Turn()
            return turn

    def find(self, key: str) -> Answer | None:
        """The answer, or None where it is unknown or its file is damaged."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        found = None if self._folder is None else _read(_path(self._folder, key), key)
        if found is not None:
            self._hold(key, found)
        return found

    def keep(self, key: str, answer: Answer) -> Answer:
        """Remember an answer; another process may have been first, then its answer stands and is returned.

        Raises:
            StorageError: the file cannot be written.
        """
        if self._folder is not None:
            try:
                answer = _write(_path(self._folder, key), key, answer)
            except OSError as error:
                raise StorageError(
                    f"a judge's answer cannot be written to its cache_dir: {error.strerror or error}"
                ) from None
        self._hold(key, answer)
        return answer

    def _hold(self, key: str, answer: Answer) -> None:
        with self._lock:
            self._held[key] = replace(answer, is_cached=True)
            while len(self._held) > MAX_HELD:
                self._held.popitem(last=False)


class _Turn:
    """A lock that can be referred to weakly."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _path(folder: Path, key: str) -> Path:
    return folder / key[:2] / f"{key}.json"


def _write(path: Path, key: str, answer: Answer) -> Answer:
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(_packed(key, answer))
        try:
            os.link(name, path)  # unlike a rename, it lets the first answer stand
        except FileExistsError:
            first = _read(path, key)
            if first is not None:
                return first
            os.replace(name, path)
        except OSError:  # a file system without links
            os.replace(name, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)
    return answer


def _packed(key: str, answer: Answer) -> bytes:
    told = {"text": answer.text, "value": answer.value, "first_token": dict(answer.first_token)}
    return json.dumps({"form": FORM, "key": key, "check": _check(told), "answer": told}).encode()


def _read(path: Path, key: str) -> Answer | None:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        stored = mapping_in(json.loads(data) if len(data) <= MAX_FILE_BYTES else None)
    except (OSError, ValueError, RecursionError):
        return None
    told = mapping_in(stored.get("answer"))
    if (stored.get("form"), stored.get("key"), stored.get("check")) != (FORM, key, _check(told)):
        return None
    text, first = told.get("text"), mapping_in(told.get("first_token"))
    if not isinstance(text, str) or not all(isinstance(level, float) for level in first.values()):
        return None
    return Answer(text, told.get("value"), dict(first), is_cached=True)


def _check(told: Mapping[str, Any]) -> str:
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
