"""Whose bytes the chunks of a pack are."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import NamedTuple

from casreg.models.index import ChunkTable, Index


class Owner(NamedTuple):
    row: int
    """Of the index's table of chunks."""
    part: str
    tensor: str | None
    """None if the bytes are no tensor's."""


def owners(index: Index, rows: Container[int]) -> Iterator[Owner]:
    """What the chunks ``rows`` of a version hold, and those that are built upon them, in the order of its
    parts; none comes twice."""
    source = _sources(index.chunks, rows)
    for part in index.parts:
        origin = index.starts[part.first]
        met: dict[Owner, None] = {}
        tensors = None
        for i in range(part.first, part.first + part.count):
            row = source.get(index.sequence[i])
            if row is None:
                continue
            if tensors is None:
                tensors = [
                    tensor for number, tensor in index.tensors if number == part.number and tensor.size
                ]
            start, stop = index.starts[i] - origin, index.starts[i + 1] - origin
            named: list[str | None] = [t.name for t in tensors if t.start < stop and t.start + t.size > start]
            met.update(dict.fromkeys(Owner(row, part.path, name) for name in named or [None]))
        yield from met


def _sources(chunks: ChunkTable, rows: Container[int]) -> dict[int, int]:
    """Which of ``rows`` a row is, or is built upon; the deepest, if there are several."""
    found: dict[int, int] = {}
    for row, base in enumerate(chunks.base):
        if row in rows:
            found[row] = row
        elif base and base - 1 in found:
            found[row] = found[base - 1]
    return found
