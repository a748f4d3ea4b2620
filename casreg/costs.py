"""What a version costs to keep and to read: counted from its index alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from casreg.codecs.codes import Codec
from casreg.errors import Corrupt
from casreg.models.index import Index

_OVERLAPS: Final = 8, 1 << 20
"""Tensors may share chunks; a model whose tensors overlap this many times over, and more, there is not."""
_Numbers = NDArray[np.int64]


class Below(NamedTuple):
    """What deltas of a tensor are built upon."""

    pack: int
    """Where it lies: the position of the pack among those of the version."""
    steps: int
    """How many changes of it there were since: 1 for what the tensor was before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorCosts:
    """Of one tensor. Sizes in bytes."""

    name: str
    part: str
    dtype: str
    shape: tuple[int, ...]
    size: int
    stored: int
    """Its share of the chunks that it lies in, as stored, by its bytes in them: a chunk is counted once,
    however many tensors have it and however often."""
    read_cold: int
    """What has to be read to load it alone: its chunks whole, and all that they are built upon, each once."""
    depth: int
    """Deltas to be decoded one after the other, at most."""
    codecs: Mapping[str, int]
    """How many of its chunks are stored by which codec."""
    built_upon: tuple[Below, ...]
    """Of its chunks that are deltas, without what is deeper; each once, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Of a version. Sizes in bytes."""

    plain: int
    """Of all parts, as a load gives them."""
    read_cold: int
    """What has to be read to load everything: all chunks, and all that they are built upon, each once."""
    depth: int
    """Deltas to be decoded one after the other, at most."""
    chunks: int
    """Distinct ones, with those that only deltas need."""
    codecs: Mapping[str, int]
    """How many of them are stored by which codec."""
    packs: int
    held: int
    """Of its packs, whole: what this version keeps from being freed."""
    dead: int
    """How much of that it does not read: chunks of other versions only, and the packs' own tables."""
    tensors: tuple[TensorCosts, ...] = field(repr=False)

    @property
    def read_amplification(self) -> float:
        """Bytes read cold for each byte that a load gives; 0.0 for a version without bytes."""
        return self.read_cold / self.plain if self.plain else 0.0


def costs(index: Index, packs: Sequence[int]) -> Costs:
    """The costs of a version by its index and the sizes of its packs, in the manifest's order.

    Takes well below a second for 100,000 chunks. Raises Corrupt if the tensors overlap beyond reason.
    """
    table = _Table(index)
    rows = table.with_bases(np.unique(table.sequence))
    live = np.bincount(table.pack[rows], table.stored[rows], len(packs)).astype(np.int64)
    return Costs(
        plain=index.size,
        read_cold=int(table.stored[rows].sum()),
        depth=int(table.depth[rows].max(initial=0)),
        chunks=len(rows),
        codecs=_named(np.bincount(table.codec[rows]).tolist()),
        packs=len(packs),
        held=sum(packs),
        dead=sum(max(0, size - used) for size, used in zip(packs, live.tolist(), strict=True)),
        tensors=_of_tensors(index, table),
    )


class _Table:
    """The columns that are needed, as arrays."""

    def __init__(self, index: Index) -> None:
        chunks = index.chunks
        self.plain, self.stored, self.pack, self.codec, self.sequence, self.starts = (
            np.asarray(column).astype(np.int64)
            for column in (
                chunks.plain,
                chunks.stored,
                chunks.pack,
                chunks.codec,
                index.sequence,
                index.starts,
            )
        )
        self.step = np.asarray(chunks.step).astype(np.int64)
        self.below = np.asarray(chunks.base).astype(np.int64) - 1
        """The row that a chunk is built upon, -1 for none."""
        self.depth = np.zeros(len(chunks), np.int64)
        at = self.below
        while (built := at >= 0).any():
            self.depth += built
            at = np.where(built, self.below[at], -1)

    def with_bases(self, rows: _Numbers) -> _Numbers:
        """Sorted and distinct: rows, and those of all that they are built upon."""
        every = [rows]
        while rows.size:
            rows = self.below[rows]
            rows = rows[rows >= 0]
            every.append(rows)
        return np.unique(np.concatenate(every))


