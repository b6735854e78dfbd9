"""Plans as an agent writes them: read as they are, or refused with what to send instead."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyesmith.tools.plan_reading import MAX_WAYPOINTS, plan_text, read_plan
from eyesmith.tools.robot_kinematics import Waypoint

GOOD = {"xyz": [0.5, 0.0, 0.2], "seconds": 1.0}


def read(data):
    return read_plan(data if isinstance(data, str) else json.dumps(data), yaw_deg=10.0, width=0.05)


def test_a_plan_is_read_and_what_is_left_out_stays():
    found, problem = read([GOOD, GOOD | {"yaw_deg": 90, "width": 0.01}, GOOD])
    assert problem == ""
    assert [round(one.yaw, 6) for one in found] == [0.174533, 1.570796, 1.570796]
    assert [one.width for one in found] == [0.05, 0.01, 0.01]
    assert read(GOOD)[0][0].position == (0.5, 0.0, 0.2)


def test_what_is_written_is_read_again():
    way = [
        Waypoint((0.41, -0.123456789, 0.02), 1.234567, 0.031, 0.85),
        Waypoint((0.5, 0.1, 0.3), -2.0, 0.0, 6.0),
    ]
    found, problem = read_plan(plan_text(way), yaw_deg=0.0, width=0.0)
    assert problem == ""
    for one, other in zip(found, way, strict=True):
        assert one.position == other.position
        assert one.yaw == pytest.approx(other.yaw, abs=1e-12)
        assert (one.width, one.duration_s) == (other.width, other.duration_s)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("push it", "JSON"),
        ([], "a list|JSON list"),
        (7, "JSON list"),
        ([GOOD] * (MAX_WAYPOINTS + 1), "at most 12"),
        ([GOOD] * 4_000, "at most 12"),
        ([GOOD] * 100_000, "characters; send at most"),
        ([{}], "waypoint 0: 'xyz' takes three numbers"),
        ([GOOD, GOOD | {"xyz": [0.5, 0.0]}], "waypoint 1: 'xyz'"),
        ([GOOD | {"xyz": [5.0, 0.0, 0.2]}], "x lies between"),
        ([GOOD | {"xyz": [0.5, 0.0, -1]}], "z lies between"),
        ([GOOD | {"xyz": [True, 0.0, 0.2]}], "'xyz'"),
        ('[{"xyz": [NaN, 0, 0.2], "seconds": 1}]', "."),
        ('[{"xyz": [0.5, 0, 0.2], "seconds": 1e999}]', "."),
        ([{"xyz": [0.5, 0.0, 0.2]}], "'seconds' is missing"),
        ([GOOD | {"seconds": 60}], "'seconds' is a number from"),
        ([GOOD | {"width": 1}], "'width' is a number from 0 to 0.08"),
        ([GOOD | {"yaw_deg": 720}], "'yaw_deg'"),
        ([GOOD | {"yaw": 1}], "Did you mean 'yaw_deg'"),
        ([[0.5, 0.0, 0.2]], "expected an object"),
    ],
)
def test_what_cannot_be_used_is_told(data, words):
    found, problem = read(data)
    assert found == []
    assert re.search(words, problem)
    assert len(problem) < 600


@given(st.text(max_size=300))
def test_no_text_raises(text):
    found, problem = read(text)
    assert bool(found) != bool(problem)
