"""Edits: what changes, what stays to the bit, and that a refused edit changes nothing."""

import numpy as np
import pytest
import towns
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.tools import city_edits as edits
from eyesmith.tools.city import City
from eyesmith.tools.city_difference import difference
from eyesmith.tools.city_program import program_data, program_text


@pytest.fixture
def program():
    data = towns.town(
        towns.house("a", 0, 0, 20, 10, roof={"shape": "gabled", "height": 3}, program="brick"),
        towns.house("b", 40, 0),
        towns.park("g", 0, 40),
        building_programs={"brick": [{"type": "wall", "color": "brick_red"}]},
        streets=[towns.street("s", (0, 150), (200, 150))],
    )
    data["blocks"].append({"id": "east", "polygon": towns.ring(100, 0, 100, 100), "elements": []})
    return towns.built(data).program


def taken(edited):
    made, problems = edited
    assert made is not None, problems
    towns.built(program_data(made))  # what an edit makes, the parser takes
    return made


def refused(edited):
    made, problems = edited
    assert made is None
    return [problem.code for problem in problems]


def ids(program):
    return [[element.id for element in block.elements] for block in program.blocks]


def test_putting_adds_replaces_and_moves(program):
    made = taken(edits.put_elements(program, "all", [towns.house("c", 60, 0), towns.house("a", 0, 80)]))
    assert ids(made) == [["a", "b", "g", "c"], []]
    assert made.elements[0].roof is None
    made = taken(edits.put_elements(program, "east", [towns.house("b", 120, 0)]))
    assert ids(made) == [["a", "g"], ["b"]]
    assert taken(edits.put_elements(program, "east", [])).elements == program.elements


def test_putting_is_refused_as_a_whole(program):
    good = towns.house("c", 60, 0)
    bow = towns.house("d", 0, 0, polygon=[[0, 0], [20, 20], [20, 0], [0, 20]])
    assert refused(edits.put_elements(program, "all", [good, bow])) == ["bow_tie"]
    assert refused(edits.put_elements(program, "all", [good, good])) == ["duplicate_id"]
    assert refused(edits.put_elements(program, "west", [good])) == ["unknown_id"]
    assert refused(edits.put_elements(program, "all", good)) == ["wrong_type"]
    assert refused(edits.put_elements(program, "all", [good | {"program": "stone"}])) == ["unknown_program"]
    many = [towns.house(f"x{k}", 0, 0) for k in range(1998)]
    assert refused(edits.put_elements(program, "all", many)) == ["too_many"]


def test_a_patch_merges(program):
    patch = {"floor_count": 9, "roof": None, "facade": "glass"}
    element = taken(edits.update_element(program, "a", patch)).elements[0]
    assert (element.floor_count, element.roof, element.facade, element.program) == (9, None, "glass", "brick")
    assert np.array_equal(element.polygon, program.elements[0].polygon)
    flat = {"type": "plaza", "floor_count": None, "roof": None, "program": None}
    assert not taken(edits.update_element(program, "a", flat)).elements[0].is_building
    osm = {"building:levels": 7, "building:colour": "navy"}
    made = taken(edits.update_element(program, "a", osm))
    assert made.elements[0].floor_count == 7
    assert City(made).color("a") == "navy"


@pytest.mark.parametrize(
    ("id", "patch", "code"),
    [
        ("z", {"floor_count": 2}, "unknown_id"),
        ("a", {"id": "c"}, "fixed"),
        ("a", {"floor_count": 0}, "floor_count_out_of_range"),
        ("a", {"type": "plaza"}, "floor_count_on_flat"),
        ("a", {"polygon": None}, "missing_key"),
        ("a", {"polygon": [[0, 0], [0, 9], [9, 9], [9, 0]]}, "clockwise"),
        ("a", {"program": "stone"}, "unknown_program"),
        ("a", {"floors": 3}, "unknown_key"),
        ("g", {"floor_count": 3}, "floor_count_on_flat"),
        ("a", {}, "wrong_type"),
        ("a", [], "wrong_type"),
        ("a", None, "wrong_type"),
    ],
)
def test_a_patch_is_refused(program, id, patch, code):
    assert refused(edits.update_element(program, id, patch)) == [code]


