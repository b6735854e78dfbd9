"""CityProgram: write and edit a city as a program that is built.

Knows how an episode goes; tasks come from `scenarios.city_program`, measures from `tools.city`.
"""

__all__ = ["CityProgramEnv"]

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ..errors import UsageError
from ..rewards.city_recipes import RECIPES
from ..rewards.deck import calls_beyond
from ..rewards.judge import Judge
from ..scenarios.city_program import city_task
from ..scenarios.city_stage import CityWorld
from ..scenarios.task import Task
from ..tools.city import City
from ..tools.city_constraint import Constraint
from ..tools.city_export import FORMS, export_city
from ..tools.city_finish import FinishHand
from ..tools.city_hand import CityHand
from ..tools.city_parts import Program
from ..tools.city_told import summary_told
from ..tools.city_views import draw
from ..tools.city_words import words_for_tools
from ..tools.tool import Image, Part, ToolCall
from .base import ToolEnv
from .city_appraisal import MET, NOT_REACHED, StageMarks, constraints_told, mark_stage, over_stages, rows_of
from .city_board import draw_city_board
from .city_cheats import CHEATS, Loot
from .city_expert import expert_calls
from .city_judging import judged_levels, measured_levels

PLAN_PX = (512, 512)
AIR_PX = (640, 480)
PICTURE_BYTES = 3 * (PLAN_PX[0] * PLAN_PX[1] + AIR_PX[0] * AIR_PX[1])
FEWEST_EXPERT_CALLS = 8  # a short task leaves room to look as well


