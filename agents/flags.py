"""Settings of `collect` and `eval`: as flags, as keys of a file.

One table declares both, so that a file takes exactly the names of the flags. A flag that was given wins over
the file; what neither says is left to the defaults of `CollectConfig`.
"""

__all__ = [
    "COLLECT",
    "EVAL",
    "Flag",
    "Settings",
    "add_flags",
    "config_of",
    "read_keys",
    "read_yaml",
    "settings_of",
]

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from .config import CollectConfig

# Written out here, for the command line asks for its flags before it loads what they are for.
FORMATS = ("png", "webp", "jpeg")
SHARED_KWARGS = ("difficulty", "max_turns", "recipe", "dense")


@dataclass(frozen=True)
class Flag:
    """A setting.

    Args:
        name: of the flag, without dashes; also the key in a file.
        target: field of CollectConfig, or what the command asks for.
        kind: type of its value.
        text: for the help.
        metavar: for the help.
        choices: allowed values; () for any.
        is_many: may be given several times; a list in a file.
    """

    name: str
    target: str
    kind: type
    text: str
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    is_many: bool = False

    @property
    def written(self) -> str:
        """The flag with its dashes."""
        return f"-{self.name}" if len(self.name) == 1 else f"--{self.name}"


BACKENDS = ("vllm", "vllm-server", "openai", "transformers")
ACTION_FORMATS = ("json", "hermes", "qwen3_coder", "openai")

MODEL = (
    Flag(
        "model", "model", str, "a model acts: folder or name of its weights, or what an endpoint serves", "M"
    ),
    Flag("backend", "backend", str, "what runs it (default vllm)", None, BACKENDS),
    Flag("base-url", "base_url", str, "of an endpoint; its key comes from EYESMITH_API_KEY", "URL"),
    Flag("context", "context", int, "most tokens of prompt and completion (default: the model's)", "TOKENS"),
    Flag("max-tokens", "max_tokens", int, "most new tokens of a turn (default 1024)", "TOKENS"),
    Flag("temperature", "temperature", float, "of sampling; 0 takes the likeliest (default 1)", "T"),
    Flag("top-p", "top_p", float, "share of the probability that is kept (default 1)", "P"),
    Flag("top-k", "top_k", int, "tokens that are kept; 0 for all (default 0)", "K"),
    Flag("stop", "stop", str, "text that ends a turn; may be given again", "TEXT", is_many=True),
    Flag(
        "tool-format",
        "tool_format",
        str,
        "how it writes calls (default: as its template does)",
        None,
        ACTION_FORMATS,
    ),
    Flag("tokenizer", "tokenizer", str, "folder with tokenizer and config (default: the model's)", "DIR"),
    Flag("chat-template", "chat_template", str, "a Jinja file in place of the model's template", "FILE"),
    Flag("image-window", "image_window", int, "pictures that stay in the prompt (default: all)", "K"),
    Flag("tool-timeout", "tool_timeout_s", float, "longest time of one tool call (default 120)", "S"),
)
COLLECT = (
    Flag("out", "out", str, "folder of the run", "DIR"),
    Flag("config", "config", str, "YAML file whose keys are the names of these flags, and env", "FILE"),
    Flag("mix", "mix", str, "YAML list of environments with weights, instead of ENV", "FILE"),
    Flag("policy", "policy", str, "expert (default), random, replay:DIR or cheat:NAME"),
    Flag("n", "episodes", int, "a multiple of -g (default 64)", "EPISODES"),
    Flag("g", "group", int, "episodes of one task (default 8)", "GROUP"),
    Flag("c", "concurrency", int, "episodes in flight (default 32)", "FLIGHT"),
    Flag("split", "split", str, "split of the tasks (default train)"),
    Flag("seed", "seed", int, "index of the first task (default 0)"),
    Flag("resume", "resume", bool, "go on with the run in --out"),
    Flag("retry-errors", "retry_errors", bool, "with --resume: play again what failed"),
    Flag("timeout", "timeout_s", float, "time limit of an episode (default 600)", "S"),
    Flag("retries", "retries", int, "attempts after a failure of the machine (default 2)"),
    Flag("workers", "workers", int, "processes (default: one a core)"),
    Flag("ray", "ray", bool, "run the environments on the Ray cluster of RAY_ADDRESS, or a local one"),
    Flag("image-format", "image_format", str, "how pictures are stored (default png)", None, FORMATS),
    *MODEL,
)
EVAL = (
    *COLLECT,
    Flag("against", "against", str, "compare with this run on the tasks that both have played", "DIR"),
    Flag("success", "success", float, "score of a success (default: the middle of the recipe's range)", "T"),
)
# --engine.k=v and the like: prefix -> setting that is a mapping.
MAPPINGS = {"engine": "engine", "template": "template_kwargs"}
NAMED = {bool: "true or false", int: "an integer", float: "a number", str: "a text"}


@dataclass(frozen=True)
class Settings:
    """What was set, by flag or file: target -> value, and arguments of the environment."""

    values: Mapping[str, Any] = field(default_factory=dict)
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)

    def over(self, other: "Settings") -> "Settings":
        """These settings, and where they say nothing the other's."""
        both = {
            name: {**other.values[name], **self.values[name]}
            for name in MAPPINGS.values()
            if name in other.values and name in self.values
        }
        return Settings({**other.values, **self.values, **both}, {**other.env_kwargs, **self.env_kwargs})


def add_flags(parser: argparse.ArgumentParser, flags: Sequence[Flag]) -> None:
    """Declare flags; one that is not given leaves no trace in the namespace."""
    for flag in flags:
        told: dict[str, Any] = {"help": flag.text, "dest": flag.target, "default": argparse.SUPPRESS}
        if flag.is_many:
            parser.add_argument(flag.written, action="append", metavar=flag.metavar, **told)
        elif flag.kind is bool:
            parser.add_argument(flag.written, action="store_true", **told)
        else:
            choices = flag.choices or None
            parser.add_argument(flag.written, type=flag.kind, metavar=flag.metavar, choices=choices, **told)


