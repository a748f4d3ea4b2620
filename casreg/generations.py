"""What refs, tags, notes and protection are: states that are never overwritten (spec/tags.md).

    <stem>,<generation>

A new state is the next generation, created if absent; an empty object a tombstone. Of a stem the newest
generation sorts first, and its size says whether anything stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Final, NamedTuple, TypeVar

from casreg.errors import BlobNotFound, Corrupt, Unavailable, Uncertain
from casreg.leases import MARGIN
from casreg.models.base import MAX_DOCUMENT
from casreg.models.written import Written
from casreg.names.version import ascending, descending
from casreg.stores.protocol import Entry, Store

ATTEMPTS: Final = 3
"""How often a create whose answer was lost is asked again."""
_ROUNDS: Final = 10_000
"""Lost races before an update gives up; each one means that somebody else got through."""

Body = TypeVar("Body", bound=Written)


class Generation(NamedTuple):
    """One state, as a listing shows it."""

    stem: str
    """The key without its generation: ``tags/<name>/<tag>``."""
    code: str
    """The generation, as the key spells it."""
    alive: bool
    """False for a tombstone, and for a superseded state that was emptied."""
    key: str
    modified: float

    @property
    def number(self) -> int:
        """Raises Corrupt for what is no generation."""
        try:
            return ascending(self.code)
        except Corrupt as error:
            raise error.located(key=self.key) from None


class Outcome(Enum):
    """What became of a create."""

    OURS = "ours"
    THEIRS = "somebody else's"


def key(stem: str, generation: int) -> str:
    return f"{stem},{descending(generation)}"


def every(store: Store, prefix: str) -> Iterator[Generation]:
    """All generations below a prefix: stems in their order, the newest of each first; lazy, one listing."""
    return map(_listed, store.scan(prefix))


def newest(store: Store, prefix: str) -> Iterator[Generation]:
    """The newest generation of every stem below a prefix, tombstones too; lazy, one listing."""
    seen = None
    for entry in store.scan(prefix):
        stem = entry.key.partition(",")[0]
        if stem != seen:
            seen = stem
            yield _listed(entry)


def current(store: Store, stem: str) -> Generation | None:
    """The newest generation of one stem, None if it never had one; one listing."""
    entry = next(store.scan(f"{stem},"), None)
    return None if entry is None else _listed(entry)


def read(store: Store, key: str, kind: type[Body]) -> Body:
    """The body of a state. Raises BlobNotFound if it is empty or went away, Corrupt for what is none."""
    body = store.read(key, 0, MAX_DOCUMENT + 1)
    if not body:
        raise BlobNotFound(f"{key} was deleted while it was read", store=store.url, key=key)
    try:
        return kind.decode(body)
    except Corrupt as error:
        raise error.located(store=store.url, key=key) from None


def create(
    store: Store, key: str, body: Written | None, before: Callable[[], None] = lambda: None
) -> Outcome:
    """Create a state, or with None a tombstone; whose it is that now stands there.

    ``before`` is called before every attempt and may raise. Atomic. A lost answer is settled by
    reading back and asking again, which is safe: the bytes carry a write id, and a create that lands
    late finds the key taken. Raises Uncertain, "cannot tell", when that does not help either. Tombstones
    are all alike: after a lost answer, and only then, one that is there counts as ours.
    """
    data = body.encode() if body else b""
    problem: Exception | None = None
    for _ in range(ATTEMPTS):
        before()
        try:
            whose = Outcome.OURS if store.create(key, data) else _whose(store, key, body)
        except (Uncertain, Unavailable) as error:
            problem = error
            continue
        if whose is None and problem is not None:
            if body is None:
                return Outcome.OURS  # or somebody else's: what was wanted is there
            break
        return whose or Outcome.THEIRS
    raise Uncertain(
        f"cannot tell whether {key} was written: {problem}; look before doing it again",
        store=store.url,
        key=key,
    ) from problem


def create_listed(
    store: Store, key: str, body: Written | None, listed: float, clock: Callable[[], float]
) -> Outcome | None:
    """:func:`create` at a key that a listing of the time ``listed`` has shown to be free; None, with nothing
    sent, if that is too long ago to be relied on."""
    try:
        return create(store, key, body, _Fresh(key, listed, clock))
    except _Stale:
        return None


def update(
    store: Store,
    stem: str,
    kind: type[Body],
    change: Callable[[Body | None], Body | None],
    clock: Callable[[], float],
) -> Body | None:
    """Replace what stands at ``stem`` by what ``change`` makes of it, None for nothing; what then stands.

    Atomic, and no change is lost: who loses a race is given what the winner made, and so ``change`` may be
    called several times. What it gives back as it was is not written. A body that it makes carries a write
    id of its own each time. Two listings and reads at most without a race, no lease: states reach no blobs.

    Raises what ``change`` raises, Corrupt, and Uncertain when it cannot be told whether it was written.
    """
    for _ in range(_ROUNDS):
        listed = clock()
        state = current(store, stem)
        try:
            before = read(store, state.key, kind) if state and state.alive else None
        except BlobNotFound:
            continue  # superseded since the listing, and emptied
        after = change(before)
        if after == before:
            return before
        following = key(stem, state.number + 1 if state else 1)
        if create_listed(store, following, after, listed, clock) is Outcome.OURS:
            return after
    raise Unavailable(f"{stem} is written to by too many others at once", store=store.url, key=stem)


class _Fresh:
    """Called before a create is sent: refuses if the listing that its key is from is M old or older.

    A state that was emptied long ago is removed: who slept that long could win a number below the newest.
    """

    def __init__(self, key: str, listed: float, clock: Callable[[], float]) -> None:
        self._key, self._listed, self._clock = key, listed, clock
        self._sent = False

    def __call__(self) -> None:
        if self._clock() - self._listed >= MARGIN:
            if self._sent:
                raise Uncertain(
                    f"cannot tell whether {self._key} was written, and it is too late to ask", key=self._key
                )
            raise _Stale
        self._sent = True


class _Stale(Exception):
    """The process was suspended between its listing and its create; nothing was sent."""


def _whose(store: Store, key: str, body: Written | None) -> Outcome | None:
    """None if the key is taken and holds nothing that tells: a tombstone, or a state that was superseded
    and emptied, which after a lost answer may have been ours."""
    try:
        data = store.read(key, 0, MAX_DOCUMENT + 1)
    except BlobNotFound:
        return None
    if not data:
        return None
    if body is None:
        return Outcome.THEIRS
    return Outcome.OURS if type(body).decode(data).write == body.write else Outcome.THEIRS


def _listed(entry: Entry) -> Generation:
    stem, _, code = entry.key.partition(",")
    return Generation(stem, code, entry.size > 0, entry.key, entry.modified)
