"""Folders of runs: a run itself, or what lies one step below."""

__all__ = ["runs_in"]

from pathlib import Path

from ..errors import RunError
from .run import CONFIG


def runs_in(folder: Path) -> list[Path]:
    """The run that a folder is, or the runs directly below it, sorted by name.

    Raises:
        RunError: there is neither.
    """
    if not folder.is_dir():
        raise RunError(f"there is no folder {folder}: give the --out of an `eyesmith collect`")
    if (folder / CONFIG).is_file():
        return [folder]
    found = sorted(path.parent for path in folder.glob(f"*/{CONFIG}"))
    if not found:
        raise RunError(
            f"{folder} holds no run: give the --out of an `eyesmith collect`, or a folder of such folders"
        )
    return found
