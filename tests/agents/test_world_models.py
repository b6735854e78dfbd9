"""World models evaluated: exact is perfect, copies rank nothing, MMRV by hand."""

import json
from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("mujoco") is None:  # not importorskip: GL is chosen before MuJoCo is imported
    pytest.skip("needs MuJoCo: make test", allow_module_level=True)

from PIL import Image
from rich.console import Console

from eyesmith.__main__ import main
from eyesmith.agents.robot_policies import POLICIES
from eyesmith.agents.world_models import evaluate_world_model, mmrv
from eyesmith.errors import UsageError
from eyesmith.scenarios.robot_scenes import robot_scene
from eyesmith.tools.robot_rollout import simulate
from eyesmith.tools.world_model import Prediction

pytestmark = pytest.mark.mujoco


@pytest.fixture(scope="module")
def scenes():
    return [robot_scene(family, 3, 0.4, clips=5) for family in ("slide", "roll")]


@pytest.fixture(scope="module")
def found(scenes):
    return {
        name: evaluate_world_model(name, scenes) for name in ("copy-last", "robot-only", "nominal", "exact")
    }


def test_the_exact_model_is_perfect(found):
    exact = found["exact"]
    assert len(exact.horizon) >= 5
    for row in exact.horizon:
        assert (row.psnr, row.ssim, row.gmsd, row.wrist_psnr, row.objects) == (50.0, 1.0, 0.0, 50.0, 1.0)
    assert all(one.told == one.true for one in exact.ranking)
    assert exact.pearson == pytest.approx(1.0)
    assert exact.mmrv == 0.0


def test_models_come_in_their_order(found):
    """By the end of the horizon, as the objects see it."""
    near = {name: one.horizon[-1].objects for name, one in found.items()}
    assert near["robot-only"] == near["copy-last"] < near["exact"]
    picture = {name: one.horizon[-1].psnr for name, one in found.items()}
    assert picture["copy-last"] < picture["robot-only"] < picture["exact"]
    assert found["nominal"].horizon[0].objects > found["robot-only"].horizon[0].objects


def test_a_copy_ranks_no_policy(found):
    copy = found["copy-last"]
    assert {one.told for one in copy.ranking} == {0.0}
    assert copy.pearson is None
    assert copy.mmrv > 0.05


def test_times_and_columns(found):
    rows = found["nominal"].horizon
    assert [row.seconds for row in rows] == pytest.approx([0.25 * n for n in range(1, len(rows) + 1)])
    assert all(row.lpips is None and row.wrist_lpips is None for row in rows)
    assert rows[0].scenes == 2
    assert [row.scenes for row in rows] == sorted((row.scenes for row in rows), reverse=True)


def test_a_learned_measure_of_ones_own_is_a_column(scenes):
    def far(a, b):
        return float(np.abs(a.astype(float) - b).mean())

    told = evaluate_world_model("robot-only", scenes[:1], {}, lpips=far)
    assert told.horizon[0].lpips > 0.0
    assert told.ranking == ()
    assert (told.pearson, told.mmrv) == (None, None)
    assert evaluate_world_model("exact", scenes[:1], {}, lpips=far).horizon[0].wrist_lpips == 0.0
    console = Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(told.table())
    assert "LPIPS" in console.export_text()


def test_models_that_predict_frames_rank_nothing(scenes):
    class Grey:
        name = "grey"

        def reset(self, context):
            pass

        def predict(self, actions):
            return Prediction(frames=np.full((len(actions), 3, 224, 224, 3), 128, np.uint8))

    told = evaluate_world_model(Grey(), scenes[:1])
    assert told.ranking == ()
    assert told.horizon[0].objects is None
    assert told.horizon[0].psnr < 20.0


def test_mmrv_by_hand():
    """True 0.1, 0.4, 0.9; told the first two in the wrong order: 0.3 for both of them, 0 for the third."""
    assert mmrv([0.1, 0.4, 0.9], [0.5, 0.2, 0.8]) == pytest.approx((0.3 + 0.3 + 0.0) / 3)
    assert mmrv([0.1, 0.4, 0.9], [0.9, 0.4, 0.1]) == pytest.approx((0.8 + 0.5 + 0.8) / 3)
    assert mmrv([0.3, 0.3], [0.1, 0.2]) == 0.0
    # a model that tells nothing apart pays for what each policy is better than the worst
    assert mmrv([0.0, 0.5, 0.6], [0.0, 0.0, 0.0]) == pytest.approx((0.0 + 0.5 + 0.6) / 3)
    for bad in (([], []), ([1.0], [1.0, 2.0])):
        with pytest.raises(UsageError):
            mmrv(*bad)


def test_policies_can_be_carried_out(scenes):
    for scene in scenes:
        for name, policy in POLICIES.items():
            commands = policy(scene)
            assert commands.shape == scene.commands.shape, name
            np.testing.assert_array_equal(commands, policy(scene))
            simulate(scene, commands)
    assert (POLICIES["expert"](scenes[0]) == scenes[0].commands).all()


def test_policies_are_unlike_in_truth():
    """From nothing to most of the way, and the expert is among the best."""
    scenes = [
        robot_scene(family, [5, seed], 0.5, clips=14) for seed in range(2) for family in ("push", "slide")
    ]
    reached = {one.policy: one.true for one in evaluate_world_model("copy-last", scenes).ranking}
    assert reached["still"] < 0.001
    assert len({round(one, 2) for one in reached.values()}) >= 6
    assert reached["expert"] >= max(reached["turned by 120°"], reached["off by 0.04 rad"]) + 0.1


def test_the_interval_of_the_ranking_holds_it():
    scenes = [robot_scene("slide", [6, seed], 0.0, clips=1) for seed in range(8)]
    told = evaluate_world_model("nominal", scenes)
    assert told.pearson_interval is not None
    low, high = told.pearson_interval
    assert -1.0 <= low <= told.pearson <= high <= 1.0
    assert low < high
    assert evaluate_world_model("nominal", scenes[:7]).pearson_interval is None
    assert evaluate_world_model("copy-last", scenes).pearson_interval is None


def test_no_scene_is_refused():
    with pytest.raises(UsageError, match="scene"):
        evaluate_world_model("exact", [])


def test_the_command_prints_and_writes(tmp_path, capsys):
    out = tmp_path / "wm"
    command = ["eval", "--world-model", "robot-only", "--scenes", "2", "--clips", "4", "--out", str(out)]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "PSNR" in told
    assert "MMRV" in told
    assert all(len(line) <= 80 for line in told.splitlines() if not line.startswith("wrote"))
    numbers = json.loads((out / "world_model.json").read_text())
    assert len(numbers["scenes"]) == 2
    with Image.open(out / "world_model.png") as plot:
        assert plot.size[0] > 1000
        assert len(plot.getcolors(1 << 20)) > 20


@pytest.mark.parametrize(
    "more",
    [
        ["nominl"],
        ["nominal", "--families", "push,fly"],
        ["nominal", "--scenes", "0"],
        ["nominal", "--clips", "100000"],
    ],
)
def test_wrong_flags_are_told(more, capsys):
    assert main(["eval", "--world-model", *more]) == 2
    assert "eyesmith:" in capsys.readouterr().err
