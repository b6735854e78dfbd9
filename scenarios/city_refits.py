"""Changes of height and looks: raise, re-roof, repaint, equip, assign.

Makers as in `city_moves.py`. Knows no places.
"""

__all__ = ["REFITS"]

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..tools.city_constraint import Constraint
from ..tools.city_edits import assign_program, put_building_program
from ..tools.city_palette import COLORS, MATERIALS
from ..tools.city_parts import Component
from ..tools.city_pieces import component_data
from .city_change import Change, Maker, Stand, capital
from .city_nouns import noun, part_of_parts

SLENDER = 8.0
LEAD_M = (4.0, 6.0, 8.0)
ROOFS = ("flat", "gabled", "hipped", "pyramidal", "skillion")
ROOF_HEIGHT_M = 3.0
PARTS = (
    Component("balcony", material="metal", count=8),
    Component("balcony", material="timber", count=6),
    Component("canopy", color="dark_green"),
    Component("canopy", color="navy", material="metal"),
    Component("ornament", color="white", material="stone"),
    Component("setback", count=2),
)
PAINTED = ("wall", "wall", "roof", "door")


def _floors(stand: Stand) -> Change | None:
    """More floors, or fewer."""
    for element in stand.buildings():
        old = element.floor_count or 1
        new = old + int(stand.choose((3, 4, 5))) if stand.rng.random() < 0.65 or old < 5 else old - 3
        width = float(stand.city.widths[stand.city.position(element.id)])
        if new * element.floor_height > SLENDER * width:
            continue
        more = new > old
        text = stand.said(
            "{verb} {name} by {by} floors, to {new}.",
            "{name} has {old} floors; it shall have {new}.",
            "Give {name} exactly {new} floors instead of {old}.",
            verb="Raise" if more else "Lower",
            name=stand.name(element),
            by=abs(new - old),
            new=new,
            old=old,
        )
        asked = Constraint("floors", f"#{element.id}", low=float(new), high=float(new))
        made = stand.put(element, floor_count=new)
        return Change(made, (asked,), (f"element {element.id}",), capital(text))
    return None


def _lead(stand: Stand) -> Change | None:
    """The highest of all."""
    for element in stand.buildings():
        by = float(stand.choose(LEAD_M))
        position = stand.city.position(element.id)
        others = float(np.delete(stand.city.tops, position).max(initial=0.0))
        roof = element.roof.height if element.roof is not None else 0.0
        floors = int(np.ceil((others + by - roof) / element.floor_height))
        if stand.city.tops[position] >= others or floors * element.floor_height > SLENDER * float(
            stand.city.widths[position]
        ):
            continue
        text = stand.said(
            "Add floors to {name} until it is the highest building, at least {by} m above any other.",
            "{name} shall tower over all: raise it until its top is at least {by} m higher than that of "
            "every other building.",
            name=stand.name(element),
            by=f"{by:g}",
        )
        asked = Constraint("lead", f"#{element.id}", low=by)
        made = stand.put(element, floor_count=floors)
        return Change(made, (asked,), (f"element {element.id}",), capital(text))
    return None


def _roof(stand: Stand) -> Change | None:
    """Another shape of roof."""
    for element in stand.buildings():
        old = "flat" if element.roof is None else element.roof.shape
        if len(element.polygon) != 4:
            continue
        shape = str(stand.choose([one for one in ROOFS if one != old]))
        data = None if shape == "flat" else {"shape": shape, "height": ROOF_HEIGHT_M}
        text = stand.said(
            "Give {name} a {shape} roof.",
            "Replace the {old} roof of {name} by a {shape} one.",
            name=stand.name(element),
            shape=shape,
            old=old,
        )
        asked = Constraint("roof_shape", f"#{element.id}", low=1.0, options={"names": [shape]})
        made = stand.put(element, roof=data)
        return Change(made, (asked,), (f"element {element.id}",), text)
    return None


