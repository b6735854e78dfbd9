"""`train grpo --trainer trl`: TRL's own trainer on an environment with pictures, five steps, unpatched."""

import csv
import os
import sys
from collections.abc import Iterator
from importlib import util
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from shutil import copytree
from types import ModuleType

import pytest

import eyesmith
from eyesmith.__main__ import main

ZOOM = ["eyesmith/ZoomQA-v0", "--env.kind=swatch", "--difficulty", "1", "--max-turns", "2"]


def example(name: str) -> ModuleType:
    """A file of `examples/` as a module."""
    path = Path(eyesmith.__file__).parent / "examples" / f"{name}.py"
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def train(*arguments: str, out: Path) -> int:
    return main(["train", "grpo", *ZOOM, "--trainer", "trl", "--model", "m", "--out", str(out), *arguments])


@pytest.fixture(scope="module", autouse=True)
def environment() -> Iterator[None]:
    """As it was before: TRL sets variables of vLLM when it is imported, which later tests look at."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model that calls tools, with the template by which TRL knows how it writes calls."""
    pytest.importorskip("torch", reason="needs torch: make test-vllm")
    pytest.importorskip("trl", reason="needs TRL: make test-vllm")
    from trl.chat_template_utils import qwen3_vl_chat_template  # pyright: ignore[reportMissingImports]

    plain = example("tiny_models").make_tiny("qwen2_5_vl", tmp_path_factory.mktemp("plain"))
    example("tiny_teaching").teach(plain, seconds=20, lessons=16)
    made = copytree(plain, tmp_path_factory.mktemp("known") / "model")
    (made / "chat_template.jinja").write_text(qwen3_vl_chat_template)
    return made


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore")  # of TRL, torch and accelerate
def test_five_steps_with_pictures(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    asked = ["--model", str(folder), "-n", "4", "-g", "4", "--tasks", "2", "--steps", "5", "--device", "cpu"]
    asked += ["--learning-rate", "1e-4", "--context", "256", "--checkpoint-every", "5"]
    assert train(*asked, out=out) == 0
    with (out / "log.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [float(line["step"]) for line in lines] == [1, 2, 3, 4, 5]
    assert all(0 <= float(line["reward"]) <= 1 for line in lines)
    assert any(float(line["tools/call_frequency"]) > 0 for line in lines), "tools were called"
    assert {"rewards/accuracy/mean", "rewards/evidence/mean"} <= lines[0].keys()
    for name in ("curve.png", "model/model.safetensors", "model/tokenizer_config.json"):
        assert (out / name).stat().st_size > 0
    assert train(*asked, out=out) == 2, "a training is not written over"


def test_without_trl_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = util.find_spec
    monkeypatch.setattr(
        "eyesmith.adapters.trl_training.find_spec", lambda name: None if name == "trl" else found(name)
    )
    assert train(out=tmp_path / "run") == 2
    assert 'pip install "eyesmith[train]"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--group-rule", "visionthink"], "does not carry --group-rule"),
        (["--experts", "1"], "does not carry --experts"),
        (["--eval-episodes", "4", "--max-tokens", "9"], "does not carry --eval-episodes, --max-tokens"),
        (["--backend", "vllm"], "docs/trl.md"),
        (["--advantages", "per-turn"], "not by per-turn"),
    ],
)
def test_what_trl_does_not_carry_is_refused(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("eyesmith.adapters.trl_training.find_spec", lambda _: object())
    assert train(*arguments, out=tmp_path / "run") == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "run").exists()
