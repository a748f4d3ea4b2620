"""Every pack that a version needs, read once; what is damaged is told of whoever it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from casreg import refs
from casreg.config import Limits
from casreg.digest import Digest
from casreg.errors import BlobNotFound, CasregError, Corrupt
from casreg.fsck.chunks import check_chunks, row_of
from casreg.fsck.findings import Finding, Kind
from casreg.fsck.owners import owners
from casreg.fsck.structure import Version, about, stands
from casreg.fsck.survey import Held, Survey
from casreg.fsck.unreadable import reason
from casreg.parallel import Pool
from casreg.progress import Progress
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store


@dataclass
class _Pack:
    """A pack, and what versions take from it."""

    digest: str
    key: str
    """Of the object that holds it: a blob, or the ref in which it is inline."""
    size: int
    """Bytes that are there."""
    told: bool = False
    """Whether it has been told already that these are too many or too few."""
    users: list[Held] = field(default_factory=list)
    blind: list[Held] = field(default_factory=list)
    """Users whose index cannot be read: what they take is not known."""
    rows: set[bytes] = field(default_factory=set)
    """What indexes say of chunks in it."""

    @property
    def is_blob(self) -> bool:
        """Whether it is not inline, which it is in one ref."""
        return self.key == Digest(self.digest).key


class Packs:
    """The packs of the versions that were found, to be read when all are known."""

    def __init__(self) -> None:
        self._packs: dict[str, _Pack] = {}

    def add(self, found: Survey, version: Version) -> None:
        """Note what a version takes from which pack; packs that are not there are passed over."""
        if version.ref is None:
            return
        inline = {blob.digest: blob.size for blob in version.ref.inline}
        taken: list[_Pack | None] = []
        for descriptor in version.packs:
            if descriptor.digest in inline:
                key, size = version.held.state.key, inline[descriptor.digest]
            else:
                key, size = descriptor.sha256.key, found.blobs.get(descriptor.digest, -1)
            if size < 0:
                taken.append(None)
                continue
            pack = self._packs.setdefault(key, _Pack(descriptor.digest, key, size))
            pack.told = pack.told or size != descriptor.size
            users = pack.users if version.index else pack.blind
            if users[-1:] != [version.held]:
                users.append(version.held)
            taken.append(pack)
        if version.index:
            chunks = version.index.chunks
            for row, number in enumerate(chunks.pack):
                if (of := taken[number]) is not None:
                    of.rows.add(row_of(chunks, row))

    def check(self, store: Store, progress: Progress) -> Iterator[Finding]:
        """Read them all; those that are gone with their versions since they were added are no damage."""
        done, total = 0, sum(pack.size for pack in self._packs.values())
        with Pool(Limits().workers, "casreg-fsck") as pool:
            for pack in self._packs.values():
                yield from _check(store, pack, pool)
                done += pack.size
                progress(done, total)


def _check(store: Store, pack: _Pack, pool: Pool) -> Iterator[Finding]:
    try:
        digest, wrong = _read(store, pack, pool)
    except BlobNotFound:
        for held in [*pack.users, *pack.blind]:
            if stands(store, held):
                yield _about(held, "missing", "a pack is not there", pack)
        return
    whole = digest == pack.digest
    if wrong:
        why = ": the pack is whole, the index is not" if whole else ""
        for held in pack.users:
            yield from _locate(store, pack, held, wrong, why)
    if not whole:
        for held in pack.blind:
            yield _about(held, "corrupt", "what is lost with this pack only the index could tell", pack)
    if not (whole or wrong or pack.blind or pack.told):
        message = "damaged where no version reads: in its trailer, or in a chunk left behind"
        of = Finding if pack.is_blob else about(pack.users[0])
        yield of("corrupt", message, pack.key, pack=pack.digest)


def _read(store: Store, pack: _Pack, pool: Pool) -> tuple[str, dict[bytes, str]]:
    """(digest of what is there, what is wrong with which chunk). Raises BlobNotFound if it is gone."""

    def read(start: int, stop: int) -> bytes | str:
        try:
            return source(start, stop)
        except BlobNotFound:
            raise
        except CasregError as error:
            return reason(store, pack.key, error)

    try:
        source = _source(store, pack)
    except Corrupt as error:
        return "", dict.fromkeys(pack.rows, error.message)
    return check_chunks(read, pack.size, pack.rows, pool)


def _source(store: Store, pack: _Pack) -> Callable[[int, int], bytes]:
    if pack.is_blob:
        return partial(store.read, pack.key)
    ref = refs.read(store, [*pack.users, *pack.blind][0].state)
    data = next((blob.blob() for blob in ref.inline if blob.digest == pack.digest), b"")
    return lambda start, stop: data[start:stop]


def _locate(store: Store, pack: _Pack, held: Held, wrong: Mapping[bytes, str], why: str) -> Iterator[Finding]:
    """A finding for every part, and tensor, of a version that a damaged chunk belongs to."""
    state = held.state
    try:
        with Snapshot(store, state.name, state.version, refs.read(store, state), limits=Limits()) as snapshot:
            index, packs = snapshot.index, snapshot.packs
    except CasregError:
        return  # deleted meanwhile
    chunks = index.chunks
    lost = {
        row: wrong[packed]
        for row, number in enumerate(chunks.pack)
        if packs[number].digest == pack.digest and (packed := row_of(chunks, row)) in wrong
    }
    for row, part, tensor in owners(index, lost):
        yield _about(
            held, "corrupt", lost[row] + why, pack, part=part, tensor=tensor, offset=chunks.offset[row]
        )


def _about(held: Held, kind: Kind, message: str, pack: _Pack, **more: Any) -> Finding:
    return about(held)(kind, message, pack.key, pack=pack.digest, **more)
