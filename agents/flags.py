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
    """

    name: str
    target: str
    kind: type
    text: str
    metavar: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def written(self) -> str:
        """The flag with its dashes."""
        return f"-{self.name}" if len(self.name) == 1 else f"--{self.name}"


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
    Flag("image-format", "image_format", str, "how pictures are stored (default png)", None, FORMATS),
)
EVAL = (
    *COLLECT,
    Flag("against", "against", str, "compare with this run on the tasks that both have played", "DIR"),
    Flag("success", "success", float, "score of a success (default: the middle of the recipe's range)", "T"),
)
NAMED = {bool: "true or false", int: "an integer", float: "a number", str: "a text"}


@dataclass(frozen=True)
class Settings:
    """What was set, by flag or file: target -> value, and arguments of the environment."""

    values: Mapping[str, Any] = field(default_factory=dict)
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)

    def over(self, other: "Settings") -> "Settings":
        """These settings, and where they say nothing the other's."""
        return Settings({**other.values, **self.values}, {**other.env_kwargs, **self.env_kwargs})


def add_flags(parser: argparse.ArgumentParser, flags: Sequence[Flag]) -> None:
    """Declare flags; one that is not given leaves no trace in the namespace."""
    for flag in flags:
        told: dict[str, Any] = {"help": flag.text, "dest": flag.target, "default": argparse.SUPPRESS}
        if flag.kind is bool:
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
    targets = {flag.target for flag in flags}
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
    a null says nothing.

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
    for key, value in raw.items():
        name = str(key).replace("_", "-") if not str(key).startswith("env.") else str(key)
        if value is None and (name in by_name or name in shared):
            continue
        if name in by_name:
            _put(values, by_name[name].target, _typed(by_name[name], value, where), where)
        elif name in shared:
            _put(kwargs, name.replace("-", "_"), value, where)
        elif name.startswith("env."):
            _put(kwargs, name.removeprefix("env.").replace("-", "_"), value, where)
        elif name == "env-kwargs":
            if not isinstance(value, Mapping) or not all(isinstance(inner, str) for inner in value):
                raise UsageError(f"{where}: env_kwargs must be names and values, got {value!r}")
            for inner, own in value.items():
                _put(kwargs, inner.replace("-", "_"), own, where)
        else:
            known = [*by_name, *shared, "env-kwargs"]
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


def _put(into: dict[str, Any], name: str, value: Any, where: str) -> None:
    if name in into:
        raise UsageError(f"{where} says {name} twice, under two names: say it once")
    into[name] = value


def _typed(flag: Flag, value: Any, where: str) -> Any:
    fits = type(value) is flag.kind or (flag.kind is float and type(value) is int)
    if not fits or (flag.choices and value not in flag.choices):
        wanted = f"one of {', '.join(flag.choices)}" if flag.choices else NAMED[flag.kind]
        raise UsageError(f"{where}: {flag.name} must be {wanted}, got {value!r}")
    return flag.kind(value)
