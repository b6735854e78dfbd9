"""Scoring a run again: the recorded actions are played and graded anew.

Reports whatever differs from the record, and writes the new grades beside the run; the run itself is never
changed. With another recipe the same episodes get its rewards.
"""

__all__ = ["Difference", "PolicyMeans", "ScoreReport", "rescore"]

import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import gymnasium
import pyarrow as pa
import pyarrow.parquet as pq
from gymnasium.envs.registration import load_env_creator

from ..envs.base import ToolEnv
from ..envs.describe import make_env
from ..envs.registry import entry_point
from ..errors import StorageError, UsageError, did_you_mean
from ..rewards.recipe import Recipe
from .record import Episode
from .regrade import Regraded, by_parts, played_again
from .run import Run
from .seal import write_atomically

if TYPE_CHECKING:
    from rich.console import Group

GRADED = ("ok", "truncated")
COLUMNS = (
    "task_id",
    "task_hash",
    "split",
    "policy",
    "env_kwargs",
    "stop_reason",
    "image_hashes",
    "turns",
    "reward",
    "score",
    "components",
    "step_rewards",
    "recipe",
    "why",
)
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("task_id", pa.string()),
        ("policy", pa.string()),
        ("sample", pa.int32()),
        ("status", pa.string()),
        ("recorded_reward", pa.float64()),
        ("reward", pa.float64()),
        ("score", pa.float64()),
        ("difference", pa.float64()),
        ("components", pa.string()),
        ("why", pa.string()),
        ("note", pa.string()),
    ]
)
SHOWN_DIFFERENCES = 10

Progress = Callable[[int, int], None]


class Difference(NamedTuple):
    """An episode that does not come out as it was recorded, and in what."""

    id: str
    note: str


class PolicyMeans(NamedTuple):
    """Graded episodes of a policy, and their mean reward as recorded and now; NaN without any."""

    episodes: int
    recorded: float
    now: float


@dataclass(frozen=True)
class ScoreReport:
    """What came of scoring a run again.

    Args:
        folder: the run.
        path: the parquet file that was written.
        recipe: by which recipe; `recorded` where the episodes have several and none was asked for.
        statuses: recorded status -> episodes; only `ok` and `truncated` are scored.
        policies: policy -> its means over the episodes that could be graded again.
        differences: what does not come out as recorded, and what could not be played.
    """

    folder: Path
    path: Path
    recipe: str
    statuses: Mapping[str, int] = field(default_factory=dict)
    policies: Mapping[str, PolicyMeans] = field(default_factory=dict)
    differences: Sequence[Difference] = ()

    @property
    def scored(self) -> int:
        """Episodes that were scored."""
        return sum(self.statuses.get(status, 0) for status in GRADED)

    @property
    def skipped(self) -> int:
        """Episodes that have no reward, such as errors."""
        return sum(self.statuses.values()) - self.scored

    def table(self) -> "Group":
        """Means by policy, and the first ten differences, for a rich console."""
        from rich.box import SIMPLE_HEAD
        from rich.console import Group
        from rich.markup import escape
        from rich.table import Table

        title = f"{self.folder.name}: recipe {self.recipe}"
        table = Table(title=escape(title), title_justify="left", header_style="bold", box=SIMPLE_HEAD)
        table.add_column("policy", overflow="fold")
        for name in ("episodes", "reward recorded", "reward now"):
            table.add_column(name, justify="right")
        for policy, means in self.policies.items():
            table.add_row(escape(policy), str(means.episodes), f"{means.recorded:.4f}", f"{means.now:.4f}")
        left_out = ", ".join(f"{n} {status}" for status, n in self.statuses.items() if status not in GRADED)
        skipped = f"; skipped: {left_out}" if left_out else ""
        lines = [f"{self.scored} episodes scored{skipped}; {len(self.differences)} differ from the record"]
        lines += [f"  {found.id}: {found.note}" for found in self.differences[:SHOWN_DIFFERENCES]]
        if len(self.differences) > SHOWN_DIFFERENCES:
            lines.append(
                f"  and {len(self.differences) - SHOWN_DIFFERENCES} more: the column note of the file"
            )
        lines.append(f"wrote {self.path}")
        return Group(table, *(escape(line) for line in lines))


def rescore(
    run: Run, *, recipe: str | None = None, parts_only: bool = False, progress: Progress | None = None
) -> ScoreReport:
    """Grade the episodes of a run again and write `scores-<recipe>.parquet` into its folder.

    Args:
        run: what was collected; it is only read.
        recipe: another recipe of the environment; None takes each episode's own.
        parts_only: compose the recorded levels instead of playing the actions; no environment is built.
        progress: called with (scored, to score) after every episode.

    Raises:
        UsageError: no such environment or recipe, a data source that is gone, or a recipe whose parts
            were not recorded.
        RunError: a file of the run is damaged or missing.
        StorageError: the file cannot be written; the run is as it was.
    """
    statuses = Counter(episode.status for episode in run.episodes(()))
    episodes = list(run.episodes(COLUMNS, where={"status": GRADED}))
    # Episodes of one task follow each other: its world is built once.
    episodes.sort(key=lambda e: (e.env_id, _key(e.env_kwargs), e.split, e.task_index, e.policy, e.sample))
    asked = run.config.get("env")
    if recipe is not None and isinstance(asked, str):
        _recipe_of(_class(asked), recipe)
    player = _Player(run, recipe)
    grade = _ByParts(run, recipe) if parts_only else player
    rows: list[dict[str, Any]] = []
    for episode in episodes:
        rows.append(_row(episode, grade(episode)))
        if progress:
            progress(len(rows), len(episodes))
    player.close()
    own = {episode.recipe for episode in episodes}
    name = recipe or (own.pop() if len(own) == 1 else "recorded")
    path = run.folder / f"scores-{name}.parquet"
    _write(path, rows)
    differences = [Difference(row["id"], row["note"]) for row in rows if row["note"]]
    return ScoreReport(run.folder, path, name, dict(statuses), _means(rows), differences)


