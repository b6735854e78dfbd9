"""The inverse-specification protocol: what was asked for, told back.

A judge sees the pictures alone and says for whom and about what they were made; what it recovers is compared
with the truth by words and by a closed list, without a model. After "Learning to Present" (arXiv 2603.16839),
whose published code shows the judge the slides' source with page numbers, tells it how many slides there are
and pays 0.15 for saying so. Here the number of slides is neither told nor asked, and the brief is not shown.
"""

__all__ = ["InverseSpecification", "Specification"]

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import UsageError
from .fencing import Data
from .json_reply import mapping_in
from .judge import Judge
from .question import Question
from .score import Score
from .wording import plain

PROTOCOL = "inverse_specification/1"
# The published weights, that of the slide count left out.
WEIGHTS = {"topic": 0.40, "audience": 0.25, "themes": 0.20}
THEME_FACTOR = 1.5
MAX_THEMES = 12
MAX_TOPIC_CHARS = 300
STOP_WORDS = frozenset(
    {
        "a",
        "about",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "has",
        "have",
        "how",
        "in",
        "into",
    }
    | {
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "our",
        "that",
        "the",
        "their",
        "this",
        "to",
        "was",
        "were",
        "what",
    }
    | {"where", "which", "who", "why", "will", "with"}
)


@dataclass(frozen=True)
class Specification:
    """What a work is for.

    Args:
        topic: what it is about, in a line.
        audience: for whom, one of a closed list.
        themes: what it covers; each theme is a choice of words or phrases of which one is enough, such as
            `("revenue", "sales")`. A recovered theme is one phrase.
    """

    topic: str
    audience: str
    themes: tuple[tuple[str, ...], ...]

    def recovered_by(self, said: "Specification") -> Score:
        """How much of this specification another one tells.

        Formula: (0.40 * topic + 0.25 * audience + 0.20 * themes) / 0.85; topic = F1 of the content words,
        audience = 1[the same], themes = min(1, 1.5 * share of themes of which a phrase stands whole in one
        recovered theme or the topic). The published topic counts recall alone, which a long line wins.

        Args:
            said: what a judge recovered.

        >>> truth = Specification("Footfall in the north", "board", (("revenue", "sales"), ("staff",)))
        >>> said = Specification("Northern stores: footfall", "board", (("weekly sales",),))
        >>> {name: round(level, 2) for name, level in truth.recovered_by(said).parts.items()}
        {'topic': 0.4, 'audience': 1.0, 'themes': 0.75}
        """
        told = [_words(said.topic), *(_words(phrase) for theme in said.themes for phrase in theme)]
        covered = [
            any(words and words <= each for words in map(_words, theme) for each in told)
            for theme in self.themes
        ]
        share = sum(covered) / len(covered) if covered else 0.0
        parts = {
            "topic": _f1(_words(self.topic), told[0]),
            "audience": float(_plain_line(self.audience) == _plain_line(said.audience)),
            "themes": min(1.0, THEME_FACTOR * share),
        }
        value = sum(weight * parts[name] for name, weight in WEIGHTS.items()) / sum(WEIGHTS.values())
        why = (
            f"topic {parts['topic']:.2f}, audience {'right' if parts['audience'] else 'wrong'}, "
            f"{sum(covered)} of {len(covered)} themes"
        )
        return Score(min(1.0, value), parts, why)


@dataclass(frozen=True)
class InverseSpecification:
    """The question.

    Args:
        what: what the pictures are, in the plural: `slides of a presentation`.
        audiences: the closed list, at least two; shown in alphabetical order.

    Raises:
        UsageError: fewer than two audiences.
    """

    what: str
    audiences: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(set(self.audiences)) < 2:
            raise UsageError(
                f"an inverse specification needs two audiences to choose from, got {self.audiences}"
            )

    def score(self, judge: Judge, pictures: Sequence[np.ndarray], truth: Specification) -> Score:
        """How well a judge tells from the pictures what was asked for.

        Args:
            judge: who is asked; it sees nothing of the truth.
            pictures: (H, W, 3) uint8 each, in order.
            truth: what was asked for.

        Raises:
            UsageError: no pictures, or an audience that is not on the list.
            JudgeError, StorageError: as `Judge.ask`.
        """
        if truth.audience not in self.audiences:
            raise UsageError(f"the audience {truth.audience!r} is none of {', '.join(self.audiences)}")
        return truth.recovered_by(self.recovered(judge, pictures))

    def recovered(self, judge: Judge, pictures: Sequence[np.ndarray]) -> Specification:
        """What a judge tells from the pictures.

        Raises:
            UsageError, JudgeError, StorageError: as `score`.
        """
        if not pictures or any(isinstance(picture, str | Data) for picture in pictures):
            raise UsageError("an inverse specification is told from pictures alone, and from at least one")
        told = (f"These are the {self.what}.", *pictures)
        question = Question(PROTOCOL, self._system(), told, schema=self._schema())
        value = mapping_in(judge.ask(question).value)
        return Specification(value["topic"], value["audience"], tuple((one,) for one in value["themes"]))

    def _system(self) -> str:
        listed = "\n".join(f"- {one}" for one in sorted(set(self.audiences)))
        return (
            f"You are shown the {self.what}. Somebody was asked to make them. Tell from what you see what "
            "was asked for: the topic in one line, the audience, and the themes that are covered, each in a "
            f"few words, {MAX_THEMES} at most. The audience is one of:\n{listed}\n\nAnswer with one JSON "
            'object and nothing else, of this form:\n{"topic": "one line", "audience": "one of the list", '
            '"themes": ["a few words", "a few words"]}'
        )

    def _schema(self) -> dict[str, Any]:
        line = {"type": "string", "maxLength": MAX_TOPIC_CHARS}
        return {
            "type": "object",
            "required": ["topic", "audience", "themes"],
            "properties": {
                "topic": line,
                "audience": {"enum": sorted(set(self.audiences))},
                "themes": {"type": "array", "maxItems": MAX_THEMES, "items": line},
            },
        }


def _plain_line(text: str) -> str:
    return plain(text).casefold()


def _words(text: str) -> frozenset[str]:
    """The content words of a text, without case and plural."""
    words = re.findall(r"[^\W_]+", _plain_line(text))
    return frozenset(
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        for word in words
        if word not in STOP_WORDS
    )


def _f1(truth: frozenset[str], said: frozenset[str]) -> float:
    shared = len(truth & said)
    return 2.0 * shared / (len(truth) + len(said)) if shared else 0.0
