"""Deleting: a tombstone over one version, or over all of a name."""

from __future__ import annotations

from casreg import commit
from casreg.errors import NameNotFound
from casreg.names import Version
from casreg.registry import resolving
from casreg.registry.numbering import Numbering
from casreg.stores.protocol import Store


def delete(store: Store, numbering: Numbering, name: str, version: object = None) -> bool:
    """As :meth:`casreg.Registry.delete` says of one name; False if nothing was there."""
    reference = numbering.deleted(name, version)
    if isinstance(reference.selector, Version):
        return commit.delete_version(store, reference.name, reference.selector)
    if reference.selector is not None:
        state, _ = resolving.resolve(store, reference)
        return commit.delete_version(store, reference.name, state.version, state.generation)
    states = list(resolving.alive(store, reference.name))
    if not states:
        raise NameNotFound(f"there is no {reference.name!s} in {store.url}", name=reference.name)
    for state in states:
        commit.delete_version(store, reference.name, state.version)
    return True
