"""Whether the bytes of every pack are what its digest says; if not, whose they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from casreg.errors import BlobNotFound, CasregError, Corrupt
from casreg.fsck.findings import Finding
from casreg.fsck.structure import BLOBS, Survey
from casreg.models.manifest import Descriptor
from casreg.progress import Progress
from casreg.slices import Piece
from casreg.snapshot import Snapshot
from casreg.stores.protocol import Store

_WINDOW = 8 << 20


def check_hashes(store: Store, found: Survey, progress: Progress) -> Iterator[Finding]:
    """Read every pack that a version needs once; where one is damaged, check each chunk taken from it."""
    users: dict[str, list[Snapshot]] = {}
    packs: dict[str, Descriptor] = {}
    for snapshot in found.snapshots:
        for pack in snapshot.packs:
            packs[pack.digest] = pack
            users.setdefault(pack.digest, []).append(snapshot)
    done, total = 0, sum(pack.size for pack in packs.values())
    for digest, pack in packs.items():
        inline = next((blob for s in users[digest] if (blob := s.ref.blob(pack)) is not None), None)
        if inline is None and found.blobs.get(digest) != pack.size:
            continue  # told already: missing, or of another size
        if not _intact(store, pack, inline):
            yield from _locate(pack, users[digest])
        done += pack.size
        progress(done, total)


def _intact(store: Store, pack: Descriptor, inline: bytes | None) -> bool:
    hasher = hashlib.sha256()
    if inline is not None:
        hasher.update(inline)
    else:
        for start in range(0, pack.size, _WINDOW):
            try:
                hasher.update(store.read(BLOBS + pack.sha256.hex, start, min(start + _WINDOW, pack.size)))
            except BlobNotFound:
                return False
    return "sha256:" + hasher.hexdigest() == pack.digest


def _locate(pack: Descriptor, users: list[Snapshot]) -> Iterator[Finding]:
    """A finding for every part, and tensor, of every version that a damaged chunk belongs to."""
    key = BLOBS + pack.sha256.hex
    harmed = False
    for snapshot in users:
        index = snapshot.index
        number = [p.digest for p in snapshot.packs].index(pack.digest)
        for row, of in enumerate(index.chunks.pack):
            if of != number or (error := _damage(snapshot, row)) is None:
                continue
            harmed = True
            for part, tensor in _owners(snapshot, row):
                yield Finding(
                    "corrupt",
                    error.message,
                    key,
                    name=str(snapshot.name),
                    version=str(snapshot.version),
                    part=part,
                    tensor=tensor,
                    pack=pack.digest,
                    offset=index.chunks.offset[row],
                )
    if not harmed:
        yield Finding(
            "corrupt",
            "damaged where no version reads: in its trailer, or in a chunk left behind",
            key,
            pack=pack.digest,
        )


def _damage(snapshot: Snapshot, row: int) -> CasregError | None:
    size = snapshot.index.chunks.plain[row]
    try:
        snapshot.reader.read_into([Piece(row, 0, size, 0)], [memoryview(bytearray(size))], "full")
    except Corrupt as error:
        return error
    return None


def _owners(snapshot: Snapshot, row: int) -> Iterator[tuple[str, str | None]]:
    """(part, tensor or None) of everything whose bytes lie in the chunk."""
    index = snapshot.index
    for part in index.parts:
        for i in range(part.first, part.first + part.count):
            if index.sequence[i] != row:
                continue
            start = index.starts[i] - index.starts[part.first]
            stop = start + index.chunks.plain[row]
            named: list[str | None] = [
                tensor.name
                for number, tensor in index.tensors
                if number == part.number and tensor.start < stop and tensor.start + tensor.size > start
            ]
            yield from ((part.path, name) for name in named or [None])
