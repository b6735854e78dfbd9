"""Constraints of amount, height and looks, read off a finished city.

Each maker measures the city and returns a constraint that it fulfils with slack, or None where the kind does
not fit. Knows no wording and no choice among makers.
"""

__all__ = ["AMOUNTS", "FRONTAGE", "HEIGHTS", "LOOKS", "STREETS", "Maker", "counted"]

from collections.abc import Callable, Mapping

import numpy as np

from ..tools.city_constraint import Constraint
from ..tools.city_parts import Component
from .city_survey import Survey, above, around, below

Maker = Callable[[Survey], Constraint | None]

MANY = 8
LOOK_PARTS = ("balcony", "canopy", "setback", "door", "roof")


def counted(survey: Survey, type: str) -> Constraint:
    """How many there are of a type, or of all buildings: exactly, or within a span where there are many."""
    count = survey.count(type)
    if count < MANY:
        return Constraint("count", type, low=float(count), high=float(count))
    return Constraint("count", type, low=float(count - count // 8), high=float(count + count // 6))


def _floor_area(survey: Survey) -> Constraint | None:
    type = survey.building()
    if type is None:
        return None
    return Constraint("floor_area", type, **around([survey.city.floor_area_m2(type)], 0.12, 50.0))


def _floor_area_share(survey: Survey) -> Constraint | None:
    type = survey.building()
    share = 0.0 if type is None else survey.city.floor_area_share(type)
    if type is None or not 0.15 <= share <= 0.8:
        return None
    return Constraint("floor_area_share", type, **around([share], 0.15, 0.01))


def _far(survey: Survey) -> Constraint:
    return Constraint("far", **around([survey.city.far], 0.1, 0.05))


def _coverage(survey: Survey) -> Constraint:
    return Constraint("coverage", **around([survey.city.gsi], 0.12, 0.01))


def _open_space(survey: Survey) -> Constraint:
    return Constraint("open_space", **around([survey.city.osr], 0.15, 0.05))


def _ground_share(survey: Survey) -> Constraint | None:
    type = survey.flat()
    if type is None:
        return None
    share = survey.city.ground_share(type)
    if share < 0.03:
        return None
    return Constraint("ground_share", type, **around([share], 0.15, 0.01))


def _footprint(survey: Survey) -> Constraint | None:
    type = survey.building()
    if type is None:
        return None
    return Constraint("footprint", type, **around(survey.city.areas[survey.of(type)], 0.1, 10.0))


AMOUNTS: Mapping[str, Maker] = {
    "floor_area": _floor_area,
    "floor_area_share": _floor_area_share,
    "far": _far,
    "coverage": _coverage,
    "open_space": _open_space,
    "ground_share": _ground_share,
    "footprint": _footprint,
}
"""Kind -> maker."""


def _height(survey: Survey) -> Constraint | None:
    type = survey.building()
    if type is None:
        return None
    tops = survey.city.tops[survey.of(type)]
    if tops.max() > 2.2 * tops.min():
        return None
    return Constraint("height", type, **around(tops, 0.06, 1.0))


def _floors(survey: Survey) -> Constraint | None:
    type = survey.building()
    if type is None:
        return None
    floors = survey.city.floors[survey.of(type)]
    if floors.max() > 2.5 * floors.min():
        return None
    return Constraint("floors", type, low=float(floors.min()), high=float(floors.max()))


def _mean_height(survey: Survey) -> Constraint:
    return Constraint("mean_height", **around([survey.city.mean_height_m], 0.07, 1.0))


def _max_height(survey: Survey) -> Constraint:
    return Constraint("max_height", **around([survey.city.max_height_m], 0.05, 1.0))


def _lead(survey: Survey) -> Constraint | None:
    tallest = survey.city.tallest
    if tallest is None or tallest.type not in survey.singles:
        return None
    lead = survey.city.lead_m(tallest.id)
    return Constraint("lead", tallest.type, low=below(lead, 0.2, 1.0)) if lead >= 3.0 else None


def _skyline(survey: Survey) -> Constraint | None:
    rho = survey.city.skyline
    return Constraint("skyline", low=below(rho, 0.15, 0.05)) if rho >= 0.3 else None


HEIGHTS: Mapping[str, Maker] = {
    "height": _height,
    "floors": _floors,
    "mean_height": _mean_height,
    "max_height": _max_height,
    "lead": _lead,
    "skyline": _skyline,
}
"""Kind -> maker."""


def _color(survey: Survey) -> Constraint | None:
    return _finish(survey, "color")


def _material(survey: Survey) -> Constraint | None:
    return _finish(survey, "material")


def _finish(survey: Survey, kind: str) -> Constraint | None:
    """Colour or material of walls, roofs or doors of a type."""
    type = survey.building()
    if type is None:
        return None
    of = survey.choose(("wall", "wall", "roof", "door")) if kind == "color" else "wall"
    id = survey.id(type)
    name = survey.city.color(id, of) if kind == "color" else survey.city.material(id, of)
    return None if name is None else Constraint(kind, type, low=1.0, options={"names": [name], "of": of})


def _roof_shape(survey: Survey) -> Constraint | None:
    pitched = [
        type
        for type in sorted(survey.counts)
        if (shapes := {survey.city.roof_shape(survey.city.elements[k].id) for k in survey.of(type)})
        and len(shapes) == 1
        and shapes != {"flat"}
    ]
    if not pitched:
        return None
    type = survey.choose(pitched)
    options = {"names": [survey.city.roof_shape(survey.id(type))]}
    return Constraint("roof_shape", type, low=1.0, options=options)


def _component(survey: Survey) -> Constraint | None:
    type = survey.building()
    if type is None:
        return None
    parts: dict[str, Component] = {one.type: one for one in survey.city.components(survey.id(type))}
    found = [name for name in LOOK_PARTS if name in parts]
    if not found:
        return None
    part = parts[survey.choose(found[:2])]
    told = {"color": part.color, "material": part.material, "count": part.count}
    options = {"type": part.type} | {key: value for key, value in told.items() if value is not None}
    return Constraint("component", type, low=1.0, options=options)


def _program(survey: Survey) -> Constraint | None:
    type = survey.building(least=2) or survey.building()
    if type is None:
        return None
    name = survey.city.element(survey.id(type)).program
    return None if name is None else Constraint("program", type, low=1.0, options={"name": name})


LOOKS: Mapping[str, Maker] = {
    "color": _color,
    "material": _material,
    "roof_shape": _roof_shape,
    "component": _component,
    "program": _program,
}
"""Kind -> maker."""


def _street_length(survey: Survey) -> Constraint | None:
    classes = sorted({street.class_ for street in survey.city.program.streets})
    class_ = survey.choose([*classes, "any"])
    length = survey.city.street_length_m(class_)
    options = {} if class_ == "any" else {"class": class_}
    return Constraint("street_length", **around([length], 0.12, 10.0), options=options)


def _junctions(survey: Survey) -> Constraint | None:
    count = survey.city.junctions
    if count < 2:
        return None
    slack = max(1, count // 4)
    return Constraint("junctions", low=float(count - slack), high=float(count + slack))


def _frontage(survey: Survey) -> Constraint | None:
    type = survey.building()
    if type is None:
        return None
    farthest = float(np.max(survey.city.frontages[survey.of(type)]))
    return Constraint("frontage", type, high=above(farthest, 0.1, 1.0)) if farthest <= 45.0 else None


FRONTAGE: Mapping[str, Maker] = {"frontage": _frontage}
"""Kind -> maker; where there are streets."""

STREETS: Mapping[str, Maker] = {
    "connectivity": lambda survey: Constraint("connectivity", low=1.0),
    "dead_ends": lambda survey: Constraint("dead_ends", high=float(survey.city.dead_ends)),
    "junctions": _junctions,
    "street_length": _street_length,
}
"""Kind -> maker; where streets are to be drawn."""
