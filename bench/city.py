"""A city of 500 buildings: how long it takes to check it, and to grade it.

The peer checks the same program for the same faults as published reward code does: a JSON schema, then the
intersection of every pair of buildings.
"""

__all__ = ["city_reward", "city_text", "city_validity"]

import json
from itertools import combinations
from math import cos, radians, sin
from time import perf_counter
from typing import Any

from .harness import Row

BUILDINGS = 500
PER_BLOCK = 20
BLOCK_M = (118.0, 92.0)
STREET_M = 12.0
PLOT_M = (23.0, 22.0)
TYPES = ("residential", "residential", "office", "commercial", "mixed", "school")
ROOFS = ({"shape": "gabled", "height": 3.5}, {"shape": "flat"}, {"shape": "hipped", "height": 3.0})
PROGRAMS = {
    "brick": {"components": [{"type": "wall", "color": "brick_red", "material": "brick"}]},
    "stone": {
        "components": [{"type": "wall", "color": "sand", "material": "stone"}, {"type": "door", "count": 2}]
    },
}


def city_text(buildings: int = BUILDINGS) -> str:
    """A valid city as JSON: blocks of 20 plots on a grid of streets, most of them with an L-shaped house.

    Args:
        buildings: how many, a multiple of 20.
    """
    blocks = buildings // PER_BLOCK
    columns = max(1, round(blocks**0.5))
    rows = -(-blocks // columns)
    pitch_x, pitch_y = BLOCK_M[0] + STREET_M, BLOCK_M[1] + STREET_M
    width, depth = columns * pitch_x + STREET_M, rows * pitch_y + STREET_M
    half = STREET_M / 2.0
    lines = [(f"x{k}", [k * pitch_x + half, 0.0], [k * pitch_x + half, depth]) for k in range(columns + 1)]
    lines += [(f"y{k}", [0.0, k * pitch_y + half], [width, k * pitch_y + half]) for k in range(rows + 1)]
    data = {
        "version": 1,
        "site": {"polygon": _box(0.0, 0.0, width, depth)},
        "streets": [{"id": id, "class": "local", "width": STREET_M, "path": path} for id, *path in lines],
        "blocks": [
            _block(k, k % columns * pitch_x + STREET_M, k // columns * pitch_y + STREET_M)
            for k in range(blocks)
        ],
        "building_programs": PROGRAMS,
    }
    return json.dumps(data, separators=(",", ":"))


def city_validity() -> Row:
    """Parsing and checking 500 buildings exactly, from JSON text."""
    from ..tools.city import City
    from ..tools.city_json import read_json
    from ..tools.city_program import parse_program
    from ..tools.city_validity import Validity, check

    text = city_text()

    def ours() -> Validity:
        program, problems = parse_program(read_json(text)[0])
        assert program is not None, problems
        return check(City(program))

    peer = _AllPairs(text)

    def also() -> dict[str, float]:
        return {"the peer's geometry alone, ms": peer.geometry_ms}

    return Row("city.validity", ours, peer, "jsonschema, then all pairs with shapely", 8.0, 20.0, also=also)


def city_reward() -> Row:
    """Parsing, checking and grading 500 buildings under twelve constraints, from JSON text."""
    from ..rewards.city import DEFAULT
    from ..rewards.score import Score
    from ..tools.city import City
    from ..tools.city_checks import fulfilment_of, plausibility_of
    from ..tools.city_constraint import Constraint
    from ..tools.city_json import read_json
    from ..tools.city_program import parse_program
    from ..tools.city_validity import check

    text = city_text()
    sun = {"azimuth": 180.0, "elevation": 35.0}
    constraints = [
        Constraint("count", low=500, high=500),
        Constraint("far", low=0.8, high=2.0),
        Constraint("coverage", low=0.2, high=0.4),
        Constraint("ground_share", "greenspace", low=0.0, high=0.2),
        Constraint("floor_area_share", "residential", low=0.3),
        Constraint("height", high=30.0),
        Constraint("frontage", high=60.0),
        Constraint("setback", low=1.0),
        Constraint("connectivity", low=1.0),
        Constraint("skyline", low=-0.5),
        Constraint("shadow", "#b7-3", high=0.9, options=sun),
        Constraint("color", "residential", low=0.2, options={"names": ["brick_red"]}),
    ]

    def ours() -> Score:
        program, problems = parse_program(read_json(text)[0])
        assert program is not None, problems
        city = City(program)
        validity = check(city)
        levels = {
            "built": validity.built,
            "validity": validity.score.value,
            "fulfilment": fulfilment_of(city, constraints)[0].value,
            "plausibility": plausibility_of(city).value,
            "gain": 0.0,
            "preservation": 0.0,
        }
        return DEFAULT.score(levels)

    return Row("city.reward", ours, _AllPairs(text), "jsonschema, then all pairs: validity alone")


def _block(number: int, x: float, y: float) -> dict[str, Any]:
    plots = [(x + 2.0 + k % 5 * PLOT_M[0], y + 2.0 + k // 5 * PLOT_M[1]) for k in range(PER_BLOCK)]
    elements = [_house(number, k, *plot) for k, plot in enumerate(plots)]
    return {"id": f"block{number}", "polygon": _box(x, y, *BLOCK_M), "elements": elements}


def _house(block: int, number: int, x: float, y: float) -> dict[str, Any]:
    """On a plot of 23x22 m: an L, or a rectangle turned by up to 8 degrees."""
    turn = radians((block * 7 + number * 3) % 17 - 8)
    if number % 3:
        ring = [(0, 0), (16, 0), (16, 7), (9, 7), (9, 15.5), (0, 15.5)]
        middle = (1.0, 1.0)
    else:
        ring = [(2, 2), (15, 2), (15, 13), (2, 13)]
        middle = (2.0, 3.0)
    c, s = (cos(turn), sin(turn)) if not number % 3 else (1.0, 0.0)
    polygon = [
        [round(x + middle[0] + c * a - s * b, 3), round(y + middle[1] + s * a + c * b, 3)] for a, b in ring
    ]
    return {
        "id": f"b{block}-{number}",
        "type": TYPES[(block + number) % len(TYPES)],
        "polygon": polygon,
        "floor_count": 2 + (block * 5 + number) % 7,
        "facade": "plaster with tall windows",
        "roof": ROOFS[(block + number) % 3],
        "program": "brick" if number % 2 else "stone",
    }


def _box(x: float, y: float, width: float, depth: float) -> list[list[float]]:
    return [[x, y], [x + width, y], [x + width, y + depth], [x, y + depth]]


class _AllPairs:
    """The peer: jsonschema, then every pair, as the published reward code of arXiv 2605.14117 does it."""

    def __init__(self, text: str) -> None:
        import jsonschema

        from ..tools.city_words import program_schema

        self.text = text
        self.schema = jsonschema.Draft202012Validator(program_schema())
        self.geometry_ms = 0.0

    def __call__(self) -> list[str]:
        """Faults: of the schema, of polygons, outside their block, on a street, overlapping."""
        data = json.loads(self.text)
        faults = [error.message for error in self.schema.iter_errors(data)]
        started = perf_counter()
        faults += self._geometry(data)
        self.geometry_ms = (perf_counter() - started) * 1e3
        return faults

    def _geometry(self, data: dict[str, Any]) -> list[str]:
        from ..tools.city_shapely import shapely

        faults: list[str] = []
        lines = [shapely.LineString(one["path"]).buffer(one["width"] / 2.0) for one in data["streets"]]
        polygons: list[tuple[str, Any]] = []
        for block in data["blocks"]:
            outline = shapely.Polygon(block["polygon"])
            for element in block["elements"]:
                id, polygon = element["id"], shapely.Polygon(element["polygon"])
                if not polygon.is_valid or not polygon.exterior.is_ccw or polygon.area < 4.0:
                    faults.append(f"polygon {id}")
                if polygon.difference(outline).area > 0.01 * polygon.area:
                    faults.append(f"outside {id}")
                if any(polygon.intersection(line).area > 0.05 for line in lines):
                    faults.append(f"street {id}")
                polygons.append((id, polygon))
        for (one, polygon), (other, another) in combinations(polygons, 2):
            if polygon.intersection(another).area > 0.05:
                faults.append(f"overlap {one} {other}")
        return faults
