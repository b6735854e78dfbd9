"""Constraints as English sentences, several ways each.

Every number that a constraint is graded by stands in its sentence, with its unit and what it is measured
from. Knows no city: a sentence is made from the constraint and from which types have one element.
"""

__all__ = ["TEMPLATES", "sentence"]

from collections.abc import Collection, Mapping

import numpy as np

from ..tools.city_constraint import Constraint
from .city_nouns import a_noun, bounds, each, noun, number, part_of_parts, the, those

TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "count": (
        "there {is_are} {count} {who_n}",
        "plan {count} {who_n}",
        "the city has {count} {who_n}",
    ),
    "floor_area": (
        "{those} {hold} {bounds} of floor area (ground area times floors)",
        "the floor area of {those}, ground area times floors, is {bounds} in all",
    ),
    "floor_area_share": (
        "{those} {hold} {bounds} of all floor area",
        "of the floor area of all buildings, {bounds} belongs to {those}",
    ),
    "far": (
        "the floor area ratio, all floor area over the area of the whole site, is {bounds}",
        "build to a floor area ratio (floor area / area of the whole site) of {bounds}",
    ),
    "coverage": (
        "buildings cover {bounds} of the whole site",
        "the share of the whole site under buildings is {bounds}",
    ),
    "open_space": (
        "for each m² of floor area, {bounds} of the site's ground is free of buildings",
        "the open space ratio (ground of the site without buildings / floor area) is {bounds_bare}",
    ),
    "ground_share": (
        "{those} {cover} {bounds} of the whole site",
        "give {bounds} of the whole site to {those}",
    ),
    "footprint": (
        "{each} covers {bounds} of ground",
        "the ground area of {each} is {bounds}",
    ),
    "height": (
        "{each} is {bounds} high, to the top of its roof",
        "from the ground to the top of the roof, {each} measures {bounds}",
    ),
    "floors": (
        "{each} has {count} {floors}",
        "give {each} {count} {floors}",
    ),
    "mean_height": (
        "on average the buildings are {bounds} high, roofs included",
        "the mean height of all buildings, to the tops of their roofs, is {bounds}",
    ),
    "max_height": (
        "the highest building reaches {bounds}, its roof included",
        "the top of the highest roof is {bounds} above the ground",
    ),
    "lead": (
        "{the} is the highest building, {bounds} higher than any other",
        "{the} tops every other building by {bounds}",
    ),
    "skyline": (
        "the skyline rises towards the middle of the site: the rank correlation (Spearman) of a building's "
        "height with its nearness to the middle is {bounds}",
        "the nearer to the middle of the site, the higher: the rank correlation (Spearman) of nearness and "
        "height over all buildings is {bounds}",
    ),
    "direction": (
        "seen from the middle of {the_other}, the middle of {the} lies to the {direction} (within "
        "{high}° of that direction)",
        "{the} lies {direction} of {the_other}: from middle to middle at most {high}° off",
    ),
    "distance": (
        "{the} and {the_other} are {bounds} apart, from edge to edge",
        "keep {bounds} between the edges of {the} and {the_other}",
    ),
    "adjacent": (
        "{the} stands right beside {the_other}, with a gap of {bounds}",
        "{the_other} has {the} for a neighbour: the gap between them is {bounds}",
    ),
    "reach": (
        "from {each}, edge to edge, it is {bounds} to the nearest {other_n}",
        "{each} has {a_other} within {high} m, from edge to edge",
    ),
    "between": (
        "{the} lies between {the_other} and {the_third}: the way from middle to middle over it is at most "
        "{detour} % longer than the straight one",
        "whoever walks from {the_other} to {the_third} by way of {the} (middle to middle) makes a detour of "
        "at most {detour} %",
    ),
    "corner": (
        "{the} stands within {high} m of a corner of {place}",
        "put {the} at a corner of {place}, {bounds} from it",
    ),
    "centre": (
        "the middle of {the} lies within {high} m of the middle of {place}",
        "put {the} at the heart of {place}: middle to middle {bounds}",
    ),
    "enclosure": (
        "{the} is enclosed: in {bounds} of all directions a building stands within {within} m of its edge",
        "buildings within {within} m of its edge close {the} in {bounds} of all directions",
    ),
    "row": (
        "the {who_n} stand in a row: on one side their fronts lie on a line, to within {high} m",
        "line up the {who_n}, with one side of each on a common line to within {high} m",
    ),
    "spacing": (
        "the gap from {each} to the building nearest to it is {bounds}",
        "leave {bounds} between {each} and its nearest neighbouring building",
    ),
    "setback": (
        "{each} keeps {bounds} from the edge of its block",
        "set {each} back by {bounds} from the edge of the block",
    ),
    "alignment": (
        "{each} stands parallel to an edge of its block, to within {high}°",
        "turn {each} square to its block, at most {high}° off the direction of an edge",
    ),
    "place": (
        "the middle of {the} lies within {high} m of the point ({x}, {y})",
        "centre {the} on ({x}, {y}), at most {high} m off",
    ),
    "axis": (
        "the long side of {the} runs at a bearing of {bearing}° (clockwise from north), to within {high}°",
        "turn {the} so that its longer side has a bearing of {bearing}° clockwise from north, at most "
        "{high}° off",
    ),
    "frontage": (
        "{each} stands {bounds} from the edge of a street",
        "from {each} to the edge of the nearest street it is {bounds}",
    ),
    "connectivity": (
        "all streets hang together in one network",
        "every street can be reached from every other one along the streets",
    ),
    "dead_ends": (
        "the street network has {bounds} dead ends (an end at the edge of the site is none)",
        "{bounds} dead ends are allowed; a street that leads to the edge of the site has none there",
    ),
    "junctions": (
        "streets meet at {bounds} junctions (three arms or more)",
        "the network has {bounds} junctions of three or more arms",
    ),
    "street_length": (
        "the centre lines of {streets} add up to {bounds}",
        "in all there are {bounds} of {streets}, measured along centre lines",
    ),
    "shadow": (
        "with the sun at azimuth {azimuth}° (clockwise from north) and {elevation}° above the horizon, "
        "{bounds} of {the} lies in the shadow of buildings",
        "keep {the} sunny: {bounds} of it in shadow when the sun stands {elevation}° high at azimuth "
        "{azimuth}° (180° is south)",
    ),
    "open_view": (
        "between the middles of {the} and {the_other} a corridor {width} m wide is free of other buildings "
        "over {bounds} of its width",
        "{the} sees {the_other}: {bounds} of a {width} m wide corridor from middle to middle is blocked by "
        "no other building",
    ),
    "visible": (
        "from the point ({x}, {y}), 1.6 m above the ground, {bounds} of the height of {the} is seen",
        "who stands at ({x}, {y}) with the eyes at 1.6 m sees {bounds} of the height of {the}",
    ),
    "color": (
        "the {part} of {those} are {names}",
        "paint the {part} of {those} {names}",
    ),
    "material": (
        "the {part} of {those} are of {names}",
        "build the {part} of {those} of {names}",
    ),
    "roof_shape": (
        "{each} has a {names} roof",
        "roof {those} with {names} roofs",
    ),
    "component": (
        "the building program of {those} has a {component}",
        "{those} {follow} a building program with a {component}",
    ),
    "program": (
        "{those} {follow} the building program '{name}', which you define",
        "define a building program '{name}' and let {those} follow it",
    ),
}
"""Kind -> ways to say it."""

