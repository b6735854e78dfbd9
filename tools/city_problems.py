"""What can be wrong with a city program: each fault its own code.

A *structural* fault refuses the text and leaves the city as it was; a *soft* fault is taken, told by
`validate`, and lowers the validity. Every problem says where it is (a JSON pointer, RFC 6901) and what to
send instead.
"""

__all__ = ["FAULTS", "Fault", "Problem", "Severity", "pointer", "told"]

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["structural", "soft"]
MAX_TOLD = 8
MAX_TOLD_CHARS = 3200
MAX_LINE_CHARS = 500


@dataclass(frozen=True)
class Fault:
    """One row of the table of faults.

    Args:
        severity: structural faults refuse, soft faults lower the validity.
        what: the fault, in words.
        lowers: the part of the validity that a soft fault lowers, or "".
    """

    severity: Severity
    what: str
    lowers: str = ""


@dataclass(frozen=True)
class Problem:
    """One fault of one program.

    Args:
        code: a key of FAULTS.
        json_pointer: where it is, such as `/blocks/0/elements/3/polygon`.
        message: what came.
        hint: what to send instead.
    """

    code: str
    json_pointer: str
    message: str
    hint: str

    @property
    def is_structural(self) -> bool:
        """Whether it refuses the text."""
        return FAULTS[self.code].severity == "structural"

    def __str__(self) -> str:
        return f"{self.code} at {self.json_pointer or '/'}: {self.message}; {self.hint}"


def pointer(*steps: object) -> str:
    """A JSON pointer of keys and indices.

    >>> pointer("blocks", 0, "a/b")
    '/blocks/0/a~1b'
    """
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def told(problems: Sequence[Problem], *, most: int = MAX_TOLD) -> str:
    """Problems as lines, the first `most` of them, at most 3,200 characters.

    >>> told([Problem("clockwise", "/site/polygon", "the ring runs clockwise", "reverse it")])
    '- clockwise at /site/polygon: the ring runs clockwise; reverse it'
    """
    lines: list[str] = []
    room = MAX_TOLD_CHARS
    for problem in problems[:most]:
        line = f"- {problem}"
        if len(line) > MAX_LINE_CHARS:
            line = line[: MAX_LINE_CHARS - 1] + "…"
        if len(line) > room:
            break
        room -= len(line) + 1
        lines.append(line)
    left = len(problems) - len(lines)
    if left:
        lines.append(f"- and {left} more: {_counted(problem.code for problem in problems[len(lines) :])}")
    return "\n".join(lines)


def _counted(codes: Iterable[str]) -> str:
    counts: dict[str, int] = {}
    for code in codes:
        counts[code] = counts.get(code, 0) + 1
    return ", ".join(f"{code} ({count})" for code, count in counts.items())


def _structural(what: str) -> Fault:
    return Fault("structural", what)


FAULTS: Mapping[str, Fault] = {
    # The text.
    "too_long": _structural("more characters than a program may have"),
    "too_deep": _structural("nested deeper than any program is"),
    "not_json": _structural("not one valid JSON value"),
    "duplicate_key": _structural("a key stands twice in one object"),
    "wrong_type": _structural("a value of the wrong JSON type"),
    "missing_key": _structural("a required key is missing"),
    "unknown_key": _structural("a key that the schema does not have"),
    "conflicting_keys": _structural("two names of one thing that disagree"),
    "bad_version": _structural("a version of the schema other than 1"),
    "bad_id": _structural("an id that is not 1 to 40 letters, digits, '_', '-' or '.'"),
    "duplicate_id": _structural("an id that another element, block or street has"),
    "too_many": _structural("more elements, blocks, streets, programs, components or vertices than allowed"),
    "text_too_long": _structural("a description longer than allowed"),
    # Rings and lines.
    "not_finite": _structural("NaN or infinity"),
    "out_of_range": _structural("a coordinate beyond 10 km, or a number beyond its bounds"),
    "too_few_vertices": _structural("fewer vertices than a ring (3) or a line (2) needs"),
    "repeated_vertex": _structural("a vertex that repeats the one before it; a closed ring does"),
    "bow_tie": _structural("a ring that crosses itself"),
    "touching_ring": _structural("a ring that touches itself"),
    "clockwise": _structural("a ring that runs clockwise"),
    "short_edge": _structural("an edge below 0.5 m"),
    "small_area": _structural("an area below 4 m2"),
    # Elements.
    "unknown_type": _structural("a type of element that does not exist"),
    "floor_count_missing": _structural("a building without floor_count"),
    "floor_count_on_flat": _structural("floor_count on a greenspace, plaza or water"),
    "floor_count_not_integer": _structural("floor_count that is no integer, such as 1.0 or true"),
    "floor_count_out_of_range": _structural("floor_count below 1 or above 150"),
    "not_for_flat": _structural("floor_height, base_height, roof or program on a flat type"),
    "unknown_roof": _structural("a roof shape that does not exist"),
    "roof_height": _structural("a roof height that does not fit its shape"),
    # Streets and building programs.
    "unknown_class": _structural("a class of street that does not exist"),
    "unknown_component": _structural("a type of component that does not exist"),
    "unknown_color": _structural("a colour that is not in the palette"),
    "unknown_material": _structural("a material that is not in the list"),
    "unknown_program": _structural("a reference to a building program that does not exist"),
    # Of an edit.
    "fixed": _structural("the task gives this part, it cannot be changed"),
    "unknown_id": _structural("an id that the city does not have"),
    "nothing_to_undo": _structural("no edit to undo"),
    # Measured on the whole city.
    "overlap": Fault("soft", "two elements share ground", "overlap"),
    "coinciding": Fault("soft", "two elements stand on the same ground", "coinciding"),
    "blocks_overlap": Fault("soft", "two blocks share ground", "overlap"),
    "outside_block": Fault("soft", "more than 1 % of an element lies outside its block", "outside"),
    "outside_site": Fault("soft", "more than 1 % of a block lies outside the site", "outside"),
    "on_carriageway": Fault("soft", "an element lies on a street", "street"),
    "slender": Fault("soft", "a building is more than 12 times as high as it is wide", "invalid"),
    "sliver": Fault("soft", "a building is less than 3 m wide", "invalid"),
    "roof_too_high": Fault("soft", "a roof is higher than its building is wide", "invalid"),
    "floating": Fault("soft", "base_height above 0 and no building below that carries it", "invalid"),
    "street_disconnected": Fault("soft", "streets that cannot be reached from the others", "invalid"),
}
"""Code -> what it means. The order is that of the docs."""
