"""The city as triangles: ground, walls, roofs, facades, trees.

Built once a program and kept; every view, shadow and export reads the same mesh. The same program gives the
same bytes in any process.
"""

__all__ = ["city_mesh", "detail_of"]

from weakref import WeakKeyDictionary

import numpy as np

from .city_facade import facade_faces
from .city_faces import FaceList, Mesh
from .city_ground import ground_faces, ground_of
from .city_looks import looks_of
from .city_masses import Mass, masses_of, shell_of
from .city_parts import Program
from .city_rooftops import rooftop_faces
from .city_trees import tree_faces, trees_of
from .city_walls import wall_faces

TREE_GROUND_M = 0.15
# Numbers of buildings from which a mesh leaves out what is too small to be seen among so many.
FINE_UP_TO, SMALL_PARTS_UP_TO = 30, 160

_MESHES: "WeakKeyDictionary[Program, Mesh]" = WeakKeyDictionary()


def detail_of(program: Program) -> int:
    """2 where every part is drawn, 1 with plainer trees, 0 without the small parts.

    At 0 go trunks, machines on roofs, crossings, and balconies and canopies that no building program names.
    """
    buildings = sum(element.is_building for element in program.elements)
    return 2 if buildings <= FINE_UP_TO else 1 if buildings <= SMALL_PARTS_UP_TO else 0


def city_mesh(program: Program) -> Mesh:
    """The mesh of a city; kept as long as the program lives."""
    mesh = _MESHES.get(program)
    if mesh is None:
        mesh = _MESHES[program] = build_mesh(program)
    return mesh


def build_mesh(program: Program) -> Mesh:
    """The mesh of a city, made anew.

    Coordinates keep the program's origin; float32 holds them to 1 mm within 10 km.
    """
    detail = detail_of(program)
    faces = FaceList()
    ground_faces(faces, program, ground_of(program), detail=detail)
    building_faces(faces, program, detail=detail)
    tree_faces(faces, trees_of(program), TREE_GROUND_M, detail=detail)
    return faces.mesh()


def building_faces(faces: FaceList, program: Program, *, detail: int) -> list[Mass]:
    """Add the buildings; returns their volumes."""
    looks = looks_of(program)
    masses = masses_of(program.elements, looks)
    shells = [shell_of(mass) for mass in masses]
    wall_faces(faces, program.elements, looks, masses, shells)
    rooftop_faces(faces, program.elements, looks, masses, shells, detail=detail)
    facade_faces(faces, program, looks, masses, detail=detail)
    return masses


def heights_of(mesh: Mesh, count: int) -> np.ndarray:
    """(count,) m: the highest vertex of each element in the mesh, 0 where it has none."""
    highest = np.zeros(count + 1)
    own = mesh.element > 0
    np.maximum.at(highest, mesh.element[own], mesh.position[own, 2])
    return highest[1:]
