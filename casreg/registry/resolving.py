"""From references to refs: one listing and one read."""

from __future__ import annotations

from collections.abc import Iterator

from casreg import marks, refs
from casreg.digest import Digest
from casreg.errors import BlobNotFound, CasregError, NameNotFound, Unavailable, VersionNotFound
from casreg.models.ref import Ref
from casreg.names import Name, Reference, Tag, Version
from casreg.refs import State
from casreg.stores.protocol import Store

_ROUNDS = 8


def resolve(store: Store, reference: Reference) -> tuple[State, Ref]:
    """The version that ``reference`` selects, and its ref. Raises VersionNotFound, or NameNotFound."""
    for _ in range(_ROUNDS):
        if isinstance(reference.selector, Digest):
            return _by_digest(store, reference, reference.selector)
        state = find(store, reference)
        if state is None:
            raise _absent(store, reference)
        try:
            return state, refs.read(store, state)
        except BlobNotFound:
            continue  # overwritten or deleted since the listing, and trimmed: list again
    raise Unavailable(f"{reference} changes faster than it can be read")


def required(store: Store, reference: Reference) -> State:
    """The version that ``reference`` selects. Raises VersionNotFound, or NameNotFound."""
    if isinstance(reference.selector, Digest):
        return resolve(store, reference)[0]
    state = find(store, reference)
    if state is None:
        raise _absent(store, reference)
    return state


def find(store: Store, reference: Reference) -> State | None:
    """The newest generation that is alive of what a version, a tag or no selector selects; one listing, for
    a tag another one and a read."""
    selector = reference.selector
    if selector is None:
        return refs.latest(store, reference.name)
    if isinstance(selector, Tag):
        selector = marks.tagged(store, reference.name, selector)
    if not isinstance(selector, Version):
        return None
    state = refs.state(store, reference.name, selector)
    return state if state and state.alive else None


def alive(store: Store, name: Name) -> Iterator[State]:
    """The versions of ``name``, highest first."""
    return (state for state in refs.states(store, name) if state.alive)


def _by_digest(store: Store, reference: Reference, digest: Digest) -> tuple[State, Ref]:
    for state in alive(store, reference.name):
        ref = refs.read(store, state)
        if ref.manifest.digest == digest:
            return state, ref
    raise _absent(store, reference)


def _absent(store: Store, reference: Reference) -> CasregError:
    known = [str(state.version) for state in alive(store, reference.name)]
    if not known:
        return NameNotFound(f"there is no {reference.name!s} in {store.url}", name=reference.name)
    if isinstance(reference.selector, Tag):
        return _tag_absent(store, reference, reference.selector)
    shown = ", ".join(known[:5]) + (", ..." if len(known) > 5 else "")
    return VersionNotFound(
        f"{reference.name} has no version {reference.selector}; it has {shown}",
        name=reference.name,
        version=reference.selector,
    )


def _tag_absent(store: Store, reference: Reference, tag: Tag) -> CasregError:
    name, version = reference.name, marks.tagged(store, reference.name, tag)
    if version is not None:
        return VersionNotFound(
            f"{reference} stands for {name}@{version}, which was deleted:"
            f" undo({f'{name}@{version}'!r}) brings it back, or move the tag",
            name=name,
            version=version,
            tag=tag,
        )
    known = list(marks.tags(store, name))
    shown = ", ".join(known[:5]) + (", ..." if len(known) > 5 else "") if known else "none"
    return VersionNotFound(f"{name} has no tag {tag}; its tags: {shown}", name=name, tag=tag)
