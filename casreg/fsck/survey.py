"""One listing of everything, sorted by what the keys stand for (spec/keys.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from casreg import marks, notes, refs
from casreg.errors import CasregError
from casreg.models.marks import Protected, Tagged
from casreg.names.version import ascending
from casreg.refs import State
from casreg.stores.protocol import Entry, Store

CONFIG: Final = "casreg.json"
SETTINGS: Final = "settings/"
BLOBS: Final = "blobs/sha256/"
REFS: Final = "refs/"
_PASSING: Final = re.compile(
    r"(leases/[0-9a-f]{32})|(condemned/[0-9a-f]{32})|(condemned/[0-9a-f]{32})\.(?:wait|closed)|(probe/.*)"
)
_HEX: Final = re.compile(r"[0-9a-f]{64}")


class Held(NamedTuple):
    """A ref, as the listing shows it."""

    state: State
    current: bool
    """Whether it is the version's newest generation."""


class Noted(NamedTuple):
    """Notes of a version."""

    key: str
    name: str
    version: str
    generation: int | None
    """None of the newest."""


class Marked(NamedTuple):
    """A tag, or the protection of a version."""

    key: str
    name: str
    model: type[Tagged] | type[Protected]
    current: bool
    """Whether it is the newest generation."""


@dataclass
class Survey:
    """What is in the store."""

    config: bool = False
    settings: list[str] = field(default_factory=list)
    """Keys, the newest first."""
    blobs: dict[str, int] = field(default_factory=dict)
    """Sizes by digest."""
    refs: list[Held] = field(default_factory=list)
    """All generations that hold something."""
    notes: list[Noted] = field(default_factory=list)
    """All generations that hold something."""
    marks: list[Marked] = field(default_factory=list)
    """All generations that hold something."""
    leases: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    """Keys of condemned lists."""
    left: list[tuple[Entry, str]] = field(default_factory=list)
    """What nothing needs any more, and why."""
    unknown: list[tuple[str, str]] = field(default_factory=list)
    """What the format has no place for, and why."""

    @property
    def blank(self) -> bool:
        """Whether nothing in it is a store's."""
        return not (self.config or self.settings or self.blobs or self.refs or self.leases or self.lists)


def survey(store: Store) -> Survey:
    found = Survey()
    newest = ""
    for entry in store.scan(""):
        key = entry.key
        if key.startswith(BLOBS) and _HEX.fullmatch(digits := key[len(BLOBS) :]):
            found.blobs["sha256:" + digits] = entry.size
        elif key.startswith(REFS):
            try:
                state = refs.parse(key)
            except CasregError:
                found.unknown.append((key, "the key is none that a ref has"))
                continue
            version = key.rpartition(",")[0]
            if entry.size:
                found.refs.append(Held(state, version != newest))
            newest = version
        elif key.startswith(notes.PREFIX):
            newest = _noted(found, entry, newest)
        elif key.startswith((marks.TAGS, marks.PROTECTED)):
            newest = _marked(found, entry, newest)
        elif key == CONFIG:
            found.config = True
        elif key.startswith(SETTINGS) and _is_code(key[len(SETTINGS) :]):
            found.settings.append(key)
        elif match := _PASSING.fullmatch(key):
            _passing(found, entry, *match.groups())
        else:
            found.unknown.append((key, "the format has no place for this object"))
    return found


def _passing(
    found: Survey, entry: Entry, lease: str | None, condemned: str | None, of: str | None, probe: str | None
) -> None:
    """Objects that come and go; a list is listed before what belongs to it."""
    if lease:
        found.leases.append(lease)
    elif condemned:
        found.lists.append(condemned)
    elif probe:
        found.left.append((entry, "left by a probe of the store"))
    elif of not in found.lists[-1:]:
        found.left.append((entry, "left of a condemned list"))


def _noted(found: Survey, entry: Entry, newest: str) -> str:
    """The version that now is the latest one met."""
    try:
        name, version, generation = notes.parse(entry.key)
    except CasregError:
        found.unknown.append((entry.key, "the key is none that notes have"))
        return newest
    stem = entry.key.rpartition(",")[0]
    if entry.size:
        superseded = generation if stem == newest else None
        found.notes.append(Noted(entry.key, str(name), str(version), superseded))
    return stem


def _marked(found: Survey, entry: Entry, newest: str) -> str:
    """What now is the latest mark met."""
    stem, _, code = entry.key.partition(",")
    tag = stem.startswith(marks.TAGS)
    try:
        name, _ = marks.parse_tag(stem) if tag else marks.parse_protected(stem)
        ascending(code)
    except CasregError:
        found.unknown.append((entry.key, f"the key is none that {'a tag' if tag else 'protection'} has"))
        return newest
    if entry.size:
        found.marks.append(Marked(entry.key, str(name), Tagged if tag else Protected, stem != newest))
    return stem


def _is_code(text: str) -> bool:
    try:
        ascending(text)
    except CasregError:
        return False
    return True
