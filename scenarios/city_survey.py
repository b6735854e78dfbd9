"""A finished city as the makers of constraints look at it.

Types, singles, and bounds with slack. Knows no wording.
"""

__all__ = ["Bounds", "Survey", "above", "around", "below"]

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from math import ceil, floor
from typing import TypedDict

import numpy as np

from ..tools.city import City
from ..tools.city_parts import BUILDING_TYPES, FLAT_TYPES


class Bounds(TypedDict):
    """Keywords of a constraint."""

    low: float
    high: float


class Survey:
    """What may be asked of a city.

    Args:
        city: the finished one.
        rng: decides what is asked.
        level: 1 to 4.
    """

    def __init__(self, city: City, rng: np.random.Generator, level: int) -> None:
        self.city = city
        self.rng = rng
        self.level = level

    @cached_property
    def counts(self) -> Counter[str]:
        """Elements of each type."""
        return Counter(element.type for element in self.city.elements)

    def count(self, who: str) -> int:
        """Elements of a type, or of `building`, `flat` or `any`."""
        return len(self.city.positions(who))

    @cached_property
    def singles(self) -> frozenset[str]:
        """Types of which there is one element: a brief may speak of "the school"."""
        return frozenset(type for type, count in self.counts.items() if count == 1)

    def of(self, type: str) -> np.ndarray:
        """Positions of the elements of a type."""
        return self.city.positions(type)

    def id(self, type: str) -> str:
        """Of the first element of a type."""
        return self.city.elements[self.of(type)[0]].id

    def building(self, *, least: int = 1, single: bool = False) -> str | None:
        """A type of building that there is, at least so often."""
        return self._pick(BUILDING_TYPES, least, single)

    def flat(self, *, single: bool = False) -> str | None:
        """A type of flat ground that there is."""
        return self._pick(FLAT_TYPES, 1, single)

    def pair(self) -> tuple[str, str] | None:
        """Two types, one element each."""
        found = sorted(self.singles)
        if len(found) < 2:
            return None
        one, other = self.rng.permutation(len(found))[:2].tolist()
        return found[one], found[other]

    def choose(self, options: Sequence[str]) -> str:
        """One of some words."""
        return str(options[int(self.rng.integers(len(options)))])

    def _pick(self, types: Sequence[str], least: int, single: bool) -> str | None:
        found = [one for one in types if self.counts[one] >= least and (not single or one in self.singles)]
        return self.choose(found) if found else None


def below(value: float, share: float, step: float) -> float:
    """A lower bound with slack, on a round number."""
    return round(floor(value * (1.0 - share) / step + 1e-9) * step, 6)


def above(value: float, share: float, step: float) -> float:
    """An upper bound with slack, on a round number."""
    return round(ceil(value * (1.0 + share) / step - 1e-9) * step, 6)


def around(values: Sequence[float] | np.ndarray, share: float, step: float) -> Bounds:
    """Both bounds."""
    return {"low": below(float(min(values)), share, step), "high": above(float(max(values)), share, step)}