def settings_of(arguments: argparse.Namespace, flags: Sequence[Flag]) -> Settings:
    """The settings of a command line; those of its `--config` file beneath.

    Args:
        arguments: parsed; `env` and `env_kwargs` are settings too.
        flags: that the command takes.

    Raises:
        UsageError: a file that cannot be read, or an unknown key or a wrong value in it.
    """
    targets = {flag.target for flag in flags} | set(MAPPINGS.values())
    given = {name: value for name, value in vars(arguments).items() if name in targets}
    if arguments.env is not None:
        given["env"] = arguments.env
    said = Settings(given, dict(arguments.env_kwargs))
    if "config" not in given:
        return said
    path = Path(given["config"])
    raw = read_yaml(path)
    if not isinstance(raw, Mapping):
        raise UsageError(f"{path} must hold keys and values such as `n: 64`, got {type(raw).__name__}")
    file = read_keys(raw, [flag for flag in flags if flag.name != "config"], str(path))
    # A mix takes the place of an environment, so either on the command line wins over both in the file.
    beaten = {"env", "mix"} if given.keys() & {"env", "mix"} else set()
    kept = {name: value for name, value in file.values.items() if name not in beaten}
    return said.over(Settings(kept, file.env_kwargs))


def read_keys(raw: Mapping[Any, Any], flags: Sequence[Flag], where: str) -> Settings:
    """Settings from keys and values as a file has them.

    Keys are the names of flags (`max-turns` or `max_turns`), `env`, `env_kwargs` with a mapping, and `env.K`;
    `engine` and `template` with a mapping, or `engine.K` and `template.K`; a null says nothing.

    Args:
        raw: what the file holds.
        flags: that may occur.
        where: the file, for errors.

    Raises:
        UsageError: an unknown key, a value of another type, or two keys of one meaning.
    """
    by_name = {flag.name: flag for flag in (*flags, Flag("env", "env", str, ""))}
    shared = [name.replace("_", "-") for name in SHARED_KWARGS]
    values: dict[str, Any] = {}
    kwargs: dict[str, Any] = {}
    takes_model = any(flag.target == "model" for flag in flags)
    for key, value in raw.items():
        name = str(key).replace("_", "-") if "." not in str(key) else str(key)
        prefix, dot, rest = name.partition(".")
        if value is None and (name in by_name or name in shared):
            continue
        if name in by_name:
            _put(values, by_name[name].target, _typed(by_name[name], value, where), where)
        elif name in shared:
            _put(kwargs, name.replace("-", "_"), value, where)
        elif prefix == "env" and dot:
            _put(kwargs, rest.replace("-", "_"), value, where)
        elif name == "env-kwargs":
            _put_all(kwargs, name, value, where)
        elif prefix in MAPPINGS and takes_model:
            into = values.setdefault(MAPPINGS[prefix], {})
            _put_all(into, prefix, {rest: value} if dot else value, where)
        else:
            known = [*by_name, *shared, "env-kwargs", *(MAPPINGS if takes_model else ())]
            hint = did_you_mean(name, known)
            raise UsageError(
                f"{where} has an unknown key {key!r}; it takes: {', '.join(known)}, env.K.{hint}"
            )
    return Settings(values, kwargs)


def config_of(settings: Settings) -> "CollectConfig":
    """The resolved config.

    Raises:
        UsageError: no environment, or a setting that cannot be used.
    """
    from .config import CollectConfig

    if "env" not in settings.values:
        raise UsageError(
            "no environment is named: give its id, such as eyesmith/ZoomQA-v0 (`eyesmith list` has all), "
            "--mix FILE, or a --config FILE with the key env"
        )
    own = {field.name for field in fields(CollectConfig)}
    values = {name: value for name, value in settings.values.items() if name in own}
    values |= {"stop": tuple(values["stop"])} if "stop" in values else {}
    return CollectConfig(**values, env_kwargs=dict(settings.env_kwargs))


def read_yaml(path: Path) -> Any:
    """What a YAML file holds.

    Raises:
        UsageError: it is missing, cannot be read, or is no YAML.
    """
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise UsageError(f"the file {path} cannot be read ({why}): give a YAML file") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise UsageError(f"{path}{line} is no YAML: {getattr(error, 'problem', None) or error}") from None


def _put_all(into: dict[str, Any], name: str, value: Any, where: str) -> None:
    if not isinstance(value, Mapping) or not all(isinstance(inner, str) for inner in value):
        raise UsageError(f"{where}: {name.replace('-', '_')} must be names and values, got {value!r}")
    for inner, own in value.items():
        _put(into, inner.replace("-", "_"), own, where)


def _put(into: dict[str, Any], name: str, value: Any, where: str) -> None:
    if name in into:
        raise UsageError(f"{where} says {name} twice, under two names: say it once")
    into[name] = value


def _typed(flag: Flag, value: Any, where: str) -> Any:
    if flag.is_many:
        if not isinstance(value, list) or not all(type(item) is flag.kind for item in value):
            raise UsageError(f"{where}: {flag.name} must be a list of texts, got {value!r}")
        return tuple(value)
    fits = type(value) is flag.kind or (flag.kind is float and type(value) is int)
    if not fits or (flag.choices and value not in flag.choices):
        wanted = f"one of {', '.join(flag.choices)}" if flag.choices else NAMED[flag.kind]
        raise UsageError(f"{where}: {flag.name} must be {wanted}, got {value!r}")
    return flag.kind(value)
