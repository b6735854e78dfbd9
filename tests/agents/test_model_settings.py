"""Settings of a model: as flags, as keys of a file, in a mix; what contradicts itself is refused."""

import asyncio
import json
import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from eyesmith.__main__ import main
from eyesmith.agents import CollectConfig, flags
from eyesmith.agents import collection as collection_file
from eyesmith.agents import mix as mix_file
from eyesmith.agents.loop import Model
from eyesmith.agents.model_settings import ModelSettings
from eyesmith.agents.policy import BACKENDS, Sampling
from eyesmith.envs.actions import ACTION_FORMATS
from eyesmith.errors import RunError, UsageError
from eyesmith.trajectories.run import Run

from .engines import ScriptedEngine, codec_of, model_of

MISHAP = "mishaps:mishaps/Mishap-v0"
CODEC = codec_of()
SMALL = ["-n", "4", "-g", "2", "--workers", "1", "--env.max_turns=2"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[ModelSettings]:
    """Every model that was opened, all of them simulated."""
    found: list[ModelSettings] = []

    @asynccontextmanager
    async def simulated(
        settings: ModelSettings, *, concurrency: int, timeout_s: float
    ) -> AsyncIterator[Model]:
        found.append(settings)
        yield model_of(ScriptedEngine(CODEC), stop=settings.stop)

    for room in (collection_file, mix_file):
        monkeypatch.setattr(room, "open_model", simulated)
    return found


def saved(folder: str) -> dict[str, Any]:
    return json.loads((Path(folder) / "config.json").read_text())


# -- flags and files

FLAGS = {
    "--model": "simulated",
    "--context": "4096",
    "--max-tokens": "64",
    "--temperature": "0.5",
    "--top-p": "0.9",
    "--top-k": "5",
    "--image-window": "2",
    "--tool-timeout": "30",
    "--tool-format": "hermes",
}
TOLD = {
    "model": "simulated",
    "context": 4096,
    "max_tokens": 64,
    "temperature": 0.5,
    "top_p": 0.9,
    "top_k": 5,
    "image_window": 2,
    "tool_timeout_s": 30.0,
    "tool_format": "hermes",
    "stop": ["\n\n", "END"],
    "engine": {"tensor_parallel_size": 2, "dtype": "bfloat16", "deep": {"a": [1]}},
    "template_kwargs": {"enable_thinking": False},
}
MAPPINGS = [
    "--engine.tensor_parallel_size=2",
    "--engine.dtype=bfloat16",
    "--engine.deep={a: [1]}",
    "--template.enable-thinking=false",
]


def test_every_setting_is_a_flag(opened: list[ModelSettings]) -> None:
    words = [word for pair in FLAGS.items() for word in pair]
    stops = ["--stop", "\n\n", "--stop", "END"]
    assert main(["collect", MISHAP, *words, *stops, *MAPPINGS, *SMALL, "--out", "run"]) == 0
    stored = saved("run")
    assert {name: stored[name] for name in TOLD} == TOLD
    (settings,) = opened
    assert settings.stop == ("\n\n", "END")
    assert settings.sampling() == Sampling(
        max_tokens=64, temperature=0.5, top_p=0.9, top_k=5, stop=("\n\n", "END")
    )
    assert {episode.status for episode in Run.open("run").episodes()} == {"truncated"}


def test_every_setting_is_a_key_of_a_file(opened: list[ModelSettings]) -> None:
    keys = {
        name.removeprefix("--"): json.loads(value) if value[0].isdigit() else value
        for name, value in FLAGS.items()
    }
    keys |= {"stop": ["\n\n", "END"], "template": {"enable-thinking": False}, "env": MISHAP}
    keys |= {"engine": {"tensor_parallel_size": 8, "dtype": "bfloat16"}, "engine.deep": {"a": [1]}}
    Path("run.yaml").write_text(json.dumps(keys))  # JSON is YAML
    over = ["--engine.tensor_parallel_size=2", *SMALL]
    assert main(["collect", "--config", "run.yaml", "--out", "run", *over]) == 0
    stored = saved("run")
    assert {name: stored[name] for name in TOLD} == TOLD
    assert main(["collect", "--config", "run.yaml", "--out", "two", "--stop", "X", *SMALL]) == 0
    assert saved("two")["stop"] == ["X"], "a flag wins over the file"
    assert saved("two")["engine"]["tensor_parallel_size"] == 8


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stop: END", "stop must be a list of texts, got 'END'"),
        ("stop: [1]", "stop must be a list of texts"),
        ("engine: 3", "engine must be names and values, got 3"),
        ("{engine: {a: 1}, engine.a: 2}", "says a twice"),
        ("backend: vlm", "backend must be one of vllm, vllm-server, openai, transformers, got 'vlm'"),
        ("max-tokens: many", "max-tokens must be an integer, got 'many'"),
        ("temprature: 1", "unknown key 'temprature'.*Did you mean 'temperature'"),
    ],
)
def test_a_file_that_cannot_be_is_refused(text: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("run.yaml").write_text(f"{text}\n" if text[0] == "{" else f"model: m\n{text}\n")
    assert main(["collect", MISHAP, "--config", "run.yaml", "--out", "run"]) == 2
    assert re.search(said, capsys.readouterr().err)


def test_names_that_are_written_twice_agree() -> None:
    assert tuple(BACKENDS) == flags.BACKENDS
    assert flags.ACTION_FORMATS == ACTION_FORMATS


def test_eval_takes_a_model_too(opened: list[ModelSettings]) -> None:
    assert main(["eval", MISHAP, "--model", "simulated", *SMALL, "--out", "run"]) == 0
    assert len(opened) == 1
    assert json.loads((Path("run") / "eval.json").read_text())


@pytest.mark.parametrize("word", ["--engin.a=1", "--engine.=1", "--engine=1", "--engine.a", "--template"])
def test_a_misspelt_mapping_is_refused(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["collect", MISHAP, "--model", "m", word, "--out", "run"]) == 2
    assert f"collect has no argument '{word}'" in capsys.readouterr().err


# -- contradictions


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"policy": "expert"}, "either the policy 'expert' acts or the model 'm': leave one out"),
        ({"backend": "vlm"}, "unknown backend 'vlm'.*Did you mean 'vllm'"),
        (
            {"base_url": "http://h/v1"},
            "--base-url is for --backend vllm-server or openai; the backend here is vllm",
        ),
        ({"backend": "openai"}, "needs the address of its endpoint: give --base-url"),
        ({"backend": "vllm-server", "base_url": "h:8000"}, "give --base-url, such as .* got 'h:8000'"),
        ({"tool_format": "herms"}, "tool_format must be one of .*Did you mean 'hermes'"),
        ({"context": 0}, "context must be an integer of at least 1, got 0"),
        ({"image_window": 0}, "image_window must be an integer of at least 1"),
        ({"image_window": True}, "image_window must be .* got True"),
        ({"tool_timeout_s": 0}, "tool_timeout_s must be a number above 0"),
        ({"tool_timeout_s": math.nan}, "tool_timeout_s must be .* got nan"),
        ({"tool_timeout_s": "9"}, "tool_timeout_s must be .* got '9'"),
        ({"max_tokens": 0}, "max_tokens must be an integer of at least 1"),
        ({"max_tokens": 9.0}, r"max_tokens must be .* got 9\.0"),
        ({"temperature": -0.1}, "temperature must be a number of at least 0"),
        ({"temperature": math.nan}, "temperature must be .* got nan"),
        ({"temperature": math.inf}, "temperature must be .* got inf"),
        ({"temperature": True}, "temperature must be .* got True"),
        ({"top_p": 0.0}, "top_p must be a number above 0 and at most 1"),
        ({"top_p": 1.01}, "top_p must be"),
        ({"top_k": -1}, "top_k must be an integer of at least 0"),
        ({"stop": ("",)}, "stop must be texts, none of them empty"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        CollectConfig(**({"env": MISHAP, "model": "m"} | changes))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "http://h/v1"),
        ("tokenizer", "t"),
        ("chat_template", "c"),
        ("tool_format", "hermes"),
        ("image_window", 2),
        ("engine", {"a": 1}),
        ("template_kwargs", {"a": 1}),
    ],
)
def test_what_is_for_a_model_needs_one(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match="is for a model, and none is named: give --model M"):
        CollectConfig(env=MISHAP, **{name: value})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tool_format": "hermes"}, "its own tool calls: leave tool_format out"),
        ({"tokenizer": "t"}, "tokenizer is for a backend that takes tokens"),
        ({"chat_template": "c"}, "chat_template is for a backend that takes tokens"),
        ({"image_window": 2}, "image_window is for a backend that takes tokens"),
        ({"template_kwargs": {"a": 1}}, "extra_body='{chat_template_kwargs"),
    ],
)
def test_an_endpoint_of_messages_has_a_template_of_its_own(changes: dict[str, Any], said: str) -> None:
    endpoint = {"env": MISHAP, "model": "m", "backend": "openai", "base_url": "http://127.0.0.1:9/v1"}
    CollectConfig(**endpoint, tool_format="openai")
    with pytest.raises(UsageError, match=said):
        CollectConfig(**(endpoint | changes))


