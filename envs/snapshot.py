"""Snapshots: JSON and arrays with a header, never pickle.

Layout: magic, the first 16 bytes of the sha256 of what follows, length of the JSON (4 bytes,
little-endian), JSON, then the raw bytes of the arrays in order. The digest tells a damaged snapshot from a
sound one; it is no signature, so what is read is checked as well. Holds mutable state only;
the world is rebuilt from the task. Knows no environment.
"""

__all__ = ["pack", "read_counts", "read_turn", "turn_state", "unpack"]

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from math import isfinite, prod
from typing import Any

import numpy as np

from ..errors import SnapshotError
from ..tools.tool import Image, Part
from .turn import Turn

MAGIC = b"EYESNAP1"
DIGEST_BYTES = 16
START = len(MAGIC) + DIGEST_BYTES
DTYPES = (
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint16",
    "uint32",
    "uint64",
    "float32",
    "float64",
    "bool",
)
# What hostile content makes of numpy, JSON and the hands; anything else is a fault of ours.
REFUSED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

Recall = Callable[[str], np.ndarray | None]


def pack(header: dict[str, Any], state: dict[str, Any]) -> bytes:
    """Bytes of a JSON-able header and a state that may hold numpy arrays anywhere.

    Raises:
        TypeError: the state holds something else, which is a fault of the environment.

    >>> unpack(pack({"env": "x"}, {"a": np.arange(3)}))[1]["a"].tolist()
    [0, 1, 2]
    """
    arrays: list[np.ndarray] = []

    def plain(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            raise TypeError(f"a snapshot holds JSON and arrays, not {type(value).__name__}")
        if str(value.dtype) not in DTYPES:
            raise TypeError(f"a snapshot holds no arrays of {value.dtype}")
        arrays.append(np.ascontiguousarray(value))
        return {"__array__": len(arrays) - 1, "dtype": str(value.dtype), "shape": list(value.shape)}

    text = json.dumps([header, state], default=plain, separators=(",", ":")).encode()
    body = b"".join([len(text).to_bytes(4, "little"), text, *(array.tobytes() for array in arrays)])
    return MAGIC + sha256(body).digest()[:DIGEST_BYTES] + body


def unpack(blob: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and state of packed bytes.

    Raises:
        SnapshotError: the bytes are no snapshot, are cut short or were changed.
    """
    if not isinstance(blob, bytes) or not blob.startswith(MAGIC):
        raise SnapshotError("these bytes are no snapshot: pass what snapshot() returned, unchanged")
    if sha256(memoryview(blob)[START:]).digest()[:DIGEST_BYTES] != blob[len(MAGIC) : START]:
        raise SnapshotError("this snapshot is cut short or was changed; take a new one")
    text_at = START + 4
    offset = text_at + int.from_bytes(blob[START:text_at], "little")

    def arrays(value: dict[str, Any]) -> Any:
        nonlocal offset
        if "__array__" not in value:
            return value
        array = _array(blob, offset, value["dtype"], value["shape"])
        offset += array.nbytes
        return array

    try:
        header, state = json.loads(blob[text_at:offset], object_hook=arrays)
    except REFUSED:
        raise SnapshotError("this snapshot holds what no snapshot holds; take a new one") from None
    if not isinstance(header, dict) or not isinstance(state, dict) or offset != len(blob):
        raise SnapshotError("this snapshot holds what no snapshot holds; take a new one")
    return header, state


def turn_state(turn: Turn, recall: Recall) -> dict[str, Any]:
    """A turn as JSON and arrays; pictures that can be recalled by their label are left out."""
    parts = [
        part
        if isinstance(part, str)
        else {"label": part.label, "pixels": None if recall(part.label) is not None else part.array}
        for part in turn.parts
    ]
    return {
        "parts": parts,
        "reward": turn.reward,
        "components": dict(turn.components),
        "score": turn.score,
        "terminated": turn.terminated,
        "truncated": turn.truncated,
        "error": turn.error,
        "metrics": dict(turn.metrics),
        "tool": turn.tool,
        "stop_reason": turn.stop_reason,
        "why": turn.why,
    }


def read_turn(state: Mapping[str, Any], recall: Recall, like: Turn) -> Turn:
    """The turn of a state from `turn_state`.

    Args:
        state: what was unpacked; not trusted.
        recall: pixels by label, or None.
        like: a turn with the components and metrics that it must have.

    Raises:
        ValueError: something in it is not what a turn holds; also KeyError, TypeError and AttributeError.
    """
    parts: list[Part] = []
    for part in state["parts"]:
        if isinstance(part, str):
            parts.append(part)
            continue
        label, pixels = _text(part["label"]), part["pixels"]
        parts.append(Image(np.asarray(recall(label) if pixels is None else pixels), label))
    texts = {name: _text(state[name]) for name in ("error", "tool", "stop_reason", "why")}
    flags = {name: state[name] for name in ("terminated", "truncated")}
    if any(type(flag) is not bool for flag in flags.values()):
        raise ValueError("flags are true or false")
    score = None if state["score"] is None else _number(state["score"])
    if any(flags.values()) != bool(texts["stop_reason"]) or any(flags.values()) != (score is not None):
        raise ValueError("an episode is over with a reason and a score, or with neither")
    levels = {}
    for name, names in (("components", like.components), ("metrics", like.metrics)):
        levels[name] = {key: _number(value) for key, value in state[name].items()}
        if list(levels[name]) != list(names):
            raise ValueError(f"{name} are {list(names)}")
    return Turn(tuple(parts), reward=_number(state["reward"]), score=score, **flags, **texts, **levels)


def read_counts(state: Mapping[str, Any]) -> tuple[int, int, int, float, float]:
    """Turns, invalid calls, messages without a call, value and penalty paid so far.

    Raises:
        ValueError: a count below 0, or what is no number; KeyError where one is missing.
    """
    counts = [state[name] for name in ("turns", "invalid", "silent")]
    if any(type(count) is not int or not 0 <= count < 2**31 for count in counts):
        raise ValueError("counts are integers from 0")
    return counts[0], counts[1], counts[2], _number(state["value"]), _number(state["paid"])


def _array(blob: bytes, offset: int, dtype: Any, shape: Any) -> np.ndarray:
    if dtype not in DTYPES or any(type(side) is not int or not 0 <= side <= len(blob) for side in shape):
        raise ValueError("no array of a snapshot")
    size = prod(shape) * np.dtype(dtype).itemsize
    if offset + size > len(blob):
        raise ValueError("an array ends behind the end")
    return np.frombuffer(blob[offset : offset + size], dtype).reshape(shape).copy()


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not isfinite(value):
        raise ValueError("a finite number is needed")
    return float(value)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("a text is needed")
    return value
