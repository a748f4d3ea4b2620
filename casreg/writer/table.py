"""The chunk table of the version being written, while it grows."""

from __future__ import annotations

from dataclasses import dataclass, field

from casreg.models.index import ChunkTable
from casreg.models.manifest import Descriptor
from casreg.packs import Encoded, Upon
from casreg.writer.known import Known, Location


@dataclass
class Growing:
    """Rows for new and reused chunks. A row's pack is a slot: own packs by their number, then reused
    ones from ``REUSED`` on, until :meth:`place` knows the manifest's layers."""

    table: ChunkTable = field(default_factory=ChunkTable)
    rows: dict[bytes, int] = field(default_factory=dict)
    reused: dict[str, int] = field(default_factory=dict)
    """Slot by digest."""
    reused_packs: list[Descriptor] = field(default_factory=list)

    REUSED = 1 << 24

    def add_new(self, chunk: Encoded, pack: int, offset: int, known: Known) -> int:
        below, step = self._below(chunk.upon, known)
        return self._append(
            chunk.id,
            chunk.plain,
            chunk.stored,
            pack,
            offset,
            chunk.codec,
            chunk.check,
            below,
            step,
        )

    def add_reused(self, chunk: bytes, where: Location, known: Known) -> int:
        """The row of a stored chunk; what it is built upon comes before it."""
        base = known.bases[where.base]
        c, row = base.index.chunks, where.row
        below, step = self._below(base.upon(row), known, known.below(where))
        if chunk in self.rows:  # what it is built upon is, where that is stored, built upon it
            return self.rows[chunk]
        pack = base.packs[c.pack[row]]
        slot = self.reused.get(pack.digest)
        if slot is None:
            slot = self.reused[pack.digest] = self.REUSED + len(self.reused_packs)
            self.reused_packs.append(pack)
        columns = c.plain[row], c.stored[row], slot, c.offset[row], c.codec[row], c.check[row]
        return self._append(chunk, *columns, below, step)

    def _below(self, upon: Upon | None, known: Known, where: Location | None = None) -> tuple[int, int]:
        """What the columns of bases and steps say of a chunk; its base gets its row before it, as what is
        stored ``where`` if that is said."""
        if upon is None:
            return 0, 0
        row = self.rows.get(upon.id)
        if row is None:
            where = where or known.find(upon.id)
            assert where is not None
            row = self.add_reused(upon.id, where, known)
        return row + 1, upon.step

    def move(self, row: int, pack: int, offset: int) -> None:
        """The row's chunk was written again, elsewhere."""
        self.table.pack[row], self.table.offset[row] = pack, offset

    def live(self) -> dict[int, int]:
        """Bytes in use, by slot of a reused pack."""
        live: dict[int, int] = {}
        for slot, stored in zip(self.table.pack, self.table.stored, strict=True):
            if slot >= self.REUSED:
                live[slot] = live.get(slot, 0) + stored
        return live

    def below(self) -> set[int]:
        """The slots of packs that hold what deltas are built upon."""
        pack = self.table.pack
        return {pack[base - 1] for base in self.table.base if base}

    def place(self, own: list[Descriptor], count: int) -> list[Descriptor]:
        """Turn slots into positions among the layers that are returned: reused packs, then the
        ``count`` own ones, whose descriptors are ``own`` as far as they are stored already."""
        used = sorted(self.live())
        positions = {slot: i for i, slot in enumerate(used)}
        for number in range(count):
            positions[number] = len(used) + number
        pack = self.table.pack
        for row, slot in enumerate(pack):
            pack[row] = positions[slot]
        return [*(self.reused_packs[slot - self.REUSED] for slot in used), *own]

    def _append(
        self,
        chunk: bytes,
        plain: int,
        stored: int,
        pack: int,
        offset: int,
        codec: int,
        check: int,
        base: int,
        step: int,
    ) -> int:
        row = len(self.table.plain)
        t = self.table
        t.ids += chunk
        t.plain.append(plain)
        t.stored.append(stored)
        t.pack.append(pack)
        t.offset.append(offset)
        t.codec.append(codec)
        t.check.append(check)
        t.base.append(base)
        t.step.append(step)
        self.rows[chunk] = row
        return row
