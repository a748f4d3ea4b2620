"""Filling packs, and uploading the full ones while the next fill."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from casreg import mediatypes
from casreg.digest import Digest, blob_digest
from casreg.models.manifest import Descriptor
from casreg.packs import Encoded, PackBuilder
from casreg.parallel import Pool
from casreg.slabs import Slab, SlabPool

Upload = Callable[[Digest, Sequence[bytes | memoryview]], None]

UPLOADS = 2
"""Packs on their way at once."""


class Packer:
    """New chunks go in, numbered packs come out. One thread at a time.

    Takes the memory of ``UPLOADS`` + 1 packs, as it needs it.
    """

    def __init__(self, nonce: str, pack_size: int, pool: Pool, upload: Upload) -> None:
        self._nonce = nonce
        self._slabs = SlabPool(pack_size, UPLOADS + 1)
        self._pool = pool
        self._upload = upload
        self._open: PackBuilder | None = None
        self._slab: Slab | None = None
        self._uploads: deque[Future[Descriptor]] = deque()
        self.done: list[Descriptor] = []
        """Uploaded packs, by number."""

    def add(self, chunk: Encoded) -> tuple[int, int]:
        """(number of the pack, offset) of the chunk; its buffers are copied."""
        if self._open is None or self._open.room < chunk.stored:
            self.part_ends()
            self._begin(chunk.stored)
        assert self._open is not None
        return len(self.done) + len(self._uploads), self._open.add(chunk)

    def part_ends(self) -> None:
        """What follows goes into another pack."""
        if self._open is None:
            return
        while len(self._uploads) >= UPLOADS:
            self._collect()
        self._uploads.append(self._pool.submit(self._write, self._open, self._slab))
        self._open = self._slab = None

    def last_if_only(self, limit: int) -> bytes | None:
        """The whole pack, if nothing was sent yet and it is at most ``limit`` bytes; it stays unsent."""
        if self.done or self._uploads or self._open is None or self._open.size > limit:
            return None
        return b"".join(self._open.finish())

    def finish(self) -> list[Descriptor]:
        """Send what is left and wait; all packs by number."""
        self.part_ends()
        while self._uploads:
            self._collect()
        return self.done

    def _begin(self, size: int) -> None:
        """A pack with room for a chunk of ``size`` bytes, which may be larger than packs are."""
        self._slab = (self._slabs if size <= self._slabs.size else SlabPool(size, 1)).take()
        self._open = PackBuilder(self._nonce, self._slab.view)

    def _collect(self) -> None:
        self.done.append(self._uploads[0].result())
        self._uploads.popleft()

    def _write(self, pack: PackBuilder, slab: Slab) -> Descriptor:
        with slab:
            data = pack.finish()
            digest = blob_digest(data)
            self._upload(digest, data)
        return Descriptor(media_type=mediatypes.PACK, digest=digest, size=sum(map(len, data)))
