"""What the cameras of a robot scene see, and which pixel is whose.

Draws states as they are given, possible or not, so that what was predicted and what happened are drawn by the
same hand.
"""

__all__ = ["FAST_PX", "PRETTY_PX", "film", "masks", "pretty", "views"]

from collections.abc import Sequence

import numpy as np

from ..errors import UsageError
from .robot_canvas import ARM, NOTHING, TABLE, Canvas, Thing, canvas
from .robot_canvas_process import RemoteCanvas
from .robot_rollout import Track
from .robot_scene import CAMERAS, VIEWS, Scene

FAST_PX, PRETTY_PX = (224, 224), (640, 480)
LARGEST_PX = (1280, 960)
RAYS = 20
MAT_SHINE, SHINE = 0.02, 0.18


def views(
    scene: Scene,
    joints: np.ndarray,
    width_m: float,
    poses: np.ndarray,
    cameras: Sequence[str] = VIEWS,
    size_px: tuple[int, int] = FAST_PX,
) -> np.ndarray:
    """A state through several cameras.

    Args:
        scene: whose.
        joints: (7,) rad.
        width_m: opening of the gripper.
        poses: (n, 7) of the objects.
        cameras: of CAMERAS.
        size_px: width and height.

    Returns:
        (cameras, H, W, 3) uint8.

    Raises:
        UsageError: an unknown camera, a size beyond 1280x960, or numbers that are not finite.
        InfrastructureError: there is no OpenGL.
    """
    drawer = _placed(scene, joints, width_m, poses, cameras, size_px)
    return np.stack([drawer.shot(name, size_px, scene.look) for name in cameras])


def pretty(
    scene: Scene,
    joints: np.ndarray,
    width_m: float,
    poses: np.ndarray,
    camera: str = "pretty",
    size_px: tuple[int, int] = PRETTY_PX,
    *,
    rays: int = RAYS,
) -> np.ndarray:
    """A state with soft light and shadows: (H, W, 3) uint8.

    Args:
        scene: whose.
        joints: (7,) rad.
        width_m: opening of the gripper.
        poses: (n, 7).
        camera: one of CAMERAS.
        size_px: width and height.
        rays: pictures it is the mean of, 1 to 512; the time it takes grows with them.

    Raises:
        UsageError, InfrastructureError: as `views` says.
    """
    if not 1 <= rays <= 512:
        raise UsageError(f"rays: 1 to 512, got {rays}")
    drawer = _placed(scene, joints, width_m, poses, (camera,), size_px, is_plain=False)
    return drawer.photo(camera, size_px, scene.look, rays)


def masks(
    scene: Scene,
    joints: np.ndarray,
    width_m: float,
    poses: np.ndarray,
    cameras: Sequence[str] = VIEWS,
    size_px: tuple[int, int] = FAST_PX,
) -> np.ndarray:
    """Which pixel is whose: (cameras, H, W) int16.

    -1 is nothing, i < n the i-th object, n the arm with its gripper, n + 1 the table, n + 2 a fixture.
    Arguments and errors as of `views`.
    """
    drawer = _placed(scene, joints, width_m, poses, cameras, size_px)
    count = len(scene.bodies)
    raw = np.stack([drawer.labels(name, size_px) for name in cameras])
    found = np.minimum(raw, count + 2)
    found[raw >= count] = count + 2
    for number, own in ((ARM, count), (TABLE, count + 1), (NOTHING, -1)):
        found[raw == number] = own
    return found


def film(
    scene: Scene,
    track: Track,
    ticks: Sequence[int] | None = None,
    cameras: Sequence[str] = VIEWS,
    size_px: tuple[int, int] = FAST_PX,
) -> np.ndarray:
    """Views of several states: (ticks, cameras, H, W, 3) uint8; None takes every tick.

    Arguments and errors as of `views`.
    """
    rows = range(len(track.joints)) if ticks is None else ticks
    return np.stack(
        [
            views(scene, track.joints[row], float(track.width[row]), track.poses[row], cameras, size_px)
            for row in rows
        ]
    )


def _placed(
    scene: Scene,
    joints: np.ndarray,
    width_m: float,
    poses: np.ndarray,
    cameras: Sequence[str],
    size_px: tuple[int, int],
    *,
    is_plain: bool = True,
) -> Canvas | RemoteCanvas:
    """This thread's canvas with everything where it is.

    Raises:
        UsageError: as `views` says.
    """
    unknown = [name for name in cameras if name not in CAMERAS]
    if unknown or not cameras:
        raise UsageError(f"cameras are {', '.join(CAMERAS)}; got {unknown or 'none'}")
    if not all(1 <= side <= most for side, most in zip(size_px, LARGEST_PX, strict=True)):
        raise UsageError(f"pictures have 1x1 to {LARGEST_PX[0]}x{LARGEST_PX[1]} px, got {size_px}")
    held = np.asarray(poses, float).reshape(-1, 7)
    angles = np.asarray(joints, float)
    is_finite = np.isfinite(angles).all() and np.isfinite(held).all() and np.isfinite(width_m)
    if angles.shape != (7,) or len(held) != len(scene.bodies) or not is_finite:
        raise UsageError(
            f"a state has 7 finite joint angles and a pose (7,) for each of {len(scene.bodies)} objects; got "
            f"{angles.shape} and {np.shape(poses)}"
        )
    things = [
        Thing(body.kind, body.size_m, body.colour, pose, SHINE)
        for body, pose in zip(scene.bodies, held, strict=True)
    ]
    things += [
        Thing(one.kind, one.size_m, one.colour, np.array(one.pose), MAT_SHINE if one.kind == "mat" else SHINE)
        for one in scene.fixtures
    ]
    drawer = canvas()
    drawer.set_up(scene.look, angles, width_m, things, is_plain=is_plain)
    return drawer
