"""One attempt at a save: its lease, its nonce, and the journal from which an interrupted one goes on."""

from __future__ import annotations

import logging
import secrets
from array import array
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from casreg import mediatypes
from casreg.digest import Digest, checksum
from casreg.errors import CasregError, Corrupt
from casreg.journal import Journal, Journals, StoredPack
from casreg.leases import Fence, LeaseExpired
from casreg.models.index import ChunkTable, Index
from casreg.models.manifest import Descriptor
from casreg.names import Name
from casreg.packs import TrailerRow, Upon, read_trailer
from casreg.registry.opening import Opened
from casreg.stores.protocol import Buffer
from casreg.writer import Base

log = logging.getLogger("casreg")


class Attempt:
    """A context manager. Left by an error, with packs stored and nothing yet made visible, it keeps lease
    and journal: the next save of the same name goes on from there."""

    def __init__(
        self, opened: Opened, name: Name, clock: Callable[[], float], journals: Journals | None
    ) -> None:
        self._store, self._id, self._name = opened.store, opened.config.id, str(name)
        self._clock, self._journals = clock, journals
        self._journal: Journal | None = None
        self.fence = Fence(opened.store, clock, self._name)
        self.nonce = secrets.token_hex(16)
        self.resumed: Base | None = None
        """What an interrupted save has stored."""

    def begin(self) -> None:
        """W1: go on under the lease of an interrupted save of this name, or take one."""
        journals, durable = self._journals, self._store.durable
        if journals is None:
            self.fence.take()
            return
        for journal in journals.interrupted(self._id, self._name, durable=durable, clock=self._clock()):
            if self._journal is None and self._resume(journal):
                self._journal = journal
            else:
                journal.close()
        if self._journal is None:
            lease = self.fence.take()
            self._journal = journals.new(self._id, self._name, self.nonce, lease, durable=durable)
        self.fence.on_renewal = self._journal.renewed

    def write_pack(self, key: str, data: Sequence[Buffer]) -> None:
        """Write a finished pack under the lease, and note it once that is acknowledged."""
        self.fence.write(key, data)
        if self._journal is not None:
            self._journal.stored(StoredPack.of(Digest.of_key(key), data))

    def commits(self) -> None:
        """From here on a version may become visible: nobody goes on from this save any more."""
        if self._journal is not None:
            self._journal.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        over = error is None or isinstance(error, LeaseExpired) or self.fence.in_doubt
        keep = self._journal is not None and self._journal.kept and not over
        if self._journal is not None and not keep:
            self._journal.remove()  # before the lease is
        self.fence.end(keep=keep)
        if self._journal is not None:
            self._journal.close()

    def _resume(self, journal: Journal) -> bool:
        if not self.fence.resume(journal.lease):
            return False
        journal.renewed(self.fence.take())
        self.nonce = journal.nonce
        self.resumed = self._base(journal)
        stored = sum(pack.size for pack in self.resumed.packs)
        log.info("an interrupted save of %s goes on: %d bytes are stored already", self._name, stored)
        return True

    def _base(self, journal: Journal) -> Base:
        """The chunks of all packs that are still as the journal says."""
        table = ChunkTable()
        packs: list[Descriptor] = []
        upon: dict[int, Upon] = {}
        for pack in journal.packs:
            rows = self._rows(pack, journal.nonce)
            if rows:
                first = len(table)
                upon.update({first + i: row.upon for i, row in enumerate(rows) if row.upon})
                _append(table, rows, len(packs))
                packs.append(Descriptor(media_type=mediatypes.PACK, digest=pack.digest, size=pack.size))
        return Base(
            Index(journal.nonce, table, [], array("B"), array("I"), array("I"), []), packs, elsewhere=upon
        )

    def _rows(self, pack: StoredPack, nonce: str) -> list[TrailerRow]:
        try:
            trailer = self._store.read(pack.digest.key, pack.size - pack.trailer, pack.size)
            if checksum(trailer) != pack.check:
                raise Corrupt("the trailer is not the one that was written")
            written_as, rows = read_trailer(trailer, pack.size)
        except CasregError as error:
            log.warning("not going on from pack %s: %s", pack.digest, error)
            return []
        return rows if written_as == nonce else []


def _append(table: ChunkTable, rows: list[TrailerRow], number: int) -> None:
    table.ids += b"".join([row.id for row in rows])
    table.plain.extend(row.plain for row in rows)
    table.stored.extend(row.stored for row in rows)
    table.pack.extend([number] * len(rows))
    table.offset.extend(row.offset for row in rows)
    table.codec.extend(row.codec for row in rows)
    table.check.extend(row.check for row in rows)
    table.base.extend([0] * len(rows))
    table.step.extend([0] * len(rows))
