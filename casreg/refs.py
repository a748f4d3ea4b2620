"""Refs: which versions a name has, from listings alone (spec/refs.md).

    refs/<name>/<version>,<generation>

A new state of a version is its next generation (generations.py). Keys sort the highest version first, and of
a version the newest generation.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from casreg import generations
from casreg.errors import Corrupt, InvalidInput
from casreg.models.ref import Ref
from casreg.names import Name, Version
from casreg.names.version import ascending, version_text
from casreg.stores.protocol import Entry, Store

_name: Final = lru_cache(maxsize=256)(Name.from_key)
"""Listings tell of the same name thousands of times in a row."""


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


def key(name: Name, version: Version, generation: int) -> str:
    return generations.key(stem(name, version), generation)


def stem(name: Name, version: Version) -> str:
    """What the keys of all generations of a version begin with."""
    return f"refs/{name.key}/{version.key}"


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


def all_states(store: Store, beginning: str = "") -> Iterator[State]:
    """:func:`states` of every name, or of those whose key has this ``beginning``, the names in no order that
    means anything; one listing.

    Raises Corrupt for a key that is none of a ref.
    """
    seen = ""
    for entry in store.scan(f"refs/{beginning}"):
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
    try:
        return generations.read(store, state.key, Ref)
    except Corrupt as error:
        raise error.located(name=state.name, version=state.version) from None


def gone(store: Store, key: str) -> bool:
    """Whether a ref that was listed is emptied or removed by now: what it reached may be swept, too; one
    request."""
    entry = store.stat(key)
    return entry is None or not entry.size


def parse(key: str) -> State:
    """The state that a key stands for, if it holds something. Raises Corrupt if it is no ref's key."""
    if not key.startswith("refs/"):
        raise Corrupt(f"{key[:200]} is no ref", key=key)
    segment, _, rest = key[5:].partition("/")
    version, _, generation = rest.partition(",")
    try:
        name = _name(segment)
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
