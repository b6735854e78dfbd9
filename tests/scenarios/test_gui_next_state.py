"""Tasks of GuiNextState: deterministic, told apart from a copy, proven by their own truth."""

import json

import numpy as np
import pytest

from eyesmith.errors import ScenarioError, UsageError
from eyesmith.rewards.gui import effect, similarity
from eyesmith.rewards.gui_regions import changed_region
from eyesmith.scenarios.gui_files import read_gui_folder, write_gui_folder
from eyesmith.scenarios.gui_next_state import MODES, check_canvas, check_modes, gui_task, task_of_row
from eyesmith.scenarios.gui_source import read_source
from eyesmith.scenarios.gui_stage import LEAST_TO_WIN
from eyesmith.scenarios.gui_transitions import transition
from eyesmith.tools.browser import shared_renderer

pytestmark = pytest.mark.browser


def made(index, mode="single", difficulty=3, split="train"):
    return gui_task(f"t:{index}", split, index, (5, index), difficulty, (mode,))


@pytest.mark.parametrize("mode", MODES)
def test_every_stage_can_be_won_and_proves_itself(mode):
    for difficulty in (1, 3, 5):
        _, world = made(difficulty, mode, difficulty)
        for stage in world.stages:
            assert stage.copy <= 1.0 - LEAST_TO_WIN
            assert similarity(stage.true, stage.true, stage.changed).value == 1.0
            assert effect(stage.true, stage.effects, before=stage.before.image).value == 1.0
            assert effect(stage.before, stage.effects, before=stage.before.image).value == 0.0
            assert np.array_equal(stage.changed, changed_region(stage.before.image, stage.true.image))
            for rival in stage.rivals:
                assert effect(stage.true, rival.effects, before=stage.before.image).value < 1.0


@pytest.mark.parametrize("mode", MODES)
def test_the_same_task_twice(mode):
    (one, world), (other, again) = made(7, mode), made(7, mode)
    assert one.hash == other.hash
    assert [stage.copy for stage in world.stages] == [stage.copy for stage in again.stages]


def test_steps_of_a_chain_follow_one_another():
    for difficulty, count in ((1, 2), (3, 3), (5, 4)):
        _, world = made(1, "chain", difficulty)
        assert len(world.stages) == count
        assert np.array_equal(world.given.image, world.stages[0].before.image)
        for one, after in zip(world.stages, world.stages[1:], strict=False):
            assert np.array_equal(one.true.image, after.before.image)


def test_a_copy_is_the_better_of_the_screen_before_and_the_first():
    _, world = made(1, "chain", 5)
    first = world.stages[0].before
    for stage in world.stages:
        wanted = [similarity(look, stage.true, stage.changed).value for look in (first, stage.before)]
        assert stage.copy == pytest.approx(max(wanted))


def test_one_of_three_reaches_the_goal():
    answers = set()
    for index in range(8):
        task, world = made(index, "choose")
        assert len(world.stages) == 3
        assert world.stages[world.answer - 1].goal in task.prompt
        answers.add(world.answer)
    assert len(answers) > 1


def test_secrets_stand_in_nothing_that_is_told():
    for mode in MODES:
        for index in range(3):
            task, world = made(index, mode, 5)
            told = "\n".join([task.prompt, *(stage.told for stage in world.stages)]).casefold()
            assert task.secrets
            assert not any(secret.casefold() in told for secret in task.secrets)
            assert all(len(secret) >= 4 for secret in task.secrets)


def test_a_larger_canvas_has_the_marks_in_its_own_px():
    _, world = gui_task("t", "train", 0, (5, 0), 3, ("single",), (1080, 2400))
    stage = world.stages[0]
    assert world.given.image.shape == (2400, 1080, 3)
    large, small = stage.step.mark(world.given.image), stage.step.mark(stage.before.image)
    where = [
        np.argwhere((drawn != plain).any(axis=2)).mean(axis=0)
        for drawn, plain in ((large, world.given.image), (small, stage.before.image))
        if (drawn != plain).any()
    ]
    if where:
        assert where[0] / 2 == pytest.approx(where[1], abs=2.0)


def test_modes_and_canvases_that_are_none_are_refused():
    assert check_modes("chain") == ("chain",)
    assert set(check_modes(None)) == set(MODES)
    assert check_canvas("1080x2400") == (1080, 2400)
    with pytest.raises(UsageError, match="choose"):
        check_modes("chose")
    with pytest.raises(UsageError, match="540x1200"):
        check_canvas("540")


# -- a folder of one's own


@pytest.fixture
def folder(tmp_path):
    steps = [transition([4, number], "train", 3) for number in range(2)]
    write_gui_folder(tmp_path / "own", steps, shared_renderer())
    return tmp_path / "own"


def test_a_row_is_a_task(folder):
    rows = read_source(f"android:{folder}")
    assert list(rows) == ["train"]
    for index, row in enumerate(rows["train"]):
        task, world = task_of_row("t", index, (1,), 1, row)
        stage = world.stages[0]
        truth = transition([4, index], "train", 3)
        assert truth.goal in task.prompt
        assert effect(stage.true, stage.effects, before=stage.before.image).value == 1.0
        assert effect(stage.before, stage.effects, before=stage.before.image).value == 0.0
        shown = shared_renderer().render(truth.before_html, size_px=truth.canvas)
        assert np.array_equal(shown.image, world.given.image)


def test_a_row_of_which_a_copy_is_the_truth_is_refused(folder):
    file = folder / "transitions.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    rows[0]["before"] = rows[0]["after"]
    file.write_text("\n".join(map(json.dumps, rows)))
    row = read_gui_folder(folder)[0]
    with pytest.raises(ScenarioError, match="a copy is as good"):
        task_of_row("t", 0, (1,), 1, row)


@pytest.mark.parametrize("source", ["android", "android:", "andriod:x", "x"])
def test_a_source_that_is_none_is_refused(source):
    with pytest.raises(UsageError, match="android:DIR"):
        read_source(source)
