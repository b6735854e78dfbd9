"""An environment that shows a picture at every turn and goes wrong on demand; workers import it too."""

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import gymnasium
import numpy as np
from mirror import MirrorEnv

from eyesmith.envs import Turn
from eyesmith.errors import WorkerError
from eyesmith.scenarios.task import Task
from eyesmith.tools.tool import Image


class MishapEnv(MirrorEnv):
    """A mirror in which something happens.

    Args:
        what: one of MISHAPS; "" for none.
        at: indices of the tasks in which it happens; empty for all.
        turn: number of the message at which.
        mark: a file that is made just before; where it exists already, nothing happens.
        wait_s: how long every message takes.
        text: what is shown besides.
    """

    ID = "mishaps/Mishap-v0"
    METRICS = ("painted", "pid")

    def __init__(
        self,
        *,
        what: str = "",
        at: tuple[int, ...] = (),
        turn: int = 1,
        mark: str = "",
        wait_s: float = 0.0,
        text: str = "",
        **rest: Any,
    ) -> None:
        super().__init__(what=what, at=at, turn=turn, mark=mark, wait_s=wait_s, text=text, **rest)
        self.is_ruined = False

    def begin(self, task: Task) -> Turn:
        return self._lone(lambda: super(MishapEnv, self).begin(task))

    def say(self, text: str) -> list[Turn]:
        return self._lone(lambda: self._said(text))

    def _said(self, text: str) -> list[Turn]:
        given = self.kwargs
        before = self._turns
        time.sleep(given["wait_s"])
        if self.is_ruined:
            raise WorkerError("the display is gone")
        turns = super().say(text)
        if given["text"]:
            turns = [*turns[:-1], replace(turns[-1], parts=(*turns[-1].parts, given["text"]))]
        if given["what"] and before == given["turn"] and self._is_due():
            turns = MISHAPS[given["what"]](self, turns)
        return turns

    def _is_due(self) -> bool:
        at, mark = self.kwargs["at"], self.kwargs["mark"]
        if at and self.task.index not in at:
            return False
        if not mark:
            return True
        try:
            Path(mark).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _lone(self, work: Callable[[], Any]) -> Any:
        return work()

    def _measure(self) -> dict[str, float]:
        return super()._measure() | {"pid": float(os.getpid())}


class LonelyEnv(MishapEnv):
    """One that no two threads of a process may use at once, nor any two of its kind."""

    ID = "mishaps/Lonely-v0"
    is_thread_safe: ClassVar[bool] = False
    inside: ClassVar[list[str]] = []
    met: ClassVar[list[str]] = []

    def _lone(self, work: Callable[[], Any]) -> Any:
        LonelyEnv.met += LonelyEnv.inside
        LonelyEnv.inside.append(threading.current_thread().name)
        try:
            return work()
        finally:
            LonelyEnv.inside.pop()

    def _measure(self) -> dict[str, float]:
        return super()._measure() | {"painted": float(len(LonelyEnv.met))}


def _die(env: MishapEnv, turns: list[Turn]) -> list[Turn]:
    os.kill(os.getpid(), signal.SIGKILL)
    return turns


def _hang(env: MishapEnv, turns: list[Turn]) -> list[Turn]:
    time.sleep(600)
    return turns


def _bug(env: MishapEnv, turns: list[Turn]) -> list[Turn]:
    raise ValueError(f"no such key in {Path.home()}/thing")


def _ruin(env: MishapEnv, turns: list[Turn]) -> list[Turn]:
    env.is_ruined = True
    raise WorkerError("the display is gone")


def _depend(env: MishapEnv, turns: list[Turn]) -> list[Turn]:
    """An answer that depends on the process."""
    return [*turns[:-1], replace(turns[-1], parts=(*turns[-1].parts, f"pid {os.getpid()}"))]


def _long_picture(env: MishapEnv, turns: list[Turn]) -> list[Turn]:
    """A picture that no model takes."""
    line = Image(np.zeros((1, 300, 3), np.uint8), "line")
    return [*turns[:-1], replace(turns[-1], parts=(*turns[-1].parts, line))]


MISHAPS: dict[str, Callable[[MishapEnv, list[Turn]], list[Turn]]] = {
    "die": _die,
    "hang": _hang,
    "bug": _bug,
    "ruin": _ruin,
    "depend": _depend,
    "long_picture": _long_picture,
}

for _env in (MishapEnv, LonelyEnv):
    if _env.ID not in gymnasium.registry:
        gymnasium.register(id=_env.ID, entry_point=f"mishaps:{_env.__name__}")
