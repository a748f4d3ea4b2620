"""What a version costs, counted from its index alone."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casreg import Corrupt
from casreg.costs import Costs, costs
from casreg.models.index import ChunkTable, Index
from casreg.tensors import Tensor


def index(
    chunks: list[tuple[int, int, int, int, int]],
    sequence: list[int],
    tensors: list[tuple[int, int]],
    counts: list[int] | None = None,
) -> Index:
    """Of chunks (plain, stored, pack, codec, base), one part, and tensors (start, size)."""
    plain, stored, pack, codec, base = zip(*chunks, strict=True) if chunks else ([],) * 5
    table = ChunkTable(
        b"".join(number.to_bytes(32, "little") for number in range(len(chunks))),
        array("I", plain),
        array("I", stored),
        array("I", pack),
        array("Q", [0] * len(chunks)),
        array("B", codec),
        array("Q", [0] * len(chunks)),
        array("I", base),
        array("I", [0] * len(chunks)),
    )
    counts = [len(sequence)] if counts is None else counts
    named = [(0, Tensor(f"t{i}", "U8", (size,), start, size)) for i, (start, size) in enumerate(tensors)]
    paths = [f"part{i}" for i in range(len(counts))]
    return Index(
        "0" * 32, table, paths, array("B", [0] * len(counts)), array("I", counts), array("I", sequence), named
    )


RAW, ZSTD, PLANES, DELTA = range(4)


def test_a_version_without_bytes_costs_nothing() -> None:
    empty = costs(index([], [], [(0, 0)]), [])
    assert (empty.plain, empty.read_cold, empty.held, empty.dead, empty.codecs) == (0, 0, 0, 0, {})
    assert empty.read_amplification == 0.0
    assert (empty.tensors[0].stored, empty.tensors[0].read_cold, empty.tensors[0].codecs) == (0, 0, {})


def test_what_deltas_build_upon_is_read_and_counted_once() -> None:
    keyframe, between, delta = (100, 80, 0, PLANES, 0), (100, 30, 1, DELTA, 1), (100, 20, 2, DELTA, 2)
    found = costs(index([keyframe, between, delta], [2, 2], [(0, 100), (100, 100)]), [1000, 30, 25])
    assert (found.plain, found.read_cold, found.depth, found.chunks) == (200, 130, 2, 3)
    assert found.read_amplification == 0.65
    assert found.codecs == {"planes": 1, "delta": 2}
    assert (found.packs, found.held, found.dead) == (3, 1055, 920 + 5)
    for tensor in found.tensors:  # both are the same chunk
        assert (tensor.stored, tensor.read_cold, tensor.depth) == (10, 130, 2)
        assert tensor.built_upon == ((1, 1),)
        assert tensor.codecs == {"delta": 1}


def test_what_a_tensor_is_built_upon_is_told_once_each() -> None:
    chunks = [(10, 8, 0, PLANES, 0), (10, 3, 1, DELTA, 1), (10, 3, 2, DELTA, 1), (10, 3, 2, DELTA, 2)]
    made = index(chunks, [3, 2, 1, 2, 0], [(0, 40), (40, 10)])
    made.chunks.step = array("I", [0, 4, 1, 5])
    several, alone = costs(made, [100, 100, 100]).tensors
    assert several.built_upon == ((0, 1), (0, 4), (1, 1))
    assert alone.built_upon == ()


def test_a_chunk_of_several_tensors_is_divided_among_them_by_their_bytes_in_it() -> None:
    # The first 10 bytes are nobody's: a header.
    chunks = [(100, 90, 0, ZSTD, 0), (50, 50, 0, RAW, 0)]
    found = costs(index(chunks, [0, 1], [(10, 30), (40, 110)]), [140])
    assert [tensor.stored for tensor in found.tensors] == [27, 54 + 50]
    assert [tensor.read_cold for tensor in found.tensors] == [90, 140]
    assert [dict(tensor.codecs) for tensor in found.tensors] == [{"zstd": 1}, {"zstd": 1, "raw": 1}]


def test_rows_that_nothing_needs_are_not_counted() -> None:
    found = costs(index([(9, 9, 0, RAW, 0), (10, 7, 0, ZSTD, 0)], [1], []), [20])
    assert (found.plain, found.read_cold, found.chunks, found.dead) == (10, 7, 1, 13)


def test_a_codec_of_the_future_is_counted_by_its_number() -> None:
    assert costs(index([(9, 8, 0, 9, 0)], [0], [(0, 9)]), [8]).tensors[0].codecs == {"codec 9": 1}


def test_tensors_that_overlap_beyond_reason_are_refused() -> None:
    chunks = [(1, 1, 0, RAW, 0)]
    with pytest.raises(Corrupt, match="overlap"):
        costs(index(chunks, [0] * 20_000, [(0, 20_000)] * 20_000), [1])


@st.composite
def indexes(draw: st.DrawFn) -> tuple[Index, list[int]]:
    packs = draw(st.integers(1, 3))
    chunks: list[tuple[int, int, int, int, int]] = []
    for row in range(draw(st.integers(1, 8))):
        base = draw(st.integers(0, row))
        plain = chunks[base - 1][0] if base else draw(st.integers(1, 9))
        codec = DELTA if base else draw(st.sampled_from([RAW, ZSTD, PLANES]))
        chunks.append((plain, draw(st.integers(1, 9)), draw(st.integers(0, packs - 1)), codec, base))
    sequence = draw(st.lists(st.integers(0, len(chunks) - 1), max_size=12))
    total = sum(chunks[row][0] for row in sequence)
    ends = st.integers(0, total)
    spans = draw(st.lists(st.tuples(ends, ends).map(sorted), max_size=6))
    made = index(chunks, sequence, [(start, stop - start) for start, stop in spans])
    return made, [sum(c[1] for c in chunks if c[2] == pack) + 5 for pack in range(packs)]


@given(indexes())
def test_it_is_what_counting_chunk_by_chunk_gives(made: tuple[Index, list[int]]) -> None:
    found, slow = costs(*made), slowly(*made)
    for counted, said in zip(found.tensors, slow, strict=True):
        assert (counted.read_cold, counted.depth, sum(counted.codecs.values())) == said
    needed = {member for row in made[0].sequence for member in made[0].chunks.chain(row)}
    assert found.read_cold == sum(made[0].chunks.stored[row] for row in needed)
    assert found.held - found.dead == found.read_cold
    assert_shares_add_up(found, made[0])


def assert_shares_add_up(found: Costs, made: Index) -> None:
    """At most all that tensors lie in, each chunk once, rounded per tensor; all, if nothing lies beside."""
    used: dict[int, int] = {}
    for _, tensor in made.tensors:
        for row, start, stop in placed(made):
            inside = min(stop, tensor.start + tensor.size) - max(start, tensor.start)
            used[row] = used.get(row, 0) + max(0, inside)
    chunks = made.chunks
    most = sum(chunks.stored[row] for row, inside in used.items() if inside)
    least = sum(chunks.stored[row] for row, inside in used.items() if inside >= chunks.plain[row])
    total = sum(tensor.stored for tensor in found.tensors)
    assert least - len(found.tensors) <= total <= most + len(found.tensors)


def placed(made: Index) -> list[tuple[int, int, int]]:
    return [(row, made.starts[at], made.starts[at + 1]) for at, row in enumerate(made.sequence)]


def slowly(made: Index, packs: list[int]) -> list[tuple[int, int, int]]:
    """Of each tensor: bytes read cold, depth, number of chunks."""
    found = []
    for _, tensor in made.tensors:
        end = tensor.start + tensor.size
        own = {row for row, start, stop in placed(made) if max(start, tensor.start) < min(stop, end)}
        chains = [made.chunks.chain(row) for row in own]
        read = sum(made.chunks.stored[row] for row in {row for chain in chains for row in chain})
        found.append((read, max((len(chain) - 1 for chain in chains), default=0), len(own)))
    return found
