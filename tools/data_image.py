"""Pictures inside a page: what a `data:` address holds."""

__all__ = ["DataImage", "is_opaque_image", "read_data_image"]

import base64
import binascii
import re
import warnings
from functools import lru_cache
from io import BytesIO
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
OPAQUE = 250
SVG = "svg+xml"
_HEAD = re.compile(r"data:image/([a-z.+-]+)\s*(?:;[^,]*)?", re.IGNORECASE)
_SPACES = re.compile(r"[\t\n\f\r ]+")


class DataImage(NamedTuple):
    """A picture inside an address.

    Args:
        kind: `png`, `jpeg`, `gif`, `webp` or `svg+xml`.
        raw: its bytes.
        pixels: width times height; 0 for an SVG.
    """

    kind: str
    raw: bytes
    pixels: int

    def url(self) -> str:
        """The address, written one way."""
        return f"data:image/{self.kind};base64,{base64.b64encode(self.raw).decode()}"


def read_data_image(url: str) -> DataImage | None:
    """The picture of a `data:image/...` address; None for anything else and for broken pictures.

    Only its head is decoded: a picture of 10 KB may have 900 million pixels.
    """
    head, comma, body = url.partition(",")
    found = _HEAD.fullmatch(head.strip())
    if not comma or found is None:
        return None
    try:
        raw = unquote_to_bytes(_SPACES.sub("", body) if ";base64" in head.lower().replace(" ", "") else body)
        if head.lower().replace(" ", "").endswith(";base64"):
            raw = base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return None
    if found[1].lower() == SVG:
        return DataImage(SVG, raw, 0)
    opened = _opened(raw)
    return None if opened is None else DataImage(opened[0], raw, opened[1])


@lru_cache(maxsize=256)
def is_opaque_image(url: str) -> bool:
    """Whether a picture hides everything below it.

    Args:
        url: a `data:image/...` address.
    """
    from PIL import Image, UnidentifiedImageError

    found = read_data_image(url)
    if found is None or found.kind == SVG:
        return False
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(found.raw), formats=FORMATS) as picture:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if "transparency" not in picture.info and "A" not in picture.getbands():
                return True
            lowest = picture.convert("RGBA").getchannel("A").getextrema()[0]
            return isinstance(lowest, (int, float)) and lowest >= OPAQUE
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Warning, Image.DecompressionBombError):
        return False


def _opened(raw: bytes) -> tuple[str, int] | None:
    """Format and pixels of a picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(raw), formats=FORMATS) as picture:
                return (picture.format or "").lower(), picture.width * picture.height
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError):
        return None
