"""What can be said of vLLM without it: why it does not import, and who outlives whom."""

import os
import subprocess
import sys
import time

import pytest

from eyesmith.agents.engines import vllm_arguments
from eyesmith.agents.engines.vllm_arguments import import_vllm
from eyesmith.agents.engines.vllm_lifeline import PARENT
from eyesmith.agents.policy import EngineSettings, make_policy
from eyesmith.errors import MissingExtraError


def caused(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("operator torchvision::nms does not exist"), "eyesmith doctor.*make test-vllm"),
        (OSError("libc10_cuda.so: cannot open shared object file"), "torchvision and torch were built"),
        (
            caused(ModuleNotFoundError("Could not import module 'X'"), RuntimeError("torchvision::nms")),
            "torchvision and torch were built",
        ),
        (ModuleNotFoundError("No module named 'vllm'", name="vllm"), r'pip install "eyesmith\[vllm\]"'),
        (
            ImportError("libcudart.so.13"),
            r"installed but cannot be imported.*libcudart\.so\.13.*eyesmith doctor",
        ),
    ],
)
def test_why_it_does_not_import(error: Exception, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(name: str) -> None:
        raise error

    monkeypatch.setattr(vllm_arguments, "import_module", failing)
    with pytest.raises(MissingExtraError, match=said):
        import_vllm("vllm")


def test_the_backend_says_that_vllm_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eyesmith.agents.engines.vllm_engine.find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(MissingExtraError, match="needs vLLM"):
        make_policy(EngineSettings(model="m"))


def test_the_lifeline_ends_a_process_whose_starter_is_gone() -> None:
    starter = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    script = "import time, eyesmith.agents.engines.vllm_lifeline; print('up', flush=True); time.sleep(60)"
    engine = subprocess.Popen(
        [sys.executable, "-P", "-c", script],
        env=os.environ | {PARENT: str(starter.pid)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert engine.stdout is not None
        assert engine.stdout.readline() == "up\n"
        time.sleep(2.5)
        assert engine.poll() is None
        starter.kill()  # and not waited for: a zombie is gone as well
        assert engine.wait(timeout=8) != 0
    finally:
        for process in (starter, engine):
            process.kill()
            process.communicate()
