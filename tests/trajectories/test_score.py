"""Scoring a run again: nothing differs when nothing has changed, and whatever has changed is told."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from eyesmith.agents import rollout
from eyesmith.errors import RunError, StorageError, TaskError, UsageError, WorkerError
from eyesmith.rewards.recipe import Recipe
from eyesmith.trajectories.folders import runs_in
from eyesmith.trajectories.record import Component, Episode
from eyesmith.trajectories.run import Run
from eyesmith.trajectories.score import ScoreReport, rescore

ID = "toys/Paint-v0"
Change = Callable[[Episode], Episode]


def same(episode: Episode) -> Episode:
    return episode


def collected(folder: Path, toys: ModuleType, *, change: Change = same, **kwargs: Any) -> Run:
    """A run of two policies on four tasks, and one failed episode; `change` edits the record of the first."""
    env = toys.PaintEnv(**kwargs)
    with Run.create(folder, {"env": f"toys:{ID}"}) as run:
        for index in range(4):
            for policy in ("expert", "random"):
                episode, images = rollout(env, env.get_task("train", index), policy)
                run.write(change(episode) if (index, policy) == (0, "expert") else episode, images)
        failed = Episode(
            id="failed", env_id=ID, task_index=9, sample=0, status="error", split="train", error="it broke"
        )
        run.write(failed, {})
    return Run.open(folder)


def rows(report: ScoreReport) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in pq.read_table(report.path).to_pylist()}


def printed(report: ScoreReport) -> str:
    console = Console(width=200, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(report.table())
    return console.export_text()


@pytest.mark.parametrize("parts_only", [False, True])
@pytest.mark.parametrize("kwargs", [{}, {"dense": True}, {"max_turns": 2}, {"recipe": "sum"}])
def test_nothing_differs_when_nothing_has_changed(
    tmp_path: Path, toys: ModuleType, parts_only: bool, kwargs: dict[str, Any]
) -> None:
    run = collected(tmp_path, toys, **kwargs)
    seen: list[tuple[int, int]] = []
    report = rescore(run, parts_only=parts_only, progress=lambda *at: seen.append(at))
    assert list(report.differences) == []
    assert (report.scored, report.skipped, report.statuses["error"]) == (8, 1, 1)
    assert seen == [(n + 1, 8) for n in range(8)]
    assert report.path == tmp_path / f"scores-{kwargs.get('recipe', 'default')}.parquet"
    recorded = {episode.id: episode for episode in run.episodes() if episode.status != "error"}
    found = rows(report)
    assert found.keys() == recorded.keys()
    for name, row in found.items():
        assert row["reward"] == pytest.approx(recorded[name].reward, abs=1e-9)
        assert row["score"] == pytest.approx(recorded[name].score, abs=1e-9)
        assert row["difference"] == pytest.approx(0.0, abs=1e-9)
        assert json.loads(row["components"]) == pytest.approx(
            {component.name: component.value for component in recorded[name].components}
        )
        assert (row["note"], row["status"]) == ("", recorded[name].status)
    assert set(report.policies) == {"expert", "random"}
    means = report.policies["expert"]
    assert (means.episodes, means.recorded) == (4, pytest.approx(means.now))
    assert "8 episodes scored; skipped: 1 error; 0 differ" in printed(report)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda e: replace(e, reward=0.25), "reward: 0.25 recorded, 1 now"),
        (lambda e: replace(e, score=0.5), "score: 0.5 recorded, 1 now"),
        (lambda e: replace(e, step_rewards=[1.0, *e.step_rewards[1:]]), "step reward 0: 1 recorded, 0 now"),
        (lambda e: replace(e, step_rewards=[]), "step rewards: 0 recorded, 3 now"),
        (lambda e: replace(e, components=[Component("fill", 0.5), *e.components[1:]]), "fill: 0.5 recorded"),
        (lambda e: replace(e, components=[]), "fill: none recorded, 1 now"),
        (lambda e: replace(e, image_hashes=e.image_hashes[::-1]), "have other pixels, first number 0"),
        (lambda e: replace(e, turns=e.turns[:-1]), "end: ok (closed) recorded, truncated (closed) now"),
        (lambda e: replace(e, turns=e.turns[1:]), "pictures: 3 recorded, 2 now"),
        (lambda e: replace(e, task_hash="0" * 64), "its task is another one now (00000000 recorded"),
        (lambda e: replace(e, task_index=50), "its task cannot be made any more"),
        (lambda e: replace(e, status="truncated"), "end: truncated (closed) recorded, ok (closed) now"),
    ],
)
def test_whatever_differs_is_told(tmp_path: Path, toys: ModuleType, change: Change, said: str) -> None:
    report = rescore(collected(tmp_path, toys, change=change))
    (found,) = report.differences
    assert said in found.note
    assert said in rows(report)[found.id]["note"]
    assert "1 differ" in printed(report)
    assert said.split("(")[0] in printed(report)


def test_calls_and_texts_are_played_as_they_were(
    tmp_path: Path, toys: ModuleType, write: Callable[..., str]
) -> None:
    env = toys.PaintEnv(difficulty=1)
    texts = [write("paint", cell=0), "no call here", '{"name": "pa', write("paint", cell=99), write("roll")]
    recorded = [{"text": text} for text in texts]
    with Run.create(tmp_path, {"env": f"toys:{ID}"}) as run:
        for sample, reason in enumerate(("context", "timeout")):
            episode, images = rollout(
                env,
                env.get_task("test", 1),
                "replay:x",
                sample=sample,
                recorded=recorded,
                stop_reason=reason,
            )
            run.write(episode, images)
    report = rescore(Run.open(tmp_path))
    assert (report.scored, list(report.differences)) == (2, [])
    assert {row["why"] for row in rows(report).values()} == {episode.why}


def test_another_recipe_grades_the_same_episodes(tmp_path: Path, toys: ModuleType) -> None:
    run = collected(tmp_path, toys)
    report = rescore(run, recipe="sum")
    assert list(report.differences) == [], "another reward under another recipe is no fault"
    assert report.path.name == "scores-sum.parquet"
    assert report.policies["expert"].recorded == pytest.approx(1.0)
    assert report.policies["expert"].now == pytest.approx(1.3)
    by_parts = rescore(run, recipe="sum", parts_only=True)
    for name, row in rows(report).items():
        assert rows(by_parts)[name]["score"] == pytest.approx(row["score"])


def test_another_recipe_still_notices_another_world(tmp_path: Path, toys: ModuleType) -> None:
    run = collected(tmp_path, toys, change=lambda e: replace(e, image_hashes=e.image_hashes[::-1]))
    (found,) = rescore(run, recipe="sum").differences
    assert "other pixels" in found.note


def test_parts_only_builds_no_environment(
    tmp_path: Path, toys: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = collected(tmp_path, toys, change=lambda e: replace(e, reward=0.25))

    def never(*_: object, **__: object) -> None:
        raise AssertionError("an environment was built")

    monkeypatch.setattr(toys.PaintEnv, "__init__", never)
    (found,) = rescore(run, parts_only=True).differences
    assert found.note == "reward: 0.25 recorded, 1 now"


def test_parts_that_were_not_recorded_are_named(
    tmp_path: Path, toys: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = collected(tmp_path, toys, recipe="sum")
    with pytest.raises(UsageError, match=r"'default' takes repeat, .*'sum' it has fill, neat.*played again"):
        rescore(run, recipe="default", parts_only=True)
    assert not list(tmp_path.glob("scores-*"))


def test_penalties_count_in_parts_only_and_are_bounded(tmp_path: Path, toys: ModuleType) -> None:
    env = toys.PaintEnv(difficulty=1)
    call = {"name": "paint", "arguments": {"cell": 0}}
    with Run.create(tmp_path, {"env": f"toys:{ID}"}) as run:
        for sample, times in enumerate((2, 9)):
            turns = [{"text": None, "calls": [call] * times}]
            run.write(*rollout(env, env.get_task("train", 0), "replay:x", sample=sample, recorded=turns))
    for parts_only in (False, True):
        report = rescore(Run.open(tmp_path), parts_only=parts_only)
        assert list(report.differences) == []
        few, many = sorted(rows(report).values(), key=lambda row: row["sample"])
        assert few["reward"] - few["score"] == pytest.approx(-0.07)
        assert many["reward"] - many["score"] == pytest.approx(-0.2)


def test_a_changed_weight_shows(tmp_path: Path, toys: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    run = collected(tmp_path, toys)
    terms = tuple(
        replace(term, weight=0.5) if term.name == "neat" else term for term in toys.RECIPES["default"].terms
    )
    changed = dict(toys.RECIPES) | {"default": Recipe.gated("default", terms)}
    monkeypatch.setattr(toys.PaintEnv, "RECIPES", changed)
    played, composed = rescore(run), rescore(run, parts_only=True)
    assert played.differences
    assert {found.id for found in played.differences} == {found.id for found in composed.differences}


@pytest.mark.parametrize("parts_only", [False, True])
def test_an_unknown_recipe_is_refused_and_writes_nothing(
    tmp_path: Path, toys: ModuleType, parts_only: bool
) -> None:
    run = collected(tmp_path, toys)
    before = sorted(path.name for path in tmp_path.iterdir())
    for recipe in ("defualt", "../default"):
        with pytest.raises(UsageError, match="has no recipe") as caught:
            rescore(run, recipe=recipe, parts_only=parts_only)
    assert "Did you mean 'default'" in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("error", [WorkerError("gone"), ValueError("a bug")])
def test_one_that_breaks_does_not_keep_the_others_from_a_grade(
    tmp_path: Path, toys: ModuleType, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    run = collected(tmp_path, toys)
    real = toys.PaintEnv.begin

    def breaking(self: Any, task: Any) -> Any:
        if task.index == 2:
            raise error
        return real(self, task)

    monkeypatch.setattr(toys.PaintEnv, "begin", breaking)
    report = rescore(run)
    assert len(report.differences) == 2
    assert all(f"{type(error).__name__}: {error}" in found.note for found in report.differences)
    assert {means.episodes for means in report.policies.values()} == {3}
    assert sum(row["reward"] is None for row in rows(report).values()) == 2


def test_an_environment_that_is_not_at_hand_is_named(tmp_path: Path, toys: ModuleType) -> None:
    for number, (env, said) in enumerate(
        {
            f"no_such_module:{ID}": "needs the module 'no_such_module'",
            "eyesmith/ZoomAQ-v0": "Did you mean 'eyesmith/ZoomQA-v0'",
            "CartPole-v1": "no eyesmith environment",
        }.items()
    ):
        folder = tmp_path / str(number)
        source = toys.PaintEnv()
        episode, images = rollout(source, source.get_task("train", 0))
        with Run.create(folder, {"env": env}) as run:
            run.write(replace(episode, env_id=env.rpartition(":")[2]), images)
        for parts_only in (False, True):
            with pytest.raises(UsageError, match=said):
                rescore(Run.open(folder), parts_only=parts_only)


def test_a_world_is_built_once_for_its_group(
    tmp_path: Path, toys: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = toys.PaintEnv()
    with Run.create(tmp_path, {"env": f"toys:{ID}"}) as run:
        for sample in range(3):
            for index in (5, 2, 7):
                run.write(*rollout(env, env.get_task("train", index), "random", sample=sample))
    asked: list[int] = []
    real = toys.PaintEnv.begin
    monkeypatch.setattr(
        toys.PaintEnv, "begin", lambda self, task: (asked.append(task.index), real(self, task))[1]
    )
    rescore(Run.open(tmp_path))
    assert asked == [2, 2, 2, 5, 5, 5, 7, 7, 7]


def test_a_run_without_a_grade_gives_an_empty_file(tmp_path: Path) -> None:
    with Run.create(tmp_path, {"env": f"toys:{ID}"}):
        pass
    report = rescore(Run.open(tmp_path))
    assert (report.scored, report.skipped, dict(report.policies)) == (0, 0, {})
    assert rows(report) == {}
    assert "0 episodes scored" in printed(report)


def test_a_full_disk_leaves_the_old_file(
    tmp_path: Path, toys: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = collected(tmp_path, toys)
    path = rescore(run).path
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match=r"No space left.*The run is as it was"):
        rescore(run)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.tmp"))


def test_the_run_itself_is_not_changed(tmp_path: Path, toys: ModuleType) -> None:
    run = collected(tmp_path, toys)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    rescore(run)
    rescore(run, recipe="sum")
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"scores-default.parquet", "scores-sum.parquet"}
    with Run.create(tmp_path, {"env": f"toys:{ID}"}, resume=True) as again:
        assert again.count() == 9, "the file of scores is no segment"


def test_folders_of_runs(tmp_path: Path, toys: ModuleType) -> None:
    collected(tmp_path / "all" / "b", toys)
    collected(tmp_path / "all" / "a", toys)
    (tmp_path / "all" / "notes").mkdir()
    assert runs_in(tmp_path / "all") == [tmp_path / "all" / "a", tmp_path / "all" / "b"]
    assert runs_in(tmp_path / "all" / "a") == [tmp_path / "all" / "a"]
    (tmp_path / "training" / "model").mkdir(parents=True)
    (tmp_path / "training" / "model" / "config.json").write_text("{}")
    (tmp_path / "training" / "training.json").write_text("{}")
    for folder, said in (
        (tmp_path, "holds no run"),
        (tmp_path / "no", "there is no folder"),
        (tmp_path / "training", "give one of these folders"),
    ):
        with pytest.raises(RunError, match=said):
            runs_in(folder)


def test_zoom_episodes_come_out_as_recorded(tmp_path: Path) -> None:
    import gymnasium

    env: Any = gymnasium.make("eyesmith/ZoomQA-v0", kind="swatch", disable_env_checker=True).unwrapped
    with Run.create(tmp_path, {"env": "eyesmith/ZoomQA-v0"}) as run:
        for policy in ("expert", "random", "cheat:whole_image", "cheat:fake_output"):
            run.write(*rollout(env, env.get_task("train", 0), policy))
    with pytest.raises(TaskError):
        env.get_task("train", 10**6)
    assert list(rescore(Run.open(tmp_path)).differences) == []
    ergo = rescore(Run.open(tmp_path), recipe="ergo")
    assert list(ergo.differences) == []
    assert ergo.policies["expert"].now > ergo.policies["cheat:whole_image"].now
