"""Whether an answer is right: a typed matcher without guessing.

An answer is one value of the key's type, written the way a person would, and nothing else: a list of
candidates, a sentence, tags or typed tool output are no answer. General matchers take 12:30 for 12:45 or
a list of all options for the right one; every such case of theirs is a test of this one.
"""

__all__ = ["KEY_TYPES", "MAX_ANSWER_CHARS", "check_key", "match"]

import re
from collections.abc import Callable, Mapping
from string import ascii_uppercase
from typing import Any

from .answer_key import DEFAULT_IOU, KEY_TYPES, check_key
from .moment import read_date, read_time
from .quantity import Quantity, Unit, find_unit, read_integer, read_pair, read_quantity
from .score import Score
from .wording import as_words, is_refusal, plain

MAX_ANSWER_CHARS = 64
MAX_LETTER_CHARS = 4  # "(B) " before an option's text
FLOAT_SLACK = 1e-9

_MARKUP = re.compile(r"<\s*[/|!?a-z]|[|/]\s*>|```|\[/?inst|tool_(?:call|response|result)", re.IGNORECASE)
_SEVERAL = re.compile(r"\bor\b|\band\b|[,;/|]|\b[a-h]\b.*\b[a-h]\b", re.IGNORECASE)
_LETTER = re.compile(r"(?:\(([A-Za-z])\)|([A-Za-z])\)?)[.:]?")
_LETTER_AND_TEXT = re.compile(r"(?:\(([A-Za-z])\)[.:]?|([A-Za-z])[.:)])\s*(\S.*)|([A-Za-z]) (\S.*)")
_NUMBERS = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
_BOX = re.compile(rf"(?:{_NUMBERS.pattern}(?:\s*,\s*|\s+)){{3}}{_NUMBERS.pattern}")
_YES, _NO = frozenset({"yes", "y", "true"}), frozenset({"no", "n", "false"})


def match(given: str, key: Mapping[str, Any]) -> Score:
    """Whether an answer is the key's, by the rules of the key's type.

    Formula: 1[given is the key's value]. No text raises, whatever it holds. An empty answer, one of over
    64 characters (more only where the key's own text is longer), markup and several candidates score 0;
    so does a refusal, unless the key is `unanswerable` or the refusal is the right option of a choice.

    Types: `choice` (letter, option text, or both when they agree), `code` (exact but for case and spaces),
    `int` (no unit), `number` and `interval` (tolerances; a unit may be left out or converted), `date`,
    `time`, `set` (any order), `text` (or an alias), `yesno`, `bbox` (IoU), `unanswerable`.

    Args:
        given: what the agent answered.
        key: `{"type": ..., ...}` as in `KEY_TYPES`.

    Raises:
        UsageError: the key is broken (see `check_key`).

    >>> match("(b)", {"type": "choice", "value": "B", "options": ["red", "blue"]}).value
    1.0
    >>> match("0042", {"type": "code", "value": "42"}).value
    0.0
    >>> match("2.5 km", {"type": "number", "value": 2500, "unit": "m"}).value
    1.0
    """
    check_key(key)
    stripped = given.strip()
    if len(stripped) > _max_chars(key):
        return Score(0.0, why=f"an answer of over {_max_chars(key)} characters is no answer")
    text = plain(stripped)
    if not text:
        return Score(0.0, why="empty answer")
    if _MARKUP.search(text):
        return Score(0.0, why=f"markup or tool output is no answer: {text!r}")
    name = key["type"]
    bare = _unwrapped(text)
    fault = _FAULTS[name](bare, key)
    if not fault:
        return Score(1.0, why=f"{text!r} is the {name} asked for")
    several = " (several candidates are no answer)" if name != "set" and _SEVERAL.search(text) else ""
    refused = " (a refusal, but there is an answer)" if name != "unanswerable" and is_refusal(text) else ""
    return Score(0.0, why=f"{text!r}: {fault}{several or refused}")


def _max_chars(key: Mapping[str, Any]) -> int:
    longest = 0
    if key["type"] == "choice":
        longest = max((len(option) + MAX_LETTER_CHARS for option in key.get("options", ())), default=0)
    elif key["type"] == "set":
        longest = sum(len(item) + len(", and ") for item in key["value"])
    elif key["type"] in ("text", "code"):
        longest = max(len(text) for text in (key["value"], *key.get("aliases", ())))
    return max(MAX_ANSWER_CHARS, longest)


def _unwrapped(text: str) -> str:
    """Without one full stop and one pair of quotes around it."""
    bare = text.removesuffix(".") if len(text) > 1 else text
    if len(bare) > 2 and bare[0] == bare[-1] and bare[0] in "\"'`":
        bare = bare[1:-1].strip()
    return bare


def _choice(text: str, key: Mapping[str, Any]) -> str:
    options = [
        _option(option, letter)
        for option, letter in zip(key.get("options", ()), ascii_uppercase, strict=False)
    ]
    chosen = _chosen(text, options)
    if len(chosen) != 1:
        return "several options read like that" if chosen else "neither one letter nor one option's text"
    letter = ascii_uppercase[chosen[0]]
    return "" if letter == key["value"] else f"the key is {key['value']}, the answer {letter}"


