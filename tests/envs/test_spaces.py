"""Text and image spaces: right in memory, in pickles, and cheap."""

import copy
import io
import pickle  # noqa: TID251 Gymnasium sends spaces to its workers so
import tracemalloc

import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector.utils import (
    batch_space,
    create_shared_memory,
    read_from_shared_memory,
    write_to_shared_memory,
)

from eyesmith.envs.projection import observation_space
from eyesmith.envs.spaces import Frames, Utf8, clean_text


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("", True),
        ("a" * 16, True),
        ("a" * 17, False),
        ("é" * 8, True),
        ("é" * 9, False),
        ("中" * 5, True),
        ("中" * 6, False),
        ("🙂" * 4, True),
        ("🙂" * 4 + "a", False),
        ("\x00\n\u2028", True),
        ("\ud800", False),
        ("aaaaaaaaaaaa\udfff", False),
        (b"a", False),
        (None, False),
        (5, False),
        (np.str_("ok"), True),
    ],
)
def test_text_is_measured_in_bytes(text: object, inside: bool) -> None:
    assert Utf8(16).contains(text) is inside
    assert (text in Utf8(16)) is inside


def test_text_samples_are_members_and_seeded() -> None:
    space, twin = Utf8(200), Utf8(200)
    space.seed(4)
    twin.seed(4)
    texts = [space.sample() for _ in range(300)]
    assert texts == [twin.sample() for _ in range(300)]
    assert all(space.contains(text) for text in texts)
    assert any(not text.isascii() for text in texts)
    assert "" in texts
    assert all(len(text.encode()) <= 5 for text in (Utf8(5, seed=0).sample() for _ in range(50)))
    with pytest.raises(ValueError, match="neither mask"):
        space.sample(mask=np.ones(3))


def test_text_space_equality() -> None:
    assert Utf8(10) == Utf8(10)
    assert Utf8(10) != Utf8(11)
    assert Utf8(10) != spaces.Text(10)
    assert spaces.Text(10, min_length=0) != Utf8(10)


def test_clean_text_leaves_good_text_alone() -> None:
    assert clean_text("é 中 🙂") == "é 中 🙂"
    assert clean_text("a\ud83d\ude42b") == "a\ufffd\ufffdb"


@pytest.mark.parametrize("space", [Utf8(64, seed=3), Frames((2, 8, 6, 3), seed=3)], ids=["text", "frames"])
@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copies_are_equal_and_go_on_alike(space: spaces.Space, copied) -> None:
    space.sample()
    twin = copied(space)
    assert twin == space
    assert type(twin) is type(space)
    if copied is not copy.copy:
        assert np.array_equal(twin.sample(), space.sample())
    assert twin.contains(twin.sample())


def test_frames_bounds_take_no_memory() -> None:
    tracemalloc.start()
    space = Frames((2, 1120, 1120, 3))
    copy.deepcopy(space)
    batch_space(space, 64)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000
    for bound in (space.low, space.high, space.bounded_below, space.bounded_above):
        assert bound.shape == space.shape
        assert set(bound.strides) == {0}
        assert bound.base is not None
        assert bound.base.nbytes < 1024
        assert not bound.flags.writeable
    assert len(pickle.dumps(space)) < 1000
    assert (int(space.low.min()), int(space.high.max())) == (0, 255)


def test_frames_contains() -> None:
    space = Frames((1, 4, 5, 3))
    good = np.zeros((1, 4, 5, 3), np.uint8)
    assert space.contains(good)
    for bad in (good[0], good.astype(np.int16), good.tolist(), None, np.zeros((1, 5, 4, 3), np.uint8)):
        assert not space.contains(bad)
    assert space.is_bounded()
    assert space.is_bounded("above")
    assert repr(space) == "Frames(1, 4, 5, 3)"


def test_frames_equality() -> None:
    assert Frames((1, 2, 2, 3)) == Frames([1, 2, 2, 3])
    assert Frames((1, 2, 2, 3)) != Frames((2, 2, 2, 3))
    assert Frames((1, 2, 2, 3)) != spaces.Box(0, 255, (1, 2, 2, 3), np.uint8)


def test_frames_is_as_good_as_a_box() -> None:
    box, frames = spaces.Box(0, 255, (2, 4, 5, 3), np.uint8), Frames((2, 4, 5, 3))
    assert isinstance(frames, spaces.Box)
    assert spaces.flatdim(frames) == spaces.flatdim(box)
    frames.seed(0)
    sample = frames.sample()
    assert box.contains(sample)
    assert np.ptp(sample) > 200
    assert np.array_equal(spaces.flatten(frames, sample), spaces.flatten(box, sample))
    assert np.array_equal(frames.from_jsonable(frames.to_jsonable([sample]))[0], sample)
    with pytest.raises(ValueError, match="neither mask"):
        frames.sample(mask=sample)


def test_batched_spaces() -> None:
    whole = batch_space(observation_space((2, 6, 8)), 3)
    assert whole["images"] == Frames((3, 2, 6, 8, 3))
    assert whole["text"] == spaces.Tuple([Utf8(16_384)] * 3)
    assert whole.contains(whole.sample())


def test_observation_space_without_images_is_text_alone() -> None:
    assert list(observation_space((0, 0, 0))) == ["text"]
    assert list(observation_space((1, 2, 3))) == ["image_sizes", "images", "num_images", "text"]


def test_shared_memory_holds_any_text() -> None:
    space = Utf8(16)
    shared = create_shared_memory(space, n=3)
    for i, text in enumerate(("é中🙂", "", "a" * 16)):
        write_to_shared_memory(space, i, text, shared)
    live = read_from_shared_memory(space, shared, n=3)
    assert tuple(live) == ("é中🙂", "", "a" * 16)
    assert live == ("é中🙂", "", "a" * 16)
    kept = copy.deepcopy(live)
    write_to_shared_memory(space, 0, "b", shared)
    write_to_shared_memory(space, 2, "", shared)
    assert kept == ("é中🙂", "", "a" * 16), "what was handed out stays put"
    assert live[0] == "b"
    assert live[-1] == ""
    assert live[:2] == ("b", "")
    assert len(live) == 3
    assert repr(live) == "('b', '', '')"
    with pytest.raises(IndexError):
        live[3]


def test_a_shorter_text_leaves_nothing_of_the_longer() -> None:
    space = Utf8(1000)
    shared = create_shared_memory(space, n=1)
    for text in ("x" * 1000, "中", "", "yy"):
        write_to_shared_memory(space, 0, text, shared)
        assert read_from_shared_memory(space, shared, n=1)[0] == text


def test_contains_looks_at_no_pixel() -> None:
    space, frame = Frames((2, 1120, 1120, 3)), np.zeros((2, 1120, 1120, 3), np.uint8)
    tracemalloc.start()
    assert all(space.contains(frame) for _ in range(1000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000, "a comparison of every pixel takes 7.5 MB"


def test_pickles_load_without_the_writer() -> None:
    for space in (Utf8(9), Frames((1, 2, 2, 3))):
        assert pickle.Unpickler(io.BytesIO(pickle.dumps(space))).load() == space
