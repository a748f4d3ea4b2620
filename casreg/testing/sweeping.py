"""A plain sweep: the janitor's half of the protocol, step by step (PROTOCOL J1 to J7, D2).

Slow and obvious on purpose. It is what a store and the writers are proved against until casreg has a
janitor, and for tests only: it keeps nothing in memory between two marks, and reads every ref each time.

    condemned/<id>           what is to be deleted
    condemned/<id>.wait      the leases that were there when the list was
    condemned/<id>.closed    all deletes were acknowledged

A run may be abandoned at any storage operation, and any number may go on at once.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from casreg import canonical, mediatypes, refs
from casreg.condemned import PREFIX, Condemned
from casreg.config import Limits
from casreg.edges import references
from casreg.errors import BlobNotFound, Corrupt, Unsupported
from casreg.leases import LIFE, MARGIN, TTL
from casreg.models.base import MAX_DOCUMENT
from casreg.models.store import parse_config
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Entry, Store

_BLOBS: Final = "blobs/sha256/"


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds; all who use a store must mean the same by the first four."""

    ttl: float = TTL
    margin: float = MARGIN
    """M: within it a request that was sent has landed, or never will."""
    hold: float = 900.0
    """H: how long a look at the list permits deleting."""
    life: float = LIFE
    """LMAX: the longest life of a lease."""
    grace: float = 0.0
    """G: the age at which an unreferenced blob is condemned; convenience only."""
    undo: float = 0.0
    """How long a superseded generation keeps what it reaches."""


