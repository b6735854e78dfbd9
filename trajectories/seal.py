"""Sealing: a log becomes a pair of parquet files, or is done again.

The pictures are put in place first and the episodes last: where `episodes-N.parquet` stands, segment N is
sealed, whatever else was still to be done when the process was killed. The manifest then gets its line, and
the log goes last. Rows are streamed, so memory holds one row group of either file.
"""

__all__ = ["Damage", "read_manifest", "recover", "seal"]

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import RunError
from .columns import EPISODE_SCHEMA, IDENTITY, IMAGE_SCHEMA
from .log import AppendLog, scan_log, storage_error
from .segment import READ_ERRORS, LogSegment, episodes_path, images_path, log_path, unpack_entry

MANIFEST = "manifest.jsonl"
ROW_GROUP_ROWS = 64
ROW_GROUP_BYTES = 32 << 20
# Pictures are compressed already.
IMAGE_COMPRESSION = {name: "none" if name == "bytes" else "zstd" for name in IMAGE_SCHEMA.names}
OURS = re.compile(r"(?:log|episodes|images)-(\d{5,})\.(?:eslog|parquet)(?:\.damaged(?:-\d+)?)?")


@dataclass(frozen=True)
class Damage:
    """A file of a run that cannot be used: which segment, which file, and why."""

    segment: int
    path: Path
    reason: str


def seal(log: Path, folder: Path, number: int) -> int:
    """Turn a log into `images-N.parquet` and `episodes-N.parquet`; returns how many episodes they hold.

    A log that is damaged in the middle is kept as `*.damaged`; any other is deleted. A log without a sound
    episode makes no files.

    Raises:
        StorageError: the disk is full or broken; the log is then as it was.
    """
    segment = LogSegment(log, number)
    segment.refresh()
    images_tmp, episodes_tmp = (
        path.with_name(path.name + ".tmp")
        for path in (images_path(folder, number), episodes_path(folder, number))
    )
    try:
        if segment.heads:
            _write_pair(segment, images_tmp, episodes_tmp)
            os.replace(images_tmp, images_path(folder, number))
            os.replace(episodes_tmp, episodes_path(folder, number))
            sync_folder(folder)
            _enter(folder, [number])
        _retire(log, is_damaged=segment.lost_bytes() > 0)
        sync_folder(folder)
    except OSError as error:
        for path in (images_tmp, episodes_tmp):
            path.unlink(missing_ok=True)
        raise storage_error(error, episodes_path(folder, number)) from error
    return len(segment.heads)


def recover(folder: Path, *, is_deep: bool = True) -> tuple[list[int], list[Damage]]:
    """Finish what a killed process left half done, and set damaged files aside as `*.damaged`.

    Args:
        folder: the run folder; the caller holds its lock.
        is_deep: also compare each sealed file's sha256 with the manifest.

    Returns:
        Numbers of the logs that are not sealed yet, their torn tails cut off; and the damage that was found.
    """
    for path in folder.glob("*.tmp"):
        if OURS.fullmatch(path.stem) or path.stem == MANIFEST:
            path.unlink()
    manifest = read_manifest(folder)
    open_logs: list[int] = []
    damage: list[Damage] = []
    lost: list[int] = []
    for number in sorted(numbers(folder) | manifest.keys()):
        log = log_path(folder, number)
        if log.exists():
            if _problems(folder, number, None, is_deep=False):
                with AppendLog(log) as reopened:
                    if reopened.damaged_bytes:
                        reason = f"{reopened.damaged_bytes} bytes in its middle are damaged"
                        damage.append(Damage(number, log, reason))
                open_logs.append(number)
                continue
            _enter(folder, [number])
            segment = LogSegment(log, number)
            segment.refresh()
            _retire(log, is_damaged=segment.lost_bytes() > 0)
        elif number in manifest or episodes_path(folder, number).exists():
            found = _problems(folder, number, manifest.get(number), is_deep=is_deep)
            if found:
                damage += found
                _set_aside(found)
                lost.append(number)
            elif number not in manifest:
                _enter(folder, [number])
    _enter(folder, (), lost)
    return open_logs, damage


def numbers(folder: Path) -> set[int]:
    """Numbers of all segments of which any file stands in a run folder, one set aside included."""
    found = (OURS.fullmatch(path.name) for path in folder.iterdir())
    return {int(match[1]) for match in found if match}


def read_manifest(folder: Path) -> dict[int, dict[str, Any]]:
    """Number of a sealed segment -> its line: file, rows, bytes and sha256 of either file."""
    entries: dict[int, dict[str, Any]] = {}
    path = folder / MANIFEST
    for line in path.read_text(errors="replace").splitlines() if path.exists() else ():
        try:
            entry = json.loads(line)
            entries[entry["segment"]] = entry
        except (ValueError, KeyError, TypeError):
            raise RunError(
                f"{path} has a line that is no JSON object of a segment: {line[:80]!r}. Take that line out: "
                f"the next --resume writes it again from the files."
            ) from None
    return entries


