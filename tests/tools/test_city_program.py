"""City programs: each fault its own code, nothing raised, nothing lost between JSON and value."""

import json
from copy import deepcopy
from math import cos, pi, sin

import jsonschema
import numpy as np
import pytest
import towns
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.errors import UsageError
from eyesmith.tools import city_parts, city_pieces, city_program, city_rings
from eyesmith.tools.city_elements import MAX_FACADE_CHARS
from eyesmith.tools.city_json import MAX_TEXT_CHARS, read_json
from eyesmith.tools.city_palette import COLORS, MATERIALS, srgb
from eyesmith.tools.city_problems import FAULTS, Problem, told
from eyesmith.tools.city_program import parse_program, program_data, program_text
from eyesmith.tools.city_validity import check
from eyesmith.tools.city_words import program_schema

SCHEMA = program_schema()
NAN, INF = float("nan"), float("inf")

RINGS = {
    "bow_tie": [[0, 0], [20, 20], [20, 0], [0, 20]],
    "clockwise": [[0, 0], [0, 20], [20, 20], [20, 0]],
    "touching_ring": [[0, 0], [20, 0], [20, 20], [10, 0], [0, 20]],
    "not_finite": [[0, 0], [20, 0], [20, NAN], [0, 20]],
    "out_of_range": [[0, 0], [1e9, 0], [1e9, 1e9], [0, 1e9]],
    "too_few_vertices": [[0, 0], [20, 0]],
    "repeated_vertex": [[0, 0], [20, 0], [20, 20], [0, 20], [0, 0]],
    "small_area": [[0, 0], [1.9, 0], [1.9, 1.9], [0, 1.9]],
    "short_edge": [[0, 0], [20, 0], [20, 20], [19.6, 20.2], [0, 20]],
    "too_many": [[1000 * cos(k * pi / 40), 1000 * sin(k * pi / 40)] for k in range(80)],
    "wrong_type": [[0, 0], [20, 0], ["20", 20], [0, 20]],
}


def first(**changed):
    """The codes of a town whose one house differs."""
    return towns.codes(towns.town(towns.house("a", 10, 10) | changed))


@pytest.mark.parametrize(("code", "polygon"), RINGS.items())
def test_each_broken_ring_has_its_own_code(code, polygon):
    data = towns.town(towns.house("good", 50, 50), towns.house("bad", 0, 0) | {"polygon": polygon})
    program, (problem,) = parse_program(data)
    assert program is None
    assert problem.code == code
    assert problem.json_pointer.startswith("/blocks/0/elements/1/polygon")
    assert problem.message
    assert problem.hint


@pytest.mark.parametrize(
    ("polygon", "code"),
    [
        ([[0, 0], [INF, 0], [20, 20]], "not_finite"),
        ([[0, 0], [20, 0], [20, -INF]], "not_finite"),
        ([[0, 0], [10**400, 0], [20, 20]], "out_of_range"),
        ([[0, 0], [20, 0], [20, -10000.5]], "out_of_range"),
        ([[0, 0], [20, 0], [10, 0]], "small_area"),  # on one line, and back
        ([[0, 0], [20, 0], [20, 20], [20, 10], [0, 10]], "touching_ring"),  # a spike
        ([[0, 0], [20, 0], [20, 0], [0, 20]], "repeated_vertex"),
        ([[0, 0], [20, 0], [10, 10], [20, 20], [0, 20], [10, 10]], "touching_ring"),
        ([[0, 0], [20, 0], [True, 20]], "wrong_type"),
        ([[0, 0], [20, 0], [20, 20, 0]], "wrong_type"),
        ([[0, 0], [20, 0], None], "wrong_type"),
        ([0, 0, 20, 0, 20, 20], "wrong_type"),
        ("square", "wrong_type"),
        (None, "wrong_type"),
        ({}, "wrong_type"),
        ([], "too_few_vertices"),
    ],
)
def test_more_broken_rings(polygon, code):
    assert first(polygon=polygon) == [code]


