"""Surfaces of the robot's table as pictures: wood in planks, felt, linen.

Made of seeded noise with numpy alone, so that no picture file has to be shipped.
"""

__all__ = ["TEXTURE_PX", "texture"]

from functools import lru_cache

import cv2
import numpy as np

from ..errors import UsageError

TEXTURE_PX = 1024
PLANKS = 7
WOODS = {  # light, dark, in sRGB
    "oak": ((201, 162, 118), (163, 121, 80)),
    "walnut": ((126, 86, 60), (84, 54, 37)),
}
CLOTHS = {"felt": (104, 120, 112), "linen": (196, 190, 178)}


@lru_cache(maxsize=8)
def texture(surface: str) -> np.ndarray:
    """A surface from above: (1024, 1024, 3) uint8, read-only.

    Args:
        surface: oak, walnut, felt or linen.

    Raises:
        UsageError: another name.

    >>> texture("oak").shape
    (1024, 1024, 3)
    """
    if surface in WOODS:
        made = _wood(*(np.array(colour, float) for colour in WOODS[surface]))
    elif surface in CLOTHS:
        made = _cloth(np.array(CLOTHS[surface], float), is_woven=surface == "linen")
    else:
        raise UsageError(f"a surface is one of {sorted(WOODS | CLOTHS)}, got {surface!r}")
    made = np.clip(np.rint(made), 0, 255).astype(np.uint8)
    made.flags.writeable = False
    return made


def _noise(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Smooth noise of so many cells, (1024, 1024), mean 0, deviation about 1."""
    cells = rng.standard_normal((rows, columns)).astype(np.float32)
    return cv2.resize(cells, (TEXTURE_PX, TEXTURE_PX), interpolation=cv2.INTER_CUBIC).astype(float)


def _wood(light: np.ndarray, dark: np.ndarray) -> np.ndarray:
    """Planks along x: rings that bend slowly, fibres, pores, and a tone a plank."""
    rng = np.random.default_rng(11)
    across = np.linspace(0.0, PLANKS, TEXTURE_PX, endpoint=False)[:, None]
    plank = np.floor(across).astype(int)
    tone, shift = rng.uniform(-0.16, 0.16, PLANKS), rng.uniform(0.0, 40.0, PLANKS)
    bend = 0.9 * _noise(rng, 14, 3) + 0.35 * _noise(rng, 40, 6)
    rings = 0.5 + 0.5 * np.sin(2.0 * np.pi * (across * 3.3 + shift[plank] + 0.55 * bend))
    fibre = 0.13 * _noise(rng, 512, 12) + 0.08 * _noise(rng, 1024, 60)
    share = np.clip(0.34 + 0.30 * rings**1.6 + fibre + tone[plank] + 0.10 * _noise(rng, 5, 4), 0.0, 1.0)
    made = light + share[:, :, None] * (dark - light)
    inside = np.abs(across - np.rint(across)) * TEXTURE_PX / PLANKS  # px from the nearest seam
    seam = 1.0 - 0.42 * np.exp(-((inside / 1.1) ** 2))
    return made * seam[:, :, None]


def _cloth(colour: np.ndarray, *, is_woven: bool) -> np.ndarray:
    """Felt is noise of several sizes; linen is a weave with uneven threads."""
    rng = np.random.default_rng(12)
    grain = 0.020 * _noise(rng, 512, 512) + 0.016 * _noise(rng, 128, 128) + 0.012 * _noise(rng, 9, 9)
    if is_woven:
        place = np.arange(TEXTURE_PX) * (2.0 * np.pi / 8.0)
        weave = np.sin(place)[:, None] * np.sin(place)[None]
        threads = 0.024 * _noise(rng, 256, 3) + 0.024 * _noise(rng, 3, 256)
        grain = 0.5 * grain + 0.035 * weave + threads
    return colour * (1.0 + grain)[:, :, None]
