"""A model in this process: weights and what feeds them, run in batches.

Text models of any family, and those with eyes whose image processor tells `image_grid_thw` (Qwen-VL and its
kin). Knows no queue and no coroutine: one thread at a time runs a batch.
"""

__all__ = ["LocalModel", "Picture", "no_bars"]

import inspect
import itertools
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import torch
from PIL import Image as Pil
from transformers import (
    AutoConfig,
    AutoImageProcessor,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoTokenizer,
    GenerationConfig,
)
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
from transformers.utils import logging as hf_logging

from ...errors import EngineError, MissingExtraError, UsageError
from ...tools.tool import Image
from .row_sampling import Row, RowSampler, RowsDone

CACHE_BYTES = 1 << 30  # processed pictures; one of 1120x1120 px takes 24 MB in float32
DTYPES = ("auto", "float32", "bfloat16", "float16")


class Picture(NamedTuple):
    """A picture as the model takes it.

    Args:
        pixels: (patches, values) of the model's dtype.
        grid: (1, 3) int64: frames, rows and columns of patches.
        tokens: visual tokens.
    """

    pixels: torch.Tensor
    grid: torch.Tensor
    tokens: int


class LocalModel:
    """Weights on one device and what feeds them.

    Args:
        name: folder, or name where the files may be fetched.
        context: most tokens of prompt and completion; None for the model's own.
        options: of `transformers_engine.OPTIONS`.

    Attributes:
        context: most tokens of prompt and completion.

    Raises:
        UsageError: no such model, or one that cannot be used as asked.
        MissingExtraError: an adapter without peft.
    """

    def __init__(self, name: str, context: int | None, options: Mapping[str, Any]) -> None:
        self.device = _device(options.get("device"))
        adapter = options.get("adapter")
        if adapter is not None and find_spec("peft") is None:
            raise MissingExtraError("the option adapter needs peft: pip install peft")
        if adapter is not None and not Path(adapter).is_dir():
            raise UsageError(f"the option adapter takes the folder of a LoRA adapter, got {adapter!r}")
        revision = options.get("revision")
        try:
            with no_bars():
                config: Any = AutoConfig.from_pretrained(name, revision=revision)
                self._tokenizer: Any = AutoTokenizer.from_pretrained(name, revision=revision)
                self._model = _weights(name, config, options)
                if adapter is not None:
                    self._model.load_adapter(adapter)
                self._image_token = getattr(config, "image_token_id", None)
                sees = self._image_token is not None
                self._processor: Any = (
                    AutoImageProcessor.from_pretrained(name, revision=revision) if sees else None
                )
        except (OSError, ValueError, KeyError) as error:
            raise UsageError(
                f"the model {name!r} cannot be loaded with transformers ({_line(error)}): give the folder of "
                "a model, or the name of one that is there"
            ) from None
        self._model.to(self.device).eval()
        self._ends = _end_ids(self._model, self._tokenizer)
        # The model's own defaults, such as a repetition penalty, would bend the raw distribution.
        self._model.generation_config = GenerationConfig()
        self._vocabulary = self._model.get_input_embeddings().weight.shape[0]
        self._takes_types = "mm_token_type_ids" in inspect.signature(self._model.forward).parameters
        pad = self._tokenizer.pad_token_id
        self._fill = next(i for i in (pad, *self._ends, 0) if i is not None and i != self._image_token)
        self.context = _context(config, context)
        self._threads: int | None = options.get("threads")
        self._lock = Lock()
        self._cache: OrderedDict[str, Picture] = OrderedDict()
        self._cached_bytes = 0

    @property
    def model(self) -> Any:
        """The model of transformers, for one who trains it."""
        return self._model

    def pictures(self, images: Sequence[Image]) -> list[Picture]:
        """Pictures as the model takes them; safe to call from any thread.

        Raises:
            EngineError: a picture that the model cannot take.
        """
        return [self._picture(image) for image in images]

    def check(self, prompt_ids: Sequence[int], pictures: Sequence[Picture], banned: Sequence[int]) -> None:
        """Refuse a prompt that the model would read differently, or that would break its whole batch.

        Raises:
            EngineError: ids outside the vocabulary, or pads that are not exactly the pictures' tokens.
            UsageError: bans that leave nothing to say.
        """
        if not prompt_ids:
            raise EngineError("a prompt has at least one token, and this one's train_ids are empty")
        if min(prompt_ids) < 0 or max(prompt_ids) >= self._vocabulary:
            raise EngineError(
                f"the prompt has ids from {min(prompt_ids)} to {max(prompt_ids)}, and the model's vocabulary "
                f"is 0 to {self._vocabulary - 1}: the ids are of another tokenizer"
            )
        if len(set(banned)) >= self._vocabulary:
            raise UsageError(f"all {self._vocabulary} tokens of the model are banned")
        # Position ids follow the runs of pads, so that each run must be one picture, whole.
        runs = [len(list(run)) for is_pad, run in itertools.groupby(map(self._is_pad, prompt_ids)) if is_pad]
        tokens = [picture.tokens for picture in pictures]
        if runs != tokens:
            raise EngineError(
                f"the prompt has {_counted(runs)} of image pads, and its pictures make {_counted(tokens)}: "
                "the token arithmetic or the order of the pictures differs from the model's"
            )

    def inputs(
        self, rows: Sequence[tuple[Sequence[int], Sequence[Picture]]], *, pads_left: bool
    ) -> dict[str, torch.Tensor]:
        """A batch as the model takes it, on its device.

        Args:
            rows: training ids and the pictures in them.
            pads_left: short rows are filled up on the left, to be gone on from; else on the right.
        """
        longest = max(len(ids) for ids, _ in rows)
        ids = torch.full((len(rows), longest), self._fill)
        mask = torch.zeros_like(ids)
        for i, (own, _) in enumerate(rows):
            place = slice(longest - len(own), longest) if pads_left else slice(0, len(own))
            ids[i, place] = torch.tensor(own)
            mask[i, place] = 1
        inputs = {"input_ids": ids, "attention_mask": mask}
        pictures = [picture for _, shown in rows for picture in shown]
        if pictures:
            inputs["pixel_values"] = torch.cat([picture.pixels for picture in pictures])
            inputs["image_grid_thw"] = torch.cat([picture.grid for picture in pictures])
            if self._takes_types:
                inputs["mm_token_type_ids"] = (ids == self._image_token).int()
        return {name: value.to(self.device) for name, value in inputs.items()}

    def run(self, rows: Sequence[Row]) -> None:
        """Sample rows until each is done.

        Raises:
            torch.OutOfMemoryError: too many rows at once.
            Exception: whatever else the model raises.
        """
        if self._threads is not None:
            torch.set_num_threads(self._threads)  # counts for the calling thread
        inputs = self.inputs([(row.prompt_ids, row.pictures) for row in rows], pads_left=True)
        sampler = RowSampler(rows, self._ends, self._decode, vocabulary=self._vocabulary, device=self.device)
        with torch.inference_mode():
            self._model.generate(
                **inputs,
                generation_config=GenerationConfig(
                    do_sample=False,
                    max_new_tokens=max(row.budget for row in rows),
                    pad_token_id=self._fill,
                ),
                logits_processor=[sampler],
                stopping_criteria=[RowsDone(rows)],
            )

    def take(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Put other weights in place of its own, name by name.

        Raises:
            UsageError: a name that is missing, or one of another shape; nothing was changed.
        """
        own = dict(self._model.named_parameters())
        wrong = sorted(
            name for name, weight in own.items() if name not in tensors or tensors[name].shape != weight.shape
        )
        if wrong:
            raise UsageError(
                f"these are weights of another model: {len(wrong)} of {len(own)} parameters are missing or "
                f"have another shape, the first is {wrong[0]}"
            )
        with torch.no_grad():
            for name, weight in own.items():
                weight.copy_(tensors[name])

    def free(self) -> None:
        """Give memory back that no tensor holds."""
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _is_pad(self, token: int) -> bool:
        return self._processor is not None and token == self._image_token

    def _decode(self, ids: list[int]) -> str:
        return self._tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)

    def _picture(self, image: Image) -> Picture:
        key = image.sha256
        with self._lock:
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
        made = self._made(image)
        with self._lock:
            if key not in self._cache:
                self._cache[key] = made
                self._cached_bytes += made.pixels.nbytes
            while self._cached_bytes > CACHE_BYTES and len(self._cache) > 1:
                _, oldest = self._cache.popitem(last=False)
                self._cached_bytes -= oldest.pixels.nbytes
        return made

    def _made(self, image: Image) -> Picture:
        if self._processor is None:
            raise EngineError("the prompt has pictures, and this model has no eyes")
        try:
            made = self._processor(images=[Pil.fromarray(image.array)], return_tensors="pt")
        except ValueError as error:
            raise EngineError(
                f"the model cannot take a picture of {image.array.shape} ({_line(error)})"
            ) from None
        if "image_grid_thw" not in made:
            raise EngineError(
                f"{type(self._model).__name__} counts its visual tokens in a way that is not known here: use "
                "a model of the Qwen-VL kind, or another backend"
            )
        grid = made["image_grid_thw"]
        return Picture(
            made["pixel_values"].to(self._model.dtype),
            grid,
            int(grid.prod()) // self._processor.merge_size**2,
        )


def _device(asked: str | None) -> torch.device:
    try:
        device = torch.device(asked or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"the option device={asked!r} cannot be used here ({_line(error)})") from None
    return device


def _weights(name: str, config: Any, options: Mapping[str, Any]) -> Any:
    dtype = options.get("dtype", "auto")
    if dtype not in DTYPES:
        raise UsageError(f"the option dtype is one of {', '.join(DTYPES)}, got {dtype!r}")
    has_eyes = config.model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
    kind: Any = AutoModelForImageTextToText if has_eyes else AutoModelForCausalLM
    given = {key: options[key] for key in ("attn_implementation", "revision") if key in options}
    return kind.from_pretrained(name, config=config, dtype=dtype, **given)


def _end_ids(model: Any, tokenizer: Any) -> set[int]:
    """Ids that close a turn: those of the generation config and the tokenizer's own."""
    told = model.generation_config.eos_token_id
    listed = told if isinstance(told, list) else [told]
    return {i for i in (*listed, tokenizer.eos_token_id) if i is not None}


def _context(config: Any, asked: int | None) -> int:
    own = getattr(config.get_text_config(), "max_position_embeddings", None)
    context = own if asked is None else asked
    if context is None:
        raise UsageError("this model does not say how many tokens it takes: give --context")
    if own is not None and context > own:
        raise UsageError(f"context={context} is more than the {own} tokens that the model takes")
    return context


@contextmanager
def no_bars() -> Iterator[None]:
    """No progress bars, which would run over the collection's own."""
    were_on = hf_logging.is_progress_bar_enabled()
    hf_logging.disable_progress_bar()
    try:
        yield
    finally:
        if were_on:
            hf_logging.enable_progress_bar()


def _counted(counts: Sequence[int]) -> str:
    return f"{len(counts)} runs of {list(counts)}" if counts else "no run"


def _line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
