"""Small cities for the tests of views and exports."""

import numpy as np

from eyesmith.tools.city import City
from eyesmith.tools.city_parts import Block, Component, Element, Program, Roof, Street

PROGRAMS = {
    "brick": (
        Component("wall", "warm brick", "brick_red", "brick"),
        Component("door", "a green door", "dark_green"),
        Component("balcony", "", None, "metal", 6),
    ),
    "stack": (Component("podium", "", "sand", "stone", 2), Component("tower"), Component("wall", "", "mint")),
    "stepped": (Component("setback", "", None, None, 2),),
    "hall": (Component("ornament", "", "white", None, 2), Component("canopy", "", "navy")),
}


def box(x: float, y: float, width: float, depth: float, turn_deg: float = 0.0) -> np.ndarray:
    """A rectangle, turned about its middle."""
    half = np.array([[-width, -depth], [width, -depth], [width, depth], [-width, depth]]) / 2.0
    turn = np.radians(turn_deg)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return half @ axes + [x + width / 2.0, y + depth / 2.0]


def ell(x: float, y: float, width: float, depth: float, thick: float) -> np.ndarray:
    """An L."""
    points = [(0, 0), (width, 0), (width, thick), (thick, thick), (thick, depth), (0, depth)]
    return np.array(points, dtype=float) + np.array([x, y])


def town(*extra: Element) -> City:
    """One block with all kinds of things, streets on three sides."""
    elements = (
        Element(
            "hall",
            "civic",
            box(30, 12, 26, 18),
            3,
            floor_height=4.2,
            roof=Roof("hipped", 5.0),
            program="hall",
        ),
        Element("flats", "residential", ell(4, 6, 20, 26, 10), 6, program="brick"),
        Element("tower", "office", box(62, 44, 20, 20), 14, floor_height=3.6, program="stack"),
        Element("steps", "mixed", box(62, 10, 24, 16), 8, program="stepped"),
        Element("house", "residential", box(4, 42, 10, 12), 2, roof=Roof("gabled", 3.4)),
        Element("dome", "landmark", box(16, 52, 10, 10), 2, floor_height=4.0, roof=Roof("dome", 4.0)),
        Element("shed", "industrial", box(4, 58, 10, 8), 1, roof=Roof("skillion", 2.0)),
        Element("park", "greenspace", box(30, 42, 26, 24)),
        Element("square", "plaza", box(30, 33, 26, 7)),
        Element("pond", "water", box(18, 36, 8, 8)),
        *extra,
    )
    streets = (
        Street("main", "arterial", 14.0, np.array([[-14.0, -7.0], [104.0, -7.0]])),
        Street("side", "local", 9.0, np.array([[96.0, -14.0], [96.0, 86.0]])),
        Street("north", "local", 9.0, np.array([[-14.0, 78.0], [104.0, 78.0]])),
        Street("lane", "path", 3.0, np.array([[27.0, 0.0], [27.0, 72.0]])),
    )
    block = Block("b1", box(0, 0, 90, 72), elements)
    return City(Program(1, box(-14, -14, 118, 100), streets, (block,), PROGRAMS))


def alone(element: Element, programs: dict[str, tuple[Component, ...]] | None = None) -> City:
    """One element on a site twice its size, without streets."""
    low, high = element.polygon.min(0), element.polygon.max(0)
    reach = (high - low).max()
    ring = box(*(low - reach), *(high - low + 2.0 * reach))
    return City(Program(1, ring, (), (Block("b", ring, (element,)),), programs or {}))
