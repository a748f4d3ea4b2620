"""pyarrow's tables, batches, arrays and schemas come back the same, chunks and metadata included."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casreg import Corrupt, InvalidInput, Registry, Unsupported
from casreg.materializers.libraries import arrow

ARRAYS: dict[str, Any] = {
    "int8": pa.array([1, None, -3], pa.int8()),
    "bits": pa.array([True, None, False]),
    "NaN": pa.array(np.array([0x7FF8000000000001, 0xFFF8000000000000], np.uint64).view(np.float64)),
    "half": pa.array(np.array([1, 2], np.float16)),
    "text": pa.array(["a", None, "é"]),
    "views": pa.array(["a", None, "longer than twelve bytes"], pa.string_view()),
    "large": pa.array([b"a", None], pa.large_binary()),
    "decimal": pa.array([decimal.Decimal("1.50"), None], pa.decimal128(10, 2)),
    "seconds": pa.array([1, None], pa.timestamp("s", "Europe/Berlin")),
    "duration": pa.array([dt.timedelta(1), None]),
    "interval": pa.array([(1, 2, 3), None], pa.month_day_nano_interval()),
    "dictionary": pa.array(["a", "b", "a"]).dictionary_encode(),
    "lists": pa.array([[1], None, []], pa.list_(pa.int16())),
    "fixed": pa.array([[1, 2], None], pa.list_(pa.int32(), 2)),
    "struct": pa.array([{"a": 1, "b": ["x"]}, None]),
    "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int8())),
    "union": pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])]),
    "runs": pa.RunEndEncodedArray.from_arrays([2, 5], ["a", "b"]),
    "null": pa.nulls(3),
    "slice": pa.array(range(100))[10:20],
    "empty": pa.array([], pa.string()),
}


def loaded(registry: Registry, obj: Any) -> Any:
    registry.save("x", obj)
    return registry.load("x", verify="full")


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_comes_back_in_its_type_and_its_chunks(registry: Registry, name: str) -> None:
    array = ARRAYS[name]
    found = loaded(registry, array)
    assert type(found) is type(array)
    assert found.type.equals(array.type, check_metadata=True)
    assert str(found.to_pylist()) == str(array.to_pylist())
    chunked = pa.chunked_array([array, array[:0], array[1:]])
    again = loaded(registry, {"a": [chunked]})["a"][0]
    assert [len(chunk) for chunk in again.chunks] == [len(chunk) for chunk in chunked.chunks]
    assert str(again.to_pylist()) == str(chunked.to_pylist())


def test_bits_of_floats_are_kept(registry: Registry) -> None:
    found = loaded(registry, ARRAYS["NaN"])
    assert found.to_numpy().tobytes() == ARRAYS["NaN"].to_numpy().tobytes()


def test_a_table_comes_back_with_metadata_and_repeated_names(registry: Registry) -> None:
    fields = [
        pa.field("a", pa.int8(), nullable=False, metadata={"unit": "m"}),
        pa.field("a", pa.string()),
        pa.field("", pa.int64()),
    ]
    schema = pa.schema(fields, metadata={b"k\xff": b"v"})
    table = pa.table([[1, 2], ["x", None], [3, 4]], schema=schema)
    for obj in (table, pa.concat_tables([table, table[:0], table]), table[:0], schema, pa.table({})):
        found = loaded(registry, obj)
        assert type(found) is type(obj)
        assert found.equals(obj, check_metadata=True)
    batch = table.to_batches()[0]
    assert loaded(registry, [batch])[0].equals(batch, check_metadata=True)


def test_a_column_that_did_not_change_is_not_stored_again(registry: Registry, noise: Any) -> None:
    values = pa.array(np.frombuffer(noise(2_000_000), np.int64))
    flags = pa.array(np.zeros(len(values), np.int8))
    registry.save("x", pa.table({"flags": flags, "values": values}))
    wider = flags.cast(pa.int32())
    assert registry.save("x", pa.table({"flags": wider, "values": values})).stored < 100_000


def test_rows_without_columns_are_refused(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match="rows without columns"):
        registry.save("x", pa.table({"a": [1]}).select([]))


def test_what_is_compressed_or_broken_is_corrupt() -> None:
    def packed(compression: str | None, array: Any) -> np.ndarray:
        sink = pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(compression=compression)
        schema = pa.schema([pa.field("", array.type)])
        with pa.ipc.new_stream(sink, schema, options=options) as writer:
            writer.write_batch(pa.RecordBatch.from_arrays([array], schema=schema))
        return np.frombuffer(sink.getvalue(), np.uint8)

    zeros = pa.array(np.zeros(100_000))
    assert arrow.chunks(packed(None, zeros)).chunk(0).equals(zeros)
    for array in (zeros, pa.array(["a" * 10_000] * 10).dictionary_encode()):
        for compression in ("zstd", "lz4"):
            with pytest.raises(Corrupt, match="compressed"):
                arrow.chunks(packed(compression, array))
    offsets = bytearray(packed(None, pa.array(["abc", "def"])).tobytes())
    place = offsets.rfind((3).to_bytes(4, "little") + (6).to_bytes(4, "little"))
    offsets[place : place + 4] = (2**30).to_bytes(4, "little")
    with pytest.raises(pa.ArrowInvalid):
        arrow.chunks(np.frombuffer(offsets, np.uint8))


class Degrees(pa.ExtensionType):
    def __init__(self) -> None:
        super().__init__(pa.float64(), "casreg.degrees")

    def __arrow_ext_serialize__(self) -> bytes:
        return b"!"

    @classmethod
    def __arrow_ext_deserialize__(cls, storage: Any, data: bytes) -> Degrees:
        return cls()


def test_a_type_of_somebody_s_is_kept_and_loaded_only_where_it_is_known(registry: Registry) -> None:
    array = pa.ExtensionArray.from_storage(Degrees(), pa.array([1.5, None]))
    objects = {
        "array": array,
        "chunks": pa.chunked_array([array, array]),
        "table": pa.table({"a": array, "b": [1, 2]}),
        "nested": pa.StructArray.from_arrays([array], ["a"]),
        "schema": pa.schema([pa.field("a", pa.list_(Degrees()))]),
    }
    for name, obj in objects.items():
        with pytest.raises(InvalidInput, match=r"would come back as .*register_extension_type\(\)"):
            registry.save(name, obj)
    assert registry.list_objects() == []
    pa.register_extension_type(Degrees())
    try:
        for name, obj in objects.items():
            assert loaded(registry, obj) == obj
            registry.save(name, obj)
    finally:
        pa.unregister_extension_type("casreg.degrees")
    for name in ("array", "chunks", "table"):
        with pytest.raises(Unsupported, match=r"casreg\.degrees.*register_extension_type\(\) it before"):
            registry.load(name)


def test_arrays_that_are_not_what_they_say_are_refused_and_not_only_found_by_a_load(
    registry: Registry,
) -> None:
    text = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, 1], "i4")), pa.py_buffer(b"\xff")]
    )
    indices = pa.DictionaryArray.from_arrays(pa.array([0, 5]), pa.array(["x"]), safe=False)
    empty = pa.Array.from_buffers(pa.int16(), 0, [None, pa.py_buffer(b"")], offset=1)
    whole = [pa.py_buffer(b"\2"), pa.py_buffer(bytes(24))]
    lists = pa.Array.from_buffers(pa.large_list(pa.int16()), 2, whole, children=[empty])
    lists.validate(full=True)  # to Arrow it is whole, and what it writes of it is nothing that it reads
    for array in (text, indices, lists):
        for obj in (array, pa.table({"odd": array})):
            with pytest.raises(InvalidInput, match="is broken, and would not load"):
                registry.save("a", obj)
    with pytest.raises(InvalidInput, match="column 'odd': "):
        registry.save("a", pa.table({"odd": text}))
    assert registry.list_objects() == []


@given(st.lists(st.lists(st.none() | st.text(max_size=3), max_size=4), min_size=1, max_size=3), st.data())
def test_any_table_comes_back(texts: list[list[str | None]], data: st.DataObject) -> None:
    rows = len(texts[0])
    numbers = data.draw(st.lists(st.none() | st.floats(width=32), min_size=rows, max_size=rows))
    nested = data.draw(
        st.lists(
            st.none() | st.lists(st.none() | st.integers(-9, 9), max_size=2), min_size=rows, max_size=rows
        )
    )
    table = pa.table(
        {
            "t": pa.array(texts[0], pa.string()),
            "n": pa.array(numbers, pa.float32()),
            "l": pa.array(nested, pa.list_(pa.int8())),
        }
    )
    cut = data.draw(st.integers(0, rows))
    table = pa.concat_tables([table[:cut], table[cut:]])
    with Registry("memory://") as registry:
        found = loaded(registry, table)
    assert repr(found.to_pydict()) == repr(table.to_pydict())
    assert found.schema.equals(table.schema)