UNITS = {
    "floor_area": ("m²", 1.0),
    "footprint": ("m²", 1.0),
    "open_space": ("m²", 1.0),
    "ground_share": ("%", 100.0),
    "coverage": ("%", 100.0),
    "floor_area_share": ("%", 100.0),
    "enclosure": ("%", 100.0),
    "shadow": ("%", 100.0),
    "open_view": ("%", 100.0),
    "visible": ("%", 100.0),
}
BARE = ("far", "skyline", "dead_ends", "junctions")
STREET_WORDS = {
    "arterial": "the streets of class arterial",
    "local": "the streets of class local",
    "path": "the streets of class path",
}


def sentence(constraint: Constraint, rng: np.random.Generator, singles: Collection[str]) -> str:
    """A constraint in words, without capital and full stop.

    Args:
        constraint: of a kind of TEMPLATES.
        rng: chooses among the ways to say it.
        singles: types of which the city has one element.
    """
    ways = TEMPLATES[constraint.kind]
    return ways[rng.integers(len(ways))].format_map(_words(constraint, singles))


def _words(constraint: Constraint, singles: Collection[str]) -> dict[str, str]:
    who, other, options = constraint.who, constraint.other, constraint.options
    unit, scale = UNITS.get(constraint.kind, ("" if constraint.kind in BARE else "m", 1.0))
    is_one = who in singles or who.startswith("#")
    words = {key: str(value) for key, value in options.items() if isinstance(value, str)}
    words |= {key: number(value) for key, value in options.items() if isinstance(value, (int, float))}
    is_none = constraint.kind == "dead_ends" and constraint.high == 0.0
    return words | {
        "bounds": "no" if is_none else bounds(constraint.low, constraint.high, unit, scale),
        "bounds_bare": bounds(constraint.low, constraint.high),
        "count": bounds(constraint.low, constraint.high),
        "high": number(constraint.high) if constraint.high < 1e9 else "",
        "detour": number((constraint.high - 1.0) * 100.0) if constraint.high < 1e9 else "",
        "who_n": noun(who, 1 if constraint.kind == "count" and constraint.high == 1 else 2),
        "floors": "floor" if constraint.high == 1 else "floors",
        "is_are": "is" if constraint.high == 1 else "are",
        "the": the(who),
        "each": each(who, singles),
        "those": those(who, singles),
        "hold": "holds" if is_one else "hold",
        "cover": "covers" if is_one else "cover",
        "follow": "follows" if is_one else "follow",
        "the_other": the(other) if other else "",
        "other_n": noun(other, 1) if other else "",
        "a_other": a_noun(other) if other else "",
        "the_third": the(constraint.third) if constraint.third else "",
        "place": "its block" if options.get("of") == "block" else "the site",
        "part": part_of_parts(str(options.get("of", "wall"))),
        "names": " or ".join(options.get("names", ())),
        "direction": str(options.get("direction", "")).replace("_", "-"),
        "streets": STREET_WORDS.get(str(options.get("class")), "all streets"),
        "component": _component(options),
    }


def _component(options: Mapping[str, object]) -> str:
    """`component of type balcony, material metal and count 6`."""
    told = [f"{key} {options[key]}" for key in ("color", "material", "count") if key in options]
    joined = " and ".join(filter(None, [", ".join(told[:-1]), *told[-1:]]))
    return f"component of type {options.get('type')}" + (f" with {joined}" if joined else "")
