"""What versions take in a store, and what deleting them would free.

One look at every ref: who needs what is known from all of them. Reads refs and manifests, and the indexes of
the versions that are counted; no heads, no data.
"""

from __future__ import annotations

from array import array
from typing import Final, NamedTuple

from casreg.errors import NameNotFound
from casreg.names import Name
from casreg.registry.usage.counting import Blobs, Tally
from casreg.registry.usage.figures import NameStats, NameUsage, StoreStats, Usage, VersionUsage
from casreg.registry.usage.holdings import holdings, listed
from casreg.registry.usage.seen import Seen
from casreg.stores.protocol import Store

__all__ = ["NameStats", "NameUsage", "StoreStats", "Usage", "VersionUsage", "of_name", "of_store"]

_BLOBS: Final = "blobs/sha256/"
_REFS: Final = "refs/"


class _Met(NamedTuple):
    """A version of the name that is counted."""

    number: int
    """Of all versions."""
    version: str
    created: str
    ref: int
    """Bytes."""
    plain: int
    needed: array[int]


def of_store(store: Store) -> StoreStats:
    """Of all versions that are there when their refs are read; one listing. Raises Corrupt."""
    entries = list(store.scan(""))  # blobs come before refs: what a save ends meanwhile is no orphan
    seen = Seen()
    whole = Tally(seen.blobs)
    names: dict[Name, Tally] = {}
    for holding in holdings(store, listed(entry for entry in entries if entry.key.startswith(_REFS))):
        needed, tables = seen.add(holding), holding.tables
        if tables is not None:
            packs = seen.packs(holding)
            for tally in (whole, names.setdefault(holding.listed.state.name, Tally(seen.blobs))):
                tally.add(holding.listed.size, tables, needed, packs)
    figures = whole.figures()
    blobs = {entry.key[len(_BLOBS) :]: entry.size for entry in entries if entry.key.startswith(_BLOBS)}
    return StoreStats(
        **figures,
        exclusive=figures["stored"],
        history=seen.history.size(),
        store=store.url,
        held=sum(entry.size for entry in entries),
        orphaned=sum(size for digest, size in blobs.items() if f"sha256:{digest}" not in seen.blobs),
        rows=tuple(NameUsage(name=str(name), **row) for name, row in seen.usage(names).items()),
    )


def of_name(store: Store, name: Name) -> NameStats:
    """Of the versions of a name; who else needs their blobs is known from all refs of the store.

    Raises NameNotFound, Corrupt.
    """
    seen = Seen()
    tally = Tally(seen.blobs)
    met: list[_Met] = []
    for holding in holdings(store, listed(store.scan(_REFS)), name):
        number, needed, tables = seen.versions, seen.add(holding), holding.tables
        if tables is not None:
            state, size, _ = holding.listed
            tally.add(size, tables, needed, seen.packs(holding))
            created = holding.created.isoformat()
            met.append(_Met(number, str(state.version), created, size, tables.plain, needed))
    if not met:
        raise NameNotFound(f"there is no {name!s} in {store.url}", name=name)
    return NameStats(name=str(name), **seen.usage({name: tally})[name], rows=_rows(seen.blobs, met))


def _rows(blobs: Blobs, met: list[_Met]) -> tuple[VersionUsage, ...]:
    """The lowest version first; they were met the highest first."""
    alone = blobs.of_one_version()
    seen: set[int] = set()
    rows: list[VersionUsage] = []
    for one in reversed(met):
        new = set(one.needed) - seen
        seen |= new
        rows.append(
            VersionUsage(
                version=one.version,
                created=one.created,
                plain=one.plain,
                stored=one.ref + blobs.size(one.needed),
                added=one.ref + blobs.size(new),
                exclusive=one.ref + alone.get(one.number, 0),
            )
        )
    return tuple(rows)
