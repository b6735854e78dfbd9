"""The columns of a row, and an episode as a row and back.

Knows no files. A row is what the append log and parquet both hold, so that an episode reads the same before
and after it is sealed. Nested values without a stable shape (messages, tools, arguments) are JSON strings.
"""

__all__ = ["EPISODE_SCHEMA", "IDENTITY", "IMAGE_SCHEMA", "TOKEN_NAMES", "from_row", "to_row"]

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from itertools import chain, product
from typing import Any

import numpy as np
import pyarrow as pa

from ..errors import UsageError
from .record import STATUSES, Component, Episode, ImageSpan, Segment, TurnRecord

TURN = pa.struct(
    [
        ("calls", pa.string()),
        ("text", pa.string()),
        ("n_prompt", pa.int32()),
        ("n_completion", pa.int32()),
        ("finish_reason", pa.string()),
        ("latency_ms", pa.float32()),
        ("env_ms", pa.float32()),
        ("cached_tokens", pa.int32()),
        ("weight_version", pa.int32()),
        ("error", pa.string()),
    ]
)
COMPONENT = pa.struct(
    [("name", pa.string()), ("value", pa.float64()), ("role", pa.string()), ("weight", pa.float64())]
)
IMAGE_SPAN = pa.struct([("offset", pa.int32()), ("length", pa.int32()), ("image", pa.int32())])
SEGMENT = pa.struct(
    [
        ("first_turn", pa.int32()),
        ("prompt_ids", pa.list_(pa.int32())),
        ("completion_ids", pa.list_(pa.int32())),
        ("loss_mask", pa.list_(pa.int8())),
        ("logprobs", pa.list_(pa.float32())),
        ("engine_ids", pa.list_(pa.int32())),
        ("image_spans", pa.list_(IMAGE_SPAN)),
    ]
)

EPISODE_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("group_id", pa.string()),
        ("sample", pa.int32()),
        ("env_id", pa.string()),
        ("env_version", pa.int32()),
        ("env_kwargs", pa.string()),
        ("task_id", pa.string()),
        ("task_hash", pa.string()),
        ("task_index", pa.int64()),
        ("difficulty", pa.int32()),
        ("seed", pa.int64()),
        ("split", pa.string()),
        ("policy", pa.string()),
        ("status", pa.string()),
        ("stop_reason", pa.string()),
        ("error", pa.string()),
        ("attempts", pa.int32()),
        ("messages", pa.string()),
        ("tools", pa.string()),
        ("image_hashes", pa.list_(pa.string())),
        ("turns", pa.list_(TURN)),
        ("prompt_ids", pa.list_(pa.int32())),
        ("completion_ids", pa.list_(pa.int32())),
        ("loss_mask", pa.list_(pa.int8())),
        ("logprobs", pa.list_(pa.float32())),
        ("engine_ids", pa.list_(pa.int32())),
        ("image_spans", pa.list_(IMAGE_SPAN)),
        ("segments", pa.list_(SEGMENT)),
        ("reward", pa.float64()),
        ("score", pa.float64()),
        ("components", pa.list_(COMPONENT)),
        ("step_rewards", pa.list_(pa.float64())),
        ("metrics", pa.string()),
        ("recipe", pa.string()),
        ("why", pa.string()),
        ("model", pa.string()),
        ("model_revision", pa.string()),
        ("template_hash", pa.string()),
        ("tokenizer_hash", pa.string()),
        ("sampling", pa.string()),
        ("backend", pa.string()),
        ("token_exact", pa.bool_()),
        ("versions", pa.string()),
        ("git_commit", pa.string()),
        ("created", pa.timestamp("s", tz="UTC")),
    ]
)
IMAGE_SCHEMA = pa.schema(
    [
        ("sha256", pa.string()),
        ("format", pa.string()),
        ("height", pa.int32()),
        ("width", pa.int32()),
        ("bytes", pa.binary()),
    ]
)

IDENTITY = ("id", "env_id", "task_index", "sample", "status")
JSON_COLUMNS = frozenset({"env_kwargs", "messages", "tools", "metrics", "sampling", "versions"})
TOKEN_NAMES = (
    "prompt_ids",
    "completion_ids",
    "loss_mask",
    "logprobs",
    "engine_ids",
    "image_spans",
    "segments",
)
PER_TOKEN = ("loss_mask", "logprobs")


def to_row(episode: Episode) -> dict[str, Any]:
    """The row of an episode: exactly what parquet will give back, so that what is logged can be sealed.

    Numeric lists are numpy arrays, `created` is in whole seconds since 1970; lone surrogates, which neither
    UTF-8 nor parquet can hold, become U+FFFD in plain text and stay escaped in JSON columns.

    Raises:
        UsageError: a value that its column cannot hold, lists that disagree in length, or a message that
            names a picture that `image_hashes` lacks.
    """
    _check(episode)
    row: dict[str, Any] = {}
    for column in EPISODE_SCHEMA:
        value = _plain(getattr(episode, column.name), column.name)
        try:
            row[column.name] = _stored(value, column.type)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise UsageError(
                f"episode {episode.id!r}: its {column.name!r} does not fit a column of {column.type}: {error}"
            ) from None
    return row


