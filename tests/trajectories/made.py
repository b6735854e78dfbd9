"""Small episodes for the tests of storage, also imported by the processes that those tests kill."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from eyesmith.tools.tool import Image
from eyesmith.trajectories.record import EncodedImage, Episode, TurnRecord, encode_image
from eyesmith.trajectories.run import Run

CONFIG = {"env": "eyesmith/ZoomQA-v0", "n": 64, "seed": 0, "engine": {"dtype": "bf16"}}


def picture(number: int) -> EncodedImage:
    pixels = np.random.default_rng(number).integers(0, 256, (24, 32, 3), np.uint8)
    return encode_image(Image(pixels))


def made(index: int, sample: int = 0, **changes: Any) -> tuple[Episode, Mapping[str, EncodedImage]]:
    """An episode with one picture of its own and one that all share."""
    images = {image.sha256: image for image in (picture(0), picture(1000 + index))}
    episode = Episode(
        id=f"{index}:{sample}",
        env_id="e",
        task_index=index,
        sample=sample,
        status="ok",
        messages=[
            {"role": "user", "content": [{"type": "image", "image": sha256} for sha256 in images]},
            {"role": "assistant", "content": f"answer {index}"},
        ],
        image_hashes=list(images),
        turns=[TurnRecord(calls=[{"name": "answer", "arguments": {"n": index}}], latency_ms=0.1)],
        completion_ids=[index, 2, 3],
        logprobs=[-0.1, -0.2, -0.3],
        reward=index / 7,
    )
    return replace(episode, **changes), images


def fill(run: Run, indices: range) -> None:
    for index in indices:
        run.write(*made(index))


def stored(folder: Path) -> list[str]:
    return [episode.id for episode in Run.open(folder).episodes()]


def ids(indices: range) -> list[str]:
    return [f"{index}:0" for index in indices]


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}
