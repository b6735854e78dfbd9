"""How far a city fulfils constraints: each kind measured on the world.

One measure a kind of `rewards/city_constraints.py`; the numbers are the city's own named quantities. Knows no
briefs, and no key that is not a constraint.
"""

__all__ = ["checked", "fulfilment_of", "measured", "plausibility_of"]

from collections.abc import Callable, Mapping, Sequence
from math import inf

import numpy as np

from ..rewards.city import fulfilment, plausibility
from ..rewards.city_constraints import fulfilled
from ..rewards.score import Score
from .city import City
from .city_constraint import Constraint, select
from .city_parts import Component

VIEW_WIDTH_M = 10.0

Numbers = Sequence[float] | np.ndarray
Measure = Callable[[City, Constraint], Numbers]


def measured(city: City, constraint: Constraint) -> list[float]:
    """The numbers that a constraint speaks of; none where nothing is there.

    Of relations it is the pair that lies best; of "each" kinds every element.
    """
    return [float(number) for number in _MEASURES[constraint.kind](city, constraint)]


def checked(city: City, constraint: Constraint) -> Score:
    """How far a city fulfils a constraint."""
    return fulfilled(constraint.kind, measured(city, constraint), low=constraint.low, high=constraint.high)


def fulfilment_of(city: City, constraints: Sequence[Constraint]) -> tuple[Score, list[Score]]:
    """The weighted fulfilment of all constraints, and each one's."""
    scores = [checked(city, constraint) for constraint in constraints]
    weights = [constraint.weight for constraint in constraints]
    return fulfilment([score.value for score in scores], weights), scores


def plausibility_of(city: City) -> Score:
    """Whether the buildings of a city stand as buildings do; those that rise from others are left out."""
    own = city.positions("building")
    covered = np.bincount(city.block_positions[own], city.areas[own], len(city.program.blocks))
    coverages = covered / city.block_areas
    return plausibility(
        gaps_m=city.gaps[own].tolist(),
        setbacks_m=city.setbacks[own].tolist(),
        misalignments_deg=city.misalignments[own].tolist(),
        aspects=city.aspects[own].tolist(),
        areas_m2=city.areas[own].tolist(),
        coverages=coverages[covered > 0.0].tolist(),
    )


def _ids(city: City, who: str) -> list[str]:
    return [city.elements[position].id for position in select(city, who)]


def _whole(measure: Callable[[City], float]) -> Measure:
    """A quantity of the whole city."""
    return lambda city, constraint: [measure(city)]


def _each(values: Callable[[City], np.ndarray]) -> Measure:
    """A quantity of each element."""
    return lambda city, constraint: values(city)[select(city, constraint.who)]


def _pairs(measure: Callable[[City, Constraint, str, str], float]) -> Measure:
    """The least over all pairs of two different elements."""

    def least(city: City, constraint: Constraint) -> list[float]:
        others = _ids(city, constraint.other)
        numbers = [
            measure(city, constraint, one, other)
            for one in _ids(city, constraint.who)
            for other in others
            if one != other
        ]
        return [float(np.nanmin(numbers))] if numbers and not np.isnan(numbers).all() else []

    return least


def _nearest(measure: Callable[[City, Constraint, str], float]) -> Measure:
    """The least over the elements."""

    def least(city: City, constraint: Constraint) -> list[float]:
        numbers = [measure(city, constraint, one) for one in _ids(city, constraint.who)]
        return [min(numbers)] if numbers else []

    return least


def _reach(city: City, constraint: Constraint) -> list[float]:
    others = _ids(city, constraint.other)
    return [
        min((city.distance_m(one, other) for other in others if other != one), default=inf)
        for one in _ids(city, constraint.who)
    ]


def _between(city: City, constraint: Constraint) -> list[float]:
    numbers = [
        city.detour(one, other, third)
        for one in _ids(city, constraint.who)
        for other in _ids(city, constraint.other)
        for third in _ids(city, constraint.third)
        if len({one, other, third}) == 3
    ]
    return [min(numbers)] if numbers else []


def _floor_area(city: City, constraint: Constraint) -> float:
    positions = select(city, constraint.who)
    if constraint.who.startswith("#") or "@" in constraint.who:
        return float((city.areas * city.floors)[positions].sum())
    return city.floor_area_m2(constraint.who)


def _floor_area_share(city: City, constraint: Constraint) -> list[float]:
    whole = city.floor_area_m2()
    return [_floor_area(city, constraint) / whole] if whole else []


def _heights(city: City, constraint: Constraint) -> np.ndarray:
    """Of each, a tower counted for its podium."""
    return city.full_tops[select(city, constraint.who)]


def _lead(city: City, constraint: Constraint) -> list[float]:
    """Height of the highest of `who` above the highest building that is none of them."""
    own = select(city, constraint.who)
    if not len(own):
        return []
    carried = np.isin(city.carriers, own)
    own = np.union1d(own, np.flatnonzero(carried))
    return [city.tops[own].max() - np.delete(city.tops, own).max(initial=0.0)]