def _of_tensors(index: Index, table: _Table) -> tuple[TensorCosts, ...]:
    count, chunks = len(index.tensors), len(index.chunks)
    owner, row, inside = _uses(index, table)
    whole = np.maximum(np.bincount(row, inside, chunks), table.plain)
    stored = np.bincount(owner, table.stored[row] * inside / whole[row], count)
    owner, row = _distinct(owner, row, chunks)
    depth = np.zeros(count, np.int64)
    np.maximum.at(depth, owner, table.depth[row])
    kinds = int(table.codec.max(initial=0)) + 1
    codecs = np.bincount(owner * kinds + table.codec[row], minlength=count * kinds).reshape(count, kinds)
    below = _built_upon(owner, row, table, count)
    owner, row = _with_bases(owner, row, table)
    read = np.bincount(owner, table.stored[row], count)
    columns = stored.tolist(), read.tolist(), depth.tolist(), codecs.tolist(), below
    return tuple(
        TensorCosts(
            name=tensor.name,
            part=index.paths[part],
            dtype=tensor.dtype,
            shape=tensor.shape,
            size=tensor.size,
            stored=round(stored_bytes),
            read_cold=round(read_bytes),
            depth=deltas,
            codecs=_named(by_codec),
            built_upon=tuple(built_upon),
        )
        for (part, tensor), stored_bytes, read_bytes, deltas, by_codec, built_upon in zip(
            index.tensors, *columns, strict=True
        )
    )


def _built_upon(owner: _Numbers, row: _Numbers, table: _Table, count: int) -> list[list[Below]]:
    """What the rows of each tensor are built upon."""
    owner, row = owner[table.below[row] >= 0], row[table.below[row] >= 0]
    below = table.below[row]
    steps = np.maximum(table.step[row] - table.step[below], 1)
    found: list[list[Below]] = [[] for _ in range(count)]
    for tensor, pack, since in np.unique(np.stack([owner, table.pack[below], steps]), axis=1).T.tolist():
        found[tensor].append(Below(pack, since))
    return found


def _with_bases(owner: _Numbers, row: _Numbers, table: _Table) -> tuple[_Numbers, _Numbers]:
    """Pairs of a tensor and a row, once each, with those of the rows that the row is built upon."""
    every = [(owner, row)]
    while owner.size:
        built = table.below[row] >= 0
        owner, row = owner[built], table.below[row[built]]
        every.append((owner, row))
    owners, rows = zip(*every, strict=True)
    return _distinct(np.concatenate(owners), np.concatenate(rows), len(table.below))


def _distinct(owner: _Numbers, row: _Numbers, chunks: int) -> tuple[_Numbers, _Numbers]:
    return np.divmod(np.unique(owner * chunks + row), max(chunks, 1))


def _uses(index: Index, table: _Table) -> tuple[_Numbers, _Numbers, _Numbers]:
    """(number of the tensor, row of the chunk, bytes of the one in the other), for each time that a tensor
    has bytes in a chunk."""
    begin, end, at, counts = _stretches(index, table.starts)
    owner = np.repeat(np.arange(len(begin)), counts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts) + at[owner]
    inside = np.minimum(end[owner], table.starts[place + 1]) - np.maximum(begin[owner], table.starts[place])
    return owner, table.sequence[place], inside


def require_few_overlaps(index: Index) -> None:
    """Raise Corrupt if tensors have bytes in chunks more often, all together, than those of any model."""
    _stretches(index, np.asarray(index.starts).astype(np.int64))


def _stretches(index: Index, starts: _Numbers) -> tuple[_Numbers, _Numbers, _Numbers, _Numbers]:
    """Of each tensor where it begins and ends, counted as ``starts`` are, its first place in the sequence,
    and how many it has."""
    first = [starts[part.first] for part in index.parts]
    begin = np.array([first[part] + tensor.start for part, tensor in index.tensors], np.int64)
    end = begin + np.array([tensor.size for _, tensor in index.tensors], np.int64)
    at = np.searchsorted(starts, begin, "right") - 1
    counts = np.where(end > begin, np.searchsorted(starts, end, "left") - at, 0)
    times, allowed = _OVERLAPS
    if counts.sum() > times * (len(index.sequence) + len(begin)) + allowed:
        raise Corrupt("the tensors of the index overlap beyond reason")
    return begin, end, at, counts


def _named(counts: Sequence[int]) -> dict[str, int]:
    return {_name(codec): count for codec, count in enumerate(counts) if count}


def _name(codec: int) -> str:
    try:
        return Codec(codec).name.lower()
    except ValueError:
        return f"codec {codec}"
