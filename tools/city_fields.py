"""Values of a city program's JSON, read one by one, or a named fault.

Strict as the tools' own arguments are: 1.0 is no integer, true is no number, NaN lies in no range.
"""

__all__ = [
    "FieldFault",
    "check_keys",
    "choice",
    "fail",
    "floors",
    "integer",
    "name",
    "number",
    "roof",
    "text",
    "without_null",
]

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, NoReturn, cast

from ..errors import did_you_mean
from .city_parts import MAX_FLOORS, ROOF_HEIGHT_M, ROOF_SHAPES, Roof, RoofShape
from .city_problems import Problem
from .schema import shown

NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
NAME_HINT = "use 1 to 40 letters, digits, '_', '-' or '.'"


class FieldFault(Exception):
    """A fault on its way to the list of problems; never leaves the parser."""

    def problem(self, where: str) -> Problem:
        """The problem of what stands at a JSON pointer."""
        code, rest, message, hint = self.args
        return Problem(code, where + rest, message, hint)


def fail(code: str, rest: str, message: str, hint: str) -> NoReturn:
    """Raise a fault.

    Args:
        code: a key of FAULTS.
        rest: what follows in the JSON pointer, such as `/roof/height`.
        message: what came.
        hint: what to send instead.
    """
    raise FieldFault(code, rest, message, hint)


def check_keys(item: object, known: Collection[str], required: Sequence[str], noun: str) -> dict[str, Any]:
    """The item as an object whose keys are known and of which none is missing."""
    if type(item) is not dict:
        fail(
            "wrong_type",
            "",
            f"{noun} is {shown(item)}",
            f"send an object with {', '.join(required or known)}",
        )
    for key in item:
        if key not in known:
            hint = f"{noun} has the keys {', '.join(known)}.{did_you_mean(key, known)}"
            fail("unknown_key", "", f"the key {shown(key)} is not known", hint)
    for key in required:
        if key not in item:
            fail("missing_key", "", f"the key '{key}' is missing", f"{noun} has {', '.join(required)}")
    return item


def name(value: object, rest: str) -> str:
    """An id or a name."""
    if type(value) is not str or not NAME.fullmatch(value):
        fail("bad_id", rest, f"the name is {shown(value)}", NAME_HINT)
    return value


def choice(value: object, choices: Collection[str], code: str, rest: str) -> str:
    """One of some words; `code` is the fault of any other."""
    if type(value) is not str or value not in choices:
        meant = did_you_mean(value, choices) if type(value) is str else ""
        fail(code, rest, f"the value is {shown(value)}", f"use one of {', '.join(choices)}.{meant}")
    return value


def text(value: object, rest: str, *, most: int) -> str:
    """A text of at most some characters."""
    if type(value) is not str:
        fail("wrong_type", rest, f"the value is {shown(value)}", "send a text")
    if len(value) > most:
        fail("text_too_long", rest, f"the text has {len(value)} characters", f"send at most {most}")
    return value


def number(value: object, rest: str, bounds: tuple[float, float]) -> float:
    """A finite number of metres within bounds, both allowed."""
    low, high = bounds
    if type(value) is float and low <= value <= high:
        return value
    hint = f"send a number of metres from {low:g} to {high:g}"
    if not isinstance(value, (int, float)) or type(value) is bool:
        fail("wrong_type", rest, f"the value is {shown(value)}", hint)
    if type(value) is float and not isfinite(value):
        fail("not_finite", rest, f"the value is {shown(value)}", hint)
    if not low <= value <= high:
        fail("out_of_range", rest, f"the value is {shown(value)}", hint)
    return float(value)


def integer(value: object, rest: str, bounds: tuple[int, int]) -> int:
    """An integer within bounds, both allowed."""
    low, high = bounds
    hint = f"send an integer from {low} to {high}"
    if not isinstance(value, int) or type(value) is bool:
        fail("wrong_type", rest, f"the value is {shown(value)}", hint)
    if not low <= value <= high:
        fail("out_of_range", rest, f"the value is {shown(value)}", hint)
    return value


def floors(item: Mapping[str, Any], rest: str = "/floor_count") -> int:
    """The floor_count of a building."""
    value = item.get("floor_count")
    if type(value) is int and 1 <= value <= MAX_FLOORS:
        return value
    hint = f"send an integer from 1 to {MAX_FLOORS}"
    if value is None:
        fail("floor_count_missing", "", f"a building of type {item['type']} has no floor_count", hint)
    if type(value) is not int:
        fail("floor_count_not_integer", rest, f"floor_count is {shown(value)}", hint)
    fail("floor_count_out_of_range", rest, f"floor_count is {shown(value)}", hint)


def roof(value: object, rest: str = "/roof") -> Roof:
    """A roof: its shape, and a height that fits it."""
    try:
        item = check_keys(value, ("shape", "height"), (), "a roof")
        shape = choice(item.get("shape", "flat"), ROOF_SHAPES, "unknown_roof", "/shape")
        return _roof_of(shape, number(item.get("height", 0.0), "/height", ROOF_HEIGHT_M))
    except FieldFault as fault:
        code, inner, message, hint = fault.args
        raise FieldFault(code, rest + inner, message, hint) from None


@lru_cache(maxsize=1024)
def _roof_of(shape: str, height: float) -> Roof:
    if (shape == "flat") != (height == 0.0):
        hint = "a flat roof has height 0, every other shape a height above 0"
        fail("roof_height", "/height", f"a {shape} roof of height {height:g} m", hint)
    return Roof(cast(RoofShape, shape), height)


def without_null(item: Mapping[str, Any]) -> dict[str, Any]:
    """The object without the keys whose value is null: null says that a key is left out."""
    return {key: value for key, value in item.items() if value is not None}
