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
from casreg.slabs import Slab

Upload = Callable[[Digest, Sequence[bytes | memoryview]], None]

_UPLOADS = 2
"""Packs on their way at once; their buffers count against the memory of the save."""


class Packer:
    """New chunks go in, numbered packs come out. One thread at a time."""

    def __init__(self, nonce: str, pack_size: int, pool: Pool, upload: Upload) -> None:
        self._nonce = nonce
        self._pack_size = pack_size
        self._pool = pool
        self._upload = upload
        self._open = PackBuilder(nonce)
        self._slabs: list[Slab] = []
        self._uploads: deque[Future[Descriptor]] = deque()
        self.done: list[Descriptor] = []
        """Uploaded packs, by number."""

    def add(self, chunk: Encoded, slab: Slab | None) -> tuple[int, int]:
        """(number of the pack, offset) of the chunk; ``slab`` is held until its pack is uploaded."""
        if self._open.size and self._open.size + len(chunk.data) > self._pack_size:
            self._send()
        if slab and (not self._slabs or self._slabs[-1] is not slab):
            slab.hold()
            self._slabs.append(slab)
        return len(self.done) + len(self._uploads), self._open.add(chunk)

    def part_ends(self) -> None:
        """What follows goes into another pack."""
        if self._open.size:
            self._send()

    def last_if_only(self, limit: int) -> bytes | None:
        """The whole pack, if nothing was sent yet and it is at most ``limit`` bytes; it stays unsent."""
        if self.done or self._uploads or not self._open.size or self._open.size > limit:
            return None
        return b"".join(self._open.finish())

    def finish(self) -> list[Descriptor]:
        """Send what is left and wait; all packs by number."""
        if self._open.size:
            self._send()
        while self._uploads:
            self._collect()
        return self.done

    def _send(self) -> None:
        while len(self._uploads) >= _UPLOADS:
            self._collect()
        self._uploads.append(self._pool.submit(self._write, self._open, self._slabs))
        self._open, self._slabs = PackBuilder(self._nonce), []

    def _collect(self) -> None:
        self.done.append(self._uploads[0].result())
        self._uploads.popleft()

    def _write(self, pack: PackBuilder, slabs: list[Slab]) -> Descriptor:
        try:
            data = pack.finish()
            digest = blob_digest(data)
            self._upload(digest, data)
            size = sum(len(piece) for piece in data)
        finally:
            for slab in slabs:
                slab.drop()
        return Descriptor(media_type=mediatypes.PACK, digest=digest, size=size)
