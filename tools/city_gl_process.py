"""OpenGL in a process of its own, for processes that cannot have it.

A process that was forked from one with OpenGL inherits a driver whose threads are gone, and would wait for
them forever. It starts this file as a program instead, which draws the same bytes.
"""

__all__ = ["RemoteDrawer"]

import os
import sys
from collections import OrderedDict
from dataclasses import fields
from typing import Any

import numpy as np

from ..errors import InfrastructureError
from .city_camera import Camera, Size
from .city_faces import Mesh
from .city_light import Openness, Sun
from .city_scene import Scene
from .pipe_messages import read_message, start_helper, write_message

KEPT_SCENES = 4
NO_TREES = np.zeros(0, np.int64)
MESH_FIELDS = tuple(field.name for field in fields(Mesh))


class RemoteDrawer:
    """The methods of `city_gl.Drawer`, done by a process that this one starts."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._helper = start_helper(__name__)
        self._known: OrderedDict[int, Scene] = OrderedDict()
        self._next = 0
        self._keys: dict[int, int] = {}

    def picture(
        self, scene: Scene, camera: Camera, size: Size, *, sun: Sun, hidden: np.ndarray = NO_TREES
    ) -> np.ndarray:
        """As `city_gl.Drawer.picture`."""
        asked = {"do": "picture", "sun": [sun.azimuth_deg, sun.elevation_deg], "hidden": hidden.tolist()}
        return self._ask(scene, camera, size, asked)

    def ids(self, scene: Scene, camera: Camera, size: Size) -> np.ndarray:
        """As `city_gl.Drawer.ids`."""
        return self._ask(scene, camera, size, {"do": "ids"})

    @property
    def is_well(self) -> bool:
        """Whether the helper still runs."""
        return self._helper.poll() is None

    def close(self) -> None:
        """End the helper; it ends by itself when this process does."""
        if self.process != os.getpid():
            return
        for pipe in (self._helper.stdin, self._helper.stdout):
            if pipe is not None:
                pipe.close()
        self._helper.kill()
        self._helper.wait()

    def _ask(self, scene: Scene, camera: Camera, size: Size, asked: dict[str, Any]) -> np.ndarray:
        stdin, stdout = self._helper.stdin, self._helper.stdout
        if stdin is None or stdout is None:
            raise InfrastructureError("the process that draws has no pipes")
        arrays = {"eye": camera.eye, "axes": camera.axes}
        key = self._keys.get(id(scene))
        if key is None:
            key, self._next = self._next, self._next + 1
            self._keys[id(scene)] = key
            self._known[key] = scene
            if len(self._known) > KEPT_SCENES:
                old = self._known.popitem(last=False)[1]
                del self._keys[id(old)]
            arrays |= {f"mesh_{name}": getattr(scene.mesh, name) for name in MESH_FIELDS}
            arrays |= {"heights": scene.openness.heights, "origin": scene.openness.origin}
            asked |= {"haze_m": scene.haze_m, "side_m": scene.openness.side_m}
        asked |= {
            "scene": key,
            "size": list(size),
            "window": list(camera.window),
            "near": camera.near,
            "far": camera.far,
            "is_parallel": camera.is_parallel,
        }
        write_message(stdin, asked, arrays)
        told, answer = read_message(stdout)
        if "failure" in told:
            raise InfrastructureError(f"the process that draws could not: {told['failure']}")
        return answer["pixels"]


def _serve() -> None:
    """Answer until the pipe closes."""
    # Whatever a driver prints must not reach the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    scenes: OrderedDict[int, Scene] = OrderedDict()
    while True:
        try:
            asked, arrays = read_message(sys.stdin.buffer)
        except EOFError:
            return
        if "haze_m" in asked:
            mesh = Mesh(*(arrays[f"mesh_{name}"] for name in MESH_FIELDS))
            openness = Openness(arrays["heights"], arrays["origin"], asked["side_m"])
            scenes[asked["scene"]] = Scene(mesh, openness, asked["haze_m"])
            if len(scenes) > KEPT_SCENES:
                scenes.popitem(last=False)
        try:
            pixels = _drawn(asked, arrays, scenes[asked["scene"]])
            told = {"failure": "no OpenGL"} if pixels is None else {}
        except InfrastructureError as error:
            told, pixels = {"failure": str(error)}, None
        write_message(answers, told, {} if pixels is None else {"pixels": pixels})


def _drawn(asked: dict[str, Any], arrays: dict[str, np.ndarray], scene: Scene) -> np.ndarray | None:
    from .city_gl import drawn

    left, right, bottom, top = asked["window"]
    window = (left, right, bottom, top)
    camera = Camera(arrays["eye"], arrays["axes"], window, asked["near"], asked["far"], asked["is_parallel"])
    width, height = asked["size"]
    if asked["do"] == "ids":
        return drawn(lambda drawer: drawer.ids(scene, camera, (width, height)))
    sun, hidden = Sun(*asked["sun"]), np.array(asked["hidden"], np.int64)
    return drawn(lambda drawer: drawer.picture(scene, camera, (width, height), sun=sun, hidden=hidden))


if __name__ == "__main__":
    _serve()
