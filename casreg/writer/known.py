"""Chunks that need not be stored again: those of versions read for this save."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from casreg.models.index import ChunkTable, Index
from casreg.models.index_checks import MAX_DEPTH
from casreg.models.manifest import Descriptor
from casreg.packs import Upon


class Location(NamedTuple):
    """A stored chunk of some version."""

    base: int
    """Number of the version, in the order in which they were read."""
    row: int
    """Of that version's chunk table."""


def upon(chunks: ChunkTable, row: int) -> Upon | None:
    """What the chunk in a row of a table is built upon, by that table."""
    base = chunks.base[row]
    return Upon(chunks.id(base - 1), chunks.step[row]) if base else None


@dataclass(frozen=True)
class Base:
    """A version to reuse from: its index, its packs, and which of these must not be reused."""

    index: Index
    packs: list[Descriptor]
    unusable: frozenset[str] = frozenset()
    """Digests of packs that are inline, whose chunks belong to their ref alone, or condemned."""
    digest: str | None = None
    """Of its manifest."""
    plain: Callable[[int, memoryview], None] | None = None
    """Fills memory with the plain bytes of the chunk in a row, held against its id; raises Corrupt."""
    name: str | None = None
    """``name@version``."""
    elsewhere: dict[int, Upon] = field(default_factory=dict)
    """What deltas are built upon that is not in the same table, by row."""

    def upon(self, row: int) -> Upon | None:
        """What the chunk in a row is built upon."""
        return upon(self.index.chunks, row) or self.elsewhere.get(row)


class Guess:
    """How the same part was cut before: where the chunks of the base's part begin, and their ids."""

    def __init__(self, index: Index, path: str) -> None:
        part = index.by_path.get(path)
        rows = index.sequence[part.first : part.first + part.count] if part else ()
        self.lengths = [index.chunks.plain[row] for row in rows]
        self.ids = [index.chunks.id(row) for row in rows]
        self._by_offset = {offset: i for i, offset in enumerate(accumulate(self.lengths, initial=0))}
        self._by_id = {chunk: i for i, chunk in enumerate(self.ids)}

    def at(self, offset: int) -> int | None:
        """The chunk that began at ``offset``."""
        i = self._by_offset.get(offset)
        return i if i is not None and i < len(self.ids) else None

    def after(self, chunk: bytes) -> int | None:
        """The chunk that followed ``chunk``."""
        i = self._by_id.get(chunk)
        return i + 1 if i is not None and i + 1 < len(self.ids) else None


class Known:
    """Bases, read only when they are first needed: the second when the first lacks a chunk.

    ``resumed``, what an interrupted save has stored, comes before them: it is no version.
    Thread-safe: lookups are single reads of dicts, reading another base happens under a lock.
    """

    def __init__(self, bases: Iterable[Base] = (), resumed: Base | None = None) -> None:
        self._unread: Iterator[Base] = iter(bases)
        self.bases: list[Base] = [resumed] if resumed else []
        self._tables = [_reusable(base) for base in self.bases]
        self._first = len(self.bases)
        self._reading = threading.Lock()
        self._exhausted = False
        self.own = frozenset(pack.digest for pack in resumed.packs) if resumed else frozenset()
        """Digests of the packs that belong to this very save."""

    @property
    def continued(self) -> Base | None:
        """The version being continued, if any was read."""
        return self.bases[self._first] if len(self.bases) > self._first else None

    def find(self, chunk: bytes) -> Location | None:
        """Where the chunk is stored, in the first base that has it."""
        return self._find(chunk, 0)

    def below(self, where: Location) -> Location | None:
        """Where what the chunk is built upon is stored: in the same version, or a version at all for what an
        interrupted save has stored. So nothing is found to be built upon itself."""
        base = self.bases[where.base]
        if row := base.index.chunks.base[where.row]:
            return Location(where.base, row - 1)
        upon = base.elsewhere.get(where.row)
        return self._find(upon.id, self._first) if upon else None

    def _find(self, chunk: bytes, number: int) -> Location | None:
        """As :meth:`find`, from the base ``number`` on."""
        while True:
            while number < len(self._tables):
                row = self._tables[number].get(chunk)
                if row is not None and self._stands(number, row):
                    return Location(number, row)
                number += 1
            if not self._read_another(number):
                return None

    def _stands(self, number: int, row: int) -> bool:
        """Whether what the chunk is built upon is known as well, and no chain too long, where that is another
        version's."""
        if row not in self.bases[number].elsewhere:
            return True
        below = self.below(Location(number, row))
        return below is not None and len(self.bases[below.base].index.chunks.chain(below.row)) <= MAX_DEPTH

    def first(self) -> tuple[int, Base] | None:
        """The version being continued, and its number among the bases."""
        return (self._first, self.bases[self._first]) if self._read_another(self._first) else None

    def usable(self, where: Location) -> bool:
        """Whether a chunk may be built upon or reused."""
        chunks = self.bases[where.base].index.chunks
        return self._tables[where.base].get(chunks.id(where.row)) == where.row

    def guess(self, path: str) -> Guess | None:
        """How the part was cut in the version being continued, if there is one and it has the part."""
        if not self._read_another(self._first):
            return None
        guess = Guess(self.bases[self._first].index, path)
        return guess if guess.ids else None

    def inflated(self, path: str, size: int) -> Iterator[memoryview] | None:
        """What the chunks of a part hold, front to back, in the version being continued; None unless it is
        stored inflated there, of a file of ``size`` bytes. Raises Corrupt."""
        first = self.first()
        part = first[1].index.by_path.get(path) if first else None
        if first is None or part is None or not part.inflated or part.size != size:
            return None
        rows = first[1].index.sequence[part.first : part.first + part.count]
        return _contents(first[1], rows) if first[1].plain else None

    def _read_another(self, have: int) -> bool:
        """True if there are more than ``have`` bases now."""
        if self._exhausted or len(self._tables) > have:
            return len(self._tables) > have
        with self._reading:
            if len(self._tables) <= have and not self._exhausted:
                base = next(self._unread, None)
                if base is None:
                    self._exhausted = True
                else:
                    self.bases.append(base)
                    self._tables.append(_reusable(base))
            return len(self._tables) > have


def _reusable(base: Base) -> dict[bytes, int]:
    """Row by id of the chunks that may be reused: with them all that they are built upon."""
    chunks = base.index.chunks
    if not base.unusable:
        return chunks.rows
    packs = [p.digest not in base.unusable for p in base.packs]
    usable: list[bool] = []
    for pack, below in zip(chunks.pack, chunks.base, strict=True):
        usable.append(packs[pack] and (not below or usable[below - 1]))
    return {chunk: row for chunk, row in chunks.rows.items() if usable[row]}


def _contents(base: Base, rows: Iterable[int]) -> Iterator[memoryview]:
    assert base.plain is not None
    for row in rows:
        memory = memoryview(bytearray(base.index.chunks.plain[row]))
        base.plain(row, memory)
        yield memory
