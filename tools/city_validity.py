"""How valid a city is: exact shares of what is wrong, faults by name.

Overlaps are those of the polygons, every pair through an R-tree, not of bounding boxes (the reviewers'
complaint about CityGenAgent). Knows the world only; what the shares cost stands in `rewards/city.py`.
"""

__all__ = ["Validity", "check"]

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..rewards.city import validity
from ..rewards.score import Score
from .city import City
from .city_problems import Problem
from .city_shapely import shapely

OVERLAP_SLACK_M2 = 0.05
OUTSIDE_SLACK = 0.01
COINCIDING_IOU = 0.8
MAX_SLENDERNESS = 12.0
MIN_WIDTH_M = 3.0
FLOAT_SLACK = 1e-6

Pairs = list[tuple[int, int, float]]


@dataclass(frozen=True)
class Validity:
    """What is wrong with a city.

    Args:
        overlap: ground that elements share, pair by pair, as a share of the ground of all elements; of blocks
            likewise, where that is more.
        outside: ground of elements outside their blocks, or of blocks outside the site, as such a share.
        street: ground on carriageways (of buildings: on paths too), as such a share.
        invalid: share of the elements that are slender, slivers, floating or have too high a roof; or of the
            length of streets that is cut off from the others, where that is more.
        coinciding: pairs that stand on the same ground (IoU above 0.8).
        problems: each fault, soft ones only: what is structural never becomes a city.
        built: 1 where there is at least one building, else 0.
    """

    overlap: float
    outside: float
    street: float
    invalid: float
    coinciding: int
    problems: tuple[Problem, ...]
    built: float

    @cached_property
    def defects(self) -> dict[str, float]:
        """As `rewards.city.validity` takes them."""
        return {
            "overlap": self.overlap,
            "outside": self.outside,
            "street": self.street,
            "invalid": self.invalid,
            "coinciding": float(self.coinciding),
        }

    @cached_property
    def score(self) -> Score:
        """The level of validity."""
        return validity(self.defects)


def check(city: City) -> Validity:
    """Measure a whole city; exact."""
    if not city.elements:
        streets = list(_cut_off(city))
        share = 1.0 - city.connectivity if streets else 0.0
        outside, faults = _blocks_outside(city)
        pairs = _overlapping(city.block_polygons)
        faults = [*faults, *_block_overlaps(city, pairs), *streets]
        return Validity(_block_share(city, pairs), outside, 0.0, share, 0, tuple(faults), 0.0)
    problems: list[Problem] = []
    ground = float(city.areas.sum())
    pairs = [pair for pair in _overlapping(city.polygons) if not _carries(city, pair)]
    problems += _overlaps(city, pairs)
    block_pairs = _overlapping(city.block_polygons)
    problems += _block_overlaps(city, block_pairs)
    overlap = sum(area for *_, area in pairs) / ground
    outside, faults = _elements_outside(city)
    beyond, more = _blocks_outside(city)
    on_street, street_faults = _on_streets(city)
    problems += [*faults, *more, *street_faults]
    misshapen = list(_misshapen(city))
    cut_off = list(_cut_off(city))
    problems += [problem for _, problem in misshapen] + cut_off
    invalid = len({position for position, _ in misshapen}) / len(city.elements)
    return Validity(
        overlap=max(overlap, _block_share(city, block_pairs)),
        outside=max(outside / ground, beyond),
        street=on_street / ground,
        invalid=max(invalid, 1.0 - city.connectivity if cut_off else 0.0),
        coinciding=sum(_coincide(city, pair) for pair in pairs),
        problems=tuple(problems),
        built=float(city.is_building.any()),
    )


def _overlapping(polygons: np.ndarray) -> Pairs:
    """(i, j, m2) of each pair that shares ground, i < j."""
    if len(polygons) < 2:
        return []
    first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    ahead = first < second
    first, second = first[ahead], second[ahead]
    # Walls that touch are common and cheap to tell from ground that is shared.
    shares = ~shapely.touches(polygons[first], polygons[second])
    first, second = first[shares], second[shares]
    areas = shapely.area(shapely.intersection(polygons[first], polygons[second]))
    found = zip(first.tolist(), second.tolist(), areas.tolist(), strict=True)
    return sorted(pair for pair in found if pair[2] > OVERLAP_SLACK_M2)


def _carries(city: City, pair: tuple[int, int, float]) -> bool:
    """Whether one of a pair stands on the roof of the other."""
    first, second, _ = pair
    return city.carriers[first] == second or city.carriers[second] == first


def _coincide(city: City, pair: tuple[int, int, float]) -> bool:
    first, second, shared = pair
    return shared > COINCIDING_IOU * (city.areas[first] + city.areas[second] - shared)


def _overlaps(city: City, pairs: Pairs) -> Iterator[Problem]:
    for pair in pairs:
        first, second, shared = pair
        one, other = city.elements[first].id, city.elements[second].id
        if _coincide(city, pair):
            code, words = "coinciding", f"'{one}' and '{other}' stand on the same ground ({shared:.1f} m2)"
        else:
            code, words = "overlap", f"'{one}' and '{other}' share {shared:.1f} m2"
        yield Problem(code, city.pointer(first), words, f"move, shrink or remove '{one}' or '{other}'")


def _block_share(city: City, pairs: Pairs) -> float:
    """Ground that blocks share, as a share of that of all blocks."""
    return sum(area for *_, area in pairs) / float(shapely.area(city.block_polygons).sum()) if pairs else 0.0


