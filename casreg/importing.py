"""Importing a version from another store: its digests are given (PROTOCOL I1, I2; spec/leases.md).

Blobs and manifest are copied as they are, so the version has the same digest in both stores. What is
there already is not moved: an import that was interrupted goes on by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition
from typing import NamedTuple

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
_COPIES = 4
"""Blobs of a version on their way at once, if there is room; each has been checked before it is written."""


class Carriage:
    """What imports that run at the same time share: bytes of memory, and that no blob is moved by two."""

    def __init__(self, memory: int) -> None:
        self._memory = self._free = memory
        self._moving: set[str] = set()
        self._changed = Condition()

    @contextmanager
    def alone(self, blob: Descriptor) -> Iterator[None]:
        """Waits while another import is at the same blob."""
        with self._changed:
            self._changed.wait_for(lambda: blob.digest not in self._moving)
            self._moving.add(blob.digest)
        try:
            yield
        finally:
            with self._changed:
                self._moving.remove(blob.digest)
                self._changed.notify_all()

    @contextmanager
    def room(self, blob: Descriptor) -> Iterator[None]:
        """Waits until the blob has room in memory; one that is larger than all of it has it alone."""
        size = min(blob.size, self._memory)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= size)
            self._free -= size
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._changed.notify_all()


class Imported(NamedTuple):
    """What an import came to."""

    version: Version
    moved: int
    """Bytes of the blobs that were not there."""


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
    carriage: Carriage


def import_version(source: Snapshot, order: Import) -> Imported:
    """Copy what the version is made of, children first, then make it visible. Atomic.

    Waits as long as the target is about to delete one of its blobs. Raises Corrupt for a blob of the source
    that is missing or not what its digest says, RegistryVersionConflict, and what the stores raise;
    then nothing is visible, and what was copied needs not be copied again.
    """
    blobs = needed(source)
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
) -> Imported:
    moved = _copy(source, order, blobs, fence)
    packs = {pack.digest for pack in source.packs}
    ref = Ref(
        manifest=source.ref.manifest,
        **order.sign(),
        stored=sum(blob.size for blob in moved if blob.digest in packs),
        flushed=order.target.durable,
        inline=source.ref.inline,
    )
    version = commit.commit_version(
        order.target, order.name, ref, candidate, order.candidate, fence, order.clock
    ).version
    return Imported(version, sum(blob.size for blob in moved))


def _copy(source: Snapshot, order: Import, blobs: list[Descriptor], fence: Fence) -> list[Descriptor]:
    """The blobs that had to be copied."""
    done, total = 0, sum(blob.size for blob in blobs)
    moved: list[Descriptor] = []

    def copy(blob: Descriptor) -> bool:
        with order.carriage.alone(blob):
            there = order.target.stat(blob.sha256.key)
            if there is not None and there.size == blob.size:
                order.target.flush(blob.sha256.key)
                return False
            with order.carriage.room(blob):
                fence.write(blob.sha256.key, [source.blob(blob)])
            return True

    with Pool(_COPIES, "casreg-import") as pool:
        for blob, copied in zip(blobs, pool.map(copy, blobs, _COPIES), strict=True):
            fence.require()
            done += blob.size
            if copied:
                moved.append(blob)
            order.progress(done, total)
    return moved


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


def needed(source: Snapshot) -> list[Descriptor]:
    """Those of :func:`reached` that are not inline in the ref."""
    return [blob for blob in reached(source) if source.ref.blob(blob) is None]
