"""What happens to a batch on a worker thread: identify, look up, encode."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, replace

from casreg import codecs
from casreg.codecs.planes import Plan
from casreg.digest import checksum, chunk_id
from casreg.packs import Encoded
from casreg.slabs import Slab
from casreg.writer.batches import Batch
from casreg.writer.deltas import Deltas


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


def process(batch: Batch, is_known: Callable[[bytes], bool], deltas: Deltas | None) -> Processed:
    """Identify every chunk of ``batch`` and encode those that are not known."""
    ids: list[bytes] = []
    encoded: dict[bytes, Encoded] = {}
    plans: dict[int, Plan | None] = {}  # of the last chunk, by width
    for view, known_id, width, place in zip(batch.views, batch.ids, batch.widths, batch.places, strict=True):
        chunk = known_id or chunk_id(view)
        ids.append(chunk)
        if chunk in encoded or is_known(chunk):
            continue
        upon = deltas.find(place, len(view)) if deltas and place else None
        if deltas and upon is not None:
            # Sampled anew: the chunk before may be unlike this one in what counts.
            plans[width] = plan = codecs.expected(view, width)
            if plan and (delta := deltas.encode(chunk, view, width, upon, plan.ratio)):
                encoded[chunk] = delta
                continue
        coded = codecs.encode(view, width, plans.get(width))
        plans[width] = coded.plan
        encoded[chunk] = Encoded(chunk, len(view), int(coded.codec), checksum(coded.data), coded.data)
    return Processed(batch.runs, ids, [len(v) for v in batch.views], encoded, batch.slab)


def detached(batch: Processed, stored: Container[bytes]) -> Processed:
    """The batch without its slab, if little of that is to be stored: the few bytes are copied.

    A pack that fills slowly must not pin many slabs. Only now, in order, is it known which chunks
    another batch has brought meanwhile: those are in ``stored``.
    """
    if batch.slab is None:
        return batch
    new = {chunk: e for chunk, e in batch.encoded.items() if chunk not in stored}
    in_slab = sum(len(e.data) for e in new.values() if not isinstance(e.data, bytes))
    if in_slab >= batch.slab.view.nbytes // 2:
        return batch
    copied = {
        chunk: e if isinstance(e.data, bytes) else replace(e, data=bytes(e.data)) for chunk, e in new.items()
    }
    batch.slab.drop()
    return replace(batch, encoded=copied, slab=None)
