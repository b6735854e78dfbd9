"""An environment that breaks on demand, also imported by the worker processes that the tests start."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gymnasium
from toys import PaintEnv

from eyesmith.envs import Turn
from eyesmith.errors import WorkerError
from eyesmith.tools.tool import ToolCall

EVERY_TASK = -1


class TroubleEnv(PaintEnv):
    """The row of cells; what goes wrong is an argument.

    Args:
        what: one of TROUBLES, or `unbuildable`; "" for none.
        at: index of the task in which it happens, in the middle of the episode; EVERY_TASK for all.
        mended: a file; where it exists, nothing goes wrong.
        once: makes that file just before it goes wrong.
    """

    ID = "trouble/Trouble-v0"
    METRICS = ("painted", "pid")

    def __init__(
        self, *, what: str = "", at: int = EVERY_TASK, mended: str = "", once: bool = False, **rest: Any
    ) -> None:
        main = sys.modules["__main__"].__spec__
        if what == "unbuildable" and main is not None and main.name == "eyesmith.agents.worker":
            raise RuntimeError("no licence for the engine on display 7")
        super().__init__(what=what, at=at, mended=mended, once=once, **rest)

    def call(self, call: ToolCall) -> Turn:
        turn = super().call(call)
        what, at = self.kwargs["what"], self.kwargs["at"]
        if what in TROUBLES and at in (EVERY_TASK, self.task.index) and self._turns == 1 and self._is_due():
            TROUBLES[what]()
        return turn

    def _is_due(self) -> bool:
        mended = self.kwargs["mended"]
        if mended and Path(mended).exists():
            return False
        if self.kwargs["once"]:
            Path(mended).touch()
        return True

    def _measure(self) -> dict[str, float]:
        return super()._measure() | {"pid": float(os.getpid())}

    def cheats(self) -> dict[str, Callable[[], Iterator[ToolCall]]]:
        _ = self.task
        return super().cheats()


def _hang() -> None:
    time.sleep(600)


def _hang_with_a_child() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(os.environ["TROUBLE_PIDS"]).write_text(str(child.pid))
    time.sleep(600)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _break() -> None:
    raise WorkerError("the engine did not answer")


def _bug() -> None:
    raise ValueError(f"no such key in {Path.home()}/thing")


def _exit() -> None:
    sys.exit(7)


def _print() -> None:
    print("a library says hello", flush=True)
    os.write(1, b"and writes past Python\n")


def _burn() -> None:
    until = time.process_time() + 0.03
    while time.process_time() < until:
        sum(range(1000))


TROUBLES: dict[str, Callable[[], None]] = {
    "hang": _hang,
    "hang_with_a_child": _hang_with_a_child,
    "die": _die,
    "break": _break,
    "bug": _bug,
    "exit": _exit,
    "print": _print,
    "burn": _burn,
}

if TroubleEnv.ID not in gymnasium.registry:
    gymnasium.register(id=TroubleEnv.ID, entry_point="trouble:TroubleEnv")
