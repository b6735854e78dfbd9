"""Ends an engine's process once the process that started it is gone.

A collector that is killed cannot end its engine, which would hold the GPU and spin for ever, so that
`--resume` finds no memory. vLLM imports this room in every process with workers (`worker_extension_cls`);
elsewhere it does nothing.
"""

__all__ = ["PARENT", "Lifeline"]

import os
import signal
import time
from pathlib import Path
from threading import Thread

PARENT = "EYESMITH_ENGINE_PARENT"  # variable with the id of the process to outlive by no more than EVERY_S
EVERY_S = 2.0
GRACE_S = 10.0


class Lifeline:
    """What vLLM adds to its worker: nothing. Importing it is what counts."""


def watch(parent: int) -> None:
    """Return when a process is gone.

    Args:
        parent: its id.
    """
    born = _born(parent)
    while born and _born(parent) == born:
        time.sleep(EVERY_S)


def _born(process: int) -> str:
    """When a process started, which tells it from another that got its id; "" where it is gone."""
    try:
        state, *fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return "" if state in "ZX" else fields[18]
    except OSError:
        pass
    if Path("/proc/self").exists():
        return ""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "?"


def _end_after(parent: int) -> None:
    watch(parent)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os.kill(os.getpid(), signal.SIGKILL)


if os.environ.get(PARENT, "").isdigit():
    Thread(target=_end_after, args=(int(os.environ[PARENT]),), name="lifeline", daemon=True).start()
