"""How a collection stands: its pace, and what a person reads of it.

Numbers and texts alone; `progress.py` puts them on a terminal or into a pipe.
"""

__all__ = ["Pace", "Rates", "clock", "few", "one_line", "outcomes", "rates_text", "short"]

import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from .collection import CollectReport

PACE_S = 60.0
PACE_EPISODES = 16
MARK_EVERY_S = 0.5
MAX_FAILURE_CHARS = 1000
COLOURS = {"ok": "green", "error": "bold red", "drift": "magenta"}
CUT_COLOUR = "yellow"


class Rates(NamedTuple):
    """What comes in a second: episodes, turns, tokens."""

    episodes: float
    turns: float
    tokens: float


class _Mark(NamedTuple):
    at: float
    done: int
    turns: int
    tokens: int


class Pace:
    """How fast episodes come, of late.

    Over the last minute, or as far back as the last 16 episodes reach where that is longer: it falls when
    nothing comes any more, and does not jump where episodes are long.
    """

    def __init__(self) -> None:
        self._marks: deque[_Mark] = deque()
        self._report: CollectReport | None = None

    def note(self, report: CollectReport, now: float) -> None:
        """Take notice of a report.

        Args:
            report: how the collection stands.
            now: on a clock in seconds that only runs forward.
        """
        self._report, marks = report, self._marks
        if not marks or not marks[-1].done:
            marks.clear()
            marks.append(_Mark(now - report.seconds, 0, 0, 0))
        if now - marks[-1].at >= MARK_EVERY_S:
            marks.append(_Mark(now, report.done, report.turns, report.tokens))
        while len(marks) > 1 and now - marks[1].at >= PACE_S and report.done - marks[1].done >= PACE_EPISODES:
            marks.popleft()

    def rates(self, now: float) -> Rates:
        """Of the time up to now; zeros before the first episode has ended."""
        report = self._report
        if report is None or not report.done:
            return Rates(0.0, 0.0, 0.0)
        first = self._marks[0]
        seconds = max(now - first.at, 1e-9)
        gained = (report.done - first.done, report.turns - first.turns, report.tokens - first.tokens)
        return Rates(*(count / seconds for count in gained))


def rates_text(report: CollectReport, rates: Rates) -> str:
    """Speed in one line; tokens where a model acts.

    >>> from pathlib import Path
    >>> rates_text(CollectReport(Path(), done=4, tokens=9000), Rates(0.51, 2.0, 1180.0))
    '0.51 ep/s  2 turns/s  1.2k tok/s'
    """
    tokens = [f"{short(rates.tokens)} tok/s"] if report.tokens else []
    return "  ".join([f"{short(rates.episodes)} ep/s", f"{short(rates.turns)} turns/s", *tokens])


def outcomes(report: CollectReport) -> Iterator[tuple[str, str]]:
    """Mean reward and shares of the episodes, each with its style, the most telling first."""
    done = report.done
    yield (f"reward {report.mean_reward:.3f}" if report.graded else "reward -"), "bold"
    for status in ("ok", "error", "drift"):
        count = report.statuses[status]
        if count or status == "ok":
            yield f"{status} {few(count, done)}", COLOURS[status] if count else "dim"
    cut = [f"{reason} {few(count, done)}" for reason, count in report.stops.most_common() if count]
    if cut:
        yield f"cut: {', '.join(cut)}", CUT_COLOUR


def short(value: float) -> str:
    """A number in at most five characters.

    >>> [short(value) for value in (0, 0.034, 3.14, 47.1, 512.3, 1180, 46_800, 2_340_000)]
    ['0', '0.034', '3.1', '47', '512', '1.2k', '47k', '2.3M']
    """
    size, unit = next(
        (pair for pair in ((1e6, "M"), (1e3, "k")) if value >= 0.9995 * pair[0]),
        (1.0, ""),
    )
    value /= size
    return (f"{value:.2g}" if value < 9.95 else f"{value:.0f}") + unit


def few(count: int, of: int) -> str:
    """A share in percent that hides neither the first nor the last one.

    >>> few(0, 900), few(1, 900), few(450, 900), few(899, 900), few(900, 900)
    ('0%', '<1%', '50%', '>99%', '100%')
    """
    percent = round(100 * count / of) if of else 0
    if count and percent == 0:
        return "<1%"
    return ">99%" if percent == 100 and count < of else f"{percent}%"


def clock(seconds: float) -> str:
    """Time as a person reads it.

    >>> clock(7.9), clock(725), clock(90_061)
    ('0:07', '12:05', '25:01:01')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def one_line(text: str) -> str:
    r"""A text from outside as one line that no terminal takes for a command.

    >>> one_line("the engine\n  said \x1b[31mno")
    'the engine said [31mno'
    """
    printable = "".join(char if char.isprintable() else " " for char in text[:MAX_FAILURE_CHARS])
    return re.sub(" +", " ", printable).strip()
