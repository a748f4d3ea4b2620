"""Versions of kilobytes that ask for gigabytes."""

from __future__ import annotations

import struct
from array import array
from typing import Any

import numpy as np
import zstandard

from casreg.codecs import Codec
from casreg.models import columns
from casreg.models.index import MAGIC
from casreg.stores.protocol import Store
from casreg.tensors import Tensor
from tools.fuzz.forged import Chunk, forge

MOST = columns.MAX_UNEARNED
ZEROS = zstandard.compress(bytes(1 << 28))
MEBIBYTE = Chunk(zstandard.compress(bytes(1 << 20)), Codec.ZSTD, 1 << 20)


def table(**changed: tuple[str, columns.Column]) -> Any:
    """Columns of an index replaced by others."""

    def change(frame: bytes) -> bytes:
        nonce, found = columns.decode(MAGIC, frame)
        kinds = {"B": "u8", "I": "u32", "Q": "u64"}
        typed: dict[str, tuple[str, columns.Column]] = {
            name: ("id" if isinstance(v, bytes) else "text" if isinstance(v, list) else kinds[v.typecode], v)
            for name, v in found.items()
        }
        return columns.encode(MAGIC, nonce, typed | {k.replace("__", "."): v for k, v in changed.items()})

    return change


def empty_names(store: Store) -> None:
    forge(store, {"x": b"x"}, frame=table(part__path=("text", [""] * (MOST // 4 - 1000))))


def ranks(store: Store) -> None:
    rows = MOST // 100
    forge(
        store,
        {"x": b"x"},
        frame=table(
            tensor__part=("u32", array("I", bytes(4 * rows))),
            tensor__name=("text", [""] * rows),
            tensor__dtype=("text", [""] * rows),
            tensor__rank=("u8", array("B", bytes(rows))),
            tensor__start=("u64", array("Q", bytes(8 * rows))),
            tensor__size=("u64", array("Q", bytes(8 * rows))),
        ),
    )


def a_frame_of_zeros(store: Store) -> None:
    forge(store, {"x": b"x"}, frame=lambda _: ZEROS)


def a_long_sequence(store: Store) -> None:
    """Two million times the same chunk: no lie, but nobody's memory."""

    def repeat(index: Any) -> None:
        index.sequence *= 1 << 21
        index.counts[0] = len(index.sequence)

    forge(store, {"data": [MEBIBYTE]}, kind="bytes", index=repeat)


def bad_layers(store: Store) -> None:
    forge(store, {"x": b"x"}, manifest=lambda manifest: manifest.update(layers=[{}] * 300_000))


def a_chunk_of_gigabytes(store: Store) -> None:
    def claim(index: Any) -> None:
        index.chunks.plain[0] = index.chunks.stored[0] = (1 << 32) - 1

    forge(store, {"data": b"x"}, kind="bytes", index=claim, pack=lambda pack: pack.update(size=1 << 40))


def _tree(store: Store, value: bytes, tensors: list[Tensor]) -> None:
    floats = [Chunk(zstandard.compress(bytes(16 << 20)), Codec.ZSTD, 16 << 20)]
    parts: Any = {"value.json": value, "arrays.safetensors": floats}
    forge(store, parts, kind="tree", tensors=[(1, tensor) for tensor in tensors])


def one_array_again_and_again(store: Store) -> None:
    value = b"[" + b'{"$array":"w"},' * 50_000 + b"1]"
    _tree(store, value, [Tensor("w", "U8", (16 << 20,), 0, 16 << 20)])


def arrays_over_each_other(store: Store) -> None:
    names = [f"w{n}" for n in range(10_000)]
    value = ("[" + ",".join(f'{{"$array":"{name}"}}' for name in names) + "]").encode()
    _tree(store, value, [Tensor(name, "U8", (16 << 20,), 0, 16 << 20) for name in names])


def a_deep_value(store: Store) -> None:
    _tree(store, b"[" * 1_000_000, [])


def planes_of_zeros(store: Store) -> None:
    head = struct.pack("<BB", 8, 0) + struct.pack("<BI", 2, len(ZEROS)) * 8
    size = np.dtype("<u8").itemsize * 1000
    forge(store, {"data": [Chunk(head + ZEROS * 8, Codec.PLANES, size)]}, kind="bytes")


BOMBS = {
    "empty names": empty_names,
    "ranks": ranks,
    "a frame of zeros": a_frame_of_zeros,
    "a long sequence": a_long_sequence,
    "bad layers": bad_layers,
    "a chunk of gigabytes": a_chunk_of_gigabytes,
    "one array again and again": one_array_again_and_again,
    "arrays over each other": arrays_over_each_other,
    "a deep value": a_deep_value,
    "planes of zeros": planes_of_zeros,
}
