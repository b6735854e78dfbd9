"""The writing half of a run: the current log, and its sealing.

One thread seals beside the collection, so that the engine does not wait for it. The caller holds the lock.
"""

__all__ = ["ROTATE_BYTES", "Writer"]

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from ..errors import UsageError
from .columns import to_row
from .lock import FolderLock
from .log import AppendLog
from .provenance import scrub_text
from .record import EncodedImage, Episode
from .seal import numbers, recover, seal
from .segment import LogSegment, log_path, pack_entry

ROTATE_BYTES = 256 << 20


class Writer:
    """Writes episodes to the current log of a run.

    Attributes:
        damage: what was found damaged and set aside at the start.

    Args:
        folder: the run folder.
        lock: its lock; `close` releases it.
        rotate_bytes: size at which a log is sealed.
        fsync_s: seconds between two fsyncs of the log.
        is_deep: compare the sha256 of every sealed file with the manifest.

    Raises:
        StorageError: a log cannot be opened.
    """

    def __init__(
        self, folder: Path, lock: FolderLock, rotate_bytes: int, fsync_s: float, *, is_deep: bool
    ) -> None:
        self._folder = folder
        self._lock = lock
        self._rotate_bytes = rotate_bytes
        self._fsync_s = fsync_s
        self._log: AppendLog | None = None
        self._held: set[str] = set()
        open_logs, self.damage = recover(folder, is_deep=is_deep)
        self._number = max(numbers(folder), default=-1) + 1
        self._sealer = ThreadPoolExecutor(1, thread_name_prefix="eyesmith-seal")
        self._sealing: list[Future[None]] = []
        last = open_logs.pop() if open_logs and open_logs[-1] == self._number - 1 else None
        for number in open_logs:
            self._seal_later(number)
        if last is not None:
            self._number = last
            self._open_log()

    def write(self, episode: Episode, images: Mapping[str, EncodedImage]) -> None:
        """Append an episode and the pictures that the current log does not hold yet.

        Raises:
            UsageError: a picture is missing, or a value does not fit its column; nothing was written.
            StorageError: the disk is full or broken; all earlier episodes are kept.
        """
        if episode.error:
            episode = replace(episode, error=scrub_text(episode.error))
        row = to_row(episode)
        lacking = [sha256 for sha256 in episode.image_hashes if sha256 not in images]
        if lacking:
            raise UsageError(
                f"episode {episode.id!r} shows {len(lacking)} pictures that were not given with it, such as "
                f"{lacking[0][:12]}: pass every picture of image_hashes"
            )
        log = self._log or self._open_log()
        new = [images[sha256] for sha256 in dict.fromkeys(episode.image_hashes) if sha256 not in self._held]
        for image in new:
            if images.get(image.sha256) is not image:
                raise UsageError(f"a picture is given under another hash than its own, {image.sha256[:12]}")
        log.append(*pack_entry(row, new))
        self._held.update(image.sha256 for image in new)
        if log.size_bytes >= self._rotate_bytes:
            self._rotate()

    def seal(self) -> None:
        """Seal everything that was written, and wait for it.

        Raises:
            StorageError: the disk is full or broken; what is not sealed stays in its log.
        """
        self._rotate()
        sealing, self._sealing = self._sealing, []
        failed = [error for error in (future.exception() for future in sealing) if error]
        if failed:
            raise failed[0]

    def close(self) -> None:
        """Wait for sealing that has begun, sync the log and release the lock.

        Raises:
            StorageError: the disk did not take everything.
        """
        try:
            self._sealer.shutdown()
            if self._log:
                self._log.close()
            for future in self._sealing:
                future.result()
        finally:
            self._lock.release()

    def _open_log(self) -> AppendLog:
        path = log_path(self._folder, self._number)
        self._log = AppendLog(path, fsync_s=self._fsync_s)
        segment = LogSegment(path, self._number)
        segment.refresh()
        self._held = set(segment.image_hashes)
        return self._log

    def _rotate(self) -> None:
        if self._log is None:
            return
        self._seal_later(self._number, self._log)
        self._log, self._held = None, set()
        self._number += 1

    def _seal_later(self, number: int, log: AppendLog | None = None) -> None:
        self._sealing.append(self._sealer.submit(self._seal, number, log))

    def _seal(self, number: int, log: AppendLog | None) -> None:
        # Closing syncs, which takes a while for a large log: here the collection need not wait for it.
        if log:
            log.close()
        seal(log_path(self._folder, number), self._folder, number)
