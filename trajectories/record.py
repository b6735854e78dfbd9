"""A record: what happened in one episode, with its pictures.

Knows no files and no columns: `columns.py` turns an episode into a row and back.
"""

__all__ = [
    "STATUSES",
    "Component",
    "EncodedImage",
    "Episode",
    "ImageFormat",
    "ImageSpan",
    "Segment",
    "Status",
    "TurnRecord",
    "encode_image",
]

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import cv2
import numpy as np

from ..errors import UsageError
from ..tools.tool import Image

Status = Literal["ok", "truncated", "error", "aborted", "drift"]
ImageFormat = Literal["png", "jpeg", "webp"]

STATUSES: tuple[str, ...] = ("ok", "truncated", "error", "aborted", "drift")
FORMATS: tuple[str, ...] = ("png", "jpeg", "webp")
MAX_SIDE_PX = 1 << 20
PNG_LEVEL = 1
JPEG_QUALITY = 92
WEBP_LOSSLESS = 101


@dataclass(frozen=True, kw_only=True)
class TurnRecord:
    """One turn of the agent and the environment's answer to it.

    Args:
        calls: `{"name", "arguments"}` of each call, as they were run.
        text: the raw text of the assistant, or None where the policy calls tools directly.
        n_prompt: tokens of the prompt, expanded.
        n_completion: tokens sampled.
        finish_reason: why the engine stopped.
        latency_ms: time of the engine.
        env_ms: time of the environment.
        cached_tokens: prompt tokens found in the engine's prefix cache.
        weight_version: version of the weights that sampled this turn.
        error: code of the agent's mistake, or "".
    """

    calls: list[dict[str, Any]] = field(default_factory=list)
    text: str | None = None
    n_prompt: int | None = None
    n_completion: int | None = None
    finish_reason: str = ""
    latency_ms: float | None = None
    env_ms: float | None = None
    cached_tokens: int | None = None
    weight_version: int | None = None
    error: str = ""


@dataclass(frozen=True)
class Component:
    """A term of the reward: its level, its role (gate, base, bonus, penalty) and its weight."""

    name: str
    value: float
    role: str = ""
    weight: float = 1.0


@dataclass(frozen=True)
class ImageSpan:
    """Where a picture stands in prompt + completion ids: first token, tokens, index in `image_hashes`."""

    offset: int
    length: int
    image: int


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A stretch of an episode whose tokens are one sequence; an episode has one, unless history was edited.

    Args:
        first_turn: number of the first turn that was sampled in it.
    """

    first_turn: int = 0
    prompt_ids: list[int] = field(default_factory=list)
    completion_ids: list[int] = field(default_factory=list)
    loss_mask: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    engine_ids: list[int] = field(default_factory=list)
    image_spans: list[ImageSpan] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One episode; what a policy without a model lacks is empty or None.

    Args:
        id: the same for every attempt at this sample of this task: the last one written wins.
        group_id: what the samples of one task share.
        sample: number of the sample in its group.
        status: `ok`, `truncated`, `error` (the machine's failure), `aborted`, or `drift`
            (a prompt did not extend the last one).
        messages: OpenAI style; pictures are parts `{"type": "image", "image": "<sha256>"}`.
        tools: OpenAI declarations.
        image_hashes: sha256 of each picture in order of appearance.
        prompt_ids: (n,) token ids of the first prompt, image pads expanded.
        completion_ids: (m,) all that follows, sampled or not.
        loss_mask: (m,) 1 where the policy sampled the token.
        logprobs: (m,) of the sampled tokens, 0 elsewhere.
        engine_ids: prompt and completion with one pad a picture, as the engine takes them.
        segments: earlier sequences, where history was edited (a memory window for pictures, an endpoint that
            cuts thoughts); the columns above hold the last one.
        reward: sum of `step_rewards`; None where the machine failed.
        score: grade at the end, or None where it was never graded.
        metrics: name -> number; NaN and infinities are kept, as Python's json writes them.
        token_exact: whether each prompt extended the last one token by token; None without tokens.
        created: UTC, whole seconds.
    """

    id: str
    env_id: str
    task_index: int
    sample: int
    status: Status
    group_id: str = ""
    env_version: int = 0
    env_kwargs: dict[str, Any] = field(default_factory=dict)
    task_id: str = ""
    task_hash: str = ""
    difficulty: int | None = None
    seed: int | None = None
    split: str = ""
    policy: str = ""
    stop_reason: str = ""
    error: str = ""
    attempts: int = 1
    messages: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)
    image_hashes: list[str] = field(default_factory=list)
    turns: list[TurnRecord] = field(default_factory=list)
    prompt_ids: list[int] = field(default_factory=list)
    completion_ids: list[int] = field(default_factory=list)
    loss_mask: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    engine_ids: list[int] = field(default_factory=list)
    image_spans: list[ImageSpan] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    reward: float | None = None
    score: float | None = None
    components: list[Component] = field(default_factory=list)
    step_rewards: list[float] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)
    recipe: str = ""
    why: str = ""
    model: str = ""
    model_revision: str = ""
    template_hash: str = ""
    tokenizer_hash: str = ""
    sampling: dict[str, Any] = field(default_factory=dict)
    backend: str = ""
    token_exact: bool | None = None
    versions: dict[str, str] = field(default_factory=dict)
    git_commit: str = ""
    created: datetime | None = None


@dataclass(frozen=True)
class EncodedImage:
    """A picture as stored.

    Args:
        sha256: of size and raw pixels (`Image.sha256`), whatever the format.
        format: `png`, `jpeg` or `webp`.
        height: px.
        width: px.
        bytes: the encoded file.
    """

    sha256: str
    format: ImageFormat
    height: int
    width: int
    bytes: bytes

    def __post_init__(self) -> None:
        sizes = (self.height, self.width)
        if self.format not in FORMATS or not isinstance(self.bytes, bytes) or not self.bytes:
            raise UsageError(f"a stored picture is bytes in one of {', '.join(FORMATS)}, got {self.format!r}")
        if not all(isinstance(size, int) and 0 < size <= MAX_SIDE_PX for size in sizes):
            raise UsageError(f"a picture has a height and a width of 1 to {MAX_SIDE_PX} px, got {sizes}")

    def decode(self) -> np.ndarray:
        """(height, width, 3) uint8 RGB; the same pixels that were stored, unless the format is lossy."""
        pixels = cv2.imdecode(np.frombuffer(self.bytes, np.uint8), cv2.IMREAD_COLOR_RGB)
        if pixels is None:
            raise UsageError(f"the stored bytes of picture {self.sha256[:12]} are no {self.format} file")
        return pixels


def encode_image(image: Image, format: ImageFormat = "png") -> EncodedImage:
    """A picture ready to store: `png` and `webp` keep every pixel, `jpeg` (quality 92) does not.

    >>> encode_image(Image(np.zeros((2, 3, 3), np.uint8))).decode().shape
    (2, 3, 3)
    """
    parameters = {
        "png": [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE],
        "jpeg": [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
        "webp": [cv2.IMWRITE_WEBP_QUALITY, WEBP_LOSSLESS],
    }
    if format not in parameters:
        raise UsageError(f"a picture is stored as one of {', '.join(FORMATS)}, got {format!r}")
    bgr = cv2.cvtColor(image.array, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(f".{format}", bgr, parameters[format])
    height, width = image.array.shape[:2]
    return EncodedImage(image.sha256, format, height, width, data.tobytes())
