"""Edits of a city program: the next program, or what is wrong.

Pure; a structural fault anywhere in an edit leaves all of it undone. Raw arguments are data from JSON, and
the pointers of problems point into them.
"""

__all__ = [
    "Edited",
    "assign_program",
    "put_building_program",
    "put_elements",
    "put_streets",
    "remove_elements",
    "transform_element",
    "update_element",
]

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import cos, radians, sin
from typing import Any

import numpy as np

from ..errors import did_you_mean
from .city_elements import element_data, parse_elements
from .city_fields import FieldFault, name
from .city_osm import REPLACES
from .city_parts import Component, Element, Program
from .city_pieces import duplicates, list_of, parse_components, parse_streets
from .city_problems import Problem
from .city_program import MAX_ELEMENTS, MAX_PROGRAMS
from .city_rings import ring_centroid
from .schema import shown

Edited = tuple[Program | None, Sequence[Problem]]
MAX_KNOWN = 12


def put_elements(program: Program, block_id: str, raw: object) -> Edited:
    """Elements into a block: those whose id is there are replaced (and moved here), the others added."""
    blocks = [block.id for block in program.blocks]
    if block_id not in blocks:
        return None, [_unknown("block", block_id, blocks)]
    items, problems = list_of(raw, "", MAX_ELEMENTS, "elements")
    elements, implied, faults = parse_elements(items, lambda position: f"/{position}")
    problems += faults + duplicates([one.id for one in elements], lambda i: f"/{i}/id", "element")
    programs = {**program.building_programs, **implied}
    problems += _unresolved(elements, programs)
    if problems:
        return None, problems
    sent = {element.id: element for element in elements}
    made = []
    for block in program.blocks:
        here = block.id == block_id
        kept = [
            sent.pop(e.id) if here and e.id in sent else e for e in block.elements if here or e.id not in sent
        ]
        made.append(replace(block, elements=tuple(kept)))
    position = blocks.index(block_id)
    made[position] = replace(made[position], elements=(*made[position].elements, *sent.values()))
    return _bounded(replace(program, blocks=tuple(made), building_programs=programs))


def update_element(program: Program, id: str, patch: object) -> Edited:
    """Some keys of an element (JSON merge patch, RFC 7396: null removes a key)."""
    old = _found(program, id)
    if old is None:
        return None, [_unknown("element", id, _ids(program))]
    if type(patch) is not dict or not patch:
        message = f"the patch is {shown(patch)}"
        return None, [Problem("wrong_type", "", message, 'send an object such as {"floor_count": 5}')]
    if "id" in patch and patch["id"] != id:
        hint = "ids stay: remove the element and put a new one"
        return None, [Problem("fixed", "/id", f"the patch changes the id to {shown(patch['id'])}", hint)]
    data = element_data(old)
    for key in patch:
        data.pop(REPLACES.get(key, key), None)
    data |= {key: value for key, value in patch.items() if value is not None}
    return _reparsed(program, data)


def transform_element(
    program: Program, id: str, *, dx: float, dy: float, rotate: float, scale: float
) -> Edited:
    """An element moved, turned and scaled about its middle.

    Args:
        program: the city.
        id: of the element.
        dx: m to the east.
        dy: m to the north.
        rotate: degrees, counter-clockwise.
        scale: factor.
    """
    old = _found(program, id)
    if old is None:
        return None, [_unknown("element", id, _ids(program))]
    middle = ring_centroid(old.polygon)
    c, s = cos(radians(rotate)) * scale, sin(radians(rotate)) * scale
    turned = (old.polygon - middle) @ np.array([[c, s], [-s, c]]) + middle + (dx, dy)
    return _reparsed(program, element_data(old) | {"polygon": turned.tolist()})


