"""An append log: frames with a checksum; a kill loses one at most.

Knows nothing of episodes. A frame is 24 bytes of head (magic, kind, payload length, CRC of the payload, CRC
of the head) and a payload: the header as JSON, with the lengths of the blobs, and the blobs. A torn tail is
cut off when the log is opened for writing. Behind a damaged frame reading goes on at the next frame whose
checksums are right; only a damaged head makes it search for the magic, because a sound head tells where the
next frame starts, and bytes inside a payload must never be taken for a frame.
"""

__all__ = ["AppendLog", "Frame", "read_frame", "read_log", "scan_log", "storage_error"]

import errno
import json
import os
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self
from zlib import crc32

from ..errors import RunError, StorageError

MAGIC = b"ESF\x01"
KIND = 1
HEAD = struct.Struct("<4sIQI")
HEAD_CRC = struct.Struct("<I")
TEXT_LENGTH = struct.Struct("<I")
HEAD_BYTES = HEAD.size + HEAD_CRC.size
SCAN_BYTES = 1 << 20
FSYNC_S = 5.0

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True)
class Frame:
    """A sound frame: where it starts and ends (bytes from the start of the file), its header and blobs."""

    start: int
    end: int
    header: dict[str, Any]
    blobs: tuple[bytes, ...]


