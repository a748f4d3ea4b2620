"""Ranges of packs -> verified, decoded bytes in their destination.

Raw chunks are read straight to where they belong; encoded ones pass through a scratch buffer, deltas
with all that they build upon. Every chunk is checked before :func:`read_into` returns.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Literal

from casreg import codecs
from casreg.blobs import Blobs
from casreg.codecs import Codec
from casreg.digest import checksum, chunk_id
from casreg.errors import CasregError, Corrupt
from casreg.models.index import Index
from casreg.models.manifest import Descriptor
from casreg.parallel import Pool
from casreg.slices import Piece, Unit, apart, plan

Verify = Literal["none", "integrity", "full"]


class Scatter:
    """Buffers that count as one, laid end to end."""

    def __init__(self, buffers: Sequence[memoryview]) -> None:
        self._buffers = buffers
        self._starts = list(accumulate((len(b) for b in buffers), initial=0))

    def whole(self, at: int, size: int) -> memoryview | None:
        """The bytes ``at:at + size``, if they lie in one buffer."""
        i = bisect_right(self._starts, at) - 1
        offset = at - self._starts[i]
        if i < len(self._buffers) and offset + size <= len(self._buffers[i]):
            return self._buffers[i][offset : offset + size]
        return None

    def forget(self) -> None:
        """Let go of the buffers: work that was cancelled may hold on to this object for a while."""
        self._buffers = ()

    def put(self, at: int, data: memoryview) -> None:
        i = bisect_right(self._starts, at) - 1
        offset = at - self._starts[i]
        while data:
            count = min(len(data), len(self._buffers[i]) - offset)
            self._buffers[i][offset : offset + count] = data[:count]
            data, i, offset = data[count:], i + 1, 0


@dataclass(frozen=True)
class Reader:
    """Reads chunks of one version. Thread-safe."""

    blobs: Blobs
    index: Index
    packs: list[Descriptor]
    max_unit: int
    """Bytes of a pack that are fetched in one go."""

    def read_into(
        self,
        pieces: Iterable[Piece],
        destination: Sequence[memoryview],
        verify: Verify,
        pool: Pool | None = None,
    ) -> None:
        """Fill ``destination``, buffers that count as one, with ``pieces``; in parallel on ``pool``.

        Raises Corrupt, with pack and offset, for bytes that are not what the index says; what is in
        ``destination`` then is undefined.
        """
        scatter = Scatter(destination)
        alone, chained = apart(self.index, pieces, self.max_unit)
        work = [
            partial(self._read_unit, unit, scatter, verify) for unit in plan(self.index, alone, self.max_unit)
        ]
        work += [partial(self._read_chains, window, scatter, verify) for window in chained]
        try:
            if pool is None or len(work) < 2:
                for step in work:
                    step()
            else:
                for _ in pool.map(lambda step: step(), work):
                    pass
        finally:
            scatter.forget()

    def _read_chains(self, window: list[Piece], scatter: Scatter, verify: Verify) -> None:
        """Fetch all that a few deltas are made of, then decode and check them."""
        chunks = self.index.chunks
        chains = {piece.row: chunks.chain(piece.row) for piece in window}
        needed = {row for chain in chains.values() for row in chain}
        stored: dict[int, memoryview] = {}
        for unit in plan(self.index, [Piece(row, 0, 0, 0) for row in needed], self.max_unit):
            stored.update(self._fetch(unit))
        for row, chain in chains.items():
            plain = self._decoded(chain, stored, verify)
            for piece in window:
                if piece.row == row:
                    scatter.put(piece.at, plain[piece.start : piece.stop])

    def _fetch(self, unit: Unit) -> dict[int, memoryview]:
        """The stored bytes of the chunks of a stretch, by row."""
        chunks, at = self.index.chunks, unit.start
        found: dict[int, memoryview] = {}
        targets: list[memoryview] = []
        for piece in unit.pieces:
            offset, stored = chunks.offset[piece.row], chunks.stored[piece.row]
            if offset != at:
                targets.append(memoryview(bytearray(self._gap(unit, at, offset))))
            found[piece.row] = memoryview(bytearray(stored))
            targets.append(found[piece.row])
            at = offset + stored
        self._read_pack(unit, targets)
        return found

    def _decoded(self, chain: list[int], stored: dict[int, memoryview], verify: Verify) -> memoryview:
        """The checked plain bytes of the last of a chain."""
        base: memoryview | None = None
        for row in chain:
            pack = self.packs[self.index.chunks.pack[row]]
            try:
                if verify != "none":
                    self._check_stored(row, stored[row])
                base = self._decode(row, stored[row], base)
                if row == chain[-1] and verify != "none":
                    self._check_plain(row, base)
            except CasregError as error:
                raise error.located(pack=pack.digest, offset=self.index.chunks.offset[row]) from None
        assert base is not None
        return base

    def _read_unit(self, unit: Unit, scatter: Scatter, verify: Verify) -> None:
        """Fetch one stretch of a pack, into place where possible, then check and decode its chunks."""
        chunks = self.index.chunks
        if unit.stop - unit.start > self.max_unit:  # before memory is set aside for what may be a lie
            self.blobs.require_size(self.packs[unit.pack])
        targets: list[memoryview] = []
        loads: list[tuple[Piece, memoryview, bool]] = []  # (piece, stored bytes, in place already)
        at, last_row = unit.start, -1
        for piece in unit.pieces:
            row = piece.row
            if row == last_row:
                loads.append((piece, loads[-1][1], False))
                continue
            offset, stored = chunks.offset[row], chunks.stored[row]
            if offset != at:
                targets.append(memoryview(bytearray(self._gap(unit, at, offset))))
            direct = None
            if chunks.codec[row] == Codec.RAW and piece.stop - piece.start == stored:
                direct = scatter.whole(piece.at, stored)
            buffer = direct if direct is not None else memoryview(bytearray(stored))
            targets.append(buffer)
            loads.append((piece, buffer, direct is not None))
            at, last_row = offset + stored, row
        self._read_pack(unit, targets)
        pack = self.packs[unit.pack]
        plain: memoryview | None = None
        last_row = -1
        for piece, buffer, in_place in loads:
            if piece.row != last_row:
                plain = self._plain(piece.row, buffer, verify, pack)
                last_row = piece.row
            if not in_place and plain is not None:
                scatter.put(piece.at, plain[piece.start : piece.stop])

    def _plain(self, row: int, stored: memoryview, verify: Verify, pack: Descriptor) -> memoryview:
        """The checked plain bytes of a chunk."""
        try:
            return self._checked(row, stored, verify)
        except CasregError as error:
            raise error.located(pack=pack.digest, offset=self.index.chunks.offset[row]) from None

    def _checked(self, row: int, stored: memoryview, verify: Verify) -> memoryview:
        codec = self.index.chunks.codec[row]
        plain = self._decode(row, stored, None)
        if verify == "full" or (verify == "integrity" and (codec != Codec.RAW or not self.blobs.local)):
            self._check_plain(row, plain)
        elif verify == "integrity":
            self._check_stored(row, stored)
        return plain

    def _decode(self, row: int, stored: memoryview, base: memoryview | None) -> memoryview:
        codec, size = self.index.chunks.codec[row], self.index.chunks.plain[row]
        if codec == Codec.RAW:
            if len(stored) != size:
                raise Corrupt(f"a raw chunk has {len(stored)} bytes, the index says {size}")
            return stored
        plain = memoryview(bytearray(size))
        codecs.decode(codec, stored, plain, base)
        return plain

    def _check_plain(self, row: int, plain: memoryview) -> None:
        found, expected = chunk_id(plain), self.index.chunks.id(row)
        if found != expected:
            raise Corrupt(
                "a chunk is not what its id says",
                expected="blake3:" + expected.hex(),
                found="blake3:" + found.hex(),
            )

    def _check_stored(self, row: int, stored: memoryview) -> None:
        found, expected = checksum(stored), self.index.chunks.check[row]
        if found != expected:
            raise Corrupt(
                "a chunk is not what its checksum says",
                expected=f"xxh3:{expected:016x}",
                found=f"xxh3:{found:016x}",
            )

    def _gap(self, unit: Unit, at: int, offset: int) -> int:
        if offset < at:
            raise Corrupt(
                "the index has chunks that overlap", pack=self.packs[unit.pack].digest, offset=offset
            )
        return offset - at

    def _read_pack(self, unit: Unit, targets: list[memoryview]) -> None:
        pack = self.packs[unit.pack]
        try:
            self.blobs.read_into(pack, unit.start, targets)
        except CasregError as error:
            raise error.located(pack=pack.digest, offset=unit.start) from None
