"""The viewer page: one HTML file that shows what agents saw and made.

The page loads nothing: its data stand in it as escaped JSON, its pictures as base64, and a content security
policy with the hashes of the one style and the one script forbids everything else. The script builds the DOM
from text nodes only, so that nothing an agent wrote is ever parsed as markup. Knows no storage: episodes come
as an iterable, pictures from a function.
"""

__all__ = ["PageReport", "write_page"]

import json
import os
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..errors import StorageError, UsageError
from .filmstrip import column, filmstrip, reward_of
from .thumbnails import ImageSource, Thumbnail, thumbnails

SCRIPTS = ("dom.js", "pictures.js", "list.js", "detail.js", "app.js")
TEXT_CAPS = (200_000, 50_000, 12_000, 3_000, 800)
TEXT_SHARE = 0.5
MARGIN_BYTES = 16_384
PICTURE_BYTES = 160
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


@dataclass(frozen=True)
class PageReport:
    """What was written.

    Args:
        path: the page.
        shown: episodes on it.
        total: episodes that were offered.
        pictures: pictures on it, each counted once.
        missing: pictures that the run does not hold or that cannot be decoded.
        left_out: pictures that did not fit.
        size_bytes: size of the file.
        text_cap: longest text shown whole, in characters.
    """

    path: Path
    shown: int
    total: int
    pictures: int
    missing: int
    left_out: int
    size_bytes: int
    text_cap: int


def write_page(
    episodes: Iterable[Any],
    image: ImageSource,
    out: Path,
    *,
    title: str,
    limit: int = 200,
    max_bytes: int = 50_000_000,
    coords: Mapping[str, str] | None = None,
) -> PageReport:
    """Write the page of a run, whole or not at all.

    Args:
        episodes: stored episodes, as mappings or objects; the first `limit` are shown, all are counted.
        image: sha256 of a picture -> (encoded bytes, format); LookupError or UsageError where it is missing.
        out: the HTML file; its folder is made, an older page is replaced at once.
        title: stands above the page.
        limit: most episodes shown.
        max_bytes: size that the file never passes: pictures shrink first, then long texts are cut.
        coords: environment id -> convention of `bbox_2d`, for rows whose `env_kwargs` name none.

    Raises:
        UsageError: `limit` below 1, or `max_bytes` too small for the episodes' texts.
        StorageError: the file cannot be written.
    """
    if limit < 1:
        raise UsageError(f"limit is the number of episodes to show, at least 1; got {limit}")
    tally, strips, place = _Tally(), [], {}
    for row in episodes:
        tally.add(row)
        if tally.total <= limit:
            strip, new = filmstrip(row, place, coord=(coords or {}).get(str(column(row, "env_id", ""))))
            place |= {key: len(place) + at for at, key in enumerate(new)}
            strips.append(strip)
    head = {"title": title, "total": tally.total, "policies": tally.policies(), "statuses": tally.statuses}
    text, cap = _fitting(head, strips, max_bytes)
    frame = len(_page(title, text, [])) + PICTURE_BYTES * len(place) + MARGIN_BYTES
    if frame > max_bytes:
        raise UsageError(
            f"the texts of {len(strips)} episodes need {frame:,} bytes even when cut to {cap} characters "
            f"each, and the page may have {max_bytes:,}. Show fewer episodes (--limit) or allow more bytes."
        )
    pictures = thumbnails(list(place), image, budget_bytes=max_bytes - frame)
    page = _page(title, text, pictures)
    _replace(out, page)
    missing = sum(bool(item.problem) and not item.problem.startswith("left out") for item in pictures)
    left_out = sum(item.problem.startswith("left out") for item in pictures)
    shown = len(pictures) - missing - left_out
    return PageReport(out, len(strips), tally.total, shown, missing, left_out, len(page), cap)


class _Tally:
    """Counts over all episodes, the ones that are not shown included."""

    def __init__(self) -> None:
        self.total = 0
        self.statuses: dict[str, int] = {}
        self._rewards: dict[str, list[float]] = {}

    def add(self, row: Any) -> None:
        """Count one episode."""
        self.total += 1
        status, reward = str(column(row, "status", "")), reward_of(row)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        policy = str(column(row, "policy", "") or column(row, "model", ""))
        sums = self._rewards.setdefault(policy, [0.0, 0, 0])
        sums[0] += reward or 0.0
        sums[1] += reward is not None
        sums[2] += 1

    def policies(self) -> list[dict[str, Any]]:
        """Name, mean reward of the graded episodes, and number of episodes, best first."""
        rows = [
            {"name": name, "mean": total / graded if graded else None, "n": n}
            for name, (total, graded, n) in self._rewards.items()
        ]
        return sorted(rows, key=lambda row: -(row["mean"] if row["mean"] is not None else -9.0))


def _fitting(head: Mapping[str, Any], strips: list[Any], max_bytes: int) -> tuple[str, int]:
    """The data as escaped JSON, with the longest texts that leave the pictures their share."""
    text = ""
    for cap in TEXT_CAPS:
        text = _data({**head, "episodes": _cut(strips, cap)})
        if len(text) <= max_bytes * TEXT_SHARE:
            return text, cap
    return text, TEXT_CAPS[-1]


def _cut(value: Any, cap: int) -> Any:
    """The same structure with every text at most `cap` characters and a word on what is missing."""
    if isinstance(value, str) and len(value) > cap:
        return f"{value[:cap]}\n... {len(value) - cap:,} more characters are not on this page"
    if isinstance(value, list):
        return [_cut(item, cap) for item in value]
    if isinstance(value, dict):
        return {key: _cut(item, cap) for key, item in value.items()}
    return value


def _data(value: Any) -> str:
    r"""JSON that can stand in a script element: ASCII only, and no character that HTML reads.

    >>> _data("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&]", lambda match: _ESCAPES[match[0]], text)


def _page(title: str, data: str, pictures: list[Thumbnail]) -> bytes:
    """The whole page; the hashes in its policy are those of the very style and script in it."""
    folder = files(__package__ or "") / "viewer"
    style = folder.joinpath("style.css").read_text("utf-8")
    script = "\n".join(folder.joinpath(name).read_text("utf-8") for name in SCRIPTS)
    sizes = [[item.width, item.height, item.mime, item.problem] for item in pictures]
    blocks = [
        f'<script type="text/plain" id="picture-{at}">{b64encode(item.data).decode()}</script>\n'
        for at, item in enumerate(pictures)
        if item.data
    ]
    values = {
        "title": escape(title.encode("utf-8", "replace").decode()),
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "style": style,
        "script": script,
        "data": data,
        "sizes": _data(sizes),
        "pictures": "".join(blocks),
    }
    template = folder.joinpath("page.html").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], template).encode()


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _replace(out: Path, page: bytes) -> None:
    """Write beside the target and rename, so that a reader never sees half a page."""
    part = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(
            f"the page {out} cannot be written: {error.strerror or error}. "
            "Free some space, or choose another place with --out."
        ) from error
