"""A mix: environments by weight, each collected into its own sub-folder.

A mix file is a YAML list:

    - {env: eyesmith/ZoomQA-v0, weight: 3, split: train, env_kwargs: {kind: swatch}}
    - {env: eyesmith/ZoomQA-v0, policy: random, difficulty: 5, name: hard}

The folder is a folder of runs, which `show`, `score` and `eval` read; `mix.json` in it holds what was
resolved.
"""

__all__ = ["Part", "collect_mix", "divide", "free_name", "read_mix", "run_name"]

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, nullcontext
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, isfinite
from pathlib import Path
from typing import Any

from ..envs.registry import stem
from ..errors import RunError, StorageError, UsageError
from ..trajectories.provenance import scrub
from ..trajectories.run import CONFIG
from ..trajectories.seal import write_atomically
from .collection import CollectReport, Progress, collecting
from .config import CollectConfig
from .flags import COLLECT, Flag, Settings, config_of, read_keys, read_yaml
from .loop import Model
from .models import open_model

FILE = "mix.json"
FORMAT = 1
# What a row may say of its own; the other settings hold for the whole mix.
OWN = tuple(flag for flag in COLLECT if flag.name in ("policy", "split", "seed", "timeout", "retries"))
WEIGHT, NAME = "weight", "name"


@dataclass(frozen=True)
class Part:
    """One environment of a mix.

    Args:
        name: of its sub-folder.
        weight: share of the groups, relative to the others.
        config: what is collected.
    """

    name: str
    weight: float
    config: CollectConfig


Shown = Callable[[Part], AbstractContextManager[Progress]]


def divide(groups: int, weights: Sequence[float]) -> list[int]:
    """Whole groups by weight: the largest remainder gets what rounding down leaves, the first on a tie.

    Args:
        groups: to divide.
        weights: finite, above 0.

    >>> divide(8, [3, 1]), divide(10, [1, 1, 1]), divide(10, [0.1, 0.2, 0.7])
    ([6, 2], [4, 3, 3], [1, 2, 7])
    """
    exact = [Fraction(str(weight)) for weight in weights]  # 0.1 as it is written, not as it is stored
    quotas = [groups * weight / sum(exact) for weight in exact]
    counts = [int(quota) for quota in quotas]
    order = sorted(range(len(counts)), key=lambda i: (counts[i] - quotas[i], i))
    for i in order[: groups - sum(counts)]:
        counts[i] += 1
    return counts


