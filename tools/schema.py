"""Type hints to JSON schema, and a strict validator for it.

Strict where JSON schema is lax: 1.0 is no integer, True is no number, NaN lies in no range. Every message is
our own, so that an observation never depends on a library's wording or version. Knows nothing of tools.
"""

__all__ = ["Between", "Length", "Problem", "compile_schema", "describe_bounds", "schema_of", "shown"]

import json
import types
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ..errors import UsageError

MAX_SHOWN_CHARS = 60

Check = Callable[[Any], Any]


@dataclass(frozen=True)
class Between:
    """Inclusive bounds of a number: `Annotated[float, Between(0, 1)]`."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Length:
    """Bounds of a text's characters or a list's items: `Annotated[str, Length(1, 80)]`."""

    low: int | None = None
    high: int | None = None


class Problem(Exception):
    """What is wrong with a value; never leaves the validator's caller."""


def schema_of(hint: Any) -> dict[str, Any]:
    """JSON schema of a type hint.

    Admits int, float, bool, str, Literal, list[X], fixed tuple[X, ...], X | None and Annotated with bounds.

    Raises:
        UsageError: any other hint.

    >>> schema_of(tuple[float, float])
    {'type': 'array', 'items': {'type': 'number'}, 'minItems': 2, 'maxItems': 2}
    >>> schema_of(Annotated[int, Between(1, 5)] | None)
    {'anyOf': [{'type': 'integer', 'minimum': 1, 'maximum': 5}, {'type': 'null'}]}
    """
    scalars = {int: "integer", float: "number", bool: "boolean", str: "string"}
    origin, args = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and hint in scalars:
        return {"type": scalars[hint]}
    if origin is Annotated:
        return _bounded(schema_of(args[0]), args[1:])
    if origin is Literal:
        return _enum(args)
    if origin is list and len(args) == 1:
        return {"type": "array", "items": schema_of(args[0])}
    if origin is tuple and args and Ellipsis not in args:
        return _fixed([schema_of(arg) for arg in args])
    if origin in (Union, types.UnionType) and len(args) == 2 and type(None) in args:
        inner = next(arg for arg in args if arg is not type(None))
        return {"anyOf": [schema_of(inner), {"type": "null"}]}
    raise UsageError(
        f"a tool's parameter cannot be {hint!r}: use int, float, bool, str, Literal, list, a fixed tuple, "
        "X | None, or Annotated with Between or Length"
    )


def describe_bounds(schema: dict[str, Any]) -> str:
    """Bounds, lengths and default as words, because some renderings keep only the description.

    >>> describe_bounds({"type": "number", "minimum": 0, "maximum": 1, "default": 0.5})
    'from 0 to 1; default 0.5'
    """
    words = [_words(schema)]
    if "default" in schema:
        words.append(f"default {json.dumps(schema['default'])}")
    return "; ".join(word for word in words if word)


def compile_schema(schema: dict[str, Any]) -> Check:
    """A function that returns the cleaned value or raises Problem with what to send instead.

    Integers given for numbers become floats; absent optional properties take their default.
    """
    if "anyOf" in schema:
        return _check_optional(compile_schema(schema["anyOf"][0]))
    if "enum" in schema:
        return _check_enum(schema["enum"])
    kind = schema["type"]
    if kind == "object":
        return _check_object(schema)
    if kind == "array":
        return _check_array(schema)
    if kind in ("integer", "number"):
        return _check_number(schema)
    if kind == "string":
        return _check_string(schema)
    return _check_boolean


def shown(value: Any) -> str:
    """A value as short JSON for an error text.

    >>> shown(float("nan")), shown("a" * 100)[-4:]
    ('NaN', 'aaa…')
    """
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        return "an integer of over 70 digits"
    if isinstance(value, (list, tuple, dict)) and len(value) > 20:
        kind = "an object" if isinstance(value, dict) else "a list"
        return f"{kind} of {len(value)} items"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= MAX_SHOWN_CHARS else text[: MAX_SHOWN_CHARS - 1] + "…"


def _bounded(schema: dict[str, Any], notes: tuple[Any, ...]) -> dict[str, Any]:
    keys = {
        ("integer", Between): ("minimum", "maximum"),
        ("number", Between): ("minimum", "maximum"),
        ("string", Length): ("minLength", "maxLength"),
        ("array", Length): ("minItems", "maxItems"),
    }
    for note in notes:
        names = keys.get((schema.get("type", ""), type(note)))
        if names is None:
            raise UsageError(f"{note!r} does not fit {schema}")
        schema |= {
            name: bound for name, bound in zip(names, (note.low, note.high), strict=True) if bound is not None
        }
    return schema


def _enum(values: tuple[Any, ...]) -> dict[str, Any]:
    if all(isinstance(value, str) for value in values):
        return {"type": "string", "enum": list(values)}
    if all(type(value) is int for value in values):
        return {"type": "integer", "enum": list(values)}
    raise UsageError(f"Literal{list(values)} must be all texts or all integers")


