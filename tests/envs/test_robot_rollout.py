"""RobotRollout: what is predicted of objects pays; copies, robots alone and nonsense do not."""

import base64
import io
import json
from functools import partial
from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("mujoco") is None:  # not importorskip: GL is chosen before MuJoCo is imported
    pytest.skip("needs MuJoCo: make test", allow_module_level=True)

from eyesmith.envs.robot_appraisal import films_of, mark_rollout
from eyesmith.envs.robot_board import BOARD_PX
from eyesmith.envs.robot_cheats import CHEATS, Loot, echo_calls
from eyesmith.envs.robot_expert import states_text
from eyesmith.envs.robot_rollout import RobotRolloutEnv
from eyesmith.envs.subject import play
from eyesmith.errors import SnapshotError, UsageError
from eyesmith.scenarios.robot_rollout import CLIP_TICKS, FAMILIES, MOST_NOMINAL
from eyesmith.scenarios.robot_scenes import HIDDEN_FAMILIES
from eyesmith.tools.robot_film import frames_text
from eyesmith.tools.robot_hand import IMAGINE_BUDGET, RolloutHand
from eyesmith.tools.robot_scene import VIEWS
from eyesmith.tools.tool import ToolCall

pytestmark = pytest.mark.mujoco
SUBMIT = ToolCall("submit")
FRAME = (1, 3, 224, 224, 3)


def begun(family="push", index=0, difficulty=3, **kwargs):
    env = RobotRolloutEnv(family=family, difficulty=difficulty, **kwargs)
    env.begin(env.get_task("train", index))
    return env


def played(env, calls):
    return list(play(env, env.task, calls))[-1]


def loot_of(env):
    return Loot(env._world.shown, env._world.seen, env._world.queries, env.task.seed)


def true_states(env, rows=slice(None)):
    return states_text(env._world.asked.at(rows), env._world.scene.names)


def means(seeds, families=HIDDEN_FAMILIES):
    """Mean score of expert, echo and each cheat over some families."""
    scores = {}
    for family in families:
        env = RobotRolloutEnv(family=family)
        for index in range(seeds):
            env.begin(env.get_task("train", index))
            calls = {"expert": env.expert, "echo": partial(echo_calls, loot_of(env))} | env.cheats()
            for name, made in calls.items():
                scores.setdefault(name, []).append(played(env, made()).score)
    assert min(scores["expert"]) >= 1 - 1e-9
    return {name: float(np.mean(values)) for name, values in scores.items()}


def bounds_hold(found):
    assert found["copy_last"] <= 0.1
    assert found["frames_last"] <= 0.1
    assert found["robot_only"] <= 0.35
    assert found["frames_robot_only"] <= 0.35
    assert found["echo"] <= 0.7
    assert {name: mean for name, mean in found.items() if name in CHEATS and mean >= 0.5} == {}


# -- the expert and the cheats


@pytest.mark.parametrize("family", FAMILIES)
def test_an_exact_replay_is_worth_all(family):
    env = begun(family, difficulty=4)
    turns = list(play(env, env.task))
    assert turns[-1].terminated
    assert turns[-1].score >= 1 - 1e-9
    assert not any(turn.error for turn in turns)
    assert turns[-1].metrics["psnr"] == 50.0
    assert turns[-1].metrics["gmsd"] == 0.0


def test_known_cheats_stay_below_their_bounds():
    bounds_hold(means(1))


