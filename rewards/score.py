"""A score: one number, the parts it was made of, and a reason to check.

Knows neither worlds nor tasks; every reward function of this folder returns one.
"""

__all__ = ["Score"]

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Score:
    """What a reward function returns.

    Args:
        value: the score, in [0, 1] for every reward function; a recipe may declare another range.
        parts: name -> level of each part, in [0, 1].
        why: one line that a person can check.

    >>> Score(0.5, {"evidence": 0.5}, "1 of 2 targets were resolved").value
    0.5
    """

    value: float
    parts: Mapping[str, float] = field(default_factory=lambda: dict[str, float]())
    why: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", float(self.value))
        parts = {name: float(level) for name, level in self.parts.items()}
        object.__setattr__(self, "parts", MappingProxyType(parts))

    def __reduce__(self) -> tuple[type["Score"], tuple[float, dict[str, float], str]]:
        return Score, (self.value, dict(self.parts), self.why)
