"""Snapshots: restoring equals going on, in any process; twins share the world and nothing else."""

import numpy as np
import pytest
from episodes import ROLL, TURNS, toy, zoom_calls, zooming

from eyesmith.envs.zoom_qa import ZoomQAEnv
from eyesmith.errors import SnapshotError, UsageError
from eyesmith.tools.tool import ToolCall


@pytest.mark.parametrize("dense", [False, True])
def test_restoring_equals_going_on(toys, digest, dense) -> None:
    env = toy(toys, dense=dense)
    blobs, turns = [env.snapshot()], []
    for call in TURNS:
        turns.append(env.call(call))
        blobs.append(env.snapshot())
    for i, blob in enumerate(blobs):
        twin = toys.PaintEnv(dense=dense)
        current = twin.restore(blob)
        if i:
            expected = turns[min(i, 9) - 1]  # the tenth call comes after the end and is not remembered
            assert digest(current) == digest(expected)
        assert twin.snapshot() == blob
        for call, turn in zip(TURNS[i:], turns[i:], strict=True):
            assert digest(twin.call(call)) == digest(turn)
        assert twin.snapshot() == blobs[-1]


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("vision", ["qwen2_5_vl", "qwen3_vl"])
def test_restoring_equals_going_on_in_zoom_qa(digest, dense, vision) -> None:
    env = zooming(dense=dense, vision=vision)
    calls = zoom_calls(env)
    blobs, turns = [env.snapshot()], []
    for call in calls:
        turns.append(env.call(call))
        blobs.append(env.snapshot())
    assert turns[-1].terminated
    for i, blob in enumerate(blobs):
        twin = ZoomQAEnv(kind="swatch", dense=dense, vision=vision)
        twin.begin(twin.get_task("test", 1))
        current = twin.restore(blob)
        assert digest(current) == digest(turns[i - 1]) if i else current.text
        assert [digest(twin.call(call)) for call in calls[i:]] == [digest(turn) for turn in turns[i:]]
        assert len(blob) < 5_000, "the views are rebuilt, not carried"


def test_silent_messages_are_remembered(toys) -> None:
    env = toy(toys, action_format="hermes")
    env.say("a")
    env.say("b")
    twin = toys.PaintEnv(action_format="hermes")
    twin.restore(env.snapshot())
    assert twin.say("c")[-1].stop_reason == "no_call"


def test_draws_are_in_the_snapshot(toys) -> None:
    env = toy(toys)
    env.call(ROLL)
    blob = env.snapshot()
    first = env.call(ROLL)
    env.call(ROLL)
    again = env.restore(blob) and env.call(ROLL)
    assert again.text == first.text
    assert np.array_equal(again.images[0].array, first.images[0].array)
    assert env.call(ROLL).text != first.text


def test_forks_share_the_world_and_nothing_else(toys, digest) -> None:
    env = toy(toys, dense=True, max_turns=9, split="test")
    env.call(ROLL)
    twins = env.fork(3)
    assert env.fork(0) == []
    told = []
    for one in (env, *twins):
        assert one._world is env._world
        assert one.kwargs == env.kwargs
        assert one.task.hash == env.task.hash
        told.append([digest(one.call(call)) for call in TURNS])
    assert all(turns == told[0] for turns in told)
    other, untouched = toy(toys).fork(2)
    other.call(ToolCall("paint", {"cell": 2}))
    assert not any(untouched._hand.cells)
    zoom = zooming()
    assert zoom.fork(1)[0]._store.source is zoom._store.source


def test_a_fork_steps_on_like_its_origin(toys) -> None:
    env = toys.PaintEnv()
    env.reset(options={"split": "test", "index": 3})
    twin = env.fork(1)[0]
    assert twin.reset()[1]["task_id"] == env.reset()[1]["task_id"]


@pytest.mark.parametrize("n", [-1, 1.0, True, None, "2"])
def test_fork_takes_a_number(toys, n) -> None:
    with pytest.raises(UsageError, match="fork takes a number"):
        toy(toys).fork(n)


def test_split_and_render_mode_do_not_matter(toys, digest) -> None:
    blob = toy(toys).snapshot()
    twin = toys.PaintEnv(split="test", render_mode="ansi")
    twin.restore(blob)
    assert twin.task.id == "toys/Paint-v0:train:3:d4"


@pytest.mark.parametrize(
    "kwargs",
    [{"dense": True}, {"difficulty": 4}, {"max_turns": 5}, {"recipe": "sum"}, {"action_format": "openai"}],
)
def test_another_configuration_is_refused(toys, kwargs) -> None:
    blob = toy(toys).snapshot()
    env = toys.PaintEnv(**kwargs)
    env.reset(seed=1)
    with pytest.raises(SnapshotError, match="another environment, version or configuration"):
        env.restore(blob)
    assert env.task.index == 1, "a refused snapshot leaves the episode alone"
    env.call(ROLL)


def test_another_environment_or_version_is_refused(toys) -> None:
    blob = toy(toys).snapshot()

    class Newer(toys.PaintEnv):
        ID = "toys/Paint-v1"

    class Fewer(toys.PaintEnv):
        SPLITS = {"train": 2}  # noqa: RUF012

    for other in (toys.GuessEnv(), Newer(), ZoomQAEnv()):
        with pytest.raises(SnapshotError, match=f"this one is {other.ID}"):
            other.restore(blob)
    with pytest.raises(SnapshotError, match="task 3"):
        Fewer().restore(blob)


def test_a_changed_generator_is_noticed(toys) -> None:
    blob = toy(toys).snapshot()

    class Changed(toys.PaintEnv):
        def _world_key(self):
            return ("changed",)

        def _generate(self, split, index, difficulty):
            from dataclasses import replace

            task, world, size = super()._generate(split, index, difficulty)
            return replace(task, prompt="something else"), world, size

    with pytest.raises(SnapshotError, match="was another one"):
        Changed().restore(blob)


RESTORE = """
import sys, eyesmith
from eyesmith.envs.zoom_qa import ZoomQAEnv
from eyesmith.tools.tool import ToolCall
import toys
for env, call in (
    (toys.PaintEnv(), ToolCall("roll", {"sides": 1000})),
    (ZoomQAEnv(kind="swatch"), ToolCall("zoom_in", {"bbox_2d": [10, 10, 60, 60]})),
):
    path = sys.argv.pop(1)
    turn = env.restore(open(path, "rb").read())
    then = env.call(call)
    print([i.sha256 for i in turn.images], [i.sha256 for i in then.images], repr(turn.text), repr(then.text))
"""


def test_restore_in_a_fresh_process(toys, python, tmp_path) -> None:
    told = []
    for env, first, then in (
        (toy(toys), ROLL, ROLL),
        (zooming(), *[ToolCall("zoom_in", {"bbox_2d": [10, 10, to, to]}) for to in (90, 60)]),
    ):
        turn = env.call(first)
        (tmp_path / env.ID[:4]).write_bytes(env.snapshot())
        after = env.call(then)
        hashes = [[image.sha256 for image in one.images] for one in (turn, after)]
        told.append(f"{hashes[0]} {hashes[1]} {turn.text!r} {after.text!r}")
    assert (
        python(RESTORE, str(tmp_path / "toys"), str(tmp_path / "eyes"), PYTHONHASHSEED="7").splitlines()
        == told
    )
