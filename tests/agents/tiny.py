"""Conversations with tiny models, token by token, for the tests of engines."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np

import eyesmith
from eyesmith.agents.codec import TurnCodec
from eyesmith.agents.policy import Generation, Policy, Sampling, TokenPrompt
from eyesmith.tools.tool import Image

EXAMPLE = Path(eyesmith.__file__).parent / "examples" / "tiny_models.py"
KEYS = itertools.count()
# (height, width) in px: below the smallest size, beyond the largest, long, odd.
SIZES = ((20, 30), (1500, 1100), (64, 700), (333, 257), (224, 224))


def make_tiny(kind: str, folder: Path) -> Path:
    """A tiny model of `examples/tiny_models.py`."""
    spec = spec_from_file_location("tiny_models", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_tiny(kind, folder)


def noise(rng: np.random.Generator, height: int, width: int) -> Image:
    """A picture that no other picture is."""
    return Image(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


class Talk:
    """A conversation that only grows."""

    def __init__(self, codec: TurnCodec, images: Sequence[Image] = (), text: str = "look") -> None:
        self.codec = codec
        self.images = list(images)
        self.engine_ids = codec.first([_user(text, len(images))], [])

    @property
    def train_ids(self) -> list[int]:
        return self.codec.expand(self.engine_ids, self.images)[0]

    def prompt(self, key: str = "") -> TokenPrompt:
        return TokenPrompt(
            key=key or f"turn-{next(KEYS)}",
            engine_ids=tuple(self.engine_ids),
            train_ids=tuple(self.train_ids),
        )

    def add(self, generation: Generation, *images: Image) -> None:
        """What was sampled, and what is shown next."""
        ids = list(generation.token_ids)
        self.engine_ids += ids + self.codec.closing(ids) + self.codec.following([_user("and", len(images))])
        self.images += images

    async def turn(self, policy: Policy, sampling: Sampling, key: str = "") -> Generation:
        allowed = replace(sampling, banned=(*self.codec.banned, *sampling.banned))
        return await policy.generate(self.prompt(key), self.images, allowed)


async def converse(policy: Policy, codec: TurnCodec, seed: int, *, turns: int = 4) -> list[Generation]:
    """A conversation with a new picture at every turn, checked as it goes."""
    rng = np.random.default_rng(seed)
    talk = Talk(codec, [noise(rng, *SIZES[seed % len(SIZES)])])
    given: list[Generation] = []
    for turn in range(turns):
        generation = await talk.turn(policy, Sampling(max_tokens=24, seed=100 * seed + turn))
        assert generation.prompt_ids is not None
        assert list(generation.prompt_ids) == talk.train_ids
        if given:
            before = [*given[-1].prompt_ids, *given[-1].token_ids]
            assert list(generation.prompt_ids[: len(before)]) == before
        assert generation.finish_reason in ("stop", "length")
        assert not set(generation.token_ids) & set(codec.banned)
        given.append(generation)
        talk.add(generation, noise(rng, *SIZES[(seed + turn + 1) % len(SIZES)]))
    return given


def recomputed(folder: Path, talk: Talk, generation: Generation, adapter: Any = None) -> np.ndarray:
    """Log-probabilities of a turn, by transformers in float32; `talk` stands before the turn."""
    import torch
    from PIL import Image as Pillow
    from transformers import AutoImageProcessor, AutoModelForCausalLM, AutoModelForImageTextToText

    kind = AutoModelForImageTextToText if talk.codec.shows_pictures else AutoModelForCausalLM
    model: Any = kind.from_pretrained(folder, dtype=torch.float32).eval()
    if adapter is not None:
        adapter(model)
    ids = [*talk.train_ids, *generation.token_ids]
    shown: dict[str, Any] = {}
    if talk.images:
        processor = AutoImageProcessor.from_pretrained(folder)
        shown = dict(processor([Pillow.fromarray(i.array) for i in talk.images], return_tensors="pt"))
        shown["mm_token_type_ids"] = torch.tensor([[int(each == talk.codec.banned[0]) for each in ids]])
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids]), **shown).logits[0]
    first = len(ids) - len(generation.token_ids)
    told = torch.log_softmax(logits[first - 1 : -1].float(), dim=-1)
    return told.gather(1, torch.tensor(generation.token_ids)[:, None])[:, 0].numpy()


async def ended(task: "asyncio.Task[Any]", within_s: float = 30.0) -> Any:
    """The result of a task that has to end."""
    return await asyncio.wait_for(task, within_s)


def _user(text: str, pictures: int) -> dict[str, Any]:
    parts = [{"type": "image", "image": str(number)} for number in range(pictures)]
    return {"role": "user", "content": [{"type": "text", "text": text}, *parts] if parts else text}
