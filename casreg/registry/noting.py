"""Notes: what is known of a version only after it was saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from casreg import notes, refs
from casreg.errors import InvalidInput, VersionNotFound
from casreg.models.ref import Ref
from casreg.models.written import Signature
from casreg.refs import State
from casreg.registry import resolving
from casreg.registry.holding import unless_seen
from casreg.registry.metadata import checked
from casreg.registry.reading import Reading


class Noting(Reading):
    """The part of a :class:`casreg.Registry` that notes things of versions."""

    _clock: Callable[[], float]
    _sign: Callable[[], Signature]

    def note(
        self, reference: str, mapping: Mapping[str, Any] | None = None, *, remove: str | Iterable[str] = ()
    ) -> dict[str, Any]:
        """Note things of a version, such as metrics, without a new version; all of its notes.

        The entries of ``mapping`` are added to the notes that are there, or replace those of the same key;
        ``remove``: keys whose notes go; that there are none is fine. Held to what the metadata of a save is
        held to. Notes belong to what was saved: once that is overwritten they are no longer shown, and
        restored with it they are again. What was noted before stays in the history.

        Atomic, and what others note meanwhile is kept. Raises VersionNotFound, also if the version is deleted
        or renamed meanwhile, and InvalidInput naming the key.
        """
        given, removed = checked(mapping, "notes"), _keys(remove)
        if both := sorted(given.keys() & removed):
            raise InvalidInput(f"{', '.join(both)}: noted and removed at once", key=both[0])

        def how(now: dict[str, Any]) -> dict[str, Any]:
            kept = {key: value for key, value in now.items() if key not in removed}
            return checked({**kept, **given}, "notes")

        state, ref = self._noted(reference)
        name, version = state.name, state.version
        noted = notes.change(self.backend, name, version, ref.manifest.digest, how, self._sign, self._clock)
        with unless_seen(f"{name}@{version} is noted of"):
            newest = refs.state(self.backend, name, version)
            if newest is None or not newest.alive:
                raise VersionNotFound(
                    f"{name}@{version} was deleted or renamed while it was noted of:"
                    " what was noted is of what was deleted",
                    name=name,
                    version=version,
                )
        return noted

    def notes(self, reference: str) -> dict[str, Any]:
        """The notes of a version, {} if there are none. Raises VersionNotFound, Corrupt."""
        state, ref = self._noted(reference)
        listed = notes.listed_of_version(self.backend, state.name, state.version)
        return listed.of(state.name, state.version, ref.manifest.digest)

    def _noted(self, reference: str) -> tuple[State, Ref]:
        return resolving.resolve(self.backend, self._numbering.read(reference))


def _keys(given: object) -> frozenset[str]:
    keys = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else [given]
    for key in keys:
        if not isinstance(key, str):
            raise InvalidInput(f"remove={key!r}: keys of notes are strings")
    return frozenset(keys)
