"""Machines and skylights on flat roofs, lower than the parapet."""

__all__ = ["plant_faces"]

from collections.abc import Sequence

import numpy as np

from .city_boxes import box_faces
from .city_faces import KINDS, FaceList
from .city_looks import chance
from .city_masses import Mass
from .city_parts import Element
from .city_shapely import shapely

HEIGHT_M = 0.9
COLOR = (178, 180, 180)


def plant_faces(
    faces: FaceList, elements: Sequence[Element], masses: Sequence[Mass], deck: np.ndarray
) -> None:
    """Machines and skylights: low boxes within the largest square about the middle."""
    if not masses:
        return
    polygons = np.array([shapely.polygons(mass.ring) for mass in masses], dtype=object)
    middle = shapely.centroid(polygons)
    reach = shapely.distance(shapely.boundary(polygons), middle)
    reach[~shapely.contains(polygons, middle)] = 0.0
    center = shapely.get_coordinates(middle)
    rows = []
    for k, mass in enumerate(masses):
        if reach[k] < 3.0:
            continue
        name = elements[mass.index].id
        edge = mass.ring[1] - mass.ring[0]
        along = edge / np.hypot(*edge)
        across = np.array([-along[1], along[0]])
        room = reach[k] * 0.62
        for number in range(1 + int(chance(name, "plants") * 3.0)):
            s, t, w, d, h = (chance(name, f"plant{number}{salt}") for salt in "stwdh")
            place = center[k] + along * (2.0 * s - 1.0) * room + across * (2.0 * t - 1.0) * room * 0.8
            wide, deep = 0.12 * reach[k] + 1.6 * w, 0.1 * reach[k] + 1.2 * d
            rows.append(
                (
                    *place,
                    *along,
                    wide,
                    deep,
                    deck[k],
                    deck[k] + HEIGHT_M * (0.55 + 0.45 * h),
                    mass.index,
                )
            )
    if rows:
        row = np.array(rows)
        middle_xy, along = row[:, 0:2], row[:, 2:4]
        across = np.stack([-along[:, 1], along[:, 0]], 1)
        box_faces(
            faces,
            middle_xy + across * row[:, 5:6],
            along,
            -across,
            row[:, 4],
            2.0 * row[:, 5],
            row[:, 6],
            row[:, 7],
            color=(*COLOR, KINDS.index("plain")),
            element=row[:, 8].astype(np.int32) + 1,
        )