def _block_overlaps(city: City, pairs: Pairs) -> Iterator[Problem]:
    for first, second, shared in pairs:
        one, other = city.program.blocks[first].id, city.program.blocks[second].id
        words = f"the blocks '{one}' and '{other}' share {shared:.1f} m2", "draw them apart"
        yield Problem("blocks_overlap", f"/blocks/{first}/polygon", *words)


def _elements_outside(city: City) -> tuple[float, list[Problem]]:
    """Ground outside the blocks (m2), and each element that lies out by more than 1 %."""
    blocks = city.block_polygons
    shapely.prepare(blocks)
    owners = city.block_positions
    out = np.flatnonzero(~shapely.covers(blocks[owners], city.polygons))
    areas = shapely.area(shapely.difference(city.polygons[out], blocks[owners[out]]))
    problems, total = [], 0.0
    for position, area in zip(out.tolist(), areas.tolist(), strict=True):
        share = area / city.areas[position]
        if share > OUTSIDE_SLACK:
            total += area
            id, block = city.elements[position].id, city.program.blocks[owners[position]].id
            words = f"{share:.0%} of '{id}' ({area:.1f} m2) lies outside its block '{block}'"
            hint = "move or shrink it, or put it into the block where it lies"
            problems.append(Problem("outside_block", city.pointer(position), words, hint))
    return total, problems


def _blocks_outside(city: City) -> tuple[float, list[Problem]]:
    """Share of the ground of all blocks outside the site, and each block that lies out by more than 1 %."""
    blocks = city.block_polygons
    if not len(blocks):
        return 0.0, []
    areas = shapely.area(blocks)
    out = np.flatnonzero(~shapely.covers(city.site, blocks))
    problems, total = [], 0.0
    for position in out.tolist():
        area = float(shapely.area(shapely.difference(blocks[position], city.site)))
        if area > OUTSIDE_SLACK * areas[position]:
            total += area
            words = f"{area:.1f} m2 of the block '{city.program.blocks[position].id}' lie outside the site"
            hint = "draw it inside the site"
            problems.append(Problem("outside_site", f"/blocks/{position}/polygon", words, hint))
    return total / float(areas.sum()), problems


def _on_streets(city: City) -> tuple[float, list[Problem]]:
    """Ground on streets (m2), each place once, and each element that lies there."""
    if not len(city.carriageways):
        return 0.0, []
    hits, streets = shapely.STRtree(city.carriageways).query(city.polygons, predicate="intersects")
    counts = city.has_carriageway[streets] | city.is_building[hits]
    counts &= ~shapely.touches(city.polygons[hits], city.carriageways[streets])
    problems, total = [], 0.0
    for position in np.unique(hits[counts]).tolist():
        where = streets[counts & (hits == position)]
        street = shapely.union_all(city.carriageways[where])
        area = float(shapely.area(shapely.intersection(city.polygons[position], street)))
        if area > OVERLAP_SLACK_M2:
            total += area
            names = ", ".join(f"'{city.program.streets[k].id}'" for k in where)
            words = f"{area:.1f} m2 of '{city.elements[position].id}' lie on {names}"
            problems.append(Problem("on_carriageway", city.pointer(position), words, "move or shrink it"))
    return total, problems


def _misshapen(city: City) -> Iterator[tuple[int, Problem]]:
    """Position and fault of each building that could not stand."""
    rises = city.heights - city.bases
    roofs = city.tops - city.heights
    floats = city.carriers == -2
    least = city.least_widths
    doubtful = city.is_building & (
        (least < MIN_WIDTH_M) | (rises > MAX_SLENDERNESS * least) | (roofs > least)
    )
    if not (doubtful | floats).any():
        return
    is_thin = city.is_building & (city.widths < MIN_WIDTH_M - FLOAT_SLACK)
    is_slender = city.is_building & (rises > MAX_SLENDERNESS * city.widths + FLOAT_SLACK)
    is_peaked = roofs > city.widths + FLOAT_SLACK
    for position in np.flatnonzero(is_thin | is_slender | is_peaked | floats).tolist():
        id, where, width = city.elements[position].id, city.pointer(position), city.widths[position]
        if is_thin[position]:
            words = f"'{id}' is {width:.1f} m wide", f"a building is at least {MIN_WIDTH_M:g} m wide"
            yield position, Problem("sliver", where, *words)
        if is_slender[position]:
            words = f"'{id}' is {rises[position]:.1f} m high and {width:.1f} m wide"
            hint = f"a building is at most {MAX_SLENDERNESS:g} times as high as wide"
            yield position, Problem("slender", where, words, hint)
        if is_peaked[position]:
            words = f"the roof of '{id}' is {roofs[position]:.1f} m high, the building {width:.1f} m wide"
            yield position, Problem("roof_too_high", where, words, "lower the roof")
        if floats[position]:
            words = f"'{id}' begins {city.bases[position]:g} m above the ground, and nothing carries it"
            hint = "send base_height 0, or the height of the building below, which must be larger"
            yield position, Problem("floating", where, words, hint)


def _cut_off(city: City) -> Iterator[Problem]:
    """Streets outside the largest connected group."""
    if len(city.program.streets) < 2:
        return
    sizes = np.bincount(city.street_groups, city.street_lengths)
    for position in np.flatnonzero(city.street_groups != sizes.argmax()).tolist():
        words = f"the street '{city.program.streets[position].id}' meets none of the main network"
        hint = "let its centre line end on that of another street"
        yield Problem("street_disconnected", f"/streets/{position}/path", words, hint)
