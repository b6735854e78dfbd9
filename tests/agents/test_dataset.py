"""`make dataset`, tiny: every policy of every environment, exported with its card."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import eyesmith

from .conftest import workers_of
from .models import example

TASKS = 2


def rows(out: Path, config: str) -> list[dict]:
    files = sorted((out / "hf" / config).glob("*.parquet"))
    assert files
    return [row for file in files for row in pq.read_table(file).to_pylist()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dataset") / "set"
    script = Path(__file__).parent.parent.parent / "examples" / "make_dataset.py"
    asked = ["--out", str(out), "--tasks", str(TASKS), "--workers", "2"]
    done = subprocess.run([sys.executable, "-P", str(script), *asked], cwd=out.parent, timeout=600)
    assert done.returncode == 0
    return out


def test_every_policy_of_every_environment_is_in_it(made: Path) -> None:
    episodes = rows(made, "default")
    for env_id in eyesmith.env_ids():
        played = [episode for episode in episodes if episode["env_id"] == env_id]
        policies = example("make_dataset").policies(env_id)
        assert {"expert", "random"} < set(policies)
        assert len(policies) > 2, "it has cheats"
        for policy in policies:
            of_it = [episode for episode in played if episode["policy"] == policy]
            assert len(of_it) == TASKS * (2 if policy == "random" else 1)
            assert {episode["task_index"] for episode in of_it} == set(range(TASKS))
            assert {episode["status"] for episode in of_it} <= {"ok", "truncated"}
        expert = [episode["reward"] for episode in played if episode["policy"] == "expert"]
        others = [episode["reward"] for episode in played if episode["policy"] != "expert"]
        assert min(expert) > sum(others) / len(others)
    assert len({(episode["run"], episode["id"]) for episode in episodes}) == len(episodes)


def test_every_picture_is_in_it_and_the_card_says_what_it_is(made: Path) -> None:
    shown = {sha256 for episode in rows(made, "default") for sha256 in episode["image_hashes"]}
    assert {row["sha256"] for row in rows(made, "images")} == shown
    card = (made / "hf" / "README.md").read_text()
    assert card.startswith("---\n")
    assert "license: apache-2.0" in card
    for env_id in eyesmith.env_ids():
        assert env_id in card
    assert str(Path.home()) not in card
    assert not workers_of(os.getpid())


def test_a_second_run_goes_on_and_touches_nothing_of_others(made: Path, tmp_path: Path) -> None:
    before = {episode["id"]: episode["created"] for episode in rows(made, "default")}
    assert example("make_dataset").main(["--out", str(made), "--tasks", str(TASKS)]) == 0
    assert {episode["id"]: episode["created"] for episode in rows(made, "default")} == before
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "notes.txt").write_text("mine")
    assert example("make_dataset").main(["--out", str(tmp_path), "--tasks", "1"]) == 2
    assert [path.name for path in tmp_path.rglob("*")] == ["hf", "notes.txt"]
