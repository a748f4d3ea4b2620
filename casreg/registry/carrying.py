"""What a mirror carries beside versions: tags, protection, notes. The source's are added and win over the
target's; nothing is taken away there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from casreg import marks, notes, refs
from casreg.digest import Digest
from casreg.errors import BlobNotFound, VersionNotFound
from casreg.marks import Marks
from casreg.models.written import Signature
from casreg.names import Name, Tag, Version
from casreg.parallel import side_by_side
from casreg.registry import tagging
from casreg.registry.metadata import checked
from casreg.registry.mirrored import Mark
from casreg.registry.protecting import protect
from casreg.stores.protocol import Store


class There(NamedTuple):
    """Where a version of the source is, or is to be, at the target."""

    version: Version
    digest: Digest


def lacking(source: Store, target: Store, versions: Mapping[tuple[Name, Version], There]) -> Iterator[Mark]:
    """What the target lacks of what is said of ``versions`` of the source: three listings of either side, and
    a read for each tag, and for each version with notes."""
    here, there = marks.all_marks(source), marks.all_marks(target)
    noted, noted_there = notes.listed(source), notes.listed(target)

    def lacked(one: tuple[tuple[Name, Version], There]) -> list[Mark]:
        (name, version), (number, digest) = one
        own, theirs = here.get(name, Marks()), there.get(name, Marks())
        found = [
            Mark(name, number, digest, tag=tag) for tag in own.of(version) if theirs.tags.get(tag) != number
        ]
        if version in own.protected and number not in theirs.protected:
            found.append(Mark(name, number, digest, protected=True))
        if given := noted.of(name, version, digest):
            known = noted_there.of(name, number, digest)
            changed = {key: value for key, value in given.items() if not notes.says(known, key, value)}
            if changed:
                found.append(Mark(name, number, digest, notes=changed))
        return found

    waits = not (source.local and target.local)
    return chain.from_iterable(side_by_side(lacked, list(versions.items()), waits=waits))


def carry(store: Store, mark: Mark, sign: Callable[[], Signature], clock: Callable[[], float]) -> bool:
    """Set it; False if the version is there no longer, or another one is. Atomic, idempotent.

    Raises InvalidInput if the notes of both are too much together.
    """
    state = refs.state(store, mark.name, mark.version)
    try:
        if state is None or not state.alive or refs.read(store, state).manifest.sha256 != mark.digest:
            return False
        if mark.tag is not None:
            tagging.move(store, mark.name, Tag.parse(mark.tag), mark.version, sign, clock)
        elif mark.protected:
            protect(store, state, sign, clock)
        else:
            notes.change(store, mark.name, mark.version, mark.digest, partial(_noted, mark), sign, clock)
    except (VersionNotFound, BlobNotFound):  # deleted, or overwritten, meanwhile
        return False
    return True


def _noted(mark: Mark, now: dict[str, Any]) -> dict[str, Any]:
    return checked({**now, **mark.notes}, "notes")
