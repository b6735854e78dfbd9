"""One change to a city, and how an instruction names an element.

The stand of a chain of edits, and what a maker of changes returns. Knows none of the changes.
"""

__all__ = ["Change", "Maker", "Plot", "Stand", "capital", "turned"]

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import cos, radians, sin
from typing import Any

import numpy as np

from ..tools.city import City
from ..tools.city_constraint import Constraint
from ..tools.city_edits import Edited, put_elements
from ..tools.city_elements import element_data
from ..tools.city_parts import Element, Program
from .city_nouns import noun
from .city_parcels import Point

Plot = tuple[str, tuple[Point, ...]]
"""Block and outline of free ground."""


@dataclass(frozen=True)
class Change:
    """An instruction, and a city that follows it.

    Args:
        program: the city afterwards, or None where the edit was refused.
        constraints: what the instruction asks for.
        touched: names of the parts that may change.
        instruction: in words.
        freed: ground that nothing stands on any more.
    """

    program: Program | None
    constraints: tuple[Constraint, ...]
    touched: tuple[str, ...]
    instruction: str
    freed: tuple[Plot, ...] = ()


@dataclass(frozen=True)
class Stand:
    """A city in the midst of a chain.

    Args:
        program: as it stands.
        free: plots on which nothing stands.
        busy: ids that earlier instructions spoke of.
        rng: decides what is changed.
    """

    program: Program
    free: tuple[Plot, ...]
    busy: frozenset[str]
    rng: np.random.Generator

    @cached_property
    def city(self) -> City:
        """The world of it."""
        return City(self.program)

    @cached_property
    def home(self) -> Mapping[str, str]:
        """Element -> its block."""
        return {element.id: block.id for block in self.program.blocks for element in block.elements}

    def buildings(self) -> list[Element]:
        """Those that no instruction spoke of yet, in random order."""
        fresh = [one for one in self.program.elements if one.is_building and one.id not in self.busy]
        return [fresh[k] for k in self.rng.permutation(len(fresh)).tolist()]

    def choose(self, options: Sequence[Any]) -> Any:
        """One of some values."""
        return options[int(self.rng.integers(len(options)))]

    def said(self, *ways: str, **words: object) -> str:
        """One of some ways to say it."""
        return str(self.choose(ways)).format(**words)

    def name(self, element: Element) -> str:
        """How an instruction calls an element; what it says is true of this one alone."""
        kind = noun(element.type, 1)
        same = [one for one in self.program.elements if one.type == element.type]
        ways = [f"the {kind} '{element.id}'"]
        ways.append(f"'{element.id}' in {self.home[element.id]}")
        if len(same) == 1:
            ways.append(f"the {kind}")
        tallest = self.city.tallest
        if tallest is element and self.city.lead_m(element.id) >= 1.0:
            ways.append("the highest building")
        return str(self.choose(ways))

    def new_id(self, stem: str) -> str:
        """An id that nothing has."""
        taken = set(self.home)
        return next(id for k in range(2, 1000) if (id := f"{stem}_{k}") not in taken)

    def put(self, element: Element, block: str = "", **changed: Any) -> Program | None:
        """The city with an element changed (None takes a key away), perhaps in another block."""
        data = {key: value for key, value in (element_data(element) | changed).items() if value is not None}
        return _made(put_elements(self.program, block or self.home[element.id], [data]))

    def add(self, block: str, data: Mapping[str, object]) -> Program | None:
        """The city with a new element."""
        return _made(put_elements(self.program, block, [dict(data)]))

    def middle(self, element: Element) -> Point:
        """Of its ground, m."""
        x, y = self.city.centroids[self.city.position(element.id)]
        return float(x), float(y)


Maker = Callable[[Stand], Change | None]
"""Makes a change, which may still prove impossible; None where it does not apply."""


def turned(ring: np.ndarray, by_deg: float = 0.0, scale: float = 1.0, shift: Point = (0.0, 0.0)) -> Any:
    """A ring turned and scaled about the middle of its corners, then moved, in tenths of a metre."""
    middle = ring.mean(axis=0)
    c, s = cos(radians(by_deg)) * scale, sin(radians(by_deg)) * scale
    moved = (ring - middle) @ np.array([[c, s], [-s, c]]) + middle + shift
    return (np.round(moved, 1) + 0.0).tolist()


def capital(text: str) -> str:
    """With a capital first letter."""
    return text[0].upper() + text[1:]


def _made(edited: Edited) -> Program | None:
    return edited[0]
