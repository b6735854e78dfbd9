"""Files of a city: what independent readers find in them."""

import io
import json
import sys
from itertools import chain
from typing import Any

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.tools.city import City
from eyesmith.tools.city_export import FORMS, export_city
from eyesmith.tools.city_geojson import EARTH_RADIUS_M, geojson
from eyesmith.tools.city_palette import COLORS
from eyesmith.tools.city_parts import Block, Element, Program
from eyesmith.tools.city_shapely import shapely

from .cities import box, town

# CityJSON 2.0.1, 3 and 4: what the published structure allows, as far as our files use it.
ROOT = {"type", "version", "transform", "metadata", "CityObjects", "vertices", "appearance"}
FIRST_LEVEL = {"Building", "LandUse", "PlantCover", "Road", "TransportSquare", "WaterBody"}
SECOND_LEVEL = {"BuildingPart"}
SURFACES = {"Building": {"RoofSurface", "GroundSurface", "WallSurface"}}
DEPTHS = {"Solid": 4, "MultiSurface": 3}


def depth(value: Any) -> int:
    """How many lists a boundary nests above its indices."""
    return 0 if isinstance(value, int) else 1 + depth(value[0])


def flat(value: Any) -> list[int]:
    return [value] if isinstance(value, int) else list(chain.from_iterable(map(flat, value)))


def check_cityjson(data: dict[str, Any]) -> None:
    """Assert the structure of CityJSON 2.0."""
    assert (data["type"], data["version"]) == ("CityJSON", "2.0")
    assert {"type", "version", "transform", "CityObjects", "vertices"} <= set(data) <= ROOT
    assert set(data["transform"]) == {"scale", "translate"}
    assert all(
        len(data["transform"][key]) == 3 and min(data["transform"]["scale"]) > 0 for key in data["transform"]
    )
    assert all(len(row) == 3 and all(type(number) is int for number in row) for row in data["vertices"])
    assert len({tuple(row) for row in data["vertices"]}) == len(data["vertices"])
    assert len(data["metadata"]["geographicalExtent"]) == 6
    materials = data["appearance"]["materials"]
    assert all(
        {"name", "diffuseColor"} == set(one) and all(0 <= c <= 1 for c in one["diffuseColor"])
        for one in materials
    )
    used: set[int] = set()
    for name, thing in data["CityObjects"].items():
        assert set(thing) <= {"type", "attributes", "geometry", "children", "parents"}
        assert ("parents" in thing) == (thing["type"] in SECOND_LEVEL)
        assert thing["type"] in FIRST_LEVEL | SECOND_LEVEL
        for parent in thing.get("parents", ()):
            assert name in data["CityObjects"][parent]["children"]
        for child in thing.get("children", ()):
            assert data["CityObjects"][child]["parents"] == [name]
        for geometry in thing.get("geometry", ()):
            assert (
                {"type", "lod", "boundaries"}
                <= set(geometry)
                <= {"type", "lod", "boundaries", "semantics", "material"}
            )
            assert type(geometry["lod"]) is str
            boundaries = geometry["boundaries"]
            assert depth(boundaries) == DEPTHS[geometry["type"]]
            faces = list(chain(*boundaries)) if geometry["type"] == "Solid" else boundaries
            rings = list(chain(*faces))
            assert all(len(ring) >= 3 and len(set(ring)) == len(ring) for ring in rings)
            used |= set(flat(boundaries))
            if "semantics" in geometry:
                names = [surface["type"] for surface in geometry["semantics"]["surfaces"]]
                assert set(names) <= SURFACES["Building"]
                assert [len(values) for values in geometry["semantics"]["values"]] == [
                    len(s) for s in boundaries
                ]
                assert all(0 <= value < len(names) for value in flat(geometry["semantics"]["values"]))
                for theme in geometry["material"].values():
                    assert [len(values) for values in theme["values"]] == [len(s) for s in boundaries]
                    assert all(0 <= value < len(materials) for value in flat(theme["values"]))
    assert used == set(range(len(data["vertices"])))


@pytest.fixture(scope="module")
def city() -> City:
    return town()


@pytest.fixture(scope="module")
def cityjson(city: City) -> dict[str, Any]:
    return json.loads(export_city(city, "cityjson"))


@pytest.mark.parametrize("form", FORMS)
def test_the_same_city_gives_the_same_bytes(form, city) -> None:
    assert export_city(town(), form) == export_city(city, form)


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_city_is_written_too(form) -> None:
    assert len(export_city(City(Program(1, box(0, 0, 40, 30))), form)) > 200


