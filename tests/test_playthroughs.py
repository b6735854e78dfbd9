"""Golden playthroughs: `pytest --regen` rewrites them; read the difference before you commit it."""

from pathlib import Path

import pytest

import eyesmith
from eyesmith.envs.playthrough import difference_hash, playthrough
from eyesmith.envs.registry import stem

FOLDER = Path(__file__).parent / "playthroughs"


@pytest.mark.parametrize("env_id", eyesmith.env_ids())
def test_playthrough(env_id, request):
    path = FOLDER / f"{stem(env_id)}.txt"
    told = playthrough(env_id)
    if request.config.getoption("--regen"):
        path.write_text(told, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == told


def test_the_image_hash_sees_what_a_person_sees(rng):
    picture = rng.integers(0, 255, (9, 8, 3)).repeat(20, 0).repeat(20, 1).astype("uint8")
    nearly = picture.astype(int).clip(1, 254) + rng.integers(-1, 2, picture.shape)
    assert difference_hash(nearly.astype("uint8")) == difference_hash(picture)
    assert difference_hash(picture[::-1].copy()) != difference_hash(picture)
