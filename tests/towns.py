"""Small cities for the tests, as JSON has them."""

import json
from typing import Any

from eyesmith.tools.city import City
from eyesmith.tools.city_program import parse_program

Data = dict[str, Any]


def ring(x: float, y: float, width: float, depth: float) -> list[list[float]]:
    """A rectangle from its south-western corner, counter-clockwise."""
    return [[x, y], [x + width, y], [x + width, y + depth], [x, y + depth]]


def house(id: str, x: float, y: float, width: float = 10.0, depth: float = 10.0, **more: Any) -> Data:
    """A residential building of three floors, or what `more` says."""
    element = {"id": id, "type": "residential", "polygon": ring(x, y, width, depth), "floor_count": 3}
    return element | {"facade": "plaster", **more}


def park(id: str, x: float, y: float, width: float = 10.0, depth: float = 10.0, **more: Any) -> Data:
    """A greenspace."""
    return {"id": id, "type": "greenspace", "polygon": ring(x, y, width, depth)} | more


def town(*elements: Data, side: float = 200.0, **more: Any) -> Data:
    """A square site that is one block with some elements."""
    block = {"id": "all", "polygon": ring(0.0, 0.0, side, side), "elements": list(elements)}
    return {"version": 1, "site": {"polygon": ring(0.0, 0.0, side, side)}, "blocks": [block]} | more


def street(id: str, *path: tuple[float, float], width: float = 10.0, **more: Any) -> Data:
    """A local street along some points."""
    return {"id": id, "class": "local", "width": width, "path": [list(point) for point in path]} | more


def built(data: Data) -> City:
    """The city of a program that must be accepted."""
    program, problems = parse_program(json.loads(json.dumps(data)))
    assert program is not None, problems
    return City(program)


def city(*elements: Data, **more: Any) -> City:
    """The city of `town(...)`."""
    return built(town(*elements, **more))


def codes(data: Any) -> list[str]:
    """Codes of the problems of a program that must be refused."""
    program, problems = parse_program(data)
    assert program is None
    assert problems
    assert all(problem.is_structural for problem in problems)
    return [problem.code for problem in problems]
