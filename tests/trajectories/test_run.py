import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from eyesmith.errors import RunError, UsageError
from eyesmith.trajectories.run import Run
from eyesmith.trajectories.seal import read_manifest

from .made import CONFIG, fill, ids, made, picture, snapshot, stored


def test_an_episode_reads_the_same_before_and_after_sealing(tmp_path: Path) -> None:
    episode, images = made(3)
    with Run.create(tmp_path / "run", CONFIG) as run:
        run.write(episode, images)
        (before,) = Run.open(tmp_path / "run").episodes()
        run.seal()
        reader = Run.open(tmp_path / "run")
        (after,) = reader.episodes()
        assert before == after
        assert replace(after, turns=[], logprobs=[]) == replace(episode, turns=[], logprobs=[])
        assert {sha256: reader.image(sha256) for sha256 in images} == images
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        ".lock",
        "config.json",
        "episodes-00000.parquet",
        "images-00000.parquet",
        "manifest.jsonl",
    ]


def test_every_segment_holds_its_own_pictures_once(sealed: Path) -> None:
    for number in range(3):
        hashes = pq.read_table(sealed / f"images-{number:05d}.parquet")["sha256"].to_pylist()
        assert sorted(hashes) == sorted(
            {picture(n).sha256 for n in (0, *range(1000 + 4 * number, 1004 + 4 * number))}
        )
    manifest = read_manifest(sealed)
    assert [manifest[number]["episodes"]["rows"] for number in manifest] == [4, 4, 4]
    for entry in manifest.values():
        for kind in ("episodes", "images"):
            assert (sealed / entry[kind]["file"]).stat().st_size == entry[kind]["bytes"]