def test_a_ring_far_out_is_measured_as_well_as_at_home():
    far = [[9990.0, 9990.0], [9999.0, 9990.0], [9999.0, 9999.0], [9990.0, 9999.0]]
    data = towns.town(towns.house("a", 0, 0) | {"polygon": far})
    assert parse_program(data)[0] is not None
    assert first(polygon=far[::-1]) == ["clockwise"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"type": "castle"}, "unknown_type"),
        ({"type": 3}, "unknown_type"),
        ({"type": ["residential"]}, "unknown_type"),
        ({"floor_count": None}, "floor_count_missing"),
        ({"floor_count": 0}, "floor_count_out_of_range"),
        ({"floor_count": 151}, "floor_count_out_of_range"),
        ({"floor_count": 10**30}, "floor_count_out_of_range"),
        ({"floor_count": 1.0}, "floor_count_not_integer"),
        ({"floor_count": True}, "floor_count_not_integer"),
        ({"floor_count": "3"}, "floor_count_not_integer"),
        ({"type": "water"}, "floor_count_on_flat"),
        ({"type": "plaza", "floor_count": None, "roof": {"shape": "flat"}}, "not_for_flat"),
        ({"type": "plaza", "floor_count": None, "height": 9}, "not_for_flat"),
        ({"type": "plaza", "floor_count": None, "building:colour": "navy"}, "not_for_flat"),
        ({"id": ""}, "bad_id"),
        ({"id": "a b"}, "bad_id"),
        ({"id": "x" * 41}, "bad_id"),
        ({"id": 7}, "bad_id"),
        ({"id": "a\n"}, "bad_id"),
        ({"facade": 7}, "wrong_type"),
        ({"facade": False}, "wrong_type"),
        ({"facade": "x" * 601}, "text_too_long"),
        ({"floor_height": 2}, "out_of_range"),
        ({"floor_height": NAN}, "not_finite"),
        ({"floor_height": True}, "wrong_type"),
        ({"floor_height": 10**400}, "out_of_range"),
        ({"base_height": -1}, "out_of_range"),
        ({"base_height": INF}, "not_finite"),
        ({"roof": "gabled"}, "wrong_type"),
        ({"roof": {"shape": "onion", "height": 3}}, "unknown_roof"),
        ({"roof": {"shape": ["dome"], "height": 3}}, "unknown_roof"),
        ({"roof": {"shape": "gabled"}}, "roof_height"),
        ({"roof": {"shape": "flat", "height": 2}}, "roof_height"),
        ({"roof": {"shape": "dome", "height": True}}, "wrong_type"),
        ({"roof": {"shape": "dome", "height": 61}}, "out_of_range"),
        ({"roof": {"shape": "dome", "height": 6, "color": "navy"}}, "unknown_key"),
        ({"program": "none"}, "unknown_program"),
        ({"program": 5}, "bad_id"),
        ({"floors": 3}, "unknown_key"),
        ({"building:levels": 4}, "conflicting_keys"),
        ({"building:levels": "3"}, "conflicting_keys"),
        ({"floor_count": None, "building:levels": 3.0}, "floor_count_not_integer"),
        ({"floor_height": 4, "height": 9.6}, "conflicting_keys"),
        ({"floor_height": 10**400, "height": 9.6}, "conflicting_keys"),
        ({"height": 5}, "out_of_range"),
        ({"height": "9.6"}, "wrong_type"),
        ({"roof": {"shape": "flat"}, "roof:shape": "dome"}, "conflicting_keys"),
        ({"roof:height": 3}, "roof_height"),
        ({"roof:height": False}, "wrong_type"),
        ({"building:colour": "#ff0000"}, "unknown_color"),
        ({"roof:colour": ["navy"]}, "unknown_color"),
        ({"building:material": "wood"}, "unknown_material"),
        ({"program": "p", "building:material": "timber"}, "conflicting_keys"),
    ],
)
def test_each_fault_of_an_element_has_its_own_code(changed, code):
    assert first(**changed) == [code]


