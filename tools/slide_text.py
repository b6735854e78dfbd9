"""What an agent sends for a slide: texts, made safe and checked to fit.

Knows no layout: a `SlideMistake` says what is wrong with a text and what to send instead.
"""

__all__ = [
    "BODY_SIZES",
    "SlideMistake",
    "cleaned",
    "escaped",
    "fitted",
    "glued",
    "is_figure",
    "of_number",
    "parts_of",
    "shortened",
    "with_minus",
]

import re
import unicodedata
from collections.abc import Callable, Sequence
from html import escape

from .slide_type import first_that_fits, fitting_part

BODY_SIZES = (28, 26, 24, 22, 20, 18)
SHOWN_CHARS = 40
MINUS = "\u2212"
_HYPHEN_MINUS = re.compile(r"(?<![\w.,)\u2212-])-(?=[$\u20ac\u00a3]?\.?\d)")
_SIGN = "[-+\u2212\u2013]"
_CURRENCY = "(?:[$\u20ac\u00a3\u00a5]|[A-Z]{3}\\b|[~<>\u2248])?"
_NUMBER = re.compile(rf"({_SIGN}?)\s*{_CURRENCY}\s*({_SIGN}?)\s*(\.?\d[\d.,'\u00a0\u202f ]*)")
_UNITS = "trillion|billion|million|thousand|bn|m|k|pp|g|kg|t|mm|cm|km|ha|[kMGT]Wh?"
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_GLUED = re.compile(rf"(?<=\d) (?=(?:{_UNITS}|{_MONTHS})\b|%)|(?<=\b[A-Z]{{3}}) (?=\d)")
MOST_UNIT_CHARS = 14
LARGEST_NUMBER = 1e15


class SlideMistake(ValueError):
    """What is wrong with a layout's title or blocks, and what to send instead; the agent reads it."""


def cleaned(text: str) -> str:
    """A text on one line: white space collapsed, control and direction characters left out.

    >>> cleaned("  two" + chr(10) + "lines" + chr(0))
    'two lines'
    """
    kept = (
        letter
        if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")
        else " " * letter.isspace()
        for letter in text
    )
    return " ".join("".join(kept).split())


def glued(text: str) -> str:
    r"""A text with no-break spaces between a number and its unit or currency, and a day and its month.

    >>> glued("EUR 1.6 million by 15 May 2027, 7 of 9").split(" ")
    ['EUR\xa01.6\xa0million', 'by', '15\xa0May', '2027,', '7', 'of', '9']
    """
    return _GLUED.sub("\u00a0", text)


def escaped(text: str) -> str:
    """A text for HTML."""
    return escape(text)


def with_minus(text: str) -> str:
    """Numbers with a real minus sign.

    >>> with_minus("-3.1% and 2024-25") == chr(0x2212) + "3.1% and 2024-25"
    True
    """
    return _HYPHEN_MINUS.sub(MINUS, text)


def of_number(text: str) -> float | None:
    """The number that a text such as `1,240`, `EUR 8.4 m` or `-3%` begins with; None where it has none.

    >>> of_number("1,240"), of_number("-3.5%"), of_number("EUR 8.4 m"), of_number("few")
    (1240.0, -3.5, 8.4, None)
    """
    found = _NUMBER.match(text.strip())
    if not found:
        return None
    digits = re.sub(r"['\u00a0\u202f ]", "", found[3]).rstrip(".,")
    if "," in digits and "." in digits:
        decimal = max(",.", key=digits.rfind)
        digits = digits.replace("," if decimal == "." else ".", "").replace(decimal, ".")
    elif re.fullmatch(r"\d{1,3}(,\d{3})+", digits):
        digits = digits.replace(",", "")
    else:
        digits = digits.replace(",", ".")
    try:
        size = float(digits)
    except ValueError:
        return None
    if size > LARGEST_NUMBER:
        return None
    return -size if (found[1] or found[2]) not in ("", "+") else size


def is_figure(text: str) -> bool:
    """Whether a text is a number with a short unit at most.

    >>> [is_figure(text) for text in ("8.4%", "EUR 8.4 million", "May 2027", "30 May 2027")]
    [True, True, False, False]
    """
    found = _NUMBER.match(text)
    unit = text[found.end() :] if found else ""
    is_unit = len(unit) <= MOST_UNIT_CHARS and not any(letter.isdigit() for letter in unit)
    return found is not None and is_unit


def parts_of(block: str, most: int) -> list[str]:
    """The parts of `a | b | c`; the last takes the rest."""
    return [part.strip() for part in block.split("|", most - 1)]


def shortened(text: str) -> str:
    """A text quoted for a message."""
    return repr(text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "\u2026")


def fitted(
    texts: Sequence[tuple[str, str]], fits: Callable[[str, int], bool], sizes: Sequence[int] = BODY_SIZES
) -> int:
    """The largest size in which all texts fit.

    Args:
        texts: name for messages, and text.
        fits: whether a text fits in a size, px.
        sizes: from large to small, px.

    Raises:
        SlideMistake: a text does not fit in the smallest; it says how much would.
    """
    size = first_that_fits(sizes, lambda size: all(fits(text, size) for _, text in texts))
    if size is not None:
        return size
    name, text = next((name, text) for name, text in texts if not fits(text, sizes[-1]))
    room = fitting_part(text, lambda part: fits(part, sizes[-1]))
    raise SlideMistake(
        f"{name} does not fit: it has {len(text)} characters, about {room} fit there: {shortened(text)}. "
        "Say it shorter, or spread it over two slides"
    )
