"""Answer keys: which types there are and which fields each takes.

Checked where a key enters (a generator, a question file), so that a typing error in a key is found before
an agent is graded by it.
"""

__all__ = ["KEY_TYPES", "KeyType", "check_key"]

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, TypeGuard, cast

from ..errors import UsageError, did_you_mean
from .moment import read_date, read_time
from .quantity import find_unit, unit_names
from .wording import as_words, is_refusal

DEFAULT_IOU = 0.5
MAX_NUMBER = 1e300

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?")


@dataclass(frozen=True)
class KeyType:
    """The fields of a key of one type, besides `type`.

    Args:
        required: fields that must be there.
        optional: fields that may be there.
        example: a valid key.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...]
    example: Mapping[str, Any]


def _type(required: str, optional: str, **example: object) -> KeyType:
    return KeyType(tuple(required.split()), tuple(optional.split()), example)


KEY_TYPES: Mapping[str, KeyType] = {
    "bbox": _type("value", "iou", type="bbox", value=[10, 20, 110, 70], iou=0.5),
    "choice": _type("value", "options", type="choice", value="B", options=["red", "blue", "green"]),
    "code": _type("value", "dash_insensitive", type="code", value="KX-4471", dash_insensitive=True),
    "date": _type("value", "", type="date", value="2024-03-01"),
    "int": _type("value", "", type="int", value=27),
    "interval": _type("value", "rtol atol unit", type="interval", value=[10, 20], atol=0.5, unit="s"),
    "number": _type("value", "rtol atol unit", type="number", value=3.5, rtol=0.01, unit="km"),
    "set": _type("value", "", type="set", value=["red", "blue"]),
    "text": _type("value", "aliases", type="text", value="bicycle", aliases=["bike"]),
    "time": _type("value", "", type="time", value="14:30"),
    "unanswerable": _type("", "", type="unanswerable"),
    "yesno": _type("value", "", type="yesno", value="yes"),
}


def check_key(key: object) -> None:
    """Refuse a key that no answer could be graded by.

    Raises:
        UsageError: not a mapping, an unknown type, an unknown or missing field, or a value of another kind;
            names the field and, where one is near, what was probably meant.

    >>> check_key({"type": "choice", "value": "B", "options": ["red", "blue"]})
    >>> check_key({"type": "number", "valeu": 3})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    eyesmith.errors.UsageError: answer key: unknown field 'valeu' for type 'number'. Did you mean 'value'? ...
    """
    if not isinstance(key, Mapping):
        raise UsageError(f"an answer key is a mapping such as {_example('choice')}, got {key!r}")
    fields_given = cast("Mapping[str, Any]", key)
    name = fields_given.get("type")
    if not isinstance(name, str) or name not in KEY_TYPES:
        hint = did_you_mean(str(name), KEY_TYPES)
        raise UsageError(f"answer key: unknown type {name!r}.{hint} The types are {', '.join(KEY_TYPES)}.")
    kind = KEY_TYPES[name]
    fields = {"type", *kind.required, *kind.optional}
    for field in fields_given:
        if field not in fields:
            hint = did_you_mean(str(field), fields - set(fields_given))
            raise UsageError(
                f"answer key: unknown field {field!r} for type {name!r}.{hint} Expected e.g. {_example(name)}"
            )
    for field in kind.required:
        if field not in fields_given:
            raise UsageError(
                f"answer key: field {field!r} of type {name!r} is missing. Expected e.g. {_example(name)}"
            )
    fault = _FAULTS[name](fields_given)
    if fault:
        raise UsageError(f"answer key of type {name!r}: {fault}. Expected e.g. {_example(name)}")


def _example(name: str) -> str:
    return repr(dict(KEY_TYPES[name].example))


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, (list, tuple))


def _is_number(value: object) -> bool:
    return (
        isinstance(value, (int, float)) and not isinstance(value, bool) and -MAX_NUMBER <= value <= MAX_NUMBER
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and as_words(value) != ""


def _choice(key: Mapping[str, Any]) -> str:
    value, options = key["value"], key.get("options")
    if not isinstance(value, str) or len(value) != 1 or value not in ascii_uppercase:
        return f"value is the capital letter of an option, got {value!r}"
    if options is None and "options" not in key:
        return ""
    if not _is_list(options) or not 2 <= len(options) <= 26 or not all(map(_is_text, options)):
        return f"options are a list of 2 to 26 texts, got {options!r}"
    last = ascii_uppercase[len(options) - 1]
    return "" if value <= last else f"value {value!r} is past the last option, {last!r}"


def _code(key: Mapping[str, Any]) -> str:
    if not isinstance(key.get("dash_insensitive", False), bool):
        return f"dash_insensitive is true or false, got {key['dash_insensitive']!r}"
    value = key["value"]
    good = isinstance(value, str) and any(c.isalnum() for c in value)
    return "" if good else f"value is a text with letters or digits, got {value!r}"


def _int(key: Mapping[str, Any]) -> str:
    value = key["value"]
    good = isinstance(value, int) and not isinstance(value, bool)
    return "" if good else f"value is an integer, got {value!r}"


def _tolerances(key: Mapping[str, Any]) -> str:
    for field in ("rtol", "atol"):
        level = key.get(field, 0.0)
        if not _is_number(level) or level < 0:
            return f"{field} is a number of at least 0, got {level!r}"
    if "unit" not in key:
        return ""
    unit = key["unit"]
    if isinstance(unit, str) and find_unit(unit):
        return ""
    hint = did_you_mean(str(unit), unit_names())
    return f"unit {unit!r} is not in the table.{hint} Leave `unit` out for a bare number"


def _number(key: Mapping[str, Any]) -> str:
    value = key["value"]
    return _tolerances(key) if _is_number(value) else f"value is a finite number, got {value!r}"


def _interval(key: Mapping[str, Any]) -> str:
    value = key["value"]
    good = _is_list(value) and len(value) == 2 and all(map(_is_number, value))
    if not good or value[0] > value[1]:
        return f"value is [low, high] with low <= high, got {value!r}"
    return _tolerances(key)


def _date(key: Mapping[str, Any]) -> str:
    value = key["value"]
    good = isinstance(value, str) and _ISO_DATE.fullmatch(value) and read_date(value)
    return "" if good else f"value is a date as YYYY-MM-DD, got {value!r}"


def _time(key: Mapping[str, Any]) -> str:
    value = key["value"]
    good = isinstance(value, str) and _ISO_TIME.fullmatch(value) and read_time(value)
    return "" if good else f"value is a time of day as HH:MM or HH:MM:SS, got {value!r}"


def _set(key: Mapping[str, Any]) -> str:
    value = key["value"]
    if not _is_list(value) or not value or not all(map(_is_text, value)):
        return f"value is a list of texts, got {value!r}"
    if any(mark in item for item in value for mark in ",;"):
        return f"an item cannot hold a comma or a semicolon, which separate items, got {value!r}"
    return "" if len(set(map(as_words, value))) == len(value) else f"value names an item twice: {value!r}"


def _text(key: Mapping[str, Any]) -> str:
    value, aliases = key["value"], key.get("aliases", ())
    if not _is_list(aliases):
        return f"aliases are a list of texts, got {aliases!r}"
    for text in (value, *aliases):
        if not _is_text(text):
            return f"value and aliases are texts with at least one word, got {text!r}"
        if is_refusal(text):
            return (
                f"{text!r} says that there is no answer; use 'unanswerable', or 'choice' with it as an option"
            )
    return ""


def _yesno(key: Mapping[str, Any]) -> str:
    value = key["value"]
    good = isinstance(value, bool) or value in ("yes", "no")
    return "" if good else f"value is 'yes' or 'no', got {value!r}"


def _bbox(key: Mapping[str, Any]) -> str:
    value, iou = key["value"], key.get("iou", DEFAULT_IOU)
    good = _is_list(value) and len(value) == 4 and all(map(_is_number, value))
    if not good or value[0] >= value[2] or value[1] >= value[3]:
        return f"value is [x0, y0, x1, y1] with x0 < x1 and y0 < y1, got {value!r}"
    return "" if _is_number(iou) and 0 < iou <= 1 else f"iou is over 0 and at most 1, got {iou!r}"


def _unanswerable(key: Mapping[str, Any]) -> str:
    return ""


_FAULTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
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
