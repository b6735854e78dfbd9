"""Messages through a pipe: a JSON header and arrays, nothing pickled."""

__all__ = ["read_message", "start_helper", "write_message"]

import io
import json
import os
import struct
import subprocess
import sys
from typing import IO, Any

import numpy as np


def start_helper(module: str) -> "subprocess.Popen[bytes]":
    """A module as a program that answers messages; it finds what this process finds, and prints nothing."""
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    return subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths},
    )


def write_message(pipe: IO[bytes], header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Send a header and arrays by name."""
    head, body = json.dumps(header).encode(), io.BytesIO()
    np.savez(body, **arrays)  # type: ignore[arg-type]
    pipe.write(struct.pack("<II", len(head), body.tell()) + head + body.getvalue())
    pipe.flush()


def read_message(pipe: IO[bytes]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The next header and its arrays.

    Raises:
        EOFError: the other process is gone.
    """
    head, body = struct.unpack("<II", _exactly(pipe, 8))
    header = json.loads(_exactly(pipe, head))
    with np.load(io.BytesIO(_exactly(pipe, body)), allow_pickle=False) as arrays:
        return header, dict(arrays)


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    data = pipe.read(count)
    if len(data) < count:
        raise EOFError("the other process is gone")
    return data
