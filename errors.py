"""The exception tree: whose mistake it was decides the branch.

An agent's mistake is no exception at all: it is an observation that says what to send instead
(`tools.tool.mistake`).

    EyesmithError
    ├── UsageError (ValueError)              the caller's mistake: fix the call, the file or the folder
    │   ├── TaskError                        no such split or task, or a task of another environment
    │   ├── ScenarioError                    a scenario file or data folder that cannot be used
    │   ├── SnapshotError                    bytes that are no snapshot of this environment
    │   ├── RunError                         a run folder that cannot be used as asked
    │   ├── RefusedError                     an endpoint refuses for good (agents/engines/endpoint.py)
    │   └── MissingExtraError (ImportError)  an optional dependency is not installed
    ├── ContractError                        an environment that does not keep the contract
    └── InfrastructureError (RuntimeError)   the machine's failure: retried, never a reward of 0
        ├── WorkerError                      a worker process died or broke off
        ├── EngineError                      an engine or endpoint failed, or gave half an answer
        ├── JudgeError                       a judge is out of reach, refuses, or gives no readable answer
        ├── EpisodeTimeoutError              a tool or an episode ran past its time
        ├── BrowserError                     the browser does not start, or died more than once
        └── StorageError                     the disk is full or cannot be written
"""

__all__ = [
    "BrowserError",
    "ContractError",
    "EngineError",
    "EpisodeTimeoutError",
    "EyesmithError",
    "InfrastructureError",
    "JudgeError",
    "MissingExtraError",
    "RunError",
    "ScenarioError",
    "SnapshotError",
    "StorageError",
    "TaskError",
    "UsageError",
    "WorkerError",
    "did_you_mean",
]

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal


class EyesmithError(Exception):
    """Root of everything that eyesmith raises on purpose."""


class UsageError(EyesmithError, ValueError):
    """The caller's mistake: the message says what came, what was expected and what to do."""


class TaskError(UsageError):
    """No such split or task, or a task that belongs to another environment."""


class ScenarioError(UsageError):
    """A scenario file or a data folder that cannot be used."""


class SnapshotError(UsageError):
    """Bytes that are no snapshot of this environment in this configuration."""


class RunError(UsageError):
    """A run folder that cannot be read, resumed or written as asked."""


class MissingExtraError(UsageError, ImportError):
    """An optional dependency is not installed; the message names the command that installs it."""


class ContractError(EyesmithError):
    """An environment does not keep the contract; the message lists what failed."""


class InfrastructureError(EyesmithError, RuntimeError):
    """The machine's failure: the episode is recorded as `error` and may be retried."""


class WorkerError(InfrastructureError):
    """A worker process died or broke off in the middle of an episode."""


class EngineError(InfrastructureError):
    """An engine or endpoint failed, or gave half an answer; the same turn may be asked for again.

    Attributes:
        wait_s: how long it asked to be left alone, or None.
    """

    def __init__(self, text: str, *, wait_s: float | None = None) -> None:
        super().__init__(text)
        self.wait_s = wait_s


class JudgeError(InfrastructureError):
    """A judge is out of reach, refuses a question, or gives no answer that can be read: nothing is graded.

    Attributes:
        reason: `unreachable`, `refused` (this question, for good) or `unreadable` (also when asked again).
        wait_s: how long it asked to be left alone, or None.
    """

    def __init__(
        self,
        text: str,
        *,
        reason: Literal["unreachable", "refused", "unreadable"] = "unreachable",
        wait_s: float | None = None,
    ) -> None:
        super().__init__(text)
        self.reason, self.wait_s = reason, wait_s


class EpisodeTimeoutError(InfrastructureError):
    """A tool call or an episode ran past its time limit."""


class BrowserError(InfrastructureError):
    """The browser does not start, or died again after it was started anew."""


class StorageError(InfrastructureError):
    """The disk is full, or a file cannot be written."""


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A suggestion to append to an error, or nothing.

    >>> did_you_mean("zoom", ["zoom_in", "answer"])
    " Did you mean 'zoom_in'?"
    >>> did_you_mean("xyz", ["zoom_in", "answer"])
    ''
    """
    close = get_close_matches(word, list(choices), n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""
