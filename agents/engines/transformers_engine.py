"""The backend `transformers`: a model in this process, on CPU or GPU.

Turns that wait at the same time are sampled together, by one thread of its own. A turn's tokens depend on its
prompt and seed, not on the turns beside it.
"""

__all__ = ["OPTIONS", "TransformersEngine", "check_options"]

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any

from ...errors import EngineError, EyesmithError, MissingExtraError, UsageError, did_you_mean
from ...tools.tool import Image
from ..policy import EngineSettings, Generation, Sampling, TokenPrompt, Weights

if TYPE_CHECKING:
    from .local_model import LocalModel
    from .row_sampling import Row

# Option -> its type and what it is.
OPTIONS: dict[str, tuple[type, str]] = {
    "adapter": (str, "folder of a LoRA adapter (needs peft)"),
    "attn_implementation": (str, "sdpa, eager, flash_attention_2"),
    "device": (str, "cpu, cuda, cuda:1; default: cuda where there is one"),
    "dtype": (str, "auto, float32, bfloat16, float16"),
    "max_batch": (int, "most turns sampled together; default: 32, or the concurrency where it is less"),
    "revision": (str, "of a model that is fetched by name"),
    "threads": (int, "of the CPU; 1 is best for a small model beside busy workers; default: one a core"),
}
MAX_BATCH = 32
MAX_ERROR_CHARS = 300
# Turns that come within this time of the first are sampled with it,
GATHER_S = 0.005
# and those whose pictures are being processed, if that takes no longer.
PICTURES_S = 0.25

_LOG = logging.getLogger(__name__)


