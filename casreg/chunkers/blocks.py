"""Chunking where the structure is known: at tensor borders, then in fixed blocks (spec/chunking.md).

A piece (a header, a tensor) of at least ``small`` bytes begins a chunk, is cut every ``block_size``
bytes, and ends a chunk. Smaller neighbours share a chunk, which ends with the piece that brings it to
``group_size``, and before a piece whose elements have another width: so a change of one tensor touches
its own chunks only, and a chunk holds elements of one width.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from casreg.models.store import BlockChunking

Chunk: TypeAlias = memoryview | bytes


def block_lengths(pieces: Iterable[tuple[int, int]], parameters: BlockChunking) -> Iterator[tuple[int, int]]:
    """(bytes, width) of each chunk, from (bytes, width) of each piece.

    ``width``: bytes of an element, 0 where there are none (headers, padding): such pieces join any group.
    """
    grouped = group_width = 0
    for size, width in pieces:
        apart = size >= parameters.small or bool(width and group_width and width != group_width)
        if grouped and apart:
            yield grouped, group_width
            grouped = group_width = 0
        if size >= parameters.small:
            for start in range(0, size, parameters.block_size):
                yield min(parameters.block_size, size - start), width
        elif size:
            grouped += size
            group_width = group_width or width
            if grouped >= parameters.group_size:
                yield grouped, group_width
                grouped = group_width = 0
    if grouped:
        yield grouped, group_width


def gather(buffers: Iterable[memoryview], lengths: Iterable[int]) -> Iterator[Chunk]:
    """Chunks of the given lengths from ``buffers`` laid end to end: views where a chunk lies in one
    buffer, else joined."""
    waiting = iter(buffers)
    view = memoryview(b"")
    for length in lengths:
        found: list[memoryview] = []
        missing = length
        while missing:
            while not view:
                view = next(waiting)
            taken = view[:missing]
            found.append(taken)
            view, missing = view[len(taken) :], missing - len(taken)
        yield _joined(found)


def _joined(views: Sequence[memoryview]) -> Chunk:
    return views[0] if len(views) == 1 else b"".join(views)
