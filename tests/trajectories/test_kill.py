import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from eyesmith.errors import StorageError
from eyesmith.trajectories import seal as seal_file
from eyesmith.trajectories.run import Run
from eyesmith.trajectories.seal import read_manifest

from .made import CONFIG, fill, ids, made, picture, stored

STEPS = ["images", "episodes", "manifest", "log"]


@pytest.mark.parametrize("step", STEPS)
def test_sealing_that_was_killed_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Dies at each rename and at the deletion of the log; a kill leaves no chance to tidy up."""

    class Killed(BaseException):
        pass

    real = os.replace

    def dying(source: Path, target: Path) -> None:
        if target.name.startswith(step):
            raise Killed
        real(source, target)

    def dying_retire(*_: object, **__: object) -> None:
        raise Killed

    folder = tmp_path / "run"
    run = Run.create(folder, CONFIG)
    fill(run, range(5))
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", dying)
        if step == "log":
            patch.setattr(seal_file, "_retire", dying_retire)
        with pytest.raises(Killed):
            run.seal()
    assert stored(folder) == ids(range(5))
    run.close()
    with Run.create(folder, CONFIG, resume=True) as again:
        assert again.owed((n, 0) for n in range(6)) == [(5, 0)]
        fill(again, range(5, 6))
    assert stored(folder) == ids(range(6))
    assert not list(folder.glob("*.tmp"))
    assert not list(folder.glob("*.eslog"))
    rows = sum(pq.read_metadata(path).num_rows for path in folder.glob("episodes-*.parquet"))
    assert rows == 6
    assert sum(entry["episodes"]["rows"] for entry in read_manifest(folder).values()) == 6


def test_a_full_disk_while_sealing_keeps_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    folder = tmp_path / "run"
    run = Run.create(folder, CONFIG)
    fill(run, range(5))
    with monkeypatch.context() as patch:
        patch.setattr(seal_file._Writer, "_flush", full)
        with pytest.raises(StorageError, match=r"(?s)No space left.*--resume"):
            run.seal()
    run.close()
    assert not list(folder.glob("*.tmp"))
    assert stored(folder) == ids(range(5))
    Run.create(folder, CONFIG, resume=True).__exit__(None, None, None)
    assert len(list(folder.glob("episodes-*.parquet"))) == 1
    assert stored(folder) == ids(range(5))


def test_a_disk_that_is_really_full_stops_the_run_and_keeps_what_there_is(tmp_path: Path) -> None:
    code = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from made import CONFIG, Run, made
from eyesmith.errors import StorageError
run = Run.create(sys.argv[1], CONFIG)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    for n in range(1000):
        run.write(*made(n))
except StorageError as error:
    print(n, error)
try:
    run.seal()
except StorageError as error:
    print("seal", error)
run.close()
"""
    folder = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    count = int(done.stdout.split()[0])
    assert count > 5
    assert "--resume" in done.stdout
    assert stored(folder) == ids(range(count))
    with Run.create(folder, CONFIG, resume=True) as run:
        assert run.owed((n, 0) for n in range(count + 1)) == [(count, 0)]
        run.write(*made(count))
    assert stored(folder) == ids(range(count + 1))


WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from made import CONFIG, Run, made
run = Run.create(sys.argv[1], CONFIG, resume=True, rotate_bytes=30_000)
for index, sample in run.owed((n, 0) for n in range(100_000)):
    run.write(*made(index))
    print(index, flush=True)
    if index % 41 == 0:
        run.seal()
"""


def kill_rounds(folder: Path, rounds: int) -> None:
    dice = random.Random(rounds)
    acknowledged: list[int] = []
    for _ in range(rounds):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(Path(__file__).parent)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder.parent,
        )
        assert process.stdout
        acknowledged.append(int(process.stdout.readline()))
        time.sleep(dice.uniform(0.0, 0.6))
        process.send_signal(signal.SIGKILL)
        acknowledged += map(int, process.stdout.read().splitlines())
        process.wait()
        assert len(acknowledged) == len(set(acknowledged)), "nothing that was stored is collected again"
    reader = Run.open(folder)
    found = [episode.task_index for episode in reader.episodes(["image_hashes"])]
    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found)
    assert len(found) - len(acknowledged) <= rounds, "at most the one in flight of each round"
    for episode in reader.episodes():
        wanted, images = made(episode.task_index)
        assert episode.messages == wanted.messages
        assert all(reader.image(sha256) == image for sha256, image in images.items())
    for path in folder.glob("*.parquet"):
        assert pq.ParquetFile(path, page_checksum_verification=True).read().num_rows
    with Run.create(folder, CONFIG, resume=True):
        pass
    assert sorted(e.task_index for e in Run.open(folder).episodes([])) == sorted(found)
    rows = [pq.read_metadata(path).num_rows for path in folder.glob("episodes-*.parquet")]
    assert sum(rows) == len(found), "no row twice on the disk either"


def test_reading_goes_on_while_another_process_writes_and_seals(tmp_path: Path) -> None:
    folder, acknowledged = tmp_path / "run", tmp_path / "acknowledged.txt"
    with acknowledged.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(Path(__file__).parent)], stdout=file, cwd=tmp_path
        )
    try:
        while not acknowledged.stat().st_size:
            assert process.poll() is None
            time.sleep(0.02)
        reader, counts = Run.open(folder), []
        end = time.monotonic() + 2.0
        while time.monotonic() < end:
            found = [episode.task_index for episode in reader.episodes(["reward"])]
            assert found == list(range(len(found)))
            assert reader.image(picture(1000 + found[-1]).sha256) == picture(1000 + found[-1])
            counts.append(len(found))
    finally:
        process.kill()
        process.wait()
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
    assert read_manifest(folder), "it sealed meanwhile"


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    kill_rounds(tmp_path / "run", 2)


@pytest.mark.long
def test_kill_9_ten_times(tmp_path: Path) -> None:
    kill_rounds(tmp_path / "run", 10)
