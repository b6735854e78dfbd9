"""Collections in processes of their own that are killed, interrupted and starved."""

import json
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from eyesmith.trajectories.record import Episode
from eyesmith.trajectories.run import Run

from .conftest import gone, workers_of

Start = Callable[..., subprocess.Popen[str]]
SWATCH = {
    "env": "eyesmith/ZoomQA-v0",
    "episodes": 48,
    "group": 4,
    "workers": 2,
    "env_kwargs": {"kind": "swatch"},
}
TROUBLE = {"env": "trouble:trouble/Trouble-v0", "episodes": 8, "group": 2, "workers": 2}
WHOLE_S = 4.0


def found(folder: Path) -> dict[tuple[int, int], Episode]:
    episodes = list(Run.open(folder).episodes())
    places = {(episode.task_index, episode.sample): episode for episode in episodes}
    assert len(places) == len(episodes), "nothing twice"
    return places


def wait_for_line(process: subprocess.Popen[str], start: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(start):
            return
    raise AssertionError(f"it ended before it said {start!r}")


@pytest.mark.parametrize(
    ("kills", "seed"), [(2, 0), pytest.param(10, 1, marks=pytest.mark.long)], ids=["twice", "ten_times"]
)
def test_killed_at_random_moments_and_resumed(tmp_path: Path, start: Start, kills: int, seed: int) -> None:
    rng, out = random.Random(seed), tmp_path / "run"
    kept = 0
    for kill in range(kills):
        process = start(str(out), json.dumps(SWATCH | {"resume": True}))
        if kill % 2 == 0 and kept < 36:
            wait_for_line(process, "done 5/")  # in the thick of it; else anywhere, start and sealing included
            time.sleep(rng.uniform(0.0, 0.3))
        else:
            time.sleep(rng.uniform(0.0, WHOLE_S))
        children = workers_of(process.pid)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert gone(children), "no worker outlives its collection by a second"
        if (out / "config.json").exists():
            now = len(found(out))
            assert now >= kept
            kept = now
    process = start(str(out), json.dumps(SWATCH | {"resume": True}))
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    places = found(out)
    assert sorted(places) == [(index, sample) for index in range(12) for sample in range(4)]
    assert {episode.status for episode in places.values()} == {"ok"}
    assert not list(out.glob("*.tmp"))
    assert not list(out.glob("*.eslog"))
    assert sum(pq.read_table(path).num_rows for path in out.glob("episodes-*.parquet")) == 48
    run = Run.open(out)
    for sha256 in {sha256 for episode in places.values() for sha256 in episode.image_hashes}:
        assert run.image(sha256).decode().ndim == 3


def test_hanging_workers_do_not_outlive_a_killed_collection(tmp_path: Path, start: Start) -> None:
    settings = TROUBLE | {"env_kwargs": {"what": "hang", "at": 1}, "concurrency": 8}
    process = start(str(tmp_path), json.dumps(settings))
    wait_for_line(process, "done 2/")
    time.sleep(0.5)
    children = workers_of(process.pid)
    assert len(children) == 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert gone(children)


def test_ctrl_c_seals_and_ends_with_130(tmp_path: Path, start: Start) -> None:
    process = start(str(tmp_path), json.dumps(SWATCH))
    wait_for_line(process, "done 6/")
    children = workers_of(process.pid)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 130, output
    assert output.rstrip().endswith("interrupted")
    assert "Traceback" not in output
    assert gone(children)
    kept = len(found(tmp_path))
    assert 6 <= kept < 48
    assert not list(tmp_path.glob("*.eslog"))
    process = start(str(tmp_path), json.dumps(SWATCH | {"resume": True}))
    output, _ = process.communicate(timeout=60)
    assert f"before {kept} done {48 - kept}" in output


def test_a_full_disk_keeps_what_was_collected(tmp_path: Path, start: Start) -> None:
    process = start(str(tmp_path), json.dumps(SWATCH | {"file_bytes": 200_000}))
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1, output
    (said,) = [line for line in output.splitlines() if not line.startswith("done ")]
    assert said.startswith("StorageError: could not write")
    assert "kept and readable" in said
    assert "--resume" in said
    kept = len(found(tmp_path))
    assert kept == output.count("done ") > 0
    settings: dict[str, Any] = SWATCH | {"resume": True}
    output, _ = start(str(tmp_path), json.dumps(settings)).communicate(timeout=60)
    assert f"before {kept} done {48 - kept}" in output
    assert len(found(tmp_path)) == 48