def test_suggestions():
    program, (problem,) = parse_program(towns.town(towns.house("a", 0, 0, type="residental")))
    assert program is None
    assert "Did you mean 'residential'?" in problem.hint
    (problem,) = parse_program(towns.town(towns.house("a", 0, 0, floor_cuont=3)))[1]
    assert "Did you mean 'floor_count'?" in problem.hint


@pytest.mark.parametrize("key", ["id", "type", "polygon"])
def test_missing_keys_of_an_element(key):
    element = towns.house("a", 10, 10)
    del element[key]
    assert towns.codes(towns.town(element)) == ["missing_key"]


def test_duplicate_ids():
    twice = towns.town(towns.house("a", 0, 0), towns.house("b", 30, 0), towns.house("a", 60, 0))
    (problem,) = parse_program(twice)[1]
    assert (problem.code, problem.json_pointer) == ("duplicate_id", "/blocks/0/elements/2/id")
    assert "/blocks/0/elements/0" in problem.message
    apart = towns.town(towns.house("a", 0, 0))
    apart["blocks"].append(deepcopy(apart["blocks"][0]) | {"id": "other"})
    assert towns.codes(apart) == ["duplicate_id"]
    apart["blocks"][1]["id"] = "all"
    assert set(towns.codes(apart)) == {"duplicate_id"}
    streets = [towns.street("s", (0, 0), (50, 0)), towns.street("s", (0, 0), (0, 50))]
    assert towns.codes(towns.town(streets=streets)) == ["duplicate_id"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"version": 2}, "bad_version"),
        ({"version": True}, "bad_version"),
        ({"version": "1"}, "bad_version"),
        ({"site": None}, "wrong_type"),
        ({"site": {"polygon": RINGS["bow_tie"]}}, "bow_tie"),
        ({"blocks": {}}, "wrong_type"),
        ({"blocks": [3]}, "wrong_type"),
        ({"blocks": [{"id": "a"}]}, "missing_key"),
        ({"blocks": [{"polygon": towns.ring(0, 0, 9, 9)}]}, "missing_key"),
        ({"blocks": [{"id": "a", "polygon": RINGS["clockwise"]}]}, "clockwise"),
        ({"blocks": [{"id": "a", "polygon": towns.ring(0, 0, 9, 9), "elements": None}]}, "wrong_type"),
        ({"blocks": [{"id": "a", "polygon": towns.ring(0, 0, 9, 9), "houses": []}]}, "unknown_key"),
        ({"streets": "none"}, "wrong_type"),
        ({"streets": [{}]}, "missing_key"),
        ({"streets": [towns.street("s", (0, 0), (9, 9), width=0)]}, "out_of_range"),
        ({"streets": [towns.street("s", (0, 0), (9, 9)) | {"class": "road"}]}, "unknown_class"),
        ({"streets": [towns.street("s", (0, 0))]}, "too_few_vertices"),
        ({"streets": [towns.street("s", (0, 0), (0, 0))]}, "repeated_vertex"),
        ({"streets": [towns.street("s", (0, 0), (0.2, 0))]}, "short_edge"),
        ({"streets": [towns.street("s", (0, 0), (NAN, 0))]}, "not_finite"),
        ({"streets": [towns.street("s", (0, 0), (2e4, 0))]}, "out_of_range"),
        ({"building_programs": []}, "wrong_type"),
        ({"building_programs": {"a b": []}}, "bad_id"),
        ({"building_programs": {"a": 3}}, "wrong_type"),
        ({"building_programs": {"a": [{"type": "chimney"}]}}, "unknown_component"),
        ({"building_programs": {"a": [{"color": "navy"}]}}, "missing_key"),
        ({"building_programs": {"a": [{"type": "wall", "color": "blurple"}]}}, "unknown_color"),
        ({"building_programs": {"a": [{"type": "wall", "material": "gold"}]}}, "unknown_material"),
        ({"building_programs": {"a": [{"type": "wall", "count": 0}]}}, "out_of_range"),
        ({"building_programs": {"a": [{"type": "wall", "count": 1.0}]}}, "wrong_type"),
        ({"building_programs": {"a": [{"type": "wall", "style": "art deco"}]}}, "unknown_key"),
        ({"building_programs": {"a": [{"type": "wall", "description": "x" * 401}]}}, "text_too_long"),
        ({"building_programs": {"a": {"components": {}}}}, "wrong_type"),
        ({"buildings": []}, "unknown_key"),
    ],
)
def test_faults_of_the_whole(change, code):
    assert towns.codes(towns.town() | change) == [code]


