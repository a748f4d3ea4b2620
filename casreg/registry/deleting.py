"""Deleting: a tombstone over one version, over all of a name, or over everything; not over what is held."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from casreg import commit, marks, refs
from casreg.errors import Conflict, InvalidInput, NameNotFound
from casreg.marks import Marks
from casreg.models.written import Signature
from casreg.names import Name, Tag, Version
from casreg.refs import State
from casreg.registry import resolving, tagging
from casreg.registry.holding import held, is_held, unless_seen
from casreg.registry.numbering import Numbering
from casreg.registry.restoring import restore
from casreg.stores.protocol import Store

Each = Callable[[Callable[[State], object], Sequence[State]], object]
"""Calls a function for each of some states."""


@dataclass(frozen=True, slots=True)
class Deleting:
    """Deletes from a store, on behalf of one Registry."""

    store: Store
    numbering: Numbering
    sign: Callable[[], Signature]
    clock: Callable[[], float]

    def delete(self, name: str, version: object = None, *, force: bool = False) -> bool:
        """As :meth:`casreg.Registry.delete` says of one name; False if nothing was there."""
        reference = self.numbering.deleted(name, version)
        if isinstance(reference.selector, Tag):
            found = resolving.required(self.store, reference)
            raise InvalidInput(
                f"the tag {reference} moves, and stands for {found.name}@{found.version} now:"
                " name the version to be deleted, or untag it"
            )
        if isinstance(reference.selector, Version):
            return self.version(reference.name, reference.selector, force=force)
        if reference.selector is not None:
            state, _ = resolving.resolve(self.store, reference)
            return self.version(reference.name, state.version, state.generation, force=force)
        states = list(resolving.alive(self.store, reference.name))
        if not states:
            raise NameNotFound(f"there is no {reference.name!s} in {self.store.url}", name=reference.name)
        self.all(
            states, lambda: {reference.name: marks.marks(self.store, reference.name)}, _in_turn, force=force
        )
        return True

    def version(self, name: Name, version: Version, only: int | None = None, *, force: bool = False) -> bool:
        """One version; with ``only`` only that generation of it. False if it was not there, or somebody else
        deleted it first. Raises Conflict, with nothing changed, if it is held."""
        before = marks.marks(self.store, name)
        if is_held(before, version, force=force):
            state = refs.state(self.store, name, version)
            if state is None or not state.alive or only not in (None, state.generation):
                return False
            raise _held(name, version, before)
        tombstone = commit.delete_version(self.store, name, version, self.clock, only)
        if tombstone is not None or force:
            with unless_seen(f"{name}@{version} is deleted"):
                after = marks.marks(self.store, name)
                if not self._settle(name, version, tombstone, after, force=force):
                    raise _held(name, version, after)
        return tombstone is not None

    def all(
        self, states: Sequence[State], look: Callable[[], Mapping[Name, Marks]], each: Each, *, force: bool
    ) -> None:
        """All of some versions; ``look`` tells their marks. Raises Conflict, with nothing changed, if one
        is held; once all others are deleted, if one is held meanwhile."""
        before = look()
        for state in states:
            if (found := before.get(state.name)) and is_held(found, state.version, force=force):
                raise _held(state.name, state.version, found)
        tombstones: dict[State, int | None] = {}

        def delete(state: State) -> None:
            tombstones[state] = commit.delete_version(self.store, state.name, state.version, self.clock)

        each(delete, states)
        back: list[State] = []
        with unless_seen("all versions are deleted"):
            after = look()
            for state, tombstone in tombstones.items():
                found = after.get(state.name, Marks())
                if not self._settle(state.name, state.version, tombstone, found, force=force):
                    back.append(state)
        if back:
            first = min(back)
            raise _held(first.name, first.version, after[first.name], "what is not held was deleted")

    def _settle(
        self, name: Name, version: Version, tombstone: int | None, after: Marks, *, force: bool
    ) -> bool:
        """A tombstone was put: what was marked meanwhile comes back, and this is False; else its tags go with
        it."""
        if tombstone is not None and is_held(after, version, force=force):
            with suppress(Conflict):  # somebody else has saved it anew
                restore(
                    self.store,
                    name,
                    version,
                    tombstone - 1,
                    above=tombstone,
                    sign=self.sign,
                    clock=self.clock,
                )
            return False
        if force:
            for tag in after.of(version):
                tagging.untag(self.store, name, tag, self.clock, only=version)
        return True


def _held(name: Name, version: Version, marks: Marks, others: str = "nothing was deleted") -> Conflict:
    return held(name, version, marks.of(version), protected=version in marks.protected, others=others)


def _in_turn(act: Callable[[State], object], states: Sequence[State]) -> None:
    for state in states:
        act(state)
