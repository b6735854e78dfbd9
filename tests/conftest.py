"""Fixtures of the contract's tests: the toys, and one way to write down a whole episode."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import eyesmith  # noqa: F401 registers the environments
from eyesmith.envs import ToolEnv, Turn
from eyesmith.tools.tool import ToolCall

TESTS = Path(__file__).parent
# The toys' entry points name a module, and the processes that vector environments start inherit the path.
if str(TESTS) not in sys.path:
    sys.path.insert(0, str(TESTS))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regen", action="store_true", help="rewrite the golden playthroughs")


@pytest.fixture
def rng() -> np.random.Generator:
    """Chance, the same in every run."""
    return np.random.default_rng(7)


@pytest.fixture(scope="session")
def toys() -> ModuleType:
    """The module of the toy environments; importing it registers them."""
    import toys

    return toys


@pytest.fixture
def paint(toys: ModuleType) -> ToolEnv:
    """A toy that holds a work, with its task 3 begun."""
    env = toys.PaintEnv()
    env.begin(env.get_task("train", 3))
    return env


@pytest.fixture
def write() -> Callable[[str], str]:
    """Writes a call as JSON: `write("paint", cell=3)`."""

    def as_json(name: str, **arguments: Any) -> str:
        return json.dumps({"name": name, "arguments": arguments})

    return as_json


@pytest.fixture
def say_calls() -> Callable[[Iterable[ToolCall]], list[str]]:
    """Calls as the texts of the format `json`."""

    def texts(calls: Iterable[ToolCall]) -> list[str]:
        return [json.dumps({"name": call.name, "arguments": dict(call.arguments)}) for call in calls]

    return texts


@pytest.fixture
def digest() -> Callable[[Any], str]:
    """A hash over every byte of observations, turns, infos and numbers."""

    def hashed(value: Any) -> str:
        state = sha256()
        _feed(state, value)
        return state.hexdigest()

    return hashed


@pytest.fixture
def python() -> Callable[..., str]:
    """Runs a script in a fresh process that knows the toys; returns what it printed."""

    def run(script: str, *arguments: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(TESTS)!r})\n{script}", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, **environment},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


def _feed(state: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        state.update(f"array{value.dtype}{value.shape}".encode() + np.ascontiguousarray(value).tobytes())
    elif isinstance(value, Turn):
        for part in value.parts:
            _feed(state, part if isinstance(part, str) else [part.label, part.array])
        kept = (value.reward, value.components, value.score, value.terminated, value.truncated, value.error)
        _feed(state, [*kept, value.metrics, value.tool, value.stop_reason, value.why])
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _feed(state, key)
            _feed(state, item)
    elif isinstance(value, (list, tuple)):
        state.update(f"list{len(value)}".encode())
        for item in value:
            _feed(state, item)
    else:
        plain = value.item() if isinstance(value, np.generic) else value
        state.update(repr(plain).encode())
