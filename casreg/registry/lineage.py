"""Which versions another one continues, and which of them wrote what it is built upon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from casreg import refs
from casreg.errors import BlobNotFound, Corrupt, Unsupported
from casreg.lazy import lazy
from casreg.models.ref import Ref
from casreg.names import Name, Version
from casreg.parallel import Pool
from casreg.refs import State
from casreg.registry.resolving import alive
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store

_LOOKED_AT: Final = 64
"""Refs that are read in search of a manifest, of the name itself and of others."""
_READ: Final = 2 * _LOOKED_AT
"""Refs that are read in all, however long the line is."""
_UNREADABLE: Final = (BlobNotFound, Corrupt, Unsupported)
"""What ends the line; that a store does not answer does not."""


class Writer(NamedTuple):
    """The version that wrote a pack."""

    back: int
    """1 for the version that is continued, 2 for the one that that continues, ..."""
    where: str
    """``name@version``."""


class Lineage:
    """The line of versions that one continues, as far as they are still there to be found.

    One listing of each name on the way and one of all, 128 refs at most, each once; no data, no indexes.
    """

    def __init__(self, store: Store, of: Snapshot) -> None:
        self._store, self._of = store, of
        self._own: dict[Name, list[State]] = {}
        self._refs: dict[str, Ref | None] = {}

    @lazy
    def parent(self) -> str | None:
        """``name@version`` of what has the manifest that the version continues.

        None if it continues none, or that is there no more, or is none of those that are looked at: 64
        versions of the name, the ones right below first, and the 64 of other names that were written last
        before it.
        """
        found = self._parent_of(self._of)
        return None if found is None else _where(found)

    def writers(self, packs: Iterable[str]) -> dict[str, Writer]:
        """Who wrote each pack of the version, by digest: the oldest of the line that has it.

        Of packs for which that cannot be told, and those that only the version itself has, nothing.
        """
        found: dict[str, Writer] = {}
        sought, oldest = set(packs), self._of
        for back, oldest in enumerate(self._ancestors() if sought else (), 1):
            sought &= {pack.digest for pack in oldest.packs}
            if not sought:
                return found
            found |= dict.fromkeys(sought, Writer(back, _where(oldest)))
        if oldest.head.parent is not None:  # an older one may have written them, that is not there
            found = {digest: writer for digest, writer in found.items() if digest not in sought}
        return found

    def _ancestors(self) -> Iterator[Snapshot]:
        """What the version continues, what that continues, ...: those that can be read, without a gap."""
        at = self._of
        while (found := self._parent_of(at)) is not None:
            try:
                _ = found.head, found.packs
            except _UNREADABLE:
                return  # gone since the listing, or damaged: fsck tells
            yield found
            at = found

    def _parent_of(self, version: Snapshot) -> Snapshot | None:
        manifest = version.head.parent
        if manifest is None:
            return None
        own = sorted(self._versions(version.name), key=lambda state: state.version >= version.version)
        below = (state for state in own if state.version != version.version)
        state = self._with(manifest, below)
        if state is None:
            state = self._with(manifest, self._written_before(version.name, version.version, own))
        ref = self._ref(state) if state is not None else None
        if state is None or ref is None:
            return None
        return Snapshot(self._store, state.name, state.version, ref, limits=version.limits)

    def _versions(self, name: Name) -> list[State]:
        if name not in self._own:
            self._own[name] = list(alive(self._store, name))
        return self._own[name]

    @lazy
    def _all(self) -> list[State]:
        return sorted((s for s in refs.all_states(self._store) if s.alive), key=lambda s: -s.modified)

    def _written_before(self, name: Name, version: Version, own: list[State]) -> Iterator[State]:
        written = [state.modified for state in own if state.version == version]
        return (s for s in self._all if s.name != name and (not written or s.modified <= written[0]))

    def _with(self, manifest: str, states: Iterable[State]) -> State | None:
        def has_it(state: State) -> bool:
            ref = self._ref(state)
            return ref is not None and ref.manifest.digest == manifest

        looked_at = list(islice(states, _LOOKED_AT))
        first = 1 if not self._store.local else len(looked_at)  # it most likely is the one
        found = next((state for state in looked_at[:first] if has_it(state)), None)
        if found is None and looked_at[first:]:
            with Pool(16) as pool:
                answers = pool.map(has_it, looked_at[first:], 32)
                found = next((s for s, it in zip(looked_at[first:], answers, strict=True) if it), None)
        return found

    def _ref(self, state: State) -> Ref | None:
        """None if it cannot be read, or enough have been."""
        if state.key not in self._refs:
            if len(self._refs) >= _READ:
                return None
            try:
                self._refs[state.key] = refs.read(self._store, state)
            except _UNREADABLE:
                self._refs[state.key] = None  # gone since the listing, or damaged: fsck tells
        return self._refs[state.key]


def _where(version: Snapshot) -> str:
    return f"{version.name}@{version.version}"
