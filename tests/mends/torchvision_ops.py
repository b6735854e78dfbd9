"""Declares the operators that a torchvision without its C library lacks.

The CPU build of torch and the torchvision of the package index do not match: the C library wants CUDA, is
skipped without a word, and then `import torchvision` dies of `operator torchvision::nms does not exist`,
which takes every processor of Qwen-VL along. Resizing and normalising are plain torch, so it is enough that
the two names that are looked up exist; calling them still fails.

`make test-vllm` puts this file and `torchvision_ops.pth` into the site-packages of its own environment: the
engine is a process of its own, and every process reads them when it starts.
"""

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


class Mend(MetaPathFinder):
    """Waits for `torchvision.extension`, which tries to load the C library, and looks whether it could."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """The module's own spec, with the look behind its execution."""
        if fullname != "torchvision.extension":
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def execute_and_mend(module: ModuleType) -> None:
            execute(module)
            if not module._has_ops():
                from torch import library

                module.declared = library.Library(
                    "torchvision", "DEF"
                )  # the operators live as long as it does
                for operator in OPERATORS:
                    module.declared.define(operator)

        spec.loader.exec_module = execute_and_mend
        return spec


sys.meta_path.insert(0, Mend())
