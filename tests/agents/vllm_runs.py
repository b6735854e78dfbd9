"""An engine of vLLM for as long as a test needs it."""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyesmith.agents.codec import TurnCodec
from eyesmith.agents.engines.vllm_engine import VllmEngine
from eyesmith.agents.policy import EngineSettings, Sampling, make_policy
from eyesmith.errors import UsageError

from .tiny import Talk, noise

CONTEXT = 4096
CACHE_BYTES = 256 << 20


@dataclass(frozen=True)
class Running:
    """A started engine and the loop that it lives in."""

    policy: VllmEngine
    codec: TurnCodec
    folder: Path
    do: Callable[..., Any]

    def talk(self, seed: int, *sizes: tuple[int, int]) -> Talk:
        rng = np.random.default_rng(seed)
        return Talk(self.codec, [noise(rng, *size) for size in sizes])


def settings(folder: Path, **options: Any) -> EngineSettings:
    options = {"kv_cache_memory_bytes": CACHE_BYTES} | options
    return EngineSettings(model=str(folder), context=CONTEXT, timeout_s=120.0, options=options)


def processes() -> list[int]:
    """The engine's processes that this one has started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            name = (entry / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == os.getpid() and name.startswith(b"VLLM::"):
            found.append(int(entry.name))
    return found


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def run_engine(folder: Path, **options: Any) -> Iterator[Running]:
    with asyncio.Runner() as runner:
        policy = make_policy(settings(folder, **options))
        assert isinstance(policy, VllmEngine)
        runner.run(policy.start())
        runner.run(policy.start())
        assert len(processes()) == 1
        yield Running(policy, TurnCodec.load(str(folder)), folder, runner.run)
        runner.run(policy.close())
        runner.run(policy.close())
        assert processes() == []
        with pytest.raises(UsageError, match="not running"):
            runner.run(Talk(TurnCodec.load(str(folder))).turn(policy, Sampling()))
