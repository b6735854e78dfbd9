"""Pictures of a city: plan, isometric, street and section.

The plan is OpenCV's; the others are OpenGL's where a context can be had, else the painter's, and each picture
says in its label which. The same city gives the same bytes in any process on the same machine, whatever was
drawn before.
"""

__all__ = ["RENDERERS", "VIEWS", "Renderer", "View", "draw", "id_buffer", "view_camera", "visible_px"]

from collections.abc import Callable, Sequence
from typing import Literal

import cv2
import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw

from ..errors import UsageError, did_you_mean
from . import city_gl
from .city_camera import Camera, Size, iso_camera, section_camera, street_camera
from .city_footprints import Footprints
from .city_light import DAY, Sun
from .city_painter import paint_city, paint_ids
from .city_plan import draw_plan
from .city_scene import scene_of
from .city_section import draw_cuts
from .city_trees import trees_of
from .fonts import font
from .tool import Image

View = Literal["plan", "iso", "street", "section"]
Renderer = Literal["auto", "opengl", "painter"]
VIEWS: tuple[View, ...] = ("plan", "iso", "street", "section")
RENDERERS: tuple[Renderer, ...] = ("auto", "opengl", "painter")
SIZE_PX: Size = (640, 480)
SIDE_PX = 64, 4096
ISO_AZIMUTH_DEG = 45.0
SECTION_AZIMUTH_DEG = 0.0
# Trees this near to the eye, or to the line from it to a target, are left out of a street view.
CLEAR_OF_EYE_M, CLEAR_OF_SIGHT_M = 9.0, 3.2
ACCENT = (214, 62, 40)
COMPASS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


def draw(
    city: Footprints,
    view: View = "iso",
    *,
    azimuth_deg: float | None = None,
    target: str = "",
    highlight: Sequence[str] = (),
    size_px: Size = SIZE_PX,
    sun: Sun = DAY,
    renderer: Renderer = "auto",
) -> Image:
    """A picture of a city.

    Args:
        city: what is drawn.
        view: `plan` from straight above, with ids; `iso` from above at an angle; `street` at eye level;
            `section` through the target, or through the tallest building.
        azimuth_deg: the direction in which one looks, clockwise from north; None takes north-east for `iso`,
            north for `section` and what shows the target best for `street`. The plan has north up.
        target: id of the element looked at: `iso` frames it, `street` looks at it from where the least is in
            between, `section` cuts it, `plan` outlines it; "" is the whole city.
        highlight: ids of elements that are outlined and named.
        size_px: (width, height), 64 to 4096 each.
        sun: where it stands, for `iso`, `street` and `section`.
        renderer: `auto` takes OpenGL where it can be had.

    Returns:
        the picture; its label says the view, the direction and what drew it.

    Raises:
        UsageError: an unknown view, renderer, target or highlighted id, or a size out of bounds.
        MissingExtraError: moderngl is not installed, and `renderer` is not `painter`.

    >>> from eyesmith.tools.city import City
    >>> from eyesmith.tools.city_parts import Program
    >>> site = np.array([[0.0, 0.0], [60.0, 0.0], [60.0, 40.0], [0.0, 40.0]])
    >>> draw(City(Program(1, site)), "plan", size_px=(320, 240)).label
    'plan, north up, drawn by OpenCV'
    """
    _check(city, view, target, highlight, size_px, renderer)
    if view == "plan":
        lit = [name for name in dict.fromkeys([target, *highlight]) if name]
        return Image(draw_plan(city, size_px, lit), "plan, north up, drawn by OpenCV")
    camera = view_camera(city, view, azimuth_deg=azimuth_deg, target=target, size_px=size_px)
    scene, hidden = scene_of(city.program), _hidden(city, view, camera, target)
    picture = _opengl(renderer, lambda drawer: drawer.picture(scene, camera, size_px, sun=sun, hidden=hidden))
    told = "OpenGL" if picture is not None else "OpenCV (approximate: no OpenGL here)"
    if picture is None:
        picture = paint_city(city.program, scene, camera, size_px, sun=sun, hidden=hidden)
    if view == "section":
        picture = draw_cuts(picture, city.program, camera, size_px, highlight)
    elif highlight:
        ids = id_buffer(city, camera, size_px=size_px, renderer=renderer)
        picture = _outlined(picture, city, ids, highlight)
    looking = f"looking {_compass(camera.azimuth_deg)} ({round(camera.azimuth_deg) % 360} degrees)"
    where = f" at {target}" if target else ""
    return Image(np.ascontiguousarray(picture), f"{view}{where}, {looking}, drawn by {told}")


def view_camera(
    city: Footprints,
    view: View,
    *,
    azimuth_deg: float | None = None,
    target: str = "",
    size_px: Size = SIZE_PX,
) -> Camera:
    """The camera of a view, with the arguments of `draw`; the plan has none.

    Raises:
        UsageError: as `draw`, and for `plan`.
    """
    _check(city, view, target, (), size_px, "auto")
    element = city.element(target) if target else None
    if view == "iso":
        azimuth = ISO_AZIMUTH_DEG if azimuth_deg is None else azimuth_deg
        return iso_camera(city.program, size_px, azimuth_deg=azimuth, around=[element] if element else ())
    if view == "street":
        return street_camera(city.program, size_px, target=element, azimuth_deg=azimuth_deg)
    if view == "section":
        element = element or max(city.buildings, key=lambda one: one.top, default=None)
        ring = city.program.site if element is None else element.polygon
        through = ring.mean(0) if element is None else city.centroids[city.position(element.id)]
        azimuth = SECTION_AZIMUTH_DEG if azimuth_deg is None else azimuth_deg
        return section_camera(city.program, size_px, through=through, azimuth_deg=azimuth)
    raise UsageError("the plan has no camera: it shows the ground as it is, north up")


