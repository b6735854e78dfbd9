"""Settings of a model that acts: which, on what engine, how it samples."""

__all__ = ["MODEL_FIELDS", "ModelSettings"]

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..envs.actions import ACTION_FORMATS
from ..errors import UsageError, did_you_mean
from .policy import BACKENDS, EngineSettings, Sampling

EDGE_BYTES = 1 << 20
ENDPOINTS = ("vllm-server", "openai")


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """A model that acts; all of it is ignored while `model` is empty.

    Args:
        model: folder or name of the weights, or the name that an endpoint serves.
        backend: one of `policy.BACKENDS`.
        base_url: of an endpoint, such as `http://127.0.0.1:8000/v1`.
        tokenizer: folder or name with tokenizer and config, where the model's own name has none here.
        chat_template: a file in place of the model's own template.
        template_kwargs: arguments of the template (`--template.k=v`), such as `enable_thinking`.
        tool_format: how it writes calls, one of `ACTION_FORMATS`; None to read it from the template.
        engine: further settings of the engine (`--engine.k=v`), such as `tensor_parallel_size`.
        context: most tokens of prompt and completion; None for the model's own.
        max_tokens: most new tokens of a turn.
        temperature: 0 takes the likeliest token.
        top_p: share of the probability that is kept.
        top_k: number of tokens that are kept; 0 for all.
        stop: texts that end a turn.
        image_window: how many pictures stay in the prompt, the last ones; None for all.
        tool_timeout_s: longest time of one answer of the environment.
    """

    model: str = ""
    backend: str = "vllm"
    base_url: str = ""
    tokenizer: str = ""
    chat_template: str | None = None
    template_kwargs: Mapping[str, Any] = field(default_factory=dict)
    tool_format: str | None = None
    engine: Mapping[str, Any] = field(default_factory=dict)
    context: int | None = None
    max_tokens: int = 1024
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    stop: tuple[str, ...] = ()
    image_window: int | None = None
    tool_timeout_s: float = 120.0

    def check_model(self) -> None:
        """Refuse settings that cannot be used.

        Raises:
            UsageError: which, and what to give instead.
        """
        if not self.model:
            self._check_nothing_given()
            return
        if self.backend not in BACKENDS:
            hint = did_you_mean(self.backend, BACKENDS)
            raise UsageError(f"unknown backend {self.backend!r}; there is: {', '.join(BACKENDS)}.{hint}")
        self._check_endpoint()
        if self.tool_format is not None and self.tool_format not in ACTION_FORMATS:
            hint = did_you_mean(self.tool_format, ACTION_FORMATS)
            there = ", ".join(ACTION_FORMATS)
            raise UsageError(f"tool_format must be one of {there}, got {self.tool_format!r}.{hint}")
        if self.backend == "openai":
            self._check_openai()
        for name in ("context", "image_window"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 1):
                raise UsageError(f"{name} must be an integer of at least 1, got {value!r}")
        if type(self.tool_timeout_s) not in (int, float) or not self.tool_timeout_s > 0:
            raise UsageError(f"tool_timeout_s must be a number above 0, got {self.tool_timeout_s!r}")
        self.sampling()

    def sampling(self) -> Sampling:
        """How every turn is sampled, but for its seed."""
        return Sampling(
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            top_k=self.top_k,
            stop=tuple(self.stop),
        )

    def engine_settings(self, concurrency: int, timeout_s: float) -> EngineSettings:
        """What the backend is made from."""
        return EngineSettings(
            model=self.model,
            backend=self.backend,
            base_url=self.base_url,
            context=self.context,
            concurrency=concurrency,
            options=dict(self.engine),
            timeout_s=timeout_s,
        )

    @property
    def model_name(self) -> str:
        """The model as it is recorded: of a folder only the last name."""
        is_folder = Path(self.model).is_dir() or self.model.startswith((".", "/", "~"))
        return Path(self.model).resolve().name if is_folder else self.model

    def model_files(self) -> str:
        """Sixteen hex digits that change with the weights; "" for what is no folder here.

        Of each weight file its size and the megabyte at either end, so that it takes no time.

        Raises:
            UsageError: a folder that cannot be read.
        """
        folder = Path(self.model)
        if not self.model or not folder.is_dir():
            return ""
        state = sha256()
        try:
            for path in (*sorted(folder.glob("*.safetensors")), *sorted(folder.glob("*.json"))):
                size = path.stat().st_size
                state.update(f"{path.name} {size} ".encode())
                with path.open("rb") as file:
                    state.update(file.read(EDGE_BYTES))
                    file.seek(max(0, size - EDGE_BYTES))
                    state.update(file.read(EDGE_BYTES))
        except OSError as error:
            raise UsageError(f"the model's folder {folder} cannot be read: {error.strerror}") from None
        return state.hexdigest()[:16]

    def _check_nothing_given(self) -> None:
        given = [
            f"--{name}"
            for name in ("base_url", "tokenizer", "chat_template", "tool_format", "image_window")
            if getattr(self, name) not in ("", None)
        ]
        if given or self.engine or self.template_kwargs:
            said = (given or ["--engine.k" if self.engine else "--template.k"])[0].replace("_", "-")
            raise UsageError(f"{said} is for a model, and none is named: give --model M")

    def _check_endpoint(self) -> None:
        if self.backend in ENDPOINTS:
            if urlsplit(self.base_url).scheme not in ("http", "https"):
                raise UsageError(
                    f"the backend {self.backend} needs the address of its endpoint: give --base-url, such as "
                    f"http://127.0.0.1:8000/v1, got {self.base_url!r}"
                )
        elif self.base_url:
            there = " or ".join(ENDPOINTS)
            raise UsageError(f"--base-url is for --backend {there}; the backend here is {self.backend}")

    def _check_openai(self) -> None:
        if self.tool_format not in (None, "openai"):
            raise UsageError("the backend openai answers with its own tool calls: leave tool_format out")
        for name in ("tokenizer", "chat_template", "image_window"):
            if getattr(self, name) not in ("", None):
                raise UsageError(f"{name} is for a backend that takes tokens; openai takes messages")
        if self.template_kwargs:
            raise UsageError(
                "the backend openai applies its own template: give its arguments as "
                "--engine.extra_body='{chat_template_kwargs: {...}}'"
            )


MODEL_FIELDS = frozenset(each.name for each in fields(ModelSettings))
