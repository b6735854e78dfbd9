"""Colours, materials, roofs and components that a city's programs name.

What a program leaves open is nothing here, whatever a view paints. Knows no pixels.
"""

__all__ = ["Finishes"]

from collections.abc import Callable

from .city_footprints import Footprints
from .city_parts import Component


class Finishes(Footprints):
    """Measures of what the buildings are made of."""

    def components(self, id: str) -> tuple[Component, ...]:
        """Of an element's building program; none without one."""
        program = self.element(id).program
        return () if program is None else tuple(self.program.building_programs[program])

    def component(self, id: str, type: str) -> Component | None:
        """The first component of a type, or None."""
        return next((one for one in self.components(id) if one.type == type), None)

    def color(self, id: str, of: str = "wall") -> str | None:
        """The colour that the program names for a component, or None."""
        one = self.component(id, of)
        return None if one is None else one.color

    def material(self, id: str, of: str = "wall") -> str | None:
        """The material that the program names for a component, or None."""
        one = self.component(id, of)
        return None if one is None else one.material

    def roof_shape(self, id: str) -> str:
        """The shape of an element's roof; `flat` where none is named."""
        roof = self.element(id).roof
        return "flat" if roof is None else roof.shape

    def color_share(self, type: str, colors: tuple[str, ...], of: str = "wall") -> float:
        """Share of the buildings of a type whose component has one of some colours; 0 without buildings."""
        return self._share(type, lambda id: self.color(id, of) in colors)

    def material_share(self, type: str, materials: tuple[str, ...], of: str = "wall") -> float:
        """Share of the buildings of a type whose component is of one of some materials."""
        return self._share(type, lambda id: self.material(id, of) in materials)

    def roof_share(self, type: str, shapes: tuple[str, ...]) -> float:
        """Share of the buildings of a type whose roof has one of some shapes."""
        return self._share(type, lambda id: self.roof_shape(id) in shapes)

    def component_match(self, id: str, wanted: Component) -> float:
        """How well the best component of the wanted type matches, 0 to 1.

        Formula: 0 without one of that type, else the share of (type, color, material, count) that agrees,
        taken over those that are wanted.
        """
        asked = {
            key: value
            for key in ("type", "color", "material", "count")
            if (value := getattr(wanted, key)) is not None
        }
        matches = [
            sum(getattr(one, key) == value for key, value in asked.items()) / len(asked)
            for one in self.components(id)
            if one.type == wanted.type
        ]
        return max(matches, default=0.0)

    def component_share(self, type: str, wanted: Component) -> float:
        """Mean `component_match` over the buildings of a type; 0 without buildings."""
        return self._share(type, lambda id: self.component_match(id, wanted))

    def _share(self, type: str, level: Callable[[str], float]) -> float:
        """Mean of a level over the buildings of a type."""
        found = (self.elements[position] for position in self.positions(type))
        levels = [float(level(element.id)) for element in found if element.is_building]
        return sum(levels) / len(levels) if levels else 0.0
