"""Changes of use: a building replaced, a block converted.

Makers as in `city_moves.py`.
"""

__all__ = ["CONVERSIONS"]

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..tools.city_constraint import Constraint
from ..tools.city_edits import put_elements, remove_elements
from ..tools.city_elements import BUILDING_KEYS
from ..tools.city_parts import Element
from ..tools.city_rings import ring_centroid
from .city_change import Change, Maker, Stand, capital, turned
from .city_fabric import FLOOR_HEIGHT_M
from .city_nouns import a_noun, noun

REPLACED_BY = ("greenspace", "plaza", "civic", "school", "parking", "hospital", "commercial")
CONVERTED_TO = ("office", "residential", "mixed", "commercial")
PARK_SCALE = 0.9
FLAT: dict[str, Any] = dict.fromkeys(BUILDING_KEYS)
"""Keys that a flat element does not have."""


def _replace(stand: Stand) -> Change | None:
    """Something else on the same ground, under the same id."""
    found = stand.buildings()
    if len(found) < 4:
        return None
    element = found[0]
    type = str(stand.choose([one for one in REPLACED_BY if one != element.type]))
    asked = [Constraint("type", f"#{element.id}", low=1.0, options={"names": [type]})]
    words = {"name": stand.name(element), "a": a_noun(type), "id": element.id}
    if type in ("greenspace", "plaza"):
        made = stand.put(element, type=type, facade="", **FLAT)
        text = stand.said(
            "Replace {name} by {a} on the same ground; the id '{id}' stays.",
            "Where {name} stands there shall be {a} of the same outline, and of the same id '{id}'.",
            **words,
        )
    else:
        old = element.floor_count or 1
        floors = int(stand.choose([n for n in range(1, 9) if abs(n - old) >= 2]))
        asked.append(Constraint("floors", f"#{element.id}", low=float(floors), high=float(floors)))
        made = stand.put(
            element,
            type=type,
            floor_count=floors,
            floor_height=FLOOR_HEIGHT_M[type],
            roof=None,
            program=None,
            facade="",
        )
        text = stand.said(
            "Replace {name} by {a} of {floors} on the same ground; the id '{id}' stays.",
            "{name} makes way for {a} with {floors}, of the same outline and the same id '{id}'.",
            floors=f"{floors} floor{'s' * (floors > 1)}",
            **words,
        )
    return Change(made, tuple(asked), (f"element {element.id}",), capital(text))


def _convert_use(stand: Stand) -> Change | None:
    """All buildings of a type in a block become another."""
    for block in _blocks(stand):
        types = {one.type for one in block if one.is_building}
        home = stand.home[block[0].id]
        for type in sorted(types):
            own = [one for one in block if one.type == type]
            news = [one for one in CONVERTED_TO if one not in types]
            if len(own) < 2 or not news:
                continue
            new, program = str(stand.choose(news)), stand
            for one in own:
                made = program.put(one, type=new)
                if made is None:
                    return None
                program = Stand(made, (), stand.busy, stand.rng)
            count = float(len(own))
            text = stand.said(
                "Turn all {count} {those} of {block} into {news}; ids, outlines and floors stay.",
                "In {block} every {that} becomes {a}: only the type changes, {count} buildings in all.",
                count=len(own),
                those=noun(type),
                that=noun(type, 1),
                block=home,
                news=noun(new),
                a=a_noun(new),
            )
            asked = (
                Constraint("count", f"{type}@{home}", high=0.0),
                Constraint("count", f"{new}@{home}", low=count, high=count),
            )
            return Change(program.program, asked, tuple(f"element {one.id}" for one in own), text)
    return None


def _convert_block(stand: Stand) -> Change | None:
    """A whole block becomes a park."""
    blocks = _blocks(stand)
    if len(blocks) < 3:
        return None
    for block in blocks:
        home = stand.home[block[0].id]
        if any(one.type == "greenspace" or one.id in stand.busy for one in block):
            continue
        ring = next(one.polygon for one in stand.program.blocks if one.id == home)
        id = stand.new_id("park")
        cleared = remove_elements(stand.program, [one.id for one in block])[0]
        if cleared is None:
            return None
        park = {"id": id, "type": "greenspace", "polygon": _inwards(ring)}
        made = put_elements(cleared, home, [park])[0]
        area = float(stand.city.block_areas[[one.id for one in stand.program.blocks].index(home)])
        low = round(0.6 * area / stand.city.site_area_m2, 2)
        text = stand.said(
            "Turn the block {block} into a park: clear it of everything that stands there, and lay out "
            "greenspace on at least {low} % of the area of the whole site.",
            "The block {block} becomes green. All that stands in it goes, and greenspace takes its place, at "
            "least {low} % of the area of the whole site.",
            block=home,
            low=f"{100 * low:g}",
        )
        asked = (
            Constraint("count", f"building@{home}", high=0.0),
            Constraint("ground_share", f"greenspace@{home}", low=low),
        )
        touched = (*(f"element {one.id}" for one in block), "element *")
        return Change(made, asked, touched, capital(text))
    return None


CONVERSIONS: Mapping[str, Maker] = {
    "replace": _replace,
    "convert_use": _convert_use,
    "convert_block": _convert_block,
}
"""Name -> maker."""


def _inwards(ring: np.ndarray) -> list[list[float]]:
    """A convex ring made smaller about its middle."""
    middle = ring_centroid(ring)
    return turned(ring, scale=PARK_SCALE, shift=tuple((middle - ring.mean(axis=0)) * (1.0 - PARK_SCALE)))


def _blocks(stand: Stand) -> list[list[Element]]:
    """Elements of each block in which something stands, in random order."""
    found = [list(block.elements) for block in stand.program.blocks if block.elements]
    return [found[k] for k in stand.rng.permutation(len(found)).tolist()]
