"""A city program: from JSON to a value or named problems, and back.

The schema stands in `city_schema.json` (version 1). Parsing never raises on what an agent sent: everything
structural is checked here, before a city is built; what needs the whole city is measured in `city_validity`.
"""

__all__ = [
    "MAX_ELEMENTS",
    "Block",
    "Component",
    "Element",
    "Problem",
    "Program",
    "Roof",
    "Street",
    "fixed_problem",
    "parse_program",
    "program_data",
    "program_text",
    "references",
]

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import numpy as np

from .city_elements import element_data, parse_elements
from .city_fields import FieldFault, check_keys, fail, name
from .city_parts import VERSION, Block, Component, Element, Program, Roof, Street
from .city_pieces import component_data, duplicates, list_of, parse_components, parse_streets, street_data
from .city_problems import Problem, pointer
from .city_rings import read_rings
from .schema import shown

MAX_ELEMENTS = 2000
MAX_BLOCKS = 200
MAX_PROGRAMS = 100
SAME_M = 0.01

PROGRAM_KEYS = ("version", "site", "streets", "blocks", "building_programs")
BLOCK_KEYS = ("id", "polygon", "elements")

Components = Mapping[str, tuple[Component, ...]]


def parse_program(
    data: object, *, given: Program | None = None, fixed: frozenset[str] = frozenset()
) -> tuple[Program | None, tuple[Problem, ...]]:
    """A whole program; never raises on what an agent sent.

    Args:
        data: the program as JSON gives it.
        given: where parts may be left out: `site`, `streets`, `building_programs`, and the polygons of blocks
            by their id; they stay as they are there.
        fixed: which of `site`, `streets`, `blocks` may not differ from `given` (by 1 cm); fixed blocks that
            are left out are there, empty.

    Returns:
        The program and no problems, or None and at least one, all of them structural.
    """
    problems: list[Problem] = []
    try:
        whole = _head(data, given)
    except FieldFault as fault:
        return None, (fault.problem(""),)
    site = _site(whole, given, problems)
    streets = _streets(whole, given, problems)
    implied: dict[str, tuple[Component, ...]] = {}
    blocks = _blocks(whole["blocks"], given, implied, problems)
    kept = given.building_programs if given is not None and whole.get("building_programs") is None else {}
    programs = {**kept, **implied, **_building_programs(whole.get("building_programs"), problems)}
    if problems:
        return None, tuple(problems)
    program = Program(VERSION, site, streets, blocks, programs)
    if given is not None:
        problems += fixed_problem(program, given, fixed)
        program = _filled_up(program, given) if "blocks" in fixed else program
    problems += references(program)
    return (None, tuple(problems)) if problems else (program, ())


def program_data(program: Program) -> dict[str, Any]:
    """The program as JSON has it; `parse_program` of it gives the same program, to the bit."""
    return {
        "version": program.version,
        "site": {"polygon": program.site.tolist()},
        "streets": [street_data(street) for street in program.streets],
        "blocks": [
            {
                "id": block.id,
                "polygon": block.polygon.tolist(),
                "elements": [element_data(element) for element in block.elements],
            }
            for block in program.blocks
        ],
        "building_programs": {
            key: {"components": [component_data(component) for component in components]}
            for key, components in program.building_programs.items()
        },
    }


def program_text(program: Program) -> str:
    """The program as compact JSON."""
    return json.dumps(program_data(program), separators=(",", ":"))


def references(program: Program) -> list[Problem]:
    """A problem for each element whose building program does not exist."""
    known = program.building_programs
    problems = []
    for i, block in enumerate(program.blocks):
        for j, element in enumerate(block.elements):
            if element.program is not None and element.program not in known:
                there = ", ".join(known) or "none yet"
                message = f"'{element.id}' names the building program '{element.program}'"
                where = pointer("blocks", i, "elements", j, "program")
                problems.append(Problem("unknown_program", where, message, f"there are: {there}"))
    return problems


def fixed_problem(program: Program, given: Program, fixed: frozenset[str]) -> list[Problem]:
    """Which parts differ that the task gives: site, streets, blocks."""
    problems = []
    hint = "leave it out, or send it as it was given"
    if "site" in fixed and not _same_ring(program.site, given.site):
        problems.append(Problem("fixed", "/site", "the task gives the site, it cannot be changed", hint))
    if "streets" in fixed and not _same_streets(program.streets, given.streets):
        problems.append(Problem("fixed", "/streets", "the task gives the streets", hint))
    if "blocks" in fixed:
        rings = {block.id: block.polygon for block in given.blocks}
        for i, block in enumerate(program.blocks):
            if block.id not in rings:
                known = f"the blocks are {', '.join(rings)}"
                problems.append(
                    Problem("fixed", f"/blocks/{i}", f"'{block.id}' is no block of the task", known)
                )
            elif not _same_ring(block.polygon, rings[block.id]):
                message = f"the task gives the outline of block '{block.id}'"
                problems.append(Problem("fixed", f"/blocks/{i}/polygon", message, hint))
    return problems


def _head(data: object, given: Program | None) -> dict[str, Any]:
    required = ("blocks",) if given is not None else ("site", "blocks")
    whole = check_keys(data, PROGRAM_KEYS, required, "a program")
    version = whole.get("version", VERSION)
    if type(version) is not int or version != VERSION:
        fail("bad_version", "/version", f"the version is {shown(version)}", f"send {VERSION}")
    return whole


