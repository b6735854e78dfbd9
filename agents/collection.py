"""Collect: thousands of episodes from environments in worker processes.

One coroutine an episode. A time-out or a dead worker ends that episode as `error` and it is tried again;
siblings go on. What was collected is on disk before the next episode counts; `resume` finishes what is owed.
"""

__all__ = ["CollectReport", "Progress", "collect", "interleaved"]

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from ..errors import InfrastructureError, UsageError
from ..trajectories.columns import from_row
from ..trajectories.log import Frame
from ..trajectories.provenance import git_commit, package_versions, scrub, scrub_text
from ..trajectories.record import EncodedImage, Episode
from ..trajectories.run import Run
from ..trajectories.segment import unpack_entry
from .config import MAY_DIFFER, CollectConfig
from .scripted import replay_source
from .workers import WorkerPool

Progress = Callable[["CollectReport"], None]
Recorded = Mapping[tuple[int, int], tuple[list[dict[str, Any]], str]]

HOPELESS_AFTER = 16


@dataclass
class CollectReport:
    """How a collection stands or ended.

    Args:
        out: the run's folder.
        planned: episodes that this call set out to play.
        before: episodes that the folder held already.
        done: episodes played and written.
        turns: messages of the policy in them.
        rewards: sum of the rewards of the graded ones.
        statuses: status -> episodes.
        seconds: wall time.
    """

    out: Path
    planned: int = 0
    before: int = 0
    done: int = 0
    turns: int = 0
    rewards: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def graded(self) -> int:
        """Episodes that have a reward."""
        return self.statuses["ok"] + self.statuses["truncated"]

    @property
    def mean_reward(self) -> float:
        """Mean reward of the graded episodes; NaN without any."""
        return self.rewards / self.graded if self.graded else float("nan")


def collect(
    config: CollectConfig,
    out: Path | str,
    *,
    resume: bool = False,
    retry_errors: bool = False,
    progress: Progress | None = None,
) -> CollectReport:
    """Play the episodes of a config and write them to a folder.

    Args:
        config: what to play.
        out: the run's folder.
        resume: go on with the run that the folder holds.
        retry_errors: when resuming, also play again what ended as `error`.
        progress: called after every episode.

    Raises:
        UsageError: a setting, a folder or a data source that cannot be used; what was collected is kept.
        StorageError: the disk is full; what was collected is kept.
    """
    tasks = config.check()
    plan = config.plan(tasks)
    recorded = _recorded(config, plan)
    with Run.create(out, config.as_dict(), resume=resume, may_differ=MAY_DIFFER) as run:
        owed = run.owed(plan, retry_errors)
        report = CollectReport(Path(out), planned=len(owed), before=len(plan) - len(owed))
        try:
            asyncio.run(_Collection(config, run, report, recorded, progress).play(owed))
        finally:
            run.seal()
    return report


def interleaved(owed: Sequence[tuple[int, int]], lanes: int) -> list[tuple[int, int]]:
    """The episodes in an order that starts as many groups at once as there are workers.

    Each worker then keeps to a group of its own, and no world is built twice.

    >>> interleaved([(7, 0), (7, 1), (8, 0), (8, 1), (9, 0)], 2)
    [(7, 0), (8, 0), (7, 1), (8, 1), (9, 0)]
    """
    groups: dict[int, list[tuple[int, int]]] = {}
    for pair in owed:
        groups.setdefault(pair[0], []).append(pair)
    members = list(groups.values())
    ordered = []
    for first in range(0, len(members), lanes):
        beside = members[first : first + lanes]
        for rank in range(max(map(len, beside))):
            ordered += [group[rank] for group in beside if rank < len(group)]
    return ordered


