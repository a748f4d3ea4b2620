"""An index."""

from __future__ import annotations

from array import array
from base64 import b64encode
from typing import Any

from casreg.codecs import Codec
from casreg.models import columns
from casreg.models.index import MAGIC, ChunkTable, Index
from casreg.packs import PackBuilder
from casreg.tensors import Tensor
from tools.golden.inputs import NONCE, counter, rows
from tools.golden.packing import encoded


def index() -> dict[str, Any]:
    made_index, sizes, _ = _example()
    blob = made_index.encode()
    _, table = columns.decode(MAGIC, blob)
    extended: dict[str, Any] = {name: (_kind(values), values) for name, values in table.items()}
    extended["future.column"] = ("u128", counter("future", 48))
    return {
        "index": b64encode(blob).decode(),
        "with a column of the future": b64encode(columns.encode(MAGIC, NONCE, extended)).decode(),
        "pack sizes": sizes,
        "nonce": NONCE,
        "columns": {name: _shown(values) for name, values in table.items()},
        "content": made_index.content(),
    }


def _kind(values: columns.Column) -> str:
    if isinstance(values, array):
        return {"B": "u8", "I": "u32"}.get(values.typecode, "u64")
    return "id" if isinstance(values, bytes) else "text"


def _shown(values: Any) -> Any:
    if isinstance(values, bytes):
        return [values[i : i + 32].hex() for i in range(0, len(values), 32)]
    return list(values)


def _example() -> tuple[Index, list[int], list[bytes]]:
    """Two packs, four chunks, three parts and two tensors."""
    chunks = [counter("chunk 0", 300), rows(2000), bytes(500), counter("chunk 3", 64)]
    table = ChunkTable()
    packs = [PackBuilder(NONCE, memoryview(bytearray(4096))) for _ in range(2)]
    for number, (plain, codec) in enumerate(
        zip(chunks, (Codec.RAW, Codec.ZSTD, Codec.ZSTD, Codec.RAW), strict=True)
    ):
        chunk = encoded(plain, codec)
        offset = packs[number // 2].add(chunk)
        table.ids += chunk.id
        table.plain.append(chunk.plain)
        table.stored.append(chunk.stored)
        table.pack.append(number // 2)
        table.offset.append(offset)
        table.codec.append(codec)
        table.check.append(chunk.check)
    tensors = [Tensor("w", "F32", (5, 25), 0, 500), Tensor("é", "U8", (), 500, 1)]
    numbers = columns.numbers
    index = Index(
        nonce=NONCE,
        chunks=table,
        paths=["zeta", "bin/run", "none/"],
        flags=numbers("u8", [0, 1, 0]),
        counts=numbers("u32", [3, 2, 0]),
        sequence=numbers("u32", [2, 3, 0, 1, 0]),
        tensors=[(0, tensor) for tensor in tensors],
    )
    return index, [sum(map(len, p.finish())) for p in packs], chunks
