"""Seeded cities: a site cut into blocks, blocks into plots, built on.

Recursive subdivision along the frame of each piece, as procedural city makers do it (Parish and Mueller,
SIGGRAPH 2001; oriented boxes after Vanegas et al. 2012). Every street ends on another or at the edge of the
site, and nothing overlaps, by construction. Knows no tasks.
"""

__all__ = ["Layout", "layout_of"]

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, pi
from typing import Any

import numpy as np

from ..tools.city_parts import FLAT_TYPES, Program
from ..tools.city_program import parse_program
from .city_districts import districts
from .city_fabric import Fabric, fabric_of, outline
from .city_network import SITE_EDGE_M, streets_and_blocks
from .city_parcels import (
    LayoutError,
    Parcel,
    Point,
    abreast,
    area_of,
    fitted,
    frame_of,
    long_axis,
    middle_of,
    tenths,
)

Data = dict[str, Any]

SETBACKS_M = (2.5, 3.0, 4.0)
HALF_GAPS_M = (2.0, 2.5, 3.0)
LEAST_SIDE_M, LEAST_FLAT_M2 = 7.0, 60.0
ASPECTS = (0.4, 0.6, 0.8, 1.0, 1.3, 1.7, 2.5)
CAPS_M = {"residential": (15.0, 44.0), "landmark": (22.0, 30.0), "office": (24.0, 44.0)}
CAP_M = (28.0, 48.0)
ELEMENTS = {1: (3, 6), 2: (6, 12), 3: (15, 28), 4: (44, 100), 5: (14, 26)}
VACANT = {5: 2}
PLOT_M2 = {1: 900.0, 2: 1050.0, 3: 1150.0, 4: 1250.0, 5: 1250.0}
"""Of site for each element, streets included."""
PREFIXES = {
    "residential": "home",
    "commercial": "shop",
    "office": "office",
    "industrial": "works",
    "civic": "hall",
    "school": "school",
    "hospital": "clinic",
    "mixed": "mixed",
    "landmark": "tower",
    "parking": "garage",
    "greenspace": "park",
    "plaza": "square",
    "water": "pond",
}


@dataclass(frozen=True)
class Layout:
    """A finished city.

    Args:
        program: all of it.
        vacant: block and outline of each plot that was left free.
    """

    program: Program
    vacant: tuple[tuple[str, tuple[Point, ...]], ...]

    def given(self, *, bare: bool) -> Program:
        """What a task gives of it: site, streets and empty blocks, or the site alone."""
        if bare:
            return replace(self.program, streets=(), blocks=(), building_programs={})
        blocks = tuple(replace(block, elements=()) for block in self.program.blocks)
        return replace(self.program, blocks=blocks, building_programs={})


def layout_of(rng: np.random.Generator, level: int) -> Layout:
    """A city of a level.

    Args:
        rng: decides all of it.
        level: 1: one rectangular block at a street; 2: an irregular one; 3 and 5: two to four blocks
            between streets; 4: nine to sixteen.

    Raises:
        LayoutError: something did not fit.
    """
    total = int(rng.integers(ELEMENTS[level][0], ELEMENTS[level][1] + 1))
    site = _site(rng, level, total)
    streets, blocks = streets_and_blocks(rng, site, level)
    fabric = fabric_of(rng)
    areas = [area_of(block) for block in blocks]
    counts = _shares(areas, total + VACANT.get(level, 0))
    types = districts(rng, counts, level, VACANT.get(level, 0))
    numbers: dict[str, int] = {}
    vacant: list[tuple[str, tuple[Point, ...]]] = []
    made: list[Data] = []
    for number, (ring, wanted) in enumerate(zip(blocks, types, strict=True)):
        id = f"block_{chr(ord('a') + number)}"
        elements = []
        for type, plot, building in _plots(rng, ring, wanted):
            if type == "vacant":
                vacant.append((id, plot))
                continue
            numbers[type] = numbers.get(type, 0) + 1
            name = f"{PREFIXES[type]}_{numbers[type]}"
            elements.append(_element(rng, fabric, name, type, plot, building, site.ring))
        made.append({"id": id, "polygon": [list(point) for point in ring], "elements": elements})
    data = {
        "version": 1,
        "site": {"polygon": [list(point) for point in site.ring]},
        "streets": streets,
        "blocks": made,
        "building_programs": fabric.programs,
    }
    program, problems = parse_program(data)
    if program is None:
        raise LayoutError(f"the layout is no program: {problems[0]}")
    return Layout(program, tuple(vacant))


