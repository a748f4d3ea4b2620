"""From ranges of parts to ranges of packs: a pure planner.

A read is planned in units, each a stretch of one pack of at most ``max_unit`` bytes, holding the
chunks that lie in it and where their bytes go.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from casreg.models.index import Index, PartEntry

MAX_GAP: Final = 64 << 10
"""Two chunks of a pack this close are fetched in one go, the gap thrown away."""


class Piece(NamedTuple):
    """One chunk's share of a read: its plain bytes ``start:stop`` go to ``at`` of the destination."""

    row: int
    """Of the index's chunk table."""
    start: int
    stop: int
    at: int


@dataclass(slots=True)
class Unit:
    """Pieces whose chunks lie in ``start:stop`` of one pack."""

    pack: int
    start: int
    stop: int
    pieces: list[Piece] = field(default_factory=list)


def cut(index: Index, part: PartEntry, start: int, stop: int, at: int = 0) -> Iterator[Piece]:
    """The pieces that make up ``start:stop`` of a part, laid from ``at`` on."""
    if start >= stop:
        return
    if part.count == 1:
        yield Piece(index.sequence[part.first], start, stop, at)
        return
    starts, sequence = index.starts, index.sequence
    origin = starts[part.first]
    i = bisect_right(starts, origin + start, part.first, part.first + part.count) - 1
    begin = starts[i] - origin
    while begin < stop:
        end = starts[i + 1] - origin
        lo, hi = max(start, begin), min(stop, end)
        if lo < hi:
            yield Piece(sequence[i], lo - begin, hi - begin, at + lo - start)
        begin = end
        i += 1


def windows(index: Index, part: PartEntry, size: int) -> Iterator[tuple[int, int]]:
    """Stretches of a part of ``size`` bytes or little more, each of whole chunks, end to end the part."""
    start = stop = 0
    for row in index.sequence[part.first : part.first + part.count]:
        stop += index.chunks.plain[row]
        if stop - start >= size or stop == part.plain:
            yield start, stop
            start = stop


def plan(index: Index, pieces: Iterable[Piece], max_unit: int) -> list[Unit]:
    """Units in the order of their packs and offsets; chunks asked for twice are fetched once.

    A unit is longer than ``max_unit`` only if a single chunk is.
    """
    chunks = index.chunks
    pack, offset, stored = chunks.pack, chunks.offset, chunks.stored
    units: list[Unit] = []
    unit: Unit | None = None
    for piece in sorted(pieces, key=lambda p: (pack[p.row], offset[p.row], p.at)):
        row = piece.row
        begin = offset[row]
        end = begin + stored[row]
        if (
            unit is None
            or unit.pack != pack[row]
            or begin > unit.stop + MAX_GAP
            or (end > unit.stop and end - unit.start > max_unit)
        ):
            unit = Unit(pack[row], begin, end)
            units.append(unit)
        unit.stop = max(unit.stop, end)
        unit.pieces.append(piece)
    return units


def apart(index: Index, pieces: Iterable[Piece], max_unit: int) -> tuple[list[Piece], list[list[Piece]]]:
    """Pieces of chunks that are decoded alone; and of deltas, in windows that need about ``max_unit``
    stored bytes each, with all that they are built upon."""
    chunks = index.chunks
    alone: list[Piece] = []
    deltas: list[Piece] = []
    for piece in pieces:
        (deltas if chunks.base[piece.row] else alone).append(piece)
    windows: list[list[Piece]] = []
    size, last_row = max_unit, -1
    for piece in sorted(deltas, key=lambda p: (chunks.pack[p.row], chunks.offset[p.row], p.at)):
        if piece.row != last_row:
            needed = sum(chunks.stored[row] for row in chunks.chain(piece.row))
            if size + needed > max_unit:
                windows.append([])
                size = 0
            size, last_row = size + needed, piece.row
        windows[-1].append(piece)
    return alone, windows