@pytest.mark.parametrize("data", [None, 3, "city", [], [[]], True, {}, {"site": {}}])
def test_what_is_no_program(data):
    assert towns.codes(data)[0] in ("wrong_type", "missing_key")


def test_all_faults_are_told_at_once():
    data = towns.town(*[towns.house(f"h{k}", 0, 0, polygon=ring) for k, ring in enumerate(RINGS.values())])
    assert sorted(towns.codes(data)) == sorted(RINGS)


def test_limits():
    many = [towns.house(f"h{k}", (k % 50) * 12, (k // 50) * 12) for k in range(2001)]
    assert towns.codes(towns.town(*many, side=600)) == ["too_many"]
    assert parse_program(towns.town(*many[:2000], side=600))[0] is not None
    blocks = [{"id": f"b{k}", "polygon": towns.ring(0, 0, 9, 9)} for k in range(201)]
    assert towns.codes(towns.town() | {"blocks": blocks}) == ["too_many"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_json"),
        ("{", "not_json"),
        ("{} {}", "not_json"),
        ("nonsense", "not_json"),
        ('{"a": 1, "a": 2}', "duplicate_key"),
        ("[" * 17 + "]" * 17, "too_deep"),
        ('{"a":' * 20_000 + "1" + "}" * 20_000, "too_deep"),
        ('"]]]]"' + "[" * 40, "too_deep"),
        ('["' + "]" * 40 + '",' + "[" * 17 + "]" * 18, "too_deep"),
        ('["\\"]]]]]]]]]]]]]]]]]]]]", ' + "[" * 17 + "]" * 18, "too_deep"),
        ("9" * 5000, "not_json"),
        (" " * (MAX_TEXT_CHARS + 1), "too_long"),
        ("\ud800", "not_json"),
        ("\x00", "not_json"),
    ],
)
def test_hostile_texts(text, code):
    data, (problem,) = read_json(text)
    assert data is None
    assert problem.code == code


def test_brackets_in_texts_are_no_nesting():
    assert read_json(json.dumps({"facade": "[" * 100}))[0] == {"facade": "[" * 100}
    assert read_json(json.dumps({"facade": 'a "[[[[[[[[[[[[[[[[[[[[[" b'}))[1] == ()


def test_lone_surrogates_are_replaced():
    data, problems = read_json(r'{"facade": "a\ud800b", "\udfff": ["\ud83d\ude00"]}')
    assert problems == ()
    assert data == {"facade": "a\ufffdb", "\ufffd": ["\U0001f600"]}


def test_constants_of_json_are_their_own_faults():
    data = json.loads(json.dumps(towns.town(towns.house("a", 0, 0, polygon=RINGS["not_finite"]))))
    assert towns.codes(read_json(json.dumps(data))[0]) == ["not_finite"]
    assert towns.codes(read_json(json.dumps(data).replace("NaN", "1e999"))[0]) == ["not_finite"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(json_values, st.data())
def test_nothing_an_agent_sends_raises(value, data):
    whole = towns.town(
        towns.house("a", 10, 10, roof={"shape": "gabled", "height": 3}, program="p"),
        towns.park("g", 40, 10),
        streets=[towns.street("s", (0, 100), (200, 100))],
        building_programs={"p": {"components": [{"type": "wall", "color": "navy"}]}},
    )
    spot, steps = whole, 0
    while isinstance(spot, (dict, list)) and spot and steps < 6:
        keys = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()) or not isinstance(spot[key], (dict, list)) or not spot[key]:
            spot[key] = value
            break
        spot, steps = spot[key], steps + 1
    program, problems = parse_program(whole)
    assert (program is None) == bool(problems)
    assert all(problem.code in FAULTS and problem.is_structural for problem in problems)
    if program is not None:
        assert 0.0 <= check(towns.built(program_data(program))).score.value <= 1.0


def test_osm_keys():
    element = {
        "id": "tower",
        "type": "office",
        "polygon": towns.ring(10, 10, 20, 20),
        "building:levels": 6,
        "height": 30,
        "min_height": 3,
        "roof:shape": "pyramidal",
        "roof:height": 6,
        "building:colour": "navy",
        "building:material": "brick",
        "roof:colour": "charcoal",
    }
    city = towns.city(element)
    tower = city.element("tower")
    assert (tower.floor_count, tower.floor_height, tower.base_height) == (6, 3.5, 3.0)
    assert (tower.height, tower.top) == (24.0, 30.0)
    assert (tower.roof.shape, tower.roof.height) == ("pyramidal", 6.0)
    assert (city.color("tower"), city.material("tower"), city.color("tower", "roof")) == (
        "navy",
        "brick",
        "charcoal",
    )
    again = towns.built(program_data(city.program))
    assert program_text(again.program) == program_text(city.program)


def test_defaults_and_null():
    bare = towns.house("a", 0, 0, facade=None, roof=None, program=None, base_height=None, floor_height=None)
    element = towns.city(bare).element("a")
    assert (element.facade, element.floor_height, element.base_height, element.roof, element.program) == (
        "",
        3.2,
        0.0,
        None,
        None,
    )
    assert element.height == element.top == 3 * 3.2
    assert not element.polygon.flags.writeable
    assert towns.city(towns.park("g", 0, 0)).element("g").top == 0.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(-9000, 9000),
            st.floats(-9000, 9000),
            st.floats(2.5, 90),
            st.floats(2.5, 90),
            st.integers(1, 150),
        ),
        max_size=12,
    )
)
def test_to_json_and_back_loses_no_bit(boxes):
    elements = [
        towns.house(f"h{k}", *box, floor_count=floors, floor_height=2.2 + k / 7)
        for k, (*box, floors) in enumerate(boxes)
    ]
    text = program_text(towns.city(*elements).program)
    program, problems = parse_program(read_json(text)[0])
    assert problems == ()
    assert program_text(program) == text
    for one, other in zip(program.elements, towns.city(*elements).elements, strict=True):
        assert np.array_equal(one.polygon, other.polygon)
        assert one.top == other.top


