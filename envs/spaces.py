"""Spaces of Gymnasium that are right where the stock ones are not.

`Utf8` is a text space for any unicode that survives shared memory (stock `Text` is silently corrupted there);
`Frames` is an image box without its bounds (a plain `Box` of that size costs megabytes and seconds).
"""

__all__ = ["Frames", "Utf8", "clean_text"]

import re
from collections.abc import Sequence
from multiprocessing import get_context
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector.utils import (
    batch_space,
    create_shared_memory,
    read_from_shared_memory,
    write_to_shared_memory,
)

MAX_SAMPLE_CHARS = 48
HEADER_BYTES = 4

# Blocks that `sample` draws from: Latin, Greek and Cyrillic, CJK, emoji. None holds surrogates.
SAMPLE_BLOCKS = ((0x20, 0x7F), (0xA0, 0x180), (0x370, 0x500), (0x4E00, 0x9FFF), (0x1F300, 0x1F600))
SURROGATES = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    r"""The text with lone surrogates replaced by U+FFFD, so that it can be encoded.

    >>> clean_text("a" + chr(0xD800)).encode()
    b'a\xef\xbf\xbd'
    """
    return SURROGATES.sub("\ufffd", text)


class Utf8(spaces.Text):
    """Any text of up to `max_bytes` bytes of UTF-8, the empty one included."""

    def __init__(self, max_bytes: int, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(max_length=max_bytes, min_length=0, seed=seed)
        self.max_bytes = max_bytes

    @property
    def is_np_flattenable(self) -> bool:
        """False: a text of unknown characters has no vector."""
        return False

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """A short random text from several scripts, without surrogates."""
        if mask is not None or probability is not None:
            raise ValueError("Utf8.sample takes neither mask nor probability")
        rng = self.np_random
        blocks = rng.integers(len(SAMPLE_BLOCKS), size=rng.integers(MAX_SAMPLE_CHARS + 1))
        text = "".join(chr(int(rng.integers(*SAMPLE_BLOCKS[block]))) for block in blocks)
        return text.encode()[: self.max_bytes].decode(errors="ignore")

    def contains(self, x: Any) -> bool:
        """A text that can be encoded and fits."""
        if not isinstance(x, str):
            return False
        if len(x) * 4 <= self.max_bytes:
            return x.isascii() or not SURROGATES.search(x)
        return not SURROGATES.search(x) and len(x.encode()) <= self.max_bytes

    def __eq__(self, other: object) -> bool:
        return type(other) is Utf8 and other.max_bytes == self.max_bytes

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Utf8({self.max_bytes})"


class Frames(spaces.Box):
    """(K, H, W, 3) uint8 pictures, with bounds that take no memory."""

    def __init__(self, shape: Sequence[int], seed: int | np.random.Generator | None = None) -> None:
        spaces.Space.__init__(self, tuple(int(side) for side in shape), np.uint8, seed)
        self.low = np.broadcast_to(np.uint8(0), self.shape)
        self.high = np.broadcast_to(np.uint8(255), self.shape)
        self.bounded_below = self.bounded_above = np.broadcast_to(np.bool_(True), self.shape)
        self.low_repr, self.high_repr = "0", "255"

    @property
    def shape(self) -> tuple[int, ...]:
        """(K, H, W, 3), or (N, K, H, W, 3) in a vector environment."""
        return self._shape  # type: ignore[return-value]

    def is_bounded(self, manner: str = "both") -> bool:
        """True: every pixel lies in 0..255."""
        return True

    def sample(self, mask: Any = None, probability: Any = None) -> np.ndarray:
        """Noise."""
        if mask is not None or probability is not None:
            raise ValueError("Frames.sample takes neither mask nor probability")
        return self.np_random.integers(0, 256, size=self.shape, dtype=np.uint8)

    def contains(self, x: Any) -> bool:
        """An array of that shape and of uint8; its values need no look."""
        return isinstance(x, np.ndarray) and x.dtype == np.uint8 and x.shape == self.shape

    def __eq__(self, other: object) -> bool:
        return type(other) is Frames and other.shape == self.shape

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Frames{self.shape}"

    def __reduce__(self) -> tuple[type["Frames"], tuple[tuple[int, ...]], dict[str, Any]]:
        return Frames, (self.shape,), {"_np_random": self._np_random}

    def __setstate__(self, state: Any) -> None:
        self._np_random = state["_np_random"]

    def __deepcopy__(self, memo: dict[int, Any]) -> "Frames":
        from copy import deepcopy

        twin = Frames(self.shape)
        twin._np_random = deepcopy(self._np_random, memo)
        return twin


class _LiveTexts(Sequence[str]):
    """The texts that stand in shared memory now; a deep copy is a tuple of what stood there then."""

    def __init__(self, buffer: np.ndarray) -> None:
        self._buffer = buffer  # (n, HEADER_BYTES + max_bytes) uint8

    def __len__(self) -> int:
        return len(self._buffer)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        row = self._buffer[index]
        length = int(row[:HEADER_BYTES].view("<u4")[0])
        return row[HEADER_BYTES : HEADER_BYTES + length].tobytes().decode()

    def __deepcopy__(self, memo: dict[int, Any]) -> tuple[str, ...]:
        return tuple(self)

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(tuple(self))


@batch_space.register(Frames)
def _batch_frames(space: Frames, n: int = 1) -> Frames:
    return Frames((n, *space.shape))


@create_shared_memory.register(Utf8)
def _create_utf8(space: Utf8, n: int = 1, ctx: Any = None) -> Any:
    return (ctx or get_context()).Array("B", n * (HEADER_BYTES + space.max_bytes))


@write_to_shared_memory.register(Utf8)
def _write_utf8(space: Utf8, index: int, value: str, shared_memory: Any) -> None:
    rows = _rows(space, shared_memory)
    encoded = value.encode()
    rows[index, :HEADER_BYTES].view("<u4")[0] = len(encoded)
    rows[index, HEADER_BYTES : HEADER_BYTES + len(encoded)] = np.frombuffer(encoded, np.uint8)


@read_from_shared_memory.register(Utf8)
def _read_utf8(space: Utf8, shared_memory: Any, n: int = 1) -> Any:
    return _LiveTexts(_rows(space, shared_memory))


def _rows(space: Utf8, shared_memory: Any) -> np.ndarray:
    flat = np.frombuffer(shared_memory.get_obj(), np.uint8)
    return flat.reshape(-1, HEADER_BYTES + space.max_bytes)
