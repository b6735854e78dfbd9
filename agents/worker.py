"""A worker process: holds environments and plays what it is told.

Started as `python -m eyesmith.agents.worker`, so that it needs no main guard and no fork. Speaks `wire` over
stdin and stdout, each answer with the number of its order; ends when stdin does. Pictures for a policy go
through shared memory that vanishes with the process, whatever happens.
"""

__all__ = ["PARENT", "main"]

import ctypes
import mmap
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

import numpy as np

from .. import __version__
from ..errors import InfrastructureError, UsageError
from ..tools.tool import Image
from .sessions import Desk, Shown
from .wire import read_message, write_message

PARENT = "EYESMITH_PARENT"
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve until stdin ends."""
    _die_with_the_parent()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library's print must not break the wire
    import cv2

    cv2.setNumThreads(1)
    serving = _Serving(out)
    write_message(out, {"ready": __version__, "shared": serving.probe()})
    while (message := read_message(sys.stdin.buffer)) is not None:
        serving.take(message[0])
    out.flush()
    os._exit(0)  # what still runs would be nobody's


class _Serving:
    """Orders in, numbered answers out."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self._lock = out, Lock()
        self._desk = Desk()
        self._shared: dict[int, int] = {}  # session -> descriptor that the parent may not have opened yet

    def probe(self) -> int:
        """A descriptor of shared memory, or -1; the parent tries whether it can open it."""
        return _memory([Image(np.zeros((1, 1, 3), np.uint8))])

    def take(self, order: dict[str, Any]) -> None:
        """Carry out an order on some thread and answer."""
        if (old := self._shared.pop(order.get("session", -1), None)) is not None:
            os.close(old)
        self._desk.run(order, lambda result: self._answer(order, result))

    def _answer(self, order: dict[str, Any], result: Any) -> None:
        header: dict[str, Any]
        blobs: Sequence[bytes] = ()
        try:
            header, blobs = self._written(order, result)
        except Exception as error:
            header = {"error": _described(error)}
        with self._lock, suppress(BrokenPipeError):
            write_message(self._out, header | {"re": order["re"]}, blobs)

    def _written(self, order: dict[str, Any], result: Any) -> tuple[dict[str, Any], Sequence[bytes]]:
        if isinstance(result, SystemExit):  # meant for the process, but raised on a thread
            os._exit(result.code if isinstance(result.code, int) else 1)
        if isinstance(result, BaseException):
            raise result if isinstance(result, Exception) else InfrastructureError(repr(result))
        if order["do"] in ("episode", "record"):
            from ..trajectories.columns import to_row
            from ..trajectories.segment import pack_entry

            episode, images = result
            return pack_entry(to_row(episode), list(images.values()))
        tools: dict[str, Any] = {}
        if order["do"] == "begin":
            result, declared = result
            tools = {"tools": declared}
        if not isinstance(result, Shown):
            return {}, ()
        header = tools | {
            "messages": result.messages,
            "done": result.done,
            "pictures": [[i.sha256, *i.array.shape[:2], i.label] for i in result.images],
        }
        if not result.images or not order["shares"]:
            return header, [np.ascontiguousarray(image.array).tobytes() for image in result.images]
        self._shared[order["session"]] = descriptor = _memory(result.images)
        return header | {"shared": descriptor}, ()


def _memory(images: Sequence[Image]) -> int:
    """Descriptor of anonymous shared memory with the pictures' bytes one after another; -1 without it."""
    if not hasattr(os, "memfd_create"):
        return -1
    descriptor = os.memfd_create("eyesmith")
    os.ftruncate(descriptor, sum(image.array.size for image in images))
    with mmap.mmap(descriptor, 0) as memory:
        at = 0
        for image in images:
            memory[at : at + image.array.size] = np.ascontiguousarray(image.array).data.cast("B")
            at += image.array.size
    return descriptor


def _die_with_the_parent() -> None:
    """The end of stdin is not enough: a worker that hangs in an episode does not read it."""
    with suppress(OSError, AttributeError):  # a system without it keeps to stdin
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    parent = os.environ.pop(PARENT, "")
    if parent and os.getppid() != int(parent):  # it went before prctl was asked
        sys.exit(1)


def _described(error: Exception) -> dict[str, str]:
    """What failed and where, without a path of this machine."""
    kind = "bug"
    if isinstance(error, InfrastructureError):
        kind = "infrastructure"
    elif isinstance(error, UsageError):
        kind = "usage"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames and kind == "bug" else ""
    return {"kind": kind, "type": type(error).__name__, "text": f"{error}{place}"}


if __name__ == "__main__":
    main()
