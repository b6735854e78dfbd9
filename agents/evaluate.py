"""Evaluation: how good the episodes of a run are, and against another run.

Reads what was collected and plays nothing. `DIR/eval.json` holds

    eyesmith_eval   1, the version of this form
    results         one of each run and policy: run, env, policy, recipe, success_at, overall,
                    by {difficulty | split | kind: {value: rates}}; `overall` and every rates hold
                    tasks, episodes, failures {status: episodes}, success, success_interval [low, high],
                    reward, reward_interval, turns, pass_at {k: {value, tasks}}
    comparisons     against another run: run, against, env, policies, shared, only_here, only_there,
                    difference, interval [low, high], wins, ties, losses, notes
    unpaired        names of runs for which there is none to compare with

A number that cannot be told is null.
"""

__all__ = ["Evaluation", "check_success", "evaluate"]

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RunError, StorageError, UsageError
from ..trajectories.folders import runs_in
from ..trajectories.run import Run
from ..trajectories.seal import write_atomically
from .compare import Comparison, compare
from .results import Result, results_of

if TYPE_CHECKING:
    from rich.console import Group

FILE = "eval.json"
FORMAT = 1
Source = Run | Path | str


@dataclass(frozen=True)
class Evaluation:
    """Results of one run or several, and how they compare with others.

    Args:
        results: one of each run and policy.
        comparisons: with the runs of `against`; empty without.
        unpaired: names of the runs for which `against` has no counterpart.
    """

    results: Sequence[Result]
    comparisons: Sequence[Comparison] = ()
    unpaired: Sequence[str] = ()

    @property
    def is_sound(self) -> bool:
        """Whether every result has a graded episode and every comparison a shared task."""
        return all(result.overall.episodes for result in self.results) and all(
            comparison.shared for comparison in self.comparisons
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, as the docstring of the file lists it."""
        return {
            "eyesmith_eval": FORMAT,
            "results": [result.as_dict() for result in self.results],
            "comparisons": [comparison.as_dict() for comparison in self.comparisons],
            "unpaired": list(self.unpaired),
        }

    def table(self) -> "Group":
        """For a rich console of 80 columns or more."""
        from .eval_table import report

        return report(self)

    def write(self, folder: Path | str) -> Path:
        """Write `eval.json` into a folder, whole or not at all; returns its path.

        Raises:
            StorageError: the file cannot be written; what was there stays.
        """
        path = Path(folder) / FILE
        text = json.dumps(self.as_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        try:
            write_atomically(path, text.encode("utf-8", "replace"))
        except OSError as error:
            path.with_name(path.name + ".tmp").unlink(missing_ok=True)
            raise StorageError(
                f"could not write {path}: {error.strerror or error}. The runs are as they were: mend that, "
                f"then run `eyesmith eval {folder}` again."
            ) from error
        return path


def evaluate(
    runs: Source | Sequence[Source],
    *,
    success: float | None = None,
    against: Source | Sequence[Source] | None = None,
    seed: int = 0,
) -> Evaluation:
    """Evaluate what was collected.

    Args:
        runs: a run, a folder of a run or of runs, or several.
        success: the score from which an episode is a success. None takes the middle of the range that the
            recipe declares, which for a gated recipe of ZoomQA is where every right answer lies.
        against: other runs, to compare with on the tasks that both have played.
        seed: of the bootstrap.

    Raises:
        UsageError: a threshold that is no number, a run whose episodes were graded by several recipes, runs
            that cannot be paired, or an environment that is not at hand to tell its recipe's range.
        RunError: a folder that holds no run, no episode, or a damaged file.

    Example: `evaluate("runs/a", against="runs/b").comparisons[0].difference`
    """
    check_success(success)
    here = _results(runs, success, seed)
    there = [] if against is None else _results(against, success, seed)
    pairs = [] if against is None else _pairs(here, there)
    paired = {one.run for one, _ in pairs}
    return Evaluation(
        tuple(here),
        tuple(compare(one, other, seed=seed) for one, other in pairs),
        tuple(one.run for one in here if against is not None and one.run not in paired),
    )


def check_success(success: float | None) -> None:
    """Refuse a threshold that is no number.

    Raises:
        UsageError: neither None nor a finite number.
    """
    if success is not None and (type(success) not in (int, float) or not isfinite(success)):
        raise UsageError(f"success must be a score such as 0.5, got {success!r}")


def _results(runs: Source | Sequence[Source], success: float | None, seed: int) -> list[Result]:
    sources = [runs] if isinstance(runs, Run | Path | str) else list(runs)
    opened = [
        run
        for source in sources
        for run in (
            [source] if isinstance(source, Run) else [Run.open(folder) for folder in runs_in(Path(source))]
        )
    ]
    found = [result for run in opened for result in results_of(run, success=success, seed=seed)]
    if not found:
        names = ", ".join(str(run.folder) for run in opened)
        raise RunError(f"there is no episode to evaluate in {names or 'no run at all'}: collect some first")
    return found


def _pairs(here: Sequence[Result], there: Sequence[Result]) -> list[tuple[Result, Result]]:
    """Which results to compare: one with all of its environment, several with several by name."""
    pairs = []
    for one in here:
        others = [other for other in there if other.env == one.env]
        if len(others) > 1 and sum(result.env == one.env for result in here) > 1:
            others = [other for other in others if other.run == one.run]
            if len(others) > 1:
                others = [other for other in others if other.policy == one.policy]
        pairs += [(one, other) for other in others]
    if not pairs:
        raise UsageError(
            f"no run to compare with: here are {_listed(here)}, against are {_listed(there)}. Runs are "
            "paired by environment, and several with several by the name of their folder: give a single run"
        )
    return pairs


def _listed(results: Sequence[Result]) -> str:
    return ", ".join(f"{result.run} ({result.env}, {result.policy})" for result in results)
