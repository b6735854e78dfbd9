"""The bench harness on tiny rows. No test asserts how long anything takes."""

import gc
import io
import json

import pytest
from rich.console import Console

from eyesmith.bench import Row, run
from eyesmith.bench.harness import LONG_REPEATS, MAX_REPEATS, MIN_REPEATS, WARM_UPS, measure
from eyesmith.bench.rows import ROWS
from eyesmith.errors import MissingExtraError, StorageError, UsageError

FIELDS = ["name", "ours_ms", "peer", "peer_ms", "ratio", "command"]


class Stage:
    """A clock that only the work moves."""

    def __init__(self, ours_ms, peer_ms):
        self.now_ns = 0
        self.calls = []
        self.left = {"ours": list(ours_ms), "peer": list(peer_ms)}

    def clock(self):
        return self.now_ns

    def play(self, side):
        def work():
            self.calls.append(side)
            queue = self.left[side]
            self.now_ns += int((queue.pop(0) if len(queue) > 1 else queue[0]) * 1e6)

        return work

    def row(self, **changed):
        return Row(
            **{
                "name": "fake.row",
                "ours": self.play("ours"),
                "peer": self.play("peer"),
                "peer_name": "P",
                **changed,
            }
        )


def quiet():
    return Console(file=io.StringIO(), width=200)


def printed(console):
    return console.file.getvalue()


def test_sides_take_turns_and_medians_are_reported():
    warm = [50.0] * WARM_UPS
    stage = Stage([*warm, 1.0, 2.0, 90.0, 2.0, 3.0], [*warm, 10.0, 8.0, 500.0, 6.0, 7.0])
    result = measure(stage.row(), seconds=0.0, clock=stage.clock)
    assert stage.calls == ["ours", "peer"] * (WARM_UPS + MIN_REPEATS)
    assert list(result) == FIELDS
    assert result["ours_ms"] == 2.0
    assert result["peer_ms"] == 8.0
    assert result["ratio"] == 4.0
    assert result["command"] == "eyesmith bench fake.row"
    assert result["peer"] == "P"


def test_repeats_follow_the_time():
    stage = Stage([100.0], [100.0])
    measure(stage.row(), seconds=2.0, clock=stage.clock)
    assert len(stage.calls) == 20
    stage = Stage([0.0], [0.0])
    result = measure(stage.row(), seconds=2.0, clock=stage.clock)
    assert len(stage.calls) == 2 * (MAX_REPEATS + WARM_UPS)
    assert result["ratio"] is None


def test_a_missing_peer_is_named():
    stage = Stage([4.0], [])
    result = measure(stage.row(peer=None, peer_name="scikit-image"), seconds=0.0, clock=stage.clock)
    assert result["peer"] == "scikit-image (not installed)"
    assert result["peer_ms"] is None
    assert result["ratio"] is None
    assert set(stage.calls) == {"ours"}


def test_a_row_without_a_peer():
    stage = Stage([4.0], [])
    result = measure(stage.row(peer=None, peer_name=""), seconds=0.0, clock=stage.clock)
    assert (result["peer"], result["peer_ms"], result["ratio"]) == (None, None, None)


def test_the_garbage_collector_is_off_while_timing_and_on_again_after():
    states = []
    row = Row("fake", lambda: states.append(gc.isenabled()), None, "")
    assert gc.isenabled()
    measure(row, seconds=0.0)
    assert gc.isenabled()
    assert not any(states)

    def fail():
        raise RuntimeError("broken work")

    with pytest.raises(RuntimeError):
        measure(Row("fake", fail, None, ""), seconds=0.0)
    assert gc.isenabled()


def fakes(made=None, closed=None):
    def factory(name):
        def make():
            if made is not None:
                made.append(name)
            return Row(
                name,
                lambda: sum(range(50)),
                lambda: sum(range(900)),
                "P",
                1e9,
                1e-9,
                lambda: (closed or []).append(name),
            )

        return make

    return {name: factory(name) for name in ("image.ssim", "image.copy", "zoom.48mp")}


def test_run_prints_a_table_and_writes_json(tmp_path):
    console, path, closed = quiet(), tmp_path / "bench.json", ["first"]
    results = run(json_path=path, rows=fakes(closed=closed), seconds=0.0, console=console)
    assert [row["name"] for row in results] == ["image.ssim", "image.copy", "zoom.48mp"]
    assert closed == ["first", "image.ssim", "image.copy", "zoom.48mp"]
    assert json.loads(path.read_text()) == results
    assert [entry.name for entry in tmp_path.iterdir()] == ["bench.json"]
    for row in results:
        assert list(row) == FIELDS
        assert row["ratio"] == pytest.approx(row["peer_ms"] / row["ours_ms"])
        assert row["name"] in printed(console)
    assert printed(console).count("met") == 6


