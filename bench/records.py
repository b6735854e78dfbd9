"""Storing and reading episodes: ours, and as most collectors do it.

The peer appends a JSON line an episode and puts each picture in a file named by its hash, with an fsync of
both an episode.
"""

__all__ = ["record_read", "record_scan", "record_write"]

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from ..trajectories.record import EncodedImage, Episode, TurnRecord
from ..trajectories.run import Run
from .harness import Row

PICTURES = 3
PICTURE_BYTES = 30_000
TOKENS = 1200
EPISODES = 256
FILES = "JSONL and PNG files"
PEER = f"{FILES}, fsync each"


def record_write() -> Row:
    """An episode of three 30-kB pictures and 1,200 tokens, written so that `kill -9` does not lose it."""
    folder = TemporaryDirectory(prefix="eyesmith-bench-")
    run = Run.create(Path(folder.name) / "run", {})
    peer = _Lines(Path(folder.name) / "lines")
    ours, theirs = _episodes(), _episodes()

    def close() -> None:
        run.close()
        folder.cleanup()

    return Row(
        "record.write", lambda: run.write(*next(ours)), lambda: peer.write(*next(theirs)), PEER, close=close
    )


def record_read() -> Row:
    """One episode of 256 and its pictures, by id, from a run that was opened before."""
    folder, run, peer = _stored()
    turns, others = count(), count()

    def ours() -> tuple[Episode, list[bytes]]:
        wanted = _name(next(turns) * 7 % EPISODES)
        (episode,) = run.episodes(where={"id": wanted})
        return episode, [run.image(sha256).bytes for sha256 in episode.image_hashes]

    def theirs() -> tuple[dict[str, object], list[bytes]]:
        return peer.read(_name(next(others) * 7 % EPISODES))

    return Row("record.read", ours, theirs, FILES, close=folder.cleanup)


def record_scan() -> Row:
    """Status and reward of 256 episodes."""
    folder, run, peer = _stored()
    return Row(
        "record.scan",
        lambda: [(e.status, e.reward) for e in run.episodes(("reward",))],
        lambda: [(row["status"], row["reward"]) for row in peer.rows()],
        FILES,
        close=folder.cleanup,
    )


class _Lines:
    """The peer's folder."""

    def __init__(self, folder: Path, *, syncs: bool = True) -> None:
        self._folder = folder
        self._syncs = syncs
        (folder / "images").mkdir(parents=True)
        self._file = folder / "episodes.jsonl"

    def write(self, episode: Episode, images: dict[str, EncodedImage]) -> None:
        for sha256, image in images.items():
            with (self._folder / "images" / f"{sha256}.png").open("wb") as file:
                file.write(image.bytes)
                self._sync(file)
        with self._file.open("a") as file:
            file.write(json.dumps(vars(episode), default=vars) + "\n")
            self._sync(file)

    def _sync(self, file: IO[Any]) -> None:
        if self._syncs:
            file.flush()
            os.fsync(file.fileno())

    def rows(self) -> Iterator[dict[str, object]]:
        with self._file.open() as file:
            for line in file:
                yield json.loads(line)

    def read(self, name: str) -> tuple[dict[str, object], list[bytes]]:
        row = next(row for row in self.rows() if row["id"] == name)
        hashes = row["image_hashes"]
        assert isinstance(hashes, list)
        return row, [(self._folder / "images" / f"{sha256}.png").read_bytes() for sha256 in hashes]


def _stored() -> tuple[TemporaryDirectory[str], Run, _Lines]:
    folder = TemporaryDirectory(prefix="eyesmith-bench-")
    peer = _Lines(Path(folder.name) / "lines", syncs=False)
    with Run.create(Path(folder.name) / "run", {}) as run:
        for _, (episode, images) in zip(range(EPISODES), _episodes(), strict=False):
            run.write(episode, images)
            peer.write(episode, images)
    return folder, Run.open(Path(folder.name) / "run"), peer


def _name(number: int) -> str:
    return f"bench/Blank-v0:train:{number}#expert#0"


def _episodes() -> Iterator[tuple[Episode, dict[str, EncodedImage]]]:
    """Episodes without end, each with pictures of its own."""
    noise = os.urandom(PICTURE_BYTES)
    for number in count():
        pictures = [
            EncodedImage(f"{PICTURES * number + i:064x}", "png", 224, 224, noise) for i in range(PICTURES)
        ]
        yield (
            replace(
                _TEMPLATE, id=_name(number), task_index=number, image_hashes=[p.sha256 for p in pictures]
            ),
            {picture.sha256: picture for picture in pictures},
        )


_TEMPLATE = Episode(
    id="",
    env_id="bench/Blank-v0",
    task_index=0,
    sample=0,
    status="ok",
    messages=[{"role": "user", "content": "What does the sign say? " * 20}] * 4,
    turns=[TurnRecord(calls=[{"name": "nod", "arguments": {"times": 1}}], latency_ms=12.5, env_ms=0.1)] * 3,
    completion_ids=list(range(TOKENS)),
    loss_mask=[1] * TOKENS,
    logprobs=[-0.125] * TOKENS,
    reward=0.75,
    score=0.75,
    step_rewards=[0.0, 0.0, 0.75],
    metrics={"turns": 3.0},
)
