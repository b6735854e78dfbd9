"""What OpenGL draws of a city in one context: pictures and id buffers."""

__all__ = ["Drawer"]

import os
from typing import Any

import cv2
import numpy as np

from . import city_shaders as shaders
from .city_camera import Camera, Size
from .city_light import Sun
from .city_scene import STUDIO, Scene, Shadow, Upload, facing
from .city_sky import SKY_VERTEX, tone

# Texels along each side of a shadow map: near by, and where a pixel is too large to show more.
SHADOW_PX, FAR_SHADOW_PX = 2048, 1024
SHARPNESS = 1, 2
KEPT_CITIES = 4
NO_TREES = np.zeros(0, np.int64)
KEPT_TARGETS = 6
# Bricks and boards are drawn where a pixel is smaller than this.
NEAR_M_PER_PX = 0.45


class Drawer:
    """One context, its programs, and the cities drawn last."""

    def __init__(self, context: Any) -> None:
        import moderngl

        self.process = os.getpid()
        self.context = context
        self.name = str(context.info["GL_RENDERER"])
        self._flags = moderngl.DEPTH_TEST, moderngl.DEPTH_TEST | moderngl.CULL_FACE
        self._triangles, self._blend = moderngl.TRIANGLES, moderngl.BLEND
        self._tone = tone()
        self._programs: dict[tuple[object, ...], Any] = {}
        self._uploads: dict[int, tuple[Scene, Upload]] = {}
        self._skies: dict[bool, Any] = {}
        self._targets: dict[tuple[str, Size], tuple[Any, ...]] = {}
        with context:
            self._uniforms = context.buffer(reserve=shaders.SCENE_BYTES)

    def picture(
        self,
        scene: Scene,
        camera: Camera,
        size: Size,
        *,
        sun: Sun,
        hidden: np.ndarray = NO_TREES,
        sharpness: tuple[int, int] = SHARPNESS,
    ) -> np.ndarray:
        """A city in day light: in perspective under a sky, else before a plain backdrop.

        Args:
            scene: the city.
            camera: from where.
            size: (width, height) px.
            sun: where it stands.
            hidden: positions of trees that are left out.
            sharpness: samples across and down each pixel.

        Returns:
            (height, width, 3) uint8.
        """
        big = size[0] * sharpness[0], size[1] * sharpness[1]
        with self.context as context:
            upload = self._upload(scene)
            is_near = not camera.is_parallel or camera.px_per_m(size) * NEAR_M_PER_PX > 1.0
            side_px = SHADOW_PX if is_near else FAR_SHADOW_PX
            shadow = self._cast(upload, sun, side_px)
            self._share(upload, camera, big, sun, side_px)
            backdrop = self._backdrop(big) if camera.is_parallel else None
            target = self._target("color", big)
            target.clear(depth=1.0)
            if backdrop is not None:
                context.copy_framebuffer(target, backdrop)
            target.use()
            context.enable_only(self._flags[1])
            context.depth_func = "<="
            shadow.depth.use(0)
            upload.openness.use(1)
            for (kind, style), first, count in upload.choose(facing(scene, camera, size, hidden)):
                if kind == STUDIO and camera.is_parallel:
                    context.enable(self._blend)
                program = self._color(kind, style, is_near, camera.is_parallel)
                upload.array(context, program).render(self._triangles, vertices=count, first=first)
            context.disable(self._blend)
            if not camera.is_parallel:
                self._sky(is_parallel=False)
            pixels = np.frombuffer(target.read(components=4), np.uint8).reshape(big[1], big[0], 4)
        if sharpness == (1, 2):
            pixels = cv2.addWeighted(pixels[0::2], 0.5, pixels[1::2], 0.5, 0.0)
        elif sharpness != (1, 1):
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        return cv2.LUT(cv2.cvtColor(cv2.flip(pixels, 0), cv2.COLOR_RGBA2RGB), self._tone)

    def ids(self, scene: Scene, camera: Camera, size: Size) -> np.ndarray:
        """(height, width) int32: `Mesh.element` of what each pixel's middle shows, 0 where nothing is."""
        with self.context as context:
            upload = self._upload(scene)
            target = self._target("ids", size)
            target.use()
            target.clear(depth=1.0)
            context.enable_only(self._flags[1])
            context.depth_func = "<="
            self._share(upload, camera, size)
            program = self._program("ids", shaders.ids_vertex(), shaders.IDS_FRAGMENT)
            for _, first, count in upload.choose(facing(scene, camera, size)):
                upload.array(context, program).render(self._triangles, vertices=count, first=first)
            pixels = np.frombuffer(target.read(components=1, dtype="i4"), np.int32).reshape(size[1], size[0])
        return pixels[::-1].copy()

    @property
    def is_well(self) -> bool:
        """Whether no error is left from the last work."""
        return self.context.error == "GL_NO_ERROR"

    def close(self) -> None:
        """Give the context back; in a forked process it is the parent's and stays as it is."""
        self._uploads.clear()
        self._targets.clear()
        self._programs.clear()
        self._skies.clear()
        if self.process == os.getpid():
            self.context.release()

    def _upload(self, scene: Scene) -> Upload:
        """The scene on the card; the one not drawn for longest makes room."""
        kept = self._uploads.pop(id(scene), None)
        if kept is None:
            while len(self._uploads) >= KEPT_CITIES:
                self._uploads.pop(next(iter(self._uploads)))[1].release()
            kept = scene, Upload(self.context, scene)
        self._uploads[id(scene)] = kept
        return kept[1]

    def _cast(self, upload: Upload, sun: Sun, side_px: int) -> Shadow:
        """The shadow map of a sun, drawn unless it is there already."""
        shadow = upload.shadow(self.context, side_px)
        if shadow.sun == sun:
            return shadow
        shadow.sun = sun
        shadow.frame.use()
        shadow.frame.clear(depth=1.0)
        self.context.enable_only(self._flags[0])
        self.context.depth_func = "<="
        self._uniforms.write(shaders.scene_bytes(sun_view=upload.sun_view(sun)))
        self._uniforms.bind_to_uniform_block(0)
        upload.choose(None)
        program = self._program("shadow", shaders.shadow_vertex(), shaders.SHADOW_FRAGMENT)
        upload.array(self.context, program).render(self._triangles, vertices=upload.solid)
        return shadow

    def _share(
        self, upload: Upload, camera: Camera, size: Size, sun: Sun | None = None, shadow_px: int = 1
    ) -> None:
        """What all programs of a picture read."""
        values: dict[str, Any] = {"view": camera.matrix()}
        if sun is not None:
            values |= {
                "sun_view": upload.sun_view(sun),
                "ground": upload.ground,
                "window": camera.window,
                "sun": sun.direction,
                "eye": camera.eye,
                "gaze": camera.axes[2],
                "size": size,
                "haze_m": (upload.haze_m,),
                "texel": (1.0 / shadow_px,),
                # So far off its face a place is looked up in the shadow map, or it would shade itself.
                "clearance": (0.05 + 0.8 * upload.span_m / shadow_px,),
            }
        self._uniforms.write(shaders.scene_bytes(**values))
        self._uniforms.bind_to_uniform_block(0)

    def _sky(self, *, is_parallel: bool) -> None:
        if is_parallel not in self._skies:
            program = self._program("sky", SKY_VERTEX, shaders.sky_fragment(is_parallel=is_parallel))
            self._skies[is_parallel] = self.context.vertex_array(program, [])
        self._skies[is_parallel].render(self._triangles, 3)

    def _backdrop(self, size: Size) -> Any:
        """What stands behind a parallel view, painted once a size."""
        is_new = ("backdrop", size) not in self._targets
        frame = self._target("backdrop", size)
        if is_new:
            frame.use()
            frame.clear(depth=1.0)  # depth is copied too
            self.context.enable_only(0)
            self._sky(is_parallel=True)
        return frame

    def _color(self, kind: int, style: int, is_near: bool, is_parallel: bool) -> Any:
        key = ("color", kind, style, is_near, is_parallel)
        if key not in self._programs:
            fragment = shaders.color_fragment(kind, style, is_near=is_near, is_parallel=is_parallel)
            program = self._program(key, shaders.color_vertex(kind, is_parallel=is_parallel), fragment)
            for name, unit in (("shadows", 0), ("heights", 1)):
                if name in program:
                    program[name].value = unit
        return self._programs[key]

    def _program(self, key: object, vertex: str, fragment: str) -> Any:
        name = key if isinstance(key, tuple) else (key, fragment)
        if name not in self._programs:
            program = self.context.program(vertex, fragment)
            if "Scene" in program:
                program["Scene"].binding = 0
            self._programs[name] = program
        return self._programs[name]

    def _target(self, kind: str, size: Size) -> Any:
        """A frame to draw into; the one not used for longest makes room."""
        kept = self._targets.pop((kind, size), None)
        if kept is None:
            while len(self._targets) >= KEPT_TARGETS:
                for thing in self._targets.pop(next(iter(self._targets))):
                    thing.release()
            channels, dtype = (1, "i4") if kind == "ids" else (4, "f1")
            texture = self.context.texture(size, channels, dtype=dtype)
            depth = self.context.depth_renderbuffer(size)
            kept = self.context.framebuffer([texture], depth), texture, depth
        self._targets[kind, size] = kept
        return kept[0]
