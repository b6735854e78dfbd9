"""A constraint on a city: typed, kept as JSON, and what it speaks of.

A constraint names a kind of `rewards/city_constraints.py`, what it speaks of, and bounds. Elements are named
by selectors: a type (`school`), `building`, `flat` or `any`, those of one block (`residential@west`), or one
element (`#town_hall`). Knows no briefs and no wording.
"""

__all__ = ["GROUPS", "OPTIONS", "Constraint", "select"]

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np

from ..errors import UsageError, did_you_mean
from ..rewards.city_constraints import KINDS
from .city import City
from .city_parts import ELEMENT_TYPES

GROUPS = ("building", "flat", "any", *ELEMENT_TYPES)
"""What a selector may name besides ids."""

OPTIONS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "direction": (("direction",), ()),
    "corner": ((), ("of",)),
    "centre": ((), ("of",)),
    "enclosure": (("within",), ()),
    "place": (("x", "y"), ()),
    "axis": (("bearing",), ()),
    "street_length": ((), ("class",)),
    "shadow": (("azimuth", "elevation"), ()),
    "open_view": (("width",), ("above",)),
    "visible": (("x", "y"), ("z",)),
    "color": (("names",), ("of",)),
    "material": (("names",), ("of",)),
    "roof_shape": (("names",), ()),
    "component": (("type",), ("color", "material", "count")),
    "program": (("name",), ()),
    "type": (("names",), ()),
}
"""Kind -> (options that it needs, options that it may have). Lengths in m, angles in degrees, bearings
clockwise from north; `names` is a list; `of` is "site" or "block" for a place, a component for a finish."""


@dataclass(frozen=True)
class Constraint:
    """One constraint.

    Args:
        kind: a key of `KINDS`.
        who: selector of what it speaks of; ignored by kinds that speak of the whole city.
        other: selector of what it is related to.
        third: selector of the second thing that it lies between.
        low: lower bound.
        high: upper bound.
        weight: > 0.
        options: what else the kind needs, as OPTIONS says.

    Raises:
        UsageError: an unknown kind, or options that it does not have.
    """

    kind: str
    who: str = "building"
    other: str = ""
    third: str = ""
    low: float = -inf
    high: float = inf
    weight: float = 1.0
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(
                f"{self.kind!r} is no kind of constraint: {', '.join(KINDS)}.{did_you_mean(self.kind, KINDS)}"
            )
        needed, allowed = OPTIONS.get(self.kind, ((), ()))
        if not set(needed) <= self.options.keys() <= {*needed, *allowed}:
            raise UsageError(
                f"{self.kind!r} needs the options {list(needed)} and may have {list(allowed)}, "
                f"got {list(self.options)}"
            )

    def data(self) -> dict[str, Any]:
        """As JSON has it; an infinite bound is left out."""
        data: dict[str, Any] = {"kind": self.kind}
        data |= {key: value for key in ("who", "other", "third") if (value := getattr(self, key))}
        data |= {key: value for key in ("low", "high") if abs(value := getattr(self, key)) != inf}
        return data | {"weight": self.weight, "options": dict(self.options)}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Constraint":
        """The constraint that `data` made.

        >>> Constraint.read(Constraint("far", low=1.5).data())
        Constraint(kind='far', who='building', other='', third='', low=1.5, high=inf, weight=1.0, options={})
        """
        return cls(**data)


def select(city: City, who: str) -> np.ndarray:
    """Positions of the elements that a selector names; those that are not there are left out.

    Raises:
        UsageError: no selector.
    """
    if who.startswith("#"):
        return np.array([city.position(who[1:])] if who[1:] in city else [], dtype=np.int64)
    group, _, block = who.partition("@")
    if group not in GROUPS:
        raise UsageError(
            f"{who!r} selects nothing: send '#id', 'type' or 'type@block' of {', '.join(GROUPS)}"
        )
    found = city.positions(group)
    if block:
        ids = [one.id for one in city.program.blocks]
        found = found[[ids[position] == block for position in city.block_positions[found]]]
    return found
