"""Words for what a constraint speaks of, and for its bounds.

A word for a type always holds the type's own name, so that a brief leaves no doubt which type is meant.
"""

__all__ = ["a_noun", "bounds", "each", "noun", "number", "part_of_parts", "the", "those"]

from collections.abc import Collection
from math import isfinite

NOUNS = {
    "residential": ("residential building", "residential buildings"),
    "commercial": ("commercial building", "commercial buildings"),
    "office": ("office building", "office buildings"),
    "industrial": ("industrial building", "industrial buildings"),
    "civic": ("civic building", "civic buildings"),
    "school": ("school", "schools"),
    "hospital": ("hospital", "hospitals"),
    "mixed": ("mixed-use building", "mixed-use buildings"),
    "landmark": ("landmark", "landmarks"),
    "parking": ("parking garage", "parking garages"),
    "greenspace": ("greenspace", "greenspaces"),
    "plaza": ("plaza", "plazas"),
    "water": ("piece of water", "pieces of water"),
    "building": ("building", "buildings"),
    "flat": ("piece of open ground", "pieces of open ground"),
    "any": ("element", "elements"),
}
PARTS = {"wall": "walls", "window": "windows", "door": "doors", "roof": "roofs", "balcony": "balconies"}


def noun(who: str, count: float = 2) -> str:
    """Of a type, `type@block` or `#id`.

    >>> noun("mixed", 1), noun("residential@block_a"), noun("#hall")
    ('mixed-use building', 'residential buildings in block_a', "'hall'")
    """
    if who.startswith("#"):
        return f"'{who[1:]}'"
    type, _, block = who.partition("@")
    word = NOUNS[type][count != 1]
    return f"{word} in {block}" if block else word


def the(who: str) -> str:
    """One element that everybody knows: `the school`."""
    return noun(who) if who.startswith("#") else f"the {noun(who, 1)}"


def a_noun(who: str) -> str:
    """One of several: `an office building`."""
    word = noun(who, 1)
    return f"{'an' if word[0] in 'aeio' else 'a'} {word}"


def each(who: str, singles: Collection[str]) -> str:
    """`the school` where there is one, else `each residential building`."""
    return the(who) if who.startswith("#") or who in singles else f"each {noun(who, 1)}"


def those(who: str, singles: Collection[str]) -> str:
    """`the school` where there is one, else `the residential buildings`."""
    return the(who) if who.startswith("#") or who in singles else f"the {noun(who)}"


def number(value: float) -> str:
    """At most three decimals, no needless zeros.

    >>> number(3.0), number(0.35), number(12500.0)
    ('3', '0.35', '12500')
    """
    return f"{round(value, 3) + 0.0:.3f}".rstrip("0").rstrip(".")


def bounds(low: float, high: float, unit: str = "", scale: float = 1.0) -> str:
    """What must be met, in words.

    Args:
        low: lower bound, may be -inf.
        high: upper bound, may be inf.
        unit: follows the number.
        scale: factor of both, 100 for a percentage.

    >>> bounds(3.0, 5.0, "m"), bounds(0.25, float("inf"), "%", 100.0), bounds(2.0, 2.0)
    ('between 3 and 5 m', 'at least 25 %', 'exactly 2')
    """
    first, last = number(low * scale) if isfinite(low) else "", number(high * scale) if isfinite(high) else ""
    if first == last:
        words = f"exactly {first}"
    elif not first:
        words = f"at most {last}"
    else:
        words = f"between {first} and {last}" if last else f"at least {first}"
    return f"{words} {unit}".rstrip()


def part_of_parts(component: str) -> str:
    """Plural of a component: `walls`."""
    return PARTS.get(component, f"{component}s")
