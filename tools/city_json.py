"""JSON texts of an agent as data, or one named problem; nothing is raised.

Length and nesting are checked before anything is parsed, because a deep text's fate would otherwise depend on
the caller's stack.
"""

__all__ = ["MAX_TEXT_CHARS", "read_json"]

import json
import re
from typing import Any

import numpy as np

from .city_problems import Problem
from .schema import shown

MAX_TEXT_CHARS = 250_000
MAX_NESTING = 16
# An open text runs to the end, so that no text takes quadratic time.
TEXTS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)
NOT_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))
SURROGATES = re.compile("[\ud800-\udfff]")


class _DuplicateKeyError(ValueError):
    pass


def read_json(source: str) -> tuple[Any, tuple[Problem, ...]]:
    """A JSON text as data, or one problem; length and nesting are checked before it is parsed.

    >>> read_json('{"version": 1, "version": 1}')[1][0].code
    'duplicate_key'
    """
    if len(source) > MAX_TEXT_CHARS:
        words = f"the text has {len(source)} characters", f"send at most {MAX_TEXT_CHARS}; edit by parts"
        return None, (Problem("too_long", "", *words),)
    if _nesting(source) > MAX_NESTING:
        words = f"the JSON is nested more than {MAX_NESTING} levels deep", "no program is deeper than 8"
        return None, (Problem("too_deep", "", *words),)
    try:
        data = json.loads(source, object_pairs_hook=_unique)
    except _DuplicateKeyError as error:
        return None, (Problem("duplicate_key", "", f"the key {error} stands twice", "send each key once"),)
    except json.JSONDecodeError as error:
        words = f"no valid JSON at character {error.pos}: {shown(source[error.pos : error.pos + 20])}"
        return None, (Problem("not_json", "", words, "send one JSON value, nothing before or after it"),)
    except ValueError:  # an integer of thousands of digits
        words = "the JSON holds a number that is too long", "send numbers of at most 300 digits"
        return None, (Problem("not_json", "", *words),)
    if "\\u" in source or not source.isascii():
        data = _cleaned(data)
    return data, ()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _DuplicateKeyError(shown(next(key for key in keys if keys.count(key) > 1)))
    return whole


def _nesting(source: str) -> int:
    """How deep the brackets outside of texts go."""
    if "\\" in source:
        source = TEXTS.sub("", source)
    codes = np.frombuffer(source.encode(errors="replace").translate(None, NOT_BRACKETS), np.uint8)
    steps = ((codes == ord("[")) | (codes == ord("{"))).astype(np.int8)
    steps -= (codes == ord("]")) | (codes == ord("}"))
    steps[np.cumsum(codes == ord('"'), dtype=np.int32) % 2 == 1] = 0
    return int(np.cumsum(steps, dtype=np.int32).max(initial=0))


def _cleaned(value: Any) -> Any:
    """Without lone surrogates, which no file and no font can hold."""
    if isinstance(value, str):
        return SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return value
