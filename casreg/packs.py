"""Packs: encoded chunks laid end to end, then a trailer (spec/pack.md).

    chunks | table of the chunks, one zstd frame | u64 length of the frame | magic (8 bytes)

The trailer carries the save's nonce, so that a pack's digest never recurs, and the table from which
an index can be rebuilt. Readers do not need it: the index says where chunks are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from casreg.digest import CHUNK_ID_SIZE, checksum
from casreg.errors import Corrupt
from casreg.models import columns

MAGIC: Final = b"casregP0"
_TABLE_MAGIC: Final = b"casregT0"
_FOOTER: Final = 16
_DELTA_COLUMNS: Final = {"chunk.base": "id", "chunk.step": "u32"}
"""Of a pack that holds deltas."""
_COLUMNS: Final = {
    "chunk.id": "id",
    "chunk.plain": "u32",
    "chunk.stored": "u32",
    "chunk.codec": "u8",
    "chunk.check": "u64",
}


@dataclass(frozen=True, slots=True)
class Upon:
    """What a delta is built upon."""

    id: bytes
    """Of the base."""
    step: int
    """How many versions of the chunk there were since the last that is no delta."""


_NOTHING: Final = Upon(bytes(CHUNK_ID_SIZE), 0)
"""What a trailer says of chunks that are no deltas."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A chunk, ready to be stored."""

    id: bytes
    plain: int
    """Bytes before encoding."""
    codec: int
    check: int
    """XXH3-64 of the stored bytes."""
    stored: int
    """How many they are."""
    data: Sequence[bytes | memoryview]
    """The stored bytes, end to end."""
    upon: Upon | None = None
    passing: bool = False
    """Whether later versions will hardly have or build upon it."""

    @classmethod
    def of(
        cls,
        id: bytes,
        plain: int,
        codec: int,
        data: Sequence[bytes | memoryview],
        upon: Upon | None = None,
        *,
        passing: bool = False,
    ) -> Self:
        """With what follows from ``data``."""
        return cls(id, plain, codec, checksum(*data), sum(map(len, data)), data, upon, passing)


@dataclass(frozen=True, slots=True)
class TrailerRow:
    """One chunk, as a pack's trailer lists it."""

    id: bytes
    plain: int
    stored: int
    offset: int
    codec: int
    check: int
    upon: Upon | None


class PackBuilder:
    """A pack being filled, in memory that is given for it."""

    def __init__(self, nonce: str, memory: memoryview) -> None:
        self._nonce, self._memory = nonce, memory
        self._chunks: list[TrailerRow] = []
        self.size = 0
        """Bytes of chunks so far; the next chunk's offset."""

    @property
    def room(self) -> int:
        """Bytes of chunks that still go in."""
        return len(self._memory) - self.size

    def add(self, chunk: Encoded) -> int:
        """Copy a chunk in, for which there is room; its offset in the pack."""
        offset = at = self.size
        for piece in chunk.data:
            self._memory[at : at + len(piece)] = piece
            at += len(piece)
        self._chunks.append(
            TrailerRow(chunk.id, chunk.plain, at - offset, offset, chunk.codec, chunk.check, chunk.upon)
        )
        self.size = at
        return offset

    def finish(self) -> list[bytes | memoryview]:
        """The whole pack, as buffers to be written end to end, the last of them its trailer."""
        return [self._memory[: self.size], self._trailer()]

    def _trailer(self) -> bytes:
        chunks = self._chunks
        table: dict[str, tuple[str, columns.Column]] = {
            "chunk.id": ("id", b"".join([c.id for c in chunks])),
            "chunk.plain": ("u32", columns.numbers("u32", [c.plain for c in chunks])),
            "chunk.stored": ("u32", columns.numbers("u32", [c.stored for c in chunks])),
            "chunk.codec": ("u8", columns.numbers("u8", [c.codec for c in chunks])),
            "chunk.check": ("u64", columns.numbers("u64", [c.check for c in chunks])),
        }
        if any(c.upon for c in chunks):
            bases = [c.upon or _NOTHING for c in chunks]
            table["chunk.base"] = "id", b"".join([base.id for base in bases])
            table["chunk.step"] = "u32", columns.numbers("u32", [base.step for base in bases])
        frame = columns.encode(_TABLE_MAGIC, self._nonce, table)
        return b"".join([frame, len(frame).to_bytes(8, "little"), MAGIC])


def read_trailer(pack: bytes | memoryview, size: int | None = None) -> tuple[str, list[TrailerRow]]:
    """(nonce, chunks in order) from the end of a pack's bytes; of a pack of ``size`` bytes, where
    ``pack`` is no more than its end.

    Raises Corrupt if there is no trailer (a plain file is a valid pack without one) or it is damaged.
    """
    view = memoryview(pack)
    before = 0 if size is None else size - len(view)
    length = int.from_bytes(view[-_FOOTER:-8], "little")
    if len(view) < _FOOTER or bytes(view[-8:]) != MAGIC or length > len(view) - _FOOTER:
        raise Corrupt("the pack has no trailer")
    chunks_end = len(view) - _FOOTER - length
    nonce, table = columns.decode(_TABLE_MAGIC, view[chunks_end:-_FOOTER])
    columns.require(table, _COLUMNS)
    got: list[Any] = [table[name] for name in _COLUMNS]
    ids, *numbers = got
    if {len(n) for n in numbers} != {len(ids) // CHUNK_ID_SIZE} or sum(numbers[1]) != before + chunks_end:
        raise Corrupt("the trailer of the pack does not match its chunks")
    bases = _bases(table, len(ids))
    rows, offset = [], 0
    for i, (plain, stored, codec, check) in enumerate(zip(*numbers, strict=True)):
        chunk = ids[i * CHUNK_ID_SIZE : (i + 1) * CHUNK_ID_SIZE]
        rows.append(TrailerRow(chunk, plain, stored, offset, codec, check, bases[i]))
        offset += stored
    return nonce, rows


def _bases(table: dict[str, columns.Column], size: int) -> list[Upon | None]:
    """What each chunk is built upon; ``size``: bytes of all ids."""
    count = size // CHUNK_ID_SIZE
    if "chunk.base" not in table:
        return [None] * count
    columns.require(table, _DELTA_COLUMNS)
    bases: Any = [table[name] for name in _DELTA_COLUMNS]
    ids, steps = bases
    if len(ids) != size or len(steps) != count:
        raise Corrupt("the trailer of the pack does not tell the bases of its chunks")
    found = (ids[at : at + CHUNK_ID_SIZE] for at in range(0, size, CHUNK_ID_SIZE))
    return [Upon(base, step) if any(base) else None for base, step in zip(found, steps, strict=True)]