class _Player:
    """Plays episodes again in environments of their recorded arguments, each built once."""

    def __init__(self, run: Run, recipe: str | None) -> None:
        self._run, self._recipe = run, recipe
        self._key = ""
        self._env: ToolEnv | None = None

    def __call__(self, episode: Episode) -> Regraded:
        name = _env_name(self._run, episode)
        kwargs = dict(episode.env_kwargs) | {"recipe": self._recipe or episode.recipe}
        key = _key([name, kwargs])
        if self._env is None or key != self._key:
            _recipe_of(_class(name), kwargs["recipe"])
            self.close()
            self._env, self._key = make_env(name, **kwargs), key
        try:
            return played_again(self._env, episode)
        except Exception as error:  # one that breaks, whoever's fault, must not keep the others from a grade
            return Regraded(differences=(f"could not be played again: {type(error).__name__}: {error}",))

    def close(self) -> None:
        """Let go of the environment."""
        if self._env is not None:
            self._env.close()


class _ByParts:
    """Composes recorded levels by the recipes of the environment's class, which is not built."""

    def __init__(self, run: Run, recipe: str | None) -> None:
        self._run, self._recipe = run, recipe
        self._recipes: dict[tuple[str, str], Recipe] = {}

    def __call__(self, episode: Episode) -> Regraded:
        key = (_env_name(self._run, episode), self._recipe or episode.recipe)
        if key not in self._recipes:
            self._recipes[key] = _recipe_of(_class(key[0]), key[1])
        return by_parts(self._recipes[key], episode)


def _env_name(run: Run, episode: Episode) -> str:
    """The id to make an episode's environment by, with the module that registers it."""
    asked = run.config.get("env")
    return asked if isinstance(asked, str) and asked.rpartition(":")[2] == episode.env_id else episode.env_id


def _class(name: str) -> type[ToolEnv]:
    module, _, bare = name.rpartition(":")
    if module:
        try:
            import_module(module)
        except ImportError as error:
            raise UsageError(
                f"the run's environment {name!r} needs the module {module!r}, which cannot be imported "
                f"({error}): run this where collecting was run, or put its folder on PYTHONPATH"
            ) from None
    if bare not in gymnasium.registry:
        entry_point(bare)
    maker = gymnasium.spec(bare).entry_point
    made = load_env_creator(maker) if isinstance(maker, str) else maker
    if not isinstance(made, type) or not issubclass(made, ToolEnv):
        raise UsageError(f"{name} is no eyesmith environment")
    return made


def _recipe_of(cls: type[ToolEnv], name: str) -> Recipe:
    if name not in cls.RECIPES:
        there = ", ".join(cls.RECIPES)
        raise UsageError(
            f"{cls.ID} has no recipe {name!r}; it has: {there}.{did_you_mean(name, cls.RECIPES)}"
        )
    return cls.RECIPES[name]


def _row(episode: Episode, grade: Regraded) -> dict[str, Any]:
    known = grade.reward is not None and episode.reward is not None
    return {
        "id": episode.id,
        "task_id": episode.task_id,
        "policy": episode.policy,
        "sample": episode.sample,
        "status": episode.status,
        "recorded_reward": episode.reward,
        "reward": grade.reward,
        "score": grade.score,
        "difference": grade.reward - episode.reward if known else None,  # type: ignore[operator]
        "components": json.dumps(dict(grade.components)),
        "why": grade.why,
        "note": "; ".join(grade.differences),
    }


def _means(rows: Sequence[Mapping[str, Any]]) -> dict[str, PolicyMeans]:
    return {
        policy: PolicyMeans(len(kept), _mean(kept, "recorded_reward"), _mean(kept, "reward"))
        for policy in sorted({row["policy"] for row in rows})
        for kept in [[row for row in rows if row["policy"] == policy and row["difference"] is not None]]
    }


def _mean(rows: Sequence[Mapping[str, Any]], name: str) -> float:
    return sum(row[name] for row in rows) / len(rows) if rows else float("nan")


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), buffer, compression="zstd")
    try:
        write_atomically(path, buffer.getvalue())
    except OSError as error:
        path.with_name(path.name + ".tmp").unlink(missing_ok=True)
        raise StorageError(
            f"could not write {path}: {error.strerror or error}. The run is as it was: mend that, then "
            "score again."
        ) from error


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
