"""Folders of runs: a run itself, or what lies one step below."""

__all__ = ["TRAINING", "runs_in"]

from pathlib import Path

from ..errors import RunError
from .run import CONFIG

TRAINING = "training.json"
"""The file by which the folder of a training is known."""


def runs_in(folder: Path) -> list[Path]:
    """The run that a folder is, or the runs directly below it, sorted by name.

    Raises:
        RunError: there is neither, or the folder is a training.
    """
    if not folder.is_dir():
        raise RunError(f"there is no folder {folder}: give the --out of an `eyesmith collect`")
    if (folder / TRAINING).is_file():
        raise RunError(
            f"{folder} is a training: its episodes are the runs in {folder / 'steps'}, and in "
            f"{folder / 'evals'} those of evaluations; give one of these folders, or a run in it"
        )
    if (folder / CONFIG).is_file():
        return [folder]
    found = sorted(path.parent for path in folder.glob(f"*/{CONFIG}"))
    if not found:
        raise RunError(
            f"{folder} holds no run: give the --out of an `eyesmith collect`, or a folder of such folders"
        )
    return found
