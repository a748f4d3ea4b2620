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
from casreg.writer.deltas import Deltas, encode


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
    hopeless: set[tuple[int, int]] = set()  # kinds of chunks of which one, once more, was larger as a delta
    for view, known_id, width, place in zip(batch.views, batch.ids, batch.widths, batch.places, strict=True):
        chunk = known_id or chunk_id(view)
        ids.append(chunk)
        if chunk in encoded or is_known(chunk):
            continue
        before = deltas.find(place, len(view)) if deltas and place and width else None
        passing = False  # nothing of its tensor was near what it was before: nor will the next one be near it
        if deltas and before:
            kind = width, round(8 * before.alone)
            tried = not (before.lost and kind in hopeless)
            planned = deltas.plan(view, width, before) if tried else None
            if planned and (delta := encode(chunk, view, width, planned)):
                encoded[chunk] = delta
                continue
            if planned and before.lost and planned.expected > planned.alone:
                hopeless.add(kind)
            passing = not before.near and (planned is not None or not tried)
        coded = codecs.encode(view, width, plans.get(width))
        plans[width] = coded.plan
        encoded[chunk] = Encoded.of(chunk, len(view), int(coded.codec), coded.data, passing=passing)
    return Processed(batch.runs, ids, [len(v) for v in batch.views], encoded, batch.slab)
