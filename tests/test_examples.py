"""Every example runs as it stands."""

import subprocess
import sys
from pathlib import Path

import pytest

ELSEWHERE = {"make_dataset"}  # agents/test_dataset.py runs it and looks at what it wrote
EXAMPLES = [
    path
    for path in sorted((Path(__file__).parent.parent / "examples").glob("*.py"))
    if path.stem not in ELSEWHERE
]
SMALL = {
    "make_gallery": ["pictures", "--rays", "1"],
    "make_robot_failures": ["--tasks", "2"],
    "tiny_models": ["qwen2_5_vl", "tiny"],
    "tiny_teaching": ["qwen3_vl", "tiny", "--seconds", "1", "--lessons", "6", "--episodes", "2"],
    "zoom_qa_first_view": ["--tasks", "3"],
    "zoom_qa_red_team": ["--kind", "swatch", "--tasks", "4", "--train", "12", "--observer", "2"],
}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path, tmp_path):
    if path.stem.startswith("tiny_"):
        pytest.importorskip("transformers", reason="needs transformers: make test-vllm")
    done = subprocess.run(
        [sys.executable, "-P", str(path), *SMALL.get(path.stem, [])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
