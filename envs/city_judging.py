"""What CityGenAgent's recipes ask of a city: a judge's marks, or measures.

Pictures, descriptions and shares of pixels; knows no episode.
"""

__all__ = ["judged_levels", "measured_levels"]

import json

import numpy as np

from ..rewards.city_recipes import seen_looks
from ..rewards.citygenagent import LAYOUT_RUBRIC, LOOK_RUBRIC, density, no_overlap
from ..rewards.fencing import Data
from ..rewards.judge import Judge
from ..rewards.score import Score
from ..scenarios.city_stage import Stage
from ..tools.city import City
from ..tools.city_checks import fulfilment_of
from ..tools.city_pieces import component_data
from ..tools.city_views import draw, id_buffer, view_camera, visible_px
from .city_appraisal import StageMarks

LOOKS = frozenset({"color", "material", "roof_shape", "component", "program"})
AZIMUTHS_DEG = (45.0, 225.0)
MAX_DESCRIBED_CHARS = 6000
PICTURE_PX = (640, 480)
PLAN_PX = (512, 512)


def judged_levels(judge: Judge, city: City, marks: StageMarks, brief: str) -> tuple[dict[str, float], str]:
    """The five levels of CityGenAgent, three of them a judge's.

    A city without buildings scores 0 in these without a question; one that describes nothing, 0 in the
    agreement of looks and descriptions.

    Args:
        judge: who is asked.
        city: that was handed in.
        marks: of its stage.
        brief: what was asked for.

    Raises:
        JudgeError: the judge is out of reach.
    """
    levels = _plain(marks) | dict.fromkeys(("alignment", "plausibility", "consistency"), 0.0)
    if not marks.built:
        return levels, "no buildings to judge"
    plan, air = draw(city, "plan", size_px=PLAN_PX).array, draw(city, "iso", size_px=PICTURE_PX).array
    layout = LAYOUT_RUBRIC.score(judge, "The brief:", brief, "Plan, north up:", plan, "From the air:", air)
    levels |= {name: layout.parts[name] for name in ("alignment", "plausibility")}
    described = _described(city)
    if not described:
        return levels, f"judged: {layout.why}; nothing is described"
    street = draw(city, "street", size_px=PICTURE_PX).array
    look = LOOK_RUBRIC.score(
        judge, "The descriptions:", Data(described), "From the air:", air, "From the street:", street
    )
    return levels | {"consistency": look.parts["consistency"]}, f"judged: {layout.why}; {look.why}"


def measured_levels(city: City, marks: StageMarks, stage: Stage) -> tuple[dict[str, float], str]:
    """The same five levels, measured: by constraints, by shapes, by looks on buildings that can be seen.

    Args:
        city: that was handed in.
        marks: of its stage.
        stage: what was asked.
    """
    looks = _looks(city, stage)
    levels = {
        "alignment": marks.fulfilment,
        "plausibility": marks.plausibility,
        "consistency": looks.value,
    }
    return _plain(marks) | levels, f"{marks.why}; {looks.why}"


def _looks(city: City, stage: Stage) -> Score:
    """Constraints on looks, and pixels by the id buffer: the more of two views from the air."""
    asked = [constraint for constraint in stage.constraints if constraint.kind in LOOKS]
    match = fulfilment_of(city, asked)[0].value if asked else 1.0
    most = np.zeros(len(city.elements), np.int64)
    for azimuth in AZIMUTHS_DEG if city.buildings else ():
        camera = view_camera(city, "iso", azimuth_deg=azimuth, size_px=PICTURE_PX)
        shown = visible_px(city, id_buffer(city, camera, size_px=PICTURE_PX))
        most = np.maximum(most, list(shown.values()))
    return seen_looks(match, most[city.is_building].tolist())


def _plain(marks: StageMarks) -> dict[str, float]:
    return {"overlap": no_overlap(marks.overlap).value, "density": density(marks.coverage).value}


def _described(city: City) -> str:
    """Descriptions of buildings, as JSON; "" where there are none."""
    programs = {
        name: [component_data(component) for component in components]
        for name, components in city.program.building_programs.items()
    }
    rows = [
        {"id": one.id, "type": one.type, "facade": one.facade, "program": programs.get(one.program or "", [])}
        for one in city.buildings
        if one.facade or programs.get(one.program or "")
    ]
    return json.dumps(rows)[:MAX_DESCRIBED_CHARS] if rows else ""
