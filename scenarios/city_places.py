"""Constraints of place, light and view, read off a finished city.

Makers as in `city_asks.py`. Where a pair is asked for, it is a pair of single elements, so that a brief can
name them.
"""

__all__ = ["PLACES", "VIEWS"]

from collections.abc import Mapping

import numpy as np

from ..tools.city_constraint import Constraint
from ..tools.city_relations import DIRECTIONS
from .city_asks import Maker
from .city_survey import Survey, above, around, below

DIRECTION_DEG = 30.0
NEAR_M, BESIDE_M = 70.0, 9.0
ENCLOSED_M = (15.0, 25.0)
SUNS = ((135.0, 45.0), (180.0, 35.0), (180.0, 50.0), (225.0, 40.0))
VIEW_M = (6.0, 10.0, 14.0)
FREE_SHARE, SEEN_SHARE = 0.75, 0.5
EYE_STREETS = 4


def _direction(survey: Survey) -> Constraint | None:
    pair = survey.pair()
    if pair is None:
        return None
    one, other = survey.id(pair[0]), survey.id(pair[1])
    off = {name: survey.city.off_direction_deg(one, other, name) for name in DIRECTIONS}
    name = min(off, key=lambda key: off[key])
    return Constraint("direction", *pair, high=DIRECTION_DEG, options={"direction": name})


def _distance(survey: Survey) -> Constraint | None:
    pair = survey.pair()
    if pair is None:
        return None
    away = survey.city.distance_m(survey.id(pair[0]), survey.id(pair[1]))
    return Constraint("distance", *pair, **around([away], 0.15, 1.0))


def _adjacent(survey: Survey) -> Constraint | None:
    found = sorted(survey.singles)
    pairs = [
        (one, other, away)
        for k, one in enumerate(found)
        for other in found[k + 1 :]
        if (away := survey.city.distance_m(survey.id(one), survey.id(other))) <= BESIDE_M
    ]
    if not pairs:
        return None
    one, other, away = pairs[survey.rng.integers(len(pairs))]
    return Constraint("adjacent", one, other, high=above(away, 0.1, 1.0))


def _reach(survey: Survey) -> Constraint | None:
    type, flat = survey.building(least=2), survey.flat()
    if type is None or flat is None:
        return None
    positions, others = survey.of(type), survey.of(flat)
    away = [
        min(survey.city.distance_m(survey.city.elements[k].id, survey.city.elements[j].id) for j in others)
        for k in positions
    ]
    if max(away) > 2.0 * NEAR_M:
        return None
    return Constraint("reach", type, flat, high=above(max(away), 0.1, 5.0))


def _between(survey: Survey) -> Constraint | None:
    found = sorted(survey.singles)
    trios = [
        (one, other, third)
        for one in found
        for k, other in enumerate(found)
        for third in found[k + 1 :]
        if one not in (other, third)
        and survey.city.detour(survey.id(one), survey.id(other), survey.id(third)) <= 1.2
    ]
    if not trios:
        return None
    one, other, third = trios[survey.rng.integers(len(trios))]
    detour = survey.city.detour(survey.id(one), survey.id(other), survey.id(third))
    return Constraint("between", one, other, third, high=max(1.1, above(detour, 0.02, 0.05)))


def _corner(survey: Survey) -> Constraint | None:
    return _nearest(survey, "corner", 25.0)


def _centre(survey: Survey) -> Constraint | None:
    return _nearest(survey, "centre", 30.0)


def _nearest(survey: Survey, kind: str, most_m: float) -> Constraint | None:
    """The single element that lies nearest to a corner or the middle of the site or of its block."""
    of = "site" if survey.level == 1 or survey.level == 4 else survey.choose(("site", "block"))
    measure = survey.city.corner_distance_m if kind == "corner" else survey.city.centre_distance_m
    away = {type: measure(survey.id(type), of) for type in sorted(survey.singles)}
    near = [type for type, distance in away.items() if distance <= most_m]
    if not near:
        return None
    type = survey.choose(near)
    return Constraint(kind, type, high=above(away[type], 0.15, 1.0), options={"of": of})


def _enclosure(survey: Survey) -> Constraint | None:
    flat = survey.flat(single=True)
    if flat is None:
        return None
    within = float(survey.rng.choice(ENCLOSED_M))
    share = survey.city.enclosure(survey.id(flat), within)
    if share < 0.35:
        return None
    return Constraint("enclosure", flat, low=below(share, 0.12, 0.05), options={"within": within})


