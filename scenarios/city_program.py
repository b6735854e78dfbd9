"""Tasks of CityProgram: cities from briefs, and chains of edits.

A valid city comes first (`city_layout.py`); what is asked is measured on it (`city_briefs.py`) or done to it
(`city_chains.py`), so that every task can be fulfilled and its solution is at hand. Difficulty 1: one
rectangular block; 2: an irregular one; 3: two to four blocks between given streets; 4: a bare site; 5: a
finished city and 3 to 6 instructions.
"""

__all__ = ["CityWorld", "Stage", "city_task"]

import json
from collections.abc import Sequence

import numpy as np

from ..errors import EyesmithError
from ..tools.city import City
from ..tools.city_checks import fulfilment_of
from ..tools.city_constraint import Constraint
from ..tools.city_hand import Part
from ..tools.city_parts import Program
from ..tools.city_program import program_text
from ..tools.city_validity import check
from .city_briefs import asked, brief
from .city_chains import chain_of
from .city_layout import Layout, layout_of
from .city_parcels import LayoutError
from .city_stage import CityWorld, Stage
from .city_survey import Survey
from .task import Task

MAX_ATTEMPTS = 60
BARE_LEVEL, EDIT_LEVEL = 4, 5
SECRETS = 3
BARE: frozenset[Part] = frozenset({"site"})
WHOLE: frozenset[Part] = frozenset({"site", "streets", "blocks"})


def city_task(
    task_id: str, split: str, index: int, seed: Sequence[int], difficulty: int
) -> tuple[Task, CityWorld]:
    """The task of an index; deterministic.

    Args:
        task_id: its id.
        split: its split.
        index: its index.
        seed: words that seed it.
        difficulty: 1 to 5.

    Raises:
        EyesmithError: no task came of MAX_ATTEMPTS attempts, which is a fault of the generator.
    """
    problem = ""
    for attempt in range(MAX_ATTEMPTS):
        rng = np.random.default_rng(np.random.SeedSequence([*seed, attempt]))
        try:
            layout = layout_of(rng, difficulty)
            world = _edits(rng, layout) if difficulty == EDIT_LEVEL else _making(rng, layout, difficulty)
        except LayoutError as error:
            problem = str(error)
            continue
        return _task(task_id, split, index, seed, world, rng), world
    raise EyesmithError(f"{task_id}: no task came of {MAX_ATTEMPTS} attempts ({problem}); mend the generator")


def _making(rng: np.random.Generator, layout: Layout, level: int) -> CityWorld:
    """A brief, and the city that it was read off."""
    given = layout.given(bare=level == BARE_LEVEL)
    survey = Survey(City(layout.program), rng, level)
    constraints = asked(survey, given)
    _certify(survey.city, constraints)
    stage = Stage(brief(survey, given, constraints), constraints, (), layout.program)
    return CityWorld(level, given, BARE if level == BARE_LEVEL else WHOLE, (stage,))


def _edits(rng: np.random.Generator, layout: Layout) -> CityWorld:
    """A city, and instructions that change it one after another."""
    stages = chain_of(rng, layout)
    for stage in stages:
        _certify(City(stage.solution), stage.constraints)
    return CityWorld(EDIT_LEVEL, layout.program, WHOLE, stages)


def _certify(city: City, constraints: Sequence[Constraint]) -> None:
    """The solution is free of faults and does all that is asked.

    Raises:
        LayoutError: it does not.
    """
    valid = check(city)
    if valid.problems:
        raise LayoutError(f"the solution has faults: {valid.problems[0]}")
    done, each = fulfilment_of(city, constraints)
    if any(score.value < 1.0 for score in each):
        raise LayoutError(f"the solution does not do what is asked: {done.why}")


def _task(
    task_id: str, split: str, index: int, seed: Sequence[int], world: CityWorld, rng: np.random.Generator
) -> Task:
    checks = [f"check-{rng.integers(1 << 32):08x}" for stage in world.stages for _ in stage.constraints]
    ids = iter(checks)
    stages = [
        {
            "constraints": [one.data() | {"id": next(ids)} for one in stage.constraints],
            "touched": list(stage.touched),
            "instruction": stage.instruction,
        }
        for stage in world.stages
    ]
    return Task(
        id=task_id,
        split=split,
        index=index,
        seed=tuple(seed),
        difficulty=world.level,
        prompt=_prompt(world),
        payload={"given": program_text(world.given)},
        key={"stages": stages, "solutions": [program_text(stage.solution) for stage in world.stages]},
        secrets=(*checks, *_outlines(world)),
    )


def _prompt(world: CityWorld) -> str:
    first = world.stages[0].instruction
    if world.level != EDIT_LEVEL:
        return first
    count = len(world.stages)
    return (
        f"A finished city is given. It is to be changed by {count} instructions, one after another; the next "
        "one appears after finish. Each is graded on the city as it stands when you call finish: do what it "
        "asks for, and leave all else as it is, ids included. Site, streets and blocks stay as they are.\n"
        f"Instruction 1 of {count}:\n{first}"
    )


def _outlines(world: CityWorld) -> tuple[str, ...]:
    """Outlines of the oracle's largest elements, as JSON has them, that no part of the task shows."""
    known = {_outline(element.polygon) for element in world.given.elements}
    told = " ".join(stage.instruction for stage in world.stages)
    last: Program = world.stages[-1].solution
    found = sorted(last.elements, key=lambda one: -float(np.ptp(one.polygon, axis=0).prod()))
    outlines = [_outline(element.polygon) for element in found]
    return tuple(one for one in outlines if one not in known and one not in told)[:SECRETS]


def _outline(ring: np.ndarray) -> str:
    return json.dumps(ring.tolist())
