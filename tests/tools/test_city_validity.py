"""Validity: exact against a loop over all pairs; each soft fault is found, and costs what it should."""

from itertools import combinations

import numpy as np
import pytest
import shapely
import towns
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.bench.city import city_text
from eyesmith.tools.city import City
from eyesmith.tools.city_json import read_json
from eyesmith.tools.city_problems import FAULTS
from eyesmith.tools.city_program import parse_program
from eyesmith.tools.city_validity import check

TWO_BLOCKS = [
    {"id": "w", "polygon": towns.ring(0, 0, 95, 200), "elements": []},
    {"id": "e", "polygon": towns.ring(105, 0, 95, 200), "elements": []},
]


def faults(city):
    """Codes of the soft faults; each is told with a pointer into the program and a hint."""
    problems = check(city).problems
    assert all(not problem.is_structural and problem.hint for problem in problems)
    return sorted(problem.code for problem in problems)


def test_a_clean_city_has_no_faults():
    program, _ = parse_program(read_json(city_text(100))[0])
    validity = check(City(program))
    assert validity.problems == ()
    assert validity.score.value == 1.0
    assert validity.built == 1.0


def test_the_empty_city_is_valid_and_not_built():
    validity = check(towns.city())
    assert (validity.score.value, validity.built, validity.problems) == (1.0, 0.0, ())
    assert check(towns.city(towns.park("g", 0, 0))).built == 0.0
    assert check(towns.built(towns.town() | {"blocks": []})).score.value == 1.0


boxes = st.tuples(
    st.floats(0, 150), st.floats(0, 150), st.floats(4, 60), st.floats(4, 60), st.floats(-180, 180)
)


def turned(x, y, width, depth, angle):
    ring = np.array(towns.ring(0, 0, width, depth)) - (width / 2, depth / 2)
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return (ring @ np.array([[c, s], [-s, c]]) + (x + 20, y + 20)).tolist()


@settings(max_examples=80, deadline=None)
@given(st.lists(boxes, min_size=1, max_size=12))
def test_overlap_and_outside_are_those_of_a_loop_over_all_pairs(drawn):
    rings = [turned(*box) for box in drawn]
    blocks = [TWO_BLOCKS[0] | {"elements": []}]
    blocks[0]["elements"] = [towns.house(f"h{k}", 0, 0, polygon=ring) for k, ring in enumerate(rings)]
    city = towns.built(towns.town() | {"blocks": blocks})
    validity = check(city)
    shapes = [shapely.Polygon(ring) for ring in rings]
    ground = sum(shape.area for shape in shapes)
    shared = [a.intersection(b).area for a, b in combinations(shapes, 2)]
    overlap = sum(area for area in shared if area > 0.05)
    block = shapely.Polygon(TWO_BLOCKS[0]["polygon"])
    out = [shape.difference(block).area for shape in shapes]
    outside = sum(area for area, shape in zip(out, shapes, strict=True) if area > 0.01 * shape.area)
    assert validity.overlap == pytest.approx(overlap / ground, abs=1e-9)
    assert validity.outside == pytest.approx(outside / ground, abs=1e-9)
    pairs = [a.intersection(b).area / a.union(b).area for a, b in combinations(shapes, 2)]
    assert validity.coinciding == sum(share > 0.8 for share in pairs)


def test_walls_may_be_shared():
    row = [towns.house(f"h{k}", 10 + 7.3 * k, 10, 7.3, 12) for k in range(10)]
    angle = np.radians(13.7)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for house in row:
        house["polygon"] = (np.array(house["polygon"]) @ turn + (20, 0)).tolist()
    assert faults(towns.city(*row)) == []


def test_overlap_says_with_whom_and_how_much():
    city = towns.city(towns.house("a", 0, 0), towns.house("b", 8, 0), towns.park("g", 9, 9))
    validity = check(city)
    told = {problem.message for problem in validity.problems}
    assert told == {"'a' and 'b' share 20.0 m2", "'a' and 'g' share 1.0 m2", "'b' and 'g' share 9.0 m2"}
    assert validity.overlap == pytest.approx(30 / 300)
    assert validity.score.value == pytest.approx(np.exp(-0.1 / 0.02))


