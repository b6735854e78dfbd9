"""What a `replay:DIR` policy plays again: the turns of another run."""

__all__ = ["Recorded", "recorded_turns"]

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import UsageError
from ..trajectories.run import Run
from .config import CollectConfig
from .scripted import replay_source

Recorded = Mapping[tuple[int, int], tuple[list[dict[str, Any]], str]]


def recorded_turns(config: CollectConfig, plan: Sequence[tuple[int, int]]) -> Recorded:
    """(task index, sample) -> turns and stop reason in the run that a replay policy names.

    Raises:
        UsageError: that run lacks an episode of the plan.
    """
    folder = replay_source(config.policy)
    if folder is None:
        return {}
    columns = ("turns", "stop_reason", "env_kwargs")
    wanted = {"env_id": config.bare_id, "split": config.split, "status": ("ok", "truncated")}
    found: dict[tuple[int, int], tuple[list[dict[str, Any]], str]] = {}
    for episode in Run.open(folder).episodes(columns, where=wanted):
        turns = [{"calls": turn.calls, "text": turn.text} for turn in episode.turns]
        written, read = (
            str(kwargs.get("action_format", "json")) for kwargs in (episode.env_kwargs, config.env_kwargs)
        )
        if written != read and any(turn["text"] is not None for turn in turns):
            raise UsageError(
                f"{folder} holds what a model wrote in the format {written!r}, which would be read as "
                f"{read!r} here: add --env.action_format={written}"
            )
        found[episode.task_index, episode.sample] = turns, episode.stop_reason
    lacking = [pair for pair in plan if pair not in found]
    if lacking:
        index, sample = lacking[0]
        raise UsageError(
            f"{folder} holds no finished episode of {len(lacking)} of the {len(plan)} to be replayed, "
            f"such as task {index}, sample {sample} of {config.bare_id}, split {config.split!r}: give the "
            "environment, --split, --seed, -n and -g of that run, or fewer episodes"
        )
    return found
