"""`eyesmith train grpo` as it is typed: flags and settings say the same, and what is missing is told."""

from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from eyesmith.__main__ import _env_kwargs, _parser, main
from eyesmith.agents import grpo_config, grpo_flags
from eyesmith.agents.flags import settings_of
from eyesmith.agents.grpo_config import GrpoConfig
from eyesmith.agents.grpo_flags import TRAIN, train_config
from eyesmith.agents.grpo_groups import GROUP_RULES

OWN = [each for each in fields(GrpoConfig) if each.name != "collect"]


def typed(*words: str) -> GrpoConfig:
    parser = _parser()
    arguments, rest = parser.parse_known_args(["train", "grpo", *words])
    arguments.env_kwargs = _env_kwargs(parser, arguments, rest)
    return train_config(settings_of(arguments, TRAIN))


def test_the_choices_are_those_of_the_settings() -> None:
    assert tuple(GROUP_RULES) == grpo_flags.GROUP_RULES
    assert tuple(grpo_config.ADVANTAGES) == grpo_flags.ADVANTAGES
    assert (grpo_config.COUNTED, grpo_config.DTYPES) == (grpo_flags.COUNTED, grpo_flags.DTYPES)


@pytest.mark.parametrize("name", [each.name for each in OWN])
def test_every_setting_has_a_flag(name: str) -> None:
    (flag,) = [flag for flag in TRAIN if flag.target == name]
    default = next(each.default for each in OWN if each.name == name)
    assert default is not MISSING
    if "(default " in flag.text and isinstance(default, int | float) and not isinstance(default, bool):
        assert float(flag.text.partition("(default ")[2].split(")")[0].split(":")[0]) == default


def test_a_command_is_its_settings(tmp_path: Path) -> None:
    file = tmp_path / "train.yaml"
    file.write_text(
        "env: eyesmith/ZoomQA-v0\nmodel: tiny\nbackend: transformers\nsteps: 7\nlearning-rate: 1.0e-4\n"
    )
    config = typed(
        "--config", str(file), "--steps", "9", "-n", "16", "-g", "4", "--shuffled", "--env.kind=swatch"
    )
    assert (config.steps, config.learning_rate, config.shuffled) == (9, 1e-4, True)
    assert (config.collect.episodes, config.collect.group, config.collect.model) == (16, 4, "tiny")
    assert config.collect.env_kwargs == {"kind": "swatch"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give --out DIR"),
        (["--out", "run"], "give --model DIR"),
        (["--out", "run", "--model", "m", "--backend", "vllm-server"], "vllm, transformers"),
        (["--out", "run", "--model", "m", "-g", "1"], "nobody to be compared with"),
        (["--out", "run", "--model", "m", "--mix", "f"], "--mix"),
    ],
)
def test_what_is_missing_is_told(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "grpo", "eyesmith/ZoomQA-v0", *words]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())
