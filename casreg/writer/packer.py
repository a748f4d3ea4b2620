"""Filling packs, and uploading the full ones while the next fill."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from casreg import mediatypes
from casreg.digest import Digest, blob_digest
from casreg.models.manifest import Descriptor
from casreg.packs import Encoded, PackBuilder
from casreg.parallel import Pool
from casreg.slabs import Slab, SlabPool

Upload = Callable[[Digest, Sequence[bytes | memoryview]], None]

UPLOADS = 2
"""Packs on their way at once."""
OPEN = 2
"""Packs that are being filled at once."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A pack that is being filled."""

    number: int
    pack: PackBuilder
    slab: Slab


class Packer:
    """New chunks go in, numbered packs come out. One thread at a time.

    Chunks that are passing have packs of their own: what is gone with their version is then freed whole,
    and not held by what others are built upon.

    Takes the memory of ``OPEN`` + ``UPLOADS`` packs, as it needs it.
    """

    def __init__(self, nonce: str, pack_size: int, pool: Pool, upload: Upload) -> None:
        self._nonce = nonce
        self._slabs = SlabPool(pack_size, OPEN + UPLOADS)
        self._pool = pool
        self._upload = upload
        self._open: dict[bool, _Open] = {}
        """By whether their chunks are passing."""
        self._uploads: deque[tuple[int, Future[Descriptor]]] = deque()
        self._done: dict[int, Descriptor] = {}
        self.begun = 0
        """How many packs there are."""

    def add(self, chunk: Encoded) -> tuple[int, int]:
        """(number of the pack, offset) of the chunk; its buffers are copied."""
        filling = self._open.get(chunk.passing)
        if filling is None or filling.pack.room < chunk.stored:
            if filling is not None:
                self._send(chunk.passing)
            filling = self._open[chunk.passing] = self._begin(chunk.stored)
        return filling.number, filling.pack.add(chunk)

    def part_ends(self) -> None:
        """What follows goes into other packs."""
        for passing in sorted(self._open):
            self._send(passing)

    def last_if_only(self, limit: int) -> bytes | None:
        """The whole pack, if there is no other and it is at most ``limit`` bytes; it stays unsent."""
        if self.begun != 1 or not self._open:
            return None
        (filling,) = self._open.values()
        return b"".join(filling.pack.finish()) if filling.pack.size <= limit else None

    def finish(self) -> list[Descriptor]:
        """Send what is left and wait; all packs by number."""
        self.part_ends()
        while self._uploads:
            self._collect()
        return [self._done[number] for number in range(self.begun)]

    def _begin(self, size: int) -> _Open:
        """A pack with room for a chunk of ``size`` bytes, which may be larger than packs are."""
        slab = (self._slabs if size <= self._slabs.size else SlabPool(size, 1)).take()
        self.begun += 1
        return _Open(self.begun - 1, PackBuilder(self._nonce, slab.view), slab)

    def _send(self, passing: bool) -> None:
        filling = self._open.pop(passing)
        while len(self._uploads) >= UPLOADS:
            self._collect()
        self._uploads.append((filling.number, self._pool.submit(self._write, filling)))

    def _collect(self) -> None:
        number, upload = self._uploads[0]
        self._done[number] = upload.result()
        self._uploads.popleft()

    def _write(self, filling: _Open) -> Descriptor:
        with filling.slab:
            data = filling.pack.finish()
            digest = blob_digest(data)
            self._upload(digest, data)
        return Descriptor(media_type=mediatypes.PACK, digest=digest, size=sum(map(len, data)))