class TransformersEngine:
    """A Policy over a model of transformers; see `policy.Policy`.

    Args:
        settings: `options` are those of OPTIONS.

    Raises:
        UsageError: an option that is not there, or of the wrong type.
        MissingExtraError: torch or transformers is not installed.
    """

    takes_tokens = True

    def __init__(self, settings: EngineSettings) -> None:
        check_options(settings.options)
        missing = [name for name in ("torch", "transformers") if find_spec(name) is None]
        if missing:
            raise MissingExtraError(
                f'the backend transformers needs {" and ".join(missing)}: pip install "eyesmith[hf]"'
            )
        self.settings = settings
        self.context = settings.context
        self.weight_version = 0
        self._model: LocalModel | None = None
        self._thread: Thread | None = None
        self._asked: dict[str, Row] = {}
        self._waiting: deque[Row] = deque()
        self._preparing = 0
        self._ready = Condition()
        self._is_closed = False
        self._max_batch = settings.options.get("max_batch", min(MAX_BATCH, settings.concurrency))

    async def start(self) -> None:
        """Load the model, off the event loop; a second call does nothing.

        Raises:
            UsageError: no such model, or one that cannot be used as asked.
            MissingExtraError: a library that is broken or missing.
            EngineError: the weights did not load, such as for want of memory.
        """
        if self._thread is not None:
            return
        model = await asyncio.to_thread(self._load)
        self._model, self.context = model, model.context
        self._thread = Thread(target=self._work, args=(model,), name="transformers-engine", daemon=True)
        self._thread.start()

    async def generate(self, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling) -> Generation:
        """Sample one turn from `train_ids`; see `policy.Policy.generate`."""
        model, context, ids = self._model, self.context, list(prompt.train_ids)
        if model is None or context is None or self._is_closed:
            raise UsageError("the engine is not running: await start() first, and ask before close()")
        if prompt.key in self._asked:
            raise UsageError(f"a turn with the key {prompt.key!r} is being sampled already: keys are unique")
        if len(ids) >= context:
            return Generation(finish_reason="context", prompt_ids=ids, weight_version=self.weight_version)
        from .row_sampling import Row

        loop = asyncio.get_running_loop()
        future: asyncio.Future[Generation] = loop.create_future()
        budget = min(sampling.max_tokens, context - len(ids))
        row = Row(ids, sampling, budget, partial(self._report, loop, future))
        self._asked[prompt.key] = row
        try:
            async with asyncio.timeout(self.settings.timeout_s):
                self._prepare(1)
                try:
                    if images:
                        row.pictures = await asyncio.to_thread(model.pictures, images)
                    model.check(ids, row.pictures, sampling.banned)
                    self._enqueue(row)
                finally:
                    self._prepare(-1)
                return await future
        except TimeoutError:
            raise EngineError(f"no turn within {self.settings.timeout_s:g} s") from None
        finally:
            del self._asked[prompt.key]
            self._drop(row)

    def abort(self, key: str) -> None:
        """End the turn of that key, whether it waits or runs; an unknown key does nothing."""
        row = self._asked.get(key)
        if row is not None and self._drop(row):
            row.end("abort")

    async def update_weights(self, weights: Weights) -> None:
        """Take new weights in place; see `policy.Trainable`."""
        model = self._model
        if model is None or self._is_closed or self._asked:
            raise UsageError("weights are replaced while the engine runs and no turn is under way")
        await asyncio.to_thread(model.take, weights.tensors())
        self.weight_version = weights.version

    async def close(self) -> None:
        """End all turns as aborted, then the thread; a second call does nothing."""
        with self._ready:
            self._is_closed = True
            self._ready.notify_all()
        for key in list(self._asked):
            self.abort(key)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
        self._model = None

    def _load(self) -> "LocalModel":
        try:
            room = import_module(".local_model", __package__)
        except (ImportError, RuntimeError, OSError) as error:
            raise MissingExtraError(
                f"torch or transformers is installed but cannot be imported ({_told(error)}): "
                "`eyesmith doctor` says what is broken"
            ) from None
        try:
            return room.LocalModel(self.settings.model, self.settings.context, self.settings.options)
        except EyesmithError:
            raise
        except Exception as error:  # whatever a checkpoint or a driver breaks
            raise EngineError(f"the model {self.settings.model!r} did not load ({_told(error)})") from None

    def _report(
        self, loop: asyncio.AbstractEventLoop, future: "asyncio.Future[Generation]", row: "Row"
    ) -> None:
        """Hand a row's result to the coroutine that waits for it; from any thread."""
        generation = Generation(
            token_ids=tuple(row.ids),
            logprobs=tuple(row.logprobs),
            finish_reason=row.finish or "abort",
            prompt_ids=row.prompt_ids,
            weight_version=self.weight_version,
            cached_tokens=0,
        )
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(_settle, future, generation, row.error)

    def _prepare(self, more: int) -> None:
        """Count the turns that will wait soon."""
        with self._ready:
            self._preparing += more
            self._ready.notify_all()

    def _enqueue(self, row: "Row") -> None:
        with self._ready:
            if not row.is_aborted:
                self._waiting.append(row)
                self._ready.notify_all()
                return
        row.end("abort")

    def _drop(self, row: "Row") -> bool:
        """Have a row end before its next token; True where it waited still, so that no one else ends it."""
        with self._ready:
            row.is_aborted = True
            if row not in self._waiting:
                return False
            self._waiting.remove(row)
            return True

    def _work(self, model: "LocalModel") -> None:
        while (rows := self._next_rows()) is not None:
            self._run(model, rows)

    def _next_rows(self) -> "list[Row] | None":
        """The rows to sample together; None at the end."""
        with self._ready:
            while not self._is_closed:
                self._ready.wait_for(lambda: self._waiting or self._is_closed)
                self._ready.wait_for(self._is_full, GATHER_S)
                self._ready.wait_for(lambda: self._is_full() or not self._preparing, PICTURES_S)
                count = min(len(self._waiting), self._max_batch)
                if count and not self._is_closed:
                    return [self._waiting.popleft() for _ in range(count)]
        return None

    def _is_full(self) -> bool:
        return len(self._waiting) >= self._max_batch or self._is_closed

    def _run(self, model: "LocalModel", rows: "list[Row]") -> None:
        from torch import OutOfMemoryError

        failure, is_out_of_memory = "the model ended before this turn did", False
        try:
            model.run(rows)
        except Exception as error:  # whatever a model raises; the next batch is another
            failure, is_out_of_memory = _told(error), isinstance(error, OutOfMemoryError)
        left = [row for row in rows if row.finish is None]
        if is_out_of_memory:
            model.free()
            if len(left) > 1:
                self._try_fewer(left)
                return
            failure += "; a turn alone does not fit: lower --context, or the option dtype"
        for row in left:
            row.fail(EngineError(f"the model failed ({failure})"))

    def _try_fewer(self, rows: "list[Row]") -> None:
        """Put rows back, to be sampled again in batches of half as many, from now on."""
        self._max_batch = len(rows) // 2
        _LOG.warning("out of memory with %d turns at once: now at most %d", len(rows), self._max_batch)
        with self._ready:
            for row in reversed(rows):
                if row.is_aborted:
                    row.end("abort")
                else:
                    row.restart()
                    self._waiting.appendleft(row)


def check_options(options: Mapping[str, Any]) -> None:
    """Refuse an option that is not there, or of the wrong type.

    Raises:
        UsageError: one of these.

    >>> check_options({"max_batch": 8})
    >>> check_options({"max_bach": 8})
    Traceback (most recent call last):
    ...
    eyesmith.errors.UsageError: unknown option 'max_bach' ... Did you mean 'max_batch'?
    """
    for name, value in options.items():
        if name not in OPTIONS:
            there = ", ".join(OPTIONS)
            raise UsageError(
                f"unknown option {name!r} of the backend transformers; there is: {there}."
                f"{did_you_mean(name, OPTIONS)}"
            )
        kind, meaning = OPTIONS[name]
        if type(value) is not kind or value == "" or (kind is int and value < 1):
            wanted = "a number of at least 1" if kind is int else "a text"
            raise UsageError(f"the option {name} ({meaning}) takes {wanted}, got {value!r}")


def _settle(future: "asyncio.Future[Generation]", generation: Generation, error: Exception | None) -> None:
    if future.done():  # nobody waits any more
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(generation)


def _told(error: BaseException) -> str:
    line = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {line}"[:MAX_ERROR_CHARS]
