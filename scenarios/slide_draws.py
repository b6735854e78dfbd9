"""Draws of a generated brief: names, dates, periods, amounts that agree.

Knows no field and no sentence. Amounts are kept as whole numbers of the smallest digit shown, so that sums
and growth rates hold for the figures as they are printed.
"""

__all__ = ["Amount", "Draws", "Period", "percent"]

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, log
from typing import Any, TypeVar

import numpy as np

from ..errors import ScenarioError

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
CURRENCIES = ("£", "EUR ", "$")
FIRST_YEAR, LAST_YEAR = 2024, 2028
MAX_REDRAWS = 3_000
HOLIDAYS = ((1, 1), (12, 25), (12, 26))
_HEADS = ("Pell", "Marrow", "Gars", "Thorl", "Eskel", "Brack", "Caldo", "Fenna", "Holl", "Kerro", "Lorm",
          "Melk", "Ordle", "Pendra", "Ravel", "Selm", "Tarn", "Ulver", "Wend", "Yarr")  # fmt: skip
_TAILS = ("worth", "gate", "by", "lea", "brook", "mere", "wick", "stow", "combe", "holt", "hurst", "ridge",
          "thorpe", "moor")  # fmt: skip
FIRM_HEADS = ("Kel", "Brom", "Dax", "Vol", "Trem", "Quar", "Ost", "Jav", "Lund", "Zeph")
FIRM_TAILS = ("imat", "orex", "anta", "ovia", "elin", "undo")
REGIONS = ("north", "south", "east", "west", "north-east", "north-west", "south-east", "south-west")

T = TypeVar("T")


@dataclass(frozen=True)
class Amount:
    """A number as it is shown: `58.1` is 581 tenths."""

    units: int
    """How many of its last digit."""
    decimals: int
    """Digits after the point."""
    before: str = ""
    """What stands before the digits: `£`."""
    after: str = ""
    """What stands behind them: ` million`."""

    @property
    def value(self) -> float:
        """The number that its digits say."""
        return round(self.units / 10**self.decimals, self.decimals)

    @property
    def digits(self) -> str:
        """Digits alone, thousands parted."""
        return f"{self.value:,.{self.decimals}f}"

    def __str__(self) -> str:
        return f"{self.before}{self.digits}{self.after}"

    def of(self, units: int) -> "Amount":
        """Another number shown the same way."""
        return Amount(units, self.decimals, self.before, self.after)


def percent(part: float, whole: float) -> str:
    """A share in percent with one decimal.

    >>> percent(1, 8)
    '12.5%'
    """
    return f"{100 * part / whole:.1f}%"


@dataclass(frozen=True)
class Period:
    """A time that is reported on."""

    label: str
    """`Q3 2026`."""
    before: str
    """The same time a year earlier: `Q3 2025`."""
    parts: tuple[str, ...]
    """Its months or quarters."""
    first: date
    """Its first day."""
    last: date
    """Its last day."""

    @classmethod
    def quarter(cls, year: int, number: int) -> "Period":
        """Quarter 1 to 4 of a year."""
        first = 3 * number - 2
        return cls(
            f"Q{number} {year}",
            f"Q{number} {year - 1}",
            MONTHS[first - 1 : first + 2],
            *_span(year, first, 3),
        )

    @classmethod
    def half(cls, year: int, number: int) -> "Period":
        """Half 1 or 2 of a year."""
        first = 6 * number - 5
        name = f"{MONTHS[first - 1]} to {MONTHS[first + 4]}"
        months = MONTHS[first - 1 : first + 5]
        return cls(f"{name} {year}", f"{name} {year - 1}", months, *_span(year, first, 6))

    @classmethod
    def year(cls, year: int) -> "Period":
        """A whole year."""
        return cls(str(year), str(year - 1), ("Q1", "Q2", "Q3", "Q4"), *_span(year, 1, 12))

    @property
    def earlier(self) -> "Period":
        """The same time a year earlier."""
        first, last = (
            day.replace(year=day.year - 1, day=min(day.day, 28)) for day in (self.first, self.last)
        )
        older = self.before.replace(str(first.year), str(first.year - 1))
        return Period(self.before, older, self.parts, first, last)


