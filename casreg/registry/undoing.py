"""History, and the way back."""

from __future__ import annotations

from collections.abc import Callable

from casreg import generations, marks, refs
from casreg.digest import Digest
from casreg.errors import InvalidInput, NameNotFound, NotFound, Unsupported, VersionNotFound
from casreg.generations import Generation
from casreg.models.ref import Ref
from casreg.models.store import Settings
from casreg.models.written import Signature
from casreg.names import Name, Reference, Tag, Version
from casreg.registry import history, resolving
from casreg.registry.event import Event
from casreg.registry.holding import require_unprotected, settle_overwrite
from casreg.registry.reading import Reading
from casreg.registry.restoring import restore
from casreg.stores.protocol import Store


class Undoing(Reading):
    """The part of a :class:`casreg.Registry` that knows what was before."""

    _clock: Callable[[], float]
    _sign: Callable[[], Signature]

    def history(self, reference: str) -> list[Event]:
        """What happened to a name, or to one version, newest first: saved, overwritten, deleted, restored,
        tagged, protected, noted, by whom and when.

        Deleted versions have a history, too. Of ``name@tag`` it is that of the version that the tag stands
        for, and all that the tag stood for before. One listing for each kind of event, and a read for each.
        Raises NameNotFound, VersionNotFound for what never was.
        """
        parsed, store = self._numbering.read(reference), self.backend
        if "@" not in reference:
            events = history.of_name(store, parsed.name)
        else:
            tag = parsed.selector if isinstance(parsed.selector, Tag) else None
            events = history.of_version(store, parsed.name, _ever(store, parsed, latest=True), tag)
        if not events:
            raise _never(store, parsed)
        return events

    def undo(self, reference: str, *, generation: int | None = None) -> str:
        """Bring back what the last overwrite or delete of a version replaced; which version that is.

        ``reference``: ``name@version``; ``name`` is its highest version that ever was, a deleted one too. The
        state that comes back is a new one, with the digest of the earlier one. Undone again, it goes one
        further back; ``generation``: which one, of those that the history tells to be restorable: so an undo
        is undone, too.

        Atomic. States are kept for the ``undo_window`` of the store, and longer until they are swept; with 0
        it keeps none: Unsupported. Where the version is there it is overwritten: InvalidInput unless the
        store is mutable, Conflict if it is protected, or was changed meanwhile. InvalidInput, too, if nothing
        was before; NotFound for what is no longer kept.
        """
        _require_kept(self.settings, self.backend)
        parsed = self._numbering.read(reference)
        if isinstance(parsed.selector, Digest):
            raise InvalidInput(f"{reference} is a digest: undo takes a version, and a generation of it")
        version = _ever(self.backend, parsed, latest=reference.endswith("@latest"))
        _undo(self.backend, parsed.name, version, generation, self.mutable, self._sign, self._clock)
        return str(version)


def _undo(
    store: Store,
    name: Name,
    version: Version,
    generation: int | None,
    mutable: bool,
    sign: Callable[[], Signature],
    clock: Callable[[], float],
) -> None:
    states = list(generations.every(store, f"{refs.stem(name, version)},"))
    if not states:
        raise _never(store, Reference(name, version))
    newest = states[0]
    target = _target(store, name, version, states, generation)
    if newest.alive:
        if not mutable:
            raise InvalidInput(
                f"{name}@{version} is there, and this store is not mutable: delete it first, then undo with"
                f" generation={target}"
            )
        require_unprotected(store, name, version)
    made = restore(store, name, version, target, above=newest.number, sign=sign, clock=clock)
    if newest.alive:
        settle_overwrite(store, name, version, made, sign, clock)


def _target(store: Store, name: Name, version: Version, states: list[Generation], asked: int | None) -> int:
    """The generation that is to come back."""
    newest, what = states[0], f"{name}@{version}"
    restores = generations.read(store, newest.key, Ref).restores if newest.alive else None
    origin = restores or newest.number
    if asked is None:
        found = next((state.number for state in states if state.alive and state.number < origin), None)
        if found is None:
            raise InvalidInput(f"there is nothing to undo: no state of {what} before this one is kept")
        return found
    if isinstance(asked, bool) or not isinstance(asked, int):
        raise InvalidInput(f"generation={asked!r}: a number, as the history has it")
    if asked in (newest.number, restores):
        raise InvalidInput(f"generation {asked} is what {what} is now")
    state = next((state for state in states if state.number == asked), None)
    if state is None or not state.alive:
        why = "was deleted then, or is no longer kept as it was" if state else "is not known"
        kept = [str(state.number) for state in states if state.alive and state is not newest]
        raise NotFound(
            f"generation {asked} of {what} {why}; restorable: {', '.join(kept) or 'none'}",
            name=name,
            version=version,
            generation=asked,
        )
    return asked


def _ever(store: Store, reference: Reference, *, latest: bool) -> Version:
    """The version that a reference stands for, deleted or not; without one the highest that ever was, or
    with ``latest`` the highest that is there."""
    selector = reference.selector
    if isinstance(selector, Version):
        return selector
    if isinstance(selector, Tag) and (version := marks.tagged(store, reference.name, selector)):
        return version
    if selector is not None or latest:
        return resolving.required(store, reference).version
    highest = next(refs.states(store, reference.name), None)
    if highest is None:
        raise _never(store, reference)
    return highest.version


def _require_kept(settings: Settings, store: Store) -> None:
    if settings.undo_seconds == 0:
        raise Unsupported(f"the store at {store.url} keeps no undo: its undo_window is 0", store=store.url)


def _never(store: Store, reference: Reference) -> VersionNotFound:
    if reference.selector is None:
        return NameNotFound(f"there never was a {reference.name!s} in {store.url}", name=reference.name)
    return VersionNotFound(
        f"there never was a {reference} in {store.url}", name=reference.name, version=reference.selector
    )
