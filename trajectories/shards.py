"""Shards: parquet files of one table, written row by row.

Knows no episode. The features that `datasets` should see stand in the files themselves, so that a folder
loads with pictures and JSON decoded, and memory holds one row group, whatever the table's size.
"""

__all__ = ["IMAGE", "IMAGES", "JSON_LIST", "Shards", "image_cell"]

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .record import EncodedImage

ROW_GROUP_ROWS = 64
ROW_GROUP_BYTES = 32 << 20
SHARD_BYTES = 400 << 20

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
IMAGES = pa.list_(IMAGE)
JSON_LIST = pa.list_(pa.json_())
"""A list of JSON objects: Arrow would give every object the keys of all others, filled with null."""


class Shards:
    """Writes `train-00000.parquet` and so on; a table without a row leaves no folder.

    Args:
        folder: made when the first row comes.
        schema: columns; `IMAGE`, `IMAGES` and `JSON_LIST` are declared to `datasets` as what they are.
        shard_bytes: size at which the next file is begun.
    """

    def __init__(self, folder: Path, schema: pa.Schema, *, shard_bytes: int = SHARD_BYTES) -> None:
        features = {field.name: _feature(field.type) for field in schema}
        told = json.dumps({"info": {"features": features}})
        self.rows = 0
        self._folder = folder
        self._schema = schema.with_metadata({"huggingface": told})
        self._shard_bytes = shard_bytes
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_bytes = 0
        self._written_bytes = 0
        self._files = 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, row: Mapping[str, Any]) -> None:
        """Append a row; columns that it lacks are null."""
        # Arrow holds a row in a tenth of what lists of Python numbers take.
        batch = pa.RecordBatch.from_arrays(
            [_cell(row.get(field.name), field.type) for field in self._schema], schema=self._schema
        )
        self._waiting.append(batch)
        self._waiting_bytes += batch.nbytes
        self.rows += 1
        if len(self._waiting) >= ROW_GROUP_ROWS or self._waiting_bytes >= ROW_GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """Write what is waiting and finish the last file."""
        self._flush()
        self._finish()

    def _flush(self) -> None:
        if not self._waiting:
            return
        if self._writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"train-{self._files:05d}.parquet"
            packed = {
                name: "none" if _is_picture(self._schema, name) else "zstd" for name in _leaves(self._schema)
            }
            # A dictionary of pictures or token ids costs time and space and finds nothing twice.
            options: dict[str, Any] = {"compression": packed, "use_dictionary": False}
            self._writer = pq.ParquetWriter(path, self._schema, **options)
            self._files += 1
        self._writer.write_table(pa.Table.from_batches(self._waiting, self._schema).combine_chunks())
        self._written_bytes += self._waiting_bytes
        self._waiting, self._waiting_bytes = [], 0
        if self._written_bytes >= self._shard_bytes:
            self._finish()

    def _finish(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer, self._written_bytes = None, 0


def image_cell(image: EncodedImage) -> dict[str, Any]:
    """A picture as a cell of `IMAGE`: its bytes as they were stored.

    >>> image_cell(EncodedImage("ab", "png", 1, 1, b"x"))
    {'bytes': b'x', 'path': 'ab.png'}
    """
    return {"bytes": image.bytes, "path": f"{image.sha256}.{image.format}"}


def _cell(value: Any, kind: pa.DataType) -> pa.Array:
    """An array of one value."""
    if kind != JSON_LIST:
        return pa.array([value], kind)
    texts = pa.ExtensionArray.from_storage(pa.json_(), pa.array(value or [], pa.string()))
    return pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts)


def _feature(kind: pa.DataType) -> dict[str, Any]:
    """A column's type in the words of `datasets`."""
    if kind == IMAGE:
        return {"_type": "Image"}
    if kind == JSON_LIST:
        return {"_type": "List", "feature": {"_type": "Json"}}
    if isinstance(kind, pa.ListType):
        return {"_type": "List", "feature": _feature(kind.value_type)}
    if isinstance(kind, pa.StructType):
        return {field.name: _feature(field.type) for field in kind}
    return {"_type": "Value", "dtype": {"double": "float64", "float": "float32"}.get(str(kind), str(kind))}


def _is_picture(schema: pa.Schema, leaf: str) -> bool:
    return leaf.endswith("bytes") and schema.field(leaf.split(".")[0]).type in (IMAGE, IMAGES)


def _leaves(schema: pa.Schema) -> list[str]:
    """Paths of the columns as parquet names them."""

    def below(name: str, kind: pa.DataType) -> list[str]:
        if isinstance(kind, pa.ListType):
            return below(f"{name}.list.element", kind.value_type)
        if isinstance(kind, pa.StructType):
            return [leaf for field in kind for leaf in below(f"{name}.{field.name}", field.type)]
        return [name]

    return [leaf for field in schema for leaf in below(field.name, field.type)]
