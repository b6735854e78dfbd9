"""Thumbnails of a page's pictures, measured against a byte budget.

Every picture may have 720 px at WebP quality 80; a sample tells the ceiling that pictures have to keep, the
larger ones go down the ladder until they do, and while the sum is over budget the largest go on. Knows no
episodes.
"""

__all__ = ["LADDER", "ImageSource", "Thumbnail", "thumbnails"]

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from math import inf

from PIL import Image

from ..errors import UsageError

ImageSource = Callable[[str], tuple[bytes, str]]

LADDER = (
    (720, 80),
    (640, 76),
    (560, 72),
    (480, 68),
    (400, 64),
    (336, 60),
    (280, 56),
    (224, 50),
    (168, 44),
    (112, 36),
)
"""Longest side in px and WebP quality, best first."""

SAMPLE = 12
BATCH = 16
WORKERS = 2
STEP_SAVES = 0.2
FORMATS = ("PNG", "JPEG", "WEBP")


@dataclass(frozen=True)
class Thumbnail:
    """One picture of the page, or the reason why it is not there.

    Args:
        data: encoded bytes, empty where there is a problem.
        mime: `image/webp`, or the original's type where that is the smaller one.
        width: of the original, px.
        height: of the original, px.
        problem: "", or why there is no picture.
    """

    data: bytes
    mime: str
    width: int
    height: int
    problem: str = ""

    @property
    def cost(self) -> int:
        """Characters of its base64 form."""
        return -(-len(self.data) // 3) * 4


def thumbnails(hashes: Sequence[str], image: ImageSource, *, budget_bytes: int) -> list[Thumbnail]:
    """One thumbnail per hash, in order, together at most `budget_bytes` as base64.

    A picture that `image` does not know (LookupError, UsageError) or that is no PNG, JPEG or WebP becomes a
    Thumbnail with a problem; so does what would not fit at the lowest rung, largest first.
    """
    sample = hashes[:: max(1, len(hashes) // SAMPLE)]
    tried = list(_encode_all([(key, 0) for key in sample], image, inf))
    ceiling = _level([item.cost for item, _ in tried], budget_bytes / max(1, len(hashes)))
    if ceiling < inf:
        tried = list(_encode_all([(key, 0) for key in sample], image, ceiling))
    start = sorted(rung for _, rung in tried)[len(tried) // 2] if tried else 0
    made = list(_encode_all([(key, start) for key in hashes], image, ceiling))
    while (excess := sum(item.cost for item, _ in made) - budget_bytes) > 0:
        again: list[int] = []
        for at in sorted(range(len(made)), key=lambda at: -made[at][0].cost):
            item, rung = made[at]
            if excess <= 0:
                break
            if rung + 1 < len(LADDER):
                again.append(at)
                excess -= item.cost * STEP_SAVES
            else:
                made[at] = Thumbnail(b"", "", item.width, item.height, "left out: the page is full"), rung
                excess -= item.cost
        lower = _encode_all([(hashes[at], made[at][1] + 1) for at in again], image, inf)
        for at, pair in zip(again, lower, strict=True):
            made[at] = pair
    return [item for item, _ in made]


def _level(costs: Sequence[int], share: float) -> float:
    """The ceiling under which costs average to the share: what small ones leave over goes to the large.

    >>> _level([10, 100, 100], 50.0), _level([10, 20], 50.0)
    (70.0, inf)
    """
    left, rest = share * len(costs), sorted(costs)
    for at, cost in enumerate(rest):
        if cost * (len(rest) - at) > left:
            return left / (len(rest) - at)
        left -= cost
    return inf


def _encode_all(
    wanted: Sequence[tuple[str, int]], image: ImageSource, ceiling: float
) -> Iterator[tuple[Thumbnail, int]]:
    """Thumbnails and their rungs in order; pictures are fetched on this thread and encoded on others."""
    with ThreadPoolExecutor(WORKERS) as pool:
        for start in range(0, len(wanted), BATCH):
            batch = [(_fetch(key, image), rung, ceiling) for key, rung in wanted[start : start + BATCH]]
            yield from pool.map(lambda item: _encode(*item), batch)


def _fetch(key: str, image: ImageSource) -> bytes | None:
    try:
        return image(key)[0]
    except (LookupError, UsageError):
        return None


def _encode(data: bytes | None, start: int, ceiling: float) -> tuple[Thumbnail, int]:
    """The picture at the best rung that costs at most the ceiling, or at the last rung.

    The search begins at `start`: where that leaves room, a better rung is tried first.
    """
    if data is None:
        return Thumbnail(b"", "", 0, 0, "not in this run"), start
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
        width, height = picture.size
        mime = f"image/{str(picture.format).lower()}"
        pixels = picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return Thumbnail(b"", "", 0, 0, "cannot be decoded"), start
    first = Thumbnail(_webp(pixels, start), "image/webp", width, height)
    rung = _better(start, first.cost, ceiling, max(width, height)) if ceiling < inf else start
    while True:
        item = first if rung == start else Thumbnail(_webp(pixels, rung), "image/webp", width, height)
        if rung == 0 and len(data) <= len(item.data):
            item = Thumbnail(data, mime, width, height)
        if item.cost <= ceiling or rung + 1 == len(LADDER):
            return item, rung
        rung += 1


def _webp(pixels: Image.Image, rung: int) -> bytes:
    side_px, quality = LADDER[rung]
    small, out = pixels.copy(), BytesIO()
    small.thumbnail((side_px, side_px), Image.Resampling.BICUBIC, reducing_gap=2.0)
    small.save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()


def _better(rung: int, cost: int, ceiling: float, longest_px: int) -> int:
    """The best rung up to this one that fits, if cost goes with area and quality."""
    side_px, quality = LADDER[rung]
    for higher in range(rung):
        side, q = LADDER[higher]
        if cost * (min(side, longest_px) / min(side_px, longest_px)) ** 2 * q / quality <= ceiling:
            return higher
    return rung
