"""A city as CityJSON 2.0: closed solids with semantic surfaces.

Quantised to a millimetre. Buildings with a pitched roof or a dome are LoD 2, the others LoD 1; a building of
several volumes has a BuildingPart for each. What stands before walls, windows and trees are scenery and left
out.
"""

__all__ = ["cityjson", "solid_faces"]

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from .city_footprints import Footprints
from .city_ground import ground_of
from .city_looks import Look, looks_of
from .city_masses import Mass, masses_of, shell_of
from .city_palette import Rgb
from .city_parts import Element
from .city_roofs import stitched
from .city_shapely import shapely

MILLIMETRE = 0.001
FLAT_OBJECTS = {"greenspace": "PlantCover", "plaza": "TransportSquare", "water": "WaterBody"}
ROOF_TYPES = {
    "flat": "flat roof",
    "gabled": "gabled roof",
    "hipped": "hipped roof",
    "pyramidal": "pavilion roof",
    "skillion": "monopitch roof",
    "dome": "dome",
}
GROUND: Rgb = (150, 146, 140)
SURFACES = ("GroundSurface", "WallSurface", "RoofSurface")


class _Vertices:
    """Integer vertices, each once."""

    def __init__(self, origin: np.ndarray) -> None:
        self.origin = origin
        self.rows: list[tuple[int, int, int]] = []
        self._known: dict[tuple[int, int, int], int] = {}

    def ring(self, points: np.ndarray) -> list[int]:
        """Indices of a ring (n, 3), without a point that follows its equal."""
        found: list[int] = []
        for x, y, z in np.round((points - self.origin) / MILLIMETRE).astype(np.int64).tolist():
            row = (x, y, z)
            index = self._known.setdefault(row, len(self.rows))
            if index == len(self.rows):
                self.rows.append(row)
            if not found or found[-1] != index:
                found.append(index)
        return found[:-1] if len(found) > 1 and found[0] == found[-1] else found


def cityjson(city: Footprints) -> bytes:
    """The city as a CityJSON 2.0 file: local metres, without a reference system, for a program names none."""
    program = city.program
    low, high = program.site.min(0), program.site.max(0)
    vertices = _Vertices(np.array([*np.floor(low), 0.0]))
    materials: dict[Rgb, int] = {}
    looks = looks_of(program)
    by_element: dict[int, list[Mass]] = {}
    for mass in masses_of(program.elements, looks):
        by_element.setdefault(mass.index, []).append(mass)
    objects: dict[str, Any] = {}
    for block in program.blocks:
        objects[f"block/{block.id}"] = {
            "type": "LandUse",
            "attributes": {"id": block.id},
            "geometry": [_surfaces(vertices, shapely.polygons(block.polygon), 0.0)],
        }
    for index, element in enumerate(city.elements):
        look = looks[index]
        if look is None:
            objects[element.id] = {
                "type": FLAT_OBJECTS[element.type],
                "attributes": {"class": element.type},
                "geometry": [_surfaces(vertices, shapely.polygons(element.polygon), 0.0)],
            }
        else:
            objects |= _building(element, by_element[index], look, vertices, materials)
    roads = ground_of(program).roads
    if not shapely.is_empty(roads):
        objects["/streets"] = {"type": "Road", "geometry": [_surfaces(vertices, roads, 0.0)]}
    top = max((element.top for element in city.elements), default=0.0)
    document = {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [MILLIMETRE] * 3, "translate": vertices.origin.tolist()},
        "metadata": {"geographicalExtent": [float(v) for v in (*low, 0.0, *high, top)]},
        "CityObjects": objects,
        "vertices": vertices.rows,
        "appearance": {
            "materials": [
                {
                    "name": "#{:02x}{:02x}{:02x}".format(*color),
                    "diffuseColor": [round(c / 255.0, 4) for c in color],
                }
                for color in materials
            ]
        },
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def solid_faces(mass: Mass) -> list[tuple[np.ndarray, str]]:
    """A volume's closed outside: faces (n, 3), counter-clockwise seen from outside, and their surface."""
    shell = shell_of(mass)
    ring, after = shell.ring, np.roll(shell.ring, -1, 0)
    tops_after = np.roll(shell.tops, -1)
    faces = [(np.column_stack([ring[::-1], np.full(len(ring), mass.bottom)]), "GroundSurface")]
    for a, b, top_a, top_b in zip(ring, after, shell.tops, tops_after, strict=True):
        wall = np.array([[*a, mass.bottom], [*b, mass.bottom], [*b, top_b], [*a, top_a]])
        faces.append((wall, "WallSurface"))
    faces += [(face, "RoofSurface") for face in stitched(shell.faces)]
    return faces


def _building(
    element: Element, masses: Sequence[Mass], look: Look, vertices: _Vertices, materials: dict[Rgb, int]
) -> dict[str, Any]:
    roof = element.roof
    attributes: dict[str, Any] = {
        "function": element.type,
        "storeysAboveGround": element.floor_count,
        "measuredHeight": round(element.top - element.base_height, 6),
        "roofType": ROOF_TYPES["flat" if roof is None else roof.shape],
    }
    attributes |= {
        key: value for key, value in (("facade", element.facade), ("program", element.program)) if value
    }
    whole: dict[str, Any] = {"type": "Building", "attributes": attributes}
    if len(masses) == 1:
        return {element.id: whole | {"geometry": [_solid(masses[0], look, vertices, materials)]}}
    names = [f"{element.id}/{number}-{mass.part}" for number, mass in enumerate(masses)]
    made: dict[str, Any] = {element.id: whole | {"children": names}}
    for name, mass in zip(names, masses, strict=True):
        geometry = [_solid(mass, look, vertices, materials)]
        made[name] = {"type": "BuildingPart", "parents": [element.id], "geometry": geometry}
    return made


def _solid(mass: Mass, look: Look, vertices: _Vertices, materials: dict[Rgb, int]) -> dict[str, Any]:
    walls = look.podium if mass.part == "podium" else look.wall
    paint = {
        "GroundSurface": GROUND,
        "WallSurface": walls,
        "RoofSurface": look.deck if mass.roof is None else look.roof,
    }
    rings, values, colors = [], [], []
    for face, surface in solid_faces(mass):
        ring = vertices.ring(face)
        if len(ring) >= 3:
            rings.append([ring])
            values.append(SURFACES.index(surface))
            colors.append(materials.setdefault(paint[surface], len(materials)))
    return {
        "type": "Solid",
        "lod": "1" if mass.roof is None else "2",
        "boundaries": [rings],
        "semantics": {"surfaces": [{"type": surface} for surface in SURFACES], "values": [values]},
        "material": {"day": {"values": [colors]}},
    }


def _surfaces(vertices: _Vertices, area: Any, level: float) -> dict[str, Any]:
    """A level area as a MultiSurface, holes kept."""
    boundaries = []
    for part in shapely.get_parts(shapely.orient_polygons(area)):
        if shapely.get_type_id(part) != 3 or shapely.is_empty(part):
            continue
        rings = []
        for ring in shapely.get_rings(part):
            points = shapely.get_coordinates(ring)[:-1]
            rings.append(vertices.ring(np.column_stack([points, np.full(len(points), level)])))
        if len(rings[0]) >= 3:
            boundaries.append([rings[0], *(ring for ring in rings[1:] if len(ring) >= 3)])
    return {"type": "MultiSurface", "lod": "1", "boundaries": boundaries}
