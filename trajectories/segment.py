"""A segment: episodes and pictures in one log or two parquet files.

Each segment holds every picture that its episodes show, so it can be read, copied or lost without the
others. Within one segment the last episode written under an id counts. Both kinds offer the same: heads,
rows and pictures.
"""

__all__ = [
    "NO_TESTS",
    "Head",
    "LogSegment",
    "SealedSegment",
    "Tests",
    "damaged",
    "episodes_path",
    "images_path",
    "log_path",
    "pack_entry",
    "passes",
    "unpack_entry",
]

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import RunError
from .columns import IDENTITY
from .log import Frame, read_frame, scan_log
from .record import EncodedImage

CACHED_ROW_GROUPS = 8

READ_ERRORS = (pa.ArrowException, OSError)

Tests = Mapping[str, Collection[object]]
NO_TESTS: Tests = MappingProxyType({})


class Head(NamedTuple):
    """Who an episode is and how it ended; `place` is its byte in the log, or its row in parquet."""

    id: str
    env_id: str
    task_index: int
    sample: int
    status: str
    place: int


def log_path(folder: Path, number: int) -> Path:
    """`log-00000.eslog`."""
    return folder / f"log-{number:05d}.eslog"


def episodes_path(folder: Path, number: int) -> Path:
    """`episodes-00000.parquet`; where it stands, the segment is sealed."""
    return folder / f"episodes-{number:05d}.parquet"


def images_path(folder: Path, number: int) -> Path:
    """`images-00000.parquet`."""
    return folder / f"images-{number:05d}.parquet"


def damaged(path: Path, reason: object) -> RunError:
    """What to tell a person when a sealed file cannot be read."""
    return RunError(
        f"{path} is damaged or incomplete and cannot be read ({str(reason).splitlines()[0][:200]}). The "
        f"other files of the run are intact. Put this one back from a copy; or run `eyesmith collect` with "
        f"the same arguments and --resume: it keeps what is left of it as {path.name}.damaged and collects "
        f"again what it held."
    )


def passes(row: Mapping[str, Any], tests: Tests) -> bool:
    """Whether each named column has one of the values that go with it."""
    return all(row.get(name) in choices for name, choices in tests.items())


def pack_entry(row: dict[str, Any], images: Sequence[EncodedImage]) -> tuple[dict[str, Any], list[bytes]]:
    """Header and blobs of a log frame: the row as JSON but its numeric lists, and the pictures."""
    arrays = {name: value for name, value in row.items() if isinstance(value, np.ndarray)}
    header = {
        "row": {name: value for name, value in row.items() if name not in arrays},
        "arrays": [[name, array.dtype.newbyteorder("<").str] for name, array in arrays.items()],
        "images": [[image.sha256, image.format, image.height, image.width] for image in images],
    }
    blobs = [array.astype(array.dtype.newbyteorder("<")).tobytes() for array in arrays.values()]
    return header, blobs + [image.bytes for image in images]


def unpack_entry(frame: Frame) -> tuple[dict[str, Any], list[EncodedImage]]:
    """Row and pictures of a log frame."""
    header, blobs = frame.header, iter(frame.blobs)
    row = dict(header["row"])
    for name, dtype in header["arrays"]:
        row[name] = np.frombuffer(next(blobs), dtype)
    pictures = [
        EncodedImage(sha256, format, height, width, next(blobs))
        for sha256, format, height, width in header["images"]
    ]
    return row, pictures


