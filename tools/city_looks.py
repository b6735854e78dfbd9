"""What a building looks like: colours, materials and window patterns.

A building program decides; what it leaves open is chosen from a restrained palette by the building's type and
id, the same in every view. Knows no geometry.
"""

__all__ = ["WINDOW_STYLES", "Look", "chance", "look_of", "looks_of"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from .city_palette import MATERIALS, Rgb, srgb
from .city_parts import Component, Element, Program

WINDOW_STYLES = ("punched", "ribbon", "curtain", "shop", "deck", "shed", "blank", "tall")
"""Patterns of a wall: single windows, bands, glass all over, a shop below single windows, open parking decks,
a clerestory under the eaves, none, and tall windows between pilasters."""

GLASS: Rgb = (84, 104, 120)
WARM_GLASS: Rgb = (98, 104, 104)
TINT_SHARE = 0.55
TILES: tuple[Rgb, ...] = ((164, 92, 70), (150, 84, 66), (92, 92, 96), (80, 82, 88), (122, 92, 80))
DECKS: tuple[Rgb, ...] = ((196, 194, 189), (184, 183, 180), (206, 203, 196), (172, 173, 172))
DOORS: tuple[Rgb, ...] = ((64, 70, 76), (92, 70, 54), (52, 74, 70), (110, 58, 50))

Wall = tuple[Rgb, str]


@dataclass(frozen=True)
class Habit:
    """What buildings of a type look like where no program says otherwise.

    Args:
        walls: colours and materials to choose from.
        style: window pattern.
        bay_m: width of a bay.
        window: (share of the bay's width, share of the floor's height).
    """

    walls: tuple[Wall, ...]
    style: str
    bay_m: float


HABITS: Mapping[str, Habit] = {
    "residential": Habit(
        (
            ((228, 219, 202), "plaster"),
            ((216, 205, 186), "plaster"),
            ((205, 178, 148), "plaster"),
            ((178, 118, 94), "brick"),
            ((222, 214, 204), "plaster"),
            ((194, 166, 140), "brick"),
            ((236, 231, 222), "plaster"),
        ),
        "punched",
        3.3,
    ),
    "commercial": Habit(
        (((214, 206, 194), "stone"), ((196, 190, 180), "concrete"), ((226, 222, 214), "plaster")), "shop", 4.2
    ),
    "office": Habit(
        (
            ((216, 216, 212), "concrete"),
            ((150, 166, 176), "glass"),
            ((198, 196, 190), "stone"),
            ((168, 176, 178), "metal"),
        ),
        "ribbon",
        3.0,
    ),
    "industrial": Habit(
        (((164, 168, 164), "metal"), ((150, 142, 132), "brick"), ((176, 178, 176), "metal")), "shed", 5.0
    ),
    "civic": Habit((((214, 201, 174), "stone"), ((222, 214, 198), "stone")), "tall", 3.6),
    "school": Habit((((198, 152, 112), "brick"), ((212, 182, 138), "plaster")), "ribbon", 3.6),
    "hospital": Habit((((232, 232, 228), "plaster"), ((220, 224, 224), "concrete")), "ribbon", 3.4),
    "mixed": Habit(
        (((170, 108, 84), "brick"), ((214, 194, 166), "plaster"), ((186, 170, 152), "stone")), "shop", 3.6
    ),
    "landmark": Habit((((232, 228, 218), "stone"), ((224, 222, 216), "concrete")), "tall", 3.0),
    "parking": Habit((((190, 189, 185), "concrete"),), "deck", 5.0),
}


@dataclass(frozen=True)
class Look:
    """How one building is painted.

    Args:
        wall: sRGB.
        material: a name of `city_palette.MATERIALS`.
        style: one of WINDOW_STYLES.
        window: sRGB of the glass.
        roof: sRGB of a pitched roof.
        deck: sRGB of a flat roof.
        door: sRGB.
        podium: sRGB of the podium's walls.
        trim: sRGB of balconies, canopies and ornament.
        bay_m: width of a bay.
        parts: component type -> the program's first component of that type.
    """

    wall: Rgb
    material: str
    style: str
    window: Rgb
    roof: Rgb
    deck: Rgb
    door: Rgb
    podium: Rgb
    podium_material: str
    trim: Rgb
    bay_m: float
    parts: Mapping[str, Component]

    def count(self, part: str, otherwise: int) -> int:
        """How many of a part the program asks for; `otherwise` where it names none or no number."""
        component = self.parts.get(part)
        return otherwise if component is None or component.count is None else component.count


def chance(name: str, salt: str = "") -> float:
    """A number in [0, 1) that belongs to a name, the same in every process.

    >>> chance("tower") == chance("tower"), chance("tower") == chance("tower", "roof")
    (True, False)
    """
    return crc32(f"{salt}/{name}".encode()) / 2**32


def looks_of(program: Program) -> list[Look | None]:
    """The look of each element in order; None for flat ones."""
    programs = program.building_programs
    return [
        look_of(element, programs.get(element.program or "", ())) if element.is_building else None
        for element in program.elements
    ]


def look_of(element: Element, components: Sequence[Component]) -> Look:
    """The look of a building under its building program; () leaves everything to its type."""
    parts: dict[str, Component] = {}
    for component in components:
        parts.setdefault(component.type, component)
    habit = HABITS[element.type]
    default_wall, default_material = _pick(habit.walls, element.id, "wall")
    wall = _color(parts, "wall") or default_wall
    material = parts["wall"].material or default_material if "wall" in parts else default_material
    style, bay_m = habit.style, habit.bay_m
    if material == "glass":
        style, bay_m = "curtain", 1.8
        if "wall" not in parts or parts["wall"].color is None:
            wall = (150, 166, 176)
    elif style == "ribbon" and chance(element.id, "style") < 0.35:
        style, bay_m = "punched", 2.6
    roof = _color(parts, "roof")
    return Look(
        wall=wall,
        material=material,
        style=style,
        window=_glass(parts, element.id),
        roof=roof or _pick(TILES, element.id, "tiles"),
        deck=roof or _pick(DECKS, element.id, "deck"),
        door=_color(parts, "door") or _pick(DOORS, element.id, "door"),
        podium=_color(parts, "podium") or wall,
        podium_material=parts["podium"].material or material if "podium" in parts else material,
        trim=_color(parts, "balcony")
        or _color(parts, "canopy")
        or _color(parts, "ornament")
        or _toward(wall, (250, 248, 244), 0.45),
        bay_m=bay_m,
        parts=parts,
    )


def material_index(material: str) -> int:
    """Position of a material in the palette, as the mesh keeps it."""
    return list(MATERIALS).index(material)


def _color(parts: Mapping[str, Component], kind: str) -> Rgb | None:
    component = parts.get(kind)
    return None if component is None else srgb(component.color, component.material)


def _glass(parts: Mapping[str, Component], name: str) -> Rgb:
    """Glass tinted with the colour of the windows."""
    plain = _pick((GLASS, WARM_GLASS), name, "glass")
    color = _color(parts, "window")
    return plain if color is None else _toward(plain, color, TINT_SHARE)


def _pick(choices: Sequence, name: str, salt: str):
    return choices[int(chance(name, salt) * len(choices))]


def _toward(color: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(color, other, strict=True))
    return red, green, blue
