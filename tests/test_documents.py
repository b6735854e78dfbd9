"""What the documents tell one to type can be typed: commands parse, files are read, programs run."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import eyesmith
from eyesmith.__main__ import _env_kwargs, _parser
from eyesmith.agents.flags import COLLECT, config_of, read_keys, settings_of
from eyesmith.agents.mix import read_mix

ROOT = Path(eyesmith.__file__).parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGE = ROOT / "docs" / "agents.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(path, language):
    return [text for name, text in BLOCK.findall(path.read_text(encoding="utf-8")) if name == language]


def typed(path, program):
    """The commands of a program in a document, as words."""
    lines = (line for block in blocks(path, "sh") for line in block.splitlines())
    for line in lines:
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            del words[0]
        if words and words[0].rpartition("/")[2] == program:
            yield words[1:]


SAID = [words for path in DOCUMENTS for words in typed(path, "eyesmith")]


@pytest.mark.parametrize("words", SAID, ids=lambda words: " ".join(words)[:60])
def test_a_command_parses(words):
    parser = _parser()
    arguments, rest = parser.parse_known_args(words)
    arguments.env_kwargs = _env_kwargs(parser, arguments, rest)
    if arguments.command == "collect" and "--mix" not in words:
        assert config_of(settings_of(arguments, COLLECT)).env.startswith("eyesmith/")


def test_there_is_a_command_for_every_backend():
    said = [" ".join(words) for words in typed(PAGE, "eyesmith")]
    for backend in ("vllm-server", "openai", "transformers"):
        assert any(f"--backend {backend} " in line for line in said), backend
    assert any("--model" in line and "--backend" not in line for line in said)


def test_the_files_are_read(tmp_path):
    config, mix = blocks(PAGE, "yaml")
    import yaml

    settings = read_keys(yaml.safe_load(config), [flag for flag in COLLECT if flag.name != "config"], "it")
    assert config_of(settings).engine == {"tensor_parallel_size": 2}
    (tmp_path / "mix.yaml").write_text(mix)
    assert [part.config.episodes for part in read_mix(tmp_path / "mix.yaml")] == [48, 16]


@pytest.mark.parametrize("number", range(len(blocks(PAGE, "python"))))
def test_the_programs_run(number, tmp_path):
    (tmp_path / "program.py").write_text(blocks(PAGE, "python")[number])
    done = subprocess.run(
        [sys.executable, "-P", "program.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ok 0.0")
    assert "Counter({'ok': 8})" in done.stdout


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8"))
    lost = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert lost == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_make_targets_are_there(path):
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    said = {words[0] for words in typed(path, "make")}
    said |= set(re.findall(r"`make ([a-z-]+)", path.read_text(encoding="utf-8")))
    assert said <= there, said - there


@pytest.mark.mujoco
def test_the_page_of_world_models_runs(python):
    programs = blocks(ROOT / "docs" / "world_models.md", "python")
    assert len(programs) == 2
    assert python("\n".join(programs)).split() == ["drift", "True", "12"]
