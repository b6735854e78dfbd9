from pathlib import Path

import pytest

from eyesmith.trajectories.run import Run

from .made import CONFIG, fill


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A run of three sealed segments of 4 episodes each and one log of 2."""
    folder = tmp_path / "run"
    run = Run.create(folder, CONFIG)
    for start in (0, 4, 8):
        fill(run, range(start, start + 4))
        run.seal()
    fill(run, range(12, 14))
    run.close()
    return folder
