"""Worlds are built once: in memory, and in a folder for later processes."""

import numpy as np
import pytest

from eyesmith.envs.describe import make_env
from eyesmith.envs.fingerprint import actions_of, fingerprint
from eyesmith.envs.worlds import WORLDS, WorldCache
from eyesmith.errors import StorageError, UsageError

ID = "eyesmith/ZoomQA-v0"


def test_the_least_recently_used_world_goes_first():
    cache, built = WorldCache(100), []

    def get(key):
        return cache.get(key, lambda: (built.append(key) or key, 40))

    for key in ("a", "b", "a", "c", "a", "b"):
        assert get(key) == key
    assert built == ["a", "b", "c", "b"]
    assert len(cache) == 2


def test_one_world_larger_than_the_cache_stays():
    cache = WorldCache(10)
    assert cache.get("a", lambda: ("world", 99)) == "world"
    assert cache.get("a", lambda: pytest.fail("built twice")) == "world"


def test_a_world_that_fails_to_build_is_built_again():
    cache = WorldCache(10)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 / 0)
    assert cache.get("a", lambda: ("world", 1)) == "world"


@pytest.fixture
def played(tmp_path):
    """Plays a task with the folder as cache, from an empty memory; returns the fingerprint."""

    def play():
        WORLDS.clear()
        env = make_env(ID, kind="swatch", cache_dir=str(tmp_path))
        task = env.get_task("train", 1)
        return task.hash, fingerprint(env, task, actions_of(env, task, "expert"))

    return play


def test_a_kept_world_gives_the_same_bytes(played, tmp_path, monkeypatch):
    first = played()
    assert len(list(tmp_path.glob("*.world"))) == 1
    monkeypatch.setattr("eyesmith.envs.zoom_qa.seeded_task", lambda *_: pytest.fail("generated again"))
    assert played() == first


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_damaged_world_is_made_again(played, tmp_path, damage, rng):
    first = played()
    (path,) = tmp_path.glob("*.world")
    blob = bytearray(path.read_bytes())
    if damage == "flip":
        blob[int(rng.integers(100, len(blob)))] ^= 1
    path.write_bytes({"cut": blob[: len(blob) // 2], "flip": blob, "empty": b""}[damage])
    assert played() == first
    assert path.stat().st_size == len(blob)


def test_where_worlds_are_kept_is_no_part_of_the_episode(tmp_path):
    env = make_env(ID, kind="swatch", cache_dir=str(tmp_path))
    env.begin(env.get_task("train", 0))
    twin = make_env(ID, kind="swatch")
    twin.restore(env.snapshot())
    assert "cache_dir" not in env.shared_kwargs()


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    WORLDS.clear()
    with pytest.raises(StorageError, match="leave cache_dir out"):
        make_env(ID, kind="swatch", cache_dir=str(tmp_path / "file" / "below")).get_task("train", 0)
    with pytest.raises(UsageError, match="cache_dir"):
        make_env(ID, cache_dir=3)


def test_a_known_task_resets_from_memory(monkeypatch):
    env = make_env(ID, kind="swatch")
    env.reset(seed=0)
    monkeypatch.setattr("eyesmith.envs.zoom_qa.seeded_task", lambda *_: pytest.fail("generated again"))
    observation, _ = env.reset(seed=0)
    assert np.count_nonzero(observation["images"]) > 0