def _chosen(text: str, options: list[str]) -> list[int]:
    """Indices of the options that an answer names: one, unless it is no option or ambiguous."""
    count = len(options) or len(ascii_uppercase)
    if alone := _LETTER.fullmatch(text):
        index = ascii_uppercase.index((alone[1] or alone[2]).upper())
        return [index] if index < count else []
    folded = _option(text, "")
    named = [i for i, option in enumerate(options) if option == folded]
    if named:
        return named
    if both := _LETTER_AND_TEXT.fullmatch(text):
        index = ascii_uppercase.index((both[1] or both[2] or both[4]).upper())
        rest = _option(both[3] or both[5], "")
        return [index] if index < len(options) and options[index] == rest else []
    return []


def _option(text: str, letter: str) -> str:
    """An option's text as it is compared; its own letter in front of it is dropped."""
    bare = plain(text)
    if letter:
        bare = re.sub(rf"^(?:\({letter}\)|{letter}[.:)])\s*(?=\S)", "", bare)
    return _unwrapped(bare).casefold()


def _code(text: str, key: Mapping[str, Any]) -> str:
    drop = "- " if key.get("dash_insensitive", False) else " "
    wanted, got = (
        plain(code).upper().translate(dict.fromkeys(map(ord, drop))) for code in (key["value"], text)
    )
    return "" if got in (wanted, wanted.removesuffix(".")) else f"the key is {key['value']!r}"


def _int(text: str, key: Mapping[str, Any]) -> str:
    number = read_integer(text)
    if number is None:
        return "not one whole number without a unit"
    return "" if number == key["value"] else f"the key is {key['value']}"


def _number(text: str, key: Mapping[str, Any]) -> str:
    quantity = read_quantity(text)
    if quantity is None:
        return "not one number, or its unit is unknown"
    return _off(quantity, key["value"], key)


def _interval(text: str, key: Mapping[str, Any]) -> str:
    pair = read_pair(text)
    if pair is None:
        return "not one range of two numbers"
    return _off(pair[0], key["value"][0], key) or _off(pair[1], key["value"][1], key)


def _off(quantity: Quantity, wanted: float, key: Mapping[str, Any]) -> str:
    unit: Unit | None = find_unit(key["unit"]) if "unit" in key else None
    got = quantity.within(unit)
    if got is None:
        return f"the key has {'the unit ' + unit.name if unit else 'no unit'}"
    slack = FLOAT_SLACK if unit and unit.dimension == "temperature" else FLOAT_SLACK * abs(wanted)
    allowed = max(key.get("rtol", 0.0) * abs(wanted), key.get("atol", 0.0)) + slack
    return "" if abs(got - wanted) <= allowed else f"{got:g} is not within {allowed:.3g} of {wanted:g}"


def _date(text: str, key: Mapping[str, Any]) -> str:
    found = read_date(text)
    if found is None:
        return "not one whole date that can be read in one way only"
    return "" if found == read_date(key["value"]) else f"the key is {key['value']}"


def _time(text: str, key: Mapping[str, Any]) -> str:
    found = read_time(text)
    if found is None:
        return "not one time of day"
    return "" if found == read_time(key["value"]) else f"the key is {key['value']}"


def _set(text: str, key: Mapping[str, Any]) -> str:
    wanted = sorted(map(as_words, key["value"]))
    for separator in (r"[,;]\s*(?:and\b)?", r"[,;]\s*(?:and\b)?|\band\b"):  # an item may hold an "and"
        if sorted(as_words(item) for item in re.split(separator, text, flags=re.IGNORECASE)) == wanted:
            return ""
    return f"the key is {', '.join(key['value'])}"


def _text(text: str, key: Mapping[str, Any]) -> str:
    accepted = {as_words(wanted) for wanted in (key["value"], *key.get("aliases", ()))}
    return "" if as_words(text) in accepted else f"the key is {key['value']!r}"


def _yesno(text: str, key: Mapping[str, Any]) -> str:
    word = as_words(text)
    if word not in _YES | _NO:
        return "neither yes nor no"
    return "" if (word in _YES) == (key["value"] in ("yes", True)) else "the other is right"


def _bbox(text: str, key: Mapping[str, Any]) -> str:
    inside = text[1:-1].strip() if (text[0], text[-1]) in (("[", "]"), ("(", ")")) else text
    if not _BOX.fullmatch(inside):
        return "not four numbers x0, y0, x1, y1"
    x0, y0, x1, y1 = (float(number) for number in _NUMBERS.findall(inside))
    if x0 >= x1 or y0 >= y1:
        return "a box has x0 < x1 and y0 < y1"
    a0, b0, a1, b1 = key["value"]
    shared = max(0.0, min(x1, a1) - max(x0, a0)) * max(0.0, min(y1, b1) - max(y0, b0))
    iou = shared / ((x1 - x0) * (y1 - y0) + (a1 - a0) * (b1 - b0) - shared)
    least = key.get("iou", DEFAULT_IOU)
    return "" if iou >= least else f"IoU {iou:.2f} is under {least:g}"


def _unanswerable(text: str, key: Mapping[str, Any]) -> str:
    return "" if is_refusal(text) else "the question has no answer in the picture"


_FAULTS: Mapping[str, Callable[[str, Mapping[str, Any]], str]] = {
    "bbox": _bbox,
    "choice": _choice,
    "code": _code,
    "date": _date,
    "int": _int,
    "interval": _interval,
    "number": _number,
    "set": _set,
    "text": _text,
    "time": _time,
    "unanswerable": _unanswerable,
    "yesno": _yesno,
}
