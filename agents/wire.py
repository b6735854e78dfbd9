"""Messages between processes: JSON and binary blobs, never pickle.

Layout: length of the header (4 bytes, little-endian), the header with the blobs' lengths under `blobs`, the
blobs.
"""

__all__ = ["read_message", "write_message"]

import json
from collections.abc import Sequence
from typing import Any, BinaryIO


def write_message(stream: BinaryIO, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> None:
    """Write one message and flush.

    Raises:
        OSError: the other end is gone.
    """
    text = json.dumps(header | {"blobs": [len(blob) for blob in blobs]}).encode()
    stream.write(len(text).to_bytes(4, "little"))
    stream.write(text)
    for blob in blobs:
        stream.write(blob)
    stream.flush()


def read_message(stream: BinaryIO) -> tuple[dict[str, Any], list[bytes]] | None:
    """The next message, or None when the other end is gone, also in the middle of a message."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    text = stream.read(int.from_bytes(head, "little"))
    try:
        header = json.loads(text)
    except ValueError:
        return None
    blobs = [stream.read(length) for length in header["blobs"]]
    cut = any(len(blob) < length for blob, length in zip(blobs, header.pop("blobs"), strict=True))
    return None if cut else (header, blobs)
