"""Snapshots: JSON and arrays with a header, never pickle.

Layout: magic, length of the JSON (4 bytes, little-endian), JSON, then the raw bytes of the arrays in order.
Holds mutable state only; the world is rebuilt from the task. Knows no environment.
"""

__all__ = ["pack", "unpack"]

import json
from typing import Any

import numpy as np

from ..errors import SnapshotError

MAGIC = b"EYESNAP1"
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


def pack(header: dict[str, Any], state: dict[str, Any]) -> bytes:
    """Bytes of a JSON-able header and a state that may hold numpy arrays anywhere.

    >>> unpack(pack({"env": "x"}, {"a": np.arange(3)}))[1]["a"].tolist()
    [0, 1, 2]
    """
    arrays: list[np.ndarray] = []

    def plain(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            raise TypeError(f"a snapshot holds JSON and arrays, not {type(value).__name__}")
        arrays.append(np.ascontiguousarray(value))
        return {"__array__": len(arrays) - 1, "dtype": str(value.dtype), "shape": list(value.shape)}

    text = json.dumps([header, state], default=plain, separators=(",", ":")).encode()
    return b"".join([MAGIC, len(text).to_bytes(4, "little"), text, *(array.tobytes() for array in arrays)])


def unpack(blob: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and state of packed bytes.

    Raises:
        SnapshotError: the bytes are no snapshot, or are cut short.
    """
    if not isinstance(blob, bytes) or not blob.startswith(MAGIC):
        raise SnapshotError("these bytes are no snapshot: pass what snapshot() returned, unchanged")
    start = len(MAGIC) + 4
    length = int.from_bytes(blob[len(MAGIC) : start], "little")
    offset = start + length

    def arrays(value: dict[str, Any]) -> Any:
        nonlocal offset
        if "__array__" not in value:
            return value
        if value["dtype"] not in DTYPES:
            raise SnapshotError(f"a snapshot holds no arrays of {value['dtype']!r}")
        count = int(np.prod(value["shape"], dtype=np.int64))
        array = np.frombuffer(blob, value["dtype"], count, offset).reshape(value["shape"]).copy()
        offset += array.nbytes
        return array

    try:
        header, state = json.loads(blob[start:offset], object_hook=arrays)
    except (ValueError, KeyError, TypeError):
        raise SnapshotError("this snapshot is cut short or was changed; take a new one") from None
    return header, state
