"""What two versions have in common, by the ids of chunks and the digests of packs alone."""

from __future__ import annotations

from casreg.registry.differences.facts import Shared
from casreg.snapshot import Snapshot


def between(a: Snapshot, b: Snapshot) -> Shared:
    ours, theirs = _chunks(a), _chunks(b)
    packs = [{pack.digest: pack.size for pack in version.packs} for version in (a, b)]
    return Shared(
        plain=sum(size for chunk, size in theirs.items() if chunk in ours),
        plains=(sum(ours.values()), sum(theirs.values())),
        packs=sum(size for digest, size in packs[1].items() if digest in packs[0]),
        stored=(sum(packs[0].values()), sum(packs[1].values())),
    )


def _chunks(version: Snapshot) -> dict[bytes, int]:
    """Plain bytes by id, without chunks that only deltas are built upon."""
    chunks = version.index.chunks
    return {chunks.id(row): chunks.plain[row] for row in set(version.index.sequence)}
