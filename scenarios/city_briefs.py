"""Briefs for cities: what is asked of a finished one, put into words.

The finished city fulfils each constraint wholly; cities that no planner drew (one tower, one building over
every block) fulfil few of them, or the brief is thrown away. Knows no edits.
"""

__all__ = ["KINDS_OF_LEVEL", "asked", "brief"]

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..tools.city import City
from ..tools.city_checks import checked
from ..tools.city_constraint import Constraint
from ..tools.city_parts import ELEMENT_TYPES, FLAT_TYPES, Block, Element, Program
from ..tools.city_shapely import shapely
from .city_asks import AMOUNTS, FRONTAGE, HEIGHTS, LOOKS, STREETS, Maker, counted
from .city_parcels import LayoutError
from .city_places import PLACES, VIEWS
from .city_survey import Survey
from .city_wording import sentence

ASKED = {1: (3, 4), 2: (5, 7), 3: (8, 10), 4: (10, 14)}
COUNTED = {1: (2, 2), 2: (2, 3), 3: (3, 3), 4: (3, 4)}
NETWORK = {4: 2}
"""Level -> constraints on the streets, where they are to be drawn."""
ONLY_FROM = {
    "between": 2,
    "enclosure": 2,
    "lead": 2,
    "mean_height": 2,
    "open_space": 2,
    "open_view": 2,
    "program": 2,
    "component": 2,
    "shadow": 2,
    "floor_area_share": 2,
    "reach": 3,
    "skyline": 3,
    "visible": 3,
}
"""Kind -> the lowest level that asks for it; all others from level 1."""
NOT_AT = {"adjacent": (4,), "alignment": (4,), "corner": (4,)}
TOTALS = 0.4
"""Share of the briefs that tell the number of all buildings, or of all elements."""
MOST_FOR_NOTHING = 1 / 3
"""Of all that can be earned, what a city that nobody thought about may earn."""
TOWER_M, TOWER_FLOORS, COVER_FLOORS = 22.0, 60, 6
SAMPLE_M, SAMPLE_FILL, SAMPLE_FLOORS, SAMPLE_CELLS = 26.0, 0.6, 4, 16

SQUARE = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])

OPENINGS = (
    "Plan {place}.",
    "Design {place}.",
    "Lay out {place}.",
    "Draw up a plan for {place}.",
    "A new quarter is to be built: plan {place}.",
    "The council asks for a proposal for {place}.",
)
PLACES_TOLD = {
    1: ("a rectangular city block", "the one block of a small site", "a block beside a street"),
    2: ("a block of irregular shape", "an irregular city block", "the irregular block of this site"),
    3: ("{blocks} city blocks between given streets", "a neighbourhood of {blocks} given blocks"),
    4: ("a whole quarter on an empty site of {width} by {depth} m, streets included",),
}
GIVEN = {
    1: "Site, street and block are given and stay as they are; fill the block.",
    2: "Site, streets and block are given and stay as they are; fill the block.",
    3: "Site, streets and blocks are given and stay as they are; fill the blocks.",
    4: "Only the site is given: draw streets, blocks between them, and what stands in the blocks.",
}
RULES = (
    "Nothing may overlap, leave its block or stand on a street.",
    "Elements must not overlap, and must lie inside their block and off the streets.",
    "Keep everything inside its block, off the streets and clear of everything else.",
)
LOOKS_RULE = "Colours, materials and parts count as the building program says that a building follows."
LISTS = (
    "The brief:",
    "What is asked:",
    "Requirements:",
    "It must hold that:",
    "Please see to this:",
)
STYLES = ("- {}", "{number}. {}", "* {}")


def asked(survey: Survey, given: Program) -> tuple[Constraint, ...]:
    """Constraints that the surveyed city fulfils, and thoughtless ones do not.

    Args:
        survey: of the finished city.
        given: what the task gives of it.

    Raises:
        LayoutError: too few could be found.
    """
    low, high = ASKED[survey.level]
    wanted = int(survey.rng.integers(low, high + 1))
    choice = _Choice(survey.city, _thoughtless(given), wanted)
    for type in _counted_types(survey):
        choice.take(counted(survey, type))
    most = len(choice.found) + NETWORK.get(survey.level, 0)
    for kind in survey.rng.permutation(sorted(STREETS)).tolist():
        if len(choice.found) < most:
            choice.take(STREETS[kind](survey))
    for make in _order(survey):
        if len(choice.found) < wanted:
            choice.take(make(survey))
    if len(choice.found) < wanted:
        raise LayoutError(f"only {len(choice.found)} of {wanted} constraints were found")
    return tuple(choice.found[k] for k in survey.rng.permutation(wanted))


class _Choice:
    """Constraints as they are taken, and what thoughtless cities earn by them.

    Args:
        city: which fulfils each.
        thoughtless: which together may fulfil but few.
        wanted: how many there shall be.
    """

    def __init__(self, city: City, thoughtless: Sequence[City], wanted: int) -> None:
        self.found: list[Constraint] = []
        self._city = city
        self._thoughtless = thoughtless
        self._earned = np.zeros(len(thoughtless))
        self._most = MOST_FOR_NOTHING * wanted

    def take(self, constraint: Constraint | None) -> None:
        """Add a constraint, unless the city misses it or thoughtless ones earn too much."""
        if constraint is None or checked(self._city, constraint).value < 1.0:
            return
        earned = self._earned + [checked(city, constraint).value for city in self._thoughtless]
        if (earned <= self._most).all():
            self.found.append(constraint)
            self._earned = earned


