"""Measures a piece of work against a peer's, in turns; reports medians.

Knows no row of its own: what is measured stands in `bench/rows.py`. Both sides run in one process, a call
each in turn, with the garbage collector off, so that a busy machine slows both alike.
"""

__all__ = ["Row", "measure", "run"]

import gc
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ..errors import MissingExtraError, StorageError, UsageError, did_you_mean

SECONDS_PER_ROW = 2.0
MIN_REPEATS = 5
MAX_REPEATS = 2000
WARM_UPS = 2
LONG_REPEATS = 3

Clock = Callable[[], int]


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Row:
    """One comparison, set up and ready to run.

    Args:
        name: such as `image.ssim`.
        ours: one unit of our work.
        peer: the same work done by the peer, or None where it is not installed or there is none.
        peer_name: who the peer is and what of it runs, or "" where there is none.
        budget_ms: what one unit of our work may take, or None.
        ratio_floor: least peer/ours that we want, or None to report only.
        close: called when the row is done.
        is_long: a call takes seconds: one to warm up and three to measure are enough.
        also: further numbers, each of our last call.
    """

    name: str
    ours: Callable[[], object]
    peer: Callable[[], object] | None
    peer_name: str
    budget_ms: float | None = None
    ratio_floor: float | None = None
    close: Callable[[], None] = _nothing
    is_long: bool = False
    also: Callable[[], Mapping[str, float]] = dict


Factory = Callable[[], Row]


def measure(row: Row, *, seconds: float = SECONDS_PER_ROW, clock: Clock = perf_counter_ns) -> dict[str, Any]:
    """The row's result: `{name, ours_ms, peer, peer_ms, ratio, command}`, medians in ms.

    `also` is there too where the row has further numbers.

    Args:
        row: what to measure; its set-up is over and not timed.
        seconds: time for it; at least 5 (of a long row 3) and at most 2,000 calls a side are made whatever it
            is.
        clock: in nanoseconds.
    """
    sides = [row.ours] if row.peer is None else [row.ours, row.peer]
    times: list[list[int]] = [[] for _ in sides]
    repeats, warm_ups = (LONG_REPEATS, 1) if row.is_long else (MIN_REPEATS, WARM_UPS)
    with _no_garbage_collection():
        started = clock()
        for _ in range(warm_ups):
            for side in sides:
                side()
        while len(times[0]) < repeats or (len(times[0]) < MAX_REPEATS and clock() - started < seconds * 1e9):
            for side, taken in zip(sides, times, strict=True):
                before = clock()
                side()
                taken.append(clock() - before)
    ours_ms = median(times[0]) / 1e6
    peer_ms = median(times[1]) / 1e6 if row.peer is not None else None
    absent = row.peer is None and row.peer_name
    told = f"{row.peer_name} (not installed)" if absent else row.peer_name or None
    also = dict(row.also())
    return _result(row.name, ours_ms, told, peer_ms) | ({"also": also} if also else {})


def _result(name: str, ours_ms: float | None, peer: str | None, peer_ms: float | None) -> dict[str, Any]:
    return {
        "name": name,
        "ours_ms": ours_ms,
        "peer": peer,
        "peer_ms": peer_ms,
        "ratio": peer_ms / ours_ms if peer_ms is not None and ours_ms else None,
        "command": f"eyesmith bench {name}",
    }


def run(
    pattern: str | None = None,
    json_path: str | Path | None = None,
    *,
    rows: Mapping[str, Factory] | None = None,
    seconds: float = SECONDS_PER_ROW,
    console: Console | None = None,
) -> list[dict[str, Any]]:
    """Measure the rows of a pattern, print a table, and write the results as JSON.

    A budget that is missed is shown and fails nothing: times belong to the machine. A row whose own work
    needs what is not installed has no numbers and says so under `missing`.

    Args:
        pattern: a name, a part of names or a shell pattern (`image.*`); None takes every row.
        json_path: file for the list of results; written whole or not at all.
        rows: name -> factory of the row; None takes `bench.rows.ROWS`.
        seconds: time a row.
        console: where the table goes; None prints to the terminal.

    Returns:
        the results, in the order of `rows`.

    Raises:
        UsageError: no row matches, or the folder of `json_path` does not exist.
        StorageError: the file cannot be written.
    """
    if rows is None:
        from .rows import ROWS as rows
    names = _matching(pattern, rows)
    path = None if json_path is None else Path(json_path)
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        raise UsageError(f"--json takes a file in a folder that exists, got {str(path)!r}")
    out = console or Console()
    table = _table()
    results: list[dict[str, Any]] = []
    for name in names:
        out.print(f"measuring {name} ...", style="dim", highlight=False)
        try:
            row = rows[name]()
        except MissingExtraError as error:
            results.append(_result(name, None, None, None) | {"missing": str(error)})
            out.print(f"{name} is not measured: {error}", markup=False, soft_wrap=True)
            table.add_row(f"{name}\n  [dim]not measured[/dim]", *["-"] * 5)
            continue
        try:
            results.append(measure(row, seconds=seconds))
        finally:
            row.close()
        table.add_row(*_cells(results[-1], row))
    out.print(table)
    if path is not None:
        _write(path, results)
    return results


def _matching(pattern: str | None, rows: Mapping[str, Factory]) -> list[str]:
    if not pattern:
        return list(rows)
    found = [name for name in rows if name == pattern] or [
        name for name in rows if fnmatchcase(name, pattern) or pattern in name
    ]
    if not found:
        hint = did_you_mean(pattern, rows)
        raise UsageError(f"no bench row matches {pattern!r}.{hint} The rows are {', '.join(rows)}.")
    return found


def _table() -> Table:
    caption = "medians; ratio = peer / ours, larger is better for us"
    table = Table(caption=caption, caption_justify="left", header_style="bold", box=SIMPLE_HEAD)
    table.add_column("row", overflow="fold", max_width=26)
    for title in ("ours, ms", "budget, ms", "peer, ms", "ratio", "wanted"):
        table.add_column(title, justify="right", no_wrap=True)
    return table


def _cells(result: Mapping[str, Any], row: Row) -> list[str]:
    ours, peer, ratio = result["ours_ms"], result["peer_ms"], result["ratio"]
    budget = "" if row.budget_ms is None else f"{row.budget_ms:g} {_mark(ours <= row.budget_ms)}"
    wanted = "report" if row.ratio_floor is None else f">= {row.ratio_floor:g}"
    if row.ratio_floor is not None and ratio is not None:
        wanted += f" {_mark(ratio >= row.ratio_floor)}"
    also = "".join(f"\n  [dim]{name}: {number:.3g}[/dim]" for name, number in result.get("also", {}).items())
    return [
        f"{row.name}\n  [dim]{result['peer'] or 'no peer'}[/dim]{also}",
        f"{ours:.3f}",
        budget,
        "-" if peer is None else f"{peer:.3f}",
        "-" if ratio is None else f"{ratio:.2f}",
        wanted,
    ]


def _mark(is_met: bool) -> str:
    return "[green]met[/]" if is_met else "[red]missed[/]"


def _write(path: Path, results: list[dict[str, Any]]) -> None:
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(
            f"cannot write {str(path)!r}: {error.strerror}. Choose another file for --json."
        ) from None


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
