"""Rules of the protocol, broken one at a time: each has to be found out by the simulation.

A mutant is a sweep that overrides one step, or a patch of one thing that a writer does. Its temper leads
to where the mistake shows (hunts.py), where chance alone seldom would.

The protocol's list has one more that has no code yet: a mark that skips delta bases (format 0 has none).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from unittest.mock import patch

from casreg import commit, generations, importing, refs
from casreg.condemned import PREFIX, condemned
from casreg.errors import CasregError, Uncertain
from casreg.generations import Outcome
from casreg.leases import Fence, Lease, LeaseExpired
from casreg.models.head import Head
from casreg.models.ref import Ref
from casreg.registry import bases, renaming, restoring, saving
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Entry, Store
from casreg.testing import Sweep
from tools.soak.sweeping import hunts, people
from tools.soak.sweeping.simulate import simulate
from tools.soak.sweeping.watched import Broken
from tools.soak.sweeping.world import World

Patch: TypeAlias = tuple[object, str, Any]
WRITERS: Final = "2 writers, janitor, 2 deletions"
JANITORS: Final = "writer, 2 janitors, 2 runs, deletion"
IMPORTERS: Final = "importer, writer, 2 janitors, 2 deletions"
RENAMERS: Final = "renamer, writer, 2 janitors, deletion"
UNDOERS: Final = "undoer, writer, 2 janitors, deletion"


@dataclass(frozen=True)
class Mutant:
    broken: str
    """The rule, and what is done instead."""
    configuration: str
    sweep: type[Sweep] = Sweep
    patches: tuple[Patch, ...] = ()
    temper: Mapping[str, Any] = field(default_factory=dict)
    """What makes it likely that the mistake shows."""

    @contextmanager
    def applied(self) -> Iterator[None]:
        with ExitStack() as stack:
            for target, name, replacement in self.patches:
                stack.enter_context(patch.object(target, name, replacement))
            yield


# Writers


class Later(frozenset[str]):
    """Lists that are read when they are first needed: for a ref that was read already."""

    store: Store

    def __or__(self, other: Any) -> Any:
        return condemned(self.store) | other


def lists_later(store: Store) -> Later:
    later = Later()
    later.store = store
    return later


def no_lists(_: Store) -> frozenset[str]:
    return frozenset()


class Index:
    """``refs`` for a writer that remembers what refs reach, and looks only whether the blobs are there."""

    def __getattr__(self, name: str) -> Any:
        return getattr(refs, name)

    def read(self, store: Any, state: refs.State) -> Ref:
        body = store.inner.bodies.get(state.key)
        return Ref.decode(body) if body else refs.read(store, state)


def no_lease_yet(_: Fence) -> Lease:
    return Lease("leases/none", 0.0, 0.0)


def lease_now(fence: Fence) -> None:
    TAKE(fence)
    REQUIRE(fence)


def write_without(fence: Fence, key: str, data: Any) -> None:
    fence._store.write(key, data)


def end_before(fence: Fence) -> None:
    REQUIRE(fence)
    if fence.lease is not None:
        with suppress(CasregError):
            fence._store.remove(fence.lease.key)


def end_in_any_case(fence: Fence, **given: Any) -> None:
    fence.in_doubt = False
    END(fence, **given)


def any_answer_counts(fence: Fence, lease: Lease) -> Lease | None:
    before = fence._clock()
    try:
        fence._store.write(lease.key, [fence._body()])
    except CasregError:
        return None
    return lease._replace(expiry=before + fence._ttl)


def stopping_clock(world: World, name: str) -> Callable[[], float]:
    return lambda: world.time - world.slept[name]


def head_without_nonce(**given: Any) -> Head:
    return Head(**{**given, "nonce": None})


def no_nonce(store: Store, parts: Any, *, nonce: str, **given: Any) -> Any:
    return WRITE_PARTS(store, parts, nonce="0" * len(nonce), **given)


def bases_once(store: Store, order: Any, states: Any, tensors: Any) -> Any:
    """What was read under the first lease serves under the next ones."""
    kept = BASES_OF.get(order)
    if kept is None or kept[0] is not order:
        kept = BASES_OF[order] = (order, list(BASES(store, order, states, tensors)))
    return iter(kept[1])


class ByIdentity:
    def __init__(self) -> None:
        self._kept: dict[int, Any] = {}

    def get(self, order: Any) -> Any:
        return self._kept.get(id(order))

    def __setitem__(self, order: Any, value: Any) -> None:
        self._kept = {id(order): value}


def starts_over_unsettled(store: Store, key: str, ref: Ref, fence: Fence, _: Any) -> Outcome | None:
    def before() -> None:
        if fence.in_doubt and not fence.holds():
            fence.in_doubt = False
            raise LeaseExpired("the lease ran out, and what was sent is forgotten")
        fence.require()
        fence.in_doubt = True

    outcome = generations.create(store, key, ref, before)
    fence.in_doubt = False
    return outcome


def empty_is_theirs(store: Store, key: str, ref: Ref | None) -> Outcome | None:
    return WHOSE(store, key, ref) or Outcome.THEIRS


def unsettled_is_lost(store: Store, key: str, ref: Ref, fence: Fence, fresh: Any) -> Outcome | None:
    try:
        return CREATE(store, key, ref, fence, fresh)
    except Uncertain:
        fence.in_doubt = False
        return None


TAKE, REQUIRE, END = Fence.take, Fence.require, Fence.end
WRITE_PARTS, BASES, WHOSE, CREATE = saving.write_parts, bases.bases, generations._whose, commit._create
BASES_OF = ByIdentity()


# Sweeps


class NoMargin(Sweep):
    def expired(self, lease: Entry, now: float) -> bool:
        return now > lease.modified + self.times.ttl


class NoWait(Sweep):
    def ready(self, name: str, now: float) -> bool:
        return True


class LeasesByLastModified(Sweep):
    def ready(self, name: str, now: float) -> bool:
        listed = self.store.stat(name)
        return listed is not None and all(
            lease.modified > listed.modified or self.expired(lease, now)
            for lease in self.store.scan("leases/")
        )


class LeasesListedBeforeList(Sweep):
    def condemn(self, now: float, listed: Any = ()) -> str | None:
        before = self.leases()
        made = super().condemn(now, listed)
        if made:
            self.store.create(f"{made}.wait", json.dumps({"leases": before}).encode())
        return made


class NowIsAskedLast(Sweep):
    """Stamps of leases are looked at first, the time after that."""

    def expired(self, lease: Entry, now: float) -> bool:
        return super().expired(lease, self.now())


class PlansMarkIsUsed(Sweep):
    kept: set[str] = set()

    def plan(self, now: float, listed: frozenset[str]) -> list[str]:
        self.kept = super().mark()
        return super().plan(now, listed)

    def mark(self) -> set[str]:
        return self.kept


class ListNotRechecked(Sweep):
    def is_open(self, name: str) -> bool:
        return True


class ListReadBeforeClosed(Sweep):
    def is_open(self, name: str) -> bool:
        return self.store.stat(name) is not None and self.store.stat(f"{name}.closed") is None


class ListNameReused(Sweep):
    def new_name(self) -> str:
        return PREFIX + "0" * 32


class DroppedEarly(Sweep):
    def closed_long_ago(self, closed: float, now: float) -> bool:
        return True


class SweepsOn(Sweep):
    def permitted(self, began: float) -> bool:
        return True


class TrimsTheNewest(Sweep):
    def trim(self, now: float) -> None:
        for entry in self.store.scan("refs/"):
            if entry.size:
                self.store.write(entry.key, [b""])


class TrimFreesTheKey(Sweep):
    def trim(self, now: float) -> None:
        version = ""
        for entry in self.store.scan("refs/"):
            if entry.key.partition(",")[0] == version:
                self.store.remove(entry.key)
            version = entry.key.partition(",")[0]


class MarkSkipsTombstoned(Sweep):
    def mark(self) -> set[str]:
        reached: set[str] = set()
        version = ""
        for entry in self.store.scan("refs/"):
            if entry.key.partition(",")[0] != version and entry.size:
                reached |= self.reach(entry.key)
            version = entry.key.partition(",")[0]
        return reached


class MarkSkipsPacks(Sweep):
    def below(self, snapshot: Snapshot) -> set[str]:
        return super().below(snapshot) - {pack.digest for pack in snapshot.packs}


class MarkSkipsChildren(Sweep):
    def below(self, snapshot: Snapshot) -> set[str]:
        return {d.digest for d in snapshot.sections[0].layers} | {snapshot.sections[0].config.digest}


class MarkSkipsUnreadable(Sweep):
    def reach(self, key: str) -> set[str]:
        try:
            return super().reach(key)
        except CasregError:
            return set()


class MarkRemembersTheListing(Sweep):
    """Keys that were listed once are read again; what came since is not looked for."""

    listing: list[Entry] | None = None

    def mark(self) -> set[str]:
        self.listing = self.listing or list(self.store.scan("refs/"))
        return {digest for entry in self.listing if entry.size for digest in self.reach(entry.key)}


def _fence(name: str, replacement: Any) -> tuple[Patch, ...]:
    return ((Fence, name, replacement),)


MUTANTS: Final[dict[str, Mutant]] = {
    "REFS_BEFORE_LISTS": Mutant(
        "W3 before W2: refs are read before the lists",
        WRITERS,
        patches=((bases, "condemned", lists_later),),
        temper=hunts.DROPPED_BEFORE,
    ),
    "LISTS_IGNORED": Mutant(
        "W2: no list is read", WRITERS, patches=((bases, "condemned", no_lists),), temper=hunts.LISTED_BEFORE
    ),
    "PRESENT_IS_ENOUGH": Mutant(
        "W2, W3: a blob is reused because it is there, from what was known of refs",
        WRITERS,
        patches=((bases, "condemned", no_lists), (bases, "refs", Index())),
        temper=hunts.LISTED_BEFORE,
    ),
    "LEASE_AFTER_READS": Mutant(
        "W1 after W2, W3 and W4",
        WRITERS,
        patches=(
            (Fence, "take", no_lease_yet),
            (Fence, "require", lease_now),
            (Fence, "write", write_without),
        ),
        temper=hunts.UNPROTECTED,
    ),
    "LEASE_ENDED_BEFORE_ACK": Mutant(
        "W7: the lease ends before the ref is acknowledged",
        WRITERS,
        patches=_fence("require", end_before),
        temper=hunts.OUTRUN,
    ),
    "LEASE_ENDED_ON_UNKNOWN": Mutant(
        "W7: the lease ends when the fate cannot be told",
        WRITERS,
        patches=_fence("end", end_in_any_case),
        temper=hunts.LANDS_LAST,
    ),
    "NOT_CHECKED_BEFORE_CREATE": Mutant(
        "W6: nobody looks at the clock before a create",
        WRITERS,
        patches=_fence("holds", lambda _: True),
        temper=hunts.OVERSLEPT,
    ),
    "CLOCK_STOPS": Mutant(
        "W6: a clock that does not count suspension",
        WRITERS,
        patches=((people, "clock_of", stopping_clock),),
        temper=hunts.OVERSLEPT,
    ),
    "LATE_RENEWAL_COUNTS": Mutant(
        "W5: a renewal counts though it was acknowledged late",
        WRITERS,
        patches=_fence("_renewed", any_answer_counts),
        temper=hunts.RENEWED_LATE,
    ),
    "NONCE_MISSING": Mutant(
        "W4: the same content makes the same digests",
        WRITERS,
        patches=((saving, "write_parts", no_nonce),),
        temper=hunts.OVERSLEPT_ONCE,
    ),
    "HEAD_WITHOUT_NONCE": Mutant(
        "W4: the same metadata of the same content makes the same head",
        WRITERS,
        patches=((saving, "Head", head_without_nonce),),
        temper=hunts.OVERSLEPT_ONCE,
    ),
    "RESTART_KEEPS_READS": Mutant(
        "W5: starting over without W2 and W3",
        WRITERS,
        patches=((saving, "bases", bases_once),),
        temper=hunts.OVERSLEPT_READING,
    ),
    "STARTS_OVER_UNSETTLED": Mutant(
        "W5: starting over while a create's fate is open",
        WRITERS,
        patches=((commit, "_create", starts_over_unsettled),),
        temper=hunts.LOST_AND_LATE,
    ),
    "EMPTY_IS_SOMEBODY_ELSES": Mutant(
        "W6: a key found empty after a lost answer counts as somebody else's",
        WRITERS,
        patches=((generations, "_whose", empty_is_theirs),),
        temper=hunts.LOST_AND_EMPTIED,
    ),
    "UNSETTLED_IS_LOST": Mutant(
        "W6: a create whose fate is not known is made again with another number",
        WRITERS,
        patches=((commit, "_create", unsettled_is_lost),),
        temper=hunts.NEVER_ANSWERED,
    ),
    "IMPORT_IGNORES_LISTS": Mutant(
        "I1: a condemned digest is imported",
        IMPORTERS,
        patches=((importing, "condemned", no_lists),),
        temper=hunts.IMPORTED_WHILE_LISTED,
    ),
    "UNDO_IGNORES_LISTS": Mutant(
        "W2: no list is read before a generation is made visible again",
        UNDOERS,
        patches=((restoring, "condemned", no_lists),),
        temper=hunts.RESTORED_WHILE_LISTED,
    ),
    "RENAME_IGNORES_LISTS": Mutant(
        "W2: no list is read before versions get another name",
        RENAMERS,
        patches=((renaming, "condemned", no_lists),),
        temper=hunts.RENAMED_WHILE_LISTED,
    ),
    "NO_MARGIN": Mutant(
        "J3: last-modified + TTL, without M", WRITERS, NoMargin, temper=hunts.WITHIN_THE_MARGIN
    ),
    "NO_WAIT": Mutant("J3: nobody is waited for", WRITERS, NoWait, temper=hunts.OUTRUN),
    "LEASES_BY_LAST_MODIFIED": Mutant(
        "J2, J3: a lease that was renewed since the list was made is taken for younger",
        WRITERS,
        LeasesByLastModified,
        temper=hunts.RENEWED_AFTER_THE_LIST,
    ),
    "LEASES_LISTED_BEFORE_LIST": Mutant(
        "J2: leases are listed before the list exists",
        WRITERS,
        LeasesListedBeforeList,
        temper=hunts.BETWEEN_LEASES_AND_LIST,
    ),
    "NOW_IS_ASKED_LAST": Mutant(
        "J3: the store's time is asked for after a lease's stamp",
        WRITERS,
        NowIsAskedLast,
        temper=hunts.ASKED_WHILE_RENEWED,
    ),
    "PLANS_MARK_IS_USED": Mutant("J4: the plan's mark serves for deleting", WRITERS, PlansMarkIsUsed),
    "MARK_REMEMBERS_THE_LISTING": Mutant(
        "J4: refs are listed once for all marks", WRITERS, MarkRemembersTheListing
    ),
    "MARK_SKIPS_TOMBSTONED": Mutant("J4: only the newest generations are read", WRITERS, MarkSkipsTombstoned),
    "MARK_SKIPS_PACKS": Mutant("J4: packs are not followed", WRITERS, MarkSkipsPacks),
    "MARK_SKIPS_CHILDREN": Mutant(
        "J4: of an image index the first child is followed", WRITERS, MarkSkipsChildren
    ),
    "MARK_SKIPS_UNREADABLE": Mutant(
        "J4: a ref or manifest that cannot be read is skipped",
        WRITERS,
        MarkSkipsUnreadable,
        temper=hunts.UNREADABLE,
    ),
    "LIST_NOT_RECHECKED": Mutant(
        "J5: the list is not looked at after the mark",
        JANITORS,
        ListNotRechecked,
        temper=hunts.DURING_THE_MARK,
    ),
    "CLOSED_READ_LAST": Mutant(
        "J5: .closed is read after the list",
        IMPORTERS,
        ListReadBeforeClosed,
        temper=hunts.DROPPED_AT_THE_CHECK,
    ),
    "LIST_NAME_REUSED": Mutant(
        "J1: a dropped list's name is used again", JANITORS, ListNameReused, temper=hunts.SAME_NAME_AGAIN
    ),
    "DROPPED_EARLY": Mutant(
        "J7: a list is dropped as soon as it is closed", IMPORTERS, DroppedEarly, temper=hunts.DELETED_TWICE
    ),
    "SWEEPS_ON": Mutant("J6: deleting goes on after H", IMPORTERS, SweepsOn, temper=hunts.ANSWERED_LATE),
    "TRIMS_THE_NEWEST": Mutant("D2: the newest generation is emptied", WRITERS, TrimsTheNewest),
    "TRIM_FREES_THE_KEY": Mutant("D2: a superseded object is removed at once", WRITERS, TrimFreesTheKey),
}


def hunted(mutant: Mutant, seed: int) -> Broken | None:
    """Which of V1 to V4 is seen to be broken in this simulation of the mutant, if one is."""
    with mutant.applied():
        try:
            simulate(mutant.configuration, seed, mutant.sweep, **mutant.temper)
        except Broken as error:
            return error if str(error).startswith("V") else None
    return None