def brief(survey: Survey, given: Program, constraints: Sequence[Constraint]) -> str:
    """The constraints as a text.

    Args:
        survey: of the finished city.
        given: what the task gives of it.
        constraints: what is asked.
    """
    rng, level = survey.rng, survey.level
    ways = PLACES_TOLD[level]
    span = np.ptp(given.site, axis=0)
    place = ways[rng.integers(len(ways))].format(
        blocks=len(given.blocks), width=f"{span[0]:.0f}", depth=f"{span[1]:.0f}"
    )
    style = STYLES[rng.integers(len(STYLES))]
    told = [_capital(sentence(one, rng, survey.singles)) + "." for one in constraints]
    looks = [LOOKS_RULE] if any(one.kind in LOOKS and one.kind != "roof_shape" for one in constraints) else []
    return "\n".join(
        [
            f"{OPENINGS[rng.integers(len(OPENINGS))].format(place=place)} {GIVEN[level]}",
            " ".join([RULES[rng.integers(len(RULES))], *looks]),
            LISTS[rng.integers(len(LISTS))],
            *(style.format(line, number=number) for number, line in enumerate(told, 1)),
        ]
    )


def _kinds_of(level: int) -> dict[str, Maker]:
    makers = {**AMOUNTS, **HEIGHTS, **LOOKS, **PLACES, **VIEWS, **FRONTAGE}
    return {
        kind: make
        for kind, make in makers.items()
        if ONLY_FROM.get(kind, 1) <= level and level not in NOT_AT.get(kind, ())
    }


KINDS_OF_LEVEL = {level: ("count", *_kinds_of(level), *(STREETS if level == 4 else ())) for level in ASKED}
"""Level -> the kinds of constraint that its briefs may ask for."""


def _order(survey: Survey) -> list[Maker]:
    """The makers, one of each family in turn, so that a brief speaks of several things."""
    allowed = _kinds_of(survey.level)
    families = [
        [kind for kind in survey.rng.permutation(sorted(family)).tolist() if kind in allowed]
        for family in (PLACES, AMOUNTS, HEIGHTS, LOOKS, {**VIEWS, **FRONTAGE}, PLACES)
    ]
    families = [families[k] for k in survey.rng.permutation(len(families))]
    longest = max(map(len, families))
    turns = [family[turn] for turn in range(longest) for family in families if turn < len(family)]
    return [allowed[kind] for kind in dict.fromkeys(turns)]


def _counted_types(survey: Survey) -> list[str]:
    """Types whose number is told, the most frequent among them."""
    low, high = COUNTED[survey.level]
    wanted = int(survey.rng.integers(low, high + 1))
    ranked = [type for type, _ in survey.counts.most_common()]
    rest = [ranked[1 + k] for k in survey.rng.permutation(len(ranked) - 1).tolist()]
    if survey.rng.random() < TOTALS:
        rest.insert(0, survey.choose(("building", "any")))
    return [ranked[0], *rest][:wanted]


def _thoughtless(given: Program) -> list[City]:
    """Cities that nobody thought about: nothing, a tower, a building over each block, one of each type."""
    blocks = given.blocks or (Block("all", given.site),)
    largest = max(blocks, key=lambda block: float(np.ptp(block.polygon, axis=0).prod()))
    half = TOWER_M / 2.0 * SQUARE
    tower = Element("tower", "landmark", half + largest.polygon.mean(axis=0), TOWER_FLOORS)
    covers = [
        replace(block, elements=(Element(f"all_{n}", "mixed", block.polygon, COVER_FLOORS),))
        for n, block in enumerate(blocks)
    ]
    alone = [replace(block, elements=(tower,) if block is largest else block.elements) for block in blocks]
    samples = [replace(block, elements=_sample(block, n)) for n, block in enumerate(blocks)]
    return [City(replace(given, blocks=tuple(made))) for made in (blocks, alone, covers, samples)]


def _sample(block: Block, number: int) -> tuple[Element, ...]:
    """One element of each type on a grid, as many as lie inside the block."""
    ground = shapely.Polygon(block.polygon)
    side = min(SAMPLE_M, float(np.sqrt(ground.area / SAMPLE_CELLS)))
    low, high = block.polygon.min(axis=0), block.polygon.max(axis=0)
    spots = [(x, y) for x in np.arange(low[0], high[0], side) for y in np.arange(low[1], high[1], side)]
    cells = shapely.box(*(np.array(spots) + 0.0).T, *(np.array(spots) + side).T)
    inside = [spot for spot, fits in zip(spots, shapely.covers(ground, cells), strict=True) if fits]
    return tuple(
        Element(
            f"sample_{number}_{type}",
            type,
            SAMPLE_FILL * side / 2.0 * SQUARE + (x + side / 2.0, y + side / 2.0),
            None if type in FLAT_TYPES else SAMPLE_FLOORS,
        )
        for type, (x, y) in zip(ELEMENT_TYPES, inside, strict=False)
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
