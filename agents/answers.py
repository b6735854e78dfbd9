"""What came of an order, as a message to whoever gave it."""

__all__ = ["answered"]

import os
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InfrastructureError, UsageError
from ..tools.tool import Image
from .sessions import Shown

Share = Callable[[Sequence[Image]], int]


def answered(
    order: Mapping[str, Any], result: Any, share: Share | None = None
) -> tuple[dict[str, Any], Sequence[bytes]]:
    """Header and blobs of an answer; what was raised is told in it.

    Args:
        order: what was asked of `sessions.Desk.run`.
        result: what that gave. The exit of a process is carried out here.
        share: puts pictures where the other side can read them and returns the place, told as `shared`; None
            to send them as blobs.
    """
    if isinstance(result, SystemExit):  # meant for the process, but raised on a thread
        os._exit(result.code if isinstance(result.code, int) else 1)
    try:
        return _written(order, result, share)
    except Exception as error:
        return {"error": _described(error)}, ()


def _written(
    order: Mapping[str, Any], result: Any, share: Share | None
) -> tuple[dict[str, Any], Sequence[bytes]]:
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
    if not result.images or share is None:
        return header, [np.ascontiguousarray(image.array).tobytes() for image in result.images]
    return header | {"shared": share(result.images)}, ()


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
