"""A city as a file for other programs: GLB, CityJSON 2.0, GeoJSON.

Each form is exact where the program is: footprints, heights and roofs are those that are measured.
"""

__all__ = ["FORMS", "export_city"]

from collections.abc import Callable, Mapping

from ..errors import UsageError, did_you_mean
from .city_footprints import Footprints
from .city_geojson import geojson
from .city_glb import glb
from .city_solids import cityjson

FORMS: Mapping[str, Callable[[Footprints], bytes]] = {"glb": glb, "cityjson": cityjson, "geojson": geojson}
"""Name of a form -> what writes it."""


def export_city(city: Footprints, form: str) -> bytes:
    """A city as the bytes of a file; the same city gives the same bytes.

    Args:
        city: what is written.
        form: `glb` (glTF 2.0, y up, m), `cityjson` (2.0, solids with semantics) or `geojson` (RFC 7946).

    Raises:
        UsageError: no such form.
    """
    if form not in FORMS:
        raise UsageError(
            f"unknown form {form!r}; a city is written as {', '.join(FORMS)}.{did_you_mean(form, FORMS)}"
        )
    return FORMS[form](city)
