"""The tables of an index and of a pack, in their frames and without them."""

from __future__ import annotations

import struct
from collections.abc import Callable

import zstandard

from casreg import frames
from casreg.errors import Corrupt, Unsupported
from casreg.models import columns
from casreg.models.index import MAGIC, Index
from casreg.packs import MAGIC as PACK_MAGIC
from casreg.packs import Encoded, PackBuilder, read_trailer
from casreg.stores.memory import MemoryStore
from casreg.tensors import Tensor
from tools.fuzz.forged import NONCE, Chunk, forge
from tools.fuzz.target import Target


def _columns(frame: bytes) -> None:
    nonce, table = columns.decode(MAGIC, frame)
    kinds = {bytes: "id", list: "text"}
    again = {
        name: (kinds.get(type(values)) or {"B": "u8", "I": "u32", "Q": "u64"}[values.typecode], values)  # type: ignore[union-attr]
        for name, values in table.items()
    }
    if all(isinstance(name, str) for name in again):
        assert columns.decode(MAGIC, columns.encode(MAGIC, nonce, again)) == (nonce, table)


def _index(frame: bytes) -> None:
    sizes = [1 << 20, 200]
    index = Index.decode(frame, sizes)
    again = Index.decode(index.encode(), sizes)
    assert again == index
    assert again.content() == index.content()
    for part in index.parts:
        assert 0 <= part.size < 1 << 63
        assert not part.path.startswith("/")
        assert ".." not in part.path.split("/")


def _trailer(pack: bytes) -> None:
    _, rows = read_trailer(pack)
    end = 0
    for row in rows:
        assert row.offset == end
        end += row.stored
    assert end <= len(pack)


def _framed(parse: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """``parse``, given the content of a frame: what is behind the compression is met directly."""
    return lambda plain: parse(frames.compress(plain))


def _packed(plain: bytes) -> None:
    frame = frames.compress(plain)
    _trailer(b"abcde" + frame + struct.pack("<Q", len(frame)) + PACK_MAGIC)


def _content(frame: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(frame)


def _seed_index() -> bytes:
    found: list[bytes] = []
    forge(
        MemoryStore(),
        {"a/one": [Chunk(b"x" * 100), Chunk(b"y" * 50)], "b/": b"", "c": b"z"},
        tensors=[(0, Tensor("w", "F32", (2, 3), 0, 24)), (0, Tensor("b", "BOOL", (), 24, 1))],
        frame=lambda frame: found.append(frame) or frame,
    )
    return found[0]


def _seed_pack() -> bytes:
    builder = PackBuilder(NONCE, memoryview(bytearray(5)))
    builder.add(Encoded.of(bytes(32), 5, 0, [b"abcde"]))
    return b"".join(builder.finish())


TARGETS = (
    Target("columns", _columns, (_seed_index(),)),
    Target("columns-plain", _framed(_columns), (_content(_seed_index()),)),
    Target("index", _index, (_seed_index(),), (Corrupt, Unsupported)),
    Target("index-plain", _framed(_index), (_content(_seed_index()),), (Corrupt, Unsupported)),
    Target("trailer", _trailer, (_seed_pack(),)),
    Target("trailer-plain", _packed, (_content(_seed_pack()[5:-16]),)),
)
