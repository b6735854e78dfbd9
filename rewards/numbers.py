"""Figures in a text: numbers with currency, scale and percent, dates.

Finds every figure of running text and brings it to one spelling, loosely where people differ without
meaning to (`EUR 212.6 m`, `€212.6m`, `212.6 million euros`), strictly in value and unit. `quantity.py` reads
one answer instead. Knows neither slides nor facts.
"""

__all__ = ["Figure", "figures", "is_digits_of", "is_same"]

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isclose

_SPACE = " \t\n\u00a0\u2009\u202f"
_GROUPED = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"
_SPACED = r"[0-9]{1,3}(?:[\u00a0\u2009\u202f'\u2019][0-9]{3})+(?:[.,][0-9]+)?"
_CONTINENTAL = r"[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]+|(?:\.[0-9]{3}){2,})"
_COMMA = r"[0-9]+,[0-9]{1,2}"
_POINT = r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
_DIGITS = rf"(?:{_CONTINENTAL}|{_GROUPED}|{_SPACED}|{_COMMA}|{_POINT})(?![0-9]|[.,][0-9])"
_CODES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD",
    "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP",
    "¥": "JPY", "jpy": "JPY", "yen": "JPY",
    "chf": "CHF", "sek": "SEK", "nok": "NOK", "dkk": "DKK", "pln": "PLN", "czk": "CZK",
    "inr": "INR", "₹": "INR", "cny": "CNY", "aud": "AUD", "cad": "CAD",
}  # fmt: skip
_SCALES = {
    "thousand": 1e3, "thousands": 1e3, "k": 1e3, "tsd": 1e3,
    "million": 1e6, "millions": 1e6, "m": 1e6, "mn": 1e6, "mln": 1e6, "mio": 1e6,
    "billion": 1e9, "billions": 1e9, "bn": 1e9, "b": 1e9, "mrd": 1e9,
    "trillion": 1e12, "trillions": 1e12, "tn": 1e12,
}  # fmt: skip
_PERCENT = {
    "%": "%", "percent": "%", "per cent": "%", "pct": "%", "‰": "‰",
    "percentage points": "pp", "percentage point": "pp", "%-points": "pp", "% points": "pp",
    "pp": "pp", "ppt": "pp", "p.p.": "pp", "ppts": "pp",
}  # fmt: skip


def _options(spellings: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(spellings, key=len, reverse=True))


