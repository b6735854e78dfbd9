"""A city in words and numbers: what `query` and `validate` answer.

Short and exact, at most 4,000 characters; knows the world only.
"""

__all__ = [
    "MAX_REPLY_CHARS",
    "clipped",
    "element_told",
    "metrics_told",
    "neighbors_told",
    "state_told",
    "summary_told",
    "validity_told",
]

import json
from collections import Counter
from collections.abc import Iterable

from ..rewards.city import DEFECTS
from .city import City
from .city_elements import element_data
from .city_parts import Block, Element
from .city_pieces import component_data
from .city_problems import told
from .city_validity import Validity

MAX_REPLY_CHARS = 4000
MAX_NEIGHBORS = 24
NEIGHBORHOOD_M = 80.0
FAULTS_TOLD = 4
COMPASS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


def state_told(city: City, validity: Validity) -> str:
    """One line after an edit, and the first faults."""
    program = city.program
    line = (
        f"{_counted(len(city.elements), 'element')} ({_counted(city.count(), 'building')}) in "
        f"{_counted(len(program.blocks), 'block')}, {_counted(len(program.streets), 'street')}; "
        f"validity {validity.score.value:.3f}"
    )
    return f"{line}\n{told(validity.problems, most=FAULTS_TOLD)}" if validity.problems else line


def validity_told(validity: Validity) -> str:
    """The validity, its parts, and every fault as far as there is room."""
    parts = ", ".join(f"{name} {validity.defects[name]:.4g}" for name in DEFECTS)
    head = f"validity {validity.score.value:.3f} (1 is free of faults); defects: {parts}"
    return clipped(f"{head}\n{told(validity.problems, most=40) or 'no faults found'}")


def summary_told(city: City, block_id: str = "") -> str:
    """The site, and each block with what stands in it; or the elements of one block."""
    program = city.program
    if block_id:
        block = next(block for block in program.blocks if block.id == block_id)
        lines = [_block_line(city, block), *(_element_line(city, element) for element in block.elements)]
        return clipped("\n".join(lines))
    low_x, low_y, high_x, high_y = city.site.bounds
    lines = [
        f"site {json.dumps(program.site.tolist())}: {city.site_area_m2:.0f} m2, "
        f"x {low_x:g} to {high_x:g}, y {low_y:g} to {high_y:g}; x is east, y north, metres",
        *(_block_line(city, block) for block in program.blocks),
        *(
            f"street {one.id}: {one.class_}, {one.width:g} m wide, {json.dumps(one.path.tolist())}"
            for one in program.streets
        ),
        *(
            f"building program {key}: {json.dumps([component_data(one) for one in components])}"
            for key, components in program.building_programs.items()
        ),
    ]
    return clipped("\n".join(lines))


def element_told(city: City, id: str) -> str:
    """One element as JSON, and what is measured of it."""
    element, position = city.element(id), city.position(id)
    lines = [json.dumps(element_data(element)), f"in block {city.block_of(id).id}"]
    x, y = city.centroids[position]
    numbers = {
        "middle": f"[{x:.2f}, {y:.2f}]",
        "ground": f"{city.areas[position]:.1f} m2",
        "setback": f"{city.setbacks[position]:.2f} m",
        "street": f"{city.frontages[position]:.2f} m",
    }
    if element.is_building:
        numbers |= {
            "floor area": f"{city.areas[position] * city.floors[position]:.1f} m2",
            "eaves": f"{element.height:.2f} m",
            "top": f"{element.top:.2f} m",
            "width": f"{city.widths[position]:.2f} m",
            "nearest building": f"{city.gaps[position]:.2f} m",
        }
    return clipped("\n".join([*lines, "; ".join(f"{key} {value}" for key, value in numbers.items())]))


def neighbors_told(city: City, id: str) -> str:
    """The nearest elements, with distance and direction as seen from it."""
    near = city.neighbors(id, NEIGHBORHOOD_M)
    if not near:
        return f"nothing stands within {NEIGHBORHOOD_M:g} m of {id}"
    lines = []
    for other in near[:MAX_NEIGHBORS]:
        bearing = city.bearing_deg(other, id)
        side = COMPASS[round(bearing / 45.0) % 8] if bearing == bearing else "same place"
        lines.append(f"{other} ({city.element(other).type}): {city.distance_m(id, other):.2f} m, {side}")
    if len(near) > MAX_NEIGHBORS:
        lines.append(f"and {len(near) - MAX_NEIGHBORS} more within {NEIGHBORHOOD_M:g} m")
    return clipped("\n".join(lines))


def metrics_told(city: City) -> str:
    """The quantities of the whole city."""
    tallest = city.tallest
    areas = Counter[str]()
    for element, area in zip(city.elements, (city.areas * city.floors).tolist(), strict=True):
        areas[element.type] += area
    floor_areas = ", ".join(f"{type} {area:.0f}" for type, area in areas.items() if area)
    lines = [
        f"floor area ratio {city.far:.3f}; coverage {city.gsi:.3f}; open space ratio {city.osr:.3f}",
        f"green share {city.green_share:.3f} of the site ({city.site_area_m2:.0f} m2)",
        f"floor area {city.floor_area_m2():.0f} m2{f': {floor_areas}' if floor_areas else ''}",
        f"heights: mean {city.mean_height_m:.2f} m, highest {city.max_height_m:.2f} m"
        + (f" ({tallest.id})" if tallest is not None else ""),
        f"skyline {city.skyline:.3f} (1: the nearer to the middle, the higher)",
        f"streets {city.street_length_m():.0f} m, connected {city.connectivity:.3f}, "
        f"dead ends {city.dead_ends}, junctions {city.junctions}",
        "elements: " + (_types(city.elements) or "none"),
    ]
    return clipped("\n".join(lines))


def clipped(text: str) -> str:
    """At most 4,000 characters: whole lines, and how many were left out."""
    if len(text) <= MAX_REPLY_CHARS:
        return text
    kept: list[str] = []
    lines = text.split("\n")
    room = MAX_REPLY_CHARS - 60
    for line in lines:
        if len(line) + 1 > room:
            break
        room -= len(line) + 1
        kept.append(line)
    if not kept:
        return text[: MAX_REPLY_CHARS - 1] + "…"
    return "\n".join([*kept, f"... {len(lines) - len(kept)} more lines; ask for one block or element"])


def _block_line(city: City, block: Block) -> str:
    position = next(k for k, one in enumerate(city.program.blocks) if one.id == block.id)
    area = float(city.block_polygons[position].area)
    inside = _types(block.elements) or "empty"
    return f"block {block.id} {json.dumps(block.polygon.tolist())}: {area:.0f} m2; {inside}"


def _element_line(city: City, element: Element) -> str:
    position = city.position(element.id)
    x, y = city.centroids[position]
    floors = "" if element.floor_count is None else f", {element.floor_count} floors"
    program = f", program {element.program}" if element.program else ""
    return (
        f"{element.id}: {element.type}, {city.areas[position]:.0f} m2 at [{x:.1f}, {y:.1f}]{floors}{program}"
    )


def _types(elements: Iterable[Element]) -> str:
    counts = Counter(element.type for element in elements)
    return ", ".join(f"{count} {type}" for type, count in counts.items())


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