def write_atomically(path: Path, data: bytes) -> None:
    """Put a whole file in place, or leave what was there."""
    tmp = path.with_name(path.name + ".tmp")
    with tmp.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(tmp, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Writer:
    """Rows into a parquet file, one row group at a time."""

    def __init__(self, path: Path, schema: pa.Schema, compression: str | dict[str, str]) -> None:
        self._path = path
        self._schema = schema
        self._rows: list[dict[str, Any]] = []
        self._bytes = 0
        options: dict[str, Any] = {
            "compression": compression,
            "use_dictionary": False,
            "write_page_checksum": True,
            "write_statistics": [name for name in schema.names if name in (*IDENTITY, "reward", "sha256")],
        }
        self._file = pq.ParquetWriter(path, schema, **options)

    def add(self, row: dict[str, Any], size_bytes: int) -> None:
        self._rows.append(row)
        self._bytes += size_bytes
        if len(self._rows) >= ROW_GROUP_ROWS or self._bytes >= ROW_GROUP_BYTES:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._file.close()
        handle = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _flush(self) -> None:
        if self._rows:
            self._file.write_table(pa.Table.from_pylist(self._rows, self._schema))
            self._rows, self._bytes = [], 0


def _write_pair(segment: LogSegment, images_tmp: Path, episodes_tmp: Path) -> None:
    images = _Writer(images_tmp, IMAGE_SCHEMA, IMAGE_COMPRESSION)
    episodes = _Writer(episodes_tmp, EPISODE_SCHEMA, "zstd")
    seen: set[str] = set()
    places = {head.place for head in segment.heads.values()}
    for frame in scan_log(segment.path):
        row, pictures = unpack_entry(frame)
        for picture in pictures:
            if picture.sha256 not in seen:
                seen.add(picture.sha256)
                images.add(vars(picture), len(picture.bytes))
        if frame.start in places:
            episodes.add(row, frame.end - frame.start - sum(len(picture.bytes) for picture in pictures))
    images.finish()
    episodes.finish()


def _retire(log: Path, *, is_damaged: bool) -> None:
    if is_damaged:
        os.replace(log, _free_name(log))
    else:
        log.unlink()


def _set_aside(found: list[Damage]) -> None:
    for damage in found:
        if damage.path.exists():
            os.replace(damage.path, _free_name(damage.path))


def _free_name(path: Path) -> Path:
    name = path.with_name(path.name + ".damaged")
    again = 2
    while name.exists():
        name = path.with_name(f"{path.name}.damaged-{again}")
        again += 1
    return name


def _problems(folder: Path, number: int, entry: dict[str, Any] | None, *, is_deep: bool) -> list[Damage]:
    found = []
    for kind, path in (("images", images_path(folder, number)), ("episodes", episodes_path(folder, number))):
        reason = _problem(path, entry and entry[kind], is_deep=is_deep)
        if reason:
            found.append(Damage(number, path, reason))
    if found and found[-1].path != episodes_path(folder, number):
        found.append(Damage(number, episodes_path(folder, number), "set aside with its pictures"))
    return found


def _problem(path: Path, line: dict[str, Any] | None, *, is_deep: bool) -> str:
    try:
        rows = pq.read_metadata(path).num_rows
        if line is None:
            return ""
        if rows != line["rows"] or path.stat().st_size != line["bytes"]:
            return f"it holds {rows} rows, and {line['rows']} were sealed"
        return "its bytes were changed" if is_deep and _sha256(path) != line["sha256"] else ""
    except FileNotFoundError:
        return "it is missing"
    except READ_ERRORS as error:
        return str(error).splitlines()[0]


def _enter(folder: Path, add: Iterable[int], drop: Iterable[int] = ()) -> None:
    entries = read_manifest(folder)
    before = dict(entries)
    for number in drop:
        entries.pop(number, None)
    for number in add:
        files = {"episodes": episodes_path(folder, number), "images": images_path(folder, number)}
        entries[number] = {"segment": number, **{kind: _line(path) for kind, path in files.items()}}
    if entries != before:
        lines = [json.dumps(entries[number]) + "\n" for number in sorted(entries)]
        write_atomically(folder / MANIFEST, "".join(lines).encode())


def _line(path: Path) -> dict[str, Any]:
    rows = pq.read_metadata(path).num_rows
    return {"file": path.name, "rows": rows, "bytes": path.stat().st_size, "sha256": _sha256(path)}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
