"""The commands `export` and `push`: their flags, and what runs them.

Imports nothing heavy before a command runs, because every command line passes here.
"""

__all__ = ["COMMANDS"]

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.console import Console

FORMATS = "hf, trl-sft, trl-dpo, grpo, or a format of the environment's own (pdf, html, pptx ...)"


class Command(NamedTuple):
    """A command: its line of help, what adds its flags, and what runs it to an exit status."""

    text: str
    add: Callable[[argparse.ArgumentParser], None]
    run: "Callable[[argparse.Namespace, Console], int]"


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR", help="a run, or a folder of runs")
    parser.add_argument("--to", required=True, metavar="FORMAT", help=FORMATS)
    parser.add_argument("--out", metavar="PATH", help="folder to make (default DIR/export-FORMAT)")
    parser.add_argument(
        "--min-reward",
        type=float,
        metavar="R",
        help="trl-sft: every episode with at least this reward (default: the best of each group, where it "
        "reaches half of its recipe's range); an environment's own format: likewise (default: every episode)",
    )
    parser.add_argument(
        "--margin", type=float, metavar="R", help="trl-dpo: least difference in a group (default 0.1)"
    )


def _export(arguments: argparse.Namespace, console: "Console") -> int:
    from .export import export

    report = export(
        Path(arguments.dir),
        arguments.to,
        Path(arguments.out) if arguments.out else None,
        min_reward=arguments.min_reward,
        margin=arguments.margin,
    )
    _print(console, report.lines())
    return 0


def _add_push(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR", help="a run, or a folder of runs")
    parser.add_argument("repo", metavar="REPO", help="owner/name on the hub")
    parser.add_argument("--dry-run", action="store_true", help="only say what would go where; no network")
    parser.add_argument("--private", action="store_true", help="make the repository private")
    parser.add_argument("--licence", metavar="L", help="in the hub's words, such as apache-2.0")


def _push(arguments: argparse.Namespace, console: "Console") -> int:
    from .push import push

    report = push(
        Path(arguments.dir),
        arguments.repo,
        dry_run=arguments.dry_run,
        private=arguments.private,
        licence=arguments.licence,
    )
    _print(console, report.lines())
    return 0


def _print(console: "Console", lines: list[str]) -> None:
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


COMMANDS = {
    "export": Command(
        "write episodes in the form of the hub, of TRL or of GRPO trainers", _add_export, _export
    ),
    "push": Command("publish episodes as a data set, with its card (needs HF_TOKEN)", _add_push, _push),
}
