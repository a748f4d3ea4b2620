"""pyarrow's tables, batches, arrays and schemas: each column a stream of Arrow's IPC format, not compressed.

The format says all that Arrow knows, chunks included, in the bytes that are in memory; parquet does not.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa

from casreg.errors import Corrupt, InvalidInput, Unsupported
from casreg.trust import Trust


class Arrow:
    def word(self, obj: object) -> str | None:
        if isinstance(obj, pa.Array):
            return "pyarrow.Array"
        kinds = (pa.Table, pa.RecordBatch, pa.ChunkedArray, pa.Schema)
        return f"pyarrow.{type(obj).__name__}" if type(obj) in kinds else None

    def describe(self, obj: Any, kind: str, params: Mapping[str, Any]) -> Any:
        if kind == "pyarrow.Schema":
            for field in obj:
                _require_known(field.type)
            return {"schema": _bytes(obj.serialize())}
        if kind == "pyarrow.Array":
            return {"column": column(obj.type, [obj])}
        if kind == "pyarrow.ChunkedArray":
            return {"column": column(obj.type, obj.chunks)}
        if obj.num_rows and not obj.num_columns:
            raise InvalidInput("a table of rows without columns is not kept: give num_rows")
        columns = []
        for field, values in zip(obj.schema, obj.columns, strict=True):
            try:
                columns.append(column(field.type, values.chunks if kind == "pyarrow.Table" else [values]))
            except InvalidInput as error:
                raise InvalidInput(f"column {field.name!r}: {error.message}") from None
        return {"schema": _bytes(obj.schema.serialize()), "columns": columns}

    def rebuild(self, kind: str, state: Any, params: Mapping[str, Any], trust: Trust) -> Any:
        if kind == "pyarrow.Schema":
            return pa.ipc.read_schema(pa.py_buffer(state["schema"]))
        if kind == "pyarrow.ChunkedArray":
            return chunks(state["column"])
        if kind == "pyarrow.Array":
            return _one(chunks(state["column"]))
        schema = pa.ipc.read_schema(pa.py_buffer(state["schema"]))
        columns = [chunks(packed) for packed in state["columns"]]
        if kind == "pyarrow.Table":
            return pa.Table.from_arrays(columns, schema=schema)
        if kind == "pyarrow.RecordBatch":
            return pa.RecordBatch.from_arrays([_one(values) for values in columns], schema=schema)
        raise ValueError("no such kind")


def column(kind: Any, arrays: list[Any]) -> np.ndarray:
    """Arrays of one type, as bytes. Raises InvalidInput for a type that the format has not, and for arrays
    that are not what they say: a load looks at them whole, too."""
    _require_known(kind)
    schema = pa.schema([pa.field("", kind)])
    sink = pa.BufferOutputStream()
    try:
        with pa.ipc.new_stream(sink, schema) as writer:
            for array in arrays:
                writer.write_batch(pa.RecordBatch.from_arrays([array], schema=schema))
    except pa.ArrowException as error:
        raise InvalidInput(f"Arrow's IPC format does not keep {kind}: {error}") from None
    packed = _bytes(sink.getvalue())
    _require_loads(packed, kind, arrays)
    return packed


def _require_loads(packed: np.ndarray, kind: Any, arrays: list[Any]) -> None:
    """Raise InvalidInput for arrays of which Arrow has written what it does not read: it takes them at their
    word."""
    try:
        again = chunks(packed)
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput(f"an array of {kind} is broken, and would not load: {error}") from None
    if list(map(len, again.chunks)) != list(map(len, arrays)):
        raise InvalidInput(f"an array of {kind} is broken, and would be of another length")


def _require_known(kind: Any) -> None:
    """Raise InvalidInput for a type that Arrow would not know again."""
    schema = pa.schema([pa.field("", kind)])
    again = pa.ipc.read_schema(schema.serialize()).field(0).type
    if not again.equals(kind, check_metadata=True):
        raise InvalidInput(
            f"Arrow's {kind} would come back as {again}: pyarrow.register_extension_type() it, here and where"
            " it is loaded, or give the storage of what is of it"
        )


def chunks(packed: np.ndarray) -> Any:
    """What :func:`column` gave, over the memory of ``packed``. What is no such thing raises Corrupt, or an
    error of Arrow's: it is looked at whole, as Arrow trusts what it is handed later on. Raises Unsupported
    for a type of somebody's that this process does not know."""
    data = pa.py_buffer(np.ascontiguousarray(packed))
    for message in pa.ipc.MessageReader.open_stream(data):
        if message.type != "schema":
            _require_plain(message)
    with pa.ipc.open_stream(data) as reader:
        [field] = reader.schema
        if name := (field.metadata or {}).get(b"ARROW:extension:name"):
            raise Unsupported(
                f"a column is of Arrow's type {name.decode(errors='replace')[:80]}, which is not known here: "
                "pyarrow.register_extension_type() it before the load"
            )
        batches = list(reader)
    for batch in batches:
        batch.validate(full=True)
    return pa.chunked_array([batch.column(0) for batch in batches], type=field.type)


def _one(values: Any) -> Any:
    [array] = values.chunks
    return array


def _bytes(buffer: Any) -> np.ndarray:
    return np.frombuffer(buffer, np.uint8)


def _require_plain(message: Any) -> None:
    """Raise Corrupt for a batch that is compressed: what it would take in memory nobody could tell."""
    data = bytes(message.metadata)
    try:
        batch = _table(data, _field(data, _table(data, 0), 2))
        if message.type == "dictionary":
            batch = _table(data, _field(data, batch, 1))
        compressed = _field(data, batch, 3)
    except struct.error:
        raise Corrupt("a message of Arrow's ends too early") from None
    if compressed:
        raise Corrupt("a batch of Arrow's is compressed, which none is that casreg has written")


def _table(data: bytes, at: int) -> int:
    """Where the table is that the offset at ``at`` leads to (FlatBuffers)."""
    return at + int(struct.unpack_from("<I", data, at)[0])


def _field(data: bytes, table: int, number: int) -> int:
    """Where a field of a table is; 0 if it is not there."""
    fields = table - struct.unpack_from("<i", data, table)[0]
    (size,) = struct.unpack_from("<H", data, fields)
    place = 4 + 2 * number
    (offset,) = struct.unpack_from("<H", data, fields + place) if place < size else (0,)
    return table + offset if offset else 0


LIBRARY: Final = Arrow()
