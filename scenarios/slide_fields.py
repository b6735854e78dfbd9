"""The twelve fields of business, by name."""

__all__ = ["FIELDS"]

from collections.abc import Mapping

from .slide_field import Field
from .slide_fields_land import AGRICULTURE, ENERGY
from .slide_fields_nets import LOGISTICS, SOFTWARE
from .slide_fields_public import EDUCATION, HEALTH
from .slide_fields_trade import FINANCE, RETAIL
from .slide_fields_travel import TOURISM, TRANSIT
from .slide_fields_works import CONSTRUCTION, MANUFACTURING

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        AGRICULTURE,
        CONSTRUCTION,
        EDUCATION,
        ENERGY,
        FINANCE,
        HEALTH,
        LOGISTICS,
        MANUFACTURING,
        RETAIL,
        SOFTWARE,
        TOURISM,
        TRANSIT,
    )
}
"""Name -> vocabulary."""
