"""Checkpoints of a training: whole or not there, the newest few.

    DIR/checkpoints/step-00010/   after ten steps
        weights.safetensors       the weights that are trained
        optimizer.safetensors     what the optimizer keeps of each
        state.json                step, version of the weights
    DIR/model/                    the newest weights as a model's folder

A checkpoint is written beside its place and moved there, so that a training that is killed at any moment goes
on from the one before.
"""

__all__ = ["Checkpoints", "Saved"]

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import RunError
from ..trajectories.log import storage_error
from ..trajectories.seal import sync_folder

FOLDER, MODEL = "checkpoints", "model"
WEIGHTS, OPTIMIZER, STATE = "weights.safetensors", "optimizer.safetensors", "state.json"
NAME = re.compile(r"step-(\d{5,})")
HALF = ".half"
OLD = ".old"


class Saved(NamedTuple):
    """A checkpoint: steps that are done, the tensors of `Learner.state`, and what else was told."""

    steps: int
    weights: Mapping[str, Any]
    optimizer: Mapping[str, Any]
    told: Mapping[str, Any]


class Checkpoints:
    """The checkpoints of one training.

    Args:
        folder: of the training.
        keep: how many stay.
    """

    def __init__(self, folder: Path, keep: int) -> None:
        self._root, self._model, self._keep = folder / FOLDER, folder / MODEL, keep

    def steps(self) -> list[int]:
        """Steps after which there is a whole one, rising."""
        if not self._root.is_dir():
            return []
        found = (NAME.fullmatch(path.name) for path in self._root.iterdir())
        return sorted(int(match[1]) for match in found if match)

    def save(self, saved: Saved, write_model: Callable[[Path], None]) -> Path:
        """Write a checkpoint and the model's folder, then take the oldest away; returns its folder.

        Args:
            saved: what to write.
            write_model: writes the model into an empty folder.

        Raises:
            StorageError: the disk is full or broken; the checkpoints before are as they were.
        """
        from safetensors.torch import save_file

        place = self._root / f"step-{saved.steps:05d}"
        half = place.with_name(place.name + HALF)
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            for left in self._root.glob(f"*{HALF}"):
                shutil.rmtree(left)
            half.mkdir()
            save_file(_whole(saved.weights), half / WEIGHTS)
            save_file(_whole(saved.optimizer), half / OPTIMIZER)
            (half / STATE).write_text(json.dumps({"steps": saved.steps, **saved.told}, indent=2) + "\n")
            _sync(half)
            if place.exists():  # of a run that went on from an earlier one
                shutil.rmtree(place)
            os.replace(half, place)
            sync_folder(self._root)
            self._put_model(write_model)
        except OSError as error:
            raise storage_error(error, place) from error
        for steps in self.steps()[: -self._keep]:
            shutil.rmtree(self._root / f"step-{steps:05d}", ignore_errors=True)
        return place

    def newest(self) -> Saved | None:
        """The newest whole checkpoint; None before the first.

        Raises:
            RunError: its files are damaged.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        steps = self.steps()
        if not steps:
            return None
        place = self._root / f"step-{steps[-1]:05d}"
        try:
            told = json.loads((place / STATE).read_text())
            return Saved(told.pop("steps"), load_file(place / WEIGHTS), load_file(place / OPTIMIZER), told)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise RunError(
                f"the checkpoint {place} is damaged ({error}): take it away, and --resume goes on from the "
                "one before"
            ) from None

    def _put_model(self, write: Callable[[Path], None]) -> None:
        half, old = (self._model.with_name(self._model.name + end) for end in (HALF, OLD))
        for left in (half, old):
            shutil.rmtree(left, ignore_errors=True)
        half.mkdir()
        write(half)
        _sync(half)
        if self._model.exists():
            os.replace(self._model, old)
        os.replace(half, self._model)
        shutil.rmtree(old, ignore_errors=True)


def _whole(tensors: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    sync_folder(folder)