def test_a_missed_budget_is_shown_and_fails_nothing():
    console = quiet()
    rows = {"slow": lambda: Row("slow", lambda: sum(range(900)), lambda: None, "P", 1e-9, 1e9)}
    assert len(run(rows=rows, seconds=0.0, console=console)) == 1
    assert printed(console).count("missed") == 2


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("image.*", ["image.ssim", "image.copy"]),
        ("image", ["image.ssim", "image.copy"]),
        ("image.ssim", ["image.ssim"]),
        ("*48mp", ["zoom.48mp"]),
        (None, ["image.ssim", "image.copy", "zoom.48mp"]),
    ],
)
def test_patterns_choose_rows_before_any_is_set_up(pattern, names):
    made = []
    run(pattern, rows=fakes(made), seconds=0.0, console=quiet())
    assert made == names


def test_a_whole_name_wins_over_a_part():
    row = Row("x", lambda: None, None, "")
    rows = {"import": lambda: row, "import.heavy": lambda: row}
    assert len(run("import", rows=rows, seconds=0.0, console=quiet())) == 1


def test_no_match_suggests_and_sets_nothing_up():
    made = []
    with pytest.raises(UsageError, match=r"Did you mean 'image\.ssim'"):
        run("imgae.ssim", rows=fakes(made), console=quiet())
    assert made == []


def test_a_json_path_that_cannot_be_is_refused_before_measuring(tmp_path):
    made = []
    for path in (tmp_path / "missing" / "bench.json", tmp_path):
        with pytest.raises(UsageError):
            run(json_path=path, rows=fakes(made), console=quiet())
    assert made == []


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "bench.json"
    path.write_text("old")

    def full(self, *args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(StorageError, match="No space left"):
        run("zoom", path, rows=fakes(), seconds=0.0, console=quiet())
    monkeypatch.undo()
    assert path.read_text() == "old"


def test_further_numbers_are_reported_beside_the_times():
    also = {"idle": 0.0}
    row = Row("fake", lambda: also.update(idle=also["idle"] + 0.25), None, "", also=lambda: also)
    console = quiet()
    (result,) = run(rows={"fake": lambda: row}, seconds=0.0, console=console)
    assert list(result) == [*FIELDS, "also"]
    assert result["also"] == {"idle": 0.25 * (WARM_UPS + MIN_REPEATS)}
    assert "idle: 1.75" in printed(console)


def test_a_long_row_is_called_less_often():
    stage = Stage([3000.0], [9000.0])
    measure(stage.row(is_long=True), clock=stage.clock)
    assert stage.calls == ["ours", "peer"] * (1 + LONG_REPEATS)


def test_a_row_that_cannot_be_set_up_says_so_and_the_others_go_on(tmp_path):
    def lacking():
        raise MissingExtraError('this row needs a thing: pip install "eyesmith[thing]"')

    console, path = quiet(), tmp_path / "bench.json"
    results = run(json_path=path, rows={"a": lacking, **fakes()}, seconds=0.0, console=console)
    assert [row["name"] for row in results] == ["a", *fakes()]
    assert list(results[0]) == [*FIELDS, "missing"]
    assert (results[0]["ours_ms"], results[0]["ratio"]) == (None, None)
    assert 'pip install "eyesmith[thing]"' in printed(console)
    assert json.loads(path.read_text()) == results


@pytest.mark.parametrize("name", ROWS)
def test_the_rows_do_the_work_they_say(name):
    if name.startswith("loop."):
        pytest.importorskip("transformers", reason="the loop needs transformers: make test")
    row = ROWS[name]()
    try:
        assert row.name == name
        assert row.peer is not None
        ours, peer = row.ours(), row.peer()
        if name == "image.ssim":
            assert ours.value == pytest.approx(peer, abs=1e-6)
        if name == "contract.step":
            assert (ours.text, ours.error) == (peer[0], "") == ("nodded", "")
            assert not row.ours().done
        if name.startswith("loop."):
            assert [(len(episode.turns), episode.token_exact) for episode in ours] == [(6, True)] * 32
            assert all("arrived" in str(episode.messages[-1]["content"]) for episode in ours)
            assert 0.0 <= row.also()["engine_idle"] < 1.0
        if name == "loop.turns":
            assert peer == 32 * 6
        if name == "loop.pictures":
            assert [len(set(episode.image_hashes)) for episode in (*ours, *peer)] == [6] * 64
        if name == "record.read":
            assert (ours[0].id, ours[1]) == (peer[0]["id"], peer[1])
            assert (len(ours[1]), len(ours[0].logprobs)) == (3, 1200)
        if name == "record.scan":
            assert ours == peer == [("ok", 0.75)] * 256
        if name == "zoom.48mp":
            assert (ours.shape[1], ours.shape[0]) == peer.size
    finally:
        row.close()


def test_a_peer_that_is_not_installed_is_no_error(monkeypatch):
    monkeypatch.setattr("eyesmith.bench.rows.find_spec", lambda name: None)
    row = ROWS["image.ssim"]()
    assert row.peer is None
    assert "scikit-image" in row.peer_name
