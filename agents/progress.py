"""How a collection shows itself: live on a terminal, as lines in a pipe.

A thread of its own keeps it moving, so that the clock runs also while no episode ends.
"""

__all__ = ["ProgressLine", "summary"]

import re
from collections import Counter
from dataclasses import replace
from threading import Event, Lock, Thread
from time import perf_counter
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from .collection import CollectReport
from .standing import Pace, Rates, clock, one_line, outcomes, rates_text

LINE_EVERY_S = 5.0
DRAW_EVERY_S = 0.25
MIN_BAR = 4
STARTING = "starting workers"
WAITING = "no episode has ended yet"


class ProgressLine:
    """A progress callback for `collect`: how far, how fast, how good, and what fails.

    On a terminal the label, below it a line of speed and one of outcomes, and from the first failure on its
    text; in a pipe a line every five seconds, and every kind of failure once.

    Args:
        console: where to write.
        label: what stands in front.
    """

    def __init__(self, console: Console, label: str) -> None:
        self._console, self._label = console, one_line(label)
        self._pace = Pace()
        self._report: CollectReport | None = None
        self._began = perf_counter()
        self._widest = 0
        self._told: set[str] = set()
        self._lock, self._over = Lock(), Event()
        self._live: Live | None = None
        if console.is_terminal and not console.is_dumb_terminal:
            self._live = Live(console=console, auto_refresh=False, get_renderable=self._drawn)
        self._beat = Thread(target=self._go_on, name="eyesmith-progress", daemon=True)

    def __call__(self, report: CollectReport) -> None:
        """Take how the collection stands; it is drawn soon."""
        with self._lock:
            # A copy, for the other thread reads while the collection counts on.
            self._report = replace(report, statuses=Counter(report.statuses), stops=Counter(report.stops))
            self._pace.note(self._report, perf_counter())
        if self._live is None and report.failure:
            self._tell(one_line(report.failure))

    def __enter__(self) -> Self:
        self._began = perf_counter()
        if self._live is not None:
            self._console.print(Text(self._label, "bold", no_wrap=True, overflow="ellipsis"))
            self._live.start()
        self._beat.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._beat.join()
        if self._live is not None:
            self._live.stop()

    def _go_on(self) -> None:
        while not self._over.wait(DRAW_EVERY_S if self._live else LINE_EVERY_S):
            try:
                if self._live is not None:
                    self._live.refresh()
                else:
                    self._say(self._line())
            except (OSError, SystemExit):  # nobody reads any more, which rich says by SystemExit
                return

    def _say(self, text: str) -> None:
        self._console.print(f"{self._label}: {text}", markup=False, highlight=False, soft_wrap=True)

    def _tell(self, failure: str) -> None:
        kind = re.sub(r"\d+", "#", failure)
        if kind not in self._told:
            self._told.add(kind)
            self._say(f"failed: {failure}")

    def _line(self) -> str:
        """How it stands, without colours."""
        report, rates, now = self._state()
        if report is None or not report.done:
            return _waits(report, now - self._began)
        good = "  ".join(text for text, _ in outcomes(report))
        return f"{report.done}/{report.planned}  {_speed(report, rates, now - self._began)}  {good}"

    def _drawn(self) -> RenderableType:
        """How it stands, in lines of the terminal's width."""
        report, rates, now = self._state()
        done, planned = (report.done, report.planned) if report else (0, 0)
        if report is None or not done:
            told = _waits(report, now - self._began)
        else:
            told = f"{done}/{planned}  {_speed(report, rates, now - self._began)}"
        if 0 < done < planned:
            self._widest = max(self._widest, len(told))  # so that the bar keeps its length
            told = told.rjust(self._widest)
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(ratio=1, min_width=MIN_BAR)
        line.add_column(no_wrap=True, overflow="ellipsis")
        line.add_row(ProgressBar(total=max(planned, 1), completed=done), Text(told))
        if report is None or not done:
            return line
        good = Text("  ").join(Text(text, style) for text, style in outcomes(report))
        good.no_wrap, good.overflow = True, "ellipsis"
        if not report.failure:
            return Group(line, good)
        failed = Text(f"last failure: {one_line(report.failure)}", "red", no_wrap=True, overflow="ellipsis")
        return Group(line, good, failed)

    def _state(self) -> tuple[CollectReport | None, Rates, float]:
        now = perf_counter()
        with self._lock:
            return self._report, self._pace.rates(now), now


def summary(report: CollectReport) -> str:
    """One line about a finished collection."""
    reasons = {reason: count for reason, count in report.stops.most_common() if count}
    told = [f"{count} {reason}" for reason, count in reasons.items()]
    why = f" by {next(iter(reasons))}" if len(reasons) == 1 else f" ({', '.join(told)})"
    counts = ", ".join(
        f"{count} {status}{why if status == 'truncated' else ''}"
        for status, count in sorted(report.statuses.items())
        if count
    )
    before = f", {report.before} were there" if report.before else ""
    seconds = max(report.seconds, 1e-9)
    rates = Rates(report.done / seconds, report.turns / seconds, report.tokens / seconds)
    reward = f"{report.mean_reward:.3f}" if report.graded else "-"
    return (
        f"{report.done} episodes ({counts or 'none owed'}{before})  {rates_text(report, rates)}  "
        f"reward {reward}  errors {report.statuses['error']}"
    )


def _waits(report: CollectReport | None, elapsed_s: float) -> str:
    """What goes on before the first episode has ended."""
    if report is None:
        return f"{clock(elapsed_s)}  {STARTING}"
    return f"0/{report.planned}  {clock(elapsed_s)}  {one_line(report.phase) or WAITING}"


def _speed(report: CollectReport, rates: Rates, elapsed_s: float) -> str:
    times = [clock(elapsed_s)]
    if report.done < report.planned:
        left = (report.planned - report.done) / rates.episodes if rates.episodes else None
        times.append(f"{clock(left)} left" if left is not None else "- left")
    return "  ".join([rates_text(report, rates), *times])
