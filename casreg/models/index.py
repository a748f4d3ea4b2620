"""The index of a version: which chunks its parts are made of, and where those lie (spec/index.md)."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from struct import Struct
from typing import Any, Final

from casreg.digest import CHUNK_ID_SIZE, Hasher
from casreg.errors import Corrupt
from casreg.lazy import lazy
from casreg.models import columns
from casreg.models.index_checks import check_index
from casreg.tensors import Tensor

MAGIC: Final = b"casregI0"
EXECUTABLE: Final = 1
INFLATED: Final = 2
"""Flags of a part; a reader knows no other."""
_LENGTH: Final = Struct("<Q")
_PATH_LENGTH: Final = Struct("<I")
_FLAG_AND_COUNT: Final = Struct("<BQ")
_COLUMNS: Final = {
    "chunk.id": "id",
    "chunk.plain": "u32",
    "chunk.stored": "u32",
    "chunk.pack": "u32",
    "chunk.offset": "u64",
    "chunk.codec": "u8",
    "chunk.check": "u64",
    "chunk.base": "u32",
    "chunk.step": "u32",
    "part.path": "text",
    "part.flags": "u8",
    "part.chunks": "u32",
    "part.file": "u64",
    "sequence": "u32",
    "tensor.part": "u32",
    "tensor.name": "text",
    "tensor.dtype": "text",
    "tensor.rank": "u8",
    "tensor.dim": "u64",
    "tensor.start": "u64",
    "tensor.size": "u64",
}

_CHUNK: Final = ("id", "plain", "stored", "pack", "offset", "codec", "check", "base", "step")
_OPTIONAL: Final = frozenset({"chunk.base", "chunk.step"})
"""Columns of an index that has deltas; in any other they are left out."""
_FILE: Final = "part.file"
"""Left out of an index without parts that are inflated."""
_u8, _u32, _u64 = (partial(columns.numbers, kind, ()) for kind in ("u8", "u32", "u64"))


@dataclass
class ChunkTable:
    """One row per distinct chunk, as parallel columns."""

    ids: bytearray | bytes = field(default_factory=bytearray)
    plain: array[int] = field(default_factory=_u32)
    """Bytes before encoding."""
    stored: array[int] = field(default_factory=_u32)
    """Bytes in the pack."""
    pack: array[int] = field(default_factory=_u32)
    """Position of the pack among the manifest's pack layers."""
    offset: array[int] = field(default_factory=_u64)
    """Where in the pack."""
    codec: array[int] = field(default_factory=_u8)
    check: array[int] = field(default_factory=_u64)
    """XXH3-64 of the stored bytes."""
    base: array[int] = field(default_factory=_u32)
    """Of a delta the row of its base, which comes before it, plus one; 0 for any other chunk."""
    step: array[int] = field(default_factory=_u32)
    """Of a delta how many versions of its chunk there were since the last that was none, else 0."""

    def __len__(self) -> int:
        return len(self.plain)

    def id(self, row: int) -> bytes:
        return bytes(self.ids[row * CHUNK_ID_SIZE : (row + 1) * CHUNK_ID_SIZE])

    @lazy
    def rows(self) -> dict[bytes, int]:
        """Row by chunk id; computed once, so only for a table that is complete."""
        ids = bytes(self.ids)
        size = CHUNK_ID_SIZE
        return {ids[i : i + size]: i // size for i in range(0, len(ids), size)}

    def chain(self, row: int) -> list[int]:
        """The rows that are needed to decode a chunk, the one without a base first, ``row`` last."""
        rows = [row]
        while base := self.base[rows[-1]]:
            rows.append(base - 1)
        return rows[::-1]


@dataclass(frozen=True)
class PartEntry:
    """A part, as the index has it."""

    path: str
    executable: bool
    size: int
    """Bytes of the file, as it was saved and as it is given back."""
    plain: int
    """Bytes of its chunks: another number for a part that is stored inflated, whose stream they are."""
    inflated: bool
    """Whether the chunks hold an archive inflated (spec/inflated.md); tensors lie in that stream."""
    number: int
    first: int
    """Where its chunks begin in the index's sequence."""
    count: int
    """How many chunks it has."""


@dataclass
class Index:
    """All tables of a version."""

    nonce: str
    chunks: ChunkTable
    paths: list[str]
    flags: array[int]
    counts: array[int]
    sequence: array[int]
    """Rows of the chunk table: the parts' chunks, part after part."""
    tensors: list[tuple[int, Tensor]]
    """(number of the part, tensor), in the order of the parts."""
    files: array[int] = field(default_factory=_u64)
    """Of parts that are inflated how many bytes the file has, of others 0; none if no part is inflated."""

    @lazy
    def starts(self) -> array[int]:
        """Plain bytes before each chunk of the sequence, counted from the first part on; and after all."""
        return array("Q", accumulate(map(self.chunks.plain.__getitem__, self.sequence), initial=0))

    @lazy
    def parts(self) -> list[PartEntry]:
        firsts = list(accumulate(self.counts, initial=0))
        sizes = self.starts
        entries = []
        for i, path in enumerate(self.paths):
            plain, inflated = sizes[firsts[i + 1]] - sizes[firsts[i]], bool(self.flags[i] & INFLATED)
            entry = PartEntry(
                path=path,
                executable=bool(self.flags[i] & EXECUTABLE),
                size=self.files[i] if inflated else plain,
                plain=plain,
                inflated=inflated,
                number=i,
                first=firsts[i],
                count=self.counts[i],
            )
            entries.append(entry)
        return entries

    @lazy
    def size(self) -> int:
        """Bytes of all files."""
        return sum(part.size for part in self.parts)

    @lazy
    def by_path(self) -> dict[str, PartEntry]:
        return {part.path: part for part in self.parts}

    def content(self) -> str:
        """BLAKE3 over the sorted (path, flags, [(chunk id, length) ...]); see spec/index.md."""
        ids, size = bytes(self.chunks.ids), CHUNK_ID_SIZE
        chunk = [
            ids[row * size : (row + 1) * size] + _LENGTH.pack(plain)
            for row, plain in enumerate(self.chunks.plain)
        ]
        firsts = list(accumulate(self.counts, initial=0))
        hasher = Hasher()
        for path, number in sorted((path.encode(), number) for number, path in enumerate(self.paths)):
            count = self.counts[number]
            hasher.update(
                _PATH_LENGTH.pack(len(path))
                + path
                + _FLAG_AND_COUNT.pack(self.flags[number], count)
                + b"".join([chunk[row] for row in self.sequence[firsts[number] : firsts[number] + count]])
            )
        return "blake3:" + str(hasher.hexdigest())

    def encode(self) -> bytes:
        """The index layer: one zstd frame."""
        c, tensors = self.chunks, [t for _, t in self.tensors]
        values: list[columns.Column] = [
            bytes(c.ids),
            c.plain,
            c.stored,
            c.pack,
            c.offset,
            c.codec,
            c.check,
            c.base,
            c.step,
            self.paths,
            self.flags,
            self.counts,
            self.files,
            self.sequence,
            columns.numbers("u32", [part for part, _ in self.tensors]),
            [t.name for t in tensors],
            [t.dtype for t in tensors],
            columns.numbers("u8", [len(t.shape) for t in tensors]),
            columns.numbers("u64", [n for t in tensors for n in t.shape]),
            columns.numbers("u64", [t.start for t in tensors]),
            columns.numbers("u64", [t.size for t in tensors]),
        ]
        table = {
            name: (kind, column)
            for (name, kind), column in zip(_COLUMNS.items(), values, strict=True)
            if (name not in _OPTIONAL or any(c.base)) and (name != _FILE or any(self.files))
        }
        return columns.encode(MAGIC, self.nonce, table)

    @classmethod
    def decode(cls, blob: bytes | memoryview, pack_sizes: list[int]) -> Index:
        """Parse and check an index against the sizes of the manifest's packs.

        Raises Corrupt for tables that contradict themselves or reach outside of a pack: after this
        nothing in the index needs to be looked at twice.
        """
        nonce, table = columns.decode(MAGIC, blob)
        for name in _OPTIONAL:
            table.setdefault(name, columns.numbers("u32", [0]) * len(table.get("chunk.plain", ())))
        table.setdefault(_FILE, columns.numbers("u64", [0]) * len(table.get("part.path", ())))
        columns.require(table, _COLUMNS)
        got: dict[str, Any] = table
        chunks = ChunkTable(*[got["chunk." + name] for name in _CHUNK])
        index = cls(
            nonce=nonce,
            chunks=chunks,
            paths=got["part.path"],
            flags=got["part.flags"],
            counts=got["part.chunks"],
            sequence=got["sequence"],
            tensors=_tensors(got),
            files=got[_FILE],
        )
        check_index(index, pack_sizes)
        return index


def _tensors(got: dict[str, Any]) -> list[tuple[int, Tensor]]:
    names = ("part", "name", "dtype", "rank", "start", "size")
    rows = [got["tensor." + name] for name in names]
    if len({len(row) for row in rows}) != 1 or sum(got["tensor.rank"]) != len(got["tensor.dim"]):
        raise Corrupt("the index's columns of tensors have different lengths")
    dims = got["tensor.dim"]
    tensors, at = [], 0
    for part, name, dtype, rank, start, size in zip(*rows, strict=True):
        tensors.append((part, Tensor(name, dtype, tuple(dims[at : at + rank]), start, size)))
        at += rank
    return tensors
