"""How a collection shows itself: a bar, or plain lines in a pipe."""

__all__ = ["ProgressLine", "summary"]

from time import perf_counter
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from .collection import CollectReport

LINE_EVERY_S = 5.0


class ProgressLine:
    """A progress callback for `collect`: episodes, speed, mean reward, errors.

    Args:
        console: where to write; not a terminal gets a line every five seconds.
        label: what stands in front.
    """

    def __init__(self, console: Console, label: str) -> None:
        self._console, self._label = console, label
        self._bar: Progress | None = None
        self._next = perf_counter() + LINE_EVERY_S
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("[bold]{task.description}"),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TextColumn("{task.fields[speed]}"),
                TimeElapsedColumn(),
                TimeRemainingColumn(compact=True),
                console=console,
            )
            self._task = self._bar.add_task(label, total=None, speed="starting workers")

    def __call__(self, report: CollectReport) -> None:
        """Show how the collection stands."""
        if self._bar is not None:
            self._bar.update(self._task, total=report.planned, completed=report.done, speed=_speed(report))
        elif perf_counter() >= self._next and report.done < report.planned:
            self._next = perf_counter() + LINE_EVERY_S
            self._console.print(
                f"{self._label}: {report.done}/{report.planned}  {_speed(report)}", highlight=False
            )

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


def summary(report: CollectReport) -> str:
    """One line about a finished collection."""
    counts = ", ".join(f"{count} {status}" for status, count in sorted(report.statuses.items()))
    before = f", {report.before} were there" if report.before else ""
    return f"{report.done} episodes ({counts or 'none owed'}{before})  {_speed(report)}"


def _speed(report: CollectReport) -> str:
    seconds = max(report.seconds, 1e-9)
    reward = f"reward {report.mean_reward:.3f}" if report.graded else "reward -"
    errors = report.statuses["error"]
    return (
        f"{report.done / seconds:.1f} ep/s  {report.turns / seconds:.1f} turns/s  {reward}  errors {errors}"
    )
