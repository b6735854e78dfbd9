"""The demo: collect with scripted policies on the CPU, then look at it.

Plays each environment with its expert, by chance and with one cheat, and the shipped photographs with the
expert; writes one page and prints the mean reward of each policy.
"""

__all__ = ["run_demo"]

import shutil
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ..envs.base import ToolEnv
from ..envs.describe import make_env
from ..envs.registry import env_ids, stem
from ..errors import RunError
from ..trajectories.folders import runs_in
from ..trajectories.pages import page_of
from ..trajectories.run import CONFIG
from .collection import CollectReport, collect
from .config import CollectConfig
from .progress import ProgressLine

EPISODES = 60
BROWSER_EPISODES = 12  # each shows a dozen pages
GROUP = 4
PHOTOS_ENV = "eyesmith/ZoomQA-v0"


def run_demo(out: Path, console: Console, *, episodes: int = EPISODES) -> list[CollectReport]:
    """Collect, write `out/index.html`, print a table.

    Args:
        out: folder of the demo; runs of an earlier demo in it are replaced.
        console: where to write.
        episodes: of each policy, in groups of four; fewer of environments that show pages or simulate.

    Raises:
        RunError: the folder holds something that no demo made.
    """
    plans: dict[str, CollectConfig] = {}
    for env_id in env_ids():
        env = make_env(env_id)
        count = episodes if env.cost_class == "light" else min(episodes, BROWSER_EPISODES)
        for policy in ("expert", "random", f"cheat:{_cheat(env)}"):
            name = f"{stem(env_id)}-{policy.replace(':', '-').replace('_', '-')}"
            plans[name] = CollectConfig(env=env_id, policy=policy, episodes=count, group=GROUP)
    photos: dict[str, Any] = {"source": "photos"}
    count = make_env(PHOTOS_ENV, **photos).num_tasks("train")
    plans["photos-expert"] = CollectConfig(env=PHOTOS_ENV, episodes=count, group=1, env_kwargs=photos)
    _clear(out, list(plans))
    reports = []
    for name, config in plans.items():
        with ProgressLine(console, name) as progress:
            reports.append(collect(config, out / name, progress=progress))
    page = page_of(
        runs_in(out), out / "index.html", title="eyesmith demo", limit=sum(r.done for r in reports)
    )
    console.print(_table(plans, reports))
    size = page.size_bytes / 1e6
    console.print(f"[bold]{page.path}[/bold]  {page.shown} episodes, {page.pictures} pictures, {size:.1f} MB")
    return reports


def _cheat(env: ToolEnv) -> str:
    """The cheat that the demo plays."""
    if not env.DEMO_CHEAT:
        env.begin(env.get_task(env.list_splits()[0], 0))
    return env.DEMO_CHEAT or next(iter(env.cheats()))


def _clear(out: Path, names: list[str]) -> None:
    """Remove the runs of an earlier demo, and nothing else."""
    for name in names:
        folder = out / name
        if folder.exists() and not (folder / CONFIG).is_file():
            raise RunError(f"{folder} is in the demo's way and is no run: move it, or give another --out")
        if folder.exists():
            shutil.rmtree(folder)


def _table(plans: dict[str, CollectConfig], reports: list[CollectReport]) -> Table:
    table = Table(title="Mean reward by policy", title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    for name in ("environment", "policy", "episodes", "mean reward", "turns", "errors"):
        table.add_column(name, justify="left" if name in ("environment", "policy") else "right")
    for config, report in zip(plans.values(), reports, strict=True):
        kind = " (photographs)" if "source" in config.env_kwargs else ""
        table.add_row(
            config.env + kind,
            config.policy,
            str(report.done),
            f"{report.mean_reward:.3f}",
            f"{report.turns / max(1, report.done):.1f}",
            str(report.statuses["error"]),
        )
    return table
