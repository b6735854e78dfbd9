"""Collecting with environments that break, hang and die, on folders and disks that do too."""

import json
import os
import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from PIL import Image as Picture

from eyesmith.agents import CollectConfig, CollectReport, collect
from eyesmith.agents import collection as collection_file
from eyesmith.errors import InfrastructureError, RunError, StorageError, UsageError
from eyesmith.trajectories.record import Episode
from eyesmith.trajectories.run import Run

from .conftest import gone, workers_of

ZOOM = "eyesmith/ZoomQA-v0"
TROUBLE = "trouble:trouble/Trouble-v0"


def config(**changes: Any) -> CollectConfig:
    settings: dict[str, Any] = {"env": TROUBLE, "episodes": 8, "group": 2, "workers": 2, "timeout_s": 60.0}
    return CollectConfig(**(settings | changes))


def trouble(what: str, **kwargs: Any) -> CollectConfig:
    settings = {name: kwargs.pop(name) for name in ("timeout_s", "retries", "episodes") if name in kwargs}
    return config(env_kwargs={"what": what, **kwargs}, **settings)


def by_place(folder: Path) -> dict[tuple[int, int], Episode]:
    """(task, sample) -> episode; every one exactly once, with all of its pictures."""
    run = Run.open(folder)
    episodes = list(run.episodes())
    for episode in episodes:
        for sha256 in set(episode.image_hashes):
            assert run.image(sha256).decode().ndim == 3
    found = {(episode.task_index, episode.sample): episode for episode in episodes}
    assert len(found) == len(episodes) == len({episode.id for episode in episodes})
    return found


def one_paragraph(error: BaseException) -> str:
    text = str(error)
    assert "\n" not in text.strip()
    assert len(text) > 30
    return text


@pytest.fixture(scope="module")
def zoomed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("zoomed") / "run"
    collect(
        config(env=ZOOM, policy="random", episodes=12, group=4, env_kwargs={"kind": "swatch"}),
        out,
    )
    return out


def test_a_group_shares_its_task_and_chance_differs_by_sample(zoomed: Path) -> None:
    found = by_place(zoomed)
    assert sorted(found) == [(index, sample) for index in range(3) for sample in range(4)]
    for index in range(3):
        group = [found[index, sample] for sample in range(4)]
        assert len({episode.task_hash for episode in group}) == 1
        assert len({episode.group_id for episode in group}) == 1
        assert len({episode.image_hashes[0] for episode in group}) == 1, "the first view is the task's"
        assert len({json.dumps([turn.calls for turn in episode.turns]) for episode in group}) > 1
    assert len({episode.group_id for episode in found.values()}) == 3
    assert len({episode.task_hash for episode in found.values()}) == 3


def test_the_same_config_collects_the_same(zoomed: Path, tmp_path: Path) -> None:
    collect(config(env=ZOOM, policy="random", episodes=4, group=4, env_kwargs={"kind": "swatch"}), tmp_path)
    first, again = by_place(zoomed), by_place(tmp_path)
    assert [told(again[0, sample]) for sample in range(4)] == [told(first[0, sample]) for sample in range(4)]


def told(episode: Episode) -> Episode:
    """Without what may differ from one playing to the next."""
    turns = [replace(turn, env_ms=None) for turn in episode.turns]
    return replace(episode, id="", group_id="", policy="", created=None, attempts=1, turns=turns)


def test_a_replay_gives_equal_episodes_and_pictures(zoomed: Path, tmp_path: Path) -> None:
    settings = config(
        env=ZOOM, policy=f"replay:{zoomed}", episodes=12, group=4, env_kwargs={"kind": "swatch"}
    )
    collect(settings, tmp_path / "again")
    first, again = by_place(zoomed), by_place(tmp_path / "again")
    assert {place: told(episode) for place, episode in again.items()} == {
        place: told(episode) for place, episode in first.items()
    }
    hashes = {sha256 for episode in first.values() for sha256 in episode.image_hashes}
    assert all(
        Run.open(zoomed).image(sha256) == Run.open(tmp_path / "again").image(sha256) for sha256 in hashes
    )
    assert {episode.policy for episode in again.values()} == {"replay:run"}, "no path of this machine"


