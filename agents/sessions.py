"""Open episodes that are played from outside, many in one process.

A policy with a model lives elsewhere; it sends what it says and gets what the environment answers. Knows no
tokens. Environments that are safe for threads run side by side, so that one that waits holds nobody up; the
others share a thread of their own.
"""

__all__ = ["THREADS", "Desk", "Session", "Shown"]

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock, current_thread
from time import perf_counter
from typing import Any, TypeVar

from ..envs.actions import Malformed
from ..envs.base import ToolEnv
from ..envs.turn import Turn
from ..errors import UsageError
from ..scenarios.task import Task
from ..tools.tool import Image
from ..trajectories.record import EncodedImage, Episode, ImageFormat, Status
from ..trajectories.recorder import Recorder

MAX_ENCODED = 256
MAX_IDLE_ENVS = 64
THREADS = 32
UNSAFE = "one-at-a-time"

T = TypeVar("T")


@dataclass(frozen=True)
class Shown:
    """What the policy gets to see: messages to append, their pictures, and whether the episode is over."""

    messages: list[dict[str, Any]]
    images: list[Image]
    done: bool = False


class Session:
    """One episode that is played from outside.

    Args:
        env: the environment; nobody else uses it meanwhile.
        task: one of its tasks.
        image_format: how images are stored.
        encoded: images encoded before, by sha256; read and added to.

    Attributes:
        is_sound: whether the environment never raised; one that did is not played again.
    """

    def __init__(
        self,
        env: ToolEnv,
        task: Task,
        *,
        image_format: ImageFormat = "png",
        encoded: dict[str, EncodedImage] | None = None,
    ) -> None:
        self.is_sound = True
        self.env, self._task, self._encoded = env, task, encoded
        self._format: ImageFormat = image_format
        self._recorder: Recorder | None = None
        self._told = 0

    @property
    def tools(self) -> list[dict[str, Any]]:
        """OpenAI declarations."""
        return [tool.openai() for tool in self.env.tools]

    def begin(self) -> Shown:
        """Start the episode: its system and user message."""
        first = self.env.begin(self._task)
        self._recorder = Recorder(
            self.env, self._task, first, image_format=self._format, encoded=self._encoded
        )
        return self._news([first])

    def say(self, text: str, engine: Mapping[str, Any] | None = None) -> Shown:
        """Run what the policy said: its message as it is recorded, and the answers.

        Args:
            text: in the environment's `action_format`.
            engine: further fields of TurnRecord, such as `n_completion`.
        """
        started = perf_counter()
        parsed = self.env.parse(text)
        turns = self.env.say(text)
        calls = [] if isinstance(parsed, Malformed) else parsed
        self._writing().acted(calls, text, turns, (perf_counter() - started) * 1e3, **(engine or {}))
        return self._news(turns)

    def finish(self, reason: str) -> Shown:
        """End the episode from outside and grade it."""
        started = perf_counter()
        turn = self.env.finish(reason)
        self._writing().finished(turn, (perf_counter() - started) * 1e3)
        return self._news([turn])

    def record(
        self, identity: Mapping[str, Any], *, status: Status | None = None, error: str = ""
    ) -> tuple[Episode, dict[str, EncodedImage]]:
        """The record and its pictures by sha256; see `Recorder.episode`."""
        recorder = self._writing()
        kept = {"env_kwargs": self.env.shared_kwargs(), **identity}
        return recorder.episode(kept, status=status, error=error), recorder.images

    def _writing(self) -> Recorder:
        if self._recorder is None:
            raise UsageError("this session has not begun: call begin() first")
        return self._recorder

    def _news(self, turns: Sequence[Turn]) -> Shown:
        messages = self._writing().messages
        new, self._told = messages[self._told :], len(messages)
        return Shown(new, [image for turn in turns for image in turn.images], turns[-1].done)


