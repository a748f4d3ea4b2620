"""Notes that go to another name with their versions, whatever is noted under either name meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from functools import partial
from typing import Any, NamedTuple

from casreg import notes
from casreg.models.written import Signature
from casreg.names import Name, Version
from casreg.stores.protocol import Store


class _Carried(NamedTuple):
    """What was noted under the old name when it was looked at."""

    code: str | None
    """The newest generation."""
    notes: dict[str, Any]


class MovingNotes:
    """From one name to another, of versions that both have. Made before they are added to the new one: what
    is noted there already is of versions that were there once, and does not come back."""

    def __init__(
        self, store: Store, old: Name, new: Name, sign: Callable[[], Signature], clock: Callable[[], float]
    ) -> None:
        self._store, self._old, self._new, self._sign, self._clock = store, old, new, sign, clock
        self._there = notes.listed_of_name(store, new)
        self._carried: dict[Version, _Carried] = {}

    def carry(self, digests: Mapping[Version, str], added: Container[Version]) -> None:
        """Carry over what is noted of versions, given with their digests; called again, what changed since.

        Of versions that were not ``added``, but there already, both notes are kept; of one key those that
        were written later. One listing; two reads and a write for each version of which something changed.
        """
        listed = notes.listed_of_name(self._store, self._old)
        for version, digest in digests.items():
            states = listed.by_stem.get(notes.stem(self._old, version))
            code = states[0].code if states else None
            before = self._carried.get(version)
            if before is None and code is None and notes.stem(self._new, version) not in self._there.by_stem:
                continue
            if before is not None and before.code == code:
                continue
            noted = listed.of(self._old, version, digest)
            if before is not None:
                how = partial(_changed, before.notes, noted)
            elif version in added:
                how = partial(_onto, noted, self._there.of(self._new, version, digest))
            else:
                how = partial(_merged, noted, ours=self._later(listed, version, digest))
            notes.change(self._store, self._new, version, digest, how, self._sign, self._clock)
            self._carried[version] = _Carried(code, noted)

    def _later(self, listed: notes.Listed, version: Version, digest: str) -> bool:
        """Whether the notes under the old name were written after those under the new one."""
        ours = listed.newest(self._old, version, digest)
        theirs = self._there.newest(self._new, version, digest)
        return theirs is None or (ours is not None and ours.created > theirs.created)


def _changed(before: dict[str, Any], after: dict[str, Any], onto: dict[str, Any]) -> dict[str, Any]:
    """``onto``, changed as ``before`` was to become ``after``."""
    kept = {key: value for key, value in onto.items() if key in after or key not in before}
    return {**kept, **{key: value for key, value in after.items() if not notes.says(before, key, value)}}


def _onto(noted: dict[str, Any], stale: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """``noted``, and what was noted since there was ``stale``."""
    return _changed(stale, now, noted)


def _merged(noted: dict[str, Any], now: dict[str, Any], *, ours: bool) -> dict[str, Any]:
    return {**now, **noted} if ours else {**noted, **now}
