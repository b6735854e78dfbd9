"""An evaluation as a person reads it: tables that fit 80 columns."""

__all__ = ["report"]

from collections.abc import Iterator
from math import isnan
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from .compare import Comparison
from .rates import Rates
from .statistics import Interval

if TYPE_CHECKING:
    from .evaluate import Evaluation
    from .results import Result

NUMBERS = ("tasks", "played", "success", "95 %", "reward", "95 %", "turns")


def report(evaluation: "Evaluation") -> Group:
    """Tables of the results, then the comparisons."""
    parts: list[RenderableType] = []
    if len(evaluation.results) > 1:
        table = _table("All runs", "run")
        for result in evaluation.results:
            _row(table, _name(result, evaluation), result.overall)
        parts.append(table)
    for result in evaluation.results:
        parts.append(_result_table(result))
        if result.columns:
            parts.append(_columns_table(result))
        parts += [escape(line) for line in _result_lines(result)]
    for comparison in evaluation.comparisons:
        parts += ["", *(escape(line) for line in _comparison_lines(comparison))]
    if evaluation.unpaired:
        parts += ["", escape(f"no run to compare with: {', '.join(evaluation.unpaired)}")]
    return Group(*parts)


def _name(result: "Result", evaluation: "Evaluation") -> str:
    several = sum(other.run == result.run for other in evaluation.results) > 1
    return f"{result.run} {result.policy}" if several else result.run


def _result_table(result: "Result") -> Table:
    table = _table(f"{result.run}: {result.env}, {result.policy}", "")
    _row(table, "all", result.overall, style="bold")
    for name, rows in result.by.items():
        if name != "split" or len(rows) > 1:
            for value, rates in rows.items():
                _row(table, f"{name} {value}", rates)
    return table


def _columns_table(result: "Result") -> Table:
    """Means of the measures that the environment names for this."""
    table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in result.columns:
        table.add_column(escape(name.replace("_", " ")), justify="right")
    table.add_row(*(_number(value) for value in result.columns.values()))
    return table


def _result_lines(result: "Result") -> Iterator[str]:
    rates = result.overall
    if rates.episodes:
        splits = ", ".join(result.by["split"])
        yield f"success: a score of {result.success_at:g} or more (recipe {result.recipe}); split: {splits}"
        values = [
            f"pass@{k} {found.value:.3f}" + (f" ({found.tasks} tasks)" if found.tasks < rates.tasks else "")
            for k, found in rates.pass_at.items()
        ]
        yield "  ".join(values)
    if rates.failures:
        counts = ", ".join(f"{count} {status}" for status, count in rates.failures.items())
        yield f"in no rate: {counts}; the machine failed there, not the policy"


def _comparison_lines(comparison: Comparison) -> Iterator[str]:
    one, other = comparison.policies
    yield f"{comparison.run} ({one}) against {comparison.against} ({other}), {comparison.env}"
    yield (
        f"  {comparison.shared} tasks in common, {comparison.only_here} only here, "
        f"{comparison.only_there} only there"
    )
    if comparison.shared:
        interval = f" (95 %: {_between(comparison.interval)})" if comparison.interval else ""
        yield f"  mean reward {comparison.difference:+.3f}{interval}, paired by task"
        yield (
            f"  better on {comparison.wins}, equal on {comparison.ties}, worse on {comparison.losses} tasks"
        )
    for note in comparison.notes:
        yield f"  note: {note}"


def _table(title: str, first: str) -> Table:
    table = Table(
        title=escape(title),
        title_justify="left",
        header_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column(first, overflow="fold")
    for name in NUMBERS:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _row(table: Table, name: str, rates: Rates, *, style: str = "") -> None:
    table.add_row(
        escape(name),
        str(rates.tasks),
        str(rates.episodes),
        _number(rates.success),
        _interval(rates.success_interval),
        _number(rates.reward),
        _interval(rates.reward_interval),
        "-" if isnan(rates.turns) else f"{rates.turns:.1f}",
        style=style,
    )


def _number(value: float) -> str:
    return "-" if isnan(value) else f"{value:.3f}"


def _interval(interval: Interval | None) -> str:
    return f"{interval.low:.2f}, {interval.high:.2f}" if interval else "-"


def _between(interval: Interval) -> str:
    return f"{interval.low:+.3f} to {interval.high:+.3f}"