@pytest.mark.parametrize(
    "changes", [{"episodes": 16}, {"seed": 1}, {"split": "test"}, {"env": TROUBLE, "env_kwargs": {}}]
)
def test_a_replay_of_what_was_not_recorded_is_refused(
    zoomed: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    settings = {"env": ZOOM, "policy": f"replay:{zoomed}", "episodes": 12, "group": 4} | changes
    with pytest.raises(UsageError, match=r"holds no finished episode of \d+ of the \d+") as caught:
        collect(config(**settings), tmp_path / "again")
    one_paragraph(caught.value)
    assert not (tmp_path / "again").exists()


def test_a_worker_that_is_killed_is_replaced_and_siblings_go_on(tmp_path: Path) -> None:
    report = collect(trouble("die", at=1, mended=str(tmp_path / "mended"), once=True), tmp_path / "run")
    found = by_place(tmp_path / "run")
    assert report.statuses == Counter(ok=8)
    assert sorted(Counter(episode.attempts for episode in found.values()).items()) == [(1, 7), (2, 1)]
    assert {place[0] for place, episode in found.items() if episode.attempts == 2} == {1}
    assert not workers_of(os.getpid())


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("die", "WorkerError: a worker died during its episode (signal 9)"),
        ("exit", "WorkerError: a worker died during its episode (exit status 7)"),
        ("break", "WorkerError: the engine did not answer"),
        ("bug", "ValueError: no such key in ~/thing (trouble.py:"),
    ],
)
def test_what_fails_each_time_is_an_error_and_never_a_reward(tmp_path: Path, what: str, said: str) -> None:
    report = collect(trouble(what, at=2, retries=1), tmp_path)
    assert report.statuses == Counter(ok=6, error=2)
    assert report.mean_reward == pytest.approx(1.0)
    for place, episode in by_place(tmp_path).items():
        if place[0] != 2:
            assert (episode.status, episode.attempts) == ("ok", 1)
            continue
        assert (episode.status, episode.stop_reason, episode.attempts) == ("error", "infrastructure", 2)
        assert episode.reward is None
        assert episode.score is None
        assert episode.components == []
        assert said in episode.error
        assert str(Path.home()) not in episode.error


def test_a_hanging_environment_meets_the_time_limit(tmp_path: Path) -> None:
    report = collect(trouble("hang", at=0, timeout_s=1.0, retries=1, episodes=6), tmp_path)
    assert report.statuses == Counter(ok=4, error=2)
    failed = [episode for episode in by_place(tmp_path).values() if episode.status == "error"]
    assert {episode.task_index for episode in failed} == {0}
    assert all("took longer than 1 s" in episode.error for episode in failed)
    assert not workers_of(os.getpid())


def test_a_worker_takes_what_it_started_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TROUBLE_PIDS", str(tmp_path / "pid"))
    collect(trouble("hang_with_a_child", at=0, timeout_s=1.5, retries=0, episodes=2), tmp_path / "run")
    child = Path("/proc") / (tmp_path / "pid").read_text()
    assert not child.exists() or "Z" in (child / "stat").read_text().rpartition(")")[2].split()[0]


def test_a_failure_that_passes_costs_one_attempt(tmp_path: Path) -> None:
    report = collect(trouble("break", at=3, mended=str(tmp_path / "mended"), once=True), tmp_path / "run")
    assert report.statuses == Counter(ok=8)
    assert sorted(episode.attempts for episode in by_place(tmp_path / "run").values()) == [1] * 7 + [2]


def test_what_a_library_prints_does_not_break_the_wire(tmp_path: Path) -> None:
    assert collect(trouble("print"), tmp_path).statuses == Counter(ok=8)


def test_resume_plays_only_what_is_owed(tmp_path: Path) -> None:
    collect(config(episodes=6), tmp_path)
    before = {place: episode.created for place, episode in by_place(tmp_path).items()}
    reports: list[int] = []
    more = collect(config(episodes=10), tmp_path, resume=True, progress=lambda r: reports.append(r.done))
    assert (more.before, more.planned, more.done) == (6, 4, 4)
    assert reports == [1, 2, 3, 4]
    after = by_place(tmp_path)
    assert len(after) == 10
    assert all(after[place].created == created for place, created in before.items())
    nothing = collect(config(episodes=10), tmp_path, resume=True)
    assert (nothing.before, nothing.planned, nothing.done) == (10, 0, 0)


