"""Refs: which versions a name has, from listings alone, and the one conditional step (spec/refs.md).

    refs/<name>/<version>,<generation>

A ref is never overwritten: a new state of a version is its next generation, an empty object a
tombstone. Keys sort the highest version first, and of a version the newest generation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Final, NamedTuple

from casreg.errors import BlobNotFound, Corrupt, InvalidInput, Unavailable, Uncertain
from casreg.models.base import MAX_DOCUMENT
from casreg.models.ref import Ref
from casreg.names import Name, Version
from casreg.names.version import ascending, descending, version_text
from casreg.stores.protocol import Entry, Store

ATTEMPTS: Final = 3
"""How often a create whose answer was lost is asked again."""


class State(NamedTuple):
    """The newest generation of one version, as a listing shows it."""

    name: Name
    version: Version
    code: str
    """The generation, as the key spells it."""
    alive: bool
    key: str
    modified: float

    @property
    def generation(self) -> int:
        return ascending(self.code)


class Outcome(Enum):
    """What became of a create."""

    OURS = "ours"
    THEIRS = "somebody else's"


def key(name: Name, version: Version, generation: int) -> str:
    return f"refs/{name.key}/{version.key},{descending(generation)}"


def states(store: Store, name: Name) -> Iterator[State]:
    """Every version that ever was, deleted ones too, highest first; lazy, one listing."""
    prefix = f"refs/{name.key}/"
    start = len(prefix)
    seen = ""
    for entry in store.scan(prefix):
        version, _, generation = entry.key[start:].partition(",")
        if version != seen:
            seen = version
            yield _state(name, version, generation, entry)


def versions(store: Store, name: Name) -> list[str]:
    """The versions that are not deleted, lowest first; :func:`states`, for when only they are wanted."""
    prefix = f"refs/{name.key}/"
    start = len(prefix)
    found: list[str] = []
    seen = ""
    for key, size, _ in store.scan(prefix):
        code = key[start:].partition(",")[0]
        if code != seen:
            seen = code
            if size:
                found.append(code)
    try:
        return [version_text(code) for code in reversed(found)]
    except Corrupt as error:
        raise error.located(name=name) from None


def state(store: Store, name: Name, version: Version) -> State | None:
    """The newest generation of one version, None if it never was."""
    segment = version.key
    prefix = f"refs/{name.key}/{segment},"
    for entry in store.scan(prefix):
        return _state(name, segment, entry.key[len(prefix) :], entry)
    return None


def latest(store: Store, name: Name) -> State | None:
    """The highest version that is not deleted."""
    return next((state for state in states(store, name) if state.alive), None)


def all_states(store: Store) -> Iterator[State]:
    """:func:`states` of every name, the names in no order that means anything; one listing.

    Raises Corrupt for a key that is none of a ref.
    """
    seen = ""
    for entry in store.scan("refs/"):
        version = entry.key.partition(",")[0]
        if version != seen:
            seen = version
            found = parse(entry.key)
            yield found._replace(alive=entry.size > 0, modified=entry.modified)


def names(store: Store) -> list[Name]:
    """Names that have a version which is not deleted, sorted; one listing of all refs."""
    found: set[str] = set()
    seen = ""
    for entry in store.scan("refs/"):
        name, slash, rest = entry.key[5:].partition("/")
        if name in found:
            continue
        version, comma, _ = rest.partition(",")
        if not slash or not comma:
            raise Corrupt(f"{entry.key} is no ref", store=store.url, key=entry.key)
        if f"{name}/{version}" != seen:
            seen = f"{name}/{version}"
            if entry.size:
                found.add(name)
    try:
        return sorted(Name.from_key(name) for name in found)
    except InvalidInput as error:
        raise Corrupt(f"refs/ holds what is no name: {error.message}", store=store.url) from error


def read(store: Store, state: State) -> Ref:
    """The ref's body. Raises BlobNotFound if it went away, Corrupt for anything unreadable."""
    return _read(store, state.key, state.name, state.version)


def create(store: Store, key: str, ref: Ref | None, before: Callable[[], None] = lambda: None) -> Outcome:
    """Create a ref, or with None a tombstone; whose it is that now stands there.

    ``before`` is called before every attempt and may raise. Atomic. A lost answer is settled by
    reading back and asking again, which is safe: the bytes carry a write id, and a create that lands
    late finds the key taken. Raises Uncertain, "cannot tell", when that does not help either. Tombstones
    are all alike: after a lost answer, and only then, one that is there counts as ours.
    """
    body = ref.encode() if ref else b""
    problem: Exception | None = None
    for _ in range(ATTEMPTS):
        before()
        try:
            whose = Outcome.OURS if store.create(key, body) else _whose(store, key, ref)
        except (Uncertain, Unavailable) as error:
            problem = error
            continue
        if whose is None and problem is not None:
            if ref is None:
                return Outcome.OURS  # or somebody else's: what was wanted is there
            break
        return whose or Outcome.THEIRS
    raise Uncertain(
        f"cannot tell whether {key} was written: {problem}; ask for the version before saving again",
        store=store.url,
        key=key,
    ) from problem


def _whose(store: Store, key: str, ref: Ref | None) -> Outcome | None:
    """None if the key is taken and holds nothing that tells: a tombstone, or a ref that was superseded
    and emptied, which after a lost answer may have been ours."""
    try:
        body = store.read(key, 0, MAX_DOCUMENT + 1)
    except BlobNotFound:
        return None
    if not body:
        return None
    if ref is None:
        return Outcome.THEIRS
    return Outcome.OURS if Ref.decode(body).write == ref.write else Outcome.THEIRS


def _read(store: Store, key: str, name: Name, version: Version) -> Ref:
    body = store.read(key, 0, MAX_DOCUMENT + 1)
    if not body:
        raise BlobNotFound(f"{key} was deleted while it was read", store=store.url, key=key)
    try:
        return Ref.decode(body)
    except Corrupt as error:
        raise error.located(name=name, version=version, store=store.url, key=key) from None


def parse(key: str) -> State:
    """The state that a key stands for, if it holds something. Raises Corrupt if it is no ref's key."""
    if not key.startswith("refs/"):
        raise Corrupt(f"{key[:200]} is no ref", key=key)
    segment, _, rest = key[5:].partition("/")
    version, _, generation = rest.partition(",")
    try:
        name = Name.from_key(segment)
    except InvalidInput as error:
        raise Corrupt(f"{key[:200]} is no ref: {error.message}", key=key) from error
    return _state(name, version, generation, Entry(key, 1, 0.0))


def _state(name: Name, version: str, generation: str, entry: Entry) -> State:
    try:
        parsed = Version.from_key(version)
        ascending(generation)
    except Corrupt as error:
        raise error.located(name=name, key=entry.key) from None
    return State(name, parsed, generation, entry.size > 0, entry.key, entry.modified)