def test_an_unknown_form_is_named() -> None:
    with pytest.raises(UsageError, match="Did you mean 'cityjson'"):
        export_city(town(), "citijson")


def test_trimesh_reads_a_node_for_each_building_as_high_as_the_program(city) -> None:
    import trimesh

    scene = trimesh.load(io.BytesIO(export_city(city, "glb")), file_type="glb")
    parents = scene.graph.transforms.parents
    named = [node for node, parent in parents.items() if parent == "/buildings"]
    assert sorted(named) == sorted(element.id for element in city.buildings)
    highest: dict[str, float] = {}
    for node in scene.graph.nodes_geometry:
        transform, geometry = scene.graph[node]
        points = scene.geometry[geometry].vertices @ transform[:3, :3].T + transform[:3, 3]
        owner = node
        while owner not in named and owner in parents:
            owner = parents[owner]
        highest[owner] = max(highest.get(owner, 0.0), float(points[:, 1].max()))
    for element in city.buildings:
        assert highest[element.id] == pytest.approx(element.top, abs=1e-4), element.id
    # North is -z: the north-western corner of the hall.
    assert scene.graph["hall"][0][:3, 3] == pytest.approx([43.0, 0.0, -21.0])


def test_pygltflib_reads_names_extras_and_colours(city) -> None:
    pygltflib = pytest.importorskip("pygltflib")
    file = pygltflib.GLTF2.load_from_bytes(export_city(city, "glb"))
    assert file.asset.version == "2.0"
    nodes = {node.name: node for node in file.nodes}
    buildings = [file.nodes[child] for child in nodes["/buildings"].children]
    assert [node.name for node in buildings] == [element.id for element in city.buildings]
    assert nodes["tower"].extras == {"type": "office", "floor_count": 14, "height_m": pytest.approx(14 * 3.6)}
    assert {file.nodes[child].name for child in nodes["/ground"].children} == {
        "/site",
        "park",
        "square",
        "pond",
    }
    colors = {material.name for material in file.materials}
    assert "wall #{:02x}{:02x}{:02x}".format(*COLORS["brick_red"]) in colors
    blob = file.binary_blob()
    for accessor in file.accessors:
        view = file.bufferViews[accessor.bufferView]
        size = {"VEC3": 12, "SCALAR": 4}[accessor.type]
        assert view.byteLength == accessor.count * size
        assert view.byteOffset % 4 == 0
        assert view.byteOffset + view.byteLength <= len(blob)
        if accessor.min:
            data = np.frombuffer(blob, "<f4", accessor.count * 3, view.byteOffset).reshape(-1, 3)
            assert data.min(0).tolist() == accessor.min
            assert data.max(0).tolist() == accessor.max
    for mesh in file.meshes:
        for primitive in mesh.primitives:
            index, position = file.accessors[primitive.indices], file.accessors[primitive.attributes.POSITION]
            view = file.bufferViews[index.bufferView]
            assert np.frombuffer(blob, "<u4", index.count, view.byteOffset).max() == position.count - 1


def test_cityjson_has_the_published_structure(cityjson) -> None:
    check_cityjson(cityjson)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("transform"),
        lambda data: data["vertices"].append([0, 0, 10**9]),
        lambda data: data["CityObjects"]["hall"].update(type="House"),
        lambda data: data["CityObjects"]["hall"]["geometry"][0]["semantics"]["values"][0].pop(),
        lambda data: data["CityObjects"]["tower"]["children"].append("hall"),
    ],
)
def test_the_check_of_cityjson_can_fail(cityjson, spoil) -> None:
    data = json.loads(json.dumps(cityjson))
    spoil(data)
    with pytest.raises((AssertionError, KeyError)):
        check_cityjson(data)


