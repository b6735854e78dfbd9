"""Dates and times of day as a person writes them, read strictly.

A date whose day and month could be exchanged (03/04/2024) is no date: nothing is guessed.
"""

__all__ = ["read_date", "read_time"]

import re
from datetime import date, time

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENDINGS = ("uary", "ruary", "ch", "il", "", "e", "y", "ust", "tember", "ober", "ember", "ember")
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_NAME, _YEAR = r"(?P<name>[a-z]{3,9})\.?", r"(?P<year>[0-9]{4})"
_NAMED = (
    re.compile(rf"{_DAY}\s+(?:of\s+)?{_NAME},?\s+{_YEAR}", re.IGNORECASE),
    re.compile(rf"{_DAY}-{_NAME}-{_YEAR}", re.IGNORECASE),
    re.compile(rf"{_NAME}\s+{_DAY},?\s+{_YEAR}", re.IGNORECASE),
)
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
_CLOCK_24 = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_CLOCK_12 = re.compile(r"([0-9]{1,2})(?::([0-9]{2})(?::([0-9]{2}))?)?\s*([ap])\.?\s?m\.?", re.IGNORECASE)


def read_date(text: str) -> date | None:
    """A whole date: 2024-03-01, 1 March 2024, Mar 1, 2024, 01.03.2024, 25/03/2024; anything else is None.

    Dots mean day first. With slashes or dashes the day must be over 12, or equal to the month.

    >>> read_date("March 1st, 2024"), read_date("2024"), read_date("03/04/2024")
    (datetime.date(2024, 3, 1), None, None)
    """
    for pattern in _NAMED:
        if found := pattern.fullmatch(text):
            month = _month(found["name"].lower())
            return _date(found["year"], month, found["day"]) if month else None
    if found := _YEAR_FIRST.fullmatch(text):
        return _date(found[1], found[3], found[4])
    if found := _YEAR_LAST.fullmatch(text):
        first, second = int(found[1]), int(found[3])
        if found[2] == "." or first > 12 or first == second:
            return _date(found[4], second, first)
        return _date(found[4], first, second) if second > 12 else None
    return None


def read_time(text: str) -> time | None:
    """A time of day, 24 h (14:30, 14:30:05) or with am/pm (2:30 pm, 2 p.m.); anything else is None.

    >>> read_time("2:30 p.m."), read_time("14:30"), read_time("14:30 pm"), read_time("14")
    (datetime.time(14, 30), datetime.time(14, 30), None, None)
    """
    if found := _CLOCK_24.fullmatch(text):
        return _time(int(found[1]), found[2], found[3])
    found = _CLOCK_12.fullmatch(text)
    if not found or not 1 <= int(found[1]) <= 12:
        return None
    return _time(int(found[1]) % 12 + (12 if found[4] in "pP" else 0), found[2], found[3])


def _month(name: str) -> int | None:
    short = "sep" if name == "sept" else name
    pairs = zip(_MONTHS, _ENDINGS, strict=True)
    return next((i for i, (start, ending) in enumerate(pairs, 1) if short in (start, start + ending)), None)


def _date(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _time(hour: int, minute: str | None, second: str | None) -> time | None:
    try:
        return time(hour, int(minute or 0), int(second or 0))
    except ValueError:
        return None
