"""The expert of CityProgram: a scripted planner, as tool calls.

Makes a city block by block, or as one program where it draws the streets too; follows an instruction by the
fewest calls.
"""

__all__ = ["changes", "expert_calls"]

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..scenarios.city_stage import CityWorld
from ..tools.city_elements import element_data
from ..tools.city_hand import MAX_IDS
from ..tools.city_parts import Element, Program
from ..tools.city_pieces import component_data, street_data
from ..tools.city_program import program_data
from ..tools.tool import ToolCall

SAME_M = 1e-9


def expert_calls(world: CityWorld) -> Iterator[ToolCall]:
    """The calls of a whole episode; the last one ends it.

    Args:
        world: what is given, and a solution of each stage.
    """
    city = world.given
    for stage in world.stages:
        yield from changes(city, stage.solution)
        if not world.given.elements:
            yield ToolCall("validate")
            yield ToolCall("render", {"view": "plan"})
        city = stage.solution
        yield ToolCall("finish")


def changes(before: Program, after: Program) -> Iterator[ToolCall]:
    """Calls that make one program of another; the whole anew where its blocks differ."""
    if not _same_blocks(before, after):
        whole = {key: value for key, value in program_data(after).items() if key not in ("version", "site")}
        yield ToolCall("submit_program", {"program": _text(whole)})
        return
    streets = [street_data(street) for street in after.streets]
    if streets != [street_data(street) for street in before.streets]:
        yield ToolCall("put_streets", {"streets": _text(streets)})
    for name, components in after.building_programs.items():
        if components != before.building_programs.get(name):
            told = _text([component_data(component) for component in components])
            yield ToolCall("put_building_program", {"name": name, "components": told})
    yield from _elements(before, after)


def _elements(before: Program, after: Program) -> Iterator[ToolCall]:
    old = {element.id: (block.id, element) for block in before.blocks for element in block.elements}
    kept = {element.id for element in after.elements}
    for ids in _shares([id for id in old if id not in kept]):
        yield ToolCall("remove_elements", {"ids": ids})
    assigned: dict[str, list[str]] = {}
    for block in after.blocks:
        put: list[dict[str, Any]] = []
        for element in block.elements:
            home, former = old.get(element.id, ("", element))
            patch = _patch(former, element)
            if home != block.id:
                put.append(element_data(element))
            elif patch.keys() == {"program"}:
                assigned.setdefault(element.program or "", []).append(element.id)
            elif patch:
                yield _changed(former, element, patch)
        if put:
            yield ToolCall("put_elements", {"block": block.id, "elements": _text(put)})
    for name, members in assigned.items():
        for ids in _shares(members):
            yield ToolCall("assign_program", {"ids": ids, "name": name})


def _changed(old: Element, new: Element, patch: Mapping[str, Any]) -> ToolCall:
    """An element moved, or some of its keys changed."""
    shift = _shift(old.polygon, new.polygon) if patch.keys() == {"polygon"} else None
    if shift is not None:
        return ToolCall("transform_element", {"id": new.id, "dx": shift[0], "dy": shift[1]})
    return ToolCall("update_element", {"id": new.id, "patch": _text(patch)})


def _shares(ids: Sequence[str]) -> Iterator[list[str]]:
    """As many at a time as a call takes."""
    for first in range(0, len(ids), MAX_IDS):
        yield list(ids[first : first + MAX_IDS])


def _patch(old: Element, new: Element) -> dict[str, Any]:
    """A merge patch that makes one element of another."""
    before, after = element_data(old), element_data(new)
    changed = {key: value for key, value in after.items() if value != before.get(key)}
    return changed | {key: None for key in before if key not in after}


def _shift(old: np.ndarray, new: np.ndarray) -> tuple[float, float] | None:
    """How far a ring was moved, m; None where it was changed otherwise."""
    if old.shape != new.shape:
        return None
    moved = new - old
    if np.abs(moved - moved[0]).max() > SAME_M:
        return None
    return round(float(moved[0, 0]), 9), round(float(moved[0, 1]), 9)


def _same_blocks(before: Program, after: Program) -> bool:
    rings = {block.id: block.polygon.tolist() for block in before.blocks}
    return rings == {block.id: block.polygon.tolist() for block in after.blocks}


def _text(data: object) -> str:
    return json.dumps(data, separators=(",", ":"))
