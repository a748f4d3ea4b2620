"""What the next version of a chunk may be built upon, and how many bytes a load of it may read.

The chunk at the same place of the version being continued has come from a keyframe in ``step`` steps; the
next one is step n. It builds upon n - 4**k, where k is how many zeros n ends in, written to the base of
four: mostly n-1, which is nearest, and always among what n-1 is built upon. So a chain grows with the
logarithm of n.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from casreg.models.index import ChunkTable, Index

_ALONE: Final = 2.0
"""A load of one chunk may read this times what a load of all of them may, per byte."""
_TRIES: Final = 12


class Foundation(NamedTuple):
    """A chunk that a delta could build upon."""

    row: int
    depth: int
    """How many deltas it is made of itself."""
    stored: int
    """Bytes that have to be read to decode it."""


def foundations(chunks: ChunkTable, row: int) -> list[Foundation]:
    """What the step after the chunk in ``row`` may build upon, the best first."""
    highest = _below(chunks.step[row] + 1)
    found, stored = [], 0
    for depth, member in enumerate(chunks.chain(row)):
        stored += chunks.stored[member]
        if chunks.step[member] <= highest:
            found.append(Foundation(member, depth, stored))
    return found[::-1]


def _below(step: int) -> int:
    distance = 1
    while step % (4 * distance) == 0:
        distance *= 4
    return step - distance


def allowances(index: Index, amplification: float) -> Mapping[int, float]:
    """How many bytes a load of what continues each chunk of a version may read, by row.

    All together ``amplification`` times their plain bytes: what some, stored alone, do not read, others may,
    up to twice as much for a byte of theirs. Rows that are not there may read ``amplification`` times theirs.
    """
    chunks = index.chunks
    if not any(chunks.base):
        return {}
    rows = set(index.sequence)
    plain = sum(chunks.plain[row] for row in rows)
    # As many bytes as the one before took, at a guess, upon each of what it may build upon.
    options = {row: [f.stored + chunks.stored[row] for f in foundations(chunks, row)] for row in rows}
    for number in range(_TRIES + 1):
        limit = amplification * _ALONE ** (1 - number / _TRIES)
        reads = {row: _first(options[row], limit * chunks.plain[row], chunks.plain[row]) for row in rows}
        spare = amplification * plain - sum(reads.values())
        if spare >= 0:
            break
    return {
        row: min(read + spare * chunks.plain[row] / plain, amplification * _ALONE * chunks.plain[row])
        for row, read in reads.items()
    }


def _first(options: list[int], limit: float, alone: int) -> int:
    return next((read for read in options if read <= limit), alone)
