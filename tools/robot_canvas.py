"""OpenGL for robot scenes: one stage, objects added to each picture.

MuJoCo's own renderer without a screen. Each thread of each process has a context of its own, made when first
needed; all scenes share it, so that loading many of them takes no more memory.
"""

__all__ = ["Canvas", "Thing", "canvas"]

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InfrastructureError
from .robot_kinematics import JOINTS
from .robot_look import SURFACES, Look
from .robot_shapes import primitives
from .robot_stage import stage_xml
from .robot_textures import texture
from .simulator import gl_context, load_mujoco

if TYPE_CHECKING:
    from .robot_canvas_process import RemoteCanvas

LOCAL = threading.local()
MAX_GEOMS = 600
NOTHING, ARM, TABLE = -1, -2, -3
SEED = 20260101
FINE_FACETS = (30, 12, 1)  # round, from pole to pole, across a plane
# Means over one picture: how far the key light spreads, and what the lights give.
KEY_SPREAD, KEY_HEIGHT, FILL_HEIGHT = 0.16, 1.25, 0.55
AMBIENT, KEY, DOME, FILL = 0.42, 0.46, 0.34, 0.16
FAST_AMBIENT, FAST_KEY, FAST_FILL = 0.44, 0.48, 0.22
_INHERITS_DRIVER = False


@dataclass(frozen=True, eq=False)
class Thing:
    """An object or fixture to draw."""

    kind: str
    size_m: tuple[float, float, float]
    colour: tuple[float, float, float]
    pose: np.ndarray
    """(7,) x y z qw qx qy qz."""
    shine: float = 0.18


