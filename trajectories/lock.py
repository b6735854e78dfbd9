"""A lock on a folder: one writing process at a time.

Knows nothing of runs. It is an flock, so the system lifts it however the process ends; forked workers let go
of their copy, because a worker that outlives a killed parent would hold the lock on.
"""

__all__ = ["LOCK_NAME", "FolderLock"]

import fcntl
import os
from pathlib import Path

from ..errors import RunError

LOCK_NAME = ".lock"

_held: set[int] = set()


class FolderLock:
    """A lock that is held from construction to `release`.

    Args:
        folder: an existing folder; a file `.lock` is left in it.

    Raises:
        RunError: another process, or another object of this one, holds it.
        OSError: the folder cannot be written, or its file system has no locks.
    """

    def __init__(self, folder: Path) -> None:
        handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(handle, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(handle)
            raise RunError(
                f"{folder} is being written by another process (id {owner}). Wait until it has ended or "
                f"stop it, then run this again with --resume; or choose another --out. Reading is possible "
                f"meanwhile."
            ) from None
        except OSError:
            os.close(handle)
            raise
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        self._handle = handle
        _held.add(handle)

    def release(self) -> None:
        """Let others write; a second call does nothing."""
        if self._handle >= 0:
            _held.discard(self._handle)
            os.close(self._handle)
            self._handle = -1


def _let_go() -> None:
    for handle in _held:
        os.close(handle)
    _held.clear()


os.register_at_fork(after_in_child=_let_go)
