r"""A reply as JSON: the one object in it, whatever was said around it.

Knows no protocol. Models wrap JSON in prose, in fences and behind their thoughts; here the object is found
and held to a schema. Two objects that differ are no answer: one may be a quotation of what was judged.

>>> the_object('<think>{"score": 9}?</think>Sure:\n```json\n{"score": 2}\n```', {"type": "object"})
{'score': 2}
"""

__all__ = ["UnreadableError", "list_in", "mapping_in", "spoken", "the_object"]

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import isfinite
from typing import Any, cast

MAX_TRIES = 200
MAX_SAID_CHARS = 160
CLOSE_THOUGHT = "</think>"
OPEN_THOUGHT = "<think>"


class UnreadableError(ValueError):
    """No answer of the form that was asked for; the text says why, in a form that a model can mend."""


def mapping_in(value: Any) -> Mapping[str, Any]:
    """A JSON object as it came, or an empty one for anything else."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def list_in(value: Any) -> list[Any]:
    """A JSON array as it came, or an empty one for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def spoken(text: str) -> str:
    """What a model says behind its thoughts; nothing, where it never came to an end of them.

    >>> spoken("<think>hm</think> yes"), spoken("<think>hm"), spoken("no")
    (' yes', '', 'no')
    """
    _, close, after = text.rpartition(CLOSE_THOUGHT)
    if close:
        return after
    return "" if text.lstrip().startswith(OPEN_THOUGHT) else text


def the_object(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object of a reply.

    Args:
        text: of the reply.
        schema: JSON schema that the object keeps.

    Raises:
        UnreadableError: no object, none that keeps the schema, or several that differ.
    """
    found = list(_objects(spoken(text)))
    if not found:
        raise UnreadableError("it holds no JSON object")
    faults = [_fault(value, schema) for value in found]
    fitting = [value for value, fault in zip(found, faults, strict=True) if fault is None]
    if not fitting:
        raise UnreadableError(f"its JSON object is not of the form asked for: {faults[0]}")
    if any(value != fitting[0] for value in fitting):
        raise UnreadableError("it holds several JSON objects that differ")
    return fitting[0]


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Every object of the text that stands in no other."""
    decoder = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)
    at = text.find("{")
    for _ in range(MAX_TRIES):
        if at < 0:
            return
        try:
            value, end = decoder.raw_decode(text, at)
            yield value
        except (ValueError, RecursionError):
            end = at + 1
        at = text.find("{", end)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is out of range")
    return number


def _fault(value: Any, schema: Mapping[str, Any]) -> str | None:
    error = next(_validator(json.dumps(schema)).iter_errors(value), None)
    if error is None:
        return None
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    said = " ".join(f"{place.lstrip('.')}: {error.message}".split()) if place else str(error.message)
    return said if len(said) <= MAX_SAID_CHARS else said[: MAX_SAID_CHARS - 1] + "…"


@lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(schema))
