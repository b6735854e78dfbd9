"""The city hand: writes, changes, measures and shows a city.

Holds the world and nothing else: no task, no key. What it shows beyond the world's own quantities is the lint
that an environment passes in and names on its page.
"""

__all__ = ["CityHand"]

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from ..errors import UsageError, did_you_mean
from . import city_edits as edits
from .city import City
from .city_json import MAX_TEXT_CHARS, read_json
from .city_parts import Program
from .city_problems import Problem, told
from .city_program import parse_program, program_data
from .city_told import (
    clipped,
    element_told,
    metrics_told,
    neighbors_told,
    state_told,
    summary_told,
    validity_told,
)
from .city_validity import Validity, check
from .schema import Between, Length, shown
from .tool import ToolResult, mistake, tool

MAX_UNDO = 10
MAX_IDS = 200
MAX_SHOWN_IDS = 20
SHIFT_M = 20_000.0

Id = Annotated[str, Length(1, 40)]
Ids = Annotated[list[Id], Length(1, MAX_IDS)]
Json = Annotated[str, Length(1, MAX_TEXT_CHARS)]
Shift = Annotated[float, Between(-SHIFT_M, SHIFT_M)]
Part = Literal["site", "streets", "blocks"]


class CityHand:
    """Carries the tools over one city; an edit that is refused leaves it as it was.

    Args:
        program: the city at the start; perhaps only a site, streets and empty blocks.
        fixed: the parts that may not change.
        lint: what `query("constraints")` answers, or None.
    """

    def __init__(
        self,
        program: Program,
        *,
        fixed: frozenset[Part] = frozenset({"site"}),
        lint: Callable[[City], str] | None = None,
    ) -> None:
        self.start = program
        self.fixed = fixed
        self.lint = lint
        self._city = City(program)
        self._validity: Validity | None = None
        self._before: list[City] = []

    @property
    def city(self) -> City:
        """The city as it stands."""
        return self._city

    @property
    def validity(self) -> Validity:
        """Of the city as it stands."""
        if self._validity is None:
            self._validity = check(self._city)
        return self._validity

    def state(self) -> dict[str, Any]:
        """What a snapshot keeps: the programs of the city and of those before it, as JSON has them."""
        return {
            "program": program_data(self._city.program),
            "before": [program_data(city.program) for city in self._before],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up a state of `state()`.

        Raises:
            UsageError: it holds no valid programs.
        """
        self._before = [City(_restored(data)) for data in state["before"]]
        self._city, self._validity = City(_restored(state["program"])), None

    @tool
    def submit_program(self, program: Json) -> ToolResult:
        """Write the whole city anew as one JSON program.

        Args:
            program: JSON text {"blocks": [{"id", "polygon", "elements": [...]}], "streets": [...],
                "building_programs": {"name": {"components": [...]}}}. Site, streets, building programs and
                the polygons of blocks that you leave out stay as they are. {elements} {streets} {components}

        Returns:
            What stands now and what is wrong with it; a structural fault refuses the whole text.
        """
        data, problems = read_json(program)
        if not problems:
            made, problems = parse_program(data, given=self._city.program, fixed=self.fixed)
            if made is not None:
                return self._take(made)
        return _refused("the program", problems)

    @tool
    def put_elements(self, block: Id, elements: Json) -> ToolResult:
        """Put elements into a block; an element whose id is there is replaced.

        Args:
            block: Id of the block.
            elements: JSON list of elements. {elements}

        Returns:
            What stands now and what is wrong with it.
        """
        data, problems = read_json(elements)
        if problems:
            return _refused("the elements", problems)
        return self._edit(edits.put_elements(self._city.program, block, data))

    @tool
    def update_element(self, id: Id, patch: Json) -> ToolResult:
        """Change some keys of an element.

        Args:
            id: Id of the element.
            patch: JSON object of the keys to change, such as {"floor_count": 5, "roof": null}; null removes
                a key.

        Returns:
            What stands now and what is wrong with it.
        """
        data, problems = read_json(patch)
        if problems:
            return _refused("the patch", problems)
        return self._edit(edits.update_element(self._city.program, id, data))

    @tool
    def transform_element(
        self,
        id: Id,
        dx: Shift = 0.0,
        dy: Shift = 0.0,
        rotate: Annotated[float, Between(-360.0, 360.0)] = 0.0,
        scale: Annotated[float, Between(0.05, 20.0)] = 1.0,
    ) -> ToolResult:
        """Move, turn and scale an element about its middle.

        Args:
            id: Id of the element.
            dx: Metres to the east.
            dy: Metres to the north.
            rotate: Degrees, counter-clockwise.
            scale: Factor of its width and length; floors stay.

        Returns:
            What stands now and what is wrong with it.
        """
        made = edits.transform_element(self._city.program, id, dx=dx, dy=dy, rotate=rotate, scale=scale)
        return self._edit(made)

    @tool
    def remove_elements(self, ids: Ids) -> ToolResult:
        """Remove elements.

        Args:
            ids: Their ids.

        Returns:
            What stands now and what is wrong with it.
        """
        return self._edit(edits.remove_elements(self._city.program, ids))

    @tool
    def put_streets(self, streets: Json) -> ToolResult:
        """Draw the whole street network anew; streets that the list leaves out are gone.

        Args:
            streets: JSON list of streets. {streets}

        Returns:
            What stands now and what is wrong with it.
        """
        if "streets" in self.fixed:
            words = "the task gives the streets, they cannot be changed", "build along them"
            return _refused("the streets", [Problem("fixed", "", *words)])
        data, problems = read_json(streets)
        if problems:
            return _refused("the streets", problems)
        return self._edit(edits.put_streets(self._city.program, data))

    @tool
    def put_building_program(self, name: Id, components: Json) -> ToolResult:
        """Write a building program: what buildings that follow it look like; replaces the one of that name.

        Args:
            name: Its name.
            components: JSON list of components. {components}

        Returns:
            What stands now and what is wrong with it.
        """
        data, problems = read_json(components)
        if problems:
            return _refused("the components", problems)
        return self._edit(edits.put_building_program(self._city.program, name, data))

    @tool
    def assign_program(self, ids: Ids, name: Annotated[str, Length(0, 40)]) -> ToolResult:
        """Let buildings follow a building program.

        Args:
            ids: Ids of the buildings.
            name: Name of the building program; an empty name frees them of any.

        Returns:
            What stands now and what is wrong with it.
        """
        return self._edit(edits.assign_program(self._city.program, ids, name))

    @tool
    def query(
        self,
        kind: Literal["summary", "element", "neighbors", "metrics", "constraints"],
        id: Annotated[str, Length(0, 40)] = "",
    ) -> ToolResult:
        """Ask what stands in the city and what is measured of it.

        Args:
            kind: summary lists blocks, streets and building programs, or the elements of the block of that
                id; element and neighbors need the id of an element; metrics are of the whole city;
                constraints tells how far the task's are met.
            id: Id of a block or an element, where the kind takes one.

        Returns:
            Exact numbers: metres, square metres, degrees.
        """
        if kind == "summary":
            blocks = [block.id for block in self._city.program.blocks]
            if id and id not in blocks:
                there = f"there are: {', '.join(blocks) or 'none'}.{did_you_mean(id, blocks)}"
                return mistake(clipped(f"there is no block {shown(id)}; {there}"), "unknown_id")
            return ToolResult((summary_told(self._city, id),))
        if kind == "metrics":
            return ToolResult((metrics_told(self._city),))
        if kind == "constraints":
            told_now = None if self.lint is None else clipped(self.lint(self._city))
            return ToolResult((told_now or "this task shows no constraints; read the brief",))
        if id not in self._city:
            return self._unknown(id)
        return ToolResult(((element_told if kind == "element" else neighbors_told)(self._city, id),))

    @tool
    def validate(self) -> ToolResult:
        """Check the whole city, exactly.

        Returns:
            The validity from 0 to 1, and each fault with what to do about it.
        """
        return ToolResult((validity_told(self.validity),))

    @tool
    def render(
        self,
        view: Literal["plan", "iso", "street", "section"] = "plan",
        azimuth: Annotated[float, Between(0.0, 360.0)] | None = None,
        target: Annotated[str, Length(0, 40)] = "",
        highlight: Annotated[list[Id], Length(0, MAX_IDS)] = (),  # type: ignore[assignment]
    ) -> ToolResult:
        """Look at the city.

        Args:
            view: plan from above with ids, iso from the air, street at eye level, section a cut with heights.
            azimuth: Direction in which you look (iso, street, section), degrees clockwise from north; null
                takes the best.
            target: Id of the element to look at, or to cut (section); empty shows the whole city.
            highlight: Ids of elements to mark.

        Returns:
            A picture.
        """
        unknown = [id for id in ([target] if target else []) + list(highlight) if id not in self._city]
        if unknown:
            return self._unknown(unknown[0])
        from .city_views import draw  # OpenGL is loaded only by those who look

        return ToolResult(
            (draw(self._city, view, azimuth_deg=azimuth, target=target, highlight=tuple(highlight)),)
        )

    @tool
    def undo(self) -> ToolResult:
        """Take back the last edit; the last ten can be taken back.

        Returns:
            What stands now and what is wrong with it.
        """
        if not self._before:
            words = "there is no edit to take back", "go on from here"
            return _refused("undo", [Problem("nothing_to_undo", "", *words)])
        self._city, self._validity = self._before.pop(), None
        return ToolResult((f"taken back: {state_told(self._city, self.validity)}",))

    def _edit(self, edited: edits.Edited) -> ToolResult:
        program, problems = edited
        return _refused("the edit", problems) if program is None else self._take(program)

    def _take(self, program: Program) -> ToolResult:
        self._before = [*self._before, self._city][-MAX_UNDO:]
        self._city, self._validity = City(program), None
        return ToolResult((clipped(state_told(self._city, self.validity)),))

    def _unknown(self, id: str) -> ToolResult:
        ids = [element.id for element in self._city.elements]
        there = ", ".join(ids[:MAX_SHOWN_IDS]) or "none"
        more = f" and {len(ids) - MAX_SHOWN_IDS} more" if len(ids) > MAX_SHOWN_IDS else ""
        text = f"there is no element {shown(id)}; there are: {there}{more}.{did_you_mean(id, ids)}"
        return mistake(text, "unknown_id")


def _refused(what: str, problems: Sequence[Problem]) -> ToolResult:
    text = f"{what} was refused, the city is unchanged:\n{told(problems)}"
    return mistake(text, problems[0].code)


def _restored(data: object) -> Program:
    program, problems = parse_program(data)
    if program is None:
        raise UsageError(f"a city's state holds no valid program:\n{told(problems)}")
    return program