def _site(rng: np.random.Generator, level: int, elements: int) -> Parcel:
    """A convex outline with its south-western corner near the origin, large enough for some elements."""
    side = (PLOT_M2[level] * elements) ** 0.5
    stretch = float(rng.uniform(1.05, 1.4))
    width, depth = (float(5 * round(one / 5)) for one in (side * stretch, side / stretch))
    width, depth = width + 2 * SITE_EDGE_M, depth + 2 * SITE_EDGE_M
    ring = [(0.0, 0.0), (width, 0.0), (width, depth), (0.0, depth)]
    if level == 2 or (level > 2 and rng.random() < 0.6):
        skew = 0.2 if level == 2 else 0.12
        inwards = rng.uniform(0.0, skew, (4, 2)) * (width, depth) * ((1, 1), (-1, 1), (-1, -1), (1, -1))
        ring = [(x + float(a), y + float(b)) for (x, y), (a, b) in zip(ring, inwards, strict=True)]
        if rng.random() < 0.4:
            ring = _with_cut_corner(rng, ring)
    return Parcel.of([(round(x, 1), round(y, 1)) for x, y in ring], SITE_EDGE_M)


def _with_cut_corner(rng: np.random.Generator, ring: list[Point]) -> list[Point]:
    corner = int(rng.integers(4))
    (x, y), share = ring[corner], float(rng.uniform(0.22, 0.36))
    before, after = ring[corner - 1], ring[(corner + 1) % 4]
    cut = [(x + share * (u - x), y + share * (v - y)) for u, v in (before, after)]
    return [*ring[:corner], *cut, *ring[corner + 1 :]]


def _shares(areas: Sequence[float], total: int) -> list[int]:
    """A total split by area, at least one each."""
    counts = [max(1, round(total * area / sum(areas))) for area in areas]
    while sum(counts) != total:
        step = 1 if sum(counts) < total else -1
        position = max(
            range(len(areas)),
            key=lambda k: step * (areas[k] / counts[k]) if counts[k] + step >= 1 else -float("inf"),
        )
        counts[position] += step
    return counts


def _plots(
    rng: np.random.Generator, ring: tuple[Point, ...], types: Sequence[str]
) -> list[tuple[str, tuple[Point, ...], tuple[Point, float, float, float]]]:
    """Type, outline and largest building (middle, width, depth, direction) of each plot of a block."""
    along = frame_of(ring)
    gap = float(rng.choice(HALF_GAPS_M))
    pieces = _divided(rng, Parcel.of(ring, float(rng.choice(SETBACKS_M))), len(types), along, gap)
    plots = [piece.inner() for piece in pieces]
    if any(len(plot) < 3 or area_of(plot) < LEAST_FLAT_M2 for plot in plots):
        raise LayoutError("a plot is too small")
    plots.sort(key=area_of, reverse=True)
    found = []
    for type, plot in zip(types, plots, strict=True):
        middle, width, depth = fitted(plot, along, ASPECTS)
        if min(width, depth) < LEAST_SIDE_M and type not in FLAT_TYPES:
            raise LayoutError("a building is too small")
        low, high = CAPS_M.get(type, CAP_M)
        is_bent = min(width, depth) >= 22.0 and type != "landmark" and rng.random() < 0.5
        if not is_bent:
            width, depth = _capped(width, depth, low, high)
        else:
            width, depth = min(width, high), min(depth, high)
        width, depth = (
            max(LEAST_SIDE_M, side * float(rng.uniform(0.86, 1.0)) // 0.5 * 0.5) for side in (width, depth)
        )
        found.append((type, plot, (middle, width, depth, along)))
    return found


def _capped(width: float, depth: float, low: float, high: float) -> tuple[float, float]:
    """The shorter side at most `low`, the longer one at most `high`."""
    return (min(width, high), min(depth, low)) if width >= depth else (min(width, low), min(depth, high))


def _divided(rng: np.random.Generator, piece: Parcel, count: int, along: float, gap: float) -> list[Parcel]:
    """A piece in so many parts, cut across its longer side, along the frame of the block."""
    if count == 1:
        return [piece]
    axis = long_axis(piece.ring, along)
    first = count // 2 if count > 3 or rng.random() < 0.5 else count - count // 2
    spot = abreast(piece.ring, axis, first / count + float(rng.uniform(-0.05, 0.05)))
    # The left of a line that turns its back to the axis is what lies before it.
    before, behind = piece.cut(spot, axis + pi / 2, gap)
    if len(before.ring) < 3 or len(behind.ring) < 3:
        raise LayoutError("a plot is too small")
    return [*_divided(rng, before, first, along, gap), *_divided(rng, behind, count - first, along, gap)]


def _element(
    rng: np.random.Generator,
    fabric: Fabric,
    id: str,
    type: str,
    plot: tuple[Point, ...],
    building: tuple[Point, float, float, float],
    site: tuple[Point, ...],
) -> Data:
    if type in FLAT_TYPES:
        return {"id": id, "type": type, "polygon": [list(point) for point in tenths(plot)]}
    middle, width, depth, along = building
    x, y = middle_of(site)
    reach = max(hypot(u - x, v - y) for u, v in site)
    near = 1.0 - hypot(middle[0] - x, middle[1] - y) / reach
    ring = outline(rng, middle, width, depth, along, is_bent=type != "landmark")
    return fabric.building(rng, id, type, ring, min(width, depth), near)