def test_retry_errors_plays_failed_episodes_again_in_their_place(tmp_path: Path) -> None:
    mended, out = tmp_path / "mended", tmp_path / "run"
    settings = trouble("bug", at=1, mended=str(mended), retries=0)
    assert collect(settings, out).statuses == Counter(ok=6, error=2)
    failed = {place: e.id for place, e in by_place(out).items() if e.status == "error"}
    assert collect(settings, out, resume=True).planned == 0, "errors are owed only when asked for"
    mended.touch()
    again = collect(settings, out, resume=True, retry_errors=True)
    assert (again.planned, again.statuses) == (2, Counter(ok=2))
    found = by_place(out)
    assert len(found) == 8
    assert {found[place].id for place in failed} == set(failed.values()), "it replaces what failed"
    assert {episode.status for episode in found.values()} == {"ok"}


def test_resuming_with_another_config_is_refused(tmp_path: Path) -> None:
    collect(config(episodes=2), tmp_path)
    for changes in ({"policy": "random"}, {"seed": 5}, {"group": 1}, {"env_kwargs": {"what": "print"}}):
        with pytest.raises(RunError, match=f"another config; it differs in {next(iter(changes))}") as caught:
            collect(config(episodes=2, **changes), tmp_path, resume=True)
        one_paragraph(caught.value)
    assert len(by_place(tmp_path)) == 2


def test_everything_failing_alike_ends_the_collection_early(tmp_path: Path) -> None:
    mended, out = tmp_path / "mended", tmp_path / "run"
    settings = trouble("bug", mended=str(mended), retries=0, episodes=64)
    with pytest.raises(InfrastructureError, match="first 16 episodes all failed alike") as caught:
        collect(settings, out)
    text = one_paragraph(caught.value)
    assert "no such key" in text
    assert "--resume --retry-errors" in text
    assert 16 <= len(by_place(out)) <= 18
    assert not workers_of(os.getpid())
    mended.touch()
    assert collect(settings, out, resume=True, retry_errors=True).statuses == Counter(ok=64)
    assert {episode.status for episode in by_place(out).values()} == {"ok"}


def test_an_environment_that_only_workers_cannot_build_ends_it_early(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match="RuntimeError: no licence for the engine"):
        collect(trouble("unbuildable", retries=0, episodes=40), tmp_path)


def test_many_failures_among_successes_do_not_end_it(tmp_path: Path) -> None:
    report = collect(replace(trouble("bug", at=0, retries=0, episodes=40), group=20), tmp_path)
    assert report.statuses == Counter(ok=20, error=20)


def test_an_id_that_only_this_process_knows_is_named(tmp_path: Path) -> None:
    import trouble as module

    gymnasium.register(id="nowhere/Private-v0", entry_point=module.TroubleEnv)
    try:
        with pytest.raises(UsageError, match="do not know 'nowhere/Private-v0'") as caught:
            collect(config(env="nowhere/Private-v0"), tmp_path)
    finally:
        del gymnasium.registry["nowhere/Private-v0"]
    one_paragraph(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"policy": "cheat:nothign"}, "Did you mean 'nothing'"),
        ({"policy": "replay:/nowhere"}, "needs the folder of a run"),
        ({"env": "eyesmith/ZoomAQ-v0"}, "Did you mean 'eyesmith/ZoomQA-v0'"),
        ({"env": "no_such_module:x/Y-v0"}, "No module named 'no_such_module'"),
        ({"env": "trouble:trouble/Truoble-v0"}, "cannot be made"),
        ({"env": "CartPole-v1"}, "no eyesmith environment"),
        ({"env_kwargs": {"whta": 1}}, "Did you mean 'what'"),
        ({"env_kwargs": {"difficulty": 9}}, "difficulty"),
        ({"env_kwargs": {"recipe": "defualt"}}, "Did you mean 'default'"),
        ({"split": "trian"}, "Did you mean 'train'"),
        ({"split": "test", "episodes": 16, "group": 2}, "need 8 tasks, but the split 'test' has 7"),
    ],
)
def test_what_cannot_be_is_refused_before_a_worker_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], said: str
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("workers were made")

    monkeypatch.setattr(collection_file, "WorkerPool", never)
    with pytest.raises(UsageError, match=said) as caught:
        collect(config(**changes), tmp_path / "run")
    one_paragraph(caught.value)
    assert not (tmp_path / "run").exists()


