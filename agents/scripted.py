"""Policies without a model: expert, chance, replay, known cheats.

A scripted policy runs beside the environment, because experts and cheats read what an agent must not see.
"""

__all__ = ["POLICIES", "check_policy", "scripted"]

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..envs.base import ToolEnv
from ..errors import RunError, UsageError, did_you_mean
from ..tools.tool import ToolCall

POLICIES = ("expert", "random", "replay:DIR", "cheat:NAME")
WORDS = ("yes", "no", "A", "B", "C", "v0", "v1", "unanswerable", "")
MAX_RANDOM_ITEMS = 3
DEFAULT_SPAN = 1000.0

Action = ToolCall | str


def check_policy(policy: str) -> None:
    """Refuse a policy that is none.

    Raises:
        UsageError: no such policy.
    """
    name, _, rest = policy.partition(":")
    bare = {"expert": "", "random": ""}
    if policy in bare or (name in ("replay", "cheat") and rest):
        return
    there = ", ".join(POLICIES)
    raise UsageError(
        f"unknown policy {policy!r}; there is: {there}.{did_you_mean(policy, ('expert', 'random'))}"
    )


def scripted(
    policy: str, env: ToolEnv, sample: int, recorded: Sequence[Mapping[str, Any]] = ()
) -> Iterator[Action]:
    """The actions of a scripted policy in a begun episode.

    Args:
        policy: one of POLICIES.
        env: the environment, its task begun.
        sample: number of the episode in its group; chance differs by it.
        recorded: turns of a recorded episode, for `replay`.

    Raises:
        UsageError: no such policy or cheat.
    """
    check_policy(policy)
    name, _, rest = policy.partition(":")
    if name == "expert":
        return env.expert()
    if name == "random":
        return _random(env, sample)
    if name == "replay":
        return replay(recorded)
    cheats = env.cheats()
    if rest not in cheats:
        raise UsageError(
            f"{env.ID} has no cheat {rest!r}; it has: {', '.join(cheats)}.{did_you_mean(rest, cheats)}"
        )
    return cheats[rest]()


def replay(turns: Sequence[Mapping[str, Any]]) -> Iterator[Action]:
    """The actions of recorded turns: the raw text where there was one, else the calls."""
    for turn in turns:
        if turn.get("text") is not None:
            yield turn["text"]
        else:
            for call in turn["calls"]:
                yield ToolCall(call["name"], call["arguments"])


def replay_source(policy: str) -> Path | None:
    """The folder of a `replay:DIR` policy."""
    name, _, rest = policy.partition(":")
    if name != "replay":
        return None
    if not Path(rest).is_dir():
        raise RunError(f"policy replay:DIR needs the folder of a run; there is none at {rest!r}")
    return Path(rest)


def _random(env: ToolEnv, sample: int) -> Iterator[Action]:
    """Valid calls of random tools with random arguments, without end."""
    rng = np.random.default_rng([*env.task.seed, 4, sample])
    tools = env.tools
    while True:
        chosen = tools[int(rng.integers(len(tools)))]
        properties = chosen.parameters["properties"]
        yield ToolCall(chosen.name, {name: _value(rng, schema) for name, schema in properties.items()})


def _value(rng: np.random.Generator, schema: Mapping[str, Any]) -> Any:
    if "anyOf" in schema:
        return None if rng.random() < 0.5 else _value(rng, schema["anyOf"][0])
    if "default" in schema and rng.random() < 0.5:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][int(rng.integers(len(schema["enum"])))]
    kind = schema["type"]
    if kind in ("number", "integer"):
        low = schema.get("minimum", 0)
        high = schema.get("maximum", low + DEFAULT_SPAN)
        number = float(rng.uniform(low, high))
        return round(number) if kind == "integer" else round(number, 1)
    if kind == "boolean":
        return bool(rng.integers(2))
    if kind == "string":
        return WORDS[int(rng.integers(len(WORDS)))][: schema.get("maxLength", 100)]
    if "prefixItems" in schema:
        return [_value(rng, item) for item in schema["prefixItems"]]
    low = schema.get("minItems", 0)
    count = int(
        rng.integers(low, min(schema.get("maxItems", low + MAX_RANDOM_ITEMS), low + MAX_RANDOM_ITEMS) + 1)
    )
    return _boxlike([_value(rng, schema["items"]) for _ in range(count)])


def _boxlike(items: list[Any]) -> list[Any]:
    """Four numbers as a box with its corners in order, so that chance is not all mistakes."""
    if len(items) == 4 and all(isinstance(item, float) for item in items):
        x0, y0, x1, y1 = items
        return [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)]
    return items
