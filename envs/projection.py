"""The projection of turns to fixed arrays, and the choice of a task.

Knows turns and spaces, and no environment.
"""

__all__ = ["MAX_TEXT_BYTES", "choose_task", "observation_space", "project", "stride"]

from collections.abc import Mapping, Sequence
from functools import cache
from math import ceil, gcd
from typing import Any

import numpy as np
from gymnasium import spaces

from ..errors import UsageError, did_you_mean
from ..tools.tool import Image, Part
from .spaces import Frames, Utf8
from .turn import mark_images

MAX_TEXT_BYTES = 16_384
CUT = "… [cut]"
GOLDEN = 0.618
OPTIONS = ("split", "index")
TOLERATED = "minari_autoseed"


def observation_space(images: tuple[int, int, int]) -> spaces.Dict:
    """The observation space of an environment that shows at most K images of H x W px; K = 0 omits them."""
    count, height, width = images
    parts: dict[str, spaces.Space[Any]] = {"text": Utf8(MAX_TEXT_BYTES)}
    if count:
        parts["images"] = Frames((count, height, width, 3))
        parts["num_images"] = spaces.Discrete(count + 1)
        parts["image_sizes"] = spaces.Box(0, max(height, width), (count, 2), np.int32)
    return spaces.Dict(parts)


def project(parts: Sequence[Part], images: tuple[int, int, int]) -> dict[str, Any]:
    """Texts and images as padded arrays; the last K images win. Fresh arrays each time.

    Args:
        parts: texts and images of one turn.
        images: K, H, W.
    """
    count, height, width = images
    pictures = [part for part in parts if isinstance(part, Image)]
    kept = pictures[len(pictures) - count :] if len(pictures) > count else pictures
    dropped = {id(part) for part in pictures[: len(pictures) - len(kept)]}
    told = [
        f"<image not shown: {p.label}>" if isinstance(p, Image) and id(p) in dropped else p for p in parts
    ]
    observation: dict[str, Any] = {"text": shorten(mark_images(told))}
    if count:
        frames = np.zeros((count, height, width, 3), np.uint8)
        sizes = np.zeros((count, 2), np.int32)
        for i, picture in enumerate(kept):
            tall, wide = picture.array.shape[:2]
            if tall > height or wide > width:
                raise ValueError(
                    f"image {picture.label!r} is {wide}x{tall} px; the space holds {width}x{height}"
                )
            frames[i, :tall, :wide] = picture.array
            sizes[i] = tall, wide
        observation |= {"images": frames, "num_images": np.int64(len(kept)), "image_sizes": sizes}
    return observation


def shorten(text: str) -> str:
    """The text cut at a character, so that it fits the text space."""
    encoded = text.encode()
    if len(encoded) <= MAX_TEXT_BYTES:
        return text
    return encoded[: MAX_TEXT_BYTES - len(CUT.encode())].decode(errors="ignore") + CUT


@cache
def stride(count: int) -> int:
    """The first number >= 0.618 N that is coprime with N: stepping by it visits every task.

    >>> stride(1000), stride(1)
    (619, 1)
    """
    step = max(1, ceil(GOLDEN * count))
    while gcd(step, count) != 1:
        step += 1
    return step


def choose_task(
    env: Any, seed: int | None, options: Mapping[str, Any] | None, split: str, index: int | None
) -> tuple[str, int]:
    """Which task a reset begins: options win over a seed; neither steps on by a stride.

    Raises:
        UsageError: unknown options, or an index that is no integer.
        TaskError: no such split or index.
    """
    if options is not None and not isinstance(options, Mapping):
        raise UsageError(f"reset options are a mapping such as {{'index': 3}}, got {options!r}")
    chosen = dict(options or {})
    chosen.pop(TOLERATED, None)
    for name in chosen:
        if name not in OPTIONS:
            raise UsageError(
                f"reset options are {', '.join(OPTIONS)}, not {name!r}.{did_you_mean(str(name), OPTIONS)}"
            )
    if "split" in chosen and chosen["split"] != split:
        split, index = chosen["split"], None
    count = env.num_tasks(split)
    if "index" in chosen:
        wanted = chosen["index"]
        if isinstance(wanted, bool) or not isinstance(wanted, (int, np.integer)):
            raise UsageError(f"the reset option 'index' must be an integer, got {wanted!r}")
        env.get_task(split, int(wanted))
        return split, int(wanted)
    if seed is not None:
        return split, seed % count
    if index is None:
        return split, int(env.np_random.integers(count))
    return split, (index + stride(count)) % count
