"""What stands in a generated city: floors, roofs, outlines, looks.

Rules of thumb that make a plain city look like one: a family of materials for the whole of it, pitched roofs
on small houses, more floors where the centre is. Knows no blocks.
"""

__all__ = ["FLOOR_HEIGHT_M", "Fabric", "Look", "fabric_of", "outline"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, sin
from typing import Any

import numpy as np

from .city_parcels import Point

Data = dict[str, Any]
Look = tuple[str, str]
"""Colour and material of a wall."""

FLOORS: Mapping[str, tuple[int, int]] = {
    "residential": (3, 6),
    "commercial": (2, 4),
    "office": (5, 9),
    "industrial": (1, 2),
    "civic": (2, 4),
    "school": (2, 3),
    "hospital": (4, 7),
    "mixed": (4, 7),
    "landmark": (9, 15),
    "parking": (3, 5),
}
FLOOR_HEIGHT_M: Mapping[str, float] = {
    "residential": 3.0,
    "commercial": 4.0,
    "office": 3.6,
    "industrial": 5.0,
    "civic": 4.2,
    "school": 3.6,
    "hospital": 3.8,
    "mixed": 3.4,
    "landmark": 3.8,
    "parking": 2.8,
}
GROWS = ("residential", "office", "mixed", "commercial")
WALLS: Mapping[str, tuple[Look, ...]] = {
    "residential": (
        ("brick_red", "brick"),
        ("terracotta", "brick"),
        ("cream", "plaster"),
        ("ivory", "plaster"),
        ("apricot", "plaster"),
        ("sage", "plaster"),
        ("white", "plaster"),
    ),
    "commercial": (("white", "plaster"), ("light_grey", "concrete"), ("teal", "glass"), ("sand", "stone")),
    "office": (("sky_blue", "glass"), ("light_grey", "concrete"), ("navy", "glass"), ("grey", "metal")),
    "industrial": (("grey", "metal"), ("charcoal", "metal"), ("olive", "metal"), ("dark_red", "brick")),
    "civic": (("sand", "stone"), ("ivory", "stone"), ("light_grey", "stone")),
    "school": (("ochre", "plaster"), ("brown", "timber"), ("yellow", "plaster"), ("mint", "plaster")),
    "hospital": (("white", "concrete"), ("ivory", "plaster"), ("light_grey", "metal")),
    "mixed": (("apricot", "plaster"), ("brown", "brick"), ("sand", "plaster"), ("lilac", "plaster")),
    "landmark": (("teal", "glass"), ("sand", "stone"), ("charcoal", "metal"), ("sky_blue", "glass")),
    "parking": (("light_grey", "concrete"), ("grey", "metal"), ("sage", "metal")),
}
PITCHED = ("terracotta", "charcoal", "dark_red", "brown", "grey")
LEVEL = ("light_grey", "grey", "sage", "charcoal")
DOORS = ("dark_green", "navy", "dark_red", "charcoal", "teal", "brown")
PROGRAM_NOUNS: Mapping[str, str] = {
    "residential": "homes",
    "commercial": "shops",
    "office": "offices",
    "industrial": "works",
    "civic": "hall",
    "school": "school",
    "hospital": "clinic",
    "mixed": "corner_houses",
    "landmark": "landmark",
    "parking": "garage",
}
SMALL_HOUSE_M, SMALL_HOUSE_FLOORS = 17.0, 5
BENT_M, BENT_SHARE = 20.0, 0.3
LEAST_WING_M = 8.0
TENTH = 10.0


@dataclass(frozen=True)
class Fabric:
    """How the buildings of one city look.

    Args:
        walls: type -> colour and material.
        roofs: shape of small houses' roofs.
        roof_color: of those.
        growth: how many more floors, as a share, a building has at the middle of the site than at its edge.
        programs: name -> components, as JSON has them; filled as types are built.
    """

    walls: Mapping[str, Look]
    roofs: str
    roof_color: str
    growth: float
    door: str
    programs: dict[str, Data] = field(default_factory=dict)

    def building(
        self, rng: np.random.Generator, id: str, type: str, ring: Sequence[Point], least_m: float, near: float
    ) -> Data:
        """A building as JSON has it.

        Args:
            rng: decides its floors.
            id: its id.
            type: its type.
            ring: its outline.
            least_m: its shorter side.
            near: 0 at the edge of the site, 1 at its middle.
        """
        low, high = FLOORS[type]
        floors = int(rng.integers(low, high + 1))
        if type in GROWS:
            floors = max(1, round(floors * (1.0 + self.growth * (near - 0.35))))
        floors = min(floors, int(6.0 * least_m / FLOOR_HEIGHT_M[type]))
        color, material = self.walls[type]
        data: Data = {
            "id": id,
            "type": type,
            "polygon": [list(point) for point in ring],
            "floor_count": floors,
            "facade": f"{color.replace('_', ' ')} {material}",
            "floor_height": FLOOR_HEIGHT_M[type],
            "program": self._program(type),
        }
        if roof := self._roof(type, floors, least_m, len(ring)):
            data["roof"] = roof
        return data

    def _roof(self, type: str, floors: int, least_m: float, corners: int) -> Data | None:
        if corners != 4:
            return None
        if type == "residential" and least_m <= SMALL_HOUSE_M and floors <= SMALL_HOUSE_FLOORS:
            if self.roofs == "flat":
                return None
            return {"shape": self.roofs, "height": 3.0 if least_m < 12.0 else 4.0}
        shapes = {"civic": ("hipped", 4.0), "industrial": ("skillion", 2.0), "school": ("gabled", 3.0)}
        if type in shapes and least_m >= 8.0:
            shape, height = shapes[type]
            return {"shape": shape, "height": height}
        return None

    def _program(self, type: str) -> str:
        """Name of the building program of a type; made when first asked for."""
        color, material = self.walls[type]
        name = f"{material}_{PROGRAM_NOUNS[type]}"
        if name not in self.programs:
            top = self.roof_color if type in ("residential", "civic", "school") else LEVEL[len(color) % 4]
            parts: list[Data] = [
                {"type": "wall", "description": f"{color.replace('_', ' ')} {material} walls"}
                | {"color": color, "material": material},
                {"type": "roof", "color": top},
                {"type": "window", "description": "windows in even rows", "color": "white"},
                {"type": "door", "color": self.door},
            ]
            if type in ("residential", "mixed"):
                parts.append({"type": "balcony", "material": "metal", "count": 4 + 2 * (len(color) % 3)})
            if type in ("commercial", "hospital"):
                parts.append({"type": "canopy", "color": self.door})
            if type == "office":
                parts.append({"type": "setback", "count": 2})
            self.programs[name] = {"components": parts}
        return name


def fabric_of(rng: np.random.Generator) -> Fabric:
    """Looks for one city."""
    walls = {type: looks[rng.integers(len(looks))] for type, looks in WALLS.items()}
    roofs = ("gabled", "hipped", "gabled", "flat", "pyramidal")[rng.integers(5)]
    growth = float((0.0, 0.6, 1.2)[rng.integers(3)])
    return Fabric(walls, roofs, PITCHED[rng.integers(len(PITCHED))], growth, DOORS[rng.integers(len(DOORS))])


def outline(
    rng: np.random.Generator, middle: Point, width: float, depth: float, along: float, *, is_bent: bool
) -> tuple[Point, ...]:
    """A rectangle or, of a large one, an L or a U, turned about its middle, in tenths of a metre."""
    half_w, half_d = width / 2.0, depth / 2.0
    points = [(-half_w, -half_d), (half_w, -half_d), (half_w, half_d), (-half_w, half_d)]
    if is_bent and min(width, depth) >= BENT_M and rng.random() < BENT_SHARE * 2.0:
        wing = max(LEAST_WING_M, 0.42 * min(width, depth))
        if rng.random() < 0.6 or width < 3.4 * wing:
            inner = (wing - half_w, wing - half_d)
            points = [*points[:2], (half_w, inner[1]), inner, (inner[0], half_d), points[3]]
        else:
            left, right, floor = wing - half_w, half_w - wing, wing - half_d
            points = [*points[:3], (right, half_d), (right, floor), (left, floor), (left, half_d), points[3]]
    c, s = cos(along), sin(along)
    return tuple(
        (round(middle[0] + c * x - s * y, 1) + 0.0, round(middle[1] + s * x + c * y, 1) + 0.0)
        for x, y in points
    )
