"""GRPO: how these trajectories are trained on, in one process.

A step collects episodes with the newest weights, compares those of a group, and moves the weights towards
what did better. Everything of a step is on disk before the next begins:

    DIR/training.json       the settings
    DIR/steps/step-00003/   its episodes, a run like any other: `eyesmith show` takes it
    DIR/evals/step-00000/   the episodes of an evaluation, before the first step and after the last
    DIR/checkpoints, DIR/model, DIR/log.csv, DIR/evals.csv, DIR/curve.png

Killed at any moment, `resume` goes on from the newest checkpoint, with the same tasks, seeds and order.
"""

__all__ = ["TrainReport", "train", "training"]

import asyncio
import json
import shutil
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from math import nan
from pathlib import Path
from random import Random
from statistics import fmean
from time import perf_counter
from typing import Any

from ..errors import InfrastructureError, RunError, UsageError
from ..tools.tool import Image
from ..trajectories.folders import TRAINING
from ..trajectories.lock import FolderLock
from ..trajectories.provenance import scrub
from ..trajectories.record import Episode
from ..trajectories.run import Run
from ..trajectories.seal import write_atomically
from .collection import CollectReport, collecting, pool_of
from .grpo_checkpoint import Checkpoints, Saved
from .grpo_config import ADVANTAGES, MAY_DIFFER, GrpoConfig
from .grpo_experts import with_experts
from .grpo_groups import Worth, groups_of, is_usable, worths
from .grpo_log import TrainingLog
from .grpo_rows import Row, rows_of
from .loop import Model
from .models import open_model
from .policy import Generation, Policy, Sampling, TokenPrompt, Trainable
from .pool import Pool
from .results import results_of

STEPS, EVALS = "steps", "evals"
FORMAT_KEY, FORMAT = "eyesmith_training", 1
MOST_IMAGES = 256  # decoded at once

Progress = Callable[[str, CollectReport], None]
Told = Callable[[Mapping[str, float]], None]


@dataclass
class TrainReport:
    """How a training ended.

    Args:
        out: its folder.
        steps: steps that are done.
        lines: the log, one a step.
        evals: evaluations, one each.
    """

    out: Path
    steps: int = 0
    lines: Sequence[Mapping[str, float]] = field(default_factory=list)
    evals: Sequence[Mapping[str, float]] = field(default_factory=list)


def train(
    config: GrpoConfig,
    out: Path | str,
    *,
    resume: bool = False,
    progress: Progress | None = None,
    told: Told | None = None,
) -> TrainReport:
    """Train a model on the episodes that it plays.

    Args:
        config: settings.
        out: folder of the training.
        resume: go on with the one that the folder holds.
        progress: called with what goes on ("step 3", "evaluation") after every episode.
        told: called with the line of each step and each evaluation.

    Raises:
        UsageError: a setting, a model or a folder that cannot be used.
        InfrastructureError: the machine failed; `resume` goes on.
    """
    return asyncio.run(training(config, out, resume=resume, progress=progress, told=told))


async def training(
    config: GrpoConfig,
    out: Path | str,
    *,
    resume: bool = False,
    progress: Progress | None = None,
    told: Told | None = None,
) -> TrainReport:
    """`train` as a coroutine."""
    from .grpo_learner import Learner

    out = Path(out)
    tasks = config.collect.check()
    if config.eval_episodes:
        config.of_eval().check()
    lock = _opened(out, config, resume=resume)
    log: TrainingLog | None = None
    try:
        checkpoints = Checkpoints(out, config.keep)
        learner = Learner(config)
        saved = checkpoints.newest()
        if saved is not None:
            learner.restore(saved.weights, saved.optimizer)
            learner.version = saved.told["version"]
        done = saved.steps if saved else 0
        log = TrainingLog(out, done)
        _forget(out, done)
        asked = config.collect
        async with open_model(asked, concurrency=asked.concurrency, timeout_s=asked.timeout_s) as model:
            if not isinstance(model.policy, Trainable):
                raise UsageError(f"the backend {asked.backend} does not take new weights while it runs")
            pool = pool_of(asked)
            try:
                session = _Training(config, out, tasks, learner, model, pool, log, progress, told)
                await session.go(done, checkpoints)
            finally:
                pool.close()
        return TrainReport(out, max(done, config.steps), log.lines, log.evals)
    finally:
        if log is not None:
            log.close()
        lock.release()