def test_what_is_given_may_be_left_out_and_what_is_fixed_may_not_change():
    given_town = towns.built(
        towns.town(
            streets=[towns.street("s", (0, 100), (200, 100))],
            building_programs={"p": [{"type": "wall"}]},
        )
        | {"blocks": [{"id": k, "polygon": towns.ring(x, 0, 90, 90)} for k, x in (("w", 0), ("e", 100))]}
    ).program
    fixed = frozenset({"site", "streets", "blocks"})
    send = {"blocks": [{"id": "e", "elements": [towns.house("a", 110, 10, program="p")]}]}
    program, problems = parse_program(send, given=given_town, fixed=fixed)
    assert problems == ()
    assert [block.id for block in program.blocks] == ["w", "e"]
    assert [len(block.elements) for block in program.blocks] == [0, 1]
    assert len(program.streets) == 1

    def refused(change):
        return [problem.code for problem in parse_program(send | change, given=given_town, fixed=fixed)[1]]

    rolled = towns.ring(0, 0, 200, 200)
    assert refused({"site": {"polygon": rolled[1:] + rolled[:1]}}) == []
    assert refused({"site": {"polygon": towns.ring(0, 0, 300, 200)}}) == ["fixed"]
    assert refused({"streets": []}) == ["fixed"]
    assert refused({"streets": [towns.street("s", (0, 101), (200, 100))]}) == ["fixed"]
    assert refused({"blocks": [{"id": "n", "polygon": towns.ring(0, 0, 90, 90)}]}) == ["fixed"]
    assert refused({"blocks": [{"id": "e", "polygon": towns.ring(100, 0, 95, 90)}]}) == ["fixed"]
    free = parse_program(send | {"streets": []}, given=given_town, fixed=frozenset({"site"}))[0]
    assert free is not None
    assert free.streets == ()


