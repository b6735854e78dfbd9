"""A worker process: holds environments and plays what it is told.

Started as `python -m eyesmith.agents.worker`, so that it needs no main guard and no fork. Speaks `wire` over
stdin and stdout; ends when stdin does. One episode at a time: a stuck one is killed without harm to others.
"""

__all__ = ["PARENT", "main"]

import ctypes
import json
import os
import signal
import sys
import traceback
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from .. import __version__
from ..envs.base import ToolEnv
from ..errors import InfrastructureError, UsageError
from ..trajectories.record import EncodedImage
from .wire import read_message, write_message

MAX_ENCODED = 256
MAX_ENVS = 8

PARENT = "EYESMITH_PARENT"
PR_SET_PDEATHSIG = 1


class _Bench:
    """The environments and encoded images that a worker keeps between episodes."""

    def __init__(self) -> None:
        self._envs: OrderedDict[str, ToolEnv] = OrderedDict()
        self.encoded: OrderedDict[str, EncodedImage] = OrderedDict()

    def env(self, env_id: str, kwargs: dict[str, Any]) -> ToolEnv:
        """An environment of that id and arguments; kept, the least recently used is closed."""
        import gymnasium

        key = json.dumps([env_id, kwargs], sort_keys=True)
        if key not in self._envs:
            try:
                made = gymnasium.make(env_id, disable_env_checker=True, **kwargs).unwrapped
            except gymnasium.error.UnregisteredEnv:
                raise UsageError(
                    f"the worker processes do not know {env_id!r}: register it in a module that can be "
                    f"imported, and name both, as in 'my_module:{env_id}'"
                ) from None
            if not isinstance(made, ToolEnv):
                raise UsageError(f"{env_id} is no eyesmith environment")
            self._envs[key] = made
        self._envs.move_to_end(key)
        while len(self._envs) > MAX_ENVS:
            self._envs.popitem(last=False)[1].close()
        return self._envs[key]

    def trim(self) -> None:
        """Forget the images that were encoded longest ago."""
        while len(self.encoded) > MAX_ENCODED:
            self.encoded.popitem(last=False)


def main() -> None:
    """Serve until stdin ends."""
    _die_with_the_parent()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library's print must not break the wire
    import cv2

    cv2.setNumThreads(1)
    bench = _Bench()
    write_message(out, {"ready": __version__})
    while (message := read_message(sys.stdin.buffer)) is not None:
        _answer(bench, message[0], out)


def _answer(bench: _Bench, order: dict[str, Any], out: BinaryIO) -> None:
    from ..trajectories.columns import to_row
    from ..trajectories.segment import pack_entry
    from .playing import rollout

    try:
        env = bench.env(order["env_id"], order["env_kwargs"])
        task = env.get_task(order["split"], order["index"])
        episode, images = rollout(
            env,
            task,
            order["policy"],
            sample=order["sample"],
            recorded=order["recorded"],
            stop_reason=order["stop_reason"],
            image_format=order["image_format"],
            encoded=bench.encoded,
        )
        reply, blobs = pack_entry(to_row(episode), list(images.values()))
    except Exception as error:
        write_message(out, {"error": _described(error)})
        return
    bench.trim()
    write_message(out, reply, blobs)


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
