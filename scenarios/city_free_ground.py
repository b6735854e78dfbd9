"""Free ground in the midst of a chain, and what fits on it.

Knows no instruction.
"""

__all__ = ["at", "fits", "ground", "plots", "point"]

from ..tools.city_constraint import Constraint
from ..tools.city_parts import Element, Program
from ..tools.city_shapely import shapely
from .city_change import Plot, Stand
from .city_parcels import Point

PLACE_M = 2.0
CLEAR_M = 1.5


def plots(stand: Stand) -> list[Plot]:
    """Free ground, in random order."""
    return [stand.free[k] for k in stand.rng.permutation(len(stand.free)).tolist()]


def fits(made: Program | None, block: str, *ids: str) -> bool:
    """Whether elements stand inside their block and clear of all others."""
    if made is None:
        return False
    home = next(one for one in made.blocks if one.id == block)
    shapes = {one.id: shapely.Polygon(one.polygon) for one in home.elements}
    ground = shapely.Polygon(home.polygon)
    return all(
        id in shapes
        and ground.covers(shapes[id])
        and all(other == id or shape.distance(shapes[id]) >= CLEAR_M for other, shape in shapes.items())
        for id in ids
    )


def ground(stand: Stand, element: Element) -> tuple[Plot, ...]:
    """The ground of a rectangular element, free to be built on."""
    if len(element.polygon) != 4:
        return ()
    return ((stand.home[element.id], tuple((float(x), float(y)) for x, y in element.polygon)),)


def at(id: str, spot: Point) -> Constraint:
    """The middle of an element lies at a spot, to within PLACE_M."""
    x, y = (round(value, 1) + 0.0 for value in spot)
    return Constraint("place", f"#{id}", high=PLACE_M, options={"x": x, "y": y})


def point(spot: Point) -> str:
    """A spot in words: `(12.5, 30)`."""
    return f"({round(spot[0], 1) + 0.0:g}, {round(spot[1], 1) + 0.0:g})"
