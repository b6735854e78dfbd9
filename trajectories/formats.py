"""Formats: what each kind of export holds, row by row.

Each format reads the runs once, in the order of their names and of writing, so that the same runs give the
same rows. What it leaves out is counted by reason.
"""

__all__ = ["DEFAULT_SCHEMA", "FORMATS", "SCHEMAS", "TOKENS_SCHEMA", "Source"]

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pyarrow as pa

from ..errors import RunError
from .census import Census, Member, env_of
from .chats import chat, parted, sound
from .columns import EPISODE_SCHEMA, TOKEN_NAMES, to_row
from .privacy import Privacy
from .record import EncodedImage, Episode
from .run import Run
from .shards import IMAGE, IMAGES, JSON_LIST, Shards, image_cell

GOOD_SHARE = 0.5
ADVANTAGE_EPS = 1e-4

RUN = pa.field("run", pa.string())


def _columns(*names: str) -> list[pa.Field]:
    return [EPISODE_SCHEMA.field(name) for name in names]


DEFAULT_SCHEMA = pa.schema([RUN, *(column for column in EPISODE_SCHEMA if column.name not in TOKEN_NAMES)])
TOKENS_SCHEMA = pa.schema([RUN, *_columns("id", "token_exact", *TOKEN_NAMES)])
IMAGES_SCHEMA = pa.schema(
    [("sha256", pa.string()), ("height", pa.int32()), ("width", pa.int32()), ("image", IMAGE)]
)
SFT_SCHEMA = pa.schema(
    [
        ("messages", JSON_LIST),
        ("tools", JSON_LIST),
        ("images", IMAGES),
        RUN,
        *_columns("id", "group_id", "env_id", "task_id", "split", "policy", "reward"),
    ]
)
DPO_SCHEMA = pa.schema(
    [
        *((name, JSON_LIST) for name in ("prompt", "chosen", "rejected", "tools")),
        ("images", IMAGES),
        RUN,
        *_columns("group_id", "env_id", "task_id", "split"),
        *((name, pa.string()) for name in ("chosen_id", "rejected_id")),
        *((name, pa.float64()) for name in ("chosen_reward", "rejected_reward")),
    ]
)
GRPO_SCHEMA = pa.schema(
    [
        RUN,
        *_columns(
            "id", "group_id", "sample", "env_id", "task_id", "split", "policy", "status", "token_exact"
        ),
        ("has_tokens", pa.bool_()),
        *_columns(*TOKEN_NAMES, "reward", "components", "step_rewards"),
        ("advantage", pa.float64()),
        ("advantage_raw", pa.float64()),
        ("messages", JSON_LIST),
        ("tools", JSON_LIST),
        *_columns("image_hashes"),
        ("images", IMAGES),
    ]
)
SCHEMAS: Mapping[str, Mapping[str, pa.Schema]] = {
    "hf": {"default": DEFAULT_SCHEMA, "tokens": TOKENS_SCHEMA, "images": IMAGES_SCHEMA},
    "trl-sft": {"default": SFT_SCHEMA},
    "trl-dpo": {"default": DPO_SCHEMA},
    "grpo": {"default": GRPO_SCHEMA},
}
"""Format -> config -> its columns."""

Key = tuple[str, str]


@dataclass
class Source:
    """Runs to export, and what is counted on the way.

    Args:
        runs: name -> run.
        census: who is in them.
        min_reward: `trl-sft`: every episode with at least this reward; None takes the best of each group
            where it reaches half of its recipe's range.
        margin: `trl-dpo`: least difference between best and worst of a group.
        left_out: reason -> episodes, or groups where it says so.
        rows: config -> rows written.
        withheld: episodes whose tokens were left out because they spell something private.
        without_tokens: rows of `grpo` whose episode has none.
    """

    runs: Mapping[str, Run]
    census: Census
    min_reward: float | None = None
    margin: float = 0.1
    left_out: Counter[str] = field(default_factory=Counter)
    rows: dict[str, int] = field(default_factory=dict)
    withheld: int = 0
    without_tokens: int = 0

    def episodes(self, keys: Mapping[Key, Any] | None = None) -> Iterator[tuple[str, Episode]]:
        """(run, episode) of all or of some, without anything private."""
        privacy = Privacy()
        for name, run in self.runs.items():
            for episode in run.episodes():
                if keys is None or (name, episode.id) in keys:
                    clean, is_withheld = privacy.clean(episode)
                    self.withheld += is_withheld
                    yield name, clean

    def image(self, run: str, sha256: str) -> EncodedImage:
        """A picture of an episode.

        Raises:
            RunError: the file that held it is damaged.
        """
        return self.runs[run].image(sha256)

    def images(self, run: str, hashes: list[str]) -> list[dict[str, Any]]:
        """Cells of some pictures, in order."""
        return [image_cell(self.image(run, sha256)) for sha256 in hashes]


def _hf(source: Source, folder: Path) -> None:
    tables = {name: Shards(folder / name, schema) for name, schema in SCHEMAS["hf"].items()}
    shown: set[str] = set()
    for run, episode in source.episodes():
        row = to_row(episode) | {"run": run}
        tables["default"].add(row)
        if episode.completion_ids or episode.prompt_ids:
            tables["tokens"].add(row)
        for sha256 in episode.image_hashes:
            if sha256 not in shown:
                shown.add(sha256)
                image = source.image(run, sha256)
                tables["images"].add(vars(image) | {"image": image_cell(image)})
    for name, table in tables.items():
        table.close()
        source.rows[name] = table.rows


