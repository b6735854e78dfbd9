"""Chains of edits: a finished city, changed step by step.

Each change is made and certified before it is asked for: the city that follows it has no faults, does all
that is asked and nothing else, and the city before it does none of it. Knows no single change.
"""

__all__ = ["CHANGES", "chain_of"]

import numpy as np

from ..tools.city import City
from ..tools.city_checks import checked
from ..tools.city_difference import difference
from ..tools.city_parts import Program
from ..tools.city_shapely import shapely
from ..tools.city_validity import check
from .city_additions import ADDITIONS
from .city_change import Change, Stand
from .city_conversions import CONVERSIONS
from .city_layout import Layout
from .city_moves import MOVES
from .city_parcels import LayoutError
from .city_refits import REFITS
from .city_stage import Stage

CHANGES = {**MOVES, **ADDITIONS, **REFITS, **CONVERSIONS}
"""Name -> maker of a change."""
INSTRUCTIONS = (3, 6)
MOST_BEFORE, MEAN_BEFORE = 0.95, 0.5
"""What a single constraint may have before the edit, and all of an instruction on average."""


def chain_of(rng: np.random.Generator, layout: Layout) -> tuple[Stage, ...]:
    """3 to 6 instructions, each of another kind, and the city after each.

    Args:
        rng: decides them.
        layout: the city at the start.

    Raises:
        LayoutError: too few changes were possible.
    """
    wanted = int(rng.integers(INSTRUCTIONS[0], INSTRUCTIONS[1] + 1))
    stand = Stand(layout.program, layout.vacant, frozenset(), rng)
    stages: list[Stage] = []
    for name in rng.permutation(sorted(CHANGES)).tolist():
        if len(stages) == wanted:
            break
        change = CHANGES[name](stand)
        program = None if change is None else change.program
        if change is None or program is None or not _is_sound(stand, change, program):
            continue
        stages.append(Stage(change.instruction, change.constraints, change.touched, program))
        stand = _after(stand, change, program)
    if len(stages) < wanted:
        raise LayoutError(f"only {len(stages)} of {wanted} changes were possible")
    return tuple(stages)


def _is_sound(stand: Stand, change: Change, program: Program) -> bool:
    """Whether a change does what it asks for, that alone, and was not done before."""
    after = City(program)
    before = [checked(stand.city, one).value for one in change.constraints]
    return (
        max(before) <= MOST_BEFORE
        and sum(before) <= MEAN_BEFORE * len(before)
        and all(checked(after, one).value >= 1.0 for one in change.constraints)
        and not check(after).problems
        and not difference(stand.program, program, touched=change.touched).changed
    )


def _after(stand: Stand, change: Change, program: Program) -> Stand:
    """The city as the next instruction finds it."""
    spoken = {name.removeprefix("element ") for name in change.touched if name.startswith("element ")}
    taken = City(program)
    free = [
        (block, ring)
        for block, ring in (*stand.free, *change.freed)
        if not _is_built_on(taken, np.array(ring))
    ]
    return Stand(program, tuple(free), stand.busy | spoken, stand.rng)


def _is_built_on(city: City, ring: np.ndarray) -> bool:
    return bool(len(city.tree.query(shapely.Polygon(ring), predicate="intersects")))
