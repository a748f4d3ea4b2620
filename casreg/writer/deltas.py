"""Which chunk a delta builds upon, and whether it pays (spec/codecs.md, deltas)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from casreg import codecs
from casreg.codecs import Codec, delta
from casreg.errors import Corrupt
from casreg.lazy import lazy
from casreg.models.index_checks import MAX_DEPTH
from casreg.packs import Encoded, Upon
from casreg.parts import Part
from casreg.slabs import Scratch
from casreg.writer.foundations import allowances, foundations
from casreg.writer.known import Base, Known, Location
from casreg.writer.places import Place, Placed

log = logging.getLogger("casreg")
WORTH: Final = 0.95
"""A delta is taken if it is smaller than this times what the chunk takes alone: a load has more to do."""
_SURELY: Final = 0.8
"""And without a look at the chunk alone, if it is smaller than this times what the keyframe took."""


_SCRATCH: Final = Scratch()
"""Of each thread: the bytes of what a chunk may be built upon."""
turn = _SCRATCH.turn
"""Within which plans are good."""


class Before(NamedTuple):
    """The chunk that another one continues."""

    row: int
    dtype: str
    """The safetensors word of its elements."""
    alone: float
    """Stored / plain of the chunk that all of this began with."""
    lost: bool
    """Whether it could have been a delta itself, and is none."""
    near: bool
    """Whether it, or another of its tensor, is one."""


class Planned(NamedTuple):
    """A delta that is still to be made."""

    upon: Upon
    below: memoryview
    """The plain bytes of that, until the next plan is asked for."""
    way: delta.Way
    expected: int
    """Stored bytes, at a guess."""
    alone: int
    """Those of the chunk by itself, at a guess."""
    most: float
    """Stored bytes with which a load is still within bounds."""


@dataclass
class Deltas:
    """Of one save. Thread-safe."""

    known: Known
    amplification: float
    """Bytes that a load may read, in multiples of what it gives."""

    @lazy
    def _base(self) -> tuple[int, Base] | None:
        return self.known.first()

    @lazy
    def _places(self) -> Placed:
        assert self._base is not None
        return Placed(self._base[1].index)

    @lazy
    def _allowances(self) -> Mapping[int, float]:
        assert self._base is not None
        return allowances(self._base[1].index, self.amplification)

    @lazy
    def _lost(self) -> bool:
        """Whether the version being continued has deltas: what is none in it was found not worth one."""
        assert self._base is not None
        return any(self._base[1].index.chunks.base)

    def begins(self, part: Part) -> None:
        """To be called before the chunks of a part are looked for."""
        if part.tensors and self._base is not None:
            self._places.note(part.path, part.tensors)

    def find(self, place: Place, size: int) -> Before | None:
        """The chunk at the same place of the version being continued, if it is as large."""
        if self._base is None or self._base[1].plain is None:
            return None
        row = self._places.find(place)
        chunks = self._base[1].index.chunks
        if row is None or chunks.plain[row] != size:
            return None
        key = chunks.chain(row)[0]
        lost, near = self._lost and key == row, self._places.near_deltas(row)
        return Before(row, self._places.dtypes[row], chunks.stored[key] / size, lost, near)

    def plans(self, plain: memoryview | bytes, width: int, before: Before) -> Iterator[Planned]:
        """How the chunk would be a delta to what the one before is made of, the best first; nothing where all
        that it may be built upon leaves no load within bounds. Within :func:`turn`."""
        assert self._base is not None
        number, base = self._base
        assert base.plain is not None
        chunks, row = base.index.chunks, before.row
        limit = self._allowances.get(row, self.amplification * len(plain))
        last = chunks.stored[row] if chunks.base[row] else 0
        for foundation in foundations(chunks, row):
            if not self.known.usable(Location(number, foundation.row)) or foundation.depth >= MAX_DEPTH:
                continue
            if foundation.stored + last // 2 > limit:
                continue  # without a look: it would have to be half of what the one before was
            below = _SCRATCH.take("below", len(plain))
            try:
                base.plain(foundation.row, below)
            except Corrupt as error:
                log.warning("not building upon a chunk of %s: %s", base.digest, error)
                return
            expected, way = delta.estimate(plain, below, width, before.dtype)
            most = limit - foundation.stored
            if expected <= most:
                upon = Upon(chunks.id(foundation.row), chunks.step[row] + 1)
                sure = expected < _SURELY * before.alone * len(plain)
                alone = round(before.alone * len(plain)) if sure else codecs.alone(plain, width)
                yield Planned(upon, below, way, expected, alone, most)


def encode(
    chunk: bytes, plain: memoryview | bytes, width: int, planned: Planned, memory: memoryview | None
) -> Encoded | None:
    """The chunk as a delta; None unless it takes less than the chunk would alone, and no more than it may.

    ``memory``: as many bytes as ``plain`` has, for the stored bytes to lie in.
    """
    worth = min(WORTH * planned.alone, planned.most)
    if planned.expected > worth:
        return None
    data = delta.encode(plain, planned.below, width, planned.way, worth, memory)
    if data is None:
        return None
    return Encoded.of(chunk, len(plain), int(Codec.DELTA), [data], planned.upon)