def test_an_environment_writes_calls_as_the_model_does() -> None:
    config = CollectConfig(env=MISHAP, model="m", env_kwargs={"action_format": "json"})
    assert config.kwargs_for("json") == {"action_format": "json"}
    with pytest.raises(
        UsageError, match=r"writes its calls in the format 'hermes', and env.action_format says 'json'"
    ):
        config.check("hermes")
    assert CollectConfig(env=MISHAP, model="m").kwargs_for("hermes") == {"action_format": "hermes"}
    assert CollectConfig(env=MISHAP, model="m").kwargs_for(None) == {}


# -- mixes


def test_a_mix_loads_its_model_once(opened: list[ModelSettings]) -> None:
    rows = f"- {{env: {MISHAP}, name: a}}\n- {{env: {MISHAP}, name: b, split: test, env.wait_s: 0.0}}\n"
    Path("mix.yaml").write_text(rows)
    words = ["collect", "--mix", "mix.yaml", "--model", "simulated", "-n", "8", "-g", "2", "--workers", "1"]
    assert main([*words, "--out", "runs", "--max-turns", "2"]) == 0
    assert len(opened) == 1
    for name, split in (("a", "train"), ("b", "test")):
        episodes = list(Run.open(Path("runs") / name).episodes())
        assert {(e.split, e.model, e.status) for e in episodes} == {(split, "simulated", "truncated")}
        assert len(episodes) == 4
    assert main([*words, "--out", "runs", "--max-turns", "2", "--resume"]) == 0


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("policy: expert", "either the policy 'expert' acts or the model 'simulated'"),
        ("model: other", "unknown key 'model'"),
        ("engine.a: 1", "unknown key 'engine.a'"),
    ],
)
def test_a_row_of_a_mix_has_no_model_of_its_own(
    row: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mix.yaml").write_text(f"- {{env: {MISHAP}, {row}}}\n")
    assert main(["collect", "--mix", "mix.yaml", "--model", "simulated", "--out", "runs"]) == 2
    assert said in capsys.readouterr().err
    assert not Path("runs").exists()


# -- what is stored


def test_a_folder_is_stored_by_its_last_name_and_the_state_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "tiny"
    folder.mkdir(parents=True)
    config = CollectConfig(env=MISHAP, model=str(folder))
    assert (config.model_name, config.policy_name) == ("tiny", "tiny")
    assert str(tmp_path) not in json.dumps(config.as_dict())
    states = {config.model_files()}
    (folder / "model.safetensors").write_bytes(b"a" * (3 << 20))
    states.add(config.model_files())
    (folder / "model.safetensors").write_bytes(b"a" * (3 << 20) + b"b")
    states.add(config.model_files())
    (folder / "config.json").write_text("{}")
    states.add(config.model_files())
    assert len(states) == 4
    assert config.model_files() == config.model_files()
    assert ModelSettings(model="owner/name").model_files() == ""
    assert ModelSettings(model="owner/name").model_name == "owner/name"
    assert ModelSettings(model="/no/such/folder").model_name == "folder"


def test_a_run_goes_on_only_with_the_model_that_it_began_with(opened: list[ModelSettings]) -> None:
    words = ["collect", MISHAP, "--model", "simulated", *SMALL, "--out", "run"]
    assert main(words) == 0
    assert main([*words, "--resume", "--tool-timeout", "9", "-c", "2"]) == 0
    for other in (
        ["--temperature", "0.5"],
        ["--engine.dtype=half"],
        ["--stop", "x"],
        ["--image-window", "3"],
    ):
        assert main([*words, "--resume", *other]) == 2
    changed = CollectConfig(
        env=MISHAP, model="other", episodes=4, group=2, workers=1, env_kwargs={"max_turns": 2}
    )
    with pytest.raises(RunError, match=r"differs in .*model \(was \"simulated\", now \"other\"\)"):
        asyncio.run(
            collection_file.collecting(changed, "run", model=model_of(ScriptedEngine(CODEC)), resume=True)
        )


def test_a_scripted_run_stores_nothing_of_models() -> None:
    stored = CollectConfig(env=MISHAP).as_dict()
    assert not {"model", "backend", "sampling", "temperature", "engine", "tool_timeout_s"} & set(stored)