class Canvas:
    """The stage in one OpenGL context."""

    def __init__(self) -> None:
        mujoco: Any = load_mujoco()
        self._mujoco = mujoco
        self.process = os.getpid()
        self._model = mujoco.MjModel.from_xml_string(stage_xml())
        self._data = mujoco.MjData(self._model)
        for name in SURFACES:
            first = int(self._model.tex_adr[self._model.texture(name).id])
            pixels = texture(name).reshape(-1)
            self._model.tex_data[first : first + pixels.size] = pixels
        glob = self._model.vis.global_
        self._gl = gl_context(int(glob.offwidth), int(glob.offheight))
        try:
            self._context = mujoco.MjrContext(self._model, int(mujoco.mjtFontScale.mjFONTSCALE_100))
        except mujoco.FatalError as error:
            raise InfrastructureError(f"MuJoCo cannot draw here: {error}") from error
        self._fine: Any = None
        self._scene = mujoco.MjvScene(self._model, maxgeom=MAX_GEOMS)
        self._option = mujoco.MjvOption()
        self._option.geomgroup[:] = 0
        self._option.geomgroup[:2] = 1
        self._camera = mujoco.MjvCamera()
        self._camera.type = int(mujoco.mjtCamera.mjCAMERA_FIXED)
        self._camera.fixedcamid = 0
        kinds = mujoco.mjtGeom
        self._kinds = {
            "box": int(kinds.mjGEOM_BOX),
            "cylinder": int(kinds.mjGEOM_CYLINDER),
            "capsule": int(kinds.mjGEOM_CAPSULE),
            "sphere": int(kinds.mjGEOM_SPHERE),
        }
        self._joints = [int(self._model.joint(name).qposadr[0]) for name in JOINTS]
        self._fingers = [
            int(self._model.joint(f"{side}_finger_slide").qposadr[0]) for side in ("left", "right")
        ]
        self._table = int(self._model.geom("table").id)
        self._backdrop = int(self._model.geom("floor").id)
        self._of_geom = np.full(self._model.ngeom, ARM)
        for geom in range(self._model.ngeom):
            if int(self._model.geom_bodyid[geom]) == 0:
                self._of_geom[geom] = NOTHING if geom == self._backdrop else TABLE
        self._owners: list[int] = []

    def set_up(
        self, look: Look, joints: np.ndarray, width_m: float, things: Sequence[Thing], *, is_plain: bool
    ) -> None:
        """Put arm and things in place for the next pictures.

        Args:
            look: of the scene.
            joints: (7,) rad.
            width_m: opening of the gripper.
            things: what else is drawn.
            is_plain: whether edges stay sharp, for small pictures.
        """
        mujoco, model, data = self._mujoco, self._model, self._data
        self._gl.make_current()
        model.geom_matid[self._table] = int(model.material(look.surface).id)
        model.material("trim").rgba[:3] = look.trim
        model.material("floor").rgba[:3] = look.backdrop
        data.qpos[self._joints] = joints
        data.qpos[self._fingers] = width_m / 2.0
        mujoco.mj_kinematics(model, data)
        mujoco.mj_camlight(model, data)
        mujoco.mjv_updateScene(
            model, data, self._option, None, self._camera, int(mujoco.mjtCatBit.mjCAT_ALL), self._scene
        )
        self._owners = [self._owner(self._scene.geoms[place]) for place in range(self._scene.ngeom)]
        for number, thing in enumerate(things):
            self._add(thing, number, is_plain)

    def _owner(self, geom: Any) -> int:
        return int(self._of_geom[geom.objid]) if geom.objid >= 0 else NOTHING

    def _add(self, thing: Thing, number: int, is_plain: bool) -> None:
        turn = np.empty(9)
        self._mujoco.mju_quat2Mat(turn, np.asarray(thing.pose[3:], float))
        turn = turn.reshape(3, 3)
        for piece in primitives(thing.kind, thing.size_m, is_plain):
            if self._scene.ngeom >= MAX_GEOMS:
                raise InfrastructureError(f"a picture holds at most {MAX_GEOMS} shapes")
            geom = self._scene.geoms[self._scene.ngeom]
            colour = np.append(np.array(thing.colour) * piece.shade, 1.0).astype(np.float32)
            self._mujoco.mjv_initGeom(
                geom,
                self._kinds[piece.kind],
                piece.size_m[[0, 2, 2]] if piece.kind in ("cylinder", "capsule") else piece.size_m,
                thing.pose[:3] + turn @ piece.place,
                (turn @ piece.turn).reshape(-1),
                colour,
            )
            geom.specular, geom.shininess = thing.shine, 0.35
            geom.segid = self._scene.ngeom
            self._scene.ngeom += 1
            self._owners.append(number)

    def shot(self, camera: str, size_px: tuple[int, int], look: Look) -> np.ndarray:
        """A plain picture without shadows: (H, W, 3) uint8."""
        self._aim(camera)
        self._flags(shadow=False)
        self._light(_sun(look, 0.0, 0.0), None, look, (FAST_AMBIENT, FAST_KEY, 0.0, FAST_FILL))
        return self._drawn(size_px)

    def photo(self, camera: str, size_px: tuple[int, int], look: Look, rays: int) -> np.ndarray:
        """A picture with soft light: the mean of many with other rays and shifted by parts of a pixel."""
        self._flags(shadow=True)
        rng = np.random.default_rng(SEED)
        total = np.zeros((size_px[1], size_px[0], 3), np.float32)
        for ray in range(rays):
            self._aim(camera)
            u, v = _halton(ray + 1)
            self._shift(u - 0.5, v - 0.5, size_px)
            spread = KEY_SPREAD * rng.standard_normal(2)
            self._light(_sun(look, *spread), _dome(u, v), look, (AMBIENT, KEY, DOME, FILL))
            total += self._drawn(size_px, self._fine_context())
        return _graded(total / rays)

    def _fine_context(self) -> Any:
        """Shapes in more facets, for large pictures; small ones take a third of the time without."""
        if self._fine is None:
            mujoco, quality = self._mujoco, self._model.vis.quality
            quality.numslices, quality.numstacks, quality.numquads = FINE_FACETS
            self._fine = mujoco.MjrContext(self._model, int(mujoco.mjtFontScale.mjFONTSCALE_100))
        return self._fine

    def labels(self, camera: str, size_px: tuple[int, int]) -> np.ndarray:
        """(H, W) int16: number of the thing, or NOTHING, ARM, TABLE."""
        self._aim(camera)
        self._flags(shadow=False, is_labels=True)
        self._light(_sun(None, 0.0, 0.0), None, None, (1.0, 0.0, 0.0, 0.0))
        drawn = self._drawn(size_px).astype(np.int32)
        places = drawn[..., 0] + (drawn[..., 1] << 8) + (drawn[..., 2] << 16)
        segids = [int(self._scene.geoms[place].segid) for place in range(self._scene.ngeom)]
        table = np.full(max([*segids, 0]) + 2, NOTHING, np.int16)
        for segid, owner in zip(segids, self._owners, strict=True):
            if segid >= 0:
                table[segid + 1] = owner
        return table[np.minimum(places, len(table) - 1)]

    def _flags(self, *, shadow: bool, is_labels: bool = False) -> None:
        flags, kinds = self._scene.flags, self._mujoco.mjtRndFlag
        flags[:] = 0
        flags[int(kinds.mjRND_CULL_FACE)] = 1
        flags[int(kinds.mjRND_SHADOW)] = shadow
        flags[int(kinds.mjRND_FOG)] = not is_labels
        flags[int(kinds.mjRND_SKYBOX)] = not is_labels
        flags[int(kinds.mjRND_SEGMENT)] = is_labels
        flags[int(kinds.mjRND_IDCOLOR)] = is_labels

    def _aim(self, camera: str) -> None:
        self._camera.fixedcamid = int(self._model.camera(camera).id)
        self._mujoco.mjv_updateCamera(self._model, self._data, self._camera, self._scene)

    def _shift(self, right: float, up: float, size_px: tuple[int, int]) -> None:
        for eye in self._scene.camera:
            high = eye.frustum_top - eye.frustum_bottom
            eye.frustum_center += right * high / size_px[1]
            eye.frustum_top += up * high / size_px[1]
            eye.frustum_bottom += up * high / size_px[1]

    def _light(
        self,
        sun: np.ndarray,
        dome: np.ndarray | None,
        look: Look | None,
        share: tuple[float, float, float, float],
    ) -> None:
        """Directions and strengths of the lights: ambient, key, dome, fill."""
        ambient, key, dome_share, fill = share
        warm = look.warmth if look is not None else 0.0
        tint = np.array([1.0 + 0.05 * warm, 1.0, 1.0 - 0.08 * warm])
        away = np.array([-sun[0], -sun[1], FILL_HEIGHT])
        rows = (
            (sun, key * tint),
            (sun if dome is None else dome, dome_share * np.array([0.98, 1.0, 1.02])),
            (away, fill * np.array([0.97, 1.0, 1.03])),
        )
        for light, (towards, strength) in zip(self._scene.lights[:3], rows, strict=True):
            light.dir[:] = -towards / np.linalg.norm(towards)
            light.pos[:] = np.array([0.35, 0.0, 0.1]) + 2.0 * towards / np.linalg.norm(towards)
            light.diffuse[:] = strength
            light.ambient[:] = 0.0
        self._scene.lights[0].ambient[:] = ambient

    def _drawn(self, size_px: tuple[int, int], context: Any = None) -> np.ndarray:
        width, height = size_px
        held = self._context if context is None else context
        viewport = self._mujoco.MjrRect(0, 0, width, height)
        made = np.empty((height, width, 3), np.uint8)
        self._mujoco.mjr_setBuffer(int(self._mujoco.mjtFramebuffer.mjFB_OFFSCREEN), held)  # of two contexts
        self._mujoco.mjr_render(viewport, self._scene, held)
        self._mujoco.mjr_readPixels(made, None, viewport, held)
        return made[::-1]


