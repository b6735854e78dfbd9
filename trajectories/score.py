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
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import JudgeError, StorageError
from ..rewards.recipe import Recipe
from .episode_env import EnvOfEpisode, env_class, env_name, recipe_of
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
    run: Run,
    *,
    recipe: str | None = None,
    parts_only: bool = False,
    judge: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> ScoreReport:
    """Grade the episodes of a run again and write `scores-<recipe>.parquet` into its folder.

    Args:
        run: what was collected; it is only read.
        recipe: another recipe of the environment; None takes each episode's own.
        parts_only: compose the recorded levels instead of playing the actions; no environment is built.
        judge: who is asked where a recipe asks one; None for the recorded judge.
        progress: called with (scored, to score) after every episode.

    Raises:
        JudgeError: a judge is out of reach and its answer is not cached; nothing is written.
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
        recipe_of(env_class(asked), recipe)
    player = _Player(run, recipe, judge)
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
    """Plays episodes again in environments of their recorded arguments."""

    def __init__(self, run: Run, recipe: str | None, judge: Mapping[str, Any] | None) -> None:
        self._run, self._recipe = run, recipe
        self._envs = EnvOfEpisode(judge)

    def __call__(self, episode: Episode) -> Regraded:
        env = self._envs(self._run, episode, self._recipe)
        try:
            return played_again(env, episode)
        except JudgeError:
            raise
        except Exception as error:  # one that breaks, whoever's fault, must not keep the others from a grade
            return Regraded(differences=(f"could not be played again: {type(error).__name__}: {error}",))

    def close(self) -> None:
        """Let go of the environment."""
        self._envs.close()


class _ByParts:
    """Composes recorded levels by the recipes of the environment's class, which is not built."""

    def __init__(self, run: Run, recipe: str | None) -> None:
        self._run, self._recipe = run, recipe
        self._recipes: dict[tuple[str, str], Recipe] = {}

    def __call__(self, episode: Episode) -> Regraded:
        key = (env_name(self._run, episode), self._recipe or episode.recipe)
        if key not in self._recipes:
            self._recipes[key] = recipe_of(env_class(key[0]), key[1])
        return by_parts(self._recipes[key], episode)


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
