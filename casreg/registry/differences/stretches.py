"""Stretches of tensors that have to be read: which they are, and reading them, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from casreg.lazytensor import Range
from casreg.models.index import Index
from casreg.parallel import Pool
from casreg.registry.differences.pairs import Placed
from casreg.registry.differences.tally import Tally, counted
from casreg.slices import Piece
from casreg.snapshot import Snapshot
from casreg.tensors import ELEMENT_SIZES

_BATCH: Final = 4 << 20
"""Bytes of one version that are read and compared in one go, by one thread."""
_MEMORY: Final = 8 * _BATCH
"""What that takes at most, with what chunks are decoded in and elements are made of."""

Span = tuple[int, int]
"""Bytes ``start:stop`` of a tensor, whole elements."""


class Stretch(NamedTuple):
    """A span of a pair of tensors."""

    number: int
    """Of the pair."""
    start: int
    stop: int


Pairs = Sequence[tuple[Placed, Placed]]


def differing(a: tuple[Index, list[Piece]], b: tuple[Index, list[Piece]], word: str) -> list[Span]:
    """Where two tensors of one dtype and size, each given by the pieces that it is made of, are not made of
    the same bytes of the same chunks."""
    spans: list[Span] = []
    (index_a, ours), (index_b, theirs) = a, b
    i = j = 0
    while i < len(ours) and j < len(theirs):
        one, other = ours[i], theirs[j]
        start = max(one.at, other.at)
        ends = one.at + one.stop - one.start, other.at + other.stop - other.start
        shifted = one.start - one.at != other.start - other.at
        if shifted or index_a.chunks.id(one.row) != index_b.chunks.id(other.row):
            _append(spans, start, min(ends), ELEMENT_SIZES.get(word, 1))
        i += ends[0] <= ends[1]
        j += ends[1] <= ends[0]
    return spans


def rest(spans: list[Span], size: int) -> Iterator[Span]:
    """What lies between spans, and before and after them, of ``size`` bytes."""
    at = 0
    for start, stop in [*spans, (size, size)]:
        if at < start:
            yield at, start
        at = stop


def tallies(
    a: Snapshot, b: Snapshot | None, pairs: Pairs, stretches: list[Stretch]
) -> Iterator[tuple[int, Tally, int]]:
    """(number of the pair, tally, bytes) of each stretch, long ones in several, in order; without ``b`` of
    ``a``'s norm alone. A chunk is read once for all that lie in it, up to 4 MiB of them."""

    def read(batch: list[Stretch]) -> list[tuple[int, Tally, int]]:
        first = _read(a, [(pairs[s.number][0], s) for s in batch])
        second = None if b is None else _read(b, [(pairs[s.number][1], s) for s in batch])
        found, at = [], 0
        for number, start, stop in batch:
            end = at + stop - start
            mine, other = first[at:end], None if second is None else second[at:end]
            found.append((number, counted(pairs[number][0].entry.dtype, mine, other), stop - start))
            at = end
        return found

    if sum(stretch.stop - stretch.start for stretch in stretches) <= _BATCH:
        yield from read(stretches)
        return
    with Pool(max(1, min(a.limits.workers, a.limits.memory // _MEMORY)), "casreg-diff") as pool:
        for found in pool.map(read, _batches(stretches)):
            yield from found


def _append(spans: list[Span], start: int, stop: int, element: int) -> None:
    start, stop = start // element * element, -(-stop // element) * element
    if spans and start <= spans[-1][1]:
        start, _ = spans.pop()
    spans.append((start, stop))


def _batches(stretches: Iterable[Stretch]) -> Iterator[list[Stretch]]:
    """In order, each of 4 MiB at most."""
    batch: list[Stretch] = []
    free = _BATCH
    for number, first, last in stretches:
        for start in range(first, last, _BATCH):
            stop = min(last, start + _BATCH)
            if stop - start > free:
                yield batch
                batch, free = [], _BATCH
            batch.append(Stretch(number, start, stop))
            free -= stop - start
    if batch:
        yield batch


def _read(version: Snapshot, wanted: list[tuple[Placed, Stretch]]) -> memoryview:
    """The bytes of stretches end to end, on the calling thread."""
    memory = memoryview(bytearray(sum(stretch.stop - stretch.start for _, stretch in wanted)))
    ranges: list[Range] = []
    at = 0
    for tensor, (_, start, stop) in wanted:
        end = at + stop - start
        ranges.append(Range(tensor.part, tensor.entry.start + start, memory[at:end]))
        at = end
    version.read_ranges(ranges)  # of no more than a batch: without threads of the version's own
    return memory