class _Training:
    def __init__(
        self,
        config: GrpoConfig,
        out: Path,
        tasks: int,
        learner: Any,
        model: Model,
        pool: Pool,
        log: TrainingLog,
        progress: Progress | None,
        told: Told | None,
    ) -> None:
        self._config, self._out, self._tasks, self._learner = config, out, tasks, learner
        self._model, self._pool, self._log = model, pool, log
        self._progress, self._told = progress, told

    async def go(self, done: int, checkpoints: Checkpoints) -> None:
        """The steps that are owed, with their evaluations and checkpoints."""
        config, learner = self._config, self._learner
        if learner.version:
            await self._hand_over()
        if done == 0 or not any(each["step"] == done for each in self._log.evals):
            await self._evaluate(done)
        for step in range(done, config.steps):
            await self._step(step)
            after, is_last = step + 1, step + 1 == config.steps
            if is_last or after % config.checkpoint_every == 0:
                weights, optimizer = learner.state()
                saved = Saved(after, weights, optimizer, {"version": learner.version})
                checkpoints.save(saved, learner.save)
            if is_last or (config.eval_every and after % config.eval_every == 0):
                await self._evaluate(after)

    async def _step(self, step: int) -> None:
        began = perf_counter()
        config = self._config.of_step(step, self._tasks)
        folder = self._out / STEPS / f"step-{step:05d}"
        model = replace(self._model, policy=_Fresh(self._model.policy, step))
        report = await self._collected(f"step {step + 1}", config, folder, model)
        collected = perf_counter()
        run = Run.open(folder)
        sampled = [_checked(episode, self._learner.version) for episode in run.episodes()]
        groups, shown = groups_of(sampled), {}
        if self._config.experts:
            groups, shown = await with_experts(groups, config, self._model, self._config.experts)
        worth = worths(
            groups,
            rule=self._config.group_rule,
            advantages=self._config.advantages,
            formula=ADVANTAGES[self._config.advantages],
            shuffle=Random(f"{self._config.collect.seed} {step}") if self._config.shuffled else None,
        )
        teaching = [episode for group in groups for episode in group if episode.id in worth.advantages]
        rows = [row for episode in teaching for row in rows_of(episode, worth.advantages[episode.id])]
        found = await self._learned(rows, _Pictures(run, shown), step)
        line = {"step": step + 1, **_summary(sampled, groups, worth), **found}
        line |= {"collect_s": collected - began, "learn_s": perf_counter() - collected}
        line |= {"tokens": report.tokens, "weight_version": self._learner.version}
        self._log.step(line)
        if self._told:
            self._told(line)

    async def _learned(
        self, rows: Sequence[Row], find: Callable[[str], Image], step: int
    ) -> dict[str, float]:
        """Train on some rows and hand the weights over; nothing changes where no row teaches."""
        if not any(any(row.advantages) for row in rows) and not self._config.kl:
            return {"updates": 0.0}
        learn = partial(self._learner.update, rows, find, step=step)
        found = await asyncio.to_thread(learn)
        self._learner.version += 1
        await self._hand_over()
        return found

    async def _hand_over(self) -> None:
        engine = self._model.policy
        assert isinstance(engine, Trainable)  # checked when it was opened
        await engine.update_weights(self._learner)

    async def _evaluate(self, step: int) -> None:
        if not self._config.eval_episodes:
            return
        config = self._config.of_eval()
        folder = self._out / EVALS / f"step-{step:05d}"
        told = {**self._model.told, "sampling": config.sampling().as_dict()}
        model = replace(self._model, sampling=config.sampling(), told=told)
        await self._collected(f"evaluation after {step} steps", config, folder, model)
        (result,) = results_of(Run.open(folder))
        rates = result.overall
        low, high = rates.success_interval or (nan, nan)
        line = {
            "step": step,
            "tasks": rates.tasks,
            "success": rates.success,
            "success_low": low,
            "success_high": high,
            "reward": rates.reward,
            "weight_version": self._learner.version,
        }
        self._log.evaluated(line)
        if self._told:
            self._told(line)

    async def _collected(self, name: str, config: Any, folder: Path, model: Model) -> CollectReport:
        progress = partial(self._progress, name) if self._progress else None
        return await collecting(
            config, folder, model=model, resume=True, retry_errors=True, progress=progress, pool=self._pool
        )


