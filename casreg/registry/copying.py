"""Copying versions between registries: blobs and manifest as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from casreg import commit, default, refs
from casreg.codecs import Codec
from casreg.commit import Candidate
from casreg.errors import InvalidInput, RegistryVersionConflict, TargetExists, Unsupported
from casreg.importing import Import, import_version
from casreg.models.index import Index
from casreg.models.store import READER_FEATURES
from casreg.models.written import Signature
from casreg.names import Name, Version
from casreg.progress import Progress
from casreg.refs import State
from casreg.registry.numbering import Numbering
from casreg.registry.opening import Opened
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store


def download(
    target: Opened,
    source: Snapshot,
    name: Name,
    version: Version,
    sign: Callable[[], Signature],
    clock: Callable[[], float],
    progress: Progress,
) -> Version:
    """Copy what ``source`` holds into ``target`` as ``name@version``, which must not be there.

    Raises Unsupported, with nothing written, if readers of ``target`` are not told of what it holds.
    """
    _require_known(target, source)

    def candidate() -> Candidate:
        state = refs.state(target.store, name, version)
        try:
            return commit.this_version(name, version, state, clock(), overwrite=False)
        except RegistryVersionConflict as conflict:
            raise TargetExists(conflict.message, **conflict.fields) from None

    order = Import(
        target=target.store,
        name=name,
        candidate=candidate,
        sign=sign,
        clock=clock,
        pause=default.pause,
        progress=progress,
    )
    return import_version(source, order)


class Copy(NamedTuple):
    """A version of another store, and which it is to be here."""

    state: State
    version: Version


def plan(source: Store, target: Store, numbering: Numbering, *, all_versions: bool) -> list[Copy]:
    """What is to be copied so that ``target`` has what ``source`` has, lowest versions first.

    Raises TargetExists if one is there already, InvalidInput if ``target`` cannot hold them.
    """
    copies: list[Copy] = []
    for name in refs.names(source):
        states = [state for state in refs.states(source, name) if state.alive]
        if not all_versions:
            states = states[:1]
        elif len(states) > 1 and not numbering.versioned:
            raise InvalidInput(
                f"{name} has {len(states)} versions, and {target.url} keeps one of each name:"
                " give sync_all_versions=False for the latest",
                name=name,
            )
        there = set(refs.versions(target, name))
        for state in reversed(states):
            version = numbering.copied(state.version)
            if version in there:
                raise TargetExists(
                    f"{name}@{version} is there already: nothing was copied", name=name, version=version
                )
            there.add(version)
            copies.append(Copy(state, version))
    return copies


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