class CityProgramEnv(ToolEnv):
    """Write and edit a city as a program; it is built, and graded by what is measured of it.

    ## Task
    A brief in words asks for a city on a given site: what stands where, how high, how dense, how green, what
    it looks like. The agent writes it as a program: elements with type, polygon in metres, floors and facade,
    building programs with palette names, streets. Edit tasks give a finished city and instructions,
    of which the next appears after `finish`. Every number that is needed stands in the text.

    ## Tools
    An edit with a structural fault (not JSON, a polygon that is none, an unknown id) is refused and leaves
    the city as it was; other faults (overlap, standing on a street) are taken, told, and lower the validity.

    - `submit_program(program)`: the whole city anew.
    - `put_elements(block, elements)`: new elements in a block, or others in place of those of the same id.
    - `update_element(id, patch)`: other keys of an element.
    - `transform_element(id, dx, dy, rotate, scale)`: an element moved, turned, scaled.
    - `remove_elements(ids)`: fewer elements.
    - `put_streets(streets)`: the street network anew.
    - `put_building_program(name, components)`: what buildings that follow it look like.
    - `assign_program(ids, name)`: buildings that follow it.
    - `query(kind, id)`: what stands, what is measured, and how far the constraints are met.
    - `validate()`: every fault, exactly.
    - `render(view, azimuth, target, highlight)`: plan, iso, street or section.
    - `undo()`: the last edit taken back.
    - `finish()`: hand the city in; the next instruction, or the end.

    `query("constraints")` tells the fulfilment below by the same function (`show_constraints=False`: it does
    not), `validate` and every edit the validity.

    ## Observation
    | name | shape | dtype | unit | range |
    |---|---|---|---|---|
    | text | () | str | bytes of UTF-8 | 0 to 16384 |
    | images | (2, 512, 640, 3) | uint8 | sRGB | 0 to 255 |
    | num_images | () | int64 | images | 0 to 2 |
    | image_sizes | (2, 2) | int32 | px (height, width) | 0 to 640 |

    To keep turns short, pictures are shown on `render` (640x480 px) and at the start only: a plan of 512x512
    px where streets or elements are given, and a view from the air where a city is. An edit answers with
    counts, the validity and the first faults. A view says in its label what drew it.

    ## Reward
    Making a city: `built * validity * fulfilment * (0.8 + 0.2 * plausibility)`, gain and preservation 0. An
    edit: `built * validity * gain * (0.6 + 0.4 * preservation)`, fulfilment and plausibility 0. This is
    recipe `default`:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | built | gate | 1 | 0 to 1 | tools/city_validity.py:Validity |
    | validity | gate | 1 | 0 to 1 | rewards/city.py:validity |
    | fulfilment | base | 1 | 0 to 1 | rewards/city.py:fulfilment |
    | plausibility | bonus | 0.2 | 0 to 1 | rewards/city.py:plausibility |
    | gain | base | 1 | 0 to 1 | rewards/city.py:gain |
    | preservation | bonus | 0.4 | 0 to 1 | rewards/city.py:preservation |
    | calls | penalty | 1 | -0.1 to 0 | rewards/deck.py:calls_beyond |

    A chain of instructions scores the mean over its instructions, each graded between the city when it was
    asked and the city when `finish` was called; one that was not reached scores 0. Its levels are means
    weighted by the levels before them (validity by built, gain by both, preservation by all three), so that
    their product is that mean (`envs/city_appraisal.py:over_stages`). What an instruction asks for and is so
    already cannot be won. A call costs 0.005 past twice the expert's number of calls (at least past 16), up
    to 0.1.

    The terms of CityGenAgent, a plain mean, with measures in place of a judge,
    recipe `citygenagent_measured`:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | alignment | base | 0.2 | 0 to 1 | rewards/city.py:fulfilment |
    | plausibility | base | 0.2 | 0 to 1 | rewards/city.py:plausibility |
    | overlap | base | 0.2 | 0 to 1 | rewards/citygenagent.py:no_overlap |
    | density | base | 0.2 | 0 to 1 | rewards/citygenagent.py:density |
    | consistency | base | 0.2 | 0 to 1 | rewards/city_recipes.py:seen_looks |

    The same with a judge (`judge=`) of plan and views; recipe `citygenagent`:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | alignment | base | 0.2 | 0 to 1 | rewards/rubric.py:Rubric |
    | plausibility | base | 0.2 | 0 to 1 | rewards/rubric.py:Rubric |
    | overlap | base | 0.2 | 0 to 1 | rewards/citygenagent.py:no_overlap |
    | density | base | 0.2 | 0 to 1 | rewards/citygenagent.py:density |
    | consistency | base | 0.2 | 0 to 1 | rewards/rubric.py:Rubric |

    Both sums pay for a city that was given and left alone, which is why neither is the default.

    ## Episode end
    Terminated by the last `finish`. Truncated after 60 calls (`max_turns=`), by three messages without a
    call, or from outside; a truncated city is graded as it stands.

    ## Scenarios
    Seeded. A valid city is made first, its constraints are measured on it. Difficulty 1: one rectangular
    block, 3 to 6 elements, 3 or 4 constraints. 2: an irregular block, 6 to 12 elements, 5 to 7. 3: two to
    four blocks between given streets, 15 to 30, 8 to 10. 4: a bare site, streets to be drawn, 40 to 120, 10
    to 14. 5: a finished city and a chain of 3 to 6 instructions.

    ## Source
    CityGenAgent (arXiv 2602.05362); what differs stands in `docs/papers.md`.

    ## Versions
    - v0: first version.
    """

    ID = "eyesmith/CityProgram-v0"
    HANDS = (CityHand, FinishHand)
    RECIPES = RECIPES
    METRICS = (
        "elements",
        "buildings",
        "stages",
        "stages_finished",
        "stages_met",
        "constraints_met",
        "validity",
        "overlap",
        "fulfilment",
        "plausibility",
        "preservation",
        "calls_expert",
    )
    IMAGES = (2, PLAN_PX[1], AIR_PX[0])
    MAX_TURNS = 60
    HOLDS_WORK = True
    EXPORT_FORMATS = tuple(FORMS)
    SYSTEM_PROMPT = (
        "You plan a city by writing it as a program: elements are polygons in metres, x to the east and y to "
        "the north, vertices counter-clockwise. The city is built and measured exactly: nothing may overlap, "
        "leave its block or stand on a street, and every sentence of the brief is checked. Work out "
        "coordinates before you write them; after writing, validate, query the constraints and mend what is "
        "wrong. In an edit task change what the instruction asks for and leave all else as it is. Call "
        "finish when it is done."
    )

    def __init__(self, *, show_constraints: bool = True, **kwargs: Any) -> None:
        if type(show_constraints) is not bool:
            raise UsageError(f"{self.ID}: show_constraints is true or false, got {show_constraints!r}")
        super().__init__(show_constraints=show_constraints, **kwargs)
        judge = self.kwargs["judge"]
        self._judge = Judge.of(judge) if judge is not None else None

    # -- tasks and hands

    def _generate(self, split: str, index: int, difficulty: int) -> tuple[Task, CityWorld, int]:
        task_id = f"{self.ID}:{split}:{index}:d{difficulty}"
        task, world = city_task(task_id, split, index, self.seed_of(split, index), difficulty)
        return task, world, world.nbytes + PICTURE_BYTES

    def _open(self, task: Task, world: CityWorld) -> tuple[object, ...]:
        self._city = CityHand(world.given, fixed=world.fixed)
        self._done = FinishHand(self._city, [stage.instruction for stage in world.stages[1:]])
        if self.kwargs["show_constraints"]:
            self._city.lint = _lint([stage.constraints for stage in world.stages], self._done)
        self._opening = _Opening.of(world)
        self._marked: dict[int, tuple[City, StageMarks]] = {}
        return self._city, self._done

    def _first_parts(self) -> tuple[Part, ...]:
        return self._opening.told, *self._opening.pictures

    def _words(self) -> dict[str, str]:
        return words_for_tools()

    # -- how things stand

    def _closed(self) -> bool:
        return self._done.is_done

    @property
    def _stage(self) -> int:
        """Number of the stage that is at hand; the last one when all is done."""
        return min(len(self._done.handed_in), len(self._world.stages) - 1)

    def _cities(self) -> list[City]:
        """The city of each stage that was reached: as handed in, or as it stands."""
        return self._done.handed_in + ([] if self._done.is_done else [self._city.city])

    def _marks(self) -> list[StageMarks]:
        """Of every stage."""
        before, marks = self._opening.given, []
        for number, city in enumerate(self._cities()):
            held = self._marked.get(number)
            if held is None or held[0] is not city:
                stage = self._world.stages[number]
                held = city, mark_stage(stage, before, city, is_edit=self._opening.is_edit)
                self._marked[number] = held
            marks.append(held[1])
            before = city
        return [*marks, *[NOT_REACHED] * (len(self._world.stages) - len(marks))]

    def _levels(self) -> tuple[dict[str, float], str]:
        marks = self._marks()
        if self.recipe.name == "default":
            return over_stages(marks), _numbered([one.why for one in marks])
        rows: list[dict[str, float]] = []
        told: list[str] = []
        for number, (city, one) in enumerate(zip(self._cities(), marks, strict=False)):
            stage = self._world.stages[number]
            if self._judge is None:
                levels, why = measured_levels(city, one, stage)
            else:
                asked = self.task.prompt if not number else f"{self.task.prompt}\n{stage.instruction}"
                levels, why = judged_levels(self._judge, city, one, asked)
            rows.append(levels)
            told.append(why)
        # A plain sum: the mean of the stages' sums is the sum of their means.
        levels = {part: sum(row[part] for row in rows) / len(marks) for part in self.recipe.parts}
        return levels, _numbered(told)

    def _penalty_levels(self) -> dict[str, float]:
        expert = max(FEWEST_EXPERT_CALLS, self._opening.calls_expert)
        return dict.fromkeys(self.recipe.penalties, calls_beyond(self._turns, expert=expert))

    def _measure(self) -> dict[str, float]:
        city, valid = self._city.city, self._city.validity
        marks = self._marks() if self._over else [NOT_REACHED]
        return {
            "elements": float(len(city.elements)),
            "buildings": float(city.count()),
            "stages": float(len(self._world.stages)),
            "stages_finished": float(len(self._done.handed_in)),
            "stages_met": fmean(one.met >= 1.0 for one in marks),
            "constraints_met": fmean(one.met for one in marks),
            "validity": valid.score.value,
            "overlap": valid.overlap,
            "fulfilment": fmean(one.fulfilment for one in marks),
            "plausibility": fmean(one.plausibility for one in marks),
            "preservation": fmean(one.preservation for one in marks),
            "calls_expert": float(self._opening.calls_expert),
        }

    # -- snapshots, pictures, files

    def _save(self) -> dict[str, Any]:
        return {"city": self._city.state(), "handed_in": self._done.state()}

    def _load(self, state: dict[str, Any]) -> None:
        self._city.restore(state["city"])
        self._done.restore(state["handed_in"])

    def _draw(self) -> np.ndarray:
        stage, city, valid = self._world.stages[self._stage], self._city.city, self._city.validity
        count = len(self._world.stages)
        numbered = f"Instruction {self._stage + 1} of {count}: " if count > 1 else ""
        rows = rows_of(city, stage.constraints)
        met = sum(level >= MET for level, _ in rows)
        state = f"{met} of {len(rows)} constraints met  ·  validity {valid.score.value:.2f}"
        title = numbered + (stage.instruction or self.task.prompt)
        return draw_city_board(city, title=title, state=state, rows=rows)

    def export_work(self, to: str) -> bytes | None:
        """The city as `glb`, `cityjson` or `geojson`; None where nothing stands in it."""
        if to not in FORMS:
            return super().export_work(to)
        return export_city(self._city.city, to) if self._city.city.elements else None

    # -- the expert and the cheats

    def expert(self) -> Iterator[ToolCall]:
        """Make the city block by block, check it, look at it, hand it in; follow each instruction."""
        return expert_calls(self._world)

    def cheats(self) -> dict[str, Callable[[], Iterator[ToolCall]]]:
        """Known ways to cheat at planning (the issue's, and what reviewers of the paper asked about)."""
        loot = Loot(self._world.given, self.task.prompt, len(self._world.stages), self.task.seed)
        return {name: partial(cheat, loot) for name, cheat in CHEATS.items()}


