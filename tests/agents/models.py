"""Tiny models, each built once a session however many processes test, and engines over them."""

import asyncio
import fcntl
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from shutil import copytree, rmtree
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import eyesmith
from eyesmith.agents.codec import TurnCodec
from eyesmith.agents.policy import EngineSettings, Generation, make_policy

from .tiny import Talk, noise

EXAMPLES = Path(eyesmith.__file__).parent / "examples"
KINDS = ("qwen3", "qwen2_5_vl", "qwen3_vl")
# (height, width) in px: beside each other in a batch, none as long as another.
SIZES = ((64, 64), (20, 200), (150, 90), (112, 112))
EXACT = 1e-4  # of log-probabilities in float32, between batches


def tiny_model(kind: str, factory: pytest.TempPathFactory) -> Path:
    """The folder of a model with random weights; nobody writes to it."""
    return _once(f"tiny-{kind}", factory, lambda folder: example("tiny_models").make_tiny(kind, folder))


def taught_model(kind: str, factory: pytest.TempPathFactory) -> Path:
    """The folder of one that calls the tools of ZoomQA, kind `swatch`; half a minute the first time."""

    def teach(folder: Path) -> None:
        copytree(tiny_model(kind, factory), folder, dirs_exist_ok=True)
        example("tiny_teaching").teach(folder)

    return _once(f"taught-{kind}", factory, teach)


def example(name: str) -> ModuleType:
    """A file of `examples/` as a module."""
    if name not in sys.modules:
        spec = spec_from_file_location(name, EXAMPLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@asynccontextmanager
async def engine(folder: Path, **over: Any) -> AsyncIterator[Any]:
    """The backend `transformers` on the CPU, started; further options, `context`, `timeout_s`."""
    fields = {name: over.pop(name) for name in ("context", "timeout_s") if name in over}
    options = {"dtype": "float32", "device": "cpu", "threads": 1} | over
    made = make_policy(EngineSettings(model=str(folder), backend="transformers", options=options, **fields))
    await made.start()
    try:
        yield made
    finally:
        await made.close()


def talks(folder: Path, count: int = 4) -> list[Talk]:
    """Conversations of different lengths; of a model with eyes, with 0 to 3 pictures."""
    codec, rng = TurnCodec.load(str(folder)), np.random.default_rng(11)
    found = []
    for i in range(count):
        shown = (
            [noise(rng, *SIZES[(i + k) % len(SIZES)]) for k in range(i % 4)] if codec.shows_pictures else []
        )
        found.append(Talk(codec, shown, text="look " * (1 + 5 * i)))
    return found


async def sampled(policy: Any, key: str, tokens: int) -> None:
    """Wait until a turn has so many tokens."""
    while key not in policy._asked or len(policy._asked[key].ids) < tokens:
        await asyncio.sleep(0.002)


def same(one: Generation, other: Generation) -> None:
    """Two turns that differ by rounding only."""
    assert one.token_ids == other.token_ids
    assert one.finish_reason == other.finish_reason
    np.testing.assert_allclose(one.logprobs or (), other.logprobs or (), rtol=0, atol=EXACT)


def _once(name: str, factory: pytest.TempPathFactory, make: Callable[[Path], object]) -> Path:
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # which all workers of the session share
    folder, half = root / name, root / f"{name}.half"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            rmtree(half, ignore_errors=True)
            half.mkdir()
            make(half)
            half.rename(folder)
    return folder
