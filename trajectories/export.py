"""Exporting runs: for the hub, for TRL, for GRPO trainers elsewhere.

A folder of parquet files and a card, written beside its place and moved there when it is whole. The runs are
only read; memory holds one row group, and a few words an episode.
"""

__all__ = ["ExportReport", "export"]

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from ..errors import RunError, StorageError, UsageError, did_you_mean
from .card import card_of
from .census import Census, census_of
from .folders import runs_in
from .formats import FORMATS, Source
from .run import Run
from .works import work_formats, write_works

CARD = "README.md"
MARGIN = 0.1


@dataclass(frozen=True)
class ExportReport:
    """What was written.

    Args:
        path: the folder.
        format: one of `formats.FORMATS`.
        episodes: how many the runs hold.
        rows: config -> rows.
        left_out: reason -> how many.
        withheld: episodes whose tokens were left out because they spell something private.
        without_tokens: rows of `grpo` whose episode has none.
        files: name -> bytes, sorted.
        census: who is in it.
    """

    path: Path
    format: str
    episodes: int
    rows: Mapping[str, int]
    left_out: Mapping[str, int] = field(default_factory=dict)
    withheld: int = 0
    without_tokens: int = 0
    files: Mapping[str, int] = field(default_factory=dict)
    census: Census = field(default_factory=Census)

    @property
    def size_bytes(self) -> int:
        """Bytes of all files."""
        return sum(self.files.values())

    def lines(self) -> list[str]:
        """What a person wants to know, a line each."""
        rows = ", ".join(f"{name} {count:,}" for name, count in self.rows.items())
        told = [f"{self.path}  {self.format}: {rows} rows, {self.size_bytes / 1e6:.1f} MB"]
        told += [f"left out: {count:,} {reason}" for reason, count in sorted(self.left_out.items())]
        if self.without_tokens:
            told.append(
                f"without tokens: {self.without_tokens:,} rows keep their messages (has_tokens is false)"
            )
        if self.withheld:
            told.append(
                f"left out: the tokens of {self.withheld:,} episodes, because they spell a secret, a home "
                "path or the host name; in their messages it is replaced"
            )
        return told


def export(
    folder: Path,
    to: str,
    out: Path | None = None,
    *,
    min_reward: float | None = None,
    margin: float | None = None,
    title: str | None = None,
    repo: str | None = None,
    licence: str | None = None,
) -> ExportReport:
    """Write the episodes of a run, or of a folder of runs, in another format.

    Args:
        folder: a run or a folder of runs.
        to: `hf`, `trl-sft`, `trl-dpo` or `grpo`; or a format of the runs' environments, such as `pdf`, which
            gives one file an episode and no card.
        out: folder to make; None for `export-<format>` in `folder`.
        min_reward: `trl-sft`: take every episode with at least this reward. None takes the best of each
            group, where it reaches half of its recipe's range. An environment's format: likewise; None takes
            every graded episode.
        margin: `trl-dpo`: least difference of reward in a group, above 0 (default 0.1).
        title: of the card; None for the folder's name.
        repo: where it will be loaded from, for the card's example.
        licence: for the card, such as `apache-2.0`.

    Raises:
        UsageError: no such format, or an argument that it does not take.
        RunError: there is no run, nothing to export, a damaged file, or `out` holds something.
        StorageError: the disk is full or broken; nothing is left at `out`.
    """
    runs = {path.resolve().name: Run.open(path) for path in runs_in(folder)}
    own = work_formats(runs.values()) if to not in FORMATS else ()
    if to not in FORMATS and to not in own:
        there = (*FORMATS, *own)
        raise UsageError(
            f"there is no format {to!r} for these runs; there are: {', '.join(there)}."
            f"{did_you_mean(to, there)} Minari is not written yet"
        )
    _check_number("--min-reward", min_reward, to == "trl-sft" or to in own, "trl-sft and to works")
    _check_number("--margin", margin, to == "trl-dpo", "trl-dpo")
    if margin is not None and margin <= 0:
        raise UsageError(f"--margin must be above 0, got {margin}")
    out = folder / f"export-{to}" if out is None else out
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError(f"{out} is there already; nothing was changed: choose another --out, or take it away")
    census = census_of(list(runs.values()))
    if not census.members:
        raise RunError(f"{folder} holds no episode: there is nothing to export yet")
    source = Source(runs, census, min_reward, MARGIN if margin is None else margin)
    temporary: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}-", suffix=".tmp", dir=out.parent))
        temporary.chmod(0o755)
        if own:
            write_works(source, to, temporary)
        else:
            FORMATS[to](source, temporary)
        if not source.rows.get("default"):
            reasons = "; ".join(f"{count} {reason}" for reason, count in sorted(source.left_out.items()))
            raise RunError(f"no episode of {folder} belongs into {to} ({reasons}): nothing was written")
        if not own:
            text = card_of(source, to, title or folder.resolve().name, repo=repo, licence=licence)
            (temporary / CARD).write_text(text, encoding="utf-8")
        _sync(temporary)
        os.replace(temporary, out)
    except OSError as error:
        raise StorageError(
            f"could not write {out}: {error.strerror or error}. The runs are as they were and nothing is "
            f"left at {out}: mend that, then export again."
        ) from error
    finally:
        if temporary and temporary.exists():
            shutil.rmtree(temporary, ignore_errors=True)
    files = {
        str(path.relative_to(out)): path.stat().st_size for path in sorted(out.rglob("*")) if path.is_file()
    }
    return ExportReport(
        out,
        to,
        len(census.members),
        source.rows,
        source.left_out,
        source.withheld,
        source.without_tokens,
        files,
        census,
    )


def _check_number(flag: str, value: float | None, is_taken: bool, format: str) -> None:
    if value is None:
        return
    if not is_taken:
        raise UsageError(f"{flag} belongs to --to {format} only: leave it out")
    if not isfinite(value):
        raise UsageError(f"{flag} must be a finite number, got {value}")


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
