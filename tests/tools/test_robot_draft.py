"""Drafts of rollouts: what is read of an agent's texts, what is refused and how, and what a draft holds."""

import base64
import io
import json
import zipfile

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.errors import UsageError
from eyesmith.tools.robot_draft import Draft, Motion, unit
from eyesmith.tools.robot_film import frames_text, read_frames
from eyesmith.tools.robot_reading import read_guess, read_states

NAMES = ["red cube", "blue ball"]
TIMES_S = [0.5, 0.75, 1.0]
LIMITS = {"lower": [-2.0] * 7, "upper": [2.0] * 7, "width": 0.08}
SIZE = (24, 16)  # width, height
SHAPE = (2, 16, 24, 3)
FRAMES = np.random.default_rng(0).integers(0, 256, (3, *SHAPE), dtype=np.uint8)


def states(data):
    text = data if isinstance(data, str) else json.dumps(data)
    return read_states(text, names=NAMES, times_s=TIMES_S, limits=LIMITS)


def frames(data, most=3):
    text = data if isinstance(data, str) else base64.b64encode(data).decode()
    return read_frames(text, views=2, size_px=SIZE, most=most)


def npz(array, **more):
    held = io.BytesIO()
    np.savez_compressed(held, frames=array, **more)
    return held.getvalue()


def npy(array):
    held = io.BytesIO()
    np.save(held, array)
    return held.getvalue()


def png(array):
    return cv2.imencode(".png", array)[1].tobytes()


def draft():
    start = Motion(
        np.array([5]),
        np.full((1, 7), 0.1),
        np.array([0.04]),
        unit(np.array([[[0.4, 0, 0, 1, 0, 0, 0]] * 2], float)),
    )
    commands = np.tile(np.linspace(0, 1, 20)[:, None], (1, 8)) * [1, 1, 1, 1, 1, 1, 1, 0.08]
    return Draft(names=NAMES, queries=[10, 15, 20], commands=commands, start=start, film_shape=SHAPE)


# -- states


