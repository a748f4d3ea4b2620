"""What happened: read from the generations of versions, tags, protection and notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby, zip_longest
from typing import Any, Generic, NamedTuple, TypeVar

from casreg import generations, marks, notes, refs
from casreg.errors import BlobNotFound
from casreg.generations import Generation
from casreg.models.marks import Protected, Tagged
from casreg.models.notes import Notes
from casreg.models.ref import Ref
from casreg.models.written import Written
from casreg.names import Name, Tag, Version
from casreg.parallel import side_by_side
from casreg.registry.event import Action, Event
from casreg.stores.protocol import Store

Body = TypeVar("Body", bound=Written)


class Past(NamedTuple, Generic[Body]):
    """A state that was, or is."""

    state: Generation
    body: Body | None
    """None of a tombstone, and of what is no longer kept."""
    time: datetime
    emptied: bool
    """Whether it was not a tombstone when it was written."""


def of_name(store: Store, name: Name) -> list[Event]:
    """Newest first. One listing for each kind of event, and a read for each."""
    return _sorted(
        *_of_refs(store, f"refs/{name.key}/"),
        *_of_tags(store, f"{marks.TAGS}{name.key}/"),
        *_of_protection(store, f"{marks.PROTECTED}{name.key}/"),
        *_of_notes(store, f"{notes.PREFIX}{name.key}/"),
    )


def of_version(store: Store, name: Name, version: Version, tag: Tag | None = None) -> list[Event]:
    """As :func:`of_name`, of one version; and of ``tag``, whatever it stood for."""
    of_tags = _of_tags(store, f"{marks.TAGS}{name.key}/")
    return _sorted(
        *_of_refs(store, f"{refs.stem(name, version)},"),
        *(event for event in of_tags if event.version == version or event.tag == tag is not None),
        *_of_protection(store, f"{marks.protected_stem(name, version)},"),
        *_of_notes(store, f"{notes.stem(name, version)},"),
    )


def _sorted(*events: Event) -> list[Event]:
    return sorted(events, key=lambda event: event.time, reverse=True)


def _of_refs(store: Store, prefix: str) -> Iterator[Event]:
    for states in _pasts(store, prefix, Ref):
        newest = states[0]
        shown = {newest.state.number, newest.body.restores if newest.body else None}
        for past, older in zip_longest(states, states[1:]):
            version, ref = refs.parse(past.state.key), past.body
            yield _event(
                past,
                _action(past, older),
                version.name,
                version.version,
                digest=ref.manifest.digest if ref else None,
                restores=ref.restores if ref else None,
                restorable=ref is not None and past.state.number not in shown,
            )


def _action(past: Past[Ref], older: Past[Ref] | None) -> Action:
    if past.body is None:
        return Action.EMPTIED if past.emptied else Action.DELETED
    if past.body.restores:
        return Action.RESTORED
    over = older is not None and (older.body is not None or older.emptied)
    return Action.OVERWRITTEN if over else Action.SAVED


def _of_tags(store: Store, prefix: str) -> Iterator[Event]:
    for states in _pasts(store, prefix, Tagged):
        for past, older in zip_longest(states, states[1:]):
            name, tag = marks.parse_tag(past.state.stem)
            stood_for = past.body or (older.body if older else None)
            action = _on_or_off(past, Action.TAGGED, Action.UNTAGGED)
            yield _event(past, action, name, stood_for.version if stood_for else None, tag=str(tag))


def _of_protection(store: Store, prefix: str) -> Iterator[Event]:
    for states in _pasts(store, prefix, Protected):
        for past in states:
            action = _on_or_off(past, Action.PROTECTED, Action.UNPROTECTED)
            yield _event(past, action, *marks.parse_protected(past.state.stem))


def _of_notes(store: Store, prefix: str) -> Iterator[Event]:
    for states in _pasts(store, prefix, Notes):
        for past in states:
            name, version, _ = notes.parse(past.state.key)
            action = Action.EMPTIED if past.emptied else Action.NOTED
            digest = past.body.manifest if past.body else None
            yield _event(past, action, name, version, digest=digest)


def _event(past: Past[Body], action: Action, name: Name, version: str | None, **more: Any) -> Event:
    return Event(
        time=past.time,
        action=action,
        name=str(name),
        version=None if version is None else str(version),
        generation=past.state.number,
        author=past.body.author if past.body else None,
        host=past.body.host if past.body else None,
        **more,
    )


def _on_or_off(past: Past[Body], on: Action, off: Action) -> Action:
    if past.body is not None:
        return on
    return Action.EMPTIED if past.emptied else off


def _pasts(store: Store, prefix: str, kind: type[Body]) -> Iterator[list[Past[Body]]]:
    """The states of each stem below a prefix, newest first."""
    listed = list(generations.every(store, prefix))
    bodies = dict(zip(listed, _read(store, listed, kind), strict=True))
    for _, states in groupby(listed, key=lambda state: state.stem):
        found: list[Past[Body]] = []
        for state in states:
            found.append(_past(state, bodies[state], found[-1] if found else None))
        yield found


def _past(state: Generation, body: Body | None, newer: Past[Body] | None) -> Past[Body]:
    """What was written before ``newer`` is not told as later, whatever the clocks said."""
    # A tombstone was written before what came after it; a state that was emptied, emptied after that.
    emptied = body is None and newer is not None and (state.alive or state.modified > newer.state.modified)
    time = body.created.astimezone(UTC) if body else datetime.fromtimestamp(state.modified, UTC)
    return Past(state, body, min(time, newer.time) if newer else time, emptied)


def _read(store: Store, states: Sequence[Generation], kind: type[Body]) -> list[Body | None]:
    def read(state: Generation) -> Body | None:
        try:
            return generations.read(store, state.key, kind) if state.alive else None
        except BlobNotFound:
            return None  # emptied since the listing

    return list(side_by_side(read, states, waits=not store.local))
