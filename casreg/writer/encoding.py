"""What happens to a batch on a worker thread: identify, look up, encode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from casreg import codecs
from casreg.digest import checksum, chunk_id
from casreg.packs import Encoded
from casreg.slabs import Slab
from casreg.writer.batches import Batch


@dataclass
class Processed:
    """A batch whose chunks have ids, and stored bytes where they were not known."""

    runs: list[tuple[int, int]]
    ids: list[bytes]
    sizes: list[int]
    """Plain bytes of each chunk."""
    encoded: dict[bytes, Encoded]
    """The chunks that were not known, by id."""
    slab: Slab | None
    """Still held for this batch; the encoded chunks lie in it."""


def process(batch: Batch, is_known: Callable[[bytes], bool]) -> Processed:
    """Identify every chunk of ``batch`` and encode those that are not known.

    A slab of which little is to be stored is let go at once, those few bytes copied: a pack that
    fills slowly must not pin many slabs.
    """
    ids: list[bytes] = []
    encoded: dict[bytes, Encoded] = {}
    in_slab = 0
    for view, known_id in zip(batch.views, batch.ids, strict=True):
        chunk = known_id or chunk_id(view)
        ids.append(chunk)
        if chunk in encoded or is_known(chunk):
            continue
        codec, data = codecs.encode(view)
        if data is view:
            in_slab += len(data)
        encoded[chunk] = Encoded(chunk, len(view), int(codec), checksum(data), data)
    slab = batch.slab
    if slab and in_slab < slab.view.nbytes // 2:
        encoded = {chunk: _detached(e) for chunk, e in encoded.items()}
        slab.drop()
        slab = None
    return Processed(batch.runs, ids, [len(v) for v in batch.views], encoded, slab)


def _detached(chunk: Encoded) -> Encoded:
    if isinstance(chunk.data, bytes):
        return chunk
    return Encoded(chunk.id, chunk.plain, chunk.codec, chunk.check, bytes(chunk.data))
