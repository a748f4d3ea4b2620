"""What a save may reuse chunks of, and build upon."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Final

from casreg import refs
from casreg.condemned import condemned
from casreg.errors import BlobNotFound, Corrupt
from casreg.models.manifest import Descriptor
from casreg.names import Name
from casreg.refs import State
from casreg.registry.nearest import nearest
from casreg.registry.order import Order
from casreg.registry.resolving import resolve
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store
from casreg.tensors import Tensor
from casreg.writer import Base

log = logging.getLogger("casreg")
NEWEST: Final = 8
"""Chunks are looked up in the version being continued, then in this many newest ones."""


def newest(store: Store, name: Name) -> list[State]:
    """Versions from the highest down, until there are enough to reuse from; one listing."""
    states: list[State] = []
    alive = 0
    for state in refs.states(store, name):
        states.append(state)
        alive += state.alive
        if alive > NEWEST:
            break
    return states


def bases(store: Store, order: Order, states: list[State], tensors: Sequence[Tensor]) -> Iterator[Base]:
    """What chunks may be reused from: the base that was asked for, then the newest versions of the name.

    ``tensors``: the object's own, looked at for ``"auto"`` only.

    W2, then W3: condemned lists are read before refs. A list made later waits for this save's lease.
    """
    alive = [state for state in states if state.alive]
    if order.base is None and not alive:
        return
    dead = condemned(store)

    def base(snapshot: Snapshot) -> Base:
        unusable = dead | {blob.digest for blob in snapshot.ref.inline}
        if store.durable and not snapshot.ref.flushed:
            unusable |= {pack.digest for pack in snapshot.packs}
        elif store.local:  # where it costs next to nothing, damage is not built upon
            unusable |= {pack.digest for pack in snapshot.packs if not _there(store, pack)}
        where = f"{snapshot.name}@{snapshot.version}"
        return Base(snapshot.index, snapshot.packs, unusable, snapshot.digest, snapshot.chunk_into, where)

    first = _asked_for(store, order, alive, tensors)
    if first is not None:
        yield base(first)
    for recent in alive:
        if first is not None and (recent.name, recent.version) == (first.name, first.version):
            continue
        try:
            ref = refs.read(store, recent)
            yield base(Snapshot(store, order.name, recent.version, ref, limits=order.limits))
        except BlobNotFound:
            continue  # gone since the listing
        except Corrupt as error:
            log.warning("not reusing chunks of %s@%s: %s", order.name, recent.version, error)


def _asked_for(store: Store, order: Order, alive: list[State], tensors: Sequence[Tensor]) -> Snapshot | None:
    if order.base is None:
        return None
    if order.base == "auto":
        found = nearest(store, order.name, alive[:1], tensors, order.limits)
        near = f"{found.name}@{found.version}" if found else "nothing that is near"
        log.info("saving %s: base=auto found %s", order.name, near)
        return found
    state, ref = resolve(store, order.base)
    return Snapshot(store, state.name, state.version, ref, limits=order.limits)


def _there(store: Store, pack: Descriptor) -> bool:
    entry = store.stat(pack.sha256.key)
    return entry is not None and entry.size == pack.size
