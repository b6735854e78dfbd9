"""The city: a valid program as a world of named quantities.

Immutable: an edit makes a new city. It holds geometry and measures, computed when first asked and kept; it
knows neither tasks nor keys, and draws nothing.
"""

__all__ = ["City"]

from .city_finishes import Finishes
from .city_measures import Densities
from .city_relations import Relations
from .city_sight import Sight
from .city_streets import Streets
from .city_sun import Sunlight


class City(Densities, Relations, Streets, Sunlight, Sight, Finishes):
    """A city, built from a program that `parse_program` accepted.

    Measures are attributes and methods named as quantities: `city.far`, `city.green_share`,
    `city.frontage_m("school")`, `city.shadow_share("park", azimuth_deg=180, elevation_deg=42)`.

    Args:
        program: a valid program.
    """
