"""Making a version visible, or taking it away: one conditional step (PROTOCOL: W6, D1)."""

from __future__ import annotations

from collections.abc import Iterator

from casreg import refs
from casreg.errors import RegistryVersionConflict, Unavailable
from casreg.models.ref import Ref
from casreg.names import Name, Version
from casreg.refs import Outcome
from casreg.stores.protocol import Store

FIRST = Version.parse("1")
_ROUNDS = 10_000
"""Lost races before a commit gives up; each one means that somebody else got through."""


def commit_version(
    store: Store, name: Name, ref: Ref, version: Version | None, *, overwrite: bool
) -> Version:
    """Make ``ref`` visible as ``version`` of ``name``; None: as the next number after the latest.

    Atomic. Before the call everything that ``ref.manifest`` points at must be durable, packs first,
    then index, head, manifest, or be inline in ``ref``. No update is lost: whoever loses a race for
    a number lists again and takes the next one.

    Raises RegistryVersionConflict if ``version`` is present and ``overwrite`` false, Uncertain when
    it cannot be told whether the ref was written.
    """
    for _ in range(_ROUNDS):
        target, generation = _next_number(store, name) if version is None else (version, 0)
        if version is not None:
            state = refs.state(store, name, version)
            if state and state.alive and not overwrite:
                raise RegistryVersionConflict(
                    f"{name}@{version} is there already, and is not overwritten",
                    name=name,
                    version=version,
                )
            generation = state.generation + 1 if state else 1
        if refs.create(store, refs.key(name, target, generation), ref) is Outcome.OURS:
            return target
    raise Unavailable(f"{name} is written to by too many others at once", name=name)


def delete_version(store: Store, name: Name, version: Version) -> bool:
    """Put a tombstone over ``version``; False if it was not there. Idempotent, atomic."""
    for _ in range(_ROUNDS):
        state = refs.state(store, name, version)
        if state is None or not state.alive:
            return False
        if refs.create(store, refs.key(name, version, state.generation + 1), None) is Outcome.OURS:
            return True
    raise Unavailable(
        f"{name}@{version} is written to by too many others at once", name=name, version=version
    )


def _next_number(store: Store, name: Name) -> tuple[Version, int]:
    """(the next version, its next generation), from one listing."""
    above: dict[str, int] = {}
    for state in _until_alive(refs.states(store, name)):
        if state.alive:
            target = state.version.next()
            return target, above.get(target, 0) + 1
        above[state.version] = state.generation
    return FIRST, above.get(FIRST, 0) + 1


def _until_alive(states: Iterator[refs.State]) -> Iterator[refs.State]:
    for state in states:
        yield state
        if state.alive:
            return
