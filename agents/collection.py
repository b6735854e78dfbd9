"""Collect: thousands of episodes from environments in worker processes.

One coroutine an episode. A time-out or a dead worker ends that episode as `error` and it is tried again;
siblings go on. What was collected is on disk before the next episode counts; `resume` finishes what is owed.
"""

__all__ = ["CollectReport", "Progress", "collect", "collecting", "interleaved", "pool_of"]

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
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
from .loop import Limits, Model, Record, converse
from .models import engine_versions, open_model
from .pool import Pool
from .replaying import Recorded, recorded_turns
from .replies import BugError, raised
from .seats import Order, WorkerSeat
from .sessions import THREADS
from .workers import WorkerPool

Progress = Callable[["CollectReport"], None]

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
        tokens: sampled in them.
        rewards: sum of the rewards of the graded ones.
        statuses: status -> episodes.
        stops: reason -> episodes that were truncated for it.
        failure: why the last one failed, or "".
        phase: what goes on before the first episode, or "".
        seconds: wall time since the first episode began.
    """

    out: Path
    planned: int = 0
    before: int = 0
    done: int = 0
    turns: int = 0
    tokens: int = 0
    rewards: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    stops: Counter[str] = field(default_factory=Counter)
    failure: str = ""
    phase: str = ""
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
    options: dict[str, Any] = {"resume": resume, "retry_errors": retry_errors, "progress": progress}
    return asyncio.run(_alone(config, Path(out), options))


async def collecting(
    config: CollectConfig,
    out: Path | str,
    *,
    model: Model | None = None,
    resume: bool = False,
    retry_errors: bool = False,
    progress: Progress | None = None,
    pool: Pool | None = None,
) -> CollectReport:
    """`collect` as a coroutine, with a model that is started already and serves other collections too.

    Args:
        config: what to play.
        out: the run's folder.
        model: who acts, of `models.open_model`; None where `config` names none.
        resume: see `collect`.
        retry_errors: see `collect`.
        progress: see `collect`.
        pool: workers that serve other collections too, with the worlds that they hold; whoever made it closes
            it. None for workers of its own.

    Raises:
        UsageError: see `collect`.
        StorageError: see `collect`.
    """
    if config.model and model is None:
        raise UsageError(
            f"the model {config.model_name!r} is not started: give one of models.open_model as model=, or "
            "call collect(), which starts it"
        )
    if model and not config.model:
        raise UsageError(
            "a model acts, and the config names none: give CollectConfig(model=NAME), by which it is recorded"
        )
    tasks = config.check(model.action_format if model else None)
    plan = config.plan(tasks)
    recorded = recorded_turns(config, plan)
    workers = pool_of(config) if pool is None else pool
    with Run.create(out, config.as_dict(), resume=resume, may_differ=MAY_DIFFER) as run:
        owed = run.owed(plan, retry_errors)
        report = CollectReport(Path(out), planned=len(owed), before=len(plan) - len(owed))
        try:
            await _Collection(config, run, report, recorded, progress, model, workers).play(owed)
        finally:
            if pool is None:
                workers.close()
            run.seal()
    return report


async def _alone(config: CollectConfig, out: Path, options: dict[str, Any]) -> CollectReport:
    if not config.model:
        return await collecting(config, out, **options)
    config.check()  # before the weights are loaded
    Run.check(out, resume=options["resume"])
    if options["progress"]:
        options["progress"](CollectReport(out, planned=config.episodes, phase=f"loading {config.model_name}"))
    async with open_model(config, concurrency=config.concurrency, timeout_s=config.timeout_s) as model:
        return await collecting(config, out, model=model, **options)


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
        model: Model | None,
        pool: Pool,
    ) -> None:
        self._config, self._run, self._report, self._progress = config, run, report, progress
        self._model = model
        self._replayed = recorded
        self._failures: set[str] = set()
        self._failed_tasks: set[int] = set()
        versions = package_versions() | (engine_versions() if model else {})
        self._stamp = {"versions": versions, "git_commit": git_commit(Path(__file__).parent)}
        is_safe = model is None or config.is_thread_safe(model.action_format)
        self._at_once = THREADS if is_safe else 1
        self._pool = pool
        self._started = perf_counter()

    async def play(self, owed: list[tuple[int, int]]) -> None:
        """Play what is owed, at most `concurrency` at a time; the first fatal error ends all."""
        if not owed:
            return
        gate = asyncio.Semaphore(self._config.concurrency)
        try:
            await self._pool.open(self._says)
            if self._model:
                self._says("")
            self._started = perf_counter()
            async with asyncio.TaskGroup() as group:
                # A model's episodes share the workers, and a group shares the engine's prefix.
                lanes = len(self._pool.workers)
                for index, sample in owed if self._model else interleaved(owed, lanes):
                    await gate.acquire()
                    task = group.create_task(self._episode(index, sample))
                    task.add_done_callback(lambda _: gate.release())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    def _says(self, phase: str) -> None:
        self._report.phase = phase
        if self._progress:
            self._progress(self._report)

    async def _episode(self, index: int, sample: int) -> None:
        failure: InfrastructureError | None = None
        partial: Record | None = None
        for attempt in range(1, self._config.retries + 2):
            try:
                made = await self._attempt(index, sample, attempt)
            except InfrastructureError as error:
                failure = error
                continue
            except asyncio.CancelledError as cancelled:
                if (unfinished := getattr(cancelled, "record", None)) is not None:
                    # Named as what it is a part of, so that it stands in nobody else's place.
                    named = {"sample": sample, "task_index": index, "attempts": attempt}
                    self._write(replace(unfinished[0], **named), unfinished[1])
                raise
            if made[0].status == "error":
                partial, failure = made, InfrastructureError(made[0].error)
                continue
            self._write(replace(made[0], attempts=attempt), made[1])
            return
        assert failure is not None  # the loop ran at least once
        episode, images = partial or (self._failed(index, sample, failure), {})
        self._write(replace(episode, attempts=self._config.retries + 1), images)
        self._stop_if_hopeless(index, failure)

    async def _attempt(self, index: int, sample: int, attempt: int) -> Record:
        if self._model:
            return await self._conversed(self._model, index, sample, attempt)
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
            raise raised(reply["error"])
        row, images = unpack_entry(Frame(0, 0, reply, tuple(blobs)))
        return from_row(row), {image.sha256: image for image in images}

    async def _conversed(self, model: Model, index: int, sample: int, attempt: int) -> Record:
        config = self._config
        order = Order(
            env_id=config.env,
            env_kwargs=config.kwargs_for(model.action_format),
            split=config.split,
            index=index,
            image_format=config.image_format,
        )
        episode, images = await converse(
            model,
            WorkerSeat(self._pool, order, config.tool_timeout_s, at_once=self._at_once),
            # Of the task's index and not of its place in the plan, so that a run that goes on is the same.
            seed=int.from_bytes(sha256(f"{config.seed} {index} {sample} {attempt}".encode()).digest()[:6]),
            limits=Limits(timeout_s=config.timeout_s, image_window=config.image_window),
            name=config.names(index, sample)[0],
        )
        return replace(episode, sample=sample, task_index=index), images

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
            error=scrub_text(_told(failure)),
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
            backend=episode.backend or "scripted",
            created=datetime.now(UTC).replace(microsecond=0),
            **self._stamp,
        )
        self._run.write(stamped, images)
        report = self._report
        report.done += 1
        report.turns += len(episode.turns)
        report.tokens += sum(turn.n_completion or 0 for turn in episode.turns)
        report.statuses[episode.status] += 1
        report.stops[episode.stop_reason] += episode.status == "truncated"
        report.failure = episode.error or report.failure
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
                f"the first {done} episodes all failed alike, so no more were tried: "
                f"{scrub_text(str(failure))}. Mend that, then run the same command again with "
                "--resume --retry-errors."
            )


def _told(failure: InfrastructureError) -> str:
    """What failed, with its kind where the text does not name it already."""
    is_named = type(failure) is InfrastructureError or isinstance(failure, BugError)
    return str(failure) if is_named else f"{type(failure).__name__}: {failure}"


def pool_of(config: CollectConfig) -> Pool:
    """Workers for a collection, none started."""
    if not config.ray:
        return WorkerPool(config.processes)
    from .ray_workers import RayPool

    return RayPool(config.workers)