def test_a_row_is_read():
    rows, problem = states(
        [
            {
                "t": 0.76,
                "joints": [0.1] * 7,
                "width": 0.02,
                "objects": {
                    "red cube": {"position": [0.5, 0, 0.1], "yaw_deg": 90},
                    "blue ball": {"quaternion": [0, 1, 0, 0]},
                },
            },
            {"t": 1.0, "joints": "commanded"},
        ]
    )
    assert problem == ""
    assert [row.query for row in rows] == [1, 2]
    assert rows[0].joints.tolist() == [0.1] * 7
    assert rows[0].positions["red cube"].tolist() == [0.5, 0.0, 0.1]
    assert rows[0].quaternions["red cube"].tolist() == pytest.approx([0.5**0.5, 0, 0, 0.5**0.5])
    assert rows[0].quaternions["blue ball"].tolist() == [0, 1, 0, 0]
    assert rows[1].joints == "commanded"
    assert states({"t": 0.5})[0][0].query == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "JSON"),
        ("nonsense", "JSON"),
        ("[]", "list of rows"),
        ("3", "list of rows"),
        ("[" * 5000, "nested"),
        ('[{"t": 0.5}, 7]', "row 1: a row is an object"),
        ([{"t": 0.5}] * 2, "two rows are for t = 0.50 s"),
        ([{"t": 0.5}] * 1000, "3 query times"),
        ([{"t": 9.0}], "0.50, 0.75, 1.00"),
        ([{"t": None}], "query times in s"),
        ([{"t": True}], "query times in s"),
        ('[{"t": NaN}]', "query times in s"),
        ('[{"t": 1e999}]', "query times in s"),
        ([{"t": 0.5, "object": {}}], "Did you mean 'objects'?"),
        ([{"t": 0.5, "objects": []}], "maps names to poses"),
        ([{"t": 0.5, "objects": {"red cub": {"position": [0, 0, 0]}}}], "Did you mean 'red cube'?"),
        ([{"t": 0.5, "objects": {"": {"position": [0, 0, 0]}}}], "there are: red cube, blue ball"),
        ([{"t": 0.5, "objects": {"red cube": {}}}], "a pose is an object with position"),
        ([{"t": 0.5, "objects": {"red cube": {"positon": [0, 0, 0]}}}], "Did you mean 'position'?"),
        ([{"t": 0.5, "objects": {"red cube": {"position": [0, 0]}}}], "takes 3 numbers (metres)"),
        ([{"t": 0.5, "objects": {"red cube": {"position": [0, 0, 99]}}}], "from -3 to 3, got 99"),
        ('[{"t": 0.5, "objects": {"red cube": {"position": [0, 0, NaN]}}}]', "from -3 to 3, got NaN"),
        ('[{"t": 0.5, "objects": {"red cube": {"position": [0, 0, Infinity]}}}]', "got Infinity"),
        ([{"t": 0.5, "objects": {"red cube": {"position": [0, 0, True]}}}], "got true"),
        ([{"t": 0.5, "objects": {"red cube": {"position": [0, 0, 10**300]}}}], "over 70 digits"),
        ([{"t": 0.5, "objects": {"red cube": {"quaternion": [0, 0, 0, 0]}}}], "got length 0.000"),
        ([{"t": 0.5, "objects": {"red cube": {"quaternion": [1, 0, 0, 0], "yaw_deg": 1}}}], "not both"),
        ([{"t": 0.5, "joints": [0.0] * 6}], "takes 7 numbers (rad"),
        ([{"t": 0.5, "joints": [0.0] * 8}], "takes 7 numbers (rad"),
        ([{"t": 0.5, "joints": "follow"}], "takes 7 numbers (rad, or \"commanded\")"),
        ([{"t": 0.5, "joints": [0.0] * 6 + [2.6]}], "joint 7 lies between -2.00 and 2.00 rad, got 2.60"),
        ([{"t": 0.5, "width": -0.1}], "from 0 to 0.08 m"),
        ('[{"t": 0.5, "width": NaN}]', "from 0 to 0.08 m"),
        ('[{"t": 0.5, "t": 0.5}]', "twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told(data, words):
    rows, problem = states(data)
    assert rows == []
    assert words in problem
    assert len(problem) < 700
    assert "Error" not in problem


@settings(deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.floats()
        | st.integers()
        | st.text(max_size=5)
        | st.sampled_from([*NAMES, "t"]),
        lambda inner: (
            st.lists(inner, max_size=8)
            | st.dictionaries(st.sampled_from(["t", "objects", "joints", "width", "position", *NAMES]), inner)
        ),
        max_leaves=20,
    )
)
def test_any_json_is_answered(data):
    rows, problem = states(json.dumps(data))
    assert bool(rows) != bool(problem)
    guess, problem = read_guess(json.dumps(data), names=NAMES)
    assert not (guess and problem)


def test_guesses():
    text = '{"red cube": {"mass_kg": 0.5, "friction": 0.25}, "blue ball": {"friction": 1}}'
    assert read_guess(text, names=NAMES) == (
        {"red cube": {"mass_kg": 0.5, "friction": 0.25}, "blue ball": {"friction": 1.0}},
        "",
    )
    assert read_guess("", names=NAMES) == ({}, "")
    for bad, words in (
        ("[]", "object such as"),
        ("{", "JSON"),
        ('{"red": {"mass_kg": 1}}', "there are: red cube"),
        ('{"red cube": 1}', "mass_kg and friction"),
        ('{"red cube": {"mass": 1}}', "Did you mean 'mass_kg'?"),
        ('{"red cube": {"mass_kg": 0}}', "from 0.001 to 50"),
        ('{"red cube": {"mass_kg": NaN}}', "from 0.001 to 50"),
        ('{"red cube": {"friction": -1}}', "from 0 to 5"),
    ):
        guess, problem = read_guess(bad, names=NAMES)
        assert guess == {}
        assert words in problem


# -- frames


