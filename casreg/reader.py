"""Ranges of packs -> verified, decoded bytes in their destination.

Raw chunks are read straight to where they belong; encoded ones pass through a scratch buffer, deltas
with all that they build upon. Every chunk is checked before :func:`read_into` returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, Literal

from casreg import codecs
from casreg.blobs import Blobs
from casreg.codecs import Codec
from casreg.digest import checksum, chunk_id
from casreg.errors import CasregError, Corrupt
from casreg.models.index import Index
from casreg.models.manifest import Descriptor
from casreg.parallel import Pool
from casreg.scatter import Scatter
from casreg.slabs import Scratch
from casreg.slices import Piece, Unit, apart, plan

Verify = Literal["none", "integrity", "full"]


_ROW: Final = attrgetter("row")
_SCRATCH: Final = Scratch()
"""Of each thread: stored bytes of the chunks at hand; a chunk that has no place of its own in the
destination; what a delta is built upon, and what that is built upon, in turn."""


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
                    _in_turn(step)
            else:
                for _ in pool.map(_in_turn, work):
                    pass
        finally:
            scatter.forget()

    def _read_unit(self, unit: Unit, scatter: Scatter, verify: Verify) -> None:
        """Fetch one stretch of a pack, into place where possible, then decode and check its chunks."""
        if unit.stop - unit.start > self.max_unit:  # before memory is set aside for what may be a lie
            self.blobs.require_size(self.packs[unit.pack])
        wanted = [(row, list(pieces)) for row, pieces in groupby(unit.pieces, _ROW)]
        homes = [scatter.home(pieces, self.index.chunks.plain[row]) for row, pieces in wanted]
        stored = self._fetch(unit, [row for row, _ in wanted], homes)
        for (row, pieces), home in zip(wanted, homes, strict=True):
            self._deliver(row, stored[row], None, pieces, home, scatter, verify)

    def _read_chains(self, window: list[Piece], scatter: Scatter, verify: Verify) -> None:
        """Fetch all that a few deltas are made of, then decode and check them."""
        chunks = self.index.chunks
        wanted = [(row, list(pieces)) for row, pieces in groupby(window, _ROW)]
        needed = {row for last, _ in wanted for row in chunks.chain(last)}
        stored: dict[int, memoryview] = {}
        units = plan(self.index, [Piece(row, 0, 0, 0) for row in needed], self.max_unit)
        memory = _SCRATCH.take("stored", sum(unit.stop - unit.start for unit in units))
        for unit in units:
            size = unit.stop - unit.start
            self._read_pack(unit, [memory[:size]])
            for row, _, _, _ in unit.pieces:
                at = chunks.offset[row] - unit.start
                stored[row] = memory[at : at + chunks.stored[row]]
            memory = memory[size:]
        for row, pieces in wanted:
            *below, last = chunks.chain(row)
            base = self._base(below, stored, verify)
            if verify != "none":
                self._check_stored(row, stored[row])
            home = scatter.home(pieces, chunks.plain[row])
            self._deliver(last, stored[row], base, pieces, home, scatter, verify)

    def _fetch(self, unit: Unit, rows: list[int], homes: list[memoryview | None]) -> dict[int, memoryview]:
        """The stored bytes of the chunks of a stretch, by row; those of raw ones in their homes."""
        chunks, at = self.index.chunks, unit.start
        spans: list[tuple[int, int, memoryview | None]] = []  # (row, bytes, where); row -1 for a gap
        for row, home in zip(rows, homes, strict=True):
            offset, size = chunks.offset[row], chunks.stored[row]
            if offset != at:
                spans.append((-1, self._gap(unit, at, offset), None))
            in_place = chunks.codec[row] == Codec.RAW and home is not None and size == len(home)
            spans.append((row, size, home if in_place else None))
            at = offset + size
        scratch = sum(size for _, size, home in spans if home is None)
        memory = _SCRATCH.take("stored", scratch)
        found: dict[int, memoryview] = {}
        targets: list[memoryview] = []
        for row, size, home in spans:
            target = memory[:size] if home is None else home
            targets.append(target)
            found[row] = target
            if home is None:
                memory = memory[size:]
        self._read_pack(unit, targets)
        return found

    def _base(self, chain: list[int], stored: dict[int, memoryview], verify: Verify) -> memoryview | None:
        """The plain bytes of the last of a chain; what is built upon them tells whether they are right."""
        base: memoryview | None = None
        for number, row in enumerate(chain):
            if verify != "none":
                self._check_stored(row, stored[row])
            target = _SCRATCH.take(f"base {number % 2}", self.index.chunks.plain[row])
            base = self._decode(row, stored[row], base, target)
        return base

    def _deliver(
        self,
        row: int,
        stored: memoryview,
        base: memoryview | None,
        pieces: list[Piece],
        home: memoryview | None,
        scatter: Scatter,
        verify: Verify,
    ) -> None:
        """Decode and check a chunk, in ``home`` if it has one; then put it wherever else it is wanted."""
        plain = stored
        if self.index.chunks.codec[row] != Codec.RAW:
            target = _SCRATCH.take("plain", self.index.chunks.plain[row]) if home is None else home
            plain = self._decode(row, stored, base, target)
        self._check(row, stored, plain, verify)
        if plain is not home or len(pieces) > 1:
            for piece in pieces:
                scatter.put(piece.at, plain[piece.start : piece.stop])

    def _decode(
        self, row: int, stored: memoryview, base: memoryview | None, target: memoryview
    ) -> memoryview:
        """The plain bytes of a chunk: ``stored`` itself, if it is raw, else in ``target``."""
        codec = self.index.chunks.codec[row]
        if codec == Codec.RAW:
            return stored
        try:
            codecs.decode(codec, stored, target, base)
        except CasregError as error:
            raise error.located(**self._place(row)) from None
        return target

    def _check(self, row: int, stored: memoryview, plain: memoryview, verify: Verify) -> None:
        raw_here = self.index.chunks.codec[row] == Codec.RAW and self.blobs.local
        if verify == "full" or (verify == "integrity" and not raw_here):
            self._check_plain(row, plain)
        elif verify == "integrity":
            self._check_stored(row, stored)

    def _check_plain(self, row: int, plain: memoryview) -> None:
        found, expected = chunk_id(plain), self.index.chunks.id(row)
        if found != expected:
            raise Corrupt(
                "a chunk is not what its id says",
                expected="blake3:" + expected.hex(),
                found="blake3:" + found.hex(),
                **self._place(row),
            )

    def _check_stored(self, row: int, stored: memoryview) -> None:
        found, expected = checksum(stored), self.index.chunks.check[row]
        if found != expected:
            raise Corrupt(
                "a chunk is not what its checksum says",
                expected=f"xxh3:{expected:016x}",
                found=f"xxh3:{found:016x}",
                **self._place(row),
            )

    def _place(self, row: int) -> dict[str, Any]:
        """What errors say of where a chunk is stored."""
        chunks = self.index.chunks
        return {"pack": self.packs[chunks.pack[row]].digest, "offset": chunks.offset[row]}

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


def _in_turn(step: Callable[[], None]) -> None:
    with _SCRATCH.turn():
        step()