def _row(survey: Survey) -> Constraint | None:
    for type in survey.rng.permutation(sorted(survey.counts)).tolist():
        ids = [survey.city.elements[k].id for k in survey.of(type)]
        spread = survey.city.row_spread_m(ids)
        if len(ids) >= 2 and spread <= 2.0:
            return Constraint("row", type, high=above(spread, 0.1, 1.0))
    return None


def _spacing(survey: Survey) -> Constraint | None:
    type = survey.building(least=2)
    if type is None:
        return None
    gaps = survey.city.gaps[survey.of(type)]
    return None if not np.isfinite(gaps).all() else Constraint("spacing", type, **around(gaps, 0.08, 0.5))


def _setback(survey: Survey) -> Constraint | None:
    type = survey.building()
    if type is None:
        return None
    setbacks = survey.city.setbacks[survey.of(type)]
    return Constraint("setback", type, low=below(float(setbacks.min()), 0.05, 0.5))


def _alignment(survey: Survey) -> Constraint | None:
    type = survey.building()
    if type is None:
        return None
    off = float(survey.city.misalignments[survey.of(type)].max())
    return Constraint("alignment", type, high=3.0) if off <= 2.0 else None


def _place(survey: Survey) -> Constraint | None:
    if not survey.singles:
        return None
    type = survey.choose(sorted(survey.singles))
    x, y = survey.city.centroids[survey.of(type)[0]]
    shift = survey.rng.uniform(-2.0, 2.0, 2)
    point = {"x": float(round(x + shift[0])), "y": float(round(y + shift[1]))}
    return Constraint("place", type, high=float(survey.rng.choice((5.0, 6.0, 8.0))), options=point)


def _axis(survey: Survey) -> Constraint | None:
    type = survey.building(single=True)
    if type is None:
        return None
    position = survey.of(type)[0]
    if survey.city.aspects[position] < 1.25:
        return None
    east, north = survey.city.boxes[position, 0]
    bearing = float(round(np.degrees(np.arctan2(east, north)) % 180.0)) % 180.0
    return Constraint("axis", type, high=6.0, options={"bearing": bearing})


PLACES: Mapping[str, Maker] = {
    "direction": _direction,
    "distance": _distance,
    "adjacent": _adjacent,
    "reach": _reach,
    "between": _between,
    "corner": _corner,
    "centre": _centre,
    "enclosure": _enclosure,
    "row": _row,
    "spacing": _spacing,
    "setback": _setback,
    "alignment": _alignment,
    "place": _place,
    "axis": _axis,
}
"""Kind -> maker."""


def _shadow(survey: Survey) -> Constraint | None:
    flat = survey.flat(single=True)
    if flat is None:
        return None
    azimuth, elevation = SUNS[survey.rng.integers(len(SUNS))]
    share = survey.city.shadow_share(survey.id(flat), azimuth_deg=azimuth, elevation_deg=elevation)
    if share > 0.6:
        return None
    options = {"azimuth": azimuth, "elevation": elevation}
    return Constraint("shadow", flat, high=above(share + 0.05, 0.1, 0.05), options=options)


def _open_view(survey: Survey) -> Constraint | None:
    found = sorted(survey.singles)
    width = float(survey.rng.choice(VIEW_M))
    for _ in range(4):
        pair = survey.pair()
        if pair is None or len(found) < 2:
            return None
        one, other = survey.id(pair[0]), survey.id(pair[1])
        share = survey.city.open_view(one, other, width_m=width)
        if share >= FREE_SHARE:
            return Constraint("open_view", *pair, low=below(share, 0.1, 0.05), options={"width": width})
    return None


def _visible(survey: Survey) -> Constraint | None:
    type = survey.building(single=True)
    if type is None or not survey.city.program.streets:
        return None
    streets = survey.city.program.streets
    for k in survey.rng.permutation(len(streets))[:EYE_STREETS].tolist():
        start, end = streets[k].path[[0, -1]]
        x, y = (start + float(survey.rng.uniform(0.2, 0.8)) * (end - start)).round()
        share = survey.city.visible_share(survey.id(type), float(x), float(y))
        if share >= SEEN_SHARE:
            options = {"x": float(x), "y": float(y)}
            return Constraint("visible", type, low=below(share, 0.12, 0.05), options=options)
    return None


VIEWS: Mapping[str, Maker] = {"shadow": _shadow, "open_view": _open_view, "visible": _visible}
"""Kind -> maker."""