def remove_elements(program: Program, ids: Sequence[str]) -> Edited:
    """The program without some elements."""
    known = _ids(program)
    if missing := [id for id in ids if id not in known]:
        return None, [_unknown("element", id, known) for id in missing]
    gone = set(ids)
    return _mapped(program, lambda element: None if element.id in gone else element), ()


def put_streets(program: Program, raw: object) -> Edited:
    """The whole street network anew."""
    streets, problems = parse_streets(raw, "")
    return (None, problems) if problems else (replace(program, streets=streets), ())


def put_building_program(program: Program, key: str, raw: object) -> Edited:
    """A building program, new or in place of the one of that name."""
    try:
        name(key, "/name")
    except FieldFault as fault:
        return None, [fault.problem("")]
    components, problems = parse_components(raw, "")
    programs = {**program.building_programs, key: components}
    if len(programs) > MAX_PROGRAMS:
        words = f"{len(programs)} building programs", f"there may be {MAX_PROGRAMS}"
        problems.append(Problem("too_many", "", *words))
    return (None, problems) if problems else (replace(program, building_programs=programs), ())


def assign_program(program: Program, ids: Sequence[str], key: str) -> Edited:
    """Buildings that follow a building program; the empty name frees them of any."""
    elements = {element.id: element for element in program.elements}
    if key and key not in program.building_programs:
        return None, [_unknown("building program", key, list(program.building_programs))]
    problems = []
    for id in ids:
        if id not in elements:
            problems.append(_unknown("element", id, list(elements)))
        elif not elements[id].is_building:
            words = f"'{id}' is a {elements[id].type}", "only buildings follow a building program"
            problems.append(Problem("not_for_flat", "/ids", *words))
    if problems:
        return None, problems
    chosen = set(ids)
    return _mapped(program, lambda e: replace(e, program=key or None) if e.id in chosen else e), ()


def _reparsed(program: Program, data: dict[str, Any]) -> Edited:
    """The program with one element in place of the one of its id."""
    elements, implied, problems = parse_elements([data], lambda _: "")
    programs = {**program.building_programs, **implied}
    problems += _unresolved(elements, programs, where="")
    if problems:
        return None, problems
    (new,) = elements
    made = _mapped(program, lambda element: new if element.id == new.id else element)
    return replace(made, building_programs=programs), ()


def _mapped(program: Program, change: Callable[[Element], Element | None]) -> Program:
    blocks = []
    for block in program.blocks:
        changed = [change(element) for element in block.elements]
        blocks.append(replace(block, elements=tuple(one for one in changed if one is not None)))
    return replace(program, blocks=tuple(blocks))


def _bounded(program: Program) -> Edited:
    count = len(program.elements)
    if count > MAX_ELEMENTS:
        words = f"the city would have {count} elements", f"it may have {MAX_ELEMENTS}"
        return None, [Problem("too_many", "", *words)]
    return program, ()


def _unresolved(
    elements: Sequence[Element], programs: Mapping[str, tuple[Component, ...]], where: str | None = None
) -> list[Problem]:
    there = ", ".join(programs) or "none yet: put_building_program makes one"
    return [
        Problem(
            "unknown_program",
            f"{f'/{position}' if where is None else where}/program",
            f"'{element.id}' names the building program '{element.program}'",
            f"there are: {there}",
        )
        for position, element in enumerate(elements)
        if element.program is not None and element.program not in programs
    ]


def _found(program: Program, id: str) -> Element | None:
    return next((element for element in program.elements if element.id == id), None)


def _ids(program: Program) -> list[str]:
    return [element.id for element in program.elements]


def _unknown(noun: str, id: str, known: Sequence[str]) -> Problem:
    there = ", ".join(known[:MAX_KNOWN]) + (
        f" and {len(known) - MAX_KNOWN} more" if len(known) > MAX_KNOWN else ""
    )
    hint = f"there are: {there or 'none'}.{did_you_mean(id, known)}"
    return Problem("unknown_id", "", f"there is no {noun} {shown(id)}", hint)
