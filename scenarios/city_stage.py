"""What a task of CityProgram asks for, stage by stage, and what is given.

Knows no generator and no grading.
"""

__all__ = ["CityWorld", "Stage"]

from dataclasses import dataclass
from typing import Any

from ..tools.city_constraint import Constraint
from ..tools.city_hand import Part
from ..tools.city_parts import Program

ELEMENT_BYTES = 900
BASE_BYTES = 6_000


@dataclass(frozen=True)
class Stage:
    """One thing that is asked: a brief, or one instruction of a chain.

    Args:
        instruction: in words; of a brief, the whole of it.
        constraints: what it asks for.
        touched: names of the parts that it lets change, as `tools.city_difference.difference` takes them.
        solution: a program that fulfils it, and at which the next stage begins.
    """

    instruction: str
    constraints: tuple[Constraint, ...]
    touched: tuple[str, ...]
    solution: Program


@dataclass(frozen=True)
class CityWorld:
    """What an episode stands on; read-only, shared by episodes.

    Args:
        level: 1 to 5; a city is given at 5, and is to be made at the others.
        given: the city at the start.
        fixed: the parts of it that may not change, as `CityHand` takes them.
        stages: at least one.
    """

    level: int
    given: Program
    fixed: frozenset[Part]
    stages: tuple[Stage, ...]

    @property
    def nbytes(self) -> int:
        """Bytes that it holds, roughly."""
        programs = (self.given, *(stage.solution for stage in self.stages))
        return BASE_BYTES + ELEMENT_BYTES * sum(len(program.elements) for program in programs)

    def __deepcopy__(self, memo: dict[int, Any]) -> "CityWorld":
        """Itself: a world is never written, so copies of an environment share it."""
        return self
