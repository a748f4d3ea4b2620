"""Renaming: versions as they are, under another name; a writer, by PROTOCOL W."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass

from casreg import commit, generations, marks, refs
from casreg.commit import Candidate
from casreg.condemned import condemned
from casreg.config import Limits
from casreg.errors import BlobNotFound, Conflict, InvalidInput, NameNotFound, Unavailable
from casreg.importing import reached
from casreg.leases import Fence, LeaseExpired
from casreg.models.marks import Protected
from casreg.models.ref import Ref
from casreg.models.written import Signature
from casreg.names import Name, Version
from casreg.refs import State
from casreg.registry import resolving, tagging
from casreg.registry.holding import unless_seen
from casreg.registry.moving_notes import MovingNotes
from casreg.registry.protecting import protect
from casreg.registry.reading import Reading
from casreg.registry.restoring import restore
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store

log = logging.getLogger("casreg")


class Renaming(Reading):
    """The part of a :class:`casreg.Registry` that renames."""

    _clock: Callable[[], float]
    _sign: Callable[[], Signature]

    def rename(self, old: str, new: str) -> list[str]:
        """Give all versions of a name another name, with their notes, tags and protection; which they are,
        lowest first.

        No data is read: each version keeps its number, its digest, and when and by whom it was saved. Each is
        there under one of the names at least at any time; all together they do not move at once. Interrupted,
        it is finished by calling it again: what is there already with the same digest is passed over. What is
        saved under the old name meanwhile stays there.

        Raises NameNotFound; Conflict, with nothing changed, if the new name has one of the versions or tags
        for something else; Conflict, with all others renamed, for one that was overwritten meanwhile, or
        deleted under the new name, and so stays; InvalidInput for a name that is none, or the same.
        """
        return [str(version) for version in rename(self.backend, old, new, self._sign, self._clock)]


def rename(
    store: Store, old: str, new: str, sign: Callable[[], Signature], clock: Callable[[], float]
) -> list[Version]:
    """As :meth:`Renaming.rename`."""
    source, target = Name.parse(old), Name.parse(new)
    if source == target:
        raise InvalidInput(f"{old!s} is renamed to itself: give another name", name=source)
    while True:
        fence = Fence(store, clock, f"rename of {source} to {target}")
        try:
            return _Rename(store, source, target, fence, sign, clock).run()
        except LeaseExpired:  # what was made visible is passed over
            log.warning("the lease of renaming %s to %s ran out; starting over", source, target)
        finally:
            fence.end()


@dataclass
class _Rename:
    store: Store
    old: Name
    new: Name
    fence: Fence
    sign: Callable[[], Signature]
    clock: Callable[[], float]

    def run(self) -> list[Version]:
        """First all that is added to the new name, then what is taken from the old one; then a second look,
        for what was marked and noted meanwhile."""
        states = list(resolving.alive(self.store, self.old))[::-1]
        if not states:
            raise NameNotFound(f"there is no {self.old!s} in {self.store.url}", name=self.old)
        self._require_free(states)
        self.fence.take()
        self._require_wanted(states)
        notes = MovingNotes(self.store, self.old, self.new, self.sign, self.clock)
        digests: dict[Version, str] = {}
        added: set[Version] = set()
        for state in states:
            ref = self._read(state)
            digests[state.version] = ref.manifest.digest
            if self._add(state, ref):
                added.add(state.version)
        notes.carry(digests, added)
        self._mark(digests.keys())
        tombstones = self._delete(states)
        with unless_seen(f"{self.old} is renamed to {self.new}"):
            stayed = self._stayed(tombstones)
            gone = {version: digest for version, digest in digests.items() if version not in stayed}
            notes.carry(gone, added)
            self._mark(gone.keys())
        for conflict in stayed.values():
            raise conflict
        return list(digests)

    def _require_free(self, states: list[State]) -> None:
        there = {state.version: state for state in resolving.alive(self.store, self.new)}
        for state in states:
            other = there.get(state.version)
            if other is not None and self._digest(other) != self._digest(state):
                raise self._conflict(state.version)
        tags = marks.tags(self.store, self.new)
        for tag, version in marks.tags(self.store, self.old).items():
            if tags.get(tag, version) != version:
                raise Conflict(
                    f"{self.new}@{tag} stands for {tags[tag]}, {self.old}@{tag} for {version}:"
                    " nothing was renamed; untag one of them",
                    name=self.new,
                    tag=tag,
                )

    def _require_wanted(self, states: Iterable[State]) -> None:
        """W2, W3: nothing that a version reaches is about to be deleted."""
        dead = condemned(self.store)
        for state in states if dead else ():
            snapshot = Snapshot(self.store, state.name, state.version, self._read(state), limits=Limits())
            if any(blob.digest in dead for blob in reached(snapshot)):
                raise Unavailable(
                    f"a sweep is looking at what {state.name}@{state.version} is made of: rename it later",
                    name=state.name,
                    version=state.version,
                )

    def _add(self, state: State, ref: Ref) -> bool:
        """Make a version visible under the new name; False if it is already."""

        def candidate() -> Candidate:
            listed = self.clock()
            there = refs.state(self.store, self.new, state.version)
            if there is not None and there.alive:
                if self._digest(there) != ref.manifest.digest:
                    raise self._conflict(state.version)
                raise _There
            return commit.this_version(self.new, state.version, there, listed, overwrite=False)

        try:
            made = Ref(**{**dict(ref), "write": self.sign()["write"], "restores": None})
            commit.commit_version(self.store, self.new, made, candidate(), candidate, self.fence, self.clock)
        except _There:
            return False
        return True

    def _mark(self, versions: Set[Version]) -> None:
        """Move tags and protection."""
        found = marks.marks(self.store, self.old)
        for tag, version in found.tags.items():
            if version in versions:
                tagging.move(self.store, self.new, tag, version, self.sign, self.clock)
        for version in found.protected & versions:
            state = refs.state(self.store, self.new, version)
            if state is not None:
                protect(self.store, state, self.sign, self.clock)
        for tag, version in found.tags.items():
            if version in versions:
                tagging.untag(self.store, self.old, tag, self.clock, only=version)
        for version in found.protected & versions:
            stem = marks.protected_stem(self.old, version)
            generations.update(self.store, stem, Protected, lambda _: None, self.clock)

    def _delete(self, states: Sequence[State]) -> dict[State, int | None]:
        """Delete versions of the old name that are there under the new one; the generations of tombstones."""
        return {
            state: commit.delete_version(self.store, self.old, state.version, self.clock, state.generation)
            for state in states
        }

    def _stayed(self, tombstones: Mapping[State, int | None]) -> dict[Version, Conflict]:
        """Versions that stay under the old name, and why: others have overwritten them; or they are gone from
        the new name since, and are brought back. Who renames the other way at the same moment finds versions
        there already, and deletes them where they came from.
        """
        there = {state.version for state in resolving.alive(self.store, self.new)}
        stayed: dict[Version, Conflict] = {}
        for state, tombstone in tombstones.items():
            if tombstone is None:
                left = refs.state(self.store, self.old, state.version)
                if left is not None and left.alive:
                    stayed[state.version] = self._overwritten(state.version)
            elif state.version not in there:
                self._bring_back(state, tombstone)
                stayed[state.version] = self._deleted(state.version)
        return stayed

    def _bring_back(self, state: State, tombstone: int) -> None:
        with suppress(Conflict):  # somebody else has saved it anew
            restore(
                self.store,
                self.old,
                state.version,
                state.generation,
                above=tombstone,
                sign=self.sign,
                clock=self.clock,
            )

    def _overwritten(self, version: Version) -> Conflict:
        return Conflict(
            f"{self.old}@{version} was overwritten while it was renamed: it stays as it is now,"
            f" and {self.new}@{version} is what it was before",
            name=self.old,
            version=version,
        )

    def _deleted(self, version: Version) -> Conflict:
        return Conflict(
            f"{self.new}@{version} was deleted while {self.old} was renamed: {self.old}@{version} stays",
            name=self.old,
            version=version,
        )

    def _digest(self, state: State) -> str:
        return self._read(state).manifest.digest

    def _read(self, state: State) -> Ref:
        try:
            return refs.read(self.store, state)
        except BlobNotFound:
            raise Conflict(
                f"{state.name}@{state.version} was overwritten or deleted while it was renamed: rename again",
                name=state.name,
                version=state.version,
            ) from None

    def _conflict(self, version: Version) -> Conflict:
        return Conflict(
            f"{self.new}@{version} is there already, and is another one than {self.old}@{version}:"
            " rename to another name, or delete one of them",
            name=self.new,
            version=version,
        )


class _There(Exception):
    """The version is there already under the new name."""