def _row(city: City, constraint: Constraint) -> list[float]:
    ids = _ids(city, constraint.who)
    return [city.row_spread_m(ids)] if len(ids) > 1 else []


def _place(city: City, constraint: Constraint, id: str) -> float:
    point = constraint.options["x"], constraint.options["y"]
    return float(np.hypot(*(city.centroids[city.position(id)] - point)))


def _axis(city: City, constraint: Constraint) -> np.ndarray:
    east, north = city.boxes[select(city, constraint.who), 0].T
    turned = np.degrees(np.arctan2(east, north)) - constraint.options["bearing"]
    return np.abs((turned + 90.0) % 180.0 - 90.0)


def _shadow(city: City, constraint: Constraint) -> list[float]:
    sun = {f"{key}_deg": constraint.options[key] for key in ("azimuth", "elevation")}
    return [city.shadow_share(id, **sun) for id in _ids(city, constraint.who)]


def _open_view(city: City, constraint: Constraint) -> list[float]:
    width, above = constraint.options["width"], constraint.options.get("above", 0.0)
    numbers = [
        city.open_view(one, other, width_m=width, above_m=above)
        for one in _ids(city, constraint.who)
        for other in _ids(city, constraint.other)
        if one != other
    ]
    return [max(numbers)] if numbers else []


def _visible(city: City, constraint: Constraint) -> list[float]:
    eye = {"eye_m": constraint.options["z"]} if "z" in constraint.options else {}
    x, y = constraint.options["x"], constraint.options["y"]
    return [city.visible_share(id, x, y, **eye) for id in _ids(city, constraint.who)]


def _share(is_met: Callable[[City, Constraint, str], float]) -> Measure:
    """Mean of a level over the elements."""

    def mean(city: City, constraint: Constraint) -> list[float]:
        levels = [float(is_met(city, constraint, id)) for id in _ids(city, constraint.who)]
        return [sum(levels) / len(levels)] if levels else []

    return mean


def _component(city: City, constraint: Constraint, id: str) -> float:
    return city.component_match(id, Component(**constraint.options))


def _of(constraint: Constraint, default: str) -> str:
    return str(constraint.options.get("of", default))


_MEASURES: Mapping[str, Measure] = {
    "count": lambda city, c: [len(select(city, c.who))],
    "floor_area": lambda city, c: [_floor_area(city, c)],
    "floor_area_share": _floor_area_share,
    "far": _whole(lambda city: city.far),
    "coverage": _whole(lambda city: city.gsi),
    "open_space": _whole(lambda city: city.osr),
    "ground_share": lambda city, c: [city.areas[select(city, c.who)].sum() / city.site_area_m2],
    "footprint": _each(lambda city: city.areas),
    "height": _heights,
    "floors": _each(lambda city: city.floors),
    "mean_height": _whole(lambda city: city.mean_height_m),
    "max_height": _whole(lambda city: city.max_height_m),
    "lead": _lead,
    "skyline": _whole(lambda city: city.skyline),
    "direction": _pairs(lambda city, c, a, b: city.off_direction_deg(a, b, c.options["direction"])),
    "distance": _pairs(lambda city, c, a, b: city.distance_m(a, b)),
    "reach": _reach,
    "adjacent": _pairs(lambda city, c, a, b: city.distance_m(a, b)),
    "between": _between,
    "corner": _nearest(lambda city, c, id: city.corner_distance_m(id, _of(c, "site"))),
    "centre": _nearest(lambda city, c, id: city.centre_distance_m(id, _of(c, "site"))),
    "enclosure": lambda city, c: [city.enclosure(id, c.options["within"]) for id in _ids(city, c.who)],
    "row": _row,
    "spacing": _each(lambda city: city.gaps),
    "setback": _each(lambda city: city.setbacks),
    "alignment": _each(lambda city: city.misalignments),
    "place": _nearest(_place),
    "axis": _axis,
    "frontage": _each(lambda city: city.frontages),
    "connectivity": _whole(lambda city: city.connectivity),
    "dead_ends": _whole(lambda city: city.dead_ends),
    "junctions": _whole(lambda city: city.junctions),
    "street_length": lambda city, c: [city.street_length_m(c.options.get("class", "any"))],
    "shadow": _shadow,
    "open_view": _open_view,
    "visible": _visible,
    "color": _share(lambda city, c, id: city.color(id, _of(c, "wall")) in c.options["names"]),
    "material": _share(lambda city, c, id: city.material(id, _of(c, "wall")) in c.options["names"]),
    "roof_shape": _share(lambda city, c, id: city.roof_shape(id) in c.options["names"]),
    "component": _share(_component),
    "program": _share(lambda city, c, id: city.element(id).program == c.options["name"]),
    "type": _share(lambda city, c, id: city.element(id).type in c.options["names"]),
}