class _Fresh:
    """The policy, with other chance at every step: a task that comes again is not played the same."""

    takes_tokens = True

    def __init__(self, policy: Policy, step: int) -> None:
        self.settings, self._policy, self._step = policy.settings, policy, step

    @property
    def context(self) -> int | None:
        return self._policy.context

    @property
    def weight_version(self) -> int:
        return self._policy.weight_version

    async def start(self) -> None:
        await self._policy.start()

    async def generate(self, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling) -> Generation:
        drawn = sha256(f"{self._step} {sampling.seed}".encode()).digest()
        return await self._policy.generate(
            prompt, images, replace(sampling, seed=int.from_bytes(drawn[:4]) >> 1)
        )

    def abort(self, key: str) -> None:
        self._policy.abort(key)

    async def close(self) -> None:
        await self._policy.close()


class _Pictures:
    """Finds the picture of a sha256; the last ones are kept decoded."""

    def __init__(self, run: Run, shown: Mapping[str, Image]) -> None:
        self._run, self._shown = run, shown
        self._kept: OrderedDict[str, Image] = OrderedDict()

    def __call__(self, sha256: str) -> Image:
        if sha256 in self._shown:
            return self._shown[sha256]
        if sha256 not in self._kept:
            self._kept[sha256] = Image(self._run.image(sha256).decode())
            if len(self._kept) > MOST_IMAGES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(sha256)
        return self._kept[sha256]


def _checked(episode: Episode, version: int) -> Episode:
    """The episode; as a drift where other weights than the newest have sampled some of it."""
    versions = {turn.weight_version for turn in episode.turns if turn.n_completion}
    if is_usable(episode) and versions != {version}:
        return replace(episode, status="drift", error=f"sampled by the weights {sorted(map(str, versions))}")
    return episode


def _summary(
    sampled: Sequence[Episode], groups: Sequence[Sequence[Episode]], worth: Worth
) -> dict[str, float]:
    """What a step's episodes were like, as numbers."""
    graded = [episode for episode in sampled if episode.reward is not None and is_usable(episode)]
    if not graded:
        raise InfrastructureError(
            f"none of the {len(sampled)} episodes of a step can be trained on: {dict(worth.left_out)}"
        )
    differing = sum(any(value for e in group for value in worth.advantages.get(e.id, ())) for group in groups)
    return {
        "reward": fmean(episode.reward or 0.0 for episode in graded),
        "score": fmean(episode.score or 0.0 for episode in graded),
        "turns": fmean(len(episode.turns) for episode in graded),
        "episodes": len(graded),
        "left_out": sum(worth.left_out.values()),
        "groups": len(groups),
        "groups_that_teach": differing,
        "cut": sum(episode.status == "truncated" for episode in graded) / len(graded),
    }


def _opened(out: Path, config: GrpoConfig, *, resume: bool) -> FolderLock:
    """The folder, locked; refused where it holds something else, or another training."""
    wanted = json.loads(json.dumps(scrub(config.as_dict())))
    file = out / TRAINING
    if out.exists() and not out.is_dir():
        raise RunError(f"{out} is a file; --out must be a folder")
    is_there = out.is_dir() and any(path.name != ".lock" for path in out.iterdir())
    if is_there and not file.exists():
        raise RunError(f"{out} is not empty and holds no training: nothing was touched; choose another --out")
    if is_there and not resume:
        raise RunError(f"{out} holds a training; add --resume to go on with it, or choose another --out")
    out.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(out)
    try:
        if is_there:
            _compare(out, json.loads(file.read_text()), wanted)
        write_atomically(file, json.dumps({FORMAT_KEY: FORMAT, **wanted}, indent=2).encode())
    except ValueError as error:
        lock.release()
        if isinstance(error, RunError):
            raise
        raise RunError(f"{file} is damaged ({error}): choose another --out") from None
    except BaseException:
        lock.release()
        raise
    return lock


def _compare(out: Path, old: dict[str, Any], new: dict[str, Any]) -> None:
    if old.pop(FORMAT_KEY, None) != FORMAT:
        raise RunError(f"{out} was written by another version of eyesmith: choose another --out")
    for name in sorted(old.keys() | new.keys()):
        if name not in MAY_DIFFER and old.get(name) != new.get(name):
            raise RunError(
                f"{out} holds a training of another config: {name} was {json.dumps(old.get(name))[:200]}, "
                f"now {json.dumps(new.get(name))[:200]}. Go on with the arguments it was started with, or "
                "choose another --out"
            )


def _forget(out: Path, done: int) -> None:
    """Take away what came after the checkpoint: it was played by weights that are lost.

    The step that comes next is kept, for the weights of the checkpoint have played it.
    """
    for kind in (STEPS, EVALS):
        for folder in (out / kind).glob("step-*"):
            if int(folder.name.rpartition("-")[2]) > done:
                shutil.rmtree(folder)
