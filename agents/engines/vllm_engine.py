"""The backend `vllm`: its frontend here, its core in processes of its own.

Token ids go in with one pad a picture, and the pictures beside them, named by their hash, so that vLLM works
on each once. What is set where the user set nothing stands in `vllm_arguments.py`.

The core is spawned: a script of your own that starts this engine does so under `if __name__ == "__main__":`.
"""

__all__ = ["MOST_RESTARTS", "VllmEngine"]

import asyncio
import gc
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from math import inf, isfinite
from multiprocessing import current_process
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ...errors import EngineError, UsageError
from ...tools.tool import Image
from ..policy import EngineSettings, Generation, Sampling, TokenPrompt, Weights
from .turns import Turns
from .vllm_arguments import engine_arguments, import_vllm, one_line, vllm_environment

if TYPE_CHECKING:
    from vllm.v1.engine.async_llm import AsyncLLM  # pyright: ignore[reportMissingImports]

MOST_RESTARTS = 3
CLOSE_TURNS_S = 10.0
SAMPLING = frozenset({"temperature", "top_p", "top_k", "max_tokens", "seed", "stop", "logit_bias"})
TOO_LONG = re.compile(r"maximum (?:model|context) length")


class VllmEngine:
    """A Policy over vLLM's engine; see `policy.Policy`.

    A core that dies ends the turns under way with an EngineError; the next turn starts another, at most
    MOST_RESTARTS times. It gets the weights that it was given last, and has those as loaded without.

    Args:
        settings: `options` are those of `vllm_arguments.engine_arguments`.

    Raises:
        MissingExtraError: vLLM is not installed.
    """

    takes_tokens = True

    def __init__(self, settings: EngineSettings) -> None:
        if find_spec("vllm") is None:
            import_vllm("vllm")
        self.settings = settings
        self.context = settings.context
        self.weight_version = 0
        self._engine: AsyncLLM | None = None
        self._lora: Any = None
        self._weights: Weights | None = None
        self._starting: asyncio.Task[None] | None = None
        self._restarts = 0
        self._is_open = False
        self._turns = Turns()

    async def start(self) -> None:
        """Import vLLM, read the config and load the weights, off the event loop; a second call does nothing.

        Raises:
            UsageError: an option, a model or a setting that cannot be used.
            MissingExtraError: vLLM or what it needs is broken.
            EngineError: the engine did not come up.
        """
        if getattr(current_process(), "_inheriting", False):
            raise UsageError(
                "the engine's own process runs your script again, and would start another engine: put what "
                'your script does under `if __name__ == "__main__":`'
            )
        self._is_open = True
        if self._engine is None:
            await self._started()

    async def generate(self, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling) -> Generation:
        """Sample one turn; see `policy.Policy.generate`."""
        engine = await self._living()
        if self.context is not None and len(prompt.train_ids) >= self.context:
            return self._nothing("context")
        turn = self._sampled(engine, prompt, images, sampling)
        found = await self._turns.run(prompt.key, turn, partial(_end, engine, prompt.key))
        return self._nothing("abort") if found is None else found

    def abort(self, key: str) -> None:
        """End the turn of that key; an unknown key does nothing."""
        self._turns.end(key)

    async def update_weights(self, weights: Weights) -> None:
        """Hand new weights over by way of the disk, and forget what was cached; see `policy.Trainable`."""
        if self._turns:
            raise UsageError("weights are replaced while no turn is under way")
        engine = await self._living()
        self._weights = weights
        await self._take(engine, weights)
        self.weight_version = weights.version

    async def close(self) -> None:
        """End all turns as aborted, then the engine's processes; a second call does nothing."""
        self._is_open = False
        await self._turns.end_all(within_s=CLOSE_TURNS_S)
        if self._starting is not None:
            await asyncio.wait([self._starting])
        await self._shut()

    async def _living(self) -> "AsyncLLM":
        """The engine; another one where it died."""
        while self._is_open:
            engine = self._engine
            if engine is not None and not engine.errored:
                return engine
            if self._starting is None:
                if self._restarts >= MOST_RESTARTS:
                    raise EngineError(
                        f"the engine died {MOST_RESTARTS + 1} times and is not started again: what it said "
                        "when it died stands in the terminal"
                    )
                self._restarts += 1
            await self._started()
        raise UsageError("the engine is not running: await start() first")

    async def _started(self) -> None:
        """Start an engine, one for all that wait; it goes on where one of them is cancelled."""
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._launch())
        starting = self._starting
        try:
            await asyncio.shield(starting)
        finally:
            if starting.done() and self._starting is starting:
                self._starting = None

    async def _launch(self) -> None:
        await self._shut()
        await asyncio.to_thread(self._import)
        await asyncio.to_thread(self._build)
        assert self._engine is not None
        self.context, self.weight_version = self._engine.model_config.max_model_len, 0
        if self._weights is not None:
            await self._take(self._engine, self._weights)
            self.weight_version = self._weights.version

    async def _take(self, engine: "AsyncLLM", weights: Weights) -> None:
        # A folder and no tensors, for the core is a process of its own, on a GPU perhaps several.
        with TemporaryDirectory(prefix="eyesmith-weights-") as folder:
            try:
                await asyncio.to_thread(weights.save, Path(folder))
                await engine.collective_rpc("reload_weights", kwargs={"weights_path": folder})
                await engine.reset_encoder_cache()  # pictures as the old weights saw them
                is_forgotten = await engine.reset_prefix_cache()
            except Exception as error:  # whatever a driver, a disk or a model raises
                raise EngineError(f"vLLM did not take new weights ({one_line(error)})") from error
        if not is_forgotten:
            raise EngineError("vLLM took new weights and kept what the old ones had computed of prompts")

    async def _shut(self) -> None:
        engine, self._engine = self._engine, None
        if engine is None:
            return
        if engine.output_handler is not None:
            engine.output_handler.cancel()  # else it may report the end of the core as a failure
        await asyncio.to_thread(engine.shutdown)
        del engine
        gc.collect()  # it is part of cycles, and would complain when the interpreter takes it apart

    def _import(self) -> None:
        # Apart from `_build`: vLLM keeps what failed inside its imports, with the frames that led there.
        with vllm_environment(self.settings.options):
            import_vllm("vllm.v1.engine.async_llm")

    def _build(self) -> None:
        with vllm_environment(self.settings.options):
            config, self._lora = engine_arguments(self.settings)
            kind = import_vllm("vllm.v1.engine.async_llm").AsyncLLM
            try:
                self._engine = kind.from_vllm_config(config, disable_log_stats=not self._logs_statistics)
            except Exception as error:  # whatever a driver or a checkpoint breaks
                raise EngineError(
                    f"vLLM did not come up ({one_line(error)}): its processes said why in the terminal"
                ) from error

    @property
    def _logs_statistics(self) -> bool:
        return self.settings.options.get("disable_log_stats") is False

    async def _sampled(
        self, engine: "AsyncLLM", prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling
    ) -> Generation:
        from vllm.exceptions import VLLMClientError  # pyright: ignore[reportMissingImports]
        from vllm.v1.engine.exceptions import EngineDeadError  # pyright: ignore[reportMissingImports]

        try:
            async with asyncio.timeout(self.settings.timeout_s):
                answer = await self._answer(engine, prompt, images, sampling)
                if images and _broke_off(answer):
                    # A turn that was cancelled while its pictures were worked on leaves vLLM's frontend and
                    # core at odds about who has them; the error puts them right.
                    answer = await self._answer(engine, prompt, images, sampling)
        except TimeoutError:
            raise EngineError(f"no turn within {self.settings.timeout_s:g} s") from None
        except EngineDeadError:
            raise EngineError("the engine died in the middle of a turn") from None
        except VLLMClientError as error:
            if TOO_LONG.search(str(error)):
                return self._nothing("context")
            if getattr(error, "parameter", None) in SAMPLING:  # every other turn would be refused as well
                raise UsageError(f"vLLM refuses how turns are sampled: {one_line(error)}") from error
            raise EngineError(f"vLLM refuses this turn ({one_line(error)})") from error
        except Exception as error:  # whatever a model or a picture's processor raises
            raise EngineError(f"vLLM failed at a turn ({one_line(error.__cause__ or error)})") from error
        return self._generation(answer)

    async def _answer(
        self, engine: "AsyncLLM", prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling
    ) -> Any:
        asked: Any = {"prompt_token_ids": list(prompt.engine_ids)}
        if images:
            asked["multi_modal_data"] = {"image": await asyncio.to_thread(_pictures, images)}
            asked["multi_modal_uuids"] = {"image": [image.sha256 for image in images]}
        (rendered,) = await engine.renderer.render_cmpl_async([asked])
        last = None
        async for answer in engine.generate(rendered, _params(sampling), prompt.key, lora_request=self._lora):
            last = answer
        return last

    def _generation(self, answer: Any) -> Generation:
        if answer is None or not answer.outputs:
            raise EngineError("vLLM gave a turn without an answer")
        given = answer.outputs[0]
        ids = tuple(given.token_ids)
        steps = given.logprobs or []
        if given.finish_reason not in ("stop", "length", "abort") or len(steps) != len(ids):
            raise EngineError(
                f"vLLM broke off a turn: finish_reason {given.finish_reason!r}, {len(ids)} tokens, "
                f"{len(steps)} log-probabilities"
            )
        logprobs = tuple(float(step[token].logprob) for step, token in zip(steps, ids, strict=True))
        if not all(map(isfinite, logprobs)):
            raise EngineError("vLLM gave log-probabilities that are no numbers: the weights may be broken")
        return Generation(
            token_ids=ids,
            logprobs=logprobs,
            finish_reason=given.finish_reason,
            prompt_ids=answer.prompt_token_ids,
            weight_version=self.weight_version,
            cached_tokens=answer.num_cached_tokens,
        )

    def _nothing(self, reason: Any) -> Generation:
        return Generation(logprobs=(), finish_reason=reason, weight_version=self.weight_version)


async def _end(engine: "AsyncLLM", key: str) -> None:
    with suppress(Exception):  # of a dead engine, which fails the turn itself
        await engine.abort(key)


def _broke_off(answer: Any) -> bool:
    return answer is not None and bool(answer.outputs) and answer.outputs[0].finish_reason == "error"


def _pictures(images: Sequence[Image]) -> list[Any]:
    from PIL import Image as Pillow

    return [Pillow.fromarray(image.array) for image in images]


def _params(sampling: Sampling) -> Any:
    kind = import_vllm("vllm.sampling_params")

    has_stop = bool(sampling.stop)
    return kind.SamplingParams(
        max_tokens=sampling.max_tokens,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k,
        seed=sampling.seed,
        stop=list(sampling.stop) or None,
        # Texts are looked for in what the ids spell, special tokens included, and stay in it.
        detokenize=has_stop,
        include_stop_str_in_output=has_stop,
        skip_special_tokens=not has_stop,
        logit_bias=dict.fromkeys(sampling.banned, -inf) or None,
        logprobs=0,  # of the sampled token alone
        output_kind=kind.RequestOutputKind.FINAL_ONLY,
    )
