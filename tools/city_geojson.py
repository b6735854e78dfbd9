"""A city as GeoJSON (RFC 7946).

The standard wants WGS 84 degrees and a program has only metres, so its origin is pinned to an anchor: null
island unless the caller knows better. Longitude and latitude are equirectangular about it on a sphere, which
bends lengths by less than 1 % within 10 km; each feature carries its exact metres as well.
"""

__all__ = ["EARTH_RADIUS_M", "geojson"]

import json
from collections.abc import Iterable
from math import cos, degrees, isfinite, radians
from typing import Any

import numpy as np

from ..errors import UsageError
from .city_footprints import Footprints
from .city_parts import Element

EARTH_RADIUS_M = 6_371_008.8
DECIMALS = 9
MAX_LATITUDE_DEG = 80.0
USES = {"greenspace": ("leisure", "park"), "plaza": ("place", "square"), "water": ("natural", "water")}
HIGHWAYS = {"arterial": "secondary", "local": "residential", "path": "footway"}


def geojson(city: Footprints, *, anchor_deg: tuple[float, float] = (0.0, 0.0)) -> bytes:
    """A FeatureCollection of elements, blocks, streets and the site.

    Features carry the program's own fields and OpenStreetMap's keys. The foreign member `local_m` of a
    feature is its geometry in the program's metres; `city` of the collection names anchor and formula.

    Args:
        city: what is written.
        anchor_deg: longitude and latitude of the program's origin; latitude within 80 degrees.

    Raises:
        UsageError: an anchor out of bounds.
    """
    longitude, latitude = anchor_deg
    if not (isfinite(longitude) and abs(longitude) <= 180.0 and abs(latitude) <= MAX_LATITUDE_DEG):
        raise UsageError(
            f"anchor_deg is (longitude, latitude), latitude within 80 degrees, got {anchor_deg!r}"
        )
    program = city.program
    per_m = degrees(1.0 / EARTH_RADIUS_M)
    scale = np.array([per_m / cos(radians(latitude)), per_m])

    def feature(
        name: str, kind: str, points: np.ndarray, properties: dict[str, Any], **members: Any
    ) -> dict[str, Any]:
        is_ring = kind == "Polygon"
        local = np.vstack([points, points[:1]]) if is_ring else points
        placed = np.round(local * scale + [longitude, latitude], DECIMALS)
        wrap = (lambda rows: [rows.tolist()]) if is_ring else (lambda rows: rows.tolist())
        return {
            "type": "Feature",
            "id": name,
            "geometry": {"type": kind, "coordinates": wrap(placed)},
            "properties": properties,
            "local_m": {"type": kind, "coordinates": wrap(local)},
            **members,
        }

    features = [feature("site", "Polygon", program.site, {"what": "site"})]
    for block in program.blocks:
        features.append(
            feature(f"block/{block.id}", "Polygon", block.polygon, {"what": "block", "id": block.id})
        )
        for element in block.elements:
            features.append(feature(element.id, "Polygon", element.polygon, _properties(element, block.id)))
    for street in program.streets:
        properties = {
            "what": "street",
            "id": street.id,
            "class": street.class_,
            "width": street.width,
            "highway": HIGHWAYS[street.class_],
        }
        features.append(feature(f"street/{street.id}", "LineString", street.path, properties))
    note = {
        "program_version": program.version,
        "anchor_deg": [longitude, latitude],
        "earth_radius_m": EARTH_RADIUS_M,
        "longitude": "anchor longitude + degrees(x / (earth_radius_m * cos(anchor latitude)))",
        "latitude": "anchor latitude + degrees(y / earth_radius_m)",
        "local_m": "x to the east and y to the north of the anchor, metres, exact",
    }
    return _written({"type": "FeatureCollection", "city": note, "features": features})


def _properties(element: Element, block: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "what": "building" if element.is_building else "flat",
        "type": element.type,
        "block": block,
    }
    if not element.is_building:
        key, value = USES[element.type]
        return {**made, key: value}
    roof = element.roof
    made |= {
        "building": element.type,
        "building:levels": element.floor_count,
        "height": round(element.top, 6),
        "floor_height": element.floor_height,
        "roof:shape": "flat" if roof is None else roof.shape,
        "roof:height": 0.0 if roof is None else roof.height,
    }
    if element.base_height > 0.0:
        made["min_height"] = element.base_height
    made |= {key: value for key, value in _words(element) if value}
    return made


def _words(element: Element) -> Iterable[tuple[str, str | None]]:
    yield "facade", element.facade
    yield "program", element.program


def _written(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