class Sweep:
    """A janitor of ``store``. ``clock`` gives seconds and counts suspension.

    Every method may raise what the store raises: then nothing is broken, and another run goes on.
    """

    def __init__(self, store: Store, clock: Callable[[], float], times: Times | None = None) -> None:
        self.store, self.clock, self.times = store, clock, times or Times()

    def run(self) -> None:
        """Trim, remove what has expired, carry out the lists there are, then make one and carry it out.

        Raises Unsupported, with nothing changed, for a store whose features are not all known, or whose
        writers take no leases; Corrupt, with no blob deleted after that, for a ref that cannot be followed.
        """
        self.require_leases()
        now = self.now()
        self.trim(now)
        self.expire(now)
        listed: set[str] = set()
        for name in self.open_lists(now):
            listed.update(self.read_list(name))
            self.carry_out(name, now)
        if made := self.condemn(now, listed):
            self.carry_out(made, now)

    def require_leases(self) -> None:
        config = parse_config(self.store.read("casreg.json"))
        config.require_writable()
        if "leases" not in config.features.writer:
            raise Unsupported(f"writers to {self.store.url} take no leases: nothing in it may be deleted")

    def now(self) -> float:
        """The store's time, from the stamp of an object made for that.

        To be asked *before* the stamps it is compared with: a lease that was renewed between a look at
        its stamp and a look at the time would seem expired.
        """
        key = f"probe/{secrets.token_hex(16)}"
        self.store.write(key, [b"now"])
        entry = self.store.stat(key)
        self.store.remove(key)
        if entry is None:
            raise BlobNotFound(f"{key} was removed by somebody else", store=self.store.url, key=key)
        return entry.modified

    # D2

    def trim(self, now: float) -> None:
        """Empty superseded generations, in place: their keys stay taken. Remove them LMAX + M later."""
        version, newer = "", 0.0
        for entry in self.store.scan("refs/"):
            if entry.key.partition(",")[0] != version:
                version, newer = entry.key.partition(",")[0], entry.modified
                continue  # the newest, which stays whatever it is
            if entry.size and now - newer >= self.times.undo:
                self.store.write(entry.key, [b""])
            elif not entry.size and now > entry.modified + self.times.life + self.times.margin:
                self.store.remove(entry.key)
            newer = entry.modified

    def expire(self, now: float) -> None:
        """Remove leases that have expired, and what was left behind of questions put to the store."""
        for entry in self.store.scan("leases/"):
            if self.expired(entry, now):
                self.store.remove(entry.key)
        for entry in self.store.scan("probe/"):
            if now > entry.modified + self.times.margin:
                self.store.remove(entry.key)

    def expired(self, lease: Entry, now: float) -> bool:
        """Whether no writer can still go by this lease, nor a create that it checked still land."""
        return now > lease.modified + self.times.ttl + self.times.margin

    # J7, its end

    def open_lists(self, now: float) -> list[str]:
        """Keys of the lists that are not closed; what was closed long enough ago is dropped."""
        found: dict[str, dict[str, float]] = {}
        for entry in self.store.scan(PREFIX):
            name, _, suffix = entry.key.partition(".")
            found.setdefault(name, {})[suffix] = entry.modified
        still_open = []
        for name, stamps in found.items():
            if "closed" in stamps and self.closed_long_ago(stamps["closed"], now):
                self.drop(name)
            elif "" not in stamps and self.store.stat(name) is None:
                self.drop(name)  # who dropped the list did not get further
            elif "closed" not in stamps:
                still_open.append(name)
        return still_open

    def closed_long_ago(self, closed: float, now: float) -> bool:
        """Whether whoever saw the list open has stopped deleting, and his last delete has landed."""
        return now > closed + self.times.hold + self.times.margin

    def drop(self, name: str) -> None:
        """The list first: without it the others mean nothing."""
        for key in (name, f"{name}.wait", f"{name}.closed"):
            self.store.remove(key)

    # J1

    def condemn(self, now: float, listed: Iterable[str] = ()) -> str | None:
        """J1: make a list of what nothing seems to need, except what is ``listed``; its key, None if there
        is nothing. This is advice: whether a blob is deleted is decided by a mark made later."""
        doomed = self.plan(now, frozenset(listed))
        if not doomed:
            return None
        name = self.new_name()
        if not self.store.create(name, Condemned(blobs=doomed).encode()):
            return None
        return name

    def plan(self, now: float, listed: frozenset[str]) -> list[str]:
        """Unreferenced blobs older than the grace period, manifests first."""
        there = {
            "sha256:" + entry.key[len(_BLOBS) :]: entry
            for entry in self.store.scan(_BLOBS)
            if now - entry.modified >= self.times.grace
        }
        doomed = there.keys() - listed
        if doomed:
            doomed = doomed - self.mark()
        return sorted(doomed, key=lambda digest: (self.rank(there[digest]), digest))

    def rank(self, blob: Entry) -> int:
        """Parents before children: 0 for an image index, 1 for a manifest, 2 for anything else."""
        if blob.size > MAX_DOCUMENT:
            return 2
        try:
            kind = json.loads(self.store.read(blob.key))["mediaType"]
            return (mediatypes.IMAGE_INDEX, mediatypes.MANIFEST).index(kind)
        except (BlobNotFound, ValueError, LookupError, TypeError, RecursionError):
            return 2  # gone meanwhile, or no manifest

    def new_name(self) -> str:
        """A key that no list ever had."""
        return PREFIX + secrets.token_hex(16)

    # J2 to J7

    def carry_out(self, name: str, now: float) -> None:
        """J2 to J7 for one list; ends early when there is somebody to wait for, or the list is not open."""
        doomed = self.read_list(name)
        if not doomed or not self.ready(name, now):
            return
        while doomed:
            reached = self.mark()
            began = self.clock()
            if not self.is_open(name):
                return
            doomed = self.delete([digest for digest in doomed if digest not in reached], began)
        self.close(name)

    def read_list(self, name: str) -> list[str]:
        """What a list condemns; nothing if it was dropped meanwhile."""
        try:
            return Condemned.decode(self.store.read(name)).blobs
        except BlobNotFound:
            return []

    def ready(self, name: str, now: float) -> bool:
        """J3: whether everybody who may not have seen the list is done, or gave up."""
        for key in self.waited_for(name):
            lease = self.store.stat(key)
            if lease is not None and not self.expired(lease, now):
                return False
        return True

    def waited_for(self, name: str) -> list[str]:
        """J2: the leases that were there when the list was; the first who records them is believed."""
        recorded = f"{name}.wait"
        if self.store.stat(recorded) is None:
            self.store.create(recorded, canonical.dumps({"leases": self.leases()}))
        data = self.store.read(recorded)  # gone with its list, if that was dropped meanwhile: no damage
        try:
            leases = json.loads(data)["leases"]
        except (ValueError, LookupError, TypeError) as error:
            raise Corrupt(f"{recorded} is unreadable", store=self.store.url, key=recorded) from error
        return [str(key) for key in leases]

    def leases(self) -> list[str]:
        return [entry.key for entry in self.store.scan("leases/")]

    def mark(self) -> set[str]:
        """J4: the digests of everything that any ref object reaches, of all generations, from nothing.

        Raises Corrupt, or what the store raises, if a single one cannot be followed.
        """
        reached: set[str] = set()
        for entry in self.store.scan("refs/"):
            if entry.size:
                reached |= self.reach(entry.key)
        return reached

    def reach(self, key: str) -> set[str]:
        """What one ref object reaches; nothing if it was emptied since it was listed."""
        state = refs.parse(key)
        try:
            ref = refs.read(self.store, state)
        except BlobNotFound:
            return set()
        with Snapshot(self.store, state.name, state.version, ref, limits=Limits()) as snapshot:
            return {ref.manifest.digest, *self.below(snapshot)}

    def below(self, snapshot: Snapshot) -> set[str]:
        """What the manifest points at, and what that points at."""
        found = {described.digest for described in references(snapshot.manifest)}
        for section in snapshot.sections:
            found.update(described.digest for described in references(section))
        return found

    def is_open(self, name: str) -> bool:
        """J5: whether the list is there and not closed. Asked in this order: a list just seen may be
        dropped, and its ``.closed`` gone, before that is looked for."""
        return self.store.stat(f"{name}.closed") is None and self.store.stat(name) is not None

    def delete(self, digests: list[str], began: float) -> list[str]:
        """J6: delete until H after ``began``; those that are left."""
        for number, digest in enumerate(digests):
            if not self.permitted(began):
                return digests[number:]
            self.store.remove(_BLOBS + digest[7:])
        return []

    def permitted(self, began: float) -> bool:
        return self.clock() - began < self.times.hold

    def close(self, name: str) -> None:
        """J7: all deletes are acknowledged."""
        self.store.create(f"{name}.closed", b"{}")
