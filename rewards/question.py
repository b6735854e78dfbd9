"""A question to a judge, and its answer.

Plain data: what is said, shown and asked for, and what came back. Knows no endpoint and no protocol. What the
judged one wrote is a `Data`, and is fenced here, once for all protocols; a plain text is ours.
"""

__all__ = ["Answer", "Part", "Question"]

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

import cv2
import numpy as np

from ..errors import UsageError
from .fencing import PICTURE_RULE, Data, Fence
from .json_reply import UnreadableError, spoken, the_object

Part = str | Data | np.ndarray
"""A text of ours, a text of the judged one, or a picture: (H, W, 3) uint8, RGB."""

MAX_PARTS = 256


@dataclass(frozen=True)
class Answer:
    """What a judge answered.

    Args:
        text: as it came.
        value: the JSON object or the choice that was asked for; None for a free text.
        first_token: token -> natural logarithm of its probability, for the likeliest first tokens; empty
            where they were not asked for, or the endpoint gives none.
        is_cached: whether it was known already.
    """

    text: str
    value: Any = None
    first_token: Mapping[str, float] = field(default_factory=lambda: dict[str, float]())
    is_cached: bool = field(default=False, compare=False)


@dataclass(frozen=True, eq=False)
class Question:
    """What a judge is asked.

    Args:
        protocol: its name and version, such as `rubric/1`; a new version forgets the cached answers.
        system: who the judge is and how it judges; the rules about data are added.
        parts: what it is told and shown, in order.
        schema: JSON schema of the answer; None for a choice or a free text.
        choices: words of which the answer's first must be one, lower case; () for any text.
        sample: which of several answers to the same question, from 0.
        top_logprobs: how many likeliest first tokens to ask for, 0 to 20.
        max_tokens: of the answer; None: the judge's setting.
        temperature: None: the judge's setting.

    Raises:
        UsageError: a part that is none of the three, or numbers out of range.
    """

    protocol: str
    system: str
    parts: tuple[Part, ...]
    schema: Mapping[str, Any] | None = None
    choices: tuple[str, ...] = ()
    sample: int = 0
    top_logprobs: int = 0
    max_tokens: int | None = None
    temperature: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.parts) <= MAX_PARTS:
            raise UsageError(f"a question has 1 to {MAX_PARTS} parts, got {len(self.parts)}")
        for part in self.parts:
            if not isinstance(part, str | Data):
                _check_picture(part)
        if self.sample < 0 or not 0 <= self.top_logprobs <= 20:
            raise UsageError(
                f"sample is at least 0 and top_logprobs 0 to 20, got {self.sample} and {self.top_logprobs}"
            )
        if self.schema is not None and self.choices:
            raise UsageError("a question asks for a JSON object or for a choice, not for both")

    @cached_property
    def instructions(self) -> str:
        """The whole system message."""
        rules = [self._fence.rule] if self._data else []
        rules += [PICTURE_RULE] if any(isinstance(part, np.ndarray) for part in self.parts) else []
        return "\n\n".join([self.system, *rules])

    def messages(self, *, max_side_px: int) -> list[dict[str, Any]]:
        """As OpenAI's chat API takes them, pictures as PNG in data URIs.

        Args:
            max_side_px: larger pictures are shrunk to this.
        """
        content: list[dict[str, Any]] = []
        for part in self._told():
            if isinstance(part, str):
                content.append({"type": "text", "text": part})
            else:
                content.append({"type": "image_url", "image_url": {"url": _data_uri(part, max_side_px)}})
        told: Any = content
        if all(piece["type"] == "text" for piece in content):
            told = "\n\n".join(piece["text"] for piece in content)
        return [{"role": "system", "content": self.instructions}, {"role": "user", "content": told}]

    def identity(self) -> dict[str, Any]:
        """All that the answer depends on but the judge, as JSON; pictures by the hash of their pixels."""
        told = [part if isinstance(part, str) else _pixels(part) for part in self._told()]
        return {
            "protocol": self.protocol,
            "system": self.instructions,
            "told": told,
            "schema": self.schema,
            "choices": list(self.choices),
            "sample": self.sample,
            "top_logprobs": self.top_logprobs,
        }

    def read(self, text: str) -> Any:
        """What a reply says, in the form that was asked for.

        Raises:
            UnreadableError: it is not of that form.

        >>> Question("demo/1", "Judge.", ("Good?",), choices=("yes", "no")).read(" **Yes**, it is.")
        'yes'
        """
        if self.schema is not None:
            return the_object(text, self.schema)
        if not self.choices:
            return None
        words = "".join(char if char.isalnum() else " " for char in spoken(text)).lower().split()
        if not words or words[0] not in self.choices:
            raise UnreadableError(f"its first word is none of {', '.join(self.choices)}")
        return words[0]

    @property
    def form(self) -> str:
        """The form of the answer in a sentence, for a judge that missed it."""
        if self.schema is not None:
            return "Answer with one JSON object of the form asked for, and nothing else."
        return f"Answer with one word: {', '.join(self.choices)}."

    @cached_property
    def _data(self) -> list[Data]:
        return [part for part in self.parts if isinstance(part, Data)]

    @cached_property
    def _fence(self) -> Fence:
        return Fence.around(self._data)

    def _told(self) -> list[str | np.ndarray]:
        return [self._fence.put(part) if isinstance(part, Data) else part for part in self.parts]


def _check_picture(picture: Any) -> None:
    shape = tuple[int, ...](getattr(picture, "shape", ()))
    dtype = getattr(picture, "dtype", type(picture).__name__)
    if dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or 0 in shape:
        raise UsageError(
            f"a picture is (H, W, 3) uint8, RGB, of at least a pixel; got {dtype} of shape {shape}"
        )


def _data_uri(picture: np.ndarray, max_side_px: int) -> str:
    height, width = picture.shape[:2]
    if max(height, width) > max_side_px:
        factor = max_side_px / max(height, width)
        size = max(1, round(width * factor)), max(1, round(height * factor))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return "data:image/png;base64," + base64.b64encode(data.tobytes()).decode()


def _pixels(picture: np.ndarray) -> dict[str, Any]:
    state = sha256(np.ascontiguousarray(picture).tobytes())
    return {"shape": list(picture.shape), "sha256": state.hexdigest()}
