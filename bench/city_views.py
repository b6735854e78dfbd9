"""Pictures of a city of 500 buildings, and the making of its mesh.

The peer of the view is MuJoCo with a box a building where it is installed, else eyesmith's own painter; that
of the mesh is trimesh, which extrudes footprints and does nothing else.
"""

__all__ = ["city_mesh_row", "city_view"]

import json
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np

from ..errors import ContractError
from ..tools.city import City
from ..tools.city_program import parse_program
from .city import city_text
from .harness import Row

SIZE_PX = (640, 480)


def city_view() -> Row:
    """One isometric view of 500 buildings at 640x480, with windows, shadows and trees; its mesh is cached."""
    from ..tools.city_camera import iso_camera
    from ..tools.city_light import DAY
    from ..tools.city_painter import paint_city
    from ..tools.city_scene import scene_of
    from ..tools.city_views import draw

    city = big_city()
    scene, camera = scene_of(city.program), iso_camera(city.program, SIZE_PX)
    peer: Callable[[], object] = partial(
        paint_city, city.program, scene, camera, SIZE_PX, sun=DAY, hidden=np.zeros(0, np.int64)
    )
    name, close = "eyesmith's own OpenCV painter (MuJoCo is not installed)", _nothing
    if find_spec("mujoco"):
        peer, close = _mujoco_boxes(city)
        name = "MuJoCo: a box a building, shadows, no windows, no trees"
    return Row("city.view", partial(draw, city, "iso", size_px=SIZE_PX), peer, name, 15.0, 4.0, close)


def city_mesh_row() -> Row:
    """The mesh of 500 buildings with ground, roofs, doors and trees, from a parsed program."""
    from ..tools.city_mesh import build_mesh

    city = big_city()
    peer: Callable[[], object] | None = None
    if find_spec("trimesh"):
        from trimesh.creation import extrude_polygon

        def extruded() -> object:
            rows = zip(city.buildings, city.polygons[city.is_building], strict=True)
            return [extrude_polygon(polygon, element.height) for element, polygon in rows]

        peer = extruded
    return Row(
        "city.mesh", partial(build_mesh, city.program), peer, "trimesh.creation.extrude_polygon, prisms only"
    )


def big_city() -> City:
    """The city of the row `city.validity`."""
    program, problems = parse_program(json.loads(city_text()))
    if program is None:
        raise ContractError(f"the city of the bench rows does not parse: {problems[0].message}")
    return City(program)


def _nothing() -> None:
    pass


def _mujoco_boxes(city: City) -> tuple[Callable[[], object], Callable[[], None]]:
    """The same view by MuJoCo: boxes on a plane under a light that casts shadows."""
    from ..tools.simulator import load_mujoco

    mujoco = load_mujoco()
    middle, reach = city.program.site.mean(0), np.ptp(city.program.site, axis=0).max()
    geoms = []
    for element, center in zip(city.buildings, city.centroids[city.is_building], strict=True):
        half = np.ptp(element.polygon, axis=0) / 2.0
        x, y = center - middle
        geoms.append(
            f'<geom type="box" pos="{x} {y} {element.height / 2}" '
            f'size="{half[0]} {half[1]} {element.height / 2}"/>'
        )
    model = mujoco.MjModel.from_xml_string(
        f'<mujoco><visual><global offwidth="{SIZE_PX[0]}" offheight="{SIZE_PX[1]}"/></visual><worldbody>'
        f'<light pos="0 0 {reach}" dir="-0.5 0.6 -0.6" directional="true"/>'
        f'<geom type="plane" size="{reach} {reach} 1"/>{"".join(geoms)}</worldbody></mujoco>'
    )
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    renderer = mujoco.Renderer(model, SIZE_PX[1], SIZE_PX[0])
    camera = mujoco.MjvCamera()
    camera.azimuth, camera.elevation, camera.distance = 45.0, -41.0, 1.1 * reach

    def shot() -> object:
        renderer.update_scene(data, camera)
        return renderer.render()

    return shot, renderer.close
