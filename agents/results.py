"""Results: what a policy achieved in one environment of one run.

Reads the episodes of a run once, and keeps of each only what counts.
"""

__all__ = ["Result", "results_of"]

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from statistics import fmean
from typing import Any, NamedTuple

import gymnasium

from ..envs.describe import make_env
from ..errors import EyesmithError, UsageError
from ..trajectories.record import Episode
from ..trajectories.run import Run
from .rates import Rates, Sample, number, rates_of, task_means

GRADED = ("ok", "truncated")
COLUMNS = (
    "task_id",
    "task_hash",
    "difficulty",
    "split",
    "policy",
    "env_kwargs",
    "recipe",
    "reward",
    "score",
    "turns",
    "components",
    "metrics",
)
BREAKDOWNS = ("difficulty", "split", "kind")
UNKNOWN = "unknown"
SUCCESS_SHARE = 0.5
ROUNDING = 1e-9


@dataclass(frozen=True)
class Result:
    """What a policy achieved in one environment of one run.

    Args:
        run: name of the run's folder.
        env: environment id.
        policy: as it was recorded.
        recipe: that graded the episodes; "" without a graded one.
        success_at: the score from which an episode is a success; NaN without a graded one.
        overall: rates over all episodes.
        by: breakdown -> value -> rates; a breakdown that tells nothing apart is left out, but `split`.
        columns: what the environment names in EVAL_COLUMNS -> mean over the graded episodes, of the recipe's
            own component where it has one of that name, else of the metric; empty where the environment names
            none or is not at hand.
        arguments: of the environment, as recorded.
        rewards: task hash -> mean reward.
        task_ids: task hash -> task id.
    """

    run: str
    env: str
    policy: str
    recipe: str
    success_at: float
    overall: Rates
    by: Mapping[str, Mapping[str, Rates]] = field(default_factory=dict)
    columns: Mapping[str, float] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)
    rewards: Mapping[str, float] = field(default_factory=dict, repr=False)
    task_ids: Mapping[str, str] = field(default_factory=dict, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able; without arguments and tasks, which the run holds."""
        return {
            "run": self.run,
            "env": self.env,
            "policy": self.policy,
            "recipe": self.recipe,
            "success_at": number(self.success_at),
            "overall": self.overall.as_dict(),
            "columns": {name: number(value) for name, value in self.columns.items()},
            "by": {
                name: {value: rates.as_dict() for value, rates in rows.items()}
                for name, rows in self.by.items()
            },
        }


def results_of(run: Run, *, success: float | None = None, seed: int = 0) -> list[Result]:
    """What each policy achieved in each environment of a run, sorted by their names.

    Args:
        run: what was collected.
        success: the score from which an episode is a success; None for the middle of the recipe's range.
        seed: of the bootstrap.

    Raises:
        UsageError: episodes graded by several recipes, or no way to tell the recipe's range.
        RunError: a file of the run is damaged or missing.
    """
    parts: dict[tuple[str, str], list[_Seen]] = {}
    arguments: dict[tuple[str, str], Mapping[str, Any]] = {}
    for episode in run.episodes(COLUMNS):
        seen, key = _seen(episode), (episode.env_id, episode.policy)
        parts.setdefault(key, []).append(seen)
        if seen.is_graded or key not in arguments:  # a failed one knows only what was asked for
            arguments[key] = episode.env_kwargs
    return [_result(run, *key, parts[key], arguments[key], success, seed) for key in sorted(parts)]


class _Seen(NamedTuple):
    """What of an episode counts."""

    place: tuple[str, int]  # split and index of its task
    task: str
    task_id: str
    status: str
    reward: float | None
    score: float | None
    turns: int
    recipe: str
    groups: dict[str, str]  # breakdown -> value
    measured: dict[str, float]  # metrics, and components over those of the same name

    @property
    def is_graded(self) -> bool:
        return self.status in GRADED and self.reward is not None and self.score is not None


def _result(
    run: Run,
    env_id: str,
    policy: str,
    episodes: list[_Seen],
    arguments: Mapping[str, Any],
    success: float | None,
    seed: int,
) -> Result:
    graded = [seen for seen in episodes if seen.is_graded]
    recipes = sorted({seen.recipe for seen in graded})
    if len(recipes) > 1:
        raise UsageError(
            f"{run.folder} holds episodes graded by {', '.join(recipes)}: a mean over several recipes means "
            "nothing. Collect one run for each recipe"
        )
    recipe = recipes[0] if recipes else ""
    threshold = nan
    if graded:
        threshold = float(success) if success is not None else _middle(run, env_id, recipe)
    samples = [_sample(seen, threshold) for seen in graded]
    siblings = {seen.place: seen.groups for seen in graded}
    failures = [
        (siblings.get(seen.place, seen.groups), "ungraded" if seen.status in GRADED else seen.status)
        for seen in episodes
        if not seen.is_graded
    ]
    by = {}
    for name in BREAKDOWNS:
        values = sorted(
            {groups[name] for groups in (*(seen.groups for seen in graded), *(f[0] for f in failures))}
        )
        if len(values) > 1 or name == "split":
            by[name] = {
                value: rates_of(
                    [sample for sample in samples if getattr(sample, name) == value],
                    [status for groups, status in failures if groups[name] == value],
                    seed=seed,
                )
                for value in values
            }
    return Result(
        run=run.folder.resolve().name,
        env=env_id,
        policy=policy,
        recipe=recipe,
        success_at=threshold,
        overall=rates_of(samples, [status for _, status in failures], seed=seed),
        by=by,
        columns={
            name: fmean(seen.measured[name] for seen in graded)
            for name in (_columns(run, env_id) if graded else ())
            if all(name in seen.measured for seen in graded)
        },
        arguments=arguments,
        rewards=task_means(samples),
        task_ids={seen.task: seen.task_id for seen in graded},
    )


def _seen(episode: Episode) -> _Seen:
    return _Seen(
        (episode.split, episode.task_index),
        _task(episode),
        episode.task_id,
        episode.status,
        episode.reward,
        episode.score,
        len(episode.turns),
        episode.recipe,
        _groups(episode),
        {**episode.metrics, **{part.name: part.value for part in episode.components}},
    )


def _sample(seen: _Seen, threshold: float) -> Sample:
    assert seen.reward is not None  # only graded episodes get here
    assert seen.score is not None
    return Sample(seen.task, seen.reward, seen.score >= threshold - ROUNDING, seen.turns, **seen.groups)


def _task(episode: Episode) -> str:
    return episode.task_hash or episode.task_id or f"{episode.split}:{episode.task_index}"


def _groups(episode: Episode) -> dict[str, str]:
    """Where an episode belongs in each breakdown; one that failed before it began knows little."""
    difficulty = episode.difficulty or episode.env_kwargs.get("difficulty")
    # The id is `<env>:<split>:<index>` and then what shapes the task: `d<difficulty>`, a kind or a source.
    words = episode.task_id.removeprefix(f"{episode.env_id}:").split(":")[2:]
    told = [word for word in words if word != f"d{difficulty}"]
    kind = episode.env_kwargs.get("kind") or (told[0] if told else UNKNOWN)
    return {
        "split": episode.split or UNKNOWN,
        "difficulty": str(difficulty or UNKNOWN),
        "kind": str(kind),
    }


def _columns(run: Run, env_id: str) -> tuple[str, ...]:
    """The measures that an environment wants shown; none where it is not at hand."""
    try:
        env = make_env(_called(run, env_id))
    except (gymnasium.error.Error, ImportError, EyesmithError):
        return ()
    try:
        return env.EVAL_COLUMNS
    finally:
        env.close()


def _called(run: Run, env_id: str) -> str:
    """What `make` was given for an environment: its id, or `module:id`."""
    asked = run.config.get("env")
    return asked if isinstance(asked, str) and asked.rpartition(":")[2] == env_id else env_id


def _middle(run: Run, env_id: str, recipe: str) -> float:
    """The middle of the range that a recipe declares."""
    name = _called(run, env_id)
    try:
        env = make_env(name)
    except (gymnasium.error.Error, ImportError, EyesmithError) as error:
        raise UsageError(
            f"the environment {name!r} of {run.folder} is not at hand to tell the range of its recipe "
            f"({error}): say with --success from which score an episode is a success"
        ) from None
    try:
        if recipe not in env.RECIPES:
            raise UsageError(
                f"{env_id} has no recipe {recipe!r} any more, by which {run.folder} was graded: say with "
                "--success from which score an episode is a success"
            )
        low, high = env.RECIPES[recipe].range
    finally:
        env.close()
    return low + SUCCESS_SHARE * (high - low)