_SIGN = r"[+±\-\u2010\u2011\u2012\u2013\u2014\u2212]"
_PRICE = re.compile(
    rf"(?<![\w.,])(?<![^\W\d_][-\u2010\u2011])(?P<sign>{_SIGN})?[{_SPACE}]?"
    rf"(?:(?P<code>{_options(_CODES)})[{_SPACE}]?(?P<inner>{_SIGN})?)?(?P<digits>{_DIGITS})",
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"[{_SPACE}]?(?P<late_unit>{_options(_CODES)})[{_SPACE}]?(?P<late_scale>{_options(_SCALES)})(?![^\W_])"
    rf"|(?:-?[{_SPACE}]?(?P<scale>{_options(_SCALES)})\.?(?![^\W_]))?"
    rf"(?:[{_SPACE}]?(?P<unit>{_options(_PERCENT)}|{_options(_CODES)})(?![^\W_]))?",
    re.IGNORECASE,
)
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_MONTH = rf"(?P<month>{'|'.join(f'{m[:3]}(?:{m[3:]}|{m[3]})?' if len(m) > 3 else m for m in _MONTHS)})\b\.?"
_DAY, _YEAR = r"(?P<day>[0-3]?[0-9])", r"(?P<year>(?:19|20)[0-9]{2})"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_DAY}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR}\b)?",
        rf"\b{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?\b(?![.,]?[0-9%])(?:,?\s+{_YEAR}\b)?",
        rf"\b{_MONTH}\s+{_YEAR}\b",
        rf"(?<![\w.-]){_YEAR}-(?P<number>[01][0-9])-(?P<day>[0-3][0-9])(?![\w-])",
        rf"(?<![\w./]){_DAY}(?P<dot>[./])(?P<number>[01]?[0-9])(?P=dot){_YEAR}(?![\w./])",
    )
)
_CLOCK = re.compile(r"(?<![\w.:])(?P<hour>[0-2]?[0-9]):(?P<minute>[0-5][0-9])(?![\w:])")
_SPELLED = {
    "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0, "nine": 9.0,
    "ten": 10.0, "eleven": 11.0, "twelve": 12.0, "thirteen": 13.0, "fourteen": 14.0, "fifteen": 15.0,
    "sixteen": 16.0, "seventeen": 17.0, "eighteen": 18.0, "nineteen": 19.0, "twenty": 20.0,
}  # fmt: skip
_WORD_NUMBER = re.compile(rf"\b(?:{'|'.join(_SPELLED)})\b(?!-)", re.IGNORECASE)
_RANGE = re.compile(rf"[{_SPACE}]?(?:{_SIGN}|to|and|or)[{_SPACE}]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it stands in a text.

    Args:
        text: as written, sign, currency, scale and unit included.
        start: position of its first character.
        end: position past its last.
        value: in its unit, scale applied, without sign; a date as yyyymmdd (year 0 where none was written).
        unit: "", "%", "pp", "‰", a currency's code, "date", "month", "time", or "year": a bare 1900 to 2099.
        sign: -1 or 1 where one was written, else 0.
        digits: the number as its digits say it, before any scale.
        decimals: how many digits follow the decimal point.
        others: further readings (value, unit): `4.2m` may be metres, the 10 of `10-15%` is a percentage.
        is_word: written as a word, such as `twelve`.
    """

    text: str
    start: int
    end: int
    value: float
    unit: str = ""
    sign: int = 0
    digits: float = 0.0
    decimals: int = 0
    others: tuple[tuple[float, str], ...] = ()
    is_word: bool = False

    @property
    def readings(self) -> tuple[tuple[float, str], ...]:
        """All readings (value, unit), the likeliest first."""
        return ((self.value, self.unit), *self.others)


@lru_cache(maxsize=16_384)
def figures(text: str, *, words: bool = False) -> tuple[Figure, ...]:
    """All figures of a text, in order.

    Digits that belong to a name (`Q3`, `B2B`, `v2.4`) are no figures. A comma is a decimal comma only where
    it cannot part thousands: 8,4 is 8.4, and 8,400 is eight thousand four hundred.

    Args:
        text: running text.
        words: find `two` to `twenty` too.

    >>> [(f.value, f.unit) for f in figures("EUR 212.6 m, up 8,4 % (Q3: -1,240) by 14 March 2026")]
    [(212600000.0, 'EUR'), (8.4, '%'), (1240.0, ''), (20260314.0, 'date')]
    """
    found = _dates(text)
    taken = bytearray(len(text) + 1)
    for figure in found:
        taken[figure.start : figure.end] = b"\1" * (figure.end - figure.start)
    numbers: list[Figure] = []
    for match in _PRICE.finditer(text):
        if not any(taken[match.start("digits") : match.end("digits")]):
            numbers.append(_number(text, match))
    for index in range(len(numbers) - 1):
        first, second = numbers[index : index + 2]
        if not first.unit and second.unit and _RANGE.fullmatch(text[first.end : _digits_start(second, text)]):
            scale = second.value / second.digits if second.digits else 1.0
            others = (*first.others, (first.digits * scale, second.unit))
            numbers[index] = replace(first, others=others)
    found += numbers
    if words:
        for match in _WORD_NUMBER.finditer(text):
            number = _SPELLED[match[0].casefold()]
            found.append(Figure(match[0], match.start(), match.end(), number, digits=number, is_word=True))
    return tuple(sorted(found, key=lambda figure: figure.start))


def is_same(wanted: Figure, found: Figure) -> bool:
    """Whether a figure found says what is wanted: one value in one unit.

    Signs count where both are written: a card may show -4.1% for "fell by 4.1%". A date without its year is
    the date of any year.

    >>> one, other = figures("EUR 212.6 million")[0], figures("€0.2126bn")[0]
    >>> is_same(one, other), is_same(figures("8.4%")[0], figures("8.4")[0])
    (True, False)
    """
    if wanted.sign and found.sign and wanted.sign != found.sign:
        return False
    for value, unit in wanted.readings:
        for other, other_unit in found.readings:
            if unit != other_unit and {unit, other_unit} != {"", "year"}:
                continue
            if isclose(value, other, rel_tol=1e-9):
                return True
            if unit == "date" and min(value, other) < 10_000 and value % 10_000 == other % 10_000:
                return True
    return False


def is_digits_of(wanted: Figure, found: Figure) -> bool:
    """Whether a bare number shows the digits of a figure, as on a chart whose axis names the unit.

    >>> is_digits_of(figures("EUR 212.6 m")[0], figures("212.6")[0])
    True
    """
    bare = found.unit in ("", "year") and found.value == found.digits
    return (
        bare
        and wanted.unit not in ("date", "month", "time")
        and isclose(wanted.digits, found.digits, rel_tol=1e-9)
    )


def _number(text: str, match: re.Match[str]) -> Figure:
    digits, decimals = _read(match["digits"])
    code = _CODES.get((match["code"] or "").casefold(), "")
    after = _after(text, match.end(), priced=bool(code))
    unit = code or after.unit
    value = round(digits * after.scale, 6)
    if (
        not unit
        and after.scale == 1.0
        and not decimals
        and len(match["digits"]) == 4
        and 1900 <= digits < 2100
    ):
        unit = "year"
    start, sign = _signed(text, match)
    others = ((digits, ""),) if after.is_doubtful else ()
    return Figure(text[start : after.end], start, after.end, value, unit, sign, digits, decimals, others)


@dataclass(frozen=True, slots=True)
class _After:
    """What follows a number: scale, unit, and where they end."""

    end: int
    scale: float = 1.0
    unit: str = ""
    is_doubtful: bool = False


def _after(text: str, start: int, *, priced: bool) -> _After:
    found = _AFTER.match(text, start)
    if not found or found.end() == start:
        return _After(start)
    scale_word = (found["scale"] or found["late_scale"] or "").casefold()
    unit_word = (found["unit"] or found["late_unit"] or "").casefold()
    unit = _PERCENT.get(unit_word) or _CODES.get(unit_word, "")
    is_letter = scale_word in ("m", "b") and not priced and unit not in _CODES.values()
    if is_letter and found.start("scale") > start:
        return _After(start)  # 42 m are metres
    return _After(found.end(), _SCALES.get(scale_word, 1.0), unit, is_letter)


def _signed(text: str, match: re.Match[str]) -> tuple[int, int]:
    """Where a number with its sign and currency begins, and its sign; a dash between words is no sign."""
    start = match.start("code") if match["code"] else match.start("digits")
    name = "inner" if match["inner"] else "sign"
    written, at = match[name], match.start(name)
    if not written or (
        name == "sign" and (text[at + 1] in _SPACE or (at and text[at - 1] not in _SPACE + "("))
    ):
        return start, 0
    return min(start, at), {"+": 1, "±": 0}.get(written, -1)


def _read(digits: str) -> tuple[float, int]:
    """A number's value and how many decimals it shows."""
    bare = re.sub("[\u00a0\u2009\u202f'\u2019]", "", digits)
    if re.fullmatch(_CONTINENTAL, bare):
        bare = bare.replace(".", "").replace(",", ".")
    elif re.fullmatch(_COMMA, bare) or ("," in bare and bare != digits and "." not in bare):
        bare = bare.replace(",", ".")
    else:
        bare = bare.replace(",", "")
    return float(bare), len(bare.partition(".")[2])


def _dates(text: str) -> list[Figure]:
    found: list[Figure] = []
    taken = bytearray(len(text) + 1)
    for pattern in _DATES:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            name = groups.get("month")
            if name and not name[0].isupper():
                continue  # the march, she may
            month = _month(name) if name else int(groups["number"])
            day, year = int(groups.get("day") or 0), int(groups.get("year") or 0)
            if any(taken[match.start() : match.end()]) or not 1 <= month <= 12 or day > 31:
                continue
            if groups.get("day") is not None and not day:
                continue
            taken[match.start() : match.end()] = b"\1" * len(match[0])
            value = float(year * 10_000 + month * 100 + day)
            unit = "date" if day else "month"
            is_doubtful = day and not year and name and match.start("month") < match.start("day")
            others = ((float(day), ""),) if is_doubtful else ()  # in "January 24 weeks" no day is meant
            number = float(day or year)
            found.append(
                Figure(match[0], match.start(), match.end(), value, unit, digits=number, others=others)
            )
    for match in _CLOCK.finditer(text):
        minutes = float(int(match["hour"]) * 60 + int(match["minute"]))
        found.append(Figure(match[0], match.start(), match.end(), minutes, "time", digits=minutes))
    return found


def _month(name: str) -> int:
    return 1 + [month[:3] for month in _MONTHS].index(name[:3].casefold())


def _digits_start(figure: Figure, text: str) -> int:
    """Where a figure's digits begin, past sign and currency."""
    start = figure.start
    while start < figure.end and not (text[start].isdigit() or text[start] == "."):
        start += 1
    return start
