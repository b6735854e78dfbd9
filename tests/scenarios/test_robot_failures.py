"""Labelled failures: every mark is what the state says, and all marks occur."""

import io
import os
import runpy
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image as Picture

if find_spec("mujoco") is None:  # not importorskip: GL is chosen before MuJoCo is imported
    pytest.skip("needs MuJoCo: make test", allow_module_level=True)

from eyesmith.rewards.roboreward import Requirement, mark
from eyesmith.scenarios.robot_failures import robot_failures
from eyesmith.scenarios.robot_plan import KINDS, PLACED_M, plan_task, requirements_of
from eyesmith.tools.robot_rollout import simulate
from eyesmith.tools.robot_views import film

pytestmark = pytest.mark.mujoco
EXAMPLE = Path(__file__).parents[2] / "examples" / "make_robot_failures.py"
SEEDS = 3


def labelled(kind, seed):
    task, world = plan_task(f"t{seed}", "train", 0, [41, seed], 1 + seed % 5, kind=kind)
    words = str(task.payload["instruction"])
    return world, words, list(robot_failures(world, words))


@pytest.fixture(scope="module")
def every():
    return [labelled(kind, seed) for kind in KINDS for seed in range(SEEDS)]


def test_all_marks_occur(every):
    found = {how: Counter() for how in ("success", "clipped", "relabelled")}
    for _, _, rows in every:
        for row in rows:
            found[row.how][row.mark] += 1
    assert set(found["success"]) == {5}
    whole = sum(found.values(), Counter())
    assert set(whole) == {1, 2, 3, 4, 5}
    assert set(found["clipped"]) == {1, 2, 3, 4}
    assert {1, 2, 3} <= set(found["relabelled"]) <= {1, 2, 3, 4}
    assert max(whole.values()) < 0.5 * whole.total()


def test_a_cut_is_marked_by_the_state_it_ends_in(every):
    """From a simulation of one's own, stopped there."""
    for world, words, (whole, *rest) in every:
        assert (whole.how, whole.mark, whole.ticks) == ("success", 5, world.scene.ticks)
        cuts = [row for row in rest if row.how == "clipped"]
        assert [row.mark for row in cuts] == sorted({row.mark for row in cuts})
        for row in cuts:
            assert row.instruction == words
            assert row.ticks < world.scene.ticks
            assert row.mark < 5
            cut = simulate(world.scene, world.scene.commands[: row.ticks])
            touches = cut.contacts[-1, cut.pairs.index((world.scene.goal.body, "gripper"))]
            assert row.mark == mark(*requirements_of(world, cut.poses[-1], is_held=bool(touches)))


def test_another_place_is_marked_by_the_distance_to_its_mat(every):
    """By hand: what is drawn is where the mat is, and that is where the object should be."""
    seen = Counter()
    for world, words, rows in every:
        if world.kind in ("hinge", "topple", "stack"):
            continue
        start, others = world.scene.start_poses[world.body], world.may_move
        for row in rows:
            if row.how != "relabelled" or row.instruction != words:
                continue
            mat = next(one for one in row.scene.fixtures if one.kind == "mat")
            end = row.rollout.poses[-1, world.body]
            off, way = (float(np.linalg.norm(one[:2] - mat.pose[:2])) for one in (end, start))
            assert row.progress == pytest.approx(max(1.0 - off / way, -10.0), abs=1e-9)
            if off > PLACED_M[world.kind]:
                assert row.mark == mark(1.0 - off / way, [Requirement("in place", False)])
            else:
                assert row.mark == 4  # there, but something minor is missed: else it is no failure
            seen[row.mark] += 1
        assert others[world.body]
    assert len(seen) >= 3


def test_another_object_is_none_that_was_moved_there(every):
    seen = 0
    for world, words, rows in every:
        for row in rows:
            name = row.scene.goal.body
            if name != world.scene.goal.body:
                assert name in row.instruction
                assert world.scene.goal.body not in row.instruction
                assert row.mark < 5
                seen += 1
        assert words == rows[0].instruction
    assert seen


def test_a_door_is_marked_by_the_angle_that_is_said():
    for seed in range(SEEDS):
        world, words, rows = labelled("hinge", seed)
        others = [row for row in rows if row.how == "relabelled"]
        assert others
        for row in others:
            said = np.radians(int(row.instruction.split(" degrees")[0].split()[-1]))
            off = said - abs(world.angle)
            assert row.instruction != words
            assert row.progress == pytest.approx(1.0 - off / said, abs=0.05)
            assert row.mark < 5


def test_the_file_holds_frames_up_to_the_marked_state(tmp_path):
    make = runpy.run_path(os.fspath(EXAMPLE))["make"]
    marks = make(tmp_path, 2, 5)
    rows = pq.read_table(tmp_path / "train-00000.parquet").to_pylist()
    assert Counter(row["mark"] for row in rows) == marks
    assert len({row["key"] for row in rows}) == len(rows)
    task, world = plan_task("x", "train", 0, [2601, 5, 0], 1, kind=KINDS[0])
    found = list(robot_failures(world, str(task.payload["instruction"])))
    own = [row for row in rows if row["rollout"] == rows[0]["rollout"]]
    for row, one in zip(own, found, strict=True):
        assert (row["mark"], row["instruction"], row["how"]) == (one.mark, one.instruction, one.how)
        assert len(row["front"]) == len(row["side"]) == len(row["times_s"])
        assert row["times_s"][-1] == pytest.approx(one.ticks * 0.05)
        last = film(one.scene, one.rollout.track, [one.ticks], ("front", "side"))[0]
        for number, camera in enumerate(("front", "side")):
            read = np.asarray(Picture.open(io.BytesIO(row[camera][-1])))
            np.testing.assert_array_equal(read, last[number])