class _Collection:
    def __init__(
        self,
        config: CollectConfig,
        run: Run,
        report: CollectReport,
        recorded: Recorded,
        progress: Progress | None,
    ) -> None:
        self._config, self._run, self._report, self._progress = config, run, report, progress
        self._replayed = recorded
        self._failures: set[str] = set()
        self._failed_tasks: set[int] = set()
        self._stamp = {"versions": package_versions(), "git_commit": git_commit(Path(__file__).parent)}
        self._pool = WorkerPool(config.processes)
        self._started = perf_counter()

    async def play(self, owed: list[tuple[int, int]]) -> None:
        """Play what is owed, at most `concurrency` at a time; the first fatal error ends all."""
        gate = asyncio.Semaphore(self._config.concurrency)
        try:
            async with asyncio.TaskGroup() as group:
                for index, sample in interleaved(owed, self._config.processes):
                    await gate.acquire()
                    task = group.create_task(self._episode(index, sample))
                    task.add_done_callback(lambda _: gate.release())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            self._pool.close()

    async def _episode(self, index: int, sample: int) -> None:
        failure: InfrastructureError | None = None
        for attempt in range(1, self._config.retries + 2):
            try:
                episode, images = await self._attempt(index, sample)
            except InfrastructureError as error:
                failure = error
                continue
            self._write(replace(episode, attempts=attempt), images)
            return
        assert failure is not None  # the loop ran at least once
        self._write(self._failed(index, sample, failure), {})
        self._stop_if_hopeless(index, failure)

    async def _attempt(self, index: int, sample: int) -> tuple[Episode, dict[str, EncodedImage]]:
        config = self._config
        turns, stop_reason = self._replayed.get((index, sample), ([], ""))  # empty but for replay
        order = {
            "env_id": config.env,
            "env_kwargs": dict(config.env_kwargs),
            "split": config.split,
            "index": index,
            "sample": sample,
            "policy": config.policy,
            "recorded": turns,
            "stop_reason": stop_reason,
            "image_format": config.image_format,
        }
        async with self._pool.borrow(index) as worker:
            reply, blobs = await worker.ask(order, config.timeout_s)
        if "error" in reply:
            raise _raised(reply["error"])
        row, images = unpack_entry(Frame(0, 0, reply, tuple(blobs)))
        return from_row(row), {image.sha256: image for image in images}

    def _failed(self, index: int, sample: int, failure: InfrastructureError) -> Episode:
        config = self._config
        name, group = config.names(index, sample)
        return Episode(
            id=name,
            group_id=group,
            env_id=config.bare_id,
            env_kwargs=dict(config.env_kwargs),
            task_index=index,
            sample=sample,
            split=config.split,
            status="error",
            stop_reason="infrastructure",
            error=scrub_text(f"{type(failure).__name__}: {failure}"),
            attempts=config.retries + 1,
        )

    def _write(self, episode: Episode, images: Mapping[str, EncodedImage]) -> None:
        config = self._config
        name, group = config.names(episode.task_index, episode.sample)
        stamped = replace(
            episode,
            id=name,
            group_id=group,
            policy=config.policy_name,
            env_kwargs=scrub(episode.env_kwargs),
            seed=config.seed,
            backend="scripted",
            created=datetime.now(UTC).replace(microsecond=0),
            **self._stamp,
        )
        self._run.write(stamped, images)
        report = self._report
        report.done += 1
        report.turns += len(episode.turns)
        report.statuses[episode.status] += 1
        report.rewards += episode.reward or 0.0
        report.seconds = perf_counter() - self._started
        if self._progress:
            self._progress(report)

    def _stop_if_hopeless(self, index: int, failure: InfrastructureError) -> None:
        """When everything fails in one way from the start, thousands more would too."""
        self._failures.add(re.sub(r"\d+", "#", str(failure)))
        self._failed_tasks.add(index)
        done = self._report.done
        several_tasks = len(self._failed_tasks) > 1 or self._config.episodes == self._config.group
        alike = self._report.statuses["error"] == done and len(self._failures) == 1
        if alike and several_tasks and done >= HOPELESS_AFTER:
            raise InfrastructureError(
                f"the first {done} episodes all failed alike, so no more were tried: {failure}. "
                "Mend that, then run the same command again with --resume --retry-errors."
            )


class _BugError(InfrastructureError):
    """An exception that no code raises on purpose; the episode is recorded as an error."""


def _raised(error: Mapping[str, str]) -> Exception:
    if error["kind"] == "usage":
        return UsageError(error["text"])
    if error["kind"] == "infrastructure":
        return InfrastructureError(f"{error['type']}: {error['text']}")
    return _BugError(f"{error['type']}: {error['text']}")


def _recorded(config: CollectConfig, plan: Sequence[tuple[int, int]]) -> Recorded:
    """(task index, sample) -> turns and stop reason in the run that a replay policy names.

    Raises:
        UsageError: that run lacks an episode of the plan.
    """
    folder = replay_source(config.policy)
    if folder is None:
        return {}
    columns = ("turns", "stop_reason")
    wanted = {"env_id": config.bare_id, "split": config.split, "status": ("ok", "truncated")}
    found = {
        (episode.task_index, episode.sample): (
            [{"calls": turn.calls, "text": turn.text} for turn in episode.turns],
            episode.stop_reason,
        )
        for episode in Run.open(folder).episodes(columns, where=wanted)
    }
    lacking = [pair for pair in plan if pair not in found]
    if lacking:
        index, sample = lacking[0]
        raise UsageError(
            f"{folder} holds no finished episode of {len(lacking)} of the {len(plan)} to be replayed, "
            f"such as task {index}, sample {sample} of {config.bare_id}, split {config.split!r}: give the "
            "environment, --split, --seed, -n and -g of that run, or fewer episodes"
        )
    return found
