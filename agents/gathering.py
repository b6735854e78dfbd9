"""Gathering: what `collect` and `eval` were told, done on a console."""

__all__ = ["eval_folder", "gather"]

import re
from pathlib import Path

from rich.console import Console

from ..errors import UsageError
from .collection import collect
from .flags import Settings, config_of
from .mix import collect_mix, free_name, read_mix, run_name
from .progress import ProgressLine, summary

RUNS = Path("runs")


def eval_folder(settings: Settings, target: str) -> Path:
    """Where `eval` collects: `out`, or a folder of `runs` that is not there yet.

    Args:
        settings: of the command.
        target: what it was told to evaluate; "" for a mix.

    Raises:
        UsageError: a target that is no id, or a run to resume that was not named.
    """
    if target and not re.search(r"-v\d+$", target):
        raise UsageError(
            f"there is no folder {target!r}, and it is no id of an environment, such as eyesmith/ZoomQA-v0"
        )
    if "out" in settings.values:
        return Path(settings.values["out"])
    if settings.values.get("resume"):
        raise UsageError("eval --resume needs the folder to go on with: give --out DIR")
    mix = settings.values.get("mix")
    name = f"eval-{Path(mix).stem if mix else run_name(config_of(settings))}"
    return RUNS / free_name(name, {path.name for path in RUNS.glob("eval-*")})


def gather(settings: Settings, out: Path, console: Console) -> int:
    """Collect one environment into a folder, or a mix, and say what came of it.

    Args:
        settings: of the command.
        out: the folder.
        console: where to write.

    Returns:
        How many of the episodes that were played ended as `error`.

    Raises:
        UsageError: a setting, a folder or a data source that cannot be used; what was collected is kept.
        StorageError: the disk is full; what was collected is kept.
    """
    options = {name: settings.values.get(name, False) for name in ("resume", "retry_errors")}
    if "mix" not in settings.values:
        config = config_of(settings)
        with ProgressLine(console, f"{config.env} {config.policy_name}") as progress:
            report = collect(config, out, progress=progress, **options)
        console.print(summary(report), soft_wrap=True)
        return report.statuses["error"]
    if "env" in settings.values:
        raise UsageError(
            f"a mix names its environments itself: leave {settings.values['env']} or the mix out"
        )
    parts = read_mix(settings.values["mix"], settings)
    reports = collect_mix(parts, out, shown=lambda part: ProgressLine(console, part.name), **options)
    for part, report in zip(parts, reports, strict=True):
        console.print(f"{part.name}: {summary(report)}", markup=False, soft_wrap=True)
    return sum(report.statuses["error"] for report in reports)
