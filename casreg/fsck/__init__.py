"""fsck: is the store whole? Findings as values; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator

from casreg.fsck.deltas import check_deltas
from casreg.fsck.findings import Finding
from casreg.fsck.marks import check_marks
from casreg.fsck.packs import Packs
from casreg.fsck.places import check_places
from casreg.fsck.structure import check_version
from casreg.fsck.survey import BLOBS, survey
from casreg.progress import Progress, silent
from casreg.stores.protocol import Store

__all__ = ["Finding", "fsck"]


def fsck(store: Store, *, hashes: bool = True, progress: Progress = silent) -> Iterator[Finding]:
    """Everything that is wrong, as it is found; nothing is written, and nothing damaged hides the rest.

    Without ``hashes`` the bytes of packs are not read. What others save or delete meanwhile may show
    as an orphan, never as damage. What leaves no trace is not found: a ref that was taken away whole,
    emptied (it then is a tombstone), or replaced by the ref of another version.

    Raises Unsupported for a store that this casreg does not know how to read, and what the store
    raises if it does not answer.
    """
    found = survey(store)
    yield from check_places(store, found)
    yield from check_marks(store, found)
    packs = Packs()
    reached: set[str] = set()
    entire = True
    for held in found.refs:
        version = check_version(store, found, held)
        if version is None:
            continue
        yield from dict.fromkeys(version.findings)
        reached |= version.reached
        entire = entire and version.entire
        if hashes:
            packs.add(found, version)
    message = "needed by no version" if entire else "needed by no version that can be read"
    for digest, size in found.blobs.items():
        if digest not in reached:
            yield Finding("orphan", message, BLOBS + digest[7:], size=size)
    if hashes:
        damaged: set[str | None] = set()
        for finding in packs.check(store, progress):
            damaged.add(finding.pack)
            yield finding
        yield from check_deltas(store, found.refs, damaged)
