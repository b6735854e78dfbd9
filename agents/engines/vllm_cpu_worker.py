"""vLLM's worker on a CPU, able to sample with seeds.

A prompt that is read in pieces samples a token after each piece and throws it away. vLLM 0.32 then rewinds
the turn's generator, which generators on a CPU cannot do: `CPU Generator does not use offset`, and the
engine is dead. Here such a turn's generator is out of reach while the useless token is sampled, so that
nothing has to be rewound and a turn's tokens do not depend on how its prompt was cut.

`VllmEngine` uses it by itself. A server on a CPU gets it by `--worker-cls
eyesmith.agents.engines.vllm_cpu_worker.SeededCpuWorker`.
"""

__all__ = ["SeededCpuWorker"]

from typing import Any

import numpy as np
from vllm.v1.worker.cpu_worker import CPUWorker  # pyright: ignore[reportMissingImports]


class SeededCpuWorker(CPUWorker):
    """The CPU worker of vLLM; only `sample_tokens` differs."""

    def sample_tokens(self, grammar_output: Any) -> Any:
        """Sample, with no generator for turns of which the prompt is not all read."""
        runner: Any = self.model_runner
        generators = runner.input_batch.generators
        unread = np.flatnonzero(runner.discard_request_mask.np[: runner.input_batch.num_reqs])
        held = {int(row): generators.pop(int(row)) for row in unread if int(row) in generators}
        try:
            return super().sample_tokens(grammar_output)
        finally:
            generators.update(held)
