"""RobotPlan: what is reached pays; claims, waving and sweeping do not."""

import json
from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("mujoco") is None:  # not importorskip: GL is chosen before MuJoCo is imported
    pytest.skip("needs MuJoCo: make test", allow_module_level=True)

from eyesmith.envs.plan_cheats import CHEATS
from eyesmith.envs.plan_expert import expert_calls
from eyesmith.envs.robot_plan import RobotPlanEnv
from eyesmith.envs.subject import play
from eyesmith.errors import SnapshotError, UsageError
from eyesmith.scenarios.robot_plan import KINDS, PLACED_M, requirements_of
from eyesmith.tools.plan_hand import IMAGINE_BUDGET, PlanHand
from eyesmith.tools.plan_reading import plan_text
from eyesmith.tools.plan_robot import RealRobot
from eyesmith.tools.tool import ToolCall
from eyesmith.tools.world_model import world_model

pytestmark = pytest.mark.mujoco
FINISH = ToolCall("finish", {"claim": 1})


def begun(kind="push", index=0, **kwargs):
    env = RobotPlanEnv(kind=kind, **kwargs)
    env.begin(env.get_task("train", index))
    return env


def played(env, calls):
    return list(play(env, env.task, calls))[-1]


def own_plan(env):
    return plan_text(env._world.scene.waypoints)


def scores_of(seeds):
    """Scores of the expert and of each cheat over all kinds."""
    found = {}
    for kind in KINDS:
        env = RobotPlanEnv(kind=kind)
        for index in range(seeds):
            env.begin(env.get_task("train", index))
            for name, made in ({"expert": env.expert} | env.cheats()).items():
                found.setdefault(name, []).append(played(env, made()).score)
    return found


# -- the expert and the cheats


@pytest.mark.parametrize("kind", KINDS)
def test_the_expert_does_what_is_asked(kind):
    env = begun(kind, 1)
    turns = list(play(env, env.task))
    assert turns[-1].terminated
    assert turns[-1].metrics["mark"] == 5.0
    assert turns[-1].score > 0.99
    assert not any(turn.error for turn in turns)


@pytest.mark.long
def test_the_expert_succeeds_on_200_seeds():
    marks = []
    for kind in KINDS:
        env = RobotPlanEnv(kind=kind)
        for index in range(29):
            env.begin(env.get_task("train", index))
            marks.append(played(env, env.expert()).metrics["mark"])
    assert len(marks) > 200
    assert np.mean(np.array(marks) == 5.0) >= 0.98


def test_known_cheats_earn_little():
    """Pushing at random now and then does what was asked: the mean counts."""
    found = {name: float(np.mean(values)) for name, values in scores_of(2).items()}
    assert found.pop("expert") > 0.99
    for name in ("claim_all", "claim_nothing", "wave", "beside", "garbage"):
        assert found[name] == 0.0, name
    assert max(found.values()) < 0.25
    assert set(found) == set(CHEATS)


@pytest.mark.parametrize("calls", [[FINISH], [], [ToolCall("observe"), ToolCall("finish", {"claim": 5})]])
def test_doing_nothing_earns_exactly_nothing(calls):
    for recipe in ("default", "roboreward"):
        for kind in KINDS:
            assert played(begun(kind, recipe=recipe), calls).score == 0.0


# -- what is asked


@pytest.mark.parametrize("kind", KINDS)
def test_tasks_can_be_done_and_are_not_done_yet(kind):
    env = RobotPlanEnv(kind=kind)
    prompts = set()
    for index in range(5):
        env.begin(env.get_task("test", index))
        world = env._world
        progress, asked = requirements_of(world, world.scene.start_poses, is_held=False)
        assert not [one for one in asked if one.is_major and one.is_met]
        assert progress < 0.1
        prompts.add(env.task.payload["instruction"].split()[0])
        assert world.shown.hidden == world.scene.nominal
        assert len(world.scene.waypoints) <= 12
        if kind in PLACED_M and kind != "stack":
            mat = next(one for one in world.scene.fixtures if one.kind == "mat")
            np.testing.assert_allclose(mat.pose[:2], world.scene.goal.position[:2])
    assert len(prompts) > 1


