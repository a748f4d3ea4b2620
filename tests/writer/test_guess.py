"""Cutting by the guess gives exactly the chunks that cutting anew gives, whatever changed."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from casreg.config import Limits
from casreg.models.index import Index
from casreg.models.store import BlockChunking, Chunking, ContentChunking
from casreg.parts import InMemory, Part, Stream, in_memory
from casreg.stores.memory import MemoryStore
from casreg.writer import Base, Known, Written, write_parts

SMALL = Chunking(
    content=ContentChunking(min_size=64, avg_size=256, max_size=1024, normalization=2),
    blocks=BlockChunking(block_size=1 << 10, small=64, group_size=1 << 10),
)
LIMITS = Limits(memory=64 << 20, workers=2)


def written(data: bytes, known: Known, store: MemoryStore, stream: bool = False) -> Written:
    part: InMemory | Stream = in_memory(data)
    if stream:
        import io
        from contextlib import nullcontext

        part = Stream(lambda: nullcontext(io.BytesIO(data)), len(data))  # type: ignore[arg-type]
    return write_parts(
        store,
        [Part("p", part)],
        write=store.write,
        chunking=SMALL,
        limits=LIMITS,
        nonce="0" * 32,
        known=known,
        total=None,
    )


def cuts(index: Index) -> list[tuple[bytes, int]]:
    return [(index.chunks.id(row), index.chunks.plain[row]) for row in index.sequence]


edits = st.lists(
    st.tuples(
        st.sampled_from(["set", "insert", "delete", "append"]),
        st.floats(0, 1),
        st.binary(min_size=1, max_size=40),
    ),
    max_size=4,
)


def edited(data: bytes, changes: list[tuple[str, float, bytes]]) -> bytes:
    for what, where, new in changes:
        at = int(where * len(data))
        if what == "set":
            data = data[:at] + new + data[at + len(new) :]
        elif what == "insert":
            data = data[:at] + new + data[at:]
        elif what == "delete":
            data = data[:at] + data[at + len(new) :]
        else:
            data += new
    return data


@given(st.integers(0, 5), st.integers(0, 60_000), edits, st.booleans())
def test_the_guess_changes_nothing_but_the_work(
    seed: int, size: int, changes: list[tuple[str, float, bytes]], stream: bool
) -> None:
    rng = random.Random(seed)
    old = rng.randbytes(size) if seed % 2 else np.repeat(rng.randbytes(size // 50 + 1), 1).tobytes() * 50
    new = edited(old, changes)
    store = MemoryStore()
    first = written(old, Known(), store)
    if first.inline is not None:
        return
    guessed = written(new, Known([Base(first.index, first.packs)]), store, stream)
    anew = written(new, Known(), MemoryStore())
    assert cuts(guessed.index) == cuts(anew.index)
    assert guessed.index.content() == anew.index.content()


def test_an_unchanged_part_is_never_cut() -> None:
    store = MemoryStore()
    data = random.Random(3).randbytes(500_000)
    first = written(data, Known(), store)
    again = written(data, Known([Base(first.index, first.packs)]), store)
    assert again.stored == 0
    assert again.reused == again.chunks == len(first.index.sequence)
    assert again.packs == first.packs
