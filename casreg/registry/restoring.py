"""Making visible again what an earlier generation of a version holds: a writer, by PROTOCOL W."""

from __future__ import annotations

import logging
from collections.abc import Callable

from casreg import commit, refs
from casreg.commit import Candidate
from casreg.condemned import condemned
from casreg.config import Limits
from casreg.edges import references
from casreg.errors import BlobNotFound, Conflict, NotFound
from casreg.importing import reached
from casreg.leases import Fence, LeaseExpired
from casreg.models.manifest import Manifest
from casreg.models.ref import Ref
from casreg.models.written import Signature
from casreg.names import Name, Version
from casreg.names.version import descending
from casreg.refs import State
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store

log = logging.getLogger("casreg")


def restore(
    store: Store,
    name: Name,
    version: Version,
    generation: int,
    *,
    above: int,
    sign: Callable[[], Signature],
    clock: Callable[[], float],
) -> int:
    """Create the generation after ``above``, the newest one, with what ``generation`` holds; its number.

    Atomic. Raises NotFound if that was emptied, or its bytes are being deleted, Conflict if ``above`` is the
    newest no more, Uncertain when it cannot be told whether the ref was written.
    """
    state = State(name, version, descending(generation), True, refs.key(name, version, generation), 0.0)

    def candidate() -> Candidate:
        listed = clock()
        newest = refs.state(store, name, version)
        if newest is None or newest.generation != above:
            raise Conflict(
                f"{name}@{version} was changed meanwhile: look at its history and undo again",
                name=name,
                version=version,
            )
        return Candidate(version, above + 1, listed)

    while True:
        fence = Fence(store, clock, f"undo of {name}@{version}")
        try:
            found = _holding(store, state, fence)
            again = Ref(
                manifest=found.manifest,
                stored=0,
                flushed=found.flushed,
                inline=found.inline,
                restores=found.restores or generation,
                **sign(),
            )
            return commit.commit_version(store, name, again, candidate(), candidate, fence, clock).generation
        except LeaseExpired:
            log.warning("the lease of an undo of %s@%s ran out; starting over", name, version)
        finally:
            fence.end()


def _holding(store: Store, state: State, fence: Fence) -> Ref:
    """The ref, and what it reaches is there until the fence ends: W1, unless all of it is inline, W2, W3."""
    ref = _read(store, state)
    snapshot = Snapshot(store, state.name, state.version, ref, limits=Limits())
    if _inline(snapshot):
        return ref
    fence.take()
    dead = condemned(store)
    ref = _read(store, state)  # what is emptied after this waits for the lease
    if any(blob.digest in dead and ref.blob(blob) is None for blob in reached(snapshot)):
        raise _gone(state, "its bytes are being deleted")
    return ref


def _inline(snapshot: Snapshot) -> bool:
    ref = snapshot.ref
    if ref.blob(ref.manifest) is None or not isinstance(snapshot.manifest, Manifest):
        return False
    return all(ref.blob(blob) is not None for blob in references(snapshot.manifest))


def _read(store: Store, state: State) -> Ref:
    try:
        return refs.read(store, state)
    except BlobNotFound:
        raise _gone(state, "it is no longer kept, or never was") from None


def _gone(state: State, why: str) -> NotFound:
    return NotFound(
        f"generation {state.generation} of {state.name}@{state.version} cannot be restored: {why}",
        name=state.name,
        version=state.version,
        generation=state.generation,
    )
