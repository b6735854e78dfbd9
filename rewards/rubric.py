"""The rubric protocol: several criteria, several passes, mean and spread.

A judge first writes down what it sees, then gives each criterion a number; the same question is asked K times
with other seeds and the scores are averaged: the self-ensemble of EditScore (published code: K passes at
temperature 0.7, seed + i). How a pass becomes one number is a choice: the mean of the criteria, their
minimum, or their geometric mean, which for two criteria is EditScore's sqrt(SC * PQ).
"""

__all__ = ["Criterion", "Rubric"]

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from statistics import fmean, pstdev
from typing import Any, Literal

from ..errors import UsageError
from .json_reply import mapping_in
from .judge import Judge
from .question import Part, Question
from .score import Score

PROTOCOL = "rubric/1"
PASS_TEMPERATURE = 0.7

Combination = Literal["mean", "min", "geometric"]


@dataclass(frozen=True)
class Criterion:
    """One thing to look at.

    Args:
        name: an identifier, which is also its part in the Score.
        ask: what it means, in a sentence or two of ours.
    """

    name: str
    ask: str


@dataclass(frozen=True)
class Rubric:
    """Criteria, and how they become a score.

    Args:
        name: of the whole in the Score's parts.
        task: what is judged and with whose eyes, in a sentence of ours.
        criteria: at least one, with distinct names.
        low: the worst mark.
        high: the best mark.
        passes: how often the judge is asked; one pass is asked at temperature 0.
        combine: how the criteria of a pass become its value.

    Raises:
        UsageError: no criterion, two of one name, no pass, or marks the wrong way round.
    """

    name: str
    task: str
    criteria: tuple[Criterion, ...]
    low: int = 1
    high: int = 5
    passes: int = 3
    combine: Combination = "mean"

    def __post_init__(self) -> None:
        names = [one.name for one in self.criteria]
        taken = {self.name, "spread"}
        if not names or len({*names, *taken}) != len(names) + 2 or not all(map(str.isidentifier, names)):
            raise UsageError(
                f"a rubric needs criteria with distinct names that are identifiers and none of "
                f"{', '.join(sorted(taken))}, got {names}"
            )
        if self.passes < 1 or self.low >= self.high:
            raise UsageError(
                f"a rubric takes passes >= 1 and low < high, got {self.passes}, {self.low}, {self.high}"
            )

    def score(self, judge: Judge, *parts: Part) -> Score:
        """The marks of a work.

        Formula: mean over passes of combine over criteria of (mark - low) / (high - low).

        Args:
            judge: who is asked.
            parts: the work and what it is judged by: pictures, texts of ours, and `Data` for what the judged
                one wrote.

        Raises:
            JudgeError, UsageError, StorageError: as `Judge.ask`.
        """
        answers = judge.ask_all([self._question(parts, k) for k in range(self.passes)])
        return self.graded([self._marks(mapping_in(answer.value)) for answer in answers])

    def graded(self, passes: Sequence[Mapping[str, float]]) -> Score:
        """The Score of marks that were given.

        Args:
            passes: criterion -> mark in [low, high], for each pass.

        >>> criteria = Criterion("layout", "Is it tidy?"), Criterion("type", "Is it legible?")
        >>> rubric = Rubric("look", "You judge a slide.", criteria)
        >>> score = rubric.graded([{"layout": 5, "type": 3}, {"layout": 3, "type": 1}])
        >>> score.value, score.parts["layout"], score.parts["spread"]
        (0.5, 0.75, 0.25)
        """
        span = self.high - self.low
        levels = [{one: (marks[one] - self.low) / span for one in self._names} for marks in passes]
        values = [self._combined(list(level.values())) for level in levels]
        value, spread = fmean(values), pstdev(values)
        parts = {one: fmean(level[one] for level in levels) for one in self._names}
        parts |= {f"pass_{k}": each for k, each in enumerate(values)}
        means = ", ".join(f"{one} {fmean(marks[one] for marks in passes):.2g}" for one in self._names)
        why = f"{self.name}: {means} of {self.high}, {len(values)} passes, spread {spread:.2f}"
        return Score(value, {self.name: value, **parts, "spread": spread}, why)

    @property
    def _names(self) -> list[str]:
        return [one.name for one in self.criteria]

    def _combined(self, levels: Sequence[float]) -> float:
        if self.combine == "min":
            return min(levels)
        if self.combine == "geometric":
            return prod(levels) ** (1.0 / len(levels))
        return fmean(levels)

    def _marks(self, value: Mapping[str, Any]) -> dict[str, float]:
        return {one: float(value[one]["score"]) for one in self._names}

    def _question(self, parts: tuple[Part, ...], sample: int) -> Question:
        temperature = 0.0 if self.passes == 1 else PASS_TEMPERATURE
        system, schema = self._system(), self._schema()
        return Question(PROTOCOL, system, parts, schema=schema, sample=sample, temperature=temperature)

    def _system(self) -> str:
        form = {one: {"reason": "what you see, in one sentence", "score": self.low} for one in self._names}
        listed = "\n".join(f"- {one.name}: {one.ask}" for one in self.criteria)
        return (
            f"You are a strict and careful judge. {self.task}\n\nGive each criterion a score from {self.low} "
            f"(worst) to {self.high} (best):\n{listed}\n\nLook first: write down for each criterion what you "
            f"see, then its score. Answer with one JSON object and nothing else, of this form:\n"
            f"{json.dumps(form)}"
        )

    def _schema(self) -> dict[str, Any]:
        mark = {"type": "number", "minimum": self.low, "maximum": self.high}
        judged = {
            "type": "object",
            "required": ["reason", "score"],
            "properties": {"reason": {"type": "string"}, "score": mark},
        }
        return {
            "type": "object",
            "required": self._names,
            "properties": dict.fromkeys(self._names, judged),
        }