def _site(whole: Mapping[str, Any], given: Program | None, problems: list[Problem]) -> np.ndarray:
    if whole.get("site") is None and given is not None:
        return given.site
    try:
        site = check_keys(whole["site"], ("polygon",), ("polygon",), "the site")
    except FieldFault as fault:
        problems.append(fault.problem("/site"))
        return np.zeros((0, 2))
    rings, faults = read_rings([site["polygon"]], lambda _: "/site/polygon")
    problems += faults
    return rings[0] if rings else np.zeros((0, 2))


def _streets(whole: Mapping[str, Any], given: Program | None, problems: list[Problem]) -> tuple[Street, ...]:
    if whole.get("streets") is None:
        return given.streets if given is not None else ()
    streets, faults = parse_streets(whole["streets"])
    problems += faults
    return streets


def _blocks(
    raw: object,
    given: Program | None,
    implied: dict[str, tuple[Component, ...]],
    problems: list[Problem],
) -> tuple[Block, ...]:
    items, faults = list_of(raw, "/blocks", MAX_BLOCKS, "blocks")
    problems += faults
    known = {block.id: block.polygon for block in given.blocks} if given is not None else {}
    named: list[tuple[str, Any]] = []
    lists: list[list[Any]] = []
    for i, item in enumerate(items):
        try:
            block = check_keys(item, BLOCK_KEYS, ("id",), "a block")
            named.append((name(block["id"], "/id"), block.get("polygon")))
            if named[-1][1] is None and named[-1][0] not in known:
                fail("missing_key", "", "the key 'polygon' is missing", "a block has id, polygon, elements")
        except FieldFault as fault:
            problems.append(fault.problem(f"/blocks/{i}"))
            return ()
        elements, faults = list_of(
            block.get("elements", []), f"/blocks/{i}/elements", MAX_ELEMENTS, "elements"
        )
        problems += faults
        lists.append(elements)
    drawn = [i for i, (_, ring) in enumerate(named) if ring is not None]
    rings, faults = read_rings([named[i][1] for i in drawn], lambda k: f"/blocks/{drawn[k]}/polygon")
    problems += faults + duplicates([one for one, _ in named], lambda i: f"/blocks/{i}/id", "block")
    made = _elements(lists, implied, problems)
    if problems:
        return ()
    outline = dict(zip(drawn, rings, strict=True))
    return tuple(
        Block(one, outline[i] if i in outline else known[one], made[i]) for i, (one, _) in enumerate(named)
    )


def _elements(
    lists: Sequence[list[Any]], implied: dict[str, tuple[Component, ...]], problems: list[Problem]
) -> list[tuple[Element, ...]]:
    """Of all blocks at once."""
    ends = list(accumulate(map(len, lists)))
    flat = [item for items in lists for item in items]
    if len(flat) > MAX_ELEMENTS:
        words = f"{len(flat)} elements", f"send at most {MAX_ELEMENTS}"
        problems.append(Problem("too_many", "/blocks", *words))
        return []

    def where(position: int) -> str:
        block = next(i for i, end in enumerate(ends) if position < end)
        return pointer("blocks", block, "elements", position - ends[block] + len(lists[block]))

    elements, made, faults = parse_elements(flat, where)
    implied |= made
    problems += faults
    problems += duplicates([one.id for one in elements], lambda i: f"{where(i)}/id", "element")
    return [tuple(elements[end - len(items) : end]) for end, items in zip(ends, lists, strict=True)]


def _building_programs(raw: object, problems: list[Problem]) -> Components:
    if raw is None:
        return {}
    if type(raw) is not dict:
        words = f"building_programs are {shown(raw)}", 'send {"name": {"components": [...]}}'
        problems.append(Problem("wrong_type", "/building_programs", *words))
        return {}
    if len(raw) > MAX_PROGRAMS:
        words = f"{len(raw)} building programs", f"send at most {MAX_PROGRAMS}"
        problems.append(Problem("too_many", "/building_programs", *words))
        return {}
    made = {}
    for key, value in raw.items():
        where = pointer("building_programs", key)
        try:
            name(key, "")
        except FieldFault as fault:
            problems.append(fault.problem("/building_programs"))
            continue
        made[key], faults = parse_components(value, where)
        problems += faults
    return made


def _filled_up(program: Program, given: Program) -> Program:
    """With the blocks that were left out, empty, in the order in which they were given."""
    sent = {block.id: block for block in program.blocks}
    return replace(program, blocks=tuple(sent.get(b.id, replace(b, elements=())) for b in given.blocks))


def _same_ring(ring: np.ndarray, other: np.ndarray) -> bool:
    """Whether two rings have the same vertices in the same order, wherever they begin."""
    if len(ring) != len(other):
        return False
    return any(np.abs(np.roll(ring, k, axis=0) - other).max() <= SAME_M for k in range(len(ring)))


def _same_streets(streets: Iterable[Street], others: Iterable[Street]) -> bool:
    """Whether the same streets are there, in any order."""
    mine, theirs = ({street.id: street for street in some} for some in (streets, others))
    return mine.keys() == theirs.keys() and all(
        street.class_ == theirs[key].class_
        and abs(street.width - theirs[key].width) <= SAME_M
        and street.path.shape == theirs[key].path.shape
        and bool(np.abs(street.path - theirs[key].path).max() <= SAME_M)
        for key, street in mine.items()
    )