def _repaint(stand: Stand) -> Change | None:
    """Another colour in a building program that all buildings of a type follow."""
    for name, type in _programs(stand):
        part = str(stand.choose(PAINTED))
        components = stand.program.building_programs[name]
        old = next((one for one in components if one.type == part), None)
        if old is None:
            continue
        color = str(stand.choose([one for one in COLORS if one != old.color]))
        changed = [component_data(replace(one, color=color) if one is old else one) for one in components]
        made = put_building_program(stand.program, name, changed)[0]
        text = stand.said(
            "Change the building program '{name}' so that the {part} of all {those} become {color}.",
            "The {part} of the {those} shall be {color}: change the building program '{name}', which they "
            "follow.",
            name=name,
            part=part_of_parts(part),
            those=noun(type),
            color=color,
        )
        asked = Constraint("color", type, low=1.0, options={"names": [color], "of": part})
        return Change(made, (asked,), (f"program {name}",), text)
    return None


def _equip(stand: Stand) -> Change | None:
    """A component more in a building program."""
    for name, type in _programs(stand):
        components = stand.program.building_programs[name]
        there = {one.type for one in components}
        parts = [one for one in PARTS if one.type not in there]
        if not parts:
            continue
        part: Component = stand.choose(parts)
        data = component_data(part)
        made = put_building_program(stand.program, name, [*map(component_data, components), data])[0]
        told = [f"{key} {value}" for key, value in data.items() if key != "type"]
        text = stand.said(
            "Add a component of type {part} with {told} to the building program '{name}'; its other "
            "components stay.",
            "The {those} get a part of type {part} ({told}): add that component to their building program "
            "'{name}' and keep the rest of it.",
            part=part.type,
            told=" and ".join(told),
            name=name,
            those=noun(type),
        )
        asked = Constraint("component", type, low=1.0, options=data)
        return Change(made, (asked,), (f"program {name}",), text)
    return None


def _own_look(stand: Stand) -> Change | None:
    """A new building program for one building."""
    for element in stand.buildings():
        material = str(stand.choose(tuple(MATERIALS)))
        color = str(stand.choose(tuple(COLORS)))
        name = f"{color}_{material}"
        id = f"#{element.id}"
        if name in stand.program.building_programs or color == stand.city.color(element.id):
            continue
        if material == stand.city.material(element.id):
            continue
        wall = {"type": "wall", "color": color, "material": material}
        with_program = put_building_program(stand.program, name, [wall])[0]
        if with_program is None:
            continue
        made = assign_program(with_program, [element.id], name)[0]
        text = stand.said(
            "Define a building program '{name}' whose walls are {color} and of {material}, and let {the} "
            "alone follow it.",
            "{the} gets a look of its own: make a building program called '{name}' with a wall component of "
            "colour {color} and material {material}, and assign it.",
            name=name,
            color=color,
            material=material,
            the=stand.name(element),
        )
        asked = (
            Constraint("program", id, low=1.0, options={"name": name}),
            Constraint("color", id, low=1.0, options={"names": [color], "of": "wall"}),
            Constraint("material", id, low=1.0, options={"names": [material], "of": "wall"}),
        )
        return Change(made, asked, (f"program {name}", f"element {element.id}"), capital(text))
    return None


def _assign(stand: Stand) -> Change | None:
    """Buildings of a type follow the building program of others."""
    pairs = _programs(stand)
    if len(pairs) < 2:
        return None
    (_, type), (name, _) = pairs[:2]
    ids = [one.id for one in stand.program.elements if one.type == type]
    made = assign_program(stand.program, ids, name)[0]
    text = stand.said(
        "Let all {those} follow the building program '{name}'.",
        "Assign the building program '{name}' to every {that}.",
        those=noun(type),
        that=noun(type, 1),
        name=name,
    )
    asked = Constraint("program", type, low=1.0, options={"name": name})
    return Change(made, (asked,), tuple(f"element {id}" for id in ids), text)


REFITS: Mapping[str, Maker] = {
    "floors": _floors,
    "lead": _lead,
    "roof": _roof,
    "repaint": _repaint,
    "equip": _equip,
    "own_look": _own_look,
    "assign": _assign,
}
"""Name -> maker."""


def _programs(stand: Stand) -> list[tuple[str, str]]:
    """Each building program that all buildings of one type follow, and no others, with that type."""
    users: dict[str, set[str]] = {}
    followed: dict[str, set[str]] = {}
    for element in stand.program.elements:
        if element.is_building:
            users.setdefault(element.program or "", set()).add(element.type)
            followed.setdefault(element.type, set()).add(element.program or "")
    found = [
        (name, next(iter(types)))
        for name, types in users.items()
        if name and len(types) == 1 and followed[next(iter(types))] == {name}
    ]
    return [found[k] for k in stand.rng.permutation(len(found)).tolist()]