def test_a_place_beside_the_goal_is_marked_down():
    """By hand: the object put at some distance from the goal, nothing else changed."""
    world = begun("push", 2)._world
    goal = np.array(world.scene.goal.position)
    marks = []
    for off in (0.0, 0.03, 0.06, 0.3):
        poses = world.scene.start_poses.copy()
        poses[world.body, :3] = goal + np.array([0.0, off, 0.0])
        progress, asked = requirements_of(world, poses, is_held=False)
        marks.append((asked[0].is_met, round(progress, 3)))
    assert [met for met, _ in marks] == [True, True, False, False]
    assert [way for _, way in marks] == sorted((way for _, way in marks), reverse=True)
    assert marks[0][1] == 1.0
    poses = world.scene.start_poses.copy()
    poses[world.body, :3] = goal
    missed = [one.name for one in requirements_of(world, poses, is_held=True)[1] if not one.is_met]
    assert missed == ["let go of"]


def test_other_things_must_stay():
    env = RobotPlanEnv(kind="pick_place", difficulty=5)
    for index in range(8):
        env.begin(env.get_task("train", index))
        world = env._world
        rest = [n for n, may in enumerate(world.may_move) if not may]
        if rest:
            break
    poses = world.scene.start_poses.copy()
    poses[world.body, :3] = world.scene.goal.position
    poses[rest[0], 0] += 0.05
    missed = [one.name for one in requirements_of(world, poses, is_held=False)[1] if not one.is_met]
    assert missed == ["nothing else moved"]


def test_a_box_that_falls_the_other_way_is_none():
    world = begun("topple", 1)._world
    poses = world.scene.start_poses.copy()
    for turn, met in ((0.0, True), (np.pi, False)):
        # Leaning towards an angle is turning about the axis left of it.
        about = world.angle + turn + np.pi / 2
        poses[world.body, 3:] = [
            np.sqrt(0.5),
            *(np.sqrt(0.5) * np.array([np.cos(about), np.sin(about), 0.0])),
        ]
        assert requirements_of(world, poses, is_held=False)[1][0].is_met == met


# -- tools


def test_executing_in_parts_goes_on_from_where_it_stands():
    env = begun("pick_place", 1)
    way = env._world.scene.waypoints
    for part in (way[:3], way[3:]):
        turn = env.call(ToolCall("execute", {"plan": plan_text(part)}))
        assert turn.error == ""
        assert turn.images[0].label.startswith("happened at")
    last = env.call(ToolCall("finish", {"claim": 5}))
    assert last.metrics["mark"] == 5.0
    assert last.score > 0.98


def test_imagining_tells_the_model_and_changes_nothing():
    env = begun("slide", 1)
    before = env.call(ToolCall("observe")).text
    told = env.call(ToolCall("imagine", {"plan": own_plan(env)}))
    assert "imagined 1 of 8 by nominal" in told.text
    assert env.call(ToolCall("observe")).text == before
    assert env._hand.robot.ticks == 0
    for _ in range(IMAGINE_BUDGET - 1):
        env.call(ToolCall("imagine", {"plan": own_plan(env)}))
    assert env.call(ToolCall("imagine", {"plan": own_plan(env)})).error == "no_budget"


def test_the_exact_model_imagines_what_will_happen():
    exact, nominal = (begun("slide", 1, world_model=name) for name in ("exact", "nominal"))
    told = [env.call(ToolCall("imagine", {"plan": own_plan(env)})).text for env in (exact, nominal)]
    exact.call(ToolCall("execute", {"plan": own_plan(exact)}))
    happened = exact._hand._places(
        *[getattr(exact._hand.robot, name) for name in ("joints", "width", "poses")]
    )
    assert happened in told[0]
    assert happened not in told[1]


def test_checking_tells_faults():
    env = begun("push", 1)
    assert "no faults" in env.call(ToolCall("check", {"plan": own_plan(env)})).text
    far = json.dumps([{"xyz": [0.88, 0.5, 0.3], "seconds": 2}])
    assert "out of reach" in env.call(ToolCall("check", {"plan": far})).text
    assert env.call(ToolCall("execute", {"plan": far})).error == "out_of_reach"
    low = json.dumps([{"xyz": [0.5, 0.3, -0.02], "seconds": 2}])
    assert "runs into table" in env.call(ToolCall("check", {"plan": low})).text
    fast = json.dumps([{"xyz": [0.4, -0.4, 0.3], "seconds": 0.1}])
    assert "over" in env.call(ToolCall("check", {"plan": fast})).text
    assert env._hand.robot.ticks == 0


def test_ramming_the_table_leaves_little():
    env = begun("pick_place", 1)
    env.call(ToolCall("execute", {"plan": own_plan(env)}))
    y = env._world.scene.goal.position[1]
    env.call(
        ToolCall("execute", {"plan": json.dumps([{"xyz": [0.35, -y, -0.02], "width": 0.0, "seconds": 1}])})
    )
    last = env.call(ToolCall("finish", {"claim": 5}))
    assert last.metrics["collided"] == 1.0
    assert last.score <= 0.25


