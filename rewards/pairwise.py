"""The pair protocol: which of two works is better, asked in both orders.

Judges prefer a place, mostly the first. Each pair is asked twice with the works swapped, and a win counts
only where both answers name the same work; else it is a tie (arXiv 2306.05685, section 3.4). The outcomes 1,
0.5 and 0 are what a group's win rate is made of (Pref-GRPO, arXiv 2508.20751).
"""

__all__ = ["Pair", "Winner"]

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from .judge import Judge
from .question import Part, Question
from .score import Score

PROTOCOL = "pair/1"

Winner = Literal["first", "second", "tie"]

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["reason", "winner"],
    "properties": {"reason": {"type": "string"}, "winner": {"enum": ["first", "second", "tie"]}},
}
POINTS = {"first": 1.0, "second": 0.0, "tie": 0.5}


@dataclass(frozen=True)
class Pair:
    """A comparison.

    Args:
        name: of its part in the Score.
        criterion: what makes a work the better one, in plain words of ours.
    """

    name: str
    criterion: str

    def score(
        self, judge: Judge, work: Sequence[Part], other: Sequence[Part], *, told: Sequence[Part] = ()
    ) -> Score:
        """Whether a work is better than another: 1, 0.5 or 0.

        Args:
            judge: who is asked.
            work: the work that is graded: pictures, and `Data` for texts.
            other: the work that it is compared with.
            told: what both were made for, said before them.

        Raises:
            JudgeError, UsageError, StorageError: as `Judge.ask`.
        """
        straight, swapped = judge.ask_all(
            [self._question(work, other, told), self._question(other, work, told)]
        )
        return self.decided(cast("Winner", straight.value["winner"]), cast("Winner", swapped.value["winner"]))

    def decided(self, straight: Winner, swapped: Winner) -> Score:
        """The Score of two verdicts.

        Formula: 1 if both name the work, 0 if both name the other, else 0.5.

        Args:
            straight: the verdict where the work stood first.
            swapped: the verdict where it stood second.

        >>> pair = Pair("better", "Which slide is easier to read?")
        >>> pair.decided("first", "second").value, pair.decided("first", "first").value
        (1.0, 0.5)
        """
        points = POINTS[straight], 1.0 - POINTS[swapped]
        value = points[0] if points[0] == points[1] else 0.5
        outcome = {1.0: "won", 0.0: "lost", 0.5: "a tie"}[value]
        agreed = "both orders agree" if points[0] == points[1] else "the orders disagree"
        parts = {self.name: value, "straight": points[0], "swapped": points[1]}
        return Score(value, parts, f"{self.name}: {outcome}, {agreed}")

    def _question(self, first: Sequence[Part], second: Sequence[Part], told: Sequence[Part]) -> Question:
        parts = (*told, "The FIRST work:", *first, "The SECOND work:", *second)
        return Question(PROTOCOL, self._system(), parts, schema=SCHEMA, temperature=0.0)

    def _system(self) -> str:
        return (
            "You are a strict and careful judge of two works that were made for the same purpose. "
            f"{self.criterion}\n\nWhich stands first says nothing, nor does length. Compare what you see in "
            "both, then decide; say tie where neither is better. Answer with one JSON object and nothing "
            'else, of this form:\n{"reason": "the difference that decides, in one sentence", "winner": '
            '"first" or "second" or "tie"}'
        )
