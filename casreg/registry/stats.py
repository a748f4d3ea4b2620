"""What versions cost to keep and to read, and what they are built upon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from casreg.costs import Costs, TensorCosts, costs
from casreg.registry.lineage import Lineage, Writer
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorStats(TensorCosts):
    """Of one tensor of a version; sizes in bytes."""

    base: tuple[str, ...]
    """``name@version`` of those that wrote what its deltas are built upon, the newest first; ``4 back``, the
    tensor as it was four changes before, where that version is not to be found. Empty if it has no deltas."""


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
    tensors: tuple[TensorStats, ...] = field(repr=False)


def of_version(store: Store, snapshot: Snapshot) -> VersionStats:
    """Reads manifest, head and index, and refs, manifests and heads of what it continues; no data."""
    packs = snapshot.packs
    counted = costs(snapshot.index, [pack.size for pack in packs])
    lineage = Lineage(store, snapshot)
    below = {packs[base.pack].digest for tensor in counted.tensors for base in tensor.built_upon}
    writers = lineage.writers(below)
    by_pack = {number: writers[pack.digest] for number, pack in enumerate(packs) if pack.digest in writers}
    return VersionStats(
        **{**_fields(counted), "tensors": tuple(_of_tensor(tensor, by_pack) for tensor in counted.tensors)},
        name=str(snapshot.name),
        version=str(snapshot.version),
        digest=str(snapshot.digest),
        parent=snapshot.head.parent,
        base=lineage.parent,
        stored=snapshot.ref.stored,
    )


def _of_tensor(tensor: TensorCosts, by_pack: Mapping[int, Writer]) -> TensorStats:
    found = {by_pack.get(base.pack, Writer(base.steps, f"{base.steps} back")) for base in tensor.built_upon}
    return TensorStats(**_fields(tensor), base=tuple(writer.where for writer in sorted(found)))


def _fields(counted: Costs | TensorCosts) -> dict[str, Any]:
    return {field.name: getattr(counted, field.name) for field in fields(counted)}