def test_rotation_seals_beside_the_writing(tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", CONFIG, rotate_bytes=20_000) as run:
        fill(run, range(30))
    assert len(read_manifest(tmp_path / "run")) > 3
    assert stored(tmp_path / "run") == ids(range(30))
    assert not list((tmp_path / "run").glob("*.eslog"))


def test_row_groups_are_bounded(tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", CONFIG) as run:
        fill(run, range(150))
    file = pq.ParquetFile(tmp_path / "run" / "episodes-00000.parquet")
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [64, 64, 22]
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    reader = Run.open(tmp_path / "run")
    for index in (149, 3, 80):
        assert reader.image(picture(1000 + index).sha256) == picture(1000 + index)


def test_columns_and_where(sealed: Path) -> None:
    run = Run.open(sealed)
    assert run.count() == 14
    some = list(run.episodes(["reward"], where={"task_index": [1, 9, 13], "env_id": "e"}))
    assert [(e.id, e.reward, e.messages) for e in some] == [
        ("1:0", 1 / 7, []),
        ("9:0", 9 / 7, []),
        ("13:0", 13 / 7, []),
    ]
    assert [e.id for e in run.episodes([], where={"reward": 2 / 7})] == ["2:0"]
    with pytest.raises(UsageError, match="Did you mean 'reward'"):
        run.episodes(["rewards"])
    with pytest.raises(UsageError, match="no column"):
        run.episodes(where={"stat": "ok"})


def test_a_retried_episode_replaces_the_earlier_one(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run = Run.create(folder, CONFIG)
    for index, status in ((0, "error"), (1, "ok"), (2, "aborted"), (3, "error"), (4, "drift")):
        run.write(*made(index, status=status, reward=None))
    run.write(*made(3))
    plan = [(index, 0) for index in range(6)]
    assert run.owed(plan) == [(2, 0), (5, 0)]
    assert run.owed(plan, retry_errors=True) == [(0, 0), (2, 0), (5, 0)]
    run.seal()
    assert run.owed(plan, retry_errors=True) == [(0, 0), (2, 0), (5, 0)]
    assert pq.read_table(folder / "episodes-00000.parquet").num_rows == 5
    run.write(*made(0))
    assert run.done()[0, 0] == "ok"
    assert [(e.id, e.status) for e in run.episodes()] == [
        ("1:0", "ok"),
        ("2:0", "aborted"),
        ("4:0", "drift"),
        ("3:0", "ok"),
        ("0:0", "ok"),
    ]
    assert sorted(stored(folder)) == ids(range(5))
    assert run.count() == 5
    run.close()


def test_environments_of_a_mix_are_told_apart(tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", CONFIG) as run:
        run.write(*made(0))
        run.write(*made(1, env_id="other", id="other:1"))
        plan = [(0, 0), (1, 0)]
        assert run.owed(plan, env_id="e") == [(1, 0)]
        assert run.owed(plan, env_id="other") == [(0, 0)]
        assert run.owed(plan) == []


def test_of_two_ids_for_one_sample_the_last_written_tells_the_status(tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", CONFIG) as run:
        for name, status in (("a", "ok"), ("b", "error"), ("a", "truncated")):
            run.write(*made(0, id=name, status=status))
        assert run.done() == {(0, 0): "truncated"}


def test_resuming_goes_on_in_the_same_log(sealed: Path) -> None:
    with Run.create(sealed, CONFIG, resume=True) as run:
        assert run.owed((index, 0) for index in range(16)) == [(14, 0), (15, 0)]
        fill(run, range(14, 16))
        log = (sealed / "log-00003.eslog").read_bytes()
        assert log.count(picture(0).bytes) == 1, "a picture that the log holds is not written again"
    assert stored(sealed) == ids(range(16))
    assert sorted(read_manifest(sealed)) == [0, 1, 2, 3]


@pytest.mark.parametrize("resume", [False, True])
def test_a_missing_or_an_empty_folder_starts(tmp_path: Path, resume: bool) -> None:
    for name in ("deep/missing", "empty"):
        folder = tmp_path / name
        if name == "empty":
            folder.mkdir()
        with Run.create(folder, CONFIG, resume=resume) as run:
            fill(run, range(1))
        assert Run.open(folder).config == CONFIG


def test_a_run_without_resume_is_refused_and_kept(sealed: Path) -> None:
    before = snapshot(sealed)
    with pytest.raises(RunError, match="holds a run; add --resume to go on with it, or choose another --out"):
        Run.create(sealed, CONFIG)
    assert snapshot(sealed) == before


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("files", [{"thesis.txt": "x"}, {"config.json": '{"a": 1}'}, {"config.json": "[1]"}])
def test_a_folder_of_something_else_is_not_touched(
    tmp_path: Path, files: dict[str, str], resume: bool
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(RunError, match=r"choose\s+another"):
        Run.create(tmp_path, CONFIG, resume=resume)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == files
    with pytest.raises(RunError):
        Run.open(tmp_path)


def test_a_file_or_a_missing_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="is a file"):
        Run.create(tmp_path / "file", CONFIG)
    with pytest.raises(RunError, match="no folder"):
        Run.open(tmp_path / "none")


def test_another_config_is_refused_by_key(sealed: Path) -> None:
    other = {**CONFIG, "n": 128, "engine": {"dtype": "f32"}, "new": 1}
    with pytest.raises(RunError) as caught:
        Run.create(sealed, other, resume=True, may_differ={"n"})
    text = str(caught.value)
    assert 'engine (was {"dtype": "bf16"}, now {"dtype": "f32"})' in text
    assert "new (was not given, now 1)" in text
    assert "64" not in text
    with Run.create(sealed, {**CONFIG, "n": 128}, resume=True, may_differ={"n"}) as run:
        assert run.config["n"] == 128
    assert Run.open(sealed).config["n"] == 128


def test_secrets_do_not_reach_the_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="looks like a secret"):
        Run.create(tmp_path / "run", {"api_key": "sk-1"})
    assert not (tmp_path / "run").exists()
    home = str(Path.home())
    with Run.create(tmp_path / "run", {"model": f"{home}/m"}) as run:
        run.write(*made(0, status="error", error=f"no file {home}/x"))
        assert next(run.episodes()).error == "no file ~/x"
    assert json.loads((tmp_path / "run" / "config.json").read_text())["model"] == "~/m"


def test_one_writer_at_a_time_and_readers_meanwhile(sealed: Path) -> None:
    with Run.create(sealed, CONFIG, resume=True) as run:
        with pytest.raises(RunError, match=rf"another process \(id {os.getpid()}\)"):
            Run.create(sealed, CONFIG, resume=True)
        reader = Run.open(sealed)
        assert reader.count() == 14
        episodes = reader.episodes()
        first = [next(episodes).id for _ in range(9)]
        fill(run, range(14, 20))
        run.seal()
        assert first + [e.id for e in episodes] == ids(range(14)), "what it began with, sealed meanwhile"
        assert reader.count() == 20
        assert reader.image(picture(1019).sha256) == picture(1019)
        with pytest.raises(RunError, match="reading only"):
            reader.write(*made(99))
    with pytest.raises(RunError, match="closed"):
        run.write(*made(99))
    Run.create(sealed, CONFIG, resume=True).close()


def test_a_worker_that_outlives_its_parent_holds_no_lock(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", CONFIG)
    fill(run, range(1))
    alive, tell = os.pipe()
    child = os.fork()
    if not child:
        os.write(tell, b"!")
        time.sleep(30)
        os._exit(0)
    try:
        os.read(alive, 1)
        run.close()
        Run.create(tmp_path / "run", CONFIG, resume=True).close()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_picture_must_come_with_its_episode(tmp_path: Path) -> None:
    episode, images = made(0)
    with Run.create(tmp_path / "run", CONFIG) as run:
        with pytest.raises(UsageError, match="not given"):
            run.write(episode, {})
        swapped = dict(zip(images, reversed(images.values()), strict=True))
        with pytest.raises(UsageError, match="another hash"):
            run.write(episode, swapped)
        with pytest.raises(UsageError, match="another hash"):
            run.write(episode, dict.fromkeys(images, picture(5)))
        assert run.count() == 0
        with pytest.raises(RunError, match="shows a picture"):
            run.image("00")
