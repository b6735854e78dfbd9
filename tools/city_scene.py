"""A city ready to be drawn: its mesh by material, also on a card."""

__all__ = ["Scene", "Upload", "facing", "scene_of"]

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from .city_camera import Camera, Size
from .city_faces import KINDS, Mesh
from .city_ground import DISTANT
from .city_light import Openness, Sun, openness_of
from .city_mesh import city_mesh
from .city_parts import Program

STUDIO, WALL = KINDS.index("studio"), KINDS.index("wall")
MERGED = {KINDS.index("paint"): KINDS.index("plain")}
# Twice the area below which a face is left out of a parallel view, in px.
LEAST_PX = 0.9
ROW = np.dtype(
    [
        ("position", "<f4", 3),
        ("normal", "<f4", 3),
        ("uv", "<f4", 2),
        ("cell", "<f2", 4),
        ("color", "<f2", 4),
        ("trim", "<f2", 4),
        ("element", "<i4"),
    ]
)
LAYOUT = ("3f", "3f", "2f", "4f2", "3f2", "4f2", "i")
SKIPPED = ("12x", "12x", "8x", "8x", "6x", "8x", "4x")
NAMES = ("in_position", "in_normal", "in_uv", "in_cell", "in_color", "in_trim", "in_element")

_SCENES: "WeakKeyDictionary[Program, Scene]" = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Scene:
    """A mesh with what its light needs.

    Args:
        mesh: the city.
        openness: heights around each place.
        haze_m: distance over which things fade in perspective.
    """

    mesh: Mesh
    openness: Openness
    haze_m: float

    @cached_property
    def groups(self) -> np.ndarray:
        """(t,) int32 kind * 16 + window style of each triangle."""
        first = self.mesh.triangles[:, 0]
        kind = self.mesh.kind.astype(np.int32)
        for merged, into in MERGED.items():
            kind[kind == merged] = into
        style = np.where((kind == WALL) | (kind == STUDIO), self.mesh.trim[:, 3] & 15, 0)
        return (kind * 16 + style)[first]

    @cached_property
    def order(self) -> np.ndarray:
        """(t,) triangles by material; what stands comes first, and so hides ground before it is painted."""
        ground = [KINDS.index(name) for name in ("grass", "water", "paving", "asphalt", "pavement")]
        kind = self.groups // 16
        late = np.isin(kind, ground) + 2 * (kind == STUDIO)
        return np.argsort(late * 4096 + self.groups, kind="stable")

    @cached_property
    def ordered_groups(self) -> np.ndarray:
        """(t,) `groups` in order."""
        return self.groups[self.order]

    @cached_property
    def corners(self) -> np.ndarray:
        """(t, 3) float32 first corner of each triangle, in order."""
        return self.mesh.position[self.mesh.triangles[self.order, 0]]

    @cached_property
    def trees(self) -> np.ndarray:
        """(t,) int32 position of the tree of each triangle, in order; -1: no tree's."""
        element = self.mesh.element[self.mesh.triangles[self.order, 0]]
        return np.where(element < 0, -1 - element, -1)

    @cached_property
    def normals(self) -> np.ndarray:
        """(t, 3) float32 of the triangles themselves, in order; of any length."""
        a, b, c = (self.mesh.position[self.mesh.triangles[self.order, k]] for k in range(3))
        return np.cross(b - a, c - a)


def scene_of(program: Program) -> Scene:
    """The scene of a city; kept as long as the program lives."""
    scene = _SCENES.get(program)
    if scene is None:
        mesh = city_mesh(program)
        span = float(np.ptp(program.site, axis=0).max())
        below = float(mesh.position[:, 2].min()) if len(mesh.position) else 0.0
        scene = _SCENES[program] = Scene(mesh, openness_of(program, below), max(900.0, 1.8 * span))
    return scene


def facing(scene: Scene, camera: Camera, size: Size, hidden: np.ndarray | None = None) -> np.ndarray:
    """Which triangles turn their front to a camera and are not too small to see.

    Args:
        scene: the city.
        camera: from where.
        size: (width, height) px.
        hidden: positions of trees that are left out; None leaves out all.

    Returns:
        (t,) bool, in `Scene.order`.
    """
    return _turned(scene, camera, size) & _kept(scene, hidden)


def _kept(scene: Scene, hidden: np.ndarray | None) -> np.ndarray:
    if hidden is None:
        return scene.trees < 0
    return ~np.isin(scene.trees, hidden) if len(hidden) else np.ones(len(scene.trees), bool)