class Desk:
    """The sessions of a process, and the environments that it keeps.

    Args:
        threads: environments that may run side by side.
    """

    def __init__(self, threads: int = THREADS) -> None:
        self._lock = Lock()
        self._single = ThreadPoolExecutor(1, thread_name_prefix=UNSAFE)
        self._many = ThreadPoolExecutor(threads, thread_name_prefix="environments")
        self._idle: OrderedDict[tuple[str, int], ToolEnv] = OrderedDict()
        self._open: dict[int, tuple[str, Session]] = {}
        self._encoded: dict[str, EncodedImage] = {}

    def run(self, order: Mapping[str, Any], done: Callable[[Any], None]) -> None:
        """Carry out an order on a thread; `done` gets the result or the exception, there.

        Orders: `episode` (a scripted policy, whole), `begin`, `say`, `finish`, `record`, `drop`.
        """
        lane = self._single if order["do"] == "episode" else self._many

        def work() -> None:
            try:
                result = getattr(self, f"_{order['do']}")(order)
            except BaseException as error:
                result = error
            done(result)

        lane.submit(work)

    def _episode(self, order: Mapping[str, Any]) -> Any:
        from .playing import rollout

        key, env = self._take(order)
        task = env.get_task(order["split"], order["index"])
        told = {name: order[name] for name in ("sample", "recorded", "stop_reason", "image_format")}
        try:
            made = rollout(env, task, order["policy"], encoded=self._encoded, **told)
        except BaseException:
            env.close()
            raise
        self._give_back(key, env)
        return made

    def _begin(self, order: Mapping[str, Any]) -> tuple[Shown, list[dict[str, Any]]]:
        key, env = self._take(order)
        try:
            session = self._alone(env, lambda: self._opened(env, order))
            shown = self._alone(env, session.begin)
        except BaseException:
            self._alone(env, env.close)
            raise
        with self._lock:
            self._open[order["session"]] = key, session
        return shown, session.tools

    def _opened(self, env: ToolEnv, order: Mapping[str, Any]) -> Session:
        task = env.get_task(order["split"], order["index"])
        return Session(env, task, image_format=order["image_format"], encoded=self._encoded)

    def _say(self, order: Mapping[str, Any]) -> Shown:
        return self._played(order, lambda session: session.say(order["text"], order["engine"]))

    def _finish(self, order: Mapping[str, Any]) -> Shown:
        return self._played(order, lambda session: session.finish(order["reason"]))

    def _played(self, order: Mapping[str, Any], work: Callable[[Session], Shown]) -> Shown:
        session = self._session(order)
        try:
            return self._alone(session.env, lambda: work(session))
        except BaseException:
            session.is_sound = False  # whatever broke in it may be broken for good
            raise

    def _record(self, order: Mapping[str, Any]) -> Any:
        made = self._session(order).record(order["identity"], status=order["status"], error=order["error"])
        self._drop(order)
        return made

    def _drop(self, order: Mapping[str, Any]) -> None:
        with self._lock:
            key, session = self._open.pop(order["session"], ("", None))
        if session is not None and session.is_sound:
            self._give_back(key, session.env)
        elif session is not None:
            self._alone(session.env, session.env.close)

    def _session(self, order: Mapping[str, Any]) -> Session:
        with self._lock:
            return self._open[order["session"]][1]

    def _alone(self, env: ToolEnv, work: Callable[[], T]) -> T:
        """On this thread, or where environments must not meet on theirs."""
        is_there = current_thread().name.startswith(UNSAFE)
        return work() if env.is_thread_safe or is_there else self._single.submit(work).result()

    def _take(self, order: Mapping[str, Any]) -> tuple[str, ToolEnv]:
        """An idle environment of that id and arguments, or a new one."""
        key = json.dumps([order["env_id"], order["env_kwargs"]], sort_keys=True)
        with self._lock:
            for name in reversed(self._idle):
                if name[0] == key:
                    return key, self._idle.pop(name)
        return key, _made(order["env_id"], order["env_kwargs"])

    def _give_back(self, key: str, env: ToolEnv) -> None:
        with self._lock:
            self._idle[key, id(env)] = env
            spare = [self._idle.popitem(last=False)[1] for _ in range(len(self._idle) - MAX_IDLE_ENVS)]
            for sha256 in list(self._encoded)[: max(0, len(self._encoded) - MAX_ENCODED)]:
                self._encoded.pop(sha256, None)
        for old in spare:
            self._alone(old, old.close)


def _made(env_id: str, kwargs: Mapping[str, Any]) -> ToolEnv:
    import gymnasium

    try:
        made = gymnasium.make(env_id, disable_env_checker=True, **kwargs).unwrapped
    except gymnasium.error.UnregisteredEnv:
        raise UsageError(
            f"the worker processes do not know {env_id!r}: register it in a module that can be imported, and "
            f"name both, as in 'my_module:{env_id}'"
        ) from None
    if not isinstance(made, ToolEnv):
        raise UsageError(f"{env_id} is no eyesmith environment")
    return made
