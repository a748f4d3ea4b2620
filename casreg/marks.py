"""What stands beside the versions of a name: tags, which name them, and protection (spec/tags.md).

tags/<name>/<tag>,<generation>
protected/<name>/<version>,<generation>
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from casreg import generations
from casreg.errors import BlobNotFound, Corrupt, InvalidInput
from casreg.generations import Generation
from casreg.models.marks import Protected, Tagged
from casreg.names import Name, Tag, Version
from casreg.parallel import side_by_side
from casreg.stores.protocol import Store

TAGS: Final = "tags/"
PROTECTED: Final = "protected/"


@dataclass(frozen=True, slots=True)
class Marks:
    """Of the versions of one name, deleted ones too."""

    tags: Mapping[Tag, Version] = field(default_factory=dict)
    """Sorted."""
    protected: frozenset[Version] = frozenset()

    def of(self, version: Version) -> list[Tag]:
        """The tags that stand for a version."""
        return [tag for tag, tagged in self.tags.items() if tagged == version]


def tag_stem(name: Name, tag: Tag) -> str:
    return f"{TAGS}{name.key}/{tag.key}"


def protected_stem(name: Name, version: Version) -> str:
    return f"{PROTECTED}{name.key}/{version.key}"


def tagged(store: Store, name: Name, tag: Tag) -> Version | None:
    """The version that a tag stands for, which may be deleted; None if there is no such tag."""
    while (state := generations.current(store, tag_stem(name, tag))) and state.alive:
        try:
            return Version(generations.read(store, state.key, Tagged).version)
        except BlobNotFound:
            continue  # moved since the listing, and emptied
        except Corrupt as error:
            raise error.located(name=name) from None
    return None


def protection(store: Store, name: Name, version: Version) -> Protected | None:
    """None if the version is not protected."""
    while (state := generations.current(store, protected_stem(name, version))) and state.alive:
        try:
            return generations.read(store, state.key, Protected)
        except BlobNotFound:
            continue
        except Corrupt as error:
            raise error.located(name=name, version=version) from None
    return None


def tags(store: Store, name: Name) -> dict[Tag, Version]:
    """The tags of a name, sorted: one listing, and a read for each."""
    return {tag: version for _, tag, version in sorted(_tags(store, f"{TAGS}{name.key}/"))}


def marks(store: Store, name: Name) -> Marks:
    """Of one name: two listings, and a read for each of its tags."""
    protected = (version for _, version in _protected(store, f"{PROTECTED}{name.key}/"))
    return Marks(tags(store, name), frozenset(protected))


def of_version(store: Store, name: Name, version: Version) -> Marks:
    """As :func:`marks`; whether other versions are protected is not told."""
    protected = (version for _, version in _protected(store, f"{protected_stem(name, version)},"))
    return Marks(tags(store, name), frozenset(protected))


def all_marks(store: Store, beginning: str = "") -> dict[Name, Marks]:
    """Of every name that has some and whose key has this ``beginning``: two listings, a read for each tag."""
    of_tags: dict[Name, dict[Tag, Version]] = {}
    for name, tag, version in sorted(_tags(store, TAGS + beginning)):
        of_tags.setdefault(name, {})[tag] = version
    protected: dict[Name, set[Version]] = {}
    for name, version in _protected(store, PROTECTED + beginning):
        protected.setdefault(name, set()).add(version)
    return {
        name: Marks(of_tags.get(name, {}), frozenset(protected.get(name, ())))
        for name in of_tags.keys() | protected.keys()
    }


def parse_tag(stem: str) -> tuple[Name, Tag]:
    """What a key below ``tags/`` is of. Raises Corrupt."""
    name, _, tag = stem.removeprefix(TAGS).partition("/")
    try:
        return Name.from_key(name), Tag.from_key(tag)
    except InvalidInput as error:
        raise Corrupt(f"{stem[:200]} is no tag: {error.message}", key=stem) from error


def parse_protected(stem: str) -> tuple[Name, Version]:
    """What a key below ``protected/`` is of. Raises Corrupt."""
    name, _, version = stem.removeprefix(PROTECTED).partition("/")
    try:
        return Name.from_key(name), Version.from_key(version)
    except InvalidInput as error:
        raise Corrupt(f"{stem[:200]} protects nothing: {error.message}", key=stem) from error


def _tags(store: Store, prefix: str) -> Iterator[tuple[Name, Tag, Version]]:
    def read(state: Generation) -> tuple[Name, Tag, Version] | None:
        name, tag = parse_tag(state.stem)
        try:
            return name, tag, Version(generations.read(store, state.key, Tagged).version)
        except BlobNotFound:  # moved or taken away since the listing, and emptied
            version = tagged(store, name, tag)
            return None if version is None else (name, tag, version)
        except Corrupt as error:
            raise error.located(name=name) from None

    states = [state for state in generations.newest(store, prefix) if state.alive]
    return (found for found in side_by_side(read, states, waits=not store.local) if found is not None)


def _protected(store: Store, prefix: str) -> Iterator[tuple[Name, Version]]:
    return (parse_protected(state.stem) for state in generations.newest(store, prefix) if state.alive)
