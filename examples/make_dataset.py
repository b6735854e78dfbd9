"""A finished data set over all environments: the expert, chance and every known cheat on the same tasks.

Run it: `python examples/make_dataset.py`, or `make dataset`; two minutes on two cores. `runs/dataset/hf` then
holds the configs `default`, `tokens` and `images` with a card, as `eyesmith export --to hf` writes them. It
is pushed nowhere. What was collected is kept: a second run goes on with it, also with more tasks.
"""

import argparse
import shutil
import sys
from pathlib import Path

from rich.console import Console

import eyesmith
from eyesmith.agents.config import CollectConfig
from eyesmith.agents.mix import Part, collect_mix, run_name
from eyesmith.agents.progress import ProgressLine, summary
from eyesmith.envs.describe import make_env
from eyesmith.errors import EyesmithError, RunError
from eyesmith.trajectories.export import CARD, export
from eyesmith.trajectories.formats import SCHEMAS

TASKS = 24
CHANCES = 2  # episodes of chance a task; the others would only repeat themselves
FORMAT = "hf"
TITLE = "Episodes of eyesmith's environments"
LICENCE = "apache-2.0"  # the worlds are made by this repository's own generators


def parts(tasks: int, workers: int | None = None) -> list[Part]:
    """One run for each environment and policy.

    Args:
        tasks: of each environment.
        workers: processes; None for one a core.
    """
    made = []
    for env_id in eyesmith.env_ids():
        for policy in policies(env_id):
            group = CHANCES if policy == "random" else 1
            config = CollectConfig(
                env=env_id, policy=policy, episodes=tasks * group, group=group, workers=workers
            )
            made.append(Part(run_name(config), 1.0, config))
    return made


def policies(env_id: str) -> list[str]:
    """Every scripted policy of an environment."""
    env = make_env(env_id)
    try:
        env.begin(env.get_task("train", 0))
        return ["expert", "random", *(f"cheat:{name}" for name in env.cheats())]
    finally:
        env.close()


def main(arguments: list[str] | None = None) -> int:
    """Collect, export, and say what came of it; the exit status is 1 where an episode failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("runs/dataset"), metavar="DIR")
    parser.add_argument("--tasks", type=int, default=TASKS, help=f"of each environment (default {TASKS})")
    parser.add_argument("--workers", type=int, help="processes (default: one a core)")
    asked = parser.parse_args(arguments)
    console = Console()
    try:
        return make(asked.out, asked.tasks, asked.workers, console)
    except EyesmithError as error:
        console.print(f"error: {error}", markup=False, soft_wrap=True)
        return 2


def make(out: Path, tasks: int, workers: int | None, console: Console) -> int:
    """Collect into `out/runs` and export to `out/hf`.

    Args:
        out: folder of the data set; what it holds of an earlier one is extended.
        tasks: of each environment.
        workers: processes; None for one a core.
        console: where to write.

    Returns:
        1 where an episode failed, else 0.
    """
    check(out / FORMAT)
    collected = out / "runs"
    whole = parts(tasks, workers)
    reports = collect_mix(
        whole,
        collected,
        resume=True,
        retry_errors=True,
        shown=lambda part: ProgressLine(console, part.name),
    )
    for part, report in zip(whole, reports, strict=True):
        console.print(f"{part.name}: {summary(report)}", markup=False, soft_wrap=True)
    shutil.rmtree(out / FORMAT, ignore_errors=True)
    made = export(collected, FORMAT, out / FORMAT, title=TITLE, licence=LICENCE)
    for line in made.lines():
        console.print(line, markup=False, soft_wrap=True)
    for hint in (f"show {collected}", f"push {collected} OWNER/NAME --licence {LICENCE}"):
        console.print(f"next: eyesmith {hint}", markup=False, soft_wrap=True)
    return int(any(report.statuses["error"] for report in reports))


def check(folder: Path) -> None:
    """Refuse a folder that is neither free nor an earlier export.

    Raises:
        RunError: it holds something else.
    """
    if folder.exists() and {path.name for path in folder.iterdir()} - {CARD, *SCHEMAS[FORMAT]}:
        raise RunError(f"{folder} is in the way and is no export: move it, or give another --out")


if __name__ == "__main__":
    sys.exit(main())
