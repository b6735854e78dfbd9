"""The exit status of `eyesmith collect` says whether episodes are owed."""

from pathlib import Path

import pytest

from eyesmith.__main__ import main
from eyesmith.trajectories.run import Run

COLLECT = ["collect", "trouble:trouble/Trouble-v0", "-n", "4", "-g", "2", "--retries", "0", "--workers", "1"]


def test_failed_episodes_show_in_the_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, mended = tmp_path / "run", tmp_path / "mended"
    command = [*COLLECT, "--out", str(out), "--env.what=break", "--env.at=1", f"--env.mended={mended}"]
    assert main(command) == 1
    assert "--resume --retry-errors" in capsys.readouterr().out
    assert sorted(episode.status for episode in Run.open(out).episodes()) == ["error", "error", "ok", "ok"]
    mended.touch()
    assert main([*command, "--resume", "--retry-errors"]) == 0
    assert {episode.status for episode in Run.open(out).episodes()} == {"ok"}