class AppendLog:
    """A log open for writing, by one process at a time.

    Opening cuts a torn tail off; `dropped_bytes` says how much that was. Damage in the middle is left in
    place, and `damaged_bytes` says how much of the file it makes unreadable.

    Args:
        path: the file; made when it is missing.
        fsync_s: seconds between two fsyncs; 0 syncs each frame. A killed process loses nothing that was
            appended, but a machine that loses power may lose what was not yet synced.

    Raises:
        RunError: the file is something else; it is left as it is.
        StorageError: the file cannot be opened or written.
    """

    def __init__(self, path: Path, *, fsync_s: float = FSYNC_S) -> None:
        self.path = path
        self.frames = 0
        self.dropped_bytes = 0
        self.damaged_bytes = 0
        self._fsync_s = fsync_s
        self._synced_at = time.monotonic()
        self._end = 0
        if path.exists():
            sound = 0
            for frame in scan_log(path):
                self.frames += 1
                sound += frame.end - frame.start
                self._end = frame.end
            self.damaged_bytes = self._end - sound
            if not sound:
                _refuse_strangers(path)
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            self.dropped_bytes = os.fstat(self._file).st_size - self._end
            if self.dropped_bytes:
                os.ftruncate(self._file, self._end)
        except OSError as error:
            raise storage_error(error, path) from error

    @property
    def size_bytes(self) -> int:
        """Bytes up to the end of the last sound frame."""
        return self._end

    def append(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> int:
        """Write a frame and hand it to the system; returns its offset.

        Raises:
            StorageError: the disk is full or broken; the log then ends with the last frame before this one.
        """
        start = self._end
        data = _pack(header, blobs)
        try:
            self._write(data)
            if time.monotonic() - self._synced_at >= self._fsync_s:
                self.sync()
        except OSError as error:
            self._cut(start)
            raise storage_error(error, self.path) from error
        self.frames += 1
        return start

    def sync(self) -> None:
        """Wait until everything appended is on the disk."""
        os.fsync(self._file)
        self._synced_at = time.monotonic()

    def close(self) -> None:
        """Sync and close; a second call does nothing.

        Raises:
            StorageError: the disk did not take what was appended.
        """
        if self._file < 0:
            return
        try:
            self.sync()
        except OSError as error:
            raise storage_error(error, self.path) from error
        finally:
            os.close(self._file)
            self._file = -1

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            written = os.pwrite(self._file, rest, self._end)
            self._end += written
            rest = rest[written:]

    def _cut(self, end: int) -> None:
        self._end = end
        try:
            os.ftruncate(self._file, end)
        except OSError:
            # The torn frame stays: the next one is written over it, or the next opening cuts it off.
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_log(path: Path) -> Iterator[tuple[dict[str, Any], tuple[bytes, ...]]]:
    """Header and blobs of each sound frame, in order; what is torn or damaged is passed over.

    Raises:
        RunError: there is no such file.
    """
    try:
        for frame in scan_log(path):
            yield frame.header, frame.blobs
    except FileNotFoundError:
        raise RunError(f"there is no log {path}; is this the right run folder?") from None


def scan_log(path: Path, start: int = 0) -> Iterator[Frame]:
    """The sound frames from an offset on, with their offsets; safe while another process appends.

    Raises:
        FileNotFoundError: before the first frame: there is no such file, or it was sealed in the meantime.
    """
    with path.open("rb") as file:
        offset = start
        while True:
            found = _frame_at(file, offset)
            if isinstance(found, Frame):
                yield found
                offset = found.end
                continue
            behind = _search(file, offset + 1) if found is None else found
            if behind < 0:
                return
            offset = behind


def read_frame(path: Path, offset: int) -> Frame:
    """The frame at an offset that `append` or `scan_log` gave.

    Raises:
        RunError: no sound frame starts there.
        FileNotFoundError: the log was sealed in the meantime.
    """
    with path.open("rb") as file:
        found = _frame_at(file, offset)
    if not isinstance(found, Frame):
        raise RunError(f"{path} has no sound frame at byte {offset}: the file was changed by something else")
    return found


def storage_error(error: OSError, path: Path) -> StorageError:
    """What to tell a person when a file of a run cannot be written."""
    reason = error.strerror or str(error)
    todo = "Free some space" if error.errno in FULL else "Mend that"
    return StorageError(
        f"could not write {path}: {reason}. Every episode that was already collected is kept and readable. "
        f"{todo}, then run the same command again with --resume: it goes on where this one stopped."
    )


def _pack(header: dict[str, Any], blobs: Sequence[bytes]) -> bytes:
    index = json.dumps([header, [len(blob) for blob in blobs]], ensure_ascii=False, separators=(",", ":"))
    text = index.encode("utf-8", "surrogatepass")
    parts = (TEXT_LENGTH.pack(len(text)), text, *blobs)
    checksum = 0
    for part in parts:
        checksum = crc32(part, checksum)
    head = HEAD.pack(MAGIC, KIND, sum(map(len, parts)), checksum)
    return b"".join((head, HEAD_CRC.pack(crc32(head)), *parts))


def _refuse_strangers(path: Path) -> None:
    """Only a first frame that was torn may be cut off: it starts as a log, or holds nothing but zeros."""
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
    if not MAGIC.startswith(start) and start.strip(b"\0"):
        raise RunError(
            f"{path} is no log of eyesmith, or its start is damaged and nothing behind it is sound. Move it "
            f"away (nothing was changed); what it held is collected again with --resume."
        )


def _frame_at(file: BinaryIO, offset: int) -> Frame | int | None:
    """A frame; or where to go on behind a damaged payload, -1 for the end; or None where no head is."""
    file.seek(offset)
    head = file.read(HEAD_BYTES)
    if not head:
        return -1
    if len(head) < HEAD_BYTES or HEAD_CRC.unpack_from(head, HEAD.size)[0] != crc32(head[: HEAD.size]):
        return None
    magic, kind, length, checksum = HEAD.unpack_from(head)
    if magic != MAGIC:
        return None
    end = offset + HEAD_BYTES + length
    if end > os.fstat(file.fileno()).st_size:
        return -1
    payload = file.read(length)
    if len(payload) < length or kind != KIND or crc32(payload) != checksum:
        return end
    return Frame(offset, end, *_unpack(payload))


def _unpack(payload: bytes) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    (length,) = TEXT_LENGTH.unpack_from(payload)
    at = TEXT_LENGTH.size + length
    header, sizes = json.loads(payload[TEXT_LENGTH.size : at])
    blobs = []
    for size in sizes:
        blobs.append(payload[at : at + size])
        at += size
    return header, tuple(blobs)


def _search(file: BinaryIO, offset: int) -> int:
    """Where the next magic stands, or -1."""
    while True:
        file.seek(offset)
        chunk = file.read(SCAN_BYTES)
        found = chunk.find(MAGIC)
        if found >= 0:
            return offset + found
        if len(chunk) < SCAN_BYTES:
            return -1
        offset += len(chunk) - len(MAGIC) + 1
