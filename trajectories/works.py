"""Works: what an episode made, as a file that others open.

An episode's recorded calls are run again in its environment, which then writes what it holds: a deck as
PDF, a city as GLB. One file an episode; what cannot be made is counted by reason, never written in part.
"""

__all__ = ["work_formats", "write_works"]

import re
from collections.abc import Iterable
from pathlib import Path

from ..envs.base import ToolEnv
from ..errors import UsageError
from .census import GRADED
from .episode_env import EnvOfEpisode, env_class, env_name
from .formats import Source
from .record import Episode
from .regrade import act_again
from .run import Run

DEFAULT = "default"
PLAYED_BY = "default"  # the recipe: it asks no judge, and the grade is thrown away


def work_formats(runs: Iterable[Run]) -> tuple[str, ...]:
    """Formats that the environments of some runs add, in order."""
    found: dict[str, None] = {}
    for run in runs:
        names = {env_name(run, episode) for episode in run.episodes(("env_id",))}
        for name in sorted(names):
            found |= dict.fromkeys(env_class(name).EXPORT_FORMATS)
    return tuple(found)


def write_works(source: Source, to: str, folder: Path) -> None:
    """Write `<run>/<episode>.<to>` for each graded episode that holds a work.

    Args:
        source: runs and choices; rows and what is left out are counted in it.
        to: a format of `work_formats`.
        folder: where to write.

    Raises:
        InfrastructureError: the machine failed, such as a browser that died.
        MissingExtraError: the format needs something that is not installed.
    """
    envs = EnvOfEpisode()
    source.rows[DEFAULT] = 0
    try:
        for name, run in source.runs.items():
            for episode in run.episodes():
                reason = _unfit(source, run, to, episode)
                if reason:
                    source.left_out[reason] += 1
                    continue
                work = _work(envs(run, episode, PLAYED_BY), episode, to)
                if work is None:
                    source.left_out["hold no finished work, or cannot be played again"] += 1
                    continue
                path = folder / _safe(name) / f"{_safe(episode.id)}.{to}"
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(work)
                source.rows[DEFAULT] += 1
    finally:
        envs.close()


def _unfit(source: Source, run: Run, to: str, episode: Episode) -> str:
    if episode.status not in GRADED or episode.reward is None:
        return f"status {episode.status}"
    if to not in env_class(env_name(run, episode)).EXPORT_FORMATS:
        return f"of environments that have no {to}"
    if source.min_reward is not None and episode.reward < source.min_reward:
        return "below the least reward"
    return ""


def _work(env: ToolEnv, episode: Episode, to: str) -> bytes | None:
    try:
        task = env.get_task(episode.split, episode.task_index)
    except UsageError:
        return None
    if task.hash != episode.task_hash:
        return None
    act_again(env, task, episode)
    return env.export_work(to)


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip(".-") or "episode"
