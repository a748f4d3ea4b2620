"""What the registry knows without reading data: names, versions, facts."""

from __future__ import annotations

from typing import Any

from casreg import refs
from casreg.config import Limits
from casreg.digest import Digest
from casreg.errors import BlobNotFound, VersionNotFound
from casreg.models.ref import Ref
from casreg.names import Name, Reference
from casreg.parallel import Pool
from casreg.refs import State
from casreg.registry.resolving import alive, find, resolve
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store

names = refs.names


def present(store: Store, reference: Reference) -> bool:
    """Whether the version is there: one listing."""
    if isinstance(reference.selector, Digest):
        try:
            resolve(store, reference)
        except VersionNotFound:
            return False
        return True
    return find(store, reference) is not None


def facts_of_version(store: Store, reference: Reference, limits: Limits) -> dict[str, Any]:
    """{} if it is absent."""
    try:
        state, ref = resolve(store, reference)
    except VersionNotFound:
        return {}
    return facts(Snapshot(store, state.name, state.version, ref, limits=limits))


def facts_of_name(store: Store, name: Name, limits: Limits) -> dict[str, dict[str, Any]]:
    """By version, lowest first: one listing, and one read per version."""
    states = list(alive(store, name))[::-1]

    def read(state: State) -> Ref | None:
        try:
            return refs.read(store, state)
        except BlobNotFound:
            return None  # deleted since the listing

    if store.local or len(states) < 2:
        found = [read(state) for state in states]
    else:
        with Pool(16) as pool:
            found = list(pool.map(read, states, 32))
    return {
        str(state.version): facts(Snapshot(store, name, state.version, ref, limits=limits))
        for state, ref in zip(states, found, strict=True)
        if ref is not None
    }


def facts(snapshot: Snapshot) -> dict[str, Any]:
    """What ``info`` says of a version; sizes in bytes."""
    head = snapshot.head
    return {
        "class": head.python_class,
        "materializer": head.kind,
        "init_params": head.init_params,
        "metadata": head.metadata,
        "hash": head.content,
        "path": f"{snapshot.name}@{snapshot.digest}",
        "version": str(snapshot.version),
        "created": snapshot.ref.created.isoformat(),
        "size": head.size,
        "stored_size": sum(pack.size for pack in snapshot.packs),
        "digest": str(snapshot.digest),
        "parts": head.parts,
        "parent": head.parent,
    }
