"""Tags and protection: can they be read, and is there what they stand for?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from casreg import marks, refs
from casreg.fsck.findings import Finding
from casreg.fsck.places import document
from casreg.fsck.survey import Marked, Survey
from casreg.models.marks import Tagged
from casreg.names import Name, Version
from casreg.stores.protocol import Store


def check_marks(store: Store, found: Survey) -> Iterator[Finding]:
    """A delete by force that died leaves tags of a version that is not there: no damage, an orphan."""
    for mark in found.marks:
        version = yield from document(store, mark.key, partial(_version, mark), name=mark.name)
        if mark.current and version is not None:
            yield from _stands_for_nothing(store, mark, version)


def _version(mark: Marked, data: bytes) -> Version:
    """Raises Corrupt."""
    read = mark.model.decode(data)
    return Version(read.version) if isinstance(read, Tagged) else marks.parse_protected(_stem(mark))[1]


def _stem(mark: Marked) -> str:
    return mark.key.partition(",")[0]


def _stands_for_nothing(store: Store, mark: Marked, version: Version) -> Iterator[Finding]:
    """Looked up again: the listing is of many moments."""
    name = Name.parse(mark.name)
    state = refs.state(store, name, version)
    if state is not None and state.alive:
        return
    gone = f"version {version}, which is deleted"
    if mark.model is Tagged:
        tag = marks.parse_tag(_stem(mark))[1]
        why = f"the tag {name}@{tag} stands for {gone}: untag it, or move it"
    else:
        why = f"{name} has {gone} but protected: unprotect it, or undo the delete"
    yield Finding("orphan", why, mark.key, name=str(name), version=str(version))
