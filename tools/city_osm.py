"""The keys of OSM Simple 3D Buildings, as other names for ours.

`building:levels` is floor_count and `min_height` base_height; `roof:shape` and `roof:height` are the roof;
`height`, of the top, gives the floor height that reaches it; `building:colour`, `building:material` and
`roof:colour` make a building program named after them. A plain key and an OSM key that disagree are a fault.
"""

__all__ = ["OSM_KEYS", "REPLACES", "Implied", "without_osm"]

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from .city_fields import choice, fail, floors, number, roof, without_null
from .city_palette import COLORS, MATERIALS
from .city_parts import BASE_HEIGHT_M, FLAT_TYPES, FLOOR_HEIGHT_M, Component

REPLACES: Mapping[str, str] = {
    "building:levels": "floor_count",
    "height": "floor_height",
    "min_height": "base_height",
    "roof:shape": "roof",
    "roof:height": "roof",
    "building:colour": "program",
    "building:material": "program",
    "roof:colour": "program",
}
"""OSM's key -> the key of ours that it gives."""
OSM_KEYS = tuple(REPLACES)
HEIGHT_M = (2.2, 1000.0)
AGREE_M = 1e-6

Implied = dict[str, tuple[Component, ...]]


def without_osm(item: Mapping[str, Any], implied: Implied) -> dict[str, Any]:
    """The same element in our keys alone.

    Args:
        item: an element with known keys, some of them OSM's.
        implied: takes the building program that its colours and material make, by name.

    Raises:
        FieldFault: what is wrong with it.

    >>> house = {"type": "office", "building:levels": 4, "height": 14, "building:material": "brick"}
    >>> without_osm(house, {})
    {'type': 'office', 'floor_count': 4, 'floor_height': 3.5, 'program': 'osm.-.brick.-'}
    """
    plain = {key: value for key, value in item.items() if key not in OSM_KEYS}
    _rename(plain, "building:levels", item.get("building:levels"), "floor_count")
    _rename(plain, "min_height", item.get("min_height"), "base_height")
    if item.get("roof:shape") is not None or item.get("roof:height") is not None:
        if plain.get("roof") is not None:
            _conflict("roof:shape" if "roof:shape" in item else "roof:height", "roof")
        keys = {"shape": item.get("roof:shape"), "height": item.get("roof:height")}
        plain["roof"] = without_null(keys)
    if item.get("height") is not None:
        if plain["type"] in FLAT_TYPES:
            hint = f"{', '.join(FLAT_TYPES)} are flat ground: leave it out"
            fail("not_for_flat", "/height", f"a {plain['type']} has height", hint)
        _rename(plain, "height", _floor_height(item["height"], plain), "floor_height")
    looks = [item.get(key) for key in ("building:colour", "building:material", "roof:colour")]
    if any(look is not None for look in looks):
        if plain.get("program") is not None:
            _conflict("building:colour", "program")
        plain["program"] = _implied_program(looks, implied)
    return plain


def _rename(plain: dict[str, Any], osm: str, value: Any, ours: str) -> None:
    own = plain.get(ours)
    if value is None:
        return
    if own is None:
        plain[ours] = value
    elif not _agree(own, value):
        _conflict(osm, ours)


def _agree(one: Any, other: Any) -> bool:
    if type(one) not in (int, float) or type(other) not in (int, float):
        return False
    try:
        return abs(one - other) <= AGREE_M
    except OverflowError:  # an integer beyond all floats
        return False


def _floor_height(raw: object, plain: Mapping[str, Any]) -> float:
    """OSM's height is that of the top: what is left between base and eaves is shared by the floors."""
    height, count = number(raw, "/height", HEIGHT_M), floors(plain)
    base, shape = plain.get("base_height"), plain.get("roof")
    left = height - (0.0 if base is None else number(base, "/min_height", BASE_HEIGHT_M))
    left -= 0.0 if shape is None else roof(shape).height
    low, high = FLOOR_HEIGHT_M
    if not low - AGREE_M <= left / count <= high + AGREE_M:
        message = f"height {height:g} m leaves {left / count:.3g} m for each of {count} floors"
        fail("out_of_range", "/height", message, f"a floor is {low:g} to {high:g} m high")
    return min(max(left / count, low), high)


def _implied_program(looks: Sequence[Any], implied: Implied) -> str:
    wall, material, top = looks
    if wall is not None:
        choice(wall, COLORS, "unknown_color", "/building:colour")
    if material is not None:
        choice(material, MATERIALS, "unknown_material", "/building:material")
    if top is not None:
        choice(top, COLORS, "unknown_color", "/roof:colour")
    name = f"osm.{'.'.join(look or '-' for look in looks)}"
    walls = (Component("wall", color=wall, material=material),) if wall or material else ()
    implied[name] = (*walls, *((Component("roof", color=top),) if top else ()))
    return name


def _conflict(osm: str, ours: str) -> NoReturn:
    fail("conflicting_keys", f"/{osm}", f"'{osm}' and '{ours}' disagree", f"send '{ours}' alone")
