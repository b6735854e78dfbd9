"""The city's mesh: as high as the program says, closed, outward, the same every time."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.tools.city import City
from eyesmith.tools.city_faces import KINDS, FaceList, Rings
from eyesmith.tools.city_ground import ground_of
from eyesmith.tools.city_looks import look_of, looks_of
from eyesmith.tools.city_masses import masses_of
from eyesmith.tools.city_mesh import build_mesh, city_mesh, detail_of, heights_of
from eyesmith.tools.city_palette import COLORS
from eyesmith.tools.city_parts import ROOF_SHAPES, Block, Component, Element, Program, Roof, Street
from eyesmith.tools.city_shapely import shapely
from eyesmith.tools.city_solids import solid_faces
from eyesmith.tools.city_trees import trees_of
from eyesmith.tools.city_windows import windows_of

from .cities import PROGRAMS, alone, box, ell, town


@st.composite
def rings(draw: st.DrawFn) -> np.ndarray:
    """Rectangles, L shapes and star-shaped polygons that a parser would accept."""
    kind = draw(st.integers(0, 2))
    if kind == 0:
        return box(3, -8, draw(st.floats(3, 40)), draw(st.floats(3, 40)), draw(st.floats(0, 180)))
    if kind == 1:
        return ell(-20, 5, draw(st.floats(12, 40)), draw(st.floats(12, 40)), draw(st.floats(3, 8)))
    count = draw(st.integers(3, 10))
    turn = (np.arange(count) + draw(st.floats(0, 0.4))) * 2.0 * np.pi / count
    reach = np.array(draw(st.lists(st.floats(4, 20), min_size=count, max_size=count)))
    return np.stack([reach * np.cos(turn), reach * np.sin(turn)], 1)


def volume(faces: list[tuple[np.ndarray, str]]) -> float:
    """Of a closed solid, by the divergence theorem over fans of its faces."""
    total = 0.0
    for face, _ in faces:
        for k in range(1, len(face) - 1):
            total += np.linalg.det(face[[0, k, k + 1]]) / 6.0
    return total


@settings(max_examples=60, deadline=None)
@given(
    rings(),
    st.sampled_from(ROOF_SHAPES),
    st.floats(0.5, 9.0),
    st.integers(1, 20),
    st.sampled_from([None, *PROGRAMS]),
)
def test_solids_are_closed_and_the_mesh_is_as_high_as_the_program(ring, shape, rise, floors, program) -> None:
    roof = Roof(shape, 0.0 if shape == "flat" else rise)
    element = Element("e", "residential", ring, floors, roof=roof, program=program)
    city = alone(element, PROGRAMS)
    assert heights_of(build_mesh(city.program), 1)[0] == pytest.approx(element.top, abs=1e-4)
    masses = masses_of(city.elements, looks_of(city.program))
    assert (masses[0].bottom, masses[-1].top) == (0.0, element.height)
    for mass in masses:
        edges: Counter[tuple[object, object]] = Counter()
        for face, _ in solid_faces(mass):
            keys = [tuple(row) for row in np.round(face, 3)]
            keys = [key for k, key in enumerate(keys) if key != keys[k - 1]]
            edges.update(zip(keys, keys[1:] + keys[:1], strict=True) if len(keys) > 2 else ())
        assert all(count == 1 and edges[b, a] == 1 for (a, b), count in edges.items())


@pytest.mark.parametrize(
    ("shape", "share"),
    [
        ("flat", 0.0),
        ("gabled", 1 / 2),
        ("skillion", 1 / 2),
        ("pyramidal", 1 / 3),
        ("hipped", (3 * 20 - 10) / (6 * 20)),
    ],
)
def test_roofs_hold_the_volume_of_their_shape(shape, share) -> None:
    rise = 0.0 if shape == "flat" else 4.0
    element = Element("e", "school", box(5, 5, 20, 10, 30), 2, roof=Roof(shape, rise))
    mass = masses_of([element], [look_of(element, ())])[0]
    assert volume(solid_faces(mass)) == pytest.approx(200.0 * (element.height + share * rise), rel=1e-9)


def test_a_dome_holds_nearly_half_an_ellipsoid() -> None:
    element = Element("e", "landmark", box(0, 0, 20, 20), 2, roof=Roof("dome", 6.0))
    dome = volume(solid_faces(masses_of([element], [look_of(element, ())])[0])) - 400.0 * element.height
    assert dome == pytest.approx(2 / 3 * np.pi * 9.6**2 * 6.0, rel=0.04)


def test_triangles_face_the_way_their_normals_say() -> None:
    mesh = build_mesh(town().program)
    a, b, c = (mesh.position[mesh.triangles[:, k]] for k in range(3))
    flat = np.cross(b - a, c - a)
    assert ((flat * mesh.normal[mesh.triangles[:, 0]]).sum(1) > -1e-6).all()
    assert np.abs(np.linalg.norm(mesh.normal, axis=1) - 1.0).max() < 1e-4
    assert np.isfinite(mesh.uv).all()
    assert np.isfinite(mesh.cell).all()


def test_walls_face_outwards() -> None:
    city = alone(Element("e", "school", ell(0, 0, 30, 24, 9), 3))
    mesh = build_mesh(city.program)
    walls = mesh.kind == KINDS.index("wall")
    outside = mesh.position[walls][:, :2] + 0.05 * mesh.normal[walls][:, :2]
    middle = outside.reshape(-1, 4, 2).mean(1)
    assert len(middle) == 6
    assert not shapely.contains_xy(city.polygons[0], middle).any()


def test_nothing_stands_higher_than_its_building_or_outside_its_reach() -> None:
    city = town()
    mesh = city_mesh(city.program)
    for index, element in enumerate(city.elements):
        own = mesh.position[mesh.element == index + 1].astype(float)
        assert own[:, 2].max() <= max(element.top, 0.31) + 1e-4
        away = shapely.distance(city.polygons[index], shapely.points(own[:, :2]))
        assert away.max() < 2.6


def test_the_same_program_makes_the_same_bytes_whatever_was_made_before() -> None:
    def made() -> list[bytes]:
        mesh = build_mesh(town().program)
        return [
            getattr(mesh, name).tobytes()
            for name in ("position", "normal", "uv", "color", "element", "triangles")
        ]

    first = made()
    build_mesh(alone(Element("x", "office", box(0, 0, 9, 9), 40)).program)
    assert made() == first


def test_a_mesh_is_kept_with_its_program() -> None:
    city = town()
    assert city_mesh(city.program) is city_mesh(city.program)
    assert city_mesh(town().program) is not city_mesh(city.program)


def test_a_building_program_sets_walls_podium_tower_and_steps() -> None:
    city = town()
    masses = masses_of(city.elements, looks_of(city.program))
    of = {
        name: [mass for mass in masses if city.elements[mass.index].id == name] for name in ("tower", "steps")
    }
    podium, tower = of["tower"]
    assert (podium.part, podium.top) == ("podium", pytest.approx(2 * 3.6))
    assert (tower.part, tower.bottom, tower.top) == ("tower", podium.top, city.element("tower").height)
    assert shapely.contains(shapely.polygons(podium.ring), shapely.polygons(tower.ring))
    areas = [shapely.area(shapely.polygons(mass.ring)) for mass in of["steps"]]
    assert len(areas) == 3
    assert areas == sorted(areas, reverse=True)
    mesh = city_mesh(city.program)
    walls = mesh.kind == KINDS.index("wall")
    for name, low, color in (("tower", True, "sand"), ("tower", False, "mint"), ("flats", True, "brick_red")):
        own = walls & (mesh.element == city.position(name) + 1)
        level = mesh.position[:, 2] < 0.1 if low else mesh.position[:, 2] > 40.0
        assert {tuple(row) for row in mesh.color[own & level, :3].tolist()} == {COLORS[color]}


@pytest.mark.parametrize(
    ("side", "path"), [("south", [(-30, -9), (60, -9)]), ("east", [(41, -30), (41, 60)])]
)
def test_the_door_looks_towards_the_nearest_street(side, path) -> None:
    element = Element("e", "residential", box(0, 0, 30, 20), 2, program="p")
    ring = box(-60, -60, 160, 160)
    street = Street("s", "local", 6.0, np.array(path, dtype=float))
    programs = {"p": (Component("door", color="teal", count=2),)}
    mesh = build_mesh(Program(1, ring, (street,), (Block("b", ring, (element,)),), programs))
    doors = mesh.position[(mesh.color[:, :3] == COLORS["teal"]).all(1)]
    assert len(doors) == 2 * 20
    if side == "south":
        assert doors[:, 1].max() <= 1e-5
    else:
        assert doors[:, 0].min() >= 30.0 - 1e-5


def test_trees_keep_clear_of_walls_roads_and_water_and_on_the_site() -> None:
    city = town()
    trees, ground = trees_of(city.program), ground_of(city.program)
    points = shapely.points(trees.feet)
    assert len(points) > 20
    walls = shapely.union_all(city.polygons[city.is_building])
    for geometry, distance in ((walls, 2.5), (ground.roads, 0.8), (ground.water, 0.8), (ground.paths, 0.8)):
        assert shapely.distance(points, geometry).min() >= distance
    assert shapely.contains(city.site, points).all()
    assert shapely.contains(city.polygons[city.position("park")], points).sum() >= 3


def test_a_wall_has_a_window_for_each_bay_and_floor() -> None:
    city = alone(Element("e", "mixed", box(0, 0, 36, 18), 5))
    mesh = build_mesh(city.program)
    windows = windows_of(mesh)
    assert len(windows.corners) == 5 * 2 * (10 + 5)
    assert (windows.element == 1).all()
    levels = np.unique(np.floor(windows.corners[:, :, 2].mean(1) / 3.2))
    assert levels.tolist() == [0, 1, 2, 3, 4]


def test_parts_do_not_grow_with_the_size_of_a_wall() -> None:
    parts = {
        "p": (
            Component("balcony", count=1000),
            Component("door", count=1000),
            Component("ornament", count=90),
        )
    }
    city = alone(Element("e", "residential", box(0, 0, 5000, 900), 150, program="p"), parts)
    mesh = build_mesh(city.program)
    assert len(mesh.position) < 150_000
    assert len(windows_of(mesh).corners) <= 60_000


@pytest.mark.parametrize(("count", "detail"), [(30, 2), (31, 1), (161, 0)])
def test_many_buildings_are_drawn_with_fewer_parts(count, detail) -> None:
    elements = tuple(Element(f"e{k}", "office", box(20.0 * k, 0, 12, 12), 6) for k in range(count))
    ring = box(-10, -10, 20.0 * count + 20, 40)
    assert detail_of(Program(1, ring, (), (Block("b", ring, elements),))) == detail


def test_an_empty_city_is_only_ground() -> None:
    mesh = build_mesh(Program(1, box(0, 0, 50, 40)))
    assert (mesh.element == 0).all()
    assert mesh.position[:, 2].max() == 0.0


def test_a_building_in_the_air_has_an_underside() -> None:
    ring = box(-20, -20, 60, 60)
    element = Element("e", "office", box(0, 0, 10, 10), 2, base_height=9.0)
    mesh = build_mesh(City(Program(1, ring, (), (Block("b", ring, (element,)),))).program)
    down = (mesh.element == 1) & (mesh.normal[:, 2] < -0.9)
    assert (mesh.position[down, 2] == 9.0).sum() == 6
    assert mesh.position[mesh.element == 1, 2].min() == 9.0


def test_rings_are_inset_by_a_mitre_and_say_where_that_fails() -> None:
    joined = Rings.of([box(0, 0, 10, 6), box(0, 0, 10, 0.6)])
    moved, is_good = joined.inset(0.5)
    assert is_good.tolist() == [True, False]
    assert np.allclose(moved[:4], box(0.5, 0.5, 9, 5))
    assert joined.following.tolist() == [1, 2, 3, 0, 5, 6, 7, 4]


def test_faces_share_rows_by_position() -> None:
    faces = FaceList()
    quad = np.array([[[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]], dtype=float)
    faces.quads(quad, color=(1, 2, 3, 0), element=np.array([4]))
    faces.triangles(quad[:, :3] + 5.0, color=(9, 9, 9, 1))
    mesh = faces.mesh()
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3], [4, 5, 6]]
    assert mesh.element.tolist() == [4, 4, 4, 4, 0, 0, 0]
    assert mesh.normal[0].tolist() == [0.0, 0.0, 1.0]
    assert FaceList().mesh().triangles.shape == (0, 3)
