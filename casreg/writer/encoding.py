"""What happens to a batch on a worker thread: identify, look up, encode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from casreg import codecs
from casreg.codecs.planes import Plan
from casreg.digest import chunk_id
from casreg.packs import Encoded
from casreg.slabs import Slab
from casreg.writer.batches import Batch
from casreg.writer.deltas import Alone, Deltas


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
    """Still held for this batch: what is stored as it is lies in it."""


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
        passing = False
        if deltas and upon is not None:
            # Sampled anew: the chunk before may be unlike this one in what counts.
            plans[width] = plan = codecs.expected(view, width)
            delta = deltas.encode(chunk, view, width, upon, plan.ratio) if plan else Alone.LASTING
            if isinstance(delta, Encoded):
                encoded[chunk] = delta
                continue
            passing = delta is Alone.PASSING
        coded = codecs.encode(view, width, plans.get(width))
        plans[width] = coded.plan
        encoded[chunk] = Encoded.of(chunk, len(view), int(coded.codec), coded.data, passing=passing)
    return Processed(batch.runs, ids, [len(v) for v in batch.views], encoded, batch.slab)
