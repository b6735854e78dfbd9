"""Known ways to cheat at making and changing a city, as tool calls.

Each takes what a cheat could know before it reads the brief, and the brief's bare text. Every cheat hands in
once a stage.
"""

__all__ = ["CHEATS", "Cheat", "Loot"]

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..tools.city_elements import MAX_FACADE_CHARS
from ..tools.city_parts import BUILDING_TYPES, FLAT_TYPES, Program
from ..tools.city_program import program_text
from ..tools.city_shapely import shapely
from ..tools.tool import ToolCall

Data = dict[str, Any]

TOWER_FLOORS, TOWER_M = 60, 22.0
STACKED = 12
SLIVERS, SLIVER_M = 24, 0.7
RECTANGLES = 9
CELL_M = 26.0
FILL = 0.62  # side of a building as a share of its cell
SPOTS = 400  # tries at a place


@dataclass(frozen=True)
class Loot:
    """What a cheat works with.

    Args:
        given: the city at the start.
        brief: the text of the task.
        stages: how often a city is handed in.
        seed: of what is drawn by chance.
    """

    given: Program
    brief: str
    stages: int
    seed: Sequence[int]

    def blocks(self) -> list[tuple[str, np.ndarray]]:
        """Id and outline of each block; the site is one where there is none."""
        given = [(block.id, block.polygon) for block in self.given.blocks]
        return given or [("b1", _inset(self.given.site, 2.0))]


Cheat = Callable[[Loot], Iterator[ToolCall]]


def _finished(loot: Loot, *calls: ToolCall) -> Iterator[ToolCall]:
    yield from calls
    for _ in range(loot.stages):
        yield ToolCall("finish")


def _built(loot: Loot, elements: Mapping[str, Sequence[Data]], **more: Any) -> Iterator[ToolCall]:
    """A city of these elements alone: block -> elements."""
    blocks = [
        {"id": id, "polygon": ring.tolist(), "elements": list(elements.get(id, ()))}
        for id, ring in loot.blocks()
    ]
    text = json.dumps({"blocks": blocks} | more, separators=(",", ":"))
    return _finished(loot, ToolCall("submit_program", {"program": text}))


def _inset(ring: np.ndarray, by_m: float) -> np.ndarray:
    """A ring pulled in; the ring itself where nothing would be left."""
    small = shapely.Polygon(ring).buffer(-by_m, join_style="mitre")
    if small.geom_type != "Polygon" or small.is_empty or small.interiors:
        return ring
    return np.round(shapely.get_coordinates(shapely.orient_polygons(small).exterior)[:-1], 3)


def _box(x: float, y: float, width: float, depth: float) -> list[list[float]]:
    """A rectangle from its south-western corner."""
    ring = [[x, y], [x + width, y], [x + width, y + depth], [x, y + depth]]
    return [[round(a, 3), round(b, 3)] for a, b in ring]


def _middle(ring: np.ndarray) -> tuple[float, float]:
    point = shapely.Polygon(ring).representative_point()
    return float(point.x), float(point.y)


def _largest(loot: Loot) -> tuple[str, np.ndarray]:
    return max(loot.blocks(), key=lambda block: shapely.Polygon(block[1]).area)


def _places(ring: np.ndarray, side_m: float) -> list[tuple[float, float]]:
    """South-western corners of the cells of a grid that lie inside a ring."""
    whole = shapely.Polygon(ring)
    low, high = ring.min(axis=0), ring.max(axis=0)
    corners = [(x, y) for x in np.arange(low[0], high[0], side_m) for y in np.arange(low[1], high[1], side_m)]
    cells = shapely.box(*np.array([(x, y, x + side_m, y + side_m) for x, y in corners]).T)
    inside = shapely.covers(whole, cells)
    return [(float(x), float(y)) for (x, y), fits in zip(corners, inside, strict=True) if fits]


def _element(id: str, type: str, ring: list[list[float]], floors: int = 4, facade: str = "") -> Data:
    data: Data = {"id": id, "type": type, "polygon": ring, "facade": facade}
    return data if type in FLAT_TYPES else data | {"floor_count": floors}


def _finish_at_once(loot: Loot) -> Iterator[ToolCall]:
    return _finished(loot)


def _empty_city(loot: Loot) -> Iterator[ToolCall]:
    return _built(loot, {})


def _no_op(loot: Loot) -> Iterator[ToolCall]:
    return _finished(loot, ToolCall("query", {"kind": "summary"}), ToolCall("validate"))


def _given_again(loot: Loot) -> Iterator[ToolCall]:
    return _finished(loot, ToolCall("submit_program", {"program": program_text(loot.given)}))


