"""Values that differ in one character, so that a glance is not enough.

Knows text and kinds of values; draws nothing.
"""

__all__ = ["bounded", "drawn", "lookalikes", "options", "spread"]

import re
from collections.abc import Sequence
from datetime import date
from itertools import product

import numpy as np

from .dashboard_sectors import SURNAMES

# Digits of about the same ink: exchanging them hardly changes a blurred view.
_LIKE = {
    "0": "8693",
    "1": "742",
    "2": "7351",
    "3": "8592",
    "4": "9617",
    "5": "6382",
    "6": "8509",
    "7": "1243",
    "8": "3069",
    "9": "8064",
}
OPTION_TRIES = 40
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_ZERO = re.compile(r"(?<![0-9])0")
_CLASSES = ("P1", "P2", "P3")


def lookalikes(text: str, kind: str) -> list[str]:
    """Every value of the kind that differs from `text` in one digit (names: all of its family).

    Args:
        text: the value as it is painted.
        kind: `number`, `code`, `time`, `date`, `class` or `text`.

    >>> lookalikes("23:58", "time")[:4]
    ['13:58', '22:58', '23:38', '23:28']
    >>> lookalikes("Meyer", "text")
    ['Meier', 'Mayer', 'Maier']
    """
    if kind == "text":
        return [name for family in SURNAMES if text in family for name in family if name != text]
    if kind == "class":
        return [name for name in _CLASSES if name != text]
    found = []
    for i, digit in enumerate(text):
        for other in _LIKE.get(digit, ""):
            value = text[:i] + other + text[i + 1 :]
            if _is_valid(value, kind):
                found.append(value)
    return found


def drawn(rng: np.random.Generator, items: Sequence[str], count: int) -> list[str]:
    """`count` different items in random order; all of them when there are fewer."""
    order = rng.permutation(len(items))[:count]
    return [items[int(i)] for i in order]


def bounded(values: Sequence[str], kind: str, among: Sequence[str]) -> list[str]:
    """The values that lie between the least and the greatest of others; all, where the kind has no order.

    Args:
        values: to choose from.
        kind: as in `lookalikes`; numbers and dates have an order.
        among: values of the same kind, at least one.

    >>> bounded(["3.5", "9.5", "12.0"], "number", ["3.1", "11.9"])
    ['3.5', '9.5']
    """
    if kind == "number":
        figures = [float(value) for value in among]
        return [value for value in values if min(figures) <= float(value) <= max(figures)]
    if kind == "date":
        return [value for value in values if min(among) <= value <= max(among)]
    return list(values)


def options(
    rng: np.random.Generator, value: str, kind: str, count: int, among: Sequence[str] = ()
) -> list[str]:
    """The value among wrong ones, in random order, so that none stands out by likeness to the others.

    The options exchange one digit, or two digits on a grid, so that each is as close to the rest as any
    other; names are the members of a family. All lie within the range of the values in `among`: otherwise
    the only date of this year would be the right one.

    Args:
        rng: random source.
        value: the right one.
        kind: as in `lookalikes`.
        count: how many, 4 to 6; a family of names has its own number.
        among: what else stands in such a place; nothing allows any value.

    Returns:
        Different values, or none when the value has too few neighbours of its kind.
    """
    if kind == "text":
        family = [value, *lookalikes(value, kind)]
        return drawn(rng, family, len(family))
    places = [i for i, character in enumerate(value) if character.isdigit()]
    for _ in range(OPTION_TRIES):
        grid = count % 2 == 0 and len(places) > 1 and rng.random() < 0.6
        shape = (2, count // 2) if grid else (count,)
        chosen = [places[int(i)] for i in rng.permutation(len(places))[: len(shape)]]
        digits = [
            [value[at], *drawn(rng, "0123456789".replace(value[at], ""), size - 1)]
            for at, size in zip(chosen, shape, strict=True)
        ]
        found = []
        for exchange in product(*digits):
            characters = list(value)
            for at, digit in zip(chosen, exchange, strict=True):
                characters[at] = digit
            found.append("".join(characters))
        if all(_is_valid(text, kind) for text in found) and len(
            bounded(found, kind, [value, *among] if among else found)
        ) == len(found):
            return drawn(rng, found, count)
    return []


def spread(rng: np.random.Generator, values: list[str], kind: str, likeness: float) -> list[str]:
    """The values, a share of them replaced by look-alikes of others, all still different from each other.

    Args:
        rng: random source.
        values: different values.
        kind: as in `lookalikes`.
        likeness: share to replace, 0 to 1.
    """
    spread_values = list(values)
    for i in range(1, len(values)):
        if rng.random() < likeness:
            near = bounded(lookalikes(spread_values[int(rng.integers(i))], kind), kind, values)
            fresh = [value for value in near if value not in spread_values]
            if fresh:
                spread_values[i] = fresh[int(rng.integers(len(fresh)))]
    return spread_values


def _is_valid(value: str, kind: str) -> bool:
    if kind == "time":
        return _CLOCK.fullmatch(value) is not None
    if kind == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
        return value.startswith("202")
    if kind == "code":
        return _ZERO.search(value) is None
    return kind != "number" or not re.match(r"-?0[0-9]", value)
