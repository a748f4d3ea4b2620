"""What happens to a batch on a worker thread: identify, look up, encode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from casreg import codecs
from casreg.codecs.planes import Plan
from casreg.digest import chunk_id
from casreg.packs import Encoded
from casreg.slabs import Slab, SlabPool
from casreg.writer.batches import Batch
from casreg.writer.deltas import Deltas, encode, turn


@dataclass
class Processed:
    """A batch whose chunks have ids, and stored bytes where they were not known."""

    runs: list[tuple[int, int]]
    ids: list[bytes]
    sizes: list[int]
    """Plain bytes of each chunk."""
    encoded: dict[bytes, Encoded]
    """The chunks that were not known, by id."""
    slabs: list[Slab]
    """Still held for this batch: what is stored lies in them, or some of it."""


class _Memory:
    """Room for what the chunks of a batch are encoded to, taken when the first one needs it."""

    def __init__(self, pool: SlabPool) -> None:
        self._pool = pool
        self._left = memoryview(b"")
        self.slab: Slab | None = None

    def take(self, size: int) -> memoryview | None:
        """So many bytes; None if there is no such room."""
        if self.slab is None:
            self.slab = self._pool.take()
            self._left = self.slab.view
        if size > len(self._left):
            return None
        taken, self._left = self._left[:size], self._left[size:]
        return taken


def process(
    batch: Batch, is_known: Callable[[bytes], bool], deltas: Deltas | None, slabs: SlabPool
) -> Processed:
    """Identify every chunk of ``batch`` and encode those that are not known, in memory of ``slabs``.

    Whoever gets the result drops its slabs, once the chunks were copied.
    """
    memory = _Memory(slabs)
    try:
        return _process(batch, is_known, deltas, memory)
    except BaseException:
        if memory.slab:
            memory.slab.drop()
        raise


@turn()
def _process(
    batch: Batch, is_known: Callable[[bytes], bool], deltas: Deltas | None, memory: _Memory
) -> Processed:
    ids: list[bytes] = []
    encoded: dict[bytes, Encoded] = {}
    plans: dict[int, Plan | None] = {}  # of the last chunk, by width
    hopeless: set[tuple[int, int]] = set()  # kinds of chunks of which one, once more, was larger as a delta
    for view, known_id, width, place in zip(batch.views, batch.ids, batch.widths, batch.places, strict=True):
        chunk = known_id or chunk_id(view)
        ids.append(chunk)
        if chunk in encoded or is_known(chunk):
            continue
        room = memory.take(len(view)) if width else None
        before = deltas.find(place, len(view)) if deltas and place and width else None
        passing = False  # nothing of its tensor was near what it was before: nor will the next one be near it
        if deltas and before:
            kind = width, round(8 * before.alone)
            tried = not (before.lost and kind in hopeless)
            planned = delta = None
            for planned in deltas.plans(view, width, before) if tried else ():
                delta = encode(chunk, view, width, planned, room)
                if delta or planned.expected >= planned.alone:
                    break
            if delta:
                encoded[chunk] = delta
                continue
            if planned and before.lost and planned.expected > planned.alone:
                hopeless.add(kind)
            passing = not before.near and (planned is not None or before.lost)
        coded = codecs.encode(view, width, plans.get(width), room)
        plans[width] = coded.plan
        encoded[chunk] = Encoded.of(chunk, len(view), int(coded.codec), coded.data, passing=passing)
    held = [slab for slab in (batch.slab, memory.slab) if slab]
    return Processed(batch.runs, ids, [len(v) for v in batch.views], encoded, held)
