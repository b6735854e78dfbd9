"""Without any extra, all environments are listed and described; what needs one says which."""

import subprocess
import sys

import pytest

import eyesmith

EXTRAS = ("shapely", "mapbox_earcut", "moderngl", "trimesh", "playwright", "lxml", "pptx", "mujoco")
BLOCK = f"import sys; sys.modules.update(dict.fromkeys({EXTRAS!r}))"  # None: import raises


def run(code):
    return subprocess.run(
        [sys.executable, "-c", f"{BLOCK}\n{code}"], capture_output=True, text=True, timeout=60, check=False
    )


def test_all_environments_are_listed():
    done = run("from eyesmith.__main__ import main; sys.exit(main(['list']))")
    assert done.returncode == 0, done.stderr
    assert all(env_id in done.stdout for env_id in eyesmith.env_ids())


@pytest.mark.parametrize("env_id", eyesmith.env_ids())
def test_it_is_described_and_begins_or_says_what_it_needs(env_id):
    done = run(f"from eyesmith.__main__ import main; sys.exit(main(['describe', {env_id!r}]))")
    assert done.returncode == 0, done.stderr
    code = f"import eyesmith, gymnasium\ngymnasium.make({env_id!r}).reset(seed=0)"
    done = run(code)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1]
        assert last.startswith("eyesmith.errors."), done.stderr
        assert "pip install" in last or "doctor --install" in last
