"""How a training shows itself: progress, and a line for each step."""

__all__ = ["TrainingLine"]

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console

from .collection import CollectReport
from .progress import ProgressLine


class TrainingLine:
    """Progress of the collections, one after the other, and a line of each step and evaluation.

    Args:
        console: where to write.
        steps: of the whole training.
    """

    def __init__(self, console: Console, steps: int) -> None:
        self._console, self._steps = console, steps
        self._name = ""
        self._line: ProgressLine | None = None

    def __call__(self, name: str, report: CollectReport) -> None:
        """Take how a collection stands."""
        if self._line is None or name != self._name:
            self.close()
            self._name = name
            self._line = ProgressLine(self._console, name).__enter__()
        self._line(report)

    def told(self, line: Mapping[str, float]) -> None:
        """Take the numbers of a step, or of an evaluation."""
        self.close()
        self._console.print(self._said(line), markup=False, soft_wrap=True)

    def close(self) -> None:
        """End what is drawn."""
        line, self._line = self._line, None
        if line is not None:
            line.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _said(self, line: Mapping[str, float]) -> str:
        if "success" in line:
            return (
                f"after {line['step']:.0f} steps: success {line['success']:.1%} "
                f"({line['success_low']:.1%} to {line['success_high']:.1%}) on {line['tasks']:.0f} tasks, "
                f"reward {line['reward']:.3f}"
            )
        told = [
            f"step {line['step']:.0f}/{self._steps}",
            f"reward {line['reward']:.3f}",
            f"{line['groups_that_teach']:.0f} of {line['groups']:.0f} groups teach",
        ]
        told += [f"{name} {line[name]:.4f}" for name in ("loss", "grad_norm", "entropy") if name in line]
        told += [f"left out {line['left_out']:.0f}"] if line["left_out"] else []
        told += ["no update: all members of each group alike"] if "loss" not in line else []
        return "  ".join([*told, f"{line['collect_s']:.1f} s + {line['learn_s']:.1f} s"])
