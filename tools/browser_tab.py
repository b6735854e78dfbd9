"""A tab: one page in a context and a process of its own."""

__all__ = ["Size", "Tab", "cpu_s", "is_at_work", "resident_bytes"]

import asyncio
import contextlib
import os
import signal
from pathlib import Path
from typing import Any

Size = tuple[int, int, float]

CLOSE_S = 3.0
TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Tab:
    """A page in a context of its own.

    Attributes:
        page: Playwright's page.
        cdp: a session of the DevTools protocol.
        size: width and height in CSS px, and device pixels per CSS px.
        pid: of the renderer process, 0 where unknown.
        jobs: how many were done in it.
        is_crashed: whether the renderer died.
    """

    def __init__(self, page: Any, cdp: Any, size: Size, pid: int) -> None:
        self.page, self.cdp, self.size, self.pid = page, cdp, size, pid
        self.jobs = 0
        self.is_crashed = False
        page.on("crash", self._on_crash)

    def _on_crash(self, _: Any) -> None:
        self.is_crashed = True

    async def close(self) -> None:
        """Close the context; a renderer that does not end with it is killed."""
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self.page.context.close(), CLOSE_S)
        if self.pid and _is_renderer(self.pid):
            with contextlib.suppress(OSError):
                os.kill(self.pid, signal.SIGKILL)


def cpu_s(pid: int) -> float:
    """Processor time of a process so far, s; 0 where it is gone.

    >>> cpu_s(os.getpid()) > 0
    True
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * TICK_S
    except (OSError, ValueError, IndexError):
        return 0.0


def is_at_work(pid: int) -> bool:
    """Whether some thread of a process runs, or would if the machine let it.

    >>> is_at_work(os.getpid())
    True
    """
    for path in Path(f"/proc/{pid}/task").glob("*/stat"):
        with contextlib.suppress(OSError):
            if path.read_text().rpartition(")")[2].split()[0] == "R":
                return True
    return False


def resident_bytes(pid: int) -> int:
    """Memory of a process; 0 where it is gone.

    >>> resident_bytes(os.getpid()) > 1_000_000
    True
    """
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return 0


def _is_renderer(pid: int) -> bool:
    """Whether a process is still a renderer: numbers are used again."""
    try:
        return "--type=renderer" in Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return False