class Draws:
    """Random choices of one brief; no value is drawn twice.

    Args:
        rng: random source.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.currency = self.pick(CURRENCIES)
        self._taken: set[str] = set()
        self._names: set[str] = set()
        self._redraws = 0
        self._drawn: Counter[Any] = Counter()

    def pick(self, choices: Sequence[T]) -> T:
        """One of some."""
        return choices[int(self.rng.integers(len(choices)))]

    def fresh(self, choices: Sequence[T]) -> T:
        """One of some that was drawn least often by this method."""
        fewest = min(self._drawn[choice] for choice in choices)
        choice = self.pick([choice for choice in choices if self._drawn[choice] == fewest])
        self._drawn[choice] += 1
        return choice

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        """Several different ones in random order."""
        return [choices[i] for i in self.rng.permutation(len(choices))[:count].tolist()]

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high."""
        return int(self.rng.integers(low, high + 1))

    def between(self, low: float, high: float) -> float:
        """A number in a range."""
        return float(self.rng.uniform(low, high))

    def size(self, low: float, high: float) -> float:
        """A number in a range, every order of magnitude as likely."""
        return exp(self.between(log(low), log(high)))

    def flip(self, share: float = 0.5) -> bool:
        """True in a share of the cases."""
        return float(self.rng.random()) < share

    def again(self) -> None:
        """Count a draw that did not fit.

        Raises:
            ScenarioError: too many did not.
        """
        self._redraws += 1
        if self._redraws > MAX_REDRAWS:
            raise ScenarioError(f"{MAX_REDRAWS} draws for one brief did not fit")

    def take(self, *texts: str) -> bool:
        """Whether none of some values was taken before; then they are from now on."""
        if any(text in self._taken for text in texts):
            return False
        self._taken.update(texts)
        return True

    def place(self) -> str:
        """An invented place, another one each time."""
        return self._name(_HEADS, _TAILS)

    def firm(self) -> str:
        """An invented firm, another one each time."""
        return self._name(FIRM_HEADS, FIRM_TAILS)

    def region(self) -> str:
        """A point of the compass."""
        return self.pick(REGIONS)

    def period(self) -> Period:
        """A quarter, a half or a year."""
        year = self.whole(FIRST_YEAR, LAST_YEAR)
        kind = self.whole(0, 3)
        if kind < 2:
            return Period.quarter(year, self.whole(1, 4))
        return Period.half(year, self.whole(1, 2)) if kind == 2 else Period.year(year)

    def day(self, first: date, last: date) -> str:
        """A working day not taken before: `14 March 2026`."""
        while True:
            day = first + timedelta(days=self.whole(0, max(0, (last - first).days)))
            text = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
            if day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS and self.take(text):
                return text
            self.again()

    def money(self, millions: float) -> Amount:
        """An amount in the brief's currency, in millions, or in thousands where it is small."""
        if millions < 0.95:
            thousands = max(1, round(millions * 1000 / (5 if millions > 0.1 else 1)))
            return Amount(thousands * (5 if millions > 0.1 else 1) * 1000, 0, self.currency)
        decimals = 2 if millions < 3 else 1
        return Amount(round(millions * 10**decimals), decimals, self.currency, " million")

    def currency_amount(self, whole: int) -> Amount:
        """A price in the brief's currency, without cents."""
        return Amount(whole, 0, self.currency)

    def _name(self, heads: Sequence[str], tails: Sequence[str]) -> str:
        name = ""
        while True:
            name = self.pick(heads) + self.pick(tails)
            if name not in self._names:
                break
            self.again()
        self._names.add(name)
        return name


def _span(year: int, month: int, months: int) -> tuple[date, date]:
    end = month + months
    after = date(year + (end > 12), end - 12 if end > 12 else end, 1)
    return date(year, month, 1), after - timedelta(days=1)
