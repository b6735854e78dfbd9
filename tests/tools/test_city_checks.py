"""Constraints measured on a city: every kind, satisfied by the city that it was read from."""

import json
from math import inf

import pytest
import towns

from eyesmith.errors import UsageError
from eyesmith.rewards.city_constraints import KINDS
from eyesmith.tools.city_checks import checked, fulfilment_of, measured, plausibility_of
from eyesmith.tools.city_constraint import Constraint, select

SUN = {"azimuth": 180.0, "elevation": 40.0}
PROGRAMS = {
    "brick": [{"type": "wall", "color": "brick_red", "material": "brick"}, {"type": "door", "count": 2}]
}


def quarter():
    """The elements of a small quarter."""
    return [
        towns.house("school", 20, 20, 30, 20, type="school", floor_count=2, program="brick"),
        towns.house("hall", 95, 95, 12, 12, type="civic", floor_count=9, program="brick"),
        towns.house("h0", 20, 60, 12, 10, roof={"shape": "gabled", "height": 3}, program="brick"),
        towns.house("h1", 40, 60, 12, 10, roof={"shape": "gabled", "height": 3}, program="brick"),
        towns.house("h2", 60, 60, 12, 10, roof={"shape": "gabled", "height": 3}),
        towns.park("green", 70, 20, 40, 25),
    ]


STREETS = [towns.street("s", (0, 150), (200, 150)), towns.street("t", (150, 150), (150, 20))]


@pytest.fixture(scope="module")
def city():
    return towns.city(*quarter(), streets=STREETS, building_programs=PROGRAMS)


# One of each kind: what it speaks of, and the numbers that the quarter has.
CASES = [
    (Constraint("count", "residential", low=3, high=3), [3]),
    (Constraint("count", "school@all", low=1), [1]),
    (Constraint("count", "#hall", low=1), [1]),
    (Constraint("count", "#nothing", high=0), [0]),
    (Constraint("floor_area", "school", low=1200, high=1200), [1200]),
    (Constraint("floor_area", "#hall", low=1000), [144 * 9]),
    (Constraint("floor_area_share", "school", low=0.3), [1200 / (1200 + 1296 + 1080)]),
    (Constraint("far", low=0.05), [3576 / 40_000]),
    (Constraint("coverage", low=0.02, high=0.03), [(600 + 144 + 360) / 40_000]),
    (Constraint("open_space", low=5), [(1 - 1104 / 40_000) / (3576 / 40_000)]),
    (Constraint("ground_share", "greenspace", low=0.025, high=0.025), [0.025]),
    (Constraint("footprint", "residential", low=120, high=120), [120, 120, 120]),
    (Constraint("height", "residential", low=12, high=13), [12.6, 12.6, 12.6]),
    (Constraint("floors", "#hall", low=9, high=9), [9]),
    (Constraint("mean_height", high=20), [(6.4 + 28.8 + 3 * 12.6) / 5]),
    (Constraint("max_height", low=28, high=30), [28.8]),
    (Constraint("lead", "civic", low=10), [28.8 - 12.6]),
    (Constraint("skyline", low=0.5), None),
    (Constraint("direction", "civic", "school", high=45, options={"direction": "north_east"}), None),
    (Constraint("distance", "school", "greenspace", low=20, high=20), [20]),
    (Constraint("reach", "residential", "school", high=30), [20, 20, (10**2 + 20**2) ** 0.5]),
    (Constraint("adjacent", "#h0", "#h1", high=8), [8]),
    (Constraint("between", "#h1", "#h0", "#h2", high=1.001), [1.0]),
    (Constraint("corner", "school", high=30), [(20**2 + 20**2) ** 0.5]),
    (Constraint("corner", "school", high=30, options={"of": "block"}), [(20**2 + 20**2) ** 0.5]),
    (Constraint("centre", "civic", high=2), [2**0.5]),
    (Constraint("enclosure", "greenspace", low=0.1, options={"within": 60}), None),
    (Constraint("row", "residential", high=0.1), [0.0]),
    (Constraint("spacing", "residential", low=8, high=8), [8, 8, 8]),
    (Constraint("setback", "residential", low=20), [20, 40, 60]),
    (Constraint("alignment", "building", high=1), [0, 0, 0, 0, 0]),
    (Constraint("place", "#hall", high=1, options={"x": 101, "y": 101}), [0]),
    (Constraint("axis", "#school", high=1, options={"bearing": 90}), [0]),
    (Constraint("frontage", "civic", high=40), [38]),
    (Constraint("connectivity", low=1), [1]),
    (Constraint("dead_ends", high=1), [1]),
    (Constraint("junctions", low=1, high=1), [1]),
    (Constraint("street_length", low=330, high=330), [330]),
    (Constraint("street_length", low=330, options={"class": "local"}), [330]),
    (Constraint("shadow", "greenspace", high=0.01, options=SUN), [0]),
    (Constraint("open_view", "school", "greenspace", low=1, options={"width": 8}), [1]),
    (Constraint("visible", "civic", low=0.5, options={"x": 101, "y": 190}), [1]),
    (Constraint("visible", "#h1", high=0.2, options={"x": 46, "y": 10, "z": 1.7}), None),
    (Constraint("color", "residential", low=0.6, options={"names": ["brick_red"]}), [2 / 3]),
    (Constraint("color", "civic", high=0, options={"names": ["navy"], "of": "roof"}), [0]),
    (Constraint("material", "school", low=1, options={"names": ["brick", "stone"]}), [1]),
    (Constraint("roof_shape", "residential", low=1, options={"names": ["gabled"]}), [1]),
    (Constraint("component", "school", low=1, options={"type": "door", "count": 2}), [1]),
    (Constraint("program", "building", low=0.8, options={"name": "brick"}), [4 / 5]),
    (Constraint("type", "#hall", low=1, options={"names": ["civic"]}), [1]),
]


