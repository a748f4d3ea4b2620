"""What versions cost to keep and to read, and what they are built upon."""

from __future__ import annotations

from dataclasses import dataclass, fields

from casreg.costs import Costs, costs
from casreg.registry.lineage import parent_of
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionStats(Costs):
    """Of one version; sizes in bytes."""

    name: str
    version: str
    digest: str
    """Of its manifest."""
    parent: str | None
    """Digest of the manifest that it continues; None for one that continues none."""
    base: str | None
    """``name@version`` of that, as far as it is still there to be found. What is left of it is held by this
    version whether it is there or not."""
    stored: int
    """Of the packs that its save wrote."""


def of_version(store: Store, snapshot: Snapshot) -> VersionStats:
    """Reads manifest, head and index, and refs in search of the parent; no data."""
    counted = costs(snapshot.index, [pack.size for pack in snapshot.packs])
    parent = snapshot.head.parent
    return VersionStats(
        **{field.name: getattr(counted, field.name) for field in fields(counted)},
        name=str(snapshot.name),
        version=str(snapshot.version),
        digest=str(snapshot.digest),
        parent=parent,
        base=parent_of(store, snapshot.name, snapshot.version, parent) if parent else None,
        stored=snapshot.ref.stored,
    )
