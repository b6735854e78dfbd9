"""What robot cameras see: objects where they are, the same by every road, and no nonsense."""

import threading
from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("mujoco") is None:  # not importorskip: GL is chosen before MuJoCo is imported
    pytest.skip("needs MuJoCo: make test", allow_module_level=True)

from eyesmith.errors import UsageError
from eyesmith.scenarios.robot_scenes import FAMILIES, robot_scene
from eyesmith.tools.robot_look import LOOKS
from eyesmith.tools.robot_rollout import Track, simulate
from eyesmith.tools.robot_views import FAST_PX, film, masks, pretty, views

pytestmark = pytest.mark.mujoco


def first(scene):
    return scene, np.array(scene.start_joints), scene.start_width, scene.start_poses


@pytest.fixture(scope="module")
def push():
    return robot_scene("push", 2, 0.8)


def test_three_views_are_pictures_of_that_size(push):
    seen = views(*first(push))
    assert seen.shape == (3, 224, 224, 3)
    assert seen.dtype == np.uint8
    assert views(*first(push), cameras=("pretty",), size_px=(64, 48)).shape == (1, 48, 64, 3)
    assert (seen.reshape(3, -1).std(axis=1) > 15).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_pictures_are_well_lit(family):
    for seed in range(4):
        seen = views(*first(robot_scene(family, seed, 0.7)))
        for picture in seen:
            assert 60 < picture.mean() < 225
            assert (picture.max(axis=2) == 0).mean() < 0.02  # nothing drowns in black
            assert (picture.min(axis=2) == 255).mean() < 0.02  # and nothing burns out


def test_an_object_is_drawn_in_its_colour_where_it_is(push):
    seen, whose = views(*first(push)), masks(*first(push))
    assert whose.dtype == np.int16
    count = len(push.bodies)
    assert {int(one) for one in np.unique(whose)} <= {*range(-1, count + 3)}
    for number, body in enumerate(push.bodies):
        for picture, labels in zip(seen[:2], whose[:2], strict=True):
            own = picture[labels == number].astype(float)
            if len(own) < 20:
                continue
            colour = own.mean(axis=0) / own.mean(axis=0).max()
            wanted = np.array(body.colour) / max(body.colour)
            assert np.abs(colour - wanted).max() < 0.3, body.name


@pytest.mark.parametrize("family", FAMILIES)
def test_every_object_is_seen_by_a_fixed_camera(family):
    for seed in range(6):
        scene = robot_scene(family, seed, 1.0)
        rollout = simulate(scene)
        counts = np.zeros(len(scene.bodies))
        for tick in (0, rollout.ticks):
            whose = masks(scene, rollout.joints[tick], float(rollout.width[tick]), rollout.poses[tick])
            counts = np.maximum(counts, [(whose[:2] == number).sum() for number in range(len(counts))])
        assert (counts >= 12).all(), scene.id


def test_moving_an_object_moves_its_pixels_and_no_others(push):
    scene, joints, width, poses = first(push)
    moved = poses.copy()
    moved[0, :2] += (0.06, 0.0)
    before, after = (masks(scene, joints, width, one) == 0 for one in (poses, moved))
    one, other = views(scene, joints, width, poses), views(scene, joints, width, moved)
    differs = (one != other).any(axis=3)
    assert differs.any()
    assert not (differs & ~before & ~after)[:2].any()


def test_fixtures_have_a_label_of_their_own():
    scene = robot_scene("hinge", 1, 0.0)
    assert (masks(*first(scene)) == len(scene.bodies) + 2).any()


def test_a_film_is_its_frames(push):
    rollout = simulate(push)
    shown = film(push, rollout.track, [0, 20])
    assert shown.shape == (2, 3, *FAST_PX[::-1], 3)
    np.testing.assert_array_equal(
        shown[1], views(push, rollout.joints[20], float(rollout.width[20]), rollout.poses[20])
    )
    assert len(film(push, Track(rollout.joints[:3], rollout.width[:3], rollout.poses[:3]))) == 3


def test_large_pictures_are_smooth_and_small_ones_stay_the_same(push):
    before = views(*first(push))
    shown = pretty(*first(push), rays=4)
    assert shown.shape == (480, 640, 3)
    assert 90 < shown.mean() < 220
    np.testing.assert_array_equal(views(*first(push)), before)


def test_the_looks_differ():
    assert len({views(*first(robot_scene("reach", seed, 0.0)))[0, -1].tobytes() for seed in range(12)}) > 3
    assert len({look.surface for look in LOOKS}) == 4


def test_threads_draw_the_same(push):
    want, found = views(*first(push)), []
    thread = threading.Thread(target=lambda: found.append(views(*first(push))))
    thread.start()
    thread.join()
    np.testing.assert_array_equal(found[0], want)


FORKED = """
import os
import numpy as np
from eyesmith.scenarios.robot_scenes import robot_scene
from eyesmith.tools.robot_views import masks, pretty, views
scene = robot_scene("push", 2, 0.8)
state = (scene, np.array(scene.start_joints), scene.start_width, scene.start_poses)
def drawn():
    return views(*state).tobytes() + masks(*state).tobytes() + pretty(*state, rays=2).tobytes()
want = drawn()
child = os.fork()
if child == 0:
    same = drawn() == want
    os._exit(0 if same else 1)
print(os.waitpid(child, 0)[1], drawn() == want)
"""


def test_a_forked_process_draws_the_same(python):
    assert python(FORKED) == "0 True"


@pytest.mark.parametrize(
    "kwargs",
    [
        {"cameras": ("roof",)},
        {"cameras": ()},
        {"size_px": (0, 10)},
        {"size_px": (4000, 3000)},
    ],
)
def test_what_cannot_be_drawn_is_refused(push, kwargs):
    with pytest.raises(UsageError):
        views(*first(push), **kwargs)


def test_states_that_cannot_be_are_refused(push):
    scene, joints, width, poses = first(push)
    for bad in (
        (np.zeros(6), width, poses),
        (np.full(7, np.nan), width, poses),
        (joints, np.inf, poses),
        (joints, width, poses[:0]),
        (joints, width, np.full(poses.shape, np.nan)),
    ):
        with pytest.raises(UsageError):
            views(scene, *bad)
    with pytest.raises(UsageError, match="rays"):
        pretty(*first(push), rays=0)
