"""The save pipeline: parts -> batches -> ids and stored bytes -> packs -> index.

One thread, the caller's, cuts and keeps the tables; workers hash and encode; full packs are uploaded
beside that. Memory is bounded by :class:`casreg.config.Limits`, whatever the size of the object.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias

from casreg import codecs
from casreg.chunkers.content import ContentChunker
from casreg.config import Limits
from casreg.digest import Digest, checksum, chunk_id
from casreg.errors import Corrupt, InvalidInput
from casreg.models.index import EXECUTABLE, INFLATED, Index
from casreg.models.index_checks import check_paths
from casreg.models.manifest import Descriptor
from casreg.models.ref import MAX_INLINE
from casreg.models.store import Chunking
from casreg.packs import Encoded
from casreg.parallel import Pool
from casreg.parts import Part
from casreg.progress import Progress, silent
from casreg.slabs import SlabPool
from casreg.stores.protocol import Buffer, Store
from casreg.tensors import Tensor
from casreg.writer.batches import Batch, Batcher
from casreg.writer.deltas import Deltas
from casreg.writer.encoding import Processed, process
from casreg.writer.known import Known, upon
from casreg.writer.leave import packs_to_leave
from casreg.writer.packer import Packer
from casreg.writer.table import Growing

_SMALL: Final = MAX_INLINE + (128 << 10)
"""Bytes of buffers for what is small enough for the ref."""
Write: TypeAlias = Callable[[str, Sequence[Buffer]], None]


@dataclass
class Written:
    """Everything of a version but its head. Packs are durable, unless ``inline`` holds the only one."""

    index: Index
    packs: list[Descriptor]
    """In the order of the index's pack numbers; empty as long as ``inline`` is not None."""
    inline: bytes | None
    """The only pack, not yet stored because it may be small enough for the ref."""
    plain: int
    """Bytes of all files."""
    stored: int
    """Bytes of new packs, with those of ``resumed``."""
    resumed: int
    """Bytes of packs that an interrupted save had stored for this one."""
    held: int
    """Bytes of all packs used, new and reused."""
    reused: int
    """Number of chunks, of all parts, that did not have to be stored."""
    chunks: int
    """Number of chunks of all parts."""


def write_parts(
    store: Store,
    parts: Iterable[Part],
    *,
    write: Write,
    chunking: Chunking,
    limits: Limits,
    nonce: str,
    known: Known,
    amplification: float | None = None,
    progress: Progress = silent,
    total: int | None = None,
) -> Written:
    """Store what is not known of ``parts``, packs by ``write(key, buffers)``.

    ``amplification``: bytes that a load may read, in multiples of what it gives, so that chunks are
    stored as deltas to those of the version being continued; None for no deltas.

    Raises Conflict when a source changed while it was read, InvalidInput for paths that no version
    may have, and what the store raises. After an error nothing is visible; packs already written
    are garbage.
    """
    small = total is not None and total <= MAX_INLINE
    with ExitStack() as stack:
        pool = stack.enter_context(Pool(limits.workers)) if not small else None
        uploads = stack.enter_context(Pool(2, "casreg-upload"))
        slabs = SlabPool(limits.slab_size if not small else _SMALL, limits.slabs)

        def upload(digest: Digest, data: Sequence[Buffer]) -> None:
            write(digest.key, data)

        packer = Packer(nonce, limits.pack_size if not small else _SMALL, uploads, upload)
        deltas = Deltas(known, amplification) if amplification is not None else None
        save = _Save(store, packer, known, deltas, slabs, pool, limits, chunking, nonce, progress, total)
        return save.run(parts)