class LogSegment:
    """A segment that is being written, or was when the process died.

    An episode whose picture stood in a damaged frame is left out (`incomplete`), so that it is owed again.
    """

    def __init__(self, path: Path, number: int) -> None:
        self.number = number
        self.path = path
        self.incomplete: set[str] = set()
        self._heads: dict[str, Head] = {}
        self._images: dict[str, int] = {}
        self._read_bytes = 0
        self._sound_bytes = 0

    @property
    def heads(self) -> dict[str, Head]:
        """Id -> head, in the order in which they were written."""
        return self._heads

    @property
    def image_hashes(self) -> Collection[str]:
        """Pictures that this log holds."""
        return self._images.keys()

    def refresh(self) -> None:
        """Read on to what was appended since the last time.

        Raises:
            FileNotFoundError: the log is gone: sealed in the meantime, or taken away.
        """
        for frame in scan_log(self.path, self._read_bytes):
            row = frame.header["row"]
            for picture in frame.header["images"]:
                self._images.setdefault(picture[0], frame.start)
            self._read_bytes = frame.end
            self._sound_bytes += frame.end - frame.start
            head = _head([row[name] for name in IDENTITY], frame.start)
            if all(sha256 in self._images for sha256 in row["image_hashes"]):
                self._heads.pop(head.id, None)
                self._heads[head.id] = head
                self.incomplete.discard(head.id)
            else:
                self.incomplete.add(head.id)

    def lost_bytes(self) -> int:
        """Bytes of the log that are torn or damaged, up to the last refresh."""
        return self.path.stat().st_size - self._sound_bytes

    def rows(self, names: Collection[str], tests: Tests = NO_TESTS) -> Iterator[dict[str, Any]]:
        """The named columns of each episode that passes the tests, one that was replaced left out."""
        places = {head.place for head in self._heads.values()}
        for frame in scan_log(self.path):
            if frame.start in places:
                row, _ = unpack_entry(frame)
                if passes(row, tests):
                    yield {name: row[name] for name in names if name in row}

    def image(self, sha256: str) -> EncodedImage | None:
        """A picture, or None where this segment has no such."""
        if sha256 not in self._images:
            return None
        _, images = unpack_entry(read_frame(self.path, self._images[sha256]))
        return next(image for image in images if image.sha256 == sha256)


class SealedSegment:
    """A segment in parquet; nothing of it changes any more.

    Args:
        folder: the run folder.
        number: the segment's number.
        cache: decoded row groups of pictures, shared by the segments of a run.
    """

    def __init__(
        self, folder: Path, number: int, cache: OrderedDict[tuple[int, int], list[dict[str, Any]]]
    ) -> None:
        self.number = number
        self.path = episodes_path(folder, number)
        self.images_path = images_path(folder, number)
        self._cache = cache

    @cached_property
    def heads(self) -> dict[str, Head]:
        """Id -> head, in the order in which they were written."""
        columns = self._read(self.path, IDENTITY)
        return {values[0]: _head(values, row) for row, values in enumerate(zip(*columns, strict=True))}

    def rows(self, names: Collection[str], tests: Tests = NO_TESTS) -> Iterator[dict[str, Any]]:
        """The named columns of each episode that passes the tests; row groups without one are not decoded."""
        try:
            with _open(self.path) as file:
                there = set(file.schema_arrow.names)
                stored = [name for name in names if name in there]
                probed = [name for name in tests if name in there]
                for group in range(file.num_row_groups):
                    if not tests:
                        yield from file.read_row_group(group, columns=stored).to_pylist()
                        continue
                    probe = file.read_row_group(group, columns=probed).to_pylist()
                    kept = [at for at, row in enumerate(probe) if passes(row, tests)]
                    if kept:
                        yield from file.read_row_group(group, columns=stored).take(kept).to_pylist()
        except READ_ERRORS as error:
            raise damaged(self.path, error) from error

    def image(self, sha256: str) -> EncodedImage | None:
        """A picture, or None where this segment has no such."""
        place = self._index.get(sha256)
        if place is None:
            return None
        group, at = place
        key = (self.number, group)
        if key in self._cache:
            self._cache.move_to_end(key)
        else:
            self._cache[key] = self._row_group(group)
            while len(self._cache) > CACHED_ROW_GROUPS:
                self._cache.popitem(last=False)
        row = self._cache[key][at]
        return EncodedImage(**row)

    @cached_property
    def _index(self) -> dict[str, tuple[int, int]]:
        """Picture -> (row group, row in it)."""
        (hashes,) = self._read(self.images_path, ("sha256",))
        index = {}
        with _open(self.images_path) as file:
            sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        at = iter(hashes)
        for group, size in enumerate(sizes):
            for row in range(size):
                index[next(at)] = (group, row)
        return index

    def _row_group(self, group: int) -> list[dict[str, Any]]:
        try:
            with _open(self.images_path) as file:
                return file.read_row_group(group).to_pylist()
        except READ_ERRORS as error:
            raise damaged(self.images_path, error) from error

    def _read(self, path: Path, names: Sequence[str]) -> list[list[Any]]:
        try:
            with _open(path) as file:
                table = file.read(columns=list(names))
        except READ_ERRORS as error:
            raise damaged(path, error) from error
        return [table.column(name).to_pylist() for name in names]


def _head(identity: Sequence[Any], place: int) -> Head:
    id, env_id, task_index, sample, status = identity
    return Head(id, env_id, task_index, sample, status, place)


def _open(path: Path) -> pq.ParquetFile:
    return pq.ParquetFile(path, page_checksum_verification=True)
