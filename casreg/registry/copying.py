"""Copying versions between registries: blobs and manifest as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from casreg import commit, default, refs
from casreg.codecs import Codec
from casreg.commit import Candidate
from casreg.digest import Digest
from casreg.errors import (
    BlobNotFound,
    InvalidInput,
    RegistryVersionConflict,
    TargetExists,
    Unsupported,
    VersionNotFound,
)
from casreg.importing import Carriage, Import, import_version
from casreg.models.index import Index
from casreg.models.store import READER_FEATURES
from casreg.models.written import Signature
from casreg.names import Name, Reference, Version
from casreg.progress import Progress
from casreg.refs import State
from casreg.registry import resolving
from casreg.registry.numbering import Numbering
from casreg.registry.opening import Opened
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store


class Copied(str):
    """The version that a copy is at the target: a string, and what the copy did."""

    __slots__ = ("bytes", "digest", "name", "present")
    name: Name
    digest: Digest
    """Of the manifest: here and there the same."""
    bytes: int
    """How many were moved: of blobs that were not there."""
    present: bool
    """Whether the version was there already."""

    @classmethod
    def made(cls, version: Version, **fields: Any) -> Self:
        self = cls(version)
        for field, value in fields.items():
            setattr(self, field, value)
        return self


@dataclass(frozen=True)
class Importer:
    """Where versions are copied to, and what that needs of the world. Several copies at once share one."""

    target: Opened
    sign: Callable[[], Signature]
    clock: Callable[[], float]
    carriage: Carriage

    def add(self, source: Snapshot, name: Name, version: Version, progress: Progress) -> Copied:
        """Copy what ``source`` holds as ``name@version``, which must not be there. Atomic.

        Raises TargetExists, and Unsupported, with nothing written, if the target's readers are not told of
        what it holds.
        """
        _require_known(self.target, source)

        def candidate() -> Candidate:
            state = refs.state(self.target.store, name, version)
            try:
                return commit.this_version(name, version, state, self.clock(), overwrite=False)
            except RegistryVersionConflict as conflict:
                raise TargetExists(conflict.message, **conflict.fields) from None

        order = Import(
            target=self.target.store,
            name=name,
            candidate=candidate,
            sign=self.sign,
            clock=self.clock,
            pause=default.pause,
            progress=progress,
            carriage=self.carriage,
        )
        made = import_version(source, order)
        return Copied.made(made.version, name=name, digest=source.digest, bytes=made.moved, present=False)

    def ensure(self, source: Snapshot, name: Name, version: Version, progress: Progress) -> Copied:
        """:meth:`add`; that the very same version is there, is success. Raises TargetExists for another."""
        while True:
            try:
                return self.add(source, name, version, progress)
            except TargetExists:
                try:
                    _, ref = resolving.resolve(self.target.store, Reference(name, version))
                except VersionNotFound:
                    continue  # deleted meanwhile
            there = ref.manifest.sha256
            if there != source.digest:
                raise TargetExists(
                    f"{name}@{version} is at {self.target.store.url} already, and is another: {there} there,"
                    f" {source.digest} here; copy it under another name or version",
                    name=name,
                    version=version,
                    source=source.digest,
                    target=there,
                )
            return Copied.made(version, name=name, digest=there, bytes=0, present=True)


class Pair(NamedTuple):
    """A version of the source, and what is in its place at the target."""

    state: State
    version: Version
    """Which it is, or is to be, at the target."""
    there: State | None


def pairs(
    source: Iterable[State], target: Iterable[State], numbering: Numbering, *, all_versions: bool = True
) -> Iterator[Pair]:
    """The versions of ``source``, names sorted, lowest first; with ``all_versions=False`` the latest of each
    name. Both are states as a listing of refs gives them.

    Raises InvalidInput if the target has no number for one: unversioned, or of fewer parts a version.
    """
    there = {(state.name, state.version): state for state in target if state.alive}
    found: dict[Name, list[State]] = {}
    for state in source:
        if state.alive and (all_versions or state.name not in found):
            found.setdefault(state.name, []).append(state)
    for name in sorted(found):
        if len(found[name]) > 1 and not numbering.versioned:
            raise InvalidInput(
                f"{name} has {len(found[name])} versions, and the target keeps one of each name:"
                " copy one of them, in update() by sync_all_versions=False",
                name=name,
            )
        for state in reversed(found[name]):
            version = _number(numbering, state)
            yield Pair(state, version, there.get((name, version)))


def _number(numbering: Numbering, state: State) -> Version:
    try:
        return numbering.copied(state.version)
    except InvalidInput as error:
        message = f"{state.name}@{state.version} has no number at the target: {error.message}"
        raise InvalidInput(message, name=state.name, version=state.version) from None


def absent(source: Store, target: Store, numbering: Numbering, *, all_versions: bool) -> list[Pair]:
    """What is to be copied so that ``target`` has what ``source`` has. With ``all_versions=False`` what is
    there just as the source has it is passed over: two reads each.

    Raises TargetExists if one is there already, InvalidInput if ``target`` cannot hold them.
    """
    found: dict[tuple[Name, Version], Pair] = {}
    listed = refs.all_states(source), refs.all_states(target)
    for pair in pairs(*listed, numbering, all_versions=all_versions):
        name, version = key = pair.state.name, pair.version
        if pair.there and not all_versions and digest(target, pair.there) == digest(source, pair.state):
            continue
        if pair.there or key in found:
            raise TargetExists(
                f"{name}@{version} is there already: nothing was copied", name=name, version=version
            )
        found[key] = pair
    return list(found.values())


def digest(store: Store, state: State) -> Digest | None:
    """Of a version's manifest; None if it was deleted, and emptied, since it was listed."""
    try:
        return refs.read(store, state).manifest.sha256
    except BlobNotFound:
        return None


def _require_known(target: Opened, source: Snapshot) -> None:
    """A store names what its readers must know of: whoever opened it may not meet anything else there."""
    absent = READER_FEATURES.difference(target.config.features.reader)
    if absent and (needed := sorted(absent & _features(source.index))):
        raise Unsupported(
            f"{source.name}@{source.version} needs the feature {', '.join(needed)}, which the store at "
            f"{target.store.url} was made without: copy it to a newer store, or load it and save it there",
            features=needed,
        )


def _features(index: Index) -> set[str]:
    """Of the features of spec/store.md those that a version with this index makes use of."""
    codecs = {codec.name.lower() for codec in (Codec.PLANES, Codec.DELTA) if codec in index.chunks.codec}
    return codecs | ({"inflated"} if any(part.inflated for part in index.parts) else set())