BAD = {
    "NaN": '[{"xyz": [NaN, 0, 0.2], "seconds": 1}]',
    "no JSON": "go there",
    "many": "[" + '{"xyz": [0.5, 0, 0.2], "seconds": 1},' * 99 + '{"xyz": [0.5, 0, 0.2], "seconds": 1}]',
    "far": '[{"xyz": [9, 0, 0.2], "seconds": 1}]',
    "unknown": '[{"xyz": [0.5, 0, 0.2], "seconds": 1, "object": "teapot"}]',
}


@pytest.mark.parametrize("tool", ["imagine", "check", "execute"])
@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_used_is_an_answer_and_changes_nothing(tool, name):
    env = begun()
    turn = env.call(ToolCall(tool, {"plan": BAD[name]}))
    assert turn.error
    assert 10 < len(turn.text) < 1500
    assert "Traceback" not in turn.text
    assert (env._hand.robot.ticks, env._hand.imagined) == (0, 0)
    assert env.call(FINISH).score == 0.0


@pytest.mark.parametrize("claim", [0, 6, "all", None, 4.5])
def test_claims_are_marks(claim):
    env = begun()
    turn = env.call(ToolCall("finish", {"claim": claim}))
    assert turn.error
    assert not turn.done


def test_the_robots_time_is_bounded():
    env = begun("push", 1)
    slow = json.dumps([{"xyz": [0.45, y, 0.4], "seconds": 6} for y in (0.1, -0.1, 0.1)])
    assert env.call(ToolCall("execute", {"plan": slow})).error == ""
    turn = env.call(ToolCall("execute", {"plan": slow}))
    assert turn.error == "no_time"
    assert "2.00 s of the robot's time are left" in turn.text


# -- the rest of the contract


@pytest.mark.parametrize("kwargs", [{"kind": "fly"}, {"kind": "Push"}, {"world_model": 3}, {"kind": True}])
def test_arguments_are_checked(kwargs):
    with pytest.raises(UsageError):
        RobotPlanEnv(**kwargs)


def test_an_unknown_world_model_is_told():
    env = RobotPlanEnv(world_model="nominl")
    with pytest.raises(UsageError, match="Did you mean"):
        env.begin(env.get_task("train", 0))


def test_the_hand_holds_nothing_hidden():
    env = begun()
    scene = env._world.scene
    with pytest.raises(UsageError, match="without hidden parameters"):
        PlanHand(scene, RealRobot(scene), world_model("nominal", scene))
    assert env._hand.scene.hidden == scene.nominal
    assert env.task.secrets


def test_snapshots_keep_what_was_done():
    env = begun("push", 1)
    env.call(ToolCall("imagine", {"plan": own_plan(env)}))
    env.call(ToolCall("execute", {"plan": own_plan(env)}))
    blob = env.snapshot()
    other = RobotPlanEnv(kind="push")
    other.restore(blob)
    np.testing.assert_array_equal(other._hand.robot.poses, env._hand.robot.poses)
    np.testing.assert_array_equal(other._hand.robot.state, env._hand.robot.state)
    assert (
        other.call(ToolCall("finish", {"claim": 5})).score == env.call(ToolCall("finish", {"claim": 5})).score
    )
    with pytest.raises(SnapshotError):
        other.restore(blob[:-3])


def test_forks_go_their_own_ways():
    env = begun("push", 1)
    twins = env.fork(2)
    twins[0].call(ToolCall("execute", {"plan": own_plan(env)}))
    assert twins[0].call(ToolCall("finish", {"claim": 5})).score > 0.98
    assert twins[1].call(ToolCall("finish", {"claim": 5})).score == 0.0


def test_an_episode_that_is_cut_off_is_graded_as_it_stands():
    env = begun("push", 1)
    env.call(ToolCall("execute", {"plan": own_plan(env)}))
    last = env.finish("timeout")
    assert last.truncated
    assert 0.8 < last.score < 0.95  # no claim was made


def test_the_board_and_the_animation():
    env = begun("pick_place", 1, render_mode="rgb_array")
    first = env.render()
    assert first.shape == (720, 1280, 3)
    assert env.export_work("gif") is None
    for call in expert_calls(env._world):
        env.call(call)
    assert not np.array_equal(first, env.render())
    gif = env.export_work("gif")
    assert gif.startswith(b"GIF89a")
    assert len(gif) < 1_300_000
    with pytest.raises(UsageError):
        env.export_work("mp4")
