"""Whether the bytes of one pack are what digests say.

They are read once, from the beginning to the end: their SHA-256 is that of all of them, and every chunk
that an index names in them is decoded and held against its id; deltas against their checksum.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from struct import Struct
from typing import Final, NamedTuple

from casreg import codecs
from casreg.codecs import Codec
from casreg.config import MIB
from casreg.digest import checksum, chunk_id
from casreg.errors import CasregError
from casreg.models.index import ChunkTable
from casreg.parallel import Pool

_STRETCH: Final = 8 * MIB
_ROW: Final = Struct(">QIIBQ32s")
"""Offset, stored bytes, plain bytes, codec, checksum, id."""


def row_of(chunks: ChunkTable, row: int) -> bytes:
    """What an index says of a chunk, as bytes that sort by its offset."""
    c = chunks
    return _ROW.pack(c.offset[row], c.stored[row], c.plain[row], c.codec[row], c.check[row], c.id(row))


def check_chunks(
    read: Callable[[int, int], bytes | str], size: int, rows: Iterable[bytes], pool: Pool
) -> tuple[str, dict[bytes, str]]:
    """(digest of a pack, what is wrong with which of its chunks).

    ``read`` gives the bytes ``start:stop``, or says why there are none: a bad sector does not hide
    what is around it. Chunks of a pack overlap in none that casreg writes; here they may.
    """
    hasher = hashlib.sha256()
    wrong: dict[bytes, str] = {}

    def loaded() -> Iterator[tuple[_Stretch, bytes]]:
        for stretch in _stretches(sorted(rows), size):
            data = read(stretch.start, stretch.stop)
            if isinstance(data, str):
                wrong.update(dict.fromkeys(stretch.rows, data))
                continue
            hasher.update(data)
            yield stretch, data

    for found in pool.map(_damage, loaded()):
        wrong.update(found)
    return "sha256:" + hasher.hexdigest(), wrong


class _Stretch(NamedTuple):
    """A piece of a pack, and the chunks that lie in it."""

    start: int
    stop: int
    rows: list[bytes]


def _stretches(rows: list[bytes], size: int) -> Iterator[_Stretch]:
    """All of a pack in order, in pieces of some MiB that do not cut a chunk in two.

    A chunk that is said to reach behind the pack's end is in a piece that ends too early for it.
    """
    at = stop = 0
    inside: list[bytes] = []
    for row in rows:
        offset, stored = _ROW.unpack(row)[:2]
        if offset >= stop and offset - at >= _STRETCH:
            yield _Stretch(at, min(stop, size), inside)
            yield from _without_chunks(stop, min(offset, size))
            at, inside = min(offset, size), []
        stop = max(stop, offset + stored)
        inside.append(row)
    yield _Stretch(at, min(stop, size), inside)
    yield from _without_chunks(stop, size)


def _without_chunks(start: int, stop: int) -> Iterator[_Stretch]:
    for at in range(start, stop, _STRETCH):
        yield _Stretch(at, min(at + _STRETCH, stop), [])


def _damage(loaded: tuple[_Stretch, bytes]) -> list[tuple[bytes, str]]:
    stretch, data = loaded
    view = memoryview(data)
    found = []
    for row in stretch.rows:
        offset, stored, plain, codec, check, expected = _ROW.unpack(row)
        at = offset - stretch.start
        told = _wrong(view[at : at + stored], stored, plain, codec, check, expected)
        if told:
            found.append((row, told))
    return found


def _wrong(data: memoryview, stored: int, plain: int, codec: int, check: int, expected: bytes) -> str | None:
    if len(data) < stored:
        return "the pack ends within or before a chunk"
    if codec == Codec.DELTA:  # what it is built upon lies elsewhere
        return "a chunk is not what its checksum says" if checksum(data) != check else None
    decoded = data
    if codec != Codec.RAW:
        decoded = memoryview(bytearray(plain))
        try:
            codecs.decode(codec, data, decoded)
        except CasregError as error:
            return error.message
    if chunk_id(decoded) != expected:
        return "a chunk is not what its id says"
    return "a chunk is not what its checksum says" if checksum(data) != check else None