@pytest.mark.long
def test_known_cheats_stay_below_their_bounds_on_200_seeds():
    bounds_hold(means(200 // len(HIDDEN_FAMILIES)))


@pytest.mark.parametrize("family", ["push", "reach"])
@pytest.mark.parametrize("calls", [[SUBMIT], [], [ToolCall("view"), ToolCall("imagine"), SUBMIT]])
def test_doing_nothing_earns_exactly_nothing(family, calls):
    for recipe in ("default", "persistworld"):
        env = begun(family, recipe=recipe)
        assert played(env, calls).score == 0.0


def test_an_exact_film_is_worth_all():
    for family in ("push", "reach"):
        env = begun(family)
        film = films_of(env._world).true
        last = played(env, [ToolCall("submit", {"frames": frames_text(film)})])
        assert last.score >= 1 - 1e-9
        assert last.metrics["is_frames"] == 1.0


def test_more_noise_is_never_worth_more():
    env = begun("push")
    film = films_of(env._world).true
    noise = np.random.default_rng(0).normal(size=film.shape)
    frames = [np.clip(film + level * noise, 0, 255).astype(np.uint8) for level in (0, 2, 8, 25, 80)]
    scores = [played(env, [ToolCall("submit", {"frames": frames_text(one)})]).score for one in frames]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] < 0.1


def test_states_that_are_further_off_are_never_worth_more():
    env = begun("push")
    scores = []
    for off in (0.0, 0.005, 0.02, 0.06, 0.3):
        rows = json.loads(true_states(env))
        for row in rows:
            for pose in row["objects"].values():
                pose["position"][1] += off
        scores.append(played(env, [ToolCall("submit", {"states": json.dumps(rows)})]).score)
    assert scores == sorted(scores, reverse=True)
    assert scores[0] >= 1 - 1e-9
    assert scores[-1] == 0.0


def test_a_right_guess_is_worth_more_than_the_nominal_one():
    env = begun("push")
    hidden = env._world.scene.hidden
    pairs = zip(env._world.scene.names, hidden.mass_kg, hidden.friction, strict=True)
    guess = json.dumps({name: {"mass_kg": mass, "friction": friction} for name, mass, friction in pairs})
    nominal = played(env, echo_calls(loot_of(env))).score
    informed = played(env, [ToolCall("imagine", {"guess": guess, "keep": True}), SUBMIT]).score
    assert informed >= 1 - 1e-6
    assert nominal < 0.7


# -- tasks


@pytest.mark.parametrize("family", FAMILIES)
def test_a_task_shows_the_beginning_and_asks_for_what_matters(family):
    world = begun(family)._world
    last = world.context[-1]
    assert list(world.context) == sorted(set(world.context))
    assert world.context[0] == 0
    assert world.queries[-1] == len(world.scene.commands)
    assert set(np.diff(world.queries)) == {CLIP_TICKS}
    assert world.queries[0] > last
    assert world.shown.hidden == world.scene.nominal
    if family in HIDDEN_FAMILIES:
        moved = np.linalg.norm(world.asked.poses[..., :3] - world.true.poses[last, :, :3], axis=2)
        assert moved.max() >= 0.03
        assert world.nominal_skill <= MOST_NOMINAL
        assert world.scene.hidden != world.scene.nominal


def test_all_families_come_in_turn_at_all_difficulties():
    env = RobotRolloutEnv()
    tasks = [env.get_task("test", index) for index in range(len(FAMILIES))]
    assert {task.payload["family"] for task in tasks} == set(FAMILIES)
    assert {task.difficulty for task in tasks} == {1, 2, 3, 4, 5}


def test_the_hand_holds_nothing_hidden():
    env = begun()
    with pytest.raises(UsageError, match="without hidden parameters"):
        RolloutHand(env._world.scene, seen=env._world.seen, queries=env._world.queries)
    told = (
        env.begin(env.task).text + env.call(ToolCall("imagine")).text + env.call(ToolCall("kinematics")).text
    )
    assert not [secret for secret in env.task.secrets if secret in told]
    assert env.task.secrets


@pytest.mark.parametrize(
    "kwargs",
    [
        {"family": "flying"},
        {"family": "Push"},
        {"clips": 3},
        {"clips": 10**6},
        {"clips": True},
        {"clips": 5.0},
    ],
)
def test_arguments_are_checked(kwargs):
    with pytest.raises(UsageError):
        RobotRolloutEnv(**kwargs)


# -- long rollouts, drafted clip by clip, and futures from one history


def test_a_self_fed_rollout_of_14_clips_has_a_horizon_curve():
    env = begun("push", clips=20)
    world = env._world
    assert len(world.queries) >= 14
    for number, tick in enumerate(world.queries):
        rows = true_states(env, slice(number, number + 1))
        if number >= 8:  # the model loses the objects
            states = json.loads(rows)
            for pose in states[0]["objects"].values():
                pose["position"][0] += 0.01 * (number - 7)
            rows = json.dumps(states)
        assert env.call(ToolCall("draft", {"states": rows})).error == ""
        looked = env.call(ToolCall("view", {"camera": "front", "t": tick * 0.05}))
        assert looked.images[0].label.startswith("draft at")
    last = env.call(SUBMIT)
    assert last.terminated
    curve = env.horizon()
    assert set(curve) == {"t", "psnr", "ssim", "gmsd", "fidelity", "state"}
    assert all(len(values) == len(world.queries) for values in curve.values())
    assert (curve["psnr"][:8] == 50.0).all()
    assert (np.diff(curve["state"][7:]) <= 1e-9).all()
    fifths = [last.metrics[f"psnr_{fifth}"] for fifth in range(1, 6)]
    assert fifths[0] == 50.0
    assert fifths[-1] < fifths[0]
    assert last.metrics["state_5"] < last.metrics["state_1"]


def test_futures_branch_from_one_history():
    env = begun("push")
    half = len(env._world.queries) // 2
    env.call(ToolCall("draft", {"states": true_states(env, slice(0, half))}))
    scores = []
    for number, twin in enumerate(env.fork(4)):
        rows = json.loads(true_states(env, slice(half, None)))
        for row in rows:
            for pose in row["objects"].values():
                pose["position"][0] += 0.004 * number
        scores.append(twin.call(ToolCall("submit", {"states": json.dumps(rows)})).score)
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4
    assert scores[0] >= 1 - 1e-9
    assert env.call(SUBMIT).score < 1.0


def test_the_curve_is_not_told_before_the_end():
    env = begun()
    env.call(ToolCall("draft", {"states": true_states(env)}))
    with pytest.raises(UsageError):
        env.horizon()
    assert env.call(ToolCall("view")).metrics["psnr"] == 0.0


# -- what an agent may send


def npz(array):
    held = io.BytesIO()
    np.savez_compressed(held, frames=array)
    return base64.b64encode(held.getvalue()).decode()


BAD_CALLS = {
    "NaN": ("draft", {"states": '[{"t": NaN}]'}),
    "no JSON": ("draft", {"states": "draft it"}),
    "six joints": ("draft", {"states": '[{"t": %T%, "joints": [0, 0, 0, 0, 0, 0]}]'}),
    "NaN joints": ("draft", {"states": '[{"t": %T%, "joints": [NaN, 0, 0, 0, 0, 0, 0]}]'}),
    "unknown object": ("draft", {"states": '[{"t": %T%, "objects": {"teapot": {"position": [0, 0, 0]}}}]'}),
    "no query time": ("draft", {"states": '[{"t": 59.0}]'}),
    "a million frames": ("draft", {"states": "[" + '{"t": 1},' * 20_000 + '{"t": 1}]'}),
    "a file name": ("draft_frames", {"frames": "/etc/passwd"}),
    "wrong shape": ("draft_frames", {"frames": npz(np.zeros((1, 3, 8, 8, 3), np.uint8))}),
    "wrong dtype": ("draft_frames", {"frames": npz(np.zeros(FRAME, np.float16))}),
    "too many frames": ("draft_frames", {"frames": npz(np.zeros((90, 3, 224, 224, 3), np.uint8))}),
    "frames late": ("draft_frames", {"frames": npz(np.zeros((2, 3, 224, 224, 3), np.uint8)), "t": 60.0}),
    "frames of the past": ("draft_frames", {"frames": npz(np.zeros(FRAME, np.uint8)), "t": 0.0}),
    "both": ("submit", {"states": "[]", "frames": "x"}),
    "bad end": ("submit", {"states": "[]"}),
    "bad guess": ("imagine", {"guess": '{"teapot": {"mass_kg": 1}}'}),
    "endless mass": ("imagine", {"guess": '{"red cube": {"mass_kg": 1e400}}'}),
    "nothing to check": ("check_physics", {}),
    "backwards": ("kinematics", {"first": 2.0, "last": 1.0}),
    "no such time": ("view", {"t": -1.0}),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_CALLS)
def test_what_cannot_be_used_is_an_answer_and_changes_nothing(name):
    env = begun()
    tool, arguments = BAD_CALLS[name]
    arguments = {
        key: text.replace("%T%", str(env._hand.times_s[0])) if isinstance(text, str) else text
        for key, text in arguments.items()
    }
    turn = env.call(ToolCall(tool, arguments))
    assert turn.error
    assert 10 < len(turn.text) < 1500
    assert "Traceback" not in turn.text
    assert not turn.done
    assert turn.reward == 0.0
    assert env._hand.draft_held.covered == 0
    assert env._hand.imagined == 0
    assert env.call(SUBMIT).score == 0.0


def test_imagining_has_a_budget():
    env = begun()
    for number in range(IMAGINE_BUDGET):
        turn = env.call(ToolCall("imagine", {"until": env._hand.times_s[0]}))
        assert turn.error == ""
        assert f"imagined {number + 1} of {IMAGINE_BUDGET}" in turn.text
        assert len(turn.images) == 1
    assert env.call(ToolCall("imagine")).error == "no_budget"


def test_checking_physics_tells_faults_and_no_truth():
    env = begun()
    name = env._world.scene.names[0]
    height = env._world.seen.poses[-1, 0, 2]
    for offset, words in ((0.2, "touches nothing"), (-0.02, "mm inside something")):
        rows = [
            {"t": t, "objects": {name: {"position": [0.72, 0.4, height + offset]}}} for t in env._hand.times_s
        ]
        env.call(ToolCall("draft", {"states": json.dumps(rows)}))
        told = env.call(ToolCall("check_physics")).text
        assert words in told
        assert name in told


def test_views_of_what_was_seen_and_of_the_draft():
    env = begun()
    before = env.call(ToolCall("view", {"camera": "front"})).images[0]
    assert before.array.shape == (224, 224, 3)
    assert before.label.startswith("seen at")
    assert env.call(ToolCall("view")).images[0].array.shape == (224, 680, 3)
    assert env.call(ToolCall("view", {"camera": "pretty"})).images[0].array.shape == (480, 640, 3)
    env.call(ToolCall("draft", {"states": true_states(env)}))
    t = env._hand.times_s[-1]
    drawn = env.call(ToolCall("view", {"camera": "front", "t": t})).images[0]
    np.testing.assert_array_equal(drawn.array, films_of(env._world).true[-1, VIEWS.index("front")])
    film = np.full((1, 3, 224, 224, 3), 9, np.uint8)
    env.call(ToolCall("draft_frames", {"frames": npz(film), "t": t}))
    assert (env.call(ToolCall("view", {"camera": "wrist", "t": t})).images[0].array == 9).all()
    assert env.call(ToolCall("view", {"camera": "pretty", "t": t})).error == "no_view"


def test_a_draft_that_is_cut_off_is_graded_as_it_stands():
    env = begun()
    env.call(ToolCall("draft", {"states": true_states(env)}))
    last = env.finish("timeout")
    assert last.truncated
    assert last.score >= 1 - 1e-9


def test_frames_come_in_pieces_that_fit_an_action():
    env = begun("push", action_format="json")
    film = films_of(env._world).true
    for number, t in enumerate(env._hand.times_s):
        text = json.dumps(
            {"name": "draft_frames", "arguments": {"frames": frames_text(film[number : number + 1]), "t": t}}
        )
        assert len(text) < 262_144
        assert env.say(text)[-1].error == ""
    assert env.call(SUBMIT).score >= 1 - 1e-9


# -- snapshots, grading, pictures


def test_snapshots_keep_states_and_frames():
    env = begun()
    env.call(ToolCall("imagine", {"keep": True}))
    other = RobotRolloutEnv(family="push", difficulty=3)
    other.restore(env.snapshot())
    assert other._hand.imagined == 1
    assert other.call(SUBMIT).score == env.call(SUBMIT).score
    env = begun()
    film = films_of(env._world).true
    env.call(ToolCall("draft_frames", {"frames": frames_text(film[1:]), "t": env._hand.times_s[1]}))
    blob = env.snapshot()
    other.restore(blob)
    assert other.call(SUBMIT).score == env.call(SUBMIT).score > 0.5
    with pytest.raises(SnapshotError):
        other.restore(blob[:-3])


def test_grading_twice_gives_the_same():
    env = begun()
    env.call(ToolCall("imagine", {"keep": True}))
    first, second = (mark_rollout(env._world, env._hand.draft_held) for _ in range(2))
    assert first.levels == second.levels
    assert first.why == second.why
    env.call(SUBMIT)
    assert env._marks().levels == first.levels


def test_published_metrics_pay_for_copies():
    env = begun("push", recipe="persistworld")
    assert played(env, env.cheats()["robot_only"]()).score > 0.6
    assert played(env, env.expert()).score == pytest.approx(1.0)


def test_the_board_and_the_animation():
    env = begun("push", render_mode="rgb_array")
    first = env.render()
    assert first.shape == (*BOARD_PX, 3)
    assert env.export_work("gif") is None
    env.call(ToolCall("imagine", {"keep": True}))
    drafted = env.render()
    env.call(SUBMIT)
    ended = env.render()
    assert not np.array_equal(first, drafted)
    assert not np.array_equal(drafted, ended)
    gif = env.export_work("gif")
    assert gif.startswith(b"GIF89a")
    assert len(gif) < 600_000
    with pytest.raises(UsageError):
        env.export_work("mp4")