@pytest.mark.parametrize(("constraint", "numbers"), CASES, ids=lambda value: getattr(value, "kind", ""))
def test_each_kind_measures_and_is_fulfilled(city, constraint, numbers):
    if numbers is not None:
        assert measured(city, constraint) == pytest.approx(numbers, abs=1e-9)
    score = checked(city, constraint)
    assert score.value == pytest.approx(1.0)
    assert "wanted" in score.why
    again = Constraint.read(json.loads(json.dumps(constraint.data())))
    assert checked(city, again) == score


def test_every_kind_is_tested_here():
    assert {constraint.kind for constraint, _ in CASES} == KINDS.keys()
    assert len(KINDS) >= 20


EMPTY_IS_FINE = {"count", "coverage", "ground_share", "mean_height", "max_height", "dead_ends"}


@pytest.mark.parametrize(("constraint", "numbers"), CASES, ids=lambda value: getattr(value, "kind", ""))
def test_the_empty_city_fulfils_none_but_upper_bounds(constraint, numbers):
    empty = towns.city()
    value = checked(empty, constraint).value
    if constraint.low > 0:
        assert value == 0.0 or constraint.kind == "open_space"
    elif constraint.kind not in EMPTY_IS_FINE:
        assert value == 0.0


def test_what_is_missed_falls_linearly(city):
    values = [checked(city, Constraint("floors", "#hall", low=n, high=n)).value for n in (9, 10, 11, 12, 13)]
    assert values == sorted(values, reverse=True)
    assert values[0] == 1.0
    assert values[1] == pytest.approx(1 - 1 / 3)
    assert values[4] == 0.0


def test_selectors(city):
    def ids(who):
        return [city.elements[position].id for position in select(city, who)]

    assert ids("building") == ["school", "hall", "h0", "h1", "h2"]
    assert ids("flat") == ["green"]
    assert ids("any") == ["school", "hall", "h0", "h1", "h2", "green"]
    assert ids("residential@all") == ["h0", "h1", "h2"]
    assert ids("residential@elsewhere") == []
    assert ids("#h1") == ["h1"]
    assert ids("#missing") == []
    for who in ("", "houses", "residental", "@all"):
        with pytest.raises(UsageError, match="selects nothing"):
            select(city, who)


def test_broken_constraints_are_named(city):
    with pytest.raises(UsageError, match="Did you mean 'count'"):
        Constraint("counts")
    with pytest.raises(UsageError, match="needs the options"):
        Constraint("direction", "civic", "school", high=45)
    with pytest.raises(UsageError, match="may have"):
        Constraint("count", options={"of": "site"}, low=1)
    with pytest.raises(UsageError, match="finite"):
        checked(city, Constraint("count"))
    assert Constraint("far", low=1).high == inf


def test_the_weighted_whole(city):
    score, each = fulfilment_of(
        city,
        [
            Constraint("count", "school", low=1, weight=3.0),
            Constraint("count", "hospital", low=1, weight=1.0),
        ],
    )
    assert [one.value for one in each] == [1.0, 0.0]
    assert score.value == 0.75
    assert score.why == "1 of 2 constraints are met"


def test_plausibility(city):
    assert plausibility_of(city).value < 1.0  # the block is nearly empty
    assert plausibility_of(towns.city()).value == 0.0
    rows = [towns.house(f"h{k}", 8 + k % 5 * 18, 8 + k // 5 * 20, 14, 12) for k in range(20)]
    assert plausibility_of(towns.city(*rows, side=100.0)).value == 1.0
    slivers = [towns.house(f"h{k}", 10 + k % 5 * 18, 8 + k // 5 * 20, 1.2, 18) for k in range(20)]
    assert plausibility_of(towns.city(*slivers, side=100.0)).value < 0.7
    giant = towns.house("giant", 0, 0, 100, 100, floor_count=150)
    assert plausibility_of(towns.city(giant, side=100.0)).parts["coverage"] == 0.0
    sheds = [towns.house(f"h{k}", 8 + k % 5 * 18, 8 + k // 5 * 20, 3, 3) for k in range(20)]
    assert plausibility_of(towns.city(*sheds, side=100.0)).parts["sizes"] == 0.0