def test_frames_are_read_in_every_form():
    for data in (npz(FRAMES), npy(FRAMES), npy(np.asfortranarray(FRAMES)), frames_text(FRAMES)):
        found, problem = frames(data)
        assert problem == ""
        np.testing.assert_array_equal(found, FRAMES)
        assert found.flags.c_contiguous
    assert len(frames(npz(FRAMES[:1]))[0]) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "neither"),
        ("no base64!", "no base64"),
        ("é" * 50, "no base64"),
        ("/tmp/frames.npz", "no base64"),
        (b"GIF89a....", "neither .npz, .npy nor PNG"),
        (npz(FRAMES.astype(np.float32)), "float32"),
        (npz(FRAMES[:, :1]), "[3, 1, 16, 24, 3]"),
        (npz(FRAMES[0]), "[2, 16, 24, 3]"),
        (npz(FRAMES[:0]), "[0, 2, 16, 24, 3]"),
        (npz(np.zeros((4, *SHAPE), np.uint8)), "got [4, 2, 16, 24, 3]"),
        (npz(FRAMES, more=FRAMES), "one array"),
        (npz(FRAMES)[:200], "cannot be unpacked"),
        (npy(FRAMES)[:-5], "cut short"),
        (npy(FRAMES) + b"x", "cut short"),
        (npy(np.array([{"a": 1}], dtype=object)), "got [1] object"),
        (b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 70_000, "header"),
        (b"\x93NUMPY\x09\x00", "header"),
        (png(np.zeros((16, 24, 3), np.uint8)), "2 columns of 24 px, got 24x16 px"),
        (png(np.zeros((17, 48, 3), np.uint8)), "got 48x17 px"),
        (png(np.zeros((16, 48, 3), np.uint8))[:60], "cannot be read"),
        (b"\x89PNG\r\n\x1a\n", "cut short"),
    ],
)
def test_frames_that_cannot_be_used_are_told(data, words):
    found, problem = frames(data)
    assert found is None
    assert words in problem
    assert len(problem) < 300


def test_bombs_are_refused_by_their_headers():
    million = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": (10**6, 2, 16, 24, 3)}
    np.lib.format.write_array_header_1_0(million, header)
    assert "got [1000000, 2, 16, 24, 3]" in frames(million.getvalue())[1]
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("frames.npy", bytes(50_000_000))
    assert "neither" in frames(bomb.getvalue())[1]
    liar = bomb.getvalue().replace((50_000_000).to_bytes(4, "little"), (500).to_bytes(4, "little"))
    assert frames(liar)[0] is None
    assert "[10000, 2, 16, 24, 3]" in frames(npz(np.zeros((10_000, *SHAPE), np.uint8)))[1]
    wide = bytearray(png(np.zeros((16, 48, 3), np.uint8)))
    wide[16:24] = (48).to_bytes(4, "big") + (16 * 10**6).to_bytes(4, "big")
    assert "got 48x16000000 px" in frames(bytes(wide))[1]


# -- drafts


def put(made, data):
    rows, problem = states(data)
    assert problem == ""
    made.put(rows)
    return made.motion()


def test_an_empty_draft_repeats_the_start():
    made = draft()
    motion = made.motion()
    assert made.kind == ""
    assert made.covered == 0
    assert (motion.joints == 0.1).all()
    assert (motion.width == 0.04).all()
    assert (motion.poses == made.start.poses).all()


def test_what_is_left_out_stays_as_it_was():
    motion = put(
        draft(), [{"t": 0.75, "objects": {"blue ball": {"position": [0.1, 0.2, 0.3]}}, "width": 0.01}]
    )
    assert motion.poses[0, 1, :3].tolist() == [0.4, 0, 0]
    assert motion.poses[1, 1, :3].tolist() == motion.poses[2, 1, :3].tolist() == [0.1, 0.2, 0.3]
    assert motion.poses[:, 0, 0].tolist() == [0.4] * 3
    assert motion.width.tolist() == [0.04, 0.01, 0.01]
    assert (motion.joints == 0.1).all()


