import os
from pathlib import Path

import pytest

from eyesmith.errors import RunError
from eyesmith.trajectories.run import Run

from .made import CONFIG, fill, ids, picture, snapshot, stored


def halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("kind", ["episodes", "images"])
@pytest.mark.parametrize("is_missing", [False, True])
def test_a_sealed_file_that_is_cut_or_missing(sealed: Path, kind: str, is_missing: bool) -> None:
    path = sealed / f"{kind}-00001.parquet"
    kept = path.read_bytes()
    path.unlink() if is_missing else halve(path)
    others = {name: data for name, data in snapshot(sealed).items() if "00001" not in name}
    lost = picture(1005).sha256
    with pytest.raises(RunError, match=rf"(?s){path.name} is damaged.*intact.*--resume"):
        list(Run.open(sealed).episodes()) if kind == "episodes" else Run.open(sealed).image(lost)

    with pytest.warns(RuntimeWarning, match=f"{kind}-00001.parquet"):
        run = Run.create(sealed, CONFIG, resume=True)
    assert {damage.segment for damage in run.damage} == {1}
    assert run.owed((index, 0) for index in range(14)) == [(4, 0), (5, 0), (6, 0), (7, 0)]
    assert path.with_name(path.name + ".damaged").exists() != is_missing
    assert {name: data for name, data in snapshot(sealed).items() if name in others} | {
        name: others[name] for name in ("manifest.jsonl", "config.json")
    } == others
    fill(run, range(4, 8))
    run.seal()
    run.close()
    assert sorted(stored(sealed)) == sorted(ids(range(14)))
    assert Run.open(sealed).image(lost) == picture(1005)

    if not is_missing:
        os.replace(path.with_name(path.name + ".damaged"), sealed / "aside")
    path.write_bytes(kept)
    aside = sealed / "episodes-00001.parquet.damaged"
    if kind == "images":
        os.replace(aside, sealed / "episodes-00001.parquet")
    assert sorted(stored(sealed)) == sorted(ids(range(14))), "put back from a copy: still each once"


def test_a_flipped_bit_in_a_page_is_found(sealed: Path) -> None:
    path = sealed / "images-00001.parquet"
    data = bytearray(path.read_bytes())
    middle = data.find(b"IDAT") + 40
    data[middle] ^= 1
    path.write_bytes(data)
    with pytest.raises(RunError, match=path.name):
        [Run.open(sealed).image(picture(1000 + n).sha256) for n in range(4, 8)]
    Run.create(sealed, CONFIG, resume=True, is_deep=False).close()
    with pytest.warns(RuntimeWarning, match="bytes were changed"):
        run = Run.create(sealed, CONFIG, resume=True)
    assert len(run.owed((index, 0) for index in range(14))) == 4
    run.close()


def test_damage_in_a_log_costs_what_it_hit_and_the_log_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run = Run.create(folder, CONFIG)
    fill(run, range(6))
    run.close()
    log = folder / "log-00000.eslog"
    data = bytearray(log.read_bytes())
    # The first frame: its episode is lost, and with it the picture that all the others share.
    data[60] ^= 1
    log.write_bytes(data)
    with pytest.warns(RuntimeWarning, match="log-00000"):
        run = Run.create(folder, CONFIG, resume=True)
    assert run.owed((n, 0) for n in range(6)) == [(n, 0) for n in range(6)]
    fill(run, range(6))
    run.seal()
    run.close()
    assert stored(folder) == ids(range(6))
    assert (folder / "log-00000.eslog.damaged").read_bytes().startswith(bytes(data))
    assert Run.open(folder).image(picture(0).sha256) == picture(0)


def test_a_lost_manifest_is_written_again_and_a_broken_one_is_named(sealed: Path) -> None:
    manifest = sealed / "manifest.jsonl"
    before = manifest.read_text()
    manifest.unlink()
    assert stored(sealed) == ids(range(14))
    Run.create(sealed, CONFIG, resume=True).close()
    assert manifest.read_text() == before
    manifest.write_bytes(before.encode()[:-20] + b"\xff")
    with pytest.raises(RunError, match="Take that line out"):
        Run.open(sealed).count()
