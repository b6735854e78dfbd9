"""OpenGL for robot scenes in a process of its own.

A process that was forked from one that had drawn inherits a driver whose threads are gone. It starts this
file as a program instead, which draws the same bytes.
"""

__all__ = ["RemoteCanvas"]

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from weakref import finalize

import numpy as np

from ..errors import InfrastructureError
from .pipe_messages import read_message, start_helper, write_message
from .robot_look import Look

if TYPE_CHECKING:
    from .robot_canvas import Thing

PLAIN = ("kind", "size_m", "colour", "shine")


class RemoteCanvas:
    """The methods of `robot_canvas.Canvas`, done by a process that this one starts."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._helper = start_helper(__name__)
        self._end = finalize(self, _end, self._helper, self.process)

    def set_up(
        self, look: Look, joints: np.ndarray, width_m: float, things: Sequence["Thing"], *, is_plain: bool
    ) -> None:
        """As `Canvas.set_up`."""
        self._header: dict[str, Any] = {
            "look": asdict(look),
            "width_m": float(width_m),
            "is_plain": is_plain,
            "things": [{name: getattr(one, name) for name in PLAIN} for one in things],
        }
        poses = np.array([one.pose for one in things], float).reshape(-1, 7)
        self._arrays = {"joints": np.asarray(joints, float), "poses": poses}

    def shot(self, camera: str, size_px: tuple[int, int], look: Look) -> np.ndarray:
        """As `Canvas.shot`."""
        return self._ask("shot", camera, size_px, 0)

    def photo(self, camera: str, size_px: tuple[int, int], look: Look, rays: int) -> np.ndarray:
        """As `Canvas.photo`."""
        return self._ask("photo", camera, size_px, rays)

    def labels(self, camera: str, size_px: tuple[int, int]) -> np.ndarray:
        """As `Canvas.labels`."""
        return self._ask("labels", camera, size_px, 0)

    def _ask(self, do: str, camera: str, size_px: tuple[int, int], rays: int) -> np.ndarray:
        stdin, stdout = self._helper.stdin, self._helper.stdout
        if stdin is None or stdout is None:
            raise InfrastructureError("the process that draws robots has no pipes")
        asked = self._header | {"do": do, "camera": camera, "size_px": list(size_px), "rays": rays}
        try:
            write_message(stdin, asked, self._arrays)
            told, answer = read_message(stdout)
        except (OSError, EOFError) as error:
            raise InfrastructureError("the process that draws robots is gone") from error
        if "failure" in told:
            raise InfrastructureError(f"the process that draws robots could not: {told['failure']}")
        return answer["pixels"]


def _end(helper: subprocess.Popen[bytes], process: int) -> None:
    """End the helper, unless this is a fork of the process that owns it."""
    if process == os.getpid():
        for pipe in (helper.stdin, helper.stdout):
            if pipe is not None:
                pipe.close()
        helper.kill()
        helper.wait()


def _serve() -> None:
    """Answer until the pipe closes."""
    # Whatever a driver prints must not reach the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            asked, arrays = read_message(sys.stdin.buffer)
        except EOFError:
            return
        try:
            told, pixels = {}, {"pixels": _drawn(asked, arrays)}
        except InfrastructureError as error:
            told, pixels = {"failure": str(error)}, {}
        write_message(answers, told, pixels)


def _drawn(asked: dict[str, Any], arrays: dict[str, np.ndarray]) -> np.ndarray:
    from .robot_canvas import Thing, canvas

    raw = asked["look"]
    backdrop, trim = ((float(r), float(g), float(b)) for r, g, b in (raw["backdrop"], raw["trim"]))
    look = Look(raw["surface"], backdrop, trim, raw["sun_azimuth"], raw["warmth"])
    things = [
        Thing(one["kind"], tuple(one["size_m"]), tuple(one["colour"]), pose, one["shine"])
        for one, pose in zip(asked["things"], arrays["poses"], strict=True)
    ]
    drawer, size = canvas(), (int(asked["size_px"][0]), int(asked["size_px"][1]))
    drawer.set_up(look, arrays["joints"], asked["width_m"], things, is_plain=asked["is_plain"])
    if asked["do"] == "shot":
        return drawer.shot(asked["camera"], size, look)
    if asked["do"] == "photo":
        return drawer.photo(asked["camera"], size, look, int(asked["rays"]))
    return drawer.labels(asked["camera"], size)


if __name__ == "__main__":
    _serve()
