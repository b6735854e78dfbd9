"""What is measured: one factory a row, which sets its work up.

A new row is a function that returns a `Row`, and one line in `ROWS`. A peer is optional: its absence is
shown in the row, never an error.
"""

__all__ = ["ROWS"]

import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from tempfile import TemporaryDirectory

from .city import city_reward, city_validity
from .city_views import city_mesh_row, city_view
from .decks import slide_reward
from .gui import gui_reward
from .harness import Factory, Row
from .loop import loop_pictures, loop_turns
from .records import record_read, record_scan, record_write
from .robot import robot_reward, robot_step, robot_views
from .slides import slide_rate, slide_screenshot

PHOTO_SIZE_PX = (8000, 6000)
CROP = (3210.0, 2480.0, 3610.0, 2780.0)
VIEW_SIZE_PX = (1120, 840)
SSIM_SIDE_PX = 224
NOISE_SIDE_PX = 500


def image_ssim() -> Row:
    """SSIM of two 224x224 RGB pictures."""
    import numpy as np

    from ..rewards.image import ssim

    rng = np.random.default_rng(0)
    a = rng.integers(0, 256, (SSIM_SIDE_PX, SSIM_SIDE_PX, 3), np.uint8)
    b = np.clip(a + rng.normal(0.0, 20.0, a.shape), 0, 255).astype(np.uint8)
    peer: Callable[[], object] | None = None
    if find_spec("skimage"):
        from skimage.metrics import structural_similarity

        peer = partial(structural_similarity, a, b, channel_axis=2, data_range=255)
    return Row("image.ssim", partial(ssim, a, b), peer, "scikit-image", 3.0, 3.0)


def zoom_48mp() -> Row:
    """A 400x300 px crop of a decoded 8000x6000 picture, enlarged to 1120x840."""
    import numpy as np
    from PIL import Image

    from ..tools.views import resample

    width, height = PHOTO_SIZE_PX
    noise = np.random.default_rng(0).integers(0, 256, (NOISE_SIDE_PX, NOISE_SIDE_PX, 3), np.uint8)
    photo = np.tile(noise, (height // NOISE_SIDE_PX, width // NOISE_SIDE_PX, 1))
    decoded = Image.fromarray(photo)
    x0, y0, x1, y1 = (int(edge) for edge in CROP)
    wide, tall = VIEW_SIZE_PX

    def peer() -> object:
        return decoded.crop((x0, y0, x1, y1)).resize((wide, tall), Image.Resampling.BICUBIC)

    return Row("zoom.48mp", partial(resample, photo, CROP, (tall, wide)), peer, "Pillow", 2.0, 8.0)


def import_time() -> Row:
    """`import eyesmith` in a fresh process, the interpreter's own start included."""
    folder = TemporaryDirectory(
        prefix="eyesmith-bench-"
    )  # away from a checkout, whose folders would shadow names

    def importing(module: str) -> None:
        subprocess.run([sys.executable, "-c", f"import {module}"], cwd=folder.name, check=True)

    return Row(
        "import",
        partial(importing, "eyesmith"),
        partial(importing, "gymnasium"),
        "gymnasium",
        350.0,
        0.7,
        folder.cleanup,
    )


def contract_step() -> Row:
    """One call of a tool that does nothing, through the whole contract."""
    from ..tools.tool import ToolCall
    from .blank import BareEnv, BlankEnv

    env, bare = BlankEnv(), BareEnv()
    env.begin(env.get_task("train", 0))
    bare.reset()
    call, action = ToolCall("nod", {"times": 2}), '{"name": "nod", "arguments": {"times": 2}}'
    return Row(
        "contract.step",
        partial(env.call, call),
        partial(bare.step, action),
        "a bare Gymnasium text env",
        0.05,
    )


ROWS: Mapping[str, Factory] = {
    "city.mesh": city_mesh_row,
    "city.reward": city_reward,
    "city.validity": city_validity,
    "city.view": city_view,
    "contract.step": contract_step,
    "gui.reward": gui_reward,
    "image.ssim": image_ssim,
    "import": import_time,
    "loop.pictures": loop_pictures,
    "loop.turns": loop_turns,
    "record.read": record_read,
    "record.scan": record_scan,
    "record.write": record_write,
    "robot.reward": robot_reward,
    "robot.step": robot_step,
    "robot.views": robot_views,
    "slide.rate": slide_rate,
    "slide.reward": slide_reward,
    "slide.screenshot": slide_screenshot,
    "zoom.48mp": zoom_48mp,
}