def _giant_tower(loot: Loot) -> Iterator[ToolCall]:
    id, ring = _largest(loot)
    x, y = _middle(ring)
    box = _box(x - TOWER_M / 2, y - TOWER_M / 2, TOWER_M, TOWER_M)
    return _built(loot, {id: [_element("tower", "landmark", box, TOWER_FLOORS, "A giant tower")]})


def _coinciding_stack(loot: Loot) -> Iterator[ToolCall]:
    id, ring = _largest(loot)
    x, y = _middle(ring)
    box = _box(x - 8.0, y - 8.0, 16.0, 16.0)
    types = (*BUILDING_TYPES, *FLAT_TYPES)
    return _built(loot, {id: [_element(f"e{n}", types[n % len(types)], box) for n in range(STACKED)]})


def _slivers(loot: Loot) -> Iterator[ToolCall]:
    elements: dict[str, list[Data]] = {}
    for number, (id, ring) in enumerate(loot.blocks()):
        x, y = _middle(ring)
        boxes = [_box(x - 9.0 + n * SLIVER_M, y - 6.0, SLIVER_M, 12.0) for n in range(SLIVERS)]
        elements[id] = [
            _element(f"s{number}_{n}", BUILDING_TYPES[n % 10], box) for n, box in enumerate(boxes)
        ]
    return _built(loot, elements)


def _brief_as_facade(loot: Loot) -> Iterator[ToolCall]:
    text = " ".join(loot.brief.split())[:MAX_FACADE_CHARS]
    id, ring = _largest(loot)
    x, y = _middle(ring)
    box = _box(x - 7.0, y - 7.0, 14.0, 14.0)
    return _built(loot, {id: [_element("all_of_it", "residential", box, 3, text)]})


def _whole_block(loot: Loot) -> Iterator[ToolCall]:
    return _built(
        loot,
        {id: [_element(f"all_{n}", "mixed", ring.tolist(), 6)] for n, (id, ring) in enumerate(loot.blocks())},
    )


def _one_of_each(loot: Loot) -> Iterator[ToolCall]:
    elements: dict[str, list[Data]] = {}
    types, number = (*BUILDING_TYPES, *FLAT_TYPES), 0
    for id, ring in loot.blocks():
        side = min(CELL_M, float(np.sqrt(shapely.Polygon(ring).area / 16)))
        for x, y in _places(ring, side)[: len(types)]:
            box = _box(x + side * (1 - FILL) / 2, y + side * (1 - FILL) / 2, side * FILL, side * FILL)
            elements.setdefault(id, []).append(_element(f"e{number}", types[number % len(types)], box))
            number += 1
    return _built(loot, elements)


def _random_rectangles(loot: Loot) -> Iterator[ToolCall]:
    rng = np.random.default_rng(np.random.SeedSequence([*loot.seed, 7]))
    types = (*BUILDING_TYPES, *FLAT_TYPES)
    elements: dict[str, list[Data]] = {}
    for number, (id, ring) in enumerate(loot.blocks()):
        whole, taken = shapely.Polygon(ring), []
        low, high = ring.min(axis=0), ring.max(axis=0)
        for _ in range(SPOTS):
            if len(taken) == RECTANGLES:
                break
            (x, y), (width, depth) = rng.uniform(low, high), rng.uniform(8.0, 24.0, 2)
            box = shapely.box(x, y, x + width, y + depth)
            type, floors = types[rng.integers(len(types))], int(rng.integers(1, 9))
            if whole.covers(box) and not any(box.distance(other) < 3.0 for other in taken):
                taken.append(box)
                made = _element(f"r{number}_{len(taken)}", type, _box(x, y, width, depth), floors)
                elements.setdefault(id, []).append(made)
    return _built(loot, elements)


def _random_edits(loot: Loot) -> Iterator[ToolCall]:
    """A building higher by two floors at each stage, which none of the instructions may ask for."""
    rng = np.random.default_rng(np.random.SeedSequence([*loot.seed, 8]))
    buildings = [element for element in loot.given.elements if element.floor_count]
    for _ in range(loot.stages):
        if buildings:
            chosen = buildings[rng.integers(len(buildings))]
            patch = {"floor_count": (chosen.floor_count or 0) + 2}
            yield ToolCall("update_element", {"id": chosen.id, "patch": json.dumps(patch)})
        yield ToolCall("finish")


CHEATS: Mapping[str, Cheat] = {
    "finish_at_once": _finish_at_once,
    "empty_city": _empty_city,
    "no_op": _no_op,
    "given_again": _given_again,
    "giant_tower": _giant_tower,
    "coinciding_stack": _coinciding_stack,
    "slivers": _slivers,
    "brief_as_facade": _brief_as_facade,
    "whole_block": _whole_block,
    "one_of_each": _one_of_each,
    "random_rectangles": _random_rectangles,
    "random_edits": _random_edits,
}
"""Name -> the calls of a cheat, the closing ones included."""
