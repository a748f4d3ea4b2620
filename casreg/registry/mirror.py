"""Mirroring: what the target lacks of the source is planned, then copied."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple, TypeVar

from casreg import refs
from casreg.digest import Digest
from casreg.errors import (
    BlobNotFound,
    CasregError,
    Conflict,
    Corrupt,
    InvalidInput,
    NameNotFound,
    TargetExists,
    Unsupported,
)
from casreg.importing import needed
from casreg.models.manifest import Descriptor
from casreg.names import Name, Version
from casreg.names.escape import beginning
from casreg.parallel import Pool, side_by_side
from casreg.progress import Progress, Together
from casreg.refs import State
from casreg.registry.carrying import There, carry, lacking
from casreg.registry.copying import Copied, Importer, Pair, digest, pairs
from casreg.registry.deleting import Deleting
from casreg.registry.mirrored import Clash, Copy, Deletion, Failure, Mark, Mirrored, MirrorPlan
from casreg.registry.numbering import Numbering
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store

T = TypeVar("T")
R = TypeVar("R")
_VERSIONS = 8
"""At once, where one waits for a network or a disk."""


class Chosen:
    """Names to be mirrored: all, or those that one of several patterns matches (fnmatch)."""

    def __init__(self, names: str | Iterable[str] | None) -> None:
        self._patterns = None if names is None else _patterns(names)

    def states(self, store: Store) -> list[State]:
        """One listing."""
        patterns = self._patterns or ()
        start = beginning(re.split(r"[*?[]", patterns[0], maxsplit=1)[0]) if len(patterns) == 1 else ""
        return [state for state in refs.all_states(store, start) if self._match(state.name)]

    def require_matched(self, states: Sequence[State], where: str) -> None:
        """Raise NameNotFound if a pattern matches none of the names."""
        names = {state.name for state in states}
        for pattern in self._patterns or ():
            if not any(_matches(name, pattern) for name in names):
                raise NameNotFound(f"there is no {pattern} in {where}", name=pattern)

    def _match(self, name: Name) -> bool:
        return self._patterns is None or any(_matches(name, pattern) for pattern in self._patterns)


class _Present(NamedTuple):
    """The target has it."""

    digest: Digest


@dataclass(frozen=True)
class Mirror:
    """From where, and to where."""

    source: Store
    open: Callable[[State], Snapshot]
    """A version of the source; raises BlobNotFound if it was deleted, and emptied, meanwhile."""
    importer: Importer
    numbering: Numbering
    """Of the target."""
    deleting: Deleting
    """From the target."""

    @property
    def target(self) -> Store:
        return self.importer.target.store

    def plan(self, chosen: Chosen, *, delete: bool) -> MirrorPlan:
        """Four listings of either side, two reads of each version that both have; of one that is to be copied
        a read of its ref and manifest, and a look for each of its blobs; a read for each tag and note."""
        here, there = chosen.states(self.source), chosen.states(self.target)
        alive = [state for state in here if state.alive]
        chosen.require_matched([*alive, *there] if delete else alive, self.source.url)
        found = list(pairs(here, there, self.numbering))
        deletions = _surplus(found, there) if delete else ()
        if deletions and not alive:
            raise InvalidInput(
                f"{self.source.url} has nothing of what is to be mirrored, and {self.target.url} has"
                f" {len(deletions)} versions: an empty source deletes none; delete them there"
            )
        blobs: dict[str, Descriptor] = {}
        outcomes, lies = [], {}
        for pair, (outcome, its_blobs) in zip(found, self._side_by_side(self._look, found), strict=True):
            outcomes.append(outcome)
            blobs.update(its_blobs)
            if isinstance(outcome, Copy | _Present):
                lies[pair.state.name, pair.state.version] = There(pair.version, outcome.digest)
        copies, doubles = _once([one for one in outcomes if isinstance(one, Copy)])
        kept = {(copy.name, copy.version): copy.digest for copy in copies}
        marked = {
            (name, version): at
            for (name, version), at in lies.items()
            if kept.get((name, at.version), at.digest) == at.digest
        }
        return MirrorPlan(
            source=self.source.url,
            target=self.target.url,
            copies=copies,
            present=sum(isinstance(one, _Present) for one in outcomes),
            conflicts=(*[one for one in outcomes if isinstance(one, Clash)], *doubles),
            failures=tuple(one for one in outcomes if isinstance(one, Failure)),
            marks=tuple(lacking(self.source, self.target, marked)),
            deletions=deletions,
            bytes=sum(self._side_by_side(self._lacked, list(blobs.values()))),
            carry_out=self.carry_out,
        )

    def carry_out(self, plan: MirrorPlan, progress: Progress) -> Mirrored:
        """Copies first, several versions at once, each atomic; then marks, then deletes. Ends at the first
        error that is not of one version; what was done stays, and is not done again by the next mirror."""
        together = Together(progress, sum(copy.size for copy in plan.copies))
        waits = self.target.durable or not (self.source.local and self.target.local)
        with Pool(_VERSIONS if waits else 1, "casreg-mirror") as pool:
            outcomes = list(pool.map(lambda copy: self._copy(copy, together.one()), plan.copies))
        copied = [one for one in outcomes if isinstance(one, Copied)]
        lost = {
            (copy.name, copy.version)
            for copy, outcome in zip(plan.copies, outcomes, strict=True)
            if not isinstance(outcome, Copied)
        }
        marks = [(one, self._mark(one)) for one in plan.marks if (one.name, one.version) not in lost]
        failed = [one for one in (*outcomes, *(done for _, done in marks)) if isinstance(one, Failure)]
        deletions = [(one, self._delete(one)) for one in plan.deletions]
        return Mirrored(
            copied=tuple(one for one in copied if not one.present),
            present=plan.present + sum(one.present for one in copied),
            conflicts=(*plan.conflicts, *[one for one in outcomes if isinstance(one, Clash)]),
            failures=(*plan.failures, *failed),
            marked=tuple(one for one, done in marks if done is True),
            deleted=tuple(one for one, deleted in deletions if deleted is True),
            kept=tuple(one for one, deleted in deletions if isinstance(deleted, Conflict)),
            bytes=sum(one.bytes for one in copied),
        )

    def _look(self, pair: Pair) -> tuple[Copy | Clash | Failure | _Present | None, dict[str, Descriptor]]:
        """What is to become of a version, None if it is gone; and the blobs that it takes."""
        name, version = pair.state.name, pair.version
        try:
            with self.open(pair.state) as snapshot:
                there = digest(self.target, pair.there) if pair.there else None
                if there == snapshot.digest:
                    return _Present(there), {}
                if there is not None:
                    return Clash(name, version, source=snapshot.digest, target=there), {}
                blobs = {blob.digest: blob for blob in needed(snapshot)}
                size = sum(blob.size for blob in blobs.values())
                return Copy(name, version, snapshot.digest, size, pair.state), blobs
        except BlobNotFound:
            return None, {}
        except (Corrupt, Unsupported) as error:
            return self._failure(pair.state, name, version, error), {}

    def _lacked(self, blob: Descriptor) -> int:
        """The size of a blob that the target has not."""
        there = self.target.stat(blob.sha256.key)
        return 0 if there and there.size == blob.size else blob.size

    def _copy(self, copy: Copy, progress: Progress) -> Copied | Clash | Failure | None:
        try:
            with self.open(copy.state) as snapshot:
                return self.importer.ensure(snapshot, copy.name, copy.version, progress)
        except BlobNotFound:
            return None
        except TargetExists as error:
            return Clash(copy.name, copy.version, source=error.source, target=error.target)
        except (Corrupt, Unsupported) as error:
            return self._failure(copy.state, copy.name, copy.version, error)

    def _failure(self, state: State, name: Name, version: Version, error: CasregError) -> Failure | None:
        """None if the version was deleted and swept meanwhile, so that it is no wonder."""
        return None if refs.gone(self.source, state.key) else Failure(name, version, error)

    def _mark(self, mark: Mark) -> bool | Failure:
        try:
            return carry(self.target, mark, self.importer.sign, self.importer.clock)
        except InvalidInput as error:
            return Failure(mark.name, mark.version, error)

    def _delete(self, one: Deletion) -> bool | Conflict:
        try:
            return self.deleting.version(one.name, one.version, one.generation)
        except Conflict as error:
            return error

    def _side_by_side(self, act: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """The results in the order of the items."""
        return side_by_side(act, items, waits=not (self.source.local and self.target.local))


def _patterns(names: object) -> tuple[str, ...]:
    given = (names,) if isinstance(names, str) else tuple(names) if isinstance(names, Iterable) else ()
    if not given or not all(isinstance(name, str) and name for name in given):
        raise InvalidInput("names= is a name, a pattern such as 'det/*', or several of them")
    return given


def _matches(name: Name, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)


def _surplus(found: Sequence[Pair], there: Sequence[State]) -> tuple[Deletion, ...]:
    """What the target has and the source has not."""
    wanted = {(pair.state.name, pair.version) for pair in found}
    doomed = [s for s in there if s.alive and (s.name, s.version) not in wanted]
    return tuple(Deletion(s.name, s.version, s.generation) for s in sorted(doomed, key=_place))


def _place(state: State) -> tuple[Name, Version]:
    return state.name, state.version


def _once(copies: Sequence[Copy]) -> tuple[tuple[Copy, ...], list[Clash]]:
    """Versions that the target's numbering makes one: the lowest is copied, others clash with it."""
    first: dict[tuple[Name, Version], Copy] = {}
    clashes = []
    for copy in copies:
        kept = first.setdefault((copy.name, copy.version), copy)
        if kept.digest != copy.digest:
            clashes.append(Clash(copy.name, copy.version, source=copy.digest, target=kept.digest))
    return tuple(first.values()), clashes
