"""Changes that add a building on free ground: a copy of one, or a new one.

Makers as in `city_moves.py`.
"""

__all__ = ["ADDITIONS"]

from collections.abc import Mapping
from math import cos, hypot, sin

import numpy as np

from ..tools.city_constraint import Constraint
from ..tools.city_parts import Element
from ..tools.city_relations import DIRECTIONS
from .city_change import Change, Maker, Stand, capital, turned
from .city_fabric import FLOOR_HEIGHT_M
from .city_free_ground import at, fits, plots, point
from .city_nouns import a_noun
from .city_parcels import Point, fitted, frame_of, middle_of

ASPECTS = (0.5, 0.8, 1.0, 1.4, 2.0)
FILL, LEAST_SIDE_M, MOST_SIDES_M = 0.86, 7.0, (18.0, 36.0)
NEW_TYPES = ("residential", "commercial", "office", "civic", "school", "mixed", "parking")
NEW_STEMS = {"residential": "home", "commercial": "shop", "civic": "hall", "parking": "garage"}
DIRECTION_DEG, CLEARLY_DEG = 35.0, 20.0


def _copy(stand: Stand) -> Change | None:
    """The same building once more, on free ground."""
    for block, ring in plots(stand):
        for element in stand.buildings():
            x, y = stand.middle(element)
            to = middle_of(ring)
            dx, dy = (float(round(a - b)) for a, b in zip(to, (x, y), strict=True))
            id = stand.new_id(f"{element.id.rpartition('_')[0]}_copy")
            made = stand.put(element, block, id=id, polygon=turned(element.polygon, shift=(dx, dy)))
            if not fits(made, block, id):
                continue
            spot = (x + dx, y + dy)
            text = stand.said(
                "Put a copy of {name} into {block}, unturned, its middle at {spot} (2 m tolerance), with the "
                "id '{id}'.",
                "Build {name} a second time: same outline, floors and type, id '{id}', in {block}, with its "
                "middle at {spot}, to within 2 m.",
                name=stand.name(element),
                block=block,
                spot=point(spot),
                id=id,
            )
            area = float(stand.city.areas[stand.city.position(element.id)])
            floors = float(element.floor_count or 1)
            asked = (
                Constraint("type", f"#{id}", low=1.0, options={"names": [element.type]}),
                at(id, spot),
                Constraint("floors", f"#{id}", low=floors, high=floors),
                Constraint("footprint", f"#{id}", low=round(area * 0.95, 1), high=round(area * 1.05, 1)),
            )
            return Change(made, asked, (f"element {id}",), text)
    return None


def _add(stand: Stand) -> Change | None:
    """A new building on free ground, placed by what stands near."""
    for block, ring in plots(stand):
        along = frame_of([(float(x), float(y)) for x, y in _block_ring(stand, block)])
        middle, width, depth = fitted(ring, along, ASPECTS)
        least, most = sorted((width * FILL, depth * FILL))
        least, most = min(least, MOST_SIDES_M[0]) // 0.5 * 0.5, min(most, MOST_SIDES_M[1]) // 0.5 * 0.5
        if least < LEAST_SIDE_M:
            continue
        type, floors = str(stand.choose(NEW_TYPES)), int(stand.rng.integers(2, 7))
        id = stand.new_id(NEW_STEMS.get(type, type))
        sides = (most, least) if width >= depth else (least, most)
        data = {"id": id, "type": type, "polygon": _rectangle(middle, *sides, along), "floor_count": floors}
        made = stand.add(block, data | {"floor_height": FLOOR_HEIGHT_M[type]})
        if not fits(made, block, id):
            continue
        told = _beside(stand, block, middle, width)
        if told is None:
            continue
        near, direction, most_m = told
        low = float(round(least * most * 0.6, -1))
        text = stand.said(
            "Add {a} with the id '{id}' to {block}: {floors} floors, at least {low} m² of ground, "
            "{direction} of {near} (middle to middle, within {off}° of that direction) and at most {most} m "
            "from it, edge to edge.",
            "The block {block} gets {a} of {floors} floors, id '{id}', on at least {low} m² of ground. Place "
            "it at most {most} m (edge to edge) from {near}, and {direction} of it, within {off}° from "
            "middle to middle.",
            a=a_noun(type),
            id=id,
            block=block,
            floors=floors,
            low=f"{low:g}",
            direction=direction.replace("_", "-"),
            near=stand.name(near),
            off=f"{DIRECTION_DEG:g}",
            most=f"{most_m:g}",
        )
        who, other = f"#{id}", f"#{near.id}"
        asked = (
            Constraint("type", who, low=1.0, options={"names": [type]}),
            Constraint("floors", who, low=float(floors), high=float(floors)),
            Constraint("footprint", who, low=low),
            Constraint("direction", who, other, high=DIRECTION_DEG, options={"direction": direction}),
            Constraint("distance", who, other, high=most_m),
        )
        return Change(made, asked, (f"element {id}",), capital(text))
    return None


ADDITIONS: Mapping[str, Maker] = {"copy": _copy, "add": _add}
"""Name -> maker."""


def _beside(stand: Stand, block: str, middle: Point, width: float) -> tuple[Element, str, float] | None:
    """Something of the block that the new one lies clearly to one side of, and how far away at most."""
    own = [one for one in stand.program.elements if stand.home[one.id] == block]
    for near in (own[k] for k in stand.rng.permutation(len(own)).tolist()):
        x, y = stand.middle(near)
        away = hypot(middle[0] - x, middle[1] - y)
        bearing = float(np.degrees(np.arctan2(middle[0] - x, middle[1] - y)))
        off = {name: abs((bearing - at + 180.0) % 360.0 - 180.0) for name, at in DIRECTIONS.items()}
        direction = min(off, key=lambda name: off[name])
        if off[direction] <= CLEARLY_DEG and away >= LEAST_SIDE_M:
            return near, direction, float(np.ceil(away / 5.0) * 5.0)
    return None


def _block_ring(stand: Stand, id: str) -> np.ndarray:
    return next(block.polygon for block in stand.program.blocks if block.id == id)


def _rectangle(middle: Point, width: float, depth: float, along: float) -> list[list[float]]:
    half_w, half_d, c, s = width / 2.0, depth / 2.0, cos(along), sin(along)
    corners = ((-half_w, -half_d), (half_w, -half_d), (half_w, half_d), (-half_w, half_d))
    return [
        [round(middle[0] + c * x - s * y, 1) + 0.0, round(middle[1] + s * x + c * y, 1) + 0.0]
        for x, y in corners
    ]
