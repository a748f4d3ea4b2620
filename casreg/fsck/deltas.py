"""Whether deltas decode to what their ids say, where nothing that they are built upon is damaged."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from casreg import refs
from casreg.config import Limits
from casreg.errors import CasregError
from casreg.fsck.findings import Finding
from casreg.fsck.owners import owners
from casreg.fsck.structure import about
from casreg.fsck.survey import Held
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store


def check_deltas(store: Store, versions: Iterable[Held], damaged: Container[str | None]) -> Iterator[Finding]:
    """Decode every delta once, whatever number of versions have it; ``damaged``: packs told already."""
    seen: set[bytes] = set()
    for held in versions:
        state = held.state
        try:
            ref = refs.read(store, state)
            with Snapshot(store, state.name, state.version, ref, limits=Limits()) as snapshot:
                yield from _check(snapshot, held, damaged, seen)
        except CasregError:
            continue  # deleted meanwhile, or told already


def _check(
    snapshot: Snapshot, held: Held, damaged: Container[str | None], seen: set[bytes]
) -> Iterator[Finding]:
    chunks, packs = snapshot.index.chunks, snapshot.packs
    for row, base in enumerate(chunks.base):
        if not base or chunks.id(row) in seen:
            continue
        seen.add(chunks.id(row))
        if any(packs[chunks.pack[member]].digest in damaged for member in chunks.chain(row)):
            continue
        try:
            snapshot.chunk_into(row, memoryview(bytearray(chunks.plain[row])))
        except CasregError as error:
            pack = packs[chunks.pack[row]]
            for _, part, tensor in owners(snapshot.index, {row}):
                yield about(held)(
                    "corrupt",
                    error.message + ": the packs are whole, the index or what was written is not",
                    pack.sha256.key,
                    pack=pack.digest,
                    part=part,
                    tensor=tensor,
                    offset=chunks.offset[row],
                )