def _turned(scene: Scene, camera: Camera, size: Size) -> np.ndarray:
    if camera.is_parallel:
        least = LEAST_PX / camera.px_per_m(size) ** 2
        near = scene.ordered_groups != STUDIO * 16 + DISTANT
        return near & (scene.normals @ camera.axes[2].astype(np.float32) < -least)
    from_eye = scene.corners - camera.eye.astype(np.float32)
    return np.einsum("ij,ij->i", from_eye, scene.normals) < 0.0


@dataclass(eq=False)
class Shadow:
    """What a sun sees first, as a depth texture that is compared when read.

    Args:
        depth: the texture.
        frame: for drawing into it.
        sun: whose it is, None before the first.
    """

    depth: Any
    frame: Any
    sun: Sun | None = None


class Upload:
    """A scene on a graphics card, with its shadows."""

    def __init__(self, context: Any, scene: Scene) -> None:
        mesh = scene.mesh
        rows = np.zeros(len(mesh.position), ROW)
        for name in ("position", "normal", "uv", "cell", "element"):
            rows[name] = getattr(mesh, name)
        rows["color"] = linear(mesh.color)
        rows["trim"] = linear(mesh.trim)
        self.scene = scene
        self.haze_m = scene.haze_m
        self._vertices = context.buffer(rows.tobytes())
        self._ordered = np.ascontiguousarray(mesh.triangles[scene.order], np.int32)
        self._groups = scene.ordered_groups
        self._starts = np.flatnonzero(np.diff(self._groups, prepend=-1))
        self._index = context.buffer(reserve=max(self._ordered.nbytes, 4), dynamic=True)
        self._arrays: dict[int, Any] = {}
        heights = scene.openness.heights
        self.openness = context.texture(heights.shape[1::-1], 2, heights.astype("<f2").tobytes(), dtype="f2")
        self.openness.repeat_x = self.openness.repeat_y = False
        per_m = 1.0 / scene.openness.side_m
        self.ground = (*scene.openness.origin, per_m, per_m)
        solid = mesh.kind != STUDIO
        # What casts shadows comes before the ground of the surroundings in the order.
        self.solid = 3 * int((self._groups // 16 != STUDIO).sum())
        self._bounds = mesh.position[solid].min(0), mesh.position[solid].max(0)
        self.span_m = float(np.linalg.norm(self._bounds[1] - self._bounds[0]))
        self._shadows: dict[int, Shadow] = {}

    def shadow(self, context: Any, side_px: int) -> "Shadow":
        """The shadow map of a size."""
        if side_px not in self._shadows:
            depth = context.depth_texture((side_px, side_px))
            depth.compare_func = "<="
            depth.repeat_x = depth.repeat_y = False
            self._shadows[side_px] = Shadow(depth, context.framebuffer(depth_attachment=depth))
        return self._shadows[side_px]

    def sun_view(self, sun: Sun) -> np.ndarray:
        """(4, 4) world to the clip space of a sun's shadow map."""
        return sun.matrix(*self._bounds)

    def choose(self, chosen: np.ndarray | None) -> Iterator[tuple[tuple[int, int], int, int]]:
        """Send the indices of some triangles, None for all.

        Gives kind, style, first index and count of each group.
        """
        index = self._ordered if chosen is None else self._ordered[chosen]
        if len(index):
            self._index.orphan()
            self._index.write(index.tobytes())
        if chosen is None:
            return iter(())
        counts = np.add.reduceat(chosen, self._starts, dtype=np.int64) * 3
        firsts = np.cumsum(counts) - counts
        rows = zip(self._groups[self._starts].tolist(), firsts.tolist(), counts.tolist(), strict=True)
        return (((group // 16, group % 16), first, count) for group, first, count in rows if count)

    def array(self, context: Any, program: Any) -> Any:
        """The vertex array that feeds a program."""
        kept = self._arrays.get(program.glo)
        if kept is None:
            has = [name in program for name in NAMES]
            parts = [
                wanted if used else left for wanted, left, used in zip(LAYOUT, SKIPPED, has, strict=True)
            ]
            # A colour has four half floats in the row, of which three are read.
            parts.insert(5, "2x")
            names = [name for name, used in zip(NAMES, has, strict=True) if used]
            kept = self._arrays[program.glo] = context.vertex_array(
                program,
                [(self._vertices, " ".join(parts), *names)],
                index_buffer=self._index,
                index_element_size=4,
            )
        return kept

    def release(self) -> None:
        """Free what it holds on the card."""
        shadows = [thing for shadow in self._shadows.values() for thing in (shadow.frame, shadow.depth)]
        for thing in (*self._arrays.values(), *shadows, self.openness, self._index, self._vertices):
            thing.release()


def linear(colors: np.ndarray) -> np.ndarray:
    """Rows of sRGB bytes and a code, as linear light in [0, 1] and the code itself."""
    made = colors.astype(np.float32)
    share = made[:, :3] / 255.0
    made[:, :3] = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return made
