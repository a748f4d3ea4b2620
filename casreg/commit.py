"""Making a version visible, or taking it away: one conditional step (PROTOCOL: W6, D1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from casreg import generations, refs
from casreg.errors import RegistryVersionConflict, Unavailable, Uncertain
from casreg.generations import Outcome
from casreg.leases import MARGIN, Fence
from casreg.models.ref import Ref
from casreg.names import Name, Version
from casreg.refs import State
from casreg.stores.protocol import Store

FIRST = Version.parse("1")
MOMENT = 1.0
"""Seconds after which a number from a listing may well be below the latest: it is looked for again."""
_ROUNDS = 10_000
"""Lost races before a commit gives up; each one means that somebody else got through."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A key that a listing showed to be free."""

    version: Version
    generation: int
    listed: float
    """When the listing was made, by the clock of the save."""
    overwrites: bool = False


def next_number(states: Iterable[State], listed: float, first: Version = FIRST) -> Candidate:
    """The number after the latest, ``first`` if there is none; ``states`` highest first, at least up to one
    that is alive."""
    above: dict[str, int] = {}
    for state in states:
        if state.alive:
            target = state.version.next()
            return Candidate(target, above.get(target, 0) + 1, listed)
        above[state.version] = state.generation
    return Candidate(first, above.get(first, 0) + 1, listed)


def this_version(
    name: Name, version: Version, state: State | None, listed: float, *, overwrite: bool
) -> Candidate:
    """The next generation of ``version``; RegistryVersionConflict if it is there and is to stay."""
    if state and state.alive and not overwrite:
        raise RegistryVersionConflict(
            f"{name}@{version} is there already, and is not overwritten", name=name, version=version
        )
    if state is None:
        return Candidate(version, 1, listed)
    return Candidate(version, state.generation + 1, listed, overwrites=state.alive)


def commit_version(
    store: Store,
    name: Name,
    ref: Ref,
    candidate: Candidate | None,
    again: Callable[[], Candidate],
    fence: Fence,
    clock: Callable[[], float],
) -> Candidate:
    """Make ``ref`` visible at ``candidate``, or if that was taken where ``again``, a new listing, says.

    Atomic. Before the call everything that ``ref.manifest`` points at must be durable, packs first,
    then index, head, manifest, or be inline in ``ref``. No update is lost: whoever loses a race for
    a number lists again and takes the next one. Returns where it is.

    Raises what ``again`` raises, LeaseExpired when the fence no longer holds, Uncertain when it
    cannot be told whether the ref was written: then the fence is left in doubt.
    """
    for _ in range(_ROUNDS):
        if candidate is None or clock() - candidate.listed > MOMENT:
            candidate = again()
        key = refs.key(name, candidate.version, candidate.generation)
        outcome = _create(store, key, ref, fence, _Fresh(candidate.listed, fence, clock))
        if outcome is Outcome.OURS:
            return candidate
        candidate = None
    raise Unavailable(f"{name} is written to by too many others at once", name=name)


@dataclass(frozen=True, slots=True)
class _Fresh:
    """Whether a listing may still be relied on: as long as the lease, without one for less than M."""

    listed: float
    fence: Fence
    clock: Callable[[], float]

    def __call__(self) -> bool:
        return self.fence.taken or self.clock() - self.listed < MARGIN


def _create(store: Store, key: str, ref: Ref, fence: Fence, fresh: _Fresh) -> Outcome | None:
    """None, with nothing sent, if the listing that ``key`` comes from is too old to be relied on."""

    def before() -> None:
        if fence.in_doubt:  # sent once already, and the answer was lost
            if not fence.holds() or not fresh():
                raise Uncertain(f"cannot tell whether {key} was written, and it is too late to ask", key=key)
        else:
            fence.require()
            if not fresh():
                raise _Stale
        fence.in_doubt = True

    try:
        outcome = generations.create(store, key, ref, before)
    except _Stale:
        return None
    fence.in_doubt = False
    return outcome


class _Stale(Exception):
    """The process was suspended between its listing and its create."""


def delete_version(
    store: Store, name: Name, version: Version, clock: Callable[[], float], only: int | None = None
) -> int | None:
    """Put a tombstone over ``version``; its generation, None if the version was not there, or somebody else
    did so first. Idempotent, atomic. Of several at once one is told of it, two only where an answer was lost.

    With ``only``, a generation, what has overwritten it meanwhile is left alone.
    """
    for _ in range(_ROUNDS):
        listed = clock()
        state = refs.state(store, name, version)
        if state is None or not state.alive or only not in (None, state.generation):
            return None
        tombstone = state.generation + 1
        key = refs.key(name, version, tombstone)
        if generations.create_listed(store, key, None, listed, clock) is Outcome.OURS:
            return tombstone
    raise Unavailable(
        f"{name}@{version} is written to by too many others at once", name=name, version=version
    )