@dataclass(frozen=True)
class _Opening:
    """What every episode of a task begins with; made once, and dropped with the task's world."""

    given: City
    told: str
    pictures: tuple[Image, ...]
    calls_expert: int

    @property
    def is_edit(self) -> bool:
        """Whether a city was given."""
        return bool(self.given.elements)

    @classmethod
    def of(cls, world: CityWorld) -> "_Opening":
        """Of a world."""
        held = _OPENINGS.get(world.given)
        if held is None:
            city = City(world.given)
            calls = sum(1 for _ in expert_calls(world))
            held = _OPENINGS[world.given] = cls(city, summary_told(city), _pictures(city), calls)
        return held


# By program: the worlds' own cache decides how long one lives.
_OPENINGS: "WeakKeyDictionary[Program, _Opening]" = WeakKeyDictionary()


def _pictures(city: City) -> tuple[Image, ...]:
    pictures = []
    if city.elements or city.program.streets:
        pictures.append(draw(city, "plan", size_px=PLAN_PX))
    if city.elements:
        pictures.append(draw(city, "iso", size_px=AIR_PX))
    return tuple(pictures)


def _lint(asked: Sequence[Sequence[Constraint]], done: FinishHand) -> Callable[[City], str]:
    """What `query("constraints")` answers: of the instruction at hand."""
    return lambda city: constraints_told(city, asked[min(len(done.handed_in), len(asked) - 1)])


def _numbered(told: Sequence[str]) -> str:
    return told[0] if len(told) == 1 else " | ".join(f"{n}. {one}" for n, one in enumerate(told, 1))
