"""Chunking where the structure is known: at tensor borders, then in fixed blocks (spec/chunking.md).

A piece (a header, a tensor) of at least ``small`` bytes begins a chunk, is cut every ``block_size``
bytes, and ends a chunk. Smaller neighbours share a chunk, which ends with the piece that brings it to
``group_size``: so a change of one tensor touches its own chunks only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from casreg.models.store import BlockChunking

Chunk: TypeAlias = memoryview | bytes


def cut_blocks(pieces: Iterable[memoryview], parameters: BlockChunking) -> Iterator[Chunk]:
    """The chunks of ``pieces`` laid end to end: views where a chunk lies in one piece, else joined."""
    group: list[memoryview] = []
    grouped = 0
    for piece in pieces:
        size = len(piece)
        if size >= parameters.small:
            if group:
                yield _joined(group)
                group, grouped = [], 0
            for start in range(0, size, parameters.block_size):
                yield piece[start : start + parameters.block_size]
        elif size:
            group.append(piece)
            grouped += size
            if grouped >= parameters.group_size:
                yield _joined(group)
                group, grouped = [], 0
    if group:
        yield _joined(group)


def _joined(group: Sequence[memoryview]) -> Chunk:
    return group[0] if len(group) == 1 else b"".join(group)