def test_out_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RunError, match="is a file"):
        collect(config(), tmp_path / "file")
    for out in (Path("/proc/nowhere/run"), tmp_path / "file" / "run"):
        with pytest.raises(StorageError, match="could not write") as caught:
            collect(config(), out)
        one_paragraph(caught.value)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match="Nothing in it was touched"):
        collect(config(), tmp_path / "other", resume=True)


def test_a_parquet_cut_in_half_is_set_aside_and_collected_again(tmp_path: Path) -> None:
    collect(config(episodes=4), tmp_path)
    collect(config(episodes=8), tmp_path, resume=True)
    path = tmp_path / "episodes-00001.parquet"
    os.truncate(path, path.stat().st_size // 2)
    with pytest.warns(RuntimeWarning, match=path.name):
        report = collect(config(episodes=8), tmp_path, resume=True)
    assert (report.before, report.done) == (4, 4)
    assert len(by_place(tmp_path)) == 8
    assert path.with_name(path.name + ".damaged").exists()


def test_a_corrupt_picture_ends_it_and_keeps_what_was_collected(tmp_path: Path) -> None:
    folder, out = tmp_path / "pictures", tmp_path / "run"
    folder.mkdir()
    rows = []
    for i in range(6):
        pixels = np.random.default_rng(i).integers(0, 256, (64, 96, 3), np.uint8)
        Picture.fromarray(pixels).save(folder / f"{i}.png")
        row = {"image": f"{i}.png", "question": "Is it noise?", "type": "yesno", "answer": "yes", "boxes": []}
        rows.append(json.dumps(row))
    (folder / "questions.jsonl").write_text("\n".join(rows))
    (folder / "4.png").write_bytes((folder / "4.png").read_bytes()[:2000])
    settings = config(env=ZOOM, episodes=6, group=1, concurrency=1, env_kwargs={"source": f"folder:{folder}"})
    with pytest.raises(UsageError, match=r"4\.png cannot be read") as caught:
        collect(settings, out)
    assert "replace it" in one_paragraph(caught.value)
    assert sorted(by_place(out)) == [(index, 0) for index in range(4)]
    assert not list(out.glob("*.eslog")), "what was collected is sealed"
    Picture.fromarray(np.zeros((64, 96, 3), np.uint8)).save(folder / "4.png")
    assert collect(settings, out, resume=True).done == 2
    assert len(by_place(out)) == 6


def test_private_paths_do_not_reach_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    collect(
        trouble("bug", at=0, mended=str(tmp_path / "x" / "mended"), retries=0, episodes=4),
        tmp_path / "run",
    )
    for episode in by_place(tmp_path / "run").values():
        assert episode.env_kwargs["mended"] == "~/x/mended"
    for path in (tmp_path / "run").iterdir():
        assert str(tmp_path).encode() not in path.read_bytes(), path.name


def test_both_workers_play(tmp_path: Path) -> None:
    report = collect(replace(trouble("burn", episodes=64), concurrency=64), tmp_path)
    played = Counter(episode.metrics["pid"] for episode in by_place(tmp_path).values())
    assert report.statuses == Counter(ok=64)
    assert len(played) == 2
    assert min(played.values()) > 8


def test_ctrl_c_seals_and_can_be_resumed(tmp_path: Path) -> None:
    def interrupt(report: CollectReport) -> None:
        if report.done == 3:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        collect(config(), tmp_path, progress=interrupt)
    kept = len(by_place(tmp_path))
    assert 3 <= kept < 8
    assert not list(tmp_path.glob("*.eslog"))
    assert gone(workers_of(os.getpid()))
    assert collect(config(), tmp_path, resume=True).done == 8 - kept
    assert len(by_place(tmp_path)) == 8
