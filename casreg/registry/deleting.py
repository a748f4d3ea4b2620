"""Deleting: a tombstone over one version, or over all of a name."""

from __future__ import annotations

from casreg import commit
from casreg.errors import InvalidInput, NameNotFound
from casreg.names import LATEST, Reference, Version
from casreg.registry import resolving
from casreg.stores.protocol import Store


def delete(store: Store, name: str, version: object = None) -> bool:
    """As :meth:`casreg.Registry.delete` says of one name; False if nothing was there."""
    reference = Reference.parse(name, version)
    if version == LATEST or name.endswith("@" + LATEST):
        raise InvalidInput("'latest' is computed: name the version to be deleted")
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