def canvas() -> "Canvas | RemoteCanvas":
    """This thread's canvas; in a process that was forked from one that had drawn, one that draws elsewhere.

    Raises:
        MissingExtraError: MuJoCo is not installed.
        InfrastructureError: there is no OpenGL.
    """
    kept = getattr(LOCAL, "canvas", None)
    if kept is not None and kept.process == os.getpid():
        return kept
    if _INHERITS_DRIVER:
        from .robot_canvas_process import RemoteCanvas

        LOCAL.canvas = RemoteCanvas()
    else:
        LOCAL.canvas = Canvas()
    return LOCAL.canvas


def _sun(look: Look | None, sideways: float, upwards: float) -> np.ndarray:
    azimuth = np.radians(look.sun_azimuth if look is not None else 60.0) + sideways
    return np.array([np.cos(azimuth), np.sin(azimuth), KEY_HEIGHT + upwards])


def _halton(number: int) -> tuple[float, float]:
    """Points that fill a square evenly (Halton, bases 2 and 3)."""
    found = []
    for base in (2, 3):
        left, share, value = number, 1.0, 0.0
        while left:
            share /= base
            value += share * (left % base)
            left //= base
        found.append(value)
    return found[0], found[1]


def _dome(u: float, v: float) -> np.ndarray:
    """Towards the sky, near the zenith more often (cosine-weighted), never flat."""
    radius, angle = np.sqrt(0.92 * v), 2.0 * np.pi * u
    return np.array([radius * np.cos(angle), radius * np.sin(angle), np.sqrt(1.0 - radius**2)])


def _graded(mean: np.ndarray) -> np.ndarray:
    """A gentle S-curve and a darker rim, as a product photograph has; (H, W, 3) float 0..255 to uint8."""
    share = np.clip(mean / 255.0, 0.0, 1.0) ** 0.78
    curved = share + 0.10 * np.sin(2.0 * np.pi * (share - 0.5)) / (2.0 * np.pi) * 2.0
    high, wide = share.shape[:2]
    y, x = np.mgrid[-1.0 : 1.0 : high * 1j, -1.0 : 1.0 : wide * 1j]
    rim = 1.0 - 0.10 * np.clip((x**2 + y**2) / 2.0, 0.0, 1.0) ** 1.5
    return np.clip(np.rint(255.0 * curved * rim[:, :, None]), 0, 255).astype(np.uint8)


def _after_fork() -> None:
    """In the child a driver's threads are gone."""
    global _INHERITS_DRIVER
    try:
        loaded = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        loaded = "libEGL"
    _INHERITS_DRIVER = "libEGL" in loaded or "libOSMesa" in loaded


os.register_at_fork(after_in_child=_after_fork)
