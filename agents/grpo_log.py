"""The log of a training: tables, a picture, TensorBoard if installed.

DIR/log.csv      one line a step
DIR/evals.csv    one line an evaluation: steps trained, tasks, success with its interval, reward
DIR/curve.png    both, over the steps
DIR/tensorboard  the same numbers, where tensorboard is installed
"""

__all__ = ["TrainingLog"]

import csv
import io
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import RunError
from ..trajectories.seal import write_atomically
from .grpo_curve import draw

LOG, EVALS, CURVE, BOARD = "log.csv", "evals.csv", "curve.png", "tensorboard"

Line = dict[str, float]


class TrainingLog:
    """What is told of a training; every file is whole at any moment.

    Args:
        folder: of the training.
        steps: steps that are done; lines of later ones are forgotten, for they will be done again.

    Attributes:
        lines: of the steps.
        evals: of the evaluations.

    Raises:
        RunError: a file that is no table of a training.
    """

    def __init__(self, folder: Path, steps: int) -> None:
        self._folder = folder
        self.lines = [line for line in _read(folder / LOG) if line["step"] <= steps]
        self.evals = [line for line in _read(folder / EVALS) if line["step"] <= steps]
        self._board: Any = None
        if find_spec("tensorboard") is not None:
            from torch.utils.tensorboard import SummaryWriter

            self._board = SummaryWriter(str(folder / BOARD), purge_step=steps + 1)

    def step(self, line: Mapping[str, float]) -> None:
        """Add the line of a step; `step` counts from 1."""
        self.lines.append(dict(line))
        _write(self._folder / LOG, self.lines)
        self._tell("train", line)
        draw(self.lines, self.evals, self._folder / CURVE)

    def evaluated(self, line: Mapping[str, float]) -> None:
        """Add the line of an evaluation, in the place of an earlier one after the same step."""
        self.evals = [own for own in self.evals if own["step"] != line["step"]] + [dict(line)]
        _write(self._folder / EVALS, self.evals)
        self._tell("eval", line)
        draw(self.lines, self.evals, self._folder / CURVE)

    def close(self) -> None:
        """Let go of the files."""
        if self._board is not None:
            self._board.close()

    def _tell(self, kind: str, line: Mapping[str, float]) -> None:
        if self._board is not None:
            for name, value in line.items():
                if name != "step":
                    self._board.add_scalar(f"{kind}/{name}", value, int(line["step"]))
            self._board.flush()


def _write(path: Path, lines: Sequence[Line]) -> None:
    names = list(dict.fromkeys(name for line in lines for name in line))
    text = io.StringIO()
    table = csv.DictWriter(text, names, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(lines)
    write_atomically(path, text.getvalue().encode())


def _read(path: Path) -> list[Line]:
    if not path.exists():
        return []
    try:
        with path.open(newline="") as file:
            lines = [{name: float(v) for name, v in line.items() if v} for line in csv.DictReader(file)]
        if any("step" not in line for line in lines):
            raise ValueError("a line without a step")
        lines = [line | {"step": int(line["step"])} for line in lines]
    except (ValueError, TypeError, AttributeError) as error:
        raise RunError(
            f"{path} is no table of a training ({error}): take it away, or choose another --out"
        ) from None
    return lines