def test_commanded_joints_are_those_at_the_end_of_the_tick():
    made = draft()
    motion = put(made, [{"t": 0.5, "joints": "commanded"}, {"t": 1.0, "joints": "commanded"}])
    steps = np.linspace(0, 1, 20)
    assert motion.joints[:, 3].tolist() == pytest.approx([steps[9], steps[9], steps[19]])
    assert motion.width.tolist() == pytest.approx([0.08 * steps[9], 0.08 * steps[9], 0.08])
    assert made.covered == 2


def test_frames_and_states_take_turns():
    made, last = draft(), np.full(SHAPE, 7, np.uint8)
    put(made, [{"t": 0.5, "width": 0.0}])
    made.put_frames(FRAMES[:1], first=1)
    assert (made.kind, made.covered) == ("frames", 1)
    film = made.film(last)
    assert (film[0] == 7).all()
    assert (film[1] == FRAMES[0]).all()
    assert (film[2] == FRAMES[0]).all()
    for number in range(3):
        assert (made.frame(number, last) == film[number]).all()
    put(made, [{"t": 1.0, "joints": "commanded"}])
    assert (made.kind, made.covered) == ("states", 1)
    with pytest.raises(UsageError):
        made.film(last)
    for bad, first in ((FRAMES, 1), (FRAMES[:, :1], 0), (FRAMES.astype(float), 0), (FRAMES, -1)):
        with pytest.raises(UsageError):
            made.put_frames(bad, first=first)


def test_a_recorded_rollout_is_within_what_a_draft_can_say():
    poses = np.tile([0.1, 0, 0, 1.0 + 1e-12, 0, 0, 0], (3, 1, 1))
    motion = Motion.recorded(np.zeros((3, 7)), np.array([-1e-7, 0.05, 0.0800002]), poses)
    assert motion.ticks.tolist() == [0, 1, 2]
    assert motion.width.tolist() == [0.0, 0.05, 0.08]
    np.testing.assert_array_equal(motion.poses, poses)  # unit up to rounding stays to the last digit
    assert unit(2 * poses)[..., 3] == pytest.approx(1.0)


def test_every_tick_by_hand():
    poses = np.array([[[0, 0, 0, 1, 0, 0, 0]], [[4, 0, 0, 0, 0, 0, -1]]], float)
    motion = Motion(np.array([3, 7]), np.zeros((2, 7)), np.array([0.0, 0.08]), poses).every_tick()
    assert motion.ticks.tolist() == [3, 4, 5, 6, 7]
    assert motion.poses[:, 0, 0].tolist() == [0, 1, 2, 3, 4]
    assert motion.width.tolist() == pytest.approx([0, 0.02, 0.04, 0.06, 0.08])
    assert np.linalg.norm(motion.poses[..., 3:], axis=2) == pytest.approx(1.0)
    assert (motion.poses[0] == poses[0]).all()
    near = Motion(
        np.array([0, 2]), np.zeros((2, 7)), np.zeros(2), np.array([poses[0], -poses[0]])
    ).every_tick()
    assert np.abs(near.poses[1, 0, 3]) == pytest.approx(1.0)  # q and -q are one turn


def test_states_of_drafts_survive_and_broken_ones_are_named():
    made = draft()
    put(made, [{"t": 0.75, "objects": {"red cube": {"yaw_deg": 20}}}])
    other = draft()
    other.restore(made.state())
    np.testing.assert_array_equal(other.motion().poses, made.motion().poses)
    assert (other.kind, other.covered, other.edits) == (made.kind, made.covered, made.edits)
    made.put_frames(FRAMES[1:], first=1)
    other.restore(made.state())
    last = np.zeros(SHAPE, np.uint8)
    np.testing.assert_array_equal(other.film(last), made.film(last))
    good = made.state()
    for broken in (
        {"kind": "video"},
        {"kind": "states"},
        {"edits": -1},
        {"frames": None},
        {"frames": FRAMES},
        {"_width": np.full(3, np.nan)},
        {"_width": np.zeros(4)},
        {"_has_frame": np.ones(3)},
    ):
        with pytest.raises(UsageError):
            draft().restore(good | broken)
