"""Evaluating runs: what counts, what does not, and how two runs compare."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from rich.console import Console

from eyesmith.__main__ import main
from eyesmith.agents.evaluate import Evaluation, evaluate
from eyesmith.agents.rates import Sample, rates_of
from eyesmith.agents.statistics import mean_interval, share_interval
from eyesmith.errors import RunError, StorageError, UsageError
from eyesmith.trajectories.record import Component, Episode, TurnRecord
from eyesmith.trajectories.run import Run

PAINT = "toys/Paint-v0"
ZOOM = "eyesmith/ZoomQA-v0"
SWATCH = ["--env.kind=swatch", "--workers", "2"]


def graded(index: int, sample: int, score: float | None, **changes: Any) -> Episode:
    values: dict[str, Any] = {
        "id": f"{index}#{sample}",
        "env_id": PAINT,
        "task_index": index,
        "sample": sample,
        "status": "ok",
        "task_id": f"{PAINT}:train:{index}",
        "task_hash": f"hash-{index}",
        "difficulty": 1 + index % 5,
        "split": "train",
        "policy": "expert",
        "recipe": "default",
        "reward": score,
        "score": score,
        "env_kwargs": {"split": "train", "recipe": "default", "max_turns": None},
        "turns": [TurnRecord(), TurnRecord()],
    }
    return Episode(**(values | changes))


def failed(index: int, sample: int, status: Any = "error", **changes: Any) -> Episode:
    nothing = {"task_id": "", "task_hash": "", "difficulty": None, "recipe": "", "turns": []}
    return graded(index, sample, None, **(nothing | {"status": status} | changes))


def made(folder: Path, episodes: Sequence[Episode], env: str = f"toys:{PAINT}") -> Path:
    with Run.create(folder, {"env": env}) as run:
        for episode in episodes:
            run.write(episode, {})
    return folder


def printed(evaluation: Evaluation, width: int = 80) -> str:
    console = Console(width=width, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(evaluation.table())
    return console.export_text()


def words(evaluation: Evaluation) -> str:
    return " ".join(printed(evaluation).split())


@pytest.fixture(autouse=True)
def _toys(toys: ModuleType) -> None:
    """The toys are registered."""


def test_rates_by_hand(tmp_path: Path) -> None:
    scores = {0: [1.0, 1.0, 0.0, 0.0], 1: [0.5, 0.49, 0.0, 0.0], 2: [0.0, 0.0, 0.0, 0.0]}
    episodes = [graded(index, i, score) for index, row in scores.items() for i, score in enumerate(row)]
    (result,) = evaluate(made(tmp_path / "a", episodes)).results
    rates = result.overall
    assert (rates.tasks, rates.episodes, rates.failures, result.success_at) == (3, 12, {}, 0.5)
    assert rates.success == pytest.approx((2 / 4 + 1 / 4 + 0) / 3)
    assert rates.reward == pytest.approx((0.5 + 0.2475 + 0) / 3)
    assert rates.turns == 2.0
    assert {k: found.tasks for k, found in rates.pass_at.items()} == {1: 3, 2: 3, 4: 3}
    assert rates.pass_at[1].value == rates.success
    assert rates.pass_at[2].value == pytest.approx(((1 - 1 / 6) + (1 - 3 / 6) + 0) / 3)
    assert rates.pass_at[4].value == pytest.approx(2 / 3)
    assert rates.success_interval == share_interval([0.5, 0.25, 0.0], 12)
    assert rates.reward_interval == mean_interval([0.5, 0.2475, 0.0])


def test_an_infrastructure_failure_is_in_no_rate(tmp_path: Path) -> None:
    whole = [graded(i, sample, float(sample == 0)) for i in range(3) for sample in range(4)]
    lost = [graded(i, sample, float(sample == 0)) for i in range(3) for sample in range(2 if i else 4)]
    lost += [failed(i, sample, status) for i in (1, 2) for sample, status in ((2, "error"), (3, "aborted"))]
    lost += [failed(7, sample) for sample in range(4)]
    (sound,) = evaluate(made(tmp_path / "sound", whole)).results
    (result,) = evaluate(made(tmp_path / "lost", lost)).results
    rates = result.overall
    assert rates.failures == {"aborted": 2, "error": 6}
    assert (rates.tasks, rates.episodes) == (3, 8)
    assert rates.success == pytest.approx((0.25 + 0.5 + 0.5) / 3)
    assert sound.overall.success == 0.25
    assert rates.pass_at[2].tasks == 3
    assert rates.pass_at[4] == (1.0, 1)
    # A failure stands with its siblings; where the whole group failed, nobody knows the difficulty.
    by = result.by["difficulty"]
    assert {name: row.failures for name, row in by.items()} == {
        "1": {},
        "2": {"aborted": 1, "error": 1},
        "3": {"aborted": 1, "error": 1},
        "unknown": {"error": 4},
    }
    assert by["unknown"].tasks == 0
    told = words(evaluate(tmp_path / "lost"))
    assert "in no rate: 2 aborted, 6 error" in told
    assert "pass@4 1.000 (1 tasks)" in told


@pytest.mark.parametrize("status", ["error", "aborted", "drift"])
def test_a_status_that_is_no_end_is_in_no_rate_whatever_it_earned(tmp_path: Path, status: str) -> None:
    rates = (
        evaluate(made(tmp_path / "a", [graded(0, 0, 1.0), graded(0, 1, 0.0, status=status)]))
        .results[0]
        .overall
    )
    assert (rates.failures, rates.episodes, rates.success) == ({status: 1}, 1, 1.0)


def test_an_episode_that_was_played_again_counts_once(tmp_path: Path) -> None:
    folder = made(tmp_path / "a", [failed(0, 0), graded(0, 0, 1.0), graded(0, 1, 0.0), graded(0, 1, 1.0)])
    rates = evaluate(folder).results[0].overall
    assert (rates.episodes, rates.failures, rates.success) == (2, {}, 1.0)


def test_the_order_in_which_episodes_ended_does_not_matter(tmp_path: Path) -> None:
    episodes = [graded(i, s, ((7 * i + s) % 10) / 10) for i in range(9) for s in range(3)]
    one = evaluate(made(tmp_path / "x" / "run", episodes))
    other = evaluate(made(tmp_path / "y" / "run", episodes[::-1]))
    assert one.as_dict() == other.as_dict()


@pytest.mark.parametrize(("recipe", "middle"), [("default", 0.5), ("sum", 0.65)])
def test_success_begins_in_the_middle_of_the_recipes_range(
    tmp_path: Path, recipe: str, middle: float
) -> None:
    episodes = [graded(i, 0, score, recipe=recipe) for i, score in enumerate([middle - 0.01, middle, 1.0])]
    folder = made(tmp_path / "a", episodes)
    (result,) = evaluate(folder).results
    assert result.success_at == pytest.approx(middle)
    assert result.overall.success == pytest.approx(2 / 3)
    (result,) = evaluate(folder, success=1).results
    assert (result.success_at, result.overall.success) == (1.0, pytest.approx(1 / 3))


def test_success_is_told_by_the_score_and_reward_by_the_reward(tmp_path: Path) -> None:
    folder = made(tmp_path / "a", [graded(0, 0, 0.5, reward=0.4), graded(1, 0, 0.5, reward=0.3)])
    rates = evaluate(folder).results[0].overall
    assert (rates.success, rates.reward) == (1.0, pytest.approx(0.35))


def test_breakdowns_by_difficulty_split_and_kind(tmp_path: Path) -> None:
    easy = {"task_id": f"{PAINT}:test:0:d1:swatch", "split": "test", "difficulty": 1, "task_hash": "a"}
    hard = {"task_id": f"{PAINT}:train:4:d5:street", "difficulty": 5, "task_hash": "b"}
    photo = {"task_id": f"{PAINT}:train:9:photos:kitchen", "difficulty": 5, "task_hash": "c"}
    episodes = [graded(0, 0, 1.0, **easy), graded(4, 0, 0.0, **hard), graded(9, 0, 1.0, **photo)]
    (result,) = evaluate(made(tmp_path / "a", episodes)).results
    found = {
        name: {value: rates.success for value, rates in rows.items()} for name, rows in result.by.items()
    }
    assert found == {
        "difficulty": {"1": 1.0, "5": 0.5},
        "split": {"test": 1.0, "train": 0.5},
        "kind": {"photos": 1.0, "street": 0.0, "swatch": 1.0},
    }


def test_a_breakdown_that_tells_nothing_apart_is_left_out(tmp_path: Path) -> None:
    (result,) = evaluate(made(tmp_path / "a", [graded(0, 0, 1.0), graded(5, 0, 1.0)])).results
    assert list(result.by) == ["split"]


def test_columns_of_an_environment_are_averaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eyesmith.envs.zoom_qa.ZoomQAEnv.EVAL_COLUMNS", ("evidence", "views"))
    judged = [Component("evidence", 0.9, "base", 1.0)]
    episodes = [
        graded(0, 0, 1.0, env_id=ZOOM, metrics={"evidence": 0.25, "views": 2.0}),
        graded(1, 0, 1.0, env_id=ZOOM, metrics={"evidence": 0.5, "views": 5.0}, components=judged),
        failed(2, 0, env_id=ZOOM),
    ]
    evaluation = evaluate(made(tmp_path / "a", episodes, env=ZOOM))
    assert evaluation.results[0].columns == {"evidence": pytest.approx((0.25 + 0.9) / 2), "views": 3.5}
    assert "evidence views" in words(evaluation)
    assert evaluation.as_dict()["results"][0]["columns"]["views"] == 3.5

    one = evaluate(made(tmp_path / "b", [graded(0, 0, 1.0, env_id=ZOOM, metrics={"views": 1.0})], env=ZOOM))
    assert one.results[0].columns == {"views": 1.0}


def test_a_run_without_a_grade_has_no_rates_and_is_not_sound(tmp_path: Path) -> None:
    evaluation = evaluate(made(tmp_path / "a", [failed(0, 0), failed(1, 0)]))
    (told,) = evaluation.as_dict()["results"]
    assert not evaluation.is_sound
    assert told["overall"]["success"] is told["overall"]["reward_interval"] is told["success_at"] is None
    assert told["overall"]["failures"] == {"error": 2}
    assert "2 error" in words(evaluation)
    json.dumps(evaluation.as_dict(), allow_nan=False)


def test_what_cannot_be_evaluated_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no episode to evaluate"):
        evaluate(made(tmp_path / "empty", []))
    with pytest.raises(RunError, match="there is no folder"):
        evaluate(tmp_path / "nowhere")
    mixed = made(tmp_path / "mixed", [graded(0, 0, 1.0), graded(1, 0, 1.0, recipe="sum")])
    with pytest.raises(UsageError, match="graded by default, sum"):
        evaluate(mixed)
    for value in (float("nan"), True, "0.5"):
        with pytest.raises(UsageError, match="success must be a score"):
            evaluate(mixed, success=value)  # type: ignore[arg-type]


def test_an_environment_that_is_not_at_hand_needs_a_threshold(tmp_path: Path) -> None:
    gone = made(tmp_path / "gone", [graded(0, 0, 1.0, env_id="no/Such-v0")], env="nomodule:no/Such-v0")
    with pytest.raises(UsageError, match=r"not at hand .* --success"):
        evaluate(gone)
    assert evaluate(gone, success=0.5).results[0].overall.success == 1.0
    old = made(tmp_path / "old", [graded(0, 0, 1.0, recipe="retired")])
    with pytest.raises(UsageError, match="has no recipe 'retired' any more"):
        evaluate(old)


def test_two_runs_are_paired_by_task(tmp_path: Path) -> None:
    scores = {0: (1.0, 0.0), 1: (0.5, 0.5), 2: (0.2, 0.6), 3: (0.9, 0.1)}
    here = [graded(i, s, pair[0]) for i, pair in scores.items() for s in range(2)] + [graded(8, 0, 1.0)]
    there = [graded(i, 0, pair[1], policy="random") for i, pair in scores.items()]
    there += [graded(20, 0, 1.0, policy="random"), failed(8, 0, policy="random")]
    evaluation = evaluate(made(tmp_path / "a", here), against=made(tmp_path / "b", there))
    (found,) = evaluation.comparisons
    gains = [1.0, 0.0, -0.4, 0.8]
    assert (found.shared, found.only_here, found.only_there) == (4, 1, 1)
    assert found.difference == pytest.approx(sum(gains) / 4)
    assert found.interval == pytest.approx(mean_interval(gains))
    assert (found.wins, found.ties, found.losses) == (2, 1, 1)
    assert (found.policies, list(found.notes)) == (("expert", "random"), [])
    (back,) = evaluate(tmp_path / "b", against=tmp_path / "a").comparisons
    assert (back.difference, back.wins, back.losses) == (pytest.approx(-found.difference), 1, 2)
    assert "better on 2, equal on 1, worse on 1 tasks" in words(evaluation)


def test_pairing_takes_the_spread_of_the_tasks_out(tmp_path: Path) -> None:
    here = [graded(i, 0, 0.1 + 0.05 * i) for i in range(16)]
    there = [graded(i, 0, 0.05 * i) for i in range(16)]
    evaluation = evaluate(made(tmp_path / "a", here), against=made(tmp_path / "b", there))
    (found,) = evaluation.comparisons
    alone = evaluation.results[0].overall.reward_interval
    assert found.interval is not None
    assert alone is not None
    assert found.interval == pytest.approx((0.1, 0.1))
    assert alone.high - alone.low > 0.15


def test_runs_that_share_no_task_say_so(tmp_path: Path) -> None:
    here, there = [graded(0, 0, 1.0)], [graded(1, 0, 1.0), graded(2, 0, 1.0)]
    evaluation = evaluate(made(tmp_path / "a", here), against=made(tmp_path / "b", there))
    (found,) = evaluation.comparisons
    assert "they share no task: a played 1, b 2 others" in found.notes[0]
    assert evaluation.as_dict()["comparisons"][0]["difference"] is None
    assert not evaluation.is_sound
    assert "share no task" in words(evaluation)


def test_other_contents_recipes_and_arguments_are_said(tmp_path: Path) -> None:
    here = [graded(0, 0, 1.0), graded(1, 0, 1.0)]
    other = {"recipe": "sum", "env_kwargs": {"split": "test", "recipe": "sum", "max_turns": 3}}
    there = [graded(0, 0, 1.0, **other), graded(1, 0, 1.0, **other, task_hash="another")]
    (found,) = evaluate(made(tmp_path / "a", here), against=made(tmp_path / "b", there)).comparisons
    assert found.shared == 1
    assert [note.split(":")[0].split(" (")[0] for note in found.notes] == [
        "1 tasks have the same id but another content, such as toys/Paint-v0",
        "graded by other recipes",
        "made with other arguments of the environment",
    ]
    assert "max_turns (None, 3)" in found.notes[2]
    assert "split" not in found.notes[2]


def test_folders_of_runs_are_paired_by_name_and_a_single_one_with_all(tmp_path: Path) -> None:
    for side in ("x", "y"):
        for name in ("one", "two"):
            score = 1.0 if (side, name) == ("x", "one") else 0.0
            made(tmp_path / side / name, [graded(0, 0, score), graded(1, 0, score)])
    both = evaluate(tmp_path / "x", against=tmp_path / "y")
    assert [(c.run, c.against, c.difference) for c in both.comparisons] == [
        ("one", "one", 1.0),
        ("two", "two", 0.0),
    ]
    assert "All runs" in words(both)
    single = evaluate(tmp_path / "x" / "one", against=tmp_path / "y")
    assert [(c.run, c.against) for c in single.comparisons] == [("one", "one"), ("one", "two")]
    made(tmp_path / "x" / "three", [graded(0, 0, 1.0)])
    assert evaluate(tmp_path / "x", against=tmp_path / "y").unpaired == ("three",)
    made(tmp_path / "z" / "other", [graded(0, 0, 1.0, env_id=ZOOM)], env=ZOOM)
    with pytest.raises(UsageError, match="no run to compare with: here are one"):
        evaluate(tmp_path / "x", against=tmp_path / "z")


def test_policies_of_one_run_are_told_apart(tmp_path: Path) -> None:
    episodes = [graded(i, 0, 1.0) for i in range(3)]
    episodes += [graded(i, 0, 0.0, id=f"r{i}", policy="random") for i in range(3)]
    results = evaluate(made(tmp_path / "a", episodes)).results
    assert [(result.policy, result.overall.success) for result in results] == [
        ("expert", 1.0),
        ("random", 0.0),
    ]


def test_a_table_fits_80_columns_and_escapes_markup(tmp_path: Path) -> None:
    episodes = [graded(i, s, -1.0, policy="replay:[bold]x[/bold]") for i in range(5) for s in range(16)]
    evaluation = evaluate(made(tmp_path / "a" / "run-[red]", episodes), against=tmp_path / "a")
    lines = printed(evaluation).splitlines()
    assert max(len(line) for line in lines) <= 80
    assert "run-[red]" in lines[0]
    row = next(line for line in lines if line.lstrip().startswith("difficulty 1"))
    assert row.split()[2:5] == ["1", "16", "0.000"]


def test_eval_json_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made(tmp_path / "a", [graded(0, 0, 1.0), graded(1, 0, 0.0)])
    evaluation = evaluate(folder, against=folder)
    path = evaluation.write(folder)
    assert path == folder / "eval.json"
    assert json.loads(path.read_text()) == json.loads(json.dumps(evaluation.as_dict()))

    def full(path: Path, data: bytes) -> None:
        path.with_name(path.name + ".tmp").write_bytes(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("eyesmith.agents.evaluate.write_atomically", full)
    with pytest.raises(StorageError, match="No space left"):
        evaluation.write(folder)
    assert json.loads(path.read_text())["eyesmith_eval"] == 1
    assert not list(folder.glob("*.tmp"))


def test_no_samples_have_no_rates() -> None:
    assert rates_of([], ["error"]).as_dict()["pass_at"] == {}
    one = rates_of([Sample("a", 1.0, True, 2, "train", "1", "unknown")])
    assert (one.success, one.reward_interval, one.pass_at) == (1.0, None, {1: (1.0, 1)})


# -- the command


def test_the_command_collects_reports_and_compares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["eval", ZOOM, "--policy", "random", "-n", "4", "-g", "2", *SWATCH]) == 0
    assert main(["eval", ZOOM, "-n", "6", "-g", "2", *SWATCH, "--against", "runs/eval-zoom_qa-random"]) == 0
    told = json.loads(Path("runs/eval-zoom_qa-expert/eval.json").read_text())
    assert told["results"][0]["overall"]["success"] == 1.0
    assert told["comparisons"][0]["shared"] == 2
    assert told["comparisons"][0]["wins"] == 2
    assert "wrote runs/eval-zoom_qa-expert/eval.json" in capsys.readouterr().out

    # A folder is read and nothing is collected; a run goes on beside its report.
    before = Path("runs/eval-zoom_qa-expert/eval.json").read_bytes()
    assert main(["eval", "runs/eval-zoom_qa-expert", "--against", "runs/eval-zoom_qa-random"]) == 0
    assert Path("runs/eval-zoom_qa-expert/eval.json").read_bytes() == before
    on = ["--resume", "--out", "runs/eval-zoom_qa-random"]
    assert main(["eval", ZOOM, "--policy", "random", "-n", "6", "-g", "2", *SWATCH, *on]) == 0
    assert len(list(Run.open("runs/eval-zoom_qa-random").episodes(()))) == 6
    assert main(["eval", "runs"]) == 0
    assert len(json.loads(Path("runs/eval.json").read_text())["results"]) == 2
    capsys.readouterr()

    # The default folder is a new one.
    assert main(["eval", ZOOM, "-n", "1", "-g", "1", *SWATCH]) == 0
    assert Path("runs/eval-zoom_qa-expert-2/eval.json").is_file()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["eval", "a", "--policy", "random"], "a is a folder, which eval only reads"),
        (["eval", "a", "--recipe", "ergo"], "a is a folder, which eval only reads"),
        (["eval", "nowhere"], "there is no folder 'nowhere', and it is no id of an environment"),
        (["eval", "eyesmith/ZoomQ-v0"], "unknown environment"),
        (["eval"], "no environment is named"),
        (["eval", ZOOM, "--against", "nowhere"], "there is no folder nowhere"),
        (["eval", ZOOM, "--success", "nan"], "success must be a score"),
        (["eval", ZOOM, "--resume"], "eval --resume needs the folder"),
        (["eval", ZOOM, "--againts=b"], "Did you mean '--against'"),
        (["collect", ZOOM], "give --out DIR"),
        (["collect", ZOOM, "--out", "x", "--success=1"], "collect has no argument '--success=1'"),
    ],
)
def test_a_wrong_command_collects_nothing(
    command: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    made(tmp_path / "a", [graded(0, 0, 1.0)])
    assert main(command) == 2
    assert said in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"a"}
    assert not (tmp_path / "a" / "eval.json").exists()


def test_a_run_of_failures_alone_ends_with_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made(tmp_path / "a", [failed(0, 0)])
    made(tmp_path / "b", [graded(0, 0, 1.0)])
    made(tmp_path / "c", [graded(1, 0, 1.0)])
    assert main(["eval", str(tmp_path / "a")]) == 1
    assert main(["eval", str(tmp_path / "b"), "--against", str(tmp_path / "c")]) == 1
    assert main(["eval", str(tmp_path / "b"), "--success", "0.5"]) == 0