def id_buffer(
    city: Footprints, camera: Camera, *, size_px: Size = SIZE_PX, renderer: Renderer = "auto"
) -> np.ndarray:
    """Which element each pixel shows; trees hide nothing, for they are scenery.

    Both renderers are exact, and agree but for pixels whose middle lies on an edge.

    Args:
        city: what is seen.
        camera: from where (`view_camera`, or one of `city_camera`).
        size_px: (width, height).
        renderer: as for `draw`.

    Returns:
        (height, width) int32: 1 + position in `city.elements`, 0 where no element is seen.
    """
    scene = scene_of(city.program)
    ids = _opengl(renderer, lambda drawer: drawer.ids(scene, camera, size_px))
    return paint_ids(scene, camera, size_px) if ids is None else ids


def visible_px(city: Footprints, ids: np.ndarray) -> dict[str, int]:
    """How many pixels of an id buffer show each element, 0 where it is not seen."""
    counts = np.bincount(ids.ravel(), minlength=len(city.elements) + 1)
    return {element.id: int(count) for element, count in zip(city.elements, counts[1:], strict=True)}


def _opengl(
    renderer: Renderer, work: Callable[[city_gl.Drawer | city_gl.RemoteDrawer], np.ndarray]
) -> np.ndarray | None:
    """What OpenGL makes, or None where the painter is asked for or has to do."""
    made = None if renderer == "painter" else city_gl.drawn(work)
    if made is None and renderer == "opengl":
        raise UsageError(f"no OpenGL context here ({city_gl.why_none()}): take renderer='painter' or 'auto'")
    return made


def _check(
    city: Footprints, view: str, target: str, highlight: Sequence[str], size_px: Size, renderer: str
) -> None:
    for what, value, choices in (("view", view, VIEWS), ("renderer", renderer, RENDERERS)):
        if value not in choices:
            raise UsageError(
                f"unknown {what} {value!r}; it is one of {', '.join(choices)}."
                f"{did_you_mean(str(value), choices)}"
            )
    for name in (*([target] if target else []), *highlight):
        city.position(name)
    if len(size_px) != 2 or not all(
        isinstance(side, int) and SIDE_PX[0] <= side <= SIDE_PX[1] for side in size_px
    ):
        raise UsageError(
            f"size_px is (width, height), whole numbers from {SIDE_PX[0]} to {SIDE_PX[1]}, got {size_px!r}"
        )


def _hidden(city: Footprints, view: str, camera: Camera, target: str) -> np.ndarray:
    """Trees that a view leaves out: before the lens, before its target, or on the line of a section."""
    trees = trees_of(city.program)
    feet = trees.feet
    if view == "section":
        return np.flatnonzero((feet - camera.eye[:2]) @ camera.axes[2, :2] < trees.radius * 1.2)
    if view != "street" or not len(feet):
        return np.zeros(0, np.int64)
    offset = feet - camera.eye[:2]
    near = np.hypot(offset[:, 0], offset[:, 1]) < CLEAR_OF_EYE_M
    if target:
        sight = city.centroids[city.position(target)] - camera.eye[:2]
        length = max(float(np.hypot(*sight)), 1e-9)
        along = offset @ sight / length
        across = np.abs(offset[:, 0] * sight[1] - offset[:, 1] * sight[0]) / length
        near |= (along > 0.0) & (along < 0.9 * length) & (across < CLEAR_OF_SIGHT_M + 0.12 * along)
    return np.flatnonzero(near)


def _outlined(picture: np.ndarray, city: Footprints, ids: np.ndarray, highlight: Sequence[str]) -> np.ndarray:
    """The picture with the seen parts of some elements outlined and named."""
    made = picture.copy()
    tags: list[tuple[str, int, int]] = []
    for name in highlight:
        mask = (ids == city.position(name) + 1).astype(np.uint8)
        if not mask.any():
            continue
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(made, outlines, -1, ACCENT, 2, cv2.LINE_AA)
        rows, columns = np.nonzero(mask)
        tags.append((name, int(columns[rows == rows.min()].mean()), int(rows.min())))
    shown = PillowImage.fromarray(made)
    pen = ImageDraw.Draw(shown)
    face = font("Inter", 12, 600)
    for name, x, y in tags:
        wide = face.getlength(name) + 10
        left = float(np.clip(x - wide / 2, 2, max(picture.shape[1] - wide - 2, 2)))
        top = max(y - 24, 2)
        pen.rounded_rectangle((left, top, left + wide, top + 18), 4, fill=(255, 255, 255), outline=ACCENT)
        pen.text((left + wide / 2, top + 9), name, fill=ACCENT, font=face, anchor="mm")
    return np.array(shown)


def _compass(azimuth_deg: float) -> str:
    return COMPASS[round(azimuth_deg / 45.0) % 8]
