"""What a city program is made of: elements, blocks, streets, components.

Immutable values in metres, x to the east and y to the north; rings are counter-clockwise (n, 2) float64
arrays whose first vertex is not repeated at the end. They are what the parser has accepted, so they check
nothing themselves. The first five fields of an element are CityGenAgent's Block Program (arXiv 2602.05362).
"""

__all__ = [
    "BASE_HEIGHT_M",
    "BUILDING_TYPES",
    "COMPONENT_TYPES",
    "DEFAULT_FLOOR_HEIGHT_M",
    "ELEMENT_TYPES",
    "FLAT_TYPES",
    "FLOOR_HEIGHT_M",
    "GREEN_TYPES",
    "MAX_FLOORS",
    "ROOF_HEIGHT_M",
    "ROOF_SHAPES",
    "STREET_CLASSES",
    "VERSION",
    "Block",
    "Component",
    "Element",
    "Program",
    "Roof",
    "RoofShape",
    "Street",
    "StreetClass",
]

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

VERSION = 1
BUILDING_TYPES = (
    "residential",
    "commercial",
    "office",
    "industrial",
    "civic",
    "school",
    "hospital",
    "mixed",
    "landmark",
    "parking",
)
FLAT_TYPES = ("greenspace", "plaza", "water")
ELEMENT_TYPES = (*BUILDING_TYPES, *FLAT_TYPES)
GREEN_TYPES = ("greenspace",)
COMPONENT_TYPES = (
    "wall",
    "window",
    "door",
    "roof",
    "balcony",
    "podium",
    "tower",
    "setback",
    "canopy",
    "ornament",
)
ROOF_SHAPES = ("flat", "gabled", "hipped", "pyramidal", "skillion", "dome")
STREET_CLASSES = ("arterial", "local", "path")
DEFAULT_FLOOR_HEIGHT_M = 3.2
MAX_FLOORS = 150
FLOOR_HEIGHT_M = (2.2, 12.0)
BASE_HEIGHT_M = (0.0, 500.0)
ROOF_HEIGHT_M = (0.0, 60.0)

RoofShape = Literal["flat", "gabled", "hipped", "pyramidal", "skillion", "dome"]
StreetClass = Literal["arterial", "local", "path"]


@dataclass(frozen=True)
class Component:
    """One part of a building program.

    Args:
        type: one of COMPONENT_TYPES.
        description: free text, as the paper has it; nothing is graded by it.
        color: a name of `city_palette.COLORS`, or None.
        material: a name of `city_palette.MATERIALS`, or None.
        count: how many there are of it, or None.
    """

    type: str
    description: str = ""
    color: str | None = None
    material: str | None = None
    count: int | None = None


@dataclass(frozen=True)
class Roof:
    """What stands on the eaves.

    Args:
        shape: one of ROOF_SHAPES.
        height: m from the eaves to the ridge; 0 where and only where it is flat.
    """

    shape: RoofShape = "flat"
    height: float = 0.0


@dataclass(frozen=True, eq=False)
class Element:
    """A building, or a flat piece of ground (greenspace, plaza, water).

    Args:
        id: unique in the program.
        type: one of ELEMENT_TYPES.
        polygon: (n, 2) float64, m, counter-clockwise, not closed, simple, read-only.
        floor_count: 1 to 150, None for flat types.
        facade: what it looks like, in words.
        floor_height: m.
        base_height: m above ground where its lowest floor begins; above 0 only on top of another building.
        roof: None is a flat roof.
        program: name of its building program, or None.
    """

    id: str
    type: str
    polygon: np.ndarray
    floor_count: int | None = None
    facade: str = ""
    floor_height: float = DEFAULT_FLOOR_HEIGHT_M
    base_height: float = 0.0
    roof: Roof | None = None
    program: str | None = None

    @property
    def is_building(self) -> bool:
        """Whether it has floors."""
        return self.floor_count is not None

    @property
    def height(self) -> float:
        """Of the eaves above the ground, m; 0 for flat types."""
        return 0.0 if self.floor_count is None else self.base_height + self.floor_count * self.floor_height

    @property
    def top(self) -> float:
        """Of the ridge above the ground, m: the eaves and the roof."""
        return self.height + (self.roof.height if self.roof is not None else 0.0)


@dataclass(frozen=True, eq=False)
class Block:
    """A piece of the site between streets, and what stands on it.

    Args:
        id: unique in the program.
        polygon: (n, 2), as for elements.
        elements: in the program's order.
    """

    id: str
    polygon: np.ndarray
    elements: tuple[Element, ...] = ()


@dataclass(frozen=True, eq=False)
class Street:
    """A street as its centre line.

    Args:
        id: unique in the program.
        class_: arterial and local have a carriageway; a path may cross green, plazas and water.
        width: m, of the whole street.
        path: (n, 2) float64, n >= 2, m.
    """

    id: str
    class_: StreetClass
    width: float
    path: np.ndarray


@dataclass(frozen=True, eq=False)
class Program:
    """A city as it was written.

    Args:
        version: of the schema, VERSION.
        site: (n, 2), as for elements.
        streets: in the program's order.
        blocks: in the program's order.
        building_programs: name -> its components.
    """

    version: int
    site: np.ndarray
    streets: tuple[Street, ...] = ()
    blocks: tuple[Block, ...] = ()
    building_programs: Mapping[str, tuple[Component, ...]] = field(default_factory=dict)

    @property
    def elements(self) -> tuple[Element, ...]:
        """Of all blocks, in order."""
        return tuple(element for block in self.blocks for element in block.elements)
