"""Densities, heights and mix of a city, each a named quantity.

The density indices of Spacematrix: FAR (FSI) = floor area / site, GSI = footprint / site,
OSR = (1 - GSI) / FAR, over the whole site, streets included.
"""

__all__ = ["Densities"]

from functools import cached_property
from math import inf

import numpy as np
from scipy.stats import rankdata

from .city_footprints import Footprints
from .city_parts import GREEN_TYPES, Element
from .city_shapely import shapely


class Densities(Footprints):
    """Measures of how much is built, and how high."""

    @cached_property
    def site_area_m2(self) -> float:
        """Of the site."""
        return float(shapely.area(self.site))

    @cached_property
    def footprint_m2(self) -> float:
        """Ground under buildings; what rises from a podium covers none of its own."""
        return float(self.areas[self.positions("building")].sum())

    def floor_area_m2(self, type: str = "building") -> float:
        """Gross floor area of the buildings of a type: ground area times floors, podium and tower alike."""
        is_type = [type in ("building", "any", element.type) for element in self.elements]
        return float((self.areas * self.floors)[np.array(is_type, dtype=bool)].sum())

    def floor_area_share(self, type: str) -> float:
        """Share of a type in all floor area, 0 to 1; 0 without buildings."""
        whole = self.floor_area_m2()
        return self.floor_area_m2(type) / whole if whole else 0.0

    @cached_property
    def far(self) -> float:
        """Floor area ratio (FSI)."""
        return self.floor_area_m2() / self.site_area_m2

    @cached_property
    def gsi(self) -> float:
        """Ground space index: share of the site under buildings."""
        return self.footprint_m2 / self.site_area_m2

    @cached_property
    def osr(self) -> float:
        """Open space ratio: open ground for each m2 of floor; inf without buildings."""
        return (1.0 - self.gsi) / self.far if self.far else inf

    @cached_property
    def green_share(self) -> float:
        """Share of the site that is greenspace, 0 to 1."""
        return sum(self.ground_share(type) for type in GREEN_TYPES)

    def ground_share(self, type: str) -> float:
        """Share of the site that the elements of a type cover."""
        return float(self.areas[self.positions(type)].sum()) / self.site_area_m2

    def count(self, type: str = "building") -> int:
        """Number of elements of a type; `building`, `flat` and `any` are types here."""
        return len(self.positions(type))

    @cached_property
    def full_tops(self) -> np.ndarray:
        """(n,) m of the ridge above the ground, that of a tower for the podium which carries it too."""
        tops = self.tops.copy()
        upper = np.flatnonzero(self.carriers >= 0)
        np.maximum.at(tops, self.carriers[upper], self.tops[upper])
        return tops

    def tops_m(self, type: str = "building") -> np.ndarray:
        """Height of each building of a type to the ridge; a tower counts for the podium that carries it."""
        positions = self.positions(type)
        return self.full_tops[positions[self.is_building[positions]]]

    @cached_property
    def max_height_m(self) -> float:
        """Of the highest ridge; 0 without buildings."""
        return float(self.tops.max(initial=0.0))

    @cached_property
    def mean_height_m(self) -> float:
        """Mean ridge height of the buildings; 0 without buildings."""
        tops = self.tops_m()
        return float(tops.mean()) if len(tops) else 0.0

    @cached_property
    def tallest(self) -> Element | None:
        """The element with the highest ridge, the first of equals; None without buildings."""
        return self.elements[int(self.tops.argmax())] if self.is_building.any() else None

    def lead_m(self, id: str) -> float:
        """By how much an element's ridge is above that of every other, negative where one is higher."""
        others = np.delete(self.tops, self.position(id))
        return float(self.tops[self.position(id)] - others.max(initial=0.0))

    @cached_property
    def skyline(self) -> float:
        """Spearman's rho of ridge height against nearness to the middle of the site, -1 to 1.

        1: the nearer to the middle, the higher. 0 where there are fewer than three buildings, or all are
        equally high.
        """
        positions = self.positions("building")
        if len(positions) < 3:
            return 0.0
        middle = shapely.get_coordinates(shapely.centroid(self.site))[0]
        away = np.hypot(*(self.centroids[positions] - middle).T)
        ranks = rankdata(self.tops_m()) - (len(positions) + 1) / 2.0
        near = rankdata(-np.round(away, 6)) - (len(positions) + 1) / 2.0
        norm = float(np.sqrt((ranks @ ranks) * (near @ near)))
        return float(ranks @ near) / norm if norm else 0.0
