"""Which version another one continues."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from casreg import refs
from casreg.errors import CasregError
from casreg.names import Name, Version
from casreg.parallel import Pool
from casreg.refs import State
from casreg.registry.resolving import alive
from casreg.stores.protocol import Store

_LOOKED_AT: Final = 64
"""Refs that are read in search of a manifest, of the name itself and of others."""


def parent_of(store: Store, name: Name, version: Version, manifest: str) -> str | None:
    """``name@version`` of what has the manifest that a version continues.

    None if it is there no more, or is none of those that are looked at: 64 versions of the name, the ones
    right below first, and the 64 of other names that were written last before this one. Two listings at most.
    """
    own = sorted(alive(store, name), key=lambda state: state.version >= version)
    found = _with_manifest(store, (state for state in own if state.version != version), manifest)
    return found or _with_manifest(store, _written_before(store, name, version, own), manifest)


def _written_before(store: Store, name: Name, version: Version, own: list[State]) -> Iterator[State]:
    written = [state.modified for state in own if state.version == version]
    others = (s for s in refs.all_states(store) if s.alive and s.name != name)
    earlier = (s for s in others if not written or s.modified <= written[0])
    yield from sorted(earlier, key=lambda state: -state.modified)


def _with_manifest(store: Store, states: Iterable[State], manifest: str) -> str | None:
    def has_it(state: State) -> bool:
        try:
            return refs.read(store, state).manifest.digest == manifest
        except CasregError:
            return False  # gone since the listing, or damaged: fsck tells

    looked_at = list(islice(states, _LOOKED_AT))
    first = 1 if not store.local else len(looked_at)  # it most likely is the one
    found = next((state for state in looked_at[:first] if has_it(state)), None)
    if found is None and looked_at[first:]:
        with Pool(16) as pool:
            answers = pool.map(has_it, looked_at[first:], 32)
            found = next((s for s, it in zip(looked_at[first:], answers, strict=True) if it), None)
    return None if found is None else f"{found.name}@{found.version}"
