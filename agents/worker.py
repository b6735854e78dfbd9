"""A worker process: holds environments and plays what it is told.

Started as `python -m eyesmith.agents.worker`, so that it needs no main guard and no fork. Speaks `wire` over
stdin and stdout, each answer with the number of its order; ends when stdin does. Pictures for a policy go
through shared memory that vanishes with the process, whatever happens.
"""

__all__ = ["PARENT", "main"]

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import Any, BinaryIO

import numpy as np

from .. import __version__
from ..tools.tool import Image
from .answers import answered
from .sessions import Desk
from .wire import read_message, write_message

PARENT = "EYESMITH_PARENT"
PR_SET_PDEATHSIG = 1
SPARES = 8
SPARE_BYTES = 32 << 20


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
        self._memory = _Memory()
        self._shared: dict[int, int] = {}  # session -> descriptor that the parent may not have opened yet

    def probe(self) -> int:
        """A descriptor of shared memory, or -1; the parent tries whether it can open it."""
        return self._memory.hold([Image(np.zeros((1, 1, 3), np.uint8))])

    def take(self, order: dict[str, Any]) -> None:
        """Carry out an order on some thread and answer."""
        if (old := self._shared.pop(order.get("session", -1), None)) is not None:
            self._memory.release(old)
        self._desk.run(order, lambda result: self._answer(order, result))

    def _answer(self, order: dict[str, Any], result: Any) -> None:
        header, blobs = answered(order, result, partial(self._share, order) if order["shares"] else None)
        with self._lock, suppress(BrokenPipeError):
            write_message(self._out, header | {"re": order["re"]}, blobs)

    def _share(self, order: dict[str, Any], images: Sequence[Image]) -> int:
        self._shared[order["session"]] = descriptor = self._memory.hold(images)
        return descriptor


class _Memory:
    """Anonymous shared memory, used again: fresh pages cost ten times what copying into old ones does."""

    def __init__(self) -> None:
        self._spare: list[int] = []

    def hold(self, images: Sequence[Image]) -> int:
        """Descriptor of memory that begins with the pictures' bytes, one after another; -1 without memory."""
        if not hasattr(os, "memfd_create"):
            return -1
        try:
            descriptor = self._spare.pop()
        except IndexError:
            descriptor = os.memfd_create("eyesmith")
        at = 0
        for image in images:
            data = np.ascontiguousarray(image.array).data.cast("B")
            while data:
                written = os.pwrite(descriptor, data, at)
                at, data = at + written, data[written:]
        return descriptor

    def release(self, descriptor: int) -> None:
        """The pictures have been read."""
        if len(self._spare) < SPARES and os.fstat(descriptor).st_size <= SPARE_BYTES:
            self._spare.append(descriptor)
        else:
            os.close(descriptor)


def _die_with_the_parent() -> None:
    """The end of stdin is not enough: a worker that hangs in an episode does not read it."""
    with suppress(OSError, AttributeError):  # a system without it keeps to stdin
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    parent = os.environ.pop(PARENT, "")
    if parent and os.getppid() != int(parent):  # it went before prctl was asked
        sys.exit(1)


if __name__ == "__main__":
    main()
