"""Protection: versions that are neither deleted nor overwritten."""

from __future__ import annotations

from collections.abc import Callable

from casreg import generations, marks, refs
from casreg.errors import VersionNotFound
from casreg.models.marks import Protected
from casreg.models.written import Signature
from casreg.names import Tag, Version
from casreg.refs import State
from casreg.registry import resolving
from casreg.registry.holding import unless_seen
from casreg.registry.reading import Reading
from casreg.stores.protocol import Store


class Protecting(Reading):
    """The part of a :class:`casreg.Registry` that protects versions."""

    _clock: Callable[[], float]
    _sign: Callable[[], Signature]

    def protect(self, reference: str) -> str:
        """From now on refuse to delete a version, even by force, and to overwrite it; which one that is.

        A tag, "latest" or no version stand for the version that they stand for now. Atomic, idempotent.
        Raises VersionNotFound, also if the version is deleted meanwhile.
        """
        found = resolving.required(self.backend, self._numbering.read(reference))
        protect(self.backend, found, self._sign, self._clock)
        return str(found.version)

    def unprotect(self, reference: str) -> str:
        """Let a version be deleted and overwritten again; which one that is. Atomic, idempotent.

        Raises VersionNotFound for a version that never was.
        """
        parsed = self._numbering.read(reference)
        version = parsed.selector
        if isinstance(version, Tag):
            version = marks.tagged(self.backend, parsed.name, version)
        if not isinstance(version, Version) or refs.state(self.backend, parsed.name, version) is None:
            version = resolving.required(self.backend, parsed).version
        generations.update(
            self.backend,
            marks.protected_stem(parsed.name, version),
            Protected,
            lambda _: None,
            self._clock,
        )
        return str(version)


def protect(store: Store, state: State, sign: Callable[[], Signature], clock: Callable[[], float]) -> None:
    """Protect the version that ``state`` shows. Raises VersionNotFound, and protects nothing, if it is not
    there once that is done."""
    stem = marks.protected_stem(state.name, state.version)

    def change(now: Protected | None) -> Protected:
        return now or Protected(generation=state.generation, **sign())

    written = generations.update(store, stem, Protected, change, clock)

    def retract(now: Protected | None) -> Protected | None:
        return None if now and written and now.write == written.write else now

    with unless_seen(f"{state.name}@{state.version} is protected"):
        newest = refs.state(store, state.name, state.version)
        if newest is not None and newest.alive:
            return
        generations.update(store, stem, Protected, retract, clock)
        raise VersionNotFound(
            f"{state.name}@{state.version} was deleted while it was protected",
            name=state.name,
            version=state.version,
        )
