"""Importing a version from another store: its digests are given (PROTOCOL I1, I2; spec/leases.md).

Blobs and manifest are copied as they are, so the version has the same digest in both stores. What is
there already is not moved: an import that was interrupted goes on by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from casreg import commit
from casreg.commit import Candidate
from casreg.condemned import condemned
from casreg.edges import references
from casreg.leases import Fence, LeaseExpired
from casreg.models.manifest import Descriptor, ImageIndex
from casreg.models.ref import Ref
from casreg.models.written import Signature
from casreg.names import Name, Version
from casreg.parallel import Pool
from casreg.progress import Progress
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store

log = logging.getLogger("casreg")
_COPIES = 2
"""Blobs on their way at once; each is in memory whole, and has been checked before it is written."""


@dataclass(frozen=True)
class Import:
    """Where a version goes, and what an import needs of the world."""

    target: Store
    name: Name
    candidate: Callable[[], Candidate]
    """A key that a listing of the target shows to be free; raises RegistryVersionConflict."""
    sign: Callable[[], Signature]
    clock: Callable[[], float]
    """Seconds, counting suspension."""
    pause: Callable[[], None]
    """Waits a while for somebody else's sweep."""
    progress: Progress


def import_version(source: Snapshot, order: Import) -> Version:
    """Copy what the version is made of, children first, then make it visible. Atomic.

    Waits as long as the target is about to delete one of its blobs. Raises Corrupt for a blob of the source
    that is missing or not what its digest says, RegistryVersionConflict, and what the stores raise;
    then nothing is visible, and what was copied needs not be copied again.
    """
    blobs = [blob for blob in reached(source) if source.ref.blob(blob) is None]
    while True:
        fence = Fence(order.target, order.clock, f"import of {order.name}")
        try:
            if blobs:
                fence.take()
            candidate = order.candidate()
            if not {blob.digest for blob in blobs} & condemned(order.target):
                return _import(source, order, blobs, candidate, fence)
        except LeaseExpired:  # W5; what was copied is there
            log.warning("the lease of importing %s ran out; starting over", order.name)
            continue
        finally:
            fence.end()
        log.warning("waiting for a sweep of %s that is deleting blobs of %s", order.target.url, order.name)
        order.pause()


def _import(
    source: Snapshot, order: Import, blobs: list[Descriptor], candidate: Candidate, fence: Fence
) -> Version:
    stored = _copy(source, order, blobs, fence)
    ref = Ref(
        manifest=source.ref.manifest,
        **order.sign(),
        stored=stored,
        flushed=order.target.durable,
        inline=source.ref.inline,
    )
    return commit.commit_version(
        order.target, order.name, ref, candidate, order.candidate, fence, order.clock
    ).version


def _copy(source: Snapshot, order: Import, blobs: list[Descriptor], fence: Fence) -> int:
    """Bytes of packs that had to be copied."""
    packs = {pack.digest for pack in source.packs}
    done = stored = 0
    total = sum(blob.size for blob in blobs)

    def copy(blob: Descriptor) -> bool:
        there = order.target.stat(blob.sha256.key)
        if there is not None and there.size == blob.size:
            order.target.flush(blob.sha256.key)
            return False
        data = source.blob(blob)
        fence.write(blob.sha256.key, [data])
        return True

    with Pool(_COPIES, "casreg-import") as pool:
        for blob, copied in zip(blobs, pool.map(copy, blobs, _COPIES), strict=True):
            fence.require()
            done += blob.size
            stored += blob.size if copied and blob.digest in packs else 0
            order.progress(done, total)
    return stored


def reached(source: Snapshot) -> list[Descriptor]:
    """Every blob that the ref reaches, once, children before parents."""
    found: dict[str, Descriptor] = {}
    for section in source.sections:
        for blob in references(section):
            found.setdefault(blob.digest, blob)
    if isinstance(source.manifest, ImageIndex):
        for blob in references(source.manifest):
            found.setdefault(blob.digest, blob)
    found.setdefault(source.ref.manifest.digest, source.ref.manifest)
    return list(found.values())