def _fixed(items: list[dict[str, Any]]) -> dict[str, Any]:
    size = {"minItems": len(items), "maxItems": len(items)}
    if all(item == items[0] for item in items):
        return {"type": "array", "items": items[0], **size}
    return {"type": "array", "prefixItems": items, **size}


def _range_words(low: Any, high: Any, unit: str = "") -> str:
    if low is not None and high is not None:
        return f"exactly {low}{unit}" if low == high else f"from {low} to {high}{unit}"
    if low is not None:
        return f"at least {low}{unit}"
    return f"at most {high}{unit}" if high is not None else ""


def _words(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        inner = _words(schema["anyOf"][0])
        return f"{inner} or null" if inner else "may be null"
    if "enum" in schema:
        return "one of " + ", ".join(json.dumps(value) for value in schema["enum"])
    kind = schema.get("type")
    if kind in ("integer", "number"):
        return _range_words(schema.get("minimum"), schema.get("maximum"))
    if kind == "string":
        return _range_words(schema.get("minLength"), schema.get("maxLength"), " characters")
    if kind == "array":
        size = _range_words(schema.get("minItems"), schema.get("maxItems"), " items")
        each = _words(schema["items"]) if "items" in schema else ""
        return ", ".join(words for words in (size, each and f"each {each}") if words)
    return ""


def _check_optional(inner: Check) -> Check:
    return lambda value: None if value is None else inner(value)


def _check_enum(choices: list[Any]) -> Check:
    words = "one of " + ", ".join(json.dumps(choice) for choice in choices)
    kind = type(choices[0])

    def check(value: Any) -> Any:
        if type(value) is not kind or value not in choices:
            raise Problem(f"must be {words}, got {shown(value)}")
        return value

    return check


def _check_number(schema: dict[str, Any]) -> Check:
    low, high = schema.get("minimum"), schema.get("maximum")
    whole = schema["type"] == "integer"
    noun = "an integer" if whole else "a number"
    bounds = _range_words(low, high)
    wanted = f"{noun} {bounds}" if bounds else noun

    def check(value: Any) -> int | float:
        if type(value) is not int and (whole or type(value) is not float):
            raise Problem(f"must be {wanted}, got {shown(value)}")
        try:
            number = value if whole else float(value)
        except OverflowError:
            raise Problem(f"must be {wanted}, got {shown(value)}") from None
        outside = (low is not None and number < low) or (high is not None and number > high)
        if outside or not (whole or isfinite(number)):
            raise Problem(f"must be {wanted}, got {shown(value)}")
        return number

    return check


def _check_string(schema: dict[str, Any]) -> Check:
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    bounds = _range_words(schema.get("minLength"), high, " characters")

    def check(value: Any) -> str:
        if type(value) is not str:
            raise Problem(f"must be a text, got {shown(value)}")
        if len(value) < low or (high is not None and len(value) > high):
            raise Problem(f"must have {bounds}, got {len(value)}")
        return value

    return check


def _check_boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise Problem(f"must be true or false, got {shown(value)}")
    return value


def _check_array(schema: dict[str, Any]) -> Check:
    low, high = schema.get("minItems", 0), schema.get("maxItems")
    bounds = _range_words(schema.get("minItems"), high, " items")
    fixed = [compile_schema(item) for item in schema.get("prefixItems", [])]
    each = compile_schema(schema["items"]) if "items" in schema else None

    def check(value: Any) -> list[Any]:
        if type(value) not in (list, tuple):
            raise Problem(f"must be a list{f' of {bounds}' if bounds else ''}, got {shown(value)}")
        if len(value) < low or (high is not None and len(value) > high):
            raise Problem(f"must have {bounds}, got {len(value)}")
        checks = fixed if each is None else [each] * len(value)
        cleaned = []
        for i, (one, item) in enumerate(zip(checks, value, strict=True)):
            try:
                cleaned.append(one(item))
            except Problem as problem:
                raise Problem(f"item {i} {problem}") from None
        return cleaned

    return check


def _check_object(schema: dict[str, Any]) -> Check:
    properties = {name: compile_schema(inner) for name, inner in schema["properties"].items()}
    defaults = {name: inner["default"] for name, inner in schema["properties"].items() if "default" in inner}
    required = tuple(schema.get("required", ()))
    names = ", ".join(properties) or "no arguments"

    def check(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise Problem(f"the arguments must be an object with: {names}; got {shown(value)}")
        for name in value:
            if name not in properties:
                raise Problem(f"unknown argument {shown(name)}; this tool takes: {names}")
        for name in required:
            if name not in value:
                raise Problem(f"the argument '{name}' is missing; this tool takes: {names}")
        cleaned = {name: deepcopy(item) for name, item in defaults.items() if name not in value}
        for name, item in value.items():
            try:
                cleaned[name] = properties[name](item)
            except Problem as problem:
                raise Problem(f"the argument '{name}' {problem}") from None
        return cleaned

    return check