def test_the_schema_file_speaks_of_the_same_words_and_bounds():
    element = SCHEMA["$defs"]["element"]["properties"]
    component = SCHEMA["$defs"]["component"]["properties"]
    assert SCHEMA["properties"]["version"]["const"] == city_parts.VERSION
    assert element["type"]["enum"] == list(city_parts.ELEMENT_TYPES)
    assert list(element)[:5] == ["id", "type", "polygon", "floor_count", "facade"]
    assert element["roof"]["properties"]["shape"]["enum"] == list(city_parts.ROOF_SHAPES)
    assert element["floor_count"]["maximum"] == city_parts.MAX_FLOORS
    assert element["facade"]["maxLength"] == MAX_FACADE_CHARS
    assert component["type"]["enum"] == list(city_parts.COMPONENT_TYPES)
    assert component["color"]["enum"] == [*COLORS, None]
    assert component["material"]["enum"] == [*MATERIALS, None]
    assert SCHEMA["$defs"]["polygon"]["maxItems"] == city_rings.MAX_VERTICES
    assert SCHEMA["$defs"]["street"]["properties"]["class"]["enum"] == list(city_parts.STREET_CLASSES)
    assert SCHEMA["properties"]["streets"]["maxItems"] == city_pieces.MAX_STREETS
    assert SCHEMA["properties"]["blocks"]["maxItems"] == city_program.MAX_BLOCKS
    for key, bounds in (
        ("floor_height", city_parts.FLOOR_HEIGHT_M),
        ("base_height", city_parts.BASE_HEIGHT_M),
    ):
        assert (element[key]["minimum"], element[key]["maximum"]) == bounds


def test_the_schema_takes_and_refuses_what_the_parser_does():
    checker = jsonschema.Draft202012Validator(SCHEMA)
    good = towns.town(
        towns.house("a", 0, 0, roof={"shape": "gabled", "height": 3}, program="p"),
        towns.house("b", 20, 0, floor_count=None, **{"building:levels": 2, "roof:colour": "navy"}),
        towns.park("g", 40, 0),
        streets=[towns.street("s", (0, 100), (200, 100))],
        building_programs={"p": {"components": [{"type": "wall", "color": "navy"}]}, "q": []},
    )
    assert parse_program(good)[0] is not None
    checker.validate(good)
    checker.validate(program_data(parse_program(good)[0]))
    for change in (
        {"type": "castle"},
        {"floor_count": 0},
        {"floor_count": 1.5},
        {"floor_count": None},
        {"type": "water"},
        {"floors": 3},
        {"id": "a b"},
        {"roof": {"shape": "onion"}},
        {"polygon": [[0, 0], [1, 1]]},
        {"building:colour": "#fff"},
    ):
        bad = towns.town(towns.house("a", 0, 0) | change)
        assert parse_program(bad)[0] is None
        assert not checker.is_valid(bad), change


def test_problems_are_told_shortly():
    problem = Problem("bow_tie", "/a", "m" * 5000, "h")
    assert len(told([problem] * 100)) < 3400
    assert told([problem] * 100).endswith("more: bow_tie (94)")
    assert {fault.severity for fault in FAULTS.values()} == {"structural", "soft"}
    assert all((fault.severity == "soft") == bool(fault.lowers) for fault in FAULTS.values())


def test_the_palette():
    assert len(COLORS) == 24
    assert all(color in COLORS for color in MATERIALS.values())
    assert srgb("navy") == COLORS["navy"]
    with pytest.raises(UsageError, match="navy"):
        srgb("navvy")
    with pytest.raises(UsageError, match="brick"):
        srgb(None, "bricks")