def from_row(row: Mapping[str, Any]) -> Episode:
    """The episode of a row; columns that the row lacks, or holds null, get their defaults.

    Raises:
        UsageError: a row without the columns of `IDENTITY`.
    """
    lacking = [name for name in IDENTITY if row.get(name) is None]
    if lacking:
        raise UsageError(f"this row is no episode: it lacks {', '.join(lacking)}")
    values = {
        name: _read(name, value) for name, value in row.items() if value is not None and name in _FIELDS
    }
    return Episode(**values)


def _read(name: str, value: Any) -> Any:
    """A field of the episode from what its column holds."""
    if name in JSON_COLUMNS:
        return json.loads(value)
    if name == "turns":
        return [_turn(turn) for turn in value]
    if name == "components":
        return [Component(**component) for component in value]
    if name == "image_spans":
        return [ImageSpan(**span) for span in value]
    if name == "segments":
        return [
            Segment(**segment | {"image_spans": _read("image_spans", segment["image_spans"])})
            for segment in value
        ]
    if name == "created":
        when = value if isinstance(value, datetime) else datetime.fromtimestamp(int(value), UTC)
        return when.astimezone(UTC)
    return value.tolist() if isinstance(value, np.ndarray) else value


_FIELDS = frozenset(f.name for f in fields(Episode))
_TURN_NAMES = tuple(f.name for f in fields(TurnRecord) if f.name != "calls")


def _check(episode: Episode) -> None:
    lacking = [name for name in IDENTITY if getattr(episode, name) in (None, "")]
    if lacking:
        raise UsageError(f"an episode must have {', '.join(IDENTITY)}; this one lacks {', '.join(lacking)}")
    if episode.status not in STATUSES:
        raise UsageError(f"a status is one of {', '.join(STATUSES)}, got {episode.status!r}")
    for name, sequence in product(PER_TOKEN, (episode, *episode.segments)):
        values, ids = getattr(sequence, name), sequence.completion_ids
        if len(values) not in (0, len(ids)):
            raise UsageError(
                f"episode {episode.id!r}: {name} has {len(values)} values for "
                f"{len(ids)} completion ids; give one a token, or none"
            )
    unknown = set(_image_references(episode.messages)) - set(episode.image_hashes)
    if unknown:
        raise UsageError(
            f"episode {episode.id!r}: a message shows picture {min(unknown)[:12]}, which image_hashes lacks"
        )
    for span in chain(episode.image_spans, *(segment.image_spans for segment in episode.segments)):
        if not 0 <= span.image < len(episode.image_hashes):
            raise UsageError(
                f"episode {episode.id!r}: an image span names picture {span.image}, "
                f"but it has {len(episode.image_hashes)}"
            )


def _image_references(messages: list[dict[str, Any]]) -> Iterator[str]:
    for message in messages:
        content = message.get("content")
        for part in content if isinstance(content, list) else []:
            if part.get("type") == "image":
                yield str(part.get("image"))


def _plain(value: Any, name: str) -> Any:
    if name in JSON_COLUMNS:
        return _json(value, name)
    if name == "turns":
        return [_turn_row(turn) for turn in value]
    if name == "segments":
        return [asdict(segment) for segment in value]
    if name in ("components", "image_spans"):
        return [{f.name: _text(getattr(item, f.name)) for f in fields(item)} for item in value]
    if name == "image_hashes":
        return list(value)
    if isinstance(value, datetime):
        return int(value.timestamp())
    return _text(value)


def _turn_row(turn: TurnRecord) -> dict[str, Any]:
    row = {f.name: _text(getattr(turn, f.name)) for f in fields(turn)}
    row["calls"] = _json(turn.calls, "turns.calls")
    return row


def _turn(row: Mapping[str, Any]) -> TurnRecord:
    values = {name: row[name] for name in _TURN_NAMES if row.get(name) is not None}
    return TurnRecord(calls=json.loads(row.get("calls") or "[]"), **values)


def _json(value: Any, name: str) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_scalar)
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), default=_scalar)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name} must be JSON-able: {error}") from None
    return text


def _scalar(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} is no JSON value")


def _text(value: Any) -> Any:
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def _stored(value: Any, column: pa.DataType) -> Any:
    """The value as parquet gives it back; Arrow itself would cut 1.5 down to 1."""
    if isinstance(column, pa.ListType) and pa.types.is_primitive(column.value_type):
        numbers = np.asarray(value if len(value) else [], None if len(value) else np.int8)
        if numbers.ndim != 1 or numbers.dtype.kind not in _kinds(column.value_type):
            raise ValueError(f"it holds {numbers.dtype} of shape {numbers.shape}")
        return pa.array(numbers, column.value_type).to_numpy(zero_copy_only=False)
    if isinstance(value, float) and pa.types.is_integer(column):
        raise ValueError(f"{value} is no whole number")
    if pa.types.is_timestamp(column):
        return pa.array([value], pa.int64())[0].as_py()
    return pa.array([value], column)[0].as_py()


def _kinds(column: pa.DataType) -> str:
    return "iu" if pa.types.is_integer(column) else "iuf"