def _trl_sft(source: Source, folder: Path) -> None:
    chosen = _good(source)
    table = Shards(folder / "default", SFT_SCHEMA)
    for run, episode in source.episodes(chosen):
        messages, hashes = chat(episode.messages)
        table.add(
            _light(run, episode)
            | {
                "messages": _lines(messages),
                "tools": _lines(episode.tools),
                "images": source.images(run, hashes),
            }
        )
    table.close()
    source.rows["default"] = table.rows


def _trl_dpo(source: Source, folder: Path) -> None:
    sides: dict[Key, tuple[Member, Member]] = {}
    for members in source.census.groups().values():
        best = max(members, key=_by_reward)
        worst = min(members, key=_by_reward)
        if len(members) < 2:
            source.left_out["groups with one graded episode"] += 1
        elif _by_reward(best) - _by_reward(worst) < max(source.margin, 1e-12):
            source.left_out["groups without a difference"] += 1
        else:
            sides |= {best.key: (best, worst), worst.key: (best, worst)}
    source.left_out |= _failed(source)
    table = Shards(folder / "default", DPO_SCHEMA)
    waiting: dict[Key, Episode] = {}  # the halves of pairs without their pictures, so that they stay small
    for run, episode in source.episodes(sides):
        best, worst = sides[run, episode.id]
        other = waiting.pop(worst.key if episode.id == best.id else best.key, None)
        if other is None:
            waiting[run, episode.id] = episode
            continue
        good, bad = (episode, other) if episode.id == best.id else (other, episode)
        pair = parted(good.messages, bad.messages)
        if pair is None or good.tools != bad.tools:
            source.left_out["groups whose best and worst do not part by what the agent did"] += 1
            continue
        told = {name: _lines(getattr(pair, name)) for name in ("prompt", "chosen", "rejected")}
        table.add(
            _light(run, good)
            | told
            | {
                "tools": _lines(good.tools),
                "images": source.images(run, pair.hashes),
                "chosen_id": good.id,
                "rejected_id": bad.id,
                "chosen_reward": good.reward,
                "rejected_reward": bad.reward,
            }
        )
    table.close()
    source.rows["default"] = table.rows


def _grpo(source: Source, folder: Path) -> None:
    advantages: dict[Key, tuple[float, float]] = {}
    for members in source.census.groups().values():
        rewards = [_by_reward(member) for member in members]
        mean, spread = fmean(rewards), stdev(rewards) if len(rewards) > 1 else 0.0
        for member, reward in zip(members, rewards, strict=True):
            advantages[member.key] = (reward - mean) / (spread + ADVANTAGE_EPS), reward - mean
    source.left_out |= _failed(source)
    table = Shards(folder / "default", GRPO_SCHEMA)
    for run, episode in source.episodes(advantages):
        advantage, raw = advantages[run, episode.id]
        source.without_tokens += not episode.completion_ids
        table.add(
            to_row(episode)
            | {
                "run": run,
                "has_tokens": bool(episode.completion_ids),
                "advantage": advantage,
                "advantage_raw": raw,
                "messages": _lines(episode.messages),
                "tools": _lines(episode.tools),
                "images": source.images(run, episode.image_hashes),
            }
        )
    table.close()
    source.rows["default"] = table.rows


FORMATS: Mapping[str, Callable[[Source, Path], None]] = {
    "hf": _hf,
    "trl-sft": _trl_sft,
    "trl-dpo": _trl_dpo,
    "grpo": _grpo,
}
"""Format -> what writes its tables into a folder."""


def _good(source: Source) -> dict[Key, None]:
    """Episodes worth imitating."""
    source.left_out |= _failed(source)
    least: dict[tuple[str, str], float] = {}
    chosen: dict[Key, None] = {}
    for members in source.census.groups().values():
        best = max(members, key=_by_reward)
        for member in members:
            grade = (member.env_id, member.recipe)
            if source.min_reward is None and grade not in least:
                least[grade] = _half_of_range(*grade)
            if source.min_reward is None and member is not best:
                source.left_out["not the best of their group"] += 1
            elif _by_reward(member) < (least[grade] if source.min_reward is None else source.min_reward):
                source.left_out["below the least reward"] += 1
            else:
                chosen[member.key] = None
    return chosen


def _half_of_range(env_id: str, recipe: str) -> float:
    env = env_of(env_id)
    low, high = env.RECIPES[recipe].range if env and recipe in env.RECIPES else (0.0, 1.0)
    return low + GOOD_SHARE * (high - low)


def _failed(source: Source) -> Counter[str]:
    return Counter({f"status {status}": count for status, count in source.census.failed().items()})


def _light(run: str, episode: Episode) -> dict[str, Any]:
    names = ("id", "group_id", "env_id", "task_id", "split", "policy", "reward")
    return {"run": run, **{name: getattr(episode, name) for name in names}}


def _lines(values: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(sound(value), ensure_ascii=False, separators=(",", ":")) for value in values]


def _by_reward(member: Member) -> float:
    if member.reward is None:
        raise RunError(f"episode {member.id!r} has no reward")
    return member.reward