@settings(max_examples=50, deadline=None)
@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(-360, 360), st.floats(0.5, 4))
def test_transforming_is_a_similarity(dx, dy, rotate, scale):
    before = towns.city(towns.house("a", 60, 60, 20, 10), towns.house("b", 90, 60))
    made = taken(edits.transform_element(before.program, "a", dx=dx, dy=dy, rotate=rotate, scale=scale))
    after = City(made)
    assert after.areas[0] == pytest.approx(200 * scale**2)
    assert after.centroids[0] == pytest.approx(before.centroids[0] + (dx, dy))
    edge = made.elements[0].polygon[1] - made.elements[0].polygon[0]
    turned = np.degrees(np.arctan2(edge[1], edge[0])) - rotate
    assert abs((turned + 180) % 360 - 180) < 1e-6
    assert made.elements[1] is before.program.elements[1]


def test_transforming_is_refused(program):
    def call(id="a", **how):
        return edits.transform_element(program, id, **({"dx": 0, "dy": 0, "rotate": 0, "scale": 1} | how))

    assert refused(call("z")) == ["unknown_id"]
    assert refused(call(dx=20_000)) == ["out_of_range"]
    assert refused(call(scale=0.04)) == ["small_area"]


def test_removing(program):
    assert ids(taken(edits.remove_elements(program, ["a", "g", "a"]))) == [["b"], []]
    assert refused(edits.remove_elements(program, ["a", "z", "y"])) == ["unknown_id", "unknown_id"]


def test_streets_and_programs(program):
    made = taken(edits.put_streets(program, [towns.street("t", (0, 0), (0, 90))]))
    assert [street.id for street in made.streets] == ["t"]
    assert refused(edits.put_streets(program, [{"id": "t"}])) == ["missing_key"]
    made = taken(edits.put_building_program(program, "stone", [{"type": "wall", "material": "stone"}]))
    assert set(made.building_programs) == {"brick", "stone"}
    assert refused(edits.put_building_program(program, "a b", [])) == ["bad_id"]
    assert refused(edits.put_building_program(program, "stone", [{"type": "tail"}])) == ["unknown_component"]
    made = taken(edits.assign_program(made, ["a", "b"], "stone"))
    assert [element.program for element in made.elements] == ["stone", "stone", None]
    assert taken(edits.assign_program(made, ["a"], "")).elements[0].program is None
    assert refused(edits.assign_program(program, ["b"], "stone")) == ["unknown_id"]
    assert refused(edits.assign_program(program, ["b", "g"], "brick")) == ["not_for_flat"]
    assert refused(edits.assign_program(program, ["z"], "brick")) == ["unknown_id"]


def test_no_edit_changes_the_program_it_was_given(program):
    text = program_text(program)
    edits.put_elements(program, "all", [towns.house("a", 0, 80)])
    edits.update_element(program, "a", {"floor_count": 9})
    edits.transform_element(program, "a", dx=5, dy=5, rotate=10, scale=2)
    edits.put_building_program(program, "brick", [])
    edits.assign_program(program, ["b"], "brick")
    edits.remove_elements(program, ["a"])
    assert program_text(program) == text


def test_what_an_edit_left_alone(program):
    same = difference(program, program)
    assert same.names == (
        "block all",
        "element a",
        "element b",
        "element g",
        "block east",
        "street s",
        "program brick",
    )
    assert set(same.overlaps) == set(same.likeness) == {1.0}
    assert same.changed == ()

    def changed(edited, *touched):
        return difference(program, taken(edited), touched=touched)

    higher = edits.update_element(program, "a", {"floor_count": 9})
    assert changed(higher).changed == ("element a",)
    assert changed(higher).likeness[1] == pytest.approx(7 / 8)
    assert changed(higher, "element a").changed == ()
    moved = edits.transform_element(program, "b", dx=5, dy=0, rotate=0, scale=1)
    assert changed(moved).overlaps[2] == pytest.approx(50 / 150)
    assert changed(edits.remove_elements(program, ["g"])).changed == ("element g",)
    added = edits.put_elements(program, "all", [towns.house("c", 60, 0)])
    assert changed(added).changed == ("element c",)
    assert changed(added, "element c").changed == ()
    assert changed(added, "element *").changed == ()
    elsewhere = edits.put_elements(program, "east", [towns.house("b", 40, 0)])
    assert changed(elsewhere).changed == ("element b",)
    assert changed(edits.put_streets(program, [])).changed == ("street s",)
    wider = [towns.street("s", (0, 150), (200, 150), width=12)]
    assert changed(edits.put_streets(program, wider)).changed == ("street s",)
    painted = edits.put_building_program(program, "brick", [{"type": "wall", "color": "navy"}])
    assert changed(painted).changed == ("program brick",)
