"""Opening a model: what it is made from, what is told of it, and that it is always closed."""

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from eyesmith.agents.loop import Model
from eyesmith.agents.model_settings import ModelSettings
from eyesmith.agents.models import open_model
from eyesmith.agents.policy import BACKENDS, EngineSettings, make_policy
from eyesmith.errors import EngineError, UsageError

from . import templates
from .engines import codec_of, tokenizer


class Fake:
    """A policy of which one sees what it was made from, and whether it was closed."""

    takes_tokens = True
    made: "list[Fake]" = []  # noqa: RUF012 emptied by each test

    def __init__(self, settings: EngineSettings) -> None:
        self.settings, self.events = settings, ["made"]
        Fake.made.append(self)

    async def start(self) -> None:
        self.events.append("started")
        if self.settings.options.get("breaks"):
            raise EngineError("no card")

    async def close(self) -> None:
        self.events.append("closed")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model without weights, and the backend `fake`."""
    Fake.made.clear()
    monkeypatch.setitem(sys.modules, "fake_engine", SimpleNamespace(Fake=Fake))  # type: ignore[arg-type]
    monkeypatch.setitem(BACKENDS, "fake", ("fake_engine", "Fake"))  # type: ignore[arg-type]
    made = tmp_path / "tiny"
    tokenizer().save_pretrained(made)
    (made / "config.json").write_text('{"model_type": "qwen3"}')
    return made


async def tell(settings: ModelSettings) -> Model:
    async with open_model(settings, concurrency=5, timeout_s=9.0) as model:
        assert model.policy.events == ["made", "started"]  # type: ignore[attr-defined]
        return model


def test_a_model_is_started_told_of_and_closed(folder: Path) -> None:
    (folder / "own.jinja").write_text(templates.QWEN3)
    settings = ModelSettings(
        model=str(folder),
        backend="fake",
        engine={"revision": "main", "a": 1},
        context=77,
        chat_template=str(folder / "own.jinja"),
        template_kwargs={"enable_thinking": False},
    )
    settings.check_model()
    model = asyncio.run(tell(settings))
    (fake,) = Fake.made
    assert fake.events == ["made", "started", "closed"]
    assert (fake.settings.concurrency, fake.settings.timeout_s, fake.settings.context) == (5, 9.0, 77)
    assert fake.settings.options == {"revision": "main", "a": 1}
    assert model.codec is not None
    told = dict(model.told)
    assert (told["model"], told["backend"], told["model_revision"]) == ("tiny", "fake", "main")
    assert told["template_hash"] == model.codec.template_hash != codec_of("qwen3").template_hash
    assert told["tokenizer_hash"] == codec_of("qwen3").tokenizer_hash
    plain = asyncio.run(tell(ModelSettings(model=str(folder), backend="fake")))
    assert plain.told["model_revision"] == ModelSettings(model=str(folder)).model_files() != ""
    assert plain.action_format == "hermes"


def test_a_model_that_does_not_start_is_closed(folder: Path) -> None:
    with pytest.raises(EngineError, match="no card"):
        asyncio.run(tell(ModelSettings(model=str(folder), backend="fake", engine={"breaks": True})))
    assert Fake.made[0].events == ["made", "started", "closed"]


def test_weights_are_not_loaded_for_a_tokenizer_that_is_not_there(folder: Path, tmp_path: Path) -> None:
    settings = ModelSettings(model=str(folder), backend="fake", tokenizer=str(tmp_path / "none"))
    with pytest.raises(UsageError, match="no tokenizer could be loaded"):
        asyncio.run(tell(settings))
    assert "started" not in Fake.made[0].events


def test_an_unknown_backend_has_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r"unknown backend 'opnai'; there is: vllm.*Did you mean 'openai'"):
        make_policy(EngineSettings(model="m", backend="opnai"))
