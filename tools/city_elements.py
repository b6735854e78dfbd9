"""Elements from JSON: the five keys of the Block Program, and ours.

Knows no blocks and no other elements. null says that a key is left out.
"""

__all__ = ["ELEMENT_KEYS", "MAX_FACADE_CHARS", "element_data", "parse_elements"]

from collections.abc import Callable, Sequence
from typing import Any

from .city_fields import FieldFault, check_keys, choice, fail, floors, name, number, roof, text
from .city_osm import OSM_KEYS, Implied, without_osm
from .city_parts import (
    BASE_HEIGHT_M,
    DEFAULT_FLOOR_HEIGHT_M,
    ELEMENT_TYPES,
    FLAT_TYPES,
    FLOOR_HEIGHT_M,
    Element,
    Roof,
)
from .city_problems import Problem
from .city_rings import read_rings

MAX_FACADE_CHARS = 600
ELEMENT_KEYS = (
    "id",
    "type",
    "polygon",
    "floor_count",
    "facade",
    "floor_height",
    "base_height",
    "roof",
    "program",
)
REQUIRED_KEYS = ("id", "type", "polygon")
BUILDING_KEYS = ("floor_count", "floor_height", "base_height", "roof", "program")
FLAT_HINT = f"{', '.join(FLAT_TYPES)} are flat ground: leave it out"

_KNOWN = dict.fromkeys((*ELEMENT_KEYS, *OSM_KEYS)).keys()
_REQUIRED = dict.fromkeys(REQUIRED_KEYS).keys()
_REQUIRED = dict.fromkeys(REQUIRED_KEYS).keys()
_TYPES = frozenset(ELEMENT_TYPES)
_FLAT = frozenset(FLAT_TYPES)
_OSM = frozenset(OSM_KEYS)


def parse_elements(
    raw: Sequence[object], where: Callable[[int], str]
) -> tuple[list[Element], Implied, list[Problem]]:
    """Elements, the building programs that OSM keys imply, and what is wrong; one problem an element.

    Args:
        raw: each element as JSON gives it.
        where: position in `raw` -> its JSON pointer.

    Returns:
        The elements in order (none where there is a problem), name -> components, and the problems.
    """
    problems: list[Problem] = []
    implied: Implied = {}
    fields: list[tuple[Any, ...]] = []
    owners: list[int] = []
    for position, item in enumerate(raw):
        try:
            fields.append(_fields(item, implied))
            owners.append(position)
        except FieldFault as fault:
            problems.append(fault.problem(where(position)))
    rings, faults = read_rings([field[2] for field in fields], lambda ring: f"{where(owners[ring])}/polygon")
    problems += faults
    if problems:
        return [], implied, problems
    made = [
        Element(identity, kind, ring, count, facade, floor, base, shape, program)
        for (identity, kind, _, count, facade, floor, base, shape, program), ring in zip(
            fields, rings, strict=True
        )
    ]
    return made, implied, []


def element_data(element: Element) -> dict[str, Any]:
    """The element as JSON has it: the keys of the Block Program, and what differs from the default.

    >>> import numpy as np
    >>> ring = np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]])
    >>> list(element_data(Element("a", "office", ring, 3)))
    ['id', 'type', 'polygon', 'floor_count', 'facade']
    """
    data: dict[str, Any] = {"id": element.id, "type": element.type, "polygon": element.polygon.tolist()}
    if element.floor_count is not None:
        data["floor_count"] = element.floor_count
    data["facade"] = element.facade
    if element.floor_height != DEFAULT_FLOOR_HEIGHT_M:
        data["floor_height"] = element.floor_height
    if element.base_height:
        data["base_height"] = element.base_height
    if element.roof is not None:
        data["roof"] = {"shape": element.roof.shape, "height": element.roof.height}
    if element.program is not None:
        data["program"] = element.program
    return data


def _fields(item: Any, implied: Implied) -> tuple[Any, ...]:
    """The arguments of Element, with the polygon still raw."""
    if type(item) is not dict or not _REQUIRED <= item.keys() <= _KNOWN:
        check_keys(item, _KNOWN, REQUIRED_KEYS, "an element")
    identity, kind = name(item["id"], "/id"), item["type"]
    if type(kind) is not str or kind not in _TYPES:
        choice(kind, ELEMENT_TYPES, "unknown_type", "/type")
    facade = item.get("facade")
    facade = "" if facade is None else text(facade, "/facade", most=MAX_FACADE_CHARS)
    if not _OSM.isdisjoint(item):
        item = without_osm(item, implied)
    if kind in _FLAT:
        for key in BUILDING_KEYS:
            if item.get(key) is not None:
                code = "floor_count_on_flat" if key == "floor_count" else "not_for_flat"
                fail(code, f"/{key}", f"a {kind} has {key}", FLAT_HINT)
        return identity, kind, item["polygon"], None, facade, DEFAULT_FLOOR_HEIGHT_M, 0.0, None, None
    return identity, kind, item["polygon"], floors(item), facade, *_optional(item)


def _optional(item: dict[str, Any]) -> tuple[float, float, Roof | None, str | None]:
    """Floor height, base height, roof and program."""
    floor_height, base_height, shape, program = DEFAULT_FLOOR_HEIGHT_M, 0.0, None, None
    if (given := item.get("floor_height")) is not None:
        floor_height = number(given, "/floor_height", FLOOR_HEIGHT_M)
    if (given := item.get("base_height")) is not None:
        base_height = number(given, "/base_height", BASE_HEIGHT_M)
    if (given := item.get("roof")) is not None:
        shape = roof(given)
    if (given := item.get("program")) is not None:
        program = name(given, "/program")
    return floor_height, base_height, shape, program
