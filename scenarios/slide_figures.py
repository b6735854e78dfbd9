"""Figures changed into others of the same kind: unit and size stay.

Knows no brief. A date becomes another date, a percentage another percentage, a name another name.
"""

__all__ = ["Pattern", "altered", "other_name"]

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..rewards.numbers import Figure, figures
from .slide_checks import spans_of
from .slide_draws import FIRM_HEADS, FIRM_TAILS, MONTHS

LISTS = (
    MONTHS,
    ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    ("Q1", "Q2", "Q3", "Q4"),
    ("north", "south", "east", "west", "north-east", "north-west", "south-east", "south-west"),
    ("morning", "afternoon", "evening", "night"),
    ("spring", "summer", "autumn", "winter"),
)
SMALL = 12
LESS, FALL = 0.68, 0.52  # factors from 0.68 to 0.94 ...
MORE, RISE = 1.06, 0.72  # ... and from 1.06 to 1.42
MAX_TRIES = 40
_DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")
_MONTH = re.compile(rf"\b({'|'.join(MONTHS)})\b")


@dataclass(frozen=True)
class Pattern:
    """A text cut at its figures and at some names, so that many variants are made fast.

    Args:
        pieces: texts in order.
        slots: positions of the pieces that can be changed.
    """

    pieces: tuple[str, ...]
    slots: tuple[int, ...]

    @classmethod
    def of(cls, text: str, names: Collection[str] = ()) -> "Pattern":
        """Cut a text.

        Args:
            text: what is cut.
            names: words in it that can be changed too.

        >>> Pattern.of("Garsby lost £412,000 in Q3", ["Garsby"]).pieces
        ('', 'Garsby', ' lost ', '£412,000', ' in Q3')
        """
        spans = [(figure.start, figure.end) for figure in figures(text)]
        for name in names:
            spans += spans_of(name, text)
        pieces, slots, at = [], [], 0
        for start, end in sorted(spans):
            if start >= at:
                pieces += [text[at:start], text[start:end]]
                slots.append(len(pieces) - 1)
                at = end
        return cls((*pieces, text[at:]), tuple(slots))

    @cached_property
    def _figures(self) -> tuple[Figure | None, ...]:
        return tuple(next(iter(figures(self.pieces[slot])), None) for slot in self.slots)

    @cached_property
    def _is_ordinal(self) -> bool:
        return _ORDINAL.search("".join(self.pieces)) is not None

    def varied(self, rng: np.random.Generator, *, kept: float) -> str:
        """The text with other figures and names.

        Args:
            rng: random source.
            kept: share of the figures that stay.
        """
        pieces = list(self.pieces)
        for slot, figure in zip(self.slots, self._figures, strict=True):
            if kept <= 0.0 or rng.random() >= kept:
                pieces[slot] = _other(pieces[slot], figure, rng)
        made = "".join(pieces)
        return _ORDINAL.sub(_ordinal, made) if self._is_ordinal else made


def altered(value: str, rng: np.random.Generator, avoid: Collection[tuple[float, str]] = ()) -> str:
    """A value with another figure, or another name where it has none.

    Args:
        value: such as `EUR 212.6 million`, `14 March 2026`, `Saturday`.
        rng: random source.
        avoid: value and unit of figures that must not come out.
    """
    pattern = Pattern.of(value)
    if not pattern.slots:
        return other_name(value, rng)
    changed = value
    for _ in range(MAX_TRIES):
        changed = pattern.varied(rng, kept=0.0)
        if changed != value and not any((one.value, one.unit) in avoid for one in figures(changed)):
            break
    return changed


def other_name(name: str, rng: np.random.Generator) -> str:
    """Another name of the same list (weekdays, months ...), else an invented one."""
    for known in LISTS:
        if name in known:
            others = [one for one in known if one != name]
            return others[int(rng.integers(len(others)))]
    made = name
    while made == name:
        made = FIRM_HEADS[int(rng.integers(len(FIRM_HEADS)))] + FIRM_TAILS[int(rng.integers(len(FIRM_TAILS)))]
    return made


def _other(text: str, figure: Figure | None, rng: np.random.Generator) -> str:
    if figure is None:
        return other_name(text, rng)
    if figure.unit in ("date", "month"):
        return _other_date(text, rng)
    if figure.unit == "time":
        return f"{int(rng.integers(5, 23)):02d}:{int(rng.integers(60)):02d}"
    return _DIGITS.sub(lambda match: _other_number(match[0], figure.unit, rng), text, count=1)


def _other_date(text: str, rng: np.random.Generator) -> str:
    """Another day and month; every second time another year."""
    text = _MONTH.sub(lambda match: other_name(match[0], rng), text)
    if rng.random() < 0.5:
        text = re.sub(r"\b20\d\d\b", lambda match: str(int(match[0]) + int(rng.choice((-2, -1, 1)))), text)
    return re.sub(r"\b\d{1,2}\b", lambda _: str(int(rng.integers(1, 29))), text, count=1)


def _other_number(digits: str, unit: str, rng: np.random.Generator) -> str:
    bare = digits.replace(",", "")
    decimals = len(bare.partition(".")[2])
    number = float(bare)
    if unit == "year":
        return str(int(number) + int(rng.choice((-3, -2, -1, 1, 2))))
    if not decimals and number <= SMALL:
        choices = [n for n in range(max(1, int(number) - 4), int(number) + 6) if n != number]
        return str(choices[int(rng.integers(len(choices)))])
    step = 10.0**-decimals
    if not decimals:
        # Round numbers stay round: 412,000 becomes 358,000, not 357,812. Two digits move at least.
        step = 10.0 ** min(len(bare) - len(bare.rstrip("0")), len(bare) - 2)
    for _ in range(MAX_TRIES):
        drawn = rng.random()
        factor = LESS + FALL * drawn if drawn < 0.5 else MORE + RISE * (drawn - 0.5)
        made = round(number * factor / step) * step
        if abs(made - number) > step / 2 and made > 0 and not (unit == "%" and number <= 100 < made):
            break
    else:
        made = number + step if not (unit == "%" and number + step > 100) else number - step
    return (
        f"{made:,.{decimals}f}"
        if "," in digits or (made >= 1000 and not decimals)
        else f"{made:.{decimals}f}"
    )


def _ordinal(match: re.Match[str]) -> str:
    """`41th` as `41st`."""
    number = int(match[1])
    last = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"
