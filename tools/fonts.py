"""The shipped typefaces, so that pictures look alike on every machine.

Latin subsets (OFL, or the DejaVu licence; texts beside the files). Pillow uses only these, never the
system's.
"""

__all__ = ["FACES", "font", "font_path"]

from functools import cache, lru_cache
from importlib.resources import as_file, files
from pathlib import Path

from PIL import ImageFont

from ..errors import UsageError, did_you_mean

FACES: dict[str, tuple[int, ...]] = {
    "BarlowCondensed": (500, 700),
    "DejaVuSans": (400, 700),
    "Inter": (400, 600, 700),
    "JetBrainsMono": (400, 700),
    "SourceSerif4": (400, 700),
}


@cache
def font_path(face: str, weight: int) -> Path:
    """Path of a shipped font file.

    Raises:
        UsageError: no such face or weight.
    """
    if face not in FACES:
        raise UsageError(
            f"unknown font face {face!r}; shipped: {', '.join(FACES)}.{did_you_mean(face, FACES)}"
        )
    if weight not in FACES[face]:
        raise UsageError(f"{face} is shipped in the weights {FACES[face]}, not {weight}")
    with as_file(files(__name__.rpartition(".")[0]) / "fonts" / f"{face}-{weight}.ttf") as path:
        return path


@lru_cache(maxsize=256)
def font(face: str = "Inter", size_px: int = 16, weight: int = 400) -> ImageFont.FreeTypeFont:
    """A Pillow font; basic layout, so that no system library changes the result.

    >>> font("Inter", 20, 700).getname()[0]
    'Inter'
    """
    return ImageFont.truetype(font_path(face, weight), size_px, layout_engine=ImageFont.Layout.BASIC)