def test_cityjson_has_each_element_with_its_height_roof_and_level_of_detail(city, cityjson) -> None:
    objects = cityjson["CityObjects"]
    buildings = {name for name, thing in objects.items() if thing["type"] == "Building"}
    assert buildings == {element.id for element in city.buildings}
    assert {"park", "square", "pond", "block/b1", "/streets"} <= set(objects)
    scale, translate = cityjson["transform"]["scale"][2], cityjson["transform"]["translate"][2]
    for element in city.buildings:
        thing = objects[element.id]
        parts = [objects[child] for child in thing.get("children", ())] or [thing]
        levels = [
            cityjson["vertices"][i][2] for part in parts for i in flat(part["geometry"][0]["boundaries"])
        ]
        assert max(levels) * scale + translate == pytest.approx(element.top, abs=1e-3)
        assert thing["attributes"]["measuredHeight"] == pytest.approx(element.top)
        assert thing["attributes"]["storeysAboveGround"] == element.floor_count
        has_roof = element.roof is not None
        assert parts[-1]["geometry"][0]["lod"] == ("2" if has_roof else "1")
    assert objects["tower"]["children"] == ["tower/0-podium", "tower/1-tower"]
    assert objects["house"]["attributes"]["roofType"] == "gabled roof"


def test_solids_of_cityjson_are_closed(cityjson) -> None:
    for thing in cityjson["CityObjects"].values():
        for geometry in thing.get("geometry", ()):
            if geometry["type"] == "Solid":
                rings = [face[0] for face in geometry["boundaries"][0]]
                edges = [edge for ring in rings for edge in zip(ring, ring[1:] + ring[:1], strict=True)]
                assert len(set(edges)) == len(edges)
                assert {(b, a) for a, b in edges} == set(edges)


def test_geojson_keeps_to_its_standard_and_carries_exact_metres(city) -> None:
    data = json.loads(export_city(city, "geojson"))
    assert data["type"] == "FeatureCollection"
    assert "crs" not in data
    by_id = {feature["id"]: feature for feature in data["features"]}
    assert set(by_id) == {e.id for e in city.elements} | {"site", "block/b1"} | {
        f"street/{s.id}" for s in city.program.streets
    }
    for feature in data["features"]:
        assert set(feature) == {"type", "id", "geometry", "properties", "local_m"}
        if feature["geometry"]["type"] == "Polygon":
            (ring,) = feature["geometry"]["coordinates"]
            assert ring[0] == ring[-1]
            assert shapely.is_ccw(shapely.linearrings(ring))
        points = np.array(feature["geometry"]["coordinates"]).reshape(-1, 2)
        assert np.abs(points).max() < 0.01
    for element in city.elements:
        (local,) = by_id[element.id]["local_m"]["coordinates"]
        assert (np.array(local)[:-1] == element.polygon).all()
    hall = by_id["hall"]["properties"]
    assert (hall["building"], hall["building:levels"], hall["roof:shape"]) == ("civic", 3, "hipped")
    assert hall["height"] == pytest.approx(city.element("hall").top)
    assert by_id["street/main"]["properties"]["highway"] == "secondary"


@pytest.mark.parametrize("anchor", [(0.0, 0.0), (13.4, 52.5), (-70.6, -33.4)])
def test_geojson_is_pinned_to_its_anchor(city, anchor) -> None:
    data = json.loads(geojson(city, anchor_deg=anchor))
    assert data["city"]["anchor_deg"] == list(anchor)
    tower = next(feature for feature in data["features"] if feature["id"] == "tower")
    degrees = np.array(tower["geometry"]["coordinates"][0]) - anchor
    metres = np.radians(degrees) * EARTH_RADIUS_M * [np.cos(np.radians(anchor[1])), 1.0]
    assert np.allclose(metres, tower["local_m"]["coordinates"][0], atol=1e-3)


@pytest.mark.parametrize("anchor", [(0.0, 85.0), (200.0, 0.0), (float("nan"), 0.0)])
def test_geojson_refuses_an_anchor_off_the_map(city, anchor) -> None:
    with pytest.raises(UsageError, match="anchor_deg"):
        geojson(city, anchor_deg=anchor)


def test_a_far_city_keeps_its_millimetres_in_glb() -> None:
    import trimesh

    ring = box(9000, 9000, 60, 60)
    element = Element("e", "office", box(9020.123, 9010.457, 10.001, 10.003), 3)
    city = City(Program(1, ring, (), (Block("b", ring, (element,)),)))
    scene = trimesh.load(io.BytesIO(export_city(city, "glb")), file_type="glb")
    walls = next(
        geometry
        for node in scene.graph.nodes_geometry
        for geometry in [scene.geometry[scene.graph[node][1]]]
        if "wall" in geometry.visual.material.name
    )
    assert np.ptp(walls.vertices[:, 0]) == pytest.approx(10.001, abs=2e-3)


def test_exports_need_no_opengl(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "moderngl", None)
    for form in FORMS:
        assert export_city(town(), form)
