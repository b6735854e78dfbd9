"""Changes of place and size: move, swap, turn, scale, delete.

Each maker returns a change that may still prove impossible (something in the way), or None; the chain
certifies it. Knows no looks.
"""

__all__ = ["MOVES"]

from collections.abc import Mapping
from math import hypot

import numpy as np

from ..tools.city_constraint import Constraint
from ..tools.city_edits import remove_elements
from .city_change import Change, Maker, Stand, capital, turned
from .city_free_ground import at, fits, ground, plots, point
from .city_parcels import middle_of

LEAST_MOVE_M = 13.0
TURNS_DEG = (30.0, 45.0, 60.0, 90.0)
AXIS_DEG = 4.0
SCALES = (0.65, 0.7, 0.75, 1.3)


def _move(stand: Stand) -> Change | None:
    """To free ground, in its own block or another."""
    for block, ring in plots(stand):
        for element in stand.buildings():
            x, y = stand.middle(element)
            to = middle_of(ring)
            dx, dy = (float(round(a - b)) for a, b in zip(to, (x, y), strict=True))
            if hypot(dx, dy) < LEAST_MOVE_M:
                continue
            made = stand.put(element, block, polygon=turned(element.polygon, shift=(dx, dy)))
            spot = (x + dx, y + dy)
            same = stand.home[element.id] == block
            words = {"name": stand.name(element), "way": _way(dx, dy), "spot": point(spot), "block": block}
            text = (
                stand.said(
                    "Move {name} {way}: its middle then lies at {spot}, to within 2 m.",
                    "Shift {name} {way}, so that its middle comes to lie at {spot} (2 m tolerance).",
                    **words,
                )
                if same
                else stand.said(
                    "Move {name} into {block}, its middle at {spot}, to within 2 m.",
                    "The block {block} shall take in {name}: put it there with its middle at {spot} (2 m "
                    "tolerance).",
                    **words,
                )
            )
            if not fits(made, block, element.id):
                continue
            return Change(made, (at(element.id, spot),), (f"element {element.id}",), capital(text))
    return None


def _swap(stand: Stand) -> Change | None:
    """Two buildings of one block that fit on each other's ground."""
    found = stand.buildings()
    for k, one in enumerate(found):
        for other in found[k + 1 :]:
            here, there = stand.middle(one), stand.middle(other)
            dx, dy = (float(round(a - b)) for a, b in zip(there, here, strict=True))
            if stand.home[one.id] != stand.home[other.id] or hypot(dx, dy) < LEAST_MOVE_M:
                continue
            half = stand.put(one, polygon=turned(one.polygon, shift=(dx, dy)))
            if half is None:
                continue
            moved = Stand(half, (), stand.busy, stand.rng)
            made = moved.put(other, polygon=turned(other.polygon, shift=(-dx, -dy)))
            if not fits(made, stand.home[one.id], one.id, other.id):
                continue
            spots = (here[0] + dx, here[1] + dy), (there[0] - dx, there[1] - dy)
            text = stand.said(
                "Let {one} and {other} change places: the middle of '{a}' goes to {to}, that of '{b}' to "
                "{fro}, to within 2 m each; neither is turned.",
                "Swap {one} and {other}. Middles afterwards, with 2 m tolerance: '{a}' at {to}, '{b}' at "
                "{fro}.",
                one=stand.name(one),
                other=stand.name(other),
                a=one.id,
                b=other.id,
                to=point(spots[0]),
                fro=point(spots[1]),
            )
            asked = (at(one.id, spots[0]), at(other.id, spots[1]))
            return Change(made, asked, (f"element {one.id}", f"element {other.id}"), text)
    return None


def _turn(stand: Stand) -> Change | None:
    """By some degrees about its middle."""
    for element in stand.buildings():
        position = stand.city.position(element.id)
        if stand.city.aspects[position] < 1.3:
            continue
        by = float(stand.choose(TURNS_DEG)) * float(stand.choose((1.0, -1.0)))
        made = stand.put(element, polygon=turned(element.polygon, by))
        if not fits(made, stand.home[element.id], element.id):
            continue
        east, north = stand.city.boxes[position, 0]
        bearing = float(round((np.degrees(np.arctan2(east, north)) - by) % 180.0)) % 180.0
        text = stand.said(
            "Turn {name} by {by}° {sense} about its middle; its long side then has a bearing of {bearing}° "
            "clockwise from north, to within {off}°.",
            "{name} shall stand askew: turn it so that its longer side runs at a bearing of {bearing}° "
            "(clockwise from north, {off}° tolerance), which is {by}° {sense} from now.",
            name=stand.name(element),
            by=f"{abs(by):g}",
            sense="counter-clockwise" if by > 0 else "clockwise",
            bearing=f"{bearing:g}",
            off=f"{AXIS_DEG:g}",
        )
        asked = Constraint("axis", f"#{element.id}", high=AXIS_DEG, options={"bearing": bearing})
        return Change(made, (asked,), (f"element {element.id}",), capital(text))
    return None


def _scale(stand: Stand) -> Change | None:
    """More ground, or less."""
    for element in stand.buildings():
        scale = float(stand.choose(SCALES))
        made = stand.put(element, polygon=turned(element.polygon, scale=scale))
        if not fits(made, stand.home[element.id], element.id):
            continue
        area = float(stand.city.areas[stand.city.position(element.id)]) * scale**2
        low, high = round(area * 0.93), round(area * 1.07)
        verb = "Shrink" if scale < 1.0 else "Enlarge"
        text = stand.said(
            "{verb} {name} about its middle to a ground area between {low} and {high} m².",
            "{verb} the ground of {name}: between {low} and {high} m², proportions and middle as they are.",
            verb=verb,
            name=stand.name(element),
            low=low,
            high=high,
        )
        asked = Constraint("footprint", f"#{element.id}", low=float(low), high=float(high))
        return Change(made, (asked,), (f"element {element.id}",), text)
    return None


def _delete(stand: Stand) -> Change | None:
    """One element."""
    found = stand.buildings()
    if len(found) < 4:
        return None
    element, left = found[0], stand.city.count() - 1
    text = stand.said(
        "Tear down {name} and leave its ground empty; {left} buildings are left.",
        "Remove {name}; nothing takes its place, and the other {left} buildings stay.",
        "{name} has to go: delete it, which leaves {left} buildings.",
        name=stand.name(element),
        left=left,
    )
    # The second is what clearing the whole city misses.
    asked = (
        Constraint("count", f"#{element.id}", high=0.0),
        Constraint("count", "building", low=float(left), high=float(left)),
    )
    freed = ground(stand, element)
    made = remove_elements(stand.program, (element.id,))[0]
    return Change(made, asked, (f"element {element.id}",), capital(text), freed)


MOVES: Mapping[str, Maker] = {
    "move": _move,
    "swap": _swap,
    "turn": _turn,
    "scale": _scale,
    "delete": _delete,
}
"""Name -> maker."""


def _way(dx: float, dy: float) -> str:
    """`12 m to the east and 30 m to the north`."""
    parts = []
    if dx:
        parts.append(f"{abs(dx):g} m to the {'east' if dx > 0 else 'west'}")
    if dy:
        parts.append(f"{abs(dy):g} m to the {'north' if dy > 0 else 'south'}")
    return " and ".join(parts)