def read_mix(path: Path | str, common: Settings | None = None) -> list[Part]:
    """The parts of a mix file; what a row says wins over what is common.

    Args:
        path: the file.
        common: settings of all rows; its `episodes` (default 64) are divided in whole groups.

    Raises:
        UsageError: a file that is no mix, an unknown key, a setting that cannot be used, or a weight too
            small for a single group.
    """
    path, common = Path(path), common or Settings()
    rows = read_yaml(path)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, Mapping) for row in rows):
        raise UsageError(
            f"{path} must be a list of environments, each a line such as `- {{env: ID, weight: 2}}`"
        )
    parts: list[Part] = []
    for number, row in enumerate(rows, start=1):
        where = f"{path}, environment {number}"
        weight = _weight(row.get(WEIGHT, 1), where)
        own = _row(row, where)
        config = config_of(own.over(common))
        parts.append(Part(_name(row.get(NAME), config, {part.name for part in parts}, where), weight, config))
    whole = parts[0].config
    groups = divide(whole.episodes // whole.group, [part.weight for part in parts])
    if 0 in groups:
        lacking = parts[groups.index(0)]
        share = min(part.weight for part in parts) / sum(part.weight for part in parts)
        raise UsageError(
            f"{path}: {lacking.name} of weight {lacking.weight:g} gets no group of {whole.group} out of "
            f"{whole.episodes} episodes: raise -n to {ceil(1 / share) * whole.group}, or its weight"
        )
    return [
        replace(part, config=replace(part.config, episodes=count * whole.group))
        for part, count in zip(parts, groups, strict=True)
    ]


def collect_mix(
    parts: Sequence[Part],
    out: Path | str,
    *,
    resume: bool = False,
    retry_errors: bool = False,
    shown: Shown | None = None,
) -> list[CollectReport]:
    """Collect every part, one after another, into `out/<name>`.

    All parts are checked before the first begins.

    Args:
        parts: of `read_mix`.
        out: the folder of the runs.
        resume: go on with the mix that the folder holds.
        retry_errors: when resuming, also play again what ended as `error`.
        shown: makes the progress of a part.

    Raises:
        UsageError: a setting, a folder or a data source that cannot be used; what was collected is kept.
        StorageError: the disk is full; what was collected is kept.
    """
    out = Path(out)
    _check_folder(out, [part.name for part in parts], resume=resume)
    for part in parts:
        part.config.plan(part.config.check())
    stored = [
        {"name": part.name, "weight": part.weight, "config": scrub(part.config.as_dict())} for part in parts
    ]
    text = json.dumps({"eyesmith_mix": FORMAT, "parts": stored}, indent=2, ensure_ascii=False)
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_atomically(out / FILE, text.encode("utf-8", "replace"))
    except OSError as error:
        raise StorageError(f"could not write {out / FILE}: {error.strerror or error}") from error
    options: dict[str, Any] = {"resume": resume, "retry_errors": retry_errors}
    return asyncio.run(_played(parts, out, options, shown))


async def _played(
    parts: Sequence[Part], out: Path, options: dict[str, Any], shown: Shown | None
) -> list[CollectReport]:
    """One part after another; a model is loaded once for all."""
    common = parts[0].config
    async with AsyncExitStack() as held:
        model: Model | None = None
        if common.model:
            opening = open_model(common, concurrency=common.concurrency, timeout_s=common.timeout_s)
            model = await held.enter_async_context(opening)
        reports = []
        for part in parts:
            with shown(part) if shown else nullcontext() as progress:
                made = collecting(part.config, out / part.name, model=model, progress=progress, **options)
                reports.append(await made)
        return reports


def run_name(config: CollectConfig) -> str:
    """A name for the folder of a run.

    >>> run_name(CollectConfig(env="eyesmith/ZoomQA-v0", policy="cheat:guess"))
    'zoom_qa-cheat-guess'
    """
    return re.sub(r"[^\w.-]+", "-", f"{stem(config.bare_id)}-{config.policy_name}")


def free_name(name: str, taken: set[str]) -> str:
    """The name, or the first of `<name>-2`, `<name>-3` ... that is not taken.

    >>> free_name("a", {"a", "a-2"})
    'a-3'
    """
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found


def _row(row: Mapping[Any, Any], where: str) -> Settings:
    known = (*OWN, Flag(WEIGHT, WEIGHT, float, ""), Flag(NAME, NAME, str, ""))
    settings = read_keys(row, known, where)
    if "env" not in settings.values:
        raise UsageError(f"{where} names no environment: give the key env")
    return Settings(
        {name: value for name, value in settings.values.items() if name not in (WEIGHT, NAME)},
        settings.env_kwargs,
    )


def _weight(value: Any, where: str) -> float:
    if type(value) not in (int, float) or not isfinite(value) or value <= 0:
        raise UsageError(f"{where}: weight must be a number above 0, got {value!r}")
    return value


def _name(given: str | None, config: CollectConfig, taken: set[str], where: str) -> str:
    if given is not None:
        if not re.fullmatch(r"[\w][\w.-]*", given):
            raise UsageError(f"{where}: name must be a plain name of a folder, got {given!r}")
        if given in taken:
            raise UsageError(f"{where}: the name {given!r} is taken by an environment above: give another")
        return given
    return free_name(run_name(config), taken)


def _check_folder(out: Path, names: Sequence[str], *, resume: bool) -> None:
    if out.exists() and not out.is_dir():
        raise RunError(f"{out} is a file; --out must be a folder")
    if not out.is_dir() or not {path.name for path in out.iterdir()} - {FILE + ".tmp"}:
        return
    if not (out / FILE).is_file():
        what = (
            "holds a single run"
            if (out / CONFIG).is_file()
            else f"is not empty and no mix (it has no {FILE})"
        )
        raise RunError(
            f"{out} {what}. Nothing in it was touched: choose another --out, or empty it yourself."
        )
    if not resume:
        raise RunError(f"{out} holds a mix; add --resume to go on with it, or choose another --out")
    try:
        before = [part["name"] for part in json.loads((out / FILE).read_text())["parts"]]
    except (ValueError, KeyError, TypeError):
        raise RunError(f"{out / FILE} is not the list of a mix: choose another --out, or mend it") from None
    gone = sorted(set(before) - set(names))
    if gone:
        raise RunError(
            f"{out} holds a mix with {', '.join(gone)}, which this one lacks: resume it with the mix file "
            "that it was started with, or choose another --out"
        )