def test_a_stack_of_coinciding_buildings_kills_the_validity_of_any_city():
    rows = [towns.house(f"h{k}", (k % 30) * 20, (k // 30) * 20) for k in range(600)]
    clean = check(towns.city(*rows, side=650))
    stacked = check(towns.city(*rows, towns.house("twin", 0, 0), side=650))
    assert clean.score.value == 1.0
    assert faults(towns.city(*rows, towns.house("twin", 0, 0), side=650)) == ["coinciding"]
    assert stacked.score.value < 0.02
    assert check(towns.city(*[towns.house(f"h{k}", 9, 9) for k in range(10)])).score.value < 1e-6


def test_a_stack_by_base_height_is_no_more_than_one_podium_and_one_tower():
    podium = towns.house("podium", 0, 0, 40, 40, floor_count=2)
    tower = towns.house("tower", 10, 10, 20, 20, floor_count=10, base_height=6.4)
    city = towns.city(podium, tower)
    assert faults(city) == []
    assert city.count() == 1
    assert city.tops_m().tolist() == [pytest.approx(38.4)]
    assert city.footprint_m2 == 1600
    assert city.floor_area_m2() == 1600 * 2 + 400 * 10
    third = towns.house("third", 12, 12, 16, 16, floor_count=1, base_height=38.4)
    assert faults(towns.city(podium, tower, third)) == ["floating", "overlap", "overlap"]
    twin = towns.house("twin", 0, 0, 40, 40, floor_count=2, base_height=6.4)
    assert faults(towns.city(podium, twin)) == ["coinciding", "floating"]


@pytest.mark.parametrize(
    "changed", [{"base_height": 9}, {"base_height": 3.0}, {"polygon": towns.ring(30, 30, 20, 20)}]
)
def test_what_nothing_carries_floats(changed):
    podium = towns.house("podium", 0, 0, 40, 40, floor_count=2)
    tower = towns.house("tower", 10, 10, 20, 20, floor_count=5, base_height=6.4) | changed
    assert "floating" in faults(towns.city(podium, tower))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"floor_count": 40}, "slender"),
        ({"polygon": towns.ring(0, 0, 2.9, 20)}, "sliver"),
        ({"roof": {"shape": "dome", "height": 10.5}}, "roof_too_high"),
        ({"base_height": 3.2}, "floating"),
    ],
)
def test_buildings_that_could_not_stand(changed, code):
    good = [towns.house(f"h{k}", 30 + 20 * k, 0) for k in range(7)]
    city = towns.city(towns.house("bad", 0, 0) | changed, *good)
    assert faults(city) == [code]
    assert check(city).invalid == pytest.approx(1 / 8)
    assert check(city).score.value == pytest.approx(np.exp(-1 / 8 / 0.1))


def test_just_what_may_stand():
    edge = towns.house("a", 0, 0, 10, 10, floor_count=10, floor_height=12.0)
    thin = towns.house("b", 20, 0, 3, 30, floor_count=1)
    peak = towns.house("c", 40, 0, roof={"shape": "gabled", "height": 10})
    assert faults(towns.city(edge, thin, peak)) == []


def test_a_bent_sliver_is_a_sliver():
    frame = [[0, 0], [40, 0], [40, 40], [38.8, 40], [38.8, 1.2], [0, 1.2]]
    assert "sliver" in faults(towns.city(towns.house("a", 0, 0, polygon=frame)))


def test_outside_its_block_and_outside_the_site():
    blocks = [TWO_BLOCKS[0] | {"elements": [towns.house("a", 90, 0), towns.house("b", 85.05, 50)]}]
    validity = check(towns.built(towns.town() | {"blocks": blocks}))
    assert [problem.code for problem in validity.problems] == ["outside_block"]
    assert validity.problems[0].json_pointer == "/blocks/0/elements/0"
    assert "50.0 m2" in validity.problems[0].message
    assert validity.outside == pytest.approx(50 / 200)  # half a per cent of `b` is within the tolerance
    beyond = {"id": "n", "polygon": towns.ring(0, 150, 200, 100), "elements": [towns.house("a", 0, 210)]}
    validity = check(towns.built(towns.town() | {"blocks": [beyond]}))
    assert [problem.code for problem in validity.problems] == ["outside_site"]
    assert validity.outside == pytest.approx(0.5)


def test_blocks_that_overlap():
    blocks = [TWO_BLOCKS[0], TWO_BLOCKS[1] | {"polygon": towns.ring(85, 0, 115, 200)}]
    validity = check(towns.built(towns.town() | {"blocks": blocks}))
    assert [problem.code for problem in validity.problems] == ["blocks_overlap"]
    assert validity.overlap == pytest.approx(10 * 200 / (95 * 200 + 115 * 200))


def test_on_the_street():
    streets = [towns.street("main", (0, 100), (200, 100)), towns.street("cross", (100, 0), (100, 200))]
    at_corner = towns.house("a", 90, 90, 10, 10)
    validity = check(towns.city(at_corner, streets=streets))
    assert [problem.code for problem in validity.problems] == ["on_carriageway"]
    assert "'main'" in validity.problems[0].message
    assert "'cross'" in validity.problems[0].message
    assert validity.street == pytest.approx(75 / 100)  # 50 + 50 - 25, each place once
    assert faults(towns.city(towns.house("a", 85, 85, 10, 10), streets=streets)) == []  # along the kerb
    assert faults(towns.city(towns.park("g", 90, 90), streets=streets)) == ["on_carriageway"]


def test_a_path_may_cross_flat_ground_only():
    path = [towns.street("walk", (0, 100), (200, 100), width=3) | {"class": "path"}]
    assert faults(towns.city(towns.park("g", 50, 90, 30, 30), streets=path)) == []
    assert faults(towns.city(towns.house("a", 50, 90, 30, 30), streets=path)) == ["on_carriageway"]


def test_streets_that_are_cut_off():
    joined = [towns.street("a", (0, 100), (200, 100)), towns.street("b", (50, 100.9), (50, 200))]
    assert faults(towns.city(streets=joined)) == []
    apart = [*joined, towns.street("c", (150, 0), (150, 98.9))]
    validity = check(towns.city(towns.house("h", 0, 0), streets=apart))
    assert [problem.json_pointer for problem in validity.problems] == ["/streets/2/path"]
    assert validity.problems[0].code == "street_disconnected"
    total = 200 + 99.1 + 98.9
    assert validity.invalid == pytest.approx(98.9 / total)


def test_every_soft_fault_is_tested_here():
    text = open(__file__).read()  # noqa: SIM115 the test reads itself
    soft = {code for code, fault in FAULTS.items() if fault.severity == "soft"}
    assert all(f'"{code}"' in text for code in soft)
