"""The format of a city program: words for the tools, and a JSON schema.

The words are made from the parser's own constants, so that a description cannot differ from what is accepted.
"""

__all__ = ["program_schema", "words_for_tools"]

import json
from functools import cache
from importlib.resources import files
from typing import Any

from .city_palette import COLORS, MATERIALS
from .city_parts import (
    BUILDING_TYPES,
    COMPONENT_TYPES,
    FLAT_TYPES,
    MAX_FLOORS,
    ROOF_SHAPES,
    STREET_CLASSES,
)


@cache
def program_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of a program, version 1; what it cannot say stands in its descriptions."""
    path = files(__name__.rpartition(".")[0]) / "city_schema.json"
    return json.loads(path.read_text(encoding="utf-8"))


def words_for_tools() -> dict[str, str]:
    """What stands for {elements}, {streets} and {components} in the tools' descriptions."""
    return {
        "elements": (
            'An element is {"id", "type", "polygon": [[x, y], ...], "floor_count", "facade"} and may have '
            '"floor_height", "base_height", "roof": {"shape", "height"}, "program". Polygons are in metres, '
            "counter-clockwise, not closed. Types of buildings, which need floor_count (1 to "
            f"{MAX_FLOORS}): {', '.join(BUILDING_TYPES)}; of flat ground, which have none: "
            f"{', '.join(FLAT_TYPES)}. Roofs: {', '.join(ROOF_SHAPES)}."
        ),
        "streets": (
            'A street is {"id", "class", "width", "path": [[x, y], ...]}; '
            f"classes: {', '.join(STREET_CLASSES)}."
        ),
        "components": (
            'A component is {"type", "description", "color", "material", "count"}, all but type optional. '
            f"Types: {', '.join(COMPONENT_TYPES)}. Colours: {', '.join(COLORS)}. "
            f"Materials: {', '.join(MATERIALS)}."
        ),
    }