class _Save:
    """One run of the pipeline."""

    def __init__(
        self,
        store: Store,
        packer: Packer,
        known: Known,
        deltas: Deltas | None,
        slabs: SlabPool,
        pool: Pool | None,
        limits: Limits,
        chunking: Chunking,
        nonce: str,
        progress: Progress,
        total: int | None,
    ) -> None:
        self._store, self._packer, self._known, self._slabs, self._pool = store, packer, known, slabs, pool
        self._deltas = deltas
        self._limits, self._chunking, self._nonce = limits, chunking, nonce
        self._progress, self._total = progress, total
        self._encoded = SlabPool(slabs.size, limits.ahead + 1)
        self._growing = Growing()
        self._sequence = array("I")
        self._paths: list[str] = []
        self._flags = array("B")
        self._counts = array("I")
        self._files = array("Q")
        self._tensors: list[tuple[int, Tensor]] = []
        self._large: list[bool] = []
        """Of each part whether it is larger than a pack: such parts share no pack with others."""
        self._part = 0
        self._plain = 0
        self._new = 0

    def run(self, parts: Iterable[Part]) -> Written:
        batcher = Batcher(
            self._slabs,
            ContentChunker(self._chunking.content),
            self._chunking.blocks,
            self._known.guess,
            self._hash_all,
        )
        for processed in self._map(batcher.batches(self._noted(parts)), self._process):
            self._take(processed)
        _require_paths(self._paths)
        self._leave_poor_packs()
        inline = self._packer.last_if_only(MAX_INLINE) if not self._growing.reused_packs else None
        own = self._packer.finish() if inline is None else []
        placed = self._growing.place(own, 1 if inline is not None else len(own))
        resumed = [pack for pack in placed if pack.digest in self._known.own]
        index = Index(
            nonce=self._nonce,
            chunks=self._growing.table,
            paths=self._paths,
            flags=self._flags,
            counts=self._counts,
            sequence=self._sequence,
            tensors=self._tensors,
            files=self._files,
        )
        return Written(
            index=index,
            packs=placed,
            inline=inline,
            plain=index.size,
            stored=sum(pack.size for pack in own + resumed) if inline is None else len(inline),
            resumed=sum(pack.size for pack in resumed),
            held=sum(pack.size for pack in placed) if inline is None else len(inline),
            reused=len(self._sequence) - self._new,
            chunks=len(self._sequence),
        )

    def _noted(self, parts: Iterable[Part]) -> Iterator[Part]:
        for number, part in enumerate(parts):
            self._paths.append(part.path)
            self._counts.append(0)
            self._note_flags(part)
            self._large.append((part.data.size or 0) > self._limits.pack_size)
            if part.tensors:
                self._tensors += [(number, tensor) for tensor in part.tensors]
                if self._deltas:
                    self._deltas.begins(part)
            yield part

    def _note_flags(self, part: Part) -> None:
        inflated = part.file_size is not None
        self._flags.append((EXECUTABLE if part.executable else 0) | (INFLATED if inflated else 0))
        self._files.append(part.file_size or 0)
        if part.file_size is not None and part.data.size is not None and self._total is not None:
            self._total += part.data.size - part.file_size  # what is read of it is the stream

    def _map(self, batches: Iterator[Batch], work: Callable[[Batch], Processed]) -> Iterator[Processed]:
        return self._pool.map(work, batches, self._limits.ahead) if self._pool else map(work, batches)

    def _process(self, batch: Batch) -> Processed:
        return process(batch, self._is_known, self._deltas, self._encoded)

    def _is_known(self, chunk: bytes) -> bool:
        return chunk in self._growing.rows or self._known.find(chunk) is not None

    def _hash_all(self, views: list[memoryview]) -> Iterator[bytes]:
        if self._pool is None or len(views) < 4:
            return map(chunk_id, views)
        step = -(-len(views) // self._limits.workers)
        groups = [views[i : i + step] for i in range(0, len(views), step)]
        futures = [self._pool.submit(lambda group: [chunk_id(v) for v in group], group) for group in groups]
        return (found for future in futures for found in future.result())

    def _take(self, batch: Processed) -> None:
        """Give every chunk of the batch, in order, its row; new ones a place in a pack."""
        ids = iter(batch.ids)
        for part, count in batch.runs:
            if part != self._part and (self._large[part] or self._large[self._part]):
                self._packer.part_ends()
            self._part = part
            self._counts[part] += count
            self._take_run(islice(ids, count), batch)
        for slab in batch.slabs:
            slab.drop()
        self._plain += sum(batch.sizes)
        self._progress(self._plain, self._total)

    def _take_run(self, ids: Iterable[bytes], batch: Processed) -> None:
        rows, known, growing = self._growing.rows, self._known, self._growing
        for chunk in ids:
            row = rows.get(chunk)
            if row is None:
                encoded = batch.encoded.get(chunk)
                if encoded is not None:
                    self._new += 1
                    row = growing.add_new(encoded, *self._packer.add(encoded), known)
                else:
                    where = known.find(chunk)
                    assert where is not None
                    row = growing.add_reused(chunk, where, known)
            self._sequence.append(row)

    def _leave_poor_packs(self) -> None:
        growing = self._growing
        first = growing.REUSED
        sizes = {first + i: pack.size for i, pack in enumerate(growing.reused_packs)}
        small = self._limits.pack_size // 2
        leave = packs_to_leave(growing.live(), sizes, self._packer.begun, small, growing.below())
        if not leave:
            return
        table = growing.table
        rows = [row for row, slot in enumerate(table.pack) if slot in leave]
        for row in sorted(rows, key=lambda row: (table.pack[row], table.offset[row])):
            pack = growing.reused_packs[table.pack[row] - first]
            offset, stored = table.offset[row], table.stored[row]
            data = self._store.read(pack.sha256.key, offset, offset + stored)
            self._require_intact(row, data, pack.digest)
            below = upon(table, row)
            chunk = Encoded(
                table.id(row), table.plain[row], table.codec[row], table.check[row], stored, [data], below
            )
            growing.move(row, *self._packer.add(chunk))

    def _require_intact(self, row: int, data: bytes, pack: str) -> None:
        """Raise Corrupt unless the stored bytes of a chunk are what the table says: as a load checks."""
        table = self._growing.table
        good = len(data) == table.stored[row] and checksum(data) == table.check[row]
        if good and not self._store.local and not table.base[row]:
            plain = bytearray(table.plain[row])
            codecs.decode(table.codec[row], data, memoryview(plain))
            good = chunk_id(plain) == table.id(row)
        if not good:
            raise Corrupt("a chunk to be reused is damaged", pack=pack, offset=table.offset[row])


def _require_paths(paths: list[str]) -> None:
    try:
        check_paths(paths)
    except Corrupt as error:
        raise InvalidInput(f"this cannot be saved: {error.message}", **error.fields) from None
