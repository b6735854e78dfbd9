"""The backend `vllm` before its first turn: options, adapters, and engines that outlive nobody."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyesmith.agents.policy import EngineSettings, Sampling, make_policy
from eyesmith.errors import UsageError

from .models import tiny_model
from .tiny import Talk, recomputed
from .vllm_runs import CACHE_BYTES, is_alive, run_engine, settings

pytest.importorskip("vllm", reason="needs vLLM: make test-vllm")
pytestmark = [
    pytest.mark.vllm,
    # vLLM leaves contexts of zmq behind, which complain whenever they are collected.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

TOLERANCE = 0.02


@pytest.fixture(scope="module")
def text_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model("qwen3", tmp_path_factory)


def test_an_adapter_is_sampled_with(
    text_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import torch
    from safetensors.torch import save_file

    rank, alpha, wide = 4, 8, 128
    torch.manual_seed(0)
    name = "model.layers.0.self_attn.q_proj"
    down, up = torch.randn(rank, wide), torch.randn(wide, rank)
    save_file(
        {
            f"base_model.model.{name}.lora_A.weight": down,
            f"base_model.model.{name}.lora_B.weight": up,
        },
        tmp_path / "adapter_model.safetensors",
    )
    config = {
        "peft_type": "LORA",
        "r": rank,
        "lora_alpha": alpha,
        "target_modules": ["q_proj"],
        "bias": "none",
    }
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))

    def merge(model: Any) -> None:
        model.get_submodule(name).weight.data += alpha / rank * up @ down

    for running in run_engine(text_model, lora=str(tmp_path), dtype="float32"):
        talk = Talk(running.codec, text="a longer text, so that attention has something to attend to")
        generation = running.do(talk.turn(running.policy, Sampling(max_tokens=16, seed=1)))
        told = np.array(generation.logprobs)
        assert np.abs(told - recomputed(text_model, talk, generation, merge)).max() < TOLERANCE
        assert np.abs(told - recomputed(text_model, talk, generation)).max() > 5 * TOLERANCE
    assert capfd.readouterr().out == ""


def test_a_killed_collector_takes_its_engine_along(text_model: Path, tmp_path: Path) -> None:
    script = (
        "import asyncio\n"
        "from eyesmith.agents.policy import EngineSettings, make_policy\n"
        "async def main():\n"
        f"    engine = make_policy(EngineSettings(model={str(text_model)!r}, options="
        f"{{'kv_cache_memory_bytes': {CACHE_BYTES}}}))\n"
        "    await engine.start()\n"
        "    print(engine._engine.engine_core.resources.engine_manager.processes[0].pid, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "if __name__ == '__main__':\n"
        "    asyncio.run(main())\n"
    )
    path = tmp_path / "collector.py"
    path.write_text(script)
    collector = subprocess.Popen([sys.executable, "-P", str(path)], stdout=subprocess.PIPE, text=True)
    assert collector.stdout is not None
    core = int(collector.stdout.readline())
    collector.kill()
    deadline = time.monotonic() + 20
    while (alive := is_alive(core)) and time.monotonic() < deadline:
        time.sleep(0.2)
    collector.communicate()
    assert not alive


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"tensor_paralel_size": 2},
            r"no option 'tensor_paralel_size'.*Did you mean 'tensor_parallel_size'\?",
        ),
        ({"max_model_len": 12}, "it is --context"),
        ({"logprobs_mode": "processed_logprobs"}, "raw log-probabilities"),
        ({"dtype": "float13"}, "vLLM refuses this model or its settings.*dtype"),
        ({"gpu_memory_utilization": "much"}, "vLLM refuses"),
        ({"lora": "/nowhere"}, "lora must be the folder of an adapter"),
    ],
)
def test_options_that_cannot_be_used(text_model: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        asyncio.run(make_policy(settings(text_model, **options)).start())


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="vLLM refuses this model"):
        asyncio.run(make_policy(settings(tmp_path / "none")).start())


def test_a_context_that_the_model_does_not_have(text_model: Path) -> None:
    with pytest.raises(UsageError, match="max_model_len"):
        asyncio.run(make_policy(EngineSettings(model=str(text_model), context=10**6)).start())
