import errno
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eyesmith.errors import RunError, StorageError
from eyesmith.trajectories.log import HEAD_BYTES, MAGIC, AppendLog, read_frame, read_log, scan_log


def fill(path: Path, count: int = 5, size: int = 3000) -> list[tuple[dict, tuple[bytes, ...]]]:
    noise = random.Random(count)
    frames = [({"n": n, "text": "é\ud800"}, (noise.randbytes(size), b"")) for n in range(count)]
    with AppendLog(path) as log:
        for header, blobs in frames:
            log.append(header, blobs)
    return frames


def starts(path: Path) -> list[int]:
    return [frame.start for frame in scan_log(path)]


def test_what_is_appended_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.eslog"
    frames = fill(path)
    assert list(read_log(path)) == frames
    with AppendLog(path) as log:
        assert (log.frames, log.dropped_bytes, log.damaged_bytes) == (5, 0, 0)
        place = log.append({"n": 5})
        assert list(read_log(path))[5] == ({"n": 5}, ()), "readable before it is closed"
    assert read_frame(path, place).header == {"n": 5}
    with pytest.raises(RunError, match="no sound frame"):
        read_frame(path, place + 1)


def test_a_missing_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no log"):
        list(read_log(tmp_path / "none.eslog"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1))
def test_a_torn_tail_is_cut_off_and_counted(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.eslog"
    path.unlink(missing_ok=True)
    frames = fill(path)
    keep = int(share * path.stat().st_size)
    ends = [*starts(path)[1:], path.stat().st_size]
    os.truncate(path, keep)
    whole = sum(end <= keep for end in ends)
    assert list(read_log(path)) == frames[:whole]
    with AppendLog(path) as log:
        assert log.frames == whole
        assert log.dropped_bytes == keep - (ends[whole - 1] if whole else 0)
        log.append({"n": "new"})
    assert list(read_log(path)) == [*frames[:whole], ({"n": "new"}, ())]


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**9), st.integers(1, 255))
def test_one_wrong_byte_costs_one_frame(tmp_path: Path, where: int, flip: int) -> None:
    path = tmp_path / "a.eslog"
    path.unlink(missing_ok=True)
    frames = fill(path, size=200)
    begin = starts(path)
    data = bytearray(path.read_bytes())
    data[where % len(data)] ^= flip
    path.write_bytes(data)
    hit = sum(start <= where % len(data) for start in begin) - 1
    assert list(read_log(path)) == frames[:hit] + frames[hit + 1 :]


def test_damage_in_the_middle_stays_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.eslog"
    frames = fill(path)
    begin = starts(path)
    data = bytearray(path.read_bytes())
    data[begin[1] : begin[1] + 50] = b"\xff" * 50
    path.write_bytes(data)
    with AppendLog(path) as log:
        assert (log.dropped_bytes, log.damaged_bytes) == (0, begin[2] - begin[1])
    assert path.stat().st_size == len(data)
    assert list(read_log(path)) == frames[:1] + frames[2:]


def test_a_frame_inside_a_payload_is_no_frame(tmp_path: Path) -> None:
    inner, path = tmp_path / "inner.eslog", tmp_path / "a.eslog"
    with AppendLog(inner) as log:
        log.append({"reward": 1.0})
    smuggled = inner.read_bytes()
    assert smuggled.startswith(MAGIC)
    with AppendLog(path) as log:
        log.append({"n": 0}, [b"x" * 100, smuggled])
        second = log.append({"n": 1})
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[HEAD_BYTES + 60] ^= 1
    path.write_bytes(damaged)
    assert [header for header, _ in read_log(path)] == [{"n": 1}]
    path.write_bytes(whole[: second - 1])
    assert list(read_log(path)) == []


def test_an_old_tail_of_zeros_is_cut_but_a_strange_file_is_not(tmp_path: Path) -> None:
    zeros, strange = tmp_path / "zeros.eslog", tmp_path / "strange.eslog"
    zeros.write_bytes(bytes(5000))
    with AppendLog(zeros) as log:
        assert log.dropped_bytes == 5000
    strange.write_bytes(b"my thesis" * 100)
    with pytest.raises(RunError, match="no log of eyesmith"):
        AppendLog(strange)
    assert strange.read_bytes() == b"my thesis" * 100


@pytest.mark.parametrize("written", [0, 10, 2000])
def test_a_full_disk_costs_only_the_frame_that_did_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    path = tmp_path / "a.eslog"
    frames = fill(path)
    write = os.pwrite
    room = written

    def full(handle: int, data: memoryview, offset: int) -> int:
        nonlocal room
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        part, room = data[:room], 0
        return write(handle, part, offset)

    log = AppendLog(path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(StorageError, match=r"(?s)No space left.*kept.*Free some space.*--resume"):
            log.append({"n": 9}, [b"y" * 5000])
    assert list(read_log(path)) == frames
    log.append({"n": "after"})
    log.close()
    assert list(read_log(path)) == [*frames, ({"n": "after"}, ())]


def test_a_real_limit_of_the_system_is_met_in_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "a.eslog"
    code = """
import resource, sys
from pathlib import Path
from eyesmith.errors import StorageError
from eyesmith.trajectories.log import AppendLog
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
log = AppendLog(Path(sys.argv[1]))
try:
    for n in range(100):
        log.append({"n": n}, [bytes(7000)])
except StorageError as error:
    print(n, error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    count, message = done.stdout.split(" ", 1)
    assert "--resume" in message
    assert [header["n"] for header, _ in read_log(path)] == list(range(int(count)))
    assert int(count) == 7
    with AppendLog(path) as log:
        assert log.dropped_bytes == 0


def test_it_syncs_each_frame_when_asked_and_else_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    for fsync_s, expected in ((0.0, 4), (3600.0, 1)):
        synced.clear()
        with AppendLog(tmp_path / f"{fsync_s}.eslog", fsync_s=fsync_s) as log:
            for n in range(3):
                log.append({"n": n})
        assert len(synced) == expected


def test_a_failed_sync_at_the_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    log = AppendLog(tmp_path / "a.eslog", fsync_s=3600.0)
    log.append({"n": 1})
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match="Mend that"):
        log.close()
    log.close()
