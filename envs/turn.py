"""What comes back from one call: the inner, lossless form of a step."""

__all__ = ["Turn", "mark_images"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..tools.tool import Image, Part


@dataclass(frozen=True, eq=False)
class Turn:
    """One turn of an episode.

    Args:
        parts: texts and images, in order.
        reward: what this turn pays.
        components: level of every part of the recipe, and of penalties.
        score: None before the end; then the episode's score.
        terminated: the agent's closing call ended the episode.
        truncated: a limit, or `finish`, ended it.
        error: code of the agent's mistake, or "".
        metrics: measured quantities, floats.
        tool: name of the tool that was called, or "".
        stop_reason: why the episode ended, or "".
        why: the score's reason in one line, or "".
    """

    parts: tuple[Part, ...]
    reward: float = 0.0
    components: Mapping[str, float] = field(default_factory=dict)
    score: float | None = None
    terminated: bool = False
    truncated: bool = False
    error: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    tool: str = ""
    stop_reason: str = ""
    why: str = ""

    @property
    def done(self) -> bool:
        """Whether the episode is over."""
        return self.terminated or self.truncated

    @property
    def images(self) -> tuple[Image, ...]:
        """The images among the parts, in order."""
        return tuple(part for part in self.parts if isinstance(part, Image))

    @property
    def text(self) -> str:
        """The texts, with a mark `<image i: label>` where each image stands."""
        return mark_images(self.parts)


def mark_images(parts: Sequence[Part]) -> str:
    r"""Texts joined by line ends, with a mark in each image's place.

    >>> mark_images(("a", "b"))
    'a\nb'
    """
    lines, count = [], 0
    for part in parts:
        if isinstance(part, Image):
            lines.append(f"<image {count}: {part.label}>")
            count += 1
        else:
            lines.append(part)
    return "\n".join(lines)
