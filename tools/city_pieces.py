"""Streets and building programs from JSON, and back.

Streets are centre lines with a class and a width; a building program is a list of components with a type, a
description and palette names (CityGenAgent's Building Program, arXiv 2602.05362).
"""

__all__ = ["component_data", "duplicates", "list_of", "parse_components", "parse_streets", "street_data"]

from collections.abc import Callable, Sequence
from typing import Any, cast

from .city_fields import FieldFault, check_keys, choice, integer, name, number, text, without_null
from .city_palette import COLORS, MATERIALS
from .city_parts import COMPONENT_TYPES, STREET_CLASSES, Component, Street, StreetClass
from .city_problems import Problem
from .city_rings import read_lines
from .schema import shown

MAX_STREETS = 400
MAX_COMPONENTS = 40
MAX_DESCRIPTION_CHARS = 400
MAX_COUNT = 1000
WIDTH_M = (1.0, 80.0)
STREET_KEYS = ("id", "class", "width", "path")
COMPONENT_KEYS = ("type", "description", "color", "material", "count")


def parse_streets(raw: object, where: str = "/streets") -> tuple[tuple[Street, ...], list[Problem]]:
    """Streets from a JSON list, and what is wrong with them."""
    items, problems = list_of(raw, where, MAX_STREETS, "streets")
    fields: list[tuple[str, StreetClass, float, Any]] = []
    for position, item in enumerate(items):
        try:
            fields.append(_street_fields(item))
        except FieldFault as fault:
            problems.append(fault.problem(f"{where}/{position}"))
    if problems:
        return (), problems
    paths, problems = read_lines([field[3] for field in fields], lambda i: f"{where}/{i}/path")
    problems += duplicates([field[0] for field in fields], lambda i: f"{where}/{i}/id", "street")
    if problems:
        return (), problems
    return tuple(
        Street(one, class_, width, path) for (one, class_, width, _), path in zip(fields, paths, strict=True)
    ), []


def parse_components(raw: object, where: str) -> tuple[tuple[Component, ...], list[Problem]]:
    """The components of one building program: a JSON list, or an object with the key `components`."""
    if type(raw) is dict and raw.keys() == {"components"}:
        raw, where = raw["components"], f"{where}/components"
    items, problems = list_of(raw, where, MAX_COMPONENTS, "components")
    made = []
    for position, item in enumerate(items):
        try:
            made.append(_component(item))
        except FieldFault as fault:
            problems.append(fault.problem(f"{where}/{position}"))
    return tuple(made), problems


def street_data(street: Street) -> dict[str, Any]:
    """The street as JSON has it."""
    return {"id": street.id, "class": street.class_, "width": street.width, "path": street.path.tolist()}


def component_data(component: Component) -> dict[str, Any]:
    """The component as JSON has it; what is empty is left out."""
    data: dict[str, Any] = {"type": component.type}
    if component.description:
        data["description"] = component.description
    rest = {"color": component.color, "material": component.material, "count": component.count}
    return data | without_null(rest)


def list_of(raw: object, where: str, most: int, noun: str) -> tuple[list[Any], list[Problem]]:
    """The list and no problem, or nothing and one problem."""
    if type(raw) is not list:
        problem = Problem("wrong_type", where, f"{noun} are {shown(raw)}", f"send a list of {noun}")
        return [], [problem]
    if len(raw) > most:
        return [], [Problem("too_many", where, f"{len(raw)} {noun}", f"send at most {most}")]
    return raw, []


def duplicates(ids: Sequence[str], where: Callable[[int], str], noun: str) -> list[Problem]:
    """A problem for each id that stood before."""
    if len(set(ids)) == len(ids):
        return []
    seen: dict[str, int] = {}
    problems = []
    for position, one in enumerate(ids):
        if one in seen:
            message = f"{noun} '{one}' is already there, at {where(seen[one])}"
            problems.append(Problem("duplicate_id", where(position), message, "give each its own id"))
        seen.setdefault(one, position)
    return problems


def _street_fields(item: object) -> tuple[str, StreetClass, float, Any]:
    street = check_keys(item, STREET_KEYS, STREET_KEYS, "a street")
    return (
        name(street["id"], "/id"),
        cast(StreetClass, choice(street["class"], STREET_CLASSES, "unknown_class", "/class")),
        number(street["width"], "/width", WIDTH_M),
        street["path"],
    )


def _component(item: object) -> Component:
    raw = without_null(check_keys(item, COMPONENT_KEYS, ("type",), "a component"))
    kind = choice(raw.get("type"), COMPONENT_TYPES, "unknown_component", "/type")
    description = text(raw.get("description", ""), "/description", most=MAX_DESCRIPTION_CHARS)
    color, material, count = raw.get("color"), raw.get("material"), raw.get("count")
    if color is not None:
        choice(color, COLORS, "unknown_color", "/color")
    if material is not None:
        choice(material, MATERIALS, "unknown_material", "/material")
    if count is not None:
        integer(count, "/count", (1, MAX_COUNT))
    return Component(kind, description, color, material, count)
