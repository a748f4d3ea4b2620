"""fsck: is the store whole? Findings as values; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator

from casreg.fsck.findings import Finding
from casreg.fsck.hashes import check_hashes
from casreg.fsck.structure import check_structure, survey
from casreg.progress import Progress, silent
from casreg.stores.protocol import Store

__all__ = ["Finding", "fsck"]


def fsck(store: Store, *, hashes: bool = True, progress: Progress = silent) -> Iterator[Finding]:
    """Everything that is wrong, as it is found; nothing is written.

    Without ``hashes`` the bytes of packs are not read. What others save or delete meanwhile may show
    as an orphan, never as damage.
    """
    found = survey(store)
    yield from check_structure(store, found)
    if hashes:
        yield from check_hashes(store, found, progress)
