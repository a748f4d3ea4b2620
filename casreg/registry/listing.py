"""What the registry knows without reading data: names, versions, facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from casreg import refs
from casreg.blobs import Blobs
from casreg.digest import Digest
from casreg.errors import BlobNotFound, CasregError, Corrupt, VersionNotFound
from casreg.models.head import MAX_HEAD, Head
from casreg.models.ref import Ref
from casreg.names import Name, Reference
from casreg.parallel import side_by_side
from casreg.refs import State
from casreg.registry.beside import Beside
from casreg.registry.resolving import alive, find, resolve
from casreg.snapshot import read_sections
from casreg.stores.protocol import Store

T = TypeVar("T")
names = refs.names
versions = refs.versions


def present(store: Store, reference: Reference) -> bool:
    """Whether the version is there: one listing."""
    if isinstance(reference.selector, Digest):
        try:
            resolve(store, reference)
        except VersionNotFound:
            return False
        return True
    return find(store, reference) is not None


def facts_of_version(store: Store, reference: Reference) -> dict[str, Any]:
    """{} if it is absent."""
    try:
        state, ref = resolve(store, reference)
    except VersionNotFound:
        return {}
    return told(store, state, ref, Beside.version(store, state.name, state.version))


def facts_of_name(store: Store, name: Name) -> dict[str, dict[str, Any]]:
    """By version, lowest first: four listings, a read per version, per tag, and where something is noted."""
    states = list(alive(store, name))[::-1]
    beside = Beside.name(store, name)
    return {str(state.version): facts for state, facts in each_told(store, states, beside)}


def facts_of_all(store: Store) -> dict[str, dict[str, dict[str, Any]]]:
    """By name, sorted, and version, lowest first; four listings, and reads as :func:`facts_of_name`."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    states = [state for states in states_of_all(store).values() for state in states]
    beside = Beside.all(store)
    for state, facts in each_told(store, states, beside):
        found.setdefault(str(state.name), {})[str(state.version)] = facts
    return found


def states_of_all(store: Store, beginning: str = "") -> dict[Name, list[State]]:
    """What is there, or what of it has keys with this ``beginning``, by name, sorted, lowest versions first;
    one listing."""
    found: dict[Name, list[State]] = {}
    for state in refs.all_states(store, beginning):  # of a name the highest first
        if state.alive:
            found.setdefault(state.name, []).append(state)
    return {name: found[name][::-1] for name in sorted(found)}


def with_refs(store: Store, states: Sequence[State]) -> Iterator[tuple[State, Ref]]:
    """One read each; without those that were deleted, and emptied, since they were listed."""
    return _each(store, states, lambda state: refs.read(store, state))


def each_told(
    store: Store, states: Sequence[State], beside: Beside, wanted: Callable[[Ref], bool] = lambda _: True
) -> Iterator[tuple[State, dict[str, Any]]]:
    """What :func:`told` says of those whose refs are ``wanted``; likewise without those that are gone."""

    def tell(state: State) -> dict[str, Any] | None:
        ref = refs.read(store, state)
        try:
            return told(store, state, ref, beside) if wanted(ref) else None
        except Corrupt:
            if refs.gone(store, state.key):
                return None  # so what it reached may be swept
            raise

    return _each(store, states, tell)


def _each(
    store: Store, states: Sequence[State], ask: Callable[[State], T | None]
) -> Iterator[tuple[State, T]]:
    """The states and the answers, without those for which there is none; many at once of a store far away."""

    def answer(state: State) -> T | None:
        try:
            return ask(state)
        except BlobNotFound:
            return None

    found = side_by_side(answer, states, waits=not store.local)
    return ((state, one) for state, one in zip(states, found, strict=True) if one is not None)


def told(store: Store, state: State, ref: Ref, beside: Beside) -> dict[str, Any]:
    """What ``info`` says of a version: what it says of itself, and what is said beside it."""
    return {**facts(store, state, ref), **beside.facts(state.name, state.version, ref)}


def facts(store: Store, state: State, ref: Ref) -> dict[str, Any]:
    """What a version says of itself; sizes in bytes. Reads nothing if the ref holds head and manifest."""
    try:
        blobs = Blobs(store, ref)
        head = Head.decode(blobs.read(read_sections(blobs, ref.manifest)[0].config, MAX_HEAD))
    except CasregError as error:
        raise error.located(name=state.name, version=state.version, store=store.url) from None
    return {
        "class": head.python_class,
        "materializer": head.materializer or head.kind,
        "init_params": head.init_params,
        "metadata": head.metadata,
        "hash": head.content,
        "path": f"{state.name}@{ref.manifest.digest}",
        "version": str(state.version),
        "created": ref.created.isoformat(),
        "size": head.size,
        "stored_size": head.stored_size,
        "new_size": ref.stored,
        "digest": ref.manifest.digest,
        "parts": head.parts,
        "parent": head.parent,
    }
