"""What each ref in a store reaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from casreg import refs
from casreg.config import Limits
from casreg.edges import references
from casreg.errors import BlobNotFound, Corrupt
from casreg.models.manifest import Descriptor
from casreg.parallel import side_by_side
from casreg.refs import State
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Entry, Store

_Column = NDArray[np.uint64]
_LIMITS = Limits()


class Listed(NamedTuple):
    """A ref object that holds something."""

    state: State
    size: int
    current: bool
    """Whether it is the version that is there; else it is history."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Of a version's index, what counting needs; of chunks those alone that the version needs."""

    plain: int
    """Bytes of the files."""
    ids: _Column
    """The first 64 bits of chunks' ids: enough to count them, and of a hash nobody can choose in use."""
    stored: _Column
    packs: NDArray[np.uint32]
    """Of each chunk its pack, numbered as in ``Holding.packs``."""
    used: NDArray[np.bool_]
    """Whether files are made of it; others are only built upon."""
    plains: _Column


@dataclass(frozen=True, slots=True)
class Holding:
    """What a ref reaches."""

    listed: Listed
    created: datetime
    blobs: list[Descriptor]
    """Distinct, those that are inline in the ref left out."""
    packs: list[Descriptor]
    """As the index numbers them."""
    tables: Tables | None = field(repr=False)
    """None of history, and of names that are not asked for."""


def listed(entries: Iterable[Entry]) -> list[Listed]:
    """The refs of a listing in key order. Raises Corrupt for a key that is none of a ref."""
    found: list[Listed] = []
    newest = ""
    for entry in entries:
        version = entry.key.rpartition(",")[0]
        if entry.size:
            found.append(Listed(refs.parse(entry.key), entry.size, version != newest))
        newest = version
    return found


def holdings(store: Store, wanted: list[Listed], name: str | None = None) -> Iterator[Holding]:
    """What each reaches, in order; indexes are read of versions that are there, of ``name`` if it is given.

    A ref that is emptied meanwhile is left out. Raises Corrupt for damage.
    """

    def read(one: Listed) -> Holding | None:
        try:
            return _holding(store, one, tables=one.current and name in (None, one.state.name))
        except BlobNotFound:
            return None
        except Corrupt:
            if refs.gone(store, one.state.key):
                return None  # so what it needed may be gone, too
            raise

    found = side_by_side(read, wanted, waits=not store.local)
    return (holding for holding in found if holding is not None)


def _holding(store: Store, one: Listed, *, tables: bool) -> Holding:
    ref = refs.read(store, one.state)
    version = Snapshot(store, one.state.name, one.state.version, ref, limits=_LIMITS)
    blobs = {ref.manifest.digest: ref.manifest}
    for manifest in (version.manifest, *version.sections):
        blobs |= {descriptor.digest: descriptor for descriptor in references(manifest)}
    for inline in ref.inline:
        blobs.pop(inline.digest, None)
    return Holding(
        one, ref.created, list(blobs.values()), version.packs, _tables(version) if tables else None
    )


def _tables(version: Snapshot) -> Tables:
    index = version.index
    chunks = index.chunks
    used = np.zeros(len(chunks), np.bool_)
    used[np.asarray(index.sequence)] = True
    rows = _with_bases(used, np.asarray(chunks.base))
    return Tables(
        plain=index.size,
        ids=np.frombuffer(chunks.ids, "<u8")[::4][rows],
        stored=np.asarray(chunks.stored)[rows].astype(np.uint64),
        packs=np.asarray(chunks.pack)[rows],
        used=used[rows],
        plains=np.asarray(chunks.plain)[rows].astype(np.uint64),
    )


def _with_bases(used: NDArray[np.bool_], bases: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Those, and all that they are built upon; 16 steps at most, as an index is checked to have."""
    needed = used.copy()
    below = bases[used]
    while (below := below[below > 0]).size:
        needed[below - 1] = True
        below = bases[below - 1]
    return needed
