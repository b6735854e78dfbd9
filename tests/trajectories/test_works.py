"""Works of a run as files: a deck as PDF, HTML and PPTX, and what is left out."""

from collections import Counter
from pathlib import Path

import pytest

from eyesmith.__main__ import main
from eyesmith.agents import rollout
from eyesmith.envs.describe import make_env
from eyesmith.errors import RunError, UsageError
from eyesmith.trajectories.export import export
from eyesmith.trajectories.run import Run
from eyesmith.trajectories.works import work_formats

pytestmark = pytest.mark.browser

SLIDES = "eyesmith/SlideBuild-v0"
ZOOM = "eyesmith/ZoomQA-v0"
STARTS = {"pdf": b"%PDF-", "html": b"<!doctype html>", "pptx": b"PK\x03\x04"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: an expert, a tidy empty deck and no deck at all; and episodes of another environment."""
    folder = tmp_path_factory.mktemp("runs")
    plays = {
        "decks": (SLIDES, {"difficulty": 1}, ["expert", "cheat:neat_but_empty", "cheat:empty_finalize"]),
        "zooms": (ZOOM, {"kind": "swatch"}, ["expert"]),
    }
    for name, (env_id, kwargs, policies) in plays.items():
        env = make_env(env_id, **kwargs)
        with Run.create(folder / name, {"env": env_id, "env_kwargs": kwargs}) as run:
            for policy in policies:
                run.write(*rollout(env, env.get_task("train", 0), policy))
    return folder


def made(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("to", STARTS)
def test_each_deck_becomes_a_file(runs: Path, tmp_path: Path, to: str) -> None:
    if to == "pptx":
        pytest.importorskip("pptx", reason="python-pptx: make test installs it")
    report = export(runs, to, tmp_path / "out")
    files = made(tmp_path / "out")
    assert len(files) == report.rows["default"] == 2
    assert all(name.startswith("decks/") and name.endswith(f".{to}") for name in files)
    assert all(data.startswith(STARTS[to]) for data in files.values())
    assert len(set(files.values())) == 2, "two decks of one task are two files"
    assert report.left_out == Counter(
        {f"of environments that have no {to}": 1, "hold no finished work, or cannot be played again": 1}
    )


def test_the_same_run_gives_the_same_files(runs: Path, tmp_path: Path) -> None:
    for to in ("pdf", "html"):
        first, second = (made(export(runs / "decks", to, tmp_path / f"{n}-{to}").path) for n in "ab")
        assert first == second


def test_only_what_reaches_the_least_reward_is_written(runs: Path, tmp_path: Path) -> None:
    report = export(runs / "decks", "html", tmp_path / "out", min_reward=0.9)
    (page,) = made(tmp_path / "out").values()
    assert "expert" in next(iter(report.files))
    assert report.left_out == {"below the least reward": 2}
    env = make_env(SLIDES, difficulty=1)
    brief = env._entry("train", 0)[1].brief
    assert brief.company in page.decode()
    with pytest.raises(RunError, match="below the least reward"):
        export(runs / "decks", "html", tmp_path / "none", min_reward=1.5)
    assert not (tmp_path / "none").exists()


def test_the_command_line(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(
            [
                "export",
                str(runs / "decks"),
                "--to",
                "html",
                "--min-reward",
                "0.9",
                "--out",
                str(tmp_path / "o"),
            ]
        )
        == 0
    )
    assert "html: default 1 rows" in capsys.readouterr().out.replace("\n", " ")
    assert main(["export", str(runs / "decks"), "--to", "ppt"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert (
        "there is no format 'ppt' for these runs; there are: hf, trl-sft, trl-dpo, grpo, pdf, html, pptx"
        in said
    )
    assert "Did you mean 'pptx'?" in said


def test_formats_are_those_of_the_runs_environments(runs: Path) -> None:
    decks, zooms = (Run.open(runs / name) for name in ("decks", "zooms"))
    assert work_formats([decks]) == work_formats([zooms, decks]) == ("pdf", "html", "pptx")
    assert work_formats([zooms]) == ()
    with pytest.raises(UsageError, match="there is no format 'pdf' for these runs"):
        export(runs / "zooms", "pdf")
