"""Which chunk a delta builds upon, and whether it pays (spec/codecs.md, deltas).

The chunk at the same place of the version being continued has come from a keyframe in ``step`` steps; the
next one is step n. It builds upon step n with its lowest bit cleared, which is among those that step n-1 is
made of: so a chain grows with the logarithm of n, as long as what a cold load reads stays in bounds.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from casreg.codecs import Codec, delta
from casreg.errors import Corrupt
from casreg.lazy import lazy
from casreg.models.index_checks import MAX_DEPTH
from casreg.packs import Encoded, Upon
from casreg.parts import Part
from casreg.writer.known import Base, Known, Location
from casreg.writer.places import Place, Placed

log = logging.getLogger("casreg")
WORTH: Final = 0.95
"""A delta is taken if it is smaller than this times what the chunk takes alone: a load has more to do."""


class Foundation(NamedTuple):
    """A chunk that a delta could build upon."""

    row: int
    depth: int
    """How many deltas it is made of itself."""
    stored: int
    """Bytes that have to be read to decode it."""


class Alone(Enum):
    """What a chunk is that is no delta to the one at its place."""

    PASSING = "nothing of its tensor was near what it was before: nor will the next one be near this"
    LASTING = "the next one may be built upon it: it begins a chain, or others of its tensor are deltas"


@dataclass
class Deltas:
    """Of one save. Thread-safe."""

    known: Known
    amplification: float
    """Bytes that a load of a chunk may read, in multiples of its plain bytes."""

    @lazy
    def _base(self) -> tuple[int, Base] | None:
        return self.known.first()

    @lazy
    def _places(self) -> Placed:
        assert self._base is not None
        return Placed(self._base[1].index)

    def begins(self, part: Part) -> None:
        """To be called before the chunks of a part are looked for."""
        if part.tensors and self._base is not None:
            self._places.note(part.path, part.tensors)

    def find(self, place: Place, size: int) -> int | None:
        """The row of the chunk at the same place of the version being continued, if it is as large."""
        if self._base is None or self._base[1].plain is None:
            return None
        row = self._places.find(place)
        same = row is not None and self._base[1].index.chunks.plain[row] == size
        return row if same else None

    def encode(
        self, chunk: bytes, plain: memoryview | bytes, width: int, found: int, ratio: float
    ) -> Encoded | Alone:
        """The chunk as a delta to what the one in row ``found`` is made of, if that is read within bounds,
        and beats ``ratio`` (stored / plain), which the chunk has by itself; else what it is alone."""
        assert self._base is not None
        number, base = self._base
        assert base.plain is not None
        worth = WORTH * ratio * len(plain)
        limit = self.amplification * len(plain)
        alone = Alone.LASTING if self._places.near_deltas(found) else Alone.PASSING
        for foundation in foundations(base, found):
            if not self.known.usable(Location(number, foundation.row)) or foundation.depth >= MAX_DEPTH:
                alone = Alone.LASTING
                continue
            try:
                below = base.plain(foundation.row)
            except Corrupt as error:
                log.warning("not building upon a chunk of %s: %s", base.digest, error)
                return Alone.LASTING
            expected, way = delta.estimate(plain, below, width)
            if expected >= worth:
                return alone
            if foundation.stored + expected > limit:
                alone = Alone.LASTING
                continue
            data = delta.pieces(plain, below, width, way)
            if sum(map(len, data)) >= worth:
                return alone
            upon = Upon(base.index.chunks.id(foundation.row), base.index.chunks.step[found] + 1)
            return Encoded.of(chunk, len(plain), int(Codec.DELTA), data, upon)
        return alone


def foundations(base: Base, row: int) -> list[Foundation]:
    """What the step after the chunk in ``row`` may build upon, the best first."""
    chunks = base.index.chunks
    step = chunks.step[row] + 1
    found, stored = [], 0
    for depth, member in enumerate(chunks.chain(row)):
        stored += chunks.stored[member]
        if chunks.step[member] <= step & (step - 1):
            found.append(Foundation(member, depth, stored))
    return found[::-1]
